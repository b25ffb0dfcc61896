"""The one message of operations that were started together: a line each, and what can be done when some of them failed."""

from collections import Counter
from collections.abc import Sequence

from bot.core.blocks import Block, Message, actions, button, confirm, context, section
from bot.core.markup import Mrkdwn, code, join, link, md
from bot.core.operation_words import STATE_EMOJI, sign_of, state_word, without_deployment
from bot.core.operations import Operation, OperationKind, OperationState

ROLL_BACK = "group_rollback"  # the action id of the button; served by the plugin release
_GOES_BACK = (OperationKind.RELEASE, OperationKind.DEPLOY)


def group_story(operation: Operation) -> str:
    """Return the key of the one message of its group; "" when it has none."""
    return f"group:{operation.group}" if operation.group else ""


def went_out(members: Sequence[Operation]) -> list[Operation]:
    """Return which of a group went out while others did not; none while one is still on its way."""
    done = [each for each in members if each.state is OperationState.SUCCEEDED and each.kind in _GOES_BACK and each.environment]
    has_ended = all(each.state.is_final for each in members)
    return done if has_ended and len(done) < len(members) else []


def group_card(members: Sequence[Operation], who: str) -> Message:
    """Draw a group. `who` is the name of the person who asked; each member's own message is in the thread."""
    headline = _headline(members)
    lines = [_line(each) for each in members]
    blocks: list[Block] = [section(headline), section(join("\n", lines))]
    waiting = sum(each.state is OperationState.AWAITING_APPROVAL for each in members)
    told = md(
        "Asked for by {} · each is told, and approved, in the thread" if waiting else "Asked for by {} · each is told in the thread", who
    )
    blocks.append(context(told))
    back = went_out(members)
    if back:
        names = ", ".join(each.service for each in back)
        sure = confirm("Roll back?", f"{names}: each goes back to what was live in {back[0].environment} before it.", "Roll back")
        text = f"Roll back the {len(back)} that went out" if len(back) > 1 else f"Roll back {names}, which went out"
        blocks.append(
            actions(button(text, ROLL_BACK, value=members[0].id, style="danger", confirm=sure), block_id=f"group:{members[0].group}")
        )
    return Message.of(headline, *blocks)


def _line(operation: Operation) -> Mrkdwn:
    """Say one of them; what all have in common stands above."""
    version = link(operation.run_url, operation.version) if operation.run_url else code(operation.version)
    alarm = md(" · 🚨 break-glass") if operation.override else md("")
    return md("{} *{}* {} · {}{}", sign_of(operation), operation.service, version, state_word(operation), alarm)


def _headline(members: Sequence[Operation]) -> Mrkdwn:
    first = members[0]
    target = md(" → *{}*", first.environment) if first.environment else md("")
    what = md("{} of *{} services*{}", first.kind.capitalize(), len(members), target)
    counts = Counter(each.state for each in members)
    if counts[OperationState.SUCCEEDED] == len(members):
        doubtful = sum(bool(without_deployment(each)) for each in members)
        return md("⚠️ {} · all done, {} without a deployment", what, doubtful) if doubtful else md("✅ {} · all done", what)
    worst = next((state for state in _BY_WEIGHT if counts[state]), OperationState.RUNNING)
    said = ", ".join(f"{count} {state.value.replace('_', ' ')}" for state in OperationState if (count := counts[state]))
    return md("{} {} · {}", STATE_EMOJI[worst], what, said)


_S = OperationState
# What needs a person comes first.
_BY_WEIGHT = (
    _S.UNKNOWN,
    _S.FAILED,
    _S.AWAITING_APPROVAL,
    _S.RUNNING,
    _S.DISPATCHING,
    _S.APPROVED,
    _S.REQUESTED,
    _S.REJECTED,
    _S.EXPIRED,
    _S.CANCELLED,
)
