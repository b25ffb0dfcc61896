"""The kill switch: which request or frame it hits, at which moment, and what has happened by then."""

import http.client
import signal
import subprocess

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.client import Refused


@pytest.fixture
def victim():
    """A process that waits to be killed."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def post(slack, text):
    """Post as the daemon would, and say whether an answer came."""
    try:
        slack.chat_postMessage(channel="C0OPS", text=text)
    except (OSError, SlackApiError):
        return False
    return True


def said(sandbox):
    return [message["text"] for message in sandbox.ann.sees("C0OPS")]


@pytest.mark.parametrize(
    ("moment", "is_done", "is_answered"), [("before", False, False), ("processed", True, False), ("answered", True, True)]
)
def test_it_strikes_before_after_or_behind_the_answer(sandbox, slack, victim, moment, is_done, is_answered):
    sandbox.kill(victim.pid, 2, moment)

    assert post(slack, "first")
    assert victim.poll() is None
    assert post(slack, "second") is is_answered

    assert victim.wait(5) == -signal.SIGKILL
    assert said(sandbox) == (["first", "second"] if is_done else ["first"])
    killed = sandbox.killed()
    assert (killed["fired"], killed["seen"]) == (True, 2)
    hit = next(entry for entry in sandbox.record() if entry["n"] == killed["target"])
    assert (hit["call"], hit["body"]["text"]) == ("chat.postMessage", "second")
    assert post(slack, "third"), "one order, one blow"


def test_only_the_side_and_the_call_that_are_named_are_counted(sandbox, slack, victim):
    sandbox.kill(victim.pid, 1, "before", "slack", "chat.update")
    posted = slack.chat_postMessage(channel="C0OPS", text="first")
    assert victim.poll() is None

    with pytest.raises((OSError, SlackApiError)):
        slack.chat_update(channel="C0OPS", ts=posted["ts"], text="changed")

    assert victim.wait(5) == -signal.SIGKILL
    assert said(sandbox) == ["first"]


def test_frames_are_struck_too(sandbox, bot, victim):
    seen = []

    @bot.app.command("/release")
    async def release(ack, body):
        seen.append(body["text"])
        await ack()

    bot.connect()
    sandbox.kill(victim.pid, 1, "before", "socket", "slash_commands")
    assert sandbox.ann.types("/release first") == {"ok": False, "error": "dispatch_failed"}
    assert victim.wait(5) == -signal.SIGKILL
    assert seen == [], "the frame was never sent"

    sandbox.kill(victim.pid, 1, "before", "socket", "ack")
    assert sandbox.ann.types("/release second")["error"] == "operation_timeout", "the ack was never heard"
    assert seen == ["second"]
    sandbox.kill_nobody()
    assert sandbox.ann.types("/release third") == {"ok": True}


def test_envelopes_are_delivered_once_more_when_a_test_wants_it(sandbox, bot):
    seen = []

    @bot.app.command("/release")
    async def release(ack, body):
        seen.append(body["trigger_id"])
        await ack()

    bot.connect()
    since = len(sandbox.record())
    sandbox.ann.types("/release")
    sandbox.clock(3600)
    sandbox.redeliver(since)

    sandbox.wait_until(lambda: len(seen) == 2, what="the second delivery")
    assert seen[0] == seen[1], "it is the same request"


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"pid": 1, "at": 1, "moment": "before"}, "process id of a daemon"),
        ({"pid": 0, "at": 1, "moment": "before"}, "process id of a daemon"),
        ({"pid": 99999999, "at": 0, "moment": "before"}, "expected 1 or more"),
        ({"pid": 99999999, "at": 1, "moment": "soon"}, "soon"),
        ({"pid": 99999999, "at": 1}, "moment is missing"),
        ({"pid": 99999999, "at": 1, "moment": "before", "signal": 9}, "not signal"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(sandbox, order, why):
    with pytest.raises(Refused, match=why):
        sandbox.call("POST", "kill", order)


def test_a_web_page_of_others_can_not_order_it(sandbox, victim):
    order = b'{"pid": %d, "at": 1, "moment": "before"}' % victim.pid
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    connection.request("POST", "/_sandbox/kill", order, {"Content-Type": "text/plain"})
    assert connection.getresponse().status == 400
    connection.close()
    assert sandbox.killed()["fired"] is False
