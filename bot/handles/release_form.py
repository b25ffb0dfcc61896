"""A release, a deploy or a tag as a conversation: by command, or by a form that is drawn anew when something else is chosen in it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.core.configuration import Service
from bot.core.input_fields import INPUT
from bot.core.inputs import read_pairs
from bot.core.markup import Mrkdwn, code, escape, md
from bot.core.operations import Operation, OperationKind
from bot.core.preview import Preview, dry_run_message
from bot.core.release_form import ALSO, ENVIRONMENT, MOST_SERVICES, NOTES, REF, REFRESH, SERVICE, VERSION, Chosen, draw_form
from bot.core.requests import OperationRequest, Prepared
from bot.handles.context import Context
from bot.handles.plugin import Plugin, Values
from bot.ports.errors import FieldErrors, Rejected, Unavailable, UserError

LONGEST = 250  # of what is typed is kept in the form: no name is as long, and Slack lets a form keep little
REMEMBERED = 100  # forms whose previews are kept, so that they can be drawn at once
EXAMPLES = {
    OperationKind.RELEASE: "release checkout 1.5.0 staging",
    OperationKind.DEPLOY: "deploy checkout 1.5.0 production",
    OperationKind.TAG: "tag checkout 1.5.0",
}
WORKFLOWS = {OperationKind.RELEASE: "release_workflow", OperationKind.TAG: "tag_workflow", OperationKind.DEPLOY: "deploy_workflow"}


class ReleaseForm:
    """The command's work and the form of one kind of operation.

    What the form needs is registered with the plugin under the kind's name: the view `release`, the actions of its fields (`release_service`, …), and
    `release_open`, which opens it from a button anywhere; that button's value is a service's name, or nothing.
    """

    def __init__(self, plugin: Plugin, kind: OperationKind) -> None:
        self._kind = kind
        self._shown: OrderedDict[str, tuple[Preview, ...]] = OrderedDict()
        plugin.view(kind.value)(self._sent)
        plugin.action(f"{kind}_open")(self._opened)
        for part in (SERVICE, ALSO, ENVIRONMENT, VERSION, REF, REFRESH):
            plugin.action(f"{kind}_{part}")(self._chosen)

    def run(self, ctx: Context, services: str, version: str = "", environment: str = "", *, dry_run: bool = False, **more: Any) -> None:
        """Do what a command says: start it, show what it would do, or ask for the rest with the form.

        Args:
            services: one name, or several with commas between them; "" for the form's own first.
            more: `ref`, `notes`, `override`, and `pairs`, the workflow's inputs as name=value.
        """
        names = list(dict.fromkeys(name for name in services.split(",") if name))
        override = str(more.get("override", ""))
        if override and not version:
            raise UserError(md("{} goes with a version: the form asks for none.", code("--override")))
        if not version and not dry_run:
            if not ctx.envelope.trigger_id:
                raise UserError(md("Say what to {}, such as {}.", self._kind, code(EXAMPLES[self._kind])))
            self.open(ctx, names, environment, more.get("ref", ""))
            return
        given = read_pairs(more.get("pairs", ()))
        if isinstance(given, Mrkdwn):
            raise UserError(given)
        asked = {"ref": more.get("ref", ""), "notes": more.get("notes", ""), "inputs": given, "override": override}
        requests = [OperationRequest(self._kind, name, version, environment, **asked) for name in names or [services]]
        if dry_run:
            for request in requests:
                ctx.reply(dry_run_message(ctx.operations.preview(request, ctx.actor), ctx.now()))
            return
        say_started(ctx, start_all(ctx, requests))

    def _opened(self, ctx: Context, service: str) -> None:
        self.open(ctx, [service] if service else [])

    def _sent(self, ctx: Context, values: Values) -> None:
        say_started(ctx, self.submit(ctx, values))

    def _chosen(self, ctx: Context, value: str) -> None:
        self.redraw(ctx)

    def open(self, ctx: Context, names: Sequence[str] = (), environment: str = "", ref: str = "") -> None:
        """Open the form for some services, at once, and fill it when GitHub has told.

        Raises:
            FieldErrors: there is no such service.
            UserError: no service can be operated on so, or nothing that was done can open a form.
        """
        services = self._services(ctx)
        known = [service.name for service in services]
        for name in names:
            if name not in known:
                ctx.operations.preview(OperationRequest(self._kind, name, ""), ctx.actor)  # says which services there are
        if len(names) > MOST_SERVICES:
            raise UserError(md("At most {} services go together, not {}.", MOST_SERVICES, len(names)))
        chosen = Chosen(self._kind, tuple(names) or (known[0],), ctx.channel, environment, ref)
        view_id = ctx.open_modal(draw_form(chosen, services, (), ctx.now()))
        self._fill(ctx, view_id, chosen)

    def redraw(self, ctx: Context) -> None:
        """Draw the form for what is chosen in it now."""
        services, view_id = self._services(ctx), ctx.envelope.view_id
        before, values = Chosen.read(ctx.envelope.private_metadata, self._kind), ctx.envelope.values
        first = str(values.get(SERVICE) or "")
        if first not in [service.name for service in services]:
            note = md("There is no service {} to {}.", code(first), self._kind)
            ctx.update_modal(view_id, draw_form(before, services, self._shown.get(view_id, ()), ctx.now(), note=note))
            return
        if first != before.services[0]:
            chosen = Chosen(self._kind, (first,), before.channel)
            ctx.update_modal(view_id, draw_form(chosen, services, (), ctx.now()))
        else:
            also = _also(values)[: MOST_SERVICES - 1]
            chosen = replace(
                before,
                services=(first, *also),
                environment=str(_at(values, ENVIRONMENT) or "")[:LONGEST],
                ref=str(_at(values, REF) or "")[:LONGEST] if not also else "",
                version=str(_at(values, VERSION) or "")[:LONGEST] if self._kind is OperationKind.DEPLOY else "",
            )
            held = [preview for preview in self._shown.get(view_id, ()) if preview.service in chosen.services]
            ctx.update_modal(view_id, draw_form(chosen, services, held, ctx.now(), is_done=False))
        self._fill(ctx, view_id, chosen)

    def submit(self, ctx: Context, values: Values) -> list[Operation]:
        """Check what was sent and start it; what was shown is what goes.

        Raises:
            FieldErrors: every mistake, at its field.
        """
        chosen = Chosen.read(ctx.envelope.private_metadata, self._kind)
        self._check_drawn(ctx, chosen, values)
        problems: dict[str, str] = {}
        prepared: list[Prepared] = []
        for name in chosen.services:
            try:
                prepared.append(self._prepare(ctx, chosen, name, values))
            except FieldErrors as mistakes:
                label = f"{name}: " if len(chosen.services) > 1 else ""
                for field, text in mistakes.errors.items():
                    problems.setdefault(_block(values, name, field), md("{}{}", label, escape(text)))
        if problems:
            raise FieldErrors(problems)
        return _start(ctx, prepared)

    def _prepare(self, ctx: Context, chosen: Chosen, name: str, values: Values) -> Prepared:
        """Check one service of the form, at the commit that was shown."""
        service = ctx.configuration.services[name]
        ref = str(_at(values, REF) or "").strip()
        drawn_ref = chosen.ref or service.ref
        has_moved = bool(ref) and ref != drawn_ref
        request = OperationRequest(
            self._kind,
            name,
            str(_at(values, VERSION, name) or ""),
            str(_at(values, ENVIRONMENT) or ""),
            ref or chosen.ref,
            "" if has_moved else chosen.shas.get(name, ""),
            _inputs(name, values),
            str(_at(values, NOTES, name) or ""),
        )
        if not has_moved:
            return ctx.operations.prepare(request, ctx.actor)
        try:
            ctx.operations.prepare(request, ctx.actor)
        except FieldErrors as mistakes:
            # The fields below are those of the ref that was shown: what they lack for another one is not the person's mistake.
            if theirs := {field: text for field, text in mistakes.errors.items() if field != NOTES and not field.startswith(f"{INPUT}:")}:
                raise FieldErrors(theirs) from mistakes
        look = md(
            "What is shown is of {}. Press Enter in this field to see what {} would bring, then send it again.", code(drawn_ref), code(ref)
        )
        raise FieldErrors({REF: look})

    def _check_drawn(self, ctx: Context, chosen: Chosen, values: Values) -> None:
        """Ask that the fields are those of the services that are chosen."""
        first, other = str(values.get(SERVICE) or ""), chosen.services[0]
        if not any(block.partition(":")[0] == VERSION for block in values):
            raise FieldErrors({SERVICE: "I am still looking up the last version. Please wait a moment."})
        if first != other:
            way = f"choose another service and then {first} again, or close this form and type {ctx.slash(self._kind)} {first}"
            raise FieldErrors({SERVICE: f"The fields below are those of {other}. Please {way}."})
        also = _also(values)
        if set(also) != set(chosen.services[1:]):
            limit = (
                f"At most {MOST_SERVICES} go together."
                if len(also) >= MOST_SERVICES
                else "I am still looking up their versions. Please wait a moment."
            )
            raise FieldErrors({_block(values, "", ALSO): limit})

    def _fill(self, ctx: Context, view_id: str, chosen: Chosen) -> None:
        """Look everything up and draw it; when GitHub can't say, the version is the person's to type."""
        services = self._services(ctx)
        previews, note = list[Preview](), None
        for name in chosen.services:
            preview, trouble = self._preview(ctx, chosen, ctx.configuration.services[name])
            previews.append(preview)
            note = note or trouble
        self._shown[view_id] = tuple(previews)
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)
        shown = replace(chosen, shas={preview.service: preview.sha for preview in previews if preview.sha})
        ctx.update_modal(view_id, draw_form(shown, services, previews, ctx.now(), note=note))

    def _preview(self, ctx: Context, chosen: Chosen, service: Service) -> tuple[Preview, Mrkdwn | None]:
        environment = chosen.environment if chosen.environment in service.environments else ""
        request = OperationRequest(self._kind, service.name, chosen.version, environment, chosen.ref)
        try:
            return ctx.operations.preview(request, ctx.actor), None
        except (Unavailable, Rejected) as error:
            note = md("The last version could not be looked up: {}", str(error))
        file = str(getattr(service, WORKFLOWS[self._kind]))
        return Preview(self._kind, service.name, service.repo, environment, chosen.ref or service.ref, "", file), note

    def _services(self, ctx: Context) -> list[Service]:
        setting = WORKFLOWS[self._kind]
        services = [service for service in ctx.configuration.services.values() if getattr(service, setting)]
        if not services:
            raise UserError(md("No service in chatops.toml has a {}.", code(setting)))
        return services


def start_all(ctx: Context, requests: Sequence[OperationRequest]) -> list[Operation]:
    """Prepare requests and start them: one operation by itself, several under one message. When one can't be prepared, none is started.

    Raises:
        FieldErrors: every mistake in every one of them.
    """
    if len(requests) > MOST_SERVICES:
        raise UserError(md("At most {} services go together, not {}.", MOST_SERVICES, len(requests)))
    prepared, problems = list[Prepared](), dict[str, str]()
    for request in requests:
        try:
            prepared.append(ctx.operations.prepare(request, ctx.actor))
        except FieldErrors as mistakes:
            if len(requests) == 1:
                raise
            problems |= {f"{request.service}:{field}": md("*{}*: {}", request.service, text) for field, text in mistakes.errors.items()}
    if problems:
        raise FieldErrors({**problems, "": "Nothing was started."})
    return _start(ctx, prepared)


def say_started(ctx: Context, operations: Sequence[Operation]) -> None:
    """Say where to follow what was started, to who asked for it somewhere else."""
    first = operations[0]
    if ctx.channel == first.channel:
        return
    doing = {OperationKind.RELEASE: "Releasing", OperationKind.DEPLOY: "Deploying", OperationKind.TAG: "Tagging"}.get(
        first.kind, "Rolling back"
    )
    what = md("*{}* {}", first.service, code(first.version)) if len(operations) == 1 else md("{} services", len(operations))
    target = md(" to *{}*", first.environment) if first.environment else md("")
    ctx.reply(md("{} {}{}: follow it in <#{}>.", doing, what, target, first.channel))


def _start(ctx: Context, prepared: Sequence[Prepared]) -> list[Operation]:
    if len(prepared) == 1:
        return [ctx.operations.start(prepared[0], ctx.actor, ctx.envelope.key)]
    return ctx.operations.start_together(prepared, ctx.actor, ctx.envelope.key)


def _at(values: Mapping[str, object], field: str, service: str = "") -> object:
    """Return what a field holds, by the beginning of its block's id; None when the form has none."""
    wanted = f"{field}:{service}:" if service else f"{field}:"
    return next((value for block, value in values.items() if f"{block}:".startswith(wanted)), None)


def _also(values: Values) -> tuple[str, ...]:
    """Return the other services that are chosen."""
    chosen = _at(values, ALSO)
    return tuple(str(name) for name in chosen) if isinstance(chosen, list) else ()


def _inputs(service: str, values: Values) -> dict[str, str]:
    """Return the workflow's inputs that the form holds for a service; what was left empty is left out, so that the default holds."""
    found: dict[str, str] = {}
    for block, value in values.items():
        kind, _, rest = block.partition(":")
        owner, _, traced = rest.partition(":")
        if kind != INPUT or owner != service:
            continue
        given = ("true" if value else "false") if isinstance(value, list) else str(value or "")
        if given:
            found[traced.partition(":")[2]] = given
    return found


def _block(values: Values, service: str, field: str) -> str:
    """Return the block where a mistake is shown: its own, the same field of the whole form, or the version's."""
    kind, _, name = field.partition(":")
    if kind == INPUT:
        mine = [block for block in values if block.startswith(f"{INPUT}:{service}:") and block.split(":", 3)[-1] == name]
    else:
        own = [block for block in values if f"{block}:".startswith(f"{kind}:{service}:")]
        mine = own or [block for block in values if block == kind or block.startswith(f"{kind}:")]
    versions = [block for block in values if f"{block}:".startswith(f"{VERSION}:{service}:")]
    return next(iter([*mine, *versions, SERVICE]))
