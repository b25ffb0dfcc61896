"""Who may do what, decided in one place from facts: pure, by stable ids, and failing closed.

Each verdict names its gate, says why in a sentence, and who can clear it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Gate(StrEnum):
    PERSON = "person"
    ROLE = "role"
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says. `clears` tells who can clear it, in words; empty when it passed."""

    gate: Gate
    passed: bool
    why: str = ""
    clears: str = ""


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
    return Verdict(Gate.ROLE, False, f"Only a {role} may do this, and you are not one.", f"Ask {shown_holders}.")


def check_running(running: str, service: str, environment: str) -> Verdict:
    """Ask that nothing else runs for the service and environment. `running` names what does, "" when nothing does."""
    if not running:
        return Verdict(Gate.RUNNING, True)
    return Verdict(
        Gate.RUNNING, False, f"{running} of {service} to {environment} has not ended yet.", "Wait for it, or cancel it on GitHub."
    )
