"""Trigger ids: the three seconds in which a person's act may open a modal."""

import secrets
from dataclasses import dataclass

from sandbox.slack.errors import SlackError
from sandbox.world import World

LASTS_S = 3.0


@dataclass(slots=True)
class Trigger:
    """One act of a person. `view_id` is the modal in which it happened."""

    user: str
    made_at: float
    view_id: str | None
    used: bool = False


class Triggers:
    """All trigger ids that were given out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._triggers: dict[str, Trigger] = {}

    def give(self, user: str, view_id: str | None = None) -> str:
        """Make a trigger id for what a person just did."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, self._world.clock.timestamp(), view_id)
        return trigger_id

    def take(self, trigger_id: str) -> Trigger:
        """Use a trigger id up.

        Raises:
            SlackError: it never was one, serves a second time, or is older than three seconds.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._world.clock.timestamp() - trigger.made_at > LASTS_S:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger
