"""The journal export format: text and binary fields, long values, and a stream that is cut off anywhere."""

import struct
from io import BytesIO

import pytest

from bot.adapters.logs.export_format import CUT, LONGEST_VALUE, read_entries

BINARY = b"MESSAGE\n" + struct.pack("<Q", 9) + b"two\nlines\n"
ENTRIES = b"__CURSOR=a=1\nMESSAGE=one\n\n__CURSOR=b\n" + BINARY + b"\n"


def test_text_and_binary_fields_are_read() -> None:
    assert list(read_entries(BytesIO(ENTRIES))) == [
        {"__CURSOR": b"a=1", "MESSAGE": b"one"},
        {"__CURSOR": b"b", "MESSAGE": b"two\nlines"},
    ]


@pytest.mark.parametrize("length", range(len(ENTRIES)))
def test_an_entry_that_is_cut_off_is_left_out(length: int) -> None:
    whole = list(read_entries(BytesIO(ENTRIES)))

    found = list(read_entries(BytesIO(ENTRIES[:length])))

    assert found == whole[: len(found)]
    assert len(found) < 2


@pytest.mark.parametrize("form", ["text", "binary"])
@pytest.mark.parametrize("length", [LONGEST_VALUE - 1, LONGEST_VALUE, LONGEST_VALUE + 1, 5 * LONGEST_VALUE])
def test_a_long_value_is_cut_and_what_follows_is_read(form: str, length: int) -> None:
    value = b"x" * length
    field = b"MESSAGE=" + value + b"\n" if form == "text" else b"MESSAGE\n" + struct.pack("<Q", length) + value + b"\n"

    (entry,) = read_entries(BytesIO(field + b"PRIORITY=3\n\n"))

    assert entry["MESSAGE"] == value[:LONGEST_VALUE]
    assert entry["PRIORITY"] == b"3"
    assert (CUT in entry) == (length > LONGEST_VALUE)
