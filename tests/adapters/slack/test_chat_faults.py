"""What is raised when Slack, or the way to it, breaks: it tells what may be done about it."""

import socket
import threading
from datetime import UTC, datetime

import pytest

from bot.adapters.slack import SlackChat, web_client
from bot.adapters.slack.webapi import proxy_for
from bot.core import blocks
from bot.core.blocks import Message
from bot.ports.chat import ViewRef, Whisper
from bot.ports.errors import OutcomeUnknown, Unavailable

from .conftest import BOT_TOKEN

pytestmark = pytest.mark.sockets

READS = {
    "users.info": lambda chat: chat.person("U0ANN"),
    "usergroups.list": lambda chat: chat.group_name("S0LEADS"),
    "usergroups.users.list": lambda chat: chat.group_members("S0LEADS"),
    "chat.getPermalink": lambda chat: chat.permalink("C0OPS", "1.000001"),
    "conversations.history": lambda chat: chat.find("C0OPS", "key", datetime(2026, 1, 1, tzinfo=UTC)),
    "auth.test": lambda chat: chat.identity(),
}
WRITES = {
    "chat.postMessage": lambda chat: chat.post("C0OPS", Message.of("x"), "key"),
    "chat.update": lambda chat: chat.update("C0OPS", "1.000001", Message.of("x")),
    "chat.postEphemeral": lambda chat: chat.whisper(Whisper("U0ANN", "C0OPS"), Message.of("x")),
    "conversations.open": lambda chat: chat.whisper(Whisper("U0ANN"), Message.of("x")),
    "views.open": lambda chat: chat.open_view("1.2.3", blocks.modal("f", "F", [blocks.section("x")])),
    "views.update": lambda chat: chat.update_view(ViewRef("V0"), blocks.modal("f", "F", [blocks.section("x")])),
    "views.publish": lambda chat: chat.publish_home("U0ANN", blocks.home([blocks.section("x")])),
}
BROKEN = ["error", "error_after", "lost", "refuse", "broken_json"]


@pytest.fixture
def chat(sandbox):
    return SlackChat(web_client(BOT_TOKEN, f"{sandbox.url}/api/", timeout_s=1))


def calls(sandbox, since):
    return [entry["call"] for entry in sandbox.record(side="slack", since=since)]


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("method", READS)
def test_a_read_that_breaks_may_be_tried_again(chat, sandbox, method, fault):
    since = len(sandbox.record())
    sandbox.fault("slack", method, fault)

    with pytest.raises(Unavailable):
        READS[method](chat)
    assert calls(sandbox, since) == [method]  # and the adapter did not do so itself


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("method", WRITES)
def test_a_write_that_breaks_may_have_happened(chat, sandbox, method, fault):
    since = len(sandbox.record())
    sandbox.fault("slack", method, fault)

    with pytest.raises(OutcomeUnknown):
        WRITES[method](chat)
    assert calls(sandbox, since) == [method]


def test_a_post_whose_answer_was_lost_is_found(chat, sandbox):
    since = datetime.fromtimestamp(sandbox.state()["now"], UTC)
    sandbox.fault("slack", "chat.postMessage", "lost")

    with pytest.raises(OutcomeUnknown):
        chat.post("C0OPS", Message.of("was it posted?"), "key-of-lost")

    assert chat.find("C0OPS", "key-of-lost", since) == sandbox.ann.waits_for("was it posted?")["ts"]


@pytest.mark.parametrize("method", [*READS, *WRITES])
def test_too_many_calls_tell_how_long_to_wait(chat, sandbox, method):
    sandbox.fault("slack", method, "rate_limited", retry_after=7)

    with pytest.raises(Unavailable) as caught:
        {**READS, **WRITES}[method](chat)
    assert caught.value.retry_after_s == 7.0


@pytest.mark.parametrize("method", [*READS, *WRITES])
def test_no_redirect_is_followed(chat, sandbox, method):
    since = len(sandbox.record())
    sandbox.fault("slack", method, "redirect")

    with pytest.raises(Unavailable, match="SLACK_API_URL"):
        {**READS, **WRITES}[method](chat)
    assert calls(sandbox, since) == [method]


def test_an_answer_that_takes_too_long_is_lost(chat, sandbox):
    sandbox.fault("slack", "chat.postMessage", "slow", seconds=2)
    with pytest.raises(OutcomeUnknown, match="timed out"):
        WRITES["chat.postMessage"](chat)

    sandbox.fault("slack", "users.info", "slow", seconds=2)
    with pytest.raises(Unavailable, match="timed out"):
        READS["users.info"](chat)


def test_a_slack_that_nobody_reaches_did_nothing():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for address in (f"http://127.0.0.1:{port}/api/", "http://slack.invalid/api/"):
        nowhere = SlackChat(web_client(BOT_TOKEN, address, timeout_s=1))
        with pytest.raises(Unavailable, match="can't be reached"):
            nowhere.post("C0OPS", Message.of("x"), "key")
        with pytest.raises(Unavailable, match="can't be reached"):
            nowhere.whisper(Whisper("U0ANN", response_url=address), Message.of("x"))


def test_a_tls_that_fails_did_nothing(sandbox):
    plain_http = sandbox.url.replace("http:", "https:")

    with pytest.raises(Unavailable, match="can't be reached"):
        SlackChat(web_client(BOT_TOKEN, f"{plain_http}/api/", timeout_s=1)).post("C0OPS", Message.of("x"), "key")


def answering(body, status="200 OK"):
    """Serve one request with anything, and return the address."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        with server, server.accept()[0] as connection:
            connection.recv(65536)
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode() + body)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}/api/"


@pytest.mark.parametrize(
    "body", [b"[1]", b"null", b'"text"', b"7", b"\xff\xfe", b"<html>", b"", b"{}", b'{"ok": false}', b'{"ok": false, "error": 7}']
)
def test_an_answer_that_is_no_answer_is_lost(body):
    with pytest.raises(OutcomeUnknown):
        SlackChat(web_client(BOT_TOKEN, answering(body), timeout_s=5)).post("C0OPS", Message.of("x"), "key")
    with pytest.raises(Unavailable):
        SlackChat(web_client(BOT_TOKEN, answering(body), timeout_s=5)).person("U0ANN")


@pytest.mark.parametrize("status", ["502 Bad Gateway", "403 Forbidden"])
def test_a_page_from_something_in_between_is_lost(status):
    with pytest.raises(OutcomeUnknown):
        SlackChat(web_client(BOT_TOKEN, answering(b"<html>no</html>", status), timeout_s=5)).post("C0OPS", Message.of("x"), "key")


@pytest.mark.parametrize("fault", ["error_after", "lost"])
def test_a_response_url_that_breaks_may_have_shown_it(sandbox, fault):
    sandbox.fault("slack", "response_url", fault)
    fresh = SlackChat(web_client(BOT_TOKEN, f"{sandbox.url}/api/"))
    with pytest.raises(OutcomeUnknown):
        fresh.whisper(Whisper("U0ANN", "C0OPS", response_url=f"{sandbox.url}/response/x"), Message.of("x"))


def test_a_response_url_that_redirects_gives_way_to_the_channel(chat, sandbox):
    sandbox.fault("slack", "response_url", "redirect")

    chat.whisper(Whisper("U0ANN", "C0OPS", response_url=f"{sandbox.url}/response/x"), Message.of("after all"))

    assert sandbox.ann.waits_for("after all")["ephemeral_to"] == "U0ANN"


def test_a_response_url_that_asks_to_wait_is_waited_for(chat, sandbox):
    sandbox.fault("slack", "response_url", "rate_limited")
    with pytest.raises(Unavailable) as told:
        chat.whisper(Whisper("U0ANN", "C0OPS", response_url=f"{sandbox.url}/response/x", replace=True), Message.of("after all"))
    assert told.value.retry_after_s


@pytest.mark.parametrize("url", ["slack", "ftp://x/y", "http://127.0.0.1:port/x", "http://[::1/x"])
def test_a_response_url_that_is_no_address_gives_way_to_the_channel(chat, sandbox, url):
    chat.whisper(Whisper("U0ANN", "C0OPS", response_url=url), Message.of(f"instead of {len(url)}"))
    assert sandbox.ann.waits_for(f"instead of {len(url)}")["ephemeral_to"] == "U0ANN"


@pytest.mark.parametrize("url", ["http://nowhere.invalid/x", "{sandbox}/response/a b"])
def test_a_response_url_that_can_not_be_reached_gives_way_to_the_channel(chat, sandbox, url):
    chat.whisper(Whisper("U0ANN", "C0OPS", response_url=url.replace("{sandbox}", sandbox.url)), Message.of(f"in place of {url[-3:]}"))
    assert sandbox.ann.waits_for(f"in place of {url[-3:]}")["ephemeral_to"] == "U0ANN"


def test_a_message_is_not_said_anew_at_the_first_connection_that_fails(chat):
    with pytest.raises(Unavailable):
        chat.whisper(Whisper("U0ANN", "C0OPS", response_url="http://127.0.0.1:9/response/x", replace=True), Message.of("done"))


def test_a_response_url_that_refuses_politely_gives_way_too(chat, sandbox):
    url = answering(b'{"ok": false, "error": "used_url"}')

    chat.whisper(Whisper("U0ANN", "C0OPS", response_url=url), Message.of("after a refusal"))

    assert sandbox.ann.waits_for("after a refusal")["ephemeral_to"] == "U0ANN"


def test_a_proxy_is_used_but_for_the_addresses_without(monkeypatch, sandbox):
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    assert proxy_for("https://slack.com/api/") == "http://proxy.example:3128"
    assert proxy_for(sandbox.url) is None
    assert SlackChat(web_client(BOT_TOKEN, f"{sandbox.url}/api/")).identity().team == "T0ACME"
    with pytest.raises(Unavailable, match="can't be reached"):
        SlackChat(web_client(BOT_TOKEN, "http://slack.example/api/")).identity()
