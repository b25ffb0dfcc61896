"""Bring a version that has its tag to another environment."""

from bot.api import Context, OperationKind, OperationRequest, Plugin, code, md

plugin = Plugin("deploy")


@plugin.command("deploy")
def deploy(ctx: Context, service: str, version: str, environment: str = "") -> None:
    """Bring VERSION of SERVICE, which was released before, to ENVIRONMENT."""
    prepared = ctx.operations.prepare(OperationRequest(OperationKind.DEPLOY, service, version, environment), ctx.actor)
    operation = ctx.operations.start(prepared, ctx.actor, ctx.envelope.key)
    if ctx.channel != operation.channel:
        ctx.reply(
            md("Deploying *{}* {} to *{}*: follow it in <#{}>.", service, code(operation.version), operation.environment, operation.channel)
        )
