"""What a week came to: deployments, lead time, failure rate, time to restore, and the alerts; posted weekly, and shown whenever it is asked for."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.api import CHANNEL_ID, Configuration, Context, Plugin, UserError, code, did_you_mean, md

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Settings:
    """`[plugins.digest]`: when it is posted, where, and which environment counts."""

    day: str = "Mon"
    at: str = "09:00"
    zone: str = "UTC"
    channel: str = ""  # the timeline when it is left out
    environment: str = "production"

    def __post_init__(self) -> None:
        if self.day not in DAYS:
            raise ValueError(f"day is {self.day!r}; expected one of {', '.join(DAYS)}.")
        try:
            datetime.strptime(self.at, "%H:%M")  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            raise ValueError(f"at is {self.at!r}; expected a time of day such as 09:00.") from None
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            raise ValueError(f"zone is {self.zone!r}; expected a time zone such as Europe/Berlin.") from None
        if self.channel and not re.fullmatch(CHANNEL_ID, self.channel):
            raise ValueError(f"channel is {self.channel!r}; expected a channel's id, such as C0123456789, not its name.")

    def check(self, configuration: Configuration) -> None:
        """Refuse an environment of which nothing would ever be counted."""
        known = _environments(configuration)
        if known and self.environment not in known:
            raise ValueError(f"environment is {self.environment!r}, which no service has; expected one of {', '.join(known)}.")


plugin = Plugin("digest", Settings)


@plugin.command("digest", repeatable=True)
def digest(ctx: Context, days: int = 7, environment: str = "") -> None:
    """Show what the last DAYS came to in ENVIRONMENT: the four DORA figures and the alerts."""
    if not 1 <= days <= 92:
        raise UserError(f"{days} days; expected 1 to 92.")
    counted = environment or ctx.settings.environment
    known = _environments(ctx.configuration)
    if counted not in known:
        hint = did_you_mean(counted, known)
        raise UserError(md("No service has an environment {}.{} There are: {}.", code(counted), hint, ", ".join(known) or "none"))
    ctx.reply(ctx.digest.draw(counted, ctx.now() - timedelta(days=days), ctx.now()))


@plugin.every("10m")
def post(ctx: Context) -> None:
    """Post the digest of the week before, once a week, also when the daemon was away when it was due."""
    due = _last_due(ctx.settings, ctx.now())
    told = ctx.storage.get("told")
    if told == due.isoformat():
        return
    if told is None:  # nothing is due before there was a week
        ctx.storage.put("told", due.isoformat())
        return
    message = ctx.digest.draw(ctx.settings.environment, due - WEEK, due)
    with ctx.storage.transaction() as stored:
        stored.put("told", due.isoformat())
        ctx.say(ctx.settings.channel or ctx.configuration.channel, message)


def _environments(configuration: Configuration) -> list[str]:
    return list(dict.fromkeys(name for service in configuration.services.values() for name in service.environments))


def _last_due(settings: Settings, now: datetime) -> datetime:
    """Return the last moment at which a digest was due."""
    here = now.astimezone(ZoneInfo(settings.zone))
    hour, minute = map(int, settings.at.split(":"))
    back = (here.weekday() - DAYS.index(settings.day)) % 7
    due = (here - timedelta(days=back)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (due - WEEK if due > here else due).astimezone(now.tzinfo)
