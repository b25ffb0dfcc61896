"""Slack's rate limits: a bucket for each method, and for posting one for each channel."""

import math
from dataclasses import dataclass

from sandbox.world import World

PER_MINUTE = {
    "chat.postEphemeral": 100,
    "views.open": 100,
    "views.update": 100,
    "views.push": 100,
    "views.publish": 100,
    "users.info": 100,
    "conversations.members": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "chat.update": 50,
    "chat.delete": 50,
    "reactions.add": 50,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.open": 50,
    "chat.getPermalink": 100,
    "bots.info": 50,
    "team.info": 50,
    "conversations.list": 20,
    "users.list": 20,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "reactions.remove": 20,
    "apps.connections.open": 10,
}
POSTS_PER_CHANNEL = 60
POSTS_PER_WORKSPACE = 300
POST_BURST = 4
BURST = 5
"""A method's bucket holds this part of a minute's worth: short bursts pass."""


@dataclass(slots=True)
class Bucket:
    """A token bucket; it fills at `per_minute` up to `size`."""

    per_minute: float
    size: float
    level: float
    at: float

    def wait_s(self, now: float) -> float:
        """Fill up to now, and return how long until one call fits (0: it fits)."""
        self.level = min(self.size, self.level + (now - self.at) * self.per_minute / 60)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) * 60 / self.per_minute


class RateLimits:
    """The buckets. They are only looked at while `enforced`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.enforced = False

    def enforce(self, on: bool) -> None:
        """Switch the limits on, with full buckets, or off."""
        self._buckets.clear()
        self.enforced = on

    def retry_after_s(self, method: str, channel: str) -> int | None:
        """Count a call. Return None when it fits, else after how many seconds to try again."""
        if not self.enforced:
            return None
        now = self._world.clock.timestamp()
        buckets = self._of(method, channel, now)
        wait_s = max((bucket.wait_s(now) for bucket in buckets), default=0.0)
        if wait_s > 0:
            return max(1, math.ceil(wait_s))
        for bucket in buckets:
            bucket.level -= 1
        return None

    def _of(self, method: str, channel: str, now: float) -> list[Bucket]:
        if method == "chat.postMessage":
            return [
                self._bucket((method, channel), POSTS_PER_CHANNEL, POST_BURST, now),
                self._bucket((method, ""), POSTS_PER_WORKSPACE, POSTS_PER_WORKSPACE / BURST, now),
            ]
        per_minute = PER_MINUTE.get(method)
        return [self._bucket((method, ""), per_minute, per_minute / BURST, now)] if per_minute else []

    def _bucket(self, key: tuple[str, str], per_minute: float, size: float, now: float) -> Bucket:
        return self._buckets.setdefault(key, Bucket(per_minute, size, size, now))
