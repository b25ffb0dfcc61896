"""The end of a failing job's log, as a person would read it."""

from bot.adapters.github.job_log import failure_in, tail

LOG = [
    "\ufeff2026-11-23T09:00:00.1234567Z ##[group]Run make test",
    "2026-11-23T09:00:00.1234568Z \x1b[36;1mmake test\x1b[0m",
    "2026-11-23T09:00:00.1234569Z ##[endgroup]",
    "2026-11-23T09:00:01.0000000Z collected 3 items",
    "2026-11-23T09:00:02.0000000Z \x1b[31mFAILED\x1b[0m test_cart.py::test_total \x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\",
    "2026-11-23T09:00:02.5000000Z",
    "2026-11-23T09:00:02.6000000Z ##[warning]flaky",
    "2026-11-23T09:00:03.0000000Z ##[error]Process completed with exit code 1.",
    "2026-11-23T09:00:04.0000000Z Post job cleanup.",
    "2026-11-23T09:00:05.0000000Z ##[command]/usr/bin/git version",
]


def test_the_tail_ends_at_the_error_and_is_clean() -> None:
    assert tail(LOG, 5).split("\n") == [
        "collected 3 items",
        "FAILED test_cart.py::test_total link",
        "",
        "Warning: flaky",
        "Error: Process completed with exit code 1.",
    ]


def test_groups_leave_their_titles() -> None:
    assert tail(LOG, 50).startswith("Run make test\nmake test\ncollected 3 items")


def test_without_an_error_the_last_lines_are_told() -> None:
    assert tail(["one", "two", "three"], 2) == "two\nthree"


def test_the_last_of_several_errors_counts() -> None:
    assert tail(["##[error]first", "a", "##[error]second", "after"], 10) == "Error: first\na\nError: second"


def test_a_log_of_nothing_is_nothing() -> None:
    assert tail([], 5) == ""


def test_a_line_too_long_for_people_is_cut_and_controls_are_dropped() -> None:
    told = tail(["\x07" + "x" * 10_000 + "\x00"], 5)

    assert len(told) == 500
    assert told.endswith("x…")


def test_a_huge_log_is_read_line_by_line() -> None:
    assert tail((f"2026-11-23T09:00:00.0Z line {n}" for n in range(200_000)), 3) == "line 199997\nline 199998\nline 199999"


def test_the_errors_line_is_counted_from_the_head_of_its_step() -> None:
    earlier = ["set up", "##[group]Run make build", "##[endgroup]", "built"]
    assert failure_in([*earlier, *LOG], 20).line == 7  # the head, make test, collected, FAILED, "", Warning, Error


def test_an_error_before_any_step_has_no_line() -> None:
    assert failure_in(["set up", "##[error]no runner"], 20).line == 0
