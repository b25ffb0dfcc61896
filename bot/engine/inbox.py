"""The front door: an envelope is written down before it is acked, and handled from there."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from bot.engine.intake import Intake
from bot.engine.lanes import Lanes
from bot.ports.clock import Clock
from bot.ports.errors import JournalError
from bot.ports.events import Answer, Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry, Journal

log = logging.getLogger(__name__)

# Slack waits 3 s for an ack; what is left is for the way there and back.
ANSWER_WITHIN_S = 2.5
WRITTEN_WITHIN_S = 2.9


# With an empty ack the form would close, and whoever sent it would not know that it comes to nothing, or, worse, to something a minute later.
BUSY = Answer(refusal="I am too busy just now. Nothing was started: send it again in a moment.")


class Reply:
    """The answer that a form waits for. Whoever comes second, the handler or the time limit, is told so."""

    def __init__(self) -> None:
        self._settled = threading.Event()
        self._lock = threading.Lock()
        self._answer: Answer | None = None
        self._begun = False
        self._closed = False

    def begin(self) -> bool:
        """Begin to handle the form. False when it was refused, since nobody had begun in time: then nothing may be done."""
        with self._lock:
            self._begun = self._begun or not self._closed
            return self._begun

    def give(self, answer: Answer) -> bool:
        """Answer the form. False when it was answered, or acked without an answer, before."""
        with self._lock:
            if self._closed:
                return False
            self._closed = True
            self._answer = answer
        self._settled.set()
        return True

    def wait(self, timeout_s: float) -> Answer | None:
        """Return the answer; None when there was none in time: from then on `give` says False; `BUSY` when nobody had begun: `begin` says False."""
        self._settled.wait(timeout_s)
        with self._lock:
            self._closed = True
            return self._answer if self._answer or self._begun else BUSY


Handle = Callable[[InboxEntry, Reply | None], None]


class Inbox:
    """Receives envelopes from the edge and hands them to the lanes."""

    def __init__(self, journal: Journal, lanes: Lanes, serves: Callable[[Envelope], bool], handle: Handle, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._intake = Intake(journal)
        self._lanes = lanes
        self._serves = serves
        self._handle = handle
        self._replies: dict[str, Reply] = {}  # by the key of the form that waits
        self._lock = threading.Lock()

    def receive(self, envelope: Envelope, waited_s: float = 0.0) -> Answer | None:
        """Write the envelope down, start its handling, and return what the ack carries.

        What nobody serves is not written down. A second delivery is acked as the first one, and that is all.

        Args:
            waited_s: how long ago it arrived.

        Raises:
            JournalError: it could not be written down, or not in time: do not ack.
        """
        if not self._serves(envelope):
            return None
        arrived_at = time.monotonic() - waited_s
        if envelope.kind is EnvelopeKind.SUBMISSION:
            return self._receive_form(envelope, arrived_at)
        entry = self._write(envelope, arrived_at)
        if entry:
            self.take_up(entry)
        return None

    def receive_together(self, envelopes: Sequence[Envelope]) -> Callable[[], None] | None:
        """Write envelopes that need no answer down at once; return what starts their handling, None where that would mean to wait.

        Raises:
            JournalError: they could not be written down, or not in time: do not ack.
        """
        served = [envelope for envelope in envelopes if self._serves(envelope)]
        began_at = time.monotonic()
        entries = self._journal.receive_at_once([(envelope, lane_of(envelope)) for envelope in served]) if served else []
        if entries is None:
            return None
        _check_in_time(began_at)

        def start() -> None:
            for envelope, entry in zip(served, entries, strict=True):
                if entry:
                    self.take_up(entry)
                else:
                    _log_duplicate(envelope)

        return start

    def _receive_form(self, envelope: Envelope, arrived_at: float) -> Answer | None:
        """Wait for what the handler answers. A second delivery waits for the same answer: an empty ack would close the form over its mistakes.

        One of a form that was handled closes it, however late it comes: what came of it was told, and the key of one with mistakes was let go. A new one
        that comes too late is refused.
        """
        if _left_s(arrived_at) <= 0.0 and not self._knows(envelope.key):
            return BUSY
        with self._lock:
            known = self._replies.get(envelope.key)
            reply = self._replies[envelope.key] = known or Reply()
        try:
            entry = self._write(envelope, arrived_at)
            if entry:
                self.take_up(entry, reply)
            answer = reply.wait(_left_s(arrived_at)) if entry or known else None
            if entry and answer is BUSY:
                self._put_away(entry)
            return answer
        finally:
            if known is None:
                with self._lock:
                    del self._replies[envelope.key]

    def _knows(self, key: str) -> bool:
        with self._journal.read() as tx:
            return tx.inbox.knows(key)

    def _put_away(self, entry: InboxEntry) -> None:
        """Note, before the person can send the form again, that nothing comes of this one: sent again, it has the same key.

        Should the journal not take that, there is no ack, and `Recovery` tells the person.
        """
        log.warning("form.refused", extra={"fields": {"name": entry.envelope.name}})
        with self._journal.begin() as tx:
            tx.inbox.finish(entry.id, self._clock.now(), "refused: nobody was free to begin it in time", free_key=True)

    def _write(self, envelope: Envelope, arrived_at: float) -> InboxEntry | None:
        entry = self._intake.receive(envelope, lane_of(envelope))
        if entry is None:
            _log_duplicate(envelope)
        elif envelope.kind is not EnvelopeKind.TICK:
            _check_in_time(arrived_at)
        return entry

    def hand_in(self, envelope: Envelope) -> None:
        """Take an envelope in that comes from ourselves: no form waits for its mistakes, so they are told in words."""
        entry = self._intake.receive(envelope, lane_of(envelope))
        if entry:
            self.take_up(entry)

    def take_up(self, entry: InboxEntry, reply: Reply | None = None) -> None:
        """Hand an entry that is written down to its lane."""
        is_look = entry.envelope.kind is EnvelopeKind.TICK and bool(entry.envelope.value)  # other jobs are quick, and escalate
        self._lanes.submit(entry.lane, partial(self._handle, entry, reply), patient=is_look)


def _left_s(arrived_at: float) -> float:
    """Return how long a form's answer may still take."""
    return max(0.0, ANSWER_WITHIN_S - (time.monotonic() - arrived_at))


def _check_in_time(arrived_at: float) -> None:
    """See that what was written down can still be acked.

    Otherwise Slack has told the person that it failed, and to run it would surprise them: it is left as if the daemon had been killed before its ack.
    `Recovery` finds it in a moment: an event is handled, and whoever asked for anything else is told, and asked.

    Raises:
        JournalError: it took too long.
    """
    took_s = time.monotonic() - arrived_at
    if took_s > WRITTEN_WITHIN_S:
        raise JournalError(f"It took {took_s:.1f} s to write down what came from Slack, which waits for 3 s. The disk may be too slow.")


def _log_duplicate(envelope: Envelope) -> None:
    log.info("envelope.duplicate", extra={"fields": {"kind": envelope.kind, "name": envelope.name}})


def lane_of(envelope: Envelope) -> str:
    """Return what must be handled in order: all that touches one message or view, all ticks of one job. Commands stand alone.

    A command may have to open a modal within 3 s, so it never waits behind another one.
    """
    match envelope.kind:
        case EnvelopeKind.CLICK | EnvelopeKind.REACTION | EnvelopeKind.REPLY if envelope.message_ts:
            return f"message:{envelope.channel}:{envelope.thread_ts or envelope.message_ts}"
        case EnvelopeKind.CLICK | EnvelopeKind.SUBMISSION:
            return f"view:{envelope.view_id}"
        case EnvelopeKind.TICK:
            return tick_lane(envelope.name, envelope.value)
        case EnvelopeKind.HOME:
            return f"home:{envelope.user}"
        case _:
            return f"alone:{envelope.key}"


def tick_lane(job: str, watch: str) -> str:
    """Return the lane of a scheduled job; each watch has its own."""
    return f"job:{job}:{watch}"
