"""Job logs, written the way GitHub's runners write them: a timestamp to 100 ns on each line, `##[group]`, `##[error]`."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from sandbox.github.state import Job, Run
from sandbox.github.workflows import StepPlan

BYTE_ORDER_MARK = "\ufeff"  # GitHub's job logs start with one
_ECHO = re.compile(r'^echo "(?P<text>[^"]*)"$', re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_CYAN, _PLAIN = "\x1b[36;1m", "\x1b[0m"


def write(job: Job, now: datetime, lines: Iterable[str]) -> None:
    """Append lines to a job's log."""
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
    job.log.extend(f"{stamp} {line}" for line in lines)


def text(job: Job) -> str:
    """Return the whole log of a job."""
    return BYTE_ORDER_MARK + "".join(line + "\n" for line in job.log)


def set_up(run: Run, job: Job, repo: str) -> list[str]:
    """Return what a runner prints before the first step."""
    return [
        "Current runner version: '2.330.0'",
        "##[group]Runner Image",
        "Image: ubuntu-24.04",
        "##[endgroup]",
        "##[group]GITHUB_TOKEN Permissions",
        "Contents: write",
        "Metadata: read",
        "##[endgroup]",
        "Secret source: Actions",
        "Prepare workflow directory",
        "Prepare all required actions",
        f"Uses: {repo}/{run.workflow.path}@refs/heads/{run.ref} ({run.head_sha})",
        f"Complete job name: {job.name}",
    ]


def step_head(step: StepPlan, env: Mapping[str, str]) -> list[str]:
    """Return the folded group that shows what a step is about to do."""
    shown = [f"  {name}: {'***' if name == 'TOKEN' else value}" for name, value in env.items() if value]
    tail = [*(["env:", *shown] if shown else []), "##[endgroup]"]
    if step.run is None:
        given = [f"  {name}: {value}" for name, value in step.inputs.items()]
        return [f"##[group]Run {step.uses}", *(["with:", *given] if given else []), *tail]
    script = step.run.rstrip("\n").split("\n")
    shell = "shell: /usr/bin/bash -e {0}"
    return [f"##[group]Run {script[0]}", *(f"{_CYAN}{line}{_PLAIN}" for line in script), shell, *tail]


def echoed(step: StepPlan, env: Mapping[str, str]) -> list[str]:
    """Return what the plain `echo` lines of a script print; those inside of conditions are left out."""
    return [_VARIABLE.sub(lambda name: env.get(name[1], ""), match["text"]) for match in _ECHO.finditer(step.run or "")]


def failure(step: StepPlan) -> list[str]:
    """Return what a step prints when it is planned to fail: with the characters that chat and terminals stumble over."""
    return [
        "Traceback (most recent call last):",
        '  File "src/total.py", line 41, in <module>',
        "    assert total(cart) == Decimal('12.50'), f\"{cart.name} & <@everyone>: `{total(cart)}`\"",
        "AssertionError: spring & <@everyone>: `12.49`",
        f"1 failed, 212 passed in 8.31s ({step.name})",
        "##[error]Process completed with exit code 1.",
    ]


TIMED_OUT = "##[error]The job has exceeded the maximum execution time of 30m0s"
CANCELLED = "##[error]The operation was canceled."


def clean_up(conclusion: str) -> list[str]:
    """Return what a runner prints after the last step."""
    return ["Evaluate and set job outputs", "Cleaning up orphan processes"] if conclusion == "success" else ["Cleaning up orphan processes"]
