"""Tokens, scopes, rate limits, faults, and methods that are not there."""

import time

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError


def client(sandbox, token):
    return WebClient(token, base_url=f"{sandbox.url}/api/", retry_handlers=[])


def test_auth_test_says_who_the_bot_is(slack):
    answer = slack.auth_test()

    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0CHATOPS", "B0CHATOPS", "T0ACME")
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("xapp-sandbox-app", "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-sandbox-bot", "apps.connections.open", "not_allowed_token_type"),
        ("xoxb-sandbox-bot", "chat.scheduleMessage", "unknown_method"),
    ],
)
def test_a_wrong_token_or_method_is_refused(sandbox, refused, token, method, error):
    assert refused(client(sandbox, token).api_call, api_method=method) == error


def test_a_revoked_token_works_again_when_it_is_given_back(sandbox, slack, refused):
    sandbox.token("xoxb-sandbox-bot", revoke=True)
    assert refused(slack.auth_test) == "token_revoked"
    sandbox.token("xoxb-sandbox-bot", revoke=False)
    assert slack.auth_test()["ok"]


def test_a_missing_scope_names_what_is_needed_and_what_there_is(sandbox, slack):
    sandbox.token("xoxb-sandbox-bot", scopes=["chat:write"])

    with pytest.raises(SlackApiError) as error:
        slack.conversations_history(channel="C0OPS")
    assert error.value.response["error"] == "missing_scope"
    assert "channels:history" in error.value.response["needed"]
    assert error.value.response["provided"] == "chat:write"
    assert slack.chat_postMessage(channel="C0OPS", text="x")["ok"]


def test_each_kind_of_conversation_has_its_own_scope(sandbox, slack, refused):
    sandbox.ann.writes_to_bot("hi")
    sandbox.token("xoxb-sandbox-bot", scopes=["channels:history"])

    assert slack.conversations_history(channel="C0OPS")["ok"]
    assert refused(slack.conversations_history, channel="D0ANN") == "missing_scope"


def test_posting_is_limited_to_one_a_second_a_channel_after_a_short_burst(sandbox, slack):
    sandbox.limits(slack=True)
    for _ in range(4):
        slack.chat_postMessage(channel="C0OPS", text="x")
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="C0OPS", text="x")

    assert error.value.response.status_code == 429
    assert int(error.value.response.headers["Retry-After"]) == 1
    assert len(sandbox.ann.sees("C0OPS")) == 4
    assert slack.chat_postMessage(channel="C0ALERTS", text="x")["ok"], "another channel has its own bucket"
    sandbox.clock(1)
    assert slack.chat_postMessage(channel="C0OPS", text="x")["ok"]


def test_other_methods_are_limited_by_the_minute(sandbox, slack):
    sandbox.limits(slack=True)
    for _ in range(4):
        slack.users_list()
    with pytest.raises(SlackApiError) as error:
        slack.users_list()

    assert int(error.value.response.headers["Retry-After"]) == 3
    sandbox.limits(slack=False)
    assert slack.users_list()["ok"]


def test_without_enforcement_a_burst_passes(sandbox, slack):
    for n in range(60):
        slack.chat_postMessage(channel="C0OPS", text=str(n))

    assert len(sandbox.ann.sees("C0OPS")) == 60


@pytest.mark.parametrize(
    ("fault", "error", "processed"),
    [
        ("error", SlackApiError, 0),
        ("error_after", SlackApiError, 1),
        ("refuse", ConnectionError, 0),
        ("lost", ConnectionError, 1),
        ("broken_json", SlackApiError, 1),
    ],
)
def test_a_fault_befalls_one_call_and_tells_processed_from_not_processed(sandbox, slack, fault, error, processed):
    sandbox.fault("slack", "chat.postMessage", fault)

    with pytest.raises(error):
        slack.chat_postMessage(channel="C0OPS", text="x")
    assert len(sandbox.ann.sees("C0OPS")) == processed
    assert slack.chat_postMessage(channel="C0OPS", text="x")["ok"]


def test_slacks_429_carries_retry_after(sandbox, slack):
    sandbox.fault("slack", "*", "rate_limited", retry_after=7, skip=1)
    slack.auth_test()

    with pytest.raises(SlackApiError) as error:
        slack.auth_test()
    assert (error.value.response.status_code, error.value.response.headers["Retry-After"]) == (429, "7")


def test_a_slow_answer_is_slow_and_faults_can_be_cleared(sandbox, slack):
    sandbox.fault("slack", "auth.test", "slow", seconds=0.3, times=5)
    began = time.monotonic()
    slack.auth_test()
    assert time.monotonic() - began >= 0.3

    sandbox.clear_faults()
    assert slack.auth_test()["ok"]
    assert [entry["status"] for entry in sandbox.record("slack", "auth.test")] == [200, 200]
