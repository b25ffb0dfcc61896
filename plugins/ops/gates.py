"""`why-not`: every gate of an environment, and who can clear it."""

from datetime import datetime

from bot.api import Context, Gate, Message, Mrkdwn, Verdict, code, context, counted, md, say_ago, section, sections
from plugins.ops.declared import plugin


@plugin.command("why-not", repeatable=True)
def why_not(ctx: Context, service: str, environment: str, version: str = "") -> None:
    """Show every gate of an environment: whether it would let you through now, and who can clear it."""
    verdicts = ctx.operations.why_not(service, environment, version, ctx.actor)
    there = ctx.configuration.services[service].environments[environment]
    approval = next((verdict for verdict in verdicts if verdict.gate is Gate.APPROVAL and not verdict.passed), None)
    gates = [verdict for verdict in verdicts if verdict is not approval]
    lines = [_verdict(verdict, ctx.now()) for verdict in gates]
    closed, asks = sum(not verdict.passed for verdict in gates), counted(there.approvals, "approval")
    if approval:  # it comes after the others, and stops nobody from asking
        lines.append(md("✋ *{}* · {} asked for once it is started\n↳ _{}_", approval.gate, _are(there.approvals, asks), approval.clears))
    what = md("*{}* {}→ *{}*", service, md("{} ", code(version)) if version else "", environment)
    then = f", then {asks}" if approval else ""
    headline = (
        md("⛔ {}: {} of {} gates closed", what, closed, len(gates)) if closed else md("✅ {}: every gate is open for you{}", what, then)
    )
    blocks = [section(headline), *sections(lines)]
    if not version:
        blocks.append(context("Name a version to ask for the promotion order and the checks of its commit, too."))
    if (closed or approval) and (role := there.overriders):
        passable = "lock, freeze, promotion order, checks and approval"
        blocks.append(
            context(md("In an emergency, whoever holds the role {} can go past {}: {}", role, passable, code('--override "why"')))
        )
    ctx.reply(Message.of(headline, *blocks))


def _are(number: int, what: str) -> str:
    return f"{what} {'is' if number == 1 else 'are'}"


def _verdict(verdict: Verdict, now: datetime) -> Mrkdwn:
    if verdict.passed:
        return md("✅ {}", verdict.gate)
    since = md(" · since {}", say_ago(now - verdict.since)) if verdict.since else md("")
    return md("⛔ *{}*{} · {}\n↳ _{}_", verdict.gate, since, verdict.why, verdict.clears)
