"""What is said to one person alone and what everybody sees leave side by side, each at Slack's pace."""

import threading

import pytest

from bot.engine import outbox
from bot.engine.delivery import Delivery
from bot.ports.journal import PATIENCE, OutboxRow, Patience
from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

SORRY = "I don't know `nonsense`"
ASKED = 12  # at a message a second after a burst of four, the last is told after eight seconds


def told(workspace: Workspace) -> int:
    ann = workspace.sandbox.ann
    return sum(SORRY in ann.reads(message) for message in ann.sees("C0OPS"))


def test_many_words_to_one_person_do_not_hold_up_what_everybody_sees(shared: Workspace) -> None:
    sandbox = shared.sandbox
    for _ in range(ASKED):
        sandbox.ann.types("@chatops nonsense")  # told without a response_url
    sandbox.wait_until(lambda: told(shared) >= 1, what="the first of the words to Ann")
    sandbox.bob.types('/ops lock checkout staging "look at it first"')
    sandbox.ria.waits_for("look at it first", channel="C0OPS")
    assert told(shared) < ASKED
    sandbox.wait_until(lambda: told(shared) == ASKED, timeout_s=30, what="all the words to Ann")


def test_a_sender_that_has_nothing_to_say_ends_and_the_next_word_starts_another(
    empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def senders() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("outbox-@")]

    monkeypatch.setattr(outbox, "IDLE_S", 0.2)
    sandbox = empty_workspace.sandbox
    with daemon_with(empty_workspace, ShiftedClock()):
        for count in (1, 2):
            sandbox.ann.types("/ops nonsense")
            sandbox.wait_until(lambda count=count: told(empty_workspace) == count, what=f"{count} words to Ann")  # type: ignore[misc]
            sandbox.wait_until(lambda: not senders(), what="the sender's end")


def test_what_was_whispered_and_is_not_noted_yet_is_not_whispered_again(
    empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    look = outbox.Outbox._look

    def counted(self: outbox.Outbox) -> None:
        looks.append("look")
        look(self)

    monkeypatch.setattr(outbox, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(outbox.Outbox, "_look", counted)
    monkeypatch.setattr("bot.engine.waking.WakingJournal._take_notes", lambda _self: [])
    sandbox = empty_workspace.sandbox
    with daemon_with(empty_workspace, ShiftedClock()):
        sandbox.ann.types("/ops nonsense")
        sandbox.wait_until(lambda: told(empty_workspace) == 1, what="the word to Ann")
        looks.clear()
        sandbox.wait_until(lambda: len(looks) > 10, what="ten looks into the journal")
        assert told(empty_workspace) == 1


def test_a_mistake_of_ours_on_the_way_silences_nobody(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver, broken = Delivery.deliver, [1]

    def breaks_once(self: Delivery, row: OutboxRow, ts: str, thread_ts: str) -> tuple[str, str]:
        if broken:
            raise ZeroDivisionError(broken.pop())
        return deliver(self, row, ts, thread_ts)

    monkeypatch.setattr(Delivery, "deliver", breaks_once)
    sandbox = empty_workspace.sandbox
    with daemon_with(empty_workspace, ShiftedClock()):
        sandbox.ann.types("/ops nonsense")
        sandbox.wait_until(lambda: told(empty_workspace) == 1, what="the word to Ann")


def test_while_slack_breaks_on_an_edit_others_pass_and_at_last_it_shows_the_newest_state(
    empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PATIENCE", Patience(attempts=2))
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    with daemon_with(empty_workspace, clock):
        sandbox.fault("slack", "chat.update", "error", status=502, times=1000)
        sandbox.ann.types("/release checkout 1.5.0 staging")
        card = sandbox.ann.waits_for("v1.5.0", channel="C0OPS")
        sandbox.wait_until(
            lambda: [run["status"] for run in sandbox.repo("acme/checkout")["runs"]] == ["completed"], timeout_s=30, what="the run's end"
        )
        sandbox.bob.types('/ops lock checkout production "look at it first"')
        sandbox.ria.waits_for("look at it first", channel="C0OPS", timeout_s=30)
        assert "is live in" not in sandbox.ann.reads(sandbox.ann.sees_message("v1.5.0", "C0OPS") or {})

        sandbox.clear_faults()
        clock.advance(PATIENCE.again_every)
        live = sandbox.ann.waits_for("*checkout* `v1.5.0` is live in *staging*", channel="C0OPS", timeout_s=30)
        assert live["ts"] == card["ts"]
