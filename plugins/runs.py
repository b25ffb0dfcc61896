"""While a run goes on and after it: cancel it, re-run its failed jobs, abort and roll back, deploy on."""

from bot.api import (
    Block,
    Context,
    Operation,
    OperationKind,
    OperationRequest,
    Plugin,
    UserError,
    Values,
    code,
    context,
    md,
    modal,
    rollback_preview,
    section,
)

plugin = Plugin("runs")

ABORT_FORM = "run_abort"


@plugin.command("cancel")
def cancel(ctx: Context, operation: str) -> None:
    """Cancel the run of OPERATION, by the id at the end of its message."""
    _said(ctx, ctx.runs.cancel(operation, ctx.actor), "Asked GitHub to cancel")


@plugin.command("rerun")
def rerun(ctx: Context, operation: str) -> None:
    """Re-run the failed jobs of OPERATION, by the id at the end of its message."""
    _said(ctx, ctx.runs.rerun(operation, ctx.actor), "Re-running the failed jobs of")


@plugin.action("run_cancel")
def click_cancel(ctx: Context, operation_id: str) -> None:
    """Cancel the run whose message was clicked."""
    ctx.runs.cancel(operation_id, ctx.actor)


@plugin.action("run_rerun")
def click_rerun(ctx: Context, operation_id: str) -> None:
    """Re-run the failed jobs of the run whose message was clicked."""
    ctx.runs.rerun(operation_id, ctx.actor)


@plugin.action("run_deploy_on")
def deploy_on(ctx: Context, value: str) -> None:
    """Bring a version that succeeded to the environment that comes next."""
    operation_id, _, environment = value.partition("|")
    done = ctx.runs.get(operation_id)
    prepared = ctx.operations.prepare(OperationRequest(OperationKind.DEPLOY, done.service, done.version, environment), ctx.actor)
    ctx.operations.start(prepared, ctx.actor, ctx.envelope.key)


@plugin.action("run_abort")
def ask_about_abort(ctx: Context, operation_id: str) -> None:
    """Show what an abort with a rollback takes back, before it is done."""
    operation = ctx.runs.get(operation_id)
    if not operation.live_before:
        raise UserError("Nothing was live there before, so there is nothing to go back to.")
    place = f"{operation.id}|{operation.live_before}"
    view_id = ctx.open_modal(_abort_form(operation, place, [context("⏳ Looking up what that takes back …")]))
    preview = ctx.rollbacks.preview(operation.service, operation.environment, operation.live_before)
    ctx.update_modal(view_id, _abort_form(operation, place, rollback_preview(preview)))


def _abort_form(operation: Operation, place: str, blocks: list[Block]) -> Block:
    back = operation.live_before
    what = section(
        md(
            "The run of {} is cancelled; as soon as it has ended, *{}* in *{}* goes back to {}, unless nothing was deployed yet.",
            code(operation.version),
            operation.service,
            operation.environment,
            code(back),
        )
    )
    return modal(ABORT_FORM, "Abort and roll back", [what, *blocks], submit=f"To {back}"[:24], private_metadata=place)


@plugin.view(ABORT_FORM)
def abort(ctx: Context, values: Values) -> None:
    """Cancel the run, and go back to what was live before as soon as it has ended."""
    operation_id, _, version = ctx.envelope.private_metadata.partition("|")
    ctx.runs.cancel(operation_id, ctx.actor, back_to=version)


def _said(ctx: Context, operation: Operation, what: str) -> None:
    if ctx.channel != operation.channel:
        ctx.reply(
            md("{} *{}* {} to *{}*: see <#{}>.", what, operation.service, code(operation.version), operation.environment, operation.channel)
        )
