import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.markup import Mrkdwn
from bot.core.schemes import CalendarVersion, Scheme, parse_scheme
from bot.core.versions import Version

TODAY = date(2026, 11, 25)
MONTHS = parse_scheme("calver:YYYY.MM.PATCH")
PREFIXED = parse_scheme("semver", "checkout-v")
FORMATS = ["YYYY.MM.PATCH", "YY.0M.MICRO", "YYYY.0W.PATCH", "YYYY.MM.DD.PATCH", "0Y.0M.0D.MICRO", "YYYY.PATCH"]
TAGS = ["v1.4.1", "v1.4.2", "nightly"]

schemes = st.builds(
    lambda text, prefix: parse_scheme(f"calver:{text}", prefix), st.sampled_from(FORMATS), st.sampled_from(["", "api-", "api-v"])
)
any_scheme = st.one_of(schemes, st.sampled_from(["", "api-v"]).map(lambda prefix: parse_scheme("semver", prefix)))
days = st.dates(date(2020, 1, 1), date(2090, 12, 31))
subjects = st.lists(st.sampled_from(["fix: a", "feat: b", "feat!: c", "chore: d"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "calver",
        "calver:",
        "calver:YYYY",
        "calver:YYYY.MM",
        "calver:MM.YYYY.PATCH",
        "calver:YYYY.PATCH.MM",
        "calver:YYYY.MM.MM.PATCH",
        "zero",
    ],
)
def test_what_is_no_scheme_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no scheme"):
        parse_scheme(text)


def test_a_prefix_that_makes_no_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="begin a tag"):
        parse_scheme("semver", "../x")


@pytest.mark.parametrize(
    ("scheme", "tag", "reads"),
    [
        ("calver:YYYY.MM.PATCH", "2026.11.3", True),
        ("calver:YYYY.MM.PATCH", "v2026.11.3", True),
        ("calver:YYYY.MM.PATCH", "2026.11.3-rc.1", True),
        ("calver:YYYY.MM.PATCH", "2026.04.3", False),
        ("calver:YYYY.0M.PATCH", "2026.04.3", True),
        ("calver:YYYY.0M.PATCH", "2026.4.3", False),
        ("calver:YYYY.MM.PATCH", "2026.13.3", False),
        ("calver:YYYY.MM.PATCH", "1.4.2", False),
        ("calver:YYYY.MM.PATCH", "2026.11.03", False),
        ("semver", "2026.11", False),
    ],
)
def test_a_tag_is_read_only_as_its_scheme_writes_it(scheme: str, tag: str, reads: bool) -> None:
    assert (parse_scheme(scheme).read(tag) is not None) is reads


def test_the_latest_version_is_no_pre_release_and_no_other_tag() -> None:
    assert Scheme().latest(["v1.4.2", "v1.10.0", "v2.0.0-rc.1", "nightly"]) == Version(1, 10, 0)
    assert Scheme().latest(["v2.0.0-rc.1"]) == Version(2, 0, 0, "rc.1")
    assert Scheme().latest(["nightly"]) is None


def test_of_a_monorepo_only_the_tags_with_the_service_s_own_prefix_count() -> None:
    tags = ["checkout-v1.2.0", "checkout-vv9.0.0", "search-v3.0.0", "v4.0.0", "checkout-v1.10.0"]
    assert str(PREFIXED.latest(tags)) == "checkout-v1.10.0"
    assert str(PREFIXED.read_typed("1.11.0")) == "checkout-v1.11.0"
    assert str(PREFIXED.read_typed("v1.11.0")) == "checkout-v1.11.0"
    assert str(PREFIXED.read_typed("checkout-v1.11.0")) == "checkout-v1.11.0"
    assert PREFIXED.read_typed("search-v1.11.0") is None


@pytest.mark.parametrize(
    ("tags", "today", "expected"),
    [
        ([], TODAY, "2026.11.0"),
        (["2026.11.0"], TODAY, "2026.11.1"),
        (["2026.11.9", "2026.11.10"], TODAY, "2026.11.11"),
        (["2026.10.4"], TODAY, "2026.11.0"),
        (["v2025.12.4"], TODAY, "v2026.11.0"),
        (["2026.12.1"], TODAY, "2026.12.2"),
        (["2026.11.2-rc.1"], TODAY, "2026.11.2"),
    ],
)
def test_the_calendar_proposes_the_next_of_its_period(tags: list[str], today: date, expected: str) -> None:
    assert str(MONTHS.suggest(MONTHS.latest(tags), ["feat!: a"], today).version) == expected


def test_weeks_and_their_year_are_those_of_iso_8601() -> None:
    weeks = parse_scheme("calver:YYYY.0W.PATCH")
    assert str(weeks.suggest(None, [], date(2027, 1, 1)).version) == "2026.53.0"
    assert str(weeks.suggest(None, [], date(2026, 1, 5)).version) == "2026.02.0"


@given(any_scheme, days, subjects)
def test_what_is_proposed_reads_back_is_taken_and_stands_above_all_before(scheme: Scheme, day: date, messages: list[str]) -> None:
    tags: list[str] = []
    for later in (0, 0, 3, 40, 400):
        today = day + timedelta(days=later)
        last = scheme.latest(tags)
        following = scheme.suggest(last, messages, today).version
        assert scheme.read(str(following)) == following
        assert scheme.check(str(following), tags, today) == following
        assert last is None or following.precedence > last.precedence
        tags.append(str(following))


@given(any_scheme, days)
def test_pre_releases_of_one_version_follow_each_other_and_come_before_it(scheme: Scheme, day: date) -> None:
    version = scheme.suggest(None, [], day).version
    tags: list[str] = []
    for _ in range(11):
        following = scheme.next_pre(version, tags)
        read = scheme.check(following, tags, day)
        assert not isinstance(read, Mrkdwn)
        assert read.precedence < version.precedence
        tags.append(following)
    assert tags[-1].endswith("-rc.11")
    assert scheme.check(str(version), tags, day) == version


def test_a_pre_release_counts_on_from_its_own_word() -> None:
    assert Scheme().next_pre(Version(1, 5, 0), ["v1.5.0-beta.2", "v1.5.0-beta.10"]) == "v1.5.0-beta.11"
    assert Scheme().next_pre(Version(1, 5, 0), ["v1.5.0-alpha"]) == "v1.5.0-alpha.1"


def test_a_version_is_written_as_the_tags_are() -> None:
    assert Scheme().check("1.5.0", TAGS, TODAY) == Version(1, 5, 0, "", "v")
    assert Scheme().check("v2.0.0", ["1.0.0"], TODAY) == Version(2, 0, 0, "", "")
    assert Scheme().check("v1.0.0", [], TODAY) == Version(1, 0, 0, "", "v")
    assert MONTHS.check("v2026.11.1", ["2026.11.0"], TODAY) == CalendarVersion((2026, 11, 1), MONTHS.parts)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("latest", "not a semantic version"),
        ("../../x", "not a semantic version"),
        ("<!channel>", "not a semantic version"),
        ("1.4.2", "exists already"),
        ("v1.4.1", "exists already"),
        ("1.4.0", "not above the last version"),
        ("1.4.2-rc.1", "not above the last version"),
        ("9" * 200 + ".0.0", "not a semantic version"),
    ],
)
def test_a_wrong_version_is_refused_with_the_reason(typed: str, why: str) -> None:
    refusal = Scheme().check(typed, TAGS, TODAY)
    assert isinstance(refusal, Mrkdwn)
    assert why in refusal
    assert "<!" not in refusal
    assert len(refusal) < 300


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("1.5.0", "Expected YYYY.MM.PATCH, such as 2026.11.1"),
        ("2062.11.0", "lies in the future"),
        ("2026.10.9", "not above the last version"),
    ],
)
def test_a_wrong_calendar_version_is_refused_with_the_reason(typed: str, why: str) -> None:
    refusal = MONTHS.check(typed, ["2026.11.0"], TODAY)
    assert isinstance(refusal, Mrkdwn)
    assert why in refusal


def test_a_pre_release_below_one_that_exists_is_refused() -> None:
    assert isinstance(Scheme().check("1.5.0-rc.1", [*TAGS, "v1.5.0-rc.2"], TODAY), Mrkdwn)


@pytest.mark.parametrize("scheme", [Scheme(), MONTHS, PREFIXED])
def test_ten_thousand_tags_are_read_within_a_second(scheme: Scheme) -> None:
    tags = [f"{scheme.prefix}{'2026' if scheme.parts else major}.{minor % 12 + 1}.{minor}" for major in range(10) for minor in range(1000)]
    began = time.process_time()
    assert scheme.latest(tags)
    assert time.process_time() - began < 1.0
