"""Puts together what releases, deploys, rolls back and tags: from a wish through the gates to a run that is followed to its end."""

import threading
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bot.core.configuration import Configuration
from bot.engine.after_rollback import AfterRollback
from bot.engine.approvals import ApprovalEngine
from bot.engine.changes import Changes
from bot.engine.context import slash
from bot.engine.follower import Follower
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.lanes import Lanes
from bot.engine.launcher import Launcher
from bot.engine.live_versions import LiveEngine
from bot.engine.locks import LockEngine
from bot.engine.operations import OperationEngine
from bot.engine.permissions import Permissions
from bot.engine.previews import Previews
from bot.engine.queueing import Queue
from bot.engine.reviews import ReviewEngine, RunReviews
from bot.engine.rollbacks import RollbackEngine
from bot.engine.run_control import RunControl, settling
from bot.engine.starting import Starter
from bot.engine.stories import Stories
from bot.engine.surroundings import Surroundings
from bot.engine.targets import Targets
from bot.engine.unknowns import UnknownEngine
from bot.engine.waking import WakingJournal
from bot.ports.clock import Clock
from bot.ports.github import GitHub
from bot.ports.locks import LockRefs


class Repositories(GitHub, LockRefs, Protocol):
    """GitHub, where locks are kept, too."""


@dataclass(frozen=True, slots=True)
class Releasing:
    stories: Stories
    operations: OperationEngine
    approvals: ApprovalEngine
    unknowns: UnknownEngine
    runs: RunControl
    live: LiveEngine
    rollbacks: RollbackEngine
    locks: LockEngine
    reviews: ReviewEngine
    launcher: Launcher
    follower: Follower


def releasing(
    configuration: Configuration,
    journal: WakingJournal,
    github: Repositories,
    permissions: Permissions,
    clock: Clock,
    lanes: Lanes,
    dispatchers: Lanes,
) -> Releasing:
    """Make the engines of operations.

    Args:
        lanes: do what is short.
        dispatchers: do what may wait for minutes: a dispatch whose answer was lost.
    """
    launched = threading.Event()  # there is a run that the follower does not know yet
    stories = Stories(journal, clock, permissions)
    locks = LockEngine(configuration, journal, github, permissions, clock, partial(slash, configuration))
    stories.when_moved(AfterRollback(configuration, journal, locks, lanes).moved)
    live = LiveEngine(configuration, journal, github, clock)
    gatekeeper = Gatekeeper(journal, github, permissions, clock, locks, live)
    targets = Targets(github, journal, clock)
    changes = Changes(configuration, journal, github, targets, live)
    previews = Previews(journal, github, gatekeeper, targets, live)
    surroundings = Surroundings(configuration, journal, live)
    launcher = Launcher(configuration, dispatchers, stories, github, gatekeeper, changes, surroundings, clock, launched)
    queue = Queue(configuration, journal, gatekeeper, stories, dispatchers, clock, launcher.launch)
    stories.listen(queue.look_soon)
    starter = Starter(configuration, journal, permissions, changes, stories, clock, launcher.launch)
    operations = OperationEngine(configuration, journal, github, gatekeeper, targets, previews, starter)
    runs = RunControl(configuration, journal, github, permissions, gatekeeper, operations, stories, clock, launched.set)
    reviews = RunReviews(configuration, github, stories)
    return Releasing(
        stories=stories,
        operations=operations,
        approvals=ApprovalEngine(configuration, journal, permissions, stories, clock, launcher.launch, queue.look_now),
        unknowns=UnknownEngine(configuration, journal, github, permissions, stories, launcher.refusal, launcher.send_again, launched.set),
        runs=runs,
        live=live,
        rollbacks=RollbackEngine(journal, github, gatekeeper, targets, operations, live),
        locks=locks,
        reviews=ReviewEngine(configuration, journal, github, permissions, clock, launched.set),
        launcher=launcher,
        follower=Follower(journal, github, stories, clock, launcher.is_in_flight, launched, settling(runs, lanes), reviews),
    )
