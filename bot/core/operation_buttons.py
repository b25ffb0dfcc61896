"""The buttons below an operation: what can be done about it now, and where to look."""

from bot.core.blocks import Block, button, confirm
from bot.core.operations import Operation, OperationKind, OperationState, Reached
from bot.core.reviews import review_buttons

OPEN = "open"  # the action id of buttons that only open an address
APPROVE = "approve"
REJECT = "reject"
WITHDRAW = "withdraw"
DIGEST_SHOWN = 16
DID_RUN = "unknown_did_run"
DISPATCH_AGAIN = "unknown_dispatch_again"
GIVE_UP = "unknown_give_up"
CANCEL = "run_cancel"
ABORT = "run_abort"
RERUN = "run_rerun"
DEPLOY_ON = "run_deploy_on"
ROLL_BACK = "rollback"
ADDRESSED = "rollback_addressed"


def buttons_of(operation: Operation) -> list[Block]:
    """Return what fits the state: decisions first, links last."""
    if operation.state is OperationState.UNKNOWN:
        return [*_decisions(operation), *_links(operation)]
    if operation.state is OperationState.REQUESTED:
        return [button("Withdraw", WITHDRAW, value=bound_to(operation)), *_links(operation)]
    if operation.state is OperationState.AWAITING_APPROVAL:
        return [*_approval_buttons(operation), *_links(operation)]
    if operation.state is OperationState.RUNNING:
        return [*_while_it_runs(operation), *_links(operation)]
    return [*_next_steps(operation), *_links(operation)]


def _while_it_runs(operation: Operation) -> list[Block]:
    """Return the buttons that end a run; the plugin runs serves them. While one of them is being answered there are none."""
    if operation.asked:
        return []
    waiting = review_buttons(operation.id, operation.reviews)
    what = f"{operation.service} {operation.version} to {operation.environment}"
    sure = confirm("Cancel the run?", f"GitHub stops the {operation.kind} of {what}. What it did so far stays done.", "Cancel the run")
    buttons = [*waiting, button("Cancel", CANCEL, value=operation.id, style="danger", confirm=sure)]
    if back := _back_to(operation):
        buttons.append(button(f"Abort and roll back to {back} …", ABORT, value=operation.id))
    return buttons


def _next_steps(operation: Operation) -> list[Block]:
    """Return what people do next with an operation that has ended; the plugins runs and rollback serve them."""
    buttons: list[Block] = []
    if operation.locked:
        sure = confirm("Was it addressed?", f"{operation.environment} is unlocked: operations can start there again.", "It was addressed")
        value = f"{operation.service}|{operation.environment}"
        buttons.append(button("It was addressed", ADDRESSED, value=value, style="primary", confirm=sure))
    if operation.state is OperationState.SUCCEEDED:
        for number, environment in enumerate(operation.next_environments):
            sure = confirm(
                f"Deploy to {environment}?", f"{operation.service} {operation.version} goes to {environment}.", f"Deploy to {environment}"
            )
            value = f"{operation.id}|{environment}"
            buttons.append(button(f"Deploy to {environment}", f"{DEPLOY_ON}:{number}", value=value, style="primary", confirm=sure))
    if may_rerun(operation):
        sure = confirm("Re-run the failed jobs?", f"The failed jobs of {operation.service} {operation.version} run once more.", "Re-run")
        buttons.append(button("Re-run failed jobs", RERUN, value=operation.id, confirm=sure))
    if back := offered_back(operation):
        value = f"{operation.service}|{operation.environment}|{back}"
        buttons.append(button(f"Roll back to {back} …", f"{ROLL_BACK}:card", value=value, style="danger"))
    return buttons


def may_rerun(operation: Operation) -> bool:
    """Say whether there are failed jobs to run once more, and nobody asked for that yet."""
    ended_badly = operation.state in (OperationState.FAILED, OperationState.CANCELLED)
    return ended_badly and operation.run_id is not None and operation.asked is None


def offered_back(operation: Operation) -> str:
    """Return the version that an operation which has ended can be rolled back to; "" when there is none, or nothing to go back from."""
    did_nothing = operation.state is not OperationState.SUCCEEDED and operation.reached is Reached.NO
    return "" if operation.run_id is None or did_nothing else _back_to(operation)


def _back_to(operation: Operation) -> str:
    """Return the version that was live before, "" when there was none, or when it is this one."""
    is_way_back = operation.kind is OperationKind.ROLLBACK and operation.state is OperationState.SUCCEEDED
    return "" if operation.live_before == operation.version or is_way_back else operation.live_before


def bound_to(operation: Operation) -> str:
    """Return what a button of a decision carries: the operation, and the beginning of the digest of what its message shows."""
    return f"{operation.id}:{operation.digest[:DIGEST_SHOWN]}"


def _approval_buttons(operation: Operation) -> list[Block]:
    """Return the buttons of a decision; each carries what exactly is decided on. The plugin approve serves them."""
    bound = bound_to(operation)
    return [
        button("Approve", APPROVE, value=bound, style="primary", confirm=sure_to_approve(operation)),
        button("Reject …", REJECT, value=bound, style="danger"),
        button("Withdraw", WITHDRAW, value=bound),
    ]


def sure_to_approve(operation: Operation) -> Block:
    """Return what is asked before an approval counts: it says what is set off."""
    when = f"commit {operation.sha[:7]}, as soon as {_approvals_missing(operation)}."
    return confirm("Approve?", f"This {_what_it_does(operation)}, {when}", "Approve")


def _what_it_does(operation: Operation) -> str:
    service, version, environment = operation.service, operation.version, operation.environment
    match operation.kind:
        case OperationKind.RELEASE:
            return f"releases {service} {version} to {environment}"
        case OperationKind.DEPLOY:
            return f"deploys {service} {version} to {environment}"
        case OperationKind.ROLLBACK:
            return f"rolls {service} back to {version} in {environment}"
        case OperationKind.TAG:
            return f"cuts the tag {version} of {service}"


def _approvals_missing(operation: Operation) -> str:
    missing = operation.approvals_needed - len(operation.approvals) - 1
    return "you confirm" if missing <= 0 else f"{missing} more approve it after you"


def _decisions(operation: Operation) -> list[Block]:
    """Return the buttons with which a person says what happened; the plugin ops serves them."""
    what = f"{operation.service} {operation.version}"
    again = confirm("Dispatch again?", f"Only if you saw on GitHub that {what} did not run: it is sent a second time.", "Dispatch again")
    give_up = confirm("Give up?", f"I stop looking for the run of {what}. Nothing is cancelled on GitHub.", "Give up")
    return [
        button("It did run …", DID_RUN, value=operation.id),
        button("It did not run: dispatch again", DISPATCH_AGAIN, value=operation.id, confirm=again),
        button("Give up", GIVE_UP, value=operation.id, style="danger", confirm=give_up),
    ]


def _links(operation: Operation) -> list[Block]:
    links = [
        ("Open the log", operation.log_url),
        (f"Run #{operation.run_number}" if operation.run_number else "Run", operation.run_url),
        ("Compare", operation.compare_url),
        ("Release notes", operation.release_url),
    ]
    return [button(text, f"{OPEN}:{n}", url=url) for n, (text, url) in enumerate(links) if url.startswith(("https://", "http://"))]
