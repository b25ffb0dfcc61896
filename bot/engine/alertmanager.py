"""Follows Alertmanager: what fires there becomes alerts here, and who takes one here mutes it there.

A move of an alert writes the silence that it means into the journal, in its own transaction; this engine then brings Alertmanager there. So a silence whose
answer was lost is looked for by its marker before another one is made, and one that could not be ended is ended later.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.actors import DAEMON
from bot.core.alert_talk import silence_refused
from bot.core.alertmanager import (
    BLIND,
    BLIND_PROBLEM,
    KIND,
    AlertmanagerRules,
    Group,
    Silence,
    blind_origin,
    groups_of,
    is_part_of,
    is_same_silence,
    labels_of,
    open_from,
    origin_of,
    service_of,
    silence_of,
    unwanted,
    with_older,
)
from bot.core.alerts import Alert, AlertState
from bot.core.configuration import Configuration
from bot.core.environments import environment_in
from bot.core.ties import Seen
from bot.core.windows import Sign
from bot.engine.alert_desk import AlertDesk
from bot.engine.release_ties import ReleaseTies
from bot.ports.alertmanager import Alertmanager
from bot.ports.clock import Clock
from bot.ports.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.ports.journal import Journal, Transaction

log = logging.getLogger(__name__)

BLIND_AFTER = timedelta(minutes=2)  # it may restart; longer than that, people must know
SKEW = timedelta(minutes=5)  # a silence that begins earlier begins at once, however Alertmanager's clock differs from ours
REMEMBERED = timedelta(days=30)  # for so long an alert that was resolved by hand stays so while it fires
LOOK_NOTED_EVERY = timedelta(hours=1)  # so that it is known, to within this, since when nobody looks any more
GONE_LOOKS = 2  # in a row without an alert, after which it is over: a restarted Alertmanager has none until Prometheus tells it again


class AlertmanagerEngine:
    """One Alertmanager. It is looked at by one job, never by two at a time.

    Args:
        releases: looks up the release after which something began.
        new_marker: returns a word that no silence had before.
        is_shared: whether people of other companies read a channel; it may ask Slack, so it is never called within a transaction.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        desk: AlertDesk,
        configuration: Configuration,
        alertmanager: Alertmanager,
        releases: ReleaseTies,
        new_marker: Callable[[], str],
        is_shared: Callable[[str], bool] = lambda _channel: False,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._desk = desk
        self._configuration = configuration
        self._alertmanager = alertmanager
        self._releases = releases
        self._new_marker = new_marker
        self._is_shared = is_shared
        self._missing: dict[str, int] = {}  # alert id → looks in a row without it
        self._blind_since: datetime | None = None
        self._look_noted_at: datetime | None = None
        desk.listen(self._note_silence)

    def look(self) -> None:
        """Bring the silences to where they are meant to be, then the alerts to how they stand in Alertmanager."""
        rules = self._configuration.alertmanager
        if rules is None:
            return
        self._note_look()
        try:
            self._settle(rules.silence)
            alerts = self._alertmanager.alerts(rules.filters)
        except Unavailable as error:
            self._sees_nothing(str(error))
            return
        self._sees_again()
        with self._journal.read() as tx:
            known = [alert.origin for alert in tx.alerts.open() if alert.origin.kind == KIND and alert.origin.key != BLIND]
        groups = with_older(groups_of(alerts, rules.group_by), alerts, known, rules.group_by)
        settled = self._resolved_by_hand(groups, rules.group_by)
        is_shared = self._is_shared(rules.channel) if groups else False
        # What somebody muted elsewhere is theirs; what somebody resolved here, though it still fires, is settled for them.
        closed = {*settled, *(origin.key for origin in known), *(group.key for group in groups.values() if group.is_muted)}
        for group in groups.values():
            if group.key in closed:
                self._go_on(group, is_shared=is_shared)
            else:
                self._open(group, rules, is_shared=is_shared)
        self._end_what_is_gone(groups)

    def _note_look(self) -> None:
        """Note at the alerts from time to time that somebody looks, be it in vain: they end when nobody did for long."""
        now = self._clock.now()
        if self._look_noted_at is not None and timedelta(0) <= now - self._look_noted_at < LOOK_NOTED_EVERY:
            return
        with self._journal.begin() as tx:
            for alert in tx.alerts.open():
                if alert.origin.kind == KIND:
                    self._desk.keep(tx, replace(alert, last_seen_at=now))
        self._look_noted_at = now

    def _open(self, group: Group, rules: AlertmanagerRules, *, is_shared: bool) -> None:
        now, services = self._clock.now(), self._configuration.services
        service = service_of(group, services)
        environment = environment_in((alert.labels for alert in group.alerts), services[service]) if service else ""
        by_hand = self._releases.by_hand(service, environment)
        with self._journal.begin() as tx:
            if tx.alerts.open_of(group.problem) is not None:
                return
            alert = open_from(tx.alerts.next_id(), group, rules, service, now, is_shared=is_shared)
            began_at = alert.began_at or now
            tie = self._releases.tie(tx, service, environment, Seen(began_at, began_at, Sign.USUAL), by_hand)
            alert = replace(alert, tie=tie)
            self._desk.open(tx, alert, now, {"alerts": len(group.alerts), "group": group.key})
            self._releases.tell(tx, alert, now)

    def _go_on(self, group: Group, *, is_shared: bool) -> None:
        """Bring the open alert of a group up to date, if there is one."""
        now = self._clock.now()
        with self._journal.begin() as tx:
            before = tx.alerts.open_of(group.problem)
            if before is None:
                return
            self._missing.pop(before.id, None)
            origin = origin_of(group, is_shared=is_shared)
            if origin != before.origin:
                after = replace(before, origin=origin, last_seen_at=now)
                self._desk.keep(tx, after)
                self._desk.show(tx, after, now)

    def _resolved_by_hand(self, groups: dict[str, Group], group_by: Sequence[str]) -> frozenset[str]:
        """Return the groups whose alert somebody resolved after the youngest of their alerts began."""
        with self._journal.read() as tx:
            done = [
                alert for alert in tx.alerts.resolved_of(KIND, self._clock.now() - REMEMBERED) if alert.resolved_by and alert.resolved_at
            ]
        youngest = {key: max(alert.starts_at for alert in group.alerts) for key, group in groups.items()}
        return frozenset(
            key
            for key, group in groups.items()
            for alert in done
            if alert.resolved_at and alert.resolved_at >= youngest[key] and is_part_of(group, alert.origin, group_by)
        )

    def _end_what_is_gone(self, groups: dict[str, Group]) -> None:
        with self._journal.read() as tx:
            gone = [alert for alert in tx.alerts.open() if alert.origin.kind == KIND and alert.origin.key not in (*groups, BLIND)]
        self._missing = {alert.id: self._missing.get(alert.id, 0) + 1 for alert in gone}
        for alert_id in [alert.id for alert in gone if self._missing[alert.id] >= GONE_LOOKS]:
            with self._journal.begin() as tx:
                before, now = tx.alerts.get(alert_id), self._clock.now()
                if before is not None and before.is_open:
                    self._desk.move(tx, before, before.resolve(now, reason="over, says Alertmanager"), DAEMON, "alert.resolved", now)

    def _sees_nothing(self, why: str) -> None:
        now = self._clock.now()
        self._blind_since = self._blind_since or now
        log.warning("alertmanager.unavailable", extra={"fields": {"why": why}})
        rules = self._configuration.alertmanager
        if rules is None or now - self._blind_since < BLIND_AFTER:
            return
        with self._journal.begin() as tx:
            if tx.alerts.open_of(BLIND_PROBLEM) is None:
                origin = blind_origin(why)
                alert = Alert(tx.alerts.next_id(), KIND, "", rules.channel, AlertState.FIRING, now, None, origin=origin, last_seen_at=now)
                self._desk.open(tx, alert, now, {"why": why})

    def _sees_again(self) -> None:
        self._blind_since = None
        with self._journal.read() as tx:
            if tx.alerts.open_of(BLIND_PROBLEM) is None:
                return
        with self._journal.begin() as tx:
            before, now = tx.alerts.open_of(BLIND_PROBLEM), self._clock.now()
            if before is not None:
                self._desk.move(tx, before, before.resolve(now, reason="it answers again"), DAEMON, "alert.resolved", now)

    # Silences: what is meant, then what is done.

    def _note_silence(self, tx: Transaction, before: Alert | None, after: Alert, by: str) -> None:
        """Write down what a move means for the silence of its alert. Called within the move's transaction."""
        if after.origin.kind != KIND or after.origin.key == BLIND or before is None:
            return
        rules = self._configuration.alertmanager
        labels = labels_of(after.origin, rules.group_by if rules else ())
        wanted, was = (silence_of(each, self._new_marker(), labels) for each in (after, before))
        if wanted and was and is_same_silence(wanted, was):
            return  # such as an answer; one that Alertmanager did not take is not tried again for that
        for silence in tx.silences.of(after.id):
            if wanted and silence.is_wanted and is_same_silence(silence, wanted):
                return
            if silence.is_wanted:
                tx.silences.put(unwanted(silence))
        if wanted:
            tx.silences.put(wanted)

    def _settle(self, length: timedelta) -> None:
        """Create, renew and end silences. The new ones first: between taking over and the former owner's end nothing is unmuted."""
        with self._journal.read() as tx:
            meant = [silence if _is_open(tx, silence.alert) else unwanted(silence) for silence in tx.silences.all()]
        due = [silence for silence in meant if silence.is_due(self._clock.now(), length)]
        for silence in sorted(due, key=lambda silence: not silence.is_wanted):
            try:
                self._create(silence, length) if silence.is_wanted else self._end(silence)
            except OutcomeUnknown as error:
                log.warning(
                    "silence.unknown", extra={"fields": {"alert": silence.alert, "why": str(error)}}
                )  # the next look finds it, or not
            except Rejected as error:
                self._give_up(silence, str(error))

    def _create(self, silence: Silence, length: timedelta) -> None:
        now = self._clock.now()
        known = silence.remote_id or self._alertmanager.find_silence(silence.marker)
        ends_at = silence.end(now, length)
        if known and not silence.remote_id:
            self._write(silence, replace(silence, remote_id=known, ends_at=now))  # made before; renewed at the next look
            return
        try:
            remote_id = self._alertmanager.put_silence(silence.labels, silence.author, silence.text, now - SKEW, ends_at, replaces=known)
        except NotFound:
            if not known:
                raise
            # Alertmanager lost it, as one does that keeps nothing over a restart: it is made anew at the next look.
            self._write(silence, replace(silence, remote_id="", ends_at=None))
            return
        self._write(silence, replace(silence, remote_id=remote_id, ends_at=ends_at))

    def _end(self, silence: Silence) -> None:
        known = silence.remote_id or self._alertmanager.find_silence(silence.marker)
        if known:
            self._alertmanager.expire_silence(known)
        with self._journal.begin() as tx:
            tx.silences.remove(silence.marker)
        log.info("silence.ended", extra={"fields": {"alert": silence.alert, "silence": known}})

    def _write(self, before: Silence, after: Silence) -> None:
        """Note how a silence stands, unless it is not wanted any more by now: its id is kept even then, so that it can be ended."""
        with self._journal.begin() as tx:
            now = next((each for each in tx.silences.of(before.alert) if each.marker == before.marker), None)
            if now is not None:
                tx.silences.put(replace(after, is_wanted=now.is_wanted))
        log.info("silence.lasts", extra={"fields": {"alert": after.alert, "silence": after.remote_id}})

    def _give_up(self, silence: Silence, why: str) -> None:
        """Say in the alert's thread that Alertmanager does not take a silence, and try no more."""
        now = self._clock.now()
        with self._journal.begin() as tx:
            tx.silences.remove(silence.marker)
            alert = tx.alerts.get(silence.alert)
            if alert is not None:
                self._desk.say(tx, alert, silence_refused(alert, why), now)


def _is_open(tx: Transaction, alert_id: str) -> bool:
    """Say whether a silence still has an alert: one may have ended while no `[alertmanager]` was configured, so that nobody noted it."""
    alert = tx.alerts.get(alert_id)
    return alert is not None and alert.is_open
