"""Release a service: by form, by command, or by mention."""

from bot.api import (
    Block,
    Context,
    FieldErrors,
    OperationKind,
    OperationRequest,
    Plugin,
    Proposal,
    Rejected,
    Service,
    Unavailable,
    UserError,
    Values,
    code,
    context,
    input_field,
    md,
    modal,
    option,
    select,
    text_input,
)

plugin = Plugin("release")

FORM = "release"
CHOOSE_SERVICE = "release_service"
MOST_OPTIONS = 100


@plugin.command("release")
def release(ctx: Context, service: str = "", version: str = "", environment: str = "", *, ref: str = "") -> None:
    """Release VERSION of SERVICE: cut the tag and deploy it. Without a version, a form asks for the rest."""
    if version:
        _start(ctx, OperationRequest(OperationKind.RELEASE, service, version, environment, ref))
        return
    if not ctx.envelope.trigger_id:
        raise UserError(md("Say what to release, such as {}.", code("release checkout 1.5.0 staging")))
    services = _services(ctx)
    chosen = next((known for known in services if known.name == service), None)
    if service and chosen is None:
        ctx.operations.propose(service)  # says which services there are
    chosen = chosen or services[0]
    view_id = ctx.open_modal(_form(services, chosen))
    _show_proposal(ctx, view_id, chosen)


@plugin.action(CHOOSE_SERVICE)
def choose_service(ctx: Context, name: str) -> None:
    """Ask for another service's version once it was chosen in the form."""
    services = _services(ctx)
    chosen = next((known for known in services if known.name == name), None)
    if chosen:
        ctx.update_modal(ctx.envelope.view_id, _form(services, chosen))
        _show_proposal(ctx, ctx.envelope.view_id, chosen)


@plugin.view(FORM)
def submit(ctx: Context, values: Values) -> None:
    """Check the form; its mistakes are shown at their fields."""
    blocks = {block.partition(":")[0]: block for block in values}
    given = {name: str(values[block] or "") for name, block in blocks.items()}
    if "version" not in given:
        raise FieldErrors({"service": "I am still looking up the last version. Please wait a moment."})
    if blocks["version"].partition(":")[2] != given["service"]:
        other = blocks["version"].partition(":")[2]
        way = f"choose another service and then {given['service']} again, or close this form and type {ctx.slash('release')} {given['service']}"
        raise FieldErrors({"service": f"The fields below are those of {other}. Please {way}."})
    request = OperationRequest(
        OperationKind.RELEASE, given["service"], given["version"], given.get("environment", ""), given.get("ref", "")
    )
    try:
        _start(ctx, request)
    except FieldErrors as mistakes:
        at_blocks = {blocks.get(name, blocks["version"]): text for name, text in mistakes.errors.items()}
        raise FieldErrors(at_blocks) from mistakes


def _start(ctx: Context, request: OperationRequest) -> None:
    prepared = ctx.operations.prepare(request, ctx.actor)
    operation = ctx.operations.start(prepared, ctx.actor, ctx.envelope.key)
    if ctx.channel != operation.channel:
        ctx.reply(
            md(
                "Releasing *{}* {} to *{}*: follow it in <#{}>.",
                operation.service,
                code(operation.version),
                operation.environment,
                operation.channel,
            )
        )


def _services(ctx: Context) -> list[Service]:
    services = [service for service in ctx.configuration.services.values() if service.release_workflow]
    if not services:
        raise UserError(md("No service in chatops.toml has a {}.", code("release_workflow")))
    return services


def _show_proposal(ctx: Context, view_id: str, service: Service) -> None:
    """Fill in the version that comes next; when GitHub can't say, the version is the person's to type."""
    services = _services(ctx)
    try:
        proposal = ctx.operations.propose(service.name)
    except (Unavailable, Rejected) as error:
        ctx.update_modal(view_id, _form(services, service, version="", hint=f"The last version could not be looked up: {error}"))
        return
    ctx.update_modal(view_id, _form(services, service, str(proposal.suggestion.version), _why(proposal)))


def _why(proposal: Proposal) -> str:
    if proposal.last is None:
        return "There is no version yet."
    commits = "1 commit" if proposal.commits == 1 else f"{proposal.commits} commits"
    return f"The last is {proposal.last}; since then {commits}: {proposal.suggestion.why}."


def _form(services: list[Service], chosen: Service, version: str | None = None, hint: str = "") -> Block:
    """Draw the form. Without a version it still looks one up, and `submit` sends it back."""
    if len(services) <= MOST_OPTIONS:
        names: Block = select(CHOOSE_SERVICE, [option(s.name, s.name, s.repo) for s in services], chosen.name)
    else:
        names = text_input(CHOOSE_SERVICE, chosen.name)
    blocks = [input_field("service", "Service", names, tells_at_once=True)]
    environments = [option(name, name) for name in list(chosen.environments)[:MOST_OPTIONS]]
    # The fields of one service carry its name, so that Slack does not keep what was typed for another.
    first = next(iter(chosen.environments), "")
    blocks.append(input_field(f"environment:{chosen.name}", "Environment", select("environment", environments, first)))
    if version is None:
        blocks.append(context("⏳ Looking up the last version and what came since …"))
        return modal(FORM, "Release", blocks, submit="Release")  # Slack asks for a submit button wherever there is a field
    blocks.append(input_field(f"version:{chosen.name}", "Version", text_input("version", version, "1.5.0"), hint=hint))
    blocks.append(input_field(f"ref:{chosen.name}", "Branch, tag or commit", text_input("ref", chosen.ref)))
    blocks.append(context(md("{} runs in {}.", code(chosen.release_workflow), code(chosen.repo))))
    return modal(FORM, "Release", blocks, submit="Release")
