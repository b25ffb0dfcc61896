"""Alerts over hours and restarts: reminders, escalation, snoozes that end, a release that brought something new, charts that Slack refuses."""

from datetime import timedelta
from typing import Any

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

Json = dict[str, Any]
ALERTS = "C0ALERTS"
LEARNING = 'learning = "0s"'
PAGE_S = 20


def write(workspace: Workspace, text: str) -> None:
    with (workspace.logs / "api.log").open("a") as log:
        log.write(text)


def test_owners_are_asked_and_who_does_not_answer_is_followed_by_the_next(empty_workspace: Workspace) -> None:
    workspace, clock = empty_workspace, ShiftedClock()
    workspace.toml = workspace.toml.replace(
        LEARNING, f'{LEARNING}\nescalation = ["S0LEADS", "U0BOB"]\nremind_after = "30m"\nresolve_after = 10000\n'
    )
    (workspace.logs / "api.log").write_text("INFO start\n")
    ann, ria = workspace.sandbox.ann, workspace.sandbox.ria
    with daemon_with(workspace, clock):
        ann.types("/ops scan")
        ann.waits_for("no errors", timeout_s=PAGE_S)
        write(workspace, "ERROR pool is empty\n")
        alert = ann.waits_for("pool is empty", ALERTS, timeout_s=PAGE_S)
        ann.clicks(alert, "Acknowledge")
        ann.waits_for("Acknowledged by ann", ALERTS)
        clock.advance(timedelta(minutes=31))
        asked = ann.waits_for("are you still on", ALERTS, timeout_s=PAGE_S)
        ria.clicks(asked, "Still on it")
        ria.waits_for("only they can say so", ALERTS)
        ann.clicks(asked, "Still on it")
        ann.waits_for("✔️ they are", ALERTS)
        clock.advance(timedelta(minutes=31))
        workspace.sandbox.wait_until(
            lambda: str(ann.sees_thread(alert)).count("are you still on") >= 2, PAGE_S, "ann to be asked once more"
        )
    with daemon_with(workspace, clock):  # nothing is forgotten over a restart
        clock.advance(timedelta(minutes=31))
        ann.waits_for("<!subteam^S0LEADS> ann did not answer", ALERTS, timeout_s=PAGE_S)
        ann.waits_for("nobody has it yet", ALERTS)
        clock.advance(timedelta(minutes=31))
        ann.waits_for("<@U0BOB> nobody has taken", ALERTS, timeout_s=PAGE_S)
    assert len([m for m in ann.sees(ALERTS) if m.get("thread_ts") in (None, m["ts"]) and m["user"] == "U0CHATOPS"]) == 1


def test_what_is_new_after_a_release_offers_the_way_back_through_every_gate(empty_workspace: Workspace) -> None:
    workspace = empty_workspace.start()
    sandbox, bob, dana = workspace.sandbox, workspace.sandbox.bob, workspace.sandbox.dana
    for version in ("1.5.0", "1.6.0"):
        bob.types(f"/release checkout {version} production")
        bob.waits_for(f"*checkout* `v{version}` is live in *production*", channel="C0OPS", timeout_s=40)
        sandbox.commit("acme/checkout", "main", f"fix: after {version}", {f"{version}.txt": "x"})
    # In the window in which the release ended nobody knows what came first; the next but one has begun after it.
    scans = workspace.log().count("watch.scanned")
    sandbox.wait_until(lambda: workspace.log().count("watch.scanned") >= scans + 2, what="a window that began after the release")
    write(workspace, "ERROR the cart is a turtle\n")
    alert = bob.waits_for("after checkout `v1.6.0` reached production", ALERTS, timeout_s=PAGE_S)
    assert "Roll back to v1.5.0" in bob.reads(alert)

    dana.clicks(alert, "Roll back to v1.5.0 …")
    sandbox.wait_until(lambda: dana.modals and "`v1.6.0` → `v1.5.0`" in str(dana.modal), what="what it takes back")
    assert "releaser" in str(dana.submits({}))
    assert len(workspace.dispatches()) == 2

    bob.clicks(alert, "Roll back to v1.5.0 …")
    sandbox.wait_until(lambda: bob.modals and "`v1.6.0` → `v1.5.0`" in str(bob.modal), what="what it takes back")
    assert bob.submits({}) == {}
    sandbox.wait_until(lambda: len(workspace.dispatches()) == 3, 40, "the rollback to be dispatched")
    sent: Json = workspace.dispatches()[-1]["body"]  # type: ignore[assignment]
    assert (sent["inputs"]["version"], sent["inputs"]["environment"]) == ("v1.5.0", "production")
    alert = bob.waits_for("`v1.5.0` is live there since", ALERTS, timeout_s=40)
    assert "Roll back to" not in bob.reads(alert)


def test_a_workspace_that_knows_no_charts_gets_a_picture_and_is_not_asked_again(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    workspace.start()
    workspace.wait_watching()
    write(workspace, "ERROR pool is empty\n")
    ann.waits_for("pool is empty", ALERTS, timeout_s=PAGE_S)
    sandbox.limits(slack_unknown_blocks=["data_visualization"])
    for n in range(2, 6):
        write(workspace, "ERROR pool is empty\n" * n)
        ann.waits_for(f"*{n} errors of", ALERTS, timeout_s=PAGE_S)

    alert = ann.waits_for("errors in all", ALERTS, timeout_s=PAGE_S)
    kinds = [block["type"] for block in alert["blocks"]]
    assert "data_visualization" not in kinds
    assert "image" in kinds
    assert "Acknowledge" in ann.reads(alert)
    refused = [e for e in sandbox.record(side="slack", call="chat.update") if "invalid_blocks" in str(e)]
    assert len(refused) <= 1


def test_a_channel_that_another_company_reads_sees_counts_and_no_line(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    workspace.toml = workspace.toml.replace('channel = "C0ALERTS"', 'channel = "C0PARTNERS"\ngrafana = "https://grafana.example.org/d/x"')
    workspace.start().wait_watching()
    write(workspace, "ERROR the vault of ann@example.com is open\n")

    alert = workspace.sandbox.eve.waits_for("1 error of 1 line", "C0PARTNERS", timeout_s=PAGE_S)

    sent = str([e["body"] for e in workspace.sandbox.record(side="slack") if e["call"] in ("chat.postMessage", "chat.update")])
    assert "people of other companies" in workspace.sandbox.eve.reads(alert)
    assert "vault" not in sent
    assert "grafana" not in sent
