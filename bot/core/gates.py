"""Who may do what, decided in one place from facts: pure, by stable ids, and failing closed.

Each verdict names its gate, says why in a sentence, and who can clear it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.freeze import frozen_since, frozen_until, thawed_at
from bot.core.locks import Lock


class Gate(StrEnum):
    PERSON = "person"
    ROLE = "role"
    LOCK = "lock"
    FREEZE = "freeze"
    PROMOTION = "promotion order"
    CHECKS = "checks"
    APPROVAL = "approval"
    RUNNING = "already running"


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of a user, as far as a decision needs it."""

    id: str
    team: str
    name: str
    is_bot: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    is_deleted: bool = False
    enterprise: str = ""
    zone: str = ""  # the name of their time zone, such as Europe/Berlin


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says. `clears` tells who can clear it, in words; empty when it passed. `since`: since when it is closed, where that is known."""

    gate: Gate
    passed: bool
    why: str = ""
    clears: str = ""
    since: datetime | None = None


def refusal_in(verdicts: Iterable[Verdict]) -> str:
    """Return what the first gate that is closed says: why, and who can clear it; "" when all of them let it through."""
    closed = next((verdict for verdict in verdicts if not verdict.passed), None)
    return f"{closed.why} {closed.clears}" if closed else ""


def check_person(person: Person | None, home_team: str, home_enterprise: str = "") -> Verdict:
    """Let only full members of our own workspace through. A look-up that failed (None) is a no."""
    if person is None:
        return Verdict(
            Gate.PERSON, False, "I can't look you up in Slack right now, so I can't tell what you may do.", "Try again in a minute."
        )
    ours = person.team == home_team or bool(home_enterprise and person.enterprise == home_enterprise)
    refusals = [
        (person.is_deleted, "this account is deactivated"),
        (person.is_bot, "bots and workflows can't run operations"),
        (not ours or person.is_stranger, "you belong to another workspace"),
        (person.is_guest, "guests can't run operations"),
    ]
    for refused, why in refusals:
        if refused:
            return Verdict(Gate.PERSON, False, f"Not allowed: {why}.", "A full member of this workspace can do it.")
    return Verdict(Gate.PERSON, True)


def check_role(role: str, holders: tuple[str, ...], user: str, groups: frozenset[str] | None, shown_holders: str) -> Verdict:
    """Ask that `user` is among the role's users and user groups.

    Args:
        role: the role that the environment asks for; "" when it asks for none.
        holders: the ids of users and user groups that hold it.
        groups: the user groups of `holders` that the user is in; None when that could not be found out.
        shown_holders: the holders, as people know them.
    """
    if not role or user in holders:
        return Verdict(Gate.ROLE, True)
    if groups is None:
        return Verdict(
            Gate.ROLE,
            False,
            f"I can't look up who is a {role} right now, so I can't let this through.",
            f"Try again in a minute, or ask {shown_holders}.",
        )
    if groups & set(holders):
        return Verdict(Gate.ROLE, True)
    return Verdict(
        Gate.ROLE, False, f"Only {'an' if role[:1] in 'aeiou' else 'a'} {role} may do this, and you are not one.", f"Ask {shown_holders}."
    )


def check_lock(lock: Lock | None, owner: str, *, trouble: str = "", unlock: str = "") -> Verdict:
    """Ask that nobody locked the environment. A look-up that failed is a no. A lock stops everybody, its owner too: CI can't tell who asked.

    Args:
        lock: the lock that stands, None when there is none.
        owner: its owner, by name.
        trouble: why it could not be found out; "" when it could.
        unlock: what to type to open it.
    """
    if lock is None and not trouble:
        return Verdict(Gate.LOCK, True)
    if lock is None:
        return Verdict(Gate.LOCK, False, f"I can't look up whether it is locked: {trouble}", "Try again in a minute.")
    why = f"{owner} locked {lock.environment}{f': {lock.reason}'.removesuffix('.') if lock.reason else ''}."
    until = f" It opens by itself at {lock.expires_at:%a %d %b %H:%M} UTC." if lock.expires_at else ""
    return Verdict(Gate.LOCK, False, why, f"{owner}, or whoever may release there, by {unlock}.{until}", since=lock.since)


def check_freeze(freezes: tuple[str, ...], at: datetime, overriders: str = "") -> Verdict:
    """Ask that no freeze holds.

    Args:
        overriders: the role that the environment lets go past its gates; "" when it lets nobody. Nobody else can end a freeze.
    """
    held = frozen_until(freezes, at)
    if held is None:
        return Verdict(Gate.FREEZE, True)
    freeze, until = held
    ends = thawed_at(freezes, until) if freeze.until(until) else None
    exception = f", with an exception from then until {ends.astimezone(freeze.zone):%a %d %b %H:%M}" if ends else ""
    why = f"It is frozen until {until:%a %d %b %H:%M} {freeze.zone.key} ({freeze.text}{exception})."
    past = f' In an emergency, whoever holds the role {overriders} can go past it: --override "why".' if overriders else ""
    return Verdict(Gate.FREEZE, False, why, f"It thaws by itself.{past}", since=frozen_since(freezes, freeze, at))


def check_promotion(after: str, version: str, had_it: bool, *, is_known: bool = True, skipped: str = "") -> Verdict:
    """Ask that the version was brought to the environment that comes before.

    Args:
        after: the environment that must have had it; "" when none must.
        had_it: whether the journal knows of its success there, or somebody else made it live there.
        is_known: False when GitHub could not be asked what somebody else made live.
        skipped: the job that deploys, where it was skipped in a run that ended green there; "" when there is no such run.
    """
    if not after or had_it:
        return Verdict(Gate.PROMOTION, True)
    if not is_known:
        why = f"I did not bring {version} to {after}, and can't look up whether somebody else did."
        return Verdict(Gate.PROMOTION, False, why, f"Try again in a minute, or bring it to {after}.")
    if skipped:
        why = f"GitHub skipped the job {skipped} of {version} in {after}, and has no record of its deployment."
        return Verdict(Gate.PROMOTION, False, why, f"Bring it to {after} first.")
    return Verdict(Gate.PROMOTION, False, f"{version} has not succeeded in {after} yet.", f"Bring it to {after} first.")


class CheckState(StrEnum):
    PASSED = "passed"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a commit on GitHub. `run_id` is the workflow run that it belongs to, None for a tool of its own."""

    name: str
    state: CheckState
    run_id: int | None = None


def check_checks(required: bool, checks: list[Check] | None, ours: frozenset[int], sha: str) -> Verdict:
    """Ask that the commit's checks are green, when they are required. No check at all, and a look-up that failed (None), is a no.

    Args:
        ours: the runs that operations of ours started: how a release ended is no check of the commit that it released.
    """
    if not required:
        return Verdict(Gate.CHECKS, True)
    if checks is None:
        return Verdict(Gate.CHECKS, False, f"I can't look up the checks of {sha[:7]} right now.", "Try again in a minute.")
    counted = [check for check in checks if check.run_id not in ours]
    named = {state: tuple(check.name for check in counted if check.state is state) for state in CheckState}
    if named[CheckState.FAILED]:
        return Verdict(
            Gate.CHECKS, False, f"Failed on {sha[:7]}: {_some(named[CheckState.FAILED])}.", "Mend the commit, or re-run its checks."
        )
    if named[CheckState.PENDING]:
        return Verdict(Gate.CHECKS, False, f"Not done yet on {sha[:7]}: {_some(named[CheckState.PENDING])}.", "Wait for them.")
    if not named[CheckState.PASSED]:
        return Verdict(Gate.CHECKS, False, f"No check ran on {sha[:7]}.", "Let the checks run on this commit.")
    return Verdict(Gate.CHECKS, True)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def check_running(
    running: str,
    service: str,
    environment: str,
    *,
    is_unknown: bool = False,
    is_asked: bool = False,
    cancel: str = "",
    since: datetime | None = None,
) -> Verdict:
    """Ask that nothing else runs for the service and environment.

    Args:
        running: what does, in words; "" when nothing does.
        is_unknown: nobody knows how it ended: a person must decide.
        is_asked: it has not begun, since it waits for approval.
        cancel: what to type to cancel it.
        since: since when it is so.
    """
    if not running:
        return Verdict(Gate.RUNNING, True)
    if is_unknown:
        why = f"How {running[0].lower()}{running[1:]} of {service} to {environment} ended is not known."
        return Verdict(Gate.RUNNING, False, why, "Decide on it by the buttons of its message in the timeline.", since)
    if is_asked:
        why = f"{running} of {service} to {environment} waits for approval."
        return Verdict(Gate.RUNNING, False, why, "Get it approved, or have it withdrawn by who asked for it.", since)
    help_ = f"Wait for it, or cancel it: {cancel}" if cancel else "Wait for it, or cancel it by the button of its message."
    return Verdict(Gate.RUNNING, False, f"{running} of {service} to {environment} has not ended yet.", help_, since)
