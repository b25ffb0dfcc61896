"""Close an environment and open it again: /ops lock, /ops unlock, /ops locks."""

from datetime import timedelta

from bot.api import (
    Context,
    Lock,
    LockHeld,
    Message,
    Mrkdwn,
    Plugin,
    UserError,
    actions,
    code,
    context,
    header,
    join,
    lock_buttons,
    lock_line,
    md,
    parse_duration,
    section,
)

plugin = Plugin("locks")


@plugin.command("lock", repeatable=True)
def lock(ctx: Context, service: str, environment: str, *reason: str, take_over: bool = False) -> None:
    """Lock ENVIRONMENT of SERVICE with a REASON, such as "migration of the payments" for 2h.

    Nothing is started there until somebody unlocks it, or its time is over. A lock closes the environment for every service of the same repository.
    `--take-over` makes a lock that stands yours.
    """
    why, lasting = _reason_and_time(reason)
    if take_over:
        _say(ctx, ctx.locks.take_over(service, environment, ctx.actor, why, lasting))
        return
    try:
        taken = ctx.locks.take(service, environment, why, ctx.actor, lasting)
    except LockHeld as held:
        if not held.lock.id or held.lock.owner == ctx.actor:
            raise
        text = Mrkdwn(str(held))
        ctx.reply(Message.of(text, section(text), actions(*lock_buttons(held.lock)), context(_how_to_take_over(ctx, service, environment))))
        return
    _say(ctx, taken)


@plugin.command("unlock", repeatable=True)
def unlock(ctx: Context, service: str, environment: str) -> None:
    """Unlock ENVIRONMENT of SERVICE, whoever locked it."""
    _say_opened(ctx, ctx.locks.release(service, environment, ctx.actor))


@plugin.command("locks", repeatable=True)
def locks(ctx: Context) -> None:
    """List every lock that stands, those that CI or others made on GitHub too."""
    ctx.locks.look()  # so that the timeline says the same
    standing, unknown = ctx.locks.all()
    lines = [lock_line(each, ctx.locks.owner_of(each), ctx.now()) for each in standing]
    lines += [md("❓ {}", each) for each in unknown]
    if not lines:
        ctx.reply(md("Nothing is locked."))
        return
    counted = f"{len(standing)} lock{'' if len(standing) == 1 else 's'}"
    ctx.reply(Message.of(counted, header(counted), *(section(join("\n", lines[start : start + 10])) for start in range(0, len(lines), 10))))


@plugin.action("unlock", repeatable=True)
def unlock_clicked(ctx: Context, value: str) -> None:
    """Unlock what the message shows."""
    lock_id, _, owner = value.partition(":")
    ctx.locks.release_as_shown(lock_id, owner, ctx.actor)


@plugin.action("take_over_lock", repeatable=True)
def take_over_clicked(ctx: Context, value: str) -> None:
    """Take over what the message shows."""
    lock_id, _, owner = value.partition(":")
    ctx.locks.take_over_as_shown(lock_id, owner, ctx.actor)


@plugin.every("30s")
def look(ctx: Context) -> None:
    """End what expired or vanished, finish what was left half done, remind owners."""
    ctx.locks.look()


def _reason_and_time(words: tuple[str, ...]) -> tuple[str, timedelta | None]:
    """Take `for 2h` off the end of the reason."""
    if len(words) >= 2 and words[-2].lower() == "for":
        try:
            return " ".join(words[:-2]), parse_duration(words[-1])
        except ValueError:
            if words[-1][:1].isdigit():
                raise UserError(md("{} is no length of time; expected something like 30m, 2h or 1d.", code(words[-1]))) from None
    return " ".join(words), None


def _say(ctx: Context, lock: Lock) -> None:
    if lock.apart:
        ctx.reply(md("*{}* is locked, in my journal only, so CI does not see it: {}", lock.environment, lock.apart))
    elif ctx.channel != lock.channel:
        ctx.reply(md("*{}* is locked: see <#{}>.", lock.environment, lock.channel))


def _say_opened(ctx: Context, lock: Lock) -> None:
    if ctx.channel != lock.channel:
        ctx.reply(md("*{}* is unlocked.", lock.environment))


def _how_to_take_over(ctx: Context, service: str, environment: str) -> Mrkdwn:
    return md("With a reason of your own: {}", code(f'{ctx.slash("lock")} {service} {environment} "…" --take-over'))
