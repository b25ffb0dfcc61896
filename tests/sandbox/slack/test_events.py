"""Events as a real Bolt app receives them."""

import queue

import pytest


@pytest.fixture
def events(bot):
    """Every event that the app gets, as (event, body)."""
    got: queue.Queue = queue.Queue()

    async def keep(event, body):
        got.put((event, body))

    for name in (
        "app_mention",
        "message",
        "reaction_added",
        "reaction_removed",
        "app_home_opened",
        "member_joined_channel",
    ):
        bot.app.event(name)(keep)
    bot.app.event({"type": "message", "subtype": "message_changed"})(keep)
    bot.app.event({"type": "message", "subtype": "message_deleted"})(keep)
    bot.connect()
    return got


def test_a_mention_arrives_as_message_and_as_app_mention(sandbox, events):
    ts = sandbox.ann.types("@bot help")["ts"]

    found = {event["type"]: (event, body) for event, body in (events.get(timeout=5), events.get(timeout=5))}
    event, body = found["app_mention"]
    assert event["text"] == "<@U0CHATOPS> help"
    assert (event["user"], event["channel"], event["ts"], event["event_ts"]) == ("U0ANN", "C0OPS", ts, ts)
    assert body["event_id"] != found["message"][1]["event_id"]
    assert body["authorizations"][0]["user_id"] == "U0CHATOPS"
    assert (body["team_id"], body["api_app_id"], body["is_ext_shared_channel"]) == ("T0ACME", "A0CHATOPS", False)
    assert found["message"][0]["channel_type"] == "channel"


def test_a_direct_message_is_a_message_of_an_im_and_never_a_mention(sandbox, events):
    answer = sandbox.dana.writes_to_bot("@bot hi")

    event, _ = events.get(timeout=5)
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", answer["channel"])
    sandbox.dana.writes_to_bot("second")
    assert events.get(timeout=5)[0]["text"] == "second"


def test_a_channel_without_the_bot_is_silent_until_it_joins(sandbox, events):
    sandbox.ann.types("@bot anybody?", "C0RANDOM")
    sandbox.channel("C0RANDOM", add=["U0CHATOPS"])
    event, _ = events.get(timeout=5)

    assert (event["type"], event["user"], event["channel_type"]) == ("member_joined_channel", "U0CHATOPS", "C")
    sandbox.channel("C0RANDOM", add=["U0GUS"])
    assert events.get(timeout=5)[0]["user"] == "U0GUS"


def test_the_bot_hears_itself_with_its_bot_id(sandbox, slack, events):
    slack.chat_postMessage(channel="C0OPS", text="mine, <@U0CHATOPS>")

    event, _ = events.get(timeout=5)
    assert (event["type"], event["bot_id"], event["user"]) == ("message", "B0CHATOPS", "U0CHATOPS")
    sandbox.ann.types("next")
    assert events.get(timeout=5)[0]["text"] == "next", "a mention by the bot itself is no app_mention"


def test_a_reply_names_the_parents_author(sandbox, slack, events):
    slack.chat_postMessage(channel="C0OPS", text="parent")
    events.get(timeout=5)
    sandbox.ann.replies(sandbox.ann.sees()[0], "reply")

    event, _ = events.get(timeout=5)
    assert event["parent_user_id"] == "U0CHATOPS"
    assert event["thread_ts"] == sandbox.ann.sees()[0]["ts"]


def test_edits_and_deletions_come_as_hidden_messages(sandbox, events):
    sandbox.ann.types("frist")
    events.get(timeout=5)
    message = sandbox.ann.sees()[0]
    sandbox.ann.edits(message, "first")
    changed, _ = events.get(timeout=5)
    sandbox.ann.deletes(message)
    deleted, _ = events.get(timeout=5)

    assert (changed["subtype"], changed["message"]["text"], changed["previous_message"]["text"]) == ("message_changed", "first", "frist")
    assert (deleted["subtype"], deleted["deleted_ts"], deleted["hidden"]) == ("message_deleted", message["ts"], True)


def test_reactions_tell_who_what_and_on_whose_message(sandbox, events):
    sandbox.ann.types("deploy?")
    events.get(timeout=5)
    message = sandbox.bob.sees()[0]
    sandbox.bob.reacts(message, "eyes")
    added, _ = events.get(timeout=5)
    sandbox.bob.unreacts(message, "eyes")
    removed, _ = events.get(timeout=5)

    assert (added["type"], added["user"], added["reaction"], added["item_user"]) == ("reaction_added", "U0BOB", "eyes", "U0ANN")
    assert added["item"] == {"type": "message", "channel": "C0OPS", "ts": message["ts"]}
    assert removed["type"] == "reaction_removed"


def test_an_outsiders_message_carries_the_outsiders_team(sandbox, events):
    sandbox.eve.types("hello from outside", "C0PARTNERS")

    event, body = events.get(timeout=5)
    assert (event["user"], event["team"], event["user_team"]) == ("U0EVE", "T0PARTNER", "T0PARTNER")
    assert (body["team_id"], body["context_team_id"], body["is_ext_shared_channel"]) == ("T0ACME", "T0PARTNER", True)


def test_opening_the_home_is_told_and_shows_what_the_app_published(sandbox, slack, events):
    sandbox.ann.opens_home()
    event, _ = events.get(timeout=5)
    assert (event["type"], event["tab"], "view" in event) == ("app_home_opened", "home", False)
    assert sandbox.ann.home is None

    slack.views_publish(user_id="U0ANN", view={"type": "home", "blocks": [{"type": "divider"}]})
    sandbox.ann.opens_home()
    event, _ = events.get(timeout=5)
    assert event["view"]["type"] == "home"
    assert sandbox.ann.home["blocks"][0]["type"] == "divider"
    assert sandbox.bob.home is None
