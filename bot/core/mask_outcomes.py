"""Outcomes: what in a line says how something went, and is no variable: states and codes behind their keys, answers in quotes, names of errors."""

import re
from collections.abc import Iterator

from bot.core.mask_words import CONDITIONS, ERROR_NAMES, OUTCOMES, SPOKEN, SPOKEN_TO, TROUBLE, TROUBLE_IN_TEXT
from bot.core.masks import MASK
from bot.core.vocabulary import SAID, is_said

_WORDS_OF = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# Keys whose value says how something went: status=, exit_code=, failureReason:, grpc.code=, KeeperErrorCode =
_HOW = "status|state|signal|conclusion|condition|result|reason|cause|outcome|verdict|health|errno|error|err"
_CAPITAL_HOW = "|".join(word.capitalize() for word in _HOW.split("|"))
_KEY = (
    r"(?:error|exception)_?[tT]ype"
    rf"|(?:[A-Za-z][\w.-]{{0,48}}?[._-])?(?:{_HOW}|{_HOW.upper()})|[A-Za-z][\w.]{{0,48}}?(?:{_CAPITAL_HOW})"
    r"|(?:[\w.]{0,48}?(?:err|error|Error|status|Status|exit|Exit|result|Result|reason|Reason|grpc|decline|response|reply|close|failure)[._]?)?[cC]ode"
)
_WORD = r"[A-Za-z]{2,32}(?:[_-][A-Za-z]{1,32}){0,6}"
_ENDS_WITH_KEY = re.compile(rf"(?<![\w.-])(?:{_KEY})$").search
_MAY_BE_CODE = re.compile("[cC]ode$").search
_IS_WORD = re.compile(rf"(?:0/)?{_WORD}").fullmatch
_IS_CONSTANT = re.compile(r"[A-Z]{1,32}(?:_[A-Z]{1,32}){1,8}").fullmatch
_STATES = CONDITIONS.union(("bad", "down", "fail", "failure", "lost"))  # behind any key: dkim=fail
_FIRST = frozenset({"bad", "cannot", "insufficient", "invalid", "missing", "no", "out", "unauthorized", "unknown", "unsupported", "wrong"})
_NO_WORDS = frozenset({"null", "nil", "none", "true", "false", "undefined"})
_WITHIN = re.compile(rf"""(?<![\w.-])["']?({_KEY}|kind(?=: ))["']?\s?[:=]\s?(["']?)({_WORD})\2(?=[,;\s)}}\]]|$)""")
_NAMED_ERRORS = re.compile(r"""["']([a-z]{1,32}(?:_[a-z]{1,32}){1,6}|[A-Z]{1,32}(?:_[A-Z]{1,32}){1,8})["'](?!\s?:)""")
# Of a structured line; the texts of error and err count beside its message anyway.
_FIELDS = re.compile(
    rf"""(?:(?<=[\s,{{])|(?<=[,{{\s]"))({_KEY}|errmsg|error\.(?:type|message)|exc_info|stderr)(?:"\s?:\s?|=)(?:"((?:[^"\\]|\\.){{2,512}})"|({_WORD})(?=[\s,}}]|$))"""
)
_TEXTS = frozenset({"errmsg", "error.message", "error.type"})
# What stands in quotes behind these is an answer, or why something failed.
_ANSWERING = (
    "result|reason|status|state|cause|error|alert|err|code|info|failed|failure|failed with|ended with|exited with|aborted with"
    "|returned|replied|answered|responded|said|reported|panicked at|raised|threw|because|due to|exception|desc"
)
_IS_ANSWERED = re.compile(rf"(?:(?<![A-Za-z])|(?<=[a-z])(?=(?-i:[A-Z])))({_ANSWERING})(?:[ =:(]|: | = )$", re.IGNORECASE).search
_LONGEST_BEFORE = 4 + max(map(len, _ANSWERING.split("|"))) + 1
_MARKS = (" ", "=", ":", "(")
_IS_HOW = re.compile("[a-z]{2,24}(?:-[a-z]{1,24}){0,4}").fullmatch  # oom-kill
_SPEAKING = frozenset(("replied", "answered", "responded", "said", "reported"))  # as people do, who name names
_PROGRAMS_OWN = frozenset(("panicked at", "alert"))  # behind these nobody speaks but a program
_TELLING = frozenset(
    ("result", "reason", "status", "state", "cause", "error", "alert", "code")
)  # the others need more than one word, which may be a name
_IS_REPLY = re.compile(
    r"""["'](?:0(?:[ -]0\.0\.0)?[ -](?=[A-Z][a-z])|[A-Z]{2,32}(?:_[A-Z]{1,32}){1,8}( -|:)? )"""
).match  # "530 Login incorrect."
_CONSTANTS = re.compile(r"(?<==)[A-Z]{1,32}(?:_[A-Z]{1,32}){1,8}(?=[,;)}\]\s]|$)").findall
_WHY_WITHIN = re.compile(r"""["'](error|err|errmsg|reason|cause)["']\s?:\s?["']([A-Za-z][^"'{}]{2,128})["']""").findall
_BEGINS_WITH_NAME = re.compile("[\"'][A-Z]{3,16} [A-Za-z]").match  # "LOADING the dataset", as Redis answers
_IS_DOTTED = re.compile(r"[A-Z][A-Za-z]{1,32}(?:\.[A-Z][A-Za-z]{1,48}){1,3}").fullmatch
_REASONS = _TELLING - {"code", "error"}  # behind these two a name may stand as well
_SHORT = 3  # words of a reason that needs to tell no trouble: "going away"
_FLAGS = re.compile(r"\{ [A-Z]{3,16}(?: [A-Z]{3,16}){0,8} \}").fullmatch  # { DRDY ERR }
_COMMAND = re.compile(r"[A-Z]{3,16}(?: [A-Z]{3,16}){0,6}").fullmatch  # failed command: READ FPDMA QUEUED
_DEEDS = frozenset({"READ", "WRITE", "OPEN", "CLOSE", "CREATE", "DELETE"})


def tells_trouble(name: str) -> bool:
    """Tell whether a name of several words is that of an error: NO_PROPOSAL_CHOSEN, handshake_failure, ErrImagePull."""
    if "0" in name and name.islower():
        return False  # an id: of what may be hex, letters say nothing
    return not TROUBLE.isdisjoint(map(str.lower, _WORDS_OF.findall(name))) or name.endswith(("Off", "_OFF", "_off"))


def trouble_in(name: str) -> frozenset[str]:
    """Return the words of a name that tell of trouble."""
    return TROUBLE.union(("off",)).intersection(map(str.lower, _WORDS_OF.findall(name)))


def tells_deed(constant: str) -> bool:
    """Tell whether a constant says what was done: READ_BLOCK."""
    return constant.partition("_")[0] in _DEEDS


def names_trouble(name: str) -> bool:
    """Tell whether what stands where a queue or a table could be named is an error's: ErrImagePull, AUTH_FAILED, connection_refused, not lost_carts."""
    if not name.islower():
        return "." not in name and tells_trouble(name)
    words = re.split("[_-]", name)
    return "0" not in name and "." not in name and (words[-1] in TROUBLE or words[0] in _FIRST or "not" in words or "too" in words)


def is_error_name(name: str) -> bool:
    """Tell whether a name in camel case is that of an error, and not only of something that has to do with one: UniqueViolation, RecordNotFound."""
    words = [word.lower() for word in _WORDS_OF.findall(name)]
    return len(words) > 1 and (words[-1] in TROUBLE or "not" in words)


def is_outcome(line: str, at: int, value: str) -> bool:
    """Tell whether the value behind the key that ends where a line is cut says how something went."""
    word = value.rstrip(".:!")
    if not _IS_WORD(word):
        return False
    if word.lower() in _STATES or word in ERROR_NAMES:
        return True
    if _IS_CONSTANT(word) and tells_trouble(word):
        return True
    key = _ENDS_WITH_KEY(line[max(0, at - 64) : at].rstrip(" "))
    return key is not None and _is_told(word, key[0])


def _is_told(word: str, key: str) -> bool:
    """Tell whether a word may be a state or a code: all of its words are those that programs say, or it is written as names of states are.

    Behind *code* the latter is not enough, since coupons and the like are written so.
    """
    if word in ERROR_NAMES or tells_trouble(word):
        return True
    is_code = _MAY_BE_CODE(key) is not None
    if "/" in word or (_IS_CONSTANT(word) is not None) or (word.isupper() and len(word) > 2 and not is_code):
        return True
    parts = _WORDS_OF.findall(word)
    shortest = len(min(parts, key=len))
    if shortest > 2 and len(parts) > 1 and word.isalpha() and not is_code:
        return True  # ImagePullBackOff; of what is made at random, some part is shorter
    return shortest > 1 and all(
        part.lower() in OUTCOMES or (is_said if part.islower() else SAID.__contains__)(part.lower()) for part in parts
    )


def tells_why(text: str) -> bool:
    """Tell whether a text of several words says what went wrong, in words of programs alone: not what a person wrote, who names and addresses others."""
    words = [_bare(word) for word in text.split(" ")]
    return len(words) > 1 and any(map(_tells_trouble_in_text, words)) and SPOKEN.isdisjoint(map(str.lower, words)) and _names_nobody(text)


def _tells_trouble_in_text(word: str) -> bool:
    return word.lower() in TROUBLE_IN_TEXT or tells_trouble(word)


def _names_nobody(text: str) -> bool:
    """Tell whether a text holds words that programs say and numbers, and nothing that may be a name."""
    return all("0" in word or _is_said_in_answer(word) for word in text.split(" "))


def outcomes_within(text: str) -> str:
    """Return what an object, a list or a call says of how something went: `code=card_declined`; "" when it says nothing."""
    found = [f"{key}={word}" for key, _, word in _WITHIN.findall(text) if word not in _NO_WORDS and _is_told(word, key)]
    found += [name for name in _NAMED_ERRORS.findall(text) if _names_error(name) and not any(pair.endswith(name) for pair in found)]
    found += [name for name in _CONSTANTS(text) if tells_trouble(name) and not any(pair.endswith(name) for pair in found)]
    found += [f"{key}={why}" for key, why in _WHY_WITHIN(text) if tells_why(why)]
    return " ".join(found)


def _names_error(name: str) -> bool:
    words = name.lower().split("_")
    return (name.isupper() and tells_trouble(name)) or words[-1] in TROUBLE or "not" in words or words[0] in TROUBLE


def outcomes_of_fields(line: str) -> str:
    """Return what the fields of a structured line say of how something went, to be put behind its message."""
    return "".join(_of_fields(line))


def _of_fields(line: str) -> Iterator[str]:
    for key, text, plain in _FIELDS.findall(line):
        word = plain or text
        if word.lower() in _NO_WORDS or (text and key in ("error", "err")):
            continue
        if key in _TEXTS or tells_why(text):
            yield f": {text or plain}"
        elif _IS_WORD(word) and _is_told(word, key):
            yield f" {key}={word}"


def answer(line: str, at: int, quoted: str, masked: str) -> str | None:
    """Return a quoted text that begins there as it stays, when it is an answer and no name; None when it is none.

    Args:
        masked: the text in the quotes with its variables masked.
    """
    is_behind = _IS_ANSWERED(line[max(0, at - _LONGEST_BEFORE) : at]) if line[at - 1 : at] in _MARKS else None
    if " " not in masked and (line[at - 1 : at] == "(" or line.endswith(("Error: ", "Exception: "), 0, at)):
        return None  # the argument of a call or of an exception
    if " " not in masked:
        is_said = masked.lower() in CONDITIONS or masked in ERROR_NAMES
        is_told = (
            is_behind
            and is_behind[1].lower() in _TELLING
            and ((_IS_HOW(masked) and _is_told(masked, "code")) or (_IS_DOTTED(masked) and _is_told(masked.replace(".", "_"), "reason")))
        )
        return masked if is_told or (is_said and (is_behind or line[at - 1 : at] == "=")) else None
    if not SPOKEN.isdisjoint(_bare(word).lower() for word in masked.split(" ")):
        return None
    words = [word if _is_said_in_answer(word) else MASK for word in masked.split(" ")]
    told = any(_tells_trouble_in_text(_bare(word)) for word in words)
    if is_behind:
        key = is_behind[1].lower()
        is_clear = told and (key not in _SPEAKING or _is_programs(quoted[1:-1]) or _BEGINS_WITH_NAME(quoted) is not None)
        is_answer = key in _PROGRAMS_OWN or is_clear or (key in _REASONS and len(words) <= _SHORT and _is_programs(quoted[1:-1]))
    else:
        reply = _IS_REPLY(quoted)
        is_answer = reply is not None and (reply[1] is not None or told or MASK not in words[1:])
    return " ".join(words) if is_answer else None


def _is_programs(text: str) -> bool:
    return _names_nobody(text) and SPOKEN_TO.isdisjoint(_bare(word).lower() for word in text.split(" "))


def _bare(word: str) -> str:
    return word.strip(".,:;!?()'\"`")


def may_answer(line: str, at: int, quoted: str) -> bool:
    """Tell at little cost whether `answer` is worth asking."""
    return line[at - 1 : at] in _MARKS or _IS_REPLY(quoted) is not None


def _is_said_in_answer(word: str) -> bool:
    bare = _bare(word)
    if not bare or "<" in bare or bare in ERROR_NAMES or bare.lower() in SAID or tells_trouble(bare):
        return True
    return "_" in bare if bare.isupper() else bare.islower() and is_said(bare)


def is_flags(braces: str) -> bool:
    """Tell whether braces hold flags that say how something is."""
    return _FLAGS(braces) is not None


def is_protocols(command: str) -> bool:
    """Tell whether a command is one of a protocol, in capitals."""
    return _COMMAND(command) is not None
