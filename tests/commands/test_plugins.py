"""`chatopsd plugins new`: what it writes is tested with the wheel; here is what it refuses."""

from pathlib import Path

import pytest

from bot.__main__ import OK, WRONG_SETTINGS, main


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("My-Plugin", "'My-Plugin' can't be a plugin's name; expected small letters"),
        ("release", "There is a plugin release already, which yours would take the place of."),
        ("ops", "There is a plugin ops already"),
    ],
)
def test_a_name_that_can_not_be_is_refused_and_nothing_is_written(
    name: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plugins", "new", name, "--folder", str(tmp_path / "mine")]) == WRONG_SETTINGS
    assert capsys.readouterr().err.startswith(told)
    assert not (tmp_path / "mine").exists()


def test_a_file_that_is_there_is_never_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_greeter.py").write_text("mine")
    assert main(["plugins", "new", "greeter", "--folder", str(tmp_path)]) == WRONG_SETTINGS
    assert "test_greeter.py exists. Choose another name" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["test_greeter.py"]
    (tmp_path / "test_greeter.py").unlink()
    assert main(["plugins", "new", "greeter", "--folder", str(tmp_path)]) == OK
