"""When a line was written is read from its own time stamp, or not at all where that leaves a doubt."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.stamps import placed, stamp_of

SINCE = datetime(2024, 5, 1, 14, 15, tzinfo=UTC)
UNTIL = SINCE + timedelta(minutes=15)
BERLIN = ZoneInfo("Europe/Berlin")


def read(line: str, since: datetime = SINCE, until: datetime = UNTIL, zone: ZoneInfo = BERLIN) -> str:
    stamp = stamp_of(line)
    at = placed(stamp, since, until, zone) if stamp else None
    return f"{at:%d %H:%M:%S.%f}"[:12] if at else ""


@pytest.mark.parametrize(
    "line",
    [
        "2024-05-01T14:20:30.250Z ERROR disk is full",
        "2024-05-01T16:20:30+02:00 host app[12]: ERROR disk is full",
        "2024-05-01 14:20:30,250 ERROR [main] c.e.Payment - disk is full",  # UTC, since 14:20 in Berlin was two hours ago
        "2024-05-01 16:20:30 ERROR disk is full",  # Berlin, since 16:20 UTC is still to come
        "2024/05/01 14:20:30 [error] 7#7: *1 disk is full",
        "May  1 16:20:30 web-1 app[12]: ERROR disk is full",
        "01-May-2024 14:20:30.250 SEVERE [main] org.apache.catalina.startup.Catalina.start disk is full",
        "E0501 14:20:30.250000       1 disk.go:12] disk is full",
        '10.0.0.1 - - [01/May/2024:10:20:30 -0400] "GET / HTTP/1.1" 500 1',
        "[Wed May 01 14:20:30.250 2024] [core:error] disk is full",
        '{"level":"error","ts":1714573230.25,"msg":"disk is full"}',
        '{"time": "2024-05-01T14:20:30Z", "level": "ERROR", "message": "disk is full"}',
        'time="2024-05-01T14:20:30Z" level=error msg="disk is full"',
        "ts=1714573230250 level=error msg=full",
        "\x1b[31m2024-05-01T14:20:30Z ERROR disk is full\x1b[0m",
    ],
)
def test_the_usual_stamps_are_read(line: str) -> None:
    assert read(line).startswith("01 14:20:30")


@pytest.mark.parametrize(
    "line",
    [
        "ERROR disk is full",
        "ERROR the token expired at 2024-05-01T14:20:30Z",  # that is what the line is about
        "14:20:30 ERROR disk is full",
        "2024-05-01 11:20:30 ERROR disk is full",  # neither zone
        "2024-05-02T14:20:30Z ERROR from the future",
        "2024-04-29T14:20:30Z ERROR of days ago",
        "2024-13-41 14:20:30 ERROR no day at all",
        '{"time": 12, "msg": "x"}',
        "ts=1999999999999 level=error msg=full",
        "",
    ],
)
def test_what_is_in_doubt_is_no_stamp(line: str) -> None:
    assert read(line) == ""


def test_without_a_zone_a_long_window_leaves_a_doubt_and_with_one_it_does_not() -> None:
    early = SINCE - timedelta(hours=4)

    assert read("2024-05-01 14:20:30 ERROR disk is full", since=early) == ""
    assert read("2024-05-01T14:20:30Z ERROR disk is full", since=early) == "01 14:20:30."


def test_an_hour_that_comes_twice_is_told_apart_by_the_window() -> None:
    second = datetime(2024, 10, 27, 1, 15, tzinfo=UTC)  # 02:15 in Berlin, for the second time

    assert read("2024-10-27 02:20:00 ERROR x", since=second, until=second + timedelta(minutes=15)) == "27 01:20:00."


def test_a_stamp_without_a_year_is_of_the_year_that_fits() -> None:
    new_year = datetime(2025, 1, 1, 0, 5, tzinfo=UTC)

    assert read("Dec 31 23:58:00 web-1 app[1]: ERROR x", since=new_year - timedelta(minutes=15), until=new_year) == "31 23:58:00."


def test_a_clock_that_is_a_little_ahead_is_held_to_the_window() -> None:
    assert read("2024-05-01T14:30:10Z ERROR x") == "01 14:30:00."
