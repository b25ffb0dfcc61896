import pytest

from bot.core.inputs import WorkflowInput, as_sent, check_given, read_pairs, to_ask
from bot.core.markup import Mrkdwn

REGION = WorkflowInput("region", "choice", required=True, options=("eu", "us", "asia"))
DRY = WorkflowInput("dry_run", "boolean", required=True)
SHARE = WorkflowInput("share", "number")
TICKET = WorkflowInput("ticket", required=True)
WITH_DEFAULT = WorkflowInput("mode", required=True, default="fast")
ASKED = (REGION, DRY, SHARE, TICKET, WITH_DEFAULT)
GOOD = {"region": "eu", "ticket": "T-1"}


def test_what_is_filled_in_is_not_asked() -> None:
    declared = (WorkflowInput("version"), WorkflowInput("sha"), REGION)
    assert to_ask(declared, {"version", "sha", "dispatch_id"}) == (REGION,)


def test_good_values_pass() -> None:
    given = {**GOOD, "dry_run": "yes", "share": "12.5", "mode": ""}
    assert check_given("release.yml", ASKED, {"sha"}, given) == {}
    assert as_sent(DRY, "Yes") == "true"
    assert as_sent(DRY, "off") == "false"
    assert as_sent(TICKET, "Yes") == "Yes"


@pytest.mark.parametrize(
    ("given", "name", "why"),
    [
        ({"ticket": "T-1"}, "region", "`release.yml` requires the input region: fill it in the form, or add `--input region=eu`."),
        ({"region": "eu"}, "ticket", "add `--input ticket=…`"),
        ({**GOOD, "region": "europe"}, "region", "region is one of eu, us, asia, not `europe`."),
        ({**GOOD, "region": "asi"}, "region", "Did you mean `asia`?"),
        ({**GOOD, "dry_run": "maybe"}, "dry_run", "dry_run is true or false, not `maybe`."),
        ({**GOOD, "share": "a lot"}, "share", "share is a number, not `a lot`."),
        ({**GOOD, "sha": "x"}, "sha", "I fill in the input `sha` myself."),
        (
            {**GOOD, "tickt": "x"},
            "tickt",
            "`release.yml` has no input `tickt`. Did you mean `ticket`? It takes region, dry_run, share, ticket, mode.",
        ),
        ({**GOOD, "<!here>": "x"}, "<!here>", "has no input `&lt;!here&gt;`"),
    ],
)
def test_each_mistake_says_what_is_expected(given: dict[str, str], name: str, why: str) -> None:
    problems = check_given("release.yml", ASKED, {"sha"}, given)
    assert why in problems[name]
    assert list(problems) == [name]


@pytest.mark.parametrize(
    ("pairs", "why"), [(["dry_run"], "Expected name=value"), (["=x"], "Expected name=value"), (["a=1", "a=2"], "given twice")]
)
def test_pairs_that_are_none_are_refused(pairs: list[str], why: str) -> None:
    refusal = read_pairs(pairs)
    assert isinstance(refusal, Mrkdwn)
    assert why in refusal


def test_a_value_may_hold_anything_behind_the_first_equals_sign() -> None:
    assert read_pairs(["a=b=c", "empty="]) == {"a": "b=c", "empty": ""}
