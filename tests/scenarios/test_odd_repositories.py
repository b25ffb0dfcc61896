"""Repositories as they are found: no tags, odd tags, very many of them, several services in one, renamed, with environments of any name."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.testing import Workspace
from tests.scenarios.forms import block, filled_form

Json = dict[str, Any]
ODD_PLACE = "eu west/prod 1"
WORKFLOW = """\
name: release
run-name: "${{ inputs.version }} [${{ inputs.dispatch_id }}]"
on:
  workflow_dispatch:
    inputs:
      version: {required: true}
      environment: {type: choice, required: true, options: [staging, "eu west/prod 1"]}
      sha: {}
      dispatch_id: {}
      previous: {}
jobs:
  a:
    runs-on: ubuntu-latest
    environment: ${{ inputs.environment }}
    steps:
      - run: "true"
"""
SERVICE = """
[services.{name}]
repo = "acme/{repo}"
release_workflow = "release.yml"
deploy_workflow = "release.yml"
tag_workflow = "tag.yml"
{more}
[services.{name}.environments.staging]
[services.{name}.environments."{place}"]
"""
SERVICES = (
    ("bare", "bare", ""),
    ("odd", "odd", ""),
    ("big", "big", ""),
    ("moved", "old", ""),
    ("months", "months", 'versions = "calver:YYYY.MM.PATCH"'),
    ("cart", "mono", 'tag_prefix = "cart-v"\npaths = ["services/cart"]'),
    ("mail", "mono", 'tag_prefix = "mail-v"\npaths = ["services/mail"]'),
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("odd")
    made = Workspace(folder)
    made.toml += "".join(SERVICE.format(name=name, repo=repo, more=more, place=ODD_PLACE) for name, repo, more in SERVICES)
    for repo, tags in (
        ("bare", {}),
        ("odd", {"nightly": 0, "release-7": 1}),
        ("big", {}),
        ("old", {"v1.0.0": 0}),
        ("months", {"2025.12.3": 0}),
    ):
        workflows = {"release.yml": WORKFLOW, "tag.yml": WORKFLOW}
        made.sandbox.repository(f"acme/{repo}", commits=["chore: begin", "feat: more", "fix: it"], workflows=workflows, tags=tags)
    made.sandbox.repository(
        "acme/mono", commits=["chore: begin"], workflows={"release.yml": WORKFLOW}, tags={"cart-v1.2.0": 0, "mail-v3.0.0": 0}
    )
    made.sandbox.commit("acme/mono", "main", "feat(mail): colours", {"services/mail/a.txt": "a"})
    made.sandbox.commit("acme/mono", "main", "fix(cart): totals", {"services/cart/a.txt": "a"})
    try:
        yield made.start()
    finally:
        made.close()


def shown_form(workspace: Workspace, service: str) -> str:
    form = filled_form(workspace, workspace.sandbox.ann, f"/release {service}", timeout_s=30)
    shown = workspace.sandbox.ann.reads(form)
    workspace.sandbox.ann.closes()
    return shown


def sent(workspace: Workspace) -> Json:
    inputs: Json = workspace.dispatches()[-1]["body"]["inputs"]  # type: ignore[index]
    return inputs


def test_without_an_earlier_tag_the_first_version_is_proposed(odd: Workspace) -> None:
    shown = shown_form(odd, "bare")
    assert "v0.1.0" in shown
    assert "There is no version yet." in shown
    assert "feat: more" in shown


def test_tags_that_are_no_versions_are_counted_and_said(odd: Workspace) -> None:
    assert "none of the 2 tags is a semantic version" in shown_form(odd, "odd")


def test_a_calendar_version_is_proposed_and_a_semantic_one_refused(odd: Workspace) -> None:
    assert "The last is 2025.12.3" in shown_form(odd, "months")
    odd.sandbox.ann.types("/release months 1.5.0 staging")
    odd.sandbox.ann.waits_for("is not a calendar version. Expected YYYY.MM.PATCH")


def test_of_a_repository_with_several_services_only_their_own_commits_and_tags_count(odd: Workspace) -> None:
    cart, mail = shown_form(odd, "cart"), shown_form(odd, "mail")
    assert "cart-v1.2.1" in cart
    assert "fix(cart): totals" in cart
    assert "colours" not in cart
    assert "mail-v3.1.0" in mail
    assert "totals" not in mail


def test_a_rollback_of_one_of_several_services_shows_only_the_commits_of_its_own_that_it_takes_back(odd: Workspace) -> None:
    odd.sandbox.deployment("acme/mono", ODD_PLACE, "main")
    odd.sandbox.ann.types(f'/rollback cart "{ODD_PLACE}" cart-v1.2.0')

    def shown() -> str:
        return next((text for view in odd.sandbox.ann.modals if "fix(cart): totals" in (text := odd.sandbox.ann.reads(view))), "")

    text = odd.sandbox.wait_until(shown, timeout_s=30, what="the form to show what the rollback takes back")
    odd.sandbox.ann.closes()
    assert text
    assert "colours" not in text


def test_a_repository_that_was_renamed_is_told_with_its_new_name(odd: Workspace) -> None:
    odd.sandbox.rename("acme/old", "acme/brand-new")
    form = filled_form(odd, odd.sandbox.ann, "/release moved")
    assert '"acme/brand-new"' in odd.sandbox.ann.reads(form)
    odd.sandbox.ann.closes()
    odd.sandbox.ann.types("/release moved 1.1.0 staging")
    odd.sandbox.ann.waits_for('"acme/brand-new"')
    assert odd.dispatches() == []


def test_ten_thousand_tags_are_no_burden(odd: Workspace) -> None:
    path = odd.sandbox.repo("acme/big")["path"]
    git = ["git", "--git-dir", path]
    head = subprocess.run([*git, "rev-parse", "main"], check=True, capture_output=True, text=True).stdout.strip()
    tags = [f"v{major}.{minor}.{patch}" for major in range(10) for minor in range(40) for patch in range(25)]
    commands = "".join(f"create refs/tags/{tag} {head}\n" for tag in tags)
    subprocess.run([*git, "update-ref", "--stdin"], input=commands, check=True, text=True)
    began = time.monotonic()
    shown = shown_form(odd, "big")
    took_s = time.monotonic() - began
    assert "The last is v9.39.24" in shown
    assert took_s < 20.0  # on a machine that does much else; see docs/performance.md
    ann = odd.sandbox.ann
    form = filled_form(odd, ann, "/deploy big", title="Deploy", timeout_s=30)
    version = next(each for each in form["blocks"] if each.get("block_id") == block(form, "version"))
    assert version["element"]["type"] == "plain_text_input"
    assert version["hint"]["text"] == "One of its 10,000 tags; Enter shows what it brings."
    ann.closes()


def test_an_environment_with_blanks_and_slashes_is_released_to(odd: Workspace) -> None:
    ann = odd.sandbox.ann
    ann.types(f'/release odd 0.1.0 "{ODD_PLACE}"')
    ann.waits_for(f"*odd* `0.1.0` is live in *{ODD_PLACE}*", channel="C0OPS", timeout_s=40)
    assert sent(odd)["environment"] == ODD_PLACE
    form = filled_form(odd, ann, "/release odd")
    ann.chooses(form, block(form, "environment"), ODD_PLACE)
    odd.sandbox.wait_until(lambda: f"Live in {ODD_PLACE}: `0.1.0`" in ann.reads(ann.modal), what="what is live there")
    ann.closes()


def test_a_token_that_lost_its_permission_ends_the_release_with_what_it_lacks(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    sandbox.github_token("sandbox-github-token", permissions={"contents": "read", "actions": "read", "checks": "read", "statuses": "read"})
    form = filled_form(workspace, ann)
    assert "✅ 1 check passed" in ann.reads(form), "what may still be read is shown"
    assert ann.submits({}, form) == {}
    told = ann.reads(ann.waits_for("*checkout* `v1.5.0` → *staging* failed", channel="C0OPS", timeout_s=20))
    assert "actions: write" in told
    assert "Nothing was started." in told
    sandbox.github_token("sandbox-github-token", permissions={"metadata": "read"})
    form = filled_form(workspace, ann)
    assert "The last version could not be looked up" in ann.reads(form)
    assert "contents: read" in ann.reads(form)
    ann.closes()
