"""The end of a failing job's log, as a person would read it."""

import re
from collections import deque
from collections.abc import Iterable

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.adapters.github.runs import first_failed_job
from bot.ports.errors import NotFound

_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MARKER = re.compile(r"^##\[([a-z-]+)\]")
_SHOWN_AS = {"error": "Error: ", "warning": "Warning: ", "notice": "Notice: "}
_LONGEST_LINE = 500


def failed_log(client: Client, repo: str, run_id: int, lines: int) -> str:
    """Return the last lines of the first failed job's log. It lies elsewhere: GitHub answers with a signed address, asked without our token."""
    job = first_failed_job(client, repo, run_id)
    if job is None:
        return ""
    what = f"the log of the job {job} of {repo}"
    try:
        address = client.read_redirect("actions.download_job_logs_for_workflow_run", what, **sendable.repository(repo), job_id=job)
        return client.read_lines(address, what, lambda log: tail(log, lines))
    except NotFound:
        return ""  # expired, or not stored yet


def tail(log: Iterable[str], lines: int) -> str:
    """Return the last `lines` lines up to the last error, cleaned; after it come only steps that tidy up."""
    kept: deque[str] = deque(maxlen=lines)
    to_the_error: list[str] = []
    for line in log:
        bare = _ESCAPES.sub("", _STAMP.sub("", line, count=1))
        marker = _MARKER.match(bare)
        text = _cleaned(bare, marker)
        if text is None:
            continue
        kept.append(text)
        if marker and marker[1] == "error":
            to_the_error = list(kept)
    return "\n".join(to_the_error or kept).strip("\n")


def _cleaned(bare: str, marker: re.Match[str] | None) -> str | None:
    """Return a line as GitHub's page shows it; None for a line that is only a marker."""
    if marker is None:
        text = bare
    elif marker[1] == "endgroup":
        return None
    else:
        text = _SHOWN_AS.get(marker[1], "") + bare[marker.end() :]
    text = _CONTROLS.sub("", text).rstrip()
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
