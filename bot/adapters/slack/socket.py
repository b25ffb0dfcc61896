"""Socket Mode: two connections in one loop thread, feeding the synchronous app from a pool of threads."""

import asyncio
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from slack_bolt import App, BoltRequest

from bot.adapters.slack.acks import Acks
from bot.adapters.slack.arrivals import Arrivals, Taken
from bot.adapters.slack.edge import WAITED_S
from bot.adapters.slack.link import OPEN_WITHIN_S, Ended, Link
from bot.adapters.slack.payloads import at, table, text_at
from bot.core.redaction import Secret
from bot.ports.errors import ConfigError, Unavailable

log = logging.getLogger(__name__)

CONNECTIONS = 2
"""While one is refreshed or lost, the other one serves; each envelope goes to any one of them."""

WORKERS = 16
"""Each may be held for 2.5 s by a form that is being checked; everything else takes milliseconds."""

# When it was not taken within Slack's 3 s the person has been told that it failed; running it after that would surprise them.
_STALE_AFTER_S = 2.9
_SHORT_LIFE_S = 10.0
_LONGEST_PAUSE_S = 30.0
_PAUSE_WHEN_TOO_MANY_S = 15.0
_RETIRE_WITHIN_S = 5.0
_LOOK_FOR_KEEPERS_S = 0.5


class SlackSockets:
    """The app's connections to Slack. Once stopped they stay so.

    Args:
        app: the Bolt app; `dispatch` is called from several threads at a time.
        app_token: `xapp-…`.
        base_url: of the Web API.
        on_fatal: called once, with a sentence, when no retry will ever mend it: a token was revoked, or Socket Mode was switched off. It is called
            in the loop's thread and must return at once.
        acked: called in the loop's thread with the seconds from each envelope's arrival to its ack.
        arrivals: write down what needs no answer, in the loop's own thread; None has everything done by the workers.
    """

    def __init__(
        self,
        app: App,
        app_token: Secret,
        base_url: str,
        on_fatal: Callable[[str], None],
        connections: int = CONNECTIONS,
        workers: int = WORKERS,
        arrivals: Arrivals | None = None,
        acked: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._base_url = base_url
        self._on_fatal = on_fatal
        self._wanted = connections
        self._acks = Acks(lambda: self._open, acked)
        self._arrivals = arrivals
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="slack-envelope")
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: tuple[Link, ...] = ()
        self._over = asyncio.Event()
        self._keepers: set[asyncio.Task[None]] = set()
        self._retiring: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._started: Future[None] = Future()
        self._failed_at_first = 0
        self._draining = False
        self._broken = False

    @property
    def connected(self) -> int:
        """Return how many connections are open."""
        return sum(link.is_open for link in self._open)

    @property
    def last_frame_age(self) -> float | None:
        """Return how many seconds ago anything came from Slack, on whichever connection; None when there is none."""
        return min((link.silent_for_s for link in self._open), default=None)

    def start(self) -> None:
        """Connect, and return as soon as one connection stands.

        Raises:
            ConfigError: Slack refuses SLACK_APP_TOKEN, or Socket Mode is switched off.
            Unavailable: no connection could be made.
        """
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="slack-sockets", daemon=True)
        self._thread.start()
        try:
            self._started.result(OPEN_WITHIN_S + 5.0)
        except TimeoutError:
            self.stop(1.0)
            raise Unavailable("Slack's Socket Mode can't be reached.") from None
        except (ConfigError, Unavailable):
            self.stop(1.0)
            raise

    def prove(self, sign: Callable[[], None]) -> None:
        """Have `sign` called by a thread that takes envelopes, on behalf of the loop that reads them. Whether Slack can be reached is another question."""
        loop = self._loop
        if loop is not None:
            self._call(loop, self._pass_on(sign))

    async def _pass_on(self, sign: Callable[[], None]) -> None:
        while not self._keepers and not self._draining:  # nobody would open a connection again
            await asyncio.sleep(_LOOK_FOR_KEEPERS_S)
        await asyncio.get_running_loop().run_in_executor(self._workers, sign)

    def stop(self, deadline_s: float) -> None:
        """Take no more envelopes, send the acks that are due, and disconnect, within `deadline_s` seconds. A second call does nothing."""
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None and thread.is_alive():
            until = time.monotonic() + deadline_s
            self._call(loop, self._drain(until))
            thread.join(max(0.1, until - time.monotonic()))
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _call(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(work, loop)
        except RuntimeError:  # it ended by itself in this moment
            work.close()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        for _ in range(self._wanted):
            self._add_keeper()
        await self._over.wait()
        while self._retiring or self._keepers:
            await asyncio.wait(self._retiring | self._keepers)

    def _add_keeper(self) -> None:
        if self._draining:
            return
        keeper = asyncio.create_task(self._keep())
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keeper_ended)

    def _keeper_ended(self, keeper: asyncio.Task[None]) -> None:
        """Put another one in the place of a keeper that crashed: half of the connections must not go for a mistake of ours or of the SDK."""
        self._keepers.discard(keeper)
        crash = None if keeper.cancelled() else keeper.exception()
        if crash is not None:
            log.error("slack.keeper_crashed", exc_info=crash)
            asyncio.get_running_loop().call_later(_LONGEST_PAUSE_S / 2, self._add_keeper)

    async def _drain(self, until: float) -> None:
        self._draining = True
        for keeper in self._keepers:
            keeper.cancel()
        links, self._open = self._open, ()
        for link in links:
            # Half a second is left for closing.
            self._retire(link, max(0.0, until - time.monotonic() - 0.5))
        self._over.set()

    async def _keep(self) -> None:
        """Hold one connection, and open the next one as soon as it ends; before that where Slack gives notice."""
        failures = 0
        old: Link | None = None
        while not self._broken:
            link = Link(self._app_token, self._base_url, self._serve)
            try:
                await self._open_link(link)
            except ConfigError as error:
                self._give_up(error)
                return
            except Unavailable as error:
                failures += 1
                pause_s = max(_pause_s(failures), error.retry_after_s or 0.0)
                log.warning("slack.connect_failed", extra={"fields": {"why": str(error), "again_in_s": round(pause_s, 1)}})
                self._fail_start(error)
                await asyncio.sleep(pause_s)
                continue
            opened_at = time.monotonic()
            if old:
                self._leave(old)
            reason = await link.ended()
            log.info("slack.disconnected", extra={"fields": {"why": reason.value, "after_s": round(time.monotonic() - opened_at, 1)}})
            old = link if reason.is_gentle else None
            if old is None:
                self._leave(link)
            if reason is Ended.LINK_DISABLED:
                self._give_up(ConfigError("Socket Mode was switched off for the app: switch it on at api.slack.com/apps."))
                return
            failures = failures + 1 if time.monotonic() - opened_at < _SHORT_LIFE_S else 0
            await asyncio.sleep(_PAUSE_WHEN_TOO_MANY_S if reason is Ended.TOO_MANY_WEBSOCKETS else _pause_s(failures))

    async def _open_link(self, link: Link) -> None:
        try:
            await link.open()
        except BaseException:
            await link.leave()
            raise
        self._open = (*self._open, link)
        log.info("slack.connected", extra={"fields": {"connections": self.connected, "of_the_app": link.number_of_connections}})
        if not self._started.done():
            self._started.set_result(None)

    def _fail_start(self, error: Unavailable) -> None:
        """Fail the start when every connection's first try has failed."""
        self._failed_at_first += 1
        if self._failed_at_first >= self._wanted and not self._started.done():
            self._started.set_exception(error)

    def _give_up(self, error: ConfigError) -> None:
        if self._broken:
            return
        self._broken = True
        if self._started.done():
            self._on_fatal(str(error))
        else:
            self._started.set_exception(error)

    def _leave(self, link: Link) -> None:
        self._open = tuple(other for other in self._open if other is not link)
        self._retire(link, _RETIRE_WITHIN_S)

    def _retire(self, link: Link, within_s: float) -> None:
        task = asyncio.create_task(link.leave(within_s))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def _serve(self, link: Link, envelope: Mapping[str, Any]) -> None:
        """Have an envelope written down, before the loop comes to anything newer, and acked then."""
        if self._draining:
            link.settled()
            return
        arrived_at = time.monotonic()

        def settle(taken: Taken) -> None:
            match taken:
                case Taken.ACK:
                    self._acks.send_soon(link, {"envelope_id": text_at(envelope, "envelope_id")}, arrived_at)
                case Taken.NO_ACK:
                    link.settled()
                case Taken.LATER:
                    self._begin_answer(link, envelope, arrived_at)

        if self._arrivals:
            self._arrivals.take(envelope, settle)
        else:
            settle(Taken.LATER)

    def _begin_answer(self, link: Link, envelope: Mapping[str, Any], arrived_at: float) -> None:
        task = asyncio.create_task(self._answer(link, envelope, arrived_at))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, link: Link, envelope: Mapping[str, Any], arrived_at: float) -> None:
        """Have a worker take an envelope, and ack it."""
        ack = None
        try:
            ack = await asyncio.get_running_loop().run_in_executor(self._workers, self._take, envelope, arrived_at)
        finally:
            if ack is None:
                link.settled()
        if ack is not None:
            self._acks.send_soon(link, ack, arrived_at)

    def _take(self, envelope: Mapping[str, Any], arrived_at: float) -> dict[str, Any] | None:
        """Hand an envelope to the app, and return its ack, None when there must be none. Runs in a worker."""
        waited_s = time.monotonic() - arrived_at
        if waited_s > _STALE_AFTER_S:
            log.error("slack.too_late", extra={"fields": {"type": text_at(envelope, "type"), "waited_s": round(waited_s, 1)}})
            return None
        ack: dict[str, Any] = {"envelope_id": text_at(envelope, "envelope_id")}
        request = _request_of(envelope, waited_s)
        if request is None:
            return ack
        response = self._app.dispatch(request)
        if response.status != 200:
            return None
        if response.body and at(envelope, "accepts_response_payload") is not False:
            ack["payload"] = json.loads(response.body)
        return ack


def _pause_s(failures: int) -> float:
    """Return how long to wait after some failures in a row: not at all, then doubling, never the same for two connections."""
    if failures == 0:
        return 0.0
    return min(_LONGEST_PAUSE_S, 0.25 * 2.0**failures) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing


def _request_of(envelope: Mapping[str, Any], waited_s: float) -> BoltRequest | None:
    """Return the request for Bolt; None when the payload is so odd that Bolt can't read it, so that it is nothing of ours.

    Args:
        waited_s: for a worker.
    """
    headers: dict[str, Any] = {}
    if at(envelope, "retry_attempt") is not None:
        headers["x-slack-retry-num"] = str(at(envelope, "retry_attempt"))
    if text_at(envelope, "retry_reason"):
        headers["x-slack-retry-reason"] = text_at(envelope, "retry_reason")
    try:
        body = dict(table(at(envelope, "payload")))
        return BoltRequest(mode="socket_mode", body=body, headers=headers, context={WAITED_S: waited_s})
    except (AttributeError, KeyError, TypeError, IndexError):
        log.warning("slack.unreadable_payload", extra={"fields": {"type": text_at(envelope, "type")}})
        return None
