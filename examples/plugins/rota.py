"""Who is on call: a rota that changes hands every so many days, and people who cover for each other."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.api import Context, Mrkdwn, Plugin, UserError, md, mention


@dataclass(frozen=True)
class Settings:
    """`[plugins.rota]`: the ids of the people in their order, the first day, and how long each has it."""

    people: tuple[str, ...]
    first_day: str
    channel: str
    every: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError("people is empty; expected at least one id.")
        date.fromisoformat(self.first_day)


plugin = Plugin("rota", Settings)


@plugin.command("rota", repeatable=True)
def rota(ctx: Context) -> None:
    """Say who is on call, and who is next."""
    now, then = _on_call(ctx, ctx.now()), _on_call(ctx, ctx.now() + ctx.settings.every)
    ctx.reply(md("*{}* is on call; {} is next.", ctx.name_of(now), ctx.name_of(then)))


@plugin.command("cover", repeatable=True)
def cover(ctx: Context) -> None:
    """Be on call for the rest of today (UTC)."""
    day = f"{ctx.now():%Y-%m-%d}"
    with ctx.storage.transaction() as stored:
        taken = stored.get(f"cover:{day}")
        if taken not in (None, ctx.actor):
            raise UserError(f"{ctx.name_of(str(taken))} covers today already.")
        stored.put(f"cover:{day}", ctx.actor)
        ctx.reply("You are on call until midnight (UTC).")


@plugin.every("10m")
def hand_over(ctx: Context) -> None:
    """Say in the channel when somebody else is on call: once for each change, also across restarts."""
    now = _on_call(ctx, ctx.now())
    with ctx.storage.transaction() as stored:
        if stored.get("told") != now:
            stored.put("told", now)
            ctx.say(ctx.settings.channel, _greeting(now))


def _greeting(person: str) -> Mrkdwn:
    return md("📟 {} is on call from now on.", mention(person))


def _on_call(ctx: Context, at: datetime) -> str:
    covering = ctx.storage.get(f"cover:{at:%Y-%m-%d}")
    if covering:
        return str(covering)
    begun = datetime.fromisoformat(ctx.settings.first_day).replace(tzinfo=UTC)
    turn = (at - begun) // ctx.settings.every
    return str(ctx.settings.people[turn % len(ctx.settings.people)])
