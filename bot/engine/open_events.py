"""Open events: under which name a writer's lines are counted, and what a checkpoint keeps of the events that further lines may go on with."""

import json
from collections.abc import Callable, Mapping

from bot.ports.logs import Checkpoint

MOST_WRITERS = 100  # of a stream, whose open events are kept: those that wrote last


class OpenEvents:
    """The events of one scan that are open, stream by stream, and writer by writer where a stream holds the lines of several.

    Args:
        before: the checkpoints with which the scan begins.
    """

    def __init__(self, before: Mapping[str, Checkpoint]) -> None:
        self._carried = {stream: _read(checkpoint.carry) for stream, checkpoint in before.items()}
        self._writers = {
            stream: dict.fromkeys(carried) for stream, carried in self._carried.items()
        }  # in the order in which they wrote last

    def carried(self) -> dict[str, str]:
        """Return what is known of them: name → what `LineCounter.carry` said."""
        return {_name(stream, writer): text for stream, carried in self._carried.items() for writer, text in carried.items()}

    def name(self, stream: str, writer: str) -> str:
        """Return under which name the next lines of a writer are counted: an event is continued by lines of the same name."""
        writers = self._writers.setdefault(stream, {})
        writers.pop(writer, None)
        writers[writer] = None
        return _name(stream, writer)

    def carry(self, stream: str, carry_of: Callable[[str], str]) -> str:
        """Return what the checkpoint of a stream keeps.

        Args:
            carry_of: says it for one name.
        """
        texts = {writer: carry_of(_name(stream, writer)) for writer in self._writers.get(stream, {})}
        found = [(writer, text) for writer, text in texts.items() if writer and text][-MOST_WRITERS:]
        return json.dumps(dict(found)) if found else texts.get("", "")


def _name(stream: str, writer: str) -> str:
    return f"{stream}\n{writer}" if writer else stream


def _read(carry: str) -> dict[str, str]:
    """Return what is carried, by writer; nothing of it where another version wrote it in a form that this one does not know."""
    if not carry.startswith("{"):
        return {"": carry}
    try:
        found = json.loads(carry)
    except ValueError:
        return {}
    return {writer: text for writer, text in found.items() if isinstance(text, str)}
