"""The form is made from the workflow file's own inputs at the ref that is chosen; what Slack can't offer is typed, and told."""

from typing import Any

from bot.testing import Workspace
from sandbox.person import Person
from tests.scenarios.forms import block, filled_form

Json = dict[str, Any]
OURS = "      version: {required: true}\n      environment: {}\n      sha: {}\n      dispatch_id: {}\n"
JOBS = "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"
EVERY_TYPE = """\
      note:
        description: Said in the release's title
        default: nothing special
      region: {type: choice, required: true, default: us, options: [eu, us, asia]}
      dry: {type: boolean, default: true}
      share: {type: number, description: "How many percent get it first", required: true}
      target: {type: environment}
"""


def workflow(inputs: str) -> str:
    return f"name: release\nrun-name: '${{{{ inputs.version }}}} [${{{{ inputs.dispatch_id }}}}]'\non:\n  workflow_dispatch:\n    inputs:\n{OURS}{inputs}{JOBS}"


def given_branch(workspace: Workspace, branch: str, text: str, message: str = "feat: another form") -> str:
    return workspace.sandbox.commit("acme/checkout", branch, message, {".github/workflows/release.yml": text})


def form_at(workspace: Workspace, person: Person, branch: str) -> Json:
    return filled_form(workspace, person, f"/release checkout --ref {branch}")


def field(form: Json, name: str) -> Json:
    """Return the block of a workflow's input."""
    found: Json = next(
        each for each in form["blocks"] if str(each.get("block_id", "")).startswith("input:") and each["block_id"].endswith(f":{name}")
    )
    return found


def inputs_of(form: Json) -> list[str]:
    return [each["block_id"].split(":", 3)[3] for each in form["blocks"] if str(each.get("block_id", "")).startswith("input:")]


def test_every_type_of_input_has_its_field_and_what_we_fill_in_is_not_asked(shared: Workspace) -> None:
    given_branch(shared, "feature/every/type", workflow(EVERY_TYPE))
    form = form_at(shared, shared.sandbox.ann, "feature/every/type")

    assert inputs_of(form) == ["note", "region", "dry", "share", "target"]
    elements = {name: field(form, name)["element"] for name in inputs_of(form)}
    assert [element["type"] for element in elements.values()] == [
        "plain_text_input",
        "static_select",
        "checkboxes",
        "number_input",
        "static_select",
    ]
    assert elements["note"]["initial_value"] == "nothing special"
    assert elements["region"]["initial_option"]["value"] == "us"
    assert elements["dry"]["initial_options"][0]["value"] == "true"
    assert [each["value"] for each in elements["target"]["options"]] == ["staging", "production"]
    assert field(form, "share")["hint"]["text"] == "How many percent get it first"
    assert [name for name in inputs_of(form) if field(form, name)["optional"] is False] == ["region", "share"]
    shared.sandbox.ann.closes()


def test_what_is_filled_in_reaches_the_workflow(workspace: Workspace) -> None:
    given_branch(workspace, "full", workflow(EVERY_TYPE))
    ann = workspace.sandbox.ann
    form = form_at(workspace, ann, "full")
    values = {
        field(form, name)["block_id"]: value for name, value in (("share", "12.5"), ("region", "asia"), ("dry", []), ("note", "go & <see>"))
    }

    assert ann.submits(values, form) == {}

    workspace.sandbox.wait_until(workspace.dispatches, what="the dispatch", timeout_s=20)
    sent: Any = workspace.dispatches()[0]["body"]
    assert sent["ref"] == "full"
    assert {name: sent["inputs"][name] for name in ("share", "region", "dry", "note")} == {
        "share": "12.5",
        "region": "asia",
        "dry": "false",
        "note": "go & <see>",
    }
    assert "target" not in sent["inputs"], "what was left empty is the workflow's to fill"


def test_inputs_go_by_command_too_and_a_mistake_is_told_by_its_name(workspace: Workspace) -> None:
    given_branch(workspace, "full", workflow(EVERY_TYPE))
    ann = workspace.sandbox.ann
    ann.types("/release checkout 1.5.0 --ref full --input region=europe --input share=many")
    told = ann.reads(ann.waits_for("region is one of eu, us, asia, not `europe`."))
    assert "share is a number, not `many`." in told
    ann.types("/release checkout 1.5.0 --ref full --input region=eu --input share=5 --input dry=no --input 'note=two words'")
    workspace.sandbox.wait_until(workspace.dispatches, what="the dispatch", timeout_s=20)
    sent: Any = workspace.dispatches()[0]["body"]
    assert {name: sent["inputs"][name] for name in ("share", "region", "dry", "note")} == {
        "share": "5",
        "region": "eu",
        "dry": "false",
        "note": "two words",
    }


def test_twenty_five_inputs_are_all_asked_and_more_are_refused(shared: Workspace) -> None:
    many = "".join(f"      i{number:02}: {{description: Number {number}}}\n" for number in range(21))
    given_branch(shared, "many", workflow(many))
    form = form_at(shared, shared.sandbox.ann, "many")
    assert inputs_of(form) == [f"i{number:02}" for number in range(21)]
    shared.sandbox.ann.closes()
    given_branch(shared, "too-many", workflow(many + "      one_more: {}\n"))
    form = form_at(shared, shared.sandbox.ann, "too-many")
    assert "declares 26 inputs; GitHub takes at most 25" in shared.sandbox.ann.reads(form)
    shared.sandbox.ann.closes()


def test_a_hundred_and_fifty_choices_are_typed_and_the_near_one_is_named(shared: Workspace) -> None:
    shops = ", ".join(f"shop-{number:03}" for number in range(150))
    given_branch(shared, "shops", workflow(f"      shop: {{type: choice, required: true, options: [{shops}]}}\n"))
    ann = shared.sandbox.ann
    form = form_at(shared, ann, "shops")
    shop = field(form, "shop")
    assert shop["element"]["type"] == "plain_text_input"
    assert "Type one of the 150 choices: shop-000, " in shop["hint"]["text"]
    assert "and 140 more" in shop["hint"]["text"]
    errors = ann.submits({shop["block_id"]: "shp-042"}, form)
    assert "Did you mean shop-042?" in errors[shop["block_id"]]
    assert shared.dispatches() == []
    ann.closes()


def test_a_workflow_without_any_input_is_told_and_nothing_crashes(shared: Workspace) -> None:
    given_branch(shared, "bare", f"name: release\non: workflow_dispatch\n{JOBS}")
    form = form_at(shared, shared.sandbox.ann, "bare")
    assert "takes no input version, environment, sha, dispatch_id" in shared.sandbox.ann.reads(form)
    assert inputs_of(form) == []
    shared.sandbox.ann.closes()


def test_a_workflow_that_does_not_parse_is_told_with_its_line(shared: Workspace) -> None:
    given_branch(shared, "broken", "name: [release\non: {")
    form = form_at(shared, shared.sandbox.ann, "broken")
    assert "The workflow release.yml is not valid YAML, line 2" in shared.sandbox.ann.reads(form)
    shared.sandbox.ann.closes()


def test_another_ref_draws_its_own_inputs_and_keeps_what_was_typed(shared: Workspace) -> None:
    given_branch(shared, "one", workflow("      ticket: {required: true}\n"))
    given_branch(shared, "two", workflow("      ticket: {required: true}\n      mood: {}\n"))
    ann = shared.sandbox.ann
    form = form_at(shared, ann, "one")
    ticket = field(form, "ticket")["block_id"]
    ann.chooses(form, ticket, "T-7")
    ann.chooses(form, block(form, "ref"), "two")
    drawn = shared.sandbox.wait_until(lambda: ann.modal if "mood" in inputs_of(ann.modal) else None, what="the inputs of the other branch")
    assert drawn["state"]["values"][ticket]["input"]["value"] == "T-7"
    assert "at `" in ann.reads(drawn)
    ann.closes()


def test_a_ref_that_was_typed_and_not_looked_at_is_not_released_unseen(shared: Workspace) -> None:
    given_branch(shared, "unseen", workflow(""))
    ann = shared.sandbox.ann
    form = filled_form(shared, ann)
    errors = ann.submits({block(form, "ref"): "unseen"}, form)
    assert "Press Enter in this field to see what unseen would bring" in errors[block(form, "ref")]
    assert shared.dispatches() == []
    ann.closes()


def test_a_required_input_that_was_removed_meanwhile_is_told_at_its_field(shared: Workspace) -> None:
    given_branch(shared, "shrinks", workflow("      ticket: {required: true}\n"))
    ann = shared.sandbox.ann
    form = form_at(shared, ann, "shrinks")
    given_branch(shared, "shrinks", workflow(""), "feat: no tickets any more")
    ticket = field(form, "ticket")["block_id"]
    errors = ann.submits({ticket: "T-1"}, form)
    assert "release.yml has no input ticket." in errors[ticket]
    assert shared.dispatches() == []
    ann.closes()


def test_what_was_shown_goes_though_the_branch_has_moved_on(workspace: Workspace) -> None:
    ann = workspace.sandbox.ann
    form = filled_form(workspace, ann)
    shown = next(b["sha"] for b in workspace.sandbox.repo("acme/checkout")["branches"] if b["name"] == "main")
    workspace.sandbox.commit("acme/checkout", "main", "feat: came too late", {"late.txt": "late"})

    assert ann.submits({}, form) == {}

    workspace.sandbox.wait_until(workspace.dispatches, what="the dispatch", timeout_s=20)
    sent: Any = workspace.dispatches()[0]["body"]
    assert sent["inputs"]["sha"] == shown


def test_the_preview_shows_commits_checks_what_is_live_and_the_gates(shared: Workspace) -> None:
    form = filled_form(shared, shared.sandbox.ann)
    shown = shared.sandbox.ann.reads(form)
    for expected in (
        "`v1.4.2` → `v1.5.0` at `",
        "1 feature",
        "*6 commits* · compare",
        "feat(cart): keep the cart when the session expires (#131)",
        "✅ 1 check passed",
        "Live in staging: `v1.4.2`",
        "✅ Every gate is open for you",
        "As a pre-release: v1.5.0-rc.1.",
    ):
        assert expected in shown
    notes = next(each for each in form["blocks"] if str(each.get("block_id", "")).startswith("notes:"))
    assert "What's Changed" in notes["element"]["initial_value"]
    shared.sandbox.ann.closes()
    dana = shared.sandbox.dana
    closed = filled_form(shared, dana)
    dana.chooses(closed, block(closed, "environment"), "production")
    shared.sandbox.wait_until(lambda: "⛔ *role*" in dana.reads(dana.modal), what="the closed gate")
    dana.closes()


def test_the_shortcut_opens_the_form(shared: Workspace) -> None:
    ann = shared.sandbox.ann
    ann.uses_shortcut("release_open")
    ann.waits_for_modal("Release")
    shared.sandbox.wait_until(lambda: block(ann.modal, "version"), what="the form to be filled")
    ann.closes()
