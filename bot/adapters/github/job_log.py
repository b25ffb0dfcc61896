"""The end of a failing job's log, as a person would read it."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.adapters.github.runs import first_failed_job
from bot.ports.errors import NotFound
from bot.ports.github import FailedLog

_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MARKER = re.compile(r"^##\[([a-z-]+)\]")
_STEP = re.compile(r"^##\[group\]Run ")
_SHOWN_AS = {"error": "Error: ", "warning": "Warning: ", "notice": "Notice: "}
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a log tells of the error: its lines up to there, and how many lines below the head of its step that is; 0 when nobody can tell."""

    tail: str
    line: int


def failed_log(client: Client, repo: str, run_id: int, lines: int) -> FailedLog:
    """Return the last lines of the first failed job's log. It lies elsewhere: GitHub answers with a signed address, asked without our token."""
    job = first_failed_job(client, repo, run_id)
    if job is None:
        return FailedLog("", "")
    what = f"the log of the job {job.id} of {repo}"
    place = f"{job.url}#step:{job.step_number}:" if job.url and job.step_number else job.url
    try:
        address = client.read_redirect("actions.download_job_logs_for_workflow_run", what, **sendable.repository(repo), job_id=job.id)
        found = client.read_lines(address, what, lambda log: failure_in(log, lines))
    except NotFound:
        return FailedLog("", job.url)  # expired, or not stored yet
    return FailedLog(found.tail, f"{place}{found.line or 1}" if job.step_number else place)


def tail(log: Iterable[str], lines: int) -> str:
    """Return the last `lines` lines up to the last error, cleaned; after it come only steps that tidy up."""
    return failure_in(log, lines).tail


def failure_in(log: Iterable[str], lines: int) -> Failure:
    """Find the last error of a log. Its step begins at the last `##[group]Run` before it, and its page counts the lines that it shows from there."""
    kept: deque[str] = deque(maxlen=lines)
    to_the_error: list[str] = []
    in_step = at_line = 0
    for line in log:
        bare = _ESCAPES.sub("", _STAMP.sub("", line, count=1))
        marker = _MARKER.match(bare)
        text = _cleaned(bare, marker)
        if text is None:
            continue
        kept.append(text)
        in_step = 1 if _STEP.match(bare) else in_step + 1 if in_step else 0
        if marker and marker[1] == "error":
            to_the_error, at_line = list(kept), in_step
    return Failure("\n".join(to_the_error or kept).strip("\n"), at_line)


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
