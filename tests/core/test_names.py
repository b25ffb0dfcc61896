import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import names

HOSTILE = [
    "../../x",
    "tags/../../../../x",
    "a..b",
    "",
    "-x",
    "a b",
    "a\nb",
    "refs/heads/x.lock",
    "a//b",
    "/a",
    "a/",
    "x?y",
    "x#y",
    "x%2f",
    "a@{1}",
    "~x",
    "x^",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_that_could_become_another_call_passes(name: str) -> None:
    assert not names.is_ref(name)
    assert not names.is_repo(name)
    assert not names.is_workflow(name)


@pytest.mark.parametrize("name", ["main", "v1.4.2", "release/1.x", "feature/ABC-12_x", "1.0.0-rc.1"])
def test_usual_refs_pass(name: str) -> None:
    assert names.is_ref(name)


@given(st.text(alphabet="abc./-_%?#\\ ~", max_size=20))
def test_whatever_passes_stays_below_its_folder(name: str) -> None:
    if names.is_ref(name):
        assert ".." not in name
        assert not name.startswith("/")
        assert not set(name) & set("%?#\\ ~")


def test_a_repository_a_commit_a_workflow_and_an_environment_look_like_one() -> None:
    assert names.is_repo("acme/checkout")
    assert not names.is_repo("acme/checkout/x")
    assert names.is_sha("a" * 40)
    assert not names.is_sha("a" * 39)
    assert names.is_workflow("release.yml")
    assert not names.is_workflow("release.json")
    assert names.is_environment("EU production/blue")
    assert not names.is_environment("../secrets")
