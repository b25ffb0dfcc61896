"""When the inbox and the outbox are written to around a handler."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.api import Context, Plugin, UserError
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.gates import Gate, Verdict
from bot.core.markup import md
from bot.engine.dispatcher import Dispatcher
from bot.engine.plugins import Registry
from bot.ports.errors import JournalError
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry, InboxState, OutboxRow
from tests.clocks import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class World:
    """A journal with one entry in its inbox, and a dispatcher that serves it with one command."""

    def __init__(self, journal: SqlJournal) -> None:
        self.journal = journal
        self.seen: tuple[list[InboxState], list[str]] | None = None

    def look(self) -> tuple[list[InboxState], list[str]]:
        """Return the states of the unfinished entries, and the channels that something is to be posted to."""
        with self.journal.read() as tx:
            return [entry.state for entry in tx.inbox.unfinished()], tx.outbox.pending_channels()

    def run(self, handler: Callable[[Context], None], *, repeatable: bool) -> None:
        """Have the command served; whatever the handler says is looked at before it ends."""

        def looked_at(ctx: Context) -> None:
            handler(ctx)
            self.seen = self.look()

        self.serve(looked_at, repeatable=repeatable)

    def serve(self, handler: Callable[..., None], text: str = "", *, repeatable: bool = False) -> None:
        """Have the command served that somebody typed with this text."""
        plugin = Plugin("probe")
        plugin.command("probe", repeatable=repeatable)(handler)
        registry = Registry()
        registry.add(plugin)
        Dispatcher(registry, self._services()).handle(self._entry(text), None)

    def _entry(self, text: str) -> InboxEntry:
        envelope = Envelope(EnvelopeKind.COMMAND, "k1", NOON, name="/probe", text=text, user="U1", channel="C1")
        with self.journal.begin() as tx:
            entry = tx.inbox.receive(envelope, "alone:k1")
        assert entry is not None
        return entry

    def _services(self) -> Any:
        """Give what a handler that only speaks needs."""
        return SimpleNamespace(
            configuration=Configuration(channel="C0", plugins=(), roles={}, services={}),
            journal=self.journal,
            clock=FakeClock(),
            permissions=SimpleNamespace(member=lambda _user: Verdict(Gate.PERSON, True), name_of={"U0BOB": "bob", "S0LEADS": "leads"}.get),
            **dict.fromkeys(
                (
                    "chat",
                    "operations",
                    "approvals",
                    "unknowns",
                    "runs",
                    "live",
                    "rollbacks",
                    "alerts",
                    "watches",
                    "locks",
                    "reviews",
                    "again",
                    "plugins",
                    "timeline",
                    "digest",
                )
            ),
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock())
    yield World(journal)
    journal.close()


def speak(ctx: Context) -> None:
    ctx.say("C1", "Hello.")


def test_what_a_repeatable_handler_says_is_written_down_together_with_its_end(world: World) -> None:
    world.run(speak, repeatable=True)
    assert world.seen == ([InboxState.NEW], [])
    assert world.look() == ([], ["C1"])


def test_what_any_other_handler_says_is_written_down_at_once_and_that_it_has_begun(world: World) -> None:
    world.run(speak, repeatable=False)
    assert world.seen == ([InboxState.RUNNING], ["C1"])
    assert world.look() == ([], ["C1"])


def test_a_mention_alone_stands_for_the_person_and_within_a_text_for_their_name(world: World) -> None:
    seen: list[object] = []

    def probe(_ctx: Context, person: str, why: str, *, override: str = "") -> None:
        seen.extend((person, why, override))

    world.serve(probe, '<@U0BOB> "asked by <@U0BOB>, see <#C0OPS>" --override "<!subteam^S0LEADS> said so"')

    assert seen == ["<@U0BOB>", "asked by @bob, see <#C0OPS>", "@leads said so"]


def test_a_refusal_of_a_repeatable_handler_is_told(world: World) -> None:
    def refuse(_ctx: Context) -> None:
        raise UserError("No.")

    world.run(refuse, repeatable=True)
    assert world.look() == ([], ["@U1 C1"])


@pytest.mark.parametrize(
    ("says", "repeatable", "free_of_the_disk"),
    [("whisper", True, True), ("post", True, False), ("whisper", False, False)],
)
def test_only_the_end_of_what_would_merely_be_whispered_again_may_be_taken_back_by_a_power_cut(
    world: World, monkeypatch: pytest.MonkeyPatch, says: str, repeatable: bool, free_of_the_disk: bool
) -> None:
    begin = world.journal.begin
    lasting: list[bool] = []

    def noted(**how: bool) -> Any:
        lasting.append(how.get("lasting", True))
        return begin(**how)

    monkeypatch.setattr(world.journal, "begin", noted)
    world.run((lambda ctx: ctx.tell("Hello.")) if says == "whisper" else speak, repeatable=repeatable)
    assert lasting[-1] is not free_of_the_disk
    assert all(lasting[1:-1]), "the entry itself, and what is said before the end"


@pytest.mark.parametrize("is_mistake", [False, True])
def test_a_journal_that_can_not_be_written_is_said_in_a_line_and_a_mistake_of_the_program_with_its_place(
    world: World, caplog: pytest.LogCaptureFixture, is_mistake: bool
) -> None:
    def fail(_ctx: Context) -> None:
        raise JournalError("The disk is full.", is_mistake=is_mistake)

    world.serve(fail)

    (record,) = [record for record in caplog.records if record.message == "handler.journal"]
    assert record.fields == {"name": "/probe", "why": "The disk is full."}  # type: ignore[attr-defined]
    assert bool(record.exc_info) is is_mistake
    assert world.look()[0] == [InboxState.RUNNING], "it is told, or run again, at the next start"


def test_a_reply_is_taken_below_what_may_be_ours_as_long_as_its_place_is_not_known(world: World) -> None:
    plugin = Plugin("probe")
    plugin.reply(speak)
    registry = Registry()
    registry.add(plugin)
    dispatcher = Dispatcher(registry, world._services())
    reply = Envelope(EnvelopeKind.REPLY, "k2", NOON, text="on it", user="U1", channel="C1", thread_ts="1.5")

    assert not dispatcher.serves(reply)
    with world.journal.begin() as tx:
        tx.outbox.put(OutboxRow("C1", Message.of(md("An alert")), story="alert:A1"), NOON)
        taken = tx.outbox.next("C1")
        assert taken is not None
        tx.outbox.sending(taken.id)
    assert dispatcher.serves(reply)
    with world.journal.begin() as tx:
        tx.outbox.sent(taken, "1.4", NOON)
    assert not dispatcher.serves(reply), "it stands elsewhere"
