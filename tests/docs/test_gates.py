"""docs/gates.md shows the gates as they are. `python -m tests.docs.test_gates` writes its table."""

import re
from pathlib import Path

from bot.core.gate_table import ROWS, gate_table
from bot.core.gates import Gate

PAPER = Path(__file__).parents[2] / "docs" / "gates.md"
PLACE = re.compile(r"(?<=<!-- gates -->\n).*?(?=<!-- /gates -->)", flags=re.DOTALL)


def test_the_table_is_what_the_gates_say() -> None:
    found = PLACE.search(PAPER.read_text())
    assert found
    assert found[0] == f"{gate_table()}\n", "run python -m tests.docs.test_gates"


def test_every_gate_has_its_row_and_every_look_is_a_refusal_of_that_gate_with_who_clears_it() -> None:
    assert [row.gate for row in ROWS] == sorted(Gate, key=[row.gate for row in ROWS].index)
    for row in ROWS:
        for check in row.looks:
            verdict = check()
            assert (verdict.gate, verdict.passed) == (row.gate, False)
            assert verdict.why
            assert verdict.clears


if __name__ == "__main__":
    PAPER.write_text(PLACE.sub(lambda _: f"{gate_table()}\n", PAPER.read_text()))
