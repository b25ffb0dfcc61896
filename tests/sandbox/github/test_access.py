"""Tokens, permissions, limits, ETags and faults, as GitHub has them."""

import base64
import json
import time
from typing import Any

import httpx2
import pytest
from ghapi.core import APIError

from tests.sandbox.github.server import GitHubServer

DISPATCH = "/repos/acme/checkout/actions/workflows/release.yml/dispatches"


def failure(call: Any, *arguments: Any, **named: Any) -> tuple[int, str]:
    with pytest.raises(APIError) as caught:
        call(*arguments, **named)
    return caught.value.status_code, caught.value.response.json()["message"]


def body(github: GitHubServer) -> dict[str, Any]:
    return {"ref": "main", "inputs": {"version": "1.5.0", "sha": github.head(), "environment": "staging", "dispatch_id": "d-1"}}


def jwt(**claims: Any) -> str:
    parts = ({"alg": "RS256", "typ": "JWT"}, {"iat": int(time.time()) - 30, "exp": int(time.time()) + 300, "iss": "424242", **claims})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def test_a_wrong_token_is_bad_credentials(github: GitHubServer) -> None:
    assert failure(github.api(token="wrong").repos.get) == (401, "Bad credentials")


def test_a_repository_that_a_token_cannot_see_does_not_exist(github: GitHubServer) -> None:
    github.control("token", token="narrow", repos=["acme/search"])

    assert github.api("search", "narrow").repos.get()["full_name"] == "acme/search"
    assert failure(github.api("checkout", "narrow").repos.get) == (404, "Not Found")


def test_a_missing_permission_is_named(github: GitHubServer) -> None:
    github.control("token", token="reader", permissions={"actions": "read", "contents": "read"})
    answer = github.http.post(DISPATCH, json=body(github), headers={"Authorization": "Bearer reader"})

    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by personal access token")
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "actions=write"
    assert github.api(token="reader").actions.list_workflow_runs_for_repo()["total_count"] == 0


def test_an_app_gets_a_token_narrowed_to_what_it_asks_for(github: GitHubServer) -> None:
    asked = {"repositories": ["search"], "permissions": {"actions": "write", "contents": "read"}}
    answer = github.http.post("/app/installations/31337/access_tokens", json=asked, headers={"Authorization": f"Bearer {jwt()}"})

    token = answer.json()["token"]
    assert answer.status_code == 201
    assert github.api("search", token).repos.get()["name"] == "search"
    assert failure(github.api("checkout", token).repos.get)[0] == 404
    refused = failure(github.api("search", token).git.create_ref, ref="refs/tags/x", sha="0" * 40)
    assert refused == (403, "Resource not accessible by integration")


def test_an_installation_token_lasts_an_hour(github: GitHubServer) -> None:
    head = {"Authorization": f"Bearer {jwt()}"}
    token = github.http.post("/app/installations/31337/access_tokens", headers=head).json()["token"]

    async def an_hour_passes() -> None:
        github.world.clock.advance(3601)

    github.run(an_hour_passes())
    assert failure(github.api(token=token).repos.get) == (401, "Bad credentials")


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("nonsense", "A JSON web token could not be decoded"),
        (jwt(exp=int(time.time()) + 3600), "'Expiration time' claim ('exp') is too far in the future"),
        (jwt(exp=int(time.time()) - 10), "'Expiration time' claim ('exp') is too far in the future"),
    ],
)
def test_an_apps_wrong_web_token_is_refused(github: GitHubServer, token: str, message: str) -> None:
    answer = github.http.get("/app", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["message"]) == (401, message)


def test_an_unchanged_answer_is_304_and_costs_nothing(github: GitHubServer) -> None:
    first = github.http.get("/repos/acme/checkout/tags")
    head = {"If-None-Match": first.headers["ETag"]}

    again = github.http.get("/repos/acme/checkout/tags", headers=head)
    github.control("token", token="other")
    other = github.http.get("/repos/acme/checkout/tags", headers={**head, "Authorization": "Bearer other"})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    assert other.status_code == 200


def test_a_changed_answer_has_another_etag(github: GitHubServer) -> None:
    first = github.http.get("/repos/acme/checkout/tags")
    github.api().git.create_ref(ref="refs/tags/v2.0.0", sha=github.head())

    assert github.http.get("/repos/acme/checkout/tags", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_primary_limit_refuses_until_its_reset(github: GitHubServer) -> None:
    github.side.set_limits(1)
    assert github.http.get("/user").headers["x-ratelimit-remaining"] == "0"

    refused = github.http.get("/user")

    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded")
    assert int(refused.headers["x-ratelimit-reset"]) > github.world.clock.timestamp()
    assert github.http.get("/rate_limit").json()["rate"]["remaining"] == 0

    async def an_hour_passes() -> None:
        github.world.clock.advance(3601)

    github.run(an_hour_passes())
    assert github.http.get("/user").status_code == 200


def test_the_secondary_limit_wants_writes_apart(github: GitHubServer) -> None:
    github.side.set_limits(secondary=True)

    answers = [github.http.post(DISPATCH, json=body(github)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 403]
    assert "secondary rate limit" in answers[1].json()["message"]
    assert answers[1].headers["retry-after"]


def test_answers_carry_the_worlds_date(github: GitHubServer) -> None:
    async def a_day_passes() -> None:
        github.world.clock.advance(86_400)

    github.run(a_day_passes())

    assert github.http.head("/user").headers["Date"].startswith(f"{github.world.clock.now():%a, %d %b %Y}")


def test_an_answer_lost_after_the_dispatch_was_accepted_leaves_a_run(github: GitHubServer) -> None:
    inputs = body(github)
    github.fault("actions/create-workflow-dispatch", "lost")

    with pytest.raises(httpx2.TransportError):
        github.http.post(DISPATCH, json=inputs)

    assert len(github.repo()["runs"]) == 1


@pytest.mark.parametrize(("fault", "status", "runs"), [("error_after", 502, 1), ("error", 500, 0)])
def test_a_server_error_comes_with_or_without_a_run(github: GitHubServer, fault: str, status: int, runs: int) -> None:
    inputs = body(github)
    github.fault("actions/create-workflow-dispatch", fault, status=status)

    assert github.http.post(DISPATCH, json=inputs).status_code == status
    assert len(github.repo()["runs"]) == runs


def test_what_is_no_operation_is_githubs_404_and_not_a_page(github: GitHubServer) -> None:
    answer = github.http.get("/repos/acme/checkout/nonsense")

    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_an_unknown_api_version_is_refused(github: GitHubServer) -> None:
    assert github.http.get("/user", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400


def test_requests_are_recorded_under_their_openapi_names(github: GitHubServer) -> None:
    github.api().repos.list_tags()

    assert github.world.record.select("github", "repos/list-tags")[-1]["status"] == 200
