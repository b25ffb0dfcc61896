"""chat.* with slack_sdk's WebClient, and what people see of it."""

import json

import pytest
from slack_sdk.errors import SlackApiError

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*v1.5.0* is live"}}
BUTTONS = {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}]}


def test_a_posted_message_is_seen_by_the_channels_members_only(sandbox, slack):
    answer = slack.chat_postMessage(channel="C0OPS", text="hello")

    assert answer["channel"] == "C0OPS"
    assert answer["message"]["bot_id"] == "B0CHATOPS"
    assert sandbox.ann.sees_last() == "hello"
    assert sandbox.eve.sees() == []
    assert "C0OPS" not in sandbox.eve.state()["messages"]


def test_time_stamps_only_grow(slack):
    stamps = [slack.chat_postMessage(channel="C0OPS", text=str(n))["ts"] for n in range(20)]

    assert stamps == sorted(set(stamps), key=float)
    assert all(len(ts.split(".")[1]) == 6 for ts in stamps)


def test_a_channel_can_be_named_by_id_by_name_and_by_a_persons_id(sandbox, slack):
    assert slack.chat_postMessage(channel="#ops", text="x")["channel"] == "C0OPS"
    assert slack.chat_postMessage(channel="U0BOB", text="for you")["channel"] == "D0BOB"
    assert sandbox.bob.sees_last("D0BOB") == "for you"
    assert sandbox.ann.sees("D0BOB") == []


def test_json_form_and_query_arguments_mean_the_same(sandbox, slack):
    import urllib.request

    metadata = json.dumps({"event_type": "op", "event_payload": {"id": 1}})
    form = {"channel": "C0OPS", "text": "form", "blocks": json.dumps([SECTION]), "metadata": metadata}
    slack.api_call("chat.postMessage", data=form)
    slack.api_call("chat.postMessage", params={**form, "text": "query"})
    slack.api_call("chat.postMessage", json={"channel": "C0OPS", "text": "json", "blocks": [SECTION], "metadata": json.loads(metadata)})
    url = f"{sandbox.url}/api/chat.postMessage?token=xoxb-sandbox-bot&channel=C0OPS&text=get"
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url)

    seen = sandbox.ann.sees("C0OPS")
    assert [m["text"] for m in seen] == ["form", "query", "json", "get"]
    assert {m["metadata"]["event_payload"]["id"] for m in seen[:3]} == {1}
    assert {m["blocks"][0]["text"]["text"] for m in seen[:3]} == {SECTION["text"]["text"]}


def test_metadata_comes_back_only_when_asked_for(slack):
    metadata = {"event_type": "operation", "event_payload": {"key": "k1"}}
    ts = slack.chat_postMessage(channel="C0OPS", text="x", metadata=metadata)["ts"]
    slack.chat_postMessage(channel="C0OPS", thread_ts=ts, text="y", metadata=metadata)

    assert "metadata" not in slack.conversations_history(channel="C0OPS")["messages"][0]
    assert slack.conversations_history(channel="C0OPS", include_all_metadata=True)["messages"][0]["metadata"] == metadata
    replies = slack.conversations_replies(channel="C0OPS", ts=ts, include_all_metadata=True)["messages"]
    assert [m.get("metadata") for m in replies] == [metadata, metadata]


def test_a_thread_counts_its_replies(sandbox, slack):
    ts = slack.chat_postMessage(channel="C0OPS", text="parent")["ts"]
    parent = sandbox.ann.sees("C0OPS")[0]
    sandbox.ann.replies(parent, "on it")
    slack.chat_postMessage(channel="C0OPS", thread_ts=ts, text="done", reply_broadcast=True)

    parent = sandbox.ann.sees("C0OPS")[0]
    assert parent["reply_count"] == 2
    assert parent["reply_users"] == ["U0ANN", "U0CHATOPS"]
    assert [m["text"] for m in sandbox.bob.sees_thread(parent)] == ["on it", "done"]
    assert [m["text"] for m in slack.conversations_history(channel="C0OPS")["messages"]] == ["done", "parent"]
    assert [m["text"] for m in slack.conversations_replies(channel="C0OPS", ts=ts)["messages"]] == ["parent", "on it", "done"]


def test_an_update_without_blocks_keeps_them_and_an_empty_list_removes_them(sandbox, slack):
    ts = slack.chat_postMessage(channel="C0OPS", text="a", blocks=[SECTION])["ts"]

    slack.chat_update(channel="C0OPS", ts=ts, text="b")
    assert sandbox.ann.sees("C0OPS")[0]["blocks"][0]["text"]["text"] == SECTION["text"]["text"]
    slack.chat_update(channel="C0OPS", ts=ts, text="c", blocks=[])
    message = sandbox.ann.sees("C0OPS")[0]
    assert "blocks" not in message
    assert message["edited"]["user"] == "U0CHATOPS"


def test_a_deleted_parent_leaves_a_tombstone_and_a_deleted_reply_nothing(sandbox, slack):
    ts = slack.chat_postMessage(channel="C0OPS", text="parent")["ts"]
    reply = slack.chat_postMessage(channel="C0OPS", text="reply", thread_ts=ts)["ts"]
    slack.chat_delete(channel="C0OPS", ts=ts)

    assert sandbox.ann.sees("C0OPS")[0]["subtype"] == "tombstone"
    slack.chat_delete(channel="C0OPS", ts=reply)
    assert [m["ts"] for m in sandbox.ann.sees("C0OPS")] == [ts]
    assert sandbox.ann.sees("C0OPS")[0]["reply_count"] == 0


def test_an_ephemeral_message_is_seen_by_one_person_and_by_no_history(sandbox, slack):
    slack.chat_postEphemeral(channel="C0OPS", user="U0ANN", text="psst")

    assert sandbox.ann.sees_last() == "psst"
    assert sandbox.ann.sees()[0]["ephemeral_to"] == "U0ANN"
    assert sandbox.bob.sees() == []
    assert slack.conversations_history(channel="C0OPS")["messages"] == []


def test_a_permalink_names_the_message_and_its_thread(slack):
    ts = slack.chat_postMessage(channel="C0OPS", text="x")["ts"]
    reply = slack.chat_postMessage(channel="C0OPS", text="y", thread_ts=ts)["ts"]

    assert slack.chat_getPermalink(channel="C0OPS", message_ts=ts)["permalink"].endswith(f"/archives/C0OPS/p{ts.replace('.', '')}")
    assert f"thread_ts={ts}" in slack.chat_getPermalink(channel="C0OPS", message_ts=reply)["permalink"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "C0OPS", "text": " "}, "no_text"),
        ({"channel": "C0OPS"}, "no_text"),
        ({"channel": "C0OPS", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0OPS", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ({"channel": "C0OPS", "text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"channel": "C0OPS", "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        (
            {"channel": "C0OPS", "text": "x", "metadata": {"event_type": "x", "event_payload": {"a": "b" * 16_000}}},
            "metadata_too_large",
        ),
    ],
)
def test_a_post_is_refused(sandbox, slack, refused, arguments, error):
    assert refused(slack.api_call, api_method="chat.postMessage", json=arguments) == error
    assert sandbox.ann.sees() == []


def test_a_post_without_a_channel_names_the_missing_field(slack):
    with pytest.raises(SlackApiError) as error:
        slack.api_call("chat.postMessage", json={"text": "x"})

    assert error.value.response["error"] == "invalid_arguments"
    assert error.value.response["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


def test_all_blocks_together_have_a_limit(slack, refused):
    long = {"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}

    slack.chat_postMessage(channel="C0OPS", text="x", blocks=[long] * 4)
    assert refused(slack.chat_postMessage, channel="C0OPS", text="x", blocks=[long] * 5) == "msg_blocks_too_long"


def test_archived_channels_are_closed_to_the_bot_and_to_people(sandbox, slack, refused):
    from sandbox.client import Refused

    ts = slack.chat_postMessage(channel="C0OPS", text="x")["ts"]
    sandbox.channel("C0OPS", is_archived=True)

    assert refused(slack.chat_postMessage, channel="C0OPS", text="x") == "is_archived"
    assert refused(slack.chat_update, channel="C0OPS", ts=ts, text="x") == "is_archived"
    with pytest.raises(Refused, match="#ops is archived"):
        sandbox.ann.types("x")


def test_only_the_bots_own_messages_can_be_changed(sandbox, slack, refused):
    ts = sandbox.ann.types("mine")["ts"]

    assert refused(slack.chat_update, channel="C0OPS", ts=ts, text="x") == "cant_update_message"
    assert refused(slack.chat_delete, channel="C0OPS", ts=ts) == "cant_delete_message"
    assert refused(slack.chat_update, channel="C0OPS", ts="1.000001", text="x") == "message_not_found"
    own = slack.chat_postMessage(channel="C0OPS", text="x")["ts"]
    assert refused(slack.chat_update, channel="C0OPS", ts=own, text="x" * 4001) == "msg_too_long"


def test_an_ephemeral_message_needs_somebody_in_the_channel(slack, refused):
    assert refused(slack.chat_postEphemeral, channel="C0OPS", user="U0EVE", text="x") == "user_not_in_channel"
    assert refused(slack.chat_postEphemeral, channel="C0OPS", user="U0NOBODY", text="x") == "user_not_found"


def test_reactions_come_and_go_once(sandbox, slack, refused):
    ts = sandbox.ann.types("ship it")["ts"]
    slack.reactions_add(channel="C0OPS", timestamp=ts, name="rocket")

    assert sandbox.ann.sees()[0]["reactions"] == [{"name": "rocket", "users": ["U0CHATOPS"], "count": 1}]
    assert refused(slack.reactions_add, channel="C0OPS", timestamp=ts, name="rocket") == "already_reacted"
    assert refused(slack.reactions_add, channel="C0OPS", timestamp=ts, name="no such thing") == "invalid_name"
    assert refused(slack.reactions_add, channel="C0OPS", timestamp="1.2", name="x") == "message_not_found"
    slack.reactions_remove(channel="C0OPS", timestamp=ts, name="rocket")
    assert refused(slack.reactions_remove, channel="C0OPS", timestamp=ts, name="rocket") == "no_reaction"
    assert "reactions" not in sandbox.ann.sees()[0]


def test_what_people_type_is_escaped_and_their_mentions_become_ids(sandbox):
    sandbox.ann.types("@bob and @bot: see #ops & <b> https://x.example/a?b=1&c=2. `@bob` @nobody @leads @here")

    text = sandbox.ann.sees()[0]["text"]
    assert text == (
        "<@U0BOB> and <@U0CHATOPS>: see <#C0OPS|ops> &amp; &lt;b&gt; <https://x.example/a?b=1&amp;c=2>. `@bob` @nobody"
        " <!subteam^S0LEADS> <!here>"
    )
    assert sandbox.ann.sees()[0]["blocks"][0]["type"] == "rich_text"


def test_a_file_is_uploaded_in_two_steps_and_can_be_fetched(sandbox, slack, refused):
    import urllib.request

    slack.files_upload_v2(channel="C0OPS", filename="run.log", content="line 1\nline 2", title="The log", initial_comment="Here it is")

    message = sandbox.ann.sees()[0]
    assert message["text"] == "Here it is"
    assert message["files"][0]["title"] == "The log"
    opened = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(message["files"][0]["url_private"])
    assert opened.read() == b"line 1\nline 2"
    assert refused(slack.files_completeUploadExternal, files=[{"id": "F0NONE"}]) == "file_not_found"


def test_a_workspace_refuses_kinds_of_blocks_that_it_does_not_know(sandbox, slack, refused):
    plan = {"type": "plan", "title": "two jobs", "tasks": []}
    assert slack.chat_postMessage(channel="C0OPS", text="t", blocks=[plan])["ok"]
    sandbox.limits(slack_unknown_blocks=["plan"])
    assert refused(slack.chat_postMessage, channel="C0OPS", text="t", blocks=[plan]) == "invalid_blocks"
    assert slack.chat_postMessage(channel="C0OPS", text="t")["ok"]
