"""Makes large logs to measure scans on: known numbers of lines and error events, most variables different in every line."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PATTERN = "ERROR|CRITICAL|FATAL|SEVERE|panic:|Traceback|Exception|EMERG|ALERT"
TRACE_EVERY = 40  # errors
BLOCK_LINES = 20_000

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


def make(path: Path, size: int, share: float, *, all_different: bool = False) -> Made:
    """Write a log of about `size` bytes.

    Args:
        share: of the lines that are errors.
        all_different: no two error lines look alike, not even without their numbers.
    """
    rnd, made, written = random.Random(7), Made(), 0
    with path.open("wb") as file:
        while written < size:
            block = "".join(_lines(rnd, made, share, _different if all_different else _usual)).encode()
            written += file.write(block)
    return made


def _lines(rnd: random.Random, made: Made, share: float, error: Callable[[random.Random], str]) -> Iterator[str]:
    for _ in range(BLOCK_LINES):
        bits = rnd.getrandbits(64)
        made.lines += 1
        stamp = f"2024-05-01 {bits % 24:02}:{bits % 60:02}:{bits % 59:02},{bits % 1000:03} "
        if (bits >> 20) % 10_000 >= share * 10_000:
            yield f"{stamp}{_QUIET[(bits >> 8) % len(_QUIET)].format(a=bits % 97, b=bits % 9_999_991, c=bits % 99_991)}\n"
            continue
        made.errors += 1
        yield f"{stamp}{error(rnd)}\n"
        if made.errors % TRACE_EVERY == 0:
            trace = _TRACE.format(a=bits % 97)
            made.lines += trace.count("\n")
            yield trace


def _usual(rnd: random.Random) -> str:
    bits = rnd.getrandbits(64)
    return _ERRORS[bits % len(_ERRORS)].format(a=bits % 97, b=bits % 9_999_991, c=bits % 99_991, h=f"{bits:016x}")


def _different(rnd: random.Random) -> str:
    letters = "".join(rnd.choices("abcdefghijklmnopqrstuvwxyz", k=40))
    said = f"{letters[:9]} {letters[9:17]} of {letters[17:26]} is {letters[26:33]} {letters[33:]} now"
    return f"ERROR [http-nio-8080-exec-{rnd.randrange(99)}] com.acme.checkout.PaymentService - {said}"
