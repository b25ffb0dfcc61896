"""Bring a version that has its tag to another environment: by form, by command or by mention.

Other plugins open the form by a button with the action id `deploy_open`; its value is a service's name, or nothing.
"""

from bot.api import Context, OperationKind, Plugin, ReleaseForm

plugin = Plugin("deploy")

form = ReleaseForm(plugin, OperationKind.DEPLOY)


@plugin.command("deploy")
def deploy(
    ctx: Context,
    service: str = "",
    version: str = "",
    environment: str = "",
    *,
    notes: str = "",
    input: tuple[str, ...] = (),  # the flag is called --input
    override: str = "",
    dry_run: bool = False,
) -> None:
    """Bring VERSION of SERVICE, which was released before, to ENVIRONMENT. Without a version, a form asks for the rest.

    Several services go together: `checkout,search 2026.11.1`. `--notes "…"` and `--input name=value`, as often as needed, give what the workflow takes
    besides; `--override "why"` goes past closed gates, where you may; `--dry-run` shows everything and starts nothing.
    """
    form.run(ctx, service, version, environment, dry_run=dry_run, notes=notes, pairs=input, override=override)
