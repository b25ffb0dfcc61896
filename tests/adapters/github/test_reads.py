"""Reading from GitHub: what fails is told for what it is, what has not changed costs nothing, and no odd answer gets through."""

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from bot.adapters.github import RestGitHub, connect
from bot.adapters.github.etags import Etags
from bot.core.gates import CheckState
from bot.core.operations import JobProgress, StepState
from bot.core.redaction import Secret
from bot.ports.errors import ConfigError, NotFound, Rejected, Unavailable
from bot.ports.github import FailedLog

from .conftest import SetClock
from .scripted_github import Asked, Reply, ScriptedGitHub

SHA, OTHER = "a" * 40, "b" * 40
REF = {"ref": "refs/tags/v1", "object": {"type": "commit", "sha": SHA}}


def commit(sha: str, message: str = "feat: x", login: str | None = "ann") -> dict:
    return {"sha": sha, "commit": {"message": message, "author": {"name": "Ann Releaser"}}, "author": {"login": login} if login else None}


def run(number: int, **fields: object) -> dict:
    at = "2026-11-23T09:00:00Z"
    return {
        "id": number,
        "run_number": number,
        "name": "Release",
        "display_title": f"Release {number}",
        "status": "queued",
        "conclusion": None,
        "html_url": f"https://github/{number}",
        "head_sha": SHA,
        "run_attempt": 1,
        "created_at": at,
        "run_started_at": at,
        "updated_at": at,
        **fields,
    }


@pytest.mark.parametrize(
    ("reply", "becomes", "says", "wait_s"),
    [
        (Reply(401, {"message": "Bad credentials"}), Rejected, "does not accept GITHUB_TOKEN", None),
        (
            Reply(403, {"message": "Resource not accessible"}, {"x-accepted-github-permissions": "contents=read"}),
            Rejected,
            "contents: read",
            None,
        ),
        (Reply(403, {"message": "You have exceeded a secondary rate limit"}), Unavailable, "60 s", 60.0),
        (Reply(429, {"message": "x"}, {"retry-after": "2"}), Unavailable, "2 s", 2.0),
        (Reply(404, {"message": "Not Found"}), NotFound, "the tags of acme/checkout", None),
        (Reply(409, {"message": "Git Repository is empty."}), NotFound, "empty", None),
        (Reply(410, {"message": "Gone"}), Rejected, "Gone", None),
        (Reply(451, {"message": "Blocked"}), Rejected, "Blocked", None),
        (Reply(301, {}, {"Location": "/repos/acme/shop"}), Rejected, '"acme/shop"', None),
        (Reply(408, {}), Unavailable, "HTTP 408", None),
        (Reply(500, {}), Unavailable, "HTTP 500", None),
        (Reply(503, {}, {"retry-after": "9"}), Unavailable, "HTTP 503", 9.0),
        (Reply(hang_up=True), Unavailable, "can't be reached", None),
        (Reply(200, raw=b'[{"ref": '), Unavailable, "can't be read", None),
        (Reply(200, raw=b"<html>Sign in to the network</html>", headers={"Content-Type": "text/html"}), Unavailable, "can't be read", None),
        (Reply(200, raw=b""), Unavailable, "can't be read", None),
        (Reply(200, raw=b"\xff\xfe"), Unavailable, "can't be read", None),
        (Reply(200, {"unexpected": "shape"}), Unavailable, "can't be read", None),
        (Reply(200, [{"no": "ref"}]), Unavailable, "can't be read", None),
        (Reply(304), Rejected, "", None),  # we did not ask conditionally
    ],
)
def test_a_read_that_fails_is_told_for_what_it_is(reply, becomes, says, wait_s, github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(reply)

    with pytest.raises(becomes) as caught:
        github.tags("acme/checkout")

    assert type(caught.value) is becomes
    assert says in str(caught.value)
    assert getattr(caught.value, "retry_after_s", None) == wait_s
    assert len(script.asked) == 1


def test_each_request_carries_what_github_asks_for(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, []))

    github.tags("acme/checkout")

    headers = script.asked[0].headers
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["authorization"] == "Bearer github_token_for_tests"
    assert headers["user-agent"] == "chatopsd"


def test_an_environment_that_would_change_who_we_are_ends_the_start(monkeypatch, clock, script: ScriptedGitHub) -> None:
    monkeypatch.setenv("GITHUB_JWT_TOKEN", "from-elsewhere")

    with pytest.raises(ConfigError, match="GITHUB_JWT_TOKEN is set"):
        connect(script.url, Secret("t"), clock)


def test_the_token_is_the_configured_one_whatever_the_environment_says(monkeypatch, clock, script: ScriptedGitHub) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "from-elsewhere")
    monkeypatch.setenv("GH_HOST", "http://127.0.0.1:1")
    script.will_reply(Reply(200, []))

    github = connect(script.url, Secret("configured"), clock)
    github.tags("acme/checkout")

    assert script.asked[0].headers["authorization"] == "Bearer configured"
    github.close()


def test_an_unchanged_answer_is_told_again_from_memory(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(
        Reply(200, [REF], {"ETag": 'W/"one"'}), Reply(304, headers={"ETag": 'W/"one"'}), Reply(200, [], {"ETag": '"two"'}), Reply(304)
    )

    told = [github.tags("acme/checkout") for _ in range(4)]

    assert told == [["v1"], ["v1"], [], []]
    assert [asked.headers.get("if-none-match") for asked in script.asked] == [None, 'W/"one"', 'W/"one"', '"two"']


def test_answers_are_remembered_by_their_whole_address(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, [REF], {"ETag": '"one"'}), Reply(200, [], {"ETag": '"other"'}))

    github.tags("acme/checkout")
    github.tags("acme/search")

    assert "if-none-match" not in script.asked[1].headers


def remembered(etags: Etags, *names: str) -> set[str]:
    """Return which of the names are asked for conditionally."""
    requests = {name: httpx2.Request("GET", f"http://github/{name}") for name in names}
    for request in requests.values():
        etags.ask(request)
    return {name for name, request in requests.items() if "if-none-match" in request.headers}


def answered(name: str, size: int, **headers: str) -> httpx2.Response:
    return httpx2.Response(200, content=b"x" * size, headers=headers, request=httpx2.Request("GET", f"http://github/{name}"))


def test_the_memory_of_answers_is_bounded_in_number() -> None:
    etags = Etags(max_entries=2)
    for name in ("a", "b", "c"):
        etags.remember(answered(name, 1, etag="1"))

    assert remembered(etags, "a", "b", "c") == {"b", "c"}


def test_the_memory_of_answers_is_bounded_in_bytes_and_forgets_the_longest_unused() -> None:
    etags = Etags(max_bytes=1000)
    etags.remember(answered("a", 400, etag="1"))
    etags.remember(answered("b", 400, etag="1"))
    etags.remember(answered("a", 400, etag="2"))  # the new answer takes the place of the old one
    assert remembered(etags, "b") == {"b"}

    etags.remember(answered("c", 400, etag="1"))
    etags.remember(answered("huge", 501, etag="1"))

    assert remembered(etags, "a", "b", "c", "huge") == {"b", "c"}


def test_an_answer_without_an_etag_is_not_remembered() -> None:
    etags = Etags()
    etags.remember(answered("a", 1))

    assert len(etags) == 0


def test_githubs_clock_is_ours_corrected_by_its_last_answer(github: RestGitHub, script: ScriptedGitHub, clock) -> None:
    script.will_reply(Reply(200, []))
    github.tags("acme/checkout")

    clock.move(timedelta(seconds=10))

    assert github.server_time() == datetime(2026, 11, 23, 9, 0, 10, tzinfo=UTC)
    assert len(script.asked) == 1


def test_githubs_clock_is_asked_for_when_nothing_was_asked_before(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, {"resources": {}}))

    assert github.server_time() == datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)
    assert script.paths() == ["GET /rate_limit"]


def test_the_last_rate_limit_is_kept_even_from_a_refusal(github: RestGitHub, script: ScriptedGitHub) -> None:
    assert github.quota() is None
    script.will_reply(Reply(404, {}, {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4999", "x-ratelimit-reset": "1795424490"}))

    with pytest.raises(NotFound):
        github.tags("acme/checkout")

    assert github.quota() is not None
    assert (github.quota().limit, github.quota().remaining, github.quota().resets_at) == (
        5000,
        4999,
        datetime.fromtimestamp(1795424490, UTC),
    )


def test_eight_threads_get_each_their_own_answer_over_few_connections(github: RestGitHub, script: ScriptedGitHub) -> None:
    together = threading.Barrier(8)

    def echo(asked: Asked) -> Reply:
        name = asked.path.split("/")[3]
        if "if-none-match" in asked.headers:
            return Reply(304)
        return Reply(200, [{"ref": f"refs/tags/{name}"}], {"ETag": f'"{name}"'})

    def ask(thread: int) -> bool:
        together.wait(10)
        return all(github.tags(f"acme/r{thread}-{n % 5}") == [f"r{thread}-{n % 5}"] for n in range(25))

    script.otherwise = echo
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert len(script.asked) == 200


def test_ten_thousand_tags_are_one_answer(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, [{"ref": f"refs/tags/v1.{n}.0"} for n in range(10_000)]))

    assert github.tags("acme/checkout") == [f"v1.{n}.0" for n in range(10_000)]
    assert script.paths() == ["GET /repos/acme/checkout/git/matching-refs/tags/"]


def test_a_tag_of_a_tag_is_peeled_to_its_commit(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(
        Reply(200, {"object": {"type": "tag", "sha": "1" * 40}}),
        Reply(200, {"object": {"type": "tag", "sha": "2" * 40}}),
        Reply(200, {"object": {"type": "commit", "sha": SHA}}),
    )

    assert github.tag_sha("acme/checkout", "v1") == SHA


def test_a_tag_that_leads_to_no_commit_is_refused(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, {"object": {"type": "blob", "sha": SHA}}))

    with pytest.raises(Rejected, match="but to a blob"):
        github.tag_sha("acme/checkout", "v1")


def test_an_object_id_that_is_a_path_is_not_asked_for(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, {"object": {"type": "tag", "sha": "../../../../user"}}))

    with pytest.raises(Unavailable, match="can't be read"):
        github.tag_sha("acme/checkout", "v1")

    assert len(script.asked) == 1


def test_a_branch_wins_over_a_tag_of_the_same_name(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, {"object": {"type": "commit", "sha": SHA}}), Reply(200, commit(SHA)))

    assert github.resolve("acme/checkout", "feature/x").sha == SHA
    assert script.paths()[0] == "GET /repos/acme/checkout/git/ref/heads/feature/x"


def test_a_commit_id_is_looked_up_as_nothing_else(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(422, {"message": f"No commit found for SHA: {SHA}"}))

    with pytest.raises(NotFound):
        github.resolve("acme/checkout", SHA)

    assert script.paths() == [f"GET /repos/acme/checkout/commits/{SHA}?per_page=1"]


def test_an_author_without_an_account_is_named_as_in_the_commit(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, [commit(SHA), commit(OTHER, login=None), {**commit(OTHER), "author": {}}]))

    assert [one.author for one in github.commits("acme/checkout", "main", 10)] == ["ann", "Ann Releaser", "Ann Releaser"]


def test_commits_are_read_page_by_page_up_to_the_limit(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.otherwise = lambda asked: Reply(200, [commit(f"{n:040d}") for n in range(100)])

    assert len(github.commits("acme/checkout", "main", 250)) == 250
    assert [path.rpartition("page=")[2] for path in script.paths()] == ["1", "2", "3"]


def test_runs_are_read_until_a_page_is_not_full_and_told_once_each(github: RestGitHub, script: ScriptedGitHub) -> None:
    first = [run(n) for n in range(100, 200)]
    second = [run(100), run(99)]  # a run that appeared meanwhile moved 100 to the second page as well
    script.will_reply(*(Reply(200, {"total_count": 1, "workflow_runs": page}) for page in (first, second)))

    runs = github.recent_runs("acme/checkout", datetime(2026, 11, 23, 9, 0, 0, 900_000, tzinfo=UTC))

    assert sorted(one.id for one in runs) == list(range(99, 200))
    assert script.paths()[0] == (
        "GET /repos/acme/checkout/actions/runs?event=workflow_dispatch&created=%3E%3D2026-11-23T09%3A00%3A00Z&per_page=100&page=1"
    )


def test_a_commit_status_beyond_the_first_hundred_counts(github: RestGitHub, script: ScriptedGitHub) -> None:
    green = [{"context": f"ci/{n}", "state": "success"} for n in range(100)]
    pages = ({"statuses": green}, {"statuses": [{"context": "security", "state": "failure"}]})
    script.will_reply(Reply(200, {"check_runs": []}), *(Reply(200, page) for page in pages))

    found = github.checks("acme/checkout", SHA)

    assert [check.name for check in found if check.state is CheckState.FAILED] == ["security"]


def test_a_list_that_does_not_end_is_given_up(github: RestGitHub, script: ScriptedGitHub) -> None:
    page = [run(n) for n in range(100)]
    script.otherwise = lambda asked: Reply(200, {"workflow_runs": page})

    with pytest.raises(Unavailable, match="does not end"):
        github.recent_runs("acme/checkout", datetime(2026, 11, 23, tzinfo=UTC))


def test_a_run_that_was_never_started_and_has_no_conclusion_is_told(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, run(7, run_started_at=None, name=None)))

    told = github.run("acme/checkout", 7)

    assert (told.id, told.conclusion, told.started_at, told.name) == (7, "", None, "")
    assert told.created_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_jobs_are_told_in_our_words(github: RestGitHub, script: ScriptedGitHub) -> None:
    def job(
        number: int, status: str, conclusion: str | None, steps: list[tuple[str, str, str | None]] | None = None, **fields: object
    ) -> dict:
        shown = [{"name": name, "status": state, "conclusion": end} for name, state, end in steps or []]
        at = {"started_at": "2026-11-23T08:59:00Z", "completed_at": "2026-11-23T08:59:30Z" if conclusion else None}
        return {
            "id": number,
            "name": f"job {number}",
            "status": status,
            "conclusion": conclusion,
            "steps": shown,
            "html_url": "u",
            **at,
            **fields,
        }

    jobs = [
        job(1, "completed", "success", [("test", "completed", "success")]),
        job(2, "in_progress", None, [("set up", "completed", "success"), ("build", "in_progress", None), ("push", "pending", None)]),
        job(
            3,
            "completed",
            "failure",
            [("lint", "completed", "skipped"), ("test", "completed", "failure"), ("tell", "completed", "failure")],
        ),
        job(4, "queued", None),
        job(5, "waiting", None, started_at=None),
        job(6, "completed", "skipped", started_at="2026-11-23T08:59:31Z"),
        job(7, "completed", "cancelled"),
        job(8, "completed", "timed_out"),
        job(9, "completed", "neutral"),
        job(10, "completed", "something GitHub may yet invent"),
        job(11, "something new", None),
    ]
    script.will_reply(Reply(200, {"total_count": 0, "jobs": jobs}))

    told = github.jobs("acme/checkout", 7)

    assert told[:3] == [
        JobProgress("job 1", StepState.SUCCEEDED, 30.0, "", "u"),
        JobProgress("job 2", StepState.RUNNING, 60.0, "build", "u"),  # by GitHub's clock, 3 s ahead of ours
        JobProgress("job 3", StepState.FAILED, 30.0, "test", "u"),
    ]
    assert [(one.state, one.seconds) for one in told[3:]] == [
        (StepState.WAITING, 0.0),
        (StepState.WAITING, 0.0),
        (StepState.SKIPPED, 0.0),
        (StepState.CANCELLED, 30.0),
        (StepState.FAILED, 30.0),
        (StepState.SUCCEEDED, 30.0),
        (StepState.FAILED, 30.0),
        (StepState.WAITING, 0.0),
    ]


def test_a_comparison_holds_the_newest_250_and_counts_all(github: RestGitHub, script: ScriptedGitHub) -> None:
    commits = [commit(f"{n:040d}") for n in range(300)]
    script.will_reply(Reply(200, {"ahead_by": 900, "html_url": "https://github/compare", "commits": commits}))

    told = github.compare("acme/checkout", "v1.0.0", "feature/x")

    assert (told.total, len(told.commits), told.url) == (900, 250, "https://github/compare")
    assert told.commits[-1].sha == f"{299:040d}"


JOBS = {
    "jobs": [
        {"id": 5, "name": "late", "status": "completed", "conclusion": "failure", "completed_at": "2026-11-23T09:02:00Z"},
        {"id": 4, "name": "early", "status": "completed", "conclusion": "failure", "completed_at": "2026-11-23T09:01:00Z"},
        {"id": 3, "name": "fine", "status": "completed", "conclusion": "success", "completed_at": "2026-11-23T09:00:00Z"},
    ]
}


def test_a_log_is_fetched_from_its_signed_address_without_the_token_and_kept_out_of_our_log(
    github: RestGitHub, script: ScriptedGitHub, caplog
) -> None:
    store = ScriptedGitHub()
    store.will_reply(
        Reply(200, raw=b"2026-11-23T09:00:00.1Z make\n2026-11-23T09:00:01.2Z ##[error]boom\n", headers={"Content-Type": "text/plain"})
    )
    script.will_reply(Reply(200, JOBS), Reply(302, headers={"Location": f"{store.url}/logs/4?sig=SIGNATURE"}))

    with caplog.at_level(logging.INFO):
        told = github.failed_log("acme/checkout", 7, 20)

    assert told.tail == "make\nError: boom"
    assert script.paths()[1] == "GET /repos/acme/checkout/actions/jobs/4/logs"
    assert "authorization" not in store.asked[0].headers
    assert "SIGNATURE" not in caplog.text
    store.close()


@pytest.mark.parametrize("where", ["api", "store"])
def test_a_log_that_is_gone_is_no_log(where: str, github: RestGitHub, script: ScriptedGitHub) -> None:
    gone = Reply(404, {"message": "Not Found"})
    script.will_reply(Reply(200, JOBS), *([gone] if where == "api" else [Reply(302, headers={"Location": "/logs"}), gone]))

    assert github.failed_log("acme/checkout", 7, 20).tail == ""


def test_a_run_without_a_failed_job_has_no_failed_log(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, {"jobs": JOBS["jobs"][2:]}))

    assert github.failed_log("acme/checkout", 7, 20) == FailedLog("", "")
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(403), Reply(hang_up=True), Reply(200, raw=b"x" * 100, cut=10), Reply(302, headers={"Location": "/"})]
)
def test_a_log_store_that_does_not_answer_is_no_reason_to_crash(reply: Reply, github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, JOBS), Reply(302, headers={"Location": "/logs"}), reply)

    with pytest.raises(Unavailable, match="store of GitHub's logs"):
        github.failed_log("acme/checkout", 7, 20)


def test_a_tag_without_a_release_has_no_address(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(404, {"message": "Not Found"}), Reply(200, {"html_url": "https://github/r"}))

    assert [github.release_url("acme/checkout", "v1") for _ in range(2)] == ["", "https://github/r"]


def test_two_githubs_at_once_are_each_asked_their_own_with_their_own_token(clock: SetClock) -> None:
    scripts = [ScriptedGitHub(), ScriptedGitHub()]
    adapters = [connect(script.url, Secret(f"token-{n}"), clock) for n, script in enumerate(scripts)]
    for n, script in enumerate(scripts):
        script.otherwise = lambda asked, n=n: Reply(200, [{**REF, "ref": f"refs/tags/v{n}"}])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads come between each other wherever they can
    try:
        with ThreadPoolExecutor(8) as crowd:
            told = list(crowd.map(lambda i: list(adapters[i % 2].tags("acme/checkout")), range(80)))
    finally:
        sys.setswitchinterval(before)

    assert told == [["v0"], ["v1"]] * 40
    for n, script in enumerate(scripts):
        assert {asked.headers["authorization"] for asked in script.asked} == {f"Bearer token-{n}"}
        adapters[n].close()
        script.close()
