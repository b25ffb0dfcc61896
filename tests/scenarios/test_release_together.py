"""Several services in one release: one message, a line each, outcomes of their own, and a way back for those that went out."""

from typing import Any

from bot.testing import Workspace
from tests.scenarios.forms import block, filled_form

Json = dict[str, Any]


def group_message(workspace: Workspace, words: str) -> Json:
    return workspace.sandbox.ann.waits_for(words, channel="C0OPS", timeout_s=40)


def sent(workspace: Workspace) -> list[tuple[str, str]]:
    """Return which versions were dispatched, by the path of the request."""
    return sorted((str(e["path"]).split("/")[3], e["body"]["inputs"]["version"]) for e in workspace.dispatches())  # type: ignore[index]


def test_two_services_go_together_under_one_message(workspace: Workspace) -> None:
    ann = workspace.sandbox.ann
    ann.types("/release checkout,search 2.0.0 staging")
    story = group_message(workspace, "✅ Release of *2 services* → *staging* · all done")
    shown = ann.reads(story)
    assert "*checkout* v2.0.0" in shown
    assert "*search* v2.0.0" in shown
    assert sent(workspace) == [("checkout", "v2.0.0"), ("search", "v2.0.0")]
    for service in ("checkout", "search"):
        told = f"*{service}* `v2.0.0` is live in *staging*"
        workspace.sandbox.wait_until(lambda told=told: any(told in ann.reads(r) for r in ann.sees_thread(story)), what=told)
    parents = [m for m in ann.sees("C0OPS") if m.get("thread_ts") in (None, m["ts"]) and m["user"] == "U0CHATOPS"]
    assert [m["ts"] for m in parents] == [story["ts"]], "one message tells all of it"


def test_when_one_fails_those_that_went_out_can_go_back(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("*checkout* `v1.5.0` is live in", channel="C0OPS", timeout_s=40)
    sandbox.plan("acme/search", "release.yml", "failure", job="build")
    ann.types("/release checkout,search 2.0.0 staging")
    story = group_message(workspace, "1 succeeded, 1 failed")

    ann.clicks(story, "group_rollback")

    ann.waits_for("Rollback by ann", channel="C0OPS", timeout_s=40)
    sandbox.wait_until(lambda: ("checkout", "v1.5.0") in sent(workspace)[:2] and len(workspace.dispatches()) == 4, what="the way back")
    ann.waits_for("*checkout* `v1.5.0` is live in", channel="C0OPS", timeout_s=40)
    live = sandbox.wait_until(lambda: ann.sees_message("Rollback by ann", "C0OPS"), what="the rollback")
    sandbox.wait_until(lambda: "✅" in ann.reads(ann.sees_message("Rollback by ann", "C0OPS") or {}), timeout_s=40, what="its end")
    assert live
    ann.clicks(story, "group_rollback")
    ann.waits_for("There is nothing to roll back any more")


def test_when_one_can_not_be_prepared_none_is_started(shared: Workspace) -> None:
    ann = shared.sandbox.ann
    ann.types("/release checkout,search 1.0.0 staging")
    told = ann.reads(ann.waits_for("Nothing was started."))
    assert "*checkout*: The tag `v1.0.0` exists already." in told
    assert "*search*" not in told
    ann.types("/release checkout,search,checkout,chekout 3.0.0 staging")
    ann.waits_for("*chekout*: There is no service `chekout`.")
    assert shared.dispatches() == []


def test_in_the_form_others_are_chosen_beside_it_each_with_its_own_version(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    form = filled_form(workspace, ann)
    ann.chooses(form, block(form, "also"), ["search"])

    def both() -> Json | None:
        drawn = ann.modal
        found = [str(b.get("block_id", "")) for b in drawn["blocks"]]
        return (
            drawn if any(b.startswith("version:search:") for b in found) and any(b.startswith("version:checkout:") for b in found) else None
        )

    form = sandbox.wait_until(both, what="both versions") or {}
    assert ann.submits({}, form) == {}
    group_message(workspace, "✅ Release of *2 services* → *staging* · all done")
    assert sent(workspace) == [("checkout", "v1.5.0"), ("search", "v0.9.4")]


def test_a_crash_amid_the_two_dispatches_sends_each_once(workspace: Workspace) -> None:
    assert workspace.daemon is not None
    # At the second: both go at once, and what is on its way at the first may be lost, which nobody could know.
    workspace.sandbox.kill(workspace.daemon.process.pid, 2, "processed", call="actions/create-workflow-dispatch")
    workspace.sandbox.ann.types("/release checkout,search 2.0.0 staging")
    workspace.daemon.process.wait(30)
    workspace.start()
    group_message(workspace, "✅ Release of *2 services* → *staging* · all done")
    assert sent(workspace) == [("checkout", "v2.0.0"), ("search", "v2.0.0")]
