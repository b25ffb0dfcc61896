"""`chatopsd doctor` in the sandbox: all is well, and then one thing after the other is not."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.demo.processes import environment
from bot.doctor import round_trip
from bot.testing import Workspace

Finding = dict[str, str]
Doctor = Callable[..., tuple[int, list[Finding]]]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace whose daemon is not started: the doctor is asked before it."""
    made = Workspace(tmp_path_factory.mktemp("doctor"))
    (made.logs / "checkout.log").write_text("")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def doctor(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Examine with a `chatops.toml`, more arguments and other variables; return the exit code and the findings."""
    monkeypatch.chdir(workspace.folder)

    def examine(toml: str = "", *arguments: str, **variables: str) -> tuple[int, list[Finding]]:
        (workspace.folder / "chatops.toml").write_text(toml or workspace.toml)
        for name, value in {**environment(workspace.folder, workspace.url), **variables}.items():
            monkeypatch.setenv(name, value)
        code = ran("doctor", "--json", *arguments)
        found: list[Finding] = json.loads(capsys.readouterr().out)
        return code, found

    return examine


def ran(*arguments: str) -> int:
    """Run the command in a thread of its own: in this one the browser of other tests may hold an event loop."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(main, list(arguments)).result()


def told(found: list[Finding], level: str) -> list[str]:
    return [f"{each['topic']}: {each['text']} → {each['remedy']}" for each in found if each["level"] == level]


def one(found: list[Finding], level: str, *words: str) -> None:
    """See that exactly one finding of a level holds all the words."""
    assert len([line for line in told(found, level) if all(word in line for word in words)]) == 1, told(found, level)


def test_all_is_well_and_nothing_was_changed(workspace: Workspace, doctor: Doctor) -> None:
    before = len(workspace.dispatches())

    code, found = doctor()

    assert (code, told(found, "fail")) == (0, [])
    for words in (
        "it is @chatops",
        "within 30 s of",
        "the bot is in C0OPS",
        "all 3 holders",
        "may dispatch release.yml",
        "environment production is on",
    ):
        assert any(words in line for line in told(found, "ok")), (words, told(found, "ok"))
    one(found, "warn", "a click was not tried")
    assert len(workspace.dispatches()) == before
    assert not (workspace.folder / "state" / "chatopsd.db").exists()
    assert not [message for message in workspace.sandbox.ann.sees() if "doctor" in message.get("text", "")]


def test_a_person_reads_a_line_each_and_the_sum(doctor: Doctor, capsys: pytest.CaptureFixture[str]) -> None:
    doctor()

    ran("doctor")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok     settings: ")
    assert lines[-1].endswith("0 wrong.")
    assert any(line.startswith("       → ") for line in lines)


def test_wrong_settings_are_told_all_at_once(doctor: Doctor, workspace: Workspace) -> None:
    code, found = doctor(workspace.toml.replace('repo = "acme/checkout"', 'repo = "checkout"'), SLACK_APP_TOKEN="xoxb-sandbox-bot")

    assert code == 1
    one(found, "fail", "SLACK_APP_TOKEN", "begins with xapp-")
    one(found, "fail", "services.checkout.repo")
    assert "xoxb-sandbox-bot" not in str(found)


def test_tokens_that_slack_refuses_are_told_and_not_shown(doctor: Doctor) -> None:
    code, found = doctor(SLACK_BOT_TOKEN="xoxb-wrong-token", SLACK_APP_TOKEN="xapp-wrong-token")

    assert code == 1
    one(found, "fail", "Slack bot token", "invalid_auth", "xoxb-…")
    one(found, "fail", "Slack app-level token", "invalid_auth", "connections:write")
    assert "wrong-token" not in str(found)


def test_a_scope_that_is_missing_is_named_with_what_it_is_for(doctor: Doctor, workspace: Workspace) -> None:
    workspace.sandbox.token(
        "xoxb-fewer-scopes", scopes=["chat:write", "users:read", "channels:history", "groups:history", "usergroups:read"]
    )

    _, found = doctor(SLACK_BOT_TOKEN="xoxb-fewer-scopes")

    one(found, "fail", "reactions:read is missing", "chatopsd manifest")


def test_a_slack_that_can_not_be_reached_is_not_laid_to_the_tokens(doctor: Doctor) -> None:
    _, found = doctor(SLACK_API_URL="http://127.0.0.1:9/api/")

    one(found, "fail", "Slack bot token", "can't be reached", "HTTPS_PROXY")
    one(found, "fail", "Slack app-level token", "can't be reached", "HTTPS_PROXY")


def test_every_channel_that_is_named_anywhere_is_looked_at(doctor: Doctor, workspace: Workspace) -> None:
    environment = "[services.search.environments.staging]\n"
    assert environment in workspace.toml
    toml = workspace.toml.replace(environment, f'{environment}approvals_channel = "C0NONE1"\n')

    _, found = doctor(f'{toml}\n[alertmanager]\nchannel = "C0NONE2"\n', ALERTMANAGER_URL=workspace.url)

    one(found, "fail", "the bot is not in C0NONE1 (of the approvals for search in staging)")
    one(found, "fail", "the bot is not in C0NONE2 (of [alertmanager])")


def test_a_journal_of_a_newer_program_is_told_before_the_start_refuses_it(doctor: Doctor, tmp_path: Path) -> None:
    place = tmp_path / "of shop #1.db"  # whatever a path may hold
    with closing(sqlite3.connect(place)) as made, made:
        made.execute("CREATE TABLE alembic_version (version_num)")
        made.execute("INSERT INTO alembic_version VALUES ('9999')")

    code, found = doctor(DATABASE_URL=f"sqlite:///{place}")

    assert code == 1
    one(found, "fail", "journal: ", "a newer chatopsd made its tables (version 9999;", "restore a backup")


def test_a_secret_that_goes_over_the_network_for_all_to_read_is_told(doctor: Doctor) -> None:
    _, found = doctor(
        GITHUB_API_URL="http://192.0.2.1.invalid/api/v3",
        LOKI_URL="http://loki.invalid",
        ALERTMANAGER_URL="http://alerts.invalid",
        ALERTMANAGER_TOKEN="of-alertmanager",
    )

    told_of = [line.split(" begins")[0] for line in told(found, "warn") if "for all to read" in line]
    assert told_of == ["secrets: GITHUB_API_URL", "secrets: ALERTMANAGER_URL"]  # Slack's is on loopback, and Loki is sent none


def test_a_file_with_secrets_that_others_may_read_is_told(doctor: Doctor, workspace: Workspace) -> None:
    dotenv = workspace.folder / ".env"
    dotenv.touch()
    dotenv.chmod(0o640)
    _, open_to_others = doctor()
    dotenv.chmod(0o600)
    _, closed = doctor()
    dotenv.unlink()

    one(open_to_others, "warn", "secrets: ", "is not for its owner alone (-rw-r-----)", f"chmod 600 {dotenv}")
    assert not [each for each in closed if each["topic"] == "secrets"]


def test_channels_and_people_that_are_not_there_are_told(doctor: Doctor, workspace: Workspace) -> None:
    workspace.sandbox.channel("C0ALERTS", remove=["U0CHATOPS"])

    code, found = doctor(workspace.toml.replace('approver = ["S0LEADS", ', 'approver = ["S0NOBODY", "U0NOBODY", '))

    workspace.sandbox.channel("C0ALERTS", add=["U0CHATOPS"])
    assert code == 1
    one(found, "fail", "not in C0ALERTS (of the watch checkout-api)", "/invite @chatops")
    one(found, "fail", "approver: S0NOBODY can't be looked up")
    one(found, "fail", "approver: U0NOBODY can't be looked up")


def test_what_the_github_token_may_not_do_is_told(doctor: Doctor, workspace: Workspace) -> None:
    limited: dict[str, Any] = {"token": "reads-only", "permissions": {"contents": "read", "actions": "read"}, "repos": ["acme/checkout"]}
    workspace.sandbox.call("POST", "github/token", limited)

    code, found = doctor(GITHUB_TOKEN="reads-only")

    assert code == 1
    one(found, "fail", "service checkout", "may not dispatch release.yml", "Actions read and write")
    one(found, "fail", "service search", "acme/search", "Actions read and write")
    one(
        found,
        "warn",
        "service checkout",
        "may not write branches of acme/checkout: locks are kept here only",
        "Contents read and write",
        "set kept_as of [locks] to journal",
    )


def test_a_repository_to_which_the_audit_s_head_can_not_go_is_told(doctor: Doctor, workspace: Workspace) -> None:
    limited: dict[str, Any] = {"token": "writes-one", "permissions": {"contents": "write", "actions": "write"}, "repos": ["acme/checkout"]}
    workspace.sandbox.call("POST", "github/token", limited)
    before = workspace.sandbox.repo("acme/checkout")

    _, found = doctor(workspace.toml.replace("[chatops]\n", '[chatops]\naudit_repo = "acme/search"\n'), GITHUB_TOKEN="writes-one")

    one(found, "warn", "audit: ", "may not write branches of acme/search: the audit's head is told in the timeline only")
    one(found, "ok", "service checkout: the token may write branches of acme/checkout")
    assert workspace.sandbox.repo("acme/checkout") == before


def test_workflows_that_do_not_fit_are_told(doctor: Doctor, workspace: Workspace) -> None:
    odd = "on:\n  workflow_dispatch:\n    inputs:\n      version:\n      environment:\n        type: choice\n        options: [staging]\njobs: {}\n"
    workspace.sandbox.commit(
        "acme/search", "main", "odd", {".github/workflows/odd.yml": odd, ".github/workflows/push.yml": "on: push\njobs: {}\n"}
    )
    toml = workspace.toml.replace(
        '[services.search]\nrepo = "acme/search"\nrelease_workflow = "release.yml"\ndeploy_workflow = "deploy.yml"',
        '[services.search]\nrepo = "acme/search"\nrelease_workflow = "odd.yml"\ndeploy_workflow = "push.yml"',
    )

    code, found = doctor(
        toml.replace(
            "[services.search.environments.staging]", "[services.search.environments.moon]\n[services.search.environments.staging]"
        )
    )

    assert code == 1
    one(found, "fail", "odd.yml has no input sha (our word sha); it has: version, environment", "[services.search.inputs]")
    one(found, "fail", "odd.yml has no input dispatch_id")
    one(found, "fail", "odd.yml does not offer the environment production")
    one(found, "fail", "push.yml has no trigger workflow_dispatch")
    one(found, "warn", "GitHub has no environment moon")


def test_a_watch_without_a_file_and_with_a_slow_pattern_is_told(doctor: Doctor, workspace: Workspace) -> None:
    _, found = doctor(
        workspace.toml.replace(f"{workspace.logs}/*.log", "/var/log/none/*.log").replace(
            "ERROR|CRITICAL|FATAL|Exception|Traceback", "[A-Z]+"
        )
    )

    one(found, "warn", "watch checkout-api", "no file matches /var/log/none/*.log")
    one(found, "warn", "watch checkout-api", "every line is tried")


def test_servers_that_do_not_answer_and_a_selector_that_finds_nothing_are_told(doctor: Doctor, workspace: Workspace) -> None:
    source = f'{{ file = "{workspace.logs}/*.log" }}'
    assert source in workspace.toml
    toml = workspace.toml.replace(source, """{ loki = '{app="none"}' }""")

    _, found = doctor(toml, LOKI_URL=workspace.url)
    code, lost = doctor(f"{toml}\n[alertmanager]\n", LOKI_URL="http://127.0.0.1:9", ALERTMANAGER_URL="http://127.0.0.1:9")

    one(found, "warn", "watch checkout-api", "Loki has no stream of the last day")
    assert code == 1
    one(lost, "fail", "watch checkout-api: Loki can't be reached")
    one(lost, "fail", "Alertmanager: ", "is ALERTMANAGER_URL right")


def test_the_click_of_who_was_asked_comes_back(doctor: Doctor, workspace: Workspace) -> None:
    ann, answered = workspace.sandbox.ann, []

    def press() -> None:
        shown = ann.waits_for("please press this button", timeout_s=30)
        ann.clicks(shown, "It works")
        answered.append(shown)

    pressing = threading.Thread(target=press)
    pressing.start()
    _, found = doctor("", "--ask", ann.id)
    pressing.join(30)

    one(found, "ok", "Slack round trip", f"{ann.id}'s click came in")
    assert answered[0]["ephemeral_to"] == ann.id


def test_a_service_that_runs_is_not_disturbed_not_even_while_it_tells_of_an_absence_and_does_not_beat(
    doctor: Doctor, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_trip, "_ALIVE_WITHIN", timedelta(0))
    workspace.start()
    try:
        before = {connection["id"] for connection in workspace.sandbox.connections()}

        _, found = doctor()

        one(found, "ok", "Slack round trip", "the service runs")
        one(found, "ok", "journal", "its tables are up to date")
        assert {connection["id"] for connection in workspace.sandbox.connections()} == before
    finally:
        workspace.stop()
