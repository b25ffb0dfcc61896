"""Envelopes that arrive together are written down together: one commit, one wait for the disk, for all of them."""

import threading

from bot.ports.errors import JournalError
from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry, Journal


class _Ticket:
    """An envelope on its way into the journal, and what became of it."""

    __slots__ = ("_gate", "entry", "envelope", "error", "lane", "settled")

    def __init__(self, envelope: Envelope, lane: str) -> None:
        self.envelope = envelope
        self.lane = lane
        self.entry: InboxEntry | None = None
        self.error: BaseException | None = None
        self.settled = False
        self._gate: threading.Lock | None = None

    def queue(self) -> None:
        """Be one who waits, from now on: before anybody can wake it."""
        self._gate = threading.Lock()
        self._gate.acquire()

    def wait(self) -> None:
        """Wait until it is settled, or has to lead."""
        if self._gate:
            self._gate.acquire()

    def wake(self) -> None:
        if self._gate:
            self._gate.release()


class Intake:
    """Writes envelopes into the inbox, in groups.

    Whoever comes while nobody writes leads: it waits for the journal, takes along all that have come meanwhile, and wakes them when its transaction is
    committed. Nobody waits for a group to grow, so that a lone envelope is as fast as it can be.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._is_led = False

    def receive(self, envelope: Envelope, lane: str) -> InboxEntry | None:
        """Write an envelope down and return once it is on the disk; None when its key was there already.

        Raises:
            JournalError: nothing of its group was written.
        """
        ticket = _Ticket(envelope, lane)
        with self._lock:
            self._waiting.append(ticket)
            leads = not self._is_led
            self._is_led = True
            if not leads:
                ticket.queue()
        if not leads:
            ticket.wait()
        if not ticket.settled:
            self._lead()
        if ticket.error is not None:
            # An exception of its own for each thread: they write their tracebacks into it.
            raise JournalError(str(ticket.error)) from ticket.error
        return ticket.entry

    def _lead(self) -> None:
        group: list[_Ticket] = []
        error: BaseException | None = None
        try:
            with self._journal.begin() as tx:
                group = self._gather()
                for ticket in group:
                    ticket.entry = tx.inbox.receive(ticket.envelope, ticket.lane)
        except BaseException as failure:
            error = failure
            raise
        finally:
            self._settle(group or self._gather(), error)

    def _gather(self) -> list[_Ticket]:
        with self._lock:
            group, self._waiting = self._waiting, []
        return group

    def _settle(self, group: list[_Ticket], error: BaseException | None) -> None:
        """Tell the group, and let the first of those who came too late for it lead the next one."""
        for ticket in group:
            ticket.error = error
            ticket.settled = True
            ticket.wake()
        with self._lock:
            successor = self._waiting[0] if self._waiting else None
            self._is_led = successor is not None
        if successor:
            successor.wake()
