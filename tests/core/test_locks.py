"""What is written into a repository is read again as it was; what others wrote is a lock, whatever it holds."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.gates import check_lock
from bot.core.locks import Lock, LockLayout, LockState, is_same_claim, lock_branches, lock_json, read_lock
from bot.core.names import is_environment, is_ref

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LOCK = Lock("5f0c", LockState.HELD, "acme/checkout", "production", "checkout", "U0ANN", "ann", "migration", NOON, NOON)
texts = st.text(max_size=60)


@given(reason=st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=100), hours=st.none() | st.integers(1, 2000))
def test_a_lock_that_we_wrote_is_known_again(reason: str, hours: int | None) -> None:
    mine = replace(LOCK, reason=reason, expires_at=NOON + timedelta(hours=hours) if hours else None)

    seen = read_lock(lock_json(mine, ["checkout"], "/ops unlock"), mine.repo, mine.environment, "b", "s", NOON)

    assert is_same_claim(mine, seen)
    assert (seen.reason, seen.since, seen.expires_at, seen.owner_name) == (mine.reason, NOON, mine.expires_at, "ann")


@given(
    text=texts | st.recursive(st.none() | st.booleans() | st.floats() | texts, lambda inner: st.dictionaries(texts, inner)).map(json.dumps)
)
def test_whatever_stands_in_the_branch_is_a_lock_and_stops(text: str) -> None:
    seen = read_lock(text, "acme/checkout", "production", "b", "s", NOON)

    assert not check_lock(seen, seen.owner_name).passed
    assert seen.owner_name
    assert not is_same_claim(LOCK, seen)


@pytest.mark.parametrize(
    "body", [{"created_at": "soon", "chatopsd": 7}, {"created_at": "2026-11-25T12:00:00", "chatopsd": {"expires_at": 1}}]
)
def test_times_that_can_not_be_read_open_nothing(body: object) -> None:
    seen = read_lock(json.dumps(body), "r", "production", "b", "s", NOON)
    assert (seen.since, seen.has_expired(NOON + timedelta(days=999))) == (NOON, False)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,40}", fullmatch=True).filter(is_environment))
def test_every_environment_has_a_branch_that_may_be_sent(environment: str) -> None:
    for layout in (LockLayout.CHATOPSD, LockLayout.BRANCH_DEPLOY):
        assert is_ref(lock_branches(layout, environment)[0])


def test_the_branches_are_those_that_ci_looks_for() -> None:
    assert lock_branches(LockLayout.CHATOPSD, "eu/prod west") == ("eu/prod-west-chatopsd-lock",)
    assert lock_branches(LockLayout.BRANCH_DEPLOY, "production") == ("production-branch-deploy-lock", "global-branch-deploy-lock")
    assert lock_branches(LockLayout.JOURNAL, "production") == ()


def test_a_lock_is_named_with_its_owner_since_when_and_how_it_is_opened() -> None:
    verdict = check_lock(replace(LOCK, expires_at=NOON + timedelta(hours=2)), "ann", unlock="/ops unlock checkout production")

    assert verdict.why == "ann locked production: migration."
    assert verdict.since == NOON
    assert "by /ops unlock checkout production. It opens by itself at Wed 25 Nov 14:00 UTC." in verdict.clears


def test_what_can_not_be_looked_up_is_closed() -> None:
    assert not check_lock(None, "", trouble="GitHub is away.").passed
    assert check_lock(None, "").passed
