"""From what a person does, over Socket Mode and Bolt, to the receiver, and back to the person."""

import logging
import re

import pytest
from slack_bolt import BoltRequest

from bot.adapters.slack import SlackChat, build_app, web_client
from bot.core import blocks
from bot.core.redaction import Secret
from bot.ports.errors import ConfigError, JournalError, Unavailable
from bot.ports.events import Answer, EnvelopeKind

from .conftest import Collector, WallClock, Wired, connected, eventually

pytestmark = pytest.mark.sockets

FORM = blocks.modal(
    "release.form",
    "Release",
    [
        blocks.input_field("version", "Version", blocks.text_input("typed"), optional=True),
        blocks.input_field("note", "Note", blocks.text_input("typed"), optional=True),
        blocks.input_field(
            "service", "Service", blocks.select("pick", [blocks.option("checkout", "checkout")]), tells_at_once=True, optional=True
        ),
    ],
    submit="Release",
    private_metadata="from the thread",
)


def open_form(wired, sandbox):
    """Let ann open the form with a command."""
    assert sandbox.ann.types("/release") == {"ok": True}
    command = wired.receiver.wait_for(EnvelopeKind.COMMAND)
    view_id = wired.chat.open_view(command.trigger_id, FORM).id
    return view_id, sandbox.ann.waits_for_modal("Release")


def all_acked(sandbox, since):
    """Tell whether every envelope that went out since was acked, and none twice."""
    frames = sandbox.record(side="socket", since=since)
    sent = [frame["body"]["envelope_id"] for frame in frames if frame["method"] == "out" and "envelope_id" in frame["body"]]
    acked = [frame["body"]["envelope_id"] for frame in frames if frame["call"] == "ack"]
    return bool(sent) and sorted(sent) == sorted(acked)


def test_a_command_arrives_with_its_words_and_is_acked(running, sandbox):
    assert sandbox.ann.types("/release checkout “1.5.0” & more", channel="C0CHECKOUT") == {"ok": True}

    envelope = running.receiver.wait_for(EnvelopeKind.COMMAND)
    assert (envelope.name, envelope.text) == ("/release", "checkout “1.5.0” & more")
    assert (envelope.user, envelope.team, envelope.channel) == ("U0ANN", "T0ACME", "C0CHECKOUT")
    assert envelope.trigger_id
    assert envelope.response_url.startswith(sandbox.url)


def test_a_mention_arrives_once_and_without_the_bots_name(running, sandbox):
    since = len(sandbox.record())

    ts = sandbox.ann.types("@bot release checkout", channel="C0CHECKOUT")["ts"]

    envelope = running.receiver.wait_for(EnvelopeKind.MENTION)
    assert (envelope.text, envelope.message_ts, envelope.user) == ("release checkout", ts, "U0ANN")
    eventually(lambda: all_acked(sandbox, since))
    assert len(running.receiver.envelopes) == 1


def test_a_direct_message_and_words_in_a_thread_arrive(running, sandbox):
    direct = sandbox.ann.writes_to_bot("help")
    assert running.receiver.wait_for(EnvelopeKind.MENTION).channel == direct["channel"]

    parent = running.chat.post("C0OPS", blocks.Message.of("A release"), "key-of-parent")
    reply = sandbox.bob.types("why now?", thread=parent)

    envelope = running.receiver.wait_for(EnvelopeKind.REPLY)
    assert (envelope.text, envelope.thread_ts, envelope.message_ts, envelope.user) == ("why now?", parent, reply["ts"], "U0BOB")


def test_a_button_arrives_with_its_value_and_its_message(running, sandbox):
    ask = blocks.Message.of("Approve?", blocks.actions(blocks.button("Approve", "release.approve", "op-42")))
    ts = running.chat.post("C0OPS", ask, "key-of-ask")

    assert sandbox.bob.clicks(sandbox.bob.waits_for("Approve?"), "release.approve") == {"ok": True}

    envelope = running.receiver.wait_for(EnvelopeKind.CLICK)
    assert (envelope.name, envelope.value, envelope.channel, envelope.message_ts) == ("release.approve", "op-42", "C0OPS", ts)
    assert envelope.response_url


def test_a_button_that_only_opens_an_address_is_acked_too(running, sandbox):
    message = blocks.Message.of("Look at it", blocks.actions(blocks.button("Run", "run.open", url="https://ci.example/1")))
    running.chat.post("C0OPS", message, "key-of-link")

    assert sandbox.ann.clicks(sandbox.ann.waits_for("Look at it"), "run.open") == {"ok": True}


def test_a_form_arrives_with_what_was_chosen_and_typed(running, sandbox):
    view_id, form = open_form(running, sandbox)

    assert sandbox.ann.chooses(form, "service", "checkout") == {"ok": True}
    click = running.receiver.wait_for(EnvelopeKind.CLICK)
    assert (click.name, click.value, click.view_id, click.values["service"]) == ("pick", "checkout", view_id, "checkout")

    assert sandbox.ann.submits({"version": "1.5.0"}) == {}
    sent = running.receiver.wait_for(EnvelopeKind.SUBMISSION)
    assert sent.values == {"version": "1.5.0", "note": "", "service": "checkout"}
    assert (sent.name, sent.view_id, sent.private_metadata) == ("release.form", view_id, "from the thread")
    assert sandbox.ann.modals == []


def test_mistakes_are_shown_at_their_fields_and_the_form_stays(running, sandbox):
    open_form(running, sandbox)
    running.receiver.answer = lambda _envelope: Answer({"version": "v1.4.2 exists; expected a higher version."})

    assert sandbox.ann.submits({"version": "1.4.2"}) == {"version": "v1.4.2 exists; expected a higher version."}
    assert len(sandbox.ann.modals) == 1
    sandbox.ann.closes()


def test_a_form_that_is_refused_stays_and_says_so_at_its_first_field(running, sandbox):
    open_form(running, sandbox)
    running.receiver.answer = lambda _envelope: Answer(refusal="Nothing was started.")

    assert sandbox.ann.submits({"version": "1.4.2"}) == {"version": "Nothing was started."}
    assert running.receiver.waited_s > 0.0, "how long it waited for its thread is counted"
    sandbox.ann.closes()


def test_a_form_of_no_fields_that_is_refused_stays_below_what_says_so(running, sandbox):
    assert sandbox.ann.types("/release") == {"ok": True}
    view = blocks.modal("release.confirm", "Sure?", [blocks.section("Go?")], submit="Yes")
    running.chat.open_view(running.receiver.wait_for(EnvelopeKind.COMMAND).trigger_id, view)
    running.receiver.answer = lambda _envelope: Answer(refusal="Nothing was <started>.")

    assert sandbox.ann.submits({}) == {}
    shown = sandbox.ann.waits_for_modal("Not taken")
    assert "⏳ Nothing was &lt;started&gt;." in str(shown)
    sandbox.ann.closes(shown)
    assert len(sandbox.ann.modals) == 1
    sandbox.ann.closes()


def test_mistakes_too_long_for_an_ack_are_cut_instead_of_dropped(running, sandbox):
    open_form(running, sandbox)
    running.receiver.answer = lambda _envelope: Answer({"version": "too long " * 5000, "note": "short"})

    shown = sandbox.ann.submits({"version": "1"})

    assert shown["note"] == "short"
    assert shown["version"].endswith("…")
    sandbox.ann.closes()


def test_more_mistakes_than_an_ack_holds_are_shown_as_far_as_they_fit(running, sandbox):
    names = [f"field-{n:02}" for n in range(80)]
    fields = [blocks.input_field(name, name, blocks.text_input("typed"), optional=True) for name in names]
    assert sandbox.ann.types("/release") == {"ok": True}
    view = blocks.modal("long.form", "Long", fields, submit="Go")
    running.chat.open_view(running.receiver.wait_for(EnvelopeKind.COMMAND).trigger_id, view)
    running.receiver.answer = lambda _envelope: Answer(dict.fromkeys(names, "“" * 200))

    shown = sandbox.ann.submits({})

    assert list(shown) == names[: len(shown)]
    assert len(shown) >= 10
    sandbox.ann.closes()


def test_closing_a_form_is_acked_and_is_nothing_of_ours(running, sandbox):
    assert sandbox.ann.types("/release") == {"ok": True}
    running.chat.open_view(running.receiver.wait_for(EnvelopeKind.COMMAND).trigger_id, {**FORM, "notify_on_close": True})
    since = len(sandbox.record())

    sandbox.ann.closes(sandbox.ann.waits_for_modal("Release"))

    assert all_acked(sandbox, since)
    assert [envelope.kind for envelope in running.receiver.envelopes] == [EnvelopeKind.COMMAND]


def test_a_search_is_answered_with_no_options(running, sandbox):
    search = {"type": "external_select", "action_id": "search", "min_query_length": 1}
    assert sandbox.ann.types("/release") == {"ok": True}
    view = blocks.modal("search.form", "Search", [blocks.input_field("found", "Found", search)], submit="Go")
    running.chat.open_view(running.receiver.wait_for(EnvelopeKind.COMMAND).trigger_id, view)

    assert sandbox.ann.searches(sandbox.ann.waits_for_modal("Search"), "search", "chec") == []
    sandbox.ann.closes()


def test_reactions_home_and_shortcuts_arrive(running, sandbox):
    ts = running.chat.post("C0OPS", blocks.Message.of("React to me"), "key-of-reaction")
    message = sandbox.ria.waits_for("React to me")

    sandbox.ria.reacts(message, "eyes")
    sandbox.ria.unreacts(message, "eyes")
    sandbox.ria.opens_home()
    assert sandbox.ria.uses_shortcut("acknowledge", message) == {"ok": True}

    running.receiver.wait_for(EnvelopeKind.REACTION, 2)
    both = running.receiver.of(EnvelopeKind.REACTION)
    assert {(e.name, e.removed, e.message_ts, e.user) for e in both} == {("eyes", False, ts, "U0RIA"), ("eyes", True, ts, "U0RIA")}
    assert running.receiver.wait_for(EnvelopeKind.HOME).user == "U0RIA"
    assert running.receiver.wait_for(EnvelopeKind.SHORTCUT).message_ts == ts


def test_an_outsider_arrives_with_their_own_team(running, sandbox):
    sandbox.eve.types("@bot release checkout", channel="C0PARTNERS")

    assert running.receiver.wait_for(EnvelopeKind.MENTION).team in ("", "T0PARTNER")


def test_what_the_bot_wrote_itself_is_acked_and_is_nothing_of_ours(running, sandbox):
    since = len(sandbox.record())

    parent = running.chat.post("C0OPS", blocks.Message.of("A release"), "key-1")
    running.chat.post("C0OPS", blocks.Message.of("queued"), "key-2", thread_ts=parent)

    eventually(lambda: len(sandbox.record(side="socket", call="events_api", since=since)) == 2)
    eventually(lambda: all_acked(sandbox, since))
    assert running.receiver.envelopes == []


@pytest.mark.parametrize(
    "body", [{"type": "brand_new"}, {}, {"type": "event_callback", "event": 7}, {"type": "block_actions", "actions": {}}]
)
def test_what_nobody_knows_is_acked(wired, body):
    assert wired.app.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200
    assert wired.receiver.envelopes == []


def test_an_event_that_could_not_be_written_down_is_not_acked_and_comes_again(running, sandbox, caplog):
    failures = [JournalError("database is locked")]

    def fail_once(_envelope):
        if failures:
            raise failures.pop()

    running.receiver.answer = fail_once

    sandbox.ann.types("@bot release checkout", channel="C0CHECKOUT")

    envelope = running.receiver.wait_for(EnvelopeKind.MENTION)
    deliveries = [f for f in sandbox.record(call="events_api") if f["body"]["payload"]["event_id"] == envelope.key]
    assert [frame["body"]["retry_attempt"] for frame in deliveries] == [0, 1]
    assert [record.message for record in caplog.records].count("slack.not_written") == 1
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(("error", "event"), [(JournalError("disk is full"), "slack.not_written"), (KeyError("a bug"), "slack.not_taken")])
def test_a_command_that_could_not_be_written_down_fails_for_the_person(running, sandbox, caplog, error, event):
    def fail(_envelope):
        raise error

    running.receiver.answer = fail

    assert sandbox.ann.types("/release checkout") == {"ok": False, "error": "operation_timeout"}
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [event]


def test_a_bot_token_that_slack_refuses_ends_the_start_and_is_named(sandbox):
    client = web_client(Secret("xoxb-wrong"), f"{sandbox.url}/api/")

    with pytest.raises(ConfigError, match=re.escape("Slack refuses SLACK_BOT_TOKEN (invalid_auth): it is wrong, or was revoked.")):
        build_app(client, SlackChat(client), Collector(), WallClock())


@pytest.mark.parametrize("skip", [0, 1])  # ours, and Bolt's
@pytest.mark.parametrize("fault", ["error", "rate_limited", "lost", "broken_json", "redirect"])
def test_a_slack_that_breaks_at_the_start_is_no_mistake_in_the_settings(sandbox, fault, skip):
    sandbox.fault("slack", "auth.test", fault, skip=skip)

    with pytest.raises(Unavailable):
        Wired(sandbox.url)


def test_variables_that_would_make_bolt_another_app_are_refused(sandbox, monkeypatch):
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "s")

    with pytest.raises(ConfigError, match="SLACK_CLIENT_ID"):
        Wired(sandbox.url)


def test_nothing_secret_is_logged_even_at_debug(wired, sandbox, caplog):
    caplog.set_level(logging.DEBUG)

    with connected(wired, sandbox):
        sandbox.ann.types("/release checkout")
        envelope = wired.receiver.wait_for(EnvelopeKind.COMMAND)
        wired.chat.post("C0OPS", blocks.Message.of("hello"), "key-3")
        sandbox.sockets("reset", connection="all")
        eventually(lambda: "slack.disconnected" in caplog.messages)

    told = caplog.text + repr([record.__dict__ for record in caplog.records])
    for secret in ("ticket=", "xoxb-", "xapp-", envelope.response_url, envelope.trigger_id):
        assert secret not in told
