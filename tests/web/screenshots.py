"""`make screenshots`: plays a working day in the sandbox and takes the pictures of the docs, as a person would see it."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from bot.demo.log_writer import LogWriter
from bot.demo.processes import configuration
from bot.testing import Workspace
from tests.web.alert_pictures import alerts
from tests.web.chromium import ARGUMENTS, HOW_TO_INSTALL, find_chromium
from tests.web.form_pictures import take_form_pictures
from tests.web.gate_pictures import gates, guarded
from tests.web.looking import take
from tests.web.release_pictures import home, releases

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def main() -> int:
    """Take every picture; return the exit code."""
    chromium = find_chromium()
    if chromium is None:
        print(f"The pictures need chromium ({HOW_TO_INSTALL}).", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, workspace(Path(folder)) as world:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        play(world, browser)
        guarded_world(Path(folder) / "guarded", browser)
        browser.close()
    return 0


@contextmanager
def workspace(folder: Path) -> Iterator[Workspace]:
    made = Workspace(folder)
    migrations = 'migrations = ["db/migrate/**"]\n\n[services.search.inputs]'
    made.toml = configuration(made.logs, "1s", approvals=True).replace("[services.search.inputs]", migrations)
    try:
        yield made.start()
    finally:
        made.close()


def play(world: Workspace, browser: Browser) -> None:
    """Play the day and take a picture at each of its moments."""
    sandbox, ann, writer = world.sandbox, world.sandbox.ann, LogWriter(world.logs)
    sandbox.settings(speed=3.0)
    ann.types("/release search 0.9.4 staging")
    ann.waits_for("*search* `v0.9.4` is live", channel="C0OPS", timeout_s=60)
    sandbox.plan("acme/search", "release.yml", "failure", job="build")
    sandbox.bob.types("/release search 0.9.5 production")
    ann.waits_for("failed", channel="C0OPS", timeout_s=60)
    writer.write(quiet=900, trouble=41)
    alert = ann.waits_for("41 errors", channel="C0ALERTS", timeout_s=30)
    alerts(world, alert, lambda user: page(browser, world, PHONE, "C0ALERTS", user), PICTURES)

    with page(browser, world, DESKTOP, "C0OPS") as desktop:
        ann.types("/release checkout")
        desktop.get_by_text("since then").wait_for()
        take(desktop, PICTURES / "form.png")
        sandbox.settings(speed=0.03)  # GitHub shall not be far ahead of the message
        ann.submits({}, ann.waits_for_modal())
        desktop.get_by_text("1 of 2 jobs done").first.wait_for()
        take(desktop, PICTURES / "release.png")
        sandbox.settings(speed=3.0)
        ann.waits_for("*checkout* `v1.5.0` is live", channel="C0OPS", timeout_s=60)
        desktop.get_by_text("is live in staging").last.wait_for()
        desktop.get_by_test_id("messages").get_by_test_id("thread-link").nth(1).click()
        desktop.get_by_test_id("thread-messages").get_by_text("open the log").first.wait_for()
        take(desktop, PICTURES / "timeline.png")
    approvals(world, browser)
    take_form_pictures(world, browser, page, PICTURES)
    with page(browser, world, PHONE, "C0OPS") as phone:
        phone.get_by_text("failed").first.wait_for()
        take(phone, PICTURES / "release-phone.png")
    releases(world, lambda user: page(browser, world, PHONE, "C0OPS", user), PICTURES)
    home(lambda user: page(browser, world, PHONE, "C0OPS", user), PICTURES)


def guarded_world(folder: Path, browser: Browser) -> None:
    """Take the pictures of the gates, in a world that has all of them."""
    world = Workspace(folder)
    world.toml = guarded(world.toml)
    try:
        gates(world.start(), lambda: page(browser, world, PHONE, "C0OPS", "U0BOB"), PICTURES)
    finally:
        world.close()


def approvals(world: Workspace, browser: Browser) -> None:
    """Take the picture of a deploy that waits for its approval, as the approver sees it on a phone."""
    world.sandbox.ann.types("/deploy checkout 1.5.0 production")
    world.sandbox.bob.waits_for("waits for approval", channel="C0OPS")
    with page(browser, world, PHONE, "C0OPS") as phone:
        phone.get_by_text("waits for approval").first.wait_for()
        take(phone, PICTURES / "approval-phone.png")


@contextmanager
def page(browser: Browser, world: Workspace, size: dict[str, int], channel: str, user: str = "U0ANN") -> Iterator[Page]:
    """Open the sandbox's page as Ann, or somebody else, in a channel, without its welcome."""
    context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, locale="en-GB")
    context.add_init_script("localStorage.setItem('sandbox:welcome:gone', '1')")
    opened = context.new_page()
    opened.goto(f"{world.url}/?as={user}&c={channel}")
    opened.locator("#main").get_by_test_id("composer").wait_for()
    yield opened
    context.close()


if __name__ == "__main__":
    sys.exit(main())
