"""Fingerprints on the line forms of sixty-odd systems: how many lines are in exactly the right group must not fall."""

import pytest

from bench.fingerprints import changed_by_shuffling, grouping, ours
from bench.forms import PLAIN, SYSTEMS, System, lines_of
from bot.core.fingerprints import fingerprint
from bot.core.tally import sample_of


@pytest.mark.parametrize(("systems", "reached_ga", "reached_fga"), [(SYSTEMS, 0.92, 0.86), (PLAIN, 0.84, 0.78)], ids=["hard", "plain"])
def test_lines_of_many_systems_are_grouped_by_what_they_say(systems: tuple[System, ...], reached_ga: float, reached_fga: float) -> None:
    scores = []
    for system in systems:
        lines, kinds = lines_of(system)
        scores.append(grouping(ours(lines), kinds))

    assert sum(ga for ga, _ in scores) / len(scores) >= reached_ga
    assert sum(fga for _, fga in scores) / len(scores) >= reached_fga


def test_no_order_of_lines_changes_an_id() -> None:
    lines, _ = lines_of(SYSTEMS[0])

    assert changed_by_shuffling(ours, lines, [fingerprint(line).id for line in lines]) == 0


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_no_two_kinds_of_one_system_are_merged(system: object) -> None:
    """Splitting makes noise, but merging hides a new error."""
    lines, kinds = lines_of(system)  # type: ignore[arg-type]
    kinds_of: dict[str, set[str]] = {}
    for line, kind in zip(lines, kinds, strict=True):
        kinds_of.setdefault(fingerprint(line).id, set()).add(kind)

    assert max(map(len, kinds_of.values())) == 1
    assert all(sample_of(line) for line in lines)
