"""What each outcome of the one POST becomes: the table of a dispatch, row by row."""

import socket
from dataclasses import dataclass

import httpx2
import pytest

from bot.adapters.github import RestGitHub, connect, wire
from bot.core.redaction import Secret
from bot.ports.errors import ChatopsError, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.ports.github import Dispatched

from .scripted_github import Reply, ScriptedGitHub

POST = "POST /repos/acme/checkout/actions/workflows/release.yml/dispatches"
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
PRIMARY = {"message": "API rate limit exceeded for user ID 1."}
RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795424490"}  # 90 s after DATE


@dataclass(frozen=True)
class Row:
    outcome: str
    reply: Reply
    becomes: type[ChatopsError]
    says: str = ""
    retry_after_s: float | None = None
    code: str = ""


def refused(status: int, message: str, **headers: str) -> Reply:
    return Reply(status, {"message": message}, {name.replace("_", "-"): value for name, value in headers.items()})


ROWS = [
    Row("400", refused(400, "Problems parsing JSON"), Rejected, "Problems parsing JSON", code="400"),
    Row("401", refused(401, "Bad credentials"), Rejected, "does not accept GITHUB_TOKEN", code="401"),
    Row(
        "403 permission, named by GitHub",
        refused(403, "Resource not accessible by personal access token", x_accepted_github_permissions="actions=write"),
        Rejected,
        "GITHUB_TOKEN needs the permission actions: write",
        code="403",
    ),
    Row(
        "403 permission", refused(403, "Resource not accessible by integration"), Rejected, "actions: write and contents: read", code="403"
    ),
    Row("404", refused(404, "Not Found"), NotFound, "Not Found", code="404"),
    Row("409", refused(409, "Conflict"), Rejected, "Conflict", code="409"),
    Row("422", refused(422, "No ref found for: nope"), Rejected, "No ref found for: nope", code="422"),
    Row(
        "422 with details",
        Reply(422, {"message": "Invalid", "errors": [{"message": "Required"}, "and more"]}),
        Rejected,
        "Invalid Required and more",
        code="422",
    ),
    Row(
        "422 unexpected input", refused(422, 'Unexpected inputs provided: ["x"]'), Rejected, 'Unexpected inputs provided: ["x"]', code="422"
    ),
    Row("403 secondary limit", Reply(403, SECONDARY, {"retry-after": "7"}), Unavailable, "wait 7 s", 7.0),
    Row("403 secondary limit, no header", Reply(403, SECONDARY), Unavailable, "wait 60 s", 60.0),
    Row("403 secondary limit wins over the reset", Reply(403, SECONDARY, RESET), Unavailable, "wait 60 s", 60.0),
    Row("403 primary limit", Reply(403, PRIMARY, RESET), Unavailable, "wait 91 s", 91.0),
    Row("429", Reply(429, PRIMARY, {"retry-after": "3"}), Unavailable, "wait 3 s", 3.0),
    Row("429 without words", Reply(429, raw=b"slow down"), Unavailable, "wait 60 s", 60.0),
    Row(
        "301",
        Reply(301, {}, {"Location": "/repos/acme/shop/actions"}),
        Rejected,
        'update `repo` in chatops.toml to "acme/shop"',
        code="301",
    ),
    Row("302", Reply(302, {}, {"Location": "/login"}), Rejected, "update `repo` in chatops.toml (GitHub names /login)", code="302"),
    Row("307", Reply(307, {}, {"Location": "/repos/acme/shop/actions"}), Rejected, '"acme/shop"', code="307"),
    Row("308", Reply(308, {}, {"Location": "/repos/acme/shop/actions"}), Rejected, '"acme/shop"', code="308"),
    Row("408", refused(408, "Request Timeout"), OutcomeUnknown, "may have been started"),
    Row("500", refused(500, "Server Error"), OutcomeUnknown, "HTTP 500"),
    Row("502", Reply(502, raw=b"<html>Bad Gateway</html>", headers={"Content-Type": "text/html"}), OutcomeUnknown, "HTTP 502"),
    Row("503 even with retry-after", refused(503, "Unavailable", retry_after="5"), OutcomeUnknown, "HTTP 503"),
    Row("504", refused(504, "Gateway Timeout"), OutcomeUnknown, "HTTP 504"),
    Row("closed without an answer", Reply(hang_up=True), OutcomeUnknown, "was lost"),
    Row("an answer cut off", Reply(200, {"workflow_run_id": 1, "html_url": "x" * 400}, cut=40), OutcomeUnknown, "was lost"),
    Row("broken JSON", Reply(200, raw=b'{"workflow_run_id": 1'), OutcomeUnknown, "can't be read"),
    Row("broken encoding", Reply(200, raw=b"not gzip", headers={"Content-Encoding": "gzip"}), OutcomeUnknown, "was lost"),
    Row("not HTTP's idea of a status", Reply(999, raw=b""), OutcomeUnknown),
    Row("no answer in time", Reply(never=True), OutcomeUnknown, "ReadTimeout"),
]


@pytest.mark.sockets
@pytest.mark.parametrize("row", ROWS, ids=[row.outcome for row in ROWS])
def test_a_dispatch_is_sent_once_and_its_outcome_is_told_for_what_it_is(row: Row, script: ScriptedGitHub, clock, monkeypatch) -> None:
    monkeypatch.setattr(wire, "TIMEOUT", httpx2.Timeout(0.3, connect=5.0))
    github = connect(script.url, Secret("t"), clock)
    script.will_reply(row.reply)

    with pytest.raises(row.becomes) as caught:
        github.dispatch("acme/checkout", "release.yml", "main", {"version": "1.5.0"})

    assert type(caught.value) is row.becomes
    assert script.paths() == [POST]
    assert row.says in str(caught.value)
    assert getattr(caught.value, "retry_after_s", None) == row.retry_after_s
    assert getattr(caught.value, "code", "") == row.code
    github.close()


def test_a_dispatch_to_a_port_where_nobody_listens_was_not_sent(clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: a connection is refused
        github = connect(f"http://127.0.0.1:{taken.getsockname()[1]}", Secret("t"), clock)
        with pytest.raises(Unavailable, match="nothing was sent"):
            github.dispatch("acme/checkout", "release.yml", "main", {})
        github.close()


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "not an address"])
def test_an_address_that_is_none_is_a_mistake_of_the_settings(url: str, clock) -> None:
    github = connect(url, Secret("t"), clock)

    with pytest.raises(Rejected, match="GITHUB_API_URL"):
        github.dispatch("acme/checkout", "release.yml", "main", {})
    with pytest.raises(Rejected, match="GITHUB_API_URL"):
        github.tags("acme/checkout")
    github.close()


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (httpx2.ConnectError, Unavailable),
        (httpx2.ConnectTimeout, Unavailable),
        (httpx2.PoolTimeout, Unavailable),
        (httpx2.ProxyError, Unavailable),
        (httpx2.UnsupportedProtocol, Rejected),
        (httpx2.ReadError, OutcomeUnknown),
        (httpx2.ReadTimeout, OutcomeUnknown),
        (httpx2.WriteError, OutcomeUnknown),
        (httpx2.WriteTimeout, OutcomeUnknown),
        (httpx2.CloseError, OutcomeUnknown),
        (httpx2.RemoteProtocolError, OutcomeUnknown),
        (httpx2.LocalProtocolError, OutcomeUnknown),
        (httpx2.DecodingError, OutcomeUnknown),
        (OSError, OutcomeUnknown),
    ],
)
def test_each_way_a_request_can_break_is_told_for_what_it_is(error, becomes, github: RestGitHub, script, monkeypatch) -> None:
    tries = []

    def broken(*args: object, **kwargs: object) -> httpx2.Response:
        tries.append(args)
        raise error("broken on purpose")

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", broken)

    with pytest.raises(becomes) as caught:
        github.dispatch("acme/checkout", "release.yml", "main", {})

    assert type(caught.value) is becomes
    assert len(tries) == 1
    if becomes is not Rejected:
        with pytest.raises(Unavailable):
            github.tags("acme/checkout")


def test_an_accepted_dispatch_tells_the_run(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(Reply(200, {"workflow_run_id": 42, "run_url": "https://api/42", "html_url": "https://github/42"}))

    dispatched = github.dispatch("acme/checkout", "release.yml", "main", {"version": "1.5.0"})

    assert dispatched == Dispatched(42, "https://github/42")
    assert script.asked[0].json == {"ref": "main", "inputs": {"version": "1.5.0"}, "return_run_details": True}


@pytest.mark.parametrize("reply", [Reply(204), Reply(200), Reply(200, {"something": "else"}), Reply(200, ["odd"])])
def test_an_accepted_dispatch_without_a_run_is_accepted_all_the_same(reply: Reply, github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(reply)

    assert github.dispatch("acme/checkout", "release.yml", "main", {}) == Dispatched(None, "")
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_does_not_know_run_details_is_asked_without_them_from_then_on(status, github, script: ScriptedGitHub) -> None:
    unknown = refused(status, 'Invalid request.\n\n"return_run_details" is not a permitted key.')
    script.will_reply(unknown, Reply(204), Reply(204))

    first = github.dispatch("acme/checkout", "release.yml", "main", {"version": "1.5.0"})
    second = github.dispatch("acme/checkout", "release.yml", "main", {"version": "1.6.0"})

    assert (first, second) == (Dispatched(None, ""), Dispatched(None, ""))
    assert [asked.json.get("return_run_details") for asked in script.asked] == [True, None, None]
    assert [asked.json["inputs"]["version"] for asked in script.asked] == ["1.5.0", "1.5.0", "1.6.0"]


def test_another_key_that_is_not_permitted_is_a_refusal(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(refused(422, 'Invalid request.\n\n"inputs" is not a permitted key.'))

    with pytest.raises(Rejected, match="not a permitted key"):
        github.dispatch("acme/checkout", "release.yml", "main", {})

    assert len(script.asked) == 1


def test_what_follows_the_refused_key_is_ambiguous_again(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(refused(422, '"return_run_details" is not a permitted key.'), refused(502, "Bad Gateway"))

    with pytest.raises(OutcomeUnknown):
        github.dispatch("acme/checkout", "release.yml", "main", {})

    assert len(script.asked) == 2


def test_a_moved_repository_is_told_by_its_new_name(github: RestGitHub, script: ScriptedGitHub) -> None:
    moved = Reply(301, {"message": "Moved Permanently"}, {"Location": f"{script.url}/repositories/77/git/matching-refs/tags/"})
    script.will_reply(moved, Reply(200, {"full_name": "acme/shop"}))

    with pytest.raises(Rejected, match='to "acme/shop"'):
        github.tags("acme/checkout")

    assert script.paths() == ["GET /repos/acme/checkout/git/matching-refs/tags/", "GET /repositories/77"]


def test_a_redirect_to_another_host_never_gets_the_token(github: RestGitHub, script: ScriptedGitHub) -> None:
    other = ScriptedGitHub()
    script.will_reply(Reply(301, {}, {"Location": f"{other.url}/repositories/77/x"}))

    with pytest.raises(Rejected):
        github.tags("acme/checkout")

    assert other.asked == []
    other.close()


def test_a_character_that_json_can_not_carry_is_refused_before_anything_is_sent(github: RestGitHub, script: ScriptedGitHub) -> None:
    with pytest.raises(Rejected, match="can't be sent"):
        github.dispatch("acme/checkout", "release.yml", "main", {"note": "half \ud83d"})

    assert script.asked == []


def test_every_row_says_what_was_tried(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(refused(422, "No ref found for: nope"))

    with pytest.raises(Rejected) as caught:
        github.dispatch("acme/checkout", "release.yml", "nope", {})

    assert str(caught.value) == "GitHub refuses the dispatch of release.yml of acme/checkout on nope: No ref found for: nope"
