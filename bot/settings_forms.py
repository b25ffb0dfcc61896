"""What the tables of `chatops.toml` are made of: forms of single values, each with what is expected there."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from bot.core.durations import parse_duration


def wrong(expected: str) -> PydanticCustomError:
    """Return the error that says what was expected."""
    # pydantic fills in {…} from the context: the text goes in as a value, so that its own braces stay.
    return PydanticCustomError("expected", "{expected}", {"expected": expected})


def matching(pattern: str, expected: str) -> AfterValidator:
    """Take a text that matches all of a pattern."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise wrong(expected)
        return text

    return AfterValidator(check)


def duration(example: str, longest: timedelta) -> BeforeValidator:
    """Take a length of time such as "15m"."""

    def check(text: object) -> timedelta:
        if isinstance(text, timedelta):  # a default of ours
            return text
        try:
            length = parse_duration(text) if isinstance(text, str) else timedelta()
        except (ValueError, OverflowError):
            length = timedelta()
        if not length:
            raise wrong(f"a duration such as {example}")
        if length > longest:
            raise wrong(f"a duration of at most {_shown(longest)}")
        return length

    return BeforeValidator(check)


def short_for(key: str, *kinds: type) -> BeforeValidator:
    """Let a bare value stand for a table with only that key."""

    def check(found: object) -> object:
        return {key: found} if isinstance(found, kinds) else found

    return BeforeValidator(check)


def one_or_many(expected: str) -> BeforeValidator:
    """Take a text, or a list of texts, none of them empty."""

    def check(found: object) -> object:
        texts = [found] if isinstance(found, str) else found
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise wrong(expected)
        return texts

    return BeforeValidator(check)


def _shown(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{length.days}d" if length.days else f"{minutes // 60}h" if minutes >= 60 and not minutes % 60 else f"{minutes}m"


NotEmpty = Annotated[str, matching(r"(?s).*\S.*", "a text that is not empty")]


class Table(BaseModel):
    """A table of the file: no unknown keys, no guessed types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
