"""What people wrote in audit events: kept beside the chain, which holds a salted commitment to it only, so that it can be erased."""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.adapters.journal.documents import storable
from bot.adapters.journal.tables import alerts, audit_events, audit_words, operations

PERSONAL = frozenset({"note", "reason", "comment", "text", "why", "override"})
"""The keys of an event's detail under which a person's own words stand."""

COMMITMENT = "sha256_of_salted_words"
REDACTED = "[redacted]"

_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")
_ADD = insert(audit_words)
_OF = select(audit_words).where(audit_words.c.seq.in_(bindparam("seqs", expanding=True)))
_OF_PERSON = (
    select(audit_words.c.seq, audit_words.c.text, audit_events.c.subject)
    .join(audit_events, audit_events.c.seq == audit_words.c.seq)
    .where(audit_words.c.person == bindparam("known_person"))
)
_ALL = (
    select(audit_words, audit_events.c.detail)
    .join(audit_events, audit_events.c.seq == audit_words.c.seq)
    .order_by(audit_words.c.seq, audit_words.c.key)
)
_ERASE = delete(audit_words).where(audit_words.c.person == bindparam("known_person"))
PRUNE = delete(audit_words).where(audit_words.c.seq <= bindparam("last"))
_OLDER = select(audit_events.c.detail).where(audit_events.c.actor == bindparam("known_person"))


def commit(connection: Connection, seq: int, actor: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """Put a person's words beside the chain, and return the detail with a commitment in the place of each."""
    own = {key: text for key, text in detail.items() if key in PERSONAL and isinstance(text, str) and text}
    if not own or not _PERSON.fullmatch(actor):
        return dict(detail)
    committed = dict(detail)
    for key, text in own.items():
        salt, kept = secrets.token_hex(16), storable(text)
        connection.execute(_ADD, {"seq": seq, "key": key, "person": actor, "salt": salt, "text": kept})
        committed[key] = {COMMITMENT: _digest(salt, kept)}
    return committed


def restored(connection: Connection, details: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return details, by event number, with the words in the place of the commitments; what was erased reads `[redacted]`."""
    committed = [seq for seq, detail in details.items() if any(_is_commitment(value) for value in detail.values())]
    known: dict[tuple[int, str], str] = {}
    if committed:
        known = {(row.seq, row.key): row.text for row in connection.execute(_OF, {"seqs": committed})}
    return {
        seq: {key: known.get((seq, key), REDACTED) if _is_commitment(value) else value for key, value in detail.items()}
        for seq, detail in details.items()
    }


def first_forged(connection: Connection) -> int | None:
    """Return the number of the first event whose words are not those that the chain committed to, None when all are."""
    for row in connection.execute(_ALL):
        committed = json.loads(row.detail).get(row.key)
        if not _is_commitment(committed) or committed[COMMITMENT] != _digest(row.salt, row.text):
            return int(row.seq)
    return None


def erase(connection: Connection, person: str) -> tuple[int, int]:
    """Erase a person's words, also where operations and alerts repeat them; return how many texts went, and how many stand in the chain itself."""
    found = connection.execute(_OF_PERSON, {"known_person": person}).all()
    for subject in {row.subject for row in found}:
        _erase_from(connection, subject, [row.text for row in found if row.subject == subject])
    connection.execute(_ERASE, {"known_person": person})
    older = [json.loads(text) for text in connection.execute(_OLDER, {"known_person": person}).scalars()]
    return len(found), sum(isinstance(detail.get(key), str) and bool(detail[key]) for detail in older for key in PERSONAL)


def _erase_from(connection: Connection, subject: str, texts: Iterable[str]) -> None:
    kind, _, name = subject.partition(":")
    table = {"operation": operations, "alert": alerts}.get(kind)
    if table is None:
        return
    document = connection.execute(select(table.c.document).where(table.c.id == name)).scalar()
    if document is not None:
        cleaned = json.dumps(_without(json.loads(document), sorted(texts, key=len, reverse=True)), sort_keys=True, separators=(",", ":"))
        connection.execute(update(table).where(table.c.id == name).values(document=cleaned))


def _without(value: Any, texts: list[str]) -> Any:
    if isinstance(value, str):
        for text in texts:
            value = value.replace(text, REDACTED)
        return value
    if isinstance(value, list):
        return [_without(each, texts) for each in value]
    if isinstance(value, dict):
        return {key: _without(each, texts) if key in _WORDY or isinstance(each, (dict, list)) else each for key, each in value.items()}
    return value


# The fields of an operation or an alert that may repeat what a person wrote; a short word must not be cut out of a name or a version.
_WORDY = frozenset({"reason", "note", "notes", "override", "comment", "text"})


def _is_commitment(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {COMMITMENT}


def _digest(salt: str, text: str) -> str:
    return sha256(f"{salt}\n{text}".encode()).hexdigest()
