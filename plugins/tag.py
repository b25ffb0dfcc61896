"""Cut a version's tag and deploy nothing: `/deploy` brings it to an environment later."""

from bot.api import Context, OperationKind, Plugin, ReleaseForm

plugin = Plugin("tag")

form = ReleaseForm(plugin, OperationKind.TAG)


@plugin.command("tag")
def tag(
    ctx: Context,
    service: str = "",
    version: str = "",
    *,
    ref: str = "",
    notes: str = "",
    input: tuple[str, ...] = (),  # the flag is called --input
    dry_run: bool = False,
) -> None:
    """Cut the tag VERSION of SERVICE, and deploy nothing. Without a version, a form asks for the rest.

    `--ref` names another branch, tag or commit; `--notes "…"` and `--input name=value`, as often as needed, give what the workflow takes besides;
    `--dry-run` shows everything and starts nothing.
    """
    form.run(ctx, service, version, dry_run=dry_run, ref=ref, notes=notes, pairs=input)
