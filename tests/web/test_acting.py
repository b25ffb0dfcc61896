"""What a person does on the page reaches the bot, and what the bot answers is shown."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web import gallery
from tests.web.scripted_bot import Payload, ScriptedBot

pytestmark = [pytest.mark.browser, pytest.mark.sockets]


def message(page: Page, ts: str) -> Any:
    return page.locator(f'[data-testid=messages] [data-ts="{ts}"]')


def composer(page: Page) -> Any:
    return page.locator("#main").get_by_test_id("composer")


def test_a_button_with_a_confirmation_is_clicked_only_when_one_is_sure(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    ts = bot.post("C0OPS", "buttons", blocks=gallery.ACTION_BLOCKS)

    message(page, ts).get_by_role("button", name="Roll back").click()
    dialog = page.get_by_test_id("confirm")
    expect(dialog).to_contain_text("1.5.0 goes away.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    message(page, ts).get_by_role("button", name="Approve").click()
    assert bot.gets("block_actions")["actions"][0]["action_id"] == "approve"

    message(page, ts).get_by_role("button", name="Roll back").click()
    dialog.get_by_role("button", name="Do it").click()
    payload = bot.gets("block_actions")
    assert (payload["actions"][0]["action_id"], payload["actions"][0]["value"], payload["user"]["id"]) == ("roll_back", "op-1", "U0ANN")


def test_a_button_shows_that_it_is_pending_until_the_bot_has_answered(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    button = message(page, bot.post("C0OPS", "pending", blocks=gallery.ACTION_BLOCKS)).get_by_role("button", name="Approve")
    may_answer = threading.Event()
    bot.when("block_actions", lambda payload: {} if may_answer.wait(timeout=2.5) else None)

    button.click()

    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_be_disabled()
    may_answer.set()
    expect(button).to_be_enabled()
    expect(button).not_to_have_attribute("aria-busy", "true")


def test_menus_and_dates_in_a_message_tell_the_bot_what_was_chosen(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    shown = message(page, bot.post("C0OPS", "menus", blocks=gallery.ACTION_BLOCKS))

    shown.get_by_placeholder("Pick a service").click()
    page.get_by_role("option", name="search").click()
    assert bot.gets("block_actions")["actions"][0]["selected_option"]["value"] == "search"

    shown.get_by_placeholder("Pick a person").fill("dan")
    page.keyboard.press("Enter")
    assert bot.gets("block_actions")["actions"][0]["selected_user"] == "U0DANA"

    shown.locator("input[type=date]").fill("2026-12-01")
    assert bot.gets("block_actions")["actions"][0]["selected_date"] == "2026-12-01"

    shown.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name="Assign").click()
    assert bot.gets("block_actions")["actions"][0]["selected_option"]["value"] == "assign"


def test_a_thread_opens_beside_the_channel_and_takes_replies(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0BOB&c=C0OPS")
    ts = bot.post("C0OPS", "a parent message")
    bot.post("C0OPS", "the first reply", thread_ts=ts)

    message(page, ts).get_by_test_id("thread-link").click()
    thread = page.get_by_test_id("thread-messages")
    expect(thread).to_contain_text("the first reply")
    page.locator("#thread").get_by_test_id("composer").fill("a reply of mine")
    page.keyboard.press("Enter")

    expect(thread).to_contain_text("a reply of mine")
    expect(message(page, ts).get_by_test_id("thread-link")).to_contain_text("2 replies")
    expect(page.get_by_test_id("messages")).not_to_contain_text("a reply of mine")
    while bot.gets("message").get("event", {}).get("text") != "a reply of mine":
        pass
    page.get_by_role("button", name="Close thread").click()
    expect(thread).to_have_count(0)


def test_reactions_are_added_and_taken_back_by_a_click(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0ALERTS")
    ts = bot.post("C0ALERTS", "an alert to look at")

    message(page, ts).hover()
    message(page, ts).get_by_role("button", name="Add a reaction").first.click()
    page.locator("[data-emoji=eyes]").click()
    event = bot.gets("reaction_added")["event"]
    assert (event["reaction"], event["item"]["ts"], event["user"]) == ("eyes", ts, "U0ANN")

    chip = message(page, ts).locator("[data-reaction=eyes]")
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(chip).to_have_count(0)
    assert bot.gets("reaction_removed")["event"]["reaction"] == "eyes"


def test_slash_commands_are_completed_and_run(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    bot.when("slash_commands", lambda payload: {"text": f"heard {payload['command']} {payload['text']}"})

    composer(page).press_sequentially("/r")
    options = page.get_by_role("option")
    expect(options).to_contain_text(["/release", "/rollback"])
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(composer(page)).to_have_value("/release ")
    page.keyboard.type("checkout 1.5.0")
    page.keyboard.press("Enter")

    payload = bot.gets("slash_commands")
    assert (payload["command"], payload["text"], payload["channel_id"]) == ("/release", "checkout 1.5.0", "C0OPS")
    answer = page.locator(".message.ephemeral", has_text="heard /release checkout 1.5.0")
    expect(answer).to_contain_text("Only visible to you")


def test_mentions_are_completed(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")

    composer(page).press_sequentially("@chat")
    page.keyboard.press("Tab")
    page.keyboard.type("status")
    page.keyboard.press("Enter")

    assert bot.gets("app_mention")["event"]["text"] == "<@U0CHATOPS> status"
    expect(page.get_by_test_id("messages")).to_contain_text("@chatops status")


@pytest.mark.usefixtures("no_bot")
def test_a_command_that_nobody_answers_says_so(look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    expect(page.get_by_test_id("connection")).to_contain_text("Bot is offline")

    composer(page).fill("/release checkout")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("toast")).to_contain_text("dispatch_failed")


def test_the_connection_indicator_counts_the_bots_sockets(bot: ScriptedBot, look: Any) -> None:
    page = look()

    expect(page.get_by_test_id("connection")).to_contain_text("1 socket")
    bot.disconnect()

    expect(page.get_by_test_id("connection")).to_contain_text("Bot is offline")


def test_an_ephemeral_message_is_seen_by_its_person_only(bot: ScriptedBot, look: Any) -> None:
    anns, bobs = look("/?as=U0ANN&c=C0OPS"), look("/?as=U0BOB&c=C0OPS")

    bot.client.chat_postEphemeral(channel="C0OPS", user="U0BOB", text="just between us")
    bot.post("C0OPS", "for everyone, after the secret")

    expect(bobs.locator(".message.ephemeral", has_text="just between us")).to_be_visible()
    expect(anns.get_by_test_id("messages")).to_contain_text("for everyone, after the secret")
    expect(anns.get_by_test_id("messages")).not_to_contain_text("just between us")


def test_one_can_be_another_person(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")

    page.get_by_test_id("person-switch").click()
    page.get_by_role("menuitemradio", name="Eve Moreau").click()

    expect(page.locator("#main h1")).to_have_text("partners")
    expect(page.locator("[data-channel-item]")).to_have_count(1)
    composer(page).fill("hello from outside")
    page.keyboard.press("Enter")
    expect(page.locator("[data-author=U0EVE]").last).to_contain_text("hello from outside")
    page.reload()
    expect(page.get_by_test_id("person-switch")).to_contain_text("Eve Moreau")


def test_on_a_phone_the_channels_make_way_for_whom_one_is(look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS", phone=True)
    page.get_by_role("button", name="Channels").click()

    page.get_by_test_id("person-switch").click()
    page.get_by_role("menuitemradio", name="Bob Okafor").click()

    expect(page.get_by_test_id("person-switch")).to_be_hidden()
    assert "as=U0BOB" in page.url


def test_unread_channels_stand_out_until_they_are_opened(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0RIA&c=C0OPS")
    item = page.locator("[data-channel-item=C0PARTNERS], [data-channel-item=C0ALERTS]").first
    item.click()
    page.locator("[data-channel-item=C0OPS]").click()
    expect(item).not_to_have_class("side-item unread")

    bot.post("C0ALERTS", "look here <@U0RIA>")

    expect(item.locator(".unread-badge")).to_have_text("1")
    item.click()
    expect(page.locator(".new-line")).to_be_visible()
    expect(item.locator(".unread-badge")).to_have_count(0)


def test_app_home_shows_what_the_bot_publishes(bot: ScriptedBot, look: Any) -> None:
    def publish(payload: Payload) -> None:
        blocks = [{"type": "header", "text": gallery.plain("Your operations")}, gallery.ACTION_BLOCKS[0]]
        bot.client.views_publish(user_id=payload["event"]["user"], view={"type": "home", "blocks": blocks})

    bot.when("app_home_opened", publish)
    page = look("/?as=U0DANA")

    page.get_by_test_id("app-item").click()

    home = page.get_by_test_id("home")
    expect(home).to_contain_text("Your operations")
    home.get_by_role("button", name="Approve").click()
    assert bot.gets("block_actions")["view"]["type"] == "home"
    page.get_by_role("tab", name="Messages").click()
    composer(page).fill("a direct word")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("messages")).to_contain_text("a direct word")
    assert bot.gets("message")["event"]["channel_type"] == "im"


def test_digits_are_no_emoji_where_a_machine_has_few_fonts(look: Any) -> None:
    page = look()

    widths = page.evaluate("""() => {
      const stack = getComputedStyle(document.body).fontFamily.split(", ");
      return [stack, stack.filter((name) => !name.includes("Emoji"))].map((names) => {
        const probe = document.body.appendChild(document.createElement("span"));
        probe.style.cssText = `position: absolute; font-family: ${names.join(", ")}`;
        probe.textContent = "0123456789 #*";
        return probe.getBoundingClientRect().width;
      });
    }""")

    assert widths[0] == widths[1]


def test_what_is_an_emoji_by_itself_is_drawn_as_one_though_a_text_font_has_it_too(look: Any) -> None:
    page = look()

    widths = page.evaluate("""() => ["", "'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji'"].map((family) => {
      const probe = document.body.appendChild(document.createElement("span"));
      probe.style.cssText = "position: absolute";
      if (family) probe.style.fontFamily = family;
      probe.textContent = "⚪⚫⛔✅";
      return probe.getBoundingClientRect().width;
    })""")

    assert abs(widths[0] - widths[1]) < 2  # each of the four may be rounded
