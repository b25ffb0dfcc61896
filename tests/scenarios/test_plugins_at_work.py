"""Plugins from a folder of one's own: the five-minute one of the style guide, and one that crashes."""

from bot.testing import Workspace

LIVE = '''
"""Say which version of a service is live."""

from argparse import ArgumentParser

from bot.api import Context, Plugin, UserError

plugin = Plugin("live")


@plugin.command("live")
def live(ctx: Context, service: str, environment: str = "production") -> None:
    """Say which version of SERVICE runs in ENVIRONMENT."""
    operation = ctx.operations.last_succeeded(service, environment)
    if operation is None:
        raise UserError(f"`{service}` was never deployed to {environment}.")
    ctx.reply(f"{service} {operation.version} is live in {environment}.")


@plugin.command("crash")
def crash(ctx: Context) -> None:
    """Crash."""
    raise ZeroDivisionError("xoxb-1234567890-secret")


@plugin.command("parse")
def parse(ctx: Context, *words: str) -> None:
    """Read the words as a program would its arguments."""
    ArgumentParser().parse_args(words)
'''


def with_live(workspace: Workspace) -> Workspace:
    folder = workspace.folder / "own"
    folder.mkdir()
    (folder / "live.py").write_text(LIVE)
    workspace.toml = workspace.toml.replace('"release", ', '"release", "live", ')
    return workspace.start(PLUGIN_PATH=str(folder))


def test_a_plugin_of_ones_own_is_a_command_and_a_mention(empty_workspace: Workspace) -> None:
    ann = with_live(empty_workspace).sandbox.ann
    ann.types("/ops live checkout staging")
    ann.waits_for("`checkout` was never deployed to staging.")
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    ann.types("/ops live checkout staging")
    ann.waits_for("checkout v1.5.0 is live in staging.")
    asked = ann.types("@bot live checkout staging")
    reply = empty_workspace.sandbox.wait_until(
        lambda: [m for m in ann.sees("C0OPS") if m.get("thread_ts") == asked["ts"] and m["user"] == "U0CHATOPS"],
        what="the answer in the thread",
    )
    assert "v1.5.0 is live in staging" in ann.reads(reply[-1])


def test_a_crash_is_answered_with_one_polite_line_and_harms_nobody(empty_workspace: Workspace) -> None:
    ann = with_live(empty_workspace).sandbox.ann
    ann.types("/ops crash")
    told = ann.waits_for("Something broke in")
    assert told["ephemeral_to"] == ann.id
    assert "ZeroDivisionError" not in ann.reads(told)
    assert "handler.crashed" in empty_workspace.log()
    assert "xoxb-1234567890" not in empty_workspace.log()
    ann.types("/ops parse it")
    empty_workspace.sandbox.wait_until(  # argparse calls sys.exit
        lambda: sum("Something broke in" in ann.reads(m) for m in ann.sees()) == 2, what="the answer to a handler that calls sys.exit"
    )
    ann.types("/ops status")
    ann.waits_for("Running now")


def test_help_names_every_command_at_one_glance_and_says_more_about_a_topic(empty_workspace: Workspace) -> None:
    ann = with_live(empty_workspace).sandbox.ann
    ann.types("/ops help")
    shown = ann.reads(ann.waits_for("What I can do"))
    assert "Say which version" not in shown
    assert len(shown) < 800
    titles = [shown.index(f"*{title}*") for title in ("Releases", "Alerts", "Look", "Administer", "More")]
    assert titles == sorted(titles)
    for name, title in (("`/release`", 0), ("`unlock`", 0), ("`/ack`", 1), ("`/ops` `status`", 2), ("`/ops` `plugins`", 3), ("`live`", 4)):
        begins, ends = titles[title], [*titles, len(shown)][title + 1]
        assert name in shown[begins:ends]
    ann.types("/ops help releases")
    told = ann.reads(ann.waits_for("`/release [service]"))
    assert "`/ops unlock" in told
    assert "/ack" not in told
    ann.types("/ops help more")
    ann.waits_for("Say which version of SERVICE runs in ENVIRONMENT.")
    ann.types("/ops help nonsense")
    ann.waits_for("There is no command or topic `nonsense`")
    ann.types("@bot help")
    ann.waits_for("What I can do", channel="C0OPS")
    ann.types("/ops help live")
    ann.waits_for("`/ops live service [environment]`")
