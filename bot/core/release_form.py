"""The form of a release, a deploy or a tag: drawn from previews, and what it holds. Nothing of it is cut off in silence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from bot.core.blocks import (
    OPTIONS,
    TYPED,
    VIEW_BLOCKS,
    Block,
    actions,
    button,
    context,
    divider,
    input_field,
    modal,
    multi_select,
    option,
    section,
    select,
    text_input,
)
from bot.core.configuration import Service
from bot.core.input_fields import draw_input
from bot.core.markup import Mrkdwn, code, md
from bot.core.operations import OperationKind
from bot.core.preview import NOTES_SHOWN, Preview, preview_blocks

MOST_SERVICES = 10  # in one form, and in one message
TITLES = {OperationKind.RELEASE: "Release", OperationKind.DEPLOY: "Deploy", OperationKind.TAG: "Tag"}
LOOKING_UP = "⏳ Looking up the last version and what came since …"
# What people do in the form is served under the kind's name and one of these: "release_service".
SERVICE, ALSO, ENVIRONMENT, VERSION, REF, REFRESH = "service", "also", "environment", "version", "ref", "refresh"
NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form is about; it goes along in the form itself. `shas` are the commits that were shown, by service."""

    kind: OperationKind
    services: tuple[str, ...]
    channel: str = ""
    environment: str = ""
    ref: str = ""
    version: str = ""
    shas: Mapping[str, str] = field(default_factory=dict)

    def write(self) -> str:
        """Return it as the form's private metadata."""
        return json.dumps({name: value for name, value in asdict(self).items() if value})

    @classmethod
    def read(cls, text: str, kind: OperationKind) -> "Chosen":
        """Read it back."""
        found = json.loads(text or "{}")
        return cls(
            kind,
            tuple(found.get("services", ())),
            found.get("channel", ""),
            found.get("environment", ""),
            found.get("ref", ""),
            found.get("version", ""),
            found.get("shas", {}),
        )


def draw_form(
    chosen: Chosen,
    services: Sequence[Service],
    previews: Sequence[Preview],
    now: datetime,
    *,
    note: Mrkdwn | None = None,
    is_done: bool = True,
) -> Block:
    """Draw the form.

    Args:
        services: all that can be chosen.
        previews: of the chosen services, in their order; none while they are still looked up for the first time.
        note: what is to be said on top, such as why GitHub does not tell.
        is_done: False while it is looked up anew: the fields stay as they are.
    """
    kind, first = chosen.kind, next(s for s in services if s.name == chosen.services[0])
    blocks = [_service_field(chosen, services), *_also_field(chosen, services)]
    if kind is not OperationKind.TAG:
        blocks.append(_environment_field(chosen, [s for s in services if s.name in chosen.services]))
    if note:
        blocks.append(section(md("⚠️ {}", note)))
    for preview in previews:
        blocks.append(_version_field(chosen, preview))
        if len(previews) == 1 and kind is not OperationKind.DEPLOY:
            blocks += _ref_field(chosen, first)
        blocks += _of_one(chosen, preview, now, is_done)
    if not previews:
        blocks.append(context(LOOKING_UP))
    if len(blocks) > VIEW_BLOCKS:
        too_much = md("That is more than Slack shows in one form. Choose fewer services, or give the inputs as {}.", code("--input"))
        blocks = [*blocks[:2], section(too_much)]
    return modal(kind.value, TITLES[kind], blocks, submit=TITLES[kind], private_metadata=chosen.write())


def _service_field(chosen: Chosen, services: Sequence[Service]) -> Block:
    action = f"{chosen.kind}_{SERVICE}"
    if len(services) <= OPTIONS:
        names: Block = select(action, [option(s.name, s.name, s.repo) for s in services], chosen.services[0])
        return input_field(SERVICE, "Service", names, tells_at_once=True)
    return input_field(
        SERVICE, "Service", text_input(action, chosen.services[0]), f"One of {len(services)}; Enter shows its version.", tells_at_once=True
    )


def _also_field(chosen: Chosen, services: Sequence[Service]) -> list[Block]:
    """Let other services go along. Where there are too many to choose from, it is done by command."""
    others = [s for s in services if s.name != chosen.services[0]]
    if chosen.kind is not OperationKind.RELEASE or not others:
        return []
    if len(others) > OPTIONS:
        return [context(md("Several at once: name them in the command, as in {}.", code(f"{chosen.services[0]},{others[0].name}")))]
    offered = multi_select(f"{chosen.kind}_{ALSO}", [option(s.name, s.name, s.repo) for s in others], chosen.services[1:], "None")
    return [input_field(f"{ALSO}:{chosen.services[0]}", "Together with", offered, optional=True, tells_at_once=True)]


def _environment_field(chosen: Chosen, services: Sequence[Service]) -> Block:
    # The fields of one service carry its name, so that Slack does not keep what was typed for another.
    block, action = f"{ENVIRONMENT}:{chosen.services[0]}", f"{chosen.kind}_{ENVIRONMENT}"
    known = [name for name in services[0].environments if all(name in service.environments for service in services)] if services else []
    if not 1 <= len(known) <= OPTIONS:
        hint = "They have no environment in common." if not known else f"One of {len(known)}."
        return input_field(block, "Environment", text_input(action, chosen.environment), hint, tells_at_once=True)
    options = [option(name, name) for name in known]
    initial = chosen.environment if chosen.environment in known else known[0]
    return input_field(block, "Environment", select(action, options, initial), tells_at_once=True)


def _version_field(chosen: Chosen, preview: Preview) -> Block:
    # With what is proposed, what was typed goes; without a change of it, it stays.
    block = f"{VERSION}:{preview.service}:{preview.proposed}"
    label = "Version" if len(chosen.services) == 1 else f"Version of {preview.service}"
    if chosen.kind is OperationKind.DEPLOY:
        action = f"{chosen.kind}_{VERSION}"
        if 1 <= preview.choices_total <= OPTIONS:
            return input_field(
                block, label, select(action, [option(tag, tag) for tag in preview.choices], preview.version), tells_at_once=True
            )
        hint = f"One of its {preview.choices_total:,} tags; Enter shows what it brings." if preview.choices else ""
        return input_field(block, label, text_input(action, preview.version), hint, tells_at_once=True)
    return input_field(block, label, text_input(VERSION, preview.proposed, "1.5.0"), _why(preview) if preview.proposed else "")


def _why(preview: Preview) -> str:
    if not preview.last:
        why = f"There is no version yet: {preview.why}." if preview.why.startswith("none") else "There is no version yet."
    else:
        commits = "1 commit" if preview.total == 1 else f"{preview.total} commits"
        why = f"The last is {preview.last}; since then {commits}: {preview.why}."
    return f"{why} As a pre-release: {preview.pre}." if preview.pre else why


def _ref_field(chosen: Chosen, service: Service) -> list[Block]:
    hint = "Enter, or the button below, shows what another one would bring."
    typed = text_input(f"{chosen.kind}_{REF}", chosen.ref or service.ref)
    field_ = input_field(f"{REF}:{service.name}", "Branch, tag or commit", typed, hint, tells_at_once=True)
    return [field_, actions(button("Show what it brings", f"{chosen.kind}_{REFRESH}"), block_id=f"{REFRESH}:{service.name}")]


def _of_one(chosen: Chosen, preview: Preview, now: datetime, is_done: bool) -> list[Block]:
    """Draw what belongs to one service: its inputs, and what it would bring."""
    several = len(chosen.services) > 1
    blocks: list[Block] = [divider(), section(md("*{}*", preview.service))] if several else []
    label = f"{preview.service}: " if several else ""
    if is_done:
        # What is wrong with the inputs is for the person to fill in, and told when they have.
        wrong = [problem for name, problem in preview.problems.items() if not name.startswith("input:")]
        blocks += [section(md("⛔ {}", problem)) for problem in wrong]
        blocks += preview_blocks(preview, now)
    else:
        blocks.append(context(LOOKING_UP))
    blocks += [draw_input(preview.service, wanted, preview.environments, label) for wanted in preview.asked]
    if preview.takes_notes:
        blocks.append(_notes_field(preview, label))
    elif preview.notes:
        cut = preview.notes if len(preview.notes) <= NOTES_SHOWN else preview.notes[:NOTES_SHOWN] + "…"
        blocks.append(context(md("*Notes, as GitHub would write them*\n{}", cut)))
    blocks.append(context(md("{} runs in {}.", code(preview.file), code(preview.repo))))
    return blocks


def _notes_field(preview: Preview, label: str) -> Block:
    fits = len(preview.notes) <= TYPED
    hint = (
        ""
        if fits
        else f"What GitHub would write is {len(preview.notes):,} characters, too long to edit here: left empty, the workflow writes them."
    )
    typed = text_input(NOTES, preview.notes if fits else "", multiline=True)
    return input_field(f"{NOTES}:{preview.service}:{preview.sha[:7]}", f"{label}Release notes", typed, hint, optional=True)
