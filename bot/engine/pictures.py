"""Pictures in the place of charts, where a workspace refuses those: drawn once, uploaded once."""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from bot.core.blocks import Block, Message
from bot.core.charts import CHART, chart_words
from bot.ports.chat import Chat
from bot.ports.errors import ChatopsError

log = logging.getLogger(__name__)

REMEMBERED = 64
Paint = Callable[[Mapping[str, Any]], bytes | None]


class Pictures:
    """Draws and uploads.

    Args:
        paint: returns a chart block as PNG, None when it can't.
    """

    def __init__(self, chat: Chat, paint: Paint) -> None:
        self._chat = chat
        self._paint = paint
        self._files: OrderedDict[str, str] = OrderedDict()  # what was uploaded: the chart → the file's id

    def in_place_of_charts(self, message: Message) -> Message:
        """Return the message with a picture for each chart; a chart of which there can't be one stays."""
        blocks = tuple(self._picture(block) if block["type"] == CHART else block for block in message.blocks)
        return Message(message.text, blocks)

    def _picture(self, chart: Block) -> Block:
        try:
            file = self._file_of(chart)
        except ChatopsError as error:
            log.warning("picture.not_uploaded", extra={"fields": {"error": str(error)}})
            return chart
        if not file:
            return chart
        return {"type": "image", "slack_file": {"id": file}, "alt_text": chart_words(chart)}

    def _file_of(self, chart: Block) -> str:
        key = json.dumps(chart, sort_keys=True)
        if key not in self._files:
            png = self._paint(chart)
            if png is None:
                return ""
            self._files[key] = self._chat.upload("errors.png", png, str(chart["title"]))
            if len(self._files) > REMEMBERED:
                self._files.popitem(last=False)
        return self._files[key]
