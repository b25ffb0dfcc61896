"""Nothing that is to be seen is lost while Slack shuts the bot out: a dead token, a timeline without it, a clock set back, a flood."""

from datetime import timedelta

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

TOKEN = "xoxb-sandbox-bot"
POST = "chat.postMessage"


def refused_posts(workspace: Workspace, why: str) -> bool:
    return any(why in str(entry["answer"]) for entry in workspace.sandbox.record(side="slack", call=POST))


def test_an_alert_that_came_while_the_token_was_dead_is_posted_once_it_lives_again(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.wait_until(lambda: "watch.scanned" in workspace.log(), what="the watch's first look")
    sandbox.token(TOKEN, revoke=True)
    (workspace.logs / "new.log").write_text("ERROR disk full\n")
    sandbox.wait_until(lambda: refused_posts(workspace, "token_revoked"), what="Slack to refuse the alert")
    sandbox.token(TOKEN, revoke=False)
    sandbox.ann.waits_for("disk full", channel="C0ALERTS", timeout_s=30)


def test_what_the_timeline_did_not_take_is_posted_once_the_bot_is_invited(empty_workspace: Workspace) -> None:
    empty_workspace.toml = empty_workspace.toml.replace('channel = "C0ALERTS"', 'channel = "C0OPS"')
    workspace = empty_workspace.start()
    sandbox = workspace.sandbox
    sandbox.wait_until(lambda: "watch.scanned" in workspace.log(), what="the watch's first look")
    sandbox.channel("C0OPS", remove=["U0CHATOPS"])
    (workspace.logs / "new.log").write_text("ERROR disk full\n")
    sandbox.wait_until(lambda: refused_posts(workspace, "not_in_channel"), what="Slack to refuse the alert")
    sandbox.channel("C0OPS", add=["U0CHATOPS"])
    sandbox.ann.waits_for("disk full", channel="C0OPS", timeout_s=30)


def test_a_clock_that_is_set_back_does_not_hold_up_what_is_said(empty_workspace: Workspace) -> None:
    clock, sandbox = ShiftedClock(), empty_workspace.sandbox
    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("/ops help")
        sandbox.ann.waits_for("What I can do", channel="C0OPS")
        clock.advance(timedelta(hours=-1))
        sandbox.ann.types("/ops status")
        sandbox.ann.waits_for("Nothing runs", channel="C0OPS", timeout_s=10)


def test_who_asks_in_a_channel_that_is_flooded_is_answered_before_the_flood(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    for _ in range(20):
        sandbox.ann.types("@bot help")  # answered in the channel, for all to see, one a second
    sandbox.wait_until(lambda: len(sandbox.record(side="slack", call=POST)) > 4, what="the posts to slow down")
    sandbox.bob.types("/ops status", channel="C0OPS")
    sandbox.bob.waits_for("Nothing runs", channel="C0OPS", timeout_s=8)
