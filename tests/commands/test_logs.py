"""`chatopsd logs`: what it prints, for whom, and what it says of bad input."""

import gzip
import io
import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.commands import logs
from bot.core.fingerprints import fingerprint

LINES = [
    "2024-05-01 12:00:00 INFO ok",
    "2024-05-01 12:00:00 ERROR disk 7 is slow",
    "",
    "2024-05-01 12:00:00 ERROR disk 8 is slow",
    "last\tone",
]
TRACE = ["2024-05-01 12:00:00 ERROR cannot charge", "java.io.IOException: broken ERROR", "\tat com.acme.Shop.charge(Shop.java:7)"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text("\n".join([*LINES[:-1], *TRACE, LINES[-1]]))
    return path


def test_fingerprint_prints_id_and_template_of_each_line_in_order(log: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["logs", "fingerprint", str(log), str(log)]) == 0

    expected = [f"{fingerprint(line).id}\t{fingerprint(line).template}" for line in [*LINES[:-1], *TRACE, LINES[-1]]]
    assert capfdbinary.readouterr().out.decode().split("\n")[:-1] == expected * 2
    assert all(line.count("\t") == 1 for line in expected)


def test_fingerprint_reads_the_standard_input_and_long_broken_lines() -> None:
    given = b"\xff\0 broken\r\n" + b"x" * 200_000 + b"ERROR\nlast"
    done = subprocess.run([sys.executable, "-m", "bot", "logs", "fingerprint"], input=given, capture_output=True, check=True)

    found = [line.split("\t")[0] for line in done.stdout.decode().split("\n")[:-1]]
    assert found == [fingerprint(line).id for line in ("\ufffd\0 broken", "x" * 200_000, "last")]


@pytest.mark.parametrize("times", [1, 2000])
@pytest.mark.parametrize(
    ("writer", "other"),
    [
        ("2024-05-01T12:00:00.1Z stderr F ", "2024-05-01T12:00:00.2Z stdout F "),
        ("May  1 12:00:00 web1 api[7]: ", "May  1 12:00:00 web1 web[8]: "),
    ],
    ids=["container", "syslog"],
)
def test_scan_joins_the_traces_of_entries(tmp_path: Path, times: int, writer: str, other: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "0.log"
    entries = [f"{writer}{line}\n{other}{'x' * 900}\n" for line in TRACE]
    path.write_text("".join(entries) * times)  # of several portions, or of one

    assert main(["logs", "scan", str(path), "--errors", "ERROR|Exception"]) == 0

    assert capsys.readouterr().out.startswith(f"{6 * times:,} lines, {times:,} errors (16.67%), 1 kinds of error\n")


def test_scan_counts_as_a_watch_does(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "scan", str(log), "--errors", "ERROR", "--top", "1"]) == 0

    text = capsys.readouterr().out
    assert text.startswith("8 lines, 3 errors (37.50%), 2 kinds of error\n")
    assert f"2  {fingerprint(LINES[1]).id}  disk <*> is slow\n   such as: disk 7 is slow" in text
    assert "1 more kinds: --top 2 shows them." in text


def test_scan_prints_json_and_unpacks(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = log.with_suffix(".log.gz")
    packed.write_bytes(gzip.compress(log.read_bytes()))

    assert main(["logs", "scan", str(log), str(packed), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["lines"], found["errors"], found["kinds"]) == (16, 6, 2)
    assert [kind["count"] for kind in found["fingerprints"]] == [4, 2]
    assert "java.io.IOException" in found["fingerprints"][1]["template"]
    assert set(found["fingerprints"][0]) == {"count", "id", "template", "sample"}


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_scan_cuts_a_line_that_is_too_long(tmp_path: Path, end: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"a\n" + b"x" * (5 << 20) + b"ERROR" + end)

    assert main(["logs", "scan", str(path), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["lines"], found["errors"]) == (7, 1)


def test_a_file_that_can_not_be_read_is_told_and_the_others_are_read(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = log.with_suffix(".gz")
    broken.write_bytes(b"no gzip")

    assert main(["logs", "scan", str(log.parent), "/nowhere", str(broken), str(log), "--json"]) == 1

    told = capsys.readouterr()
    assert json.loads(told.out)["lines"] == 8
    assert "it is a folder" in told.err
    assert "/nowhere can't be read: No such file or directory." in told.err
    assert "gzipped" in told.err


def test_a_packed_file_that_is_damaged_is_told(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = bytearray(gzip.compress("".join(f"{n} ERROR\n" for n in range(9)).encode()))
    packed[10] = 0xFF  # no such kind of block
    damaged = log.with_suffix(".gz")
    damaged.write_bytes(packed)

    assert main(["logs", "scan", str(damaged), str(log)]) == 1

    told = capsys.readouterr()
    assert told.out.startswith("8 lines")
    assert f"{damaged} can't be read: Error -3 while decompressing data" in told.err


def test_fingerprints_of_a_packed_file_that_is_cut_are_printed_as_far_as_it_goes(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cut = log.with_suffix(".gz")
    cut.write_bytes(gzip.compress(os.urandom(40_000).hex().encode())[:-20])

    code = main(["logs", "fingerprint", str(cut), str(log)])

    told = capfd.readouterr()
    assert code == 1
    assert told.err.startswith(f"{cut} can't be read: ")
    assert len(told.out.splitlines()) == len(log.read_bytes().splitlines())


def test_a_terminal_that_knows_ascii_only_is_told_the_rest_in_escapes(tmp_path: Path) -> None:
    path = tmp_path / "umlaut.log"
    path.write_text("ERROR Zahlung ungültig\n", encoding="utf-8")
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}

    done = subprocess.run([sys.executable, "-m", "bot", "logs", "scan", str(path), "--json"], capture_output=True, env=env, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.replace(b"\\xfc", b"ue"))["fingerprints"][0]["sample"] == "Zahlung ungueltig"


def test_a_name_that_nobody_may_look_at_is_told(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "scan", "x" * 300, str(log)]) == 1

    told = capsys.readouterr()
    assert told.out.startswith("8 lines")
    assert "can't be read: File name too long." in told.err


def test_a_file_without_beginnings_that_is_cut_short_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "none.log"
    path.write_bytes(b"ERROR: x\n" * 600_000)
    monkeypatch.setattr(logs, "_read_of", lambda *_: os.truncate(path, 100) or 0)

    assert main(["logs", "scan", str(path)]) == 1

    assert "it was cut short while it was read; try again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("closed", "why"),
    [("<&-", b"- can't be read: it is closed."), (">/dev/full", b"the output can't be written: No space left on device."), (">&-", b"")],
)
def test_standard_files_that_are_not_there_are_no_traceback(closed: str, why: bytes, log: Path) -> None:
    command = f'"$0" -m bot logs scan "$1" {log if closed == ">&-" else "-"} {closed}'
    done = subprocess.run(["sh", "-c", command, sys.executable, str(log)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)

    assert b"Traceback" not in done.stderr
    assert why in done.stderr
    assert done.returncode == bool(why)


@pytest.mark.parametrize("limit", [5, 6, 7])
@pytest.mark.parametrize("name", ["app.log", "app.log.gz"])
def test_a_limit_of_open_files_that_leaves_no_room_for_a_second_process_is_enough_for_one(limit: int, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    lines = b"2024-05-01 10:00:00 ERROR no\n" * 200_000
    path.write_bytes(gzip.compress(lines, 1) if name.endswith("gz") else lines)
    limited = f'ulimit -n {limit} && exec "$0" -m bot logs scan "$1"'
    scanned = subprocess.run(["sh", "-c", limited, sys.executable, str(path)], capture_output=True, check=False)

    assert (scanned.returncode, scanned.stderr) == (0, b"")
    assert scanned.stdout.startswith(b"200,000 lines, 200,000 errors")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--errors", "("], "is no regular expression"),
        (["--errors", "(a+)+$"], "could take for ever"),
        (["--top", "0"], "is no number of 1 or more"),
    ],
)
def test_bad_arguments_are_told(arguments: list[str], why: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["logs", "scan", str(log), *arguments])

    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def test_a_terminal_sees_a_bar_and_it_goes(log: Path) -> None:
    log.write_text("2024 ok\n" * 3_000_000)
    leader, terminal = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "bot", "logs", "scan", str(log)], stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    shown = io.BytesIO()
    while True:
        try:
            read = os.read(leader, 4096)
        except OSError:
            break
        shown.write(read)
    os.close(leader)

    assert process.wait() == 0
    assert shown.getvalue().endswith(b"\r\x1b[K")


@pytest.mark.parametrize("arguments", [["fingerprint"], ["scan"], ["scan", "--json"]])
def test_who_has_seen_enough_is_told_nothing_more(arguments: list[str], log: Path) -> None:
    log.write_text("".join(f"2024-05-01 12:00:00 ERROR {'abcdefghij'[n % 10] * 300}{n} failed\n" for n in range(9000)))
    source, sink = os.pipe()
    os.close(source)  # as `| head -0` does
    done = subprocess.run([sys.executable, "-m", "bot", "logs", *arguments, str(log)], stdout=sink, stderr=subprocess.PIPE, check=False)
    os.close(sink)

    assert (done.returncode, done.stderr) == (0, b"")


# What is begun in the background of a script is born deaf to Ctrl-C, and so are its children.
_TAKES_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from bot.__main__ import main; sys.exit(main())"
)


def test_ctrl_c_ends_a_scan_without_a_word(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", _TAKES_CTRL_C, "logs", "scan", str(pipe)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with pipe.open("wb"):
        # It has begun to read, or is about to: a signal that comes just before is seen after the read only, so it is sent again.
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
                break
        out, told = process.communicate(timeout=10)

    assert (process.returncode, out, told) == (130, b"", b"")


def test_no_threads_are_started_for_a_scan(log: Path) -> None:
    code = f"import os; from bot.__main__ import main; main(['logs', 'scan', {str(log)!r}]); print(len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)

    assert done.stdout.splitlines()[-1] == b"1"


def test_nothing_heavy_is_loaded() -> None:
    code = "import sys; from bot.__main__ import main; main(['logs', 'fingerprint', '/dev/null']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert not {"aiohttp", "slack_sdk", "slack_bolt", "sqlalchemy", "numpy"} & set(done.stdout.split())
