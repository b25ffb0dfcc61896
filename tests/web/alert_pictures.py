"""The pictures of an alert in each of its states, as a phone shows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bot.demo.log_writer import LogWriter
from bot.testing import Workspace
from tests.web.looking import look_at, take

Json = dict[str, Any]
ALERTS = "C0ALERTS"
NEW = "ERROR voucher  provider answered 503 for ann@example.com, token=tk-5f2a9c0b1d\n"


def alerts(world: Workspace, alert: Json, phone_of: Callable[[str], AbstractContextManager[Page]], pictures: Path) -> None:
    """Bring an alert through all of its states, and take a picture of each.

    Args:
        alert: its message; 41 errors in its first window.
        phone_of: opens #alerts on a phone as a person.
    """
    sandbox, ria, writer = world.sandbox, world.sandbox.ria, LogWriter(world.logs)

    def now() -> Json:
        return next(m for m in ria.sees(ALERTS) if m["ts"] == alert["ts"])

    with phone_of("U0RIA") as phone:

        def shows(words: str, name: str, test_id: str = "messages") -> None:
            look_at(phone.get_by_test_id(test_id).get_by_text(words).first)
            take(phone, pictures / f"{name}.png")

        shows("41 errors", "alert-phone")
        for errors in (3, 9, 22, 5):
            writer.write(quiet=200, trouble=errors)
            ria.waits_for(f"*{errors} errors of", ALERTS, timeout_s=30)
        ria.clicks(now(), "Acknowledge")
        shows("Acknowledged by", "acknowledged-phone")
        with (world.logs / "checkout.log").open("a") as log:
            log.write(NEW * 3)
        ria.waits_for("voucher", ALERTS, timeout_s=30)
        writer.write(quiet=200, trouble=70)
        ria.waits_for("much worse", ALERTS, timeout_s=30)
        phone.get_by_test_id("thread-link").first.click()
        shows("much worse", "alert-thread-phone", "thread-messages")
    ria.clicks(now(), "Snooze…")
    ria.waits_for_modal()
    with phone_of("U0RIA") as phone:
        phone.get_by_test_id("modal").get_by_text("would have muted").wait_for()
        take(phone, pictures / "snooze-phone.png")
    ria.submits({"length": "4h"})
    with phone_of("U0RIA") as phone:
        look_at(phone.get_by_text("Snoozed by").first)
        take(phone, pictures / "snoozed-phone.png")
        ria.clicks(now(), "Resolve")
        phone.get_by_text("Resolved").first.wait_for()
        take(phone, pictures / "resolved-phone.png")
    sandbox.limits(slack_unknown_blocks=["data_visualization"])
    for errors in (4, 2, 8, 5, 3):
        with (world.logs / "checkout.log").open("a") as log:
            log.write(NEW * errors)
        ria.waits_for(f"*{errors} errors of", ALERTS, timeout_s=30)
    with phone_of("U0RIA") as phone:
        phone.locator("img.picture-image").first.wait_for()
        take(phone, pictures / "alert-picture-phone.png")
    sandbox.limits(slack_unknown_blocks=[])
