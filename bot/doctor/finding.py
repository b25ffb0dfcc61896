"""What the doctor found: a line each, with what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.core.quoting import one_line
from bot.core.redaction import Redactor
from bot.ports.errors import ChatopsError


class Level(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARN = "warn"  # it works, and will hurt one day, or it could not be seen
    FAIL = "fail"  # something that people will ask for does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `remedy` is "" where there is nothing to do."""

    topic: str
    level: Level
    text: str
    remedy: str = ""

    def redacted(self, redactor: Redactor) -> "Finding":
        """Return the finding without any secret."""
        return Finding(self.topic, self.level, redactor.redact(self.text), redactor.redact(self.remedy))

    def __str__(self) -> str:
        remedy = f"\n       → {one_line(self.remedy)}" if self.remedy else ""
        return f"{self.level:<5}  {self.topic}: {one_line(self.text)}{remedy}"  # a server's own words may stand in it

    def as_json(self) -> dict[str, str]:
        """Return it as plain values."""
        return {name: str(value) for name, value in asdict(self).items()}


def ok(topic: str, text: str) -> Finding:
    return Finding(topic, Level.OK, text)


def warn(topic: str, text: str, remedy: str = "") -> Finding:
    return Finding(topic, Level.WARN, text, remedy)


def fail(topic: str, text: str, remedy: str = "") -> Finding:
    return Finding(topic, Level.FAIL, text, remedy)


Examine = Callable[[], Iterator[Finding]]


def examined(topic: str, examine: Examine, remedy: str = "") -> Iterator[Finding]:
    """Yield what an examination finds; one that can't go on is a finding, too."""
    try:
        yield from examine()
    except ChatopsError as error:
        yield fail(topic, str(error), remedy)
