"""How much of a log is shown: as the watch says, nothing where others read, and nothing where that can't be told."""

from datetime import timedelta
from typing import cast

import pytest

from bot.core.configuration import Watch
from bot.core.sources import FileSource
from bot.core.windows import Samples
from bot.engine.sharing import Sharing
from bot.ports.chat import Chat
from bot.ports.errors import NotFound, Rejected, Unavailable


class Channels:
    """Answers as Slack does, or fails."""

    def __init__(self, answer: bool | Exception) -> None:
        self.answer = answer
        self.asked = 0

    def is_shared(self, channel: str) -> bool:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def shown(answer: bool | Exception, samples: Samples = Samples.MASKED) -> Samples:
    watch = Watch("api", FileSource(("/x",)), timedelta(minutes=15), "C1", "ERROR", samples=samples)
    return Sharing(cast(Chat, Channels(answer))).may_show(watch)


@pytest.mark.parametrize("samples", Samples)
def test_in_a_channel_of_our_own_the_watch_decides(samples: Samples) -> None:
    assert shown(False, samples) is samples


@pytest.mark.parametrize(
    "answer", [True, Unavailable("no answer"), NotFound("no such channel", "channel_not_found"), Rejected("no", "missing_scope")]
)
def test_where_others_read_or_that_can_not_be_told_nothing_is_shown(answer: bool | Exception) -> None:
    assert shown(answer) is Samples.NONE
    assert shown(answer, Samples.TEMPLATE) is Samples.NONE
