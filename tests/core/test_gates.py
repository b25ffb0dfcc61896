from datetime import UTC, datetime

import pytest

from bot.core.gates import (
    Check,
    CheckState,
    Person,
    check_checks,
    check_freeze,
    check_person,
    check_promotion,
    check_role,
    check_running,
)

ANN = Person("U0ANN", "T0ACME", "Ann")


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (None, "can't look you up"),
        (Person("U0EVE", "T0PARTNER", "Eve"), "another workspace"),
        (Person("U0EVE", "T0ACME", "Eve", is_stranger=True), "another workspace"),
        (Person("U0GUS", "T0ACME", "Gus", is_guest=True), "guests"),
        (Person("U0BOT", "T0ACME", "Bot", is_bot=True), "bots"),
        (Person("U0OLD", "T0ACME", "Old", is_deleted=True), "deactivated"),
        (Person("U0NO", "", "No team"), "another workspace"),
    ],
)
def test_only_full_members_pass_and_the_refusal_says_why(person: Person | None, why: str) -> None:
    verdict = check_person(person, "T0ACME")
    assert not verdict.passed
    assert why in verdict.why
    assert verdict.clears


def test_a_full_member_passes() -> None:
    assert check_person(ANN, "T0ACME").passed


def test_members_of_the_same_enterprise_pass() -> None:
    assert check_person(Person("W0ANN", "T0OTHER", "Ann", enterprise="E0ACME"), "T0ACME", "E0ACME").passed
    assert not check_person(Person("W0ANN", "T0OTHER", "Ann", enterprise=""), "T0ACME", "").passed


def test_a_role_is_held_by_id_or_by_group() -> None:
    holders = ("U0ANN", "S0RELEASERS")
    assert check_role("releaser", holders, "U0ANN", frozenset(), "").passed
    assert check_role("releaser", holders, "U0BOB", frozenset({"S0RELEASERS"}), "").passed
    refused = check_role("releaser", holders, "U0DANA", frozenset(), "Ann or @releasers")
    assert not refused.passed
    assert "Ann or @releasers" in refused.clears


def test_a_group_that_can_not_be_looked_up_lets_nobody_through() -> None:
    assert not check_role("releaser", ("S0RELEASERS",), "U0BOB", None, "@releasers").passed


def test_a_role_that_nobody_holds_lets_nobody_through() -> None:
    assert not check_role("releaser", (), "U0ANN", frozenset(), "nobody").passed


def test_no_role_asked_lets_every_member_through() -> None:
    assert check_role("", (), "U0ANN", None, "").passed


def test_one_operation_runs_at_a_time_in_an_environment() -> None:
    assert check_running("", "checkout", "production").passed
    assert "v1.5.0" in check_running("The release v1.5.0", "checkout", "production").why


def test_a_freeze_says_until_when_and_by_whose_clocks() -> None:
    verdict = check_freeze(("Fri 16:00 - Mon 08:00 Europe/Berlin",), datetime(2026, 11, 28, 12, 0, tzinfo=UTC))
    assert not verdict.passed
    assert "until Mon 30 Nov 08:00 Europe/Berlin" in verdict.why
    assert check_freeze((), datetime(2026, 11, 28, 12, 0, tzinfo=UTC)).passed


def test_a_freeze_names_who_can_go_past_it_in_an_emergency() -> None:
    at = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    freezes = ("Fri 16:00 - Mon 08:00 Europe/Berlin",)

    assert check_freeze(freezes, at).clears == "It thaws by itself."
    past = 'It thaws by itself. In an emergency, whoever holds the role lead can go past it: --override "why".'
    assert check_freeze(freezes, at, "lead").clears == past


def test_a_freeze_that_an_exception_interrupts_says_for_how_long() -> None:
    freezes = ("Fri 16:00 - Mon 08:00 Europe/Berlin", "except 2026-11-28 10:00 - 2026-11-28 17:00 UTC")

    verdict = check_freeze(freezes, datetime(2026, 11, 28, 9, 0, tzinfo=UTC))

    assert verdict.why == (
        "It is frozen until Sat 28 Nov 11:00 Europe/Berlin (Fri 16:00 - Mon 08:00 Europe/Berlin, with an exception from then until Sat 28 Nov 18:00)."
    )


def test_a_version_goes_first_where_it_must_go_first() -> None:
    assert check_promotion("", "v1.5.0", had_it=False).passed
    assert check_promotion("staging", "v1.5.0", had_it=True).passed
    assert "v1.5.0 has not succeeded in staging" in check_promotion("staging", "v1.5.0", had_it=False).why


def test_a_run_that_skipped_its_deployment_brought_nothing_there() -> None:
    why = check_promotion("staging", "v1.5.0", had_it=False, skipped="Deploy").why
    assert why == "GitHub skipped the job Deploy of v1.5.0 in staging, and has no record of its deployment."
    assert check_promotion("staging", "v1.5.0", had_it=True, skipped="Deploy").passed


def test_what_can_not_be_looked_up_was_not_there() -> None:
    verdict = check_promotion("staging", "v1.5.0", had_it=False, is_known=False)
    assert not verdict.passed
    assert "can't look up whether somebody else did" in verdict.why
    assert check_promotion("staging", "v1.5.0", had_it=True, is_known=False).passed


GREEN, RED, YELLOW = (
    Check(name, state, 7) for name, state in zip("abc", (CheckState.PASSED, CheckState.FAILED, CheckState.PENDING), strict=True)
)


@pytest.mark.parametrize(
    ("checks", "ours", "why"),
    [
        ([GREEN], set(), ""),
        ([GREEN, RED], set(), "Failed on aaaaaaa: b."),
        ([GREEN, YELLOW], set(), "Not done yet on aaaaaaa: c."),
        ([], set(), "No check ran"),
        (None, set(), "can't look up"),
        ([GREEN, Check("Build", CheckState.FAILED, 9)], {9}, ""),
        ([Check("Build", CheckState.PASSED, 9)], {9}, "No check ran"),
    ],
)
def test_the_checks_of_the_commit_must_be_green_and_how_a_release_ended_is_none(
    checks: list[Check] | None, ours: set[int], why: str
) -> None:
    verdict = check_checks(True, checks, frozenset(ours), "a" * 40)
    assert verdict.passed == (why == "")
    assert why in verdict.why
    assert check_checks(False, None, frozenset(), "").passed
