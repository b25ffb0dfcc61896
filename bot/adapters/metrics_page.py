"""A page on loopback with the daemon's figures, and two that say whether it lives and whether it serves."""

import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

from bot.adapters.metrics import CONTENT_TYPE

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_PATIENCE_S = 3.0  # one request after the other: whoever is slow must not keep the others out

Page = Callable[[], tuple[int, bytes]]


class MetricsPage:
    """A small HTTP server with a thread of its own.

    Args:
        port: on loopback; 0 takes a free one.
        pages: by path, what is answered: status and text.
    """

    def __init__(self, port: int, pages: dict[str, Page]) -> None:
        self._port = port
        self._pages = pages
        self._server: HTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1]) if self._server else self._port

    def start(self) -> None:
        """Listen. A port that is taken is no reason for the daemon not to serve: it is logged."""
        try:
            self._server = _Server((_HOST, self._port), _handler(self._pages))
        except OSError as error:
            log.error("metrics.unheard", extra={"fields": {"port": self._port, "error": error.strerror}})  # noqa: TRY400 - it says what is wrong
            return
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout_s)


class _Server(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Log it: the library would print it past the log, and so past what hides secrets there."""
        log.exception("metrics.failed")


def _handler(pages: dict[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_S
        server_version = "chatopsd"
        sys_version = ""

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, body = page() if page else (404, f"There are: {', '.join(pages)}\n".encode())
            try:
                self.send_response(status)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except (TimeoutError, ConnectionError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Keep still: a scrape every few seconds is no news."""

    return Handler
