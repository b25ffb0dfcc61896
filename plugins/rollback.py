"""Go back to a version that was live before: always to a version by name, never "undo"."""

from bot.api import (
    Block,
    Context,
    Message,
    Operation,
    OperationKind,
    OperationRequest,
    Plugin,
    UserError,
    button,
    code,
    confirm,
    context,
    md,
    say_ago,
    section,
)

plugin = Plugin("rollback")

OFFERED = 5


@plugin.command("rollback")
def rollback(ctx: Context, service: str, environment: str = "", version: str = "") -> None:
    """Go back to VERSION of SERVICE in ENVIRONMENT; without a version, choose among those that were live there."""
    if version:
        _start(ctx, service, environment, version)
        return
    past = ctx.operations.past(service, environment)[:OFFERED]
    if not past:
        raise UserError(
            md("Nothing was live before in {} through me, so there is nothing to go back to.", environment or "the first environment")
        )
    current = ctx.operations.last_succeeded(service, past[0].environment)
    live = md("Live now: {}", code(current.version)) if current else md("Nothing is live there through me.")
    headline = md("*{}* in *{}*. {}", service, past[0].environment, live)
    rows: list[Block] = [section(_was_live(ctx, operation), accessory=_button(operation)) for operation in past]
    ctx.tell(Message.of(headline, section(headline), *rows, context("The commits that a rollback takes back are listed in its thread.")))


@plugin.action("rollback")
def chosen(ctx: Context, value: str) -> None:
    """Go back to the version whose button was clicked."""
    service, environment, version = value.split("|")
    _start(ctx, service, environment, version)


def _start(ctx: Context, service: str, environment: str, version: str) -> None:
    prepared = ctx.operations.prepare(OperationRequest(OperationKind.ROLLBACK, service, version, environment), ctx.actor)
    operation = ctx.operations.start(prepared, ctx.actor, ctx.envelope.key)
    if ctx.channel != operation.channel:
        ctx.reply(
            md(
                "Rolling *{}* back to {} in *{}*: follow it in <#{}>.",
                service,
                code(operation.version),
                operation.environment,
                operation.channel,
            )
        )


def _was_live(ctx: Context, operation: Operation) -> str:
    ended = operation.finished_at or operation.updated_at
    return md("{} · {} by {} · {}", code(operation.version), operation.kind, ctx.name_of(operation.actor), say_ago(ctx.now() - ended))


def _button(operation: Operation) -> Block:
    what = f"{operation.service} in {operation.environment} goes back to {operation.version}."
    value = f"{operation.service}|{operation.environment}|{operation.version}"
    sure = confirm("Roll back?", what, f"To {operation.version}"[:30])
    return button(f"Roll back to {operation.version}", f"rollback:{operation.version}", value=value, style="danger", confirm=sure)
