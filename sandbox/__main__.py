"""`python -m sandbox`: run the world by itself."""

import argparse
import asyncio
import signal
from pathlib import Path

from sandbox.app import serve


def main() -> None:
    """Read the command line and serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A simulated Slack workspace and GitHub on one loopback port.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 takes a free port")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster workflow jobs run")
    parser.add_argument("--ready-file", type=Path, help="where to write the URL as JSON once it listens")
    options = parser.parse_args()
    asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    await serve(options.host, options.port, options.speed, options.ready_file, stop)


if __name__ == "__main__":
    main()
