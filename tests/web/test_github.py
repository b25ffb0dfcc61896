"""The GitHub panel: runs that move, and the addresses that the bot's links point to."""

import json
import re
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.web import gallery
from tests.web.control import Sandbox
from tests.web.scripted_bot import ScriptedBot

WHOLE_PHONE = {"x": 0, "y": 0, "width": 390, "height": 844}

pytestmark = [pytest.mark.browser, pytest.mark.sockets]


def place_of(page: Page, selector: str) -> Any:
    """Where a panel is once it has slid in."""
    panel = page.locator(selector)
    panel.evaluate("node => Promise.all(node.getAnimations().map(one => one.finished)).then(() => null)")
    return panel.bounding_box()


def dispatch(sandbox: Sandbox, repo: str, version: str, workflow: str = "release.yml") -> str:
    """Dispatch a workflow as a bot does; return the run's address. What is released is `main`, what is deployed the tag of the version."""
    found = next(one for one in sandbox.call("github")["repos"] if one["full_name"] == repo)
    at = {ref["name"]: ref["sha"] for ref in [*found["branches"], *found["tags"]]}
    sha = at["main" if workflow == "release.yml" else f"v{version}"]
    inputs = {"version": version, "sha": sha, "environment": "staging", "dispatch_id": f"d-{workflow[0]}-{version}"}
    body = {"ref": "main", "inputs": inputs, "return_run_details": True}
    request = Request(  # noqa: S310
        f"{sandbox.url}/repos/{repo}/actions/workflows/{workflow}/dispatches",
        json.dumps(body).encode(),
        {"Authorization": "Bearer sandbox-github-token", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["html_url"])


def test_a_link_of_the_bot_opens_its_run_in_place_and_the_jobs_move(sandbox: Sandbox, bot: ScriptedBot, look: Any) -> None:
    page = look("/?as=U0ANN&c=C0OPS")
    address = dispatch(sandbox, "acme/checkout", "1.5.0")
    bot.post("C0OPS", f"Released by <{address}|run of 1.5.0>")

    page.get_by_role("link", name="run of 1.5.0").click()

    run = page.get_by_test_id("run-view")
    expect(run.locator(".run-state")).to_have_text("success", timeout=60_000)
    expect(run.locator(".job[data-state=success]").first).to_be_visible()
    expect(page.locator("#main h1")).to_have_text("ops")
    assert page.url.startswith(address)
    page.reload()
    expect(run.locator(".run-state")).to_have_text("success")
    page.get_by_role("button", name="Back to the overview").click()
    page.get_by_role("button", name="Back to the overview").click()
    expect(page.locator("[data-repo='acme/checkout']")).to_contain_text("v1.5.0")


@pytest.mark.parametrize(
    ("path", "view", "text"),
    [
        ("releases/tag/v1.4.2", "tag-view", "v1.4.2"),
        ("compare/v1.4.1...main", "compare-view", "v1.4.1 … main"),
        ("commit/{sha}", "commit-view", "v1.4.2"),
        ("", "", "Workflow runs"),
    ],
)
def test_the_addresses_of_github_open_their_facts(sandbox: Sandbox, look: Any, path: str, view: str, text: str) -> None:
    repo = next(one for one in sandbox.call("github")["repos"] if one["full_name"] == "acme/checkout")
    sha = next(tag["sha"] for tag in repo["tags"] if tag["name"] == "v1.4.2")

    page = look(f"/acme/checkout/{path.format(sha=sha)}?as=U0ANN")

    panel = page.get_by_test_id(view) if view else page.locator("#github")
    expect(panel).to_contain_text(text)


def test_a_comparison_lists_the_commits_that_came(sandbox: Sandbox, look: Any) -> None:
    subjects = ["feat: first", "fix: second", "feat: third"]
    sandbox.call("github/repository", {"full_name": "acme/mail", "commits": subjects, "tags": {"v1.0.0": 0}})
    tip = sandbox.call("github/commit", {"repo": "acme/mail", "branch": "main", "message": "docs: fourth", "files": {"a.md": "a"}})["sha"]

    page = look(f"/acme/mail/compare/v1.0.0...{tip}?as=U0ANN")

    view = page.get_by_test_id("compare-view")
    expect(view.locator("h3")).to_have_text(f"v1.0.0 … {tip[:7]}")
    expect(view.locator("h4")).to_have_text("3 commits")
    expect(view.locator(".gh-row strong")).to_have_text(["docs: fourth", "feat: third", "fix: second"])
    view.locator(".gh-row").first.click()
    expect(page.get_by_test_id("commit-view")).to_contain_text(tip)


def test_what_does_not_exist_is_said_to_be_missing(look: Any) -> None:
    page = look("/acme/nothing/actions/runs/1?as=U0ANN")

    expect(page.locator("#github")).to_contain_text("There is no repository acme/nothing")


def test_a_run_that_waits_for_a_review_is_approved_on_the_panel(sandbox: Sandbox, look: Any) -> None:
    sandbox.call("github/plan", {"repo": "acme/search", "workflow": "release.yml", "outcome": "waiting"})
    address = dispatch(sandbox, "acme/search", "0.9.4")

    page = look(address.removeprefix(sandbox.url) + "?as=U0BOB")
    page.locator("#github").get_by_role("button", name="Approve").click()

    expect(page.get_by_test_id("run-view").locator(".run-state")).to_have_text("success", timeout=60_000)


def test_what_is_live_is_what_was_last_deployed_with_success(sandbox: Sandbox, look: Any) -> None:
    repo = "acme/billing"
    sandbox.call("github/repository", {"full_name": repo, "commits": 12, "tags": {"v2.0.0": 4, "v2.1.0": -1}})
    page = look("/?as=U0ANN")
    shown = page.locator(f"[data-repo='{repo}']")
    expect(shown.locator(".env")).to_have_text(["stagingv2.1.0", "productionv2.1.0"])
    live = shown.locator(".env", has_text="staging")

    def goes(workflow: str, version: str, end: str) -> None:
        dispatch(sandbox, repo, version, workflow)
        expect(shown.locator(".run-row", has_text=version).first).to_have_class(re.compile(f"state-{end}"), timeout=30_000)

    goes("release.yml", "2.1.1", "success")
    expect(live).to_have_text("stagingv2.1.1")
    goes("deploy.yml", "2.0.0", "success")
    expect(live).to_have_text("stagingv2.0.0")
    expect(shown.locator(".tag-chip")).to_have_text("newest tag v2.1.1")

    sandbox.call("github/plan", {"repo": repo, "workflow": "deploy.yml", "outcome": "failure", "job": "Deploy"})
    goes("deploy.yml", "2.1.0", "failure")
    expect(live).to_have_text("stagingv2.0.0v2.1.0 failed")

    expect(shown.locator(".env").last).to_have_text("productionv2.1.0")
    live.click()
    rows = page.locator("#github .gh-row")
    expect(rows).to_contain_text(["failure · v2.1.0", "success · v2.0.0", "inactive · v2.1.1"])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wider_than_a_phone(sandbox: Sandbox, bot: ScriptedBot, look: Any, *, dark: bool) -> None:
    last = [bot.post("C0CHECKOUT", "wide " + "w" * 300, blocks=blocks) for blocks in gallery.ALL][-1]
    bot.post("C0CHECKOUT", "in the thread", thread_ts=last)
    page = look("/?as=U0ANN&c=C0CHECKOUT", phone=True, dark=dark, welcome=True)

    def fits() -> bool:
        return bool(
            page.evaluate("document.documentElement.scrollWidth <= innerWidth && document.querySelector('#main').scrollWidth <= innerWidth")
        )

    link = page.locator(f'[data-ts="{last}"]').get_by_test_id("thread-link")
    expect(link).to_be_visible()
    assert fits()
    link.click()
    expect(page.get_by_test_id("thread-messages")).to_contain_text("in the thread")
    assert place_of(page, "#thread") == WHOLE_PHONE
    page.get_by_role("button", name="Close thread").click()
    page.get_by_role("button", name="Channels").click()
    page.locator("[data-channel-item=C0OPS]").click()
    expect(page.locator("#main h1")).to_have_text("ops")
    page.get_by_role("button", name="GitHub").first.click()
    expect(page.locator("#github")).to_be_visible()
    assert place_of(page, "#github") == WHOLE_PHONE
    assert fits()


def test_what_one_taps_on_a_phone_is_forty_pixels_high(bot: ScriptedBot, look: Any) -> None:
    ts = bot.post("C0ALERTS", "tap", blocks=gallery.ACTION_BLOCKS)
    bot.client.reactions_add(channel="C0ALERTS", timestamp=ts, name="eyes")
    bot.post("C0ALERTS", "a reply", thread_ts=ts)
    page = look("/?as=U0ANN&c=C0ALERTS", phone=True)
    expect(page.locator(f'[data-ts="{ts}"] .reaction').first).to_be_visible()

    heights = page.evaluate(
        "[...document.querySelectorAll('#main button, #main a.button, #main input, #main textarea')].filter(n => n.checkVisibility() && !n.closest('.toolbar'))"
        ".map(n => [(n.closest('.picker') ?? n).getBoundingClientRect().height, n.getAttribute('aria-label') ?? n.textContent])"
    )
    assert [one for one in heights if one[0] < 40 and one[0] > 0 and one[1] != "Message #alerts"] == []
