"""Slack's payloads as envelopes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.slack.envelopes import envelope_of
from bot.ports.events import Envelope, EnvelopeKind

from . import payloads

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

THREAD = {"thread_ts": "1763900001.000100"}


def read(payload: Any) -> Envelope:
    return envelope_of(payload, payloads.BOT_USER, NOW)


def test_a_slash_command_keeps_its_words_as_they_were_typed():
    assert read(payloads.command(text="checkout “1.5.0” --note ‘it’s &lt;fine&gt;’")) == Envelope(
        EnvelopeKind.COMMAND,
        key="13345224609.738474920.8088930838d88f008e0",
        received_at=NOW,
        name="/release",
        user="U0ANN",
        team="T0ACME",
        channel="C0CHECKOUT",
        text="checkout “1.5.0” --note ‘it’s <fine>’",
        trigger_id="13345224609.738474920.8088930838d88f008e0",
        response_url="https://hooks.slack.com/commands/T0ACME/10/x",
    )


def test_a_mention_comes_without_the_bots_name():
    assert read(payloads.event(payloads.mention())) == Envelope(
        EnvelopeKind.MENTION,
        key="Ev0PV52K25",
        received_at=NOW,
        user="U0ANN",
        team="T0ACME",
        channel="C0CHECKOUT",
        message_ts="1763900010.000200",
        text="release checkout 1.5.0",
    )


def test_a_direct_message_needs_no_mention():
    envelope = read(payloads.event(payloads.message(channel="D0ANN", channel_type="im", text="release checkout", **THREAD)))

    assert (envelope.kind, envelope.text, envelope.thread_ts) == (EnvelopeKind.MENTION, "release checkout", "1763900001.000100")


@pytest.mark.parametrize("subtype", [{}, {"subtype": "thread_broadcast"}])
def test_words_in_a_thread_are_a_reply(subtype):
    assert read(payloads.event(payloads.message(**THREAD, **subtype))) == Envelope(
        EnvelopeKind.REPLY,
        key="Ev0PV52K25",
        received_at=NOW,
        user="U0ANN",
        team="T0ACME",
        channel="C0CHECKOUT",
        message_ts="1763900010.000200",
        thread_ts="1763900001.000100",
        text="looks good to me",
    )


def test_a_button_in_a_message_is_a_click_with_its_value_and_its_place():
    assert read(payloads.click_in_message()) == Envelope(
        EnvelopeKind.CLICK,
        key="10081089204931.738474920.bd5bbea0d3c2c7a1fbf1",
        received_at=NOW,
        name="release.approve",
        user="U0ANN",
        team="T0ACME",
        channel="C0OPS",
        message_ts="1763900002.000100",
        thread_ts="1763900001.000100",
        value="op-42",
        trigger_id="10081089204931.738474920.bd5bbea0d3c2c7a1fbf1",
        response_url="https://hooks.slack.com/actions/T0ACME/11/y",
    )


def test_a_button_of_a_message_that_has_replies_is_not_in_its_thread():
    parent = {"ts": "1763900002.000100", "thread_ts": "1763900002.000100", "reply_count": 1}
    container = {"type": "message", "message_ts": "1763900002.000100", "channel_id": "C0OPS", "is_ephemeral": False}

    for more in ({}, {"thread_ts": "1763900002.000100"}):
        envelope = read(payloads.click_in_message(container={**container, **more}, message=parent))
        assert (envelope.message_ts, envelope.thread_ts) == ("1763900002.000100", "")


def test_a_choice_in_a_view_comes_with_the_whole_form():
    choice = {"type": "static_select", "action_id": "pick", "block_id": "service", "selected_option": {"value": "checkout"}}

    envelope = read(payloads.click_in_view(choice))

    assert (envelope.kind, envelope.name, envelope.value) == (EnvelopeKind.CLICK, "pick", "checkout")
    assert envelope.values == payloads.VALUES
    assert (envelope.view_id, envelope.private_metadata) == ("V0MODAL", '{"thread": "1763900001.000100"}')
    assert (envelope.channel, envelope.message_ts) == ("", "")


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ({"type": "button", "url": "https://ci.example/1"}, ""),
        ({"type": "button", "value": "op-42"}, "op-42"),
        ({"type": "static_select", "selected_option": {"value": "v1.5.0"}}, "v1.5.0"),
        ({"type": "overflow", "selected_option": {"value": "cancel"}}, "cancel"),
        ({"type": "radio_buttons", "selected_option": None}, ""),
        ({"type": "users_select", "selected_user": "U0BOB"}, "U0BOB"),
        ({"type": "conversations_select", "selected_conversation": "C0OPS"}, "C0OPS"),
        ({"type": "channels_select", "selected_channel": "C0OPS"}, "C0OPS"),
        ({"type": "datepicker", "selected_date": "2026-12-24"}, "2026-12-24"),
        ({"type": "timepicker", "selected_time": "14:30"}, "14:30"),
        ({"type": "plain_text_input", "value": "typed"}, "typed"),
        ({"type": "checkboxes", "selected_options": [{"value": "a"}, {"value": "b"}]}, "a,b"),
        ({"type": "multi_users_select", "selected_users": ["U1", "U2"]}, "U1,U2"),
        ({"type": "file_input", "files": [{"id": "F1"}]}, "F1"),
        ({"type": "something_new"}, ""),
    ],
)
def test_what_was_chosen_is_the_value(action, value):
    assert read(payloads.click_in_message({**action, "action_id": "x", "block_id": "y", "action_ts": "1.2"})).value == value


def test_a_submission_is_known_by_its_view_its_hash_and_who_sent_it():
    assert read(payloads.submission()) == Envelope(
        EnvelopeKind.SUBMISSION,
        key="V0MODAL:1763900050.f00:U0ANN",
        received_at=NOW,
        name="release.form",
        user="U0ANN",
        team="T0ACME",
        values=payloads.VALUES,
        trigger_id="10081089204931.738474920.bd5bbea0d3c2c7a1fbf1",
        view_id="V0MODAL",
        private_metadata='{"thread": "1763900001.000100"}',
    )


def test_each_element_of_a_block_with_several_has_its_value():
    state = {"values": {"row": {"a": {"type": "button", "value": "1"}, "b": {"type": "plain_text_input", "value": "2"}}}}

    assert read(payloads.submission(view=payloads.view(state=state))).values == {"row/a": "1", "row/b": "2"}


def test_a_reaction_names_the_message_and_no_skin_tone():
    assert read(payloads.event(payloads.reaction(reaction="thumbsup::skin-tone-3"))) == Envelope(
        EnvelopeKind.REACTION,
        key="Ev0PV52K25",
        received_at=NOW,
        name="thumbsup",
        value="thumbsup::skin-tone-3",
        user="U0ANN",
        team="T0ACME",
        channel="C0ALERTS",
        message_ts="1763900001.000100",
    )


def test_a_reaction_that_was_taken_off_says_so():
    assert read(payloads.event(payloads.reaction(type="reaction_removed"))).removed


def test_a_home_that_is_opened_names_who_opened_it():
    envelope = read(payloads.event(payloads.home()))

    assert (envelope.kind, envelope.user, envelope.view_id, envelope.key) == (EnvelopeKind.HOME, "U0ANN", "V0HOME", "Ev0PV52K25")


def test_a_shortcut_on_a_message_brings_the_message_along():
    assert read(payloads.shortcut()).kind is EnvelopeKind.SHORTCUT
    on_message = read(payloads.message_shortcut())
    assert (on_message.kind, on_message.name, on_message.channel) == (EnvelopeKind.SHORTCUT, "acknowledge", "C0ALERTS")
    assert (on_message.message_ts, on_message.text) == ("1763900001.000100", "5xx > 2% in <#C0CHECKOUT>")


@pytest.mark.parametrize(
    "payload",
    [
        payloads.event(payloads.message()),
        payloads.event(payloads.message(thread_ts="1763900010.000200")),  # the parent of a thread is no reply
        payloads.event(payloads.message(**THREAD, text=f"<@{payloads.BOT_USER}> help")),  # comes as app_mention too
        payloads.event(payloads.message(**THREAD, bot_id="B0OTHER")),
        payloads.event(payloads.message(**THREAD, user=payloads.BOT_USER)),
        payloads.event(payloads.message(**THREAD, subtype="message_changed")),
        payloads.event(payloads.message(channel_type="im", subtype="file_share")),
        payloads.event(payloads.message(channel_type="im", user="USLACKBOT")),
        payloads.event(payloads.mention(edited={"user": "U0ANN", "ts": "1763900011.000000"})),
        payloads.event(payloads.mention(bot_id="B0OTHER")),
        payloads.event(payloads.reaction(user=payloads.BOT_USER)),
        payloads.event(payloads.reaction(item={"type": "file", "file": "F1"})),
        payloads.event(payloads.home(tab="messages")),
        payloads.event({"type": "team_join", "user": {"id": "U0NEW"}}),
        payloads.view_closed(),
        payloads.suggestion(),
        {"type": "brand_new", "user": {"id": "U0ANN"}},
        {},
        None,
        ["a list"],
        "text",
    ],
)
def test_what_is_nothing_of_ours_still_has_a_key(payload):
    envelope = read(payload)

    assert envelope.kind is EnvelopeKind.OTHER
    assert envelope.key
    assert envelope.key == read(payload).key


@pytest.mark.parametrize(
    ("payload", "missing"),
    [
        (payloads.command(), "trigger_id"),
        (payloads.command(), "user_id"),
        (payloads.command(), "command"),
        (payloads.event(payloads.mention()), "event_id"),
        (payloads.event(payloads.mention()), "event"),
        (payloads.click_in_message(), "actions"),
        (payloads.click_in_message(), "user"),
        (payloads.submission(), "view"),
        (payloads.shortcut(), "callback_id"),
    ],
)
def test_a_payload_without_what_its_kind_needs_is_nothing_of_ours(payload, missing):
    assert read(payload).kind is not EnvelopeKind.OTHER

    del payload[missing]

    assert read(payload).kind is EnvelopeKind.OTHER


@pytest.mark.parametrize(
    ("payload", "team"),
    [
        (payloads.click_in_message(user={"id": "U0EVE", "team_id": "T0PARTNER"}), "T0PARTNER"),
        (payloads.click_in_message(user={"id": "U0EVE"}), ""),
        (payloads.submission(user={"id": "U0EVE", "team_id": "T0PARTNER"}), "T0PARTNER"),
        (payloads.command(team_id="T0PARTNER"), "T0PARTNER"),
        (payloads.event(payloads.mention(user_team="T0PARTNER", team="T0ACME")), "T0PARTNER"),
        (payloads.event(payloads.mention(source_team="T0PARTNER", team="T0ACME")), "T0PARTNER"),
        (payloads.event(payloads.mention(team="T0PARTNER"), is_ext_shared_channel=True), "T0PARTNER"),
        (payloads.event(payloads.reaction()), "T0ACME"),
        (payloads.event(payloads.reaction(), is_ext_shared_channel=True), ""),
    ],
)
def test_the_team_is_the_persons_own_and_never_guessed(payload, team):
    assert read(payload).team == team


def test_the_enterprise_is_claimed_only_for_our_own_people():
    ours = {"id": "E0ACME", "name": "Acme"}
    in_grid = [{"team_id": "T0ACME", "enterprise_id": "E0ACME", "user_id": payloads.BOT_USER}]

    assert read(payloads.click_in_message(enterprise=ours)).enterprise == "E0ACME"
    assert read(payloads.click_in_message(enterprise=ours, user={"id": "U0EVE", "team_id": "T0PARTNER"})).enterprise == ""
    assert read(payloads.event(payloads.mention(), authorizations=in_grid)).enterprise == "E0ACME"
    assert read(payloads.event(payloads.mention(team="T0PARTNER"), authorizations=in_grid)).enterprise == ""
    assert read(payloads.command(enterprise_id="E0ACME")).enterprise == "E0ACME"


def test_text_that_no_database_holds_is_mended():
    envelope = read(payloads.command(text="a\x00b \ud83d c"))

    assert envelope.text == "ab ? c"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WHOLE = st.sampled_from(
    [
        payloads.command(),
        payloads.event(payloads.mention()),
        payloads.event(payloads.message(**THREAD)),
        payloads.event(payloads.reaction()),
        payloads.event(payloads.home()),
        payloads.click_in_message(),
        payloads.click_in_view({"type": "users_select", "action_id": "x", "selected_user": "U0BOB"}),
        payloads.submission(),
        payloads.message_shortcut(),
    ]
)


@st.composite
def odd(draw: st.DrawFn) -> Any:
    """Replace something, anywhere in a payload, with anything."""
    payload = json.loads(json.dumps(draw(WHOLE)))
    place: Any = payload
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            place[key] = draw(JSON)
            return payload
        place = inner


@given(odd())
def test_nothing_that_comes_in_crashes_us(payload):
    envelope = read(payload)

    assert envelope.key
    stored = json.dumps(envelope.as_json()).encode()
    assert Envelope.from_json(json.loads(stored)) == envelope


@given(JSON)
def test_what_is_no_payload_at_all_crashes_nothing_either(payload):
    assert read(payload).key
