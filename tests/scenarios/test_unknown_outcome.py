"""A dispatch that GitHub never answered, and no run to be found: a person decides, and never the daemon on a guess."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

Json = dict[str, Any]
DISPATCH = "actions/create-workflow-dispatch"


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


def wait_on_both_sides(workspace: Workspace, clock: ShiftedClock) -> None:
    """Let six minutes pass, by our clock and by GitHub's."""
    workspace.sandbox.clock(360)
    clock.advance(timedelta(minutes=6))


@pytest.fixture
def unknown(empty_workspace: Workspace, clock: ShiftedClock) -> Iterator[tuple[Workspace, Json]]:
    """Give a workspace with a release whose dispatch was answered by a 500 and never became a run, and its message."""
    sandbox = empty_workspace.sandbox
    with daemon_with(empty_workspace, clock):
        sandbox.fault("github", DISPATCH, "error", status=500)
        sandbox.ann.types("/release checkout 1.5.0 production")
        sandbox.ann.waits_for("waiting for its run", channel="C0OPS")
        wait_on_both_sides(empty_workspace, clock)
        yield empty_workspace, sandbox.ann.waits_for("Give up", channel="C0OPS", timeout_s=20)  # its thread says "outcome unknown", too


def test_it_says_what_is_known_and_offers_three_ways_on(unknown: tuple[Workspace, Json]) -> None:
    workspace, message = unknown
    workspace.sandbox.dana.types("/ops status")
    status = workspace.sandbox.dana.reads(workspace.sandbox.dana.waits_for("1 waiting"))
    assert "↳ somebody must say what came of it, by the buttons of its message" in status
    shown = workspace.sandbox.ann.reads(message)
    for words in (
        "did not say whether it took the dispatch",
        "chatopsd-",
        "It was not sent again",
        "It did run …",
        "dispatch again",
        "Give up",
    ):
        assert words in shown
    assert len(workspace.sandbox.record(side="github", call=DISPATCH)) == 1


def test_a_person_says_that_it_did_not_run_and_it_is_sent_once_more(unknown: tuple[Workspace, Json]) -> None:
    workspace, message = unknown
    workspace.sandbox.bob.clicks(message, "It did not run: dispatch again")
    workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert len(workspace.dispatches()) == 1
    assert len(workspace.sandbox.repo("acme/checkout")["runs"]) == 1


def test_who_may_not_release_may_not_decide(unknown: tuple[Workspace, Json]) -> None:
    workspace, message = unknown
    workspace.sandbox.dana.clicks(message, "Give up")
    workspace.sandbox.dana.waits_for("Only a releaser may do this")
    now = next(m for m in workspace.sandbox.ann.sees("C0OPS") if m["ts"] == message["ts"])
    assert "outcome unknown" in workspace.sandbox.ann.reads(now)


def test_two_people_who_decide_at_once_make_one_decision_and_both_are_answered(unknown: tuple[Workspace, Json]) -> None:
    workspace, message = unknown
    sandbox = workspace.sandbox
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda person: person.clicks(message, "Give up"), (sandbox.bob, sandbox.ria)))
    ended = sandbox.ann.reads(sandbox.ann.waits_for("Given up by", channel="C0OPS"))
    assert ended.count("Given up by") == 1
    other = sandbox.ria if "Given up by bob" in ended else sandbox.bob
    told = sandbox.wait_until(lambda: other.sees_message("decided"), what="the other one to be told")
    assert told is not None
    assert told["ephemeral_to"] == other.id


def test_a_person_names_the_run_that_it_was(unknown: tuple[Workspace, Json]) -> None:
    workspace, message = unknown
    sandbox = workspace.sandbox
    run_id = _run_by_hand(workspace)
    sandbox.bob.clicks(message, "It did run …")
    form = sandbox.bob.waits_for_modal("It did run")
    assert "run" in sandbox.bob.submits({"number": "not a number"}, form)["number"].lower()
    assert sandbox.bob.submits({"number": str(run_id)}, form) == {}
    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert len(sandbox.record(side="github", call=DISPATCH)) == 2, "ours, and the one by hand"


def _run_by_hand(workspace: Workspace) -> int:
    """Dispatch the workflow as a person would on GitHub, with another id in its title."""
    import json
    from urllib.request import Request, urlopen

    sha = next(b["sha"] for b in workspace.sandbox.repo("acme/checkout")["branches"] if b["name"] == "main")
    inputs = {"version": "v1.5.0", "environment": "production", "sha": sha, "dispatch_id": "by-hand"}
    request = Request(  # noqa: S310
        f"{workspace.url}/repos/acme/checkout/actions/workflows/release.yml/dispatches",
        json.dumps({"ref": "main", "inputs": inputs, "return_run_details": True}).encode(),
        {"Authorization": "Bearer sandbox-github-token", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return int(json.load(answer)["workflow_run_id"])


def test_a_run_that_turns_up_late_ends_the_doubt_by_itself(empty_workspace: Workspace, clock: ShiftedClock) -> None:
    sandbox = empty_workspace.sandbox
    sandbox.settings(list_delay_s=3600)
    with daemon_with(empty_workspace, clock):
        sandbox.fault("github", DISPATCH, "lost")
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.ann.waits_for("waiting for its run", channel="C0OPS")
        wait_on_both_sides(empty_workspace, clock)
        sandbox.ann.waits_for("outcome unknown", channel="C0OPS", timeout_s=20)
        sandbox.settings(list_delay_s=0)
        sandbox.clock(3600)
        clock.advance(timedelta(seconds=40))
        sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=60)
        assert len(sandbox.record(side="github", call=DISPATCH)) == 1


def test_a_lock_that_was_taken_meanwhile_stops_the_second_dispatch_as_well(unknown: tuple[Workspace, Json]) -> None:
    workspace, message = unknown
    sandbox = workspace.sandbox
    sandbox.ria.types('/ops lock checkout production "the database is down"', channel="C0OPS")
    sandbox.ria.waits_for("the database is down", channel="C0OPS")
    sandbox.bob.clicks(message, "It did not run: dispatch again")
    told = sandbox.bob.waits_for("Nothing was started", timeout_s=20)
    assert "locked production: the database is down" in sandbox.bob.reads(told)
    assert len(sandbox.record(side="github", call=DISPATCH)) == 1


def test_a_run_that_github_named_and_did_not_find_for_a_while_is_never_dispatched_again(
    empty_workspace: Workspace, clock: ShiftedClock
) -> None:
    sandbox = empty_workspace.sandbox
    sandbox.settings(list_delay_s=36000)
    sandbox.fault("github", "actions/get-workflow-run", "error", status=404, times=1000)
    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("/release checkout 1.5.0 production")
        sandbox.wait_until(lambda: len(sandbox.record(side="github", call="actions/get-workflow-run")) > 1, what="two looks")
        assert not sandbox.ann.sees_message("outcome unknown", "C0OPS"), "absence is no proof so early"
        wait_on_both_sides(empty_workspace, clock)
        message = sandbox.ann.waits_for("Give up", channel="C0OPS", timeout_s=20)
        sandbox.clear_faults()
        sandbox.clock(36000)  # by now it is in the list
        sandbox.bob.clicks(message, "It did not run: dispatch again")
        sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
        assert len(sandbox.record(side="github", call=DISPATCH)) == 1
