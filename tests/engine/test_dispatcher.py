"""When the inbox and the outbox are written to around a handler."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.journal import open_journal
from bot.api import Context, Plugin, UserError
from bot.core.configuration import Configuration
from bot.core.gates import Gate, Verdict
from bot.engine import waking
from bot.engine.dispatcher import Dispatcher
from bot.engine.plugins import Registry
from bot.engine.waking import WakingJournal
from bot.engine.whispers import Whispers
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry, InboxState
from tests.clocks import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class World:
    """A journal with one entry in its inbox, and a dispatcher that serves it with one command."""

    def __init__(self, journal: WakingJournal) -> None:
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

        plugin = Plugin("probe")
        plugin.command("probe", repeatable=repeatable)(looked_at)
        registry = Registry()
        registry.add(plugin)
        Dispatcher(registry, self._services(), whispers=Whispers(self.journal)).handle(self._entry(), None)

    def _entry(self) -> InboxEntry:
        envelope = Envelope(EnvelopeKind.COMMAND, "k1", NOON, name="/probe", user="U1", channel="C1")
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
            permissions=SimpleNamespace(member=lambda _user: Verdict(Gate.PERSON, True)),
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
    journal = WakingJournal(open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock()))
    yield World(journal)
    journal.close()


def speak(ctx: Context) -> None:
    ctx.say("C1", "Hello.")


def whisper(ctx: Context) -> None:
    ctx.tell("Hello.")


def silent(_ctx: Context) -> None: ...


def refuse(_ctx: Context) -> None:
    raise UserError("No.")


def crash(_ctx: Context) -> None:
    raise ZeroDivisionError


def test_what_a_repeatable_handler_says_is_written_down_together_with_its_end(world: World) -> None:
    world.run(speak, repeatable=True)
    assert world.seen == ([InboxState.NEW], [])
    assert world.look() == ([], ["C1"])


def test_what_any_other_handler_says_is_written_down_at_once_and_that_it_has_begun(world: World) -> None:
    world.run(speak, repeatable=False)
    assert world.seen == ([InboxState.RUNNING], ["C1"])
    assert world.look() == ([], ["C1"])


def test_a_refusal_of_a_repeatable_handler_is_told(world: World) -> None:
    world.run(refuse, repeatable=True)
    world.journal.write_notes()
    assert world.look() == ([], ["@U1 C1"])


def write(ctx: Context) -> None:
    with ctx._services.journal.begin():  # type: ignore[attr-defined]  # what any act through the context does
        ctx.tell("Done.")


@pytest.mark.parametrize(
    ("handler", "repeatable", "is_said_first"),
    [
        (whisper, True, True),
        (speak, True, False),
        (whisper, False, False),
        (silent, True, False),
        (write, True, False),
        (refuse, True, True),
        (crash, True, True),
    ],
)
@pytest.mark.parametrize("is_flooded", [True, False])
def test_in_a_flood_what_a_look_has_to_say_is_said_before_its_end_is_written_down(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    handler: Callable[[Context], None],
    repeatable: bool,
    is_said_first: bool,
    is_flooded: bool,
) -> None:
    monkeypatch.setattr(waking, "BURST_S", 60.0 if is_flooded else -1.0)
    monkeypatch.setattr(waking, "QUIET_S", 0.0)
    for _ in range(2):
        with world.journal.for_acks.begin():
            pass
    said: list[str] = []
    world.journal.listen(lambda lanes: said.extend(row.message.text for rows in lanes.values() for row in rows or ()))
    world.run(handler, repeatable=repeatable)
    states, waiting = world.look()
    if not (is_said_first and is_flooded):
        assert states == []
        assert not world.journal.holds("alone:k1")
        return
    assert (len(said), states, waiting) == (1, [InboxState.NEW], []), "said, and nothing is written but its entry"
    assert world.journal.holds("alone:k1")
    world.journal.write_notes()
    assert world.look() == ([], ["@U1 C1"]), "nobody has sent it"
    assert not world.journal.holds("alone:k1")
