"""What windows make of an alert: judged, opened, kept up to date, much worse, over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alert_story import has_learned, is_over, observe, open_alert, opens
from bot.core.alert_talk import Told, is_told, signs_note, told_by
from bot.core.alerts import MOST_KINDS, MOST_POINTS, Alert
from bot.core.baseline import Baseline, HourTally, baseline_of, hour_of
from bot.core.configuration import Watch
from bot.core.cut_windows import Stretch
from bot.core.fresh import first_seen
from bot.core.judging import MATTER, Judged, Known, is_silent, judge
from bot.core.sources import FileSource
from bot.core.ties import Seen
from bot.core.windows import FingerprintCount, Samples, Sign, Window

NOW = datetime(2024, 5, 15, 14, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
WATCH = Watch("api", FileSource(("/x",)), QUARTER, "C1", "ERROR", "checkout")
COLD = Baseline()


def window(n: int = 0, errors: int = 0, lines: int = 1000) -> Window:
    ended = NOW + n * QUARTER
    return Window("api", ended - QUARTER, ended, lines, errors)


def kind(name: str = "f1", count: int = 1, is_new: bool = False) -> FingerprintCount:
    return FingerprintCount(name, f"template {name}", count, f"sample {name}", is_new)


def judged(
    *kinds: FingerprintCount,
    n: int = 0,
    baseline: Baseline = COLD,
    resolved: tuple[str, ...] = (),
    learning_until: datetime | None = None,
    samples: Samples = Samples.MASKED,
    followed: tuple[str, ...] = (),
) -> Judged:
    errors = sum(each.count for each in kinds)
    known = Known(
        frozenset(each.id for each in kinds if not each.is_new),
        hours=baseline.hours,
        resolved=frozenset(resolved),
        followed=frozenset(followed),
        learning_until=learning_until,
        samples=samples,
    )
    return judge(window(n, errors), kinds, known)


def usual(**counts: int) -> Baseline:
    """Make a baseline in which each hour of each day had so many of each kind."""
    days = [hour_of(NOW) - timedelta(days=n) for n in range(1, 8)]
    return baseline_of(NOW, [HourTally(day, day, 3600, 4000, sum(counts.values()), counts) for day in days])


def opened(*kinds: FingerprintCount) -> Alert:
    return open_alert("A1", WATCH, judged(*(kinds or (kind(is_new=True),))), Samples.MASKED)


def test_a_kind_never_seen_is_new_one_that_was_resolved_is_back_and_too_many_are_a_spike() -> None:
    found = judged(
        kind("f1", 1, is_new=True), kind("f2", 1), kind("f3", 100), kind("f4", 30), baseline=usual(f3=100, f4=100), resolved=("f2",)
    )

    assert {name: each.sign for name, each in found.kinds.items()} == {
        "f1": Sign.NEW,
        "f2": Sign.REGRESSED,
        "f3": Sign.SPIKING,
        "f4": Sign.USUAL,
    }
    assert (found.window.new, found.window.regressed, found.window.spiking) == (1, 1, 1)
    assert found.window.usual == 50


def test_what_is_always_here_at_this_hour_is_not_back_when_it_is_seen() -> None:
    assert not judged(kind("f1", 25), baseline=usual(f1=100), resolved=("f1",)).is_worth_a_word


def test_while_it_learns_nothing_is_new_and_nothing_spikes() -> None:
    found = judged(kind("f1", 1000, is_new=True), baseline=usual(f2=1), learning_until=NOW + QUARTER)

    assert not found.is_worth_a_word
    assert found.window.new == 0
    assert opens(found)
    assert not opens(judged(learning_until=NOW + QUARTER))


def test_all_errors_together_can_spike_where_no_kind_does() -> None:
    many = [kind(f"f{n}", 9) for n in range(30)]
    found = judged(*many, baseline=usual(**{f"f{n}": 4 for n in range(30)}))

    assert found.window.sign is Sign.SPIKING
    assert found.signed == []
    assert opens(found)
    assert "270 errors" in signs_note("api", found, Samples.MASKED).text


def test_known_errors_in_their_usual_number_open_nothing() -> None:
    assert not opens(judged(kind("f1", 3)))
    assert not opens(judged())


def test_the_setting_decides_what_is_kept_of_a_line() -> None:
    assert [k.sample for k in judged(kind(is_new=True), samples=Samples.TEMPLATE).window.fingerprints] == [""]
    kept = judged(kind(is_new=True), samples=Samples.NONE).window.fingerprints[0]
    assert (kept.sample, kept.template, kept.sign) == ("", "", Sign.NEW)


def test_a_kind_with_a_sign_is_kept_however_rare() -> None:
    common = [kind(f"f{n}", 100) for n in range(30)]
    found = judged(*common, kind("rare", 1, is_new=True))

    assert "rare" in [each.id for each in found.window.fingerprints]
    assert len(found.window.fingerprints) == 11


def test_an_alert_follows_its_kinds_and_forgets_none_that_is_gone() -> None:
    alert = opened(kind("f1", 5, is_new=True))
    alert = observe(alert, WATCH, judged(kind("f1", 2), kind("f2", 1, is_new=True), kind("noise", 9), n=1), Samples.MASKED).alert
    alert = observe(alert, WATCH, judged(kind("f2", 4), n=2), Samples.MASKED).alert

    assert [(each.id, each.total, each.last) for each in alert.kinds] == [("f1", 7, 0), ("f2", 5, 4)]
    assert alert.total == 21
    assert [point.errors for point in alert.series] == [5, 12, 4]


def test_windows_without_its_errors_end_it_after_as_many_as_are_set() -> None:
    watch = replace(WATCH, resolve_after=3)
    alert, shown = opened(), []
    for n in range(1, 4):
        assert not is_over(alert, watch)
        observed = observe(alert, watch, judged(kind("known", 2), n=n) if n == 2 else judged(n=n), Samples.MASKED)
        alert = observed.alert
        shown.append(observed.is_shown)

    assert is_over(alert, watch)
    assert shown == [True, True, False]
    again = observe(alert, watch, judged(kind("f1"), n=4), Samples.MASKED).alert
    assert again.quiet_s == 0


@pytest.mark.parametrize(("every", "windows"), [(timedelta(seconds=1), 3600), (QUARTER, 4), (timedelta(hours=6), 3)])
def test_without_a_setting_an_hour_of_quiet_ends_it(every: timedelta, windows: int) -> None:
    watch = replace(WATCH, every=every)

    assert is_over(replace(opened(), quiet_s=windows * every.total_seconds()), watch)
    assert not is_over(replace(opened(), quiet_s=(windows - 1) * every.total_seconds()), watch)


def test_its_kind_in_its_usual_number_keeps_it_open_no_longer() -> None:
    alert = opened(kind("f1", 5, is_new=True))

    assert observe(alert, WATCH, judged(kind("f1", 25), n=1, baseline=usual(f1=100), followed=("f1",)), Samples.MASKED).alert.quiet_s == 900


def test_what_was_opened_while_it_learned_is_over_when_it_has_learned() -> None:
    learns = judged(kind("f1", 5, is_new=True), learning_until=NOW + QUARTER)
    alert = open_alert("A1", WATCH, learns, Samples.MASKED)

    assert not has_learned(alert, learns.window)
    assert has_learned(observe(alert, WATCH, learns, Samples.MASKED).alert, judged(n=2).window)
    assert not has_learned(opened(), judged(n=2).window)


def test_what_was_there_beside_a_spike_keeps_its_alert_open_no_longer() -> None:
    rare = [kind(f"f{n}", 3) for n in range(9)]
    alert = open_alert("A1", WATCH, judged(*rare, baseline=usual(f1=1)), Samples.MASKED)
    assert [each.sign for each in alert.kinds] == [Sign.USUAL] * 9

    assert observe(alert, WATCH, judged(kind("f2"), n=1, baseline=usual(f1=1)), Samples.MASKED).alert.quiet_s == 900


def test_three_times_as_many_as_when_it_was_taken_is_much_worse_and_said_once() -> None:
    alert = opened(kind("f1", 10, is_new=True)).acknowledge("U0ANN", NOW)

    same = observe(alert, WATCH, judged(kind("f1", 29), n=1), Samples.MASKED)
    assert not same.got_worse
    worse = observe(same.alert, WATCH, judged(kind("f1", 30), n=2), Samples.MASKED)
    assert worse.got_worse
    assert worse.alert.worse
    assert not observe(worse.alert, WATCH, judged(kind("f1", 40), n=3), Samples.MASKED).got_worse
    assert observe(worse.alert, WATCH, judged(kind("f1", 90), n=3), Samples.MASKED).got_worse
    assert not observe(opened(kind("f1", 10, is_new=True)), WATCH, judged(kind("f1", 99), n=1), Samples.MASKED).got_worse


def test_what_is_better_again_is_no_longer_called_much_worse_and_told_anew_when_it_comes_back() -> None:
    alert = opened(kind("f1", 10, is_new=True)).acknowledge("U0ANN", NOW)
    alert = observe(alert, WATCH, judged(kind("f1", 60), n=1), Samples.MASKED).alert

    better = observe(alert, WATCH, judged(kind("f1", 20), n=2), Samples.MASKED)
    assert (better.alert.worse, better.is_shown) == (False, True)
    assert not observe(better.alert, WATCH, judged(kind("f1", 60), n=3), Samples.MASKED).got_worse  # said before, and never gone since
    gone = observe(better.alert, WATCH, judged(n=3), Samples.MASKED).alert
    assert observe(gone, WATCH, judged(kind("f1", 60), n=4), Samples.MASKED).got_worse
    assert not observe(alert, WATCH, judged(n=2), Samples.MASKED).alert.worse


def cut(judged: Judged, since: Alert, seconds: float) -> Judged:
    """Return a window as one that ended so early after an alert was seen last."""
    assert since.last_seen_at
    at = since.last_seen_at + timedelta(seconds=seconds)
    return replace(judged, window=replace(judged.window, began_at=at - timedelta(seconds=seconds), ended_at=at))


def test_ten_errors_in_seconds_are_not_much_worse() -> None:
    alert = opened(kind("f1", 30, is_new=True)).acknowledge("U0ANN", NOW)

    seconds = observe(alert, WATCH, cut(judged(kind("f1", 12)), alert, 6), Samples.MASKED)
    assert (seconds.got_worse, seconds.alert.worse) == (False, False)
    worse = observe(seconds.alert, WATCH, judged(kind("f1", 90), n=1), Samples.MASKED)
    assert worse.got_worse
    assert observe(worse.alert, WATCH, cut(judged(kind("f1", 1)), worse.alert, 6), Samples.MASKED).alert.worse, "nor better"


def test_a_look_of_seconds_or_minutes_does_not_call_what_it_misses_gone() -> None:
    alert = opened(kind("f1", 200, is_new=True))
    missed = observe(alert, WATCH, cut(judged(), alert, 120), Samples.MASKED)
    assert (missed.alert.quiet_s, missed.alert.kinds[0].last, missed.is_shown) == (0, 200, False)

    gone = observe(missed.alert, WATCH, cut(judged(), alert, 480), Samples.MASKED)
    assert (gone.alert.quiet_s, gone.alert.kinds[0].last, gone.is_shown) == (480, 0, True)
    assert observe(gone.alert, WATCH, cut(judged(), alert, 5), Samples.MASKED).alert.quiet_s == 485


def test_a_spike_of_all_errors_together_is_over_when_a_whole_window_says_so() -> None:
    many = [kind(f"f{n}", 9) for n in range(30)]
    alert = open_alert("A1", WATCH, judged(*many, baseline=usual(f1=40)), Samples.MASKED)
    assert alert.spiking

    looked = observe(alert, WATCH, cut(judged(kind("f1"), baseline=usual(f1=40)), alert, 6), Samples.MASKED).alert
    assert looked.spiking
    assert not observe(looked, WATCH, judged(kind("f1"), n=1, baseline=usual(f1=40)), Samples.MASKED).alert.spiking


def test_the_thread_hears_of_a_spike_when_it_begins_and_not_while_it_lasts() -> None:
    alert = opened(kind("f1", 5, is_new=True))
    first = judged(kind("f1", 200), n=1, baseline=usual(f1=40))
    assert is_told(alert, first)

    alert = observe(alert, WATCH, first, Samples.MASKED).alert
    assert not is_told(alert, judged(kind("f1", 210), n=2, baseline=usual(f1=40)))
    assert is_told(alert, judged(kind("f1", 210), kind("f2", 1, is_new=True), n=2, baseline=usual(f1=40)))


def test_a_storm_is_one_message_and_is_bounded() -> None:
    storm = judged(*(kind(f"f{n}", 1, is_new=True) for n in range(5000)))
    alert = observe(opened(), WATCH, storm, Samples.MASKED).alert

    said = signs_note("api", storm, Samples.MASKED).text
    assert len(alert.kinds) == MOST_KINDS
    assert said.startswith("*api*: 🌊 *5,000 new kinds at once* in 15 min\n")
    assert said.count("🆕") == 3
    assert said.endswith("… and 4,997 kinds more")


def test_of_a_storm_what_is_new_is_named_before_what_only_spikes() -> None:
    kinds = [*(kind(f"s{n}", 500) for n in range(5)), *(kind(f"n{n}", 5, is_new=True) for n in range(7))]

    said = signs_note("api", judged(*kinds, baseline=usual(s0=4)), Samples.MASKED).text

    assert "🌊 *12 kinds at once* in 15 min: 7 new, 5 spiking\n" in said
    assert (said.count("NEW"), said.count("SPIKING")) == (3, 0)


def test_a_storm_of_what_is_back_says_so() -> None:
    kinds = [kind(f"f{n}", 5) for n in range(12)]

    said = signs_note("api", judged(*kinds, resolved=tuple(each.id for each in kinds)), Samples.MASKED).text

    assert "🌊 *12 kinds at once* in 15 min: 12 back\n" in said


def test_a_clock_that_went_back_divides_by_nothing() -> None:
    back = Window("api", NOW, NOW, 10, 10)
    alert = opened(kind("f1", 10, is_new=True)).acknowledge("U0ANN", NOW)

    after = observe(alert, WATCH, judge(back, [kind("f1", 10)], Known(frozenset({"f1"}), hours=usual(f1=1).hours)), Samples.MASKED).alert

    assert after.total == 20


def test_silence_is_one_where_much_is_missing_and_not_where_little_is() -> None:
    quiet = [window(n, lines=0) for n in (1, 0)]

    assert is_silent(quiet, usual(f1=1))
    assert not is_silent(quiet[:1], usual(f1=1))
    assert not is_silent(quiet, COLD)
    few = baseline_of(NOW, [HourTally(hour_of(NOW) - timedelta(days=n), NOW, 3600, 50, 0) for n in range(1, 8)])
    assert not is_silent(quiet, few)


def test_a_watch_that_is_silent_on_this_day_of_every_week_is_not_called_silent() -> None:
    quiet = [window(n, lines=0) for n in (1, 0)]
    hours = [(n, hour_of(NOW) - timedelta(days=n)) for n in range(1, 15)]

    weekends = baseline_of(NOW, [HourTally(at, at, 3600, 0 if n in (7, 14) else 4000) for n, at in hours])
    assert not is_silent(quiet, weekends)
    one_week = baseline_of(NOW, [HourTally(at, at, 3600, 0 if n == 7 else 4000) for n, at in hours[:7]])
    assert not is_silent(quiet, one_week)
    for day in (6, 7, 14):
        outage = baseline_of(NOW, [HourTally(at, at, 3600, 0 if n == day else 4000) for n, at in hours])
        assert is_silent(quiet, outage)


def test_what_comes_and_goes_is_not_back_and_keeps_no_alert_open() -> None:
    hours = tuple(hour_of(NOW) - timedelta(hours=n) for n in (5, 10, 15, 20))
    known = Known(frozenset({"f1"}), resolved=frozenset({"f1"}), seen={"f1": hours})
    alert = opened(kind("f1", 1, is_new=True))

    found = judge(window(1, 1), [kind("f1")], known)

    assert not found.is_worth_a_word
    assert found.back == frozenset(), "when it is away for longer, it is back"
    assert observe(alert, WATCH, found, Samples.MASKED).alert.quiet_s == 900
    assert judge(window(1, 1), [kind("f1")], replace(known, seen={"f1": hours[:3]})).window.regressed == 1


def test_a_spike_that_goes_on_below_its_threshold_keeps_its_alert_open_and_is_told_once() -> None:
    calm = usual(f1=160)  # 40 in a window: 120 are a spike, and more than 80 what is left of one
    alert = open_alert("A1", WATCH, judged(kind("f1", 200), baseline=calm), Samples.MASKED)

    after = [alert]
    for n, count in enumerate((100, 130, 90, 80), 1):
        found = judged(kind("f1", count), n=n, baseline=calm, followed=("f1",))
        assert not is_told(after[-1], found)
        after.append(observe(after[-1], WATCH, found, Samples.MASKED).alert)

    assert [each.quiet_s for each in after] == [0, 0, 0, 0, 900]
    assert [each.spiking for each in after] == [True, True, True, True, False]
    assert is_told(replace(after[-1], kinds=()), judged(kind("f1", 200), n=5, baseline=calm))


def test_all_errors_together_that_stay_far_above_what_is_usual_keep_their_alert_open() -> None:
    calm = usual(**{f"f{n}": 16 for n in range(30)})
    many = judged(*(kind(f"f{n}", 13) for n in range(30)), baseline=calm)
    alert = open_alert("A1", WATCH, many, Samples.MASKED)
    less = judged(*(kind(f"f{n}", 10) for n in range(30)), n=1, baseline=calm, followed=tuple(each.id for each in alert.kinds))

    assert (many.signed, less.is_worth_a_word) == ([], False)
    assert observe(alert, WATCH, less, Samples.MASKED).alert.quiet_s == 0
    assert observe(replace(alert, spiking=False), WATCH, less, Samples.MASKED).alert.quiet_s == 900


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 10**6), st.booleans()), max_size=6), max_size=30))
def test_an_alert_counts_every_error_and_stays_within_its_bounds(windows: list[list[tuple[str, int, bool]]]) -> None:
    alert, total = opened(kind("a", 1, is_new=True)), 1
    for n, kinds in enumerate(windows, 1):
        counts = {name: kind(name, count, new) for name, count, new in kinds}
        alert = observe(alert, WATCH, judged(*counts.values(), n=n), Samples.MASKED).alert
        total += sum(each.count for each in counts.values())

    assert alert.total == total
    assert len(alert.series) <= MOST_POINTS
    assert sum(each.total for each in alert.kinds) <= total
    assert len({each.id for each in alert.kinds}) == len(alert.kinds)


def test_of_a_storm_only_what_matters_to_an_alert_is_handed_on_but_all_of_it_is_counted() -> None:
    many = [kind(f"f{n:04}", 2000 - n, is_new=n % 2 == 0) for n in range(1000)]
    many[900] = replace(many[900], first_at=NOW - QUARTER)

    found = judged(*many, followed=("f0999",), resolved=("f0001", "f0998"))

    assert (found.window.new, found.window.regressed, found.signs) == (500, 1, 501)
    assert found.back == {"f0001", "f0998"}
    assert len(found.kinds) == 2 * MATTER + 1 + 2  # the new, the usual, the one that is back, the first of the new, the followed
    assert found.kinds["f0900"].first_at
    assert {"f0000", "f0001", f"f{2 * MATTER - 2:04}", f"f{2 * MATTER + 1:04}", "f0999"} <= found.kinds.keys()
    assert sum(found.hour.counts.values()) == sum(each.count for each in many[:500])
    said = signs_note("api", found, Samples.MASKED).text
    assert "🌊 *501 kinds at once* in 15 min: 500 new, 1 back\n" in said
    assert "and 498 kinds more" in said


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=400), st.sets(st.integers(0, 399), max_size=30))
def test_an_alert_is_the_same_as_if_it_saw_every_kind(counts: list[tuple[int, bool]], back: set[int]) -> None:
    many = [kind(f"f{n:03}", count, is_new=is_new) for n, (count, is_new) in enumerate(counts)]
    resolved = tuple(f"f{n:03}" for n in back)
    found = judged(*many, resolved=resolved)
    alert = replace(opened(*(kind(f"f{n:03}", 5, is_new=True) for n in range(0, 400, 9))))
    followed = tuple(each.id for each in alert.kinds)
    everything = judged(*many, resolved=resolved, followed=tuple(each.id for each in many))

    assert open_alert("A1", WATCH, found, Samples.MASKED) == open_alert("A1", WATCH, everything, Samples.MASKED)
    some = judged(*many, resolved=resolved, followed=followed)
    assert observe(alert, WATCH, some, Samples.MASKED) == observe(alert, WATCH, everything, Samples.MASKED)
    assert is_told(alert, some) == is_told(alert, everything)


def test_what_a_day_of_windows_tells_is_what_is_new_or_back_a_spike_when_it_begins_and_a_storm_once_an_hour() -> None:
    def at(minutes: int, *, spikes: str = "", **counts: int) -> Window:
        kinds = tuple(FingerprintCount(each, "t", 9, "s", sign=Sign.SPIKING) for each in spikes)
        ended = NOW + timedelta(minutes=minutes)
        return Window("api", ended - timedelta(minutes=15), ended, errors=9, fingerprints=kinds, spiking=len(kinds), **counts)

    usual, new, back = at(0), at(15, new=2), at(30, regressed=1)
    begins, lasts, another = at(45, spikes="a"), at(60, spikes="a"), at(75, spikes="ab")
    storm, again, later = at(90, new=20), at(105, new=20), at(180, new=20)
    whole = replace(at(195), sign=Sign.SPIKING)

    assert told_by([usual]) == Told()
    assert told_by([usual, new, back]) == Told(messages=2, new=2, back=1)
    assert told_by([begins, lasts, another]) == Told(messages=2, spikes=2)
    assert told_by([storm, again, later]) == Told(messages=2, new=40)
    assert told_by([whole, replace(whole, new=1)]) == Told(messages=2, new=1, spikes=1)
    lower = replace(at(210), is_high=True)
    assert told_by([whole, lower, whole]) == Told(messages=1, spikes=1), "it goes on lower"
    assert told_by([whole, usual, whole]) == Told(messages=2, spikes=2)
    assert told_by([lower]) == Told(), "it never was a spike"


def test_a_spike_is_told_once_where_a_window_was_cut_short_in_its_midst() -> None:
    ends = [NOW + timedelta(minutes=minutes) for minutes in (0, 15, 30, 45, 50, 60, 75)]
    windows = [Window("api", began, ended, errors=9) for began, ended in pairwise(ends)]
    spikes = FingerprintCount("a", "t", 9, "s", sign=Sign.SPIKING)
    of_kind = [replace(each, fingerprints=(spikes,), spiking=1) for each in windows]
    of_all = [replace(each, sign=Sign.SPIKING) for each in windows]

    for spiking in (of_kind, of_all):
        cut = [*windows[:2], spiking[2], windows[3], *spiking[4:]]
        assert windows[3].length == timedelta(minutes=5)
        assert told_by(cut) == Told(messages=1, spikes=1), "it may only not have come again within five minutes"
        assert told_by([*windows[:1], spiking[1], windows[2], *spiking[3:]]) == Told(messages=2, spikes=2), "it was over for a window"


def test_a_spike_that_an_early_look_cuts_in_two_is_one_that_may_have_begun_in_the_first_part() -> None:
    days = [hour_of(NOW) - timedelta(days=n) for n in range(1, 8)]
    bursty = [HourTally(day, day, 3600, 4000, 160, {"f1": 160}, 4, 80, {"f1": 80}) for day in days]
    five, fifteen = NOW - timedelta(minutes=5), NOW - timedelta(minutes=15)
    part = Stretch(600, 160, {"f1": 160})

    def looked(errors: int, *before: HourTally) -> Judged:
        known = Known(frozenset({"f1"}), hours=(*bursty, *before), pace_s=900)
        return judge(Window("api", five, NOW, 500, errors), [kind("f1", errors)], known)

    this_hour = HourTally(hour_of(NOW), fifteen, 600, 900, 160, {"f1": 160}, 1, part=part)
    found = looked(100, this_hour)
    assert (found.window.sign, found.window.is_high, found.kinds["f1"].sign) == (Sign.SPIKING, True, Sign.SPIKING)
    seen = first_seen(found, timedelta())
    assert seen == Seen(fifteen, NOW, Sign.SPIKING)
    assert looked(60, this_hour).signed == []
    assert looked(100).signed == [], "alone it is none"
    alone = looked(300, this_hour)
    assert first_seen(alone, timedelta()) == Seen(five, NOW, Sign.SPIKING)


@pytest.mark.parametrize(("pace", "ended"), [(15, 5), (15, 12), (240, 5), (240, 225), (1440, 700)])
def test_what_was_read_early_counts_with_what_follows_however_many_hours_are_between(pace: int, ended: int) -> None:
    early, now = hour_of(NOW) + timedelta(minutes=55), hour_of(NOW) + timedelta(minutes=55 + ended)
    first = HourTally(
        hour_of(early),
        early - timedelta(minutes=pace - ended),
        (pace - ended) * 60,
        900,
        160,
        {"f1": 160},
        part=Stretch((pace - ended) * 60, 160),
    )
    older = replace(first, hour=first.hour - timedelta(hours=1), part=Stretch(60, 7))

    found = judge(Window("api", early, now, 500, 100), [], Known(hours=(older, first), pace_s=pace * 60))

    assert (found.together.errors, found.together.length) == (260, timedelta(minutes=pace))
    assert judge(Window("api", early, now, 500, 100), [], Known(hours=(older,), pace_s=pace * 60)).together.errors == 100


def test_who_takes_an_alert_after_an_early_look_takes_it_at_the_rate_of_its_whole_point() -> None:
    alert, seen = opened(kind(count=20, is_new=True)), kind(count=0)
    for ends, errors in ((15, 20), (20, 8), (20.1, 3)):
        at = NOW + timedelta(minutes=ends)
        began = alert.window.ended_at if alert.window else NOW
        seen, known = kind(count=errors), Known(frozenset({"f1"}), followed=frozenset({"f1"}))
        alert = observe(alert, WATCH, judge(Window("api", began, at, 100, errors), [seen], known), Samples.MASKED).alert

    taken = alert.acknowledge("U0ANN", NOW + timedelta(minutes=21))

    assert taken.taken_rate == pytest.approx(31 / (20.1 / 60), rel=0.01), "not three errors in six seconds"
