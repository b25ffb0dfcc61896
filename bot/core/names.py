"""Which names from chat may reach GitHub: strict patterns, so that no `../` becomes another API call.

Source: git-check-ref-format(1); GitHub's rules for owners and repositories. Stricter than both: what is refused here is never sent.
"""

import re

_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*")
_REPO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SHA = re.compile(r"[0-9a-f]{40}")
_WORKFLOW = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.ya?ml")
_PATH = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@ -]*(/[A-Za-z0-9_.][A-Za-z0-9_.@ -]*)*/?")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./-]{0,254}")


def is_ref(name: str) -> bool:
    """Say whether `name` is a branch or tag name that we send: no `..`, no `@{`, no blank, nothing hidden or locked."""
    parts = name.split("/")
    return len(name) <= 200 and bool(_REF.fullmatch(name)) and ".." not in name and not any(p.endswith((".lock", ".")) for p in parts)


def is_repo(name: str) -> bool:
    """Say whether `name` is `owner/repository`."""
    return bool(_REPO.fullmatch(name)) and ".." not in name


def is_sha(name: str) -> bool:
    """Say whether `name` is a full commit id."""
    return bool(_SHA.fullmatch(name))


def is_workflow(name: str) -> bool:
    """Say whether `name` is the file name of a workflow, such as `release.yml`."""
    return bool(_WORKFLOW.fullmatch(name)) and ".." not in name


def is_path(name: str) -> bool:
    """Say whether `name` can be a folder or a file of a repository: nothing absolute, no `..`, no blank at an end."""
    return bool(_PATH.fullmatch(name)) and ".." not in name


def is_environment(name: str) -> bool:
    """Say whether `name` can be a deployment environment."""
    return bool(_ENVIRONMENT.fullmatch(name)) and ".." not in name
