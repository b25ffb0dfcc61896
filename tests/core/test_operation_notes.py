"""What is said in an operation's thread to those whom its end concerns."""

from dataclasses import replace

import pytest

from bot.core.operation_notes import ended_note
from bot.core.operations import OperationState
from tests.core.test_operations import operation

FAILED = replace(operation(OperationState.FAILED), actor="U0ANN", rerun_by="U0BOB", reason="No tag was cut.")


@pytest.mark.parametrize(
    ("whom", "begins", "ends"),
    [
        (["U0ANN"], "<@U0ANN>, your release of ", " failed. No tag was cut."),
        (["U0ANN", "U0BOB"], "<@U0ANN>, your release of ", " failed. No tag was cut. (<@U0BOB> had its failed jobs run again.)"),
        (["U0BOB"], "<@U0BOB>, the release of ", ", whose failed jobs you had run again, failed. No tag was cut."),
    ],
)
def test_an_end_without_success_mentions_those_who_did_not_bring_it_about(whom: list[str], begins: str, ends: str) -> None:
    note = ended_note(FAILED, whom)

    assert note
    assert note.text.startswith(begins)
    assert note.text.endswith(ends)
    assert note.text.count("<@") == len(whom)


def test_success_is_told_by_the_message_alone() -> None:
    assert ended_note(operation(OperationState.SUCCEEDED), ["U0ANN"]) is None
