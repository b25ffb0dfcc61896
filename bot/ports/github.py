"""GitHub, as the engine sees it: what a release reads, the one dispatch that it makes, the run that it follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.gates import Check
from bot.core.inputs import WorkflowInput as WorkflowInput
from bot.core.operations import JobProgress
from bot.core.reviews import PendingReview, Review
from bot.core.versions import title_of

BAD_WORKFLOW = "bad_workflow"  # the code of a `Rejected`: the file is there, and is no workflow


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `author` is a login where GitHub knows one, else the name in the commit."""

    sha: str
    message: str
    author: str
    committed_at: datetime | None = None  # the committer's date: for what was merged on GitHub, when that was


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lies between two points. `commits` is oldest first and holds at most the newest 250; `total` counts all. `files` are those that changed."""

    total: int
    commits: tuple[Commit, ...]
    url: str
    files: tuple[str, ...] = ()  # at most the first 300

    @property
    def subjects(self) -> tuple[tuple[str, str], ...]:
        """The title and the author of each commit, the newest first."""
        return tuple((title_of(commit.message), commit.author) for commit in reversed(self.commits))


NOTHING_BETWEEN = Comparison(0, (), "")


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file at a ref. `inputs` is None when it has no `workflow_dispatch` trigger."""

    file: str
    blob_sha: str
    inputs: tuple[WorkflowInput, ...] | None


@dataclass(frozen=True, slots=True)
class Dispatched:
    """An accepted dispatch. `run_id` is None where the server does not tell it: find the run by the dispatch id."""

    run_id: int | None
    run_url: str


@dataclass(frozen=True, slots=True)
class Run:
    """A workflow run. `status` and `conclusion` are GitHub's own words; `conclusion` is "" until it has completed."""

    id: int
    number: int
    name: str
    title: str
    status: str
    conclusion: str
    url: str
    head_sha: str
    attempt: int
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FailedLog:
    """The end of a failing job's log. `url` leads to the line on GitHub, or as near to it as can be known; "" when there is no job."""

    tail: str
    url: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment record that says what is live. `ref` and `sha` are those of the run that made it, which need not be what was deployed."""

    ref: str
    sha: str
    by: str  # a GitHub login
    at: datetime  # when it succeeded
    run_id: int | None  # None where no run of a workflow made it
    url: str  # of its log; "" when it has none


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may still be asked of GitHub before its limit is reset."""

    limit: int
    remaining: int
    resets_at: datetime


class GitHub(Protocol):
    """GitHub over its REST API. `repo` is `owner/repository`.

    Every call raises `Unavailable` (nothing happened; try again, maybe after `retry_after_s`), `NotFound`, or `Rejected`. Every name is checked against
    `core.names` before it is sent; one that does not pass is `Rejected`.
    """

    def tags(self, repo: str) -> list[str]:
        """Return the names of all tags, in no particular order."""

    def resolve(self, repo: str, ref: str) -> Commit:
        """Return the commit that a branch, tag or full commit id points to.

        Raises:
            NotFound: there is no such ref.
        """

    def tag_sha(self, repo: str, tag: str) -> str | None:
        """Return the commit that a tag points to, None when there is no such tag."""

    def compare(self, repo: str, base: str, head: str) -> Comparison:
        """Return what `head` has over `base`."""

    def commits(self, repo: str, ref: str, limit: int, path: str = "") -> list[Commit]:
        """Return the newest `limit` commits of a ref, newest first; only those that touch `path`, when it is given."""

    def environments(self, repo: str) -> list[str]:
        """Return the names of the environments that a repository has on GitHub."""

    def generated_notes(self, repo: str, tag: str, sha: str, previous: str) -> str:
        """Return the release notes that GitHub writes for a tag that need not exist yet; nothing is saved.

        Args:
            previous: the tag since which; "" lets GitHub choose.

        Raises:
            Rejected: the token may not (it takes Contents write).
        """

    def checks(self, repo: str, sha: str) -> list[Check]:
        """Return what the check runs and the statuses of a commit say."""

    def workflow(self, repo: str, file: str, ref: str) -> Workflow:
        """Return a workflow file's inputs at a ref.

        Raises:
            NotFound: there is no such file at that ref.
            Rejected: it does not parse.
        """

    def dispatch(self, repo: str, workflow: str, ref: str, inputs: Mapping[str, str]) -> Dispatched:
        """Ask for a run, exactly one request: never repeated in here.

        Raises:
            Unavailable: provably not sent, or refused for the rate: it may be tried again.
            Rejected: refused for good; the text is GitHub's.
            OutcomeUnknown: the request may have been accepted: look for the run by its dispatch id.
        """

    def server_time(self) -> datetime:
        """Return GitHub's own clock, by the `Date` of its last answer."""

    def quota(self) -> Quota | None:
        """Return what is left to ask, by GitHub's last answer; None when it did not say yet."""

    def recent_runs(self, repo: str, created_after: datetime) -> list[Run]:
        """Return the dispatched runs of a repository that were created after a time, all pages. The list may lag by minutes."""

    def run(self, repo: str, run_id: int) -> Run:
        """Return one run."""

    def jobs(self, repo: str, run_id: int) -> list[JobProgress]:
        """Return the jobs of a run's latest attempt."""

    def failed_log(self, repo: str, run_id: int, lines: int) -> FailedLog:
        """Return the last lines of the log of the first failed job, time stamps and colours removed; "" when there is none."""

    def cancel(self, repo: str, run_id: int) -> None:
        """Ask that a run ends. Raises as `dispatch` does; `Rejected` when it has ended already."""

    def rerun_failed(self, repo: str, run_id: int) -> None:
        """Ask for the failed jobs of a run once more, exactly one request: it makes a new attempt each time. Raises as `dispatch` does."""

    def deployed(self, repo: str, environment: str) -> Deployed | None:
        """Return the newest deployment of an environment whose state is success; None when none of the newest is."""

    def was_deployed(self, repo: str, environment: str, tag: str) -> bool:
        """Say whether a deployment of a tag to an environment ever succeeded, by GitHub's records."""

    def release_url(self, repo: str, tag: str) -> str:
        """Return the address of the release of a tag, "" when there is none."""

    def pending_reviews(self, repo: str, run_id: int) -> list[PendingReview]:
        """Return the environments whose reviewers a run waits for."""

    def reviews(self, repo: str, run_id: int) -> list[Review]:
        """Return what reviewers decided on a run."""

    def review(self, repo: str, run_id: int, environment_ids: Sequence[int], approves: bool, comment: str) -> None:
        """Decide on environments that a run waits for, as the account of our token.

        Raises:
            Rejected: it waits for none of them any more, or the account may not.
            OutcomeUnknown: it may have been decided.
        """
