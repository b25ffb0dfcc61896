"""A sandbox of its own for each test, in a thread; a Web API client; and a real Bolt app over Socket Mode."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.app import build
from sandbox.client import Sandbox
from sandbox.github.rest import GitHubSide
from sandbox.slack.side import SlackSide
from sandbox.world import World

BOT_TOKEN = "xoxb-sandbox-bot"
APP_TOKEN = "xapp-sandbox-app"


class LoopThread:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work, timeout_s: float = 20.0):
        return self.submit(work).result(timeout_s)

    def submit(self, work) -> Future:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def loop_thread() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.stop()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The repositories of GitHub are left out: they take a second, and nothing here looks at them."""
    thread = LoopThread()
    world = World()
    slack, github = SlackSide(world), GitHubSide(world)

    async def start() -> web.AppRunner:
        runner = web.AppRunner(build(world, slack, github), shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def stop(runner: web.AppRunner) -> None:
        await slack.stop()
        await github.stop()
        await runner.cleanup()

    runner = thread.run(start())
    yield Sandbox(world.url)
    thread.run(stop(runner))
    thread.stop()


@pytest.fixture
def slack(sandbox: Sandbox) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=f"{sandbox.url}/api/", retry_handlers=[])


class Bot:
    """A real Bolt app, connected by slack_sdk's aiohttp Socket Mode client."""

    def __init__(self, sandbox: Sandbox, thread: LoopThread) -> None:
        self._sandbox = sandbox
        self._thread = thread
        client = AsyncWebClient(BOT_TOKEN, base_url=f"{sandbox.url}/api/", retry_handlers=[])
        self.app = AsyncApp(client=client, ignoring_self_events_enabled=False)
        self._handlers: list[AsyncSocketModeHandler] = []

    def connect(self, times: int = 1, ping_interval: float = 5) -> "Bot":
        async def connect() -> None:
            handler = AsyncSocketModeHandler(self.app, APP_TOKEN, web_client=self.app.client, ping_interval=ping_interval)
            await handler.connect_async()
            self._handlers.append(handler)

        for _ in range(times):
            self._thread.run(connect())
        self._sandbox.wait_connected(times)
        return self

    def disconnect(self) -> None:
        while self._handlers:
            self._thread.run(self._handlers.pop().close_async())


@pytest.fixture
def bot(sandbox: Sandbox, loop_thread: LoopThread) -> Iterator[Bot]:
    connected = Bot(sandbox, loop_thread)
    yield connected
    connected.disconnect()


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call a Web API method that must refuse, and return Slack's error code."""
    from slack_sdk.errors import SlackApiError

    def call(method: Callable[..., object], **arguments: object) -> str:
        with pytest.raises(SlackApiError) as error:
            method(**arguments)
        return str(error.value.response["error"])

    return call
