"""The tables: whole values as JSON documents, with a column for whatever is looked for.

Rows that wait have no end yet (`… IS NULL`); partial indexes over just those keep "what is to be done?" fast however much is done already.
That PostgreSQL's are partial, too, stands in the migrations alone: to name it here loads SQLAlchemy's dialects for it, two megabytes, at every start.
"""

from sqlalchemy import Column, Index, Integer, MetaData, Table, and_, literal_column

from bot.adapters.journal.columns import AnyText, Number, UtcTime

metadata = MetaData()

inbox = Table(
    "inbox",
    metadata,
    Column("id", Number, primary_key=True),  # in the order of arrival
    Column("key", AnyText, nullable=False, unique=True),  # the same for a second delivery
    Column("lane", AnyText, nullable=False),  # entries of one lane are handled one after the other
    Column("state", AnyText, nullable=False),  # InboxState
    Column("received_at", UtcTime, nullable=False),  # the envelope's own
    Column("envelope", AnyText, nullable=False),  # the whole envelope, JSON
    Column("begun_at", UtcTime),  # when its handler was started last
    Column("finished_at", UtcTime),  # when its handler ended; NULL: still to be done
    Column("error", AnyText, nullable=False, server_default=""),  # what ended the handler; "" when it ended well
)
# Finished rows are indexed when they finish, so that the way to the ack does not pay for it.
Index("inbox_unfinished", inbox.c.id, sqlite_where=inbox.c.finished_at.is_(None))
Index(
    "inbox_finished",
    inbox.c.received_at,
    sqlite_where=inbox.c.finished_at.is_not(None),
)

operations = Table(
    "operations",
    metadata,
    Column("seq", Number, primary_key=True),  # in the order of writing: tells two of the same moment apart
    Column("id", AnyText, nullable=False, unique=True),  # Operation.id
    Column("request_key", AnyText, nullable=False, unique=True),  # the key of the envelope that asked for it
    Column("kind", AnyText, nullable=False),  # OperationKind
    Column("state", AnyText, nullable=False),  # OperationState
    Column("service", AnyText, nullable=False),  # the service's name
    Column("environment", AnyText, nullable=False),  # the environment's name, "" for a tag
    Column("requested_at", UtcTime, nullable=False),  # when it was asked for
    Column("updated_at", UtcTime, nullable=False),  # when it moved last
    Column("finished_at", UtcTime),  # when it ended; NULL: it has not
    Column("document", AnyText, nullable=False),  # the whole operation, JSON
)
Index("operations_state", operations.c.state, operations.c.requested_at)
Index("operations_requested", operations.c.requested_at)
Index("operations_service", operations.c.service, operations.c.requested_at)
Index("operations_live", operations.c.service, operations.c.environment, operations.c.state, operations.c.finished_at)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),  # 1, 2, 3 … without a gap
    Column("at", AnyText, nullable=False),  # when; as text, just as it was hashed
    Column("actor", AnyText, nullable=False),  # a Slack user id, or "chatopsd"
    Column("action", AnyText, nullable=False),  # "operation.requested", …
    Column("subject", AnyText, nullable=False),  # a story key, or another thing's name
    Column("detail", AnyText, nullable=False),  # canonical JSON, just as it was hashed
    Column("prev_hash", AnyText, nullable=False),  # the hash of the event before, "" for the first
    Column("hash", AnyText, nullable=False),  # SHA-256, hexadecimal
)
Index("audit_events_subject", audit_events.c.subject, audit_events.c.seq)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),  # in the order of sending
    Column("channel", AnyText, nullable=False),  # whose sender takes it; "@" + user for a whisper without a channel
    Column("state", AnyText, nullable=False),  # OutboxState
    Column("story", AnyText, nullable=False),  # the message that it is, "" for one that is posted and forgotten
    Column("thread_of", AnyText, nullable=False),  # the story whose thread it goes into, or ""
    Column("thread_ts", AnyText, nullable=False),  # a thread that is not of our making, or ""
    Column("message", AnyText, nullable=False),  # Message, JSON
    Column("whisper", AnyText),  # Whisper, JSON; NULL when everybody sees it
    Column("key", AnyText, nullable=False),  # marks the message in Slack, so that it is found again
    Column("attempts", Integer, nullable=False, server_default="0"),  # how often it was tried
    Column("created_at", UtcTime, nullable=False),  # when it was put here
    Column("tried_at", UtcTime),  # when it was tried last
    Column("ended_at", UtcTime),  # when it was sent or given up; NULL: still to be done
    Column("ts", AnyText, nullable=False, server_default=""),  # where it is in Slack, "" for a whisper
    Column("error", AnyText, nullable=False, server_default=""),  # why it was given up
    Column("attachment", AnyText),  # Attachment, JSON: a file that is shared with it; NULL for none
)
# Written without bound values: a database takes a partial index only where it can read the same words in the query.
STORY_IS_PENDING = and_(outbox.c.state == literal_column("'pending'"), outbox.c.story != literal_column("''"))
Index(
    "outbox_waiting",
    outbox.c.channel,
    outbox.c.state,
    outbox.c.id,
    sqlite_where=outbox.c.ended_at.is_(None),
)
Index("outbox_story_pending", outbox.c.story, unique=True, sqlite_where=STORY_IS_PENDING)
Index("outbox_ended", outbox.c.ended_at, sqlite_where=outbox.c.ended_at.is_not(None))

stories = Table(
    "stories",
    metadata,
    Column("story", AnyText, primary_key=True),  # "operation:…", "alert:…"
    Column("channel", AnyText, nullable=False),  # the channel that its message is in
    Column("ts", AnyText, nullable=False),  # Slack's id of the message there
    Column("updated_at", UtcTime, nullable=False),  # when it was posted or edited last
)
Index("stories_place", stories.c.channel, stories.c.ts)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("watch", AnyText, primary_key=True),  # the watch's name
    Column("stream", AnyText, primary_key=True),  # one file, or other stream, of its source
    Column("document", AnyText, nullable=False),  # Checkpoint, JSON
    Column("updated_at", UtcTime, nullable=False),  # when it was written last
)

windows = Table(
    "windows",
    metadata,
    Column("id", Number, primary_key=True),  # in the order of writing
    Column("watch", AnyText, nullable=False),  # the watch's name
    Column("began_at", UtcTime, nullable=False),  # the window's beginning
    Column("ended_at", UtcTime, nullable=False),  # the window's end
    Column("document", AnyText, nullable=False),  # Window, JSON
)
Index("windows_watch", windows.c.watch, windows.c.id)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("watch", AnyText, primary_key=True),  # the watch that saw it
    Column("fingerprint", AnyText, primary_key=True),  # the stable id of a kind of line
    Column("template", AnyText, nullable=False),  # its text, the variables masked
    Column("count", Number, nullable=False),  # how often it was seen in all
    Column("first_seen_at", UtcTime, nullable=False),  # when it was seen first
    Column("last_seen_at", UtcTime, nullable=False),  # when it was seen last
)
Index("fingerprints_seen", fingerprints.c.watch, fingerprints.c.last_seen_at)

noted_kinds = Table(
    "noted_kinds",
    metadata,
    Column("id", Number, primary_key=True),  # in the order of noting
    Column("watch", AnyText, nullable=False),  # the watch that saw them
    Column("seen_at", UtcTime, nullable=False),  # when
    Column(
        "document", AnyText, nullable=False
    ),  # a batch of SeenKind that `fingerprints` does not know of yet, JSON; gone from here once it does
)
Index("noted_kinds_watch", noted_kinds.c.watch, noted_kinds.c.id)

families = Table(
    "families",
    metadata,
    Column("id", Number, primary_key=True),  # in the order of making
    Column("watch", AnyText, nullable=False),  # the watch whose kinds they are
    Column("family", AnyText, nullable=False),  # its id
    Column("template", AnyText, nullable=False),  # what its kinds have in common: one word is left out
    Column("made_at", UtcTime, nullable=False),  # when the rule was made
)
Index("families_watch", families.c.watch, families.c.family, unique=True)

resolved_kinds = Table(
    "resolved_kinds",
    metadata,
    Column("watch", AnyText, primary_key=True),  # the watch that saw it
    Column("fingerprint", AnyText, primary_key=True),  # a kind of line whose alert was resolved; gone from here once it is back
    Column("resolved_at", UtcTime, nullable=False),  # when
)

hours = Table(
    "hours",
    metadata,
    Column("watch", AnyText, primary_key=True),  # the watch's name
    Column("hour", UtcTime, primary_key=True),  # its beginning
    Column("document", AnyText, nullable=False),  # HourTally, JSON
)

alerts = Table(
    "alerts",
    metadata,
    Column("seq", Number, primary_key=True),  # in the order of writing
    Column("id", AnyText, nullable=False, unique=True),  # Alert.id: "A1", "A2", …
    Column("watch", AnyText, nullable=False),  # the watch that raised it
    Column("channel", AnyText, nullable=False),  # where it is told
    Column("state", AnyText, nullable=False),  # AlertState
    Column("opened_at", UtcTime, nullable=False),  # when it began
    Column("document", AnyText, nullable=False),  # the whole alert, JSON
)
Index("alerts_state", alerts.c.state, alerts.c.channel)

problems = Table(
    "problems",
    metadata,
    Column("problem", AnyText, primary_key=True),  # Alert.problem: what is wrong; here while an alert of it is open, of which there is one
    Column("alert", AnyText, nullable=False),  # that alert's id
)

silences = Table(
    "silences",
    metadata,
    Column("marker", AnyText, primary_key=True),  # Silence.marker: by it, Alertmanager's own is found
    Column("alert", AnyText, nullable=False),  # Alert.id
    Column("document", AnyText, nullable=False),  # the whole silence, JSON; here until it has ended in Alertmanager
)

counters = Table(
    "counters",
    metadata,
    Column("name", AnyText, primary_key=True),  # what is counted: "alert"
    Column("value", Number, nullable=False),  # the last number given out: none is given twice, even when its row is pruned
)

plugin_switches = Table(
    "plugin_switches",
    metadata,
    Column("plugin", AnyText, primary_key=True),  # its name
    Column("is_on", Integer, nullable=False),  # 1: served, 0: switched off
    Column("by", AnyText, nullable=False),  # who switched it: a Slack user id, or "chatopsd"
    Column("at", UtcTime, nullable=False),  # when
    Column("why", AnyText, nullable=False),  # in words; "" when somebody just did
)

plugin_storage = Table(
    "plugin_storage",
    metadata,
    Column("plugin", AnyText, primary_key=True),  # whose it is
    Column("key", AnyText, primary_key=True),  # the plugin's own word
    Column("value", AnyText, nullable=False),  # JSON
    Column("updated_at", UtcTime, nullable=False),  # when it was written last
)

locks = Table(
    "locks",
    metadata,
    Column("seq", Number, primary_key=True),  # in the order of writing
    Column("id", AnyText, nullable=False, unique=True),  # Lock.id
    Column("repo", AnyText, nullable=False),  # owner/repository
    Column("environment", AnyText, nullable=False),  # what it closes there
    Column("state", AnyText, nullable=False),  # LockState
    Column("since", UtcTime, nullable=False),  # since when it holds
    Column("ended_at", UtcTime),  # when it ended; NULL: it stops operations
    Column("version", Integer, nullable=False),  # counts its changes
    Column("document", AnyText, nullable=False),  # the whole lock, JSON
)
Index(
    "locks_open",
    locks.c.repo,
    locks.c.environment,
    unique=True,
    sqlite_where=locks.c.ended_at.is_(None),
)

timeline = Table(
    "timeline",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),  # the audit event's
    Column("at", AnyText, nullable=False),  # the audit event's
    Column("service", AnyText, nullable=False),  # which service it is about, "" for none
    Column("actor", AnyText, nullable=False),  # the audit event's
)
# An index for each set of conditions, every one in the order of the list: reading a page never sorts, and never walks past what is not asked for.
Index("timeline_at", timeline.c.at, timeline.c.seq)
Index("timeline_service", timeline.c.service, timeline.c.at, timeline.c.seq)
Index("timeline_actor", timeline.c.actor, timeline.c.at, timeline.c.seq)
Index("timeline_service_actor", timeline.c.service, timeline.c.actor, timeline.c.at, timeline.c.seq)

audit_words = Table(
    "audit_words",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),  # the audit event's
    Column("key", AnyText, primary_key=True),  # where in its detail
    Column("person", AnyText, nullable=False),  # who wrote it: a Slack user id
    Column("salt", AnyText, nullable=False),  # makes the commitment to a short text unguessable
    Column("text", AnyText, nullable=False),  # what they wrote
)
Index("audit_words_person", audit_words.c.person)
