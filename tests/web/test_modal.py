"""Modals: every field, errors at the field, stacked views, and updates while one looks at them."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web import gallery
from tests.web.control import Sandbox
from tests.web.scripted_bot import Payload, ScriptedBot

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

LONG_ENOUGH_TO_BE_DRAWN_MS = 500


def open_form(bot: ScriptedBot, page: Page, view: dict[str, Any]) -> Any:
    """Let the person run /release and the bot answer it with a modal."""

    def answer(payload: Payload) -> None:
        bot.client.views_open(trigger_id=payload["trigger_id"], view=view)

    bot.when("slash_commands", answer)
    field = page.locator("#main").get_by_test_id("composer")
    field.fill("/release")
    field.press("Enter")
    modal = page.get_by_test_id("modal")
    expect(modal).to_be_visible()
    return modal


def press_on(page: Page, button: Locator) -> None:
    """Move to a button and press, without a release."""
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


def test_every_kind_of_field_is_filled_and_submitted(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    offered = [gallery.option("main"), gallery.option("hotfix/rounding")]
    bot.when("block_suggestion", lambda payload: {"options": [one for one in offered if payload["value"] in one["value"]]})
    modal = open_form(bot, page, gallery.form_view())

    modal.get_by_role("combobox", name="Service").click()
    page.get_by_role("option", name="search").click()
    modal.get_by_label("Version").fill("1.5.0")
    modal.get_by_role("combobox", name="Branch").fill("hot")
    page.get_by_role("option", name="hotfix/rounding").click()
    modal.get_by_role("combobox", name="Regions").click()
    page.get_by_role("option", name="eu").click()
    page.get_by_role("option", name="asia").click()
    page.keyboard.press("Escape")
    modal.get_by_role("combobox", name="Approver").fill("bob")
    page.get_by_role("option", name="Bob Okafor").click()
    modal.get_by_role("combobox", name="Announce in").fill("ops")
    page.get_by_role("option", name="#ops").click()
    modal.get_by_label("Day").fill("2026-12-24")
    modal.get_by_label("Time").fill("18:05")
    modal.get_by_label("Tests passed").check()
    modal.get_by_label("At once").check()
    modal.get_by_label("Percent").fill("25")
    modal.get_by_label("Mail").fill("ann@acme.example")
    modal.get_by_label("Page").fill("https://example.org")
    modal.get_by_label("Notes").fill("two\nlines")
    modal.get_by_role("button", name="Release it").click()

    values = bot.gets("view_submission")["view"]["state"]["values"]
    got = {block: next(v for name, v in next(iter(state.values())).items() if name != "type") for block, state in values.items()}
    assert got["service"]["value"] == "search"
    assert got["finder"]["value"] == "hotfix/rounding"
    assert [one["value"] for one in got["regions"]] == ["eu", "asia"]
    assert [one["value"] for one in got["checks"]] == ["tests"]
    assert got["speed"]["value"] == "fast"
    plain = ("version", "who", "where", "day", "hour", "share", "mail", "page", "notes")
    assert [got[name] for name in plain] == [
        "1.5.0", "U0BOB", "C0OPS", "2026-12-24", "18:05", "25", "ann@acme.example", "https://example.org", "two\nlines",
    ]  # fmt: skip
    expect(modal).to_have_count(0)


def test_an_error_of_the_bot_stands_at_its_field_and_goes_when_that_is_edited(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    errors = {"response_action": "errors", "errors": {"version": "1.4.0 is not above the last version, 1.4.2."}}
    bot.when("view_submission", lambda payload: errors)
    modal = open_form(bot, page, gallery.form_view())

    modal.get_by_label("Version").fill("1.4.0")
    modal.get_by_label("Notes").fill("kept")
    modal.get_by_role("button", name="Release it").click()

    expect(modal.locator('[data-block="version"] .field-error')).to_have_text("1.4.0 is not above the last version, 1.4.2.")
    expect(modal.get_by_label("Version")).to_be_focused()
    expect(modal.get_by_label("Version")).to_have_attribute("aria-invalid", "true")
    expect(modal.get_by_label("Notes")).to_have_value("kept")
    modal.get_by_label("Version").fill("1.5.0")
    expect(modal.locator(".field-error")).to_have_count(0)
    bot.when("view_submission", lambda payload: None)
    page.keyboard.press("Enter")
    expect(modal).to_have_count(0)


def test_a_required_field_that_is_empty_is_named(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    modal = open_form(bot, page, gallery.form_view())

    modal.get_by_role("button", name="Release it").click()

    expect(modal.locator('[data-block="version"] .field-error')).to_have_text("Please complete this required field.")
    page.keyboard.press("Escape")
    expect(modal).to_have_count(0)


def test_a_view_that_the_bot_updates_keeps_what_was_typed(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    opened: list[str] = []

    def answer(payload: Payload) -> None:
        view = bot.client.views_open(trigger_id=payload["trigger_id"], view=gallery.form_view("Looking for tags…"))["view"]
        opened.append(view["id"])

    modal = open_form(bot, page, gallery.form_view())
    modal.get_by_role("button", name="Not now").click()
    expect(modal).to_have_count(0)
    bot.gets("slash_commands")
    bot.when("slash_commands", answer)
    page.locator("#main").get_by_test_id("composer").fill("/release")
    page.keyboard.press("Enter")
    expect(modal).to_contain_text("Looking for tags…")
    modal.get_by_label("Version").fill("2.0.0")
    bot.gets("slash_commands")

    bot.client.views_update(view_id=opened[-1], view=gallery.form_view("The last tag is *v1.4.2*."))

    expect(modal).to_contain_text("The last tag is v1.4.2.")
    expect(modal.get_by_label("Version")).to_have_value("2.0.0")
    expect(modal.get_by_label("Version")).to_be_focused()
    page.keyboard.press("Escape")


def test_a_view_that_is_updated_under_a_finger_does_not_lose_its_press(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    bot.when("view_submission", lambda payload: {"response_action": "errors", "errors": {"version": "v1.5.0 is taken."}})
    modal = open_form(bot, page, {**gallery.form_view(), "external_id": "pressed"})
    modal.get_by_label("Version").fill("1.5.0")

    press_on(page, modal.get_by_role("button", name="Release it"))
    bot.client.views_update(external_id="pressed", view={**gallery.form_view("The last tag is *v1.4.2*."), "external_id": "pressed"})
    page.wait_for_timeout(LONG_ENOUGH_TO_BE_DRAWN_MS)
    page.mouse.up()

    expect(modal).to_contain_text("v1.5.0 is taken.")
    expect(modal).to_contain_text("The last tag is v1.4.2.")
    page.keyboard.press("Escape")


def test_a_message_that_is_edited_under_a_finger_does_not_lose_its_press(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    stop = {"type": "actions", "block_id": "acts", "elements": [{"type": "button", "action_id": "stop", "text": gallery.plain("Stop")}]}

    def blocks(text: str) -> list[dict[str, Any]]:
        return [{"type": "section", "text": gallery.mrkdwn(text)}, stop]

    ts = bot.post("C0OPS", "25%", blocks=blocks("25%"))
    message = page.locator("#main").get_by_role("article").last
    expect(message).to_contain_text("25%")

    press_on(page, message.get_by_role("button", name="Stop"))
    bot.client.chat_update(channel="C0OPS", ts=ts, text="50%", blocks=blocks("50%"))
    page.wait_for_timeout(LONG_ENOUGH_TO_BE_DRAWN_MS)
    page.mouse.up()

    assert bot.gets("block_actions")["actions"][0]["action_id"] == "stop"
    expect(message).to_contain_text("50%")


def test_a_pushed_view_lies_on_top_and_leads_back(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    second = {
        "type": "modal",
        "title": gallery.plain("Are you sure?"),
        "blocks": [{"type": "section", "text": gallery.mrkdwn("the second view")}],
    }
    bot.when("view_submission", lambda payload: {"response_action": "push", "view": second})
    modal = open_form(bot, page, gallery.form_view())
    modal.get_by_label("Version").fill("1.5.0")
    modal.get_by_role("button", name="Release it").click()

    expect(modal).to_contain_text("the second view")
    modal.get_by_role("button", name="Back").click()

    expect(modal.get_by_label("Version")).to_have_value("1.5.0")
    page.keyboard.press("Escape")
    expect(modal).to_have_count(0)


def test_a_link_in_a_modal_opens_in_a_page_beside_it(sandbox: Sandbox, bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0BOB&c=C0OPS", phone=True)
    modal = open_form(bot, page, gallery.form_view(f"6 commits: <{sandbox.url}/acme/checkout/compare/v1.4.1...v1.4.2|compare>"))

    with page.context.expect_page() as opened:
        modal.get_by_role("link", name="compare").click()

    expect(opened.value.get_by_test_id("compare-view")).to_be_visible()
    assert "as=U0BOB" in opened.value.url
    expect(modal).to_be_visible()
    page.keyboard.press("Escape")
