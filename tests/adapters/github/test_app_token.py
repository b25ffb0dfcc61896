"""Tokens of a GitHub App: narrowed, renewed in time, and never the reason for a wrong answer."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bot.adapters.github import RestGitHub, connect_app
from bot.core.configuration import Configuration, GitHubReach, LockSettings, Service, github_reach
from bot.core.locks import LockLayout
from bot.core.redaction import Secret
from bot.ports.errors import ConfigError, OutcomeUnknown, Rejected, Unavailable

from .conftest import SetClock
from .scripted_github import Asked, Reply, ScriptedGitHub

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TOKENS = "POST /app/installations/77/access_tokens"
EMPTY = Reply(200, [])


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Secret:
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Secret(key.private_bytes(*formats).decode())


def granted(value: str) -> Reply:
    """Return a token that ends an hour after the script's Date."""
    return Reply(201, {"token": value, "expires_at": "2026-11-23T10:00:00Z", "permissions": {"actions": "write"}})


@pytest.fixture
def github(script: ScriptedGitHub, clock: SetClock) -> Iterator[RestGitHub]:
    adapter = connect_app(script.url, "4711", pem(KEY), 77, GitHubReach(("acme/search", "acme/checkout")), clock)
    yield adapter
    adapter.close()


def bearer(asked: Asked) -> str:
    return asked.headers["authorization"].removeprefix("Bearer ")


def test_a_token_is_asked_for_with_a_signed_proof_and_no_more_rights_than_needed(github, script: ScriptedGitHub, clock: SetClock) -> None:
    script.will_reply(granted("ghs_one"), EMPTY)

    github.tags("acme/checkout")

    assert script.paths() == [TOKENS, "GET /repos/acme/checkout/git/matching-refs/tags/"]
    asked, used = script.asked
    claims = jwt.decode(bearer(asked), KEY.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})
    now = clock.now().timestamp()
    assert claims == {"iss": "4711", "iat": now - 60, "exp": now + 480}
    assert asked.json == {
        "repositories": ["checkout", "search"],
        "permissions": {"actions": "write", "contents": "read", "deployments": "read"},
    }
    assert bearer(used) == "ghs_one"


def test_a_token_is_used_until_five_minutes_before_it_ends(github, script: ScriptedGitHub, clock: SetClock) -> None:
    script.will_reply(granted("ghs_one"), EMPTY, EMPTY)
    github.tags("acme/checkout")

    clock.move(timedelta(minutes=54, seconds=59))
    github.tags("acme/checkout")

    assert [bearer(asked) for asked in script.asked[1:]] == ["ghs_one", "ghs_one"]


def test_a_token_is_renewed_five_minutes_before_it_ends(github, script: ScriptedGitHub, clock: SetClock) -> None:
    script.will_reply(granted("ghs_one"), EMPTY, granted("ghs_two"), EMPTY)
    github.tags("acme/checkout")

    clock.move(timedelta(minutes=55))
    github.tags("acme/checkout")

    assert [path for path in script.paths() if path == TOKENS] == [TOKENS, TOKENS]
    assert bearer(script.asked[-1]) == "ghs_two"


def test_a_token_is_renewed_in_time_even_when_our_clock_is_an_hour_behind(script: ScriptedGitHub) -> None:
    clock = SetClock(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))  # GitHub says 9:00
    github = connect_app(script.url, "4711", pem(KEY), 77, GitHubReach(), clock)
    script.will_reply(granted("ghs_one"), EMPTY, granted("ghs_two"), EMPTY)
    github.tags("acme/checkout")

    clock.move(timedelta(minutes=56))
    github.tags("acme/checkout")

    assert bearer(script.asked[-1]) == "ghs_two"
    github.close()


def test_the_old_token_serves_while_github_can_not_give_a_new_one(github, script: ScriptedGitHub, clock: SetClock) -> None:
    script.will_reply(granted("ghs_one"), EMPTY, Reply(503), EMPTY)
    github.tags("acme/checkout")
    clock.move(timedelta(minutes=56))

    github.tags("acme/checkout")

    assert bearer(script.asked[-1]) == "ghs_one"


@pytest.mark.parametrize("reply", [Reply(503), Reply(hang_up=True), Reply(201, raw=b"{"), Reply(201, {"token": "x"})])
def test_without_any_token_nothing_is_sent_and_a_dispatch_can_be_tried_again(
    reply, github, script: ScriptedGitHub, clock: SetClock
) -> None:
    script.will_reply(reply)

    with pytest.raises(Unavailable):
        github.dispatch("acme/checkout", "release.yml", "main", {})

    assert script.paths() == [TOKENS]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(401, {"message": "A JSON web token could not be decoded"}), "GITHUB_APP_PRIVATE_KEY_FILE"),
        (Reply(404, {"message": "Not Found"}), "check GITHUB_INSTALLATION_ID"),
        (Reply(403, {"message": "This installation has been suspended"}), "suspended"),
        (Reply(422, {"message": "The permissions requested are not granted to this installation."}), "not granted"),
    ],
)
def test_an_app_that_is_not_accepted_is_never_read_as_something_that_does_not_exist(reply, says, github, script: ScriptedGitHub) -> None:
    script.otherwise = lambda asked: reply

    with pytest.raises(Rejected, match=says) as caught:
        github.tag_sha("acme/checkout", "v1.0.0")

    assert type(caught.value) is Rejected
    assert script.paths() == [TOKENS]


def test_a_token_that_was_revoked_is_replaced_by_the_next_try(github, script: ScriptedGitHub, clock: SetClock) -> None:
    script.will_reply(granted("ghs_one"), EMPTY, Reply(401, {"message": "Bad credentials"}), granted("ghs_two"), EMPTY)
    github.tags("acme/checkout")
    clock.move(timedelta(minutes=2))

    with pytest.raises(Unavailable, match="a new token"):
        github.dispatch("acme/checkout", "release.yml", "main", {})
    github.tags("acme/checkout")

    assert bearer(script.asked[-1]) == "ghs_two"


def test_a_new_token_that_is_refused_is_a_refusal(github, script: ScriptedGitHub) -> None:
    script.will_reply(granted("ghs_one"), Reply(401, {"message": "Bad credentials"}))

    with pytest.raises(Rejected, match="does not accept the key of the App"):
        github.tags("acme/checkout")

    assert len(script.asked) == 2


def test_a_dispatch_whose_answer_is_lost_stays_ambiguous_with_an_app(github, script: ScriptedGitHub) -> None:
    script.will_reply(granted("ghs_one"), Reply(hang_up=True))

    with pytest.raises(OutcomeUnknown):
        github.dispatch("acme/checkout", "release.yml", "main", {})

    assert len(script.asked) == 2


def test_threads_that_need_a_token_at_once_ask_for_one(github, script: ScriptedGitHub) -> None:
    together = threading.Barrier(6)
    script.otherwise = lambda asked: granted("ghs_one") if asked.method == "POST" else EMPTY

    def ask(_: int) -> list[str]:
        together.wait(10)
        return list(github.tags("acme/checkout"))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [[]] * 6
    assert script.paths().count(TOKENS) == 1


@pytest.mark.parametrize(
    "key", [Secret("no key at all"), Secret(""), pem(ec.generate_private_key(ec.SECP256R1()))], ids=["text", "empty", "elliptic"]
)
def test_a_key_that_can_not_sign_ends_the_start_without_being_shown(key: Secret, script: ScriptedGitHub, clock: SetClock) -> None:
    with pytest.raises(ConfigError, match="GITHUB_APP_PRIVATE_KEY_FILE") as caught:
        connect_app(script.url, "4711", key, 77, GitHubReach(), clock)

    assert not key.value or key.value not in str(caught.value)
    assert script.asked == []


def test_wishes_that_the_installation_was_not_granted_are_left_out(script: ScriptedGitHub, clock: SetClock) -> None:
    wishes = {"contents": "write"}
    github = connect_app(script.url, "4711", pem(KEY), 77, GitHubReach(("acme/checkout",), wishes=wishes), clock)
    refusal = Reply(422, {"message": "The permissions requested are not granted to this installation."})
    script.will_reply(refusal, granted("ghs_one"), EMPTY)

    github.tags("acme/checkout")
    github.close()

    asked = [one.json["permissions"]["contents"] for one in script.asked[:2]]
    assert asked == ["write", "read"]
    assert bearer(script.asked[2]) == "ghs_one"


def asked_for(asked: Asked) -> tuple[list[str], str]:
    return asked.json["repositories"], asked.json["permissions"]["contents"]


def test_a_repository_that_is_only_good_to_have_is_left_out_where_the_app_is_not_installed(script: ScriptedGitHub, clock: SetClock) -> None:
    reach = GitHubReach(("acme/checkout",), ("acme/audit",), {"contents": "write"})
    github = connect_app(script.url, "4711", pem(KEY), 77, reach, clock)
    refusal = Reply(422, {"message": "There is at least one repository that does not exist or is not accessible."})
    script.will_reply(refusal, granted("ghs_one"), EMPTY)

    github.tags("acme/checkout")
    github.close()

    assert [asked_for(one) for one in script.asked[:2]] == [(["audit", "checkout"], "write"), (["checkout"], "write")]


def test_a_reload_widens_the_token_to_the_new_repositories(github: RestGitHub, script: ScriptedGitHub) -> None:
    script.will_reply(granted("ghs_one"), EMPTY, granted("ghs_two"), EMPTY)
    github.tags("acme/checkout")

    github.narrow(GitHubReach(("acme/checkout", "acme/search", "acme/payments")))
    github.tags("acme/payments")

    assert asked_for(script.asked[2]) == (["checkout", "payments", "search"], "read")
    assert bearer(script.asked[3]) == "ghs_two"


def test_a_reload_that_names_a_repository_without_the_app_leaves_the_others_served(github: RestGitHub, script: ScriptedGitHub) -> None:
    refusal = Reply(422, {"message": "There is at least one repository that does not exist or is not accessible."})
    script.will_reply(granted("ghs_one"), EMPTY, refusal, granted("ghs_two"), EMPTY)
    github.tags("acme/checkout")

    github.narrow(GitHubReach(("acme/checkout", "acme/search", "acme/typo")))
    github.tags("acme/checkout")

    assert [asked_for(one)[0] for one in script.asked[2:4]] == [["checkout", "search", "typo"], ["checkout", "search"]]
    assert bearer(script.asked[4]) == "ghs_two"


def test_a_token_reaches_the_services_and_where_the_audit_s_head_goes() -> None:
    services = {"checkout": Service("checkout", "acme/checkout", "main", {})}
    with_audit = Configuration("C0OPS", (), {}, services, audit_repo="acme/audit", locks=LockSettings(layout=LockLayout.JOURNAL))
    assert github_reach(with_audit) == GitHubReach(("acme/checkout",), ("acme/audit",), {"contents": "write"})
