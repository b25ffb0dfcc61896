"""What makes a request for a release good: version, inputs, environment; each refusal says what was found, what is expected, what to do."""

from collections.abc import Mapping

from bot.core.inputs import WorkflowInput
from bot.core.markup import Mrkdwn, code, md, shorten
from bot.core.names import is_ref
from bot.core.versions import Version, latest_version, parse_version


def check_version(text: str, tags: list[str]) -> Version | Mrkdwn:
    """Return the version to release, written as the service's tags are, or why it can't be."""
    typed = text.strip()
    version = parse_version(typed)
    if version is None or not is_ref(str(version)):
        return md("{} is not a semantic version. Expected MAJOR.MINOR.PATCH, such as 1.5.0.", code(shorten(typed, 60)))
    last = latest_version(tags)
    prefix = last.prefix if last else version.prefix
    version = Version(version.major, version.minor, version.patch, version.pre, prefix)
    if str(version) in tags:
        return md("The tag {} exists already.", code(str(version)))
    if last and version.precedence <= last.precedence:
        return md("{} is not above the last version, {}.", code(str(version)), code(str(last)))
    return version


def check_inputs(file: str, declared: tuple[WorkflowInput, ...] | None, given: Mapping[str, str]) -> Mrkdwn | None:
    """Say why a workflow can't be dispatched with the inputs `given`; None when it can."""
    if declared is None:
        return md("{} has no {} trigger, so I can't start it. Add the trigger to the workflow file.", code(file), code("workflow_dispatch"))
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
    missing = [name for name, wanted in known.items() if wanted.required and not wanted.default and not given.get(name)]
    if missing:
        return md("{} requires the input {}, which I am not configured to fill.", code(file), ", ".join(missing))
    for name, value in given.items():
        options = known[name].options
        if options and value not in options:
            return md("{} takes {} for {}, not {}.", code(file), ", ".join(options), name, code(value))
    return None
