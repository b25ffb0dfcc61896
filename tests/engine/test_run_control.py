"""An abort that the daemon's end cut in two: it is not told as a refusal when the rollback has begun. The journal is real, time stands still."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.journal import open_journal
from bot.core.configuration import Configuration
from bot.core.gates import Person
from bot.core.markup import md, mention
from bot.core.operations import Operation, OperationKind, OperationState, RunDeed, RunRequest
from bot.core.requests import OperationRequest
from bot.engine.permissions import Permissions
from bot.engine.run_control import RunControl
from bot.engine.stories import Stories
from bot.ports.errors import FieldErrors, UserError
from bot.ports.journal import Journal
from tests.clocks import FakeClock


class Members:
    """Everybody is a full member."""

    def person(self, user: str) -> Person:
        return Person(user, "T1", user.removeprefix("U0").lower())


class Busy:
    """What prepares operations finds the environment busy: by the rollback itself."""

    def __init__(self, why: UserError) -> None:
        self.why = why

    def prepare(self, _request: OperationRequest, _actor: str) -> None:
        raise self.why

    def start(self, *_: object) -> None:
        raise AssertionError("Nothing was prepared.")


def said(journal: Journal, clock: FakeClock) -> str:
    """Return all that stands in the outbox."""
    texts: list[str] = []
    with journal.begin() as tx:
        while row := tx.outbox.next("C0OPS"):
            texts.append(str(row.message))
            tx.outbox.sent(row, "1.0", clock.now())
    return "\n".join(texts)


def test_an_abort_whose_rollback_had_begun_before_a_crash_says_so(tmp_path: Path) -> None:
    told = told_of_an_abort(tmp_path, has_begun=True)

    assert "Rolling back to `v1.4.2`, as bob asked." in told
    assert "roll back to" not in told


def test_whoever_aborted_is_called_when_what_was_live_before_can_not_come_back(tmp_path: Path) -> None:
    told = told_of_an_abort(tmp_path, has_begun=False)

    assert "<@U0BOB>, I could *not* roll back to `v1.4.2`: The rollback v1.4.2 has not ended yet." in told


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        (UserError("a < b"), "a &lt; b"),
        (UserError(md("{} has it: {}", mention("U0ANN"), "a < b")), "<@U0ANN> has it: a &lt; b"),
        (FieldErrors({"environment": md("{} has it: {}", mention("U0ANN"), "a < b")}), "<@U0ANN> has it: a &lt; b"),
        (FieldErrors({"version": "a < b", "environment": md("{}", "c < d")}), "a &lt; b c &lt; d"),
    ],
    ids=["text", "markup", "markup at a field", "both"],
)
def test_why_it_can_not_come_back_is_shown_as_it_was_said(tmp_path: Path, why: UserError, shown: str) -> None:
    assert f"roll back to `v1.4.2`: {shown}" in told_of_an_abort(tmp_path, has_begun=False, why=why)


NOT_ENDED = UserError("The rollback v1.4.2 has not ended yet.")


def told_of_an_abort(tmp_path: Path, *, has_begun: bool, why: UserError = NOT_ENDED) -> str:
    """Let an abort be settled by a daemon that was away, and return all that is said.

    Args:
        has_begun: whether its rollback had begun before.
        why: what it is refused with now.
    """
    clock = FakeClock()
    configuration = Configuration("C0OPS", (), {}, {}, ())
    journal = open_journal(f"sqlite:///{tmp_path / 'journal.db'}", clock)
    permissions = Permissions(Members(), configuration, "T1")  # type: ignore[arg-type]
    stories = Stories(journal, clock, permissions)
    nothing = None
    control = RunControl(configuration, journal, nothing, permissions, nothing, Busy(why), stories, clock, lambda: None)  # type: ignore[arg-type]
    asked = RunRequest(RunDeed.CANCEL, "U0BOB", clock.now(), 1, taken=True, back_to="v1.4.2")
    aborted = an_operation("0p", OperationState.CANCELLED, OperationKind.RELEASE, "v1.5.0", clock, asked)
    rollback = an_operation("0r", OperationState.APPROVED, OperationKind.ROLLBACK, "v1.4.2", clock, None)
    with journal.begin() as tx:
        stories.begin(tx, aborted, "asked")
        if has_begun:
            stories.begin(tx, rollback, "abort:0p:1")
    clock.advance(timedelta(seconds=20))  # the daemon was away
    control.settle(aborted)
    told = said(journal, clock)
    journal.close()
    return told


def an_operation(
    name: str, state: OperationState, kind: OperationKind, version: str, clock: FakeClock, asked: RunRequest | None
) -> Operation:
    return Operation(
        id=name,
        kind=kind,
        state=state,
        service="checkout",
        repo="acme/checkout",
        workflow="release.yml",
        ref="main",
        sha="a" * 40,
        version=version,
        environment="staging",
        actor="U0ANN",
        requested_at=clock.now(),
        updated_at=clock.now(),
        dispatch_id=f"chatopsd-{name}",
        channel="C0OPS",
        run_id=7,
        attempt=1,
        asked=asked,
    )
