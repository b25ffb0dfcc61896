"""Brings the demo up, says what to try, and takes it down."""

import shutil
import signal
import tempfile
import textwrap
import threading
from pathlib import Path

from bot.demo.log_writer import LogWriter
from bot.demo.processes import DidNotStart, Started, configuration, free_port, start_daemon, start_sandbox
from sandbox.tries import things_to_try

# What the schedule of a real watch does in 15 minutes.
DEMO_EVERY = "20s"
TOUR_EVERY = "2s"
TOUR_SPEED = 4.0

GREETING = """
  chatopsd is running. Open  {url}/?as=U0ANN

{tries}

  The daemon's log is {log}.   Ctrl-C stops everything.
"""


def greeting(url: str, log: Path) -> str:
    """Return what the terminal says once everything runs: where the page is, and what to try, in the words of the page."""
    tries = (
        textwrap.fill(f"{n}. {each.title}: {each.text}", 110, initial_indent="  ", subsequent_indent="     ", break_on_hyphens=False)
        for n, each in enumerate(things_to_try(), 1)
    )
    return GREETING.format(url=url, tries="\n".join(tries), log=log)


def demo(*, tour: bool, port: int) -> int:
    """Run the demo until Ctrl-C, or play the tour. Return the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="chatopsd-demo-"))
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGHUP: the terminal was closed
        signal.signal(signum, _interrupt if tour else lambda *_: stop.set())
    started: list[Started] = []
    writer = LogWriter(folder / "logs")
    try:
        sandbox, url = start_sandbox(folder, 0 if tour else free_port(port), TOUR_SPEED if tour else 1.0)
        started.append(sandbox)
        daemon = start_daemon(folder, url, configuration(folder / "logs", TOUR_EVERY if tour else DEMO_EVERY, approvals=not tour))
        started.append(daemon)
        if tour:
            return _tour(url, writer, daemon)
        writer.start()
        print(greeting(url, daemon.log), flush=True)
        return _watch_over(started, stop)
    except DidNotStart as error:
        print(error)
        return 1
    except KeyboardInterrupt:
        print("\nThe tour was stopped.")
        return 130
    finally:
        writer.stop()
        for process in reversed(started):
            process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _watch_over(started: list[Started], stop: threading.Event) -> int:
    while not stop.wait(0.5):
        for process in started:
            if not process.is_alive():
                print(f"The {process.name} ended by itself:\n{process.last_words()}")
                return 1
    print("\nStopping.")
    return 0


def _tour(url: str, writer: LogWriter, daemon: Started) -> int:
    from bot.demo.tour import Tour, TourFailed

    try:
        Tour(url, writer).play()
    except (TourFailed, AssertionError) as error:
        print(f"\nThe tour failed: {error}\n\nThe daemon's last words:\n{daemon.last_words()}")
        return 1
    return 0
