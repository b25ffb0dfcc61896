"""The pictures of architecture.md show the code as it is."""

import re
from pathlib import Path

from bot.core.operations import MOVES, OperationState

ROOT = Path(__file__).parents[2]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def arrows(diagram: str) -> set[tuple[str, str]]:
    block = re.search(rf"```mermaid\n{diagram}\n(.*?)```", ARCHITECTURE, flags=re.DOTALL)
    assert block
    return set(re.findall(r"^ *(\S+) --> (\S+)$", block[1], flags=re.MULTILINE))


def test_the_picture_of_the_states_shows_exactly_the_moves_that_there_are() -> None:
    moves = {(str(start), str(end)) for start, ends in MOVES.items() for end in ends}
    ends = {(str(state), "[*]") for state in OperationState if state.is_final}

    assert arrows("stateDiagram-v2") == moves | ends | {("[*]", "requested")}


def test_the_map_of_the_house_names_every_room() -> None:
    house = re.search(r"## The house\n\n```\n(.*?)```", ARCHITECTURE, flags=re.DOTALL)
    assert house
    rooms = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and (path / "__init__.py").exists()}

    assert {f"{room}/" for room in rooms} <= set(re.findall(r"^ *(\S+/) ", house[1], flags=re.MULTILINE))


def test_the_table_of_threads_names_every_thread() -> None:
    named = set(re.findall(r"^\| `([a-z-]+?)(?:-CHANNEL)?` ", ARCHITECTURE, flags=re.MULTILINE))
    started = set()
    lanes = r"name: str = \"([a-z-]+)\"|Lanes\([A-Z]+, \"([a-z-]+)\"\)"
    for path in (ROOT / "bot").rglob("*.py"):
        if "demo" not in path.relative_to(ROOT).parts:
            started |= set(re.findall(r"name=f?\"([a-z-]+?)-?(?:\{.*?\})?\", daemon|thread_name_prefix=\"([a-z-]+)\"", path.read_text()))
            started |= set(re.findall(lanes, path.read_text()))

    assert {name for pair in started for name in pair if name} == named
