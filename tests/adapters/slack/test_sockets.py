"""The connections: each way to lose one, and how the daemon ends them."""

import json
import socket
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.adapters.slack import link as links
from bot.core.redaction import Secret
from bot.ports.errors import ConfigError, Unavailable
from bot.ports.events import EnvelopeKind

from .conftest import PATIENCE_S, Collector, connected, eventually

pytestmark = pytest.mark.sockets


def commands(wired, sandbox, count=1):
    """Let ann type commands one after the other; return what she saw."""
    return [sandbox.ann.types(f"/release {n}") for n in range(count)]


def carriers(sandbox, since=0):
    """Return the connections that carried a command since."""
    return {frame["path"] for frame in sandbox.record(call="slash_commands", since=since)}


def lose(sandbox, connection, how):
    """Harm one connection, or all of them."""
    do, _, reason = how.partition(" ")
    sandbox.sockets(do, connection=connection, **({"reason": reason} if reason else {}))


def test_both_connections_are_served(running, sandbox):
    since = len(sandbox.record())

    answers = []
    while len(carriers(sandbox, since)) < 2:
        answers += commands(running, sandbox)
        assert len(answers) < 100

    assert answers == [{"ok": True}] * len(answers)
    assert len(running.receiver.of(EnvelopeKind.COMMAND)) == len(answers)


LOSSES = ["close", "fin", "reset", "disconnect refresh_requested", "disconnect warning"]


@pytest.mark.parametrize("how", LOSSES)
def test_while_one_connection_is_lost_the_other_serves_and_it_comes_back(wired, sandbox, how):
    with connected(wired, sandbox) as sockets:
        lost, kept = (connection["id"] for connection in sandbox.connections())

        lose(sandbox, lost, how)
        answers = commands(wired, sandbox, 10)

        eventually(lambda: lost not in {c["id"] for c in sandbox.connections()} and len(sandbox.connections()) == 2, "the new connection")
        eventually(lambda: sockets.connected == 2)
        assert kept in {connection["id"] for connection in sandbox.connections()}
        # What was on its way over the very connection that broke is lost with it; nothing else is.
        assert answers.count({"ok": True}) >= (10 if "disconnect" in how else 9)
        assert commands(wired, sandbox, 5) == [{"ok": True}] * 5


@pytest.mark.parametrize("how", LOSSES)
def test_when_all_connections_are_lost_at_once_they_come_back(wired, sandbox, how):
    with connected(wired, sandbox) as sockets:
        before = {connection["id"] for connection in sandbox.connections()}

        lose(sandbox, "all", how)

        eventually(lambda: len({c["id"] for c in sandbox.connections()} - before) == 2, "two new connections")
        eventually(lambda: sockets.connected == 2)
        assert commands(wired, sandbox, 3) == [{"ok": True}] * 3


def test_a_refresh_of_the_only_connection_leaves_no_gap(wired, sandbox):
    with connected(wired, sandbox, connections=1):
        for _ in range(2):
            before = sandbox.connections()[-1]["id"]
            lose(sandbox, before, "disconnect refresh_requested")
            while before in {connection["id"] for connection in sandbox.connections()}:
                assert commands(wired, sandbox) == [{"ok": True}]

        assert commands(wired, sandbox) == [{"ok": True}]


def test_a_deaf_connection_is_noticed_and_replaced(wired, sandbox, monkeypatch):
    monkeypatch.setattr(links, "PING_EVERY_S", 1)
    with connected(wired, sandbox) as sockets:
        deaf, _ = (connection["id"] for connection in sandbox.connections())

        lose(sandbox, deaf, "deaf")

        eventually(lambda: len([c for c in sandbox.connections() if c["state"] == "open"]) == 2, "the new connection")
        eventually(lambda: sockets.connected == 2)


@pytest.mark.parametrize("how", ["close", "fin", "reset"])
def test_a_connection_that_is_lost_says_so_without_anybody_looking(wired, sandbox, monkeypatch, how):
    monkeypatch.setattr(links, "_LOOK_EVERY_S", 3600.0)
    with connected(wired, sandbox) as sockets:
        before = {connection["id"] for connection in sandbox.connections()}
        lose(sandbox, "all", how)
        eventually(lambda: len({c["id"] for c in sandbox.connections()} - before) == 2, "two new connections")
        eventually(lambda: sockets.connected == 2)


def test_a_frame_that_we_make_a_mistake_with_ends_no_connection(wired, sandbox, monkeypatch, caplog):
    with connected(wired, sandbox) as sockets:
        before = {connection["id"] for connection in sandbox.connections()}
        with monkeypatch.context() as broken:
            broken.setattr(sockets._arrivals, "take", lambda *_arguments: 1 / 0)
            answer = sandbox.ann.types("/release 1")
        assert "slack.frame_crashed" in caplog.messages
        assert answer != {"ok": True}
        assert commands(wired, sandbox, 3) == [{"ok": True}] * 3
        assert {connection["id"] for connection in sandbox.connections()} == before


def test_a_connection_that_stays_silent_is_replaced(wired, sandbox, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(links, "_LOOK_EVERY_S", 0.1)
    with connected(wired, sandbox) as sockets:
        before = {connection["id"] for connection in sandbox.connections()}
        with monkeypatch.context() as impatient:
            impatient.setattr(links, "SILENT_S", 0.0)
            eventually(lambda: caplog.messages.count("slack.disconnected") >= 2)

        eventually(lambda: sockets.connected == 2)
        assert not before & {connection["id"] for connection in sandbox.connections()}
        reasons = [record.fields["why"] for record in caplog.records if record.message == "slack.disconnected"]
        assert set(reasons) == {"silent"}


def test_a_frame_that_stalls_midway_is_not_lost(wired, sandbox):
    with connected(wired, sandbox, connections=1):
        sandbox.sockets("stall", connection="all", seconds=2.5)

        assert commands(wired, sandbox) == [{"ok": True}]
        assert len(sandbox.connections()) == 1


def test_too_many_connections_wait_before_they_try_again(wired, sandbox, monkeypatch, caplog):
    caplog.set_level("INFO")
    with connected(wired, sandbox) as sockets:
        lose(sandbox, "any", "disconnect too_many_websockets")

        eventually(lambda: "slack.disconnected" in caplog.messages)
        (gone,) = (record for record in caplog.records if record.message == "slack.disconnected")
        assert gone.fields["why"] == "too_many_websockets"
        eventually(lambda: sockets.connected == 1)
        assert not any("slack.connected" in message for message in caplog.messages[caplog.messages.index("slack.disconnected") :])
        assert commands(wired, sandbox, 3) == [{"ok": True}] * 3


def test_a_second_delivery_has_the_same_key(running, sandbox):
    sandbox.sockets("duplicate", times=1)

    assert commands(running, sandbox) == [{"ok": True}]

    running.receiver.wait_for(EnvelopeKind.COMMAND, 2)
    assert len({envelope.key for envelope in running.receiver.envelopes}) == 1


def test_socket_mode_switched_off_is_fatal_and_told_once(running, sandbox):
    lose(sandbox, "all", "disconnect link_disabled")

    eventually(lambda: running.fatal)
    eventually(lambda: not sandbox.connections())
    assert running.fatal == ["Socket Mode was switched off for the app: switch it on at api.slack.com/apps."]


def test_an_app_token_that_is_revoked_while_it_runs_is_fatal_and_named(running, sandbox):
    sandbox.token("xapp-sandbox-app", revoke=True)
    sandbox.sockets("close", connection="all")

    eventually(lambda: running.fatal)
    assert running.fatal == ["Slack refuses SLACK_APP_TOKEN (token_revoked): it was revoked."]


def test_a_slack_that_breaks_while_it_runs_is_tried_again(wired, sandbox):
    with connected(wired, sandbox) as sockets:
        sandbox.fault("slack", "apps.connections.open", "error", times=3)
        sandbox.sockets("reset", connection="all")

        eventually(lambda: len(sandbox.record(call="apps.connections.open")) >= 7 and sockets.connected == 2)
        assert wired.fatal == []


@pytest.mark.parametrize("error", ["invalid_auth", "not_authed", "account_inactive", "user_removed_from_team", "team_disabled"])
def test_a_token_that_no_retry_mends_ends_the_start_and_is_named(wired, sandbox, error):
    sandbox.sockets("refuse_open", error=error, times=10)
    sockets = wired.sockets()

    with pytest.raises(ConfigError, match=rf"SLACK_APP_TOKEN \({error}\)"):
        sockets.start()

    assert sandbox.connections() == []
    assert wired.fatal == []


def test_a_bot_token_in_the_place_of_the_app_token_is_named(wired):
    with pytest.raises(ConfigError, match=r"SLACK_APP_TOKEN \(not_allowed_token_type\): it is a token of another kind"):
        wired.sockets(app_token=Secret("xoxb-sandbox-bot")).start()


def test_a_slack_that_breaks_at_the_start_is_unavailable(wired, sandbox):
    sandbox.sockets("refuse_open", error="internal_error", times=2)

    with pytest.raises(Unavailable, match="internal_error"):
        wired.sockets().start()


def test_an_answer_that_is_no_json_is_unavailable_and_tried_again(wired, sandbox, caplog):
    sandbox.fault("slack", "apps.connections.open", "broken_json", times=2)
    with pytest.raises(Unavailable, match=r"answer to apps\.connections\.open can't be read"):
        wired.sockets().start()

    with connected(wired, sandbox) as sockets:
        sandbox.fault("slack", "apps.connections.open", "broken_json", times=2)
        sandbox.sockets("reset", connection="all")
        eventually(lambda: len(sandbox.record(call="apps.connections.open")) >= 8 and sockets.connected == 2)
    assert "slack.keeper_crashed" not in caplog.text


def test_a_slack_that_nobody_reaches_is_unavailable(wired):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    wired.url = f"http://127.0.0.1:{port}"

    with pytest.raises(Unavailable, match="can't be reached"):
        wired.sockets().start()


class NoWebSockets(BaseHTTPRequestHandler):
    """Gives tickets out, and refuses every handshake."""

    def do_POST(self):
        self._answer(200, json.dumps({"ok": True, "url": f"ws://{self.headers['Host']}/link/?ticket=secret-ticket"}).encode())

    def do_GET(self):
        self._answer(408, b"ticket expired")

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Stay quiet."""


def test_a_handshake_that_is_refused_does_not_show_its_ticket(wired, caplog):
    caplog.set_level("DEBUG", "bot")
    with ThreadingHTTPServer(("127.0.0.1", 0), NoWebSockets) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        wired.url = f"http://127.0.0.1:{server.server_port}"

        with pytest.raises(Unavailable) as caught:
            wired.sockets().start()
        server.shutdown()

    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "slack.connect_failed" in shown
    assert "secret-ticket" not in shown


def test_one_connection_is_enough_to_start(wired, sandbox):
    sandbox.sockets("refuse_open", error="internal_error", times=1)

    with connected(wired, sandbox) as sockets:
        assert sockets.connected == 2  # the other one came later


def test_stopping_waits_for_the_acks_that_are_due(wired, sandbox):
    let_go = threading.Event()
    taken = threading.Event()

    def answer(_envelope):
        taken.set()
        let_go.wait(PATIENCE_S)

    wired.receiver.answer = answer
    seen = []
    with connected(wired, sandbox) as sockets:
        typing = threading.Thread(target=lambda: seen.append(sandbox.ann.types("/release")))
        typing.start()
        assert taken.wait(PATIENCE_S)
        stopping = threading.Thread(target=sockets.stop, args=(5.0,))
        stopping.start()
        eventually(lambda: sockets.connected == 0)
        eventually(lambda: len(sandbox.connections()) == 1, "the idle connection to be left")
        let_go.set()
        stopping.join()
        typing.join()

    assert seen == [{"ok": True}]
    assert sandbox.connections() == []


def test_stopping_ends_in_time_whatever_is_still_under_way(wired, sandbox):
    let_go = threading.Event()
    taken = threading.Event()

    def hang(_envelope):
        taken.set()
        let_go.wait(PATIENCE_S)

    wired.receiver.answer = hang
    with connected(wired, sandbox) as sockets:
        sandbox.ann.writes_to_bot("help")
        assert taken.wait(PATIENCE_S)

        began = time.monotonic()
        sockets.stop(1.0)

        assert time.monotonic() - began < 1.5
        let_go.set()
        assert sandbox.connections() == []
        sockets.stop(1.0)  # a second time does nothing


def test_what_waited_so_long_that_the_person_was_told_it_failed_is_not_run_any_more(wired, sandbox):
    let_go = threading.Event()
    taken = threading.Event()

    def hang(_envelope):
        taken.set()
        let_go.wait(PATIENCE_S)

    wired.receiver.answer = hang
    with connected(wired, sandbox, workers=1):
        sandbox.ann.writes_to_bot("this one takes long")
        assert taken.wait(PATIENCE_S)

        assert sandbox.bob.types("/release") == {"ok": False, "error": "operation_timeout"}
        let_go.set()
        wired.receiver.answer = Collector().answer

        assert sandbox.bob.types("/ops status") == {"ok": True}
    assert [envelope.name for envelope in wired.receiver.of(EnvelopeKind.COMMAND)] == ["/ops"]


def test_the_connections_say_how_many_they_are_and_when_a_frame_came(wired, sandbox):
    sockets = wired.sockets()
    assert (sockets.connected, sockets.last_frame_age) == (0, None)

    with connected(wired, sandbox) as sockets:
        age = sockets.last_frame_age
        assert age is not None
        assert 0 <= age < PATIENCE_S

    assert (sockets.connected, sockets.last_frame_age) == (0, None)
