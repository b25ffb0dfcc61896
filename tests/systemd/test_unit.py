"""The unit, as systemd itself reads it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import SHUT_OUT, WRONG_SETTINGS

UNIT = Path(__file__).parents[2] / "systemd" / "chatopsd.service"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    text = UNIT.read_text().replace("/opt/chatopsd/.venv/bin/chatopsd", "/bin/true")
    unit = tmp_path / UNIT.name
    unit.write_text(text)

    done = subprocess.run([analyze, "verify", "--man=no", "--recursive-errors=no", str(unit)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_unit_does_not_start_again_where_that_can_t_help() -> None:
    assert f"\nRestartPreventExitStatus={WRONG_SETTINGS} {SHUT_OUT}\n" in UNIT.read_text()
