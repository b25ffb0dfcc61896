"""Bring a version to the preview environment, through every gate that a deploy goes through, and remember who looks at what."""

from dataclasses import dataclass

from bot.api import Context, OperationKind, OperationRequest, Plugin, code, join, md


@dataclass(frozen=True)
class Settings:
    """`[plugins.preview]`: which environment of a service is its preview."""

    environment: str = "preview"


plugin = Plugin("preview", Settings)


@plugin.command("preview")
def preview(ctx: Context, service: str, version: str, *why: str) -> None:
    """Bring VERSION of SERVICE to the preview, with a word on WHY."""
    request = OperationRequest(OperationKind.DEPLOY, service, version, ctx.settings.environment)
    prepared = ctx.operations.prepare(request, ctx.actor)
    # Stored in the transaction that writes the operation down: neither is there without the other.
    note = ctx.storage.stored(**{service: {"version": prepared.version, "by": ctx.actor, "why": " ".join(why)}})
    ctx.operations.start(prepared, ctx.actor, ctx.envelope.key, note)
    ctx.reply(md("{} {} goes to {}; follow it in the timeline.", service, code(prepared.version), ctx.settings.environment))


@plugin.command("previews", repeatable=True)
def previews(ctx: Context) -> None:
    """Show who brought what to the preview last."""
    lines = [
        md("*{}* {} · {} · {}", service, code(note["version"]), ctx.name_of(str(note["by"])), note["why"] or "no reason given")
        for service, note in ctx.storage.items().items()
        if isinstance(note, dict)
    ]
    ctx.reply(join("\n", lines) or "Nobody looks at anything.")
