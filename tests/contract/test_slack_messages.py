"""Every message and form of ours, held against an independent validator of Block Kit (PyPI `slackblocks`)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import slackblocks

from bot.core.blocks import Block, Message, modal, section
from bot.core.catch_up import catch_up
from bot.core.configuration import Environment, Service
from bot.core.gates import Gate, Verdict
from bot.core.inputs import WorkflowInput
from bot.core.lock_card import lock_card, nag_note, taken_over_note
from bot.core.locks import Lock, LockEnd, LockState
from bot.core.markup import escape
from bot.core.older_blocks import newer_kinds, with_older_blocks
from bot.core.operation_card import operation_card
from bot.core.operation_notes import changes_note, failure_note
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState
from bot.core.preview import Preview
from bot.core.release_form import Chosen, draw_form
from bot.core.reviews import PendingReview

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONG = "<!channel> `x` & " * 400


def operation(state: OperationState, **changed: object) -> Operation:
    facts: dict[str, Any] = {
        "id": "a1b2c3d4", "kind": OperationKind.RELEASE, "state": state, "service": "checkout", "repo": "acme/checkout", "workflow": "release.yml",
        "ref": "main", "sha": "a" * 40, "version": "v1.5.0", "environment": "production", "actor": "U0ANN", "requested_at": NOW, "updated_at": NOW,
        "dispatch_id": "chatopsd-a1b2c3d4", "channel": "C0OPS", "previous": "v1.4.2", "commits": 31,
        "run_url": "https://github.example/acme/checkout/actions/runs/1", "run_number": 7,
        "compare_url": "https://github.example/acme/checkout/compare/v1.4.2...main",
        "jobs": tuple(JobProgress(f"job {n}", state, 75.0, "a step", "https://github.example/job") for n, state in enumerate(StepState)),
    }  # fmt: skip
    return Operation(**{**facts, **changed})


def checked(blocks: tuple[Block, ...]) -> None:
    """Build each block anew with slackblocks, which refuses what Slack would refuse."""
    assert 0 < len(blocks) <= 50
    for block in blocks:
        rebuilt(json.loads(json.dumps(block)))


def rebuilt(block: dict[str, Any]) -> object:
    match block["type"]:
        case "section" if "text" in block:
            return slackblocks.SectionBlock(text=text(block["text"]), block_id=block.get("block_id"))
        case "context":
            return slackblocks.ContextBlock(elements=[text(element) for element in block["elements"]])
        case "header":
            return slackblocks.HeaderBlock(text=block["text"]["text"])
        case "actions":
            return slackblocks.ActionsBlock(elements=[button(element) for element in block["elements"]], block_id=block.get("block_id"))
        case "divider":
            return slackblocks.DividerBlock()
        case "rich_text":
            pre = block["elements"][0]
            assert pre["type"] == "rich_text_preformatted"
            return slackblocks.RichTextBlock(slackblocks.RichTextCodeBlock(slackblocks.RichText(pre["elements"][0]["text"])))
        case "input":
            return slackblocks.InputBlock(label=block["label"]["text"], element=element(block["element"]), block_id=block["block_id"])
        case "plan":
            return slackblocks.PlanBlock(title=block["title"], tasks=[task(each) for each in block["tasks"]])
    raise AssertionError(f"no validation for {block['type']}")


def task(given: dict[str, Any]) -> Any:
    details = None
    if "details" in given:
        words = given["details"]["elements"][0]["elements"][0]["text"]
        details = slackblocks.RichTextBlock(slackblocks.RichTextSection([slackblocks.RichText(words)]))
    sources = [slackblocks.URLSource(url=source["url"], text=source["text"]) for source in given.get("sources", [])]
    return slackblocks.TaskCardBlock(
        task_id=given["task_id"],
        title=given["title"],
        details=details,
        sources=sources or None,
        status=given["status"],
    )


def text(given: dict[str, Any]) -> Any:
    kind = slackblocks.TextType.MARKDOWN if given["type"] == "mrkdwn" else slackblocks.TextType.PLAINTEXT
    return slackblocks.Text(given["text"], type_=kind)


def button(given: dict[str, Any]) -> Any:
    return slackblocks.Button(
        text=given["text"]["text"], action_id=given["action_id"], value=given.get("value"), url=given.get("url"), style=given.get("style")
    )


def element(given: dict[str, Any]) -> Any:
    if given["type"] == "plain_text_input":
        return slackblocks.PlainTextInput(action_id=given["action_id"], initial_value=given.get("initial_value"))
    options = [slackblocks.Option(text=text(o["text"]), value=o["value"]) for o in given["options"]]
    return slackblocks.StaticSelectMenu(action_id=given["action_id"], placeholder="Choose", options=options)


@pytest.mark.parametrize("state", list(OperationState))
def test_slack_takes_an_operation_in_every_state(state: OperationState) -> None:
    checked(operation_card(operation(state), "Ann").blocks)


@pytest.mark.parametrize("state", list(OperationState))
def test_slack_takes_an_operation_with_everything_too_long(state: OperationState) -> None:
    jobs = tuple(JobProgress(LONG, StepState.FAILED, 1e6, LONG, "https://github.example/" + "j" * 500) for _ in range(40))
    running = {"looked_at": NOW + timedelta(days=90), "usual_s": 1e6, "log_url": "https://github.example/" + "l" * 500}
    card = operation_card(
        operation(state, **running, jobs=jobs, reason=LONG, version="v1." + "9" * 150, service="s" * 150, finished_at=NOW), LONG
    )
    checked(card.blocks)
    checked(with_older_blocks(card, newer_kinds(card)).blocks)
    assert "<!channel>" not in json.dumps([dict(block) for block in card.blocks])
    assert len(card.text) <= 40_000


def test_slack_takes_an_operation_that_goes_past_gates_and_waits_for_reviews_by_many() -> None:
    reviews = tuple(PendingReview(n, "e" * 250, tuple(f"{n}{LONG[:60]}" for n in range(20)), True) for n in range(9))
    more = {"reviews": reviews, "override": LONG[:300], "overridden": tuple(map(str, Gate))}
    card = operation_card(operation(OperationState.RUNNING, **more), LONG[:80])
    checked(with_older_blocks(card, newer_kinds(card)).blocks)
    assert "<!channel>" not in json.dumps([dict(block) for block in card.blocks])


@pytest.mark.parametrize("state", list(LockState))
@pytest.mark.parametrize("end", list(LockEnd))
def test_slack_takes_a_lock_in_every_state_with_everything_long(state: LockState, end: LockEnd) -> None:
    words = LONG[:300]
    lock = Lock(
        "a1",
        state,
        "acme/checkout",
        "e" * 75,
        "checkout",
        "U0ANN",
        words,
        words,
        NOW,
        NOW,
        expires_at=NOW,
        apart=LONG,
        end=end,
        ended_at=NOW,
    )
    for card in (
        lock_card(lock, LONG[:80], [LONG[:60]] * 12, LONG[:80], LONG[:80]),
        nag_note(lock, NOW),
        taken_over_note(replace(lock, former=words), words),
    ):
        checked(card.blocks or (section(card.text),))
        assert "<!channel>" not in json.dumps([dict(block) for block in card.blocks]) + card.text


def test_slack_takes_what_is_said_in_threads() -> None:
    for message in (
        changes_note(operation(OperationState.DISPATCHING), [(LONG, LONG)] * 31),
        failure_note(operation(OperationState.FAILED).jobs, "line\n" * 4000, ""),
        failure_note((), "", "GitHub could not start the run."),
        catch_up(timedelta(hours=3), [operation(OperationState.FAILED)] * 40, [operation(OperationState.RUNNING)] * 40, lambda user: LONG),
    ):
        assert isinstance(message, Message)
        checked(message.blocks)


@pytest.mark.parametrize("count", [1, 100, 101])
@pytest.mark.parametrize("is_shown", [False, True])
def test_slack_takes_the_release_form_for_one_service_and_for_more_than_a_menu_holds(count: int, is_shown: bool) -> None:
    services = [Service(f"service-{n}", "acme/x", "main", {"production": Environment("production")}, "release.yml") for n in range(count)]
    chosen = Chosen(OperationKind.RELEASE, ("service-0",), environment="production")
    preview = Preview(
        OperationKind.RELEASE, "service-0", "acme/x", "production", "main", "v1.5.0", "release.yml", "a" * 40, "v1.4.2", "v1.5.0",
        "a feat", subjects=((LONG, LONG),) * 8, total=31, notes=LONG, takes_notes=True, asked=(WorkflowInput("ticket", required=True),),
        verdicts=(Verdict(Gate.FREEZE, False, LONG, LONG),), problems={"version": escape(LONG)},
    )  # fmt: skip
    form = draw_form(chosen, services, [preview] if is_shown else [], NOW, note=escape(LONG)[:1500])
    assert len(str(form["title"])) < 100
    blocks = json.loads(json.dumps(form["blocks"]))
    slackblocks.ModalView(title="Release", blocks=[rebuilt(block) for block in blocks], submit="Release")


def test_a_modal_keeps_slacks_lengths() -> None:
    view = modal("x" * 10, "A title that is much too long for Slack", [], submit="Also far too long for a button here")
    assert len(view["title"]["text"]) <= 24  # type: ignore[index]
    assert len(view["submit"]["text"]) <= 24  # type: ignore[index]
