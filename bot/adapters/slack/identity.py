"""Who the bot is in its workspace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """What `auth.test` says of our token."""

    team: str
    enterprise: str  # "" outside of an enterprise grid
    bot_user: str
    bot: str
