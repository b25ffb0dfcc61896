"""Chooses the adapters and wires the engine to them: what runs, made and not yet started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from secrets import token_hex

from bot import __version__
from bot.adapters.alertmanager import HttpAlertmanager
from bot.adapters.charts import paint
from bot.adapters.github.adapter import RestGitHub
from bot.adapters.heartbeat import heartbeats
from bot.adapters.journal.journal import open_journal
from bot.adapters.sights import Sights
from bot.adapters.slack.arrivals import Arrivals
from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.edge import build_app, reader
from bot.adapters.slack.socket import SlackSockets
from bot.adapters.slack.webapi import OnceClient, web_client
from bot.adapters.tally_process import TallyProcess
from bot.core.configuration import github_reach
from bot.core.endpoints import Endpoint
from bot.engine.alerting import Alerting, alerting
from bot.engine.alertmanager import AlertmanagerEngine
from bot.engine.chronicle import Chronicle
from bot.engine.context import Services, slash
from bot.engine.digest import DigestEngine
from bot.engine.dispatcher import Dispatcher
from bot.engine.early_looks import EarlyLooks
from bot.engine.follower import Follower
from bot.engine.gauges import Gauges
from bot.engine.inbox import Inbox, Reply
from bot.engine.lanes import Lanes
from bot.engine.launcher import Launcher
from bot.engine.live import LiveConfiguration
from bot.engine.live_plugins import LivePlugins
from bot.engine.outbox import Outbox
from bot.engine.overseer import Overseer
from bot.engine.permissions import Permissions
from bot.engine.presence import Presence
from bot.engine.recovery import Recovery
from bot.engine.releasing import Releasing, releasing
from bot.engine.reloader import Fresh, Reloader
from bot.engine.schedule_loop import ScheduleLoop
from bot.engine.sharing import Sharing
from bot.engine.supervisor import Supervisor
from bot.engine.timeline import TimelineEngine
from bot.engine.waking import WakingJournal
from bot.engine.watches import WatchEngine
from bot.engine.witness import Witness
from bot.figures import Figures, stands
from bot.opening import log_sources, open_github
from bot.ports.clock import Clock
from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry
from bot.ports.lease import Fence
from bot.ports.logs import LogSource
from bot.ports.manager import ServiceManager
from bot.settings import Settings, needs_restart
from bot.settings_plugins import read_plugin_settings

WORKERS = 24  # most of the time they wait: for GitHub, for Slack, for the disk
READING = 16  # of them read logs at most: fifty watches of a log server that hangs must leave some to people, and to what escalates
DISPATCHERS = 6  # a dispatch may wait for minutes, and must hold nobody up


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is started and stopped, or asked how it stands. In which order says `bot.app`."""

    journal: WakingJournal
    github: RestGitHub
    lanes: Lanes
    dispatchers: Lanes
    overseer: Overseer
    launcher: Launcher
    follower: Follower
    outbox: Outbox
    schedule: ScheduleLoop
    recovery: Recovery
    presence: Presence
    sockets: SlackSockets
    supervisor: Supervisor
    reloader: Reloader
    gauges: Gauges
    figures: Figures
    chronicle: Chronicle
    witness: Witness
    standing: Callable[[], str]  # says in a sentence how things stand, for whoever asks the service manager


@dataclass(frozen=True, slots=True)
class World:
    """What the daemon is told by whoever starts it.

    Args:
        reread: reads the settings anew for a reload.
        shut_out: takes the reason why Slack will never let us in again.
        fence: of the lease on the journal.
        took_over: whether another daemon worked until now: then nobody was away.
    """

    settings: Settings
    clock: Clock
    manager: ServiceManager
    reread: Callable[[], Settings]
    shut_out: Callable[[str], None]
    fence: Fence | None = None
    took_over: bool = False


@dataclass(frozen=True, slots=True)
class _Outside:
    """What the engine is wired to: the settings as they stand, and the adapters."""

    settings: Settings  # those of the start
    clock: Clock
    configuration: LiveConfiguration
    sources: dict[str, LogSource]
    journal: WakingJournal
    client: OnceClient
    chat: SlackChat
    github: RestGitHub
    permissions: Permissions


@dataclass(frozen=True, slots=True)
class _Door:
    """What takes envelopes in, and what serves them."""

    services: Services
    dispatcher: Dispatcher
    inbox: Inbox


def assemble(world: World) -> Parts:
    """Make all that runs.

    Raises:
        ConfigError: a setting that can't be used.
        JournalError: the journal can't be opened.
        Unavailable: Slack can't be asked who we are.
    """
    outside = _outside(world)
    configuration, journal, github, clock = outside.configuration, outside.journal, outside.github, outside.clock
    figures = Figures(outside.settings.configuration.metrics)
    plugins = _plugins(outside)
    overseer = Overseer(configuration, journal, clock, plugins.crashed, lambda by, outcome, s: figures.ran(by.plugin, by.name, outcome, s))
    lanes, dispatchers = Lanes(WORKERS, patient=READING), Lanes(DISPATCHERS, "dispatcher")
    operations = releasing(configuration, journal, github, outside.permissions, clock, lanes, dispatchers)
    logs = _logs(outside, operations)
    door = _door(outside, plugins, operations, logs, overseer, lanes)
    sockets = _sockets(world, outside, door.inbox, figures.acked)
    recovery = _recovery(door, operations, lanes, dispatchers)
    witness = Witness(configuration, journal, github, clock)
    schedule = _schedule(outside, plugins, door.inbox, lanes, _chores(recovery, witness, logs), {"left behind": recovery.look})
    _look_early(configuration, schedule, operations, logs)
    chronicle = Chronicle(journal, clock, configuration, __version__)
    reloader = Reloader(configuration, journal, clock, lambda: _read_again(world, plugins, logs.watches, chronicle, github))
    gauges = Gauges(configuration, journal, clock, lanes, figures.write)
    standing = _standing(gauges, sockets, reloader)
    proofs = {"the socket": sockets.prove, "the workers": lanes.prove, "the schedule loop": schedule.prove}
    supervisor = Supervisor(world.manager, proofs, standing, gauges.refresh)
    figures.look_at(_sights(outside, gauges, sockets, supervisor, tuple(proofs)), gauges)
    return Parts(
        journal=journal,
        github=github,
        lanes=lanes,
        dispatchers=dispatchers,
        overseer=overseer,
        launcher=operations.launcher,
        follower=operations.follower,
        outbox=Outbox(journal, outside.chat, clock, configuration, paint),
        schedule=schedule,
        recovery=recovery,
        presence=_presence(world, outside, operations),
        sockets=sockets,
        supervisor=supervisor,
        reloader=reloader,
        gauges=gauges,
        figures=figures,
        chronicle=chronicle,
        witness=witness,
        standing=standing,
    )


def _outside(world: World) -> _Outside:
    settings, clock, configuration = world.settings, world.clock, LiveConfiguration(world.settings.configuration)
    sources = log_sources(settings, clock)
    journal = WakingJournal(open_journal(settings.database_url, clock, fence=world.fence))
    client = web_client(settings.slack_bot_token, settings.slack_api_url)
    chat = SlackChat(client)
    identity = chat.identity()
    github = open_github(settings, clock)
    permissions = Permissions(chat, configuration, identity.team, identity.enterprise)
    return _Outside(settings, clock, configuration, sources, journal, client, chat, github, permissions)


def _plugins(outside: _Outside) -> LivePlugins:
    configuration = outside.configuration
    plugins = LivePlugins(
        configuration,
        outside.settings.plugin_path,
        outside.journal,
        outside.clock,
        outside.permissions,
        read_plugin_settings,
        lambda command: slash(configuration, command),
    )
    plugins.start()
    return plugins


def _logs(outside: _Outside, operations: Releasing) -> Alerting:
    sharing = Sharing(outside.chat)
    logs = alerting(
        outside.journal,
        outside.clock,
        outside.configuration,
        outside.sources,
        name_of=outside.permissions.name_of,
        may_take=outside.permissions.member,
        may_show=sharing.may_show,
        tally=lambda watch: TallyProcess(watch.errors, watch.structure),
        live=operations.live.of,
    )
    operations.stories.when_moved(logs.ties.moved)
    if outside.settings.alertmanager:
        logs.alerts.follow(_alertmanager(outside, outside.settings.alertmanager, logs, sharing).look)
    return logs


def _alertmanager(outside: _Outside, endpoint: Endpoint, logs: Alerting, sharing: Sharing) -> AlertmanagerEngine:
    return AlertmanagerEngine(
        outside.journal,
        outside.clock,
        logs.desk,
        outside.configuration,
        HttpAlertmanager(endpoint),
        logs.releases,
        lambda: token_hex(6),
        sharing.is_shared,
    )


def _door(outside: _Outside, plugins: LivePlugins, operations: Releasing, logs: Alerting, overseer: Overseer, lanes: Lanes) -> _Door:
    journal = outside.journal
    # A handler may hand in an envelope, too: so the inbox is asked for when that happens, not before.
    services = _services(outside, plugins, operations, logs, again=lambda envelope: inbox.hand_in(envelope))
    dispatcher = Dispatcher(plugins, services, overseer)

    def handle(entry: InboxEntry, reply: Reply | None) -> None:
        journal.give_way()
        dispatcher.handle(entry, reply)

    inbox = Inbox(journal.for_acks, lanes, dispatcher.serves, handle, outside.clock)
    return _Door(services, dispatcher, inbox)


def _services(
    outside: _Outside, plugins: LivePlugins, operations: Releasing, logs: Alerting, again: Callable[[Envelope], object]
) -> Services:
    return Services(
        configuration=outside.configuration,
        journal=outside.journal,
        chat=outside.chat,
        clock=outside.clock,
        permissions=outside.permissions,
        operations=operations.operations,
        approvals=operations.approvals,
        unknowns=operations.unknowns,
        runs=operations.runs,
        live=operations.live,
        rollbacks=operations.rollbacks,
        alerts=logs.alerts,
        watches=logs.watches,
        locks=operations.locks,
        reviews=operations.reviews,
        again=again,
        plugins=plugins,
        timeline=TimelineEngine(outside.configuration, outside.journal, outside.chat, outside.permissions, outside.clock),
        digest=DigestEngine(outside.journal, outside.github, outside.clock),
    )


def _sockets(world: World, outside: _Outside, inbox: Inbox, acked: Callable[[float], None]) -> SlackSockets:
    settings, chat, clock = outside.settings, outside.chat, outside.clock
    app = build_app(outside.client, chat, inbox, clock)
    arrivals = Arrivals(reader(chat, clock), inbox.receive_together)
    return SlackSockets(app, settings.slack_app_token, settings.slack_api_url, world.shut_out, arrivals=arrivals, acked=acked)


def _recovery(door: _Door, operations: Releasing, lanes: Lanes, dispatchers: Lanes) -> Recovery:
    def at_work(lane: str) -> bool:
        return lanes.is_busy(lane) or dispatchers.is_busy(lane)

    return Recovery(door.services, door.dispatcher, door.inbox, operations.launcher.launch, at_work)


def _chores(recovery: Recovery, witness: Witness, logs: Alerting) -> dict[str, Callable[[], None]]:
    return {"prune": recovery.prune, "audit head": witness.look, "prune watches": logs.watches.prune}


def _schedule(
    outside: _Outside,
    plugins: LivePlugins,
    inbox: Inbox,
    lanes: Lanes,
    chores: Mapping[str, Callable[[], None]],
    often: Mapping[str, Callable[[], None]],
) -> ScheduleLoop:
    configuration = outside.configuration
    schedule = ScheduleLoop(plugins.current.jobs, configuration.watches, inbox, lanes, outside.clock, chores, often)
    plugins.listen(lambda registry: schedule.replace(registry.jobs, configuration.watches))
    return schedule


def _look_early(configuration: LiveConfiguration, schedule: ScheduleLoop, operations: Releasing, logs: Alerting) -> None:
    early = EarlyLooks(configuration, schedule.soon)
    logs.alerts.when_resolved(early.resolved)
    operations.stories.listen(early.moved)


def _standing(gauges: Gauges, sockets: SlackSockets, reloader: Reloader) -> Callable[[], str]:
    return lambda: stands(gauges, sockets.connected, reloader.complaint)


def _sights(outside: _Outside, gauges: Gauges, sockets: SlackSockets, supervisor: Supervisor, parts: tuple[str, ...]) -> Sights:
    return Sights(
        reading=lambda: gauges.last,
        connections=lambda: sockets.connected,
        frame_age_s=lambda: sockets.last_frame_age,
        quota=outside.github.quota,
        missing=lambda: supervisor.missing,
        parts=parts,
        now=outside.clock.now,
    )


def _presence(world: World, outside: _Outside, operations: Releasing) -> Presence:
    settings, journal, clock = outside.settings, outside.journal, outside.clock
    heartbeat = heartbeats(settings.state_dir, settings.database_url, journal, on_server=world.fence is not None)
    if world.took_over:
        heartbeat.beat(clock.now())
    expire, looked_again = operations.approvals.look_at_clock, operations.follower.looked_again
    return Presence(journal, clock, heartbeat, outside.permissions, outside.configuration, expire, looked_again)


def _read_again(world: World, plugins: LivePlugins, watches: WatchEngine, chronicle: Chronicle, github: RestGitHub) -> Fresh:
    """Read the settings, and build what is built from them; nothing is changed yet.

    Raises:
        ConfigError: what is wrong, all of it.
    """
    settings = world.reread()
    # By the secrets of the start: those are what the log hides.
    sources = log_sources(replace(settings, loki=world.settings.loki), world.clock)
    loaded = plugins.prepare(settings.configuration)

    def take() -> None:
        github.narrow(github_reach(settings.configuration))
        watches.use(sources)
        plugins.adopt(loaded)
        chronicle.remember()

    return Fresh(settings.configuration, sources, take, (*plugins.kept(loaded), *needs_restart(world.settings, settings)))
