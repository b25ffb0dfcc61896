"""Reviews on GitHub, as plugins ask for them."""

from typing import Protocol


class ReviewsApi(Protocol):
    """Runs that wait for the required reviewers of an environment on GitHub."""

    def decide(self, operation_id: str, actor: str, *, approves: bool) -> None:
        """Approve or reject on GitHub, with a comment that names the person, whatever the run waits for and our account may review.

        Raises:
            UserError: the person may not, it is not configured, it waits for nothing any more, or GitHub says no.
            Unavailable: GitHub could not be asked; nothing was changed.
        """
