"""The form stays within Slack's limits, whatever a workflow declares and however much there is to show, and says so where it can't show all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.configuration import Environment, Service
from bot.core.gates import Check, CheckState, Gate, Verdict
from bot.core.inputs import WorkflowInput
from bot.core.markup import md
from bot.core.operations import OperationKind
from bot.core.preview import Preview, dry_run_message
from bot.core.release_form import MOST_SERVICES, Chosen, draw_form
from sandbox.slack.blocks import check_message_blocks, check_view

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
words = st.sampled_from(["", "<!channel>", "`", "x" * 4000, "a\nb", "& " * 200, "plain", "ü" * 76, "7"]) | st.text(max_size=20)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,20}", fullmatch=True)
inputs = st.builds(
    WorkflowInput,
    names,
    st.sampled_from(["string", "boolean", "choice", "number", "environment", "surprise"]),
    st.booleans(),
    st.sampled_from(["", "5", "true"]),
    words,
    st.sampled_from([(), ("eu", "us"), ("eu", "eu"), ("x" * 80, "y"), ("", "a"), tuple(f"o{n}" for n in range(150))]),
)
previews = st.builds(
    Preview,
    kind=st.just(OperationKind.RELEASE),
    service=st.just("s0"),
    repo=st.just("acme/s0"),
    environment=st.sampled_from(["staging", "eu west/prod 1"]),
    ref=st.just("main"),
    version=st.sampled_from(["", "v1.5.0"]),
    file=st.just("release.yml"),
    sha=st.sampled_from(["", "a" * 40]),
    proposed=st.sampled_from(["", "v1.5.0"]),
    last=st.sampled_from(["", "v1.4.2"]),
    why=words,
    subjects=st.lists(st.tuples(words, words), max_size=8).map(tuple),
    total=st.integers(0, 10_000),
    checks=st.none() | st.lists(st.builds(Check, words, st.sampled_from(CheckState)), max_size=6).map(tuple),
    verdicts=st.lists(st.builds(Verdict, st.sampled_from(Gate), st.booleans(), words, words), max_size=5).map(tuple),
    notes=words,
    takes_notes=st.booleans(),
    asked=st.lists(inputs, max_size=6, unique_by=lambda wanted: wanted.name).map(tuple),
    environments=st.lists(words, max_size=4).map(tuple),
    inputs=st.dictionaries(names, words, max_size=6),
    problems=st.dictionaries(names, words.map(lambda text: md("{}", text)), max_size=3),
)


def service(name: str, environments: int = 2) -> Service:
    places = {f"place {n}": Environment(f"place {n}") for n in range(environments)}
    return Service(name, f"acme/{name}", "main", places, release_workflow="release.yml")


@settings(max_examples=60)
@given(previews)
def test_whatever_a_preview_holds_slack_takes_the_form_and_the_dry_run(preview: Preview) -> None:
    form = draw_form(Chosen(OperationKind.RELEASE, ("s0",), "C0OPS"), [service("s0"), service("s1")], [preview], NOW)
    check_view(dict(form), "modal")
    check_message_blocks(list(dry_run_message(preview, NOW).blocks))


@pytest.mark.parametrize(("services", "environments"), [(1, 1), (100, 100), (101, 101), (250, 3)])
def test_more_services_and_environments_than_slack_offers_are_typed(services: int, environments: int) -> None:
    known = [service(f"s{n}", environments) for n in range(services)]
    form = draw_form(Chosen(OperationKind.RELEASE, ("s0",)), known, (), NOW)
    check_view(dict(form), "modal")
    fields = {str(b["block_id"]).partition(":")[0]: b["element"]["type"] for b in form["blocks"] if b["type"] == "input"}  # type: ignore[index,attr-defined,union-attr]
    assert fields["service"] == ("static_select" if services <= 100 else "plain_text_input")
    assert fields["environment"] == ("static_select" if environments <= 100 else "plain_text_input")


def test_ten_services_with_all_their_inputs_say_that_it_is_too_much() -> None:
    known = [service(f"s{n}") for n in range(MOST_SERVICES)]
    asked = tuple(WorkflowInput(f"i{n}") for n in range(25))
    shown = [Preview(OperationKind.RELEASE, s.name, s.repo, "place 0", "main", "v1.0.0", "release.yml", asked=asked) for s in known]
    form = draw_form(Chosen(OperationKind.RELEASE, tuple(s.name for s in known)), known, shown, NOW)
    check_view(dict(form), "modal")
    assert "more than Slack shows in one form" in str(form["blocks"])
    small = draw_form(Chosen(OperationKind.RELEASE, ("s0", "s1")), known, shown[:2], NOW)
    assert str(small["blocks"]).count("'label'") > 50


@given(st.builds(Chosen, st.just(OperationKind.DEPLOY), st.lists(names, min_size=1, max_size=10).map(tuple), names, names, names, names))
def test_what_is_chosen_is_read_back_from_the_form_itself(chosen: Chosen) -> None:
    assert Chosen.read(chosen.write(), chosen.kind) == chosen
