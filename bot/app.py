"""The composition root: chooses the adapters, wires the engine, starts and stops all of it in order and in bounded time."""

import gc
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from secrets import token_hex

from slack_bolt import App

from bot import __version__
from bot.adapters.alertmanager import HttpAlertmanager
from bot.adapters.charts import paint
from bot.adapters.clock import SystemClock
from bot.adapters.github.adapter import RestGitHub, connect, connect_app
from bot.adapters.heartbeat import FileHeartbeat
from bot.adapters.journal.journal import open_journal
from bot.adapters.journal.lease import open_lease
from bot.adapters.logs.opening import Places, open_source
from bot.adapters.sights import Sights
from bot.adapters.slack.chat import SlackChat
from bot.adapters.slack.edge import build_app
from bot.adapters.slack.socket import SlackSockets
from bot.adapters.slack.webapi import web_client
from bot.adapters.systemd import Systemd
from bot.adapters.tally_process import TallyProcess
from bot.core.configuration import ALWAYS, github_wishes
from bot.engine.after_rollback import AfterRollback
from bot.engine.alerting import alerting
from bot.engine.alertmanager import AlertmanagerEngine
from bot.engine.approvals import ApprovalEngine
from bot.engine.changes import Changes
from bot.engine.chronicle import Chronicle
from bot.engine.context import Services, slash
from bot.engine.digest import DigestEngine
from bot.engine.dispatcher import Dispatcher
from bot.engine.follower import Follower
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.gauges import Gauges
from bot.engine.inbox import Inbox, Reply
from bot.engine.lanes import Lanes
from bot.engine.launcher import Launcher
from bot.engine.live import LiveConfiguration
from bot.engine.live_plugins import LivePlugins
from bot.engine.live_versions import LiveEngine
from bot.engine.locks import LockEngine
from bot.engine.operations import OperationEngine
from bot.engine.outbox import Outbox
from bot.engine.overseer import Overseer
from bot.engine.permissions import Permissions
from bot.engine.plugins import Registry, load
from bot.engine.presence import Presence
from bot.engine.previews import Previews
from bot.engine.queueing import Queue
from bot.engine.recovery import Recovery
from bot.engine.reloader import Fresh, Reloader
from bot.engine.reviews import ReviewEngine, RunReviews
from bot.engine.rollbacks import RollbackEngine
from bot.engine.run_control import RunControl, settling
from bot.engine.schedule_loop import ScheduleLoop
from bot.engine.sharing import Sharing
from bot.engine.standby import Standby
from bot.engine.stories import Stories
from bot.engine.supervisor import Supervisor
from bot.engine.surroundings import Surroundings
from bot.engine.targets import Targets
from bot.engine.timeline import TimelineEngine
from bot.engine.unknowns import UnknownEngine
from bot.engine.waking import WakingJournal
from bot.engine.watches import WatchEngine
from bot.engine.witness import Witness
from bot.figures import Figures, stands
from bot.ports.clock import Clock
from bot.ports.errors import ConfigError, JournalError
from bot.ports.journal import InboxEntry
from bot.ports.logs import LogSource
from bot.ports.manager import ServiceManager
from bot.settings import Settings
from bot.settings_environment import VARIABLES
from bot.settings_plugins import read_plugin_settings

log = logging.getLogger(__name__)

WORKERS = 24  # most of the time they wait: for GitHub, for Slack, for the disk
DISPATCHERS = 6  # a dispatch may wait for minutes, and must hold nobody up
STOP, RELOAD = "stop", "reload"
STANDBY_SAYS_MORE_S = 30.0  # while it stands by, the start takes as long as it takes
# Together they stay under the 10 s in which a stop must be done.
SOCKETS_STOP_S = 3.0
WORK_STOP_S = 4.0
REST_STOP_S = 1.0


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


class Daemon:
    """The daemon, made, started and stopped apart.

    Args:
        reread: reads the settings anew for `reload`; None when they can't change.
        manager: who is told how the daemon is; None when nobody asks.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        reread: Callable[[], Settings] | None = None,
        manager: ServiceManager | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._reread = reread or (lambda: settings)
        self._manager = manager or Systemd({})
        # Its `put` may be called in a signal handler, whatever the thread was doing; the lock of an Event can't.
        self._asked: SimpleQueue[str] = SimpleQueue()
        self._fatal = ""
        self._lost = ""
        self._parts: Parts | None = None

    def run(self) -> str:
        """Start, serve until `stop` is called or Slack shuts us out for good, and stop. Return why it ended, "" when it was asked to.

        Raises:
            ConfigError: a setting is wrong: a restart would not help.
            JournalError: the journal can't be opened.
            Unavailable: Slack can't be reached.
        """
        standby = Standby(open_lease(self._settings.database_url), self._on_lost)
        try:
            if not standby.wait(self._stopped_within, lambda why: self._manager.starting(why, STANDBY_SAYS_MORE_S)):
                return ""
            standby.start()
            return self._serve()
        finally:
            standby.stop(REST_STOP_S)

    def _serve(self) -> str:
        parts = self._parts = self._build()
        try:
            self._manager.status("Connecting to Slack.")
            self._start(parts)
            # What the start made is there to stay: without this each collection of garbage looks through all of it, a third of the work under load.
            gc.collect()
            gc.freeze()
            log.info("daemon.ready", extra={"fields": {"connections": parts.sockets.connected}})
            self._manager.ready(how_it_stands(parts))
            while self._asked.get() != STOP:
                self._manager.reloading()
                self._manager.ready(parts.reloader.reload())
        finally:
            self._manager.stopping()
            self._shut_down(parts)
        if self._lost:
            raise JournalError(self._lost)
        return self._fatal

    def stop(self) -> None:
        """Ask `run` to end. Safe in a signal handler."""
        self._asked.put(STOP)

    def tick(self, job: str, watch: str = "") -> None:
        """Let a scheduled job be due now, of a daemon that runs."""
        if self._parts:
            self._parts.schedule.tick(job, watch)

    def chore(self, name: str) -> None:
        """Do a chore of the schedule now, of a daemon that runs, in the caller's thread."""
        if self._parts:
            {"audit head": self._parts.witness.look}[name]()

    def reload(self) -> None:
        """Ask `run` to read the settings again. Safe in a signal handler."""
        self._asked.put(RELOAD)

    def _stopped_within(self, seconds: float) -> bool:
        """Wait so long for the word to stop; True when it came. A reload has nothing to do yet."""
        try:
            return self._asked.get(timeout=seconds) == STOP
        except Empty:
            return False

    def _on_lost(self, why: str) -> None:
        self._lost = why
        self._asked.put(STOP)

    def _on_fatal(self, why: str) -> None:
        self._fatal = why
        self._asked.put(STOP)

    def _build(self) -> Parts:
        settings, configuration = self._settings, LiveConfiguration(self._settings.configuration)
        clock = self._clock
        sources = log_sources(settings, clock)
        journal = WakingJournal(open_journal(settings.database_url, clock))
        client = web_client(settings.slack_bot_token, settings.slack_api_url)
        chat = SlackChat(client)
        identity = chat.identity()
        github = self._github(clock)
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
        overseer = Overseer(
            configuration, journal, clock, plugins.crashed, lambda by, outcome, s: figures.ran(by.plugin, by.name, outcome, s)
        )
        stories = Stories(journal, clock, permissions)
        lanes = Lanes(WORKERS)
        launched = threading.Event()
        locks = LockEngine(configuration, journal, github, permissions, clock, partial(slash, configuration))
        stories.when_moved(AfterRollback(configuration, journal, locks, lanes).moved)
        gatekeeper = Gatekeeper(journal, github, permissions, clock, locks)
        dispatchers = Lanes(DISPATCHERS, "dispatcher")
        targets = Targets(github, journal, clock)
        live = LiveEngine(configuration, journal, github, clock)
        changes = Changes(configuration, journal, github, targets, live)
        surroundings = Surroundings(configuration, journal, live)
        launcher = Launcher(configuration, dispatchers, stories, github, gatekeeper, changes, surroundings, clock, launched)
        queue = Queue(configuration, journal, gatekeeper, stories, dispatchers, clock, launcher.launch)
        stories.listen(queue.look_soon)
        previews = Previews(journal, github, gatekeeper, targets, live)
        logs = alerting(
            journal,
            clock,
            configuration,
            sources,
            name_of=permissions.name_of,
            may_take=permissions.member,
            may_show=Sharing(chat).may_show,
            tally=lambda watch: TallyProcess(watch.errors, watch.structure),
        )
        if settings.alertmanager:
            remote = HttpAlertmanager(settings.alertmanager)
            follows = AlertmanagerEngine(journal, clock, logs.desk, configuration, remote, lambda: token_hex(6))
            logs.alerts.follow(follows.look)
        operations = OperationEngine(
            configuration, journal, github, permissions, gatekeeper, targets, previews, changes, stories, clock, launcher.launch
        )
        runs = RunControl(configuration, journal, github, permissions, gatekeeper, operations, stories, clock, launched.set)
        follower = Follower(
            journal,
            github,
            stories,
            clock,
            launcher.is_in_flight,
            launched,
            settling(runs, lanes),
            RunReviews(configuration, github, stories),
        )
        services = Services(
            configuration=configuration,
            journal=journal,
            chat=chat,
            clock=clock,
            permissions=permissions,
            operations=operations,
            runs=runs,
            live=live,
            rollbacks=RollbackEngine(journal, github, operations, live),
            approvals=ApprovalEngine(journal, permissions, stories, clock, launcher.launch, queue.look_now),
            unknowns=UnknownEngine(configuration, journal, github, permissions, stories, launcher.send_again, launched.set),
            alerts=logs.alerts,
            watches=(watches := logs.watches),
            locks=locks,
            reviews=ReviewEngine(configuration, journal, github, permissions, clock, launched.set),
            again=lambda envelope: inbox.hand_in(envelope),
            plugins=plugins,
            timeline=TimelineEngine(configuration, journal, chat, permissions, clock),
            digest=DigestEngine(journal, github, clock),
        )
        dispatcher = Dispatcher(plugins, services, overseer)

        def handle(entry: InboxEntry, reply: Reply | None) -> None:
            journal.give_way()
            dispatcher.handle(entry, reply)

        inbox = Inbox(journal.for_acks, lanes, dispatcher.serves, handle)
        recovery = Recovery(services, dispatcher, inbox, launcher.launch)
        sockets = self._sockets(build_app(client, chat, inbox, clock), inbox, lambda seconds: figures.acked(seconds))
        witness = Witness(configuration, journal, github, clock)
        chores = {"prune": recovery.prune, "audit head": witness.look, "prune watches": watches.prune}
        schedule = ScheduleLoop(
            plugins.current.jobs,
            configuration.watches,
            inbox,
            lanes,
            clock,
            chores,
        )
        plugins.listen(lambda registry: schedule.replace(registry.jobs, configuration.watches))
        gauges = Gauges(configuration, journal, clock, lanes, lambda: figures.write())
        proofs = {"the socket": sockets.prove, "the workers": lanes.prove, "the schedule loop": schedule.prove}
        supervisor = Supervisor(self._manager, proofs, lambda: how_it_stands(parts), gauges.refresh)
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
        parts = Parts(
            journal=journal,
            github=github,
            lanes=lanes,
            dispatchers=dispatchers,
            overseer=overseer,
            launcher=launcher,
            follower=follower,
            outbox=Outbox(journal, chat, clock, configuration, paint),
            schedule=schedule,
            recovery=recovery,
            presence=Presence(
                journal, clock, FileHeartbeat(settings.state_dir / "alive"), permissions, configuration, follower.looked_again
            ),
            sockets=sockets,
            supervisor=supervisor,
            reloader=Reloader(configuration, journal, clock, lambda: self._read_again(plugins, watches, chronicle)),
            gauges=gauges,
            figures=figures,
            chronicle=chronicle,
            witness=witness,
        )
        return parts

    def _read_again(self, plugins: LivePlugins, watches: WatchEngine, chronicle: Chronicle) -> Fresh:
        """Read the settings, and build what is built from them; nothing is changed yet.

        Raises:
            ConfigError: what is wrong, all of it.
        """
        settings = self._reread()
        sources = log_sources(settings, self._clock)

        loaded = plugins.prepare(settings.configuration)

        def take() -> None:
            watches.use(sources)
            plugins.adopt(loaded)
            chronicle.remember()

        return Fresh(settings.configuration, sources, take, (*plugins.kept(loaded), *needs_restart(self._settings, settings)))

    def _github(self, clock: Clock) -> RestGitHub:
        settings = self._settings
        if settings.github_app:
            app = settings.github_app
            repos = [service.repo for service in settings.configuration.services.values()]
            wishes = github_wishes(settings.configuration)
            return connect_app(settings.github_api_url, str(app.app_id), app.private_key, app.installation_id, repos, clock, wishes)
        if settings.github_token is None:
            raise ConfigError("GITHUB_TOKEN: not set")
        return connect(settings.github_api_url, settings.github_token, clock)

    def _sockets(self, app: App, inbox: Inbox, acked: Callable[[float], None]) -> SlackSockets:
        token, url = self._settings.slack_app_token, self._settings.slack_api_url
        return SlackSockets(app, token, url, self._on_fatal, receive_together=inbox.receive_together, acked=acked)

    def _start(self, parts: Parts) -> None:
        parts.figures.start()
        parts.chronicle.started()
        parts.overseer.start()
        parts.lanes.start()
        parts.recovery.run()
        parts.sockets.start()
        # From here on there are effects. Before it, an upgrade that does not come up can go back to the journal as it was: nothing was done since.
        parts.dispatchers.start()
        parts.outbox.start()
        parts.follower.start()
        parts.presence.start()
        parts.schedule.start()
        parts.lanes.submit("chore:audit head", parts.witness.look)  # a daemon that is started anew each morning must tell it, too
        parts.supervisor.start()
        parts.gauges.refresh()

    def _shut_down(self, parts: Parts) -> None:
        """Stop taking work in, let what runs come to its end, then close. What has no time left is in the journal."""
        log.info("daemon.stopping")
        steps: list[tuple[str, Callable[[], object]]] = [
            ("supervisor", lambda: parts.supervisor.stop(REST_STOP_S)),
            ("presence", lambda: parts.presence.stop(REST_STOP_S)),
            ("schedule", lambda: parts.schedule.stop(REST_STOP_S)),
            ("sockets", lambda: parts.sockets.stop(SOCKETS_STOP_S)),
            ("launcher", parts.launcher.stop),
            ("lanes", lambda: parts.lanes.stop(WORK_STOP_S)),
            ("dispatchers", lambda: parts.dispatchers.stop(REST_STOP_S)),
            ("overseer", lambda: parts.overseer.stop(REST_STOP_S)),
            ("follower", lambda: parts.follower.stop(REST_STOP_S)),
            ("outbox", lambda: parts.outbox.stop(REST_STOP_S)),
            ("figures", lambda: parts.figures.stop(REST_STOP_S)),
            ("chronicle", lambda: parts.chronicle.stopped(self._fatal)),
            ("github", parts.github.close),
            ("journal", parts.journal.close),
        ]
        for name, step in steps:
            try:
                step()
            except Exception:
                log.exception("stop.failed", extra={"fields": {"part": name}})
        log.info("daemon.stopped")


def how_it_stands(parts: Parts) -> str:
    """Return the sentence for whoever asks the service manager."""
    return stands(parts.gauges, parts.sockets.connected, parts.reloader.complaint)


def needs_restart(before: Settings, after: Settings) -> tuple[str, ...]:
    """Return which settings differ and are only read at a start, a sentence each."""
    names = {
        "slack_bot_token": "SLACK_BOT_TOKEN",
        "slack_app_token": "SLACK_APP_TOKEN",
        "github_token": "GITHUB_TOKEN",
        "github_app": "the GitHub App",
        "slack_api_url": "SLACK_API_URL",
        "github_api_url": "GITHUB_API_URL",
        "database_url": "DATABASE_URL",
        "state_dir": "CHATOPS_STATE_DIR",
        "plugin_path": "PLUGIN_PATH",
        "alertmanager": "ALERTMANAGER_URL, or how to sign in there,",
    }
    changed = [name for field, name in names.items() if getattr(before, field) != getattr(after, field)]
    changed += ["metrics"] if before.configuration.metrics != after.configuration.metrics else []
    return tuple(f"{name} changed, which takes a restart" for name in changed)


def load_plugins(settings: Settings) -> Registry:
    """Load the configured plugins, and those that are always needed, and check the settings of each; all of it, or nothing.

    A start is less strict: it leaves out what is broken. See `LivePlugins.start`.

    Raises:
        ConfigError: plugins that can't be loaded, settings of theirs that can't be used.
    """
    tables = settings.configuration.plugin_settings
    names = dict.fromkeys((*ALWAYS, *settings.configuration.plugins))
    return load(names, settings.plugin_path, lambda plugin: read_plugin_settings(plugin.name, plugin.settings, tables.get(plugin.name, {})))


def log_sources(settings: Settings, clock: Clock) -> dict[str, LogSource]:
    """Make the log source of each watch."""
    places = Places(clock, settings.loki, frozenset(VARIABLES))
    return {watch.name: open_source(watch, places) for watch in settings.configuration.watches}
