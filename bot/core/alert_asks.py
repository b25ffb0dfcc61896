"""Reads what people type behind `/ack`, `/snooze` and `/resolve`: what is to be done, with which alert, by whom, and for how long."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import StrEnum
from itertools import pairwise

from bot.core.durations import UNIT, take_duration, take_until


class Deed(StrEnum):
    """What is to be done with an alert."""

    TAKE = "take"
    NOTE = "note"
    HAND_OVER = "hand over"
    TAKE_OVER = "over"
    GIVE_BACK = "back"
    SNOOZE = "snooze"
    RESOLVE = "resolve"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody typed.

    Args:
        alert: the alert that is named, such as "A12"; "" when none is.
        numbers: what may be alerts, as the ids that they would have: "12" is "A12", as is an id amid a note. None when an alert is named.
        is_plain: nothing else was said that could be a note.
        later: an alert whose id stands among the first words, where it may be a part of the note.
        is_several: more alerts than one are named, and nothing else is said.
        until: a time of day until which it is to be snoozed, as `until_clock` reads it.
        note: the words that are left, as they were typed.
        said: all words but the alert, without what is only polite, in small letters.
    """

    deed: Deed
    alert: str = ""
    numbers: tuple[str, ...] = ()
    is_plain: bool = True
    later: str = ""
    is_several: bool = False
    person: str = ""
    length: timedelta | None = None
    until: str = ""
    note: str = ""
    said: str = ""


_AROUND = r"[`#*_~()\[\].,:;!?…]*"
_ID = re.compile(rf"{_AROUND}a-?#?([0-9]+){_AROUND}", re.IGNORECASE)
_NUMBER = re.compile(rf"{_AROUND}([0-9]+){_AROUND}")
_SOMEBODY = ("<@", "<!", "@")
_BEGINS_SO = re.compile(r"a-?([0-9]+)[^0-9].*", re.IGNORECASE)
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>[,.:;!?]*")
_GROUP = re.compile(r"<!.*\|(@[^>]+)>")
_FROM_WHOM = re.compile(r" from <@[^>]+>$")
_SHORTCODE = re.compile(r"(?::[a-z0-9_+'-]+:)+")
_UNIT = re.compile(UNIT)
_SIGNS = re.compile(r"^[\W_]+|[\W_]+$")
_OF_UNIT = re.compile(r"[%°€$].*")

# The whole reply must say so: "ack the pager, please" in a thread is talk.
_TAKEN = re.compile(
    r"""(?:(?:ok|okay)[\s,]+)?(?:[/!]?ac?k(?:ed|'d|ing)?|ac?knowledg(?:ed?|ing)
        |(?:i\ am\ |i'?m\ )?(?:(?:still\ )?(?:on\ (?:it|this)|looking(?:\ (?:into|at)\ (?:it|this))?)|checking(?:\ (?:it|this))?|investigating
            |taking\ (?:it|this|a\ look))
        |(?:i'?ll\ |i\ will\ )?take\ (?:it|this)|(?:i'?ll|i\ will)\ (?:take\ a\ )?look(?:\ (?:into|at)\ (?:it|this))?
        |(?:i'?ve\ |i\ have\ |i\ )got\ (?:it|this)|(?:it'?s\ |this\ is\ )?mine|👀)(?:[\s.,!👍👀🙏]|thanks|thx|please)*""",
    re.IGNORECASE | re.VERBOSE,
)
_GIVEN_BACK = re.compile(r"(?:giv(?:e|ing) (?:it )?back|un-?ack(?:nowledged?|ed)?|hand(?:ing)? (?:it )?back)[\s.!]*", re.IGNORECASE)
_TAKEN_OVER = re.compile(r"(?:i'?ll |i'?m )?(?:tak(?:e|ing) (?:it |this )?over|takeover)[\s.!]*", re.IGNORECASE)

_ELSEWHERE = {
    **dict.fromkeys(("resolve", "resolved", "close"), Deed.RESOLVE),
    **dict.fromkeys(("snooze", "mute", "silence"), Deed.SNOOZE),
}
_PLEASE = frozenset(("please", "pls", "plz", "plse", "kindly", "bitte", ""))
_POLITE = _PLEASE - {""} | {"ack", "alert", "the", "thanks", "thx", "ty", "danke", "ok", "okay", "hey", "hi", "can", "could", "you", "u"}
_NUMBERED = frozenset(("a", "alert", "nr", "no", "num", "number"))  # what may stand before an alert's number
_JOINERS = frozenset(("and", "&", "+", ""))
_HANDS_OVER = frozenset(("to", "hand", "handover", "give", "pass", "assign", "reassign"))
_BESIDE_THEM = frozenset(("it", "this", "over"))
# What may stand before the alert's id, and before whom it is handed to.
_BEFORE = _POLITE | _HANDS_OVER | _BESIDE_THEM | _ELSEWHERE.keys() | {"back", "take", "unack", "un-ack", "on", "nr", "no", "number"}
# Beside a number these say nothing that could be a note.
_I_AM_ON = frozenset(
    ("i", "i'm", "i'll", "im", "ill", "i've", "am", "will", "have", "got", "mine", "taking", "giving", "handing", "looking")
)
_NO_NOTE = _BEFORE | _NUMBERED | _JOINERS | _I_AM_ON | {"at", "into", "for", "from", "my"}
_BESIDE_A_LENGTH = _POLITE | _NUMBERED | {"for", "it", "this"}
_LISTS = frozenset(["list", "status", "show", "who"])
_HELP = frozenset(("help", "h", ""))
_ALL = frozenset(("all", "everything", "both", "all of them", "all alerts"))
_NEAR = 3  # so many of the first words, among which an alert that is named, or another command, is hardly part of a note
_MOST_NUMBERS = 20

_WIDE = {0xFF01 + at: 0x21 + at for at in range(94)}  # what keyboards of East Asia type for letters and digits
_IDS = re.compile(r"a[0-9]+(?:[/+&,;-]+a[0-9]+)+[.,:;!?]*", re.IGNORECASE)
_ID_IN_FRONT = re.compile(rf"([`#*(]*a-?[0-9]+)(?:[,:;!?&+)`*]+(?=[a-z<@]|[0-9]+{UNIT})|(?=<@))(\S+)", re.IGNORECASE)
_ID_BEHIND = re.compile(rf"({'|'.join((*_ELSEWHERE, 'ack', 'alert', 'take', 'over', 'back'))})[:,]?(#?a-?[0-9]+\W*)", re.IGNORECASE)
_ID_BEFORE = re.compile(rf"(#?a-?[0-9]+)({'|'.join((*_ELSEWHERE, 'take', 'over', 'back', 'note'))}\W*)", re.IGNORECASE)
_NUMBER_BEHIND = re.compile(rf"({'|'.join((*_ELSEWHERE, 'ack', 'alert', 'take'))})[:,#]?([0-9]+{UNIT}?\W*)", re.IGNORECASE)


def read_ask(words: Sequence[str], command: Deed = Deed.TAKE) -> Ask:
    """Read what was typed behind a command: `/ack`, or the one whose deed is given."""
    queue = _apart(words)
    alert, is_in_front = _pop_named(queue)
    if command is not Deed.TAKE:
        return _read_other(command, queue, alert)
    core = _core(queue)
    keys = [_key(word) for word in core]
    said = " ".join(keys)
    later = "" if alert else next((found for found in map(read_id, queue[:_NEAR]) if found), "")
    first = keys[0] if keys else ""
    if other := _read_elsewhere(core, alert, is_in_front=is_in_front):
        return other
    if _names_several(queue, alert) or said in _ALL:
        return Ask(Deed.TAKE, alert, is_several=True)
    if len(keys) == 1 and (first in _HELP or (not alert and first in _LISTS)):
        return Ask(Deed.HELP, alert)
    if first == "note":
        rest = queue[queue.index(core[0]) + 1 :]
        return Ask(Deed.NOTE, alert, () if alert else _numbers(rest), False, later, note=" ".join(rest), said=said)
    numbers = () if alert else _numbers(queue)
    is_plain = all(_key(word) in _NO_NOTE or _NUMBER.fullmatch(word) or word.startswith(_SOMEBODY) for word in queue)
    if numbers and is_plain:
        queue = [word for word in queue if not _NUMBER.fullmatch(word) and _key(word) not in _NUMBERED]
    return _read_ours(queue, Ask(Deed.TAKE, alert, numbers, is_plain, later))


def read_id(word: str) -> str:
    """Return the alert's id that a word is, however it is written (`A12:`, `#a12`); "" when it is none."""
    found = _ID.fullmatch(word)
    return f"A{found[1]}" if found else ""


def says_taken(text: str) -> bool:
    """Say whether words mean that somebody is on it, and nothing else."""
    return bool(_TAKEN.fullmatch(text))


def says_given_back(text: str) -> bool:
    """Say whether words give an alert back, and nothing else."""
    return bool(_GIVEN_BACK.fullmatch(text))


def says_taken_over(text: str) -> bool:
    """Say whether words take an alert over, and nothing else."""
    return bool(_TAKEN_OVER.fullmatch(text))


def _read_ours(queue: list[str], ask: Ask) -> Ask:
    """Read one of the deeds of `/ack` from the words that name no alert."""
    to = next((at for at, word in enumerate(queue) if _PERSON.fullmatch(word)), None)
    said = " ".join(map(_key, _core(queue)))
    done = _FROM_WHOM.sub("", said)
    deed, person, note = Deed.TAKE, "", " ".join(queue)
    if to is not None and _hands_over(queue[:to]):
        deed, person, note = Deed.HAND_OVER, _PERSON.sub(r"\1", queue[to]), " ".join(queue[to + 1 :])
    elif done == "over" or says_taken_over(done):
        deed = Deed.TAKE_OVER
    elif done == "back" or says_given_back(done):
        deed = Deed.GIVE_BACK
    elif not said or said in ("take", "on") or says_taken(said) or (ask.numbers and ask.is_plain):
        note = " ".join(_GROUP.sub(r"\1", word) for word in queue if word.startswith(_SOMEBODY))
    return Ask(deed, ask.alert, ask.numbers, ask.is_plain, ask.later, person=person, note=note, said=said)


def _read_elsewhere(core: list[str], alert: str, *, is_in_front: bool) -> Ask | None:
    """Read what means another command; None when it is a note, also one that only begins so."""
    at = next((at for at, word in enumerate(core) if not _NUMBER.fullmatch(word) and _key(word) not in _NUMBERED), 0)
    named, word = core[:at], _key(core[at]) if core else ""
    near = get_close_matches(word, _ELSEWHERE, 1, 0.82)
    if not near:
        return None
    ask = _read_other(_ELSEWHERE[near[0]], [*named, *core[at + 1 :]], alert)
    is_apart = core[at][-1] in ",.:;!" or (at + 1 < len(core) and _key(core[at + 1]) in _PLEASE)
    is_surely = is_in_front or is_apart or ask.numbers or ask.length or ask.until or len(core) <= _NEAR
    return ask if ask.is_plain or (word in _ELSEWHERE and is_surely) else None


def _read_other(deed: Deed, queue: list[str], alert: str) -> Ask:
    """Read what stands behind `/snooze` or `/resolve`, or behind such a word that was typed behind `/ack`."""
    core = _core(queue)
    words = core[1:] if core and _ELSEWHERE.get(_key(core[0])) is deed else queue
    length, until = None, ""
    if deed is Deed.SNOOZE:
        until, text = take_until(" ".join(words))
        length, text = take_duration(text)
        words, until = (words, "") if until and length else (text.split(), until)  # which of the two, nobody knows
        at = next((at for at, word in enumerate(words) if read_id(word)), None)
        alert = alert or (read_id(words.pop(at)) if at is not None else "")
    others = [word for word in words if read_id(word)]
    is_several = bool(others) if deed is Deed.SNOOZE and alert else _names_several(words, alert)  # a number may be half a length
    said = [word for word in words if not _is_noise(word) and _key(word) not in _BESIDE_A_LENGTH]
    numbers = () if alert else _numbers(said[:2])[:1] if said and _NUMBER.fullmatch(said[0]) else ()
    full = " ".join(words) if said else ""
    if numbers:
        words = words[words.index(said[0]) + 1 :]
        said = said[1:]
    later = "" if alert or not others else read_id(others[0])
    note = " ".join(said if deed is Deed.SNOOZE else words) if said else ""
    return Ask(deed, alert, numbers, not said, later, is_several, length=length, until=until, note=note, said=full)


def _apart(words: Sequence[str]) -> list[str]:
    """Put the blank back that is missing beside an alert, as in "A12,on it" and "resolveA12"."""
    apart: list[str] = []
    for at, word in enumerate(word.translate(_WIDE) for word in words):
        forms = (_ID_IN_FRONT, _ID_BEHIND, _ID_BEFORE, _NUMBER_BEHIND) if at <= _NEAR else ()
        if _IDS.fullmatch(word):
            apart += re.findall("[a-z0-9]+", word, re.IGNORECASE)
            continue
        found = next((match for form in forms if (match := form.fullmatch(word))), None)
        apart += found.groups() if found else [word] if word else []
    return apart


def _pop_named(words: list[str]) -> tuple[str, bool]:
    """Take the alert's id from the words: it stands first, or behind what is to be done with it, as in "over A12".

    Returns:
        It, "" when there is none, and whether the name of another command stands in front of it.
    """
    at = next((at for at, word in enumerate(words) if read_id(word)), len(words))
    before = [_key(word) for word in words[:at] if not _PERSON.fullmatch(word)]
    if at == len(words) or not (_BEFORE | {""}).issuperset(before):
        return "", False
    alert = read_id(words.pop(at))
    while at < len(words) and not words[at].strip("-–—:,;.=>→"):
        words.pop(at)
    words[:at] = [word for word in words[:at] if not _is_noise(word) and _key(word) not in _NUMBERED]
    return alert, not _ELSEWHERE.keys().isdisjoint(before)


def _numbers(words: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that words are or may be: a number, but for lengths of time and percentages, or what begins so, as in "a12it"."""
    found: dict[str, None] = {}
    for word, behind in pairwise((*words, "")):
        number = _NUMBER.fullmatch(word) or _ID.fullmatch(word) or _BEGINS_SO.fullmatch(word)
        if number and not _UNIT.fullmatch(_key(behind)) and not _OF_UNIT.fullmatch(behind):
            found[f"A{number[1]}"] = None
    return tuple(found)[:_MOST_NUMBERS]


def _names_several(words: Sequence[str], alert: str) -> bool:
    """Say whether words are nothing but alerts."""
    named = [word for word in words if _key(word) not in _JOINERS | _NUMBERED and not _is_noise(word)]
    return len(named) > (not alert) and all(read_id(word) or _NUMBER.fullmatch(word) for word in named)


def _hands_over(before: list[str]) -> bool:
    """Say whether the words in front of a person give the alert to them: none, or "hand over to"; "over @bob" may be the other way."""
    said = {_key(word) for word in before} - _PLEASE
    return not said or bool(said & _HANDS_OVER and said <= _HANDS_OVER | _BESIDE_THEM)


def _core(words: Sequence[str]) -> list[str]:
    """Leave out what is only polite at both ends."""
    kept = [at for at, word in enumerate(words) if not _is_noise(word)]
    return list(words[kept[0] : kept[-1] + 1]) if kept else []


def _is_noise(word: str) -> bool:
    key = _key(word)
    return key in _POLITE if key else "?" not in word


def _key(word: str) -> str:
    """Return a word in small letters, without the signs around it; a person as they are."""
    if word.startswith(_SOMEBODY):
        return word.rstrip(",.:;!?")
    return "" if _SHORTCODE.fullmatch(word) else _SIGNS.sub("", word.lower().replace("’", "'"))
