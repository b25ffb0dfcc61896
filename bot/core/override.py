"""Break-glass: who may go past which gates, with a reason that stands on the operation for ever."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.core.gates import Gate, Verdict

# Never: who somebody is, what they may do there at all, and what runs there already.
PASSABLE = frozenset({Gate.LOCK, Gate.FREEZE, Gate.PROMOTION, Gate.CHECKS, Gate.APPROVAL})
MOST_REASON = 300


def check_override(overriders: str, role: Verdict, reason: str) -> Verdict:
    """Ask whether a person may go past gates: the environment must name a role for it, they must hold it, and they must say why.

    Args:
        overriders: the role that the environment lets go past its gates; "" when it lets nobody.
        role: whether the person holds it.
    """
    if not overriders:
        return Verdict(
            Gate.ROLE,
            False,
            "Nobody may go past the gates here: no role is set for it.",
            "Leave --override out, or set overriders in chatops.toml.",
        )
    if not role.passed:
        return role
    if not reason:
        return Verdict(Gate.ROLE, False, "A break-glass needs a reason.", 'Write it behind the flag: --override "why".')
    if len(reason) > MOST_REASON:
        return Verdict(Gate.ROLE, False, f"The reason is {len(reason)} characters long.", f"At most {MOST_REASON} fit.")
    return Verdict(Gate.ROLE, True)


def closed_gates(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """Return the gates that refuse and that a break-glass can go past, in the order in which they were asked."""
    return tuple(dict.fromkeys(str(verdict.gate) for verdict in verdicts if not verdict.passed and verdict.gate in PASSABLE))


def gone_past(verdicts: Iterable[Verdict], named: Sequence[str]) -> list[Verdict]:
    """Return the verdicts as they stand for an operation that goes past the gates that it names: those let it through, every other one counts."""
    return [
        replace(verdict, passed=True, why="", clears="") if verdict.gate in PASSABLE and str(verdict.gate) in named else verdict
        for verdict in verdicts
    ]
