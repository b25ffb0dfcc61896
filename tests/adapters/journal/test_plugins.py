"""Contract of what plugins store, and of their switches."""

import pytest

from bot.adapters.journal import SqlJournal
from bot.ports.journal import PluginSwitch

from .values import after


def test_each_plugin_has_its_own_keys(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.plugins.put("rota", "who", {"name": "ann", "half": "\ud800", "nul": "\0", "list": [1, 2.5, None, True]}, after(0))
        tx.plugins.put("other", "who", "bob", after(0))
        tx.plugins.put("rota", "who:next", "ria", after(0))
    with journal.read() as tx:
        assert tx.plugins.get("rota", "who") == {"name": "ann", "half": "\ufffd", "nul": "\0", "list": [1, 2.5, None, True]}
        assert tx.plugins.get("rota", "nothing", 7) == 7
        assert tx.plugins.items("rota", "who:") == {"who:next": "ria"}
        assert list(tx.plugins.items("rota")) == ["who", "who:next"]
        assert tx.plugins.items("rota", "WHO") == {}


def test_a_key_is_written_over_and_forgotten(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.plugins.put("rota", "n", 1, after(0))
        tx.plugins.put("rota", "n", 2, after(1))
        assert tx.plugins.get("rota", "n") == 2
        assert tx.plugins.delete("rota", "n")
        assert not tx.plugins.delete("rota", "n")
        assert tx.plugins.get("rota", "n") is None


@pytest.mark.parametrize("value", [float("nan"), object(), {"at": after(0)}])
def test_what_is_no_plain_json_is_refused(journal: SqlJournal, value: object) -> None:
    with pytest.raises((TypeError, ValueError)), journal.begin() as tx:
        tx.plugins.put("rota", "n", value, after(0))  # type: ignore[arg-type]


def test_the_last_switch_counts(journal: SqlJournal) -> None:
    off = PluginSwitch("rota", False, "chatopsd", after(0), "it crashed")
    with journal.begin() as tx:
        tx.plugins.switch(PluginSwitch("rota", True, "U1", after(0)))
        tx.plugins.switch(off)
    with journal.read() as tx:
        assert tx.plugins.switches() == {"rota": off}
