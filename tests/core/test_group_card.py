"""The one message of several operations: a line each, what needs a person first, and the way back only when it can be gone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.approval_preview import what_is_approved
from bot.core.gates import Check, CheckState
from bot.core.group_card import ROLL_BACK, group_card, group_story, went_out
from bot.core.operations import Operation, OperationKind, OperationState
from sandbox.slack.blocks import check_message_blocks

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
S = OperationState


def operation(service: str, state: OperationState, **changes: object) -> Operation:
    made = Operation(
        id=service,
        kind=OperationKind.RELEASE,
        state=state,
        service=service,
        repo=f"acme/{service}",
        workflow="release.yml",
        ref="main",
        sha="a" * 40,
        version="v2.0.0",
        environment="production",
        actor="U0ANN",
        requested_at=NOW,
        updated_at=NOW,
        dispatch_id="d",
        channel="C0OPS",
        group="a+1",
        members=("a", "b"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "head"),
    [
        ((S.SUCCEEDED, S.SUCCEEDED), "✅ Release of *2 services* → *production* · all done"),
        ((S.SUCCEEDED, S.FAILED), "❌ Release of *2 services* → *production* · 1 succeeded, 1 failed"),
        ((S.RUNNING, S.AWAITING_APPROVAL), "✋ Release of *2 services* → *production* · 1 awaiting approval, 1 running"),
        ((S.UNKNOWN, S.FAILED), "❓ Release of *2 services* → *production* · 1 failed, 1 unknown"),
    ],
)
def test_the_headline_counts_and_shows_what_needs_a_person(states: tuple[OperationState, ...], head: str) -> None:
    card = group_card([operation(name, state) for name, state in zip("ab", states, strict=True)], "ann")
    check_message_blocks(list(card.blocks))
    assert card.text == head
    assert "<@" not in str(card.blocks)


@pytest.mark.parametrize(
    ("states", "kind", "back"),
    [
        ((S.SUCCEEDED, S.FAILED), OperationKind.RELEASE, ["a"]),
        ((S.SUCCEEDED, S.RUNNING), OperationKind.RELEASE, []),
        ((S.SUCCEEDED, S.SUCCEEDED), OperationKind.RELEASE, []),
        ((S.FAILED, S.FAILED), OperationKind.RELEASE, []),
        ((S.SUCCEEDED, S.REJECTED), OperationKind.DEPLOY, ["a"]),
        ((S.SUCCEEDED, S.FAILED), OperationKind.ROLLBACK, []),
    ],
)
def test_the_way_back_is_offered_when_all_have_ended_and_some_went_out(
    states: tuple[OperationState, ...], kind: OperationKind, back: list[str]
) -> None:
    members = [operation(name, state, kind=kind) for name, state in zip("ab", states, strict=True)]
    assert [each.id for each in went_out(members)] == back
    assert (ROLL_BACK in str(group_card(members, "ann").blocks)) is bool(back)


def test_only_what_was_started_together_has_a_group() -> None:
    assert group_story(operation("a", S.RUNNING)) == "group:a+1"
    assert group_story(operation("a", S.RUNNING, group="")) == ""


def test_whoever_approves_sees_commits_inputs_and_checks_and_nothing_is_cut_in_silence() -> None:
    waiting = operation(
        "a",
        S.AWAITING_APPROVAL,
        brings=tuple(f"feat: <!here> {number} · ann" for number in range(8)),
        commits=31,
        given=tuple(f"i{number}" for number in range(15)),
        inputs={f"i{number}": "`x`" for number in range(15)},
        checks=(Check("build", CheckState.FAILED), Check("lint", CheckState.PASSED)),
        live="v1.9.0",
    )
    blocks = what_is_approved(waiting)
    check_message_blocks(list(blocks))
    shown = str(blocks)
    for words in (
        "… and 23 more",
        "… and 3 more inputs",
        "❌ 1 of 2 checks failed: build",
        "Live in production: `v1.9.0`",
        "&lt;!here&gt;",
    ):
        assert words in shown
    assert "<!here>" not in shown
