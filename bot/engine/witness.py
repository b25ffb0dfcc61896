"""Puts the head of the audit chain where whoever owns the database can't rewrite it: into Slack, and onto a branch on GitHub."""

import json
import logging

from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.markup import code, md
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.ports.journal import AuditEvent, Journal, OutboxRow
from bot.ports.locks import LockRefs

log = logging.getLogger(__name__)

DAEMON = "chatopsd"
KEPT = "audit head told"
BRANCH = "chatopsd/audit-head"


class Witness:
    """Once a day. The first day is only noted: there is nothing yet that could have been rewritten."""

    def __init__(self, configuration: Configuration, journal: Journal, refs: LockRefs, clock: Clock) -> None:
        self._configuration = configuration
        self._journal = journal
        self._refs = refs
        self._clock = clock

    def look(self) -> None:
        """Tell the head in the timeline if that was not done today, and push it where a repository is named for it."""
        now = self._clock.now()
        today = f"{now:%Y-%m-%d}"
        with self._journal.begin() as tx:
            told = tx.plugins.get(DAEMON, KEPT)
            newest = tx.audit.recent(1)
            if told == today:
                return
            tx.plugins.put(DAEMON, KEPT, today, now)
            if told is None or not newest:
                return
            head = newest[0]
            tx.audit.add(AuditEvent(now, DAEMON, "audit.head", "audit", {"seq": head.seq, "hash": head.hash}))
            said = md("🔏 Audit: {} events. {} proves later that none of them was rewritten.", f"{head.seq:,}", code(_command(head.hash)))
            tx.outbox.put(OutboxRow(self._configuration.channel, Message.of(said)), now)
        if self._configuration.audit_repo:
            self._push(head)

    def _push(self, head: AuditEvent) -> None:
        """Put the head on a branch, each on top of the one before. What fails is logged: the timeline has it."""
        repo = self._configuration.audit_repo
        text = json.dumps({"seq": head.seq, "hash": head.hash, "at": head.at.isoformat()}, sort_keys=True)
        message = f"Audit head at event {head.seq}"
        try:
            stored = self._refs.find_lock(repo, BRANCH)
            if stored is None:
                self._refs.create_lock(repo, BRANCH, text, message)
            else:
                self._refs.replace_lock(repo, BRANCH, stored.sha, text, message)
        except ChatopsError as error:
            log.warning("audit.head_not_pushed", extra={"fields": {"repo": repo, "error": str(error)}})


def _command(head: str) -> str:
    return f"chatopsd audit verify --against {head}"
