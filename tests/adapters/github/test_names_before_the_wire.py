"""No name that a person wrote becomes another call with our token: whatever does not pass is refused, and nothing is sent."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.github import RestGitHub
from bot.ports.errors import ChatopsError, Rejected

from .scripted_github import Reply, ScriptedGitHub

TRAVERSALS = [
    "../../../../x",
    "tags/../../../../x",
    "..",
    "a/../b",
    "a..b",
    "/abs",
    "a//b",
    "a b",
    "a?b=c",
    "a#b",
    "%2e%2e/x",
    "a%2Fb",
    "a\\..\\b",
    "a\n",
    "a\r\nX-Evil: 1",
    "",
    ".hidden",
    "x.lock",
    "-rf",
    "@{u}",
    "a:b",
    "{owner}",
    "ü",
    "x" * 300,
]
Call = Callable[[RestGitHub, str], object]
TAKES_A_REF: dict[str, Call] = {
    "resolve": lambda g, name: g.resolve("acme/checkout", name),
    "tag_sha": lambda g, name: g.tag_sha("acme/checkout", name),
    "compare from": lambda g, name: g.compare("acme/checkout", name, "main"),
    "compare to": lambda g, name: g.compare("acme/checkout", "main", name),
    "commits": lambda g, name: g.commits("acme/checkout", name, 5),
    "workflow at": lambda g, name: g.workflow("acme/checkout", "release.yml", name),
    "dispatch on": lambda g, name: g.dispatch("acme/checkout", "release.yml", name, {}),
    "release_url": lambda g, name: g.release_url("acme/checkout", name),
}
TAKES_A_FILE: dict[str, Call] = {
    "workflow": lambda g, name: g.workflow("acme/checkout", name, "main"),
    "dispatch": lambda g, name: g.dispatch("acme/checkout", name, "main", {}),
}
TAKES_A_REPO: dict[str, Call] = {
    "tags": lambda g, name: g.tags(name),
    "resolve in": lambda g, name: g.resolve(name, "main"),
    "tag_sha in": lambda g, name: g.tag_sha(name, "v1"),
    "compare in": lambda g, name: g.compare(name, "v1", "main"),
    "commits in": lambda g, name: g.commits(name, "main", 5),
    "workflow in": lambda g, name: g.workflow(name, "release.yml", "main"),
    "dispatch in": lambda g, name: g.dispatch(name, "release.yml", "main", {}),
    "recent_runs": lambda g, name: g.recent_runs(name, datetime(2026, 11, 23, tzinfo=UTC)),
    "run": lambda g, name: g.run(name, 1),
    "jobs": lambda g, name: g.jobs(name, 1),
    "failed_log": lambda g, name: g.failed_log(name, 1, 5),
    "release_url in": lambda g, name: g.release_url(name, "v1"),
}
EVERY_CALL = {**TAKES_A_REF, **TAKES_A_FILE, **TAKES_A_REPO}


@pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_sent(call: Call, github: RestGitHub, script: ScriptedGitHub) -> None:
    for name in [*TRAVERSALS, *(f"acme/{one}" for one in TRAVERSALS if one != "x.lock" or call not in TAKES_A_REPO.values())]:
        with pytest.raises(Rejected) as caught:
            call(github, name)
        assert caught.value.code == "invalid_name"
        assert "expected" in str(caught.value)
    assert script.asked == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.sampled_from("./%-_a0@{}~^:?*[\\ +é\n"), max_size=12))
def test_whatever_is_sent_stays_below_its_own_path(name: str, github: RestGitHub, script: ScriptedGitHub) -> None:
    script.otherwise = lambda asked: Reply(404, {"message": "Not Found"})
    below = {
        "tag_sha": "/repos/acme/checkout/git/ref/tags/",
        "compare to": "/repos/acme/checkout/compare/main...",
        "release_url": "/repos/acme/checkout/releases/tags/",
        "dispatch": "/repos/acme/checkout/actions/workflows/",
    }
    for call, start in below.items():
        script.asked.clear()
        with contextlib.suppress(ChatopsError):
            EVERY_CALL[call](github, name)
        for asked in script.asked:
            path = unquote(urlsplit(asked.path).path)
            assert path == f"{start}{name}" + ("/dispatches" if call == "dispatch" else "")
