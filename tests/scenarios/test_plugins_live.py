"""`/ops plugins`: looked at, switched, loaded anew and mended from Slack, while the connection stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.testing import Workspace
from sandbox.person import Person

COUNTER = '''
"""Count for people."""

from dataclasses import dataclass

from bot.api import Context, Message, Plugin, actions, button


@dataclass(frozen=True)
class Settings:
    word: str = "times"


plugin = Plugin("counter", Settings)


@plugin.command("count")
def count(ctx: Context) -> None:
    """Count."""
    with ctx.storage.transaction() as stored:
        number = int(stored.get("count", 0)) + 1
        stored.put("count", number)
        ctx.reply(Message.of(f"VERSION: {number} {ctx.settings.word}", actions(button("More", "more"))))


@plugin.command("spoil")
def spoil(ctx: Context) -> None:
    """Store, say and crash: nothing of it may stay."""
    with ctx.storage.transaction() as stored:
        stored.put("count", 1000)
        ctx.say("C0OPS", "SPOILT")
        raise ZeroDivisionError


@plugin.action("more")
def more(ctx: Context, value: str) -> None:
    """Count on."""
    count(ctx)
'''


@pytest.fixture(scope="module")
def with_counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("workspace")
    made = Workspace(folder)
    own = folder / "own"
    own.mkdir()
    (own / "counter.py").write_text(COUNTER.replace("VERSION", "first"))
    (own / "broken.py").write_text("import nothing_of_that_name")
    made.toml = made.toml.replace('"release", ', '"release", "counter", "broken", ').replace(
        'operators = "approver"', 'operators = "approver"\ncrash_budget = 2'
    )
    made.toml += '\n[plugins.counter]\nword = "turns"\n'
    try:
        yield made.start(PLUGIN_PATH=str(own))
    finally:
        made.close()


def answered(workspace: Workspace, person: Person, typed: str, text: str) -> None:
    """Type something, and wait for one more message with this text: an earlier scenario may have left such ones."""

    def seen() -> int:
        return sum(text in person.reads(message) for message in person.sees())

    before = seen()
    person.types(typed)
    workspace.sandbox.wait_until(lambda: seen() > before, what=f"one more {text!r}")


def test_a_plugin_is_looked_at_switched_and_loaded_anew(with_counter: Workspace) -> None:
    sandbox = with_counter.sandbox
    ann, ria = sandbox.ann, sandbox.ria
    ann.waits_for("The plugin *broken* could not be loaded", channel="C0OPS")
    ann.types("/ops plugins")
    shown = ann.reads(ann.waits_for("plugins can't be loaded"))
    assert "🟢 *counter* · `count` `spoil`" in shown
    assert "🔴 *broken* · no commands\n      ⚠️ Plugin broken failed to load: ModuleNotFoundError: No module named" in shown
    ann.types("/ops count")
    told = ann.waits_for("first: 1 turns")
    ann.types("/ops plugins disable counter")
    ann.waits_for("or ria")  # who could

    connections = sandbox.connections()
    ria.types("/ops plugins disable counter")
    ann.waits_for("The plugin *counter* is off, switched off by ria.", channel="C0OPS")
    ann.types("/ops count")
    ann.waits_for("That belongs to the plugin *counter*, which serves nothing now: it was switched off by ria at")
    before = len(ann.sees())
    ann.clicks(told, "More")
    sandbox.wait_until(lambda: len(ann.sees()) > before, what="an answer to the button")
    assert "which serves nothing now" in ann.sees_last("C0OPS")
    with_counter.stop()
    with_counter.start(PLUGIN_PATH=str(with_counter.folder / "own"))
    ann.types("/ops count")
    ann.waits_for("it was switched off by ria at")

    connections = sandbox.connections()
    (with_counter.folder / "own" / "counter.py").write_text(COUNTER.replace("VERSION", "next"))
    answered(with_counter, ria, "/ops plugins enable counter", "*counter* is on: `count` `spoil`.")
    ann.types("/ops count")
    ann.waits_for("next: 2 turns")  # what it stored is there
    (with_counter.folder / "own" / "counter.py").write_text(COUNTER.replace("VERSION", "last"))
    ria.types("/ops plugins reload counter")
    ria.waits_for("*counter* is loaded anew")
    ann.types("/ops count")
    ann.waits_for("last: 3 turns")
    assert sandbox.connections() == connections


def test_a_plugin_that_crashes_too_often_is_switched_off_with_a_word_in_the_timeline(with_counter: Workspace) -> None:
    ann, ria = with_counter.sandbox.ann, with_counter.sandbox.ria
    answered(with_counter, ria, "/ops plugins enable counter", "*counter* is on:")
    for _ in range(2):
        answered(with_counter, ann, "/ops spoil", "Something broke")
    ann.waits_for("The plugin *counter* is off: it crashed 2 times within 10 min, last with ZeroDivisionError.", channel="C0OPS")
    answered(with_counter, ria, "/ops plugins enable counter", "*counter* is on:")
    ann.types("/ops count")
    ann.waits_for("4 turns")  # the crashes stored nothing …
    assert ann.sees_message("SPOILT") is None  # … and said nothing
