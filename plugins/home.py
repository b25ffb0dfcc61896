"""App Home: what is live where, what runs, waits or is locked, what waits for one's own approval, the last operations, open alerts."""

from bot.api import (
    Alert,
    Block,
    Context,
    Mrkdwn,
    Operation,
    OperationState,
    Plugin,
    actions,
    alert_brief,
    button,
    by_urgency,
    code,
    context,
    counted,
    divider,
    header,
    home,
    link,
    live_lines,
    lock_line,
    md,
    operation_line,
    say_ago,
    section,
    sections,
    sure_to_approve,
    unknown_line,
)

plugin = Plugin("home")

# Together with what is between them they stay under Slack's 100 blocks, however much is configured.
MOST_SERVICES = 60  # and doubts
MOST_LINES = 10
MOST_APPROVALS = 10
DIGEST_SHOWN = 16


@plugin.home
def draw(ctx: Context) -> None:
    """Show the Home of whoever opened it."""
    ctx.publish_home(home(blocks_of(ctx)))


@plugin.action("home_approve")
def approve(ctx: Context, value: str) -> None:
    """Approve what Home shows, and draw Home anew."""
    operation_id, _, digest = value.partition(":")
    ctx.approvals.approve(operation_id, digest, ctx.actor)
    draw(ctx)


@plugin.action("home_refresh", repeatable=True)
def refresh(ctx: Context, value: str) -> None:
    """Draw Home anew."""
    draw(ctx)


def blocks_of(ctx: Context) -> list[Block]:
    """Draw all of Home for the person whose context it is."""
    on_the_way = ctx.operations.unfinished()
    mine = ctx.approvals.mine(ctx.actor)
    running = [operation for operation in on_the_way if operation.state is not OperationState.AWAITING_APPROVAL]
    waiting = [operation for operation in on_the_way if operation.state is OperationState.AWAITING_APPROVAL]
    recent = [md("{} · {}", _line(ctx, operation), say_ago(ctx.now() - operation.requested_at)) for operation in ctx.operations.recent(10)]
    return [
        _buttons(ctx),
        *(_approvals(ctx, mine) if mine else ()),
        *_part("Live", _live(ctx), "Nothing was deployed yet."),
        *_part("Running", [_line(ctx, operation) for operation in running], "Nothing runs."),
        *_part("Waiting for approval", [_waiting(ctx, operation) for operation in waiting if operation not in mine], ""),
        *_part("Locked", _locks(ctx), ""),
        *_part("Open alerts", [_alert(ctx, alert) for alert in by_urgency(ctx.alerts.open())], "No alert is open."),
        *_part("Last operations", recent, "None yet."),
        context(md("As of <!date^{}^{{date_short_pretty}} {{time_secs}}|{} UTC>. Opening this tab draws it anew.", *_moment(ctx))),
    ]


def _buttons(ctx: Context) -> Block:
    known = set(ctx.configuration.plugins)
    wanted = [
        ("Release …", "release_open", "release", "primary"),
        ("Deploy …", "deploy_open", "deploy", ""),
        ("Roll back …", "rollback_open", "", ""),
    ]
    shown = [button(text, action_id, style=style) for text, action_id, needs, style in wanted if not needs or needs in known]
    return actions(*shown, button("Refresh", "home_refresh"), block_id="home")


def _approvals(ctx: Context, mine: list[Operation]) -> list[Block]:
    """Draw what waits for this person's approval, with its buttons."""
    blocks: list[Block] = [header("Waiting for you")]
    for operation in mine[:MOST_APPROVALS]:
        bound = f"{operation.id}:{operation.digest[:DIGEST_SHOWN]}"
        compare = md(" · {}", link(operation.compare_url, "compare")) if operation.compare_url else md("")
        blocks.append(section(md("{}{}", _line(ctx, operation), compare)))
        blocks.append(
            actions(
                button("Approve", "home_approve", value=bound, style="primary", confirm=sure_to_approve(operation)),
                button("Reject …", "reject", value=bound, style="danger"),
                block_id=f"home:{operation.id}",
            )
        )
    if (more := len(mine) - MOST_APPROVALS) > 0:
        blocks.append(context(md("… and {} more, in <#{}>", more, ctx.configuration.channel)))
    return [*blocks, divider()]


def _live(ctx: Context) -> list[Mrkdwn]:
    lines = live_lines(ctx.live.everywhere())
    if (more := len(lines) - MOST_SERVICES) > 0:
        lines[MOST_SERVICES:] = [md("… and {} more lines: {}", more, code(ctx.slash("status")))]
    return lines


def _locks(ctx: Context) -> list[Mrkdwn]:
    standing, unknown = ctx.locks.all()
    return [
        *(lock_line(lock, ctx.locks.owner_of(lock), ctx.now()) for lock in standing),
        *([unknown_line(unknown)] if unknown else []),
    ]


def _alert(ctx: Context, alert: Alert) -> Mrkdwn:
    owner = ctx.name_of(alert.acknowledged_by) if alert.acknowledged_by else ""
    return md("{} · {}", alert_brief(alert, owner), say_ago(ctx.now() - alert.opened_at))


def _line(ctx: Context, operation: Operation) -> Mrkdwn:
    return operation_line(operation, ctx.name_of(operation.actor))


def _waiting(ctx: Context, operation: Operation) -> Mrkdwn:
    missing, asked = operation.approvals_needed - len(operation.approvals), counted(operation.approvals_needed, "approval")
    return md("{}\n↳ {} of {} missing: {}", _line(ctx, operation), missing, asked, ctx.approvals.awaited(operation))


def _part(title: str, lines: list[Mrkdwn], nothing: str) -> list[Block]:
    """Draw a part: its lines in as few sections as they fit into; without lines what stands for nothing, or no part at all."""
    if not lines and not nothing:
        return []
    most = len(lines) if title == "Live" else MOST_LINES
    shown = lines[:most] or [md("{}", nothing)]
    if (more := len(lines) - most) > 0:
        shown.append(md("… and {} more", more))
    return [header(title), *sections(shown)]


def _moment(ctx: Context) -> tuple[int, str]:
    return int(ctx.now().timestamp()), f"{ctx.now():%H:%M:%S}"
