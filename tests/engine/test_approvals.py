"""Approvals over time: what is written meanwhile is not lost, and nobody approves what has expired. The journal is real, time stands still."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.journal import open_journal
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.gates import Person
from bot.core.operations import Operation, OperationState
from bot.engine.approvals import ApprovalEngine
from bot.engine.permissions import Permissions
from bot.engine.stories import Stories
from bot.ports.errors import UserError
from tests.adapters.journal.values import operation
from tests.clocks import FakeClock

DIGEST = "d1ge57"


class Workspace:
    """Everybody is a full member; there are no groups."""

    def person(self, user: str) -> Person:
        return Person(user, "T1", user.removeprefix("U0").lower())

    def group_members(self, group: str) -> frozenset[str]:
        return frozenset()


class World:
    """A release to production that asks bob and ria for two approvals."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.configuration = Configuration("C0OPS", (), {"approver": ("U0BOB", "U0RIA")}, {}, ())
        self.journal = open_journal(f"sqlite:///{folder / 'journal.db'}", self.clock)
        self.permissions = Permissions(Workspace(), self.configuration, "T1")  # type: ignore[arg-type]
        self.stories = Stories(self.journal, self.clock, self.permissions)
        self.launched: list[Operation] = []
        self.approvals = ApprovalEngine(
            self.configuration, self.journal, self.permissions, self.stories, self.clock, self.launched.append, lambda: None
        )

    def asks(self, waited: timedelta = timedelta(), needed: int = 2) -> Operation:
        """Ask for approvals, for an hour from now; it was requested some time ago."""
        now = self.clock.now()
        asked = operation(
            "0p",
            state=OperationState.AWAITING_APPROVAL,
            version="v1.5.0",
            actor="U0ANN",
            requested_at=now - waited,
            updated_at=now,
            channel="C0OPS",
            approvals_needed=needed,
            approvers="approver",
            expires_at=now + timedelta(hours=1),
            digest=DIGEST,
        )
        with self.journal.begin() as tx:
            self.stories.begin(tx, asked, "asked")
        return asked

    @property
    def operation(self) -> Operation:
        with self.journal.read() as tx:
            found = tx.operations.get("0p")
        assert found
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.journal.close()


def test_an_approval_that_is_given_while_the_reminder_is_written_counts(world: World) -> None:
    seen = world.asks()
    world.approvals.approve("0p", DIGEST, "U0BOB")
    world.stories.remind(seen, Message.of("⏰"))
    assert [given.by for given in world.operation.approvals] == ["U0BOB"]
    assert world.operation.reminded
    world.approvals.approve("0p", DIGEST, "U0RIA")
    assert world.operation.state is OperationState.APPROVED


def test_what_ends_keeps_the_approvals_that_were_given_meanwhile(world: World) -> None:
    seen = world.asks()
    world.approvals.approve("0p", DIGEST, "U0BOB")
    world.stories.move(seen, OperationState.REJECTED, by="U0RIA", reason="Rejected by ria: not now")
    assert [given.by for given in world.operation.approvals] == ["U0BOB"]


def test_nobody_approves_what_has_expired_though_nobody_looked_at_the_clock_yet(world: World) -> None:
    world.asks(needed=1)
    world.clock.advance(timedelta(hours=1))
    with pytest.raises(UserError, match="is expired"):
        world.approvals.approve("0p", DIGEST, "U0BOB")
    assert world.operation.state is OperationState.EXPIRED
    assert world.operation.reason == "Nobody approved it within 1 h. Ask for it again."
    assert world.launched == []


def test_what_stood_in_the_queue_is_reminded_at_half_of_the_time_for_approvals(world: World) -> None:
    world.asks(waited=timedelta(hours=5))
    world.approvals.look_at_clock()
    assert not world.operation.reminded
    world.clock.advance(timedelta(minutes=30))
    world.approvals.look_at_clock()
    assert world.operation.reminded
    world.clock.advance(timedelta(minutes=30))
    world.approvals.look_at_clock()
    assert world.operation.reason == "Nobody approved it within 1 h. Ask for it again."
