"""systemd's end of the notify socket."""

import socket
from pathlib import Path


class NotifySocket:
    """A datagram socket that keeps what it is told."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.environ = {"NOTIFY_SOCKET": str(path)}

    def heard(self) -> list[str]:
        """Return the lines of every datagram since the last call."""
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(65536).decode().split("\n")
            except BlockingIOError:
                return lines

    def close(self) -> None:
        self._socket.close()
