"""The alert's message: what one must see is seen, what logs and people wrote is harmless, and Slack takes it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slackblocks import ActionsBlock, Button, ContextBlock, SectionBlock, Text

from bot.core.alert_card import alert_card, counts_line, grafana_url, shown_kinds
from bot.core.alerts import Alert, AlertState, FingerprintCount, Window
from bot.core.blocks import Message
from bot.core.configuration import Watch

BEGAN = datetime(2024, 5, 1, 14, 15, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=15)
KINDS = (
    FingerprintCount("f1-a", "connection refused to <*>", 398, "connection refused to db-3:5432"),
    FingerprintCount("f1-b", "disk <*> is full", 12, "disk /dev/sda1 is full", is_new=True),
    *(FingerprintCount(f"f1-{n}", f"kind {n}", 1, f"sample {n}") for n in range(4)),
    FingerprintCount("f1-z", "rare", 1, "rare but never seen before", is_new=True),
)
WINDOW = Window("checkout-api", BEGAN, ENDED, lines=12034, errors=412, distinct=7, fingerprints=KINDS, new=2)
FIRING = Alert("A12", "checkout-api", "checkout", "C1", AlertState.FIRING, ENDED, WINDOW)
TAKEN = FIRING.acknowledge("U0ANN", BEGAN.replace(hour=14, minute=32), "it is the database")
WATCH = Watch(
    "checkout-api",
    ("file", "/x"),
    timedelta(minutes=15),
    "C1",
    "ERROR",
    "check out",
    'https://grafana.example.org/explore?left={"q":"{app}","from":"{from}","to":"{to}","s":"{service}"}',
)


def texts(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def buttons(message: Message) -> list[dict[str, Any]]:
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]  # type: ignore[attr-defined]


def validate(message: Message) -> None:
    """Build every block with an independent library, which refuses what Slack would refuse."""
    for block in message.blocks:
        body: Any = block
        match body["type"]:
            case "section":
                SectionBlock(text=Text(body["text"]["text"]))
            case "context":
                ContextBlock([Text(element["text"]) for element in body["elements"]])
            case "actions":
                ActionsBlock(
                    [Button(e["text"]["text"], e["action_id"], e.get("url"), e.get("value"), e.get("style")) for e in body["elements"]],
                    body["block_id"],
                )
            case other:
                pytest.fail(f"no validator for {other}")
    assert len(message.blocks) <= 50


def test_a_firing_alert_says_where_how_much_and_what() -> None:
    card = alert_card(FIRING)

    shown = texts(card)
    assert "🔴 *checkout-api* · Firing" in shown
    assert "412 errors of 12,034 lines in 15 min · 7 kinds (2 new)" in shown
    assert "*×398* `connection refused to db-3:5432`" in shown
    assert "*×12* 🆕 *NEW* `disk /dev/sda1 is full`" in shown
    assert "and 2 kinds more" in shown
    assert card.text.startswith("🔴 checkout-api: 412 errors of 12,034 lines in 15 min · 7 kinds (2 new)")
    validate(card)


def test_only_a_firing_alert_can_be_acknowledged() -> None:
    assert [(b["action_id"], b["value"], b.get("style")) for b in buttons(alert_card(FIRING))] == [("ack", "A12", "primary")]
    assert [(b["action_id"], b["value"]) for b in buttons(alert_card(TAKEN, "Ann"))] == [("give_back", "A12")]
    assert buttons(alert_card(replace(FIRING, state=AlertState.RESOLVED))) == []


def test_the_owner_is_named_and_not_mentioned() -> None:
    card = alert_card(TAKEN, "Ann Example")

    assert "🟠 *checkout-api* · Acknowledged by Ann Example <!date^1714573920^{time}|14:32 UTC>" in texts(card)
    assert "it is the database" in texts(card)
    assert "<@" not in texts(card)
    assert "acknowledged by Ann Example" in card.text
    validate(card)


def test_a_new_kind_is_shown_however_rare() -> None:
    assert [kind.id for kind in shown_kinds(WINDOW)] == ["f1-a", "f1-b", "f1-z", "f1-0", "f1-1"]


def test_one_error_is_not_many() -> None:
    window = Window("api", BEGAN, ENDED, lines=1, errors=1, distinct=1)

    assert counts_line(window) == "1 error of 1 line in 15 min · 1 kind"


def test_the_grafana_link_holds_the_window_and_leaves_other_braces() -> None:
    url = grafana_url(WATCH, WINDOW)

    assert url == ('https://grafana.example.org/explore?left={"q":"{app}","from":"1714572900000","to":"1714573800000","s":"check%20out"}')
    assert [b["url"] for b in buttons(alert_card(FIRING, grafana=url)) if "url" in b] == [url]
    validate(alert_card(FIRING, grafana=url))


def test_without_a_usable_template_there_is_no_grafana_link() -> None:
    assert grafana_url(replace(WATCH, grafana=""), WINDOW) == ""
    assert grafana_url(replace(WATCH, grafana="javascript:alert(1)"), WINDOW) == ""
    assert grafana_url(replace(WATCH, grafana="https://x/" + "a" * 3000), WINDOW) == ""


def test_what_a_log_says_can_not_become_a_mention_or_end_its_font() -> None:
    evil = FingerprintCount("f1-e", "t", 1, "```<!channel> <@U1> `*bold*` <https://evil.example|click> &lt;")
    card = alert_card(
        replace(FIRING, watch="<!here>", note="<!everyone>\n> x", window=replace(WINDOW, fingerprints=(evil,), notes=("<!channel>",)))
    )

    shown = texts(card) + card.text
    assert "<!channel>" not in shown
    assert "<!here>" not in shown
    assert "<!everyone>" not in shown
    assert "<@" not in shown
    assert "<https" not in shown
    kinds: Any = card.blocks[2]
    assert kinds["text"]["text"].count("`") == 2
    validate(card)


@given(st.text(max_size=4000), st.text(max_size=4000), st.lists(st.text(max_size=800), max_size=8))
def test_slack_takes_it_whatever_was_written(sample: str, note: str, notes: list[str]) -> None:
    kinds = tuple(FingerprintCount(f"f1-{n}", sample, 10**9, sample + "&" * 500, is_new=True) for n in range(20))
    card = alert_card(replace(TAKEN, note=note, window=replace(WINDOW, fingerprints=kinds, notes=tuple(notes))), "A" * 80)

    validate(card)
    for block in card.blocks:
        text: Any = block.get("text")
        assert not text or (text["text"].count("`") % 2 == 0 and len(text["text"]) <= 3000)
