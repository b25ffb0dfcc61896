"""Masks that are told by the shape of the line around them: what is cut before the other masks are made, and what is masked when they are."""

import re

from bot.core.mask_outcomes import tells_why
from bot.core.mask_words import CONDITIONS, STATES
from bot.core.masks import MASK
from bot.core.vocabulary import is_ordinary, is_said

# What in brackets or parentheses is a state and no name: Service [web], job [failed].
STATE_ENDS = ("ed", "ing", "ure", "or", "ful", "able")
STATE_WORDS = CONDITIONS.union(STATES.split("|"))

# Before the masks.
_TRAILER = re.compile(r" \| (?:[\w$]{1,64}+\.){2,16}[\w$]{1,64}+ \| [^|]{1,128}$")  # message | a.b.Logger | thread
_COUNTERS = re.compile(
    r" (?<=[\w)\]] )(?<!=\w )(\w{1,32}=0(?:/0)?)(?: \w{1,32}=0(?:/0)?){2,32}(?=$|[.;)]| \w+(?![\w=]))"
)  # ehlo=0 mail=0 quit=0
_PROTOCOL_COMMAND = re.compile(r"(?:(?<=[<>][<>-] )|(?<=-[<>] ))\[([-+]?[A-Z]{3,16}+) [^\n]{1,4096}\]$")  # <- [SUB orders 0]
# Behind them.
_MAY_BE_SENT = frozenset("RSrs")
_FROM_WHERE = re.compile(r'(?:(?:(?:[a-z]\w{0,31}:)?<\*>|"<\*>"|main) - )+(?=\S{3}|\S+ \S)')  # 10.0.0.0:0 - cid:0 - "v0" -
_COMPONENT = re.compile(
    r"[A-Z][A-Z0_]{2,32}+ - (?=[<>-]{2,3} )"
)  # ACCOUNT - <<- [PUB …], but nothing that may be a state: PROBLEM - disk is full
_ROLES = "all|backend|child|children|client|clients|follower|leader|local|master|parent|peer|primary|remote|secondary|server|slave|upstream"
_PROTOCOL_PEER = re.compile(
    rf"((?:[Ss]end(?:ing)?|[Ss]ent|[Rr]eceiv(?:ed|ing)) [A-Z]{{3,32}}+ (?:to|from) )(?!(?:{_ROLES})\b)[a-z][\w.-]{{0,63}}+(?=$| \()"
)  # Sending CONNACK to reader (…)
_COMES_AS = re.compile(r"(?<= from <\*> as )[a-z][\w.-]{0,63}?(?= \(|\.?$)")  # connected from 10.0.0.0 as reader
_CALLED_BY = re.compile(r"([a-z][\w-]{1,63}+) (?=[A-Z][a-zA-Z]{1,63}+\()")  # photos Get(…)
_ALSO_CALLED = re.compile(r"""(?<=<\*>["'] \()[a-z][a-z_-]{1,63}+(?=\))""")  # folder "0a0-0b0" (photos)
_OUTCOME = re.compile(
    r"(?<=, )(\w{1,32}=(?:<\*>|[\w-]{2,64}+) )\(([^()]{1,512}+(?:\([^()]{0,512}+\)[^()]{0,512}+){0,4})\)$"
)  # status=deferred (why)
_IN_REPLY = re.compile(r" \([^()]{1,512}\)$")
_HOST = re.compile(r" (?<=[a-z] )((?:at|to|from|on) )(?:(?:<\*>|\(<\*>\)) ?)?\[<\*>\](?!\[)")  # from (its name) [its address]
_KEYED = re.compile(r"(?<=\{)[\w.-]{1,255}+(?==[A-Z]{1,32}_[A-Z_]{1,128}+\})")  # {orders=LEADER_NOT_AVAILABLE}
_ARGUMENT = re.compile(r"""(?<=\w\()(["'])<\*>\1(?=\))""")  # ValueError('x y')
_TORN = re.compile(r'"<\*>(?:[\\"]+<\*>)+[\\"]*"')  # quotes within quotes


def cut_before_masks(message: str) -> str:
    """Return a message without the columns behind it, and with a run of counters or a protocol's command as one value."""
    if " | " in message:
        message = _TRAILER.sub("", message)
    if message.count("=0") > 2:
        message = _COUNTERS.sub(r" \1", message)
    if message[-1:] == "]":
        message = _PROTOCOL_COMMAND.sub(r"[\1 0]", message)
    return message


def mask_beside(masked: str) -> str:
    """Return a masked message without what stands in front to say who, and with the names masked that its other masks tell."""
    if " - " in masked:
        masked = _without_front(masked)
    if '>"<' in masked:
        masked = _TORN.sub(f'"{MASK}"', masked)
    if "{" in masked:
        masked = _KEYED.sub(MASK, masked)
    if "(" in masked:
        masked = _around_parentheses(masked)
    if masked[:1] in _MAY_BE_SENT:
        sent = _PROTOCOL_PEER.match(masked)
        masked = f"{sent[1]}{MASK}{masked[sent.end() :]}" if sent else masked
    if "> as " in masked:
        masked = _COMES_AS.sub(lambda name: name[0] if is_state(name[0]) else MASK, masked)
    if "[<" in masked:
        masked = _HOST.sub(rf" \1{MASK}", masked)
    return masked


def _without_front(masked: str) -> str:
    for pattern in (_COMPONENT, _FROM_WHERE):
        front = pattern.match(masked)
        if front:
            masked = masked[front.end() :]
    return masked


def _around_parentheses(masked: str) -> str:
    called = _CALLED_BY.match(masked) if masked[0] >= "a" else None
    if called and not is_said(called[1]):
        masked = MASK + masked[called.end(1) :]
    if '"' in masked or "'" in masked:
        masked = _ALSO_CALLED.sub(lambda name: name[0] if is_ordinary(name[0]) else MASK, masked)
    if masked[-1] == ")" and "=" in masked:
        masked = _OUTCOME.sub(_outcome, masked)
    if "('" in masked or '("' in masked:
        masked = _ARGUMENT.sub(MASK, masked)
    return masked


def _outcome(found: re.Match[str]) -> str:
    """Return the outcome of a delivery with the last of what its reason says, if that tells trouble: (connect to a[b]:0: Connection timed out)."""
    why = _IN_REPLY.sub("", found[2]).rpartition(": ")[2].strip("<*>.0 ")
    return f"{found[1]}({MASK}: {why})" if tells_why(why) else f"{found[1]}({MASK})"


def is_state(word: str) -> bool:
    """Tell whether a word in brackets or parentheses says how something is, and not what it is called."""
    return word in STATE_WORDS or word.endswith(STATE_ENDS)
