"""Where one reads: a channel opens at its newest message, and stays there while that grows."""

import struct
import zlib
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.scripted_bot import ScriptedBot

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

Block = dict[str, Any]
GAP_PX = 30  # the list's own padding below its last message, and the message's


def message(page: Page, ts: str) -> Locator:
    return page.locator(f'[data-testid=messages] [data-ts="{ts}"]')


def gap_below(shown: Locator) -> float:
    """Return how many pixels lie between a message and the end of what is seen; less than nothing when it goes on below."""
    both = "node => node.closest('.messages').getBoundingClientRect().bottom - node.getBoundingClientRect().bottom"
    return float(shown.evaluate(both))


def chart(points: int) -> list[Block]:
    data = [{"label": f"{hour:02}:00:00 (1)", "value": hour} for hour in range(points)]
    spec = {"type": "line", "series": [{"name": "errors", "data": data}], "axis_config": {"categories": [one["label"] for one in data]}}
    return [{"type": "data_visualization", "title": "Errors", "chart": spec}]


def picture(width: int, height: int) -> bytes:
    """Make a PNG of one colour."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + part(b"IDAT", rows)
        + part(b"IEND", b"")
    )


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_channel_opens_at_its_newest_message_however_many_numbers_its_chart_has(bot: ScriptedBot, look: Any, *, phone: bool) -> None:
    bot.post("C0ALERTS", "an earlier message\n" * 30)
    ts = bot.post("C0ALERTS", "the chart of an alert", blocks=chart(points=20))
    page = look("/?as=U0ANN&c=C0OPS", phone=phone)

    if phone:
        page.get_by_role("button", name="Channels").click()
    page.locator("[data-channel-item=C0ALERTS]").click()

    expect(message(page, ts)).to_be_in_viewport()
    assert 0 <= gap_below(message(page, ts)) < GAP_PX
    expect(message(page, ts).locator("td", has_text="19:00:00")).to_have_count(1)


def test_a_channel_stays_at_its_newest_message_when_a_picture_in_it_has_come(bot: ScriptedBot, look: Any) -> None:
    file = bot.client.files_upload_v2(filename="chart.png", content=picture(600, 400))["file"]
    bot.post("C0ALERTS", "an earlier message\n" * 30)
    ts = bot.post("C0ALERTS", "seen", blocks=[{"type": "image", "slack_file": {"id": file["id"]}, "alt_text": "a chart"}])

    page = look("/?as=U0ANN&c=C0ALERTS")

    seen = message(page, ts).locator("img")
    page.wait_for_function("image => image.complete && image.getBoundingClientRect().height > 100", arg=seen.element_handle())
    assert 0 <= gap_below(message(page, ts)) < GAP_PX


@pytest.mark.parametrize("points", [9, 10, 20])
def test_the_words_of_a_chart_can_be_read_on_a_phone(bot: ScriptedBot, look: Any, points: int) -> None:
    ts = bot.post("C0ALERTS", "many windows", blocks=chart(points))
    page = look("/?as=U0ANN&c=C0ALERTS", phone=True)
    words = message(page, ts).locator(".plot text")
    expect(words.first).to_be_visible()

    # All at once: the page may still be on its way to its newest message.
    boxes = words.evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect().toJSON())")
    along = sorted((box["x"], box["x"] + box["width"]) for box in boxes if box["y"] == max(each["y"] for each in boxes))

    assert min(box["height"] for box in boxes) >= 10
    assert len(along) >= 3
    assert all(end < start for (_, end), (start, _) in pairwise(along))
    plot = message(page, ts).locator(".plot").bounding_box()
    assert min(box["x"] for box in boxes) >= plot["x"]
    assert max(end for _, end in along) <= plot["x"] + plot["width"]
