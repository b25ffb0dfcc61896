"""Reviews that runs wait for on GitHub: looked for, told, and given by our buttons where the configuration and GitHub allow it."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.core.approvals import check_approver
from bot.core.blocks import Message
from bot.core.configuration import Configuration, Environment
from bot.core.markup import code, md
from bot.core.operations import Operation, OperationState
from bot.core.reviews import PendingReview, comment_of, reviewed_note, say_waiting
from bot.engine.permissions import Permissions, let_through
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, OutcomeUnknown, Rejected, UserError
from bot.ports.github import GitHub, Run
from bot.ports.journal import AuditEvent, Journal

log = logging.getLogger(__name__)

WAITING = "waiting"  # GitHub's word for a run that an environment holds up


class RunReviews:
    """What the follower asks: which reviews a run waits for, and who gave them."""

    def __init__(self, configuration: Configuration, github: GitHub, stories: Stories) -> None:
        self._configuration = configuration
        self._github = github
        self._stories = stories

    def of(self, operation: Operation, run: Run) -> tuple[PendingReview, ...]:
        """Return what the run waits for now. Without `github_reviews` none of it is ours to give."""
        if run.status != WAITING:
            return ()
        try:
            found = self._github.pending_reviews(operation.repo, run.id)
        except ChatopsError as error:
            log.warning("reviews.unknown", extra={"fields": {"operation": operation.id, "error": str(error)}})
            return operation.reviews
        ours = _environment(self._configuration, operation)
        is_on = ours is not None and ours.github_reviews and bool(ours.approvers)
        return tuple(review if is_on else replace(review, we_can=False) for review in found)

    def tell(self, before: Operation, after: Operation) -> None:
        """Say in the thread that the run waits, or who reviewed it."""
        if after.reviews and not before.reviews:
            self._stories.tell(after, Message.of(say_waiting(after.reviews, after.run_url)))
        elif before.reviews and not after.reviews:
            try:
                note = reviewed_note(self._github.reviews(after.repo, after.run_id or 0))
            except ChatopsError as error:
                log.warning("reviews.unknown", extra={"fields": {"operation": after.id, "error": str(error)}})
                return
            if note:
                self._stories.tell(after, note)


class ReviewEngine:
    """See `bot.api.ReviewsApi` for what each member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        github: GitHub,
        permissions: Permissions,
        clock: Clock,
        follow: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._permissions = permissions
        self._clock = clock
        self._follow = follow

    def decide(self, operation_id: str, actor: str, *, approves: bool) -> None:
        operation = self._waiting(operation_id)
        environment = _environment(self._configuration, operation)
        ours = [review for review in operation.reviews if review.we_can]
        if environment is None or not environment.github_reviews or not ours:
            raise UserError(md("I may not review this. Review it on GitHub: {}", operation.run_url))
        let_through(
            self._permissions.member(actor),
            self._permissions.role(actor, environment.approvers),
            check_approver(actor, operation.actor, (), self._permissions.logins),
        )
        comment = comment_of(self._permissions.name_of(actor), self._permissions.logins.get(actor, ""), approves)
        names = [review.environment for review in ours]
        self._note(operation, actor, "operation.review_asked", {"approves": approves, "environments": names})
        try:
            self._github.review(operation.repo, operation.run_id or 0, [review.environment_id for review in ours], approves, comment)
        except OutcomeUnknown as error:
            self._follow()
            raise UserError("GitHub's answer was lost. Its message will show in a moment how the run stands.") from error
        except Rejected as error:
            self._follow()
            raise UserError(md("Nothing was changed: {}", str(error))) from error
        self._note(operation, actor, "operation.reviewed", {"approves": approves, "environments": names})
        self._follow()

    def _waiting(self, operation_id: str) -> Operation:
        with self._journal.read() as tx:
            operation = tx.operations.get(operation_id)
        if operation is None:
            raise UserError(md("There is no operation {}.", code(operation_id)))
        if operation.state is not OperationState.RUNNING or not operation.reviews:
            raise UserError(
                md(
                    "Nothing was changed: {} {} is {} and waits for no review.",
                    operation.service,
                    code(operation.version),
                    operation.state.words,
                )
            )
        return operation

    def _note(self, operation: Operation, actor: str, action: str, detail: dict[str, object]) -> None:
        with self._journal.begin() as tx:
            tx.audit.add(AuditEvent(self._clock.now(), actor, action, operation.story, {**detail, "run_id": operation.run_id}))


def _environment(configuration: Configuration, operation: Operation) -> Environment | None:
    service = configuration.services.get(operation.service)
    return service.environments.get(operation.environment) if service else None
