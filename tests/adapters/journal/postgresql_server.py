"""A PostgreSQL server of our own for the tests: in a temporary folder, on a free port, for as long as they run."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import psycopg
from sqlalchemy import URL

USER = "postgres"
READY_WITHIN_S = 30.0


def installed() -> Path | None:
    """Return the folder of the newest server's programs where Debian puts them, None when there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda folder: float(folder.parent.name), default=None)


def why_not() -> str:
    """Return why no server can be started here, "" when one can."""
    if installed() is None:
        return "PostgreSQL is not installed: apt-get install postgresql"
    if os.geteuid() == 0 and not _has_user():
        return f"PostgreSQL does not run as root, and there is no user {USER!r}"
    return ""


def _has_user() -> bool:
    return any(entry.pw_name == USER for entry in pwd.getpwall())


class PostgresqlServer:
    """Call `start` before anything else, and `remove` at last."""

    def __init__(self) -> None:
        programs = installed()
        assert programs is not None
        self._programs = programs
        # Not below pytest's folder: only root may enter that one, and a socket's path may be no longer than 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="chatopsd-pg-"))
        self._as: dict[str, str] = {"user": USER, "group": USER} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self._folder, USER, USER)
        self._password = secrets.token_hex(8)
        self._port = _free_port()
        self._process: subprocess.Popen[str] | None = None
        self._made = 0
        self._shared: str | None = None
        self._create()

    def _create(self) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        if self._as:
            shutil.chown(password, USER)
        command = [
            self._programs / "initdb",
            "--pgdata",
            self._folder / "data",
            "--username",
            USER,
            "--pwfile",
            password,
            "--auth=scram-sha-256",
        ]
        options = ["--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run([*command, *options], cwd=self._folder, check=True, capture_output=True, **self._as)  # type: ignore[call-overload]

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self._folder),
            "fsync": "off",  # the machine does not fail in a test, only processes do
            "log_min_messages": "log",
            "max_connections": "50",
        }
        command = [self._programs / "postgres", "-D", self._folder / "data", *(f"--{name}={value}" for name, value in settings.items())]
        if shutil.which("setpriv"):  # also a test run that is killed leaves no server behind
            command = ["setpriv", "--pdeathsig", "QUIT", *command]
        self._process = subprocess.Popen(  # type: ignore[call-overload]
            command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **self._as
        )
        ready, said = threading.Event(), threading.Event()
        log: list[str] = []

        def read_log(process: "subprocess.Popen[str]") -> None:
            """Read on until it ends: a full pipe would stop it."""
            assert process.stderr is not None
            for line in process.stderr:
                log.append(line)
                if "ready to accept connections" in line:
                    ready.set()
                    said.set()
            said.set()

        threading.Thread(target=read_log, args=(self._process,), daemon=True).start()
        assert said.wait(READY_WITHIN_S), "PostgreSQL does not start"
        assert ready.is_set(), "".join(log)

    def stop(self) -> None:
        """Stop it as a crash does: at once. What was committed is there when it is started again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(READY_WITHIN_S)

    def remove(self) -> None:
        """Stop it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self, options: str = "") -> str:
        """Create a database without tables and return its URL."""
        self._made += 1
        name = f"journal_{self._made}"
        self.execute(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def emptied_database(self) -> str:
        """Return the URL of a database whose tables hold nothing; always the same one, since making one takes its time."""
        if self._shared is None:
            self._shared = self.new_database()
        database = self._shared.rsplit("/", 1)[1]
        found = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename != 'alembic_version'", database)
        if found:
            self.execute(f"TRUNCATE {', '.join(str(name) for (name,) in found)} RESTART IDENTITY", database)
        return self._shared

    def execute(self, statement: str, database: str = USER) -> list[tuple[object, ...]]:
        """Do what its administrator does; return the rows, if there are any."""
        with psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def url(self, database: str, **other: str) -> str:
        """Return the address of a database, with another user's name or password where they are given."""
        named = {"username": USER, "password": self._password, "host": "127.0.0.1"} | other
        return URL.create("postgresql+psycopg", port=self._port, database=database, **named).render_as_string(hide_password=False)  # type: ignore[arg-type]


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
