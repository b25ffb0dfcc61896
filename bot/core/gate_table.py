"""The table of docs/gates.md, made from the gates themselves: each row's look is what its check says of an example."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.approvals import check_approvals
from bot.core.gates import (
    Check,
    CheckState,
    Gate,
    Person,
    Verdict,
    check_checks,
    check_freeze,
    check_lock,
    check_person,
    check_promotion,
    check_role,
    check_running,
)
from bot.core.locks import Lock, LockState
from bot.core.override import PASSABLE

_AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
_SHA = "8f3a1c2" + "0" * 33
_LOCK = Lock(
    "5f0c9a31", LockState.HELD, "acme/checkout", "production", "checkout", "U0ANN", "ann", "payments migration", _AT, _AT,
    expires_at=_AT + timedelta(hours=2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One gate: what it asks, who can clear it, and examples of how it is when it is closed."""

    gate: Gate
    asks: str
    clears: str
    looks: tuple[Callable[[], Verdict], ...]


ROWS = (
    Row(
        Gate.PERSON,
        "who it is: full members of this workspace only; no guest, bot, outsider or deactivated account, and nobody whom Slack can't look up",
        "nobody; another person does it",
        (
            lambda: check_person(Person("U0GUS", "T0ACME", "gus", is_guest=True), "T0ACME"),
            lambda: check_person(None, "T0ACME"),
        ),
    ),
    Row(
        Gate.ROLE,
        "`releasers`: held by id, or by a Slack user group; what Slack tells of a group is kept for a minute, and one that can't be looked up "
        "lets nobody through",
        "whoever holds the role, or whoever gives it out",
        (
            lambda: check_role("releaser", ("S0RELEASERS",), "U0DANA", frozenset(), "@releasers"),
            lambda: check_role("releaser", ("S0RELEASERS",), "U0DANA", None, "@releasers"),
        ),
    ),
    Row(
        Gate.LOCK,
        "a lock of the environment, ours or CI's: see [locks.md](locks.md)",
        "the lock's owner, whoever may release there, or time",
        (
            lambda: check_lock(_LOCK, "ann", unlock="/ops unlock checkout production"),
            lambda: check_lock(None, "", trouble="GitHub can't be reached."),
        ),
    ),
    Row(
        Gate.FREEZE,
        "`freeze`: times of the week, by the clocks of a zone, and the days that are excepted",
        "time",
        (lambda: check_freeze(("Fri 16:00 - Mon 08:00 Europe/Berlin",), _AT, "lead"),),
    ),
    Row(
        Gate.RUNNING,
        'one operation at a time for each service and environment; with `when_busy = "queue"` it waits for its turn instead',
        "whoever can end what runs",
        (
            lambda: check_running("The release v1.5.0", "checkout", "production", cancel="/ops cancel 07b746ef"),
            lambda: check_running("The release v1.5.0", "checkout", "production", is_asked=True),
            lambda: check_running("The release v1.5.0", "checkout", "production", is_unknown=True),
        ),
    ),
    Row(
        Gate.PROMOTION,
        "`after`: the version must have succeeded there (a green run in which GitHub skipped the job that deploys counts only with GitHub's record of its"
        " deployment), or be live there by a deployment past chatopsd; a rollback is exempt",
        "a deploy to the environment before",
        (
            lambda: check_promotion("staging", "v1.5.0", had_it=False),
            lambda: check_promotion("staging", "v1.5.0", had_it=False, is_known=False),
            lambda: check_promotion("staging", "v1.5.0", had_it=False, skipped="Deploy"),
        ),
    ),
    Row(
        Gate.CHECKS,
        "`required_checks`: the checks of exactly the commit that goes",
        "whoever mends the commit, or runs its checks again",
        (
            lambda: check_checks(True, [Check("build", CheckState.FAILED)], frozenset(), _SHA),
            lambda: check_checks(True, [Check("build", CheckState.PENDING)], frozenset(), _SHA),
            lambda: check_checks(True, [], frozenset(), _SHA),
            lambda: check_checks(True, None, frozenset(), _SHA),
        ),
    ),
    Row(
        Gate.APPROVAL,
        "`approvals`: so many holders of `approvers`, each another person than who asked",
        "the approvers, by the buttons of its message",
        (lambda: check_approvals(2, ()),),
    ),
)


def gate_table() -> str:
    """Return the table as Markdown."""
    lines = [
        "| gate | what it asks | who can clear it | break-glass passes it | how it looks when it is closed |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in ROWS:
        looks = "<br>".join(_look(check()) for check in row.looks)
        lines.append(f"| **{row.gate}** | {row.asks} | {row.clears} | {'yes' if row.gate in PASSABLE else 'never'} | {looks} |")
    return "\n".join(lines)


def _look(verdict: Verdict) -> str:
    return f"⛔ **{verdict.gate}** · {verdict.why} *{verdict.clears}*"
