"""The card for newcomers: it says what the terminal says, leads there, and what it says can be done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.processes import configuration
from bot.demo.show import greeting
from bot.testing import Workspace
from sandbox.tries import things_to_try
from tests.web.scripted_bot import ScriptedBot

sync_api = pytest.importorskip("playwright.sync_api", reason="the web page's tests need playwright")
expect = sync_api.expect
pytestmark = [pytest.mark.browser, pytest.mark.sockets]


def test_the_page_and_the_terminal_say_the_same_things_to_try(look: Any) -> None:
    card = look("/?as=U0ANN", welcome=True).get_by_test_id("welcome")
    printed = " ".join(greeting("http://127.0.0.1:8765", Path("daemon.log")).split())

    expect(card.locator(".welcome-step")).to_have_text([f"{n}{each.title}{each.text}" for n, each in enumerate(things_to_try(), 1)])
    for n, each in enumerate(things_to_try(), 1):
        assert f"{n}. {each.title}: {each.text}" in printed
    expect(card.locator("code").first).to_have_text("/release")
    expect(card.locator("strong", has_text="#alerts")).to_have_text("#alerts")


def test_the_card_leads_to_the_first_release_and_can_be_dismissed(bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0BOB&c=C0ALERTS", welcome=True)

    page.get_by_role("button", name="Release a service").click()
    expect(page.locator("#main h1")).to_have_text("ops")
    expect(page.get_by_test_id("person-switch")).to_contain_text("Ann Becker")
    expect(page.locator("#main").get_by_test_id("composer")).to_have_value("/release")
    page.get_by_role("button", name="Dismiss").click()
    page.reload()

    expect(page.locator("#main h1")).to_have_text("ops")
    expect(page.get_by_test_id("welcome")).to_have_count(0)


def test_the_card_has_the_words_of_the_step_that_one_is_at(look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS", welcome=True)
    card = page.get_by_test_id("welcome")
    whole = card.bounding_box()["height"]
    words = page.locator(".welcome-words")
    expect(page.locator(".welcome-text:visible")).to_have_count(3)

    page.get_by_role("button", name="Take an alert").click()

    expect(page.locator("#main h1")).to_have_text("alerts")
    expect(words).to_have_text(things_to_try()[1].text)
    expect(page.locator(".welcome-text:visible")).to_have_count(0)
    assert card.bounding_box()["height"] < whole / 1.5
    page.get_by_role("button", name="Bring it to production").click()
    expect(words).to_have_text(things_to_try()[2].text)


def test_on_a_phone_the_card_has_titles_until_a_step_is_chosen(look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS", phone=True, welcome=True)
    titles = page.locator(".welcome-step strong:visible")
    expect(titles).to_have_text([each.title for each in things_to_try()])
    expect(page.locator(".welcome-step")).to_have_count(3)
    expect(page.locator(".welcome-text:visible, .welcome-words:visible")).to_have_count(0)

    page.get_by_role("button", name="Take an alert").click()

    expect(page.locator(".welcome-words:visible")).to_have_text(things_to_try()[1].text)
    expect(titles).to_have_text([things_to_try()[1].title])
    assert min(box["height"] for box in (one.bounding_box() for one in page.locator(".welcome-step").all())) >= 40
    page.get_by_role("button", name="Bring it to production").click()
    expect(titles).to_have_text([things_to_try()[2].title])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The daemon with the settings of `make demo`."""
    made = Workspace(tmp_path_factory.mktemp("demo"))
    made.toml = configuration(made.logs, "1s", approvals=True)
    try:
        yield made.start()
    finally:
        made.close()


def test_the_things_to_try_can_be_done_one_after_the_other(browser: Any, demo: Workspace) -> None:
    demo.wait_watching()
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(f"{demo.url}/?as=U0ANN")
    messages = page.get_by_test_id("messages")
    composer = page.locator("#main").get_by_test_id("composer")

    page.get_by_role("button", name="Release a service").click()
    composer.press("Escape")
    composer.press("Enter")
    expect(page.get_by_test_id("modal").get_by_label("Version")).to_have_value("v1.5.0")
    page.get_by_test_id("modal").get_by_role("button", name="Release", exact=True).click()
    expect(messages.get_by_text("is live in staging")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-repo='acme/checkout'] .env", has_text="staging")).to_have_text("stagingv1.5.0")

    with (demo.logs / "checkout.log").open("a") as log:
        log.write("ERROR payments  provider northbank timed out\n" * 3)
    page.get_by_role("button", name="Take an alert").click()
    messages.get_by_role("button", name="Acknowledge").click()
    expect(messages.get_by_text("Acknowledged by ann")).to_be_visible()

    page.get_by_role("button", name="Bring it to production").click()
    composer.press("Enter")
    expect(messages.get_by_text("waits for approval")).to_be_visible()
    page.get_by_test_id("person-switch").click()
    page.get_by_role("menuitemradio", name="Bob Okafor").click()
    messages.get_by_role("button", name="Approve").click()
    page.get_by_test_id("confirm").get_by_role("button", name="Approve").click()
    expect(messages.get_by_text("is live in production")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-repo='acme/checkout'] .env", has_text="production")).to_have_text("productionv1.5.0")
    context.close()
