"""What the operator configured, as plain values: services, environments, roles, watches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.core.alertmanager import AlertmanagerRules
from bot.core.locks import LockLayout
from bot.core.queueing import WhenBusy
from bot.core.schemes import Scheme
from bot.core.sources import LokiSource, Source
from bot.core.structured import Structure
from bot.core.windows import Samples

CHANNEL_ID = r"[CGD][A-Z0-9]{2,30}"  # how Slack's ids of channels, private ones and direct messages look

# Loaded whatever `plugins` says: they serve the buttons of messages that the engine posts, and bring every other plugin back. Without them nothing
# could be mended from Slack.
ALWAYS = ("ops", "approve", "locks", "runs", "rollback", "plugins", "snooze")


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment of a service, and what is asked of an operation there."""

    name: str
    approvals: int = 0
    approvers: str = ""  # a role; "" when no approval is asked
    releasers: str = ""  # a role; "" lets every full member release
    after: str = ""  # the environment that must have had the version first
    freeze: tuple[str, ...] = ()
    required_checks: bool = False
    lock_after_rollback: bool = True
    overriders: str = ""  # the role that may go past gates with a reason; "" lets nobody
    when_busy: WhenBusy = WhenBusy.REFUSE
    approvals_channel: str = ""  # where approvals are asked for; "" for the timeline
    github_reviews: bool = False  # whether the approvers may review on GitHub by our buttons


@dataclass(frozen=True, slots=True)
class Service:
    """A thing that is released."""

    name: str
    repo: str
    ref: str
    environments: Mapping[str, Environment]
    release_workflow: str = ""
    deploy_workflow: str = ""
    channel: str = ""  # its own channel, where one line tells each operation; "" for none
    inputs: Mapping[str, str] = field(default_factory=dict)  # our word → the workflow's input
    tag_workflow: str = ""  # cuts a tag and deploys nothing
    scheme: Scheme = field(default_factory=Scheme)  # how its versions are written
    migrations: tuple[str, ...] = ()  # patterns of paths: files of which a rollback must be warned
    paths: tuple[str, ...] = ()  # what of the repository is its own; none: all

    def place(self, environment: str) -> Environment | None:
        """Return one of its environments. "" is where a tag is cut: nowhere, and by whoever may release to the first environment."""
        if environment:
            return self.environments.get(environment)
        first = next(iter(self.environments.values()))
        return Environment("", releasers=first.releasers)


@dataclass(frozen=True, slots=True)
class Explore:
    """Where Grafana's Explore shows a watch's lines."""

    url: str  # Grafana's own
    datasource: str  # the data source's uid
    query: str  # {watch}, {service} and {environment} are filled in
    type: str = "loki"
    org: int = 1


@dataclass(frozen=True, slots=True)
class Watch:
    """A log source with its rules."""

    name: str
    source: Source
    every: timedelta
    channel: str
    errors: str  # a regular expression: a line that matches is an error
    service: str = ""
    grafana: str = ""  # a link template; "" when there is none
    explore: Explore | None = None
    environment: str = ""  # where its logs come from: whose releases its errors are held against; "" takes the service's last
    escalation: tuple[str, ...] = ()  # users and user groups, told one after the other when nobody answers
    remind_after: timedelta = timedelta(hours=1)  # when the owner is asked whether they are still on it
    resolve_after: int = 0  # quiet windows; 0 takes as many as make an hour
    learning: timedelta = timedelta(0)  # at its first start: what is found then is what is usual
    samples: Samples = Samples.MASKED  # how much of a line may be shown
    structure: Structure | None = None  # how its JSON and logfmt lines are read; None: as any other line

    @property
    def delay(self) -> timedelta:
        """By how much earlier than a window its lines were written, on purpose."""
        return self.source.delay if isinstance(self.source, LokiSource) else timedelta()


@dataclass(frozen=True, slots=True)
class LockSettings:
    """Where locks are kept, and when their owner is reminded of them."""

    layout: LockLayout = LockLayout.CHATOPSD
    nag_after: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where figures of the daemon's work can be had."""

    port: int = 0  # on loopback; 0 for none
    textfile: str = ""  # for node_exporter's collector; "" for none


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of `chatops.toml`, checked."""

    channel: str  # the timeline
    plugins: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]  # role → user ids and user group ids
    services: Mapping[str, Service]
    watches: tuple[Watch, ...] = ()
    alertmanager: AlertmanagerRules | None = None  # None: there is none
    approval_expires: timedelta = timedelta(minutes=60)
    queue_expires: timedelta = timedelta(hours=2)
    locks: LockSettings = LockSettings()
    metrics: MetricsSettings = MetricsSettings()
    people: Mapping[str, str] = field(default_factory=dict)  # Slack user id → GitHub login
    command_prefix: str = ""  # "/acme-" makes /release /acme-release
    command_names: Mapping[str, str] = field(default_factory=dict)  # renamed: our command → the workspace's
    operators: str = ""  # the role whose holders may switch plugins; "": nobody may
    crash_budget: int = 5  # so many crashes of a plugin …
    crash_window: timedelta = timedelta(minutes=10)  # … within this time switch it off
    slow_after: timedelta = timedelta(minutes=2)  # a handler that runs longer is reported
    audit_repo: str = ""  # the repository on a branch of which the audit's head is kept; "" for none
    plugin_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # plugin → its table, as it stands in the file

    def watch_named(self, name: str) -> Watch | None:
        """Return the watch of a name; None when there is none, or none any more."""
        return next((watch for watch in self.watches if watch.name == name), None)


@dataclass(frozen=True, slots=True)
class GitHubReach:
    """What a token that can be narrowed shall reach.

    Attributes:
        repos: `owner/repository` of every service; empty for all that there are.
        more: repositories that are only good to have.
        wishes: permissions that only some configurations need.
    """

    repos: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    wishes: Mapping[str, str] = field(default_factory=dict)


def github_reach(configuration: Configuration) -> GitHubReach:
    """Return what is needed on GitHub, and no more."""
    repos = tuple(service.repo for service in configuration.services.values())
    more = (configuration.audit_repo,) if configuration.audit_repo else ()
    return GitHubReach(repos, more if repos else (), _github_wishes(configuration))


def _github_wishes(configuration: Configuration) -> dict[str, str]:
    environments = [environment for service in configuration.services.values() for environment in service.environments.values()]
    writes = configuration.locks.layout is not LockLayout.JOURNAL or configuration.audit_repo
    wishes = {"contents": "write"} if writes else {}
    return wishes | ({"deployments": "write"} if any(environment.github_reviews for environment in environments) else {})
