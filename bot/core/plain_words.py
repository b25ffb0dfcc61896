"""The quick way for messages of plain words: what the masks say of them, with one look at each word."""

from bot.core.mask_words import ACCOUNTS, BEFORE_TO, BEFORE_VERBS, COMMON, CONDITIONS, DEEDS, PLAIN_KEYWORDS
from bot.core.masks import MASK
from bot.core.vocabulary import MADE_UP_BEGIN, MADE_UP_END, SAID, WORDS, is_made_up

# What a word is: ordinary; said, but a name behind a preposition; in front of a name; in front of what is said; an account; for the patterns.
_ORDINARY, _SAID, _LEADS, _VERB, _ACCOUNT, _KEYWORD = range(6)
_LEADING = ("for", "of", "on", "in", "from", "at", "with", "by", "via", "into", "as", "over", "using", "to")
_VERBS, _ACCOUNTS = BEFORE_VERBS.split("|"), ACCOUNTS.split("|")
_role_of = {
    **dict.fromkeys(SAID, _SAID),
    **dict.fromkeys(WORDS.union(COMMON), _ORDINARY),
    **dict.fromkeys(_VERBS, _VERB),
    **dict.fromkeys(_ACCOUNTS, _ACCOUNT),
    **dict.fromkeys(PLAIN_KEYWORDS.union(frozenset((*COMMON, *_VERBS, *_ACCOUNTS)) - SAID), _KEYWORD),
    **dict.fromkeys(_LEADING, _LEADS),
    "": _KEYWORD,
}.get
_BEFORE_TO, _PAIR = frozenset(BEFORE_TO.split("|")), f"{MASK} {MASK}"


def template_of_plain_words(message: str) -> str | None:
    """Return the template of a message of letters and blanks, lower-case but for its first one; None where the patterns must decide."""
    words = message.split(" ")
    roles = [*map(_role_of, words)]
    if _KEYWORD in roles or (words[1] in DEEDS if len(words) > 3 else words[0].endswith(("ing", "ed"))):
        return None
    if None not in roles and _SAID not in roles and _ACCOUNT not in roles:
        return message
    before = roles[0]
    for at, role in enumerate(roles[1:], 1):
        if before == _LEADS and (role is None or role in (_SAID, _ACCOUNT)):
            if role == _ACCOUNT or not 2 <= len(words[at]) <= 32:
                return None
            if _is_name(words, at):
                words[at], before = MASK, _ORDINARY
                continue
        if role is None:
            word = words[at]
            if (
                2 < len(word) < 66
                and not ((word[:3] in MADE_UP_BEGIN or word[-2:] in MADE_UP_END) and is_made_up(word))
                and before != _VERB
                and not is_to_do(words, at)
            ):
                words[at] = MASK
        before = role
    masked = " ".join(words)
    while _PAIR in masked:
        masked = masked.replace(_PAIR, MASK)
    return masked


def _is_name(words: list[str], at: int) -> bool:
    """Tell whether a word that is not ordinary is a name behind a preposition."""
    word = words[at]
    if words[at - 1] == "to" or word in CONDITIONS or (words[at + 1 : at + 2] == ["at"] and at + 2 < len(words)):
        return False
    return not (word.endswith(("ed", "ly")) and len(word) > 2) and not (word.endswith("ing") and len(word) > 3)


def is_to_do(words: list[str], at: int) -> bool:
    """Tell whether a word is what somebody is to do, and so is said whatever it is: failed to enqueue."""
    return words[at - 1] == "to" and at > 1 and words[at - 2].lower() in _BEFORE_TO
