"""Approvals: who may decide, how many are enough, and what exactly was approved."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from bot.core.gates import Gate, Verdict


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes."""

    by: str  # a Slack user id
    at: datetime


def approval_digest(service: str, environment: str, sha: str, inputs: Mapping[str, str], workflow_blob: str) -> str:
    """Return the digest of what an approval is given to: any change of it voids the approval."""
    bound = {"service": service, "environment": environment, "sha": sha, "inputs": dict(inputs), "workflow": workflow_blob}
    canonical = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_approver(actor: str, requester: str, given: tuple[Approval, ...], logins: Mapping[str, str] = MappingProxyType({})) -> Verdict:
    """Ask that the approver is another person than who asked, and has not approved yet.

    Args:
        logins: Slack user id → GitHub login, where it is known: two ids with one login are one person.
    """
    if is_same_person(actor, requester, logins):
        return Verdict(Gate.APPROVAL, False, "You can't approve what you asked for yourself.", "Another approver can.")
    if any(is_same_person(actor, approval.by, logins) for approval in given):
        return Verdict(Gate.APPROVAL, False, "You have approved this already.", "Another approver is needed as well.")
    return Verdict(Gate.APPROVAL, True)


def is_same_person(one: str, other: str, logins: Mapping[str, str]) -> bool:
    """Say whether two Slack ids are one person: the same id, or the same login on GitHub, which knows no capitals."""
    login = logins.get(one, "").casefold()
    return one == other or (bool(login) and login == logins.get(other, "").casefold())


def check_approvals(asked: int, given: tuple[Approval, ...], logins: Mapping[str, str] = MappingProxyType({})) -> Verdict:
    """Ask that enough people have approved."""
    missing = asked - len({(logins.get(approval.by) or approval.by).casefold() for approval in given})
    if missing <= 0:
        return Verdict(Gate.APPROVAL, True)
    return Verdict(
        Gate.APPROVAL,
        False,
        f"{missing} of {asked} approval{'' if asked == 1 else 's'} missing.",
        "The approvers, by the buttons of its message.",
    )
