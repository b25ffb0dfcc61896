"""Go back to a version that was live before: always to a version by name, never "undo"."""

import json

from bot.api import (
    Block,
    Context,
    FieldErrors,
    Live,
    Message,
    OperationKind,
    OperationRequest,
    PastDeployment,
    Plugin,
    RollbackOffer,
    UserError,
    Values,
    button,
    code,
    context,
    input_field,
    md,
    modal,
    option,
    plain,
    rollback_preview,
    say_ago,
    say_duration,
    section,
    select,
)

plugin = Plugin("rollback")

FORM = "rollback"
CHOOSE_SERVICE = "rollback_service"
CHOOSE_ENVIRONMENT = "rollback_environment"
CHOOSE_VERSION = "rollback_version"
OFFERED = 5
MOST_OPTIONS = 100
LOOKING = "⏳ Looking up what was live before …"


@plugin.command("rollback")
def rollback(ctx: Context, service: str, environment: str = "", version: str = "", *, override: str = "") -> None:
    """Go back to VERSION of SERVICE in ENVIRONMENT; without a version, choose among those that were live there. What it takes back is shown first.

    `--override "why"` goes past closed gates at once, where you may.
    """
    ctx.operations.past(service, environment)  # says which services and environments there are
    if override and not version:
        raise UserError(md("{} goes with a version.", code("--override")))
    if override:
        _start(ctx, service, environment, version, override)
    elif ctx.envelope.trigger_id:
        _open(ctx, service, environment, version)
    elif version:
        _start(ctx, service, environment, version)
    else:
        _offer_in_words(ctx, service, environment)


@plugin.action("rollback")
def ask_first(ctx: Context, value: str) -> None:
    """Show what going back to a version takes away, before it is done."""
    service, environment, version = value.split("|")
    ctx.operations.past(service, environment)  # the message may be older than the configuration
    _open(ctx, service, environment, version)


@plugin.action("rollback_open")
def open_for_any(ctx: Context, service: str) -> None:
    """Open the form from a button anywhere; its value is a service's name, or nothing."""
    services = _services(ctx)
    if not services:
        raise UserError(md("No service in chatops.toml has a {}.", code("deploy_workflow")))
    chosen = service if service in services else services[0]
    environment = next(iter(ctx.configuration.services[chosen].environments))
    view_id = ctx.open_modal(_form(ctx, chosen, environment, [context(LOOKING)]))
    _show(ctx, view_id, chosen, environment, "")


@plugin.action("rollback_addressed")
def addressed(ctx: Context, value: str) -> None:
    """Unlock what a rollback locked: its cause was addressed."""
    service, _, environment = value.partition("|")
    ctx.locks.release(service, environment, ctx.actor)


@plugin.action(CHOOSE_SERVICE)
def choose_service(ctx: Context, service: str) -> None:
    """Show what another service can go back to."""
    environment = next(iter(ctx.configuration.services[service].environments))
    ctx.update_modal(ctx.envelope.view_id, _form(ctx, service, environment, [context(LOOKING)]))
    _show(ctx, ctx.envelope.view_id, service, environment, "")


@plugin.action(CHOOSE_ENVIRONMENT)
def choose_environment(ctx: Context, environment: str) -> None:
    """Show what another environment can go back to."""
    service = str(_place(ctx).get("service", ""))
    ctx.update_modal(ctx.envelope.view_id, _form(ctx, service, environment, [context(LOOKING)]))
    _show(ctx, ctx.envelope.view_id, service, environment, "")


@plugin.action(CHOOSE_VERSION)
def choose_version(ctx: Context, version: str) -> None:
    """Show what going back to another version takes away."""
    place = _place(ctx)
    _show(ctx, ctx.envelope.view_id, str(place.get("service", "")), str(place.get("environment", "")), version)


@plugin.view(FORM)
def submit(ctx: Context, values: Values) -> None:
    """Go back, once it was seen what that takes away."""
    place = _place(ctx)
    chosen = next((str(value or "") for block, value in values.items() if block.startswith("version:")), str(place.get("version", "")))
    if not chosen:
        raise FieldErrors({f"environment:{place.get('service')}": "I am still looking up what was live before. Please wait a moment."})
    if chosen != place.get("version"):
        block = _version_block(str(place.get("service")), str(place.get("environment")))
        raise FieldErrors({block: f"What going back to {chosen} takes away is not shown yet. Please wait a moment."})
    try:
        _start(ctx, str(place["service"]), str(place["environment"]), chosen)
    except FieldErrors as mistakes:
        block = next((block for block in values if block.startswith("version:")), f"environment:{place['service']}")
        raise FieldErrors({block: " ".join(plain(text) for text in mistakes.errors.values())}) from mistakes


def _open(ctx: Context, service: str, environment: str, version: str) -> None:
    environment = environment or next(iter(ctx.configuration.services[service].environments))
    nothing_yet = ctx.operations.last_succeeded(service, environment) is None
    if nothing_yet and not version:
        raise UserError(md("Nothing was live before in {} through me, so there is nothing to go back to.", environment))
    view_id = ctx.open_modal(_form(ctx, service, environment, [context(LOOKING)]))
    _show(ctx, view_id, service, environment, version)


def _show(ctx: Context, view_id: str, service: str, environment: str, version: str) -> None:
    """Draw the form with what can be gone back to, and with what the chosen version takes away."""
    offer = ctx.rollbacks.offer(service, environment)
    chosen = version or next((past.version for past in offer.past), "")
    if not chosen:
        said = md("Nothing was live before in {}, so there is nothing to go back to.", environment)
        ctx.update_modal(view_id, _form(ctx, service, environment, [section(_live_now(ctx, offer.live)), section(said)]))
        return
    preview = ctx.rollbacks.preview(service, environment, chosen, ctx.actor)
    if not preview.is_there:
        which = "choose one of these" if offer.past else "nothing was live before, so there is nothing to go back to"
        blocks: list[Block] = [section(md("⚠️ There is no tag {}: {}.", code(chosen), which))]
    elif preview.version == offer.live.version:
        blocks = [section(md("{} is what is live in {} now.", code(preview.version), environment))]
    else:
        blocks = rollback_preview(preview)
    ctx.update_modal(view_id, _form(ctx, service, environment, blocks, offer, preview.version if preview.is_there else ""))


def _form(ctx: Context, service: str, environment: str, blocks: list[Block], offer: RollbackOffer | None = None, chosen: str = "") -> Block:
    """Draw the form. Without an offer it still looks one up, and `submit` sends it back."""
    environments = list(ctx.configuration.services[service].environments)[:MOST_OPTIONS]
    names = [option(name, name) for name in environments]
    services = _services(ctx)
    drawn: list[Block] = []
    if 1 < len(services) <= MOST_OPTIONS:
        offered = [option(name, name) for name in services]
        drawn.append(input_field("service", "Service", select(CHOOSE_SERVICE, offered, service), tells_at_once=True))
    # The fields of one service carry its name, so that Slack does not keep what was chosen for another.
    drawn.append(input_field(f"environment:{service}", "Environment", select(CHOOSE_ENVIRONMENT, names, environment), tells_at_once=True))
    if offer:
        drawn.append(section(_live_now(ctx, offer.live)))
        past = list(offer.past[:MOST_OPTIONS])
        if chosen and chosen not in [each.version for each in past]:  # named by the person: GitHub may know it, the journal does not
            past = [PastDeployment(chosen), *past[: MOST_OPTIONS - 1]]
        versions = [option(each.version, each.version, _stay(ctx, each)) for each in past]
        hint = (
            f"The newest {MOST_OPTIONS} of {len(offer.past)}; name an older one in the command." if len(offer.past) > MOST_OPTIONS else ""
        )
        if versions:
            menu = select(CHOOSE_VERSION, versions, chosen)
            drawn.append(input_field(_version_block(service, environment), "Back to", menu, hint=hint, tells_at_once=True))
    place = json.dumps({"channel": ctx.channel, "service": service, "environment": environment, "version": chosen})
    submit_text = f"To {chosen}"[:24] if chosen else "Roll back"
    return modal(FORM, f"Roll back {service}"[:24], [*drawn, *blocks], submit=submit_text, private_metadata=place)


def _services(ctx: Context) -> list[str]:
    return [service.name for service in ctx.configuration.services.values() if service.deploy_workflow]


def _version_block(service: str, environment: str) -> str:
    return f"version:{service}:{environment}"[:255]


def _place(ctx: Context) -> dict[str, object]:
    """Return what the form that was clicked or sent is about."""
    place = json.loads(ctx.envelope.private_metadata or "{}")
    return place if isinstance(place, dict) else {}


def _live_now(ctx: Context, live: Live) -> str:
    if not live.shown:
        return md("Nothing is known to be live there.")
    who = ctx.name_of(live.by) if live.ours else live.by
    ago = say_ago(ctx.now() - live.at) if live.at else ""
    return md("Live now: {}{}{}", code(live.shown), f" · by {who}" if who else "", f" · {ago}" if ago else "")


def _stay(ctx: Context, past: PastDeployment) -> str:
    """Say when a version came, through whom, and how long it stayed."""
    parts = [say_ago(ctx.now() - past.since) if past.since else "", f"by {ctx.name_of(past.by)}" if past.by else "before me"]
    if past.lived is not None:
        parts.append(f"lived {say_duration(past.lived)}")
    return " · ".join(filter(None, parts))


def _start(ctx: Context, service: str, environment: str, version: str, override: str = "") -> None:
    prepared = ctx.operations.prepare(OperationRequest(OperationKind.ROLLBACK, service, version, environment, override=override), ctx.actor)
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


def _offer_in_words(ctx: Context, service: str, environment: str) -> None:
    """Answer a mention, which can't open a form, with the last versions and a button for each."""
    offer = ctx.rollbacks.offer(service, environment)
    if not offer.past:
        raise UserError(md("Nothing was live before in {}, so there is nothing to go back to.", offer.live.environment))
    headline = md("*{}* in *{}*. {}", service, offer.live.environment, _live_now(ctx, offer.live))
    rows: list[Block] = [
        section(md("{} · {}", code(past.version), _stay(ctx, past)), accessory=_button(offer.live, past.version))
        for past in offer.past[:OFFERED]
    ]
    if offer.live.doubt:
        rows.append(context(md("⚠️ {}", offer.live.doubt)))
    ctx.reply(Message.of(headline, section(headline), *rows))


def _button(live: Live, version: str) -> Block:
    value = f"{live.service}|{live.environment}|{version}"
    return button(f"Roll back to {version} …", f"rollback:{version}", value=value, style="danger")
