"""Slash commands, clicks, shortcuts and response_urls with a real Bolt app."""

import queue

import pytest

from sandbox.client import Refused

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Approve"}, "action_id": "approve", "value": "op1", "style": "primary"}


def option(value):
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


SELECT = {"type": "static_select", "action_id": "env", "options": [option("staging"), option("production")]}
OVERFLOW = {"type": "overflow", "action_id": "more", "options": [option("details"), option("cancel")]}
BLOCKS = [{"type": "actions", "block_id": "b1", "elements": [BUTTON, SELECT, OVERFLOW]}]


@pytest.fixture
def got():
    return queue.Queue()


def test_a_command_arrives_with_escaped_mentions_and_its_answer_is_shown_to_the_person(sandbox, bot, got):
    @bot.app.command("/release")
    async def release(ack, body):
        got.put(body)
        await ack("On it.")

    bot.connect()
    answer = sandbox.ann.types("/release checkout 1.5.0 for @bob in #ops & <more>")

    body = got.get(timeout=5)
    assert answer == {"ok": True}
    assert body["text"] == "checkout 1.5.0 for <@U0BOB|bob> in <#C0OPS|ops> &amp; &lt;more&gt;"
    assert (body["command"], body["user_id"], body["user_name"], body["team_id"]) == ("/release", "U0ANN", "ann", "T0ACME")
    assert (body["channel_id"], body["channel_name"], body["is_enterprise_install"]) == ("C0OPS", "ops", "false")
    assert sandbox.ann.sees_last() == "On it."
    assert sandbox.bob.sees() == []


def test_a_command_can_be_answered_for_all(sandbox, bot):
    @bot.app.command("/ops")
    async def ops(ack):
        await ack(text="All fine", response_type="in_channel")

    bot.connect()
    sandbox.ann.types("/ops status")

    assert sandbox.bob.sees_last() == "All fine"


def test_an_answer_with_wrong_blocks_is_shown_as_an_error(sandbox, bot):
    @bot.app.command("/ops")
    async def ops(ack):
        await ack(blocks=[{"type": "section"}], text="x")

    bot.connect()

    assert sandbox.ann.types("/ops")["error"] == "invalid_blocks"
    assert "/ops failed" in sandbox.ann.notices[-1]["text"]


def test_an_outsiders_command_carries_the_outsiders_team(sandbox, bot, got):
    @bot.app.command("/release")
    async def release(ack, body):
        got.put(body)
        await ack()

    bot.connect()
    sandbox.eve.types("/release checkout", "C0PARTNERS")

    body = got.get(timeout=5)
    assert (body["user_id"], body["team_id"], body["team_domain"]) == ("U0EVE", "T0PARTNER", "partner")


def test_without_a_connection_a_command_fails_at_once(sandbox):
    assert sandbox.ann.types("/release") == {"ok": False, "error": "dispatch_failed"}
    assert "/release failed because the app did not respond" in sandbox.ann.notices[-1]["text"]
    assert sandbox.bob.notices == []


def test_a_command_that_is_not_acked_fails_after_three_seconds(sandbox, bot):
    bot.connect()

    assert sandbox.ann.types("/release") == {"ok": False, "error": "operation_timeout"}


def test_commands_that_slack_would_not_take_never_reach_the_app(sandbox, bot):
    bot.connect()
    ts = sandbox.ann.types("parent")["ts"]

    assert sandbox.ann.types("/nonsense")["error"] == "unknown_command"
    assert sandbox.ann.types("/release", thread=ts)["error"] == "not_supported_in_threads"
    with pytest.raises(Refused, match="gus is not in #ops"):
        sandbox.gus.types("/release")
    assert sandbox.record("socket", "slash_commands") == []


def test_the_manifests_commands_can_be_replaced(sandbox, bot, got):
    @bot.app.command("/greet")
    async def greet(ack, body):
        got.put(body)
        await ack()

    bot.connect()
    sandbox.commands("/greet")

    assert sandbox.ann.types("/greet") == {"ok": True}
    assert [command["name"] for command in sandbox.ann.state()["commands"]] == ["/greet"]


@pytest.fixture
def asked(bot, slack, got):
    """Have a bot ask for approval, and put what is clicked into `got`; return where its message stands."""

    @bot.app.action("approve")
    async def approve(ack, body):
        got.put(body)
        await ack()

    bot.connect()
    return slack.chat_postMessage(channel="C0OPS", text="Approve?", blocks=BLOCKS)["ts"]


def test_a_button_in_a_message_arrives_with_its_value_and_its_place(sandbox, asked, got):
    assert sandbox.bob.clicks(sandbox.bob.sees()[0], "Approve") == {"ok": True}

    body = got.get(timeout=5)
    action = body["actions"][0]
    assert (action["type"], action["action_id"], action["block_id"], action["value"], action["style"]) == (
        "button",
        "approve",
        "b1",
        "op1",
        "primary",
    )
    assert body["container"] == {"type": "message", "message_ts": asked, "channel_id": "C0OPS", "is_ephemeral": False}
    assert body["message"]["text"] == "Approve?"
    assert (body["user"]["id"], body["user"]["team_id"], body["team"]["domain"]) == ("U0BOB", "T0ACME", "acme")
    assert body["channel"] == {"id": "C0OPS", "name": "ops"}
    assert body["state"]["values"]["b1"]["env"] == {"type": "static_select", "selected_option": None}


def test_a_button_that_an_edit_took_away_can_still_be_clicked_by_who_has_not_seen_the_edit(sandbox, slack, asked, got):
    drawn = sandbox.bob.sees()[0]
    slack.chat_update(channel="C0OPS", ts=asked, text="Approved", blocks=[])
    slack.chat_update(channel="C0OPS", ts=asked, text="Approved by ann")
    assert sandbox.bob.clicks(drawn, "Approve") == {"ok": True}

    body = got.get(timeout=5)
    assert (body["actions"][0]["block_id"], body["actions"][0]["value"]) == ("b1", "op1")
    assert body["message"]["text"] == "Approved by ann"
    with pytest.raises(Refused, match="There is nothing called reject to click"):
        sandbox.bob.does("click", channel="C0OPS", ts=asked, action_id="reject")


def test_a_menu_in_a_message_keeps_each_persons_choice_apart(sandbox, bot, slack, got):
    async def keep(ack, body):
        got.put(body)
        await ack()

    bot.app.action("env")(keep)
    bot.app.action("more")(keep)
    bot.connect()
    slack.chat_postMessage(channel="C0OPS", text="x", blocks=BLOCKS)
    message = sandbox.ann.sees()[0]
    sandbox.ann.chooses(message, "env", "production")
    sandbox.bob.clicks(message, "Cancel")

    ann, bob = got.get(timeout=5), got.get(timeout=5)
    assert ann["actions"][0]["selected_option"]["value"] == "production"
    assert ann["state"]["values"]["b1"]["env"]["selected_option"]["value"] == "production"
    assert bob["actions"][0]["selected_option"]["value"] == "cancel"
    assert bob["state"]["values"]["b1"]["env"]["selected_option"] is None
    with pytest.raises(Refused, match="offers no option 'moon'"):
        sandbox.ann.chooses(message, "env", "moon")


def test_a_declined_confirm_dialog_sends_nothing(sandbox, bot, slack):
    bot.connect()
    slack.chat_postMessage(channel="C0OPS", text="x", blocks=BLOCKS)

    assert sandbox.ann.clicks(sandbox.ann.sees()[0], "Approve", confirm=False) == {"ok": True}
    assert sandbox.record("socket", "interactive") == []


def test_an_unacked_click_is_shown_as_an_error_and_never_sent_again(sandbox, bot, slack):
    bot.connect()
    slack.chat_postMessage(channel="C0OPS", text="x", blocks=BLOCKS)

    assert sandbox.ann.clicks(sandbox.ann.sees()[0], "Approve")["error"] == "operation_timeout"
    sandbox.clock(3600)
    assert len(sandbox.record("socket", "interactive")) == 1


def test_a_response_url_replaces_posts_and_deletes(sandbox, bot, slack, got):
    @bot.app.action("approve")
    async def approve(ack, body, respond):
        await ack()
        got.put((await respond(text="Approved", replace_original=True)).body)
        await respond(text="only you", response_type="ephemeral", replace_original=False)
        await respond(text="all of you", response_type="in_channel", replace_original=False)
        got.put((await respond(delete_original=True)).body)

    bot.connect()
    slack.chat_postMessage(channel="C0OPS", text="Approve?", blocks=BLOCKS)
    sandbox.bob.clicks(sandbox.bob.sees()[0], "approve")

    assert [got.get(timeout=5), got.get(timeout=5)] == ["ok", "ok"]
    assert [m["text"] for m in sandbox.bob.sees()] == ["only you", "all of you"]
    assert [m["text"] for m in sandbox.ann.sees()] == ["all of you"]


def test_a_response_url_serves_five_times_within_half_an_hour(sandbox, bot, got):
    from slack_sdk import WebhookClient

    @bot.app.command("/ops")
    async def ops(ack, body):
        got.put(body["response_url"])
        await ack()

    bot.connect()
    sandbox.ann.types("/ops")
    hook = WebhookClient(got.get(timeout=5))
    assert [hook.send(text="x").status_code for _ in range(5)] == [200] * 5
    assert "used_url" in hook.send(text="x").body
    assert len(sandbox.ann.sees()) == 5

    sandbox.ann.types("/ops")
    hook = WebhookClient(got.get(timeout=5))
    assert hook.send(text="", blocks=[{"type": "nonsense"}]).status_code == 400
    sandbox.clock(30 * 60 + 1)
    assert "expired_url" in hook.send(text="x").body


def test_buttons_in_ephemeral_messages_are_answered_in_place(sandbox, bot, slack, got):
    @bot.app.action("approve")
    async def approve(ack, body, respond):
        await ack()
        got.put(body)
        await respond(text="Thanks", replace_original=True)
        got.put(None)

    bot.connect()
    slack.chat_postEphemeral(channel="C0OPS", user="U0ANN", text="x", blocks=BLOCKS)
    sandbox.ann.clicks(sandbox.ann.sees()[0], "approve")

    body = got.get(timeout=5)
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
    got.get(timeout=5)
    assert sandbox.ann.sees_last() == "Thanks"


def test_a_global_shortcut_and_one_on_a_message_arrive(sandbox, bot, got):
    async def keep(ack, body):
        got.put(body)
        await ack()

    bot.app.shortcut("release_now")(keep)
    bot.app.shortcut({"type": "message_action", "callback_id": "make_incident"})(keep)
    bot.connect()
    sandbox.ann.types("it burns")
    sandbox.ann.uses_shortcut("release_now")
    sandbox.ann.uses_shortcut("make_incident", sandbox.ann.sees()[0])

    everywhere, on_message = got.get(timeout=5), got.get(timeout=5)
    assert (everywhere["type"], everywhere["callback_id"]) == ("shortcut", "release_now")
    assert (on_message["type"], on_message["message"]["text"], on_message["channel"]["id"]) == ("message_action", "it burns", "C0OPS")
