"""Runs on GitHub, as plugins ask for something to be done about them."""

from typing import Protocol

from bot.core.operations import Operation


class RunsApi(Protocol):
    """What a person can ask of the run of an operation. Who may, and whether it fits, is checked in here.

    Each call raises `UserError` when it can't be done, with how things stand, and `OutcomeUnknown` when GitHub did not answer: then it is looked
    up, and never asked again blindly.
    """

    def get(self, operation_id: str) -> Operation:
        """Return an operation."""

    def cancel(self, operation_id: str, actor: str, back_to: str = "") -> Operation:
        """Ask that a run ends; `back_to` is the version that is rolled back to as soon as it has."""

    def rerun(self, operation_id: str, actor: str) -> Operation:
        """Ask for the failed jobs of a run once more."""
