"""What no reconnecting mends ends the daemon: with words, and with an exit code that tells systemd not to try again."""

import pytest

from bot.testing import Workspace

SHUT_OUT = 3


def code_of(workspace: Workspace) -> int:
    """Return the daemon's exit code once it has ended."""
    daemon = workspace.daemon
    assert daemon is not None
    workspace.sandbox.wait_until(lambda: not daemon.is_alive(), timeout_s=30, what="the daemon to end")
    return daemon.process.wait()


@pytest.mark.sockets
def test_socket_mode_switched_off_ends_the_daemon_and_says_so(workspace: Workspace) -> None:
    workspace.sandbox.sockets("disconnect", reason="link_disabled")
    assert code_of(workspace) == SHUT_OUT
    assert "switched off" in workspace.log(), "in whichever words the first of the two connections has for it"


@pytest.mark.sockets
def test_a_revoked_app_token_ends_the_daemon_once_it_reconnects_and_names_the_variable(workspace: Workspace) -> None:
    workspace.sandbox.token("xapp-sandbox-app", revoke=True)
    workspace.sandbox.sockets("reset", connection="all")
    assert code_of(workspace) == SHUT_OUT
    assert "SLACK_APP_TOKEN" in workspace.log()
    assert "xapp-sandbox-app" not in workspace.log()
