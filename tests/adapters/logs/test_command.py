"""A program's output: what is new in it, when it counts, and how it is ended."""

import os
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.logs.command import CommandLogSource
from bot.adapters.logs.programs import KEPT, Program
from bot.core.sources import CommandSource
from bot.ports.errors import Unavailable
from bot.ports.logs import Checkpoint
from tests.adapters.logs.reader import Reader, append
from tests.clocks import FakeClock


def python(code: str, **options: object) -> CommandLogSource:
    return CommandLogSource(CommandSource((sys.executable, "-c", code), **options), FakeClock())  # type: ignore[arg-type]


def test_all_that_a_program_prints_is_new() -> None:
    reader = Reader(python("print('one'); print('two', end='')"))

    assert reader.read() == ["one", "two"]
    assert reader.read() == ["one", "two"]


def test_a_program_is_told_since_when_and_the_time_moves_only_with_success(tmp_path: Path) -> None:
    clock, gate = FakeClock(), tmp_path / "gate"
    code = f"import sys, os; print(sys.argv[1], sys.argv[2]); sys.exit(os.path.exists({str(gate)!r}))"
    reader = Reader(CommandLogSource(CommandSource((sys.executable, "-c", code, "--since={since}", "{{.Name}}")), clock))

    assert reader.read() == ["--since=2024-05-01T12:00:00Z {{.Name}}"]
    clock.advance(timedelta(minutes=15))
    gate.touch()
    with pytest.raises(Unavailable, match="ended with exit code 1"):
        reader.read()
    clock.advance(timedelta(minutes=15))
    gate.unlink()
    assert reader.read() == ["--since=2024-05-01T12:00:00Z {{.Name}}"]
    assert reader.read() == ["--since=2024-05-01T12:30:00Z {{.Name}}"]


def test_a_failure_is_told_with_the_exit_code_and_the_program_s_own_words() -> None:
    code = "import sys; print('half of it'); print('first', file=sys.stderr); print('no such pod', file=sys.stderr); sys.exit(3)"

    with pytest.raises(Unavailable, match=r"ended with exit code 3, so nothing of its output is counted. It says: no such pod"):
        Reader(python(code)).read()


def test_an_exit_code_that_means_success_counts() -> None:
    assert Reader(python("print('x'); raise SystemExit(1)", exit_codes=(0, 1))).read() == ["x"]


def test_a_program_that_dies_of_a_signal_is_told() -> None:
    with pytest.raises(Unavailable, match="was ended by signal 11"):
        Reader(python("import os; os.kill(os.getpid(), 11)")).read()


def test_no_such_program_is_told() -> None:
    with pytest.raises(Unavailable, match="no-such-program can't be started: No such file"):
        Reader(CommandLogSource(CommandSource(("no-such-program",)), FakeClock())).read()


def test_there_is_no_shell() -> None:
    assert Reader(CommandLogSource(CommandSource(("echo", "$HOME; `id` | wc")), FakeClock())).read() == ["$HOME; `id` | wc"]


def test_our_secrets_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("KUBECONFIG", "/etc/kube")
    source = CommandLogSource(CommandSource(("env",)), FakeClock(), {"SLACK_BOT_TOKEN"})

    lines = Reader(source).read()

    assert "KUBECONFIG=/etc/kube" in lines
    assert not [line for line in lines if "xoxb" in line]


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    child = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); print('on', flush=True); time.sleep(600)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    begun = time.monotonic()

    with pytest.raises(Unavailable, match=r"took longer than 1 s"):
        Reader(python(code, timeout=timedelta(seconds=1))).read()

    assert time.monotonic() - begun < 30
    _assert_ends(int(pid.read_text()))


STRAY = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(1)
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    time.sleep(600)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
print("on", flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_what_left_the_session_of_a_program_that_takes_too_long_is_ended_too(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    argv = (sys.executable, "-c", STRAY, str(pid), "600")

    with pytest.raises(Unavailable, match=r"took longer than 2 s"):
        Reader(CommandLogSource(CommandSource(argv, timeout=timedelta(seconds=2)), FakeClock())).read()

    _assert_ends(int(pid.read_text()))


def test_what_left_the_session_of_a_program_that_ends_by_itself_is_let_be(tmp_path: Path) -> None:
    """As ssh does with a connection that it keeps for the next time."""
    pid = tmp_path / "pid"

    assert Reader(CommandLogSource(CommandSource((sys.executable, "-c", STRAY, str(pid), "0")), FakeClock())).read() == ["on"]

    assert _is_alive(int(pid.read_text()))
    os.kill(int(pid.read_text()), signal.SIGKILL)


def _assert_ends(pid: int) -> None:
    deadline = time.monotonic() + 30
    while _is_alive(pid):
        assert time.monotonic() < deadline


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_beyond_the_limit_is_not_read_and_that_is_said() -> None:
    reader = Reader(python("while True: print('x' * 99)", output_mb=1))

    lines = reader.read()

    assert 9_990 <= len(lines) <= 10_001
    assert "printed more than 1 MB" in reader.notes[0]


def test_a_program_may_close_its_output_and_go_on_as_long_as_it_has_time() -> None:
    code = "import os, time; print('one', flush=True); os.close(1); time.sleep({})"

    assert Reader(python(code.format(0.3))).read() == ["one"]
    with pytest.raises(Unavailable, match=r"took longer than 1 s"):
        Reader(python(code.format(600), timeout=timedelta(seconds=1))).read()


def test_of_what_a_program_complains_only_the_end_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no disk"))
    code = "import sys; [sys.stderr.write('e' * 9_999 + '\\n') for _ in range(1000)]; print('one'); sys.stderr.write('no such pod'); sys.exit({})"

    assert Reader(python(code.format(0))).read() == ["one"]
    with Program([sys.executable, "-c", code.format(3)], limit_s=30) as program:
        assert program.output.read() == b"one\n"
        assert program.exit_code() == 3
        assert program.complaint() == "no such pod"
        assert len(program._complained) <= KEPT


def test_a_program_that_only_complains_is_ended_in_time() -> None:
    with pytest.raises(Unavailable, match=r"took longer than 1 s. It says: e"):
        Reader(python("import sys\nwhile True: sys.stderr.write('e' * 99 + '\\n')", timeout=timedelta(seconds=1))).read()


def test_much_on_standard_error_holds_nothing_up() -> None:
    assert Reader(python("import sys; sys.stderr.write('e' * 1_000_000); print('done')")).read() == ["done"]


class Printed:
    """A program that prints a file; a reader that has seen what was there when the watch began."""

    def __init__(self, folder: Path, before: str, **options: object) -> None:
        self.file = folder / "printed"
        self.file.write_text(before)
        source = CommandSource(("cat", str(self.file)), overlaps=True, **options)  # type: ignore[arg-type]
        self.reader = Reader(CommandLogSource(source, FakeClock()))
        assert self.reader.read() == []

    def now(self, text: str) -> list[str]:
        """Return what is new when the program prints `text`."""
        self.file.write_text(text)
        return self.reader.read()


def numbered(start: int, stop: int) -> str:
    return "".join(f"line {n}\n" for n in range(start, stop))


def long(start: int, stop: int) -> str:
    """Return numbered lines, a thousand of which are a megabyte."""
    return "".join(f"line {n}".ljust(999, ".") + "\n" for n in range(start, stop))


def test_of_an_output_that_overlaps_only_what_is_new_counts(tmp_path: Path) -> None:
    printed = Printed(tmp_path, numbered(0, 100))

    assert printed.now(numbered(0, 103)) == ["line 100", "line 101", "line 102"]
    assert printed.now(numbered(50, 104)) == ["line 103"]  # `tail -n`: less of the past
    assert printed.now(numbered(90, 104)) == []  # it begins within the lines that are remembered
    assert printed.now("") == []
    assert printed.now(numbered(100, 106)) == ["line 104", "line 105"]
    assert printed.reader.notes == []


def test_lines_that_are_all_the_same_are_counted_by_how_many_there_are(tmp_path: Path) -> None:
    printed = Printed(tmp_path, "ping\n" * 200)

    assert printed.now("ping\n" * 203) == ["ping"] * 3


def test_an_output_without_anything_of_the_last_one_counts_as_a_whole_and_that_is_said(tmp_path: Path) -> None:
    printed = Printed(tmp_path, numbered(0, 100))

    assert printed.now(numbered(200, 202)) == ["line 200", "line 201"]
    assert "Nothing of what was printed the last time" in printed.reader.notes[0]


def test_what_both_runs_print_of_one_second_counts_once_and_a_quiet_time_is_no_gap(tmp_path: Path) -> None:
    code = "import sys, pathlib; print(''.join(l for l in pathlib.Path(sys.argv[2]).open() if l[:20] >= sys.argv[1]), end='')"
    log = tmp_path / "log"
    clock = FakeClock()
    source = CommandSource((sys.executable, "-c", code, "{since}", str(log)), overlaps=True)
    reader = Reader(CommandLogSource(source, clock))

    def stamped(word: str) -> str:
        return f"{clock.now():%Y-%m-%dT%H:%M:%SZ} {word}\n"

    log.write_text("")
    assert reader.read() == []
    clock.advance(0.2)
    append(log, stamped("one") + stamped("two"))
    assert [line[21:] for line in reader.read()] == ["one", "two"]
    append(log, stamped("three"))  # in the same second
    clock.advance(0.2)
    assert [line[21:] for line in reader.read()] == ["three"]
    clock.advance(60)
    assert reader.read() == []
    append(log, stamped("four"))
    assert [line[21:] for line in reader.read()] == ["four"]
    assert reader.notes == []


def test_a_partial_last_line_of_an_output_that_overlaps_waits(tmp_path: Path) -> None:
    printed = Printed(tmp_path, "one\n")

    assert printed.now("one\ntwo\nthr") == ["two"]
    append(printed.file, "ee\n")
    assert printed.reader.read() == ["three"]


def test_of_few_lines_that_were_printed_the_end_is_known_again_wherever_it_stands(tmp_path: Path) -> None:
    printed = Printed(tmp_path, "one\ntwo\n")

    assert printed.now("zero\none\ntwo\nthree\n") == ["three"]
    assert printed.now("two\nthree\nfour\n") == ["four"]
    assert printed.reader.notes == []


def test_an_output_that_has_grown_beyond_the_limit_is_read_behind_what_was_read_before(tmp_path: Path) -> None:
    """The limit is for what is new: what is only passed over on the way there is not kept."""
    past, new = long(0, 3000), long(3000, 5500)
    printed = Printed(tmp_path, past, output_mb=1)
    first = printed.now(past + new)

    assert 999_000 < sum(len(line) + 1 for line in first) <= 1_000_000
    assert printed.reader.notes == ["cat printed more than 1 MB that is new: what came behind is read the next time."]
    assert first + printed.reader.read() + printed.reader.read() == new.splitlines()
    assert len(printed.reader.notes) == 2
    assert printed.reader.read() == []


def test_of_an_output_of_which_nothing_is_known_too_much_is_read_little_by_little(tmp_path: Path) -> None:
    printed = Printed(tmp_path, numbered(0, 10), output_mb=1)
    found = printed.now(long(1000, 3500))

    assert len(printed.reader.notes) == 2
    assert found + printed.reader.read() + printed.reader.read() == long(1000, 3500).splitlines()


def test_a_program_that_fails_behind_too_much_of_output_does_not_count() -> None:
    code = "import sys; [print('x' * 999) for n in range(2000)]; sys.exit(3)"
    reader = Reader(python(code, overlaps=True, output_mb=1, exit_codes=(0,)))
    reader.checkpoints["command"] = Checkpoint("command", {"lines": 1, "whole": "x", "tail": ["x"], "since": "2024-05-01T12:00:00+00:00"})

    with pytest.raises(Unavailable, match="ended with exit code 3"):
        reader.read()


def test_too_much_since_the_last_run_is_asked_for_again_from_there(tmp_path: Path) -> None:
    """Lines without a time, too: what was asked for once is printed again from its first line."""
    clock, log = FakeClock(), tmp_path / "log"
    code = "import sys; since = sys.argv[1]; print(open(sys.argv[2]).read() if since < '2024-05-01T12:20' else '', end='')"
    source = CommandSource((sys.executable, "-c", code, "{since}", str(log)), overlaps=True, output_mb=1)
    reader = Reader(CommandLogSource(source, clock))
    log.write_text("")
    reader.read()
    log.write_text(long(0, 1500))
    found = []
    for _ in range(2):
        clock.advance(timedelta(minutes=15))
        found += reader.read()

    assert found == long(0, 1500).splitlines()
    clock.advance(timedelta(minutes=15))
    assert reader.read() == []
    assert len(reader.notes) == 1


@pytest.mark.parametrize(
    ("line", "is_same"),
    [
        ("connection refused", False),
        ("order 4711000000 refused", False),
        ("2024-05-01T12:00:00Z connection refused", True),
        ('{"msg": "refused", "ts": 1714564800.5}', True),
        ("9:00:00 connection refused", True),
    ],
)
def test_a_line_that_is_printed_since_the_last_run_is_the_same_one_only_where_it_says_when(line: str, is_same: bool) -> None:
    source = CommandSource((sys.executable, "-c", f"print({line!r})", "{since}"), overlaps=True)
    reader = Reader(CommandLogSource(source, FakeClock()))
    assert reader.read() == []

    assert [reader.read(), reader.read()] == ([[], []] if is_same else [[line], [line]])


def test_lines_that_repeat_so_that_nobody_knows_which_are_new_are_told(tmp_path: Path) -> None:
    printed = Printed(tmp_path, "one\n" + "ping\n" * 200)

    assert printed.now("ping\n" * 100) == []
    assert printed.reader.notes == ["Its lines repeat, so that which of them are new can't be told: let it print the time of each line."]
    assert printed.now("ping\n" * 80 + "pong\n" * 3) == ["pong"] * 3
