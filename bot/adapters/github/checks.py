"""What is known of a commit's health: its check runs and its commit statuses.

Source: https://docs.github.com/en/rest/checks/runs and https://docs.github.com/en/rest/commits/statuses. A tool reports through one or the other.
"""

import re
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.core.gates import Check, CheckState

_GREEN = frozenset({"success", "neutral", "skipped"})
_RUN = re.compile(r"/actions/runs/(\d+)")


def checks(client: Client, repo: str, sha: str) -> list[Check]:
    """Return the newest of each check of a commit."""
    what = f"the checks of {sha[:7]} of {repo}"
    where = {**sendable.repository(repo), "ref": sendable.ref(sha)}
    runs = client.read_pages("checks.list_for_ref", what, _run, key="check_runs", filter="latest", **where)
    return [*runs, *client.read("repos.get_combined_status_for_ref", what, _statuses, **where, per_page=100)]


def _run(raw: Any) -> Check:
    in_run = _RUN.search(raw.get("details_url") or "")
    run_id = int(in_run[1]) if in_run else None
    if raw["status"] != "completed":
        return Check(str(raw["name"]), CheckState.PENDING, run_id)
    return Check(str(raw["name"]), CheckState.PASSED if raw["conclusion"] in _GREEN else CheckState.FAILED, run_id)


def _statuses(raw: Any) -> list[Check]:
    states = {"success": CheckState.PASSED, "pending": CheckState.PENDING}
    return [Check(str(status["context"]), states.get(status["state"], CheckState.FAILED)) for status in raw["statuses"]]
