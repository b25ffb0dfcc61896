"""The alert's message: what one must see is seen, what logs and people wrote is harmless, and Slack takes it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slackblocks import ActionsBlock, Button, ContextBlock, SectionBlock, Text

from bot.core.alert_card import alert_brief, alert_card
from bot.core.alert_talk import snooze_over
from bot.core.alert_words import counts_line, shown_kinds, sign_line, sparkline
from bot.core.alerts import Alert, AlertKind, AlertLink, AlertState, Origin, Past, Point
from bot.core.blocks import Message
from bot.core.ties import Tie
from bot.core.windows import FingerprintCount, Samples, Sign, Window

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
            case "data_visualization":
                pass  # newer than the library
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


STATES = [
    (FIRING, ["Acknowledge", "Snooze…", "Resolve"]),
    (TAKEN, ["Give back", "Snooze…", "Resolve"]),
    (FIRING.snooze("U0ANN", ENDED), ["Acknowledge", "End the snooze", "Resolve"]),
    (FIRING.resolve(ENDED), []),
]


@pytest.mark.parametrize(("alert", "expected"), STATES, ids=[alert.state for alert, _ in STATES])
def test_the_buttons_are_those_of_the_state(alert: Alert, expected: list[str]) -> None:
    card = alert_card(alert, "Ann")

    assert [b["text"]["text"] for b in buttons(card)] == expected
    assert {b["value"] for b in buttons(card)} <= {"A12"}
    validate(card)


@pytest.mark.parametrize(
    ("alert", "head"),
    [
        (FIRING, "🔴 *checkout-api* · Firing"),
        (TAKEN, "🟠 *checkout-api* · Acknowledged by Ann"),
        (
            FIRING.snooze("U0ANN", ENDED, "Ann <b>"),
            "⚪ *checkout-api* · Snoozed by Ann &lt;b&gt; until <!date^1714573800^{date_short_pretty} {time}|01 May 14:30 UTC>",
        ),
        (FIRING.resolve(ENDED, "U0ANN", "by Ann"), "✅ *checkout-api* · Resolved <!date^1714573800^{time}|14:30 UTC> · by Ann"),
    ],
)
def test_the_state_is_seen_in_colour_and_word(alert: Alert, head: str) -> None:
    first: Any = alert_card(alert, "Ann").blocks[0]

    assert first["text"]["text"].startswith(head)


def test_lists_say_in_a_line_who_has_it_or_that_nobody_needs_to() -> None:
    assert alert_brief(FIRING) == "🔴 `A12` *checkout-api* · 412 errors · nobody has it"
    assert alert_brief(TAKEN, "Ann & co") == "🟠 `A12` *checkout-api* · 412 errors · Ann &amp; co"
    assert "⚪ `A12` *checkout-api* · 412 errors · snoozed until <!date^" in alert_brief(FIRING.snooze("U0ANN", ENDED, "Ann"))


def test_an_alert_whose_errors_have_stopped_says_since_when_for_as_long_as_it_is_open() -> None:
    spiking = replace(TAKEN, window=replace(WINDOW, usual=12.0, sign=Sign.SPIKING))
    assert "far above what is usual" in texts(alert_card(spiking))
    quiet = replace(spiking, quiet_s=900.0, last_seen_at=ENDED)

    assert "✔️ *Quiet* since <!date^1714573800^" in texts(alert_card(quiet))
    assert "Quiet" not in texts(alert_card(replace(quiet, quiet_s=0.0)))
    usual = replace(quiet, last_seen_at=BEGAN)
    assert "✔️ *Only what is usual here* since <!date^" in texts(alert_card(usual)), "its number of errors stands right above"
    assert "Quiet" not in texts(alert_card(quiet.resolve(ENDED)))
    assert "far above what is usual" not in texts(alert_card(quiet)) + texts(alert_card(spiking.resolve(ENDED)))  # it is over


def test_the_end_of_a_snooze_is_told_to_who_made_it_with_how_things_stand() -> None:
    snoozed = replace(FIRING.snooze("U0ANN", ENDED, "Ann"), quiet_s=900.0, last_seen_at=ENDED)

    over = snooze_over(snoozed)

    assert over.text.startswith(
        "<@U0ANN> the snooze is over: nobody has `A12` now. *checkout-api*: 412 errors in 15 min · quiet since <!date^1714573800^"
    )
    assert [b["action_id"] for b in buttons(over)] == ["ack", "snooze"]
    validate(over)


KIND = AlertKind("f1-k", "pool <*> is empty", "pool 7 is empty", Sign.NEW, 40, BEGAN, ENDED, last=9)
TIED = replace(
    FIRING,
    kinds=(KIND, replace(KIND, id="f1-g", sample="cache lost", sign=Sign.REGRESSED, last=0)),
    tie=Tie("checkout", "production", "v1.8.3", ENDED - timedelta(minutes=6), ENDED, "v1.8.2"),
)


def test_what_is_new_after_a_release_names_it_and_offers_the_way_back() -> None:
    card = alert_card(TIED)

    assert "First seen *6 min* after checkout `v1.8.3` reached production" in texts(card)
    (back,) = [b for b in buttons(card) if b["action_id"] == "rollback:v1.8.2"]
    assert (back["text"]["text"], back["value"], back["style"]) == ("Roll back to v1.8.2 …", "checkout|production|v1.8.2", "danger")
    assert not [b for b in buttons(alert_card(TIED.resolve(ENDED))) if "rollback" in b["action_id"]]
    validate(card)


def test_the_first_line_of_all_kinds_says_since_when_it_is() -> None:
    earlier = replace(KIND, first_seen_at=BEGAN - timedelta(minutes=3))
    assert "first seen <!date^1714572720^{date_short_pretty} {time}|01 May 14:12 UTC>" in texts(
        alert_card(replace(TIED, kinds=(KIND, earlier)))
    )


def test_what_is_not_new_is_not_called_first_seen() -> None:
    back = replace(KIND, sign=Sign.REGRESSED, first_seen_at=BEGAN - timedelta(minutes=3))
    shown = texts(alert_card(replace(TIED, kinds=(KIND, back), tie=None)))

    assert "· since <!date^1714572720^" in shown
    assert "irst seen" not in shown


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (replace(WINDOW, usual=40.2), "Usual at this hour: 40 errors"),
        (replace(WINDOW, usual=1.2), "Usual at this hour: 1 error"),
        (replace(WINDOW, usual=0.2, usual_up_to=50), "Usual at this hour: 0, up to 50 errors"),
        (replace(WINDOW, usual=3.0, usual_so_far=True), "Usual so far: 3 errors"),
    ],
)
def test_it_says_what_is_usual_and_of_which_hours(window: Window, said: str) -> None:
    assert f"\\n{said}" in texts(alert_card(replace(FIRING, window=window)))


def test_the_thread_says_what_the_busiest_windows_hold() -> None:
    spike = FingerprintCount("f1-a", "x", 300, "x", sign=Sign.SPIKING, usual=0.0, usual_up_to=50)

    assert sign_line(spike, Samples.MASKED) == "📈 *SPIKING* *×300* · usually 0, up to 50 `x`"


def test_a_kind_that_is_gone_says_since_when() -> None:
    shown = texts(alert_card(TIED))

    assert "*×9* 🆕 *NEW* `pool 7 is empty`" in shown
    assert "*×40 in all* ↩️ *BACK* `cache lost` ✔️ gone since <!date^1714573800^{time}|14:30 UTC>" in shown
    for over in (TIED.resolve(ENDED), replace(TIED, quiet_s=900.0, last_seen_at=ENDED)):
        assert "gone since" not in texts(alert_card(over))  # all of it is


def test_the_number_of_the_last_window_is_told_from_that_of_all() -> None:
    longer = replace(TIED, total=500)
    assert "*412 errors of 12,034 lines" in texts(alert_card(longer))
    assert "Last: " not in texts(alert_card(longer)), "it goes on: that is now"

    for over in (longer.resolve(ENDED), replace(longer, quiet_s=900.0, last_seen_at=ENDED)):
        shown = texts(alert_card(replace(over, kinds=(replace(KIND, last=0),))))
        assert "Last: *412 errors of 12,034 lines" in shown
        assert "\\n500 errors in all" in shown
        assert "*×40 in all* 🆕 *NEW* `pool 7 is empty`" in shown
    assert "Last: " not in texts(alert_card(replace(longer, total=412).resolve(ENDED))), "there was no other window"


def test_a_release_that_an_alert_was_tied_to_stays_named_when_it_is_over() -> None:
    over = alert_card(TIED.resolve(ENDED))

    assert "First seen *6 min* after checkout `v1.8.3` reached production" in texts(over)
    assert buttons(over) == []


def test_a_note_names_who_made_it() -> None:
    assert "📝 Ann &lt;b&gt;: it is the database" in texts(alert_card(FIRING.acknowledge("U0ANN", ENDED, "it is the database", "Ann <b>")))
    assert "📝 it is the database" in texts(alert_card(TAKEN)), "written by a version that did not know who"


def test_what_is_back_says_what_became_of_it_before() -> None:
    before = replace(TIED, id="A7").noted("restarted the <pool>", "Bob").resolve(ENDED, "U0ANN", "by Ann")
    back = replace(FIRING, past=Past("A7", "v1.8.4"))

    card = alert_card(back, past=before)

    told = "↩️ Told before in `A7`, which was resolved <!date^1714573800^{date_short_pretty} {time}|01 May 14:30 UTC> (by Ann), with `v1.8.4` live"
    first = "↳ then: First seen *6 min* after checkout `v1.8.3` reached production"
    assert f"{told}\\n{first}\\n↳ 📝 Bob: restarted the &lt;pool&gt;" in texts(card)
    validate(card)
    assert "Told before" not in texts(alert_card(back)), "the journal forgot it"


@pytest.mark.parametrize(
    ("samples", "shown", "hidden"),
    [
        (Samples.MASKED, "pool 7 is empty", "f1-k"),
        (Samples.TEMPLATE, "pool &lt;*&gt; is empty", "pool 7"),
        (Samples.NONE, "f1-k", "pool"),
    ],
)
def test_the_privacy_setting_says_how_much_is_shown(samples: Samples, shown: str, hidden: str) -> None:
    window = replace(WINDOW, notes=("/var/log/pool.log is new",))
    card = alert_card(replace(TIED, kinds=(KIND,), samples=samples, window=window), links=[AlertLink("Explore", "https://g/?q=pool")])

    said = texts(card) + card.text
    assert shown in said
    assert hidden not in said


def test_a_channel_that_others_read_says_why_nothing_is_shown() -> None:
    assert "people of other companies" in texts(alert_card(replace(TIED, samples=Samples.NONE, is_hidden=True)))


def test_a_trend_is_a_line_of_text_and_a_chart() -> None:
    series = tuple(Point(ENDED + timedelta(minutes=15 * n), errors) for n, errors in enumerate((0, 3, 12)))
    card = alert_card(replace(FIRING, series=series, total=15))

    assert "`▁▃█` 15 errors in all" in texts(card)
    chart: Any = next(block for block in card.blocks if block["type"] == "data_visualization")
    assert chart["chart"]["axis_config"]["categories"] == ["14:30", "14:45", "15:00"]
    assert [point["value"] for point in chart["chart"]["series"][0]["data"]] == [0, 3, 12]


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_a_sparkline_shows_each_window_and_the_highest_as_a_full_bar(errors: list[int]) -> None:
    drawn = sparkline([Point(ENDED, each) for each in errors])

    assert len(drawn) == len(errors)
    for each, bar in zip(errors, drawn, strict=True):
        assert (bar == "▁") == (each == 0)
        assert each != max(errors) or not each or bar == "█"


def test_an_alert_from_elsewhere_is_told_in_its_own_words() -> None:
    origin = Origin("alertmanager", "g1", "HighLatency", "critical", "p99 is 3 s <!channel>", (AlertLink("Alertmanager", "https://am/1"),))
    card = alert_card(Alert("A7", "alertmanager", "checkout", "C1", AlertState.FIRING, ENDED, None, origin=origin))

    said = texts(card)
    assert "🔴 *HighLatency* · Firing" in said
    assert "*critical* · p99 is 3 s &lt;!channel&gt;" in said
    assert "`A7` · checkout · since" in said
    assert [b["url"] for b in buttons(card) if "url" in b] == ["https://am/1"]
    validate(card)


def test_the_owner_is_named_and_not_mentioned() -> None:
    card = alert_card(TAKEN, "Ann Example")

    assert "🟠 *checkout-api* · Acknowledged by Ann Example <!date^1714573920^{date_short_pretty} {time}|01 May 14:32 UTC>" in texts(card)
    assert "it is the database" in texts(card)
    assert "<@" not in texts(card)
    assert "acknowledged by Ann Example" in card.text
    validate(card)


def test_a_new_kind_is_shown_however_rare() -> None:
    assert [kind.id for kind in shown_kinds(FIRING, 5)] == ["f1-a", "f1-b", "f1-z", "f1-0", "f1-1"]


def test_one_error_is_not_many() -> None:
    window = Window("api", BEGAN, ENDED, lines=1, errors=1, distinct=1)

    assert counts_line(window) == "1 error of 1 line in 15 min · 1 kind"


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
