"""Puts the head of the audit chain where whoever owns the database can't rewrite it: into Slack, and onto a branch on GitHub."""

import json
import logging
from dataclasses import asdict, dataclass, replace

from bot.core.actors import DAEMON
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.markup import Mrkdwn, code, md
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.ports.journal import AuditEvent, Journal, Json, OutboxRow
from bot.ports.locks import LockRefs

log = logging.getLogger(__name__)

KEPT = "audit head told"
WAITING = "audit head to be pushed"
BRANCH = "chatopsd/audit-head"


class Witness:
    """Once a day. The first day is only noted: there is nothing yet that could have been rewritten."""

    def __init__(self, configuration: Configuration, journal: Journal, refs: LockRefs, clock: Clock) -> None:
        self._configuration = configuration
        self._journal = journal
        self._refs = refs
        self._clock = clock

    def look(self) -> None:
        """Tell the head in the timeline if that was not done today, and push it where a repository is named for it, as often as it takes."""
        now = self._clock.now()
        today = f"{now:%Y-%m-%d}"
        repo = self._configuration.audit_repo
        with self._journal.begin() as tx:
            told = tx.plugins.get(DAEMON, KEPT)
            newest = tx.audit.recent(1)
            if told != today:
                tx.plugins.put(DAEMON, KEPT, today, now)
            if told != today and told is not None and newest:
                head = newest[0]
                waiting = _Waiting.read(tx.plugins.get(DAEMON, WAITING))
                tx.audit.add(AuditEvent(now, DAEMON, "audit.head", "audit", {"seq": head.seq, "hash": head.hash}))
                tx.outbox.put(OutboxRow(self._configuration.channel, Message.of(_said(head, waiting if repo else None, repo))), now)
                if repo:
                    tx.plugins.put(DAEMON, WAITING, _Waiting(head.seq, head.hash, head.at.isoformat()).as_json(), now)
            waiting = _Waiting.read(tx.plugins.get(DAEMON, WAITING))
        if repo and waiting:
            self._push(repo, waiting)

    def _push(self, repo: str, waiting: "_Waiting") -> None:
        """Put a head on a branch, on top of the one before. What fails is tried again at the next look, and told with the next head."""
        text = json.dumps({"seq": waiting.seq, "hash": waiting.hash, "at": waiting.at}, sort_keys=True)
        message = f"Audit head at event {waiting.seq}"
        try:
            stored = self._refs.find_lock(repo, BRANCH)
            if stored is None:
                self._refs.create_lock(repo, BRANCH, text, message)
            elif stored.text != text:
                self._refs.replace_lock(repo, BRANCH, stored.sha, text, message)
        except ChatopsError as error:
            log.warning("audit.head_not_pushed", extra={"fields": {"repo": repo, "error": str(error)}})
            self._note(waiting, replace(waiting, error=str(error)))
        else:
            self._note(waiting, None)

    def _note(self, waiting: "_Waiting", after: "_Waiting | None") -> None:
        """Write down how a push went, unless another head waits by now."""
        with self._journal.begin() as tx:
            if _Waiting.read(tx.plugins.get(DAEMON, WAITING)) != waiting or after == waiting:
                return
            if after is None:
                tx.plugins.delete(DAEMON, WAITING)
            else:
                tx.plugins.put(DAEMON, WAITING, after.as_json(), self._clock.now())


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A head that is not on the branch yet. `error`: why the last try failed."""

    seq: int
    hash: str
    at: str
    error: str = ""

    @classmethod
    def read(cls, stored: Json) -> "_Waiting | None":
        return cls(**stored) if isinstance(stored, dict) else None  # type: ignore[arg-type]  # as `as_json` wrote it

    def as_json(self) -> Json:
        return asdict(self)


def _said(head: AuditEvent, waiting: _Waiting | None, repo: str) -> Mrkdwn:
    said = md("🔏 Audit: {} events. {} proves later that none of them was rewritten.", f"{head.seq:,}", code(_command(head.hash)))
    if waiting is None:
        return said
    return md("{}\n⚠️ The one before is not on the branch {} of {}: {}", said, code(BRANCH), repo, waiting.error or "I was stopped before")


def _command(head: str) -> str:
    return f"chatopsd audit verify --against {head}"
