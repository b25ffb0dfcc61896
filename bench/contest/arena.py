"""The sandbox as the contest needs it: somebody types many commands at a pace, without the cost of a request for each.

`python -m bench.contest.arena FILE` serves the whole sandbox on a free port and writes its address to FILE. Beside the sandbox's own control API:

- `POST /_bench/type {"count", "per_second", "channels", "wait"}` types `/ping N` with one number after the other, each in the next channel; a
  `per_second` of 0 types all at once. It answers `{"first", "last"}`, when all are typed; with `wait` when all are answered.
- `POST /_bench/first {"channel"}` types as soon as anybody is connected, again and again until one is acked; answers `{"at"}`, the time of that ack.
"""

import asyncio
import json
import signal
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.app import build
from sandbox.github.rest import GitHubSide
from sandbox.slack.side import SlackSide
from sandbox.world import World

LOOK_EVERY_S = 0.002


class Typist:
    """Ann, typing faster than anybody can."""

    def __init__(self, slack: SlackSide) -> None:
        self._slack = slack
        self._numbers = count(1)
        self._typed: set[asyncio.Task[dict[str, Any]]] = set()

    async def type_many(self, request: web.Request) -> web.Response:
        """Type commands at a pace."""
        body = await request.json()
        per_second, channels = float(body["per_second"]), body["channels"]
        started = asyncio.get_running_loop().time()
        tasks: list[asyncio.Task[dict[str, Any]]] = []
        numbers: list[int] = []
        for typed in range(int(body["count"])):
            if per_second:
                await asyncio.sleep(started + typed / per_second - asyncio.get_running_loop().time())
            numbers.append(next(self._numbers))
            tasks.append(self._type(numbers[-1], channels[typed % len(channels)]))
        if body.get("wait"):
            await asyncio.gather(*tasks)
        return web.json_response({"first": numbers[0], "last": numbers[-1]})

    async def type_first(self, request: web.Request) -> web.Response:
        """Type until the first command is acked."""
        channel = (await request.json())["channel"]
        while True:
            while not self._slack.sockets():
                await asyncio.sleep(LOOK_EVERY_S)
            if (await self._type(next(self._numbers), channel))["ok"]:
                return web.json_response({"at": time.time()})

    def _type(self, number: int, channel: str) -> asyncio.Task[dict[str, Any]]:
        task = asyncio.create_task(self._slack.do("U0ANN", "command", {"channel": channel, "text": f"/ping {number}"}))
        self._typed.add(task)
        task.add_done_callback(self._typed.discard)
        return task


async def main(ready_file: Path) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    world = World()
    slack, github = SlackSide(world), GitHubSide(world)
    app = build(world, slack, github)
    typist = Typist(slack)
    app.router.add_post("/_bench/type", typist.type_many)
    app.router.add_post("/_bench/first", typist.type_first)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await github.start()
    ready_file.write_text(json.dumps({"url": world.url}))
    try:
        await stop.wait()
    finally:
        await slack.stop()
        await github.stop()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
