"""Outcomes: what in a line says how something went, and is no variable: states and codes behind their keys, answers in quotes, names of errors."""

import re
from collections.abc import Iterator

from bot.core.mask_words import CONDITIONS, TROUBLE
from bot.core.masks import MASK
from bot.core.vocabulary import is_said

_WORDS_OF = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Keys whose value says how something went: status=, exit_code=, failureReason:, grpc.code=, KeeperErrorCode =
_HOW = "status|state|result|reason|cause|outcome|verdict|health|errno|error|err"
_CAPITAL_HOW = "|".join(word.capitalize() for word in _HOW.split("|"))
_KEY = (
    rf"(?:[A-Za-z][\w.-]{{0,48}}?[._-])?(?:{_HOW}|{_HOW.upper()})|[A-Za-z][\w.]{{0,48}}?(?:{_CAPITAL_HOW})"
    r"|(?:[\w.]{0,48}?(?:err|error|Error|status|Status|exit|Exit|result|Result|reason|Reason|grpc)[._]?)?[cC]ode"
)
_WORD = r"[A-Za-z]{2,32}(?:[_-][A-Za-z]{1,32}){0,6}"
_ENDS_WITH_KEY = re.compile(rf"(?<![\w.-])(?:{_KEY})$").search
_IS_WORD = re.compile(rf"(?:0/)?{_WORD}").fullmatch
_IS_CONSTANT = re.compile(r"[A-Z]{1,32}(?:_[A-Z]{1,32}){1,8}").fullmatch
_STATES = CONDITIONS.union(("bad", "down", "fail", "failure", "lost"))  # behind any key: dkim=fail
_NO_WORDS = frozenset({"null", "nil", "none", "true", "false", "undefined"})
_WITHIN = re.compile(rf"""(?<![\w.-])["']?({_KEY}|kind(?=: ))["']?\s?[:=]\s?(["']?)({_WORD})\2(?=[,;\s)}}\]]|$)""")
_NAMED_ERRORS = re.compile(r"""["']([a-z]{1,32}(?:_[a-z]{1,32}){1,6}|[A-Z]{1,32}(?:_[A-Z]{1,32}){1,8})["'](?!\s?:)""")
# Of a structured line; the texts of error and err count beside its message anyway.
_FIELDS = re.compile(
    rf"""(?:(?<=[\s,{{])|(?<=[,{{\s]"))({_KEY}|errmsg|error\.(?:type|message))(?:"\s?:\s?|=)(?:"((?:[^"\\]|\\.){{2,512}})"|({_WORD})(?=[\s,}}]|$))"""
)
_TEXTS = frozenset({"errmsg", "error.message", "error.type"})
# What stands in quotes behind these is an answer, or why something failed.
_ANSWERING = (
    "result|reason|status|state|cause|error|alert|err|code|info|failed|failure|failed with|ended with|exited with|aborted with"
    "|returned|replied|answered|responded|said|reported|panicked at"
)
_IS_ANSWERED = re.compile(rf"(?<![A-Za-z])({_ANSWERING})(?:[ =:]|: )$", re.IGNORECASE).search
_LONGEST_BEFORE = 2 + max(map(len, _ANSWERING.split("|"))) + 1
_MARKS = (" ", "=", ":")
_IS_HOW = re.compile("[a-z]{2,24}(?:-[a-z]{1,24}){0,4}").fullmatch  # oom-kill
_TELLING = frozenset(
    ("result", "reason", "status", "state", "cause", "error", "alert", "code")
)  # the others need more than one word, which may be a name
_IS_REPLY = re.compile(
    r"""["'](?:0(?:[ -]0\.0\.0)?[ -](?=[A-Z][a-z])|[A-Z]{2,32}(?:_[A-Z]{1,32}){1,8}( -|:)? )"""
).match  # "530 Login incorrect."
_FLAGS = re.compile(r"\{ [A-Z]{3,16}(?: [A-Z]{3,16}){0,8} \}").fullmatch  # { DRDY ERR }
_COMMAND = re.compile(r"[A-Z]{3,16}(?: [A-Z]{3,16}){0,6}").fullmatch  # failed command: READ FPDMA QUEUED
_DEEDS = frozenset({"READ", "WRITE", "OPEN", "CLOSE", "CREATE", "DELETE"})


def tells_trouble(name: str) -> bool:
    """Tell whether a name of several words is that of an error: NO_PROPOSAL_CHOSEN, handshake_failure, ErrImagePull."""
    return not TROUBLE.isdisjoint(map(str.lower, _WORDS_OF.findall(name))) or name.endswith(("Off", "_OFF", "_off"))


def tells_deed(constant: str) -> bool:
    """Tell whether a constant says what was done: READ_BLOCK."""
    return constant.partition("_")[0] in _DEEDS


def is_error_name(name: str) -> bool:
    """Tell whether a name in camel case is that of an error, and not only of something that has to do with one: UniqueViolation, RecordNotFound."""
    words = [word.lower() for word in _WORDS_OF.findall(name)]
    return len(words) > 1 and (words[-1] in TROUBLE or "not" in words)


def is_outcome(line: str, at: int, value: str) -> bool:
    """Tell whether the value behind the key that ends where a line is cut says how something went."""
    word = value.rstrip(".:!")
    if not _IS_WORD(word):
        return False
    if word.lower() in _STATES:
        return True
    if _IS_CONSTANT(word) and tells_trouble(word):
        return True
    return _is_told(word) and _ENDS_WITH_KEY(line[max(0, at - 64) : at].rstrip(" ")) is not None


def _is_told(word: str) -> bool:
    """Tell whether a word may be a state or a code: in capitals or camel case, or in words that programs say."""
    return (
        not (word.islower() or (word[1:].islower() and word.isalpha()))
        or tells_trouble(word)
        or all(is_said(part) for part in re.split("[_-]", word.lower()))
    )


def outcomes_within(text: str) -> str:
    """Return what an object, a list or a call says of how something went: `code=card_declined`; "" when it says nothing."""
    found = [f"{key}={word}" for key, _, word in _WITHIN.findall(text) if word not in _NO_WORDS and _is_told(word)]
    found += [name for name in _NAMED_ERRORS.findall(text) if tells_trouble(name) and not any(pair.endswith(name) for pair in found)]
    return " ".join(found)


def outcomes_of_fields(line: str) -> str:
    """Return what the fields of a structured line say of how something went, to be put behind its message."""
    return "".join(_of_fields(line))


def _of_fields(line: str) -> Iterator[str]:
    for key, text, plain in _FIELDS.findall(line):
        word = plain or text
        if word.lower() in _NO_WORDS or (text and key in ("error", "err")):
            continue
        if key in _TEXTS or " " in text or "." in text:
            yield f": {text or plain}"
        elif _IS_WORD(word) and _is_told(word):
            yield f" {key}={word}"


def answer(line: str, at: int, quoted: str, masked: str) -> str | None:
    """Return a quoted text that begins there as it stays, when it is an answer and no name; None when it is none.

    Args:
        masked: the text in the quotes with its variables masked.
    """
    words = [word if _is_said_in_answer(word) else MASK for word in masked.split(" ")]
    is_behind = _IS_ANSWERED(line[max(0, at - _LONGEST_BEFORE) : at]) if line[at - 1 : at] in _MARKS else None
    if is_behind:
        is_telling = is_behind[1].lower() in _TELLING
        is_name = len(words) == 1 and not is_telling and masked.lower() not in CONDITIONS
        return None if is_name else masked if is_telling and _IS_HOW(masked) else " ".join(words)
    if line[at - 1 : at] == "=" and quoted[1:-1].lower() in CONDITIONS:
        return masked
    reply = _IS_REPLY(quoted)
    return " ".join(words) if reply and (reply[1] or tells_trouble(reply[0]) or MASK not in words[1:]) else None


def may_answer(line: str, at: int, quoted: str) -> bool:
    """Tell at little cost whether `answer` is worth asking."""
    return line[at - 1 : at] in _MARKS or _IS_REPLY(quoted) is not None


def _is_said_in_answer(word: str) -> bool:
    bare = word.strip(".,:;!?()'\"`")
    return not bare or "<" in bare or (bare.isupper() and len(bare) > 2) or is_said(bare.lower()) or tells_trouble(bare)


def is_flags(braces: str) -> bool:
    """Tell whether braces hold flags that say how something is."""
    return _FLAGS(braces) is not None


def is_protocols(command: str) -> bool:
    """Tell whether a command is one of a protocol, in capitals."""
    return _COMMAND(command) is not None
