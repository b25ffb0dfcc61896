"""The three plugins of `examples/plugins`, and the ideal one of the guide, used by people in a workspace."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.testing import PluginSandbox

LIVE = '''
"""Say which version of a service is live."""

from bot.api import Context, Plugin, UserError

plugin = Plugin("live")


@plugin.command("live")
def live(ctx: Context, service: str, environment: str = "production") -> None:
    """Say which version of SERVICE runs in ENVIRONMENT."""
    deployment = ctx.operations.last_succeeded(service, environment)
    if deployment is None:
        raise UserError(f"`{service}` was never deployed to {environment}.")
    ctx.reply(f"{service} {deployment.version} is live in {environment}.")
'''


@pytest.fixture
def rota(sandbox: PluginSandbox) -> PluginSandbox:
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    sandbox.load("rota", people=["U0ANN", "U0BOB"], first_day=yesterday, channel="C0OPS", every="7d")
    return sandbox


def test_live_names_the_last_version_that_was_deployed(sandbox: PluginSandbox) -> None:
    (sandbox.folder / "live.py").write_text(LIVE)
    sandbox.load("live")
    sandbox.given_deployed("checkout", "v1.4.0", environment="production")

    sandbox.ann.types("/ops live checkout")

    assert "v1.4.0 is live" in sandbox.ann.sees_last()


def test_the_rota_changes_hands_and_says_so_once(rota: PluginSandbox) -> None:
    rota.ria.types("/ops rota")
    assert rota.ria.sees_last() == "*ann* is on call; bob is next."
    rota.runs("rota.hand_over")
    rota.runs("rota.hand_over")
    rota.advance(timedelta(days=7))
    rota.runs("rota.hand_over")
    told = [rota.ria.reads(message) for message in rota.ria.sees("C0OPS") if "📟" in rota.ria.reads(message)]
    assert told == ["📟 <@U0ANN> is on call from now on.", "📟 <@U0BOB> is on call from now on."]


def test_who_covers_first_has_the_day(rota: PluginSandbox) -> None:
    rota.ria.types("/ops cover")
    rota.dana.types("/ops cover")
    assert rota.dana.sees_last() == "ria covers today already."
    rota.dana.types("/ops rota")
    assert rota.dana.sees_last() == "*ria* is on call; bob is next."


def test_a_preview_is_an_operation_and_is_remembered_with_it(sandbox: PluginSandbox) -> None:
    sandbox.load("preview", environment="staging")
    sandbox.plan("acme/checkout", "deploy.yml", "failure")
    sandbox.bob.types("/ops preview checkout 9.9.9")
    assert sandbox.bob.sees_last() == "There is no tag `9.9.9`. The newest is `v1.4.2`."
    sandbox.bob.types("/ops previews")
    assert sandbox.bob.sees_last() == "Nobody looks at anything."
    sandbox.bob.types("/ops preview checkout 1.4.2 look at the new cart")
    sandbox.bob.waits_for("failed", channel="C0OPS", timeout_s=40)
    sandbox.bob.types("/ops previews")
    shown = sandbox.bob.waits_for("look at the new cart")
    assert sandbox.bob.reads(shown) == "*checkout* `v1.4.2` · bob · look at the new cart"


def test_the_steps_of_a_runbook_are_ticked_off(sandbox: PluginSandbox) -> None:
    sandbox.load("runbook", books={"disk-full": ["Look at df", "Empty /tmp"]})
    sandbox.ann.types("/ops runbook disk")
    assert "There is no runbook `disk`. There are: disk-full." in sandbox.ann.sees_last()
    sandbox.ann.types("/ops runbook disk-full")
    shown = sandbox.ann.sees("C0OPS")[-1]
    sandbox.ann.clicks(shown, "Step 2 is done")
    text = sandbox.ann.sees_last("C0OPS")
    assert "*disk-full*: 1 of 2 steps done" in text
    assert "▫️ Look at df\n✅ Empty /tmp · ann" in text
    sandbox.ann.clicks(sandbox.ann.sees("C0OPS")[-1], "Step 1 is done")
    assert "2 of 2 steps done" in sandbox.ann.sees_last("C0OPS")
