"""The one server: Slack, GitHub, Loki, the control API and the page, on one port."""

import asyncio
import json
import os
from pathlib import Path

from aiohttp import web

from sandbox import control, page
from sandbox.github.rest import GitHubSide
from sandbox.loki.side import LokiSide
from sandbox.observed import WORLD, observed
from sandbox.slack.side import SlackSide
from sandbox.world import World


def build(world: World, slack: SlackSide, github: GitHubSide) -> web.Application:
    """Assemble the application. The page's catch-all routes come last."""
    app = web.Application(middlewares=[observed], client_max_size=32 * 1024 * 1024)
    app[WORLD] = world
    slack.add_routes(app)
    github.add_routes(app)
    LokiSide().add_routes(app)
    control.add_routes(app, world, slack, github)
    page.add_routes(app)
    return app


async def serve(host: str, port: int, speed: float, ready_file: Path | None, stop: asyncio.Event) -> None:
    """Run the world until `stop` is set. Port 0 takes a free one; the ready file tells which."""
    world = World(speed=speed)
    github = GitHubSide(world)
    slack = SlackSide(world)
    runner = web.AppRunner(build(world, slack, github), shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0][1]
    world.url = f"http://{host}:{bound}"
    await github.start()
    print(f"The sandbox listens on {world.url}", flush=True)
    if ready_file:
        temporary = ready_file.with_suffix(".tmp")
        temporary.write_text(json.dumps({"url": world.url, "pid": os.getpid()}))
        temporary.replace(ready_file)
    try:
        await stop.wait()
    finally:
        await slack.stop()
        await github.stop()
        await runner.cleanup()
