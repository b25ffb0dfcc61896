"""Socket Mode frame by frame, with a bare websocket where the SDK would hide what happens."""

import asyncio
import json

import aiohttp
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

pytestmark = pytest.mark.sockets


class Link:
    """One bare websocket connection that acks only when told to."""

    def __init__(self, thread, url):
        self._thread = thread
        self._session = None
        self.ws = thread.run(self._open(url))
        self.hello = self.frame()

    async def _open(self, url):
        self._session = aiohttp.ClientSession()
        return await self._session.ws_connect(url, autoping=False)

    def message(self, timeout_s=5.0):
        return self._thread.run(self.ws.receive(timeout_s))

    def frame(self, timeout_s=5.0):
        message = self.message(timeout_s)
        assert message.type == aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)

    def until_silence(self, timeout_s, most):
        for _ in range(most):
            self.message(timeout_s)

    def ack(self, envelope, payload=None):
        body = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload is not None else {})
        self._thread.run(self.ws.send_str(json.dumps(body)))

    def does(self, work):
        return self._thread.run(work)

    def close(self):
        self._thread.run(self._close())

    async def _close(self):
        await self.ws.close()
        await self._session.close()


@pytest.fixture
def app_client(sandbox):
    return WebClient("xapp-sandbox-app", base_url=f"{sandbox.url}/api/", retry_handlers=[])


@pytest.fixture
def link(app_client, loop_thread):
    """Open one more connection."""
    links = []

    def connect():
        url = app_client.apps_connections_open(app_token="xapp-sandbox-app")["url"]
        links.append(Link(loop_thread, url))
        return links[-1]

    yield connect
    for each in links:
        each.close()


@pytest.fixture
def typing(sandbox):
    """Type a command in the background; the future holds the answer."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(20) as pool:
        yield lambda text="/ops": pool.submit(sandbox.ann.types, text)


def test_hello_tells_how_many_connections_there_are(link):
    first, second = link(), link()

    assert first.hello["type"] == "hello"
    assert (first.hello["num_connections"], second.hello["num_connections"]) == (1, 2)
    assert first.hello["connection_info"] == {"app_id": "A0CHATOPS"}
    assert first.hello["debug_info"]["approximate_connection_time"] == 18060


def test_a_ticket_opens_one_connection(app_client, loop_thread):
    url = app_client.apps_connections_open(app_token="xapp-sandbox-app")["url"]
    Link(loop_thread, url).close()

    with pytest.raises(aiohttp.WSServerHandshakeError):
        Link(loop_thread, url)


def test_an_envelope_has_slacks_form_and_its_ack_answers_the_person(sandbox, link, typing):
    connection = link()
    answer = typing()
    envelope = connection.frame()
    assert set(envelope) == {"envelope_id", "type", "payload", "accepts_response_payload"}
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    connection.ack(envelope, {"text": "done"})

    assert answer.result(5) == {"ok": True}
    assert sandbox.ann.sees_last() == "done"
    calls = [(entry["call"], entry["method"]) for entry in sandbox.record("socket")]
    assert calls == [("hello", "out"), ("slash_commands", "out"), ("ack", "in")]


def test_an_ack_of_twenty_kilobytes_is_dropped_in_silence(link, typing):
    connection = link()
    answer = typing()
    connection.ack(connection.frame(), {"text": "x" * 20_480})
    assert answer.result(5)["error"] == "operation_timeout"

    answer = typing()
    connection.ack(connection.frame(), {"text": "x" * 20_000})
    assert answer.result(5) == {"ok": True}


def test_an_unacked_event_comes_again_at_once_after_a_minute_and_after_five(sandbox, link):
    connection = link()
    sandbox.ann.types("hello")
    first, second = connection.frame(), connection.frame(5)
    assert (first["retry_attempt"], first["retry_reason"], first["accepts_response_payload"]) == (0, "", False)
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert first["payload"] == second["payload"]
    assert first["envelope_id"] != second["envelope_id"]

    _third_try_after(sandbox, connection, 60, 2)
    _third_try_after(sandbox, connection, 300, 3)


def _third_try_after(sandbox, connection, seconds, attempt):
    """The retry waits for its ack to time out first, so the clock is moved until the next one comes."""
    for _ in range(10):
        sandbox.clock(seconds)
        try:
            frame = connection.frame(1)
        except TimeoutError:
            continue
        assert frame["retry_attempt"] == attempt
        return
    raise AssertionError("No redelivery came.")


def test_an_acked_event_does_not_come_again(sandbox, link):
    connection = link()
    sandbox.ann.types("hello")
    connection.ack(connection.frame())
    sandbox.wait_until(lambda: sandbox.record("socket", "ack"), what="the ack")
    sandbox.clock(3600)
    sandbox.ann.types("second")

    assert connection.frame()["payload"]["event"]["text"] == "second"


def test_envelopes_go_to_any_one_of_several_connections(link, typing):
    connections = [link(), link()]
    got = [0, 0]

    async def next_of(connection):
        return connection, json.loads((await connection.ws.receive()).data)

    async def serve():
        waiting = {asyncio.ensure_future(next_of(connection)) for connection in connections}
        for _ in range(20):
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                connection, envelope = each.result()
                got[connections.index(connection)] += 1
                await connection.ws.send_str(json.dumps({"envelope_id": envelope["envelope_id"]}))
                waiting.add(asyncio.ensure_future(next_of(connection)))
            if sum(got) >= 20:
                break
        for each in waiting:
            each.cancel()

    served = connections[0]._thread.submit(serve())
    answers = [typing() for _ in range(20)]
    assert all(answer.result(10) == {"ok": True} for answer in answers)
    served.result(10)
    assert min(got) > 0


def test_the_eleventh_connection_is_one_too_many(sandbox, link):
    for _ in range(10):
        link()
    eleventh = link()

    assert (eleventh.hello["type"], eleventh.hello["reason"]) == ("disconnect", "too_many_websockets")
    assert eleventh.message().type == aiohttp.WSMsgType.CLOSE
    assert len(sandbox.connections()) == 10


def test_pings_are_answered(link):
    connection = link()
    connection.does(connection.ws.ping(b"are you there"))

    message = connection.message()
    assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"are you there")


def test_slack_pings_by_itself_but_a_ghost_does_not(sandbox, link, monkeypatch):
    monkeypatch.setattr("sandbox.slack.socket.PING_EVERY_S", 0.05)
    connection = link()
    assert connection.message().type == aiohttp.WSMsgType.PING

    sandbox.sockets("deaf")
    with pytest.raises(TimeoutError):
        connection.until_silence(0.3, most=5)


def test_an_event_that_found_nobody_connected_comes_a_minute_later(sandbox, link):
    sandbox.ann.types("anybody?")
    connection = link()
    sandbox.clock(60)

    envelope = connection.frame()
    assert (envelope["payload"]["event"]["text"], envelope["retry_attempt"]) == ("anybody?", 2)


def test_a_connection_lives_as_long_as_ordered_and_is_warned_first(sandbox, link):
    sandbox.sockets("lifetime", seconds=600)
    connection = link()
    assert connection.hello["debug_info"]["approximate_connection_time"] == 600
    sandbox.clock(591)
    warning = connection.frame()
    sandbox.clock(10)
    refresh = connection.frame()
    sandbox.clock(10)

    assert (warning["type"], warning["reason"]) == ("disconnect", "warning")
    assert refresh["reason"] == "refresh_requested"
    assert connection.message().type == aiohttp.WSMsgType.CLOSE


def test_a_connection_that_was_asked_to_go_still_acks_and_gets_the_last_resort(sandbox, link, typing):
    connection = link()
    sandbox.sockets("disconnect", reason="refresh_requested")
    assert connection.frame()["type"] == "disconnect"
    assert sandbox.connections()[0]["state"] == "leaving"
    answer = typing()
    connection.ack(connection.frame())

    assert answer.result(5) == {"ok": True}


def test_a_disabled_link_is_closed_and_can_not_be_opened_again(sandbox, link, app_client):
    connection = link()
    sandbox.sockets("disconnect", reason="link_disabled")

    assert connection.frame()["reason"] == "link_disabled"
    assert connection.message().type == aiohttp.WSMsgType.CLOSE
    with pytest.raises(SlackApiError):
        app_client.apps_connections_open(app_token="xapp-sandbox-app")
    sandbox.sockets("enable")
    link()


def test_close_fin_and_reset_look_different_to_the_client(sandbox, link):
    closed, cut, reset = link(), link(), link()
    ids = [connection["id"] for connection in sandbox.connections()]
    sandbox.sockets("close", ids[0])
    sandbox.sockets("fin", ids[1])
    sandbox.sockets("reset", ids[2])

    assert closed.message().type == aiohttp.WSMsgType.CLOSE
    assert closed.ws.close_code == 1000
    assert cut.message().type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)
    assert reset.message().type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR)
    assert cut.ws.close_code == 1006
    assert reset.ws.close_code == 1006
    sandbox.wait_until(lambda: not sandbox.connections(), what="no connection")


def test_a_deaf_ghost_swallows_envelopes_even_after_the_app_left(sandbox, link, typing):
    connection = link()
    sandbox.sockets("deaf")
    connection.does(connection.ws.ping(b"hello?"))
    answer = typing()
    assert answer.result(5)["error"] == "operation_timeout"
    with pytest.raises(TimeoutError):
        connection.message(0.2)

    connection.does(connection._session.close())
    assert typing().result(5)["error"] == "operation_timeout"
    sandbox.clock(60)
    sandbox.wait_until(lambda: not sandbox.connections(), what="the ghost to be gone")


def test_a_stall_splits_a_frame_and_loses_nothing(sandbox, link, typing):
    connection = link()
    sandbox.sockets("stall", seconds=1)
    answer = typing()
    sandbox.wait_until(lambda: sandbox.record("socket", "slash_commands"), what="the first half")
    connection.does(connection.ws.ping(b"meanwhile"))
    envelope = connection.frame()
    connection.ack(envelope)

    assert answer.result(5) == {"ok": True}
    assert connection.message().type == aiohttp.WSMsgType.PONG


def test_a_stall_longer_than_the_ack_fails_the_command_and_keeps_the_stream_whole(sandbox, link, typing):
    connection = link()
    sandbox.sockets("stall", seconds=3.5)
    lost = typing()
    assert lost.result(5)["error"] == "operation_timeout"
    assert connection.frame()["type"] == "slash_commands"

    answer = typing("/live")
    envelope = connection.frame()
    connection.ack(envelope)
    assert envelope["payload"]["command"] == "/live"
    assert answer.result(5) == {"ok": True}


def test_a_duplicate_is_the_same_envelope_twice(sandbox, link, typing):
    connection = link()
    sandbox.sockets("duplicate", times=1)
    answer = typing()
    first, second = connection.frame(), connection.frame()
    connection.ack(first)

    assert first == second
    assert answer.result(5) == {"ok": True}
    again = typing()
    connection.ack(connection.frame())
    assert again.result(5) == {"ok": True}
    with pytest.raises(TimeoutError):
        connection.message(0.2)


def test_opening_can_be_refused_for_a_while(sandbox, app_client):
    sandbox.sockets("refuse_open", error="internal_error", times=2)

    for _ in range(2):
        with pytest.raises(SlackApiError, match="internal_error"):
            app_client.apps_connections_open(app_token="xapp-sandbox-app")
    assert app_client.apps_connections_open(app_token="xapp-sandbox-app")["ok"]


def test_slack_sdks_client_comes_back_after_every_kind_of_cut(sandbox, bot):
    @bot.app.command("/ops")
    async def ops(ack):
        await ack("here")

    bot.connect(ping_interval=0.5)
    for harm in ("disconnect", "close", "fin", "reset", "deaf"):
        before = {connection["id"] for connection in sandbox.connections()}
        sandbox.sockets(harm)
        sandbox.wait_until(
            lambda before=before: {c["id"] for c in sandbox.connections() if c["state"] == "open"} - before,
            15,
            f"a connection after {harm}",
        )
    sandbox.clock(60)
    sandbox.wait_until(lambda: all(c["state"] == "open" for c in sandbox.connections()), what="the ghost to be gone")
    assert sandbox.ann.types("/ops") == {"ok": True}
