"""What a watch's windows make of its alerts: opened, brought up to date, resolved; its thread hears of what is new, and of nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.actors import DAEMON
from bot.core.alert_story import (
    blind_problem_of,
    has_learned,
    is_over,
    observe,
    open_alert,
    opens,
    problem_of,
    silent_title,
)
from bot.core.alert_talk import is_storm, is_told, signs_note, worse_note
from bot.core.alert_words import calm_word, past_line
from bot.core.alerts import Alert, AlertState, Past
from bot.core.configuration import Configuration, Watch
from bot.core.durations import say_duration
from bot.core.environments import environment_of
from bot.core.fresh import first_seen, fresh_kinds
from bot.core.judging import Judged
from bot.core.live import Live
from bot.core.privacy import mask_secrets
from bot.core.ties import Tie, later_of, with_latest
from bot.core.windows import Samples, Sign
from bot.engine.alert_desk import AlertDesk
from bot.engine.release_ties import OPERATIONS, ReleaseTies
from bot.ports.journal import Transaction

LOOKED_BACK = 50  # resolved alerts of a watch, for the one in which what is back, or spikes, was told before
LEARNED = "it has learned what is usual here"


class WatchAlerts:
    """Writes within the transaction of a window.

    Args:
        releases: looks up the release after which something began.
    """

    def __init__(self, desk: AlertDesk, configuration: Configuration, releases: ReleaseTies) -> None:
        self._desk = desk
        self._configuration = configuration
        self._releases = releases

    def brought_by_others(self, watch: Watch, judged: Judged, before: Alert | None) -> Live | None:
        """Return what is live where a watch's lines come from, if somebody else than us brought it. Called before the transaction, and asked only where
        it matters what came before what is seen first, or whether the release that the open alert names is still live.

        Args:
            before: the watch's alert that is open (`open_of`).
        """
        is_tied = before is not None and before.tie is not None
        if not (is_tied or first_seen(judged, watch.delay, before)):
            return None
        return self._releases.by_hand(watch.service, self._environment_of(watch))

    @staticmethod
    def open_of(tx: Transaction, watch: Watch) -> Alert | None:
        """Return the open alert of a watch's errors."""
        return tx.alerts.open_of(problem_of(watch).problem)

    def take(self, tx: Transaction, watch: Watch, judged: Judged, samples: Samples, by_hand: Live | None = None) -> None:
        """Open the alert of a watch's errors, or bring it up to date."""
        before = self.open_of(tx, watch)
        at = judged.window.ended_at
        if before is not None and has_learned(before, judged.window):
            self._desk.move(tx, before, before.resolve(at, reason=LEARNED), DAEMON, "alert.resolved", at)
            before = None
        if before is None:
            if opens(judged):
                alert = open_alert(tx.alerts.next_id(), watch, judged, samples)
                alert = replace(alert, tie=self._tie(tx, watch, judged, None, by_hand), past=self._past(tx, watch, judged, None))
                self._desk.open(tx, alert, at, _detail(judged))
                self._releases.tell(tx, alert, at)
            return
        self._go_on(tx, watch, before, judged, samples, by_hand)

    def sees_nothing(self, tx: Transaction, watch: Watch, title: str, why: str, at: datetime) -> None:
        """Open the alert that a watch is blind, or say in it why it is now. A program's complaint may hold secrets, too."""
        why = mask_secrets(why)
        origin = blind_problem_of(watch, title, why)
        before = tx.alerts.open_of(origin.problem)
        if before is None:
            alert = Alert(
                tx.alerts.next_id(), watch.name, watch.service, watch.channel, AlertState.FIRING, at, None, origin=origin, last_seen_at=at
            )
            self._desk.open(tx, alert, at, {"watch": watch.name, "why": why})
        elif before.origin != origin:
            self._desk.keep(tx, after := replace(before, origin=origin, last_seen_at=at))
            self._desk.show(tx, after, at)

    def sees_again(self, tx: Transaction, watch: Watch, at: datetime, *, any_lines: bool) -> None:
        """Resolve the alert that a watch is blind, if there is one: one that can be read again may have nothing to say."""
        origin = blind_problem_of(watch)
        before = tx.alerts.open_of(origin.problem)
        if before is not None and (any_lines or before.title != silent_title(watch)):
            self._desk.move(tx, before, before.resolve(at, reason="it reads again"), DAEMON, "alert.resolved", at)

    def _go_on(self, tx: Transaction, watch: Watch, before: Alert, judged: Judged, samples: Samples, by_hand: Live | None) -> None:
        at = judged.window.ended_at
        observed = observe(before, watch, judged, samples, is_blind=not judged.window.lines and self.is_blind(tx, watch))
        after = observed.alert
        if is_over(after, watch):
            resolved = after.resolve(at, reason=f"{calm_word(after) or 'quiet'} for {say_duration(timedelta(seconds=after.quiet_s))}")
            self._desk.move(tx, before, resolved, DAEMON, "alert.resolved", at, detail={"quiet_s": round(after.quiet_s)})
            return
        told = after.state is not AlertState.SNOOZED and is_told(before, judged)
        if told and is_storm(judged):
            after = replace(after, storm_at=at)
        fresh = self._tie(tx, watch, judged, before, by_hand)
        tie = later_of(after.tie, fresh)
        if tie:
            after = replace(after, tie=with_latest(tie, tx.operations.recent(OPERATIONS, tie.service), by_hand))
        past = self._past(tx, watch, judged, before)
        after = replace(after, past=past or after.past)
        self._desk.keep(tx, after)
        if after.tie and (before.tie is None or before.tie.operation != after.tie.operation):
            self._releases.tell(tx, after, at)
        if observed.is_shown or after.tie != before.tie:
            self._desk.show(tx, after, at)
        if told:
            before_that = tx.alerts.get(past.alert) if past else None
            said = past_line(before_that, past) if before_that and past else None
            goes_on = len(fresh_kinds(before, judged)) < len(judged.signed)  # a spike that began before is listed beside
            noted = replace(fresh, is_later=True) if fresh and goes_on else fresh
            self._desk.say(tx, after, signs_note(after.title, judged, samples, noted, said), at)
        if observed.got_worse:
            self._desk.note(tx, after, DAEMON, "alert.got_worse", at, _detail(judged))
            self._desk.say(tx, after, worse_note(before, judged.together), at)

    @staticmethod
    def is_blind(tx: Transaction, watch: Watch) -> bool:
        """Say whether there is an open alert that a watch sees nothing, or not all."""
        return tx.alerts.open_of(blind_problem_of(watch).problem) is not None

    def _tie(self, tx: Transaction, watch: Watch, judged: Judged, before: Alert | None, by_hand: Live | None) -> Tie | None:
        """Return the release after which what a window brings was seen first, if it brings anything."""
        return self._releases.tie(tx, watch.service, self._environment_of(watch), first_seen(judged, watch.delay, before), by_hand)

    def _environment_of(self, watch: Watch) -> str:
        service = self._configuration.services.get(watch.service)
        return environment_of(watch, service) if service else ""

    def _past(self, tx: Transaction, watch: Watch, judged: Judged, before: Alert | None) -> Past | None:
        """Return where what is back, or begins to spike, was told before, if anything does and that is known."""
        back = {kind.id for kind in fresh_kinds(before, judged) if kind.sign is not Sign.NEW}
        resolved = tx.alerts.last_resolved(watch.name, LOOKED_BACK) if back else []
        told = next((each for each in resolved if not each.is_blind and any(k.id in back for k in each.kinds if k.sign)), None)
        if told is None or told.resolved_at is None:
            return None
        environment = self._environment_of(watch)
        succeeded = tx.operations.succeeded(watch.service, environment, OPERATIONS) if environment else []
        live = (each.version for each in succeeded if each.finished_at and each.finished_at <= told.resolved_at)
        return Past(told.id, next(live, ""))


def _detail(judged: Judged) -> dict[str, object]:
    window = judged.window
    counts = {"watch": window.watch, "lines": window.lines, "errors": window.errors, "kinds": window.distinct, "new": window.new}
    return {**counts, "spiking": window.spiking, "back": window.regressed}
