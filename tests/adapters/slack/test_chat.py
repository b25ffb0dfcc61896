"""Messages, views and people, in the sandbox's workspace."""

import re
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest

from bot.adapters.slack import SlackChat
from bot.core import blocks
from bot.core.blocks import Message
from bot.core.gates import Person
from bot.core.markup import md
from bot.ports.chat import Attachment, ViewRef, Whisper
from bot.ports.errors import ConfigError, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.ports.events import EnvelopeKind

pytestmark = pytest.mark.sockets


@pytest.fixture
def chat(wired):
    return wired.chat


@pytest.fixture
def started(sandbox):
    return datetime.fromtimestamp(sandbox.state()["now"], UTC)


def shown(sandbox, channel, ts):
    """Return a message as it stands in the world."""
    return next(m for m in sandbox.state()["messages"][channel] if m["ts"] == ts)


def requests(sandbox, call):
    return [entry["body"] for entry in sandbox.record(side="slack", call=call)]


def test_slack_says_who_we_are(chat):
    identity = chat.identity()

    assert (identity.team, identity.enterprise, identity.bot_user, identity.bot) == ("T0ACME", "", "U0CHATOPS", "B0CHATOPS")


def test_a_token_that_is_not_a_bots_is_refused(wired, sandbox, monkeypatch):
    answer = wired.client.auth_test()
    del answer.data["bot_id"]
    monkeypatch.setattr(wired.client, "auth_test", lambda: answer)

    with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN is not the token of a bot"):
        SlackChat(wired.client).identity()


def test_a_message_is_posted_as_it_is_and_nothing_is_unfurled(chat, sandbox):
    ts = chat.post("C0OPS", Message.of("<!channel> & *bold*", blocks.section("in a block")), "key-1")

    message = shown(sandbox, "C0OPS", ts)
    assert message["text"] == "&lt;!channel&gt; &amp; *bold*"
    assert message["blocks"][0]["text"]["text"] == "in a block"
    assert message["metadata"] == {"event_type": "chatopsd_message", "event_payload": {"key": "key-1"}}
    asked = requests(sandbox, "chat.postMessage")[-1]
    assert (asked["unfurl_links"], asked["unfurl_media"], asked["link_names"]) == (False, False, False)


def test_a_reply_goes_into_its_thread(chat, sandbox):
    parent = chat.post("C0OPS", Message.of("parent"), "key-2")
    reply = chat.post("C0OPS", Message.of("reply"), "key-3", thread_ts=parent)

    assert shown(sandbox, "C0OPS", reply)["thread_ts"] == parent


def test_a_text_too_long_for_slack_is_cut_where_one_can_see_it(chat, sandbox):
    ts = chat.post("C0OPS", Message.of("x" * 39_990 + "<<<<"), "key-4")
    assert re.search("x(&lt;)*…$", shown(sandbox, "C0OPS", ts)["text"])

    chat.update("C0OPS", ts, Message.of("y" * 5_000))
    updated = shown(sandbox, "C0OPS", ts)["text"]
    assert updated.endswith("y…")
    assert len(updated) <= 4_000


def test_an_update_takes_the_old_blocks_away_and_keeps_the_mark(chat, sandbox, started):
    ts = chat.post("C0OPS", Message.of("before", blocks.section("before")), "key-5")

    chat.update("C0OPS", ts, Message.of("after"))

    message = shown(sandbox, "C0OPS", ts)
    assert (message["text"], message.get("blocks", [])) == ("after", [])
    assert chat.find("C0OPS", "key-5", started) == ts


def test_a_message_is_found_by_its_key(chat, started):
    first = chat.post("C0OPS", Message.of("one"), "key-6")
    second = chat.post("C0OPS", Message.of("two"), "key-7")
    reply = chat.post("C0OPS", Message.of("three"), "key-8", thread_ts=second)

    assert chat.find("C0OPS", "key-6", started) == first
    assert chat.find("C0OPS", "key-7", started) == second
    assert chat.find("C0OPS", "key-8", started, thread_ts=second) == reply
    assert chat.find("C0OPS", "key-9", started) is None


def test_clocks_that_differ_a_little_do_not_hide_a_message(chat, started):
    ts = chat.post("C0OPS", Message.of("one"), "key-10")

    assert chat.find("C0OPS", "key-10", started + timedelta(minutes=4)) == ts
    assert chat.find("C0OPS", "key-10", started + timedelta(hours=1)) is None


def test_all_pages_are_looked_through(chat, started, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.chat._PAGE", 2)
    first = chat.post("C0OPS", Message.of("the first"), "key-11")
    for n in range(5):
        chat.post("C0OPS", Message.of(f"later {n}"), f"key-12-{n}")

    assert chat.find("C0OPS", "key-11", started) == first


def test_more_messages_than_can_be_looked_through_are_no_proof_that_there_is_none(chat, started, monkeypatch):
    monkeypatch.setattr("bot.adapters.slack.chat._PAGE", 1)
    monkeypatch.setattr("bot.adapters.slack.chat._PAGES", 2)
    for n in range(4):
        chat.post("C0OPS", Message.of(f"later {n}"), f"key-13-{n}")

    with pytest.raises(OutcomeUnknown):
        chat.find("C0OPS", "key-none", started)


def test_a_mark_that_somebody_else_set_is_not_ours(chat, started, monkeypatch):
    chat.post("C0OPS", Message.of("mine"), "key-14")
    monkeypatch.setattr(chat, "identity", lambda: type("Other", (), {"bot_user": "U0OTHER"}))

    assert chat.find("C0OPS", "key-14", started) is None


def test_a_permalink_leads_to_its_message(chat, sandbox):
    ts = chat.post("C0OPS", Message.of("here"), "key-15")

    assert re.search(rf"C0OPS/p{ts.replace('.', '')}", chat.permalink("C0OPS", ts))


class TestWhispers:
    """A message for one person alone."""

    def response_url(self, running, sandbox):
        assert sandbox.ann.types("/release", channel="C0CHECKOUT") == {"ok": True}
        return running.receiver.wait_for(EnvelopeKind.COMMAND).response_url

    def test_goes_by_the_response_url_while_it_lives(self, running, sandbox):
        url = self.response_url(running, sandbox)

        running.chat.whisper(Whisper("U0ANN", "C0CHECKOUT", response_url=url), Message.of("only you 1"))

        assert sandbox.ann.waits_for("only you 1")["ephemeral_to"] == "U0ANN"
        assert sandbox.bob.sees_message("only you 1") is None
        assert not [body for body in requests(sandbox, "chat.postEphemeral") if "only you 1" in body["text"]]

    def test_goes_into_the_channel_when_the_response_url_is_used_up(self, running, sandbox):
        url = self.response_url(running, sandbox)

        for n in range(6):
            running.chat.whisper(Whisper("U0ANN", "C0CHECKOUT", response_url=url), Message.of(f"only you 2.{n}"))

        assert sandbox.ann.waits_for("only you 2.5")["ephemeral_to"] == "U0ANN"
        assert [body["text"] for body in requests(sandbox, "chat.postEphemeral")][-1] == "only you 2.5"

    def test_goes_into_a_thread(self, chat, sandbox):
        parent = chat.post("C0OPS", Message.of("parent"), "key-16")

        chat.whisper(Whisper("U0ANN", "C0OPS", thread_ts=parent), Message.of("only you 3"))

        assert sandbox.ann.waits_for("only you 3")["thread_ts"] == parent

    @pytest.mark.parametrize("channel", ["C0RANDOM", "C0NOSUCH", ""])
    def test_is_a_direct_message_where_the_channel_is_closed_to_us(self, chat, sandbox, channel):
        chat.whisper(Whisper("U0ANN", channel), Message.of(md("only you 4 {}", channel)))

        message = sandbox.ann.waits_for(f"only you 4 {channel}".strip())
        assert message["channel"].startswith("D")
        assert message["ephemeral_to"] is None

    def test_is_a_direct_message_for_who_is_not_in_the_channel(self, chat, sandbox):
        chat.whisper(Whisper("U0GUS", "C0OPS"), Message.of("only you 5"))

        assert sandbox.gus.waits_for("only you 5")["channel"].startswith("D")

    def test_that_no_way_may_carry_is_rejected(self, chat):
        with pytest.raises(Rejected, match="invalid_blocks"):
            chat.whisper(Whisper("U0ANN", "C0OPS"), Message.of("x", {"type": "no_such_block"}))


def test_a_modal_opens_once_for_a_trigger_and_is_replaced(running, sandbox):
    assert sandbox.ann.types("/release") == {"ok": True}
    trigger_id = running.receiver.wait_for(EnvelopeKind.COMMAND).trigger_id

    first = running.chat.open_view(trigger_id, blocks.modal("f", "First", [blocks.section("one")]))
    assert sandbox.ann.waits_for_modal("First")["id"] == first.id
    second = running.chat.update_view(first, blocks.modal("f", "Second", [blocks.section("two")]))
    assert sandbox.ann.waits_for_modal("Second")["id"] == second.id == first.id
    with pytest.raises(Rejected) as overtaken:
        running.chat.update_view(first, blocks.modal("f", "Late", [blocks.section("one")]))
    assert overtaken.value.code == "hash_conflict"
    with pytest.raises(Rejected) as caught:
        running.chat.open_view(trigger_id, blocks.modal("f", "Third", [blocks.section("three")]))
    sandbox.ann.closes()

    assert caught.value.code == "exchanged_trigger_id"


def test_a_trigger_that_is_too_old_is_rejected(running, sandbox):
    assert sandbox.ann.types("/release") == {"ok": True}
    trigger_id = running.receiver.wait_for(EnvelopeKind.COMMAND).trigger_id
    sandbox.clock(4.0)

    with pytest.raises(Rejected) as caught:
        running.chat.open_view(trigger_id, blocks.modal("f", "Late", [blocks.section("one")]))
    assert caught.value.code == "expired_trigger_id"


def test_app_home_is_shown(chat, sandbox):
    chat.publish_home("U0RIA", blocks.home([blocks.section("What waits for you")]))

    assert sandbox.ria.state()["home"]["blocks"][0]["text"]["text"] == "What waits for you"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("U0ANN", Person("U0ANN", "T0ACME", "ann", zone="Europe/Berlin")),
        ("U0EVE", Person("U0EVE", "T0PARTNER", "eve", is_stranger=True, zone="Europe/Berlin")),
        ("U0GUS", Person("U0GUS", "T0ACME", "gus", is_guest=True, zone="Europe/Berlin")),
        ("U0CHATOPS", Person("U0CHATOPS", "T0ACME", "chatops", is_bot=True, zone="Europe/Berlin")),
    ],
)
def test_a_person_is_who_slack_says(chat, user, expected):
    assert chat.person(user) == expected


def test_a_user_group_has_members_and_a_name(chat):
    assert chat.group_members("S0RELEASERS") == {"U0ANN", "U0BOB", "U0RIA"}
    assert chat.group_name("S0LEADS") == "leads"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda chat: chat.person("U0NOBODY"), "user_not_found"),
        (lambda chat: chat.group_members("S0NONE"), "no_such_subteam"),
        (lambda chat: chat.group_name("S0NONE"), "no_such_subteam"),
        (lambda chat: chat.post("C0NONE", Message.of("x"), "key-17"), "channel_not_found"),
        (lambda chat: chat.update("C0OPS", "1.000001", Message.of("x")), "message_not_found"),
        (lambda chat: chat.permalink("C0OPS", "1.000001"), "message_not_found"),
        (lambda chat: chat.find("C0OPS", "key", datetime(2026, 1, 1, tzinfo=UTC), thread_ts="1.000001"), "thread_not_found"),
        (lambda chat: chat.update_view(ViewRef("V0NONE"), blocks.modal("f", "F", [blocks.section("x")])), "not_found"),
    ],
)
def test_what_does_not_exist_is_not_found(chat, ask, code):
    with pytest.raises(NotFound) as caught:
        ask(chat)
    assert caught.value.code == code


def test_a_refusal_tells_what_slack_finds_wrong(chat):
    with pytest.raises(Rejected) as caught:
        chat.post("C0RANDOM", Message.of("x"), "key-18")
    assert (type(caught.value), caught.value.code) == (Rejected, "not_in_channel")

    with pytest.raises(Rejected, match=r"invalid_blocks \(.+\)") as caught:
        chat.post("C0OPS", Message.of("x", *[blocks.divider()] * 51), "key-19")
    assert caught.value.code == "invalid_blocks"


def test_look_ups_are_remembered_for_a_minute_and_failures_are_not(wired, sandbox):
    now = [1000.0]
    chat = SlackChat(wired.client, monotonic=lambda: now[0])
    since = len(sandbox.record())

    def asked():
        return len(sandbox.record(side="slack", call="users.info", since=since))

    sandbox.fault("slack", "users.info", "error")
    with pytest.raises(Unavailable, match="Slack broke"):
        chat.person("U0ANN")
    assert chat.person("U0ANN") is chat.person("U0ANN")
    assert asked() == 2

    now[0] += 59.0
    chat.person("U0ANN")
    assert asked() == 2

    now[0] += 2.0
    chat.person("U0ANN")
    assert asked() == 3


@pytest.mark.parametrize(("flags", "shared"), [({}, False), ({"is_ext_shared": True}, True), ({"is_pending_ext_shared": True}, True)])
def test_a_channel_that_others_read_or_are_invited_to_is_shared(wired, sandbox, flags, shared):
    sandbox.channel("C0ALERTS", **{"is_ext_shared": False, "is_pending_ext_shared": False, **flags})

    assert SlackChat(wired.client).is_shared("C0ALERTS") is shared

    sandbox.channel("C0ALERTS", is_ext_shared=False, is_pending_ext_shared=False)


def test_a_channel_that_can_not_be_looked_up_raises(chat):
    with pytest.raises(NotFound):
        chat.is_shared("C0NOWHERE")


def test_a_file_is_uploaded_without_being_seen(chat, sandbox):
    before = sandbox.state()["messages"]

    file = chat.upload("errors.png", b"\x89PNG\r\n", "Errors")

    assert file.startswith("F")
    assert sandbox.state()["messages"] == before
    assert [entry["status"] for entry in sandbox.record(side="slack", call="upload")][-1] == 200
    assert requests(sandbox, "files.completeUploadExternal")[-1]["files"] in (
        [{"id": file, "title": "Errors"}],
        f'[{{"id": "{file}", "title": "Errors"}}]',
    )


def test_an_upload_that_is_refused_says_so(chat, sandbox):
    sandbox.fault("slack", "upload", "error", status=500)
    with pytest.raises(Unavailable, match="HTTP status 500"):
        chat.upload("errors.png", b"x", "Errors")


def test_a_file_is_shared_in_a_thread_and_found_again_by_its_name(chat, sandbox, started):
    parent = chat.post("C0OPS", Message.of("parent"), "key-20")
    file = Attachment("timeline-1.md", "Timeline", "# Ä timeline\n")

    chat.share("C0OPS", file, "For *you*", thread_ts=parent)

    (reply,) = [m for m in sandbox.state()["messages"]["C0OPS"] if m.get("files")]
    assert (reply["thread_ts"], reply["text"], reply["files"][0]["title"]) == (parent, "For *you*", "Timeline")
    assert urlopen(reply["files"][0]["url_private"], timeout=10).read().decode() == file.text  # noqa: S310 - the sandbox's own address
    assert chat.find_file("C0OPS", "timeline-1.md", started, parent)
    assert not chat.find_file("C0OPS", "timeline-2.md", started, parent)


def test_a_file_that_could_not_be_put_there_was_not_shared(chat, sandbox):
    sandbox.fault("slack", "upload", "lost")
    with pytest.raises(Unavailable):
        chat.share("C0OPS", Attachment("timeline-3.md", "Timeline", "x"), "")
    assert not any("timeline-3.md" in str(m.get("files")) for m in sandbox.state()["messages"]["C0OPS"])
