"""The working day in a real browser, with the real daemon: a release through the form, an alert, an acknowledgement."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.demo.log_writer import LogWriter
from bot.testing import Workspace

sync_api = pytest.importorskip("playwright.sync_api", reason="the web page's tests need playwright")
pytestmark = [pytest.mark.browser, pytest.mark.sockets]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    made = Workspace(tmp_path_factory.mktemp("story"))
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def page(browser: Any, world: Workspace) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(15_000)
    context.add_init_script("localStorage.setItem('sandbox:welcome:gone', '1')")
    opened = context.new_page()
    opened.goto(f"{world.url}/?as=U0ANN&c=C0OPS")
    yield opened
    context.close()


def type_command(page: Any, text: str) -> None:
    composer = page.locator("#main").get_by_test_id("composer")
    composer.fill(text)
    composer.press("Enter")


def test_a_release_goes_through_the_form_after_a_wrong_version(page: Any, world: Workspace) -> None:
    type_command(page, "/release")
    form = page.get_by_test_id("modal")
    version = form.get_by_label("Version")
    sync_api.expect(version).to_have_value("v1.5.0")

    version.fill("1.4.2")
    form.get_by_role("button", name="Release", exact=True).click()
    sync_api.expect(form.get_by_text("The tag v1.4.2 exists already. The next version would be v1.5.0.")).to_be_visible()

    version.fill("1.5.0")
    form.get_by_role("button", name="Release", exact=True).click()
    sync_api.expect(form).to_have_count(0)
    messages = page.get_by_test_id("messages")
    sync_api.expect(messages.get_by_text("is live in staging")).to_be_visible(timeout=30_000)
    assert any(tag["name"] == "v1.5.0" for tag in world.sandbox.repo("acme/checkout")["tags"])

    messages.get_by_test_id("thread-link").last.click()
    sync_api.expect(page.get_by_test_id("thread-messages").get_by_text("keep the cart when the session expires")).to_be_visible()
    messages.get_by_role("link", name="Run #1").or_(messages.get_by_role("button", name="Run #1")).first.click()
    sync_api.expect(page.get_by_test_id("run-view").get_by_text("Release v1.5.0 to staging").first).to_be_visible()


def test_an_alert_is_taken_by_a_reaction_and_by_the_button(page: Any, world: Workspace) -> None:
    world.wait_watching()
    writer = LogWriter(world.logs)
    writer.write(quiet=10, trouble=3)
    page.goto(f"{world.url}/?as=U0RIA&c=C0ALERTS")
    messages = page.get_by_test_id("messages")
    sync_api.expect(messages.get_by_text("3 errors of 13 lines")).to_be_visible(timeout=20_000)
    messages.get_by_role("button", name="Acknowledge").click()
    sync_api.expect(messages.get_by_text("Acknowledged by ria")).to_be_visible()

    messages.get_by_role("button", name="Give back").click()
    sync_api.expect(messages.get_by_text("nobody has it yet")).to_be_visible()

    writer.write(quiet=10, trouble=5)
    sync_api.expect(messages.get_by_text("5 errors of 15 lines")).to_be_visible(timeout=20_000)
    alert = world.sandbox.ria.waits_for("5 errors of 15 lines", channel="C0ALERTS")
    world.sandbox.ria.replies(alert, "on it")
    sync_api.expect(messages.get_by_text("Acknowledged by ria")).to_be_visible()


def test_a_person_without_the_role_sees_why_at_the_field(page: Any, world: Workspace) -> None:
    page.goto(f"{world.url}/?as=U0DANA&c=C0OPS")
    type_command(page, "/release search")
    form = page.get_by_test_id("modal")
    sync_api.expect(form.get_by_label("Version")).to_have_value("v0.9.4")
    form.get_by_role("combobox", name="Environment").click()
    page.get_by_role("option", name="production").click()
    form.get_by_role("button", name="Release", exact=True).click()
    sync_api.expect(form.get_by_role("alert").filter(has_text="Only a releaser may do this")).to_be_visible()
