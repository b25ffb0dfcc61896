"""GitHub's official OpenAPI descriptions, and what validates requests and answers against them.

They ship in the npm package `@octokit/openapi`. It is 29 MB packed, so it is fetched when it is needed and kept in pytest's
cache folder. `openapi-core` does the validating; the gaps between it, the descriptions and what GitHub really does are bridged
here, each with its reason.
"""

import base64
import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

VERSION = "23.0.2"
_SHA512 = "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
_NAMES = ("api.github.com", "ghes-3.19")
_HOST = "https://api.github.com"
_FETCH_S = 100.0  # less than a test may take
# Path parameters that may contain slashes, each with what may follow them.
_REPO = "^(/repos/[^/]+/[^/]+"
_TAILS = (
    re.compile(_REPO + "/(?:git/(?:ref|refs|matching-refs)|contents|compare|branches|environments|releases/tags)/)(.+)()$"),
    re.compile(_REPO + "/commits/)(.+?)((?:/check-runs|/status)?)$"),
)


class Violation(AssertionError):
    """A request or an answer that is not as described."""


def description(config: pytest.Config, name: str = _NAMES[0]) -> "GitHubDescription":
    """Return GitHub's description (or that of `ghes-3.19`), fetched when it is not there yet; skip the test where that is impossible."""
    assert config.cache is not None
    folder = config.cache.mkdir(f"octokit-openapi-{VERSION}")
    file = folder / f"{name}.json"
    with (folder / "lock").open("w") as lock:  # of several test processes, one fetches and the others wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _fetch(folder)
    return GitHubDescription(json.loads(file.read_text(encoding="utf-8")))


def _fetch(folder: Path) -> None:
    npm, package = shutil.which("npm"), f"@octokit/openapi@{VERSION}"
    if npm is None:
        pytest.skip("npm is not installed: GitHub's OpenAPI description comes from there")
    command = [npm, "pack", package, "--pack-destination", str(folder), "--loglevel", "error", "--fetch-retries", "1"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_FETCH_S, cwd=folder)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"npm could not fetch {package}: {error.stderr.strip()[:300]}")
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm could not fetch {package} in {_FETCH_S:.0f} s")
    packed = next(folder.glob("octokit-openapi-*.tgz"))
    found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    assert found == _SHA512, f"{package} is not the package that was pinned"
    with tarfile.open(packed) as archive:
        for name in _NAMES:
            member = archive.extractfile(f"package/generated/{name}.json")
            assert member is not None
            partial = folder / f"{name}.part"
            partial.write_bytes(member.read())
            partial.replace(folder / f"{name}.json")
    packed.unlink()


class GitHubDescription:
    """One server's description of its API: it knows what is wrong with a request or an answer."""

    def __init__(self, spec: dict[str, Any]) -> None:
        # `created` is declared as a date-time, but takes GitHub's search syntax (`>=…`, `a..b`).
        spec["components"]["parameters"]["created"]["schema"].pop("format", None)
        # The same address is described twice; openapi-core would take the older form, whose parameters it cannot match.
        spec["paths"].pop("/repos/{owner}/{repo}/compare/{base}...{head}", None)
        # An account matches both branches of this `oneOf` (account, or empty object): meant is `anyOf`.
        for field in ("author", "committer"):
            node = spec["components"]["schemas"]["commit"]["properties"][field]
            if "oneOf" in node:
                node["anyOf"] = node.pop("oneOf")
        _let_nullable_enums_be_null(spec)
        self._spec = spec
        # The description is GitHub's own. Whether it is valid OpenAPI is not our question, and takes long to answer.
        self._openapi = OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))

    def check_request(self, method: str, path: str, query: str = "", body: bytes = b"", content_type: str = "application/json") -> None:
        """Check a request.

        Raises:
            Violation: no such operation, a wrong parameter or body, or a query parameter that the operation does not have.
        """
        operation = self._operation(method, path)
        given = parse_qsl(query, keep_blank_values=True)
        # openapi-core lets query parameters pass that it does not know: a misspelled one would go unnoticed.
        known = {each["name"] for each in map(self._resolved, operation.get("parameters", ())) if each["in"] == "query"}
        if unknown := [name for name, _ in given if name not in known]:
            raise Violation(f"{operation['operationId']} has no query parameter {', '.join(unknown)}")
        if body == b"{}" and "requestBody" not in operation:
            body = b""  # clients send {} with a POST that has no body
        request = MockRequest(_HOST, method, _one_segment(path), args=dict(given), data=body, content_type=content_type)
        try:
            self._openapi.validate_request(request)
        except OpenAPIError as error:
            raise Violation(f"{operation['operationId']} {method} {path}?{query} {body!r}: {_reasons(error)}") from error

    def check_answer(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Check an answer to a request that was made with `method` at `path`.

        Raises:
            Violation: a status, media type or body that the operation does not have.
        """
        operation = self._operation(method, path)
        described = operation["responses"].get(str(status))
        if described is None:
            _check_undescribed(operation["operationId"], status, body)
            return
        if not self._resolved(described).get("content"):
            if body:
                raise Violation(f"{operation['operationId']} has no body with {status}, but got {body[:200]!r}")
            return
        kinds = (value for name, value in headers.items() if name.lower() == "content-type")
        content_type = next(kinds, "application/json").partition(";")[0]
        if content_type.startswith("application/vnd.github."):
            return  # raw, sha, diff: plain text, which openapi-core takes for bytes
        request, response = MockRequest(_HOST, method, _one_segment(path)), MockResponse(body, status, {}, content_type)
        try:
            self._openapi.validate_response(request, response)
        except OpenAPIError as error:
            raise Violation(f"{operation['operationId']} {status}: {_reasons(error)}\n{body[:2000]!r}") from error

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        asked = _one_segment(path).split("/")
        fitting = [
            (sum(segment.startswith("{") for segment in template), operations[method.lower()])
            for template, operations in self._templates
            if method.lower() in operations
            and len(template) == len(asked)
            and all(segment.startswith("{") or segment == given for segment, given in zip(template, asked, strict=True))
        ]
        if not fitting:
            raise Violation(f"GitHub has no operation {method} {path}")
        # A literal segment beats a parameter: /releases/latest is no /releases/{release_id}.
        found: dict[str, Any] = min(fitting, key=lambda one: one[0])[1]
        return found

    @cached_property
    def _templates(self) -> list[tuple[list[str], dict[str, Any]]]:
        return [(template.split("/"), operations) for template, operations in self._spec["paths"].items()]

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            section, name = node["$ref"].split("/")[-2:]
            node = self._spec["components"][section][name]
        return node


def _let_nullable_enums_be_null(node: Any) -> None:
    # OpenAPI 3.0 wants null among the values of a nullable enum too; GitHub means it without saying so.
    children = node.values() if isinstance(node, dict) else node
    if isinstance(node, dict) and node.get("nullable") is True and isinstance(node.get("enum"), list) and None not in node["enum"]:
        node["enum"].append(None)
    for child in children:
        if isinstance(child, dict | list):
            _let_nullable_enums_be_null(child)


def _check_undescribed(operation: str, status: int, body: bytes) -> None:
    # Any GET may be answered 304, and hardly any operation names all the errors that it has. Those all look alike.
    if status == 304:
        return
    if status < 400:
        raise Violation(f"{operation} does not answer {status}")
    try:
        message = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        message = None
    if not isinstance(message, str):
        raise Violation(f"{operation} {status} is no GitHub error: {body!r}")


def _one_segment(path: str) -> str:
    """Write slashes inside of `{ref}`, `{path}` and the like as %2F: openapi-core matches single segments only."""
    for pattern in _TAILS:
        if match := pattern.match(path):
            return match[1] + match[2].replace("/", "%2F") + match[3]
    return path


def _reasons(error: BaseException) -> str:
    cause = error.__cause__ or error
    details = getattr(cause, "schema_errors", None)
    if not details:
        return f"{error}: {cause}"
    return "; ".join(f"{'/'.join(map(str, each.absolute_path))}: {each.message[:300]}" for each in details)
