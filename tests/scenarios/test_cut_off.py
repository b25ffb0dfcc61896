"""A handler that a crash cut off: run again where that is declared harmless, else the person is told and asked."""

from bot.testing import Workspace

SLOW = '''
"""Waits for a file before it answers."""
import time
from pathlib import Path

from bot.api import Context, Plugin

plugin = Plugin("slow")
GATE = Path(__file__).with_name("open")


def wait(ctx: Context, what: str) -> None:
    Path(__file__).with_name("begun").touch()
    while not GATE.exists():
        time.sleep(0.02)
    ctx.reply(f"{what} is done.")


@plugin.command("slow")
def slow(ctx: Context) -> None:
    """Do something that must not be done twice."""
    wait(ctx, "The slow thing")


@plugin.command("look", repeatable=True)
def look(ctx: Context) -> None:
    """Do something that may be done twice."""
    wait(ctx, "The look")
'''


def cut_off(workspace: Workspace, command: str) -> None:
    """Start a command, and kill the daemon while its handler runs; then start it again."""
    folder = workspace.folder / "own"
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    workspace.toml = workspace.toml.replace('"release", ', '"release", "slow", ')
    workspace.start(PLUGIN_PATH=str(folder))
    assert workspace.sandbox.ann.types(command) == {"ok": True}
    workspace.sandbox.ann.types("@bot help")
    workspace.sandbox.ann.waits_for("What I can do")  # so much later, the handler has begun
    while not (folder / "begun").exists():
        workspace.sandbox.changes(workspace.sandbox.version(), timeout_s=0.05)
    workspace.kill()
    (folder / "open").touch()
    workspace.start(PLUGIN_PATH=str(folder))


def test_who_asked_for_what_must_not_run_twice_is_told_and_can_run_it_again(empty_workspace: Workspace) -> None:
    cut_off(empty_workspace, "/ops slow")
    ann, bob = empty_workspace.sandbox.ann, empty_workspace.sandbox.bob
    told = ann.waits_for("I was restarted while I handled your", timeout_s=20)
    assert told["ephemeral_to"] == ann.id
    assert not ann.sees_message("is done")
    assert not bob.sees_message("I was restarted")

    ann.clicks(told, "Run it again")

    ann.waits_for("The slow thing is done.")


def test_what_may_run_twice_runs_again_by_itself(empty_workspace: Workspace) -> None:
    cut_off(empty_workspace, "/ops look")
    empty_workspace.sandbox.ann.waits_for("The look is done.", timeout_s=20)
    assert not empty_workspace.sandbox.ann.sees_message("I was restarted")
