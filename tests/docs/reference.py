"""What plugins may call, as a paper made of the code: `python -m tests.docs.reference` writes docs/plugin-api.md anew."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import bot.api
from bot.api import Context

FILE = Path(__file__).parents[2] / "docs" / "plugin-api.md"
HEAD = """# What a handler may call

Everything behind `ctx.`, made of the code; how a plugin is written is in [plugins.md](plugins.md).
"""


def reference() -> str:
    """Return the paper."""
    return "\n".join([HEAD, *_part("ctx", Context), *(line for name, kind in _handles() for line in _part(f"ctx.{name}", kind))])


def _handles() -> Iterator[tuple[str, type]]:
    for name, member in inspect.getmembers(Context):
        kind = get_type_hints(member.fget).get("return") if isinstance(member, property) and member.fget else None
        if isinstance(kind, type) and (kind.__name__.endswith("Api") or kind is bot.api.Storage):
            yield name, kind


def _part(name: str, kind: type) -> Iterator[str]:
    yield f"## `{name}`\n"
    yield f"{_said(kind)}\n"
    for member, value in inspect.getmembers(kind):
        if member.startswith("_"):
            continue
        text = _said(value.fget if isinstance(value, property) else value)
        signature = "" if isinstance(value, property) else _signature(value)
        yield f"- `{member}{signature}`{': ' + text if text else ''}"
    yield ""


def _signature(function: Any) -> str:
    found = inspect.signature(function)
    kept = [each for name, each in found.parameters.items() if name != "self"]
    text = str(found.replace(parameters=kept))
    return re.sub(r"(?<!= )'([^']*)'", r"\1", re.sub(r"(?<![\w.])(?:\w+\.)+(?=[A-Z]\w*|datetime\b|timedelta\b)", "", text))


def _said(value: Any) -> str:
    """Return a docstring as one line; its sections follow in it."""
    text = " ".join((inspect.getdoc(value) or "").split())
    return text.replace("<", "&lt;").replace("|", "\\|")


if __name__ == "__main__":
    FILE.write_text(reference())
    sys.stdout.write(f"{FILE} is written.\n")
