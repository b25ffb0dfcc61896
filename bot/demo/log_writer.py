"""Somebody who writes logs: an invented checkout service with its daily troubles."""

import random
import threading
from datetime import UTC, datetime
from pathlib import Path

_QUIET = (
    'INFO  http      {ip} "POST /v2/cart/{n}/items HTTP/1.1" status=200 duration={ms}ms',
    'INFO  http      {ip} "GET /v2/cart/{n} HTTP/1.1" status=200 duration={ms}ms',
    "INFO  payments  authorised order={n} amount={euro} EUR provider=northbank",
    "DEBUG stock     reserved sku={sku} warehouse=BER-{one} for order={n}",
)
_TROUBLE = (
    "ERROR payments  provider northbank timed out after {ms}ms, order={n}, attempt {one}",
    'ERROR stock     could not reserve sku={sku}: warehouse BER-{one} answered "409 Conflict"',
    "ERROR db        psycopg.OperationalError: connection to 10.0.3.{one} lost while reading order {n}",
    "CRITICAL queue  consumer lag is {n} messages on partition {one}",
)


class LogWriter:
    """Writes a few lines a second, now and then an error, until it is stopped."""

    def __init__(self, folder: Path, seed: int = 7) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "checkout.log"
        self._random = random.Random(seed)  # noqa: S311 - invented traffic
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(2.0)

    def write(self, quiet: int, trouble: int) -> None:
        """Append lines: `quiet` ordinary ones, `trouble` errors."""
        lines = [self._line(_QUIET) for _ in range(quiet)] + [self._line(_TROUBLE) for _ in range(trouble)]
        self._random.shuffle(lines)
        with self._file.open("a") as log:
            log.writelines(lines)

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            self.write(quiet=self._random.randint(2, 6), trouble=int(self._random.random() < 0.25))

    def _line(self, forms: tuple[str, ...]) -> str:
        r = self._random
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        text = r.choice(forms).format(
            ip=f"10.1.{r.randint(0, 9)}.{r.randint(2, 250)}",
            n=r.randint(10_000, 99_999),
            ms=r.randint(3, 30_000),
            euro=f"{r.uniform(5, 300):.2f}",
            sku=f"SKU-{r.randint(100, 999)}",
            one=r.randint(1, 9),
        )
        return f"{stamp} {text}\n"
