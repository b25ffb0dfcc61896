"""Approvals: who may decide, how many are enough, and what exactly was approved."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.gates import Gate, Verdict


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes."""

    by: str  # a Slack user id
    at: datetime


def digest_of(service: str, environment: str, sha: str, inputs: Mapping[str, str], workflow_blob: str) -> str:
    """Return the fingerprint of what an approval is given to: any change of it voids the approval."""
    bound = {"service": service, "environment": environment, "sha": sha, "inputs": dict(inputs), "workflow": workflow_blob}
    canonical = json.dumps(bound, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def check_approver(actor: str, requester: str, given: tuple[Approval, ...]) -> Verdict:
    """Ask that the approver is another person than who asked, and has not approved yet."""
    if actor == requester:
        return Verdict(Gate.APPROVAL, False, "You can't approve what you asked for yourself.", "Another approver can.")
    if any(approval.by == actor for approval in given):
        return Verdict(Gate.APPROVAL, False, "You have approved this already.", "Another approver is needed as well.")
    return Verdict(Gate.APPROVAL, True)


def check_approvals(asked: int, given: tuple[Approval, ...]) -> Verdict:
    """Ask that enough people have approved."""
    missing = asked - len({approval.by for approval in given})
    if missing <= 0:
        return Verdict(Gate.APPROVAL, True)
    return Verdict(
        Gate.APPROVAL,
        False,
        f"{missing} of {asked} approval{'' if asked == 1 else 's'} missing.",
        "The approvers, by the buttons of its message.",
    )
