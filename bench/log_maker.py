"""Makes large logs to measure scans on: known numbers of lines and error events, most variables different in every line.

The lines that are no errors are of one of two sorts. Either those of one service, of 60 kinds; or those of all systems in forms.txt and plain_forms.txt, as a
machine's own log has them, where few kinds make most of the lines: the kind at place n comes 1/n as often as the first.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from pathlib import Path

from bench.forms import PLAIN, SYSTEMS, filled

PATTERN = "ERROR|CRITICAL|FATAL|SEVERE|panic:|Traceback|Exception|EMERG|ALERT"
TRACE_EVERY = 40  # errors
BLOCK_LINES = 20_000
MANY_LINES = 1 << 17  # different ones of many systems, from which the log's are taken at random

_QUIET = tuple(
    f"{level} [{thread}-{{a}}] com.acme.{room} - {said}"
    for level, thread, room in (
        ("INFO ", "http-nio-8080-exec", "checkout.PaymentService"),
        ("DEBUG", "http-nio-8080-exec", "checkout.CartRepository"),
        ("INFO ", "kafka-consumer", "events.Consumer"),
        ("WARN ", "scheduling", "jobs.Cleaner"),
        ("INFO ", "grpc-default-executor", "stock.StockService"),
    )
    for said in (
        "order {b} of customer {c} was paid in {a} ms by gateway adyen",
        "select * from cart where id = {b} returned {a} rows in {c} ms",
        "partition orders-{a} is at offset {b}, lag {a}, committed {c} records",
        "session {b} of user {c} was idle for {a} minutes and is removed from the cache",
        "reserved {a} of article {b} in warehouse {a} for order {c}",
        "GET /v1/carts/{b}/items?page={a} 200 {c} bytes in {a} ms",
        "mail to customer-{c}@example.com was handed to relay-{a}.example.net, message {b}",
        "job thumbnails-{b} started on worker-{a}, {c} images, priority {a}",
        "cache users: {b} hits, {c} misses, {a}% used, evicted {a}",
        "config reloaded from /etc/acme/conf.d/{a}-main.yml, revision {b}, {c} keys",
        "token of client {c} refreshed, valid for {a} minutes, id {b}",
        "shipment {b} left hub FRA{a} at gate {a}, weight {c} g",
    )
)
_ERRORS = tuple(
    f"ERROR [{thread}-{{a}}] com.acme.{room}.{name} - {said}"
    for thread, room, name in (
        ("http-nio-8080-exec", "checkout", "PaymentService"),
        ("kafka-consumer", "events", "Consumer"),
        ("grpc", "stock", "Stock"),
    )
    for said in (
        "payment {b} failed: card declined by gateway adyen after {a} ms",
        "cannot reach https://pay.example.com/v1/charges/{b}: connection refused",
        "request {h} of customer {c} timed out after {a} ms",
        "Failed to execute batch of {a} statements on table orders, first key {b}",
        "no space left on device /dev/sda{a} while writing /var/lib/app/segment-{b}.log",
        "lock {h} is held by worker-{a} since {c} ms",
        "could not parse field amount in line {a} of import {b}.csv",
        "connection to 10.0.{a}.{a}:5432 was reset by peer, attempt {a}",
    )
)
_TRACE = """\
java.lang.IllegalStateException: gateway answered {a}
\tat com.acme.checkout.Gateway.charge(Gateway.java:{a})
\tat com.acme.checkout.PaymentService.pay(PaymentService.java:{a})
\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:{a})
\tat java.base/java.lang.Thread.run(Thread.java:{a})
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:{a})
\t... {a} more
"""


@dataclass
class Made:
    """What a made log holds."""

    lines: int = 0
    errors: int = 0


def make(path: Path, size: int, share: float, *, many_systems: bool = False, all_different: bool = False) -> Made:
    """Write a log of about `size` bytes.

    Args:
        share: of the lines that are errors.
        many_systems: the other lines are of many systems, and not of one service.
        all_different: no two error lines look alike, not even without their numbers.
    """
    rnd, made, written = random.Random(7), Made(), 0
    quiet, error = _quiet_of_many if many_systems else _quiet_of_one, _different if all_different else _usual
    with path.open("wb") as file:
        while written < size:
            block = "".join(_lines(rnd, made, share, quiet, error)).encode()
            written += file.write(block)
    return made


def _lines(
    rnd: random.Random, made: Made, share: float, quiet: Callable[[str, int], str], error: Callable[[random.Random], str]
) -> Iterator[str]:
    for _ in range(BLOCK_LINES):
        bits = rnd.getrandbits(64)
        made.lines += 1
        stamp = f"2024-05-01 {bits % 24:02}:{bits % 60:02}:{bits % 59:02},{bits % 1000:03} "
        if (bits >> 20) % 10_000 >= share * 10_000:
            yield quiet(stamp, bits)
            continue
        made.errors += 1
        yield f"{stamp}{error(rnd)}\n"
        if made.errors % TRACE_EVERY == 0:
            trace = _TRACE.format(a=bits % 97)
            made.lines += trace.count("\n")
            yield trace


def _quiet_of_one(stamp: str, bits: int) -> str:
    return f"{stamp}{_QUIET[(bits >> 8) % len(_QUIET)].format(a=bits % 97, b=bits % 9_999_991, c=bits % 99_991)}\n"


def _quiet_of_many(_: str, bits: int) -> str:
    return _many_lines()[(bits >> 34) % MANY_LINES]


@cache
def _many_lines() -> list[str]:
    """Return lines of many systems, none of which has a word of the pattern."""
    rnd, is_error = random.Random(11), re.compile(PATTERN).search
    forms = [system.header + kind for system in (*SYSTEMS, *PLAIN) for kind in system.kinds]
    rnd.shuffle(forms)
    forms = [form for form in forms if not is_error(form)]
    drawn = chain.from_iterable(rnd.choices(forms, [1 / place for place in range(1, len(forms) + 1)], k=1000) for _ in repeat(None))
    lines: list[str] = []
    while len(lines) < MANY_LINES:
        line = filled(next(drawn), rnd)
        if not is_error(line):
            lines.append(f"{line}\n")
    return lines


def _usual(rnd: random.Random) -> str:
    bits = rnd.getrandbits(64)
    return _ERRORS[bits % len(_ERRORS)].format(a=bits % 97, b=bits % 9_999_991, c=bits % 99_991, h=f"{bits:016x}")


def _different(rnd: random.Random) -> str:
    letters = "".join(rnd.choices("abcdefghijklmnopqrstuvwxyz", k=40))
    said = f"{letters[:9]} {letters[9:17]} of {letters[17:26]} is {letters[26:33]} {letters[33:]} now"
    return f"ERROR [http-nio-8080-exec-{rnd.randrange(99)}] com.acme.checkout.PaymentService - {said}"
