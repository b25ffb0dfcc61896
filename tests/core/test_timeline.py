"""What the timeline says, and what people may type to ask for it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.timeline import TimelineEntry, TimelineQuery, as_entry, is_shown
from bot.core.timeline_export import as_markdown, say_query
from bot.core.timeline_words import read_query

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # 10:30 in Berlin
LOCK = {"repo": "acme/checkout", "environment": "production"}


def asked(words: str) -> TimelineQuery:
    return read_query(words.split(), NOW, BERLIN, ["checkout", "search"])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "since"),
    [
        ("since 09:00", "2026-11-25T08:00"),
        ("since 22:00", "2026-11-24T21:00"),  # it has not come yet today
        ("since yesterday 14:00", "2026-11-24T13:00"),
        ("since yesterday", "2026-11-23T23:00"),
        ("since today", "2026-11-24T23:00"),
        ("since 2026-07-01 14:00", "2026-07-01T12:00"),  # summer time
        ("SINCE 2h", "2026-11-25T07:30"),
        ("since 1d ago", "2026-11-24T09:30"),
    ],
)
def test_times_are_those_of_the_person(words: str, since: str) -> None:
    assert asked(words) == TimelineQuery(since=utc(since))


def test_service_times_and_person_can_be_asked_for_at_once() -> None:
    query = asked("checkout since 2026-11-20 until 2026-11-20 by <@U0ANN>")
    assert query == TimelineQuery("checkout", "U0ANN", utc("2026-11-19T23:00"), utc("2026-11-20T23:00"))
    assert say_query(query, BERLIN, str.lower) == "checkout, since 2026-11-20 00:00, until 2026-11-21 00:00, by u0ann"
    assert asked("") == TimelineQuery()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("chekout", "There is no service chekout. Did you mean checkout? Known: checkout, search."),
        ("since", "Behind “since” I expect a time such as 14:00"),
        ("since noon", "since noon: I expect a time such as 14:00"),
        ("since 25:00", "since 25:00: I expect"),
        ("since 2026-13-01", "2026-13-01 is no date"),
        ("since 99999999999d", "I expect a time"),
        ("by ann", "Behind “by” I expect a person, chosen from Slack's list"),
        ("by", "Behind “by” I expect a person"),
        ("checkout search", "I don't know what to do with search. Expected: [service]"),
        ("since 1h since 2h", "since stands there twice"),
        ("since 09:00 until 08:00", "until 2026-11-25 08:00 is not after since 2026-11-25 09:00."),
    ],
)
def test_what_can_not_be_read_is_told_with_what_is_expected(words: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]") as refused:
        asked(words)
    assert told in str(refused.value)


def entry(action: str, subject: str, detail: dict[str, Any] | None = None) -> TimelineEntry:
    return as_entry(1, NOW, "U0ANN", action, subject, detail or {})


@pytest.mark.parametrize(
    ("action", "subject", "detail", "shown"),
    [
        ("operation.rejected", "operation:7f3a", {"reason": "not\ntoday"}, "⛔ 7f3a rejected: not today"),
        ("alert.acknowledged", "alert:A12", {"note": "disk"}, "🟠 A12 taken: disk"),
        ("plugin.disabled", "plugin:live", {"cause": "it crashed"}, "🔌 plugin live switched off: it crashed"),
        (
            "configuration.changed",
            "C0OPS",
            {"changes": ["role x added", "watch y changed"]},
            "🔧 configuration changed: role x added, watch y changed",
        ),
        ("daemon.started", "daemon", {"version": "1.2"}, "🟢 chatopsd started: 1.2"),
        (
            "lock.asked",
            "lock:9",
            {"repo": "acme/checkout", "environment": "production", "reason": "demo"},
            "🔒 lock checkout → production asked for: demo",
        ),
        ("lock.release_asked", "lock:9", LOCK, "🔒 lock checkout → production is to be opened"),
        ("lock.takeover_asked", "lock:9", {**LOCK, "reason": "mine"}, "🔒 lock checkout → production is to be taken over: mine"),
        ("lock.kept", "lock:9", LOCK, "🔒 lock checkout → production still holds: it could not be taken off GitHub"),
        ("lock.unlocked", "lock:9", LOCK, "🔓 lock checkout → production opened"),
        ("lock.expired", "lock:9", LOCK, "🔓 lock checkout → production opened by itself: its time was over"),
        ("lock.vanished", "lock:9", LOCK, "🔓 lock checkout → production gone: its branch was removed on GitHub"),
        ("lock.beaten", "lock:9", LOCK, "🔒 lock checkout → production came second"),
        ("something.new_here", "thing:x", {}, "• thing x new here"),
    ],
)
def test_events_of_every_family_have_words(action: str, subject: str, detail: dict[str, Any], shown: str) -> None:
    made = entry(action, subject, detail)
    assert f"{made.emoji} {made.title} {made.words}" == shown


def test_steps_in_between_are_not_shown() -> None:
    assert not is_shown("operation.running")
    assert not is_shown("message.fallback")
    assert is_shown("operation.failed")


def test_what_people_wrote_is_no_markdown() -> None:
    made = entry("alert.noted", "alert:A1", {"note": "see [here](http://x) *now* | `x` <b>"})
    text = as_markdown("checkout", [made], BERLIN, "Europe/Berlin", lambda _user: "a_n_n")
    assert (
        "## Wednesday, 2026-11-25\n\n- 10:30:00 📝 **A1** noted: see \\[here\\](http://x) \\*now\\* \\| \\`x\\` \\<b\\> · a\\_n\\_n\n"
        in text
    )
    assert "Times are in Europe/Berlin." in text
