"""Masks: what in a canonical line is a variable, found in one pass, and what of a line remains its template.

The rules are in docs/fingerprints.md. None is for one system; where a rule can't tell, it lets a word stay, and splits.
"""

import re
from collections.abc import Iterable

from bot.core.headers import header_length
from bot.core.masks import MASK

# Where a value ends when no quote says so.
_VALUE = r"[^\s,;|&()\[\]{}<>\"']"
# What may follow it in braces: ws=WorkSource{10113}, nested up to three deep.
_OBJECT = r"(?:\{[^{}]{0,200}+(?:\{[^{}]{0,200}+(?:\{[^{}]{0,200}+\}[^{}]{0,200}+)?\}[^{}]{0,200}+)?\})?"
_VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT"
_UNITS = (
    r"(?:[kKMGTP]i?[Bb]|(?<=0)[kKMGTP]|[Bb]|[Bb]ytes?|ms|us|µs|ns|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|MHz|GHz|Hz|%|x)"
)
# Words that stand before a name, and words that are no names.
_OWNERS = (
    "user|username|ruser|account|login|host|hostname|uid|gid|pid|tid|session|client|server|node|instance|container|pod|queue|topic|table"
    "|agent|peer|broker|worker|member|command|comm|program"
)
_OWNERS += "|" + "|".join(word.capitalize() for word in _OWNERS.split("|"))  # at the beginning of a sentence
# Words that stand before a name when something says that the name has ended: "for service orders, path /x".
_NOUNS = (
    "group|pipeline|policy|template|repository|field|column|partition|index|database|db|schema|keyspace|vhost|mount|backend|frontend|upstream|requirement|lock|device|interface|domain"
    "|service|unit|job|task|plugin|module|package|image|bucket|stream|channel|shard|replica|role|namespace|cluster|pool|volume|file|directory|process"
)
_AFTER_NAMES = (
    "from|by|on|at|in|for|to|is|was|has|had|with|via|and|or|not|does|did|can|could|failed|logged|connected|disconnected|using|after|done|took|went"
    "|exceeded|OK|exists|expired|timed|joined|left|doesn't|isn't|wasn't|couldn't|can't"
)
_PREPOSITIONS = "for|of|on|in|to|from|at|with|by|via|into"
# What a file or a unit of systemd is called.
_EXTENSIONS = (
    "exe|dll|sys|so|jar|war|class|py|pyc|js|ts|go|c|cc|cpp|h|hpp|java|kt|scala|rb|php|cs|rs|pl|sh|conf|cfg|ini|yml|yaml|json|xml|toml|properties|log|txt"
    "|csv|html|htm|css|png|jpg|db|sqlite|tmp|lock|pid|sock|gz|zip|tar|tgz|bak|pem|crt|key|service|socket|timer|mount|slice|scope|target|device|plist"
)
_ACCOUNTS = "root|admin|administrator|Administrator|nobody|guest|daemon|postgres|mysql|oracle|www-data|nagios|ubuntu|ec0-user|system|SYSTEM"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_NO_NAMES = (
    "Name|Id|ID|Type|State|Status|is|was|are|were|be|been|has|had|have|not|no|and|or|in|on|at|of|to|by|for|from|with|as|the|a|an|id|ids|name|names|unknown|closed|opened|started|stopped"
    "|failed|error|errors|does|did|do|can|cannot|could|will|would|should|must|may|already|now|process|state|status|version|socket|port|key|timeout"
    "|connection|address|info|information|data|list|table|count|request|session|configuration|config|created|removed|restarted|returned|exited|died|reset|refused|lost|gone|down|up|timed|exceeded|expired|left|joined|went|ready|full|busy|offline|online"
)

_TASKS = "task|thread|process"
_MEMBERS = "group|partition|field|column|bucket|keyspace|backend|namespace|mount"
_SQL = "FROM|INTO|JOIN|UPDATE|TABLE"
_DOMAINS = "com|net|org|edu|gov|io|dev|local|localdomain|internal|lan|de|uk|jp|fr|ru|cn|br|it|nl|pl"


def _any_of(words: Iterable[str]) -> str:
    """Return an expression for any of the words, letter by letter, which is tried in a fraction of the time that alternatives take."""
    by_first: dict[str, set[str]] = {}
    for word in words:
        by_first.setdefault(word[:1], set()).add(word[1:])
    ends = "" in by_first
    parts = [re.escape(first) + (_any_of(rest) if rest != {""} else "") for first, rest in sorted(by_first.items()) if first]
    return f"(?:{'|'.join(parts)}){'?' if ends else ''}"


_KEYWORDS = _any_of(
    f"{_VERBS}|{_OWNERS}|{_PREPOSITIONS}|connect|connected|connecting|connection|reach|server|host|upstream|{_TASKS}|{_MEMBERS}|{_SQL}|{_MONTHS}"
    f"|Name|name|The|{_NOUNS}|Mon|Monday|Tue|Tuesday|Wed|Wednesday|Thu|Thursday|Fri|Friday|Sat|Saturday|Sun|Sunday|true|false|True|False|TRUE|FALSE|null|NULL|nil|localhost".split(
        "|"
    )
)
_ANY_NO_NAME, _ANY_AFTER = _any_of(_NO_NAMES.split("|")), _any_of(_AFTER_NAMES.split("|"))
_WITH_DIGIT = r"(?:[a-zA-Z_$]{1,255}+(?:[-/.~][a-zA-Z_$]{1,64}+){0,8}+[-/.~]?+)?+0[\w$]*+(?:(?:[-+./@#*]|~{1,2})[\w$]++|:(?=[\w$]*0)[\w$]++|[=~!<>]=[\w$]++)*+"

_ANY_HOLDER = _any_of(f"{_OWNERS}|{_NOUNS}".split("|"))
# Every alternative begins with a character, or stands behind the one test for a word's edge and a gate: most characters cost next to nothing.
_MASKS = re.compile(
    rf"""
    "(?:(?P<request>(?:{_VERBS})\ )[^"]{{0,2048}}                                      # a request line keeps its verb
      |(?P<double>[^"\\]{{0,512}}+(?:(?<!\\)(?:\\.[^"\\]{{0,512}}+){{1,64}}+(?="))?|[^"]{{0,512}}))"
  | '(?<![\w)]')(?P<single>[^']{{0,512}})'(?!\w)
  | =(?P<value>(?:\ (?<=\ =\ ))?                                                 # key=value, key = value
      (?:{_VALUE}+(?:\[[^\[\]\s]{{0,200}}+\]{_VALUE}*+
          |\ (?<=0\ )(?:[mun]?s|secs?|seconds?|minutes?|hours?|days?|bytes?|[kKMGT]i?B)\b(?!=)|{_OBJECT})|<[^<>\s]{{0,64}}>|\[[^\[\]]{{0,200}}+\]))
  | \((?:
      (?<=\s\()(?P<empty>\))                                                       # a value that is not there: "from 10.0.0.1 () at"
    | (?<=\w\()(?P<arguments>[^()\s]{{1,64}}\))                                     # of a call: imap(ann), sql(ann,0.0.0.0)
    | (?<![\s\S]\()(?P<who>[\w.-]{{1,64}}\))(?=\ )                                  # cron: (root) CMD
    | (?P<held>{_ANY_HOLDER}\ )(?!{_ANY_NO_NAME}\b)[\w$.@/-]{{1,128}}+(?=[),])         # (device sdb)
    )
  | \[(?:
      (?P<listed>\w[\w.:/@$-]{{0,128}}+(?:,\ ?\w[\w.:/@$-]{{0,128}}+){{1,64}}+(?=\])|(?<=[\s=(]\[)(?=\]))          # [orders, carts], []
    | (?<=\w\ \[)(?P<joined>(?:[.$]\w[\w.$-]{{0,128}}|[a-z]+[_-][\w.$-]{{0,128}}+)
        (?:/[\w.$-]{{1,128}}+){{0,4}}+)(?=\])                                         # index [daily-orders]
    )
  | `(?P<ticked>[^`]{{1,512}}`)
  | (?<![^\W_])(?:
        (?={_KEYWORDS}\b)(?:
            (?:{_PREPOSITIONS})\ (?:
                (?P<named>{_any_of(_NOUNS.split("|"))}\ )(?!{_ANY_NO_NAME}\b)(?>[\w$+-]+(?:[./:]{{1,2}}[\w$+-]+)*)
                (?=\s*(?:[\[\](),;:'"<]|{_ANY_AFTER}\b|[\w.-]*0))
              | (?P<addressed>)(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
              | (?P<account>(?:(?<=for\ )|(?<=by\ )))(?:(?:{_ACCOUNTS})\b(?![@.-]\w)|[\w$.-]+(?=\ from\ [\w.-]*0))
            )
          | (?P<verb>(?:{_VERBS})\ )(?:/\S*|[\w.-]{{1,255}}+:0)
          | (?<!-)(?P<owner>{_any_of(_OWNERS.split("|"))}(?:\ |:\ ?|\ :\ ))(?!{_ANY_NO_NAME}\b)(?>[\w$+-]+(?:\.[\w$+-]+)*)
            (?=\s*(?:$|[\[\](),;:.'"/<]|{_ANY_AFTER}\b|[\w.-]*0))
          | (?P<peer>(?:connect(?:ed|ing|ion)?|reach)\ (?:(?:to|with|from)\ )?)(?!(?:{_ANY_NO_NAME}|(?:{_PREPOSITIONS}))\b)
            [\w.-]{{1,255}}+(?=:0|\[|\ port\b)(?::0)?
          | (?P<endpoint>(?:server|host|upstream)\ )(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
          | (?P<held_in>{_any_of(_NOUNS.split("|"))}\ \[)[\w$@./-]{{1,128}}+(?=\])                                   # pipeline [orders]
          | (?P<hyphened>{_ANY_HOLDER}\ )(?=[\w.]+-)[a-z_][\w$.-]{{1,128}}+(?![\w/:(])
          | (?P<titled>[Nn]ame:\ ?)[\w$.@-]{{1,128}}+(?![\w(])
          | (?P<the>The\ )[A-Z][\w$.-]{{0,64}}+(?:\ [A-Z][\w$.-]{{0,64}}+){{0,5}}+
            (?=\ (?:service|server|process|driver|application|job|task|user|plugin|module)\b)                  # The Print Spooler service
          | (?P<task>(?:{_TASKS})\ )[\w.-]{{1,64}}+:0(?![\w:])
          | (?P<member>(?:{_MEMBERS})\ )(?!{_ANY_NO_NAME}\b)[\w$.-]{{1,128}}+(?=\ (?:{_ANY_AFTER}\b|0))
          | (?P<sql>(?:{_SQL})\ )(?!SET\b|IF\b|SELECT\b)[\w$."`-]{{1,128}}+
          | (?P<process>process\ 0\ )\([\w./:-]{{1,64}}\)
          | (?P<date>(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)?(?:{_MONTHS})\ +0,?(?:\ +0:0(?::0)?(?:\ [A-Z]{{3,4}}\b)?)?(?:,?\ 0)?
                |(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)0[\ -](?:{_MONTHS})[\ -]0(?:\ 0:0(?::0)?)?)
          | localhost(?:\.localdomain)?\b(?::0)?
          | (?P<booleans>true|false|True|False|TRUE|FALSE|null|NULL|nil)\b
        )
      | (?=[\w$-]{{0,255}}+[.:/@\\+~])(?:
            (?P<relative>(?=[\w./]{{0,128}}[_-])[a-z][\w.-]{{0,64}}+(?:/[\w.-]{{1,64}}+){{1,8}}+)
          | (?P<file>(?>[\w$@+~\\/-]{{1,128}}+(?:\.[\w$@+~\\/-]{{1,64}}+){{0,4}}?\.(?:{_EXTENSIONS})\b)(?!\.?\w|\()(?::0){{0,2}})(?:\ \*0\b)?
          | (?P<dotted>(?>[A-Za-z_$][\w$-]{{0,63}}+(?:\.(?![A-Z_]{{1,64}}+\b)[\w$-]{{1,64}}+){{2,15}}+
              (?:[:/]\.?(?=[A-Za-z])[\w.$]{{1,128}}+){{0,2}}+)(?!\.?[\w(]))   # but no constant
          | (?P<url>[a-zA-Z][\w+.-]{{1,15}}://{_VALUE}+)
          | (?P<email>[\w.+-]{{1,64}}+@[\w-]++(?:\.[\w-]++)*+)
          | (?P<host>[\w-]{{1,63}}+(?:\.[\w-]{{1,63}}+){{0,6}}?\.(?:{_DOMAINS}))(?::0)?(?![\w.(])
          | (?P<drive>[A-Za-z]:\\[^\s"',;)\]]++(?:(?:\ [\w.()+-]{{1,64}}+){{1,4}}+\\[^\s"',;)\]]++){{0,8}}+)
          | (?P<colons>[0-9a-fA-F]{{0,8}}(?::[0-9a-fA-F]{{0,8}}){{2,15}})(?![\w:])                           # MAC, IPv6, times
        )
      | (?P<state>[A-Z][A-Z_]{{2,32}}+)(?=\ \([\w.\ ]{{1,20}}\)(?:,|$))                                    # LOOKING (n.state), 0 (n.sid)
      | (?P<number>0(?:[.,:/x*-]0){{0,16}}\ ?{_UNITS}\b(?!-\w)(?:\ \(0(?:[.,]0)?\ ?{_UNITS}\))?)                         # 1190 bytes (1.16 KB)
      | (?<![_-])(?P<digits>{_WITH_DIGIT})                                                                 # anything else with a digit in it
    )
  | [-+](?<![\w-][-+])(?P<signed>{_WITH_DIGIT})
  | [./~](?<![\w.<][./~])(?:(?P<path>(?:(?<=/)|(?<=~)/|(?<=\.)\.?/)[\w@%+~$=-](?:[\w.@%+~$=-]*[\w%+~$=-])?(?:/(?:[\w.@%+~$=:-]*[\w%+~$=-])?)*)
      |(?P<root>(?<=/)(?=[\s,;)\]]|$)))
  | <(?P<less>0\ {_UNITS}\b)                                                    # <1 sec
    """,
    re.VERBOSE,
)
_KEPT_WHOLE = re.compile(r"[\w$.]*(?:Exception|Error)\b")
_LABELS = re.compile(
    r"(?:\[<\*>\]\s*|<\*>\s*:\s+|:\s+|[a-z][\w.-]{0,64}+\[<\*>\]:\s+)+"
)  # "[17:19:15.148] ", "wl0: ", "nginx[42]: " in front of a message: who, not what
# JSON and logfmt lines: what they say is in one of these fields, the rest are values.
_STRUCTURED = re.compile(
    r"""(?:"(?:msg|message|log|event|error|err|exception|stack_trace)"\s?:\s?|\b(?:msg|message|event|error|err)=)"((?:[^"\\]|\\.)*)"?"""
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){1,512})"(?=\s+[\w.]{1,64}=|\s*$)')  # "what happened" key=value
_GLUED = re.compile(r"(?<![\w>)\]])[./#@$~*]+<\*>")  # marks that belong to the name behind them
_RUNS = re.compile(r"<\*>(?:[\s,;:/.|+#*&@-]*<\*>)+")

# What keeps more than the mask: the marks around it, or the words in front.
_KEEPING = frozenset(
    {
        "value",
        "request",
        "double",
        "single",
        "ticked",
        "empty",
        "arguments",
        "who",
        "held",
        "held_in",
        "joined",
        "listed",
        "verb",
        "owner",
        "account",
        "named",
        "peer",
        "addressed",
        "endpoint",
        "process",
        "task",
        "member",
        "sql",
        "hyphened",
        "titled",
        "the",
    }
)


def template_of(message: str) -> str:
    """Return a canonical line without its header as the template of its kind: every variable masked."""
    quoted = _QUOTED.match(message) if message.startswith('"') else None
    if quoted:
        message = quoted[1]
    elif message.startswith("{") or "=" in message[:64]:
        said = " ".join(_STRUCTURED.findall(message))
        message = said[header_length(said) :].strip() or said or message
    masked = _RUNS.sub(MASK, " ".join(_MASKS.sub(_mask, message).split()))
    if "]:<" in masked:  # [::1]:80
        masked = masked.replace("[<*>]:<*>", MASK)
    if ".<" in masked or "/<" in masked or "#<" in masked:
        masked = _RUNS.sub(MASK, _GLUED.sub(MASK, masked))
    labels = _LABELS.match(masked)
    return masked[labels.end() :] or masked if labels else masked


def _mask(found: re.Match[str]) -> str:
    text = found[0]
    kept = _KEPT_WHOLE.search(text) if "E" in text else None
    if kept:
        return f"={kept[0]}" if text[0] == "=" else kept[0]
    group = found.lastgroup
    if group not in _KEEPING:
        return MASK
    match group:
        case "value":
            return f"= {MASK}" if text.startswith("= ") else f"={MASK}"
        case "request":
            return f'"{found["request"]}{MASK}"'
        case "double":
            return f'"{MASK}"'
        case "single":
            return f"'{MASK}'"
        case "ticked":
            return f"`{MASK}`"
        case "empty" | "arguments" | "who":
            return f"({MASK})"
        case "held":
            return f"{text[0]}{found[group]}{MASK}"
        case "joined" | "listed":
            return f"[{MASK}"
        case _:
            return f"{text[: found.end(group) - found.start()]}{MASK}"
