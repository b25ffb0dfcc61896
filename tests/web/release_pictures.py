"""The pictures of a release in each of its states, of the rollback's form and of App Home, as a phone shows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bot.testing import Workspace
from tests.web.looking import look_at, take

Json = dict[str, Any]
OPS = "C0OPS"


def releases(world: Workspace, phone_of: Callable[[str], AbstractContextManager[Page]], pictures: Path) -> None:
    """Play a release that is cancelled and run again, its way to production and back, and take a picture of each state.

    Args:
        phone_of: opens #ops on a phone as a person.
    """
    sandbox, ann, bob = world.sandbox, world.sandbox.ann, world.sandbox.bob

    def story(version: str, text: str) -> Json:
        def there() -> Json | None:
            found = ann.sees_message(f"*search* `{version}`", OPS)
            return found if found and text in ann.reads(found) else None

        return sandbox.wait_until(there, 90, f"search {version} to say {text!r}") or {}

    def shows(words: str, name: str) -> None:
        with phone_of(ann.id) as phone:
            look_at(phone.get_by_test_id("messages").get_by_text(words).last)
            take(phone, pictures / f"{name}.png")

    sandbox.commit("acme/search", "main", "feat: rank by freshness", {"db/migrate/9_rank.sql": "ALTER TABLE pages ADD freshness int;"})
    sandbox.plan("acme/search", "release.yml", "slow")
    sandbox.settings(speed=1.0)  # it shall still run when it is cancelled
    ann.types("/release search 3.1.0 staging")
    story("v3.1.0", "jobs done")
    shows("jobs done", "running-phone")
    bob.clicks(story("v3.1.0", "[Cancel]"), "Cancel")
    story("v3.1.0", "cancelled")
    sandbox.settings(speed=3.0)
    shows("cancelled", "cancelled-phone")
    ann.clicks(story("v3.1.0", "Re-run failed jobs"), "Re-run failed jobs")
    story("v3.1.0", "is live in")
    shows("is live in", "live-phone")

    ann.types("/rollback search staging")
    with phone_of(ann.id) as phone:
        phone.get_by_test_id("modal").get_by_text("disappear").wait_for()
        take(phone, pictures / "rollback-phone.png")
    ann.submits({})
    sandbox.wait_until(lambda: "It was addressed" in ann.reads(ann.sees_message("Rollback by ann", OPS) or {}), 60, "the rollback")
    shows("Rollback by ann", "rolled-back-phone")


def home(phone_of: Callable[[str], AbstractContextManager[Page]], pictures: Path) -> None:
    """Take the picture of App Home, as somebody sees it who may approve."""
    with phone_of("U0RIA") as phone:
        phone.get_by_role("button", name="Channels").click()
        phone.get_by_test_id("app-item").click()
        phone.get_by_test_id("home").get_by_text("Last operations").wait_for()
        take(phone, pictures / "home-phone.png", full_page=True)
