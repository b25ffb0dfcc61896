"""`chatops.toml`: the shape of the file, table by table, and what each key may hold."""

import re
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from bot.core.configuration import CHANNEL_ID, Configuration, Environment, Explore, LockSettings, MetricsSettings, Service, Watch
from bot.core.freeze import check_text, is_thaw
from bot.core.locks import LockLayout
from bot.core.names import is_environment, is_path, is_ref, is_repo, is_workflow
from bot.core.patterns import why_dangerous
from bot.core.queueing import WhenBusy
from bot.core.schemes import SEMVER, parse_scheme
from bot.core.windows import Samples
from bot.settings_alertmanager import AlertmanagerTable, as_rules
from bot.settings_alerts import ExploreTable, Learning, SamplesWord, Wait
from bot.settings_fields import FieldsTable, as_structure
from bot.settings_forms import NotEmpty, Table, duration
from bot.settings_forms import matching as _matching
from bot.settings_forms import wrong as _wrong
from bot.settings_sources import SourceTable, as_source

INPUT_WORDS = ("version", "environment", "sha", "dispatch_id", "notes", "previous")
# What a workspace knows us by; every other command is reached through /ops. (A test holds it equal to the engine's own list.)
SLASH_COMMANDS = ("release", "deploy", "rollback", "tag", "ack", "ops")
ERRORS = "ERROR|CRITICAL|FATAL|Exception|Traceback"

_LONGEST_NAME = 75  # Slack's limit for the text of a choice in a menu
_LONGEST_EVERY = timedelta(days=7)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_CHANNEL_HINT = (
    "a channel id such as C0123456789. Use the channel's id, not its name: in Slack, open the channel's details, it stands at the end"
)
_HOLDER_HINT = (
    "the id of a user (U… or W…) or of a user group (S…), not a name: in Slack, open the profile or the group, "
    "choose the menu with the dots, “Copy member ID” or “Copy group ID”"
)


def _repo(text: str) -> str:
    if not is_repo(text):
        raise _wrong("owner/repository on GitHub, such as acme/checkout")
    return text


def _workflow(text: str) -> str:
    if not is_workflow(text):
        raise _wrong("the file name of a workflow in .github/workflows, such as release.yml")
    return text


def _ref(text: str) -> str:
    if not is_ref(text):
        raise _wrong("the name of a branch or a tag, such as main")
    return text


def _environment(text: str) -> str:
    if not is_environment(text) or len(text) > _LONGEST_NAME:
        raise _wrong(f"the name of an environment, such as production: letters, digits and ._/- up to {_LONGEST_NAME} characters")
    return text


def _versions(text: str) -> str:
    try:
        parse_scheme(text)
    except ValueError:
        raise _wrong(
            "semver, or calver: and a format that begins with the year and ends with a counter, such as calver:YYYY.MM.PATCH (see calver.org)"
        ) from None
    return text


def _tag_prefix(text: str) -> str:
    if not is_ref(f"{text}1.0.0"):
        raise _wrong("what a tag may begin with, such as checkout-v")
    return text


def _path(text: str) -> str:
    if not is_path(text):
        raise _wrong("a folder or a file of the repository, such as services/checkout")
    return text


def _freeze(text: str) -> str:
    try:
        check_text(text)
    except ValueError as error:
        if "time zone" not in str(error) and is_thaw(text):
            raise _wrong(
                "a day, or two days with their times, and a time zone, such as except 2026-11-28 09:00 - 2026-11-28 18:00 Europe/Berlin"
            ) from None
        if "time zone" not in str(error):
            raise _wrong("two week days with their times, and a time zone, such as Fri 16:00 - Mon 08:00 Europe/Berlin") from None
        known = available_timezones()
        raise _wrong(
            "a time zone such as Europe/Berlin or UTC" if known else "time zone data on this machine: install the package tzdata"
        ) from None
    return text


def _expression(text: str) -> str:
    try:
        compiled = re.compile(text)
    except re.error as error:
        where = f" (at character {error.pos + 1})" if error.pos is not None else ""
        raise _wrong(f"a regular expression of Python; this one is not: {error.msg}{where}") from None
    except (RecursionError, OverflowError):
        raise _wrong("a regular expression of Python that is less deep") from None
    if compiled.match(""):
        raise _wrong("a regular expression that does not match an empty line; to count every line, use a single dot")
    why = why_dangerous(text)
    if why:
        raise _wrong(f"a regular expression that can't take for ever on some line; in this one {why}")
    return text


Name = Annotated[str, _matching(_NAME.pattern, "a name of letters, digits and ._- up to 63 characters")]
RoleName = Annotated[str, _matching(_NAME.pattern, "the name of a role of [roles]")]
ChannelId = Annotated[str, _matching(CHANNEL_ID, _CHANNEL_HINT)]
HolderId = Annotated[str, _matching(r"[UWS][A-Z0-9]{2,30}", _HOLDER_HINT)]
PersonId = Annotated[str, _matching(r"[UW][A-Z0-9]{2,30}", "the id of a Slack user (U… or W…), not a name")]
Login = Annotated[str, _matching(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?(?:\[bot\])?", "a login on GitHub, such as ann-larsen")]
Repo = Annotated[str, AfterValidator(_repo)]
Workflow = Annotated[str, AfterValidator(_workflow)]
Ref = Annotated[str, AfterValidator(_ref)]
EnvironmentName = Annotated[str, AfterValidator(_environment)]
Versions = Annotated[str, AfterValidator(_versions)]
TagPrefix = Annotated[str, AfterValidator(_tag_prefix)]
RepoPath = Annotated[str, AfterValidator(_path)]
Freeze = Annotated[str, AfterValidator(_freeze)]
Expression = Annotated[str, AfterValidator(_expression)]
Every = Annotated[timedelta, duration("15m, 1h30m or 90s", _LONGEST_EVERY)]
Prefix = Annotated[str, _matching(r"/[a-z0-9_-]{1,20}", "a slash and up to 20 small letters, digits, _ or -, such as /acme-")]
OurCommand = Annotated[str, _matching("|".join(SLASH_COMMANDS), f"a slash command of ours, without its slash: {', '.join(SLASH_COMMANDS)}")]
SlashCommand = Annotated[
    str, _matching(r"/[a-z0-9_-]{1,31}", "a slash command such as /ship: small letters, digits, _ or -, 32 characters")
]
InputWord = Annotated[str, _matching("|".join(INPUT_WORDS), "one of our words: " + ", ".join(INPUT_WORDS))]
WorkflowInput = Annotated[str, _matching(r"[A-Za-z_][A-Za-z0-9_-]{0,99}", "the name of an input of the workflow, such as version")]
Link = Annotated[str, _matching(r"https?://[^\s/]+\S*", "a link that begins with https://")]


class ChatopsTable(Table):
    """`[chatops]`: the bot itself."""

    channel: ChannelId
    plugins: list[Name] = Field(min_length=1)
    approval_expires: Every = timedelta(minutes=60)
    queue_expires: Every = timedelta(hours=2)
    command_prefix: Prefix | None = None
    command_names: dict[OurCommand, SlashCommand] = {}
    operators: RoleName | None = None
    crash_budget: int = Field(default=5, ge=1, le=1000)
    crash_window: Every = timedelta(minutes=10)
    slow_after: Every = timedelta(minutes=2)
    audit_repo: Repo | None = None


class EnvironmentTable(Table):
    """`[services.NAME.environments.NAME]`: what is asked of an operation there."""

    approvals: int = Field(default=0, ge=0, le=20)
    approvers: RoleName | None = None
    releasers: RoleName | None = None
    after: str | None = None
    freeze: list[Freeze] = []
    required_checks: bool = False
    lock_after_rollback: bool = True
    overriders: RoleName | None = None
    when_busy: Annotated[str, _matching("|".join(WhenBusy), f"one of: {', '.join(WhenBusy)}")] = WhenBusy.REFUSE.value
    approvals_channel: ChannelId | None = None
    github_reviews: bool = False


class ServiceTable(Table):
    """`[services.NAME]`: a thing that is released."""

    repo: Repo
    release_workflow: Workflow | None = None
    deploy_workflow: Workflow | None = None
    channel: ChannelId | None = None
    ref: Ref = "main"
    inputs: dict[InputWord, WorkflowInput] = {}
    tag_workflow: Workflow | None = None
    versions: Versions = SEMVER
    tag_prefix: TagPrefix | None = None
    paths: list[RepoPath] = Field(default=[], max_length=10)
    migrations: list[NotEmpty] = []
    environments: dict[EnvironmentName, EnvironmentTable] = Field(min_length=1)


class WatchTable(Table):
    """`[[watches]]`: a log source with its rules."""

    name: Name
    source: SourceTable
    every: Every
    service: str | None = None
    channel: ChannelId | None = None
    errors: Expression = ERRORS
    fields: FieldsTable | None = None
    grafana: Link | None = None
    explore: ExploreTable | None = None
    environment: str | None = None
    escalation: list[HolderId] = []
    remind_after: Wait = timedelta(hours=1)
    resolve_after: int = Field(default=0, ge=0, le=10_000)
    learning: Learning = timedelta(days=1)
    samples: SamplesWord = "masked"


class LocksTable(Table):
    """`[locks]`: where locks are kept, and when their owner is reminded."""

    kept_as: Annotated[str, _matching("|".join(LockLayout), f"one of: {', '.join(LockLayout)}")] = LockLayout.CHATOPSD.value
    nag_after: Every = timedelta(hours=4)


class MetricsTable(Table):
    """`[metrics]`: where figures of the daemon's work can be had."""

    port: int | None = Field(default=None, ge=1024, le=65535)
    textfile: (
        Annotated[str, _matching(r"/.+\.prom", "the path of a file that ends with .prom, such as /var/lib/chatopsd/chatopsd.prom")] | None
    ) = None


class ChatopsFile(Table):
    """All of `chatops.toml`."""

    chatops: ChatopsTable
    roles: dict[RoleName, Annotated[list[HolderId], Field(min_length=1)]] = {}
    services: dict[Name, ServiceTable] = {}
    watches: list[WatchTable] = []
    alertmanager: AlertmanagerTable | None = None
    plugins: dict[Name, dict[str, Any]] = {}
    locks: LocksTable = LocksTable()
    metrics: MetricsTable = MetricsTable()
    people: dict[PersonId, Login] = {}


def as_configuration(file: ChatopsFile) -> Configuration:
    """Turn the checked file into our own plain values."""
    return Configuration(
        channel=file.chatops.channel,
        plugins=tuple(dict.fromkeys((*file.chatops.plugins, *(["alertmanager"] if file.alertmanager else [])))),
        alertmanager=as_rules(file.alertmanager, file.chatops.channel) if file.alertmanager else None,
        roles={role: tuple(holders) for role, holders in file.roles.items()},
        services={name: _as_service(name, table) for name, table in file.services.items()},
        watches=tuple(_as_watch(table, file.chatops.channel) for table in file.watches),
        approval_expires=file.chatops.approval_expires,
        queue_expires=file.chatops.queue_expires,
        locks=LockSettings(LockLayout(file.locks.kept_as), file.locks.nag_after),
        metrics=MetricsSettings(file.metrics.port or 0, file.metrics.textfile or ""),
        people=dict(file.people),
        command_prefix=file.chatops.command_prefix or "",
        command_names=dict(file.chatops.command_names),
        operators=file.chatops.operators or "",
        crash_budget=file.chatops.crash_budget,
        crash_window=file.chatops.crash_window,
        slow_after=file.chatops.slow_after,
        audit_repo=file.chatops.audit_repo or "",
        plugin_settings=file.plugins,
    )


def _as_service(name: str, table: ServiceTable) -> Service:
    return Service(
        name=name,
        repo=table.repo,
        ref=table.ref,
        environments={name: _as_environment(name, environment) for name, environment in table.environments.items()},
        release_workflow=table.release_workflow or "",
        deploy_workflow=table.deploy_workflow or "",
        channel=table.channel or "",
        inputs=dict(table.inputs),
        tag_workflow=table.tag_workflow or "",
        scheme=parse_scheme(table.versions, table.tag_prefix or ""),
        migrations=tuple(table.migrations),
        paths=tuple(table.paths),
    )


def _as_environment(name: str, table: EnvironmentTable) -> Environment:
    return Environment(
        name=name,
        approvals=table.approvals,
        approvers=table.approvers or "",
        releasers=table.releasers or "",
        after=table.after or "",
        freeze=tuple(table.freeze),
        required_checks=table.required_checks,
        lock_after_rollback=table.lock_after_rollback,
        overriders=table.overriders or "",
        when_busy=WhenBusy(table.when_busy),
        approvals_channel=table.approvals_channel or "",
        github_reviews=table.github_reviews,
    )


def _as_watch(table: WatchTable, timeline: str) -> Watch:
    return Watch(
        name=table.name,
        source=as_source(table.source),
        every=table.every,
        channel=table.channel or timeline,
        structure=as_structure(table.fields),
        errors=table.errors,
        service=table.service or "",
        grafana=table.grafana or "",
        explore=Explore(**table.explore.model_dump()) if table.explore else None,
        environment=table.environment or "",
        escalation=tuple(table.escalation),
        remind_after=table.remind_after,
        resolve_after=table.resolve_after,
        learning=table.learning,
        samples=Samples(table.samples),
    )
