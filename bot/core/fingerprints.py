"""Fingerprints: the stable id of a kind of log line, from the line alone, whatever came before it.

A line becomes *canonical* (each run of digits one `0`), loses its header (time, host, level, process, logger), and has its variables masked in one
pass; the rest is its template, and the template's hash its id. Every step is a function of the canonical line, so remembering the answer for a
canonical line is exact, not a guess.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s

from bot.core import traces
from bot.core.headers import header_length
from bot.core.lines import text_of

VERSION = "f1"  # a change of any rule here or in headers.py is a new version: ids are kept for ever
LOOKED_AT = 4096  # characters of a line; what is behind them never tells one kind from another
MASK = "<*>"

_DIGITS = str.maketrans("123456789", "000000000")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]?|[@-Z\\-_])?")
_DIGIT_RUNS = re.compile(r"[0-9]+")
_REMEMBERED = 8192  # canonical lines; at most 32 MiB when each is as long as can be


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A kind of line. `id` is stable for ever; `template` is the line with its header cut and its variables masked."""

    id: str
    template: str


def fingerprint(line: str) -> Fingerprint:
    """Tell which kind of line this is."""
    return _of_canonical(_canonical(without_colours(line)[:LOOKED_AT]))


def fingerprint_of_trace(lines: Sequence[str]) -> Fingerprint:
    """Tell which kind of event these lines are together: by its exceptions, its message, and the first frames of one's own code.

    Line numbers don't matter. What is no trace, only indented text, is told by its first line.
    """
    head = fingerprint(lines[0])
    chain, message = traces.describe(lines)
    frames = traces.own_frames(lines)
    if not chain and not frames:
        return head
    is_told = not chain or not traces.describe(lines[:1])[0]  # the first line is a log record, and says more than the exception does
    said = head.template if is_told and "Traceback (most recent" not in lines[0] else fingerprint(message).template if message else ""
    parts = [part for part in (": ".join(filter(None, (chain, said))), " < ".join(frames)) if part]
    return _hashed(" @ ".join(parts))


def counted_by_canonical(lines: Sequence[bytes]) -> Iterator[tuple[Fingerprint, int, bytes]]:
    """Yield the fingerprints of many lines at once, in the order in which they come first, each with a count and one of its lines.

    The same fingerprint may come several times. This is `fingerprint` for each, several times as fast.
    """
    short = [line for line in lines if len(line) <= LOOKED_AT and b"\x1b" not in line]
    if len(short) < len(lines):
        for line in lines:
            if len(line) > LOOKED_AT or b"\x1b" in line:
                yield fingerprint(text_of(line)), 1, line
    canonical = _canonical(b"\n".join(short).decode("utf-8", "replace")).split("\n") if short else []
    firsts = dict(zip(reversed(canonical), reversed(short), strict=True))
    for text, count in Counter(canonical).items():
        yield _of_canonical(text.removesuffix("\r")), count, firsts[text]


def without_colours(line: str) -> str:
    """Return a line without a terminal's escape sequences."""
    return _ESCAPES.sub("", line[: 2 * LOOKED_AT]) if "\x1b" in line else line


def message_of(line: str) -> str:
    """Return a line without its header, which is what a person wants to read first."""
    line = without_colours(line)
    looked_at = line[:LOOKED_AT]
    left = header_length(_canonical(looked_at))
    start = 0
    for run in _DIGIT_RUNS.finditer(looked_at):  # each is one character of the canonical line
        if run.start() - start >= left:
            break
        left -= run.start() - start + 1
        start = run.end()
    return line[start + max(0, left) :].strip() or line.strip()


def _canonical(line: str) -> str:
    text = line.translate(_DIGITS)
    while "00" in text:
        text = text.replace("00000000", "0").replace("0000", "0").replace("00", "0")
    return text


@lru_cache(maxsize=_REMEMBERED)
def _of_canonical(canonical: str) -> Fingerprint:
    message = canonical[header_length(canonical) :].strip()
    template = _template(message) or _template(canonical.strip())
    return _hashed(template)


def _hashed(template: str) -> Fingerprint:
    return Fingerprint(f"{VERSION}-{blake2s(template.encode('utf-8', 'replace'), digest_size=6).hexdigest()}", template)


# Where a value ends when no quote says so.
_VALUE = r"[^\s,;|&()\[\]{}<>\"']"
# What may follow it in braces: ws=WorkSource{10113}, nested up to three deep.
_OBJECT = r"(?:\{[^{}]{0,200}+(?:\{[^{}]{0,200}+(?:\{[^{}]{0,200}+\}[^{}]{0,200}+)?\}[^{}]{0,200}+)?\})?"
_VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT"
_UNITS = r"(?:[kKMGTP]i?[Bb]?|[Bb]|[Bb]ytes?|ms|us|µs|ns|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|MHz|GHz|Hz|%|x)"
# Words that stand before a name, and words that are no names.
_OWNERS = (
    "user|username|ruser|account|login|host|hostname|uid|gid|pid|tid|session|client|server|node|instance|container|pod|queue|topic|table"
)
# Words that stand before a name when something says that the name has ended: "for service orders, path /x".
_NOUNS = (
    "group|field|column|partition|index|database|db|schema|keyspace|vhost|mount|backend|frontend|upstream|requirement|lock|device|interface|domain"
    "|service|unit|job|task|plugin|module|package|image|bucket|stream|channel|shard|replica|role|namespace|cluster|pool|volume|file|directory|process"
)
_AFTER_NAMES = "from|by|on|at|in|for|to|is|was|has|had|with|via|and|or|not|does|did|can|could|failed|logged|connected|disconnected|using|after|done|took"
_PREPOSITIONS = "for|of|on|in|to|from|at|with|by|via|into"
# What a file or a unit of systemd is called.
_EXTENSIONS = (
    "exe|dll|sys|so|jar|war|class|py|pyc|js|ts|go|c|cc|cpp|h|hpp|java|kt|scala|rb|php|cs|rs|pl|sh|conf|cfg|ini|yml|yaml|json|xml|toml|properties|log|txt"
    "|csv|html|htm|css|png|jpg|db|sqlite|tmp|lock|pid|sock|gz|zip|tar|tgz|bak|pem|crt|key|service|socket|timer|mount|slice|scope|target|device|plist"
)
_ACCOUNTS = "root|admin|administrator|Administrator|nobody|guest|daemon|postgres|mysql|oracle|www-data|nagios|ubuntu|ec0-user|system|SYSTEM"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_NO_NAMES = (
    "is|was|are|were|be|been|has|had|have|not|no|and|or|in|on|at|of|to|by|for|from|with|as|the|a|an|id|ids|name|names|unknown|closed|opened|started|stopped"
    "|failed|error|errors|does|did|do|can|cannot|could|will|would|should|must|may|already|now|process|state|status|version|socket|port|key|timeout"
    "|connection|address|info|information|data|list|table|count|request|session|configuration|config|created|removed|restarted|returned|exited|died"
)

_DOMAINS = "com|net|org|edu|gov|io|dev|local|localdomain|internal|lan|de|uk|jp|fr|ru|cn|br|it|nl|pl"

_MASKS = re.compile(
    rf"""
    "(?P<request>(?:{_VERBS})\ )[^"]{{0,2048}}"                                 # a request line keeps its verb
  | "(?P<double>[^"]{{0,512}})"
  | (?<![\w)])'(?P<single>[^']{{0,512}})'(?!\w)
  | (?:(?<==)|(?<=\ =\ ))(?P<value>{_VALUE}+{_OBJECT}|<[^<>\s]{{0,64}}>)                                    # key=value, key = value
  | (?<=\s)(?P<empty>\(\))                                                       # a value that is not there: "from 10.0.0.1 () at"
  | (?<![^\W_])(?:
        (?P<verb>(?:{_VERBS})\ )(?:/\S*|[\w.-]{{1,255}}+:0)
      | (?<!-)(?P<owner>(?:{_OWNERS})(?:\ |:\ ?|\ :\ ))(?!(?:{_NO_NAMES})\b)(?>[\w$+-]+(?:\.[\w$+-]+)*)
        (?=\s*(?:$|[\[\](),;:.'"/<]|(?:{_AFTER_NAMES})\b|[\w.-]*0))
      | (?P<named>(?:{_PREPOSITIONS})\ (?:{_NOUNS})\ )(?!(?:{_NO_NAMES})\b)(?>[\w$+-]+(?:[./][\w$+-]+)*)(?=\s*(?:[\[\](),;:'"<]|(?:{_AFTER_NAMES})\b|[\w.-]*0))
      | (?P<peer>(?:connect(?:ed|ing|ion)?|reach)\ (?:(?:to|with|from)\ )?)(?!(?:{_NO_NAMES}|(?:{_PREPOSITIONS}))\b)[\w.-]{{1,255}}+(?=:0|\[|\ port\b)(?::0)?
      | (?P<addressed>(?:{_PREPOSITIONS}|server|host|upstream)\ )(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
      | (?P<task>(?:task|thread|process)\ )[\w.-]{{1,64}}+:0(?![\w:])
      | (?P<member>(?:group|partition|field|column|bucket|keyspace|backend|namespace|mount)\ )(?!(?:{_NO_NAMES})\b)[\w$.-]{{1,128}}+
        (?=\ (?:(?:{_AFTER_NAMES})\b|0))
      | (?P<sql>(?:FROM|INTO|JOIN|UPDATE|TABLE)\ )(?!SET\b|IF\b|SELECT\b)[\w$."`]{{1,128}}+
      | (?P<relative>(?=[\w./]{{0,128}}[_-])[a-z][\w.-]{{0,64}}+(?:/[\w.-]{{1,64}}+){{1,8}}+)
      | (?P<process>process\ 0\ )\([\w./:-]{{1,64}}\)
      | (?P<file>(?>[\w$@+~-]{{1,128}}+(?:\.[\w$@+~-]{{1,64}}+){{0,4}}?\.(?:{_EXTENSIONS})\b)(?!\.?\w|\()(?::0){{0,2}})(?:\ \*0\b)?
      | (?P<account>for\ )(?:(?:{_ACCOUNTS})\b(?![@.-]\w)|[\w$.-]+(?=\ from\ [\w.-]*0))
      | (?P<date>(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)?(?:{_MONTHS})\ +0,?(?:\ +0:0(?::0)?(?:\ [A-Z]{{3,4}}\b)?)?(?:,?\ 0)?
            |(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)0[\ -](?:{_MONTHS})[\ -]0(?:\ 0:0(?::0)?)?)
      | (?P<dotted>(?>[A-Za-z_$][\w$-]{{0,63}}+(?:\.(?![A-Z_]{{1,64}}+\b)[\w$-]{{1,64}}+){{2,15}}+)(?!\.?[\w(]))   # but no constant
      | (?P<url>[a-zA-Z][\w+.-]{{1,15}}://{_VALUE}+)
      | (?P<email>[\w.+-]{{1,64}}+@[\w-]++(?:\.[\w-]++)*+)
      | (?P<host>[\w-]{{1,63}}+(?:\.[\w-]{{1,63}}+){{0,6}}?\.(?:{_DOMAINS}))(?::0)?(?![\w.(])
      | localhost(?:\.localdomain)?\b(?::0)?
      | (?P<drive>[A-Za-z]:\\[^\s"',;)\]]+)
      | (?P<state>[A-Z][A-Z_]{{2,32}}+)(?=\ \([\w.\ ]{{1,20}}\)(?:,|$))                              # LOOKING (n.state), 0 (n.sid)
      | (?P<booleans>true|false|True|False|TRUE|FALSE|null|NULL|nil)\b
      | (?P<colons>[0-9a-fA-F]{{0,8}}(?::[0-9a-fA-F]{{0,8}}){{2,15}})(?![\w:])   # MAC, IPv6, times
      | (?P<number>0(?:[.,:/x*-]0)*\ ?{_UNITS}\b(?:\ \(0(?:[.,]0)?\ ?{_UNITS}\))?)         # 1190 bytes (1.16 KB)
    )
  | (?<![\w.<])(?P<path>(?:\.{{0,2}}|~)/[\w@%+~$=-](?:[\w.@%+~$=-]*[\w%+~$=-])?(?:/(?:[\w.@%+~$=:-]*[\w%+~$=-])?)*)
  | (?<=\w)(?P<arguments>\([^()\s]{{1,64}}\))                                                    # of a call: imap(ann), sql(ann,0.0.0.0)
  | \A(?P<who>\([\w.-]{{1,64}}\))(?=\ )                                                           # cron: (root) CMD
  | (?P<less><0\ {_UNITS}\b)                                                                    # <1 sec
  # anything else with a digit in it
  | (?P<digits>(?<![\w-])[-+]?(?>(?:[a-zA-Z_$]{{1,64}}+[-/.]){{0,8}}+[a-zA-Z_$]{{0,255}}+)0[\w$]*+(?:[-+./@#*][\w$]++|:(?=[\w$]*0)[\w$]++|[=~!<>]=[\w$]++)*+)
    """,
    re.VERBOSE,
)
_KEPT_WHOLE = re.compile(r"[\w$.]*(?:Exception|Error)\b")
_LABELS = re.compile(r"(?:\[<\*>\]\s*|<\*>\s*:\s+|:\s+)+")  # "[17:19:15.148] ", "wl0: " in front of a message: who, not what
# JSON and logfmt lines: what they say is in one of these fields, the rest are values.
_STRUCTURED = re.compile(
    r"""(?:"(?:msg|message|log|event|error|err|exception|stack_trace)"\s?:\s?|\b(?:msg|message|event|error|err)=)"((?:[^"\\]|\\.)*)"?"""
)
_RUNS = re.compile(r"<\*>(?:[\s,;:/.|+#*&-]*<\*>)+")
_SPACES = re.compile(r"\s+")


def _template(message: str) -> str:
    if message.startswith("{") or "=" in message[:64]:
        said = " ".join(_STRUCTURED.findall(message))
        message = said[header_length(said) :].strip() or said or message
    masked = _RUNS.sub(MASK, _SPACES.sub(" ", _MASKS.sub(_mask, message))).strip()
    labels = _LABELS.match(masked)
    return masked[labels.end() :] or masked if labels else masked


def _mask(found: re.Match[str]) -> str:
    text = found[0]
    kept = _KEPT_WHOLE.search(text) if "E" in text else None
    if kept:
        return kept[0]
    match found.lastgroup:
        case "request":
            return f'"{found["request"]}{MASK}"'
        case "double":
            return f'"{MASK}"'
        case "empty":
            return f"({MASK})"
        case "single":
            return f"'{MASK}'"
        case "arguments" | "who":
            return f"({MASK})"
        case "verb" | "owner" | "account" | "named" | "peer" | "addressed" | "process" | "task" | "member" | "sql":
            return f"{found[found.lastgroup]}{MASK}"
        case _:
            return MASK
