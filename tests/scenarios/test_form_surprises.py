"""The release form when things cross: GitHub is slow while another service is chosen; a crash cuts the sent form off."""

from threading import Thread

from bot.testing import Workspace
from tests.scenarios.forms import block, filled_form


def test_fields_of_another_service_are_told_at_the_service_with_a_way_out(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    sandbox.fault("github", "*", "slow", seconds=2.0)
    ann.types("/release")
    ann.chooses(ann.waits_for_modal("Release"), "release_service", "search")
    form = sandbox.wait_until(
        lambda: ann.modal if block(ann.modal, "version") == "version:checkout" else {}, what="the late answer to overtake the choice"
    )
    assert "choose another service and then search again" in ann.submits({}, form)["service"]
    assert workspace.dispatches() == []


def test_a_form_that_was_cut_off_and_is_run_again_tells_its_mistakes(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    form = filled_form(workspace, ann)
    sandbox.fault("github", "*", "slow", seconds=5.0)
    asked = len(sandbox.record(side="github"))
    sending = Thread(target=lambda: ann.does("submit", view_id=form["id"], values={block(form, "version"): "1.4.2"}))
    sending.start()
    sandbox.wait_until(lambda: len(sandbox.record(side="github")) > asked, what="the form to be checked")
    workspace.kill()
    sending.join()
    workspace.start()
    told = ann.waits_for("I was restarted while I handled your", timeout_s=20)
    ann.clicks(told, "Run it again")
    ann.waits_for("The tag `v1.4.2` exists already", timeout_s=20)
