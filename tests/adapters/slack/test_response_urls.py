"""What is posted to response_urls goes over few connections, and over a new one where the other side has closed them."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from bot.adapters.slack.response_urls import KEPT_FOR_S, ResponseUrls


class Server(ThreadingHTTPServer):
    """Answers every post, and counts the connections. `drops` says how many more posts it reads and leaves without an answer.

    Args:
        tls: None for plain HTTP.
    """

    daemon_threads = True
    request_queue_size = 64  # all who come at the same time

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._tls = tls
        self.connections = 0
        self.posts: list[bytes] = []
        self.drops = 0
        self.status = 200
        self.open: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_port}/commands/T1/2/abc?x=1"

    def get_request(self) -> tuple[socket.socket, Any]:
        accepted, address = super().get_request()
        if self._tls:
            accepted = self._tls.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        return accepted, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        self.open.append(request)
        super().finish_request(request, client_address)

    def hang_up(self, *, politely: bool = False) -> None:
        """Close what is kept open, as a server does after a while; politely with TLS' own word for it in front."""
        for connection in self.open:
            if politely and isinstance(connection, ssl.SSLSocket):
                connection.settimeout(0.2)  # the other side has no reason to answer
                with suppress(OSError):
                    connection.unwrap()
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.open.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(body)
        if self.server.drops:
            self.server.drops -= 1
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "identity.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, identity: Path) -> Iterator[Server]:
    tls = None
    if request.param == "https":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(identity)
    with Server(tls) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def trusted(identity: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(identity))


def test_posts_one_after_the_other_share_a_connection(server: Server, trusted: ssl.SSLContext) -> None:
    urls = ResponseUrls(trusted, 5.0)
    server.status = 404  # whatever the answer is
    assert [urls.post(server.url, {"text": "a"}) for _ in range(3)] == [(404, "ok", "")] * 3
    assert server.connections == 1
    assert server.posts == [b'{"text": "a"}'] * 3


def test_posts_at_the_same_time_do_not_wait_for_each_other_and_never_share_one(server: Server, trusted: ssl.SSLContext) -> None:
    urls = ResponseUrls(trusted, 5.0)
    threads = [threading.Thread(target=urls.post, args=(server.url, {"text": str(number)})) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(server.posts) == sorted(f'{{"text": "{number}"}}'.encode() for number in range(20))


@pytest.mark.parametrize("politely", [False, True])
def test_one_that_the_other_side_has_closed_is_no_matter(server: Server, trusted: ssl.SSLContext, politely: bool) -> None:
    urls = ResponseUrls(trusted, 5.0)
    urls.post(server.url, {"text": "a"})
    server.hang_up(politely=politely)
    assert urls.post(server.url, {"text": "b"}) == (200, "ok", "")
    assert server.connections == 2


def test_one_that_is_kept_and_dies_with_the_post_is_posted_again_but_on_a_new_one_it_is_told(
    server: Server, trusted: ssl.SSLContext
) -> None:
    urls = ResponseUrls(trusted, 5.0)
    urls.post(server.url, {"text": "a"})
    server.drops = 1
    assert urls.post(server.url, {"text": "b"}) == (200, "ok", "")
    server.drops = 2
    with pytest.raises(RemoteDisconnected):
        urls.post(server.url, {"text": "c"})


def test_one_that_was_idle_for_long_is_closed_and_not_used(server: Server, trusted: ssl.SSLContext) -> None:
    now = [0.0]
    urls = ResponseUrls(trusted, 5.0, lambda: now[0])
    urls.post(server.url, {"text": "a"})
    now[0] = KEPT_FOR_S
    urls.post(server.url, {"text": "b"})
    assert server.connections == 2


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(URLError):
        ResponseUrls(None, 5.0).post(f"http://127.0.0.1:{port}/x", {})
