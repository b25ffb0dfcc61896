"""The daemon's log: one line a record, and nothing in it that is secret or that plays tricks."""

import io
import logging
import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.redaction import Redactor, Secret
from bot.log_format import LogFormat, set_up_logging

Lines = Callable[[], list[str]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Standard error's stand-in; the process's logging is put back afterwards."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:], root.level = handlers, level
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    set_up_logging([Secret("plain-github-token")], stream=stream, environ={})
    return lambda: stream.getvalue().splitlines()


def test_a_record_is_one_line_of_time_level_event_and_fields(lines: Lines) -> None:
    logging.getLogger("bot.engine.x").info("dispatch.accepted", extra={"fields": {"operation": "op1", "run": 7, "note": 'a "b" = c'}})

    (line,) = lines()
    time, rest = line.split(" ", 1)
    assert time.endswith("Z")
    assert len(time) == len("2026-11-23T15:40:01.123Z")
    assert rest == r'info    dispatch.accepted operation=op1 run=7 note="a \"b\" = c"'


def test_what_a_library_says_in_prose_keeps_its_words_and_its_name(lines: Lines) -> None:
    logging.getLogger("slack_sdk.x").warning("lost %s of %d", "session 4", 5)

    assert lines()[0].endswith('log.message text="lost session 4 of 5" logger=slack_sdk.x')


@pytest.mark.parametrize("name", ["slack_sdk.web", "slack_bolt.App", "httpx2", "anything"])
def test_no_library_speaks_below_info_whatever_its_own_level(lines: Lines, name: str) -> None:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.DEBUG)

    logger.debug("a ticket and a trigger id")

    logger.setLevel(before)
    assert lines() == []


def test_verbose_shows_our_own_details_only(stream: io.StringIO) -> None:
    set_up_logging([], verbose=True, stream=stream, environ={})

    logging.getLogger("bot.engine.lanes").debug("lane.begun")
    logging.getLogger("slack_sdk.web").debug("token and all")

    assert [line.split()[-1] for line in stream.getvalue().splitlines()] == ["lane.begun"]
    set_up_logging([], stream=stream, environ={})


def test_an_exception_stands_on_the_same_line(lines: Lines) -> None:
    try:
        fail(ValueError("two\nlines, and plain-github-token"))
    except ValueError:
        logging.getLogger("bot").exception("handler.crashed", extra={"fields": {"plugin": "x"}})

    (line,) = lines()
    assert r'plugin=x error="ValueError: two\nlines, and [secret]" traceback="Traceback (most' in line
    assert "test_log_format.py" in line
    assert "plain-github-token" not in line


@pytest.mark.parametrize(
    "secret",
    [
        "plain-github-token",
        "xoxb-12-34-abCD",
        "xoxe.xoxp-1-Mi0yLTQ",
        "xapp-1-A0B-12-ff",
        "ghp_16C7e42F292c6912E7",
        "ghs_a.b.c",
        "github_pat_11AA_bb",
        "https://hooks.slack.com/commands/T0/1/abc",
        "https://hooks.slack.com/services/T0/B0/xyz",
    ],
)
def test_a_secret_is_taken_out_wherever_it_stands(lines: Lines, secret: str) -> None:
    log = logging.getLogger("bot")
    log.info("thing.done", extra={"fields": {"a": f"x {secret} y", "b": {"deep": [secret]}, secret: 1}})
    log.warning("prose with %s in it", secret)
    try:
        fail(RuntimeError(secret))
    except RuntimeError:
        log.exception("thing.broke")

    text = "\n".join(lines())
    assert secret not in text
    assert secret.rpartition("/")[2] not in text
    assert text.count("[secret]") >= 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("wss://wss.slack.com/link/?ticket=0a1-b2&app_id=A1", "wss://wss.slack.com/link/?ticket=[secret]&app_id=A1"),
        ("http://127.0.0.1:8765/response/R0123456789", "http://127.0.0.1:8765/response/[secret]"),
        ("postgresql://bot:hunter22@db/x", "postgresql://[secret]@db/x"),
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer [secret]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "[secret]\nafter"),
        ("the ticket of the operation, xoxo, gh_pages, ghost_written, a response", None),
        ("https://github.com/acme/checkout/compare/v1...v2 at 12:30 by a@b", None),
    ],
)
def test_what_has_a_secret_s_form_goes_and_what_has_not_stays(text: str, shown: str | None) -> None:
    assert Redactor().redact(text) == (text if shown is None else shown)


def test_a_secret_with_a_line_end_is_known_before_it_is_escaped() -> None:
    line = LogFormat(Redactor([Secret('multi\n"line"')])).format(_record("x.y", {"key": 'a multi\n"line" b'}))

    assert line.endswith('x.y key="a [secret] b"')


def test_the_longer_of_two_secrets_goes_whole() -> None:
    assert Redactor([Secret("abcdef"), Secret("abcdef-ghi")]).redact("abcdef-ghi abcdef") == "[secret] [secret]"


def test_a_token_at_the_cut_of_a_long_value_is_gone_all_the_same() -> None:
    line = LogFormat(Redactor([Secret("t" * 40)])).format(_record("x.y", {"key": "a" * 1990 + "t" * 40 + "b" * 5000}))

    assert "tt" not in line
    assert len(line) < 2200


def test_no_text_breaks_the_line_or_moves_the_cursor(lines: Lines) -> None:
    logging.getLogger("bot").info("x.y", extra={"fields": {"a": "1\n<3>forged \x1b[2J\u2028\u202e\x9b\ud800 \\", "b c\n": "d"}})

    (line,) = lines()
    assert line.endswith(r'a="1\n<3>forged \u001b[2J\u2028\u202e\u009b\ud800 \\" b_c_=d')


@given(text=st.text(), key=st.text(min_size=1))
def test_every_record_is_one_printable_line(text: str, key: str) -> None:
    line = LogFormat(Redactor()).format(_record("x.y", {key: text, "end": 1}))

    assert line.isprintable()
    assert line.endswith(" end=1")


def test_in_the_journal_a_line_begins_with_its_priority(stream: io.StringIO) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "w") as pipe, os.fdopen(read) as reader:
        status = os.fstat(write)
        set_up_logging([], stream=pipe, environ={"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}, journal=Path("/nowhere"))
        log = logging.getLogger("bot")
        for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
            log.log(level, "x.y", extra={"fields": {"a": 1}})
        pipe.close()

        assert reader.read().splitlines() == ["<6>x.y a=1", "<4>x.y a=1", "<3>x.y a=1", "<2>x.y a=1"]


def test_output_that_was_redirected_out_of_the_journal_has_no_priority(stream: io.StringIO) -> None:
    set_up_logging([], stream=stream, environ={"JOURNAL_STREAM": "9:99"})

    logging.getLogger("bot").info("x.y")

    assert not stream.getvalue().startswith("<")


def test_a_record_that_can_t_be_written_is_told_of_without_its_contents(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler for handler in root.handlers if isinstance(handler.formatter, LogFormat)])

    logging.getLogger("bot.x").info("%d plain-github-token", "no number")

    assert lines() == ["log.failed logger=bot.x error=TypeError"]
    assert capsys.readouterr().err == ""


def test_warnings_and_crashes_come_through_the_log(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn("of plain-github-token", stacklevel=1)
    thread = threading.Thread(target=lambda: 1 / 0, name="lane-3")
    thread.start()
    thread.join()
    error = RuntimeError("with plain-github-token")
    sys.excepthook(RuntimeError, error, None)

    warned, of_thread, of_process = lines()
    assert "of [secret]" in warned
    assert "critical thread.crashed thread=lane-3 error=" in of_thread
    assert 'critical process.crashed error="RuntimeError: with [secret]"' in of_process


def fail(error: Exception) -> None:
    raise error


def _record(event: str, fields: dict[str, object]) -> logging.LogRecord:
    record = logging.LogRecord("bot", logging.INFO, "", 0, event, None, None)
    record.fields = fields
    return record


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[socket.socket]:
    """Journald's end of its own protocol."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "journal"))
        end.settimeout(5)
        yield end


def entry_of(raw: bytes) -> dict[str, str]:
    """Read one entry, as https://systemd.io/JOURNAL_NATIVE_PROTOCOL says."""
    entry: dict[str, str] = {}
    while raw:
        line, _, raw = raw.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(raw[:8], "little")
            value, raw = raw[8 : 8 + length], raw[8 + length + 1 :]
        entry[name.decode()] = value.decode()
    return entry


def test_journald_gets_priority_and_fields_and_no_secret(stream: io.StringIO, journald: socket.socket, tmp_path: Path) -> None:
    with (tmp_path / "err").open("w") as err:
        status = os.fstat(err.fileno())
        environ = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        set_up_logging([Secret("plain-github-token")], stream=err, environ=environ, journal=tmp_path / "journal")
        fields = {"operation": "op1", "why": "two\nlines, plain-github-token", "PRIORITY=0\nX": "y"}
        try:
            fail(ValueError("xoxb-1234567890"))
        except ValueError:
            logging.getLogger("bot.engine.x").exception("handler.crashed", extra={"fields": fields})

        entry = entry_of(journald.recv(65536))
        journald.close()
        logging.getLogger("bot.engine.x").warning("dispatch.accepted", extra={"fields": {"operation": "op2"}})

    assert entry["PRIORITY"] == "3"
    assert entry["CHATOPS_EVENT"] == "handler.crashed"
    assert entry["CHATOPS_OPERATION"] == "op1"
    assert entry["CHATOPS_WHY"] == "two\nlines, [secret]"
    assert entry["CHATOPS_PRIORITY_0_X"] == "y"
    assert entry["SYSLOG_IDENTIFIER"] == "chatopsd"
    first, *below = entry["MESSAGE"].splitlines()
    assert first.startswith("handler.crashed operation=op1 ")
    assert below[0] == "Traceback (most recent call last):"
    assert "xoxb-" not in str(entry)
    # Nobody listens any more: it is a line on the stream, with its priority.
    assert (tmp_path / "err").read_text() == "<4>dispatch.accepted operation=op2\n"
