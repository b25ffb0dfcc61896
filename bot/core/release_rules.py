"""What makes a workflow good for a request: the inputs that it takes; each refusal says what was found, what is expected, what to do."""

from collections.abc import Collection, Mapping

from bot.core.inputs import MOST_CHARACTERS, MOST_INPUTS, WorkflowInput
from bot.core.markup import Mrkdwn, code, md


def check_inputs(
    file: str, declared: tuple[WorkflowInput, ...] | None, given: Mapping[str, str], filled: Collection[str] = ()
) -> Mrkdwn | None:
    """Say why a workflow can't be dispatched with the inputs that are filled in for people; None when it can.

    Args:
        filled: the names of those inputs, also of those for which there is no value this time.
    """
    if declared is None:
        return md("{} has no {} trigger, so I can't start it. Add the trigger to the workflow file.", code(file), code("workflow_dispatch"))
    if len(declared) > MOST_INPUTS:
        return md("{} declares {} inputs; GitHub takes at most {}.", code(file), len(declared), MOST_INPUTS)
    known = {wanted.name: wanted for wanted in declared}
    unknown = [name for name in given if name not in known]
    if unknown:
        names = ", ".join(unknown)
        return md(
            "{} takes no input {}. Add it to the workflow, or take it out of the service's {} in chatops.toml.",
            code(file),
            names,
            code("inputs"),
        )
    missing = [wanted.name for wanted in declared if wanted.name in filled and wanted.must_be_given and not given.get(wanted.name)]
    if missing:
        return md("{} requires the input {}, and there is nothing to fill it with.", code(file), ", ".join(missing))
    for name, value in given.items():
        wanted = known[name]
        if wanted.type == "choice" and value not in wanted.options:
            return md("{} takes {} for {}, not {}.", code(file), ", ".join(wanted.options), name, code(value))
    size = sum(len(name) + len(value) for name, value in given.items())
    if size > MOST_CHARACTERS:
        return md(
            "The inputs of {} are {} characters long together; GitHub takes at most {}.", code(file), f"{size:,}", f"{MOST_CHARACTERS:,}"
        )
    return None
