"""The release form when things cross: GitHub is slow while another service is chosen; a crash cuts the sent form off."""

from threading import Thread

from bot.testing import Workspace
from tests.scenarios.forms import block, filled_form


def test_a_late_answer_does_not_overtake_the_service_that_was_chosen_meanwhile(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    sandbox.fault("github", "*", "slow", seconds=2.0)  # the first question, for checkout, is answered last
    ann.types("/release")
    ann.chooses(ann.waits_for_modal("Release"), "release_service", "search")
    sandbox.wait_until(lambda: block(ann.modal, "version").startswith("version:search:"), what="the version of search")
    sandbox.wait_until(
        lambda: any(e["answer"] for e in sandbox.record(side="slack", call="views.update") if not e["answer"]["ok"]), what="the late one"
    )
    late = [e["answer"]["error"] for e in sandbox.record(side="slack", call="views.update") if not e["answer"]["ok"]]
    assert late == ["hash_conflict"]
    assert block(ann.modal, "version").startswith("version:search:")


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
