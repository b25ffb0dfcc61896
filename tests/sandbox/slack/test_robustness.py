"""Whatever is passed to a method or posted to a response_url, Slack answers in its own form and never stumbles."""

import json
import os
import urllib.error
import urllib.request

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.shown import text_of
from sandbox.slack import webapi
from sandbox.slack.methods import METHODS

assert webapi.FAMILIES, "importing it fills the list of methods"
NAMES = [
    "channel",
    "channel_id",
    "user",
    "users",
    "user_id",
    "text",
    "blocks",
    "attachments",
    "metadata",
    "view",
    "view_id",
    "trigger_id",
    "hash",
    "ts",
    "message_ts",
    "thread_ts",
    "name",
    "timestamp",
    "cursor",
    "limit",
    "oldest",
    "latest",
    "files",
    "filename",
    "length",
    "types",
    "usergroup",
]
KNOWN = st.sampled_from(["C0OPS", "C0RANDOM", "U0ANN", "D0ANN", "S0LEADS", "1.2", "x", "", "modal", "home"])
PLAIN = st.one_of(KNOWN, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8))
KEYS = st.sampled_from(
    [
        "type",
        "text",
        "blocks",
        "elements",
        "element",
        "accessory",
        "fields",
        "id",
        "title",
        "options",
        "value",
        "label",
        "rows",
        "event_type",
    ]
)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8)
TYPED = st.fixed_dictionaries(
    {"type": st.sampled_from(["section", "actions", "input", "rich_text", "table", "plan", "container", "context", "card"])},
    optional={
        "text": JSON,
        "elements": st.lists(JSON, max_size=3),
        "element": JSON,
        "rows": JSON,
        "tasks": JSON,
        "child_blocks": JSON,
        "fields": JSON,
        "block_id": KNOWN,
    },
)
BODIES = st.dictionaries(st.sampled_from(NAMES), JSON | st.lists(TYPED, max_size=3), max_size=6)
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


# The same at every run, so that no landing hangs on dice; CHATOPS_EXPLORE=1 throws them.
ANYTHING = settings(
    max_examples=15,
    derandomize="CHATOPS_EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)


def post(url, body, token):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
    try:
        with _open(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_no_argument_makes_a_method_stumble(sandbox, method):
    token = "xapp-sandbox-app" if METHODS[method].app_level else "xoxb-sandbox-bot"

    @settings(ANYTHING)
    @given(BODIES)
    def stays_upright(body):
        status, answer = post(f"{sandbox.url}/api/{method}", body, token)
        assert status == 200
        assert json.loads(answer)["ok"] in (True, False)

    stays_upright()
    sandbox.state()
    sandbox.transcript()


def test_no_answer_makes_a_response_url_stumble(sandbox, bot):
    urls = []

    @bot.app.command("/ops")
    async def ops(ack, body):
        urls.append(body["response_url"])
        await ack()

    bot.connect()

    @settings(ANYTHING)
    @given(JSON | BODIES)
    def stays_upright(body):
        sandbox.ann.types("/ops")
        status, _ = post(urls[-1], body, "")
        assert status in (200, 400, 404)

    stays_upright()
    sandbox.transcript()


def test_an_attachment_whose_text_is_no_text_is_shown_all_the_same():
    assert text_of({"text": "a", "attachments": [{"text": {"elements": []}}, {"text": None}, {"title": 3, "text": "*x*"}]}).endswith(
        "3\n*x*"
    )
