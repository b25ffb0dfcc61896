"""Values as documents: nothing is lost on the way, and two versions can read each other's."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from bot.adapters.journal import documents
from bot.adapters.journal.columns import UtcTime, moment, stamp, storable
from bot.core.alerts import Alert
from bot.core.baseline import HourTally
from bot.core.blocks import Block, Message
from bot.core.markup import Mrkdwn
from bot.core.operations import Operation, OperationState
from bot.core.windows import Window
from bot.ports.chat import Whisper
from bot.ports.errors import JournalError
from bot.ports.events import Envelope
from bot.ports.logs import Checkpoint

from .values import NOON, alert, envelope, message, operation

T = TypeVar("T")

# What a log line or a broken client can hold: any character, NUL, and halves of surrogate pairs as `surrogateescape` makes them.
texts = st.text(st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"]), max_size=20)
times = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants its bounds without a zone
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, anything, max_size=4)
plain: dict[object, st.SearchStrategy[object]] = {
    str: texts,
    float: st.floats(allow_nan=False),
    float | None: st.none() | st.floats(allow_nan=False),
    datetime: times,
    datetime | None: st.none() | times,
    dict[str, str]: st.dictionaries(texts, texts, max_size=3),
    tuple[str, ...]: st.lists(texts, max_size=3).map(tuple),
    Mrkdwn: texts.map(Mrkdwn),
    Mapping[str, Any]: objects,
    Mapping[str, int]: st.dictionaries(texts, st.integers(), max_size=3),
    tuple[Block, ...]: st.lists(objects, max_size=3).map(tuple),
}


def whole(kind: type[T]) -> st.SearchStrategy[T]:
    """Make values in which every field was filled, those with a default too."""
    return st.builds(kind, **{name: _field(hint) for name, hint in get_type_hints(kind).items()})


def _field(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is tuple and is_dataclass(get_args(hint)[0]):
        return st.lists(whole(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is UnionType and hint not in plain:
        return st.none() | st.one_of(*(_field(kind) for kind in get_args(hint) if kind is not type(None)))
    if is_dataclass(hint):
        return whole(hint)  # type: ignore[arg-type]
    return plain[hint] if hint in plain else st.from_type(hint)


@given(whole(Operation))
@settings(max_examples=50, deadline=None)
def test_an_operation_comes_back_as_it_was(value: Operation) -> None:
    assert documents.read(Operation, documents.write(value)) == value


@given(whole(Alert))
@settings(max_examples=50, deadline=None)
def test_an_alert_comes_back_as_it_was(value: Alert) -> None:
    assert documents.read(Alert, documents.write(value)) == value


@given(whole(HourTally))
@settings(max_examples=50, deadline=None)
def test_an_hour_comes_back_as_it_was(value: HourTally) -> None:
    assert documents.read(HourTally, documents.write(value)) == value


@given(whole(Window))
@settings(max_examples=50, deadline=None)
def test_a_window_comes_back_as_it_was(value: Window) -> None:
    assert documents.read(Window, documents.write(value)) == value


@given(whole(Envelope))
@settings(max_examples=50, deadline=None)
def test_an_envelope_comes_back_as_it_was(value: Envelope) -> None:
    assert documents.read(Envelope, documents.write(value)) == value


@given(whole(Message), whole(Whisper), whole(Checkpoint))
@settings(max_examples=50, deadline=None)
def test_a_message_a_whisper_and_a_checkpoint_come_back_as_they_were(said: Message, to: Whisper, checkpoint: Checkpoint) -> None:
    assert documents.read(Message, documents.write(said)) == said
    assert documents.read(Whisper, documents.write(to)) == to
    assert documents.read(Checkpoint, documents.write(checkpoint)) == checkpoint


def test_markup_is_still_markup_and_is_not_escaped_again() -> None:
    read = documents.read(Message, documents.write(message("a & b")))
    assert isinstance(read.text, Mrkdwn)
    assert read.text == "a &amp; b"


@given(objects)
@settings(max_examples=50, deadline=None)
def test_documents_are_ascii_with_sorted_keys(value: dict[str, object]) -> None:
    text = documents.write(value)
    assert text.isascii()
    assert json.loads(text) == value
    assert documents.write(dict(reversed(value.items()))) == text


def test_fields_of_a_newer_version_are_left_out() -> None:
    body = json.loads(documents.write(alert("A1")))
    body["silenced_until"] = "2027-01-01"
    body["window"]["fingerprints"][0]["severity"] = 3
    assert documents.read(Alert, json.dumps(body)) == alert("A1")


def test_fields_that_an_older_version_did_not_have_are_empty() -> None:
    body = json.loads(documents.write(operation("1")))
    for name in ("jobs", "release_url", "inputs", "run_id", "channel", "dispatch_id"):
        del body[name]
    read = documents.read(Operation, json.dumps(body))
    assert (read.jobs, read.release_url, read.inputs, read.run_id, read.channel, read.dispatch_id) == ((), "", {}, None, "", "")
    assert read.version == "v1.2.3"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": "teleporting"}, "teleporting"),
        ({"requested_at": None}, "Operation"),
        ({"requested_at": "soon"}, "soon"),
        ({"jobs": 3}, "int"),
    ],
)
def test_what_can_not_be_read_is_named(change: dict[str, object], told: str) -> None:
    body = json.loads(documents.write(operation("1")))
    with pytest.raises(JournalError, match=told):
        documents.read(Operation, json.dumps(body | change))


def test_a_missing_field_without_an_empty_value_is_named() -> None:
    body = json.loads(documents.write(operation("1")))
    del body["requested_at"]
    with pytest.raises(JournalError, match=r"Operation\.requested_at is missing"):
        documents.read(Operation, json.dumps(body))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3"])
def test_a_damaged_document_is_an_error_of_the_journal(text: str) -> None:
    with pytest.raises(JournalError, match="Envelope"):
        documents.read(Envelope, text)


def test_what_the_envelope_wrote_itself_is_read_too() -> None:
    sent = envelope("k1", values={"a": ["b"]})
    assert documents.read(Envelope, json.dumps(sent.as_json())) == sent
    assert Envelope.from_json(json.loads(documents.write(sent))) == sent


@given(texts)
def test_stored_text_has_nothing_that_a_database_refuses(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    assert stored.encode().decode() == stored
    assert storable("Grüße\n\tan\\alle") == "Grüße\n\tan\\alle"


@given(st.lists(times, min_size=2))
def test_written_times_sort_as_the_times_do(moments: list[datetime]) -> None:
    written = [stamp(at) for at in moments]
    assert sorted(written) == [stamp(at) for at in sorted(moments)]
    assert [moment(text) for text in written] == moments
    assert {len(text) for text in written} == {27}


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert stamp(there) == "2026-03-02T12:00:00.000000Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        stamp(NOON.replace(tzinfo=None))


def test_an_operations_state_is_a_member_not_a_word() -> None:
    assert documents.read(Operation, documents.write(operation("1"))).state is OperationState.REQUESTED


def test_a_database_that_knows_times_gets_times_and_gives_them_back_in_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    kind, dialect = UtcTime(), postgresql.dialect()  # type: ignore[no-untyped-call]
    assert kind.process_bind_param(there, dialect) == NOON
    given = kind.process_result_value(there, dialect)
    assert given is not None
    assert given.tzinfo is UTC
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None
