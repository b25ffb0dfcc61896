"""Brings into view what a picture shall show, and takes it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page


def look_at(shown: Locator) -> None:
    """Wait for something, and scroll to it in one step: Playwright's own scrolling takes several, and a message may be edited between them."""
    shown.wait_for()
    shown.evaluate("node => node.scrollIntoViewIfNeeded()")


def take(page: Page, path: Path, **more: Any) -> None:
    """Take a picture, with everything where it is once it has slid in."""
    page.screenshot(path=path, animations="disabled", **more)
