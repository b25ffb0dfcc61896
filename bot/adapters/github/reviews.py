"""Reviews of environments that a run waits for."""

from collections.abc import Sequence
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.core.reviews import PendingReview, Review


def pending(client: Client, repo: str, run_id: int) -> list[PendingReview]:
    """Return the environments that a run waits for. GitHub answers them in one piece."""
    what = f"the reviews that the run {run_id} of {repo} waits for"
    return client.read(
        "actions.get_pending_deployments_for_run",
        what,
        lambda raw: [_pending(one) for one in raw],
        **sendable.repository(repo),
        run_id=run_id,
    )


def given(client: Client, repo: str, run_id: int) -> list[Review]:
    """Return the reviews of a run, as GitHub lists them."""
    what = f"the reviews of the run {run_id} of {repo}"
    return client.read(
        "actions.get_reviews_for_run", what, lambda raw: [_review(one) for one in raw], **sendable.repository(repo), run_id=run_id
    )


def decide(client: Client, repo: str, run_id: int, environment_ids: Sequence[int], approves: bool, comment: str) -> None:
    """Review environments, once."""
    client.write(
        "actions.review_pending_deployments_for_run",
        f"the review of the run {run_id} of {repo}",
        **sendable.repository(repo),
        run_id=run_id,
        environment_ids=list(environment_ids),
        state="approved" if approves else "rejected",
        comment=comment,
    )


def _pending(raw: Any) -> PendingReview:
    reviewers = tuple(_name(one) for one in raw.get("reviewers") or ())
    return PendingReview(int(raw["environment"]["id"]), str(raw["environment"]["name"]), reviewers, bool(raw["current_user_can_approve"]))


def _name(raw: Any) -> str:
    """Return a reviewer: a person's login, or a team's name."""
    who = raw["reviewer"]
    return str(who.get("login") or f"@{who.get('slug') or who['name']}")


def _review(raw: Any) -> Review:
    names = tuple(str(one["name"]) for one in raw.get("environments") or ())
    account = raw.get("user") or {}
    return Review(str(raw["state"]), str(account.get("login") or "somebody"), str(raw.get("comment") or ""), names)
