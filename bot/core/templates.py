"""Masks: what in a canonical line is a variable, found in one pass, and what of a line remains its template.

The rules are in docs/fingerprints.md. None is for one system; where a rule can't tell, it lets a word stay, and splits.
"""

import re
from functools import lru_cache

from bot.core.headers import header_length
from bot.core.mask_beside import STATE_WORDS, cut_before_masks, is_state, mask_beside
from bot.core.mask_outcomes import (
    answer,
    is_error_name,
    is_flags,
    is_outcome,
    is_protocols,
    may_answer,
    names_trouble,
    outcomes_of_fields,
    outcomes_within,
    tells_deed,
    tells_trouble,
)
from bot.core.mask_patterns import IN_PLAIN_WORDS, MASKS, SHAPED
from bot.core.mask_words import BEFORE_VERBS, CONDITIONS, DEEDS, HOLDERS, PLAIN_KEYWORDS
from bot.core.masks import MASK
from bot.core.plain_words import is_to_do, template_of_plain_words
from bot.core.vocabulary import SAID, WORDS, is_ordinary, is_said

_KEPT_WHOLE = re.compile(r"(?<![\w$.])[\w$.]*(?:Exception|Error)\b")
# "[17:19:15.148] ", "[pid 42] ", "wl0: ", "lo: ", "nginx[42]: ", "<0.41.0> ", "=> <1:ann(-1)> " in front of a message: who, not what
_LABELS = re.compile(
    r"(?:\[ ?(?:(?:pid|tid|thread|client|conn|connection|session|request|req|peer|remote) )?<\*>\]\s*"
    r"|(?:=> )?<[^<>]{0,32}(?:<\*>[^<>]{0,64}){1,4}>\s+|lo:\s+|<\*>(?:\[\w{1,32}\]|\s*):\s+|:\s+|[a-z][\w.-]{0,64}+\[<\*>\]:\s+)+"
)
_LABELLED = frozenset("[<=")  # what a label without a colon begins with
# JSON and logfmt lines: what they say is in one of these fields, the rest are values.
_STRUCTURED = re.compile(
    r"""(?:"(?:msg|message|log|event|error|err|exception|stack_trace)"\s?:\s?|\b(?:msg|message|event|error|err)=)"((?:[^"\\]|\\.)*)"?"""
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){1,512})"(?=\s+[\w.]{1,64}=|\s*$)')  # "what happened" key=value
_WHY = re.compile(r'\serr(?:or)?="((?:[^"\\]|\\.){1,512})')  # what failed, behind what was done
_FIRST_KEY = re.compile(r"(?<![^\s(\[{])[A-Za-z_][\w.-]{0,64}=")
_ESCAPED = re.compile(r"\\(.)")
_MAY_BE_RULE = re.compile(r"[-=_*#~.+$/]{4}").search
_RULE = re.compile(r"([-=_*#~.+$/])\1{3,}+")  # what is drawn, however long: -----, ====
_GLUED = re.compile(r"(?<![\w>)\]])[./#@$~*]+<\*>")  # marks that belong to the name behind them
_IS_WORD, _IS_SHAPED = re.compile(r"[a-z]{2,32}").fullmatch, re.compile(SHAPED).fullmatch
_IS_WITHIN = re.compile(rf"[a-z]{{1,32}}+(?:[-._][a-z]{{1,32}}+){{0,6}}+|{SHAPED}").fullmatch
_FLAGS = re.compile(r"(?<= )(?:[a-zA-Z]{1,3}+--(?= )|[\w.-]{1,64}+/<[A-Z]{2,16}+>)")  # SC--, app/<NOSRV>
_NUMBERED = re.compile(r"(?<![\w.])[a-z][\w-]{0,63}+(?=\{<\*>\})")  # home{0}
_PADDED = re.compile(r"(?<=\[) (?! |OK\b|FAILED\b|ok\b|fail)[^\[\]]{1,256}+(?<= )(?=\])")  # [ HASH SA No ]
_REMEMBERED_WORDS = 4096
_BEFORE_VERBS = frozenset(BEFORE_VERBS.split("|"))
_IS_PLAIN = re.compile(r"[A-Za-z ][a-z ]*+").fullmatch
_IS_OBJECT = re.compile(r"[a-z][a-z_-]{1,64}").fullmatch
_IS_NAME = re.compile(r"[a-zA-Z][\w.-]{1,64}").fullmatch
_CONTINUED = re.compile(r"<\*>(?:/[\w$.-]{1,64})+(?![\w(])")  # api/node-b, of which the beginning is known for a name
_QUALIFIED = re.compile(r"(?<![\w$.-])(?:[A-Za-z_$][\w$-]{0,63}\.){2,16}<\*>")
_VARIABLES = re.compile(r"(?<![\w$.])\$[A-Za-z_]\w{0,64}+(?![\w(.])")  # $invoice_items
_RUNS = re.compile(r"<\*>(?:[\s,;:/.|+#*&@-]*<\*>)+")
_ENDPOINTS = re.compile(r"\(<\*> -> <\*>[^()]{0,256}+\)")  # (0.0.0.0:0 -> 0.0.0.0:0, state: starting)
_AMONG_VALUES = re.compile(r"(?<==<\*>), [A-Za-z][A-Za-z: ]{1,48}+(?=, \w{1,32}+=<)")  # user=ann, secured, session=0a0
_ALIKE = re.compile(r"(<[^<>]{1,64}+<\*>[^<>]{0,64}+>)(?:, \1)++")  # [<Task <*>>, <Task <*>>]
_QUOTES = re.compile(r"'<\*>'(?:,? '<\*>')++")  # 'a' 'b'

# What stands for each kind of variable, where that is more than the mask.
_WRAPPED = {
    "double": f'"{MASK}"',
    "single": f"'{MASK}'",
    "ticked": f"`{MASK}`",
    **dict.fromkeys(("empty", "arguments", "who"), f"({MASK})"),
    "tuple": f"({MASK}",
    **dict.fromkeys(("bracketed", "joined", "listed", "many", "names", "glued", "box"), f"[{MASK}"),
    "answer": f": {MASK}",
    "object": f"{{{MASK}",
    "angled": f"<{MASK}",
}
# Those whose group is the words in front, which stay.
_BEHIND = frozenset(
    {
        *(
            "account",
            "addressed",
            "begun",
            "command",
            "done",
            "endpoint",
            "held_in",
            "hyphened",
            "labelled",
            "member",
            "named",
            "owner",
            "pair",
            "peer",
        ),
        *("process", "shaped", "shaped_of", "sql", "strange", "tagged", "task", "the", "titled", "used_by", "verb"),
    }
)

_MAY_TELL_TROUBLE = frozenset({"labelled", "shaped", "shaped_of"})

# How words end that say what happens ("server startup in", "client connection from"), unlike names.
_NO_NAME_ENDS = ("ion", "ment", "ing", "ed", "up", "down", "out", "ance", "ence", "ure", "ity", "quest", "load", "connect")
_DEED_ENDS = ("ion", "ment", "ing", "ance", "ence", "ure", "ity")
# What was called where, "count at Main.scala:12": one value.
_SITE = "\x02"
_CALL_SITES = re.compile(
    rf"(?:(?<=[(:])|(?<=[(:] )|(?<=from )|(?<=> at ))(?!fail|error|panic|abort|crash|exc|thr|raise|caught|occur|die)[a-z]\w{{0,64}}+ {_SITE}"
)


def template_of(message: str) -> str:
    """Return a canonical line without its header as the template of its kind: every variable masked."""
    is_plain = _IS_PLAIN(message)
    if is_plain:
        quick = template_of_plain_words(message)
        if quick is not None:
            return quick
    elif _MAY_BE_RULE(message):
        message = _RULE.sub(r"\1\1\1", message)
    quoted = _QUOTED.match(message) if message.startswith('"') else None
    if quoted:
        message = _what_and_why(message, quoted)
        is_plain = _IS_PLAIN(message)
    elif '"' in message and (message[0] == "{" or "=" in message[:64]):
        said = " ".join(_STRUCTURED.findall(message))
        said = said[header_length(said) :].strip() or said
        message = f"{_in_front(message)}{said}{outcomes_of_fields(message)}" if said else message
        is_plain = _IS_PLAIN(message)
    if "=0 " in message or " | " in message or message.endswith("]"):
        message = cut_before_masks(message)
    words = (_with_masked_words(message) if is_plain else MASKS.sub(_mask, message)).split()
    if len(words) > 3:
        if words[1] in DEEDS and _IS_NAME(words[0]) and not is_ordinary(words[0].lower()):
            words[0] = MASK
    elif len(words) > 1 and words[0].endswith(("ing", "ed")) and _IS_OBJECT(words[-1]) and not is_ordinary(words[-1]):
        words[-1] = MASK
    _mask_unknown(words)
    masked = " ".join(words)
    if is_plain:
        while "<*> <*>" in masked:
            masked = masked.replace("<*> <*>", MASK)
        return masked
    if "(" in masked or "--" in masked or "[ " in masked or "{" in masked:
        masked = _with_asides(masked)
    if ">." in masked:  # the end of a sentence
        masked = masked.replace("<*>. ", "<*> ")
        masked = masked[:-1] if masked.endswith("<*>.") else masked
    if ">/" in masked:
        masked = _CONTINUED.sub(MASK, masked)
    if ".<" in masked:
        masked = _QUALIFIED.sub(MASK, masked)
    if masked.count(MASK) > 1:
        masked = _RUNS.sub(MASK, masked)
    if "=<*>, " in masked:
        masked = _AMONG_VALUES.sub(lambda said: f", {MASK}" if STATE_WORDS.isdisjoint(said[0].split()) else said[0], masked)
    if ">, <" in masked:
        masked = _ALIKE.sub(r"\1", masked)
    if "<*>' '<" in masked or "<*>', '<" in masked:
        masked = _QUOTES.sub(f"'{MASK}'", masked)
    if _SITE in masked:
        masked = _CALL_SITES.sub(MASK, masked).replace(_SITE, f"at {MASK}")
    if "]:<" in masked:  # [::1]:80
        masked = masked.replace("[<*>]:<*>", MASK)
    if ".<" in masked or "/<" in masked or "#<" in masked:
        masked = _RUNS.sub(MASK, _GLUED.sub(MASK, masked))
    if "$" in masked:
        masked = _VARIABLES.sub(MASK, masked)
    labels = _LABELS.match(masked) if ":" in masked or masked[:1] in _LABELLED else None
    return mask_beside(masked[labels.end() :] or masked if labels else masked)


def _in_front(message: str) -> str:
    """Return what is said in front of the first `key=value`, with a colon behind it; "" where such a value comes first, or JSON."""
    first = _FIRST_KEY.search(message) if message[0] != "{" else None
    front = message[: first.start()].strip(" :,;|-") if first else ""
    return f"{front}: " if " " in front else ""


def _what_and_why(message: str, quoted: re.Match[str]) -> str:
    why = _WHY.search(message, quoted.end())
    said = quoted[1] + ": " + _ESCAPED.sub(r"\1", why[1]) if why else quoted[1]
    return said + outcomes_of_fields(message[quoted.end() :])


def _mask_unknown(words: list[str]) -> None:
    """Mask words behind the first that programs don't say: the mailer of "queue mailer declared"."""
    last = len(words) - 1
    for at, word in enumerate(words):
        if word in SAID or not at or not "a" <= word[0] <= "z" or word[-1] == ">":
            continue
        unknown = _unknown(word)
        if not unknown:
            continue
        before = words[at - 1]
        is_done = before in _BEFORE_VERBS or is_to_do(words, at)
        is_reason = before[-1] == ":" and (at == last or at == 1)
        is_key = (word[-1] == ":" and (at == last or not words[at + 1].isalpha())) or (at < last and words[at + 1] == "=")
        if not (is_done or is_reason or is_key):
            words[at] = MASK + word[len(unknown) :]


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _unknown(word: str) -> str:
    """Return a word without the mark behind it if programs don't say it, else an empty text."""
    name = word[:-1] if word[-1] in ",;.:" else word
    return name if len(name) > 2 and _IS_OBJECT(name) and not is_said(name) and (name.isalpha() or not tells_trouble(name)) else ""


def _with_masked_words(message: str) -> str:
    """Return what `MASKS.sub(_mask, message)` does. In plain words alone a mask begins with a keyword only, which is told sooner."""
    words = message.split(" ")
    keywords = PLAIN_KEYWORDS.intersection(words)
    if not keywords:
        return message
    pieces: list[str] = []
    done = at = 0
    for word in words:
        if word in keywords and at >= done:
            found = IN_PLAIN_WORDS.match(message, at)
            if found:
                pieces += (message[done:at], _mask(found))
                done = found.end()
        at += len(word) + 1
    return "".join((*pieces, message[done:])) if done else message


def _with_asides(masked: str) -> str:
    """Mask what is told by the marks that stand beside it."""
    if "(<*> -" in masked:
        masked = _ENDPOINTS.sub(f"({MASK})", masked)
    if " (" in masked:
        masked = _beside_parentheses(masked.split(" ("))
    if "-- " in masked:
        masked = _FLAGS.sub(MASK, masked)
    if "{<" in masked:
        masked = _NUMBERED.sub(MASK, masked)
    if "[ " in masked:
        masked = _PADDED.sub(MASK, masked)
    return masked


def _beside_parentheses(pieces: list[str]) -> str:
    """Mask names in front of a parenthesis and within: killing flaps (pid 0), EXT0-fs (sda)."""
    for number in range(1, len(pieces)):
        front, _, word = pieces[number - 1].rpartition(" ")
        if pieces[number][:1] != "<" and word and (word[-1].isalnum() or word[-1] in "_]>"):
            within, closed, rest = pieces[number].partition(")")
            if (
                closed
                and _IS_WITHIN(within)
                and ("." in within or not is_ordinary(within))
                and not (_IS_SHAPED(within) and tells_trouble(within))
            ):
                pieces[number] = f"{MASK}){rest}"
        if word in WORDS or not front or not (front[-1] == ":" or front[-1].islower()):
            continue
        if _IS_WORD(word) or (front.endswith(("ing", "ed")) and _IS_SHAPED(word)):
            pieces[number - 1] = f"{front} {MASK}"
    return " (".join(pieces)


def _mask(found: re.Match[str]) -> str:
    text, group = found[0], found.lastgroup
    kept = _KEPT_WHOLE.search(text) if "E" in text and (text[0] != "{" or group == "json") else None
    if kept:
        return f"={kept[0]}" if text[0] == "=" else kept[0]
    if group == "digits":
        return text if "_" in text and text.isupper() and tells_trouble(text) else MASK
    if group in _BEHIND:
        return _behind(found, text, group)
    match group:
        case "value" if is_outcome(found.string, found.start(), text[1:].lstrip(" ")):
            return text
        case "value":
            return f"= {MASK}" if text.startswith("= ") else f"={MASK}"
        case "request":
            return f'"{found["request"]}{MASK}"'
        case "constant" if tells_trouble(text) or tells_deed(text):
            return text
        case "single" | "double" if may_answer(found.string, found.start(), text) and (said := _answered(found, text)):
            return said
        case "double" if found.string.endswith("stderr: ", 0, found.start()):
            return f'"{MASKS.sub(_mask, text[1:-1])}"'
        case "dotted" if is_error_name(text.rpartition(".")[2]):
            return text.rpartition(".")[2]
        case "alone" if is_flags(text):
            return text
        case "json" | "alone" | "object" | "many" | "tuple" if said_within := outcomes_within(text):
            return f"{_WRAPPED.get(group, MASK)} {said_within}"
        case "held" if text[1 + len(found[group]) :] in CONDITIONS:
            return text
        case "held":
            return f"{text[0]}{found[group]}{MASK}"
        case "paired" if "." not in text and is_ordinary(text):
            return text
        case "bracketed" if is_ordinary(text[1:]) and is_state(text[1:]):
            return text
        case "site":
            return _SITE
        case _:
            return _WRAPPED.get(group or "", MASK)


def _behind(found: re.Match[str], text: str, group: str) -> str:
    """Return what stands for a mask whose first words stay."""
    said = found.end(group) - found.start()
    if text[said:] in CONDITIONS or (group in _MAY_TELL_TROUBLE and tells_trouble(text[said:])):
        return text if group != "labelled" or _before(found) not in HOLDERS or names_trouble(text[said:]) else f"{text[:said]}{MASK}"
    if group == "strange" and is_ordinary(text[said:].lower()):
        return text
    if group == "owner" and text.endswith(_NO_NAME_ENDS) and text[said:] in WORDS:
        return text
    if group == "named" and found.end() == len(found.string) and text.endswith(_DEED_ENDS) and text[said:] in WORDS:
        return text
    if group == "owner" and (":" in text or not text[said:].islower()) and names_trouble(text[said:]):
        return text
    if group == "command" and is_protocols(text[said:]):
        return text
    return f"{text[:said]}{MASK}"


def _before(found: re.Match[str]) -> str:
    """Return the word in front of a mask."""
    return found.string[max(0, found.start() - 64) : found.start()].rpartition(" ")[2].lower()


def _answered(found: re.Match[str], text: str) -> str:
    """Return a quoted text with what stays of it, when it is an answer."""
    said = answer(found.string, found.start(), text, MASKS.sub(_mask, text[1:-1]))
    return "" if said is None else f"{text[0]}{said}{text[0]}"
