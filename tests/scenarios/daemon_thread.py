"""The daemon in a thread of the test, so that its clock can be moved; everything else is as in its own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.app import Daemon
from bot.demo.processes import environment
from bot.settings import load_settings
from bot.testing import Workspace
from tests.clocks import ShiftedClock


@contextmanager
def daemon_with(workspace: Workspace, clock: ShiftedClock) -> Iterator[Daemon]:
    """Run the daemon on `clock` in a workspace, and stop it at the end."""
    (workspace.folder / "chatops.toml").write_text(workspace.toml)
    daemon = Daemon(load_settings(environment(workspace.folder, workspace.url), workspace.folder), clock)
    crashed: list[BaseException] = []

    def run() -> None:
        try:
            daemon.run()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            crashed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        workspace.sandbox.wait_connected(2)
        yield daemon
    finally:
        daemon.stop()
        thread.join(15)
    assert not thread.is_alive()
    assert not crashed, crashed
