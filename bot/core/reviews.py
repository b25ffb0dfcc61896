"""Reviews on GitHub that a run waits for: environments with required reviewers."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.blocks import Block, Message, button, confirm
from bot.core.markup import Mrkdwn, join, link, md, shorten

REVIEW_APPROVE = "review_approve"
REVIEW_REJECT = "review_reject"
MOST_SHOWN = 6  # environments, and reviewers of one


@dataclass(frozen=True, slots=True)
class PendingReview:
    """An environment that a run waits for on GitHub."""

    environment_id: int
    environment: str
    reviewers: tuple[str, ...]  # logins and teams
    we_can: bool  # whether GitHub lets the account of our token review it


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody decided on GitHub."""

    state: str  # GitHub's word: "approved", "rejected"
    by: str  # a login
    comment: str
    environments: tuple[str, ...]


def say_waiting(reviews: Sequence[PendingReview], run_url: str) -> Mrkdwn:
    """Say which reviews a run waits for, and who may give them."""
    parts = [md("*{}*, by {}", shorten(review.environment, 75), _who(review)) for review in reviews[:MOST_SHOWN]]
    if len(reviews) > MOST_SHOWN:
        parts.append(md("{} more", len(reviews) - MOST_SHOWN))
    return md("✋ Waits on GitHub for a review of {} · {}", join("; ", parts), link(run_url, "review it there"))


def _who(review: PendingReview) -> str:
    names = [shorten(name, 40) for name in review.reviewers[:MOST_SHOWN]]
    more = [f"{len(review.reviewers) - MOST_SHOWN} more"] if len(review.reviewers) > MOST_SHOWN else []
    return " or ".join(names + more) or "its reviewers"


def review_buttons(operation_id: str, reviews: Sequence[PendingReview]) -> list[Block]:
    """Return the buttons that review on GitHub what we may; none when that is nothing."""
    ours = [review.environment for review in reviews if review.we_can]
    if not ours:
        return []
    names = ", ".join(ours)
    sure = confirm("Approve on GitHub?", shorten(f"The run goes on to {names}. GitHub shows your name in the comment.", 300), "Approve")
    stop = confirm("Reject on GitHub?", shorten(f"The run ends before {names}. GitHub shows your name in the comment.", 300), "Reject")
    return [
        button("Approve on GitHub", REVIEW_APPROVE, value=operation_id, style="primary", confirm=sure),
        button("Reject on GitHub", REVIEW_REJECT, value=operation_id, style="danger", confirm=stop),
    ]


def reviewed_note(reviews: Sequence[Review]) -> Message | None:
    """Say who decided on GitHub; None when GitHub does not tell."""
    if not reviews:
        return None
    lines = [
        md(
            "{} {} {} *{}* on GitHub{}",
            "✅" if review.state == "approved" else "⛔",
            review.by,
            review.state,
            ", ".join(review.environments),
            md(": “{}”", shorten(" ".join(review.comment.split()), 300)) if review.comment.strip() else md(""),
        )
        for review in reviews
    ]
    return Message.of(join("\n", lines))


def comment_of(name: str, login: str, approves: bool) -> str:
    """Return the comment of a review that was given by our buttons: it names the person."""
    who = f"{name} (@{login})" if login else name
    return f"{'Approved' if approves else 'Rejected'} by {who} in Slack, through chatopsd."
