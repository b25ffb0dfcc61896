"""Contract of the silences that are wanted in Alertmanager."""

from dataclasses import replace
from datetime import timedelta

from bot.adapters.journal import SqlJournal
from bot.core.alertmanager import Silence
from bot.core.alerts import AlertState

from .values import after, alert


def test_a_silence_comes_back_as_it_was_written_last_until_it_is_removed(journal: SqlJournal) -> None:
    wanted = Silence("m1", "A1", {"alertname": "Down", "cluster": ""}, "Ann", "on it", until=after(30))
    with journal.begin() as tx:
        tx.silences.put(wanted)
        tx.silences.put(Silence("m2", "A2", {"alertname": "Slow"}, "Bob", "mine"))
    made = replace(wanted, remote_id="x", ends_at=after(20), is_wanted=False)
    with journal.begin() as tx:
        tx.silences.put(made)

    with journal.read() as tx:
        assert tx.silences.of("A1") == [made]
        assert [silence.marker for silence in tx.silences.all()] == ["m1", "m2"]
    with journal.begin() as tx:
        tx.silences.remove("m1")
    with journal.read() as tx:
        assert tx.silences.of("A1") == []
        assert [silence.alert for silence in tx.silences.all()] == ["A2"]


def test_resolved_alerts_of_one_source_are_found_by_when_they_were_opened(journal: SqlJournal) -> None:
    old, new, other = (
        alert("A1", watch="alertmanager"),
        alert("A2", watch="alertmanager", opened_at=after(60)),
        alert("A3", opened_at=after(60)),
    )
    still = alert("A4", watch="alertmanager", opened_at=after(60))
    with journal.begin() as tx:
        for each in (old, new, other, still):
            tx.alerts.add(each)
        for each in (old, new, other):
            tx.alerts.save(each.resolve(after(90), "U1"))

    with journal.read() as tx:
        found = tx.alerts.resolved_of("alertmanager", after(60) - timedelta(seconds=1))

        last = tx.alerts.last_resolved("alertmanager", 1)
        every = tx.alerts.last_resolved("alertmanager", 9)

    assert [(each.id, each.state) for each in found] == [("A2", AlertState.RESOLVED)]
    assert last == found
    assert [each.id for each in every] == ["A2", "A1"]
