"""Rotations at random, a few seeds of them, and the shortest scenes in which lines were lost or counted twice. `make rotations` plays many seeds."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.logs.rotations import HEADER, Kept, Scene, Step, play, scene, slowly

SEEDS = range(8)
ONE = {"app": Kept()}
BEGINS = {"app": Kept(header=HEADER)}
OLD = {"app": Kept(is_old=True)}
DAILY = {"app": Kept("{name}.log-{date}", header=HEADER, is_link=True)}
LATER = {"app": Kept(header=HEADER, packed="later")}


def write(lines: int = 1, cut: int = 0) -> Step:
    return Step("write", "app", lines, cut)


def late() -> Step:
    return Step("write late", "app", 1)


def rotate(how: str, log: str = "app", looks: tuple[int, ...] = ()) -> Step:
    return Step("rotate", log, how=how, looks=looks)


def look(batches: int = -1) -> Step:
    return Step("look", lines=batches)


SCENES = {
    "what is written late to a file that was empty when it was renamed is read": Scene(
        ONE, (write(0), rotate("rename"), write(), look(), late())
    ),
    "what is written late to a file that was begun and renamed empty between two looks is read": Scene(
        OLD, (rotate("rename and create"), rotate("rename"), write(), look(), late())
    ),
    "an empty file that was begun before the one in front of it was written to late is kept in sight": Scene(
        {"app": Kept(packed="later", is_old=True)}, (rotate("rename and create"), late(), rotate("rename"), write(), look(), late())
    ),
    "a look that is cut off behind what was written late goes on with what was begun before that": Scene(
        BEGINS, (write(0), rotate("rename and reopen"), late(), look(1), rotate("rename"))
    ),
    "a log that was empty is read where the generation before it is deleted": Scene(
        OLD, (*[rotate("copytruncate")] * 4, write(), *[rotate("copytruncate")] * 2)
    ),
    "a log that was empty is not called cut short where the generation before it is deleted": Scene(
        OLD, (*[rotate("copytruncate")] * 6, write())
    ),
    "a generation of another log that begins alike is no copy": Scene(
        {"app": Kept(header=HEADER, is_old=True), "app-errors": Kept(header=HEADER)},
        (rotate("rename"), write(0), Step("write", "app-errors", 1), rotate("rename", "app-errors"), write(), late()),
    ),
    "a generation of another log that begins alike, and of which nothing stands at the path, is no copy": Scene(
        {"app": Kept(header=HEADER), "app-errors": Kept(header=HEADER, is_old=True)},
        (
            write(0, cut=5),
            rotate("rename and reopen"),
            rotate("rename", "app-errors", looks=(2,)),
            Step("write late", "app-errors", 1),
            write(),
        ),
    ),
    "a file that a link of another log led to, and that begins alike, is no copy": Scene(
        {"app": Kept(header=HEADER, is_old=True), "app-errors": Kept("{name}.{date}.txt", header=HEADER, is_link=True)},
        (rotate("rename"), write(0), look(), Step("write", "app-errors", 1), look(), rotate("lead", "app-errors"), write(), late()),
    ),
    "a generation that begins as one that was deleted is not read again": Scene(
        BEGINS,
        (
            write(0),
            *[rotate("copytruncate")] * 3,
            rotate("copytruncate and begin"),
            write(),
            rotate("copytruncate"),
            look(),
            rotate("copytruncate"),
        ),
    ),
    "a look that is cut off behind a generation that was written to late and compressed does not read it again": Scene(
        LATER,
        (write(), rotate("rename"), write(0), look(), late(), write(), rotate("rename and create"), rotate("rename"), look(1)),
    ),
    "a copy that is not yet followed by the truncation is not read where older generations were compressed anew": Scene(
        {"app": Kept(packed="later", keeps_time=False, is_old=True)},
        (
            rotate("copytruncate"),
            rotate("copytruncate"),
            write(),
            look(),
            write(),
            rotate("copytruncate", looks=(2,)),
        ),
    ),
    "a file that was truncated, begun alike and renamed is finished from its copy": Scene(
        BEGINS, (write(1, cut=14), rotate("copytruncate and begin"), write(0), rotate("rename"))
    ),
    "an empty log is not waited for behind a generation that begins as one that was deleted": Scene(
        BEGINS,
        (
            write(0),
            *[rotate("copytruncate and begin")] * 2,
            rotate("copytruncate"),
            look(),
            write(2),
            rotate("copytruncate and begin"),
            write(),
            *[rotate("copytruncate")] * 2,
        ),
    ),
    "what is written late to a file that was empty when it was renamed amid a look is read once": Scene(
        ONE, (write(0), replace(rotate("rename and create"), amid=14), look(), late())
    ),
    "what a link is led to next is no generation": Scene(
        DAILY, (write(), *[rotate("lead ahead")] * 2, write(2), look(), rotate("lead"), write(2), look(), write())
    ),
    "what is written late to a file that a link led to while it was empty is read": Scene(
        DAILY, (write(), rotate("lead ahead"), write(), *[rotate("lead", looks=(1,))] * 2, late())
    ),
    "what is written late to a file that a link led to while it was empty, until it was led on amid a look, is read": Scene(
        {"app": Kept("days/{name}-{date}.log", header=HEADER, is_old=True, is_link=True)},
        (rotate("lead ahead"), replace(rotate("lead"), amid=12), late()),
        "*.log*",
    ),
    "what is written late to a file that a link led to while it was empty is read once where the next one is empty, too": Scene(
        {"app": Kept("{name}.log-{date}", is_link=True)}, (write(0), rotate("lead ahead"), look(), late())
    ),
    "what is written late to a file of any name that a link led to while it was empty is read": Scene(
        {"app": Kept("days/{date}-{name}.txt", is_link=True)}, (write(), rotate("lead", looks=(1,)), rotate("lead"), late())
    ),
    "what is written to a file of any name that was empty, before the link is led away, is read": Scene(
        {"app": Kept("{name}.{date}.txt", is_link=True)}, (write(), rotate("lead", looks=(1,)), write(2), rotate("lead"), write())
    ),
}


@pytest.mark.parametrize("played", SCENES.values(), ids=SCENES)
def test_each_line_is_counted_once_in_a_scene(tmp_path: Path, played: Scene) -> None:
    outcome = play(slowly(played), tmp_path)

    assert outcome.is_right, outcome
    assert outcome.notes == []


@pytest.mark.parametrize("seed", SEEDS)
def test_each_line_is_counted_once_through_rotations_of_all_kinds(tmp_path: Path, seed: int) -> None:
    outcome = play(scene(seed), tmp_path)

    assert outcome.is_right, f"{outcome}\n{scene(seed)}"
    assert outcome.notes == []
