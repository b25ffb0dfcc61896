import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.versions import Bump, Version, next_version, parse_version, title_of

LAST = Version(1, 4, 2)
numbers = st.integers(0, 50)
versions = st.builds(Version, numbers, numbers, numbers, st.sampled_from(["", "rc.1", "rc.2", "rc.10", "alpha", "alpha.1", "1"]))


@pytest.mark.parametrize("text", ["1.5.0", "v1.5.0", "0.0.1", "v2.0.0-rc.1", " 1.5.0 "])
def test_semantic_versions_are_read(text: str) -> None:
    assert parse_version(text) is not None


@pytest.mark.parametrize(
    "text", ["1.5", "1.5.0.0", "v01.2.3", "latest", "", "1.5.0+build", "../../x", "1.5.0-", "1.5.0-01", "V1.5.0", "1.5.0\n2"]
)
def test_anything_else_is_not_a_version(text: str) -> None:
    assert parse_version(text) is None


@given(versions)
def test_a_version_reads_as_it_is_written(version: Version) -> None:
    assert parse_version(str(version)) == version


def test_versions_compare_as_semver_says() -> None:
    ordered = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.10.0",
    ]
    read = [parse_version(text) for text in ordered]
    assert sorted(read, key=lambda v: v.precedence if v else ()) == read


@pytest.mark.parametrize(
    ("messages", "expected", "bump"),
    [
        (["fix: a"], "v1.4.3", Bump.PATCH),
        (["docs: a", "chore: b"], "v1.4.3", Bump.PATCH),
        (["fix: a", "feat(cart): b"], "v1.5.0", Bump.MINOR),
        (["feat!: drop it"], "v2.0.0", Bump.MAJOR),
        (["fix(api)!: rename", "feat: b"], "v2.0.0", Bump.MAJOR),
        (["fix: a\n\nBREAKING CHANGE: the old way is gone"], "v2.0.0", Bump.MAJOR),
        (["feature work without a colon"], "v1.4.3", Bump.PATCH),
        (["Merge pull request #7 from acme/x\n\nfeat: search by colour"], "v1.5.0", Bump.MINOR),
        (["feat: search by colour (#7)"], "v1.5.0", Bump.MINOR),
        ([], "v1.4.3", Bump.PATCH),
    ],
)
def test_the_bump_follows_from_the_commits(messages: list[str], expected: str, bump: Bump) -> None:
    version, bumps, _ = next_version(LAST, messages)
    assert (str(version), bumps) == (expected, bump)


def test_before_version_one_a_breaking_change_is_a_minor_bump() -> None:
    assert str(next_version(Version(0, 9, 3), ["feat!: a"])[0]) == "v0.10.0"


def test_the_first_version_is_0_1_0() -> None:
    assert str(next_version(None, ["feat: a"])[0]) == "v0.1.0"


@given(versions, st.lists(st.sampled_from(["fix: a", "feat: b", "feat!: c", "chore: d"])))
def test_a_suggestion_is_always_above_the_last(last: Version, messages: list[str]) -> None:
    assert next_version(last, messages)[0].precedence > last.precedence


def test_a_merge_is_called_by_the_title_of_its_pull_request() -> None:
    assert title_of("Merge pull request #12 from acme/cart\n\nfix: a\n\nmore") == "fix: a (#12)"
    assert title_of("fix: a (#12)\n\n* one\n* two") == "fix: a (#12)"
    assert title_of("Merge pull request #12 from acme/cart") == "Merge pull request #12 from acme/cart"
