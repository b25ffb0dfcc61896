"""Every point of every matrix; `make faults` plays all of them, `make test` a fixed sample."""

import pytest

from tests.faults.again import duplicate_points
from tests.faults.breaks import fault_points
from tests.faults.chaos import play_chaos
from tests.faults.cuts import cut_points
from tests.faults.kills import calls_of, commit_points, double_points, request_points
from tests.faults.matrix import FULL, ONLY, Point, Tally, play_all
from tests.faults.stories import ACK, FORM, MISTAKE, REFUSAL, RELEASE, STORIES, Story
from tests.faults.world import Worlds

pytestmark = [pytest.mark.sockets, pytest.mark.timeout(7200 if FULL else 600)]

COMMITS = {RELEASE: 26, FORM: 26, ACK: 12, REFUSAL: 4}
SPARE_COMMITS = 6 if FULL else 0
"""A story makes now a few more, now a few less."""
SEEDS = (1, 2, 3, 4)
OPERATIONS = 200 if FULL else 10

by_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
_calls: dict[str, list[tuple[str, str]]] = {}


@pytest.fixture
def calls(story: Story, worlds: Worlds) -> list[tuple[str, str]]:
    """What the story asks of Slack and GitHub, and every frame of it; played once a session."""
    if story.name not in _calls:
        _calls[story.name] = calls_of(story, worlds)
    return _calls[story.name]


def sample(points: list[Point], every: int, always: str = "") -> list[Point]:
    """Return all points in the full run, else each `every`-th and those whose name holds `always`."""
    return points if FULL else [point for n, point in enumerate(points) if n % every == every // 2 or (always and always in point.name)]


def check(counts: Tally) -> None:
    if ONLY and not counts.tried:
        pytest.skip(f"no point of this matrix is called {ONLY!r}, or it was not reached")
    assert counts.tried, "no point was tried: nothing is proved"
    assert not counts.failures, counts.report()


@by_story
def test_a_kill_at_any_request_or_frame_loses_nothing_and_does_nothing_twice(
    story: Story, calls: list[tuple[str, str]], worlds: Worlds
) -> None:
    points = sample(request_points(story, calls), 22, "create-workflow-dispatch" if story is RELEASE else "")
    check(play_all("Kill at a request or frame", points, worlds))


@by_story
def test_a_kill_after_any_commit_loses_nothing_and_does_nothing_twice(story: Story, worlds: Worlds) -> None:
    points = commit_points(story, COMMITS[story] + SPARE_COMMITS)
    check(play_all("Kill after a commit", sample(points, min(12, len(points))), worlds))


@pytest.mark.parametrize("story", [RELEASE, FORM], ids=lambda story: story.name)
def test_a_kill_while_it_recovers_from_a_kill_changes_nothing(story: Story, worlds: Worlds) -> None:
    check(play_all("Kill, and kill again at the next starts", sample(double_points(story, 4), 12), worlds))


@by_story
def test_a_call_that_breaks_in_any_way_loses_nothing_and_does_nothing_twice(
    story: Story, calls: list[tuple[str, str]], worlds: Worlds
) -> None:
    points = sample(fault_points(story, calls), 30, "create-workflow-dispatch" if story is RELEASE else "")
    check(play_all("A call that breaks", points, worlds))


def test_a_lost_connection_loses_no_command_and_answers_none_twice(worlds: Worlds) -> None:
    check(play_all("A lost connection", sample(cut_points(), 13), worlds))


@pytest.mark.parametrize("stories", [(RELEASE, FORM, REFUSAL, MISTAKE), (ACK,)], ids=["release", "acknowledge"])
def test_an_envelope_that_comes_twice_is_handled_once(stories: tuple[Story, ...], worlds: Worlds) -> None:
    points = [point for point in duplicate_points() if point.story.name in [story.name for story in stories]]
    check(play_all("Every envelope twice", sample(points, 9, "at once"), worlds))


@pytest.mark.skipif(ONLY != "" and "chaos" not in ONLY, reason="chaos is played as a whole")
def test_chaos_loses_nothing_and_does_nothing_twice(worlds: Worlds) -> None:
    check(play_chaos(SEEDS[: 4 if FULL else 1], OPERATIONS, worlds))
