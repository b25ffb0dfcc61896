"""A dispatch is accepted, or refused in GitHub's own words."""

from typing import Any

import pytest
from ghapi.core import APIError

from tests.sandbox.github.server import GitHubServer

SHA = "0" * 40
GOOD = {"version": "1.5.0", "sha": SHA, "environment": "staging", "dispatch_id": "d-1"}
TYPED = """\
on:
  workflow_dispatch:
    inputs:
      count: {type: number, default: 3}
      dry: {type: boolean}
      place: {type: environment}
      free: {type: string}
jobs:
  one:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
"""


def refusal(github: GitHubServer, workflow: str = "release.yml", ref: str = "main", **more: Any) -> tuple[int, str]:
    with pytest.raises(APIError) as caught:
        github.api().actions.create_workflow_dispatch(workflow, ref=ref, **more)
    return caught.value.status_code, caught.value.response.json()["message"]


def test_an_accepted_dispatch_names_its_run_when_asked(github: GitHubServer) -> None:
    answer = github.api().actions.create_workflow_dispatch("release.yml", ref="main", inputs=GOOD, return_run_details=True)

    run = github.api().actions.get_workflow_run(answer["workflow_run_id"])
    assert run["display_title"] == "Release 1.5.0 to staging [d-1]"
    assert answer["run_url"] == run["url"]
    assert answer["html_url"] == f"{github.url}/acme/checkout/actions/runs/{run['id']}"
    assert run["id"] > 2**31


def test_an_accepted_dispatch_answers_nothing_when_not_asked(github: GitHubServer) -> None:
    assert github.api().actions.create_workflow_dispatch("release.yml", ref="main", inputs=GOOD) is None
    assert github.wire[-1].status == 204
    assert len(github.repo()["runs"]) == 1


def test_the_newer_api_version_always_answers_the_run_and_refuses_to_be_asked(github: GitHubServer) -> None:
    url, version = "/repos/acme/checkout/actions/workflows/release.yml/dispatches", {"X-GitHub-Api-Version": "2026-03-10"}

    answer = github.http.post(url, json={"ref": "main", "inputs": GOOD}, headers=version)
    asked = github.http.post(url, json={"ref": "main", "inputs": GOOD, "return_run_details": True}, headers=version)

    assert (answer.status_code, set(answer.json())) == (200, {"workflow_run_id", "run_url", "html_url"})
    assert (asked.status_code, asked.json()["message"]) == (422, 'Invalid request.\n\n"return_run_details" is not a permitted key.')


def test_an_older_server_does_not_know_return_run_details(github: GitHubServer) -> None:
    github.control("settings", return_run_details=False)

    assert refusal(github, inputs=GOOD, return_run_details=True) == (
        422,
        'Invalid request.\n\n"return_run_details" is not a permitted key.',
    )
    assert github.repo()["runs"] == []


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({**GOOD, "extra": "1", "more": "2"}, 'Unexpected inputs provided: ["extra", "more"]'),
        ({key: GOOD[key] for key in GOOD if key != "version"}, "Required input 'version' not provided"),
        ({**GOOD, "version": ""}, "Required input 'version' not provided"),
        ({**GOOD, "environment": "moon"}, "Provided value 'moon' for input 'environment' not in the list of allowed values"),
        ({**GOOD, "notes": "x" * 65_535}, "inputs are too large."),
        ({f"i{n}": "x" for n in range(26)}, "Invalid request.\n\nNo more than 25 properties are allowed; 26 were supplied."),
        ({**GOOD, "version": 15}, "Invalid request.\n\nFor 'additionalProperties', 15 is not a string."),
        ({**GOOD, "notes": None}, "Invalid request.\n\nFor 'additionalProperties', nil is not a string."),
    ],
)
def test_inputs_that_the_workflow_does_not_take_are_refused(github: GitHubServer, inputs: dict[str, Any], message: str) -> None:
    assert refusal(github, inputs=inputs) == (422, message)
    assert github.repo()["runs"] == []


def test_each_type_of_input_takes_only_its_values(github: GitHubServer) -> None:
    github.control("commit", repo="acme/checkout", branch="main", message="ci: typed", files={".github/workflows/typed.yml": TYPED})
    listed = "not in the list of allowed values"

    assert refusal(github, "typed.yml", inputs={"dry": "yes"}) == (422, f"Provided value 'yes' for input 'dry' {listed}")
    assert refusal(github, "typed.yml", inputs={"count": "many"}) == (422, "Provided value 'many' for input 'count' is not a number")
    assert refusal(github, "typed.yml", inputs={"place": "moon"}) == (422, f"Provided value 'moon' for input 'place' {listed}")
    run = github.repo("acme/checkout")["runs"] or [github.dispatch("typed.yml", place="production"), *github.repo()["runs"]][1:]
    assert run[0]["inputs"] == {"count": "3", "dry": "false", "place": "production", "free": ""}


@pytest.mark.parametrize(
    ("workflow", "ref", "status", "message"),
    [
        ("nope.yml", "main", 404, "Not Found"),
        ("release.yml", "nope", 422, "No ref found for: nope"),
        ("ci.yml", "main", 422, "Workflow does not have 'workflow_dispatch' trigger"),
    ],
)
def test_a_wrong_workflow_or_ref_is_refused(github: GitHubServer, workflow: str, ref: str, status: int, message: str) -> None:
    assert refusal(github, workflow, ref, inputs=GOOD) == (status, message)


def test_a_commit_is_no_ref(github: GitHubServer) -> None:
    sha = github.head()

    assert refusal(github, ref=sha, inputs=GOOD) == (422, f"No ref found for: {sha}")


def test_a_tag_is_a_ref_and_its_own_workflow_file_counts(github: GitHubServer) -> None:
    github.control("commit", repo="acme/checkout", branch="main", message="ci: gone", files={".github/workflows/release.yml": None})

    assert refusal(github, ref="main", inputs=GOOD)[0] == 404
    answer = github.api().actions.create_workflow_dispatch("deploy.yml", ref="v1.4.2", inputs=GOOD, return_run_details=True)
    run = github.api().actions.get_workflow_run(answer["workflow_run_id"])
    assert (run["head_branch"], run["head_sha"]) == ("v1.4.2", github.tags()["v1.4.2"])


def test_a_workflow_is_found_by_its_number_too(github: GitHubServer) -> None:
    number = github.api().actions.get_workflow("release.yml")["id"]

    assert github.api().actions.get_workflow(number)["path"] == ".github/workflows/release.yml"


def test_a_workflow_that_is_no_yaml_is_refused(github: GitHubServer) -> None:
    github.control("commit", repo="acme/checkout", branch="main", message="ci: oops", files={".github/workflows/release.yml": "on: [}"})

    status, message = refusal(github, inputs=GOOD)
    assert status == 422
    assert message.startswith("Invalid workflow file: .github/workflows/release.yml")
