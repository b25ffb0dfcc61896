"""How much of a log may be shown where: as its watch says, and nothing where people of other companies read."""

import logging

from bot.core.configuration import Watch
from bot.core.windows import Samples
from bot.ports.chat import Chat
from bot.ports.errors import ChatopsError

log = logging.getLogger(__name__)


class Sharing:
    """Asks Slack whether a channel is shared; where it can't be told, it is."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def may_show(self, watch: Watch) -> Samples:
        """Return how much of a watch's lines may be shown in its channel."""
        return Samples.NONE if watch.samples is Samples.NONE or self.is_shared(watch.channel) else watch.samples

    def is_shared(self, channel: str) -> bool:
        """Say whether people of other companies read a channel, as far as can be told."""
        try:
            return self._chat.is_shared(channel)
        except ChatopsError as error:
            log.warning("channel.unknown", extra={"fields": {"channel": channel, "error": str(error)}})
            return True
