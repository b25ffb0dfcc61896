"""Fingerprints: nothing but the line decides, whatever its header, the lines around it and the way it is told."""

import random
import re
import time
from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core import fingerprints, headers
from bot.core.fingerprints import LOOKED_AT, Fingerprint, counted, fingerprint, message_of, without_colours
from bot.core.lines import text_of

WORDS = st.sampled_from(
    [
        "ERROR",
        "connection",
        "refused",
        "user",
        "for",
        "from",
        "10.0.0.1",
        "0x7f3a",
        "a=b",
        '"x y"',
        "'q'",
        "[12]",
        "(",
        ")",
        "/var/log/x.log",
        "é",
        "\x00",
    ]
)
LINES = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join))

HEADERS = [
    "2024-05-01 12:00:00,123 ERROR ",
    "2024-05-01T12:00:00.123Z ERROR [main] com.acme.checkout.PaymentService - ",
    "2024-05-01T12:00:00+02:00 [http-nio-8080-exec-3] WARN  c.a.c.PaymentService: ",
    "May  1 12:00:00 web-3 checkout[4242]: ",
    "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: ",
    "[Sun Dec 04 04:47:44 2005] [error] ",
    "081109 203615 148 ERROR dfs.DataNode$PacketResponder: ",
    "17/06/09 20:10:40 ERROR executor.Executor: ",
    "03-17 16:13:38.811  1702  2395 E WindowManager: ",
    "20171223-22:15:29:606|Step_LSC|30002312|",
    "E0501 12:00:00.123456   12345 reflector.go:123] ",
    "E, [2024-05-01T12:00:00.123456 #4242] ERROR -- : ",
    "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - ",
    "2024/05/01 12:00:00 [error] 1234#1234: ",
    "2024-05-01 12:00:00.123 UTC [4242] app@shop ERROR:  ",
    "web_1  | 2024-05-01 12:00:00 ERROR ",
    "2024-05-01 12:00:00,123 - Shop - ERROR - ",
    "[2024-05-01 12:00:00,123] {taskinstance.py:42} ERROR - ",
    "2024-05-01 12:00:00.123 ERROR Shop [Thread-1] - ",
    "[12:00:00] [Server thread/ERROR]: ",
    "[12:00:00 INF] ",
    "2024-05-01T12:00:00.123456+02:00 edge checkout: ",
    "2024-05-01T12:00:00.123456789Z stderr F ERROR ",
    "2024-05-01T12:00:00.123456789Z stdout F 2024-05-01 12:00:00,123 [main] ERROR com.acme.Shop - ",
    "May 01, 2024 12:00:00 PM org.acme.Shop startInternal SEVERE: ",
    "05/01/2024 12:00:00;0008;PBS_Server.12;Job;7.master;",
    "[ ERROR] [1714550000.123456789]: ",
    "[    0.000000] ",
    "[Thu May 01 12:00:00.123 2024] [proxy:debug] [pid 12:tid 34] proxy_util.c(2042): [client 10.0.0.1:3] ",
    "4753:M 26 Nov 2026 03:41:54.520 * ",
    "[2024-05-01 12:00:00,123: WARNING/ForkPoolWorker-1] ",
    "May  1 12:00:00 web-1 kernel: [    1.234567] ",
    "[2024-05-01 12:00:00] production.ERROR: ",
    "May  1 12:00:00 web-1 kubelet[42]: E0501 12:00:00.123456   42 pod_workers.go:12] ",
    "- 1131566461 2005.11.09 login Nov 9 12:00:00 local@login sshd[42]: ",
    "- 1131566461 2005.11.09 LabX Nov 9 12:00:00 LabX/LabX kernel: ",
    "Wed 2024-05-01 12:00:00 CEST edge checkout[42]: ",
    "2022.09.27 14:35:52.115168 [ 14444 ] {1ea10929-5413-41bb-bb3b-aed21ff34e22::all_1} <Trace> acme.shop: ",
    "2022.09.27 14:35:52.115168 [ 14444 ] {} <Debug> acme.shop: ",
    "2024-05-01 12:00:00.123456 98.90% [NOTICE] acme_shop.c:463 ",
    "2024-05-01T12:00:00.123Z info hostd[E981B70] [Originator@6876 sub=Shop] ",
    "[2024-05-01][12:00:00][INFO][worker] ",
    "    2024-05-01T12:00:00.123+0100 [DEBUG] acme.shop: ",
    "2024-05-01 12:00:00,123 | INFO | Call handler 3 on 9000 | c.a.Shop | ",
    "2024-05-01T12:00:00.123Z\tINFO\tthe main thread\tio.acme.Shop\t",
    "2024-05-01 12:00:00,123 worker INFO acme.shop ",
    "2024-05-01T12:00:00.123+0000 I NETWORK  [rsSync] ",
    "[2024-05-01T12:00:00.123Z]  INFO: shop/42 on edge: ",
    "[10.30 16:49:06] cart helper.exe (4711, 64-bit) - ",
    "May  1 12:00:00 imap(ann)<4242><ab/C+d>: Error: ",
    "May  1 12:00:00 edge mail: imap(ann)<4242><ab/C+d>: Error: ",
    "ERROR ",
]


SYSLOG_HEADERS = [
    "May  1 12:00:00 web-3 checkout[4242]: ",
    "May  1 12:00:00 web-3 checkout: ",
    "2024-05-01T12:00:00.123456+02:00 edge checkout[12]: ",
    "2024-05-01T12:00:00.123456+02:00 edge checkout: ",
    "<34>1 2003-10-11T22:14:15.003Z edge.example.com checkout 12 ID47 - ",
]
HEADERS_OF_ITS_OWN = [
    "2024-05-01 10:00:00,123 ERROR [main] ",
    "2024-05-01T12:00:00.123Z ERROR [main] com.acme.checkout.PaymentService - ",
    "[2024-05-01 12:00:00,123] {taskinstance.py:42} ERROR - ",
    "E, [2024-05-01T12:00:00.123456 #4242] ERROR -- : ",
    "[Sun Dec 04 04:47:44 2005] [error] ",
    "2024/05/01 12:00:00 [error] 1234#1234: ",
    "03-17 16:13:38.811  1702  2395 E WindowManager: ",
    "20171223-22:15:29:606|Step_LSC|30002312|",
    "May 01, 2024 12:00:00 PM org.acme.Shop startInternal SEVERE: ",
]


@pytest.mark.parametrize("syslog", SYSLOG_HEADERS)
@pytest.mark.parametrize("header", HEADERS_OF_ITS_OWN)
def test_a_line_of_an_application_is_one_kind_with_the_header_of_syslog_in_front_of_its_own_and_without(syslog: str, header: str) -> None:
    line = f"{header}card declined for order 4711 at gateway"

    assert fingerprint(syslog + line) == fingerprint(line)


@pytest.mark.parametrize(("message", "template"), [("12:00:00 up 3 days", "<*> up <*>"), ("2024-05-01 is a holiday", "<*> is a holiday")])
def test_behind_the_header_of_syslog_a_date_or_a_time_alone_is_what_the_line_says(message: str, template: str) -> None:
    assert fingerprint(f"May  1 12:00:00 web-3 checkout[4242]: {message}").template == template


@pytest.mark.parametrize("header", HEADERS)
def test_the_header_is_no_part_of_the_kind(header: str) -> None:
    message = "card declined for order 4711 at gateway"

    assert fingerprint(header + message) == fingerprint(message)
    assert message_of(header + message) == message


def test_a_terminals_colours_make_no_other_kind() -> None:
    assert fingerprint("\x1b[31m2024-05-01 12:00:00 ERROR\x1b[0m disk is \x1b[1;33mfull\x1b[0m") == fingerprint(
        "2024-05-01 12:00:00 ERROR disk is full"
    )


def test_the_id_carries_the_version_of_the_algorithm_and_never_changes() -> None:
    """These ids are in people's journals: a change here is a new version."""
    assert fingerprint("2024-05-01 12:00:00,123 ERROR Payment 4711 failed").id == PINNED["payment"]
    assert fingerprint("Jun 14 15:16:01 combo sshd[19939]: Failed password for root from 10.0.0.1 port 22").id == PINNED["password"]
    assert fingerprint("java.lang.IllegalStateException: Queue full (1024)").id == PINNED["queue"]
    assert fingerprint("2024-05-01T12:00:00.123456+02:00 edge nginx: cannot read pipeline [orders] of [a, b]").id == PINNED["brackets"]


PINNED = {"payment": "f1-8f94e3c46a3c", "password": "f1-3b90b50a16b8", "queue": "f1-bbed2ff35503", "brackets": "f1-5102525a9943"}


@given(LINES)
def test_any_line_has_one_fingerprint_however_often_it_is_asked(line: str) -> None:
    found = fingerprint(line)

    assert found.id.startswith("f1-")
    assert fingerprint(line) == found


@given(st.lists(LINES.map(lambda line: line.replace("\n", " ")), max_size=40))
def test_many_lines_at_once_are_what_each_is_alone(lines: list[str]) -> None:
    encoded = [line.encode("utf-8", "replace") for line in lines for _ in range(2)]

    found = [(kind, count) for kind, count, _ in counted(encoded)]
    totals: Counter[Fingerprint] = Counter()
    for kind, count in found:
        totals[kind] += count

    assert totals == Counter(fingerprint(text_of(line)) for line in encoded)
    kinds = [fingerprint(text_of(line)) for line in encoded]
    places = [(kind, place) for kind, _, place in counted(encoded)]
    assert all(kind == kinds[place] for kind, place in places)
    assert any("\x1b" in line for line in lines) or all(place == kinds.index(kind) for kind, place in places)


@given(st.text(alphabet="ab0123456789 é\n"))
def test_lines_become_canonical_alike_one_by_one_and_together(text: str) -> None:
    for many in (text, text * 200):  # few are treated in another way than many
        assert fingerprints._one_zero_a_run(many.encode().translate(fingerprints._DIGIT_BYTES)).decode() == fingerprints._canonical(many)


@given(LINES, st.randoms(use_true_random=False))
def test_other_digits_of_the_same_count_make_no_other_kind(line: str, rnd: random.Random) -> None:
    changed = "".join(rnd.choice("0123456789") if c in "0123456789" else c for c in line)

    assert fingerprint(changed) == fingerprint(line)


@given(st.lists(LINES, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_id(lines: list[str], rnd: random.Random) -> None:
    before = {line: fingerprint(line) for line in lines}
    shuffled = list(lines)
    rnd.shuffle(shuffled)

    assert {line: fingerprint(line) for line in shuffled} == before


@given(LINES)
def test_the_message_is_the_end_of_the_line(line: str) -> None:
    line = without_colours(line)

    assert line.strip().endswith(message_of(line))


@given(st.sampled_from(HEADERS), st.text(alphabet="abcdefgh 0123456789", min_size=1, max_size=60))
def test_a_message_with_digits_keeps_all_of_them(header: str, text: str) -> None:
    message = f"x{text}x"

    assert message_of(header + message) == message


HOSTILE = [
    "a.",
    "a-",
    "a:b:",
    "-",
    "- ",
    "_",
    "$",
    "A_",
    "E.",
    "[",
    "[]",
    "(",
    '"',
    "'",
    "' '",
    "/a",
    "0:",
    "0 ",
    ":",
    "=",
    "user ",
    "a@",
    "x=y ",
    "\x00",
    "0-0-0 ",
    ",0",
    "a/0",
    "connect to ",
    "x{",
    "`",
    "[a,",
    "[a ",
    '\\"',
    '"a\\"',
    "C:\\a b",
    "a.b.c/",
    "x=[",
    "a/b.",
    "The A ",
    "node a-",
    "name: a",
    "[user a",
    "x | ",
    "{a} ",
    ";a",
    "0-0-0T0:0:0.0Z stdout F ",
    "[ 0.0] ",
    "0 a ",
    "for a-b/",
    "on aB",
    "A_B ",
    "a,b,",
    "a[0,",
    "a\\",
    "a{",
    "{{a}",
    "(a,",
    "a, b: ",
    ": aB",
    "<a ",
    "x at a.js:0 ",
    "command: ",
    "List(",
    "aB 0 ",
    "a/b.c/",
    'a {"b": ',
    "{'a': {",
    " (a",
    "a/<A",
    "A-- ",
    "a.A$",
    "a/b,",
    "[ a ",
    "a[0:",
    "a joined ",
    "for volume a ",
    "2024-05-01 12:00:00 | INFO | a ",
    "2024-05-01 12:00:00\tINFO\ta b\t",
    "2024-05-01 12:00:00 a %",
    "2024-05-01 12:00:00 (a (b ",
    "a=0 ",
    "A - ",
    "a:b,",
    " | a.b",
    "- [SUB ",
    "AAA to a",
    "$a",
    ", a=<0> (",
    "=> <0",
    '"<0>"',
    "(a) [0] ",
    "x failed (a",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_line_takes_long(piece: str) -> None:
    """Without the bounds in the patterns these took from half a second to for ever."""
    line = piece * (LOOKED_AT // len(piece) + 1)
    began = time.process_time()

    fingerprint(line)

    assert time.process_time() - began < 0.25


def test_what_is_far_behind_does_not_matter() -> None:
    assert fingerprint("a " * LOOKED_AT + "one") == fingerprint("a " * LOOKED_AT + "other")


AROUND_HEX = [
    "Jul",
    "Sun",
    "0",
    "7",
    "12 May",
    "ms",
    "b",
    "b7",
    "d",
    "request",
    "user",
    "in db",
    "reach",
    "lock",
    "is",
    "from",
    '"',
    "(",
    "=",
    "ERROR",
    "[3]:",
    "session:",
    "label:",
    "state=",
    "failed",
    "bad",
    "dead",
]
HEX_WORDS = st.from_regex(r"[0-9a-f]{1,20}", fullmatch=True)


@example("lost lease of session: dead1 after restart")  # dead, but an id
@example("lag of queue: bad42")
@example("Jul b0 = 0")  # in front of `=` it is a key
@given(st.lists(st.one_of(HEX_WORDS, st.sampled_from(AROUND_HEX)), min_size=1, max_size=8).map(" ".join))
def test_which_letters_a_hex_word_has_is_nothing_to_the_quick_way(line: str) -> None:
    assert [kind for kind, _, _ in counted([line.encode()])] == [fingerprint(line)]


def test_the_letters_of_the_day_behind_a_month_are_told_apart_as_ever() -> None:
    lines = [f"refused at Jul {day} by 7" for day in ("90bf", "90ae")]

    assert [kind for kind, _, _ in counted([line.encode() for line in lines])] == [*map(fingerprint, lines)]
    assert len({*map(fingerprint, lines)}) == 2


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("before", "word", "kinds"), [("ERROR ", "Ab", 1000), ("error: ", "Reason", 1000), ("x=", "Err", 1)])
def test_a_thousand_lines_of_endless_words_are_told_within_a_minute(before: str, word: str, kinds: int) -> None:
    """Each took from 0.1 s to 0.3 s: a logger in camel case was looked for wherever it could end, and an exception wherever it could begin."""
    lines = [before + word * (3000 // len(word)) + "a" * number for number in range(1000)]

    assert len({fingerprint(line).id for line in lines}) == kinds


def test_threads_that_tell_lines_of_other_headers_meanwhile_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = "2024-05-15 12:00:00 ERROR [main] a.b - ", "2024-05-15 12:00:00 ERROR [worker] com.acme.shop.cart - "

    class Shared(list[str]):
        """What is remembered between lines: as soon as somebody has looked at it, another thread puts its own in."""

        def __getitem__(self, at: Any) -> Any:
            found = super().__getitem__(at)
            self[0] = canonical_of(theirs)
            return found

    monkeypatch.setattr(headers, "_latest", Shared([canonical_of(ours)]))

    assert headers.header_length(canonical_of(f"{ours}the cellar is flooded")) == len(canonical_of(ours))


def canonical_of(line: str) -> str:
    return re.sub("[0-9]+", "0", line)
