"""A simulated Loki on a port of its own, in a thread."""

import asyncio
import threading
from typing import Any, Self

from aiohttp import web

from bot.core.endpoints import Endpoint
from sandbox.faults import Order
from sandbox.loki.side import LokiSide
from sandbox.observed import WORLD, observed
from sandbox.world import World


class LokiServer:
    """The running server."""

    def __enter__(self) -> Self:
        self.world = World()
        self.side = LokiSide()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loki", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.world.url)

    def fault(self, call: str, fault: str, **more: Any) -> None:
        """Order a fault for the next request of a call."""
        self.world.faults.order(Order.parse({"side": "loki", "call": call, "fault": fault, **more}))

    def asked(self, call: str) -> list[dict[str, Any]]:
        """Return the parameters of each request of a call, in order."""
        return [dict(entry["query"]) for entry in self.world.record.select(side="loki", call=call)]

    async def _start(self) -> None:
        app = web.Application(middlewares=[observed])
        app[WORLD] = self.world
        self.side.add_routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.world.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
