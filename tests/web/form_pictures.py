"""The pictures of the release form and of what it starts: while it looks up, with many inputs, with its mistakes, and several services at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from playwright.sync_api import Browser, Page

from bot.testing import Workspace
from tests.web.looking import take

PHONE = {"width": 390, "height": 844}
TALL = {"width": 390, "height": 1900}  # a phone, scrolled: the whole form in one picture
WORKFLOW = """\
name: release
run-name: "${{ inputs.version }} [${{ inputs.dispatch_id }}]"
on:
  workflow_dispatch:
    inputs:
      version: {required: true}
      environment: {type: choice, required: true, options: [staging, production]}
      sha: {}
      dispatch_id: {}
      notes: {}
      region: {type: choice, required: true, default: eu, options: [eu, us, asia], description: Where it goes first}
      share: {type: number, required: true, description: How many percent of the traffic get it at first}
      skip_smoke_test: {type: boolean}
      ticket: {required: true, description: "The change ticket, such as CHG-1234"}
jobs:
  a:
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
"""
Opened = Callable[[Browser, Workspace, dict[str, int], str], AbstractContextManager[Page]]


def take_form_pictures(world: Workspace, browser: Browser, page: Opened, pictures: Path) -> None:
    """Play a few forms in a world at work, and take their pictures as they look on a phone."""
    sandbox, ann = world.sandbox, world.sandbox.ann
    sandbox.commit(
        "acme/checkout", "rollout", "feat(cart): pay by invoice (#140)", {".github/workflows/release.yml": WORKFLOW}, author="ria"
    )
    with page(browser, world, TALL, "C0OPS") as phone:
        sandbox.fault("github", "*", "slow", seconds=1.5)
        ann.types("/release checkout --ref rollout")
        phone.get_by_text("Looking up").wait_for()
        phone.wait_for_timeout(400)  # it slides in
        take(phone, pictures / "form-looking-up-phone.png", clip={"x": 0, "y": 0, **PHONE})
        phone.get_by_text("The change ticket").wait_for()
        take(phone, pictures / "form-inputs-phone.png")
        for label, value in (("Version", "1.4.2"), ("share", "5"), ("ticket", "CHG-7")):
            phone.get_by_label(label, exact=True).fill(value)
        phone.get_by_role("button", name="Release", exact=True).click()
        phone.get_by_text("exists already").wait_for()
        take(phone, pictures / "form-mistakes-phone.png")
        ann.closes()
        ann.types("/deploy checkout")
        phone.get_by_label("Version", exact=True).wait_for()
        take(phone, pictures / "form-deploy-phone.png")
        ann.closes()
    _together(world, browser, page, pictures)


def _together(world: Workspace, browser: Browser, page: Opened, pictures: Path) -> None:
    sandbox, ann = world.sandbox, world.sandbox.ann
    with page(browser, world, PHONE, "C0OPS") as phone:
        sandbox.plan("acme/search", "release.yml", "failure", job="build")
        ann.types("/release checkout,search 3.0.0 staging")
        phone.get_by_text("Release of").first.wait_for()
        take(phone, pictures / "together-running-phone.png")
        ann.waits_for("1 succeeded, 1 failed", channel="C0OPS", timeout_s=60)
        phone.get_by_text("1 succeeded, 1 failed").first.wait_for()
        take(phone, pictures / "together-phone.png")
    with page(browser, world, PHONE, "C0RANDOM") as phone:
        ann.types("/release checkout 3.1.0 production --dry-run", channel="C0RANDOM")
        phone.get_by_text("Dry run").first.wait_for()
        take(phone, pictures / "dry-run-phone.png")
