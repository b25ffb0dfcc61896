"""The control API and its client: state, changes, events, waiting, deeds that make no sense."""

import json
import threading
import time
import urllib.request

import pytest

from sandbox.client import Refused, text_of


def test_the_state_is_what_one_person_sees(sandbox):
    names = {person.name: {channel["name"] for channel in person.state()["channels"]} for person in sandbox.people()}

    assert names["ann"] == {"ops", "checkout", "alerts", "partners", "random"}
    assert names["dana"] == {"ops", "checkout", "alerts", "random"}
    assert names["gus"] == {"checkout"}
    assert names["eve"] == {"partners"}
    assert {"team", "me", "people", "channels", "messages", "views", "home", "commands", "notices", "github", "version"} <= set(
        sandbox.ann.state()
    )
    assert [command["name"] for command in sandbox.state()["commands"]][:2] == ["/release", "/deploy"]


def test_changes_wait_for_what_the_person_may_see(sandbox, slack):
    version = sandbox.version()
    slack.chat_postMessage(channel="C0OPS", text="not for eve")
    slack.chat_postEphemeral(channel="C0PARTNERS", user="U0BOB", text="only for bob")
    slack.chat_postMessage(channel="C0PARTNERS", text="for both")

    def seen(person):
        return [(c["kind"], c["message"]["text"]) for c in sandbox.changes(version, 0, person)["changes"]]

    assert seen("eve") == [("message", "for both")]
    assert seen("bob") == [("message", "not for eve"), ("ephemeral", "only for bob"), ("message", "for both")]
    assert seen("gus") == []
    assert len(seen(None)) == 3


def test_a_long_poll_answers_as_soon_as_something_happens(sandbox, slack):
    version = sandbox.version()
    timer = threading.Timer(0.2, lambda: slack.chat_postMessage(channel="C0OPS", text="now"))
    timer.start()
    began = time.monotonic()
    answer = sandbox.changes(version, 5)

    assert answer["changes"][0]["message"]["text"] == "now"
    assert time.monotonic() - began < 2
    assert sandbox.changes(answer["version"], 0) == {"version": answer["version"], "changes": []}


def test_server_sent_events_go_on_where_the_browser_lost_them(sandbox, slack):
    slack.chat_postMessage(channel="C0OPS", text="missed")
    request = urllib.request.Request(f"{sandbox.url}/_sandbox/events?as=U0ANN", headers={"Last-Event-ID": "0"})  # noqa: S310 - loopback
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as stream:
        lines = [stream.readline().decode().strip() for _ in range(4)]

    number, data = lines[2], lines[3]
    assert number.startswith("id: ")
    change = json.loads(data.removeprefix("data: "))
    assert (change["kind"], change["message"]["text"], change["n"]) == ("message", "missed", int(number.removeprefix("id: ")))


def test_the_record_can_be_narrowed(sandbox, slack):
    slack.auth_test()
    slack.chat_postMessage(channel="C0OPS", text="x")

    entry = sandbox.record("slack", "chat.postMessage")[0]
    assert (entry["body"]["text"], entry["status"], entry["answer"]["ok"]) == ("x", 200, True)
    assert [e["call"] for e in sandbox.record("slack")] == ["auth.test", "chat.postMessage"]
    assert sandbox.record(since=entry["n"]) == []


def test_waiting_shows_the_last_messages_when_it_was_in_vain(sandbox):
    sandbox.ann.types("hello <there>")
    sandbox.ann.types("/release")

    with pytest.raises(AssertionError) as error:
        sandbox.wait_until(lambda: False, timeout_s=0.1, what="a miracle")
    assert "Waited 0.1 s for a miracle" in str(error.value)
    assert "#ops ann: hello <there>" in str(error.value)
    assert "/release failed because the app did not respond" in str(error.value)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("people/U0NOBODY/say", {"channel": "C0OPS", "text": "x"}, "There is no person U0NOBODY."),
        ("people/ann/fly", {}, "Nobody can 'fly'"),
        ("people/ann/say", {"text": "x"}, "say needs 'channel'."),
        ("people/eve/say", {"channel": "C0OPS", "text": "x"}, "eve is not in #ops."),
        ("people/ann/react", {"channel": "C0OPS", "ts": "1.2", "name": "x"}, "ann sees no message 1.2 in #ops."),
        ("people/ann/submit", {"view_id": "V1"}, "There is no open view V1."),
        ("people/ann/click", {"home": True, "action_id": "x"}, "The app has published no App Home for ann."),
        ("sockets", {"do": "dance"}, "No such order for sockets: 'dance'."),
        ("sockets", {"do": "close"}, "No connection is open."),
        ("sockets", {"do": "disconnect", "reason": "boredom"}, "No such reason: boredom"),
        ("faults", {"side": "moon", "call": "*", "fault": "error"}, "side is 'moon'"),
        ("limits", {"moon": 1}, "There are no limits called moon."),
        ("clock", {"advance_s": -1}, "The clock only goes forward."),
        ("slack/channel", {"id": "C0NONE"}, "There is no channel C0NONE"),
        ("slack/token", {}, "token is missing."),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_a_sentence(sandbox, path, body, sentence):
    with pytest.raises(Refused) as error:
        sandbox.call("POST", path, body)

    assert sentence in str(error.value)


def test_the_clock_jumps(sandbox):
    before = sandbox.state()["now"]
    sandbox.clock(3600)

    assert 3600 <= sandbox.state()["now"] - before < 3630


def test_a_message_reads_as_plain_text(sandbox, slack):
    slack.chat_postMessage(
        channel="C0OPS",
        text="fallback",
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": "Release"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "See <https://x.example|the run> &amp; more"}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": "*A*"}, {"type": "plain_text", "text": "B"}]},
            {
                "type": "actions",
                "elements": [{"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}],
            },
            {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_number", "value": 3}]]},
            {"type": "plan", "title": "Steps", "tasks": [{"task_id": "1", "title": "build", "status": "complete"}]},
        ],
    )

    message = sandbox.ann.sees()[0]
    assert text_of(message) == "*Release*\nSee the run (https://x.example) & more\n*A* · B\n[Go]\na | 3\nSteps\n[x] build"
    assert sandbox.ann.sees_last().startswith("fallback\n*Release*")
    with pytest.raises(AssertionError, match=r"There is no 'Stop' to click; there is 'Go' \(go\)"):
        sandbox.ann.clicks(message, "Stop")
