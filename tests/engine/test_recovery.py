"""What a crash, or a journal that fails while the daemon runs, leaves behind: gone on with or told, and never twice. The journal is real."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.journal import SqlJournal, direct, open_journal
from bot.api import Context, Plugin, UserError
from bot.core.configuration import Configuration
from bot.core.gates import Gate, Verdict
from bot.core.operations import Operation, OperationState
from bot.engine import inbox
from bot.engine.dispatcher import Dispatcher
from bot.engine.inbox import Inbox
from bot.engine.lanes import Lanes
from bot.engine.plugins import Registry
from bot.engine.recovery import MOST_TRIES, Recovery
from bot.ports.errors import JournalError
from bot.ports.events import Answer, Envelope, EnvelopeKind
from bot.ports.journal import AuditEvent
from tests.adapters.journal.values import operation
from tests.clocks import FakeClock

NOTHING = ("chat", "operations", "approvals", "unknowns", "runs", "live", "rollbacks", "alerts", "watches", "locks", "reviews", "again")


class World:
    """A daemon's inbox with one worker, and a journal that another process can hold locked."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.journal: SqlJournal = open_journal(f"sqlite:///{path}", self.clock)
        self.other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.lanes = Lanes(1)
        self.launched: list[Operation] = []
        self.runs = 0
        self.works: Callable[[Context], None] = lambda _ctx: None
        plugin = Plugin("probe")
        plugin.command("once")(self._work)
        plugin.command("again", repeatable=True)(self._work)
        plugin.action("approve")(lambda ctx, _value: self._work(ctx))
        plugin.view("form")(lambda ctx, _values: self._work(ctx))
        registry = Registry()
        registry.add(plugin)
        services: Any = SimpleNamespace(
            configuration=Configuration(channel="C0", plugins=(), roles={}, services={}),
            journal=self.journal,
            clock=self.clock,
            permissions=SimpleNamespace(member=lambda _user: Verdict(Gate.PERSON, True)),
            **dict.fromkeys((*NOTHING, "plugins", "timeline", "digest")),
        )
        dispatcher = Dispatcher(registry, services)
        self.inbox = Inbox(self.journal, self.lanes, dispatcher.serves, dispatcher.handle, self.clock)
        self.recovery = Recovery(services, dispatcher, self.inbox, self.launched.append, self.lanes.is_busy)

    def _work(self, ctx: Context) -> None:
        self.runs += 1
        self.works(ctx)

    def ask(self, kind: EnvelopeKind, name: str, waited_s: float = 0.0) -> Answer | None:
        """Take an envelope in; it waits for the worker."""
        envelope = Envelope(kind, f"key:{name}", self.clock.now(), name=name, user="U0ANN", channel="C0OPS")
        return self.inbox.receive(envelope, waited_s)

    def lock(self, _ctx: Context | None = None) -> None:
        """Let another process hold the journal."""
        self.other.execute("BEGIN IMMEDIATE")

    def unlock(self) -> None:
        self.other.execute("ROLLBACK")

    def drain(self) -> None:
        """Let the worker do all that waits."""
        while self.lanes._ready:
            lane, job = self.lanes._take() or ("", lambda: None)
            with suppress(JournalError):  # a worker logs it
                job()
            self.lanes._put_back(lane)

    def told(self) -> str:
        """Return all that is said to ann, and how it can be run again."""
        texts: list[str] = []
        with self.journal.begin() as tx:
            while row := tx.outbox.next("@U0ANN C0OPS"):
                texts.append(f"{row.message.text} {row.message.blocks}")
                tx.outbox.sent(row, "", self.clock.now())
        return "\n".join(texts)

    def unfinished(self) -> int:
        with self.journal.read() as tx:
            return len(tx.inbox.unfinished())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(direct, "BUSY_TIMEOUT_S", 0.01)
    made = World(tmp_path / "journal.db")
    yield made
    made.other.close()
    made.journal.close()


def test_who_asked_is_told_when_the_journal_failed_while_their_handler_ran(world: World) -> None:
    world.works = world.lock
    world.ask(EnvelopeKind.COMMAND, "/once")
    world.drain()
    world.recovery.look()
    world.recovery.look()
    world.unlock()
    assert world.told() == ""

    world.recovery.look()
    told = world.told()
    world.recovery.look()

    assert "My journal could not be written in time while I handled your `/once`; nothing was dispatched." in told
    assert "Run it again" in told
    assert (world.runs, world.unfinished(), world.told()) == (1, 0, "")


def test_what_may_run_twice_runs_again_when_the_journal_can_be_written(world: World) -> None:
    world.works = world.lock
    world.ask(EnvelopeKind.COMMAND, "/again")
    world.drain()
    world.unlock()
    world.works = lambda ctx: ctx.reply("Here it is.")

    world.recovery.look()
    world.drain()
    assert world.runs == 1, "it might be on its way into somebody's hands"
    world.recovery.look()
    world.drain()

    assert (world.runs, world.unfinished()) == (2, 0)
    assert "Here it is." in world.told()


def test_a_handler_on_which_the_journal_always_breaks_ends(world: World) -> None:
    def break_it(_ctx: Context) -> None:
        with world.journal.begin() as tx:
            tx._connection.exec_driver_sql("DROP TABLE nowhere")

    world.works = break_it
    world.ask(EnvelopeKind.COMMAND, "/again")
    for _ in range(MOST_TRIES + 5):
        world.drain()
        world.recovery.look()
    assert (world.runs, world.unfinished()) == (MOST_TRIES + 1, 0)
    assert "My journal could not be written in time while I handled your `/again`" in world.told()


def test_what_waits_for_a_worker_or_is_handled_is_left_in_peace(world: World) -> None:
    world.ask(EnvelopeKind.COMMAND, "/once")
    for _ in range(3):
        world.recovery.look()
    assert world.told() == ""
    world.drain()
    assert world.runs == 1


def test_what_was_approved_and_not_dispatched_since_the_journal_failed_is_dispatched(world: World) -> None:
    with world.journal.begin() as tx:
        tx.operations.add(operation("OP1", state=OperationState.APPROVED), "request")
    world.recovery.look()
    assert world.launched == []
    world.recovery.look()
    assert [launched.id for launched in world.launched] == ["OP1"]


def test_who_approved_is_not_told_that_nothing_was_dispatched(world: World) -> None:
    def approve(ctx: Context) -> None:
        with world.journal.begin() as tx:
            tx.operations.add(operation("OP1", state=OperationState.APPROVED), "request")
            tx.audit.add(AuditEvent(ctx.now(), ctx.actor, "operation.approval", "operation:OP1"))
        world.lock()

    world.works = approve
    world.ask(EnvelopeKind.CLICK, "approve")
    world.drain()
    world.unlock()

    world.recovery.run()

    told = world.told()
    assert "I was restarted while I handled your `approve`" in told
    assert "approved" in told
    assert "checkout v1.2.3" in told
    assert "nothing was dispatched" not in told
    assert "Run it again" not in told
    assert [launched.id for launched in world.launched] == ["OP1"]


def test_the_key_of_an_envelope_is_known_for_two_days(world: World) -> None:
    world.ask(EnvelopeKind.COMMAND, "/once")
    world.drain()
    for hours, again in ((47, 0), (2, 1)):
        world.clock.advance(timedelta(hours=hours))
        world.recovery.prune()
        world.ask(EnvelopeKind.COMMAND, "/once")
        world.drain()
        assert world.runs == 1 + again, f"{hours} h later"


@pytest.mark.parametrize("together", [False, True])
def test_what_was_written_down_when_slack_had_given_it_up_is_not_acked_and_not_run(
    world: World, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(kind: EnvelopeKind, name: str, text: str = "") -> None:
        envelope = Envelope(kind, f"key:{name}{text}", world.clock.now(), name=name, user="U0ANN", channel="C0OPS", text=text)
        with pytest.raises(JournalError, match="Slack, which waits for 3 s"):
            world.inbox.receive_together([envelope]) if together else world.inbox.receive(envelope)

    monkeypatch.setattr(inbox, "WRITTEN_WITHIN_S", -1.0)
    ask(EnvelopeKind.COMMAND, "/once")
    ask(EnvelopeKind.MENTION, "", "once")
    world.drain()
    assert world.runs == 0, "the person has been told that it failed"

    for _ in range(2):
        world.recovery.look()
    world.drain()
    assert "My journal could not be written in time while I handled your `/once`; nothing was dispatched." in world.told()
    assert (world.runs, world.unfinished()) == (1, 0), "the mention, which Slack delivers until it is acked"


FORM = (EnvelopeKind.SUBMISSION, "form")


def when_waited_for(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen to a form that is written down, before its time is over."""
    asked: list[float] = []

    def left_s(_arrived_at: float) -> float:
        asked.append(0.0)
        if len(asked) == 1:
            return 20.0
        happens()
        return 0.0

    monkeypatch.setattr(inbox, "_left_s", left_s)


def test_a_form_that_nobody_could_begin_in_time_is_refused_never_begun_and_may_be_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(inbox, "ANSWER_WITHIN_S", 0.05)
        refused = world.ask(*FORM)
    assert refused is not None
    assert "Nothing was started" in refused.refusal
    assert world.unfinished() == 0

    world.drain()  # the worker comes to it at last
    assert (world.runs, world.told()) == (0, "")

    monkeypatch.setattr(inbox, "ANSWER_WITHIN_S", 20.0)
    world.lanes.start()
    assert world.ask(*FORM) == Answer()
    assert world.runs == 1


def test_a_form_that_is_being_handled_when_its_time_is_over_closes_and_its_outcome_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()

    def work(_ctx: Context) -> None:
        begun.set()
        go.wait(20)
        raise UserError("No such version.")

    world.works = work
    world.lanes.start()
    when_waited_for(monkeypatch, lambda: begun.wait(20))
    assert world.ask(*FORM) is None
    go.set()
    assert world.lanes.stop(20)
    assert "No such version." in world.told()
    assert world.runs == 1


def test_a_refused_form_that_the_journal_does_not_let_go_is_not_acked_and_the_person_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    when_waited_for(monkeypatch, world.lock)
    with pytest.raises(JournalError):
        world.ask(*FORM)
    world.unlock()
    world.drain()
    for _ in range(2):
        world.recovery.look()
    assert "nothing was dispatched" in world.told()
    assert (world.runs, world.unfinished()) == (0, 0)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is done at once be in time on a slow machine, too."""
    monkeypatch.setattr(inbox, "ANSWER_WITHIN_S", 20.0)
    monkeypatch.setattr(inbox, "WRITTEN_WITHIN_S", 60.0)


@pytest.mark.usefixtures("unhurried")
def test_a_form_that_waited_too_long_for_a_thread_is_refused_and_may_be_sent_again(world: World) -> None:
    world.lanes.start()
    refused = world.ask(*FORM, waited_s=20.0)
    assert refused is not None
    assert "Nothing was started" in refused.refusal
    assert (world.unfinished(), world.runs) == (0, 0)
    assert world.ask(*FORM) == Answer()
    assert world.runs == 1


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("waited_s", [0.0, 20.0, 90.0])
def test_a_form_that_was_handled_and_is_sent_again_however_late_closes(world: World, waited_s: float) -> None:
    world.lanes.start()
    assert world.ask(*FORM) == Answer()
    assert world.lanes.stop(20)
    assert world.ask(*FORM, waited_s=waited_s) is None, "its first ack was lost: it must not hear that nothing was started"
    assert (world.runs, world.unfinished()) == (1, 0)


def test_what_waited_so_long_for_a_thread_that_slack_gave_it_up_is_not_run(world: World) -> None:
    with pytest.raises(JournalError):
        world.ask(EnvelopeKind.COMMAND, "/once", waited_s=3.0)
    world.drain()
    for _ in range(2):
        world.recovery.look()
    assert (world.runs, world.unfinished()) == (0, 0)
    assert "nothing was dispatched" in world.told()
