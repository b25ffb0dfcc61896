"""Hints in refusals: what was probably meant, and what there is."""

import difflib
from collections.abc import Sequence

from bot.core.markup import Mrkdwn, code, escape, md, shorten

MEANT_FROM = 3
MOST_NAMED = 10
LONGEST_NAME = 60


def did_you_mean(word: str, known: Sequence[str], nearness: float = 0.6) -> Mrkdwn:
    """Return ` Did you mean …?` when something known is near, else nothing; it stands behind a full stop.

    Args:
        nearness: from 0 to 1, how like each other the two must be; more of it where most words are no mistakes.
    """
    longer = [name for name in known if len(word) >= MEANT_FROM and name.lower().startswith(word.lower())]  # "prod" for "production"
    near = longer[:1] or difflib.get_close_matches(word, known, n=1, cutoff=nearness)
    return md(" Did you mean {}?", code(near[0])) if near else escape("")


def named(known: Sequence[str]) -> str:
    """Return what there is, for a refusal: at most ten names, and how many more."""
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return (", ".join(known[:MOST_NAMED]) or "none") + more


def no_service(name: str, known: Sequence[str]) -> Mrkdwn:
    """Say that there is no such service, which may have been meant, and which there are."""
    return md("There is no service {}.{} Known: {}.", code(shorten(name, LONGEST_NAME)), did_you_mean(name, known), named(known))


def no_environment(name: str, service: str, known: Sequence[str]) -> Mrkdwn:
    """Say that a service has no such environment, which may have been meant, and which it has."""
    return md("{} has no environment {}.{} It has {}.", service, code(shorten(name, LONGEST_NAME)), did_you_mean(name, known), named(known))
