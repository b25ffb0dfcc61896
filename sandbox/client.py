"""A small synchronous client of the control API, for the tests and the tour."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from sandbox.person import Person
from sandbox.shown import text_of

__all__ = ["Person", "Refused", "Sandbox", "text_of"]

Json = dict[str, Any]
Found = TypeVar("Found")
LAST_SHOWN = 15
"""How many messages a failed wait shows."""

LOOK_AGAIN_S = 0.5
"""A wait looks again after this long even when nothing changed: the record grows without a change of the world."""

_direct = build_opener(ProxyHandler({}))
"""Loopback is never behind a proxy, whatever the environment says."""


class Refused(Exception):
    """The control API refused; the message is its sentence."""


class Sandbox:
    """A running sandbox. Its people are attributes: `sandbox.ann.types("/release")`."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.ann = Person(self, "U0ANN", "ann")
        self.bob = Person(self, "U0BOB", "bob")
        self.dana = Person(self, "U0DANA", "dana")
        self.ria = Person(self, "U0RIA", "ria")
        self.eve = Person(self, "U0EVE", "eve")
        self.gus = Person(self, "U0GUS", "gus")

    def call(self, method: str, path: str, body: Json | None = None, timeout_s: float = 75.0, **query: Any) -> Any:
        """Make one request to the control API.

        Raises:
            Refused: it answered 400.
        """
        asked = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        url = f"{self.url}/_sandbox/{path}" + (f"?{urlencode(asked)}" if asked else "")
        content = json.dumps(body or {}).encode() if method == "POST" else None
        request = Request(url, content, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - our own loopback address
        try:
            with _direct.open(request, timeout=timeout_s) as answer:
                return json.load(answer)
        except HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise Refused(_sentence(text)) from error

    # Looking

    def state(self, as_: str | None = None, with_github: bool = True) -> Json:
        """Return the whole world, as a person sees it when `as_` names one."""
        state: Json = self.call("GET", "state", as_=as_, github=None if with_github else 0)
        return state

    def changes(self, since: int = 0, timeout_s: float = 5.0, as_: str | None = None) -> Json:
        """Return `{"version", "changes"}` as soon as something newer than `since` happened."""
        changes: Json = self.call("GET", "changes", since=since, timeout=timeout_s, as_=as_)
        return changes

    def version(self) -> int:
        """Return the number of the newest change."""
        return int(self.changes(since=1 << 60, timeout_s=0)["version"])

    def wait_until(self, predicate: Callable[[], Found], timeout_s: float = 10.0, what: str = "it to happen") -> Found:
        """Return what `predicate` returns as soon as that is true; it is asked anew after each change of the world.

        Raises:
            AssertionError: it was not true in time; shows the last messages.
        """
        until = time.monotonic() + timeout_s
        version = self.version()
        while not (found := predicate()):
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"Waited {timeout_s:g} s for {what}.\n{self.transcript()}")
            version = self.changes(version, min(left, LOOK_AGAIN_S))["version"]
        return found

    def transcript(self) -> str:
        """Return the last messages of all channels as text, the errors that people were shown included."""
        state = self.state(with_github=False)
        names = {person["id"]: person["name"] for person in state["people"]}
        places = {channel["id"]: channel["name"] for channel in state["channels"]}
        messages = sorted((m for found in state["messages"].values() for m in found), key=lambda m: float(m["ts"]))
        lines = [f"Errors shown: {notice['text']} (to {names[notice['user']]})" for notice in state["notices"]]
        return "\n".join([*lines, *(_line(m, names, places) for m in messages[-LAST_SHOWN:])] or ["There is no message."])

    def record(self, side: str | None = None, call: str | None = None, since: int = 0) -> list[Json]:
        """Return the requests and socket frames after number `since`, in order."""
        entries: list[Json] = self.call("GET", "record", side=side, call=call, since=since)
        return entries

    def github(self) -> Json:
        """Return the repositories with their refs, runs, releases and deployments."""
        github: Json = self.call("GET", "github")
        return github

    def repo(self, full_name: str) -> Json:
        """Return one repository."""
        repo: Json = next(repo for repo in self.github()["repos"] if repo["full_name"] == full_name)
        return repo

    def connections(self) -> list[Json]:
        """Return the open Socket Mode connections."""
        connections: list[Json] = self.call("GET", "sockets")
        return connections

    def wait_connected(self, count: int = 1, timeout_s: float = 15.0) -> None:
        """Return once so many connections are open."""
        self.wait_until(lambda: len(self.connections()) >= count, timeout_s, f"{count} open connections")

    # Changing

    def fault(self, side: str, call: str, fault: str, **more: Any) -> None:
        """Order a fault: `times`, `skip`, `seconds`, `status`, `retry_after`, `path`."""
        self.call("POST", "faults", {"side": side, "call": call, "fault": fault, **more})

    def clear_faults(self) -> None:
        self.call("DELETE", "faults")

    def kill(self, pid: int, at: int, moment: str, side: str = "", call: str = "") -> None:
        """Order that a process is killed at the `at`-th request or frame from now on: `before`, `processed` or `answered`."""
        self.call("POST", "kill", {"pid": pid, "at": at, "moment": moment, "side": side, "call": call})

    def killed(self) -> Json:
        """Return the last order of a kill, with `fired` and the number of the entry that it hit (`target`)."""
        answer: Json = self.call("GET", "kill")
        return answer

    def kill_nobody(self) -> None:
        self.call("DELETE", "kill")

    def redeliver(self, since: int) -> None:
        """Deliver once more every envelope that the record holds after number `since`."""
        self.call("POST", "sockets", {"do": "redeliver", "since": since})

    def sockets(self, do: str, connection: str = "any", **more: Any) -> None:
        """Harm Socket Mode connections: `disconnect`, `close`, `fin`, `reset`, `deaf`, `stall`, `duplicate`, `refuse_open`, `lifetime`."""
        self.call("POST", "sockets", {"do": do, "connection": connection, **more})

    def limits(self, **limits: Any) -> None:
        """Enforce limits: `slack`, `slack_unknown_blocks`, `github_remaining`, `github_secondary`."""
        self.call("POST", "limits", limits)

    def clock(self, advance_s: float) -> None:
        """Move the world's clock forward."""
        self.call("POST", "clock", {"advance_s": advance_s})

    def plan(self, repo: str, workflow: str, outcome: str, **more: Any) -> None:
        """Choose how the next runs of a workflow end."""
        self.call("POST", "github/plan", {"repo": repo, "workflow": workflow, "outcome": outcome, **more})

    def settings(self, **settings: Any) -> None:
        """Set GitHub's `list_delay_s`, `return_run_details`, `speed`, `step_s`."""
        self.call("POST", "github/settings", settings)

    def review(self, repo: str, run_id: int, state: str, comment: str = "") -> None:
        """Approve or reject a run that waits for an environment."""
        self.call("POST", "github/review", {"repo": repo, "run_id": run_id, "state": state, "comment": comment})

    def commit(self, repo: str, branch: str, message: str, files: dict[str, str], **more: Any) -> str:
        """Commit files to a branch and return the commit's SHA."""
        body = {"repo": repo, "branch": branch, "message": message, "files": files, **more}
        return str(self.call("POST", "github/commit", body)["sha"])

    def repository(self, full_name: str, **more: Any) -> Json:
        """Make another repository: `commits`, `workflows`, `tags`."""
        answer: Json = self.call("POST", "github/repository", {"full_name": full_name, **more})
        return answer

    def rename(self, repo: str, full_name: str) -> None:
        """Rename a repository on GitHub."""
        self.call("POST", "github/rename", {"repo": repo, "full_name": full_name})

    def github_token(self, token: str, **more: Any) -> None:
        """Make a token of GitHub that may do only some things (`permissions`, `repos`), or revoke one."""
        self.call("POST", "github/token", {"token": token, **more})

    def deployment(self, repo: str, environment: str, ref: str, state: str = "success", user: str = "dana") -> None:
        """Let a person deploy by hand, past the app: GitHub's record of it."""
        body = {"repo": repo, "environment": environment, "ref": ref, "state": state, "user": user}
        self.call("POST", "github/deployment", body)

    def on_run(self, deed: str, repo: str, run_id: int) -> None:
        """Let a person `rerun`, `cancel` or `delete_run` on GitHub."""
        self.call("POST", f"github/{deed}", {"repo": repo, "run_id": run_id})

    def channel(self, channel: str, *, add: list[str] | None = None, remove: list[str] | None = None, **set_: Any) -> None:
        """Change a channel's members and properties."""
        self.call("POST", "slack/channel", {"id": channel, "add": add or [], "remove": remove or [], "set": set_})

    def token(self, token: str, revoke: bool | None = None, scopes: list[str] | None = None) -> None:
        """Revoke a token, give it back, or change its scopes."""
        self.call("POST", "slack/token", {"token": token, "revoke": revoke, "scopes": scopes})

    def commands(self, *names: str) -> None:
        """Replace the slash commands of the app's manifest."""
        self.call("POST", "slack/commands", {"commands": [{"name": name} for name in names]})

    def people(self) -> Iterator[Person]:
        """Yield everybody."""
        yield from (self.ann, self.bob, self.dana, self.ria, self.eve, self.gus)


def _sentence(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text


def _line(message: Json, names: dict[str, str], places: dict[str, str]) -> str:
    who = names.get(message.get("user", ""), "?")
    indent = "    " if message.get("thread_ts") not in (None, message["ts"]) else ""
    only = f" (only {names.get(message['ephemeral_to'], '?')} sees it)" if message["ephemeral_to"] else ""
    shown = text_of(message).replace("\n", f"\n{indent}    ")
    return f"#{places.get(message['channel'], '?')} {indent}{who}{only}: {shown}"
