"""Operations whose outcome is unknown: what a person says came of them."""

from bot.api import Block, Context, FieldErrors, UserError, Values, input_field, modal, option, select, text_input
from plugins.ops.declared import plugin

DID_RUN_FORM = "unknown_run"
MOST_RUNS = 50


@plugin.action("unknown_did_run")
def did_run(ctx: Context, operation_id: str) -> None:
    """Ask which run it was, among those that nobody has."""
    runs = ctx.unknowns.candidates(operation_id, ctx.actor)[-MOST_RUNS:]
    blocks: list[Block] = []
    if runs:
        options = [option(f"#{run.number} {run.title}", str(run.id), f"{run.status} · {run.created_at:%H:%M:%S} UTC") for run in runs]
        blocks.append(input_field("run", "Which run is it?", select("run", options), optional=True))
    hint = "The number at the end of the run's address on GitHub."
    blocks.append(
        input_field("number", "Another run, by its number" if runs else "The run's number", text_input("number"), hint, optional=True)
    )
    ctx.open_modal({**modal(DID_RUN_FORM, "It did run", blocks, submit="Follow this run"), "private_metadata": operation_id})


@plugin.view(DID_RUN_FORM)
def adopt(ctx: Context, values: Values) -> None:
    """Follow the run that a person named."""
    chosen = str(values.get("number") or values.get("run") or "").rstrip("/").rpartition("/")[2]
    if not chosen.isdecimal():
        raise FieldErrors({"number": "Name the run: choose one, or give the number at the end of its address."})
    try:
        ctx.unknowns.adopt(ctx.envelope.private_metadata, int(chosen), ctx.actor)
    except UserError as refusal:
        raise FieldErrors({"number": refusal.args[0]}) from refusal


@plugin.action("unknown_dispatch_again")
def dispatch_again(ctx: Context, operation_id: str) -> None:
    """Send an operation once more that a person says did not run."""
    ctx.unknowns.dispatch_again(operation_id, ctx.actor)


@plugin.action("unknown_give_up")
def give_up(ctx: Context, operation_id: str) -> None:
    """End an operation whose outcome stays unknown."""
    ctx.unknowns.give_up(operation_id, ctx.actor)
