"""Whatever people type wrongly: a clear message to them alone, and nothing is dispatched."""

import pytest

from bot.testing import Workspace

WITHOUT_TRIGGER = "name: release\non: [push]\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
WITHOUT_INPUT = (
    "name: release\non: {workflow_dispatch: {inputs: {version: {}}}}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
)
WITH_ANOTHER_INPUT = (
    "name: release\non: {workflow_dispatch: {inputs: {version: {}, environment: {}, sha: {}, dispatch_id: {}, ticket: {required: true}}}}\n"
    "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
)
BROKEN = "name: [release\non: {"


def only_told(workspace: Workspace, person: str, text: str, expected: str) -> str:
    """Type `text`, and return what the person alone is then told; nobody else sees it and nothing is dispatched."""
    who = getattr(workspace.sandbox, person)
    seen = {(m["ts"], m["channel"]) for m in who.sees()}
    assert who.types(text) == {"ok": True}

    def new() -> list[dict[str, object]]:
        return [m for m in who.sees() if (m["ts"], m["channel"]) not in seen and expected in who.reads(m)]

    told = workspace.sandbox.wait_until(new, what=f"{person} to be told {expected!r}")[-1]
    assert told["ephemeral_to"] == who.id
    assert workspace.dispatches() == []
    return str(who.reads(told))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/release chekout 1.5.0", "There is no service `chekout`. Did you mean `checkout`? Known: checkout, search."),
        ("/release checkout 1.5", "`1.5` is not a semantic version"),
        ("/release checkout ../../x", "is not a semantic version"),
        ("/release checkout v1.5.0+build.7", "is not a semantic version"),
        ("/release checkout 1.4.2", "The tag `v1.4.2` exists already. The next version would be `v1.5.0`."),
        ("/release checkout 1.2.0", "`v1.5.0`"),
        ("/release checkout 1.5.0 moon", "checkout has no environment `moon`. It has staging, production."),
        ("/release checkout 1.5.0 stagin", "Did you mean `staging`?"),
        ("/release checkout 1.5.0 staging --ref nowhere", "There is no branch, tag or commit `nowhere` in acme/checkout."),
        ("/release checkout 1.5.0 staging --ref ../../../x", "can't be a branch, tag or commit"),
        ("/release checkout 1.5.0 staging --ref tags/../../../../x", "can't be a branch, tag or commit"),
        ("/release checkout 1.5.0 staging now please", "I don't know what to do with `now please`"),
        ("/release checkout 1.5.0 --reff main", "Did you mean `ref`?"),
        ('/release checkout "1.5.0', "A quotation mark is open"),
        ("/release checkout 1.5.0 --notes 'fix staging", "A quotation mark is open: `'fix staging`. Close it, as in `'fix staging'`"),
        ("/release <!channel> 1.5.0", "There is no service"),
        ("/release `checkout` 1.5.0", "There is no service"),
        ("/deploy checkout 1.5.0 staging", "There is no tag `1.5.0`. The newest is `v1.4.2`."),
        ("/rollback checkout production", "nothing to go back to"),
        ("/tag checkout 1.4.2", "The tag `v1.4.2` exists already. The next version would be `v1.5.0`."),
        ("/release checkout 1.5.0 --input dry_run", "Expected name=value"),
        ("/release checkout 1.5.0 --input notse=x", "`release.yml` has no input `notse`."),
        ("/release checkout 1.5.0 --input sha=x", "I fill in the input `sha` myself."),
        ("/release checkout 1.5.0 --input", "`--input` needs a value"),
        ("/release search 1.0.0 --notes hello", "`release.yml` takes no notes."),
        ("/release checkout,serach 1.5.0", "*serach*: There is no service `serach`. Did you mean `search`?"),
        ("/release checkout,search 1.5.0 moon", "Nothing was started."),
        ("/ops stauts", "Did you mean `status`?"),
        ("/ops help nonsense", "There is no command or topic `nonsense`"),
        ("/ack A99", "A99"),
    ],
)
def test_a_wrong_command_is_answered_to_the_person_with_what_is_expected(shared: Workspace, typed: str, expected: str) -> None:
    only_told(shared, "ann", typed, expected)


def test_a_broadcast_in_a_command_reaches_nobody(shared: Workspace) -> None:
    only_told(shared, "ann", "/release <!here>`<!channel>` 1.5.0", "There is no service")
    sent = [e for e in shared.sandbox.record(side="slack") if "no service" in str(e["body"])]
    assert sent
    assert not any("<!" in str(entry["body"]) for entry in sent)


@pytest.mark.parametrize(
    ("person", "channel", "expected"),
    [
        ("eve", "C0PARTNERS", "you belong to another workspace"),
        ("gus", "C0CHECKOUT", "guests can't run operations"),
    ],
)
def test_outsiders_and_guests_are_refused(shared: Workspace, person: str, channel: str, expected: str) -> None:
    who = getattr(shared.sandbox, person)
    who.types("/release checkout 1.5.0 staging", channel=channel)
    who.waits_for(expected, channel=channel)
    assert shared.dispatches() == []


def test_a_person_without_the_role_is_told_who_has_it(shared: Workspace) -> None:
    told = only_told(shared, "dana", "/release checkout 1.5.0 production", "Only a releaser may do this")
    assert "Ask @releasers" in told


@pytest.mark.parametrize(
    ("workflow", "expected"),
    [
        (WITHOUT_TRIGGER, "has no `workflow_dispatch` trigger"),
        (WITHOUT_INPUT, "takes no input environment, sha, dispatch_id"),
        (WITH_ANOTHER_INPUT, "requires the input ticket"),
        (BROKEN, "release.yml"),
    ],
)
def test_a_workflow_that_does_not_fit_is_refused_before_anything_is_sent(shared: Workspace, workflow: str, expected: str) -> None:
    branch = f"try-{abs(hash(workflow))}"
    shared.sandbox.commit("acme/checkout", branch, "chore: try", {".github/workflows/release.yml": workflow})
    only_told(shared, "ann", f"/release checkout 1.5.0 staging --ref {branch}", expected)
    assert shared.sandbox.record(side="github", call="actions/create-workflow-dispatch") == []


def test_a_repository_that_the_token_can_not_see_is_named(empty_workspace: Workspace) -> None:
    empty_workspace.toml = empty_workspace.toml.replace('repo = "acme/search"', 'repo = "acme/secret"')
    empty_workspace.start()
    only_told(empty_workspace, "ann", "/release search 1.0.0 staging", "acme/secret")


def test_a_commit_of_another_branch_is_refused_at_the_ref(shared: Workspace) -> None:
    elsewhere = shared.sandbox.commit("acme/checkout", "experiment", "feat: not on main", {"e.txt": "e"})
    only_told(shared, "ann", f"/release checkout 1.5.0 staging --ref {elsewhere}", "is not on `main`")
    only_told(shared, "ann", f"/release checkout 1.5.0 staging --ref {'0' * 40}", "There is no branch, tag or commit")


def test_github_out_of_reach_is_said_and_nothing_is_started(shared: Workspace) -> None:
    shared.sandbox.fault("github", "*", "error", status=503, times=3)
    only_told(shared, "ann", "/release checkout 1.5.0 staging", "Try again in a minute.")
    shared.sandbox.clear_faults()


def test_what_people_wrote_in_commits_reaches_slack_harmless(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.commit("acme/checkout", "main", "feat: <!channel> `pwn` <@U0BOB> & more", {"x.txt": "x"}, author="channel")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    story = sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert sandbox.ann.sees_thread(story)
    sent = "".join(str(e["body"]) for e in sandbox.record(side="slack") if e["call"] in ("chat.postMessage", "chat.update"))
    assert "&lt;!channel&gt;" in sent
    assert "<!channel>" not in sent
    assert "<@U0BOB>" not in sent
