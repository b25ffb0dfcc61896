"""Families: kinds of line that differ in one word only, which more and more words fill: a name that nothing in the line marks as one.

A fingerprint looks at one line, so it can't see this; families look at all kinds that a watch knows. They never change an id: the fingerprint stays the key,
the family is what several of them have in common. Rules are only ever added, and one that was made is never taken back, so that a kind never leaves its family.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2s

from bot.core.mask_outcomes import tells_trouble, trouble_in
from bot.core.mask_words import CONDITIONS
from bot.core.masks import MASK

FILLED_BY = 4  # words at least; with three, a verb in its tenses would do
OTHER_WORDS = 2  # at least stay in the template
LONGEST = 40  # words of a template that are looked at
MOST_TEMPLATES = 2000  # those that were seen last; a family of which fewer are left has been made long ago
MARKS = ".,;:!()[]"  # that stand beside a word

# Words that change what a line says: what they fill is no name.
_OPPOSITES = frozenset(
    " ".join(
        (
            "start starting started stop stopping stopped begin began begun end ended finish finished up down on off in out open opened opening close",
            "closed closing connect connected connecting disconnect disconnected accept accepted accepting reject rejected rejecting refuse refused",
            "allow allowed deny denied success succeeded successful successfully fail failed failing failure failures enable enabled disable disabled",
            "add added adding remove removed removing create created delete deleted load loaded unload unloaded lock locked unlock unlocked mount",
            "mounted unmount unmounted join joined joining leave left leaving send sent sending receive received receiving read reading write writing",
            "written get put push pull increase increased decrease decreased high low before after first last min max minimum maximum full empty valid",
            "invalid known unknown found missing active inactive online offline alive dead ready true false yes no ok error errors warning warnings",
            "fatal info debug critical timeout timed expired lost gone reset aborted cancelled canceled killed exited crashed died exceeded reached",
            "reachable unreachable available unavailable healthy unhealthy new old master slave primary secondary leader follower client server request",
            "response input output upload download commit rollback acquire acquired release released not",
        )
    ).split()
)


@dataclass(frozen=True, slots=True, order=True)
class Family:
    """A rule: every template that equals this one but for the word where `<+>` stands belongs to it."""

    id: str
    template: str


SLOT = "<+>"


class Families:
    """The rules of one watch, in the order in which they were made."""

    def __init__(self, known: Iterable[Family] = ()) -> None:
        self._by_template: dict[str, tuple[int, Family]] = {}  # with its age
        self._add(known)

    def family_of(self, template: str) -> Family | None:
        """Return the family of a template, None when it has none. Of several, the oldest.

        What a family's word may be, a value may be as well: one that was known as such by its looks, as `orders-7` is, belongs there, too.
        """
        if not self._by_template:
            return None
        places = (*(key for key, word in _slots(template) if _bare(word) not in CONDITIONS), *_masked(template))
        found = [self._by_template[key] for key in places if key in self._by_template]
        return min(found)[1] if found else None

    def grown(self, templates: Iterable[str]) -> list[Family]:
        """Return the rules to add for these templates, and know them from now on. The order of the templates makes no difference."""
        words: dict[str, set[str]] = {}
        for template in set(templates):
            if not self.family_of(template):
                for key, word in _slots(template):
                    words.setdefault(key, set()).add(word)
        made = [Family(_id(key), key) for key in sorted(words) if self._makes_one(words[key])]
        self._add(made)
        return made

    def _add(self, families: Iterable[Family]) -> None:
        for family in families:
            self._by_template.setdefault(family.template, (len(self._by_template), family))

    @staticmethod
    def _makes_one(words: set[str]) -> bool:
        if len(words) < FILLED_BY or any(_bare(word) in _OPPOSITES or _bare(word) in CONDITIONS for word in words):
            return False
        troubles = [trouble_in(word) for word in words]  # of orders_errors and carts_errors the same, of auth_failed and not_found others
        return not all(troubles) or len(set(troubles)) == 1


def members(families: Families, templates: Mapping[str, str]) -> dict[str, Family]:
    """Return the family of each fingerprint that has one.

    Args:
        templates: fingerprint → template.
    """
    found = ((fingerprint, families.family_of(template)) for fingerprint, template in templates.items())
    return {fingerprint: family for fingerprint, family in found if family}


def heads(families: Families, about: Mapping[str, str]) -> dict[str, str]:
    """Return the families of what an alert is about, by their ids, each with the first of its kinds.

    Args:
        about: fingerprint → template.
    """
    found: dict[str, str] = {}
    for fingerprint, family in members(families, about).items():
        found.setdefault(family.id, fingerprint)
    return found


def _slots(template: str) -> Iterable[tuple[str, str]]:
    """Yield the template with each of its plain words left out in turn, and that word."""
    tokens = template.split(" ")
    if len(tokens) > LONGEST:
        return
    plain = [number for number, token in enumerate(tokens) if MASK not in token and any(char.isalpha() for char in token)]
    if len(plain) <= OTHER_WORDS:
        return
    quoted = _quoted(tokens) if '"' in template or "'" in template else ()
    for number in plain:
        if number not in quoted and not _is_outcome(tokens, number):
            yield " ".join((*tokens[:number], SLOT, *tokens[number + 1 :])), tokens[number]


def _is_outcome(tokens: Sequence[str], at: int) -> bool:
    """Tell whether a word says how something went, and so can't be a name: `code=card_declined`, `'oom-kill'`, a word alone behind `failed:`."""
    token, before = tokens[at], tokens[at - 1] if at else ""
    return (
        token.endswith(("Exception", "Error", "Exception:", "Error:"))
        or "=" in token
        or (at == len(tokens) - 1 and before.endswith(":") and tells_trouble(before))
    )


def _quoted(tokens: Sequence[str]) -> set[int]:
    """Return where the words stand that are within quotes."""
    found, doubles, opened, closed = set[int](), 0, 0, 0
    for at, token in enumerate(tokens):
        doubles += token.count('"')
        opened += token.startswith("'")
        if '"' in token or doubles % 2 or opened > closed:
            found.add(at)
        closed += token.rstrip(MARKS)[1:].endswith("'")
    return found


def _bare(word: str) -> str:
    return word.lower().strip(MARKS)


def _masked(template: str) -> Iterable[str]:
    """Yield the template with each value that stands for a word of its own left out in turn."""
    tokens = template.split(" ")
    if len(tokens) <= LONGEST:
        for number, token in enumerate(tokens):
            if token.strip(MARKS) == MASK:
                yield " ".join((*tokens[:number], SLOT, *tokens[number + 1 :]))


def _id(template: str) -> str:
    return f"f1+{blake2s(template.encode('utf-8', 'replace'), digest_size=6).hexdigest()}"
