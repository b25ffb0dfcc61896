"""`audit` and `journal`: what an operator does with the journal: verify, prune, back up, check."""

import argparse
import getpass
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.parser import add, add_group, on_journal
from bot.core.quoting import one_line
from bot.core.timeline_export import as_json_line
from bot.ports.journal import ChainBreak, ChainFault

if TYPE_CHECKING:
    from bot.adapters.journal import SqlJournal
    from bot.commands.parser import Commands

MOST_SHOWN = 1_000
_WHY = {
    ChainFault.CHANGED: "it was changed",
    ChainFault.GAP: "what stood before it was changed or removed, and no checkpoint says that it was pruned",
    ChainFault.WORDS_GONE: "what a person wrote is missing, there or later, and `audit redact` erased less than is missing",
    ChainFault.CUT_OFF: "the event with the hash given is not in the chain. The newest events were cut off, or it was pruned since",
}


def register(commands: "Commands") -> None:
    """Add the commands of this module."""
    actions = add_group(commands, "audit", "verify, show, export, redact or prune the chain of audit events")
    found = add(actions, "verify", on_journal(verify), "say whether the chain holds, and where it does not")
    found.add_argument("--against", metavar="HASH", type=hash_given, help="a head's hash that you kept: is it still in the chain?")
    old = add(actions, "prune", on_journal(prune), "replace old events by checkpoints, so that the chain still holds")
    old.add_argument("--before", metavar="DATE", type=date_given, required=True, help="such as 2026-01-01 (UTC): events before it go")

    shown = add(actions, "show", on_journal(show), "print what is known of an operation, an alert, or one event")
    shown.add_argument("id", metavar="ID", help="such as 7f3a01bc, A12, or the number of an event")
    out = add(actions, "export", on_journal(export), "print audit events as JSON lines, in the order of the chain")
    out.add_argument("--since", metavar="DATE", type=date_given, help="such as 2026-01-01 (UTC)")
    out.add_argument("--until", metavar="DATE", type=date_given, help="such as 2026-02-01 (UTC): events before it")
    gone = add(actions, "redact", on_journal(redact), "erase what a person wrote; the chain still holds")
    gone.add_argument("--person", metavar="ID", type=person_given, required=True, help="their id in Slack, such as U0ANN")

    actions = add_group(commands, "journal", "back the journal up, or look for damage")
    backup = add(actions, "backup", on_journal(back_up, of_any_version=True), "copy the journal into a new file, while the daemon runs")
    backup.add_argument("file", metavar="FILE", type=Path)
    add(actions, "check", on_journal(check), "look for damage in the whole journal, and verify the audit chain")


def verify(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Say whether the audit chain holds, and where it does not."""
    return _verified(journal, options.against or "")


def prune(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Replace the events before a date by checkpoints, a bite at a time: a daemon at work writes in between."""
    count = 0
    while True:
        with journal.begin() as tx:
            checkpoint = tx.audit.prune(options.before, by=_whoever_asks())
        if checkpoint is None:
            break
        count += checkpoint.detail["count"]
    print(f"{count} events from before {options.before:%Y-%m-%d} were pruned.")
    return _verified(journal)


def show(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Print every event of an operation or an alert, oldest first, or one event by its number."""
    wanted: str = options.id
    with journal.read() as tx:
        if wanted.isdecimal():
            one = tx.audit.get(int(wanted))
            events = [one] if one else []
        else:
            names = (
                [wanted]
                if ":" in wanted
                else [f"operation:{wanted.lower()}", f"alert:{wanted.upper()}", f"lock:{wanted}", f"plugin:{wanted}"]
            )
            events = [event for name in names for event in reversed(tx.audit.recent(MOST_SHOWN, name))]
    for event in events:
        detail = one_line(json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True))
        print(f"{event.seq:>8}  {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.actor:<12} {event.action:<28} {event.subject}  {detail}")
    if not events:
        print(
            f"There is no event of {wanted}. Expected is an operation's id, an alert's such as A12, or an event's number.", file=sys.stderr
        )
    return bool(events)


def export(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Print events as JSON lines, in the order of the chain."""
    with journal.read() as tx:
        for event in tx.audit.each(options.since, options.until):
            print(as_json_line(event.seq, event.at, event.actor, event.action, event.subject, event.detail, event.prev_hash, event.hash))
    return True


def redact(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Erase what a person wrote, and say what is left of it."""
    with journal.begin() as tx:
        erased, older = tx.audit.redact(options.person, by=_whoever_asks())
    print(f"{erased} texts of {options.person} were erased. Their id stays: without Slack's directory it names nobody.")
    if older:
        print(
            f"{older} older texts stand in the chain itself, from before they were kept apart. `audit prune` removes the events from before a date."
        )
    return _verified(journal)


def back_up(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Copy the journal into a new file."""
    journal.back_up(options.file)
    print(f"The journal is in {options.file} ({options.file.stat().st_size / 1e6:.1f} MB), and the copy was checked.")
    return True


def check(journal: "SqlJournal", options: argparse.Namespace) -> bool:
    """Look for damage everywhere, and verify the audit chain."""
    found = journal.examine()
    for line in found:
        print(f"Damaged: {line}", file=sys.stderr)
    if not found:
        print("The database is whole.")
    return _verified(journal) and not found


def _whoever_asks() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # as in many a container, the user is not in the machine's list; Python 3.13 raises the latter
        return f"uid {os.getuid()}"


def _verified(journal: "SqlJournal", against: str = "") -> bool:
    with journal.read() as tx:
        broken = tx.audit.verify(against)
        newest = [] if broken else tx.audit.recent(1)
    if broken:
        print(_told(broken), file=sys.stderr)
        return False
    for head in newest:
        print(f"The audit chain holds up to its last event, {head.seq}. Its hash, for --against: {head.hash}")
    if not newest:
        print("The audit chain holds no events yet.")
    return True


def _told(broken: ChainBreak) -> str:
    if broken.fault is ChainFault.CUT_OFF:
        return f"The audit chain holds up to event {broken.seq - 1}, but {_WHY[broken.fault]}."
    return f"The audit chain is broken at event {broken.seq}: {_WHY[broken.fault]}."


def hash_given(text: str) -> str:
    """Read the hash of an event from the command line."""
    if not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise argparse.ArgumentTypeError("expected the hash of an event, 64 hexadecimal digits, as `audit verify` prints it")
    return text.lower()


def person_given(text: str) -> str:
    """Read a person's id from the command line."""
    if not re.fullmatch("[UW][A-Z0-9]{1,30}", text):
        raise argparse.ArgumentTypeError("expected the id of a person in Slack, such as U0ANN, not a name")
    return text


def date_given(text: str) -> datetime:
    """Read a date that is past from the command line."""
    try:
        date = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a date such as 2026-01-01") from None
    if date > datetime.now(UTC):
        raise argparse.ArgumentTypeError("expected a date that is past")
    return date
