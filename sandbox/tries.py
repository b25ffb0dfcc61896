"""What a newcomer tries first: the page shows it on its card, the demo prints it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "web" / "tries.json"
_MARKS = re.compile(r"\*\*|`")


@dataclass(frozen=True, slots=True)
class Try:
    """One thing to try. `text` is plain, without the marks that the page draws bold and as code."""

    title: str
    text: str


def things_to_try() -> list[Try]:
    """Return the things to try, in their order."""
    return [Try(each["title"], _MARKS.sub("", each["text"])) for each in json.loads(FILE.read_text(encoding="utf-8"))]
