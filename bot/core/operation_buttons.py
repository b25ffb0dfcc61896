"""The buttons below an operation: what can be done about it now, and where to look."""

from bot.core.blocks import Block, button, confirm
from bot.core.operations import Operation, OperationState

OPEN = "open"  # the action id of buttons that only open an address
APPROVE = "approve"
REJECT = "reject"
WITHDRAW = "withdraw"
DIGEST_SHOWN = 16
DID_RUN = "unknown_did_run"
DISPATCH_AGAIN = "unknown_dispatch_again"
GIVE_UP = "unknown_give_up"


def buttons_of(operation: Operation) -> list[Block]:
    """Return what fits the state: decisions first, links last."""
    if operation.state is OperationState.UNKNOWN:
        return [*_decisions(operation), *_links(operation)]
    if operation.state is OperationState.AWAITING_APPROVAL:
        return [*_approval_buttons(operation), *_links(operation)]
    return _links(operation)


def _approval_buttons(operation: Operation) -> list[Block]:
    """Return the buttons of a decision; each carries what exactly is decided on. The plugin approve serves them."""
    what = f"{operation.service} {operation.version} to {operation.environment}"
    bound = f"{operation.id}:{operation.digest[:DIGEST_SHOWN]}"
    sure = confirm("Approve?", f"This releases {what}, commit {operation.sha[:7]}, as soon as {_approvals_missing(operation)}.", "Approve")
    return [
        button("Approve", APPROVE, value=bound, style="primary", confirm=sure),
        button("Reject …", REJECT, value=bound, style="danger"),
        button("Withdraw", WITHDRAW, value=bound),
    ]


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
