"""Everything that a bot can put into a message is drawn."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web import gallery
from tests.web.scripted_bot import ScriptedBot

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

SHOWN = [
    (
        gallery.TEXT_BLOCKS,
        [
            "Release checkout 1.5.0 🚀",
            "@ann",
            "@leads",
            "#checkout",
            "& <not a tag>",
            "a quoted line",
            "raw *not bold* <b>",
            "graph of errors",
        ],
    ),
    (
        gallery.RICH_BLOCKS,
        [
            "rich bold",
            "🎉",
            "@dana",
            "@releasers",
            "#alerts",
            "@here",
            "nested item",
            "a rich quote",
            "<script>",
            "A markdown heading",
            "fenced",
        ],
    ),
    (gallery.TABLE_BLOCKS, ["Fingerprint", "timeout after <n> ms", "rich cell"]),
    (gallery.DATA_BLOCKS, ["Slowest endpoints", "/endpoint/pay", "1–3 of 4", "Errors as line", "Errors as bar"]),
    (gallery.MORE_DATA_BLOCKS, ["Errors as area", "Share by service", "checkout · 62%"]),
    (gallery.PLAN_BLOCKS, ["Release plan", "1 of 4", "job build, step 3 of 7", "A task by itself"]),
    (gallery.CARD_BLOCKS, ["A card's title", "its subtitle", "Card button", "A folded container"]),
    (gallery.ACTION_BLOCKS, ["Approve", "Roll back", "Open the docs"]),
]


def message(page: Page, ts: str) -> Any:
    return page.locator(f'[data-testid=messages] [data-ts="{ts}"]')


@pytest.mark.parametrize(("blocks", "texts"), SHOWN, ids=["text", "rich", "table", "data", "charts", "plan", "card", "actions"])
def test_every_block_that_a_bot_posts_is_drawn(bot: ScriptedBot, look: Any, blocks: list[Any], texts: list[str]) -> None:
    page = look("/?as=U0ANN&c=C0CHECKOUT")

    ts = bot.post("C0CHECKOUT", "blocks", blocks=blocks)

    shown = message(page, ts)
    for text in texts:
        expect(shown).to_contain_text(text)
    expect(shown.locator(".unknown")).to_have_count(0)
    expect(shown.locator("[data-block]")).to_have_count(len(blocks) + sum(len(block.get("child_blocks", [])) for block in blocks))


def test_attachments_have_the_bar_of_their_colour(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0CHECKOUT")

    ts = bot.post("C0CHECKOUT", "attached", attachments=gallery.ATTACHMENTS)

    bars = message(page, ts).locator(".attachment")
    expect(bars).to_contain_text(["an attachment with blocks", "An older attachment"])
    assert bars.first.evaluate("node => getComputedStyle(node, '::before').backgroundColor") == "rgb(201, 64, 90)"


def test_text_from_the_world_never_becomes_markup(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0CHECKOUT")
    hostile = "<img src=x onerror=alert(1)> &lt;script&gt;alert(2)&lt;/script&gt; <javascript:alert(3)|click me>"

    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": hostile}},
        {"type": "markdown", "text": "<b>bold</b> [click me](javascript:alert(4)) <img src=x onerror=alert(5)>"},
    ]

    ts = bot.post("C0CHECKOUT", hostile, blocks=blocks)

    shown = message(page, ts).locator(".content")
    expect(shown).to_contain_text("<script>alert(2)</script>")
    expect(shown).to_contain_text("<b>bold</b>")
    expect(shown.locator("img, script, a, b")).to_have_count(0)


def test_formatting_marks_style_words_but_not_parts_of_words(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0CHECKOUT")

    ts = bot.post("C0CHECKOUT", "a *b c* _d_ ~e~ `f *g*` snake_case_name 2*3*4 *_both_*")

    shown = message(page, ts).locator(".text")
    expect(shown.locator("strong")).to_have_text(["b c", "both"])
    expect(shown.locator("em")).to_have_text(["d", "both"])
    expect(shown.locator("code")).to_have_text(["f *g*"])
    expect(shown).to_contain_text("snake_case_name 2*3*4")


def test_a_container_unfolds_and_a_data_table_sorts_and_turns_its_pages(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0CHECKOUT")

    folded = message(page, bot.post("C0CHECKOUT", "folded", blocks=gallery.CARD_BLOCKS))
    expect(folded.get_by_text("inside the container")).to_be_hidden()
    folded.get_by_role("button", name="A folded container").click()
    expect(folded.get_by_text("inside the container")).to_be_visible()

    table = message(page, bot.post("C0CHECKOUT", "data", blocks=gallery.DATA_BLOCKS)).locator(".data-table")
    expect(table.locator("tbody td")).to_have_text(["320", "1200", "90"])
    table.get_by_role("button", name="p99 ms").click()
    expect(table.locator("tbody td")).to_have_text(["45", "90", "320"])
    table.get_by_role("button", name="Next page").click()
    expect(table.locator("tbody td")).to_have_text(["1200"])


def test_a_message_that_the_bot_edits_changes_where_it_stands(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0CHECKOUT")
    ts = bot.post("C0CHECKOUT", "queued")
    expect(message(page, ts)).to_contain_text("queued")

    bot.client.chat_update(channel="C0CHECKOUT", ts=ts, text="*succeeded* in 42 s")
    expect(message(page, ts)).to_contain_text("succeeded in 42 s")

    bot.client.chat_delete(channel="C0CHECKOUT", ts=ts)
    expect(message(page, ts)).to_have_count(0)
