"""Kill a scan at each of its commits, before and after, let the next process go on, and say what was counted then: a line of JSON for each kill."""

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.adapters.journal import SqlJournal
from bot.core.tally import BATCH
from bot.ports.journal import Transaction
from tests.engine.log_world import LogWorld

KINDS = BATCH + BATCH // 2
LINES = "".join("ERROR {0}ing {0}ed {0}er\n".format(chr(97 + n // 26) + chr(97 + n % 26)) for n in range(KINDS))  # no two in one family
KNOWN = LINES[: len(LINES) // 5]


def kill_at(commit: int, *, after: bool) -> None:
    """Let this process end by itself at its nth commit from now on."""
    begin = SqlJournal.begin
    left = commit

    @contextmanager
    def begin_and_die(journal: SqlJournal) -> Iterator[Transaction]:
        nonlocal left
        left -= 1
        with begin(journal) as tx:
            yield tx
            if left == 0 and not after:
                os.kill(os.getpid(), signal.SIGKILL)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    SqlJournal.begin = begin_and_die  # type: ignore[method-assign]


def prepare(folder: Path) -> LogWorld:
    """Return a world in which a fifth of the kinds is known."""
    folder.mkdir(parents=True)
    world = LogWorld(folder)
    world.configure(learning=world.watch.learning * 0)
    world.scan()
    world.append(KNOWN)
    world.scan()
    world.append(LINES)
    return world


def counted(folder: Path) -> dict[str, int]:
    with sqlite3.connect(folder / "journal.db") as database:
        windows = [json.loads(row[0]) for row in database.execute("SELECT document FROM windows")]
        return {
            "errors": sum(window["errors"] for window in windows),
            "new": sum(window["new"] for window in windows),
            "counts": database.execute("SELECT sum(count) FROM fingerprints").fetchone()[0],
            "kinds": database.execute("SELECT count(*) FROM fingerprints").fetchone()[0],
            "notes": database.execute("SELECT count(*) FROM noted_kinds").fetchone()[0],
        }


def main(folder: Path) -> None:
    for after in (False, True):
        commit = 1
        while True:
            place = folder / f"{after}-{commit}"
            process = os.fork()
            if not process:
                world = prepare(place)
                kill_at(commit, after=after)
                world.scan()
                os._exit(0)
            if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) != -signal.SIGKILL:
                break
            world = LogWorld(place)
            world.configure(learning=world.watch.learning * 0)
            world.scan()
            world.journal.close()
            print(json.dumps(counted(place)), flush=True)
            commit += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
