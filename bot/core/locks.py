"""Locks: who closed an environment, why and until when; how a lock is written into the repository, and read from there."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.core.names import is_ref

LOCK_FILE = "lock.json"
MOST_REASON = 300
_MOST_READ = 200  # of a text that somebody else wrote into a lock


class LockLayout(StrEnum):
    """Where locks are kept, so that whoever looks for them finds them."""

    CHATOPSD = "chatopsd"  # refs/heads/<environment>-chatopsd-lock
    BRANCH_DEPLOY = "branch-deploy"  # refs/heads/<environment>-branch-deploy-lock, shared with github/branch-deploy
    JOURNAL = "journal"  # nowhere but in the journal: CI does not see them


class LockState(StrEnum):
    """Where a lock stands. All but the last stop operations."""

    TAKING = "taking"  # written down; GitHub may have it or not
    HELD = "held"
    RELEASING = "releasing"  # to be taken off GitHub, which may have happened or not
    ENDED = "ended"


class LockEnd(StrEnum):
    """How a lock ended."""

    UNLOCKED = "unlocked"  # by a person
    EXPIRED = "expired"
    VANISHED = "vanished"  # its ref was removed from the repository by somebody else
    BEATEN = "beaten"  # somebody else's lock was there first


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock of an environment of a repository."""

    id: str  # "" for one that was only seen on GitHub
    state: LockState
    repo: str
    environment: str
    service: str  # the service in whose name it was asked for; "" for one that was only seen on GitHub
    owner: str  # a Slack user id, or "chatopsd"; "" for somebody whom only GitHub knows
    owner_name: str  # as GitHub shows it
    reason: str
    since: datetime
    changed_at: datetime
    channel: str = ""  # where its message is
    expires_at: datetime | None = None
    branch: str = ""  # where it is kept in the repository; "" for the journal only
    sha: str = ""  # the commit that the branch is at
    replaces: str = ""  # the commit that it is to take the place of, while it is taken over
    former: str = ""  # whom it was taken over from: a Slack user id, or a name
    apart: str = ""  # why it is in the journal only, for people; "" when the repository has it
    tries_again: bool = False  # GitHub could not be reached: it is brought there later
    nags: int = 0
    end: LockEnd | None = None
    ended_by: str = ""
    ended_at: datetime | None = None
    version: int = 0  # counts its changes: who comes second with an older one is refused

    @property
    def story(self) -> str:
        """The key of the one message that tells this lock."""
        return f"lock:{self.id}"

    def has_expired(self, at: datetime) -> bool:
        """Say whether its time was over at `at`."""
        return self.expires_at is not None and at >= self.expires_at


def lock_branches(layout: LockLayout, environment: str) -> tuple[str, ...]:
    """Return the branches that lock an environment: first the one that we make, then those that lock every environment; none for the journal."""
    if layout is LockLayout.JOURNAL:
        return ()
    plain = re.sub(r"\s", "-", environment)
    own = f"{plain}-{layout.value}-lock"
    if not is_ref(own):
        own = f"{re.sub(r'[^A-Za-z0-9-]', '-', plain)}-{layout.value}-lock"
    return (own, "global-branch-deploy-lock") if layout is LockLayout.BRANCH_DEPLOY else (own,)


def lock_json(lock: Lock, services: Sequence[str], unlock_command: str) -> str:
    """Write a lock as the file that stands in the repository. The first keys are those of github/branch-deploy, which reads them, too."""
    body = {
        "reason": lock.reason,
        "branch": None,
        "created_at": _stamp(lock.since),
        "created_by": lock.owner_name,
        "sticky": True,
        "environment": lock.environment,
        "global": False,
        "unlock_command": unlock_command,
        "link": None,
        "chatopsd": {
            "id": lock.id,
            "owner": lock.owner,
            "service": lock.service,
            "services": list(services),
            "expires_at": _stamp(lock.expires_at) if lock.expires_at else None,
        },
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def read_lock(text: str, repo: str, environment: str, branch: str, sha: str, at: datetime) -> Lock:
    """Read a lock from the repository. One that can't be read is a lock all the same: by somebody, for a reason that it does not tell.

    Args:
        at: when it was seen, which is since when it holds where it does not say.
    """
    body = _mapping(text)
    ours = body.get("chatopsd")
    ours = ours if isinstance(ours, Mapping) else {}
    since = _moment(body.get("created_at")) or at
    return Lock(
        id=_word(ours.get("id")),
        state=LockState.HELD,
        repo=repo,
        environment=environment,
        service=_word(ours.get("service")),
        owner=_word(ours.get("owner")),
        owner_name=_word(body.get("created_by")) or "somebody on GitHub",
        reason=_word(body.get("reason")),
        since=since,
        changed_at=since,
        expires_at=_moment(ours.get("expires_at")),
        branch=branch,
        sha=sha,
    )


def is_same_claim(mine: Lock, seen: Lock) -> bool:
    """Say whether the lock that was seen on GitHub is the one that we wrote."""
    return bool(mine.id) and (seen.id, seen.owner) == (mine.id, mine.owner)


def taken_over(lock: Lock, by: str, by_name: str, reason: str, at: datetime, expires_at: datetime | None) -> Lock:
    """Return a lock as it is about to become another person's."""
    return replace(
        lock,
        state=LockState.TAKING,
        former=lock.owner or lock.owner_name,
        owner=by,
        owner_name=by_name,
        reason=reason or lock.reason,
        replaces=lock.sha,
        expires_at=expires_at,
        changed_at=at,
        nags=0,
    )


def _mapping(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, Mapping) else {}


def _word(value: object) -> str:
    return " ".join(value.split())[:_MOST_READ] if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
