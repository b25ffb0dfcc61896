"""Turns the words of a command into a handler's arguments, by the handler's own signature, and says precisely what does not fit."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from bot.core.durations import parse_duration
from bot.core.hints import did_you_mean
from bot.core.markup import Mrkdwn, code, md, shorten
from bot.ports.errors import UserError

# Phones and macOS type these instead of the plain ones.
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "＂": '"', "‘": "'", "’": "'", "—": "--"})

_SPECIAL = frozenset("'\"\\")  # without one of these, words are what stands between blanks
_QUOTED = {'"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), "'": re.compile(r"'(.*?)'(?=\s|\Z)", re.DOTALL)}
_ESCAPED = re.compile(r'\\(["\\])')
SHOWN = 60

Parameter = inspect.Parameter
MANY = tuple[str, ...]  # the annotation of a flag that may be given several times


@dataclass(frozen=True, slots=True)
class Signature:
    """What a command takes: arguments by position, the last of which may take the rest of the line, and flags."""

    positional: tuple[Parameter, ...]
    rest: Parameter | None
    flags: Mapping[str, Parameter]


@cache
def signature_of(handler: Callable[..., object]) -> Signature:
    """Read a handler's signature; its first parameter is the context."""
    parameters = list(inspect.signature(handler, eval_str=True).parameters.values())[1:]
    return Signature(
        tuple(p for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD),
        next((p for p in parameters if p.kind is Parameter.VAR_POSITIONAL), None),
        {p.name.replace("_", "-"): p for p in parameters if p.kind is Parameter.KEYWORD_ONLY},
    )


def usage_of(handler: Callable[..., object]) -> str:
    """Return a command's arguments as help shows them: `service [version] [note…] [--dry-run]`."""
    signature = signature_of(handler)
    words = [p.name if p.default is Parameter.empty else f"[{p.name}]" for p in signature.positional]
    if signature.rest:
        words.append(f"[{signature.rest.name}…]")
    words += [_shown_flag(name, p) for name, p in signature.flags.items()]
    return " ".join(words)


def _shown_flag(name: str, parameter: Parameter) -> str:
    if parameter.annotation is bool:
        return f"[--{name}]"
    return f"[--{name} …]…" if parameter.annotation == MANY else f"[--{name} …]"


def bind(handler: Callable[..., object], text: str, shown: str) -> tuple[list[object], dict[str, object]]:
    """Return the positional and keyword arguments for a handler from what was typed.

    Args:
        shown: the command as the person types it, for the usage line.

    Raises:
        UserError: too few words, too many, an unknown flag, or a word of another type; with the usage.
    """
    signature = signature_of(handler)
    usage = md("Usage: {}", code(f"{shown} {usage_of(handler)}".strip()))
    words, flags = _take_flags(_split(text, usage), signature, usage)
    needed = [p for p in signature.positional if p.default is Parameter.empty]
    if len(words) < len(needed):
        missing = ", ".join(p.name for p in needed[len(words) :])
        raise UserError(md("{} needs more: {}. {}", code(shown), missing, usage))
    if len(words) > len(signature.positional) and not signature.rest:
        extra = " ".join(words[len(signature.positional) :])
        raise UserError(md("I don't know what to do with {}. {}", code(extra), usage))
    arguments: list[object] = [_convert(word, p, usage) for word, p in zip(words, signature.positional, strict=False)]
    if len(arguments) < len(signature.positional) and signature.rest:
        arguments += [p.default for p in signature.positional[len(arguments) :]]
    return [*arguments, *words[len(signature.positional) :]], flags


def _split(text: str, usage: Mrkdwn) -> list[str]:
    """Return the words. Double quotes keep several together; so do single ones around whole words: within one they are letters, as in "it's".

    Raises:
        UserError: a quotation mark is not closed.
    """
    plain = text.translate(_QUOTES)
    if not _SPECIAL.intersection(plain):
        return plain.split()
    words, word, at = list[str](), None, 0
    while at < len(plain):
        sign = plain[at]
        begins = not word or word.endswith("=")  # of a word, or of a flag's value behind its sign
        if sign.isspace():
            words += [] if word is None else [word]
            word, at = None, at + 1
        elif sign == '"' or (sign == "'" and begins):
            part = _QUOTED[sign].match(plain, at)
            if part is None:
                raise UserError(_open_at(plain[at:], usage))
            word, at = (word or "") + (_ESCAPED.sub(r"\1", part[1]) if sign == '"' else part[1]), part.end()
        else:
            at += sign == "\\" and at + 1 < len(plain)  # what stands behind it is a letter
            word, at = (word or "") + plain[at], at + 1
    return words if word is None else [*words, word]


def _open_at(rest: str, usage: Mrkdwn) -> Mrkdwn:
    """Say which quotation mark is not closed, and how it would be."""
    told = shorten(" ".join(rest.split()), SHOWN)
    return md("A quotation mark is open: {}. Close it, as in {}, or leave it out. {}", code(told), code(f"{told}{rest[0]}"), usage)


def _take_flags(words: list[str], signature: Signature, usage: Mrkdwn) -> tuple[list[str], dict[str, object]]:
    plain: list[str] = []
    flags: dict[str, object] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            plain.append(word)
            continue
        parameter = signature.flags.get(name)
        if parameter is None:
            raise UserError(md("There is no flag {}.{} {}", code(f"--{name}"), did_you_mean(name, list(signature.flags)), usage))
        if parameter.annotation is bool:
            flags[parameter.name] = True
        elif equals or queue:
            given = _convert(value if equals else queue.pop(0), parameter, usage)
            flags[parameter.name] = (*_tuple(flags.get(parameter.name)), str(given)) if parameter.annotation == MANY else given
        else:
            raise UserError(md("{} needs a value. {}", code(f"--{name}"), usage))
    return plain, flags


def _tuple(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _convert(word: str, parameter: Parameter, usage: Mrkdwn) -> object:
    kind = parameter.annotation
    try:
        if kind in (int, float):
            return kind(word)
        if kind is not Parameter.empty and getattr(kind, "__name__", "") == "timedelta":
            return parse_duration(word)
    except ValueError:
        expected = {"int": "a whole number", "float": "a number"}.get(kind.__name__, "a duration such as 15m or 2h")
        raise UserError(md("{} is {}, expected {}. {}", parameter.name, code(word), expected, usage)) from None
    return word
