"""`/ops status` tells the truth about alerts: how many there are, and which of them nobody has."""

from datetime import UTC, datetime

from bot.adapters.clock import SystemClock
from bot.adapters.journal import open_journal
from bot.core.alerts import Alert, AlertState, Window
from bot.testing import Workspace


def test_status_counts_all_open_alerts_and_names_who_has_them(empty_workspace: Workspace) -> None:
    state = empty_workspace.folder / "state"
    state.mkdir()
    now = datetime.now(UTC)
    journal = open_journal(f"sqlite:///{state / 'chatopsd.db'}", SystemClock())
    with journal.begin() as tx:
        for n in range(1, 13):
            alert = Alert(f"A{n}", "checkout-api", "", "C0ALERTS", AlertState.FIRING, now, Window("checkout-api", now, now, errors=1))
            tx.alerts.add(alert.acknowledge("U0RIA", now) if n == 12 else alert)
    journal.close()
    ann = empty_workspace.start().sandbox.ann
    ann.types("/ops status")
    shown = ann.reads(ann.waits_for("Open alerts"))
    assert "🟠 `A12` *checkout-api* · 1 error · ria" in shown
    assert "🔴 `A11` *checkout-api* · 1 error · nobody has it" in shown
    assert "… and 2 more" in shown
