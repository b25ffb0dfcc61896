"""What a rollback takes away, as people see it before they confirm it."""

from bot.core.blocks import Block, context, section
from bot.core.markup import Mrkdwn, code, join, link, md, shorten
from bot.core.preview import closed_gate_blocks, say_gates
from bot.core.rollbacks import RollbackPreview

MOST_SUBJECTS = 8
MOST_FILES = 5


def rollback_preview(preview: RollbackPreview) -> list[Block]:
    """Draw the commits that disappear, the comparison, whether migrations changed, and the gates that are closed."""
    arrow = md("{} → {}", code(preview.current), code(preview.version)) if preview.current else code(preview.version)
    blocks: list[Block] = [section(md("*{}* in *{}*: {}", preview.service, preview.environment, arrow))]
    if preview.commits:
        blocks.append(section(_commits(preview)))
    elif preview.compare_url:
        blocks.append(section(md("No commit disappears. {}", link(preview.compare_url, "Compare"))))
    if warning := _migrations(preview):
        blocks.append(section(warning))
    if preview.doubt:
        blocks.append(context(md("⚠️ {}", shorten(preview.doubt, 600))))
    if preview.verdicts:
        blocks += [context(say_gates(preview.verdicts, preview.approvals)), *closed_gate_blocks(preview.verdicts)]
    return blocks


def _commits(preview: RollbackPreview) -> Mrkdwn:
    title = md(
        "*{} commit{} disappear{}* · {}",
        preview.commits,
        "" if preview.commits == 1 else "s",
        "s" if preview.commits == 1 else "",
        link(preview.compare_url, "compare"),
    )
    lines = [md("• {} _{}_", shorten(subject, 120), author) for subject, author in preview.subjects[:MOST_SUBJECTS]]
    if (more := preview.commits - len(lines)) > 0:
        lines.append(md("… and {} more", more))
    return join("\n", [title, *lines])


def _migrations(preview: RollbackPreview) -> Mrkdwn | None:
    if preview.migrations:
        named = [code(shorten(path, 120)) for path in preview.migrations[:MOST_FILES]]
        more = len(preview.migrations) - len(named)
        rest = md(" and {} more", more) if more > 0 else md("")
        return md(
            "🗄️ *{} migration{} changed since*: {}{}. Going back does not undo {}.",
            len(preview.migrations),
            "" if len(preview.migrations) == 1 else "s",
            join(", ", named),
            rest,
            "it" if len(preview.migrations) == 1 else "them",
        )
    if preview.files_unknown:
        return md("🗄️ More files changed than GitHub lists: look yourself whether a migration is among them.")
    return None
