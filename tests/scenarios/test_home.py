"""App Home: what a person sees when they open it, and what they can do from there."""

from typing import Any

import pytest

from bot.demo.processes import configuration
from bot.testing import Workspace
from sandbox.person import Person


def home_that_shows(workspace: Workspace, person: Person, *texts: str) -> dict[str, Any]:
    """Open Home and return it as soon as it shows the texts."""
    person.opens_home()

    def there() -> dict[str, Any] | None:
        found = person.home
        return found if found and all(text in person.reads(found) for text in texts) else None

    found = workspace.sandbox.wait_until(there, timeout_s=20, what=f"the Home of {person.name} to show {texts}")
    assert found is not None
    return found


@pytest.fixture
def approving(empty_workspace: Workspace) -> Workspace:
    """Give a workspace whose production asks for approvals, with v1.5.0 in staging and its deploy to production waiting."""
    empty_workspace.toml = configuration(empty_workspace.logs, "1s", approvals=True)
    workspace = empty_workspace.start()
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    workspace.sandbox.ann.waits_for("*checkout* `v1.5.0` is live in *staging*", channel="C0OPS", timeout_s=40)
    workspace.sandbox.bob.types("/deploy checkout 1.5.0 production")
    workspace.sandbox.ann.waits_for("waits for approval", channel="C0OPS", timeout_s=20)
    return workspace


def test_home_shows_what_is_live_what_waits_and_what_is_locked(approving: Workspace) -> None:
    sandbox = approving.sandbox
    sandbox.bob.types('/ops lock search production "a migration"')
    sandbox.bob.waits_for("is locked")
    approving.wait_watching()
    (approving.logs / "api.log").write_text("ERROR disk is full\n")
    sandbox.dana.waits_for("disk is full", channel="C0ALERTS", timeout_s=20)
    live = "*checkout* · staging `v1.5.0` · production `v1.4.2`"
    shown = sandbox.dana.reads(home_that_shows(approving, sandbox.dana, live, "waits for approval", "a migration"))
    assert "🔴 `A1` *checkout-api* · 1 error · nobody has it" in shown
    for part in ("Live", "Running", "Waiting for approval", "Locked", "Open alerts", "Last operations", "Nothing runs."):
        assert part in shown
    assert "waits for approval · deploy by bob\n↳ 1 of 1 approval missing: @leads or ria" in shown
    assert "[Release …] [Deploy …] [Roll back …]" in shown
    assert "Waiting for you" not in shown, "Dana may not approve"


def test_an_approver_approves_from_home_and_sees_it_gone(approving: Workspace) -> None:
    sandbox = approving.sandbox
    home = home_that_shows(approving, sandbox.ria, "Waiting for you", "[Approve]")
    assert "This deploys checkout v1.5.0 to production, commit " in str(home["blocks"])
    sandbox.ria.clicks(home, "Approve")
    sandbox.ann.waits_for("*checkout* `v1.5.0` is live in *production*", channel="C0OPS", timeout_s=40)
    shown = sandbox.ria.reads(home_that_shows(approving, sandbox.ria, "production `v1.5.0`"))
    assert "Waiting for you" not in shown


def test_forms_open_from_home(approving: Workspace) -> None:
    sandbox = approving.sandbox
    home = home_that_shows(approving, sandbox.bob, "Roll back …")
    for label, title in (("Release …", "Release"), ("Deploy …", "Deploy"), ("Roll back …", "Roll back checkout")):
        sandbox.bob.clicks(home, label)
        form = sandbox.bob.waits_for_modal(title)
        sandbox.bob.closes(form)


def test_home_stays_within_slacks_limit_however_much_is_configured(empty_workspace: Workspace) -> None:
    service = '[services.s{n}]\nrepo = "acme/search"\nrelease_workflow = "release.yml"\n[services.s{n}.environments.staging]\n'
    empty_workspace.toml = empty_workspace.toml.replace(
        "[[watches]]", "\n".join(service.format(n=n) for n in range(90)) + "\n[[watches]]", 1
    )
    workspace = empty_workspace.start()
    home = home_that_shows(workspace, workspace.sandbox.ann, "*s57*", "more lines: `/ops status`")
    assert len(home["blocks"]) <= 100


def test_home_says_once_that_github_can_not_be_asked_and_not_that_nothing_is_live(empty_workspace: Workspace) -> None:
    workspace = empty_workspace.start()
    workspace.sandbox.fault("github", "*", "error", status=503, times=1000)

    shown = workspace.sandbox.ann.reads(home_that_shows(workspace, workspace.sandbox.ann, "Last operations"))

    assert "⚠️ checkout staging: GitHub could not be asked what is live. GitHub has trouble (HTTP 503)" in shown
    assert "❓ Not known: checkout · staging: GitHub has trouble" in shown
    assert shown.count(" (and 3 more)") == 2
    assert shown.count("GitHub has trouble") == 2
    assert "nothing yet" not in shown
