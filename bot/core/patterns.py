"""Error patterns: which literal texts a line must hold for a regular expression to match, and which expressions could run for ever."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

MOST_LITERALS = 400  # of a whole pattern
_FAST = 64  # up to so many are looked for at several gigabytes a second, more at a tenth of that
_ALPHABET = frozenset(map(chr, range(256))) | frozenset("\u0130\u0131\u017f\u212a\u20ac\u4e2d")
# What else matches a letter when case is ignored, besides its other case (re, Unicode's simple case folding).
_ALIKE = {"i": "\u0130\u0131", "s": "\u017f", "k": "\u212a"}
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)

# A part of a parsed expression: (operator, argument), as the standard library's parser gives it.
Node = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Literals:
    """What a line must hold one of for a pattern to match in it. Empty: the pattern must be tried on every line, which is slow.

    `exact` says that holding one of them is a match.
    """

    texts: tuple[str, ...] = ()
    exact: bool = False


@lru_cache(maxsize=64)
def literals_of(pattern: str) -> Literals:
    """Find the literals of a valid regular expression."""
    try:
        tree = _parser.parse(pattern)
        texts = _finite(tree, tree.state.flags, MOST_LITERALS)
        exact = texts is not None
        if texts is None or len(texts) > _FAST:
            wide, narrow = (_required(tree, tree.state.flags, most) for most in (16, 8))  # spellings of one piece, such as `(?i)erro`
            texts, exact = (wide if wide and len(wide) <= _FAST else narrow), False
    except (RecursionError, AttributeError, ValueError):  # a parser of a later Python, or a monster: tried on every line, and right
        return Literals()
    if not texts or len(texts) > MOST_LITERALS or not all(texts):
        return Literals()
    if any("\ufffd" in text or not text.isprintable() for text in texts):
        return Literals()  # what is replaced, cut off or masked on the way to text can't be looked for in the bytes
    return Literals(tuple(sorted(set(texts))), exact)


def why_dangerous(pattern: str) -> str:
    """Say why a valid regular expression could take exponential time on some line; "" when it can't."""
    try:
        tree = _parser.parse(pattern)
        for flags, body in _loops(tree, tree.state.flags):
            found = _ambiguity(body, flags)
            if found:
                return found
    except RecursionError:
        return "it is nested too deeply"
    return ""


def _finite(nodes: Iterable[Node], flags: int, most: int) -> list[str] | None:
    """Return all texts that a sequence matches, None when they are too many or depend on what stands around them."""
    texts = [""]
    for node in nodes:
        more = _finite_node(node, flags, most)
        if more is None or len(texts) * len(more) > most:
            return None
        texts = [text + end for text in texts for end in more]
    return texts


def _finite_node(node: Node, flags: int, most: int) -> list[str] | None:
    op, argument = node
    if op is sre.LITERAL:
        return _spellings(chr(argument), flags)
    if op is sre.IN:
        if len(argument) > 4 or any(kind is not sre.LITERAL for kind, _ in argument):
            return None
        return [spelling for _, code in argument for spelling in _spellings(chr(code), flags)]
    if op is sre.BRANCH:
        found: list[str] = []
        for branch in argument[1]:
            more = _finite(branch, flags, most)
            if more is None or len(found) + len(more) > most:
                return None
            found += more
        return found
    if op is sre.SUBPATTERN:
        _, add, remove, body = argument
        return _finite(body, (flags | add) & ~remove, most)
    return None


def _required(nodes: Iterable[Node], flags: int, most: int) -> list[str] | None:
    """Return the best texts of which one must be there, None when there are none.

    Args:
        most: spellings of one piece.
    """
    candidates: list[list[str]] = []
    run = [""]
    for node in nodes:
        more = _finite_node(node, flags, most)
        if more is not None and all(more) and len(run) * len(more) <= most:
            run = [text + end for text in run for end in more]
            continue
        candidates.append(run)
        run = more if more is not None and all(more) and len(more) <= most else [""]
        inner = _required_node(node, flags, most) if run == [""] else None
        if inner:
            candidates.append(inner)
    candidates.append(run)
    usable = [texts for texts in candidates if all(texts)]
    return max(usable, key=lambda texts: (min(min(map(len, texts)), 6), -len(texts)), default=None)


def _required_node(node: Node, flags: int, most: int) -> list[str] | None:
    op, argument = node
    if op is sre.BRANCH:
        parts = [_required(branch, flags, most) for branch in argument[1]]
        return [text for part in parts if part for text in part] if all(parts) else None
    if op is sre.SUBPATTERN:
        _, add, remove, body = argument
        return _required(body, (flags | add) & ~remove, most)
    if op in _REPEATS or op is sre.POSSESSIVE_REPEAT:
        least, _, body = argument
        return _required(body, flags, most) if least else None
    if op is sre.ATOMIC_GROUP:
        return _required(argument, flags, most)
    return None


def _spellings(char: str, flags: int) -> list[str]:
    if not flags & re.IGNORECASE:
        return [char]
    alike = _ALIKE.get(char.lower(), "") if char.isascii() else char.swapcase()
    return sorted({char, char.lower(), char.upper(), *alike} - {""})


def _loops(nodes: Iterable[Node], flags: int) -> Iterator[tuple[int, Any]]:
    """Yield every unbounded repetition's body, with the flags that hold in it."""
    for op, argument in nodes:
        if op in _REPEATS and _is_long(argument[1]):
            yield flags, argument[2]
        for inner_flags, body in _bodies(op, argument, flags):
            yield from _loops(body, inner_flags)


def _bodies(op: Any, argument: Any, flags: int) -> list[tuple[int, Any]]:
    if op is sre.BRANCH:
        return [(flags, branch) for branch in argument[1]]
    if op is sre.SUBPATTERN:
        return [((flags | argument[1]) & ~argument[2], argument[3])]
    if op in _REPEATS or op is sre.POSSESSIVE_REPEAT:
        return [(flags, argument[2])]
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [(flags, argument[1])]
    if op is sre.ATOMIC_GROUP:
        return [(flags, argument)]
    if op is sre.GROUPREF_EXISTS:
        return [(flags, body) for body in argument[1:] if body]
    return []


def _is_long(most: Any) -> bool:
    return most is sre.MAXREPEAT or int(most) > 10


def _ambiguity(body: Any, flags: int) -> str:
    """Say how one text could be matched in several ways by a body that is repeated; "" when it can't."""
    if _is_empty_possible(body):
        return "a repetition is repeated whose inside may be empty, such as (a*)*"
    around = _first(body, flags)
    return _ambiguous_sequence(list(body), flags, around)


def _ambiguous_sequence(nodes: list[Node], flags: int, around: frozenset[str]) -> str:
    for at, (op, argument) in enumerate(nodes):
        rest = nodes[at + 1 :]
        follows = _first(rest, flags) | (around if _is_empty_possible(rest) else frozenset())
        if op in _REPEATS and argument[0] != argument[1]:
            inner = _first(argument[2], flags)
            if inner & follows and (_is_long(argument[1]) or argument[1] != 1):
                return "a repetition is repeated, and one text fits in several ways, such as (a+)+"
            if inner & follows:
                return "an optional part is repeated beside one that fits the same text, such as (a?a)+"
            follows |= inner
        if op is sre.BRANCH:
            firsts = [_first(branch, flags) for branch in argument[1]]
            for number, first in enumerate(firsts):
                if any(first & other for other in firsts[number + 1 :]):
                    return "alternatives are repeated of which two fit the same text, such as (a|ab)*"
        if op is sre.ATOMIC_GROUP or op is sre.POSSESSIVE_REPEAT:
            continue
        for inner_flags, inside in _bodies(op, argument, flags):
            found = "" if op in (sre.ASSERT, sre.ASSERT_NOT) else _ambiguous_sequence(list(inside), inner_flags, follows)
            if found:
                return found
    return ""


def _is_empty_possible(nodes: Iterable[Node]) -> bool:
    for op, argument in nodes:
        if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT, sre.GROUPREF, sre.GROUPREF_EXISTS):
            continue
        if op in _REPEATS or op is sre.POSSESSIVE_REPEAT:
            if argument[0] == 0 or _is_empty_possible(argument[2]):
                continue
        elif op is sre.BRANCH:
            if any(_is_empty_possible(branch) for branch in argument[1]):
                continue
        elif op is sre.SUBPATTERN:
            if _is_empty_possible(argument[3]):
                continue
        elif op is sre.ATOMIC_GROUP and _is_empty_possible(argument):
            continue
        return False
    return True


def _first(nodes: Iterable[Node], flags: int) -> frozenset[str]:
    """Return the characters, of a sample of all, with which a sequence may begin."""
    found: frozenset[str] = frozenset()
    for node in nodes:
        op, argument = node
        if op in (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY):
            found |= _characters(op, argument, flags)
        elif op in (sre.GROUPREF, sre.GROUPREF_EXISTS):
            return _ALPHABET
        elif op not in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            for inner_flags, body in _bodies(op, argument, flags):
                found |= _first(body, inner_flags)
        if not _is_empty_possible([node]):
            break
    return found


def _characters(op: Any, argument: Any, flags: int) -> frozenset[str]:
    if op is sre.ANY:
        return _ALPHABET
    if op is sre.IN:
        found = frozenset().union(*(_class(kind, what) for kind, what in argument if kind is not sre.NEGATE))
        if flags & re.IGNORECASE:
            found = _both_cases(found)
        return _ALPHABET - found if argument[0][0] is sre.NEGATE else found
    found = frozenset({chr(argument)})
    if flags & re.IGNORECASE:
        found = _both_cases(found)
    return _ALPHABET - found if op is sre.NOT_LITERAL else found


def _both_cases(chars: frozenset[str]) -> frozenset[str]:
    return frozenset(other for char in chars for other in (char, char.lower(), char.upper()))


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _class(kind: Any, what: Any) -> frozenset[str]:
    if kind is sre.LITERAL:
        return frozenset({chr(what)})
    if kind is sre.RANGE:
        return frozenset(char for char in _ALPHABET if what[0] <= ord(char) <= what[1])
    is_in = re.compile(_CATEGORIES[what]).fullmatch
    return frozenset(char for char in _ALPHABET if is_in(char))
