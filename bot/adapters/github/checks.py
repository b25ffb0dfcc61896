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
    return [*runs, *client.read_pages("repos.get_combined_status_for_ref", what, _status, key="statuses", **where)]


def _run(raw: Any) -> Check:
    in_run = _RUN.search(raw.get("details_url") or "")
    run_id = int(in_run[1]) if in_run else None
    if raw["status"] != "completed":
        return Check(str(raw["name"]), CheckState.PENDING, run_id)
    return Check(str(raw["name"]), CheckState.PASSED if raw["conclusion"] in _GREEN else CheckState.FAILED, run_id)


def _status(raw: Any) -> Check:
    states = {"success": CheckState.PASSED, "pending": CheckState.PENDING}
    return Check(str(raw["context"]), states.get(raw["state"], CheckState.FAILED))
