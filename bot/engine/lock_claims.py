"""Claims on GitHub: a lock that is written down is brought there, or taken off, and what came of it is written down."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.core.actors import GITHUB
from bot.core.configuration import Configuration
from bot.core.durations import say_ago
from bot.core.locks import Lock, LockEnd, LockState, is_same_claim, lock_branches, lock_json, read_lock
from bot.core.markup import code, md, shorten
from bot.engine.lock_stories import LockStories
from bot.ports.clock import Clock
from bot.ports.errors import OutcomeUnknown, Rejected, Unavailable, UserError
from bot.ports.locks import LockHeld, LockRefs, LockTaken

log = logging.getLogger(__name__)

BY_CONFIGURATION = "that is how [locks] is set in chatops.toml."


class LockClaims:
    """What GitHub has of locks, and how it is brought there.

    Args:
        unlock_command: returns what people type to unlock a service's environment.
    """

    def __init__(
        self,
        configuration: Configuration,
        github: LockRefs,
        clock: Clock,
        stories: LockStories,
        unlock_command: Callable[[str, str], str],
    ) -> None:
        self._configuration = configuration
        self._github = github
        self._clock = clock
        self._stories = stories
        self._unlock_command = unlock_command

    def seen(self, repo: str, environment: str) -> Lock | None:
        """Return the lock that GitHub has, None when there is none or its time is over."""
        now = self._clock.now()
        for branch in lock_branches(self._configuration.locks.layout, environment):
            stored = self._github.find_lock(repo, branch)
            if stored is not None:
                lock = read_lock(stored.text, repo, environment, stored.branch, stored.sha, now)
                if not lock.has_expired(now):
                    return lock
        return None

    def claim(self, lock: Lock) -> Lock:
        """Bring a lock that is written down to GitHub, and write down what came of it.

        Raises:
            LockHeld: somebody else was first.
        """
        branches = lock_branches(self._configuration.locks.layout, lock.environment)
        if not branches:
            return self._stories.hold(lock, branch="", apart=BY_CONFIGURATION)
        try:
            sha = self._put(lock, branches[0])
        except LockTaken:
            return self._beaten(lock)
        except Unavailable as error:
            return self._stories.hold(lock, branch=branches[0], apart=f"{error} I go on trying.", tries_again=True)
        except OutcomeUnknown as error:
            log.warning("lock.unknown", extra={"fields": {"lock": lock.id, "error": str(error)}})
            return lock  # it stops operations as it is; `LockEngine.look` finds out
        except Rejected as error:
            log.warning("lock.journal_only", extra={"fields": {"lock": lock.id, "error": str(error)}})
            return self._stories.hold(lock, branch=branches[0], apart=str(error))
        return self._stories.hold(lock, branch=branches[0], sha=sha)

    def finish(self, lock: Lock, end: LockEnd, by: str) -> Lock:
        """Write down that a lock is to end, take it off GitHub, and write down that it has ended.

        Raises:
            Unavailable: GitHub can't be reached; `LockEngine.look` goes on trying.
            UserError: somebody else changed it, or GitHub refuses.
        """
        if lock.state is LockState.RELEASING:
            return self.let_go(lock)
        releasing = self._stories.begin_release(lock, end, by)
        if releasing is None:
            raise UserError(md("Somebody else changed the lock of *{}* a moment ago. Please look again.", lock.environment))
        return self.let_go(releasing)

    def let_go(self, lock: Lock) -> Lock:
        """Take a lock that is written down as ending off GitHub, and write down that it has ended.

        Raises:
            Unavailable: GitHub can't be reached; `LockEngine.look` goes on trying.
            UserError: GitHub refuses: the lock is kept.
        """
        end, by = lock.end or LockEnd.UNLOCKED, lock.ended_by
        if lock.branch and lock.sha:
            try:
                self._github.remove_lock(lock.repo, lock.branch, lock.sha)
            except LockTaken:
                end, by = LockEnd.VANISHED, GITHUB  # somebody else's lock stands there now
            except (Unavailable, OutcomeUnknown) as error:
                log.warning("lock.release_waits", extra={"fields": {"lock": lock.id, "error": str(error)}})
                raise Unavailable(f"The lock of {lock.environment} can't be taken off GitHub right now: {error} I go on trying.") from error
            except Rejected as error:
                self._stories.keep(lock)
                raise UserError(
                    md("I can't take the lock off GitHub: {} Remove the branch {} of {} by hand.", str(error), code(lock.branch), lock.repo)
                ) from error
        return self._stories.end(lock, end, by)

    def held_by(self, lock: Lock) -> LockHeld:
        """Return the refusal for whoever comes after the owner of a lock."""
        who, ago = self._stories.owner_of(lock), say_ago(self._clock.now() - lock.since)
        why = md(": “{}”", lock.reason) if lock.reason else md("")
        return LockHeld(md("*{}* is locked already, by {}, {}{}.", lock.environment, who, ago, why), lock)

    def _put(self, lock: Lock, branch: str) -> str:
        text = lock_json(lock, self._stories.services_of(lock), self._unlock_command(lock.service, lock.environment))
        message = f"Lock {lock.environment}: {shorten(lock.reason, 60)} [skip ci]"
        if lock.replaces:
            return self._github.replace_lock(lock.repo, branch, lock.replaces, text, message)
        return self._github.create_lock(lock.repo, branch, text, message)

    def _beaten(self, lock: Lock) -> Lock:
        """See whose lock was there first: our own, whose answer was lost; one that has expired, which is replaced; or another's."""
        branch = lock_branches(self._configuration.locks.layout, lock.environment)[0]
        stored = self._github.find_lock(lock.repo, branch)
        if stored is None:  # gone again this moment
            return self.claim(replace(lock, replaces="")) if lock.replaces else lock  # else `LockEngine.look` tries once more
        seen = read_lock(stored.text, lock.repo, lock.environment, branch, stored.sha, self._clock.now())
        if is_same_claim(lock, seen):
            return self._stories.hold(lock, branch=branch, sha=seen.sha)
        if seen.has_expired(self._clock.now()) and lock.replaces != seen.sha:
            return self.claim(replace(lock, replaces=seen.sha))
        self._stories.end(lock, LockEnd.BEATEN, GITHUB)
        raise self.held_by(seen)
