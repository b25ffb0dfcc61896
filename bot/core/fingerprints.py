"""Fingerprints: the stable id of a kind of log line, from the line alone, whatever came before it.

A line becomes *canonical* (each run of digits one `0`), loses its header (time, host, level, process, logger), and has its variables masked in one
pass; the rest is its template, and the template's hash its id. Every step is a function of the canonical line, so remembering the answer for a
canonical line is exact, not a guess.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2s
from itertools import islice, repeat
from typing import NamedTuple

from bot.core import traces
from bot.core.headers import header_length
from bot.core.lines import text_of
from bot.core.templates import template_of

VERSION = "f1"  # from the first release on, a change of any rule of it is a new one: ids are kept for ever
LOOKED_AT = 4096  # characters of a line; what is behind them never tells one kind from another

_DIGITS = str.maketrans("123456789", "000000000")
_DIGIT_BYTES = bytes.maketrans(b"123456789", b"000000000")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]?|[@-Z\\-_])?")
# Hex: digits with letters between them are one digit, so that the same line with another id is the same again. Whatever holds a digit is masked anyway.
_HEX, _HEX_BYTES = re.compile(r"0[a-fA-F]++0(?:[a-fA-F]++0)*+"), re.compile(rb"0[a-fA-F]++0(?:[a-fA-F]++0)*+")
# What is left of a hex word between blanks. Which of these letters stand in it is nothing to any rule, only how many; where it begins with a digit it
# could be a number with its unit (0b, 0d) or the day behind a month, which end within the word. In front of `=` it is a key, which stays as it is.
_HEX_WORDS = re.compile(rb" (?=[a-f0][a-f0])(?:[a-f]{1,64}+0[a-f]{0,64}+|(?<=[a-z]{4} )0[a-f]{2,64}+)(?![^ \n]| *=)")
_ONE_LETTER = bytes.maketrans(b"bcdef", b"aaaaa")
_ZEROS = re.compile(rb"00+")
_SHORT = 512  # bytes up to which they are found sooner by themselves than by numpy
_ID, _HASHING = f"{VERSION}-", blake2s(digest_size=6)
_made = tuple.__new__  # a fingerprint is made for each line that was not seen before
_DIGIT_RUNS = re.compile(r"[0-9]+")
_FEW = 50
# A line that says nothing but a value says whose: of `auth.delay: 0.5 s` the name is no logger, or the kind is every number's.
_NO_WORDS, _LETTER = 12, re.compile("[A-Za-z]").search
_NAMED = re.compile(r"(?<![\w.])([A-Za-z_][A-Za-z_.-]*+(?<![.-]))\s*:\s*$").search
_REMEMBERED_TRACES = 128  # at most 64 KiB each
_REMEMBERED = 2048  # canonical lines, each as bytes, as text, and without hex; at most 24 MiB when each is as long as can be


class Fingerprint(NamedTuple):
    """A kind of line. `id` is stable for ever; `template` is the line with its header cut and its variables masked."""

    id: str
    template: str


# What is said of a line never depends on these: by the line with each digit a `0`, and by the canonical line without hex.
_known: dict[bytes, Fingerprint] = {}
_known_short: dict[str, Fingerprint] = {}  # may hold a block's lines beyond what is remembered


def fingerprint(line: str) -> Fingerprint:
    """Tell which kind of line this is."""
    return _of_canonical(_canonical(without_colours(line)[:LOOKED_AT]))


def fingerprint_of_trace(lines: Sequence[bytes]) -> Fingerprint:
    """Tell which kind of event these lines are together: by its exceptions, its message, and the first frames of one's own code.

    Line numbers don't matter. What is no trace, only indented text, is told by its first line.
    """
    joined = b"\n".join(lines)
    if b"\x1b" in joined or max(map(len, lines)) > LOOKED_AT:
        joined = "\n".join(without_colours(text_of(line))[:LOOKED_AT] for line in lines).encode("utf-8", "replace")
    return _of_trace(joined.translate(_DIGIT_BYTES))


def _of_trace(shape: bytes) -> Fingerprint:
    first, _, rest = shape.partition(b"\n")
    return _of_trace_below(_canonical(text_of(first)), rest)


@lru_cache(maxsize=_REMEMBERED_TRACES)
def _of_trace_below(line: str, rest: bytes) -> Fingerprint:
    """Tell which kind of event the lines below a canonical one are together with it."""
    # Most begin with a log record, which says nothing to the rest: the same trace comes again under others.
    head = line[header_length(line) :].strip() or line
    is_apart = traces.says_nothing(head)
    chain, message, frames = _told_by(rest if is_apart else b"\n".join((head.encode(), rest)), is_apart)
    if not chain and not frames:
        return fingerprint(line)
    # Whether the first line is a log record, and says more than the exception does.
    is_told = (is_apart or not chain or not traces.describe([head])[0]) and "Traceback (most recent" not in line
    told = line if is_told else message
    said = fingerprint(told).template if is_told or told else ""
    parts = [part for part in (": ".join(filter(None, (chain, said))), " < ".join(frames)) if part]
    return _hashed(" @ ".join(parts))


@lru_cache(maxsize=_REMEMBERED_TRACES)
def _told_by(shape: bytes, has_head: bool) -> tuple[str, str, tuple[str, ...]]:
    """Return the exceptions, the message and the own frames; `has_head`: of lines below one that says nothing."""
    lines = [*([""] if has_head else ()), *(text_of(line) for line in _one_zero_a_run(shape).split(b"\n"))]
    return *traces.describe(lines), traces.own_frames(lines)


def counted(lines: Sequence[bytes]) -> Iterator[tuple[Fingerprint, int, int]]:
    """Yield the fingerprints of many lines at once, each with a count and the index of the first of its lines.

    This is `fingerprint` for each line, at a tenth of its cost.
    """
    if not lines:
        return
    joined = b"\n".join(lines)
    if b"\x1b" in joined or max(map(len, lines)) > LOOKED_AT:
        for place, line in enumerate(lines):
            yield fingerprint(text_of(line)), 1, place
        return
    shapes = joined.translate(_DIGIT_BYTES).split(b"\n")
    counts = Counter(shapes)
    found = _of_shapes(counts)
    if len({kind[0] for kind in found}) == len(shapes):
        yield from zip(found, repeat(1), range(len(shapes)))
        return
    kinds: dict[str, tuple[Fingerprint, int, bytes]] = {}  # with the shape that came first
    for (shape, count), kind in zip(counts.items(), found, strict=True):
        known = kinds.get(kind[0])
        kinds[kind[0]] = (kind, known[1] + count, known[2]) if known else (kind, count, shape)
    place_of = dict(zip(reversed(shapes), range(len(shapes) - 1, -1, -1), strict=True)) if len(kinds) > _FEW else None  # the first one
    for kind, count, shape in kinds.values():
        yield kind, count, place_of[shape] if place_of else shapes.index(shape)


def _of_shapes(shapes: Collection[bytes]) -> list[Fingerprint]:
    """Return the fingerprints of lines in which each digit is a `0`. Most were seen before: for those not even the runs of digits are looked for."""
    known = [*map(_known.get, shapes)]
    missing = [shape for shape, kind in zip(shapes, known, strict=True) if kind is None]
    if not missing:
        return known  # type: ignore[return-value]
    short = _HEX_BYTES.sub(b"0", _one_zero_a_run(b"\n".join(missing)))
    alike = _HEX_WORDS.sub(lambda word: word[0].translate(_ONE_LETTER), short).decode("utf-8", "replace")
    if "\r" in alike:
        alike = alike.replace("\r\n", "\n").removesuffix("\r")
    if len(_known_short) > _REMEMBERED:
        _known_short.clear()
    told: list[Fingerprint] = []
    for line in alike.split("\n"):
        kind = _known_short.get(line)
        if kind is None:
            kind = _known_short[line] = _told(line)
        told.append(kind)
    in_turn = iter(told)
    found = told if len(missing) == len(known) else [kind or next(in_turn) for kind in known]
    if len(_known) + len(missing) > _REMEMBERED:
        _known.clear()
    _known.update(islice(zip(shapes, found, strict=True), _REMEMBERED))  # those that come again and again stay
    return found


def _one_zero_a_run(shapes: bytes) -> bytes:
    """Return lines with each run of zeros as one, which makes them canonical, as `_canonical` does for text."""
    if len(shapes) < _SHORT:
        return _ZEROS.sub(b"0", shapes)
    import numpy as np

    found = np.frombuffer(shapes, np.uint8)
    is_digit = found == ord("0")
    kept = np.ones(len(found), bool)
    np.logical_and(is_digit[1:], is_digit[:-1], out=kept[1:])
    np.logical_not(kept[1:], out=kept[1:])
    return found[kept].tobytes()


def without_colours(line: str) -> str:
    """Return a line without a terminal's escape sequences."""
    return _ESCAPES.sub("", line[: 2 * LOOKED_AT]) if "\x1b" in line else line


@lru_cache(maxsize=1)  # a new kind is asked for its time and for its sample
def message_of(line: str) -> str:
    """Return a line without its header, which is what a person wants to read first."""
    line = without_colours(line)
    looked_at = line[:LOOKED_AT]
    canonical = _canonical(looked_at)
    length = header_length(canonical)
    runs = canonical.count("0", 0, length)  # each stands for a run of digits
    if runs:
        length += sum(map(len, islice(_DIGIT_RUNS.findall(looked_at), runs))) - runs
    return line[length:].strip() or line.strip()


def _canonical(line: str) -> str:
    if line.isascii():
        return _ZEROS.sub(b"0", line.encode().translate(_DIGIT_BYTES)).decode()
    text = line.translate(_DIGITS)
    while "00" in text:
        text = text.replace("00000000", "0").replace("0000", "0").replace("00", "0")
    return text


@lru_cache(maxsize=_REMEMBERED)
def _of_canonical(canonical: str) -> Fingerprint:
    return _of_short(_HEX.sub("0", canonical))


@lru_cache(maxsize=_REMEMBERED)
def _of_short(canonical: str) -> Fingerprint:
    return _told(canonical)


def _told(canonical: str) -> Fingerprint:
    length = header_length(canonical)
    message = canonical[length:].strip()
    template = template_of(message) or template_of(canonical.strip())
    if len(template) < _NO_WORDS and not _LETTER(template):
        named = _NAMED(canonical[:length])
        template = f"{named[1]}: {template}" if named else template
    return _hashed(template)


def _hashed(template: str) -> Fingerprint:
    hashing = _HASHING.copy()  # in half the time of a new one
    hashing.update(template.encode("utf-8", "replace"))
    return _made(Fingerprint, (_ID + hashing.hexdigest(), template))
