"""Counting in a fork: the same numbers as in one process, and a plain word when the fork is gone."""

import errno
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters import counting_apart
from bot.core.lines import block_of
from bot.core.tally import Tally
from tests.core.traces import TRACES

ROOT = Path(__file__).parents[2]
LINES = [
    line for n in range(40) for trace in TRACES.values() for line in [*trace.block, f"2024-05-01 12:00:00 ERROR disk {n} of {'abc'[n % 3]}"]
]
COUNT = """
import json, os, signal, sys
from bot.adapters import counting_apart
from bot.adapters.counting_apart import counted_apart
from bot.core.tally import Tally
if sys.argv[1].isdigit():
    counting_apart.BEHIND, counting_apart.PATIENCE_S = int(sys.argv[1]), 0.0
block = sys.stdin.buffer.read()
forks = []

def scan(counter):
    forks.append(getattr(counter, "_fork", None))
    if sys.argv[1:] == ["kill"]:
        os.kill(forks[0], signal.SIGKILL)
    for n in range(20):
        counter.add(block, str(n % 2))

tally = counted_apart(Tally("ERROR"), scan)
print(json.dumps([bool(forks[0]), tally.lines, tally.errors, sorted((kind.id, kind.count, kind.sample) for kind in tally.kinds()), tally.carries()]))
"""


STOP = """
import os, sys, time
from bot.adapters import counting_apart
from bot.core.tally import Tally
end = counting_apart.CountingApart.end
def ended(apart):
    end(apart)
    print(apart._fork, flush=True)
    time.sleep(1)  # the fork is about to answer
    if sys.argv[1] == "interrupted":
        raise KeyboardInterrupt
    os._exit(9)
counting_apart.CountingApart.end = ended
words = ["a" * n + "b" * m for n in range(1, 60) for m in range(1, 60)]
block = "".join(f"2024-05-01 12:00:00 ERROR disk {word} is full\\n" for word in words).encode()
counting_apart.counted_apart(Tally("ERROR"), lambda counter: counter.add(block))
"""


def count(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", COUNT, *arguments]
    return subprocess.run(command, input=block_of(LINES), capture_output=True, env={"PYTHONPATH": str(ROOT)}, check=False)


@pytest.mark.parametrize("behind", [0, 2, 1000], ids=["kinds told here", "as they come", "kinds told there"])
def test_what_is_counted_in_a_fork_is_what_is_counted_here(behind: int) -> None:
    done = count(str(behind))
    tally = Tally("ERROR")
    for n in range(20):
        tally.add(block_of(LINES), str(n % 2))
    tally.finish()

    kinds = sorted([kind.id, kind.count, kind.sample] for kind in tally.kinds())
    assert json.loads(done.stdout) == [True, tally.lines, tally.errors, kinds, tally.carries()]


def test_where_no_process_is_to_be_had_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(counting_apart, "may_fork", lambda: True)
    monkeypatch.setattr(os, "fork", refused)
    before = sorted(Path("/proc/self/fd").iterdir())

    tally = counting_apart.counted_apart(Tally("ERROR"), lambda counter: counter.add(block_of(LINES)))

    assert tally.lines == len(LINES)
    assert tally.errors > 0
    assert sorted(Path("/proc/self/fd").iterdir()) == before, "nothing stays open"


def test_a_fork_that_is_killed_is_told() -> None:
    done = count("kill")

    assert done.returncode == 1
    assert b"ChildProcessError: the process that tells the errors apart ended before it was done" in done.stderr


@pytest.mark.parametrize("how", ["interrupted", "gone"])
def test_a_fork_whose_answer_nobody_wants_ends(how: str) -> None:
    command = [sys.executable, "-c", STOP, how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout
        fork = int(process.stdout.readline())
        has_ended = select.select([process.stdout], [], [], 20)[0]  # nobody has its other end
        process.kill()
        if not has_ended:
            os.kill(fork, signal.SIGKILL)

    assert has_ended
