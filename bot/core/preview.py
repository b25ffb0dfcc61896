"""What a release or a deploy would bring, as people see it before they say so: in the form, for a dry run, with every gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.blocks import Block, Message, context, cut_markup, section
from bot.core.durations import say_ago
from bot.core.gates import Check, CheckState, Verdict
from bot.core.inputs import WorkflowInput
from bot.core.markup import Mrkdwn, code, join, link, md, shorten
from bot.core.operations import OperationKind

MOST_SUBJECTS = 8
SUBJECT = 120
NOTES_SHOWN = 1500
VALUE_SHOWN = 80
REASON = 300


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that is known before anything is done. `problems` says what is wrong, by field; nothing goes while there is one."""

    kind: OperationKind
    service: str
    repo: str
    environment: str
    ref: str
    version: str  # asked for, or proposed; "" when none can be
    file: str  # of the workflow
    sha: str = ""  # pinned; "" when it can't be
    last: str = ""  # the version before; "" when there is none
    proposed: str = ""  # the version that comes next
    why: str = ""  # why it does
    pre: str = ""  # the pre-release that could come instead
    subjects: tuple[tuple[str, str], ...] = ()  # what it brings, newest first: title and author, at most eight
    total: int = 0
    compare_url: str = ""
    checks: tuple[Check, ...] | None = None  # None: they could not be looked up
    live: str = ""
    live_since: datetime | None = None
    doubt: str = ""  # where GitHub and the journal differ about what is live
    verdicts: tuple[Verdict, ...] = ()
    approvals: int = 0
    notes: str = ""  # as GitHub would write them; "" when the token may not ask
    takes_notes: bool = False
    asked: tuple[WorkflowInput, ...] = ()  # the workflow's inputs that people fill
    environments: tuple[str, ...] = ()  # GitHub's own, for inputs of that type
    inputs: Mapping[str, str] = field(default_factory=dict)  # what would be sent, but for the dispatch id
    choices: tuple[str, ...] = ()  # the tags that can be deployed, newest first, as many as a menu takes
    choices_total: int = 0
    problems: Mapping[str, Mrkdwn] = field(default_factory=dict)

    @property
    def closed(self) -> list[Verdict]:
        """The gates that would not let it through."""
        return [verdict for verdict in self.verdicts if not verdict.passed]


def preview_blocks(preview: Preview, now: datetime) -> list[Block]:
    """Draw what it brings: versions, commits, checks, what is live, and the gates that are closed."""
    blocks = [section(_headline(preview))]
    if preview.subjects:
        blocks.append(section(_commits(preview)))
    facts = [fact for fact in (_live(preview, now), say_checks(preview.checks, preview.sha) if preview.sha else None) if fact]
    doubt = [md("⚠️ {}", shorten(preview.doubt, REASON))] if preview.doubt else []
    blocks.append(context(*facts, *doubt, say_gates(preview.verdicts, preview.approvals)))
    return blocks + closed_gate_blocks(preview.verdicts)


def dry_run_message(preview: Preview, now: datetime) -> Message:
    """Say what would happen, gate by gate, and that nothing did."""
    stops = len(preview.closed) + len(preview.problems)
    target = md(" → *{}*", preview.environment) if preview.environment else md("")
    what = md("*{}* {}{}", preview.service, code(preview.version or "?"), target)
    verdict = md("{} thing{} would stop it", stops, "" if stops == 1 else "s") if stops else md("it would go")
    headline = md("🧪 Dry run: {} · {}. Nothing was dispatched.", what, verdict)
    blocks = [section(headline), *(section(md("⛔ {}", Mrkdwn(cut_markup(problem, 2 * REASON)))) for problem in preview.problems.values())]
    blocks += preview_blocks(preview, now)
    open_gates = [str(gate.gate) for gate in preview.verdicts if gate.passed]
    if open_gates:
        blocks.append(context(md("Open: {}", ", ".join(open_gates))))
    sent = [md("{} = {}", code(name), code(shorten(value, VALUE_SHOWN))) for name, value in preview.inputs.items()]
    blocks.append(section(join("\n", [md("{} on {} would get", code(preview.file), code(preview.ref)), *sent])))
    if preview.notes:
        blocks.append(
            section(join("\n", [md("*Release notes, as GitHub would write them*"), md("{}", shorten(preview.notes, NOTES_SHOWN))]))
        )
    return Message.of(headline, *blocks)


def _headline(preview: Preview) -> Mrkdwn:
    before = code(preview.last) if preview.last else md("nothing yet")
    at = md(" at {}", code(preview.sha[:7])) if preview.sha else md("")
    if preview.kind is OperationKind.DEPLOY and preview.version and preview.version == preview.live:
        return md("{}{} is what is live in {} already", code(preview.version), at, preview.environment)
    why = md(" · {}", shorten(preview.why, REASON)) if preview.why else md("")
    return md("{} → {}{}{}", before, code(preview.version or "?"), at, why)


def _commits(preview: Preview) -> Mrkdwn:
    shown = [md("• {} _{}_", shorten(title, SUBJECT), shorten(author, 60)) for title, author in preview.subjects]
    more = preview.total - len(shown)
    if more > 0:
        shown.append(md("… and {} more", more))
    count = md("*{} commit{}*", preview.total, "" if preview.total == 1 else "s")
    return join("\n", [md("{} · {}", count, link(preview.compare_url, "compare")) if preview.compare_url else count, *shown])


def _live(preview: Preview, now: datetime) -> Mrkdwn:
    if not preview.environment:
        return md("")
    if not preview.live:
        return md("Live in {}: nothing yet", preview.environment)
    since = md(", {}", say_ago(now - preview.live_since)) if preview.live_since and now - preview.live_since > timedelta() else md("")
    return md("Live in {}: {}{}", preview.environment, code(preview.live), since)


def say_checks(checks: tuple[Check, ...] | None, sha: str) -> Mrkdwn:
    """Say in a few words how the checks of a commit stand."""
    if checks is None:
        return md("❔ Checks of {} could not be looked up", code(sha[:7]))
    named = {state: [check.name for check in checks if check.state is state] for state in CheckState}
    for state, emoji, word in ((CheckState.FAILED, "❌", "failed"), (CheckState.PENDING, "⏳", "not done")):
        if named[state]:
            return md("{} {} of {} checks {}: {}", emoji, len(named[state]), len(checks), word, shorten(", ".join(named[state]), 200))
    if not checks:
        return md("▫️ No check ran on {}", code(sha[:7]))
    return md("✅ {} check{} passed", len(checks), "" if len(checks) == 1 else "s")


def say_gates(verdicts: Sequence[Verdict], approvals: int) -> Mrkdwn:
    """Say in a few words how the gates stand for whoever looks, and how many approvals come after them."""
    closed = sum(not verdict.passed for verdict in verdicts)
    asks = md(", then {} approval{}", approvals, "" if approvals == 1 else "s") if approvals else md("")
    if closed:
        return md("{} of {} gates closed", closed, len(verdicts))
    return md("✅ Every gate is open for you{}", asks)


def closed_gate_blocks(verdicts: Sequence[Verdict]) -> list[Block]:
    """Draw each gate that is closed: why, and who can clear it."""
    return [
        section(md("⛔ *{}* · {} _{}_", verdict.gate, shorten(verdict.why, REASON), shorten(verdict.clears, REASON)))
        for verdict in verdicts
        if not verdict.passed
    ]
