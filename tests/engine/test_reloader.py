"""A reload takes all of the new configuration, or keeps all of the old one; the timeline says which."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.journal.journal import SqlJournal, open_journal
from bot.core.configuration import Configuration, Watch
from bot.engine.live import LiveConfiguration, snapshot
from bot.engine.reloader import Fresh, Reloader
from bot.ports.errors import ConfigError
from tests.clocks import FakeClock

OLD = Configuration(channel="C0OPS", plugins=("ops",), roles={"releaser": ("U0ANN",)}, services={})
NEW = replace(OLD, roles={"approver": ("U0BOB",)}, watches=(Watch("api", ("file", "/x.log"), timedelta(minutes=1), "C0OPS", "ERROR"),))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    made = open_journal(f"sqlite:///{tmp_path / 'journal.db'}", FakeClock())
    yield made
    made.close()


def told(journal: SqlJournal) -> tuple[str, str]:
    """Return the action that was audited last, and what the timeline is told."""
    with journal.read() as tx:
        (event,) = tx.audit.recent(1)
        row = tx.outbox.next("C0OPS")
    assert row
    return event.action, str(row.message)


def test_every_field_of_the_live_configuration_is_the_newest_one_s() -> None:
    live = LiveConfiguration(OLD)
    live.replace(NEW)

    assert all(getattr(live, field.name) == getattr(NEW, field.name) for field in fields(Configuration))
    kept = snapshot(live)
    live.replace(OLD)
    assert kept is NEW
    assert live.roles == OLD.roles


def test_what_changed_is_in_force_and_in_the_timeline(journal: SqlJournal) -> None:
    live, taken = LiveConfiguration(OLD), []
    reloader = Reloader(live, journal, FakeClock(), lambda: Fresh(NEW, {}, lambda: taken.append(live.now)))

    said = reloader.reload()

    assert said == "Configuration reloaded: role approver added; role releaser removed; watch api added."
    assert taken == [NEW]  # whoever takes it over finds the new one in force
    action, shown = told(journal)
    assert action == "configuration.reloaded"
    assert "role approver added" in shown


def test_a_broken_file_keeps_the_old_one_and_says_why_until_it_is_mended(journal: SqlJournal) -> None:
    live = LiveConfiguration(OLD)
    answers: list[Fresh | ConfigError] = [ConfigError("roles.x: found <!channel>; expected a list."), Fresh(OLD, {}, lambda: None)]

    def read() -> Fresh:
        answer = answers.pop(0)
        if isinstance(answer, ConfigError):
            raise answer
        return answer

    reloader = Reloader(live, journal, FakeClock(), read)

    assert "roles.x: found" in reloader.reload()
    assert live.now is OLD
    assert "The old configuration stays in force." in reloader.complaint
    action, shown = told(journal)
    assert action == "configuration.refused"
    assert "systemctl reload chatopsd" in shown
    assert reloader.reload() == "Configuration reloaded: nothing changed."
    assert reloader.complaint == ""
