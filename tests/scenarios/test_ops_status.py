"""`/ops status` at 3 a.m.: what runs, what waits for whom, what is locked or frozen, who has which alert, and which watch sees nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.journal import open_journal
from bot.core.alerts import Alert, AlertState, Origin
from bot.core.windows import Window
from bot.demo.processes import configuration
from bot.engine import side_by_side
from bot.testing import Workspace
from tests.scenarios.scene import Scene, scene_in

SEARCH = "[services.search.environments.production]\n"


def given_alerts(workspace: Workspace, *alerts: Alert) -> None:
    """Write alerts down before the daemon starts."""
    state = workspace.folder / "state"
    state.mkdir()
    journal = open_journal(f"sqlite:///{state / 'chatopsd.db'}", SystemClock())
    with journal.begin() as tx:
        for alert in alerts:
            tx.alerts.add(alert)
    journal.close()


def test_status_counts_all_open_alerts_and_names_who_has_them_those_that_nobody_has_first(empty_workspace: Workspace) -> None:
    now = datetime.now(UTC)
    window = Window("checkout-api", now, now, errors=1)
    alerts = [Alert(f"A{n}", "checkout-api", "", "C0ALERTS", AlertState.FIRING, now, window) for n in range(1, 13)]
    taken = [alert.acknowledge("U0RIA", now) for alert in alerts[4:]]
    given_alerts(empty_workspace, *alerts[:4], *taken)
    ann = empty_workspace.start().sandbox.ann

    ann.types("/ops status")

    shown = ann.reads(ann.waits_for("Open alerts"))
    assert "12 open alerts, 4 that nobody has" in shown
    assert "🔴 `A1` *checkout-api* · 1 error · nobody has it" in shown
    assert "🟠 `A12` *checkout-api* · 1 error · ria" in shown
    assert shown.index("`A1` ") < shown.index("`A12`")
    assert "… and 2 more" in shown


def test_status_tells_at_a_glance_what_waits_for_whom_and_what_is_closed(empty_workspace: Workspace) -> None:
    now = datetime.now(UTC)
    silent = Origin("watch", "checkout-api/blind", "checkout-api reads nothing", "warning", "No line for 30 min, where 500 are usual.")
    given_alerts(empty_workspace, Alert("A7", "checkout-api", "", "C0ALERTS", AlertState.FIRING, now, None, origin=silent))
    begins, ends = now - timedelta(hours=2), now + timedelta(hours=2)
    toml = configuration(empty_workspace.logs, "1s", approvals=True)
    empty_workspace.toml = toml.replace(SEARCH, f'{SEARCH}freeze = ["{begins:%a %H:%M} - {ends:%a %H:%M} UTC"]\n', 1)
    sandbox = empty_workspace.start().sandbox
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("*checkout* `v1.5.0` is live in *staging*", channel="C0OPS", timeout_s=40)
    sandbox.ann.types("/deploy checkout 1.5.0 production")
    sandbox.ann.waits_for("waits for approval", channel="C0OPS")
    sandbox.bob.types('/ops lock search staging "a migration"')
    sandbox.bob.waits_for("is locked", channel="C0OPS")

    sandbox.dana.types("/ops status")

    shown = sandbox.dana.reads(sandbox.dana.waits_for("Running now"))
    assert "1 waiting · 1 lock · 1 freeze · 1 blind watch" in shown
    parts = {part.partition("*")[0]: part for part in shown.split("\n*")}
    assert "Nothing runs." in parts["Running now"]
    assert "✋ *checkout* `v1.5.0` → production · waits for approval · deploy by ann" in shown
    assert "↳ 1 of 1 approval missing: @leads or ria · until " in shown
    assert "🔒 *search* · *staging* · by bob" in shown
    assert "“a migration”" in shown
    assert "❄️ *search* · *production* · until " in shown
    assert "No alert is open." in parts["Open alerts"]
    assert "🔴 `A7` *checkout-api reads nothing* · No line for 30 min, where 500 are usual. · nobody has it" in parts["Blind watches"]
    assert "<!subteam" not in str(shown), "nobody is called by a look"


def test_a_watch_that_nobody_reads_is_blind(empty_workspace: Workspace) -> None:
    then = datetime.now(UTC) - timedelta(hours=2)
    state = empty_workspace.folder / "state"
    state.mkdir()
    journal = open_journal(f"sqlite:///{state / 'chatopsd.db'}", SystemClock())
    with journal.begin() as tx:
        tx.watches.add_window(Window("checkout-api", then, then, lines=1, errors=1))
    journal.close()
    empty_workspace.toml = empty_workspace.toml.replace('"logwatch", ', "", 1)
    dana = empty_workspace.start().sandbox.dana

    dana.types("/ops status")

    shown = dana.reads(dana.waits_for("1 blind watch"))
    assert "⚠️ *checkout-api* · read 2 h ago, though it is to be read every 1 s" in shown
    dana.types("/ops watches")
    assert "*checkout-api* · every 1 s · 1 line, 1 error · 2 h ago" in dana.reads(dana.waits_for("1 line, "))


def test_locks_that_github_does_not_tell_are_no_locks(empty_workspace: Workspace) -> None:
    sandbox = empty_workspace.start().sandbox
    sandbox.fault("github", "*", "error", status=503, times=1000)

    sandbox.dana.types("/ops status")

    shown = sandbox.dana.reads(sandbox.dana.waits_for("Running now", timeout_s=30))
    assert "*Status*\nnot all locks are known\n" in shown
    assert "❓ Not known: checkout · staging: " in shown
    assert "⚠️ checkout staging: GitHub could not be asked what is live" in shown
    assert shown.count(" (and 3 more)") == 2


def test_status_does_not_wait_for_a_github_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "WITHIN_S", 0.5)
    with scene_in(tmp_path) as scene:
        shown = status_while_github_hangs(scene)

    assert "1 lock · not all locks are known" in shown
    assert "🔒 *search* · *staging* · by bob" in shown
    assert "checkout · staging: GitHub takes too long to answer. (and 2 more)" in shown
    assert "GitHub could not be asked what is live. GitHub takes too long to answer. (and 3 more)" in shown


def status_while_github_hangs(scene: Scene) -> str:
    """Lock an environment, and return what the status says when GitHub does not answer any more."""
    sandbox = scene.workspace.sandbox
    sandbox.bob.types('/ops lock search staging "a migration"')
    scene.sees(sandbox.bob, "is locked")
    scene.clock.advance(timedelta(minutes=2))
    sandbox.fault("github", "*", "slow", seconds=2, times=1000)

    sandbox.dana.types("/ops status")

    return sandbox.dana.reads(scene.wait(lambda: sandbox.dana.sees_message("Running now"), "the status"))
