"""Line forms of many systems, written for measuring fingerprints: what is one kind here is known, since the lines are made of it.

Each system has a header and kinds of message; `«…»` are slots. The first 65 systems are in two halves, for designing rules and for judging them; those behind
them were written when the rules stood.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LINES_OF_A_KIND = 8
LATER = 65
PARTS = ("designed on", "judged on", "written later")

_USERS = ("ann", "bob", "root", "deploy", "jsmith", "svc_app", "admin", "m.miller", "postgres", "x42")
_WORDS = ("orders", "invoices", "emails", "carts", "payments", "user_sessions", "audit-log", "thumbnails")
_SERVICES = ("checkout", "billing-api", "auth", "search", "web-frontend", "redis", "nginx", "cron")
_HOSTS = (
    "web-1",
    "db02.prod.internal",
    "ip-10-0-12-7",
    "edge",
    "node-17",
    "api.shop.example.com",
    "kafka-3.kafka-headless",
    "localhost",
    "worker7",
)
_PATHS = (
    "/var/lib/app/data.db",
    "/srv/www/index.html",
    "/etc/app/conf.d/10-main.yml",
    "/opt/x",
    "/home/ann/.ssh/authorized_keys",
    "/usr/sbin/httpd",
)
_URLS = ("http://10.0.0.1:8080/health", "https://pay.example.com/v1/charges?id=3", "https://example.org", "http://localhost:9200/_bulk")


def _pick(options: tuple[str, ...]) -> Callable[[random.Random], str]:
    return lambda rnd: rnd.choice(options)


def _hex(length: int) -> Callable[[random.Random], str]:
    return lambda rnd: "".join(rnd.choice("0123456789abcdef") for _ in range(length))


def _uuid(rnd: random.Random) -> str:
    text = _hex(32)(rnd)
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _list(rnd: random.Random) -> str:
    return ", ".join(rnd.sample(_WORDS, rnd.randint(1, 4)))


SLOTS: dict[str, Callable[[random.Random], str]] = {
    "n": lambda rnd: str(rnd.choice((0, 1, 7, 12, 345, 6789, 43210))),
    "N": lambda rnd: str(rnd.randrange(10**9, 10**12)),
    "f": lambda rnd: f"{rnd.random() * 100:.{rnd.randint(1, 6)}f}",
    "pct": lambda rnd: f"{rnd.randint(0, 100)}%",
    "ip": lambda rnd: ".".join(str(rnd.randint(1, 254)) for _ in range(4)),
    "port": lambda rnd: str(rnd.randint(1, 65535)),
    "user": _pick(_USERS),
    "word": _pick(_WORDS),
    "svc": _pick(_SERVICES),
    "host": _pick(_HOSTS),
    "path": _pick(_PATHS),
    "url": _pick(_URLS),
    "uuid": _uuid,
    "hex8": _hex(8),
    "hex12": _hex(12),
    "hex40": _hex(40),
    "ptr": lambda rnd: "0x" + _hex(12)(rnd),
    "dur": _pick(("12ms", "3.5s", "1m30s", "250 ms", "2 seconds", "0.004s", "15µs", "1h2m3s")),
    "ms": lambda rnd: f"{rnd.random() * 1000:.3f}",
    "size": _pick(("12 KB", "1.5GB", "4096 bytes", "10MiB", "0 B", "728.1 MB")),
    "bool": _pick(("true", "false")),
    "list": _list,
    "email": _pick(("ann@example.com", "bob.b+x@mail.example.org", "no-reply@shop.example.net")),
    "ver": _pick(("1.2.3", "v2.0.0-rc1", "10.4", "3.11.7+dfsg")),
    "pid": lambda rnd: str(rnd.randint(100, 99999)),
    "thread": _pick(("main", "http-nio-8080-exec-3", "pool-2-thread-14", "scheduling-1", "kafka-coordinator-heartbeat-thread | shop")),
    "mac": lambda rnd: ":".join(_hex(2)(rnd) for _ in range(6)),
    "if": _pick(("eth0", "ens3", "wlan0", "docker0", "lo", "br-3f2a", "vethab12cd3")),
    "msgid": lambda rnd: _hex(10)(rnd).upper(),
    # stamps
    "date": lambda rnd: f"2024-{rnd.randint(1, 12):02}-{rnd.randint(1, 28):02}",
    "time": lambda rnd: f"{rnd.randint(0, 23):02}:{rnd.randint(0, 59):02}:{rnd.randint(0, 59):02}",
    "milli": lambda rnd: f"{rnd.randint(0, 999):03}",
    "micro": lambda rnd: f"{rnd.randint(0, 999999):06}",
    "nano": lambda rnd: f"{rnd.randint(0, 999999999):09}",
    "mon": _pick(("Jan", "Feb", "Jun", "Nov", "Dec")),
    "day": lambda rnd: f"{rnd.randint(1, 28):2}",
    "dow": _pick(("Mon", "Tue", "Wed", "Sun")),
    "epoch": lambda rnd: str(rnd.randint(1100000000, 1800000000)),
    "level": _pick(("INFO", "WARN", "ERROR")),
}


@dataclass(frozen=True)
class System:
    name: str
    header: str
    kinds: tuple[str, ...]


def lines_of(system: System, seed: str = "1") -> tuple[list[str], list[str]]:
    """Return lines of a system, mixed, and the kind of each."""
    rnd = random.Random(f"{system.name} {seed}")
    pairs = [(_filled(system.header + kind, rnd), kind) for kind in system.kinds for _ in range(LINES_OF_A_KIND)]
    rnd.shuffle(pairs)
    return [line for line, _ in pairs], [kind for _, kind in pairs]


def _filled(text: str, rnd: random.Random) -> str:
    out, rest = [], text
    while rest:
        before, _, rest = rest.partition("«")
        out.append(before)
        if rest:
            name, _, rest = rest.partition("»")
            out.append(SLOTS[name](rnd))
    return "".join(out)


def read_systems() -> tuple[System, ...]:
    """Return the systems of forms.txt."""
    _, *parts = (Path(__file__).parent / "forms.txt").read_text(encoding="utf-8").split("\n== ")
    found = [part.rstrip("\n").split("\n") for part in parts]
    return tuple(System(name, header.removesuffix("|"), tuple(kinds)) for name, header, *kinds in found)


def systems() -> Iterator[tuple[System, str]]:
    """Yield every system, and the part that it belongs to."""
    for number, system in enumerate(SYSTEMS):
        yield system, PARTS[2] if number >= LATER else PARTS[number % 2]


SYSTEMS = read_systems()
