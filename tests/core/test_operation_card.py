from dataclasses import replace

import pytest

from bot.core.operation_buttons import buttons_of
from bot.core.operation_card import operation_card
from bot.core.operations import OperationKind, OperationState
from tests.core.test_operations import operation


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (OperationKind.RELEASE, "Release by Ann · main at `aaaaaaa` · `a1b2c3d4`"),
        (OperationKind.TAG, "Tag by Ann · main at `aaaaaaa` · `a1b2c3d4`"),
        (OperationKind.DEPLOY, "Deploy by Ann · at `aaaaaaa` · `a1b2c3d4`"),
        (OperationKind.ROLLBACK, "Rollback by Ann · at `aaaaaaa` · `a1b2c3d4`"),
    ],
)
def test_only_what_is_cut_anew_is_said_to_be_at_the_branch(kind: OperationKind, said: str) -> None:
    card = operation_card(replace(operation(OperationState.SUCCEEDED), kind=kind), "Ann")

    assert said in str(card.blocks)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (OperationKind.RELEASE, "This releases checkout v1.5.0 to production, commit aaaaaaa, as soon as you confirm."),
        (OperationKind.DEPLOY, "This deploys checkout v1.5.0 to production, commit aaaaaaa, as soon as you confirm."),
        (OperationKind.ROLLBACK, "This rolls checkout back to v1.5.0 in production, commit aaaaaaa, as soon as you confirm."),
        (OperationKind.TAG, "This cuts the tag v1.5.0 of checkout, commit aaaaaaa, as soon as you confirm."),
    ],
)
def test_who_approves_is_told_what_they_set_off(kind: OperationKind, said: str) -> None:
    waiting = replace(operation(OperationState.AWAITING_APPROVAL), kind=kind, approvals_needed=1)

    assert said in str(buttons_of(waiting)[0]["confirm"])
