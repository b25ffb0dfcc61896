"""Chooses the adapters and wires the engine to them: what runs, made and not yet started."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import token_hex

from slack_bolt import App

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
from bot.adapters.slack.webapi import web_client
from bot.adapters.tally_process import TallyProcess
from bot.core.configuration import github_reach
from bot.core.live import Live
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


@dataclass
class Parts:
    """Everything that runs, in the order in which it is started."""

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

    def standing(self) -> str:
        """Return the sentence for whoever asks the service manager."""
        return stands(self.gauges, self.sockets.connected, self.reloader.complaint)


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


def assemble(world: World) -> Parts:
    """Make all that runs.

    Raises:
        ConfigError: a setting that can't be used.
        JournalError: the journal can't be opened.
        Unavailable: Slack can't be asked who we are.
    """
    settings, clock, configuration = world.settings, world.clock, LiveConfiguration(world.settings.configuration)
    sources = log_sources(settings, clock)
    journal = WakingJournal(open_journal(settings.database_url, clock, fence=world.fence))
    client = web_client(settings.slack_bot_token, settings.slack_api_url)
    chat = SlackChat(client)
    identity = chat.identity()
    github = open_github(settings, clock)
    permissions = Permissions(chat, configuration, identity.team, identity.enterprise)
    plugins = LivePlugins(
        configuration,
        settings.plugin_path,
        journal,
        clock,
        permissions,
        read_plugin_settings,
        lambda command: slash(configuration, command),
    )
    plugins.start()
    chronicle = Chronicle(journal, clock, configuration, __version__)
    overseer = Overseer(configuration, journal, clock, plugins.crashed, lambda by, outcome, s: figures.ran(by.plugin, by.name, outcome, s))
    lanes, dispatchers = Lanes(WORKERS, patient=READING), Lanes(DISPATCHERS, "dispatcher")
    operations = releasing(configuration, journal, github, permissions, clock, lanes, dispatchers)
    logs = _alerting(settings, journal, clock, configuration, sources, permissions, chat, operations.live.of)
    operations.stories.when_moved(logs.ties.moved)
    services = _services(
        configuration, journal, chat, github, clock, permissions, plugins, operations, logs, lambda envelope: inbox.hand_in(envelope)
    )
    dispatcher = Dispatcher(plugins, services, overseer)

    def handle(entry: InboxEntry, reply: Reply | None) -> None:
        journal.give_way()
        dispatcher.handle(entry, reply)

    inbox = Inbox(journal.for_acks, lanes, dispatcher.serves, handle, clock)
    app = build_app(client, chat, inbox, clock)
    arrivals = Arrivals(reader(chat, clock), inbox.receive_together)
    sockets = _sockets(world, app, arrivals, lambda seconds: figures.acked(seconds))
    recovery = Recovery(
        services, dispatcher, inbox, operations.launcher.launch, lambda lane: lanes.is_busy(lane) or dispatchers.is_busy(lane)
    )
    witness = Witness(configuration, journal, github, clock)
    chores = {"prune": recovery.prune, "audit head": witness.look, "prune watches": logs.watches.prune}
    schedule = ScheduleLoop(plugins.current.jobs, configuration.watches, inbox, lanes, clock, chores, {"left behind": recovery.look})
    early = EarlyLooks(configuration, schedule.soon)
    logs.alerts.when_resolved(early.resolved)
    operations.stories.listen(early.moved)
    plugins.listen(lambda registry: schedule.replace(registry.jobs, configuration.watches))
    gauges = Gauges(configuration, journal, clock, lanes, lambda: figures.write())
    reloader = Reloader(configuration, journal, clock, lambda: _read_again(world, plugins, logs.watches, chronicle, github))
    proofs = {"the socket": sockets.prove, "the workers": lanes.prove, "the schedule loop": schedule.prove}
    supervisor = Supervisor(world.manager, proofs, lambda: parts.standing(), gauges.refresh)
    sights = Sights(
        reading=lambda: gauges.last,
        connections=lambda: sockets.connected,
        frame_age_s=lambda: sockets.last_frame_age,
        quota=github.quota,
        missing=lambda: supervisor.missing,
        parts=tuple(proofs),
        now=clock.now,
    )
    figures = Figures(settings.configuration.metrics, sights, gauges)
    heartbeat = heartbeats(settings.state_dir, settings.database_url, journal, on_server=world.fence is not None)
    if world.took_over:
        heartbeat.beat(clock.now())
    parts = Parts(
        journal=journal,
        github=github,
        lanes=lanes,
        dispatchers=dispatchers,
        overseer=overseer,
        launcher=operations.launcher,
        follower=operations.follower,
        outbox=Outbox(journal, chat, clock, configuration, paint),
        schedule=schedule,
        recovery=recovery,
        presence=Presence(
            journal, clock, heartbeat, permissions, configuration, operations.approvals.look_at_clock, operations.follower.looked_again
        ),
        sockets=sockets,
        supervisor=supervisor,
        reloader=reloader,
        gauges=gauges,
        figures=figures,
        chronicle=chronicle,
        witness=witness,
    )
    return parts


def _alerting(
    settings: Settings,
    journal: WakingJournal,
    clock: Clock,
    configuration: LiveConfiguration,
    sources: dict[str, LogSource],
    permissions: Permissions,
    chat: SlackChat,
    live: Callable[[str, str], Live],
) -> Alerting:
    logs = alerting(
        journal,
        clock,
        configuration,
        sources,
        name_of=permissions.name_of,
        may_take=permissions.member,
        may_show=(sharing := Sharing(chat)).may_show,
        tally=lambda watch: TallyProcess(watch.errors, watch.structure),
        live=live,
    )
    if settings.alertmanager:
        remote = HttpAlertmanager(settings.alertmanager)
        follows = AlertmanagerEngine(
            journal, clock, logs.desk, configuration, remote, logs.releases, lambda: token_hex(6), sharing.is_shared
        )
        logs.alerts.follow(follows.look)
    return logs


def _services(
    configuration: LiveConfiguration,
    journal: WakingJournal,
    chat: SlackChat,
    github: RestGitHub,
    clock: Clock,
    permissions: Permissions,
    plugins: LivePlugins,
    operations: Releasing,
    logs: Alerting,
    again: Callable[[Envelope], object],
) -> Services:
    return Services(
        configuration=configuration,
        journal=journal,
        chat=chat,
        clock=clock,
        permissions=permissions,
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
        timeline=TimelineEngine(configuration, journal, chat, permissions, clock),
        digest=DigestEngine(journal, github, clock),
    )


def _sockets(world: World, app: App, arrivals: Arrivals, acked: Callable[[float], None]) -> SlackSockets:
    token, url = world.settings.slack_app_token, world.settings.slack_api_url
    return SlackSockets(app, token, url, world.shut_out, arrivals=arrivals, acked=acked)


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
