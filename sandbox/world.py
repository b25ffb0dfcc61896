"""What both sides of the sandbox stand on: one clock, one feed of changes, one record, one list of faults, one kill switch."""

from dataclasses import dataclass, field

from sandbox.clock import WorldClock
from sandbox.faults import Faults
from sandbox.feed import Feed
from sandbox.kills import Kills
from sandbox.record import Record


@dataclass
class World:
    """The shared ground of the Slack side and the GitHub side. `url` is known once the server listens."""

    speed: float = 1.0
    url: str = ""
    clock: WorldClock = field(default_factory=WorldClock)
    feed: Feed = field(default_factory=Feed)
    record: Record = field(default_factory=Record)
    faults: Faults = field(default_factory=Faults)
    kills: Kills = field(default_factory=Kills)
