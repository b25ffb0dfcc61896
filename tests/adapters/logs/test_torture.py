"""The rotation torture, short: `make torture` plays it at length."""

from pathlib import Path

from tests.adapters.logs.torture import torture


def test_each_line_is_counted_once_through_rotation_and_sigkill(tmp_path: Path) -> None:
    outcome = torture(tmp_path, seconds=5, seed=7, lines=20_000, rotations=40)

    assert outcome.kills + outcome.restarts > 3, outcome
    assert len(outcome.rotations) == 5, outcome
    assert outcome.counted_errors == outcome.errors, outcome
    assert outcome.counted_lines == outcome.lines, outcome
    assert outcome.notes == [], outcome
