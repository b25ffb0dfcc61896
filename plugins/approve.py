"""Decide on operations that wait for approval: approve, reject with a reason, withdraw."""

from bot.api import Block, Context, FieldErrors, Plugin, Values, code, input_field, md, modal, section, text_input

plugin = Plugin("approve")

REASON_FORM = "reject_reason"


@plugin.action("approve")
def approve(ctx: Context, value: str) -> None:
    """Say yes to exactly what the message shows."""
    operation_id, _, digest = value.partition(":")
    ctx.approvals.approve(operation_id, digest, ctx.actor)


@plugin.action("reject")
def ask_for_reason(ctx: Context, value: str) -> None:
    """Ask why not, before it is rejected."""
    operation_id, _, digest = value.partition(":")
    operation = ctx.approvals.check_waiting(operation_id, digest, ctx.actor)
    blocks: list[Block] = [
        section(
            md(
                "*{}* {} to *{}*, asked for by {}",
                operation.service,
                code(operation.version),
                operation.environment,
                ctx.name_of(operation.actor),
            )
        ),
        input_field("reason", "Why not?", text_input("reason", multiline=True), hint="Everybody in the timeline reads it."),
    ]
    ctx.open_modal({**modal(REASON_FORM, "Reject", blocks, submit="Reject"), "private_metadata": value})


@plugin.view(REASON_FORM)
def reject(ctx: Context, values: Values) -> None:
    """Reject with the reason that was given."""
    reason = str(values.get("reason") or "").strip()
    if not reason:
        raise FieldErrors({"reason": "Say why, so that they know what to mend."})
    operation_id, _, digest = ctx.envelope.private_metadata.partition(":")
    ctx.approvals.reject(operation_id, digest, ctx.actor, reason)


@plugin.action("withdraw")
def withdraw(ctx: Context, value: str) -> None:
    """Take back what one asked for oneself."""
    operation_id, _, digest = value.partition(":")
    ctx.approvals.withdraw(operation_id, digest, ctx.actor)


@plugin.action("review_approve")
def approve_on_github(ctx: Context, operation_id: str) -> None:
    """Let a run go on that waits for a review on GitHub."""
    ctx.reviews.decide(operation_id, ctx.actor, approves=True)


@plugin.action("review_reject")
def reject_on_github(ctx: Context, operation_id: str) -> None:
    """End a run that waits for a review on GitHub."""
    ctx.reviews.decide(operation_id, ctx.actor, approves=False)


@plugin.every("20s")
def look_at_clock(ctx: Context) -> None:
    """Expire and remind."""
    ctx.approvals.look_at_clock()
