"""The gate before the wire: a name that does not pass `core.names` is refused here, so that no `../` becomes another call with our token."""

from collections.abc import Mapping

from bot.core import names
from bot.ports.errors import Rejected

INVALID = "invalid_name"


def repository(name: str) -> dict[str, str]:
    """Return `owner/repository` as the two parameters of a call."""
    if not names.is_repo(name):
        raise _refusal("a repository", name, "owner/repository")
    owner, repo = name.split("/")
    return {"owner": owner, "repo": repo}


def ref(name: str) -> str:
    """Return a branch, a tag or a full commit id that may be sent."""
    if not names.is_ref(name):
        raise _refusal("a branch, tag or commit", name, "a name such as main, v1.4.2 or feature/login")
    return name


def tag(name: str) -> str:
    """Return a tag that may be sent."""
    if not names.is_ref(name):
        raise _refusal("a tag", name, "a name such as v1.4.2")
    return name


def path(name: str) -> str:
    """Return a folder or a file of a repository that may be sent."""
    if not names.is_path(name):
        raise _refusal("a path", name, "a folder or a file such as services/checkout")
    return name


def workflow(file: str) -> str:
    """Return the file name of a workflow that may be sent."""
    if not names.is_workflow(file):
        raise _refusal("a workflow", file, "a file name such as release.yml")
    return file


def environment(name: str) -> str:
    """Return an environment that may be sent."""
    if not names.is_environment(name):
        raise _refusal("an environment", name, "a name such as production")
    return name


def inputs(values: Mapping[str, str]) -> dict[str, str]:
    """Return inputs that can be written as JSON: a half of a surrogate pair can't, and must not fail half-way through a dispatch."""
    for name, value in values.items():
        try:
            (name + value).encode()
        except UnicodeEncodeError as error:
            raise Rejected(f"The input {name!r} holds a character that can't be sent.", INVALID) from error
    return dict(values)


def _refusal(kind: str, name: str, expected: str) -> Rejected:
    shown = name if len(name) <= 80 else name[:80] + "…"
    return Rejected(f"{shown!r} is not {kind} that I send to GitHub; expected {expected}.", INVALID)
