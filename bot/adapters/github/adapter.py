"""The `GitHub` port over REST: each call goes to the room of its topic."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.adapters.github import checks, deployments, job_log, lock_refs, refs, reviews, runs, workflows
from bot.adapters.github.app_token import AppTokens
from bot.adapters.github.client import Client
from bot.adapters.github.dispatching import Dispatching
from bot.adapters.github.tokens import FixedToken
from bot.core.configuration import GitHubReach
from bot.core.gates import Check
from bot.core.operations import JobProgress
from bot.core.redaction import Secret
from bot.core.reviews import PendingReview, Review
from bot.ports.clock import Clock
from bot.ports.github import Commit, Comparison, Deployed, Dispatched, FailedLog, Quota, Run, Workflow
from bot.ports.locks import StoredLock


def connect(url: str, token: Secret, clock: Clock) -> "RestGitHub":
    """Return GitHub as a token sees it. Nothing is asked yet.

    Raises:
        ConfigError: the environment would change how requests are authorised.
    """
    return RestGitHub(Client(url, FixedToken(token), clock))


def connect_app(
    url: str,
    app_id: str,
    private_key: Secret,
    installation_id: int,
    reach: GitHubReach,
    clock: Clock,
) -> "RestGitHub":
    """Return GitHub as an App's installation sees it, narrowed to `reach` and to what the port needs. Nothing is asked yet.

    Raises:
        ConfigError: the key can't be read, or the environment would change how requests are authorised.
    """
    return RestGitHub(Client(url, AppTokens(url, app_id, private_key, installation_id, reach, clock), clock))


class RestGitHub:
    """GitHub over its REST API; safe to use from several threads. See the port for what each call promises."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._dispatching = Dispatching(client)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def may_write(self, repo: str, nowhere: str) -> bool:
        """Say whether the token may change branches of a repository; nothing is changed.

        Args:
            nowhere: the name of a branch that is surely not there.
        """
        return lock_refs.may_write(self._client, repo, nowhere)

    def narrow(self, reach: GitHubReach) -> None:
        """Let the token reach what a new configuration needs, where that can be chosen."""
        self._client.narrow(reach)

    def tags(self, repo: str) -> list[str]:
        return refs.tags(self._client, repo)

    def resolve(self, repo: str, ref: str) -> Commit:
        return refs.resolve(self._client, repo, ref)

    def tag_sha(self, repo: str, tag: str) -> str | None:
        return refs.tag_sha(self._client, repo, tag)

    def compare(self, repo: str, base: str, head: str) -> Comparison:
        return refs.compare(self._client, repo, base, head)

    def commits(self, repo: str, ref: str, limit: int, path: str = "") -> list[Commit]:
        return refs.commits(self._client, repo, ref, limit, path)

    def environments(self, repo: str) -> list[str]:
        return workflows.environments(self._client, repo)

    def reviewers(self, repo: str) -> dict[str, tuple[str, ...]]:
        """Return the environments of a repository, each with whose review GitHub asks for there. Only `chatopsd doctor` asks: it is not in the port."""
        return workflows.reviewers(self._client, repo)

    def generated_notes(self, repo: str, tag: str, sha: str, previous: str) -> str:
        return refs.generated_notes(self._client, repo, tag, sha, previous)

    def checks(self, repo: str, sha: str) -> list[Check]:
        return checks.checks(self._client, repo, sha)

    def workflow(self, repo: str, file: str, ref: str) -> Workflow:
        return workflows.workflow(self._client, repo, file, ref)

    def dispatch(self, repo: str, workflow: str, ref: str, inputs: Mapping[str, str]) -> Dispatched:
        return self._dispatching.dispatch(repo, workflow, ref, inputs)

    def server_time(self) -> datetime:
        return self._client.server_time()

    def quota(self) -> Quota | None:
        return self._client.quota

    def recent_runs(self, repo: str, created_after: datetime) -> list[Run]:
        return runs.recent_runs(self._client, repo, created_after)

    def run(self, repo: str, run_id: int) -> Run:
        return runs.run(self._client, repo, run_id)

    def jobs(self, repo: str, run_id: int) -> list[JobProgress]:
        return runs.jobs(self._client, repo, run_id)

    def cancel(self, repo: str, run_id: int) -> None:
        runs.cancel(self._client, repo, run_id)

    def rerun_failed(self, repo: str, run_id: int) -> None:
        runs.rerun_failed(self._client, repo, run_id)

    def failed_log(self, repo: str, run_id: int, lines: int) -> FailedLog:
        return job_log.failed_log(self._client, repo, run_id, lines)

    def deployed(self, repo: str, environment: str) -> Deployed | None:
        return deployments.deployed(self._client, repo, environment)

    def was_deployed(self, repo: str, environment: str, tag: str) -> bool:
        return deployments.was_deployed(self._client, repo, environment, tag)

    def release_url(self, repo: str, tag: str) -> str:
        return refs.release_url(self._client, repo, tag)

    def find_lock(self, repo: str, branch: str) -> StoredLock | None:
        return lock_refs.find(self._client, repo, branch)

    def create_lock(self, repo: str, branch: str, text: str, message: str) -> str:
        return lock_refs.create(self._client, repo, branch, text, message)

    def replace_lock(self, repo: str, branch: str, sha: str, text: str, message: str) -> str:
        return lock_refs.replace(self._client, repo, branch, sha, text, message)

    def remove_lock(self, repo: str, branch: str, sha: str) -> None:
        lock_refs.remove(self._client, repo, branch, sha)

    def pending_reviews(self, repo: str, run_id: int) -> list[PendingReview]:
        return reviews.pending(self._client, repo, run_id)

    def reviews(self, repo: str, run_id: int) -> list[Review]:
        return reviews.given(self._client, repo, run_id)

    def review(self, repo: str, run_id: int, environment_ids: Sequence[int], approves: bool, comment: str) -> None:
        reviews.decide(self._client, repo, run_id, environment_ids, approves, comment)
