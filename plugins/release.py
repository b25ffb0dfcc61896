"""Release services: by form, by command, by mention, or by the shortcut "Release…".

Other plugins open the form by a button with the action id `release_open`; its value is a service's name, or nothing.
"""

from bot.api import Context, OperationKind, Plugin, ReleaseForm, say_started, start_all

plugin = Plugin("release")

form = ReleaseForm(plugin, OperationKind.RELEASE)


@plugin.command("release")
def release(
    ctx: Context,
    service: str = "",
    version: str = "",
    environment: str = "",
    *,
    ref: str = "",
    notes: str = "",
    input: tuple[str, ...] = (),  # the flag is called --input
    override: str = "",
    dry_run: bool = False,
) -> None:
    """Release VERSION of SERVICE: cut the tag and deploy it. Without a version, a form asks for the rest.

    Several services go together: `checkout,search 2026.11.1`. `--ref` names another branch, tag or commit; `--notes "…"` the release notes;
    `--input name=value`, as often as needed, what the workflow takes besides; `--override "why"` goes past closed gates, where you may;
    `--dry-run` shows everything and starts nothing.
    """
    form.run(ctx, service, version, environment, dry_run=dry_run, ref=ref, notes=notes, pairs=input, override=override)


@plugin.action("group_rollback")
def roll_back_together(ctx: Context, operation_id: str) -> None:
    """Roll back those of a group that went out, when others failed."""
    say_started(ctx, start_all(ctx, ctx.operations.way_back(operation_id)))


@plugin.shortcut("release_open")
def shortcut(ctx: Context) -> None:
    """Open the form from Slack's own list of shortcuts."""
    form.open(ctx)
