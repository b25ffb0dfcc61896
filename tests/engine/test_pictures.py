"""A chart that a workspace does not know: a picture in its place, and words where there can be no picture."""

from datetime import UTC, datetime, timedelta
from typing import cast

from bot.adapters.charts import paint
from bot.core.alerts import Point
from bot.core.blocks import Message, section
from bot.core.charts import chart_block, chart_words
from bot.core.older_blocks import newer_kinds, with_older_blocks
from bot.engine.pictures import Pictures
from bot.ports.chat import Chat
from bot.ports.errors import Rejected

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def chart(*errors: int) -> Message:
    block = chart_block([Point(NOON + timedelta(minutes=15 * n), each) for n, each in enumerate(errors)])
    assert block
    return Message.of("three", section("what it says"), block)


class Uploads:
    """Takes what is uploaded; as a workspace without the scope, it refuses."""

    def __init__(self, refuses: bool = False) -> None:
        self.taken: list[bytes] = []
        self._refuses = refuses

    def upload(self, name: str, content: bytes, title: str) -> str:
        if self._refuses:
            raise Rejected("Slack refuses files.getUploadURLExternal: missing_scope.", "missing_scope")
        self.taken.append(content)
        return f"F{len(self.taken)}"


def test_a_chart_becomes_a_picture_that_is_uploaded_once() -> None:
    chat = Uploads()
    pictures = Pictures(cast(Chat, chat), paint)

    drawn = [pictures.in_place_of_charts(chart(0, 3, 12)) for _ in range(2)]

    assert drawn[0] == drawn[1]
    assert drawn[0].blocks[1] == {
        "type": "image",
        "slack_file": {"id": "F1"},
        "alt_text": "Errors by window: ▁▃█ 12:00 – 12:30 UTC, at most 12",
    }
    (png,) = chat.taken
    assert png.startswith(b"\x89PNG\r\n")
    assert pictures.in_place_of_charts(chart(0, 3, 13)).blocks[1]["slack_file"] == {"id": "F2"}


def test_where_there_can_be_no_picture_the_chart_is_said_in_words() -> None:
    for pictures in (Pictures(cast(Chat, Uploads(refuses=True)), paint), Pictures(cast(Chat, Uploads()), lambda _chart: None)):
        message = pictures.in_place_of_charts(chart(0, 3, 12))
        said = with_older_blocks(message, newer_kinds(message))

        assert [block["type"] for block in said.blocks] == ["section", "context"]
        assert "▁▃█ 12:00 – 12:30 UTC, at most 12" in str(said.blocks[1])


def test_a_picture_that_is_refused_is_said_in_words() -> None:
    message = Pictures(cast(Chat, Uploads()), paint).in_place_of_charts(chart(1, 2, 3))

    said = with_older_blocks(message, frozenset({"image"}))

    assert "at most 3" in str(said.blocks[1])


def test_windows_that_end_within_a_minute_have_labels_of_their_own() -> None:
    points = [Point(NOON + timedelta(seconds=n // 2), n) for n in range(20)]
    block = chart_block(points)

    assert block
    axis = block["chart"]["axis_config"]["categories"]  # type: ignore[index,call-overload]
    assert len(set(axis)) == 20
    assert max(map(len, axis)) <= 20
    assert "▁" in chart_words(block)
    assert chart_block(points[:2]) is None
