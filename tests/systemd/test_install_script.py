"""What `install.sh` decides before it changes anything; the rest is tried with a systemd of its own (test_service.py)."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "systemd" / "install.sh"


@pytest.mark.parametrize(
    ("database", "has_charts", "extras"),
    [
        ("", False, ""),
        ("sqlite:////var/lib/chatopsd/chatopsd.db", False, ""),
        ("postgresql+psycopg://chatopsd@db/chatopsd", False, "[postgres]"),
        ("", True, "[charts]"),
        ("postgresql+psycopg://chatopsd@db/chatopsd", True, "[postgres,charts]"),
    ],
)
def test_the_settings_say_what_is_installed_besides(tmp_path: Path, database: str, has_charts: bool, extras: str) -> None:
    (tmp_path / "credentials").mkdir()
    if database:
        (tmp_path / "credentials" / "database_url").write_text(database)
    if has_charts:
        (tmp_path / "charts").touch()
    functions = SCRIPT.read_text().removesuffix('main "$@"\n')

    asked = functions + f'\netc={tmp_path}\necho "$(extras)"\n'
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout == f"{extras}\n"
