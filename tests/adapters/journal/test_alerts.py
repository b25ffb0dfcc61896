"""Contract of the alerts."""

from dataclasses import replace

import pytest

from bot.adapters.journal import SqlJournal
from bot.core.alerts import AlertState, Origin
from bot.ports.errors import JournalError

from .values import after, alert


def test_ids_are_short_and_never_given_out_twice(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert [tx.alerts.next_id(), tx.alerts.next_id()] == ["A1", "A2"]
    with journal.begin() as tx:
        assert tx.alerts.next_id() == "A3"


def test_an_alert_comes_back_as_it_was_saved_last(journal: SqlJournal) -> None:
    fired = alert("A1")
    with journal.begin() as tx:
        tx.alerts.add(fired)
    with journal.read() as tx:
        assert tx.alerts.get("A1") == fired
        assert tx.alerts.get("A2") is None

    taken = fired.acknowledge("U2", after(3), "looking")
    with journal.begin() as tx:
        tx.alerts.save(taken)
    with journal.read() as tx:
        assert tx.alerts.get("A1") == taken


def test_an_alert_that_was_never_added_is_not_saved_in_silence(journal: SqlJournal) -> None:
    with pytest.raises(JournalError, match="A7"), journal.begin() as tx:
        tx.alerts.save(alert("A7"))


def test_open_alerts_come_newest_first_of_all_channels_or_of_one(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.alerts.add(alert("A1"))
        tx.alerts.add(alert("A2", opened_at=after(5), state=AlertState.ACKNOWLEDGED))
        tx.alerts.add(alert("A3", opened_at=after(5), channel="C2"))
        tx.alerts.add(alert("A4", opened_at=after(9)))
        tx.alerts.save(replace(alert("A4", opened_at=after(9)), state=AlertState.RESOLVED))

    with journal.read() as tx:
        assert [each.id for each in tx.alerts.open()] == ["A3", "A2", "A1"]
        assert [each.id for each in tx.alerts.open("C1")] == ["A2", "A1"]
        assert tx.alerts.open("C3") == []


def test_of_one_problem_one_alert_is_open(journal: SqlJournal) -> None:
    problem = Origin("watch", "api \udcff")
    with journal.begin() as tx:
        tx.alerts.add(alert("A1", origin=problem))
        tx.alerts.add(alert("A2"))
        tx.alerts.add(alert("A3"))
    with pytest.raises(JournalError, match="open alert of watch:api"), journal.begin() as tx:
        tx.alerts.add(alert("A4", origin=problem))
    with journal.begin() as tx:
        assert tx.alerts.open_of("watch:api \udcff") == alert("A1", origin=problem)
        assert tx.alerts.open_of("watch:web") is None
        assert tx.alerts.open_of("") is None
        tx.alerts.save(alert("A1", origin=problem).resolve(after(3)))
        assert tx.alerts.open_of("watch:api \udcff") is None
        tx.alerts.add(alert("A5", origin=problem))

    with journal.read() as tx:
        assert (tx.alerts.open_of("watch:api \udcff") or alert("")).id == "A5"
