"""The unit, as systemd itself reads it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import SHUT_OUT, WRONG_SETTINGS
from bot.settings_environment import VARIABLES

UNIT = Path(__file__).parents[2] / "systemd" / "chatopsd.service"
EXPOSURE = 15  # times ten; a unit without any of this has 96


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not here")
    return found


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/chatopsd/current/bin/chatopsd", "/bin/true"))
    return copy


def test_systemd_finds_nothing_wrong_with_the_unit(analyze: str, unit: Path) -> None:
    done = subprocess.run([analyze, "verify", "--man=no", "--recursive-errors=no", str(unit)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_unit_is_hardened(analyze: str, unit: Path) -> None:
    command = [analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", str(unit)]

    hardened = subprocess.run(command, capture_output=True, text=True, check=False)
    unit.write_text(unit.read_text().replace("ProtectSystem=strict\n", "").replace("SystemCallFilter=", "#"))
    softer = subprocess.run(command, capture_output=True, text=True, check=False)

    assert hardened.returncode == 0, hardened.stdout
    assert softer.returncode != 0


def test_the_unit_does_not_start_again_where_that_can_t_help() -> None:
    assert f"\nRestartPreventExitStatus={WRONG_SETTINGS} {SHUT_OUT}\n" in UNIT.read_text()


def test_every_secret_can_be_a_credential_and_an_absent_one_is_blank() -> None:
    text = UNIT.read_text()
    secrets = {name.lower() for name in VARIABLES if name.endswith(("_TOKEN", "_PASSWORD"))} | {"database_url", "github_app_private_key"}

    assert dict(re.findall(r"^LoadCredential=(\w+):(.+)$", text, re.MULTILINE)) == {
        name: f"/etc/chatopsd/credentials/{name}" for name in secrets
    }
    assert set(re.findall(r"^SetCredential=(\w+):\\x20$", text, re.MULTILINE)) == secrets
