"""What docs/audit.md says of an event is what an event is."""

import json
import re
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

from bot.adapters.journal.audit import PRUNED, hash_of
from bot.adapters.journal.documents import canonical
from bot.ports.journal import AuditEvent

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs" / "audit.md").read_text()


def first_cells(head: str) -> list[str]:
    """Return the words in the first column of the table that begins with these heads."""
    table = PAPER.split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    return [cell for line in table.splitlines()[2:] for cell in re.findall(r"`([^`]+)`", line.split("|")[1])]


def test_every_field_is_described_and_no_other() -> None:
    assert set(first_cells("field | what it is")) == {field.name for field in fields(AuditEvent)}


def test_every_kind_of_action_that_the_program_writes_is_described() -> None:
    described = {words.rstrip("…") for words in first_cells("action | it says that")}
    code = "".join(path.read_text() for room in ("bot", "plugins") for path in (ROOT / room).rglob("*.py"))
    written = {f"{family}." for family in re.findall(r"AuditEvent\([^()]*(?:\([^()]*\)[^()]*)*?f?\"([a-z]+)\.", code)}

    assert {"operation.", "alert.", "message."} <= written
    assert (written - {"audit."}) | {PRUNED, "audit.redacted", "audit.head"} == described


def test_the_example_can_be_computed_without_this_program_and_is_what_the_program_computes() -> None:
    lines = re.findall(r"^(\{.*\})\n([0-9a-f]{64})$", PAPER, flags=re.MULTILINE)

    assert len(lines) == 2
    before = ""
    for text, told in lines:
        event = json.loads(text)
        assert sha256(text.encode()).hexdigest() == told
        assert hash_of(**{**event, "detail": canonical(event["detail"])}) == told
        assert event["prev_hash"] == before
        before = told


def test_the_detail_of_a_checkpoint_is_described() -> None:
    described = {name.removeprefix("detail.") for name in first_cells("field | value") if name.startswith("detail.")}
    assert described == {"first_seq", "last_seq", "count", "last_hash", "signed_off_by"}
