"""The digest: shown when it is asked for, posted once a week; and the audit's head, told once a day."""

from datetime import timedelta

from bot.testing import PluginSandbox


def test_a_week_is_shown_on_demand_and_posted_once_when_it_is_over(sandbox: PluginSandbox) -> None:
    sandbox.load("digest", zone="Europe/Berlin")
    sandbox.given_deployed("checkout", "v1.4.2")
    sandbox.ann.types("/ops digest 3")
    shown = sandbox.ann.sees_last("C0OPS")
    assert "1 deployment to production" in shown
    assert "🚀 *Deployments* 1 · checkout 1" in shown
    assert "*Lead time* 3" in shown  # days: the commit of the tag is older than the sandbox
    assert "Lead time: from the newest commit's merge to its success there." in shown
    sandbox.ann.types("/ops digest 0")
    assert "expected 1 to 92" in sandbox.ann.sees_last("C0OPS")
    sandbox.ann.types("/ops digest 7 prod")
    refused = "No service has an environment `prod`. Did you mean `production`? There are: staging, production."
    assert refused in sandbox.ann.sees_last("C0OPS")
    sandbox.ann.types("/ops digest 7 checkout")
    assert "No service has an environment `checkout`." in sandbox.ann.sees_last("C0OPS")

    sandbox.runs("digest.post")  # nothing is due yet
    sandbox.advance(timedelta(days=7))
    sandbox.runs("digest.post")
    sandbox.runs("digest.post")
    posted = [m for m in sandbox.ann.sees("C0OPS") if "to production" in sandbox.ann.reads(m) and not m["ephemeral_to"]]
    assert len(posted) == 1


def test_the_audit_s_head_is_told_once_a_day_and_kept_on_a_branch(sandbox: PluginSandbox) -> None:
    sandbox.configure('audit_repo = "acme/checkout"')
    sandbox.ann.types("/ops status")
    sandbox.chore("audit head")
    assert sandbox.ann.sees_message("🔏 Audit") is None  # the first day is only noted
    for _day in range(2):
        sandbox.advance(timedelta(days=1))
        sandbox.chore("audit head")
        sandbox.chore("audit head")
    told = [sandbox.ann.reads(m) for m in sandbox.ann.sees("C0OPS") if "🔏 Audit" in sandbox.ann.reads(m)]
    assert len(told) == 2
    assert "chatopsd audit verify --against " in told[0]
    branches = [branch["name"] for branch in sandbox.repo("acme/checkout")["branches"]]
    assert "chatopsd/audit-head" in branches


def test_a_head_that_github_did_not_take_is_pushed_later_and_told_with_the_next(sandbox: PluginSandbox) -> None:
    sandbox.configure('audit_repo = "acme/checkout"')
    sandbox.ann.types("/ops status")
    sandbox.chore("audit head")

    def days_head() -> str:
        sandbox.advance(timedelta(days=1))
        sandbox.chore("audit head")
        return [sandbox.ann.reads(m) for m in sandbox.ann.sees("C0OPS") if "🔏 Audit" in sandbox.ann.reads(m)][-1]

    sandbox.fault("github", "git/create-tree", "error", times=2)
    assert "⚠️" not in days_head()
    assert "⚠️ The one before is not on the branch `chatopsd/audit-head` of acme/checkout: " in days_head()
    sandbox.chore("audit head")
    assert "⚠️" not in days_head()
    assert "chatopsd/audit-head" in [branch["name"] for branch in sandbox.repo("acme/checkout")["branches"]]
