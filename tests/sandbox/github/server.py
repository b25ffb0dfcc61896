"""A simulated GitHub on a port of its own, in a thread, for tests that talk to it over HTTP."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self, TypeVar

import httpx2
from aiohttp import web
from ghapi.core import GhApi

from sandbox.faults import Order
from sandbox.github.access import TOKEN
from sandbox.github.rest import GitHubSide
from sandbox.observed import WORLD, observed
from sandbox.world import World

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE_S = 30.0


@cache
def _made(repo: str, token: str) -> GhApi:
    # Making one takes a quarter of a second: each is made once, and then moved from server to server.
    api = GhApi("acme", repo, token, sync=True, gh_host="http://127.0.0.1:1")  # type: ignore[no-untyped-call]
    api.transport.retries = 0
    api.transport.follow_redirects = False
    api.headers["Accept"] = "application/vnd.github+json"
    api.headers["X-GitHub-Api-Version"] = "2022-11-28"
    return api


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    operation: str
    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class GitHubServer:
    """The running server. `wire` has every REST exchange, in order."""

    speed: float = 100.0
    wire: list[Exchange] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.world = World(speed=self.speed)
        self.side = GitHubSide(self.world)
        self.side.hub.settings.list_delay_s = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="github", daemon=True)
        self._thread.start()
        self.run(self._start())
        self.http = httpx2.Client(base_url=self.world.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return self.world.url

    def api(self, repo: str = "checkout", token: str = TOKEN) -> GhApi:
        """Return ghapi, set up as the daemon has it."""
        api = _made(repo, token)
        for operation in api.ops:
            operation.base_url = self.url
        return api

    def control(self, call: str, **body: Any) -> Json:
        """Make a control call and return its answer, whatever its status."""
        answer: Json = self.http.post(f"/_sandbox/github/{call}", json=body).json()
        return answer

    def fault(self, call: str, fault: str, **more: Any) -> None:
        """Order a fault for the next request of an operation."""
        self.world.faults.order(Order.parse({"side": "github", "call": call, "fault": fault, **more}))

    def dispatch(self, workflow: str = "release.yml", **inputs: str) -> int:
        """Dispatch a workflow on main of acme/checkout and return the run's id."""
        path = f"/repos/acme/checkout/actions/workflows/{workflow}/dispatches"
        answer = self.http.post(path, json={"ref": "main", "inputs": inputs, "return_run_details": True})
        return int(answer.json()["workflow_run_id"])

    def release(self, version: str = "1.5.0", **more: str) -> int:
        """Dispatch release.yml for the head of main and return the run's id."""
        inputs = {"version": version, "sha": self.head(), "environment": "staging", "dispatch_id": "d-1", **more}
        return self.dispatch(**inputs)

    def head(self, name: str = "main") -> str:
        """Return the commit that a branch or tag of acme/checkout leads to."""
        return str(self.http.get(f"/repos/acme/checkout/commits/{name}").json()["sha"])

    def ended(self, run_id: int) -> Any:
        """Return the run once it is completed."""
        return self.until(run_id, lambda run: run["status"] == "completed")

    def until(self, run_id: int, holds: Callable[[Any], bool]) -> Any:
        """Return the run as soon as the condition holds for it; waits on the feed of changes."""

        async def wait() -> Any:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    version = self.world.feed.version
                    runs = (run for repo in self.side.snapshot()["repos"] for run in repo["runs"])
                    found = next((run for run in runs if run["id"] == run_id and holds(run)), None)
                    if found is not None:
                        return found
                    await self.world.feed.wait(version, PATIENCE_S)

        return self.run(wait())

    def repo(self, full_name: str = "acme/checkout") -> Any:
        """Return a repository of the snapshot."""
        return next(repo for repo in self.http.get("/_sandbox/github").json()["repos"] if repo["full_name"] == full_name)

    def tags(self) -> dict[str, str]:
        """Return the tags of acme/checkout with the commits that they lead to."""
        return {tag["name"]: tag["sha"] for tag in self.repo()["tags"]}

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's loop."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(doing, self._loop)
        return future.result(PATIENCE_S * 2)

    async def _start(self) -> None:
        app = web.Application(middlewares=[self._tap, observed])
        app[WORLD] = self.world
        self.side.add_routes(app)
        self.side.add_control_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.world.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        await self.side.start()

    async def _stop(self) -> None:
        await self.side.stop()
        await self._runner.cleanup()

    @web.middleware
    async def _tap(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        body = await request.read()
        answer: web.StreamResponse = await handler(request)
        marked = getattr(request.match_info.handler, "sandbox_call", None)
        if marked and isinstance(answer, web.Response):
            shown = answer.body if isinstance(answer.body, bytes) else b""
            self.wire.append(
                Exchange(
                    marked[1], request.method, request.rel_url.raw_path, request.query_string, dict(request.headers), body,
                    answer.status, {**answer.headers, "Content-Type": answer.headers.get("Content-Type", answer.content_type)}, shown,
                )
            )  # fmt: skip
        return answer
