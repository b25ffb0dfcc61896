"""Watches: where each log stream goes on, what each window held, which kinds of lines are known."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import checkpoints, families, fingerprints, hours, noted_kinds, resolved_kinds, windows
from bot.core.baseline import HourTally
from bot.core.families import Family
from bot.core.seen_kinds import SeenKind, kinds_in
from bot.core.windows import Window
from bot.ports.clock import Clock
from bot.ports.errors import JournalError
from bot.ports.logs import Checkpoint

AT_ONCE = 500  # ids in one question; older SQLite takes no more than 999 values

_CHECKPOINTS = select(checkpoints.c.document).where(checkpoints.c.watch == bindparam("known_watch"))
_MOVE_CHECKPOINT = (
    update(checkpoints)
    .where(checkpoints.c.watch == bindparam("known_watch"), checkpoints.c.stream == bindparam("known_stream"))
    .values(document=bindparam("new_document"), updated_at=bindparam("at"))
)
_FORGET_CHECKPOINT = delete(checkpoints).where(
    checkpoints.c.watch == bindparam("known_watch"), checkpoints.c.stream == bindparam("known_stream")
)
_ADD_CHECKPOINT = insert(checkpoints)
_ADD_WINDOW = insert(windows)
_LAST_WINDOW = select(windows.c.document).where(windows.c.watch == bindparam("known_watch")).order_by(windows.c.id.desc()).limit(1)
_COUNT_FINGERPRINT = (
    update(fingerprints)
    .where(fingerprints.c.watch == bindparam("known_watch"), fingerprints.c.fingerprint == bindparam("known_fingerprint"))
    .values(count=fingerprints.c.count + bindparam("more"), last_seen_at=bindparam("at"))
)
_ADD_FINGERPRINT = insert(fingerprints)
_KNOWN = select(fingerprints.c.fingerprint).where(
    fingerprints.c.watch == bindparam("known_watch"), fingerprints.c.fingerprint.in_(bindparam("wanted", expanding=True))
)
_OF_WATCH = fingerprints.c.watch == bindparam("known_watch")
_FAMILIES = select(families.c.family, families.c.template).where(families.c.watch == bindparam("known_watch")).order_by(families.c.id)
_ADD_FAMILY = insert(families)
_TEMPLATES = (
    select(fingerprints.c.template)
    .where(fingerprints.c.watch == bindparam("known_watch"))
    .order_by(fingerprints.c.last_seen_at.desc(), fingerprints.c.fingerprint)
    .limit(bindparam("most"))
)
_RESOLVED = select(resolved_kinds.c.fingerprint).where(resolved_kinds.c.watch == bindparam("known_watch"))
_IS_BACK = delete(resolved_kinds).where(
    resolved_kinds.c.watch == bindparam("known_watch"), resolved_kinds.c.fingerprint == bindparam("known_fingerprint")
)
_RESOLVE = insert(resolved_kinds)
# A kind that is not known any more is new when it comes back; one that is known must be called back, however long it was away.
_IS_KNOWN = exists().where(fingerprints.c.watch == resolved_kinds.c.watch, fingerprints.c.fingerprint == resolved_kinds.c.fingerprint)
_PRUNE_RESOLVED = delete(resolved_kinds).where(resolved_kinds.c.resolved_at < bindparam("before"), ~_IS_KNOWN)
_RECENT_WINDOWS = (
    select(windows.c.document)
    .where(windows.c.watch == bindparam("known_watch"), windows.c.ended_at >= bindparam("since"))
    .order_by(windows.c.id.desc())
    .limit(bindparam("most"))
)
_FIRST_HOUR = select(hours.c.document).where(hours.c.watch == bindparam("known_watch")).order_by(hours.c.hour).limit(1)
_HOURS = select(hours.c.document).where(hours.c.watch == bindparam("known_watch"), hours.c.hour.in_(bindparam("wanted", expanding=True)))
_CHANGE_HOUR = (
    update(hours)
    .where(hours.c.watch == bindparam("known_watch"), hours.c.hour == bindparam("known_hour"))
    .values(document=bindparam("new_document"))
)
_ADD_HOUR = insert(hours)
_LAST_ONES = select(func.max(windows.c.id)).group_by(windows.c.watch)
_PRUNE_WINDOWS = delete(windows).where(windows.c.ended_at < bindparam("before"), windows.c.id.not_in(_LAST_ONES))
_PRUNE_HOURS = delete(hours).where(hours.c.hour < bindparam("before"))
_CROWDED = select(fingerprints.c.watch).group_by(fingerprints.c.watch).having(func.count() > bindparam("most"))
_HOW_MANY = select(func.count()).select_from(fingerprints).where(_OF_WATCH)
_SEEN_LONGEST_AGO = select(fingerprints.c.fingerprint).where(_OF_WATCH).order_by(fingerprints.c.last_seen_at).limit(bindparam("most"))
_FORGET = delete(fingerprints).where(_OF_WATCH, fingerprints.c.fingerprint.in_(_SEEN_LONGEST_AGO))
_NOTE = insert(noted_kinds)
_NOTED = select(noted_kinds).where(noted_kinds.c.watch == bindparam("known_watch")).order_by(noted_kinds.c.id).limit(1)
_FORGET_NOTE = delete(noted_kinds).where(noted_kinds.c.id == bindparam("known_id"))
_PRUNE_NOTES = delete(noted_kinds).where(noted_kinds.c.seen_at < bindparam("before"))  # of watches that are no more


class SqlWatches:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def checkpoints(self, watch: str) -> dict[str, Checkpoint]:
        """Return where each stream of a watch goes on: stream → checkpoint."""
        found = [documents.read(Checkpoint, text) for text in self._connection.execute(_CHECKPOINTS, {"known_watch": watch}).scalars()]
        return {checkpoint.stream: checkpoint for checkpoint in found}

    def save_checkpoint(self, watch: str, checkpoint: Checkpoint) -> None:
        """Note where a stream goes on, or forget one that is over."""
        if not checkpoint.position:
            self._connection.execute(_FORGET_CHECKPOINT, {"known_watch": watch, "known_stream": checkpoint.stream})
            return
        document, at = documents.write(checkpoint), self._clock.now()
        moved = {"known_watch": watch, "known_stream": checkpoint.stream, "new_document": document, "at": at}
        if not self._connection.execute(_MOVE_CHECKPOINT, moved).rowcount:
            self._connection.execute(_ADD_CHECKPOINT, {"watch": watch, "stream": checkpoint.stream, "document": document, "updated_at": at})

    def add_window(self, window: Window) -> None:
        """Write down what a watch read in one tick."""
        values = {"watch": window.watch, "began_at": window.began_at, "ended_at": window.ended_at, "document": documents.write(window)}
        self._connection.execute(_ADD_WINDOW, values)

    def last_window(self, watch: str) -> Window | None:
        """Return the window of a watch that was written last."""
        text = self._connection.execute(_LAST_WINDOW, {"known_watch": watch}).scalar()
        return None if text is None else documents.read(Window, text)

    def known(self, watch: str, kinds: Sequence[str], before: datetime | None = None) -> frozenset[str]:
        """Return those of these kinds that the watch has seen before, ever or before a time."""
        asked = _KNOWN.where(fingerprints.c.first_seen_at < before) if before else _KNOWN
        found: set[str] = set()
        for first in range(0, len(kinds), AT_ONCE):
            wanted = {"known_watch": watch, "wanted": kinds[first : first + AT_ONCE]}
            found.update(self._connection.execute(asked, wanted).scalars())
        return frozenset(found)

    def note_kinds(self, watch: str, batches: Iterable[str], at: datetime) -> None:
        """Write down which kinds a window saw. They are known once `file_kinds` has filed them: a batch is one row, which costs next to nothing."""
        rows = [{"watch": watch, "seen_at": at, "document": batch} for batch in batches]
        if rows:
            self._connection.execute(_NOTE, rows)

    def has_noted_kinds(self, watch: str) -> bool:
        """Say whether there is something to file."""
        return self._connection.execute(_NOTED, {"known_watch": watch}).first() is not None

    def file_kinds(self, watch: str) -> bool:
        """Count the kinds of the batch that was noted first, and forget the note; say whether there is another one."""
        noted = self._connection.execute(_NOTED, {"known_watch": watch}).first()
        if noted is None:
            return False
        try:
            kinds = kinds_in(noted.document)
        except ValueError as error:
            raise JournalError(f"The journal holds kinds of log lines that can't be read ({error}). Restore a backup.") from error
        self._count(watch, kinds, noted.seen_at)
        self._connection.execute(_FORGET_NOTE, {"known_id": noted.id})
        return self.has_noted_kinds(watch)

    def _count(self, watch: str, kinds: Sequence[SeenKind], at: datetime) -> None:
        known = self.known(watch, [kind.id for kind in kinds])
        seen = [{"known_watch": watch, "known_fingerprint": kind.id, "more": kind.times, "at": at} for kind in kinds if kind.id in known]
        new = [
            {
                "watch": watch,
                "fingerprint": kind.id,
                "template": kind.template,
                "count": kind.times,
                "first_seen_at": at,
                "last_seen_at": at,
            }
            for kind in kinds
            if kind.id not in known
        ]
        if seen:
            self._connection.execute(_COUNT_FINGERPRINT, seen)
        if new:
            self._connection.execute(_ADD_FINGERPRINT, new)

    def recent_windows(self, watch: str, since: datetime, most: int) -> list[Window]:
        """Return the windows of a watch that ended since a time, the newest first, at most so many."""
        found = self._connection.execute(_RECENT_WINDOWS, {"known_watch": watch, "since": since, "most": most}).scalars()
        return [documents.read(Window, text) for text in found]

    def first_hour(self, watch: str) -> HourTally | None:
        """Return the oldest hour that is known of a watch."""
        text = self._connection.execute(_FIRST_HOUR, {"known_watch": watch}).scalar()
        return None if text is None else documents.read(HourTally, text)

    def hours(self, watch: str, hours: Sequence[datetime]) -> list[HourTally]:
        """Return what is known of these hours, in no order."""
        found = self._connection.execute(_HOURS, {"known_watch": watch, "wanted": list(hours)}).scalars()
        return [documents.read(HourTally, text) for text in found]

    def save_hour(self, watch: str, tally: HourTally) -> None:
        """Write down what an hour holds by now."""
        document = documents.write(tally)
        changed = {"known_watch": watch, "known_hour": tally.hour, "new_document": document}
        if not self._connection.execute(_CHANGE_HOUR, changed).rowcount:
            self._connection.execute(_ADD_HOUR, {"watch": watch, "hour": tally.hour, "document": document})

    def families(self, watch: str, since: datetime | None = None) -> list[Family]:
        """Return the rules that say which kinds of a watch are one family, all or those that were made since a time, the oldest first."""
        wanted = _FAMILIES.where(families.c.made_at >= since) if since else _FAMILIES
        return [Family(row.family, row.template) for row in self._connection.execute(wanted, {"known_watch": watch})]

    def add_families(self, watch: str, families: Iterable[Family], at: datetime) -> None:
        """Add rules; none is ever taken back."""
        for family in families:
            values = {"watch": watch, "family": family.id, "template": family.template, "made_at": at}
            self._connection.execute(_ADD_FAMILY, values)

    def templates(self, watch: str, most: int) -> list[str]:
        """Return the templates of the kinds that a watch saw last, at most so many."""
        return list(self._connection.execute(_TEMPLATES, {"known_watch": watch, "most": most}).scalars())

    def templates_of(self, watch: str, kinds: Sequence[str]) -> dict[str, str]:
        """Return the templates of those of these kinds that are known, by kind."""
        wanted = {"known_watch": watch, "wanted": kinds}
        return {row.fingerprint: row.template for row in self._connection.execute(_KNOWN.add_columns(fingerprints.c.template), wanted)}

    def templates_since(self, watch: str, since: datetime, most: int) -> dict[str, str]:
        """Return the templates of the kinds that a watch saw first since a time, by kind: those that it saw last, at most so many."""
        asked = _TEMPLATES.add_columns(fingerprints.c.fingerprint).where(fingerprints.c.first_seen_at >= since)
        return {row.fingerprint: row.template for row in self._connection.execute(asked, {"known_watch": watch, "most": most})}

    def resolved(self, watch: str) -> frozenset[str]:
        """Return the fingerprints whose alert was resolved since the watch saw them last."""
        return frozenset(self._connection.execute(_RESOLVED, {"known_watch": watch}).scalars())

    def mark_resolved(self, watch: str, fingerprints: Iterable[str], at: datetime) -> None:
        """Note that the alert of these fingerprints was resolved: each that comes back is back."""
        kinds = list(dict.fromkeys(fingerprints))
        self.mark_back(watch, kinds)
        if kinds:
            self._connection.execute(_RESOLVE, [{"watch": watch, "fingerprint": kind, "resolved_at": at} for kind in kinds])

    def mark_back(self, watch: str, fingerprints: Iterable[str]) -> None:
        """Note that these are back."""
        marks = [{"known_watch": watch, "known_fingerprint": kind} for kind in fingerprints]
        if marks:
            self._connection.execute(_IS_BACK, marks)

    def count_kinds(self, watch: str) -> int:
        """Return how many kinds of a watch are known."""
        return self._connection.execute(_HOW_MANY, {"known_watch": watch}).scalar_one()

    def forget_kinds(self, watch: str, most: int) -> int:
        """Forget the kinds of a watch that were seen longest ago, at most so many; return how many went."""
        return self._connection.execute(_FORGET, {"known_watch": watch, "most": most}).rowcount

    def prune(self, windows_before: datetime, hours_before: datetime, most_fingerprints: int) -> int:
        """Forget old windows (never a watch's last one) and hours, and of each watch's fingerprints those seen longest ago; return how many rows."""
        forgotten = self._connection.execute(_PRUNE_WINDOWS, {"before": windows_before}).rowcount
        forgotten += self._connection.execute(_PRUNE_HOURS, {"before": hours_before}).rowcount
        forgotten += self._connection.execute(_PRUNE_NOTES, {"before": hours_before}).rowcount
        for watch in list(self._connection.execute(_CROWDED, {"most": most_fingerprints}).scalars()):
            forgotten += self.forget_kinds(watch, self.count_kinds(watch) - most_fingerprints)
        return forgotten + self._connection.execute(_PRUNE_RESOLVED, {"before": hours_before}).rowcount
