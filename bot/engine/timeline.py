"""Reads the timeline out of the audit: page by page for people, and as files for a post-mortem."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.api import TimelineEntry, TimelinePage, TimelineQuery
from bot.core.actors import DAEMON, GITHUB
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.markup import md
from bot.core.plurals import counted
from bot.core.timeline import as_entry
from bot.core.timeline_export import as_json_line, as_markdown, say_query
from bot.core.timeline_words import read_query
from bot.engine.permissions import Permissions
from bot.ports.chat import Attachment, Chat
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, UserError
from bot.ports.journal import AuditEvent, Journal, OutboxRow, Transaction

PAGE = 12
MOST_EXPORTED = 10_000
MOST_LINKS = 2_000  # remembered: a message's address never changes


class TimelineEngine:
    """See `bot.api.TimelineApi` for what each member promises."""

    def __init__(self, configuration: Configuration, journal: Journal, chat: Chat, permissions: Permissions, clock: Clock) -> None:
        self._configuration = configuration
        self._journal = journal
        self._chat = chat
        self._permissions = permissions
        self._clock = clock
        self._links: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def read(self, words: Sequence[str], actor: str) -> TimelineQuery:
        zone = ZoneInfo(self._permissions.zone_of(actor))
        try:
            return read_query(words, self._clock.now(), zone, self._configuration.services)
        except ValueError as error:
            raise UserError(str(error)) from error

    def page(self, query: TimelineQuery, older: str = "") -> TimelinePage:
        after = _place(older)
        with self._journal.read() as tx:
            events = tx.audit.timeline(query, PAGE + 1, after)
            shown = [drawn(tx, event) for event in events[:PAGE]]
        entries = self._linked(shown)
        last = entries[-1] if len(events) > PAGE else None
        return TimelinePage(tuple(entries), f"{last.at.isoformat()}|{last.seq}" if last else "")

    def say(self, query: TimelineQuery, actor: str) -> str:
        return say_query(query, ZoneInfo(self._permissions.zone_of(actor)), self._permissions.name_of)

    def export(self, query: TimelineQuery, actor: str, channel: str, request_key: str) -> int:
        with self._journal.read() as tx:
            events = tx.audit.timeline(query, MOST_EXPORTED + 1, newest_first=False)
            shown = [drawn(tx, event) for event in events[:MOST_EXPORTED]]
        if not events:
            raise UserError("There is nothing to export: no event fits.")
        if len(events) > MOST_EXPORTED:
            raise UserError(f"That is more than {MOST_EXPORTED:,} events. Narrow it: [service] [since TIME] [until TIME] [by @person].")
        zone, name_of = self._permissions.zone_of(actor), self._names()
        title = say_query(query, ZoneInfo(zone), name_of)
        entries = self._linked(shown)
        markdown = as_markdown(title, entries, ZoneInfo(zone), zone, name_of)
        lines = "".join(f"{_line(event, entry, name_of)}\n" for event, entry in zip(events, entries, strict=True))
        now = self._clock.now()
        # Like no other file's: a file whose sharing got no answer is looked for by its name.
        stem = f"timeline-{query.service or 'all'}-{now:%Y%m%d-%H%M%S}-{request_key[-6:]}"
        story = f"export:{request_key}"
        count = counted(len(events), "event")
        head = Message.of(md("🧾 Timeline of {}: {}, exported by {}. The files are in the thread.", title, count, name_of(actor)))
        with self._journal.begin() as tx:
            if tx.outbox.posted(story) is None:
                tx.outbox.put(OutboxRow(channel, head, story=story), now)
                for name, text, what in ((f"{stem}.md", markdown, "For the post-mortem"), (f"{stem}.jsonl", lines, "For programs")):
                    file = Attachment(name, f"Timeline of {title}", text)
                    tx.outbox.put(OutboxRow(channel, Message.of(md("{}: {}", what, name)), thread_of=story, attachment=file), now)
        return len(events)

    def _names(self) -> Callable[[str], str]:
        known: dict[str, str] = {DAEMON: DAEMON, GITHUB: "GitHub"}

        def name_of(user: str) -> str:
            if user not in known:
                known[user] = self._permissions.name_of(user)
            return known[user]

        return name_of

    def _linked(self, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
        """Add the address of each story's message; Slack is asked once for each."""
        entries = list(entries)
        with self._journal.read() as tx:
            places = {story: tx.outbox.posted(story) for story in {entry.subject for entry in entries}}
        links = {story: self._link(place.channel, place.ts) for story, place in places.items() if place}
        return [replace(entry, link=links.get(entry.subject, "")) for entry in entries]

    def _link(self, channel: str, ts: str) -> str:
        known = self._links.get((channel, ts))
        if known is not None:
            return known
        try:
            link = self._chat.permalink(channel, ts)
        except ChatopsError:  # a line without its link is better than no line
            return ""
        with self._lock:
            while len(self._links) >= MOST_LINKS:
                del self._links[next(iter(self._links))]
            self._links[channel, ts] = link
        return link


def drawn(tx: Transaction, event: AuditEvent) -> TimelineEntry:
    """Put an event into words, with what its subject is called."""
    kind, _, name = event.subject.partition(":")
    operation = tx.operations.get(name) if kind == "operation" else None
    alert = tx.alerts.get(name) if kind == "alert" else None
    return as_entry(event.seq, event.at, event.actor, event.action, event.subject, event.detail, operation, alert)


def _line(event: AuditEvent, entry: TimelineEntry, name_of: Callable[[str], str]) -> str:
    return as_json_line(
        event.seq,
        event.at,
        event.actor,
        event.action,
        event.subject,
        event.detail,
        event.prev_hash,
        event.hash,
        name=name_of(event.actor),
        service=entry.service,
        link=entry.link,
    )


def _place(older: str) -> tuple[datetime, int] | None:
    at, _, seq = older.partition("|")
    return (datetime.fromisoformat(at), int(seq)) if older else None
