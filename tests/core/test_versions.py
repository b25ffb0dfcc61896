import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.versions import Bump, Version, latest_version, parse_version, suggest_next

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


def test_the_latest_version_is_no_pre_release_and_no_other_tag() -> None:
    assert latest_version(["v1.4.2", "v1.10.0", "v2.0.0-rc.1", "nightly"]) == Version(1, 10, 0)
    assert latest_version(["v2.0.0-rc.1"]) == Version(2, 0, 0, "rc.1")
    assert latest_version(["nightly"]) is None


@pytest.mark.parametrize(
    ("messages", "next_version", "bump"),
    [
        (["fix: a"], "v1.4.3", Bump.PATCH),
        (["docs: a", "chore: b"], "v1.4.3", Bump.PATCH),
        (["fix: a", "feat(cart): b"], "v1.5.0", Bump.MINOR),
        (["feat!: drop it"], "v2.0.0", Bump.MAJOR),
        (["fix(api)!: rename", "feat: b"], "v2.0.0", Bump.MAJOR),
        (["fix: a\n\nBREAKING CHANGE: the old way is gone"], "v2.0.0", Bump.MAJOR),
        (["feature work without a colon"], "v1.4.3", Bump.PATCH),
        ([], "v1.4.3", Bump.PATCH),
    ],
)
def test_the_bump_follows_from_the_commits(messages: list[str], next_version: str, bump: Bump) -> None:
    suggestion = suggest_next(LAST, messages)
    assert (str(suggestion.version), suggestion.bump) == (next_version, bump)


def test_before_version_one_a_breaking_change_is_a_minor_bump() -> None:
    assert str(suggest_next(Version(0, 9, 3), ["feat!: a"]).version) == "v0.10.0"


def test_the_first_version() -> None:
    assert str(suggest_next(None, ["feat: a"]).version) == "v0.1.0"


@given(versions, st.lists(st.sampled_from(["fix: a", "feat: b", "feat!: c", "chore: d"])))
def test_a_suggestion_is_always_above_the_last(last: Version, messages: list[str]) -> None:
    assert suggest_next(last, messages).version.precedence > last.precedence
