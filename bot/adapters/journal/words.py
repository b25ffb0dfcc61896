"""What people wrote in audit events: kept beside the chain, which holds a salted commitment to it only, so that it can be erased."""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.adapters.journal.columns import storable
from bot.adapters.journal.tables import alerts, audit_events, audit_words, locks, operations
from bot.core.operations import OperationState
from bot.ports.errors import JournalError

PERSONAL = frozenset({"note", "reason", "comment", "text", "why", "override"})
"""The keys of an event's detail under which words stand that a person wrote, or that quote one."""

INPUTS = "inputs."
"""Before the name of a workflow's input: where release notes and other free text stand."""

COMMITMENT = "sha256_of_salted_words"
REDACTED = "[redacted]"

_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")
_ADD = insert(audit_words)
_OF = select(audit_words).where(audit_words.c.seq.in_(bindparam("seqs", expanding=True)))
_OF_PERSON = (
    select(audit_words.c.seq, audit_words.c.key, audit_words.c.text, audit_events.c.subject)
    .join(audit_events, audit_events.c.seq == audit_words.c.seq)
    .where(audit_words.c.person == bindparam("known_person"))
)
_ALL = (
    select(audit_words, audit_events.c.detail)
    .join(audit_events, audit_events.c.seq == audit_words.c.seq)
    .order_by(audit_words.c.seq, audit_words.c.key)
)
_ERASE = delete(audit_words).where(audit_words.c.person == bindparam("known_person"))
_ERASE_ONE = delete(audit_words).where(audit_words.c.seq == bindparam("known_seq"), audit_words.c.key == bindparam("known_key"))
PRUNE = delete(audit_words).where(audit_words.c.seq <= bindparam("last"))
_OLDER = select(audit_events.c.detail).where(audit_events.c.actor == bindparam("known_person"))


def commit(connection: Connection, seq: int, actor: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """Put words beside the chain, and return the detail with a commitment in the place of each.

    A person's own, and those of the daemon: why it refused something may quote a person, such as whoever locked the environment.
    """
    person = actor if _PERSON.fullmatch(actor) else ""
    commitments: dict[str, dict[str, str]] = {}
    for key, text in _words_in(detail):
        salt, kept = secrets.token_hex(16), storable(text)
        connection.execute(_ADD, {"seq": seq, "key": key, "person": person, "salt": salt, "text": kept})
        commitments[key] = {COMMITMENT: _digest(salt, kept)}
    return _each_value(detail, lambda key, value: commitments.get(key, value))


def restored(connection: Connection, details: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return details, by event number, with the words in the place of the commitments; what was erased reads `[redacted]`."""
    committed = [seq for seq, detail in details.items() if any(_is_commitment(value) for _, value in _values(detail))]
    known: dict[tuple[int, str], str] = {}
    if committed:
        known = {(row.seq, row.key): row.text for row in connection.execute(_OF, {"seqs": committed})}

    def words_of(seq: int, detail: Mapping[str, Any]) -> dict[str, Any]:
        return _each_value(detail, lambda key, value: known.get((seq, key), REDACTED) if _is_commitment(value) else value)

    return {seq: words_of(seq, detail) for seq, detail in details.items()}


def first_forged(connection: Connection) -> int | None:
    """Return the number of the first event whose words are not those that the chain committed to, None when all are."""
    for row in connection.execute(_ALL):
        committed = dict(_values(json.loads(row.detail))).get(row.key)
        if committed != {COMMITMENT: _digest(row.salt, row.text)}:
            return int(row.seq)
    return None


def commitments_in(detail: str) -> int:
    """Return to how many texts a detail, as it is stored, commits. Within a text the quotes would be escaped."""
    return detail.count(f'{{"{COMMITMENT}":')


def kept(connection: Connection) -> int:
    """Return how many texts are there."""
    return int(connection.execute(select(func.count()).select_from(audit_words)).scalar_one())


def are_gone(connection: Connection, seq: int, detail: str) -> bool:
    """Say whether an event lacks texts that it commits to."""
    return len(connection.execute(_OF, {"seqs": [seq]}).all()) < commitments_in(detail)


def erase(connection: Connection, person: str) -> tuple[int, int]:
    """Erase a person's words, also where operations, alerts, locks and refusals repeat them; return how many texts went, and how many stand in the chain.

    Raises:
        JournalError: they belong to an operation that has not ended: what is sent for it must not change.
    """
    own = connection.execute(_OF_PERSON, {"known_person": person}).all()
    _check_ended(connection, {row.subject for row in own if row.key.startswith(INPUTS)})
    quotes = [f": {row.text}" for row in own if row.subject.startswith("lock:")]  # as a gate says why it is closed
    others = connection.execute(_OF_PERSON, {"known_person": ""}).all() if quotes else []
    quoting = [row for row in others if any(quote in row.text for quote in quotes)]
    for subject in {row.subject for row in own}:
        _erase_from(connection, subject, [row.text for row in own if row.subject == subject])
    for row in quoting:
        _erase_from(connection, row.subject, [row.text])
        connection.execute(_ERASE_ONE, {"known_seq": row.seq, "known_key": row.key})
    connection.execute(_ERASE, {"known_person": person})
    older = [json.loads(text) for text in connection.execute(_OLDER, {"known_person": person}).scalars()]
    return len(own) + len(quoting), sum(1 for detail in older for _ in _words_in(detail))


def _check_ended(connection: Connection, subjects: set[str]) -> None:
    for subject in sorted(subjects):
        name = subject.partition(":")[2]
        state = connection.execute(select(operations.c.state).where(operations.c.id == name)).scalar()
        if state is not None and not OperationState(state).is_final:
            raise JournalError(f"Nothing was erased: the operation {name} of this person has not ended. Try again when it has.")


def _erase_from(connection: Connection, subject: str, texts: Iterable[str]) -> None:
    kind, _, name = subject.partition(":")
    table = {"operation": operations, "alert": alerts, "lock": locks}.get(kind)
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
        inputs = value.get("inputs")
        if isinstance(inputs, dict):
            value = {**value, "inputs": {name: REDACTED if each in texts else each for name, each in inputs.items()}}
        return {key: _without(each, texts) if key in _WORDY or isinstance(each, (dict, list)) else each for key, each in value.items()}
    return value


# The fields of an operation, an alert or a lock that may repeat what a person wrote; a short word must not be cut out of a name or a version.
_WORDY = frozenset({"reason", "note", "notes", "override", "comment", "text"})


def _words_in(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what may be a person's words: what stands under the keys for it, and inputs of a workflow that are more than one word."""
    for key, value in _values(detail):
        if isinstance(value, str) and value and (len(value.split()) > 1 if key.startswith(INPUTS) else key in PERSONAL):
            yield key, value


def _values(detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every value of a detail with its key; those of its inputs one by one."""
    for key, value in detail.items():
        if key == "inputs" and isinstance(value, Mapping) and not _is_commitment(value):
            yield from ((f"{INPUTS}{name}", each) for name, each in value.items())
        else:
            yield key, value


def _each_value(detail: Mapping[str, Any], change: Callable[[str, Any], Any]) -> dict[str, Any]:
    changed = {key: change(key, value) for key, value in _values(detail)}
    return {
        key: {name: changed[f"{INPUTS}{name}"] for name in value} if key == "inputs" and key not in changed else changed[key]
        for key, value in detail.items()
    }


def _is_commitment(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {COMMITMENT}


def _digest(salt: str, text: str) -> str:
    return sha256(f"{salt}\n{text}".encode()).hexdigest()
