"""The command line in odd surroundings: each is told in a line, and none is a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __main__
from bot.__main__ import FAILED, OK, main
from bot.commands import upkeep
from bot.commands.parser import complain
from bot.doctor.finding import warn

SETTINGS = '[chatops]\nchannel = "C0OPS"\nplugins = ["release"]\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with settings that are fine."""
    (tmp_path / "chatops.toml").write_text(SETTINGS)
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-1234-abcdef\nSLACK_APP_TOKEN=xapp-1-A0-abcdef\nGITHUB_TOKEN=plain-github-token\n")
    return tmp_path


def run(place: Path, command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of the shell in which `$0 -m bot` is the program."""
    root = Path(__main__.__file__).parents[1]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), **environ}
    return subprocess.run(["sh", "-c", command, sys.executable], cwd=place, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", ["check", "manifest", "plugins", "manifest --json"])
def test_an_output_that_can_not_be_written_is_told(command: str, place: Path) -> None:
    done = run(place, f'"$0" -m bot {command} >/dev/full')

    assert (done.returncode, done.stderr) == (FAILED, "chatopsd: the output can't be written: No space left on device.\n")


def test_fingerprints_that_can_not_be_written_are_not_laid_to_the_file(place: Path) -> None:
    done = run(place, '"$0" -m bot logs fingerprint chatops.toml >/dev/full')

    assert (done.returncode, done.stderr) == (FAILED, "chatopsd: the output can't be written: No space left on device.\n")


def test_who_has_seen_enough_is_told_nothing_more(place: Path) -> None:
    done = run(place, '{ "$0" -m bot manifest; echo "ended with $?" >&2; } | true')

    assert done.stderr == f"ended with {OK}\n"


def test_a_terminal_that_knows_ascii_only_is_told_the_rest_in_escapes(place: Path) -> None:
    done = run(place, '"$0" -m bot manifest', PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (OK, "")
    assert r"\u2026" in done.stdout


def test_a_folder_that_is_gone_is_told(place: Path) -> None:
    done = run(place, 'mkdir gone && cd gone && rmdir ../gone && "$0" -m bot check')

    assert done.returncode == 2
    assert done.stderr == "The folder in which this was started is gone, or may not be read. Change into another one first.\n"


def test_a_user_whom_nobody_knows_and_who_has_no_home_can_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.delenv("HOME", raising=False)

    __main__._have_a_home()

    assert os.environ["HOME"] == "/"


@pytest.mark.parametrize("error", [KeyError("getpwuid(): uid not found"), OSError("No username set in the environment")])
def test_a_user_whom_nobody_knows_is_named_by_number_in_the_audit(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise error

    monkeypatch.setattr(upkeep.getpass, "getuser", unknown)

    assert upkeep._whoever_asks() == f"uid {os.getuid()}"


@pytest.mark.parametrize("port", ["65536", "-5", "http", "²"])
def test_a_port_that_is_none_is_told(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", f"--port={port}"])

    assert f"{port!r} is no port; expected a number up to 65535" in capsys.readouterr().err


def test_a_folder_for_a_new_plugin_that_can_not_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()

    assert main(["plugins", "new", "mine", "--folder", str(tmp_path / "file")]) == 2

    assert capsys.readouterr().err == f"{tmp_path / 'file'}: File exists. Choose a folder that you may write to with --folder.\n"


def test_what_others_wrote_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a \x1b[2J\x00\nb \x9bm")

    assert capsys.readouterr().err == "a \\u001b[2J\\u0000\nb \\u009bm\n"
    assert str(warn("Loki", "it says \x1b]0;x\x07", "see\x1b[A")) == "warn   Loki: it says \\u001b]0;x\\u0007\n       → see\\u001b[A"


def test_names_keep_their_capitals_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])

    assert "Look at settings, Slack, GitHub, journal and logs" in capsys.readouterr().out
