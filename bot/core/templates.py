"""Masks: what in a canonical line is a variable, found in one pass, and what of a line remains its template.

The rules are in docs/fingerprints.md. None is for one system; where a rule can't tell, it lets a word stay, and splits.
"""

import re

from bot.core.headers import header_length
from bot.core.mask_words import (
    ACCOUNTS,
    ANY_AFTER,
    ANY_COMMON,
    ANY_HOLDER,
    ANY_NO_NAME,
    ANY_NOUN,
    ANY_OWNER,
    DOMAINS,
    EXTENSIONS,
    KEYWORD_BEGINNINGS,
    KEYWORDS,
    MEMBERS,
    MONTHS,
    PREPOSITIONS,
    SQL,
    TASKS,
    VERBS,
)
from bot.core.masks import MASK
from bot.core.vocabulary import WORDS, is_ordinary

_UNITS = (
    r"(?:[kKMGTP]i?[Bb]|(?<=0)[kKMGTP]|[Bb]|[Bb]ytes?|ms|us|µs|ns|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|MHz|GHz|Hz|%|x)"
)
_WITH_DIGIT = (
    r"(?:[a-zA-Z_$]{1,255}+(?:[-/.~][a-zA-Z_$]{1,64}+){0,8}+[-/.~]?+)?+"
    r"0[\w$]*+(?:(?:[+./@#*]|-{1,2}|~{1,2})[\w$]++|:(?=[\w$]*0)[\w$]++|[=~!<>]=[\w$]++)*+"
)
# Where a value ends when no quote says so.
_VALUE = r"[^\s,;|&()\[\]{}<>\"']"
# What may follow it in braces: ws=WorkSource{10113}, nested up to three deep.
_OBJECT = r"(?:\{[^{}]{0,200}+(?:\{[^{}]{0,200}+(?:\{[^{}]{0,200}+\}[^{}]{0,200}+)?\}[^{}]{0,200}+)?\})?"
# Braces within braces, four deep.
_OBJECT_INSIDE = r"[^{}]{0,512}+(?:\{[^{}]{0,256}+(?:\{[^{}]{0,256}+(?:\{[^{}]{0,256}+\}[^{}]{0,256}+){0,8}+\}[^{}]{0,256}+){0,8}+\}[^{}]{0,256}+){0,32}+"
# A name by its looks: two words or more in one.
_SHAPED = r"(?:[a-z]+(?:_[a-z0]\w*|[A-Z]\w*)|[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]\w*|_+[a-z]\w*)"
_NAME_ENDS = r"(?![\w(\[=\\/@{<:-]|\.[\w.])"
_SOURCE = r"[\w$./-]{1,255}?\.(?:java|scala|kt|py|rb|go|[cm]?[jt]s|cc?|cpp|rs|php|cs|erl)"
_WORD = r"(?>[a-z]{2,32}+(?:[-/][a-z]{1,32}+){0,6}+)"  # or several, joined; the vocabulary tells whether it is a name
_LONG_NAME = r"[a-z]\w{0,64}+(?:\.(?![A-Z_]{2,64}+(?![\w$]))[\w$]{1,64}+){2,15}+"
_END = r"(?=\.?\s*$|\ -)"  # of what is said
_KEY = r"[A-Za-z_]++0[\w$]*+(?:(?<=[a-z])\ ?=[^=]|\ =\ )"  # pkcs0_mode = on: a name with a digit in it
_CONSTANT = r"[A-Z]{1,32}+(?:_[A-Z]{1,32}+){1,8}+"
# Every alternative begins with a character, or stands behind the one test for a word's edge and a gate: most characters cost next to nothing.
_MASKS = re.compile(
    rf"""
    "(?:(?P<request>(?:{VERBS})\ )[^"]{{0,2048}}                                      # a request line keeps its verb
      |(?P<double>[^"\\]{{0,512}}+(?:(?<!\\)(?:\\.[^"\\]{{0,512}}+){{1,64}}+(?="))?|[^"]{{0,512}}))"
  | '(?<![\w)]')(?P<single>[^']{{0,512}})'(?!\w)
  | =(?P<value>(?:\ (?<=\ =\ ))?                                                 # key=value, key = value
      (?:{_VALUE}+(?:\[[^\[\]]{{0,200}}+\]{_VALUE}*+|\([^()]{{0,200}}+\){_VALUE}*+
          |\ (?<=0\ )(?:[mun]?s|secs?|seconds?|minutes?|hours?|days?|bytes?|[kKMGT]i?B)\b(?!=)|{_OBJECT})|<[^<>\s]{{0,64}}>|\[[^\[\]]{{0,200}}+\]))
  | \((?:
      (?<=\s\()(?P<empty>\))                                                       # a value that is not there: "from 10.0.0.1 () at"
    | (?<=\w\()(?P<arguments>[^()\s]{{1,64}}\))                                     # of a call: imap(ann), sql(ann,0.0.0.0)
    | (?<![\s\S]\()(?P<who>[\w.-]{{1,64}}\))(?=\ )                                  # cron: (root) CMD
    | (?P<tuple>[^(),"]{{1,128}}+,[^(),"]{{1,128}}+,[^()"]{{1,512}}+(?=\)))            # (a, executor 0, ANY)
    | (?P<held>{ANY_HOLDER}\ )(?!{ANY_NO_NAME}\b)[\w$.@/-]{{1,128}}+(?=[),])         # (device sdb)
    )
  | \[(?:
      (?P<listed>\w[\w.:/@$-]{{0,128}}+(?:,\ ?\w[\w.:/@$-]{{0,128}}+){{1,64}}+(?=\])|(?<=[\s=(]\[)(?=\]))          # [orders, carts], []
    | (?<=\w\ \[)(?P<joined>(?:[.$]\w[\w.$-]{{0,128}}|[a-z]+[_-][\w.$-]{{0,128}}+)
        (?:/[\w.$-]{{1,128}}+){{0,4}}+)(?=\])                                         # index [daily-orders]
    | (?<=\S\ \[)(?P<bracketed>(?!true\b|false\b)[a-z]{{2,32}}+|{_SHAPED})(?=\]\ \S)                              # [sda] tag
    | (?P<many>[^\[\],"]{{1,256}}+,[^\[\]]{{0,1024}}+(?=\]))                          # [-Xss0m, -da]
    | (?<=\w\[)(?=[a-z]*[^a-z\]])(?P<glued>[^\[\]"]{{1,256}}+(?=\]))                  # OS[Mac OS X]
    )
  | \{{(?<=[\s\S]\{{)(?P<json>(?:["'](?=[^"'{{}}]{{1,128}}["']:){_OBJECT_INSIDE})?\}})
  | \{{(?:(?<=[a-z0]\ \{{)|(?<=[a-z]:\ \{{)(?=\ ))(?P<alone>{_OBJECT_INSIDE}\}})
  | \{{(?<=[\w{{}},]\{{)(?P<object>{_OBJECT_INSIDE}(?=\}}))         # Window{{0a u0 StatusBar}}
  | :(?=\ [\w.$]++(?:[,;)]|\.?\s*$|\ -))(?<=[\w\ ]:)(?<!reason:|result:|status:)(?<!cause:|error:|state:) # provider: AssocManager
    (?P<labelled>\ )(?:(?:{_SHAPED}|{_LONG_NAME}|[A-Z]{{2,}}(?:\.[A-Z]{{2,}})++){_END}|(?:(?=[A-Z]){_SHAPED}|[a-z]+(?:_[a-z0]++)++)(?=[,;)]))
  | ,\ ?(?!(?:reason|cause|error|err|result|status|state):)(?P<pair>[a-z][\w]{{0,30}}+(?:\ \w{{1,30}}+)?+:\ )[A-Za-z][\w-]*+(?=[,;]|\.?\s*$)
  | `(?P<ticked>[^`]{{1,512}}`)
  | (?<![^\W_])(?:
        (?={KEYWORDS}\b)(?:
            (?:{PREPOSITIONS})\ (?:
                (?P<named>{ANY_NOUN}\ )(?!{ANY_NO_NAME}\b)(?>[\w$+-]+(?:[./:]{{1,2}}[\w$+-]+)*)
                (?=\s*(?:[\[\](),;:'"<]|{ANY_AFTER}\b|[\w.-]*0|$))
              | (?P<site>(?<=at\ )(?:{_SOURCE}|<console>):0)(?![\w:])                           # count at Main.scala:0
              | (?P<addressed>)(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
              | (?P<account>(?:(?<=for\ )|(?<=by\ )))(?:(?:{ACCOUNTS})\b(?![@.-]\w)|[\w$.-]+(?=\ from\ [\w.-]*0))
            )
          | (?P<shaped>(?:{PREPOSITIONS}|over|using)\ )
            (?:{_SHAPED}|(?:(?<!from\ )(?<!to\ )|(?<=[a-z]\ to\ )){_CONSTANT}|(?<=using\ )[A-Z]{{2,32}}+){_NAME_ENDS}(?!\ at\ )
          | (?P<shaped_of>(?:for|of|to|from|with|by)\ ){_SHAPED}(?=:\ )
          | (?P<command>(?:CMD|COMMAND|STATEMENT|statement|[Cc]ommand(?:\ line)?(?:\ arguments?)?)(?:\ \(|\ ?[:=]\ *+))\ *+\S[\s\S]*+
          | (?P<verb>(?:{VERBS})\ )(?:/\S*|[\w.-]{{1,255}}+:0)
          | (?<!-)(?P<owner>{ANY_OWNER}(?:\ |:\ ?|\ :\ ))(?!{ANY_NO_NAME}\b)(?>[\w$+-]+(?:\.[\w$+-]+)*)
            (?=\s*(?:$|[\[\](),;:.'"/<]|{ANY_AFTER}\b|[\w.-]*0))
          | (?P<peer>(?:connect(?:ed|ing|ion)?|reach)\ (?:(?:to|with|from)\ )?)(?!(?:{ANY_NO_NAME}|(?:{PREPOSITIONS}))\b)
            [\w.-]{{1,255}}+(?=:0|\[|\ port\b)(?::0)?
          | (?P<endpoint>(?:server|host|upstream)\ )(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
          | (?P<held_in>{ANY_NOUN}\ \[)[\w$@./-]{{1,128}}+(?=\])                                   # pipeline [orders]
          | (?P<hyphened>{ANY_HOLDER}\ )(?=[\w.]+-)[a-z_][\w$.-]{{1,128}}+(?![\w/:(])
          | (?P<used_by>(?:user|account)\ )(?:{ACCOUNTS}){_NAME_ENDS}
          | (?P<strange>(?:for|of|on|in|from|at|with|by|via|into|as|over|using|{ANY_HOLDER})\ (?!(?:{ANY_COMMON}|[a-z]+(?:ed|ing|ly))\b))
            (?:{_WORD}|[A-Z][a-z]{{2,32}}+(?=[.,;)]|$)|{_SHAPED}){_NAME_ENDS}(?!\ at\ )  # for slurmd, zone eu-west
          | (?<![\s\S])(?:(?P<begun>(?:Start|Stopp|Reload|Mount)ing\ (?=[A-Z][^.]{{1,256}}+\.\.\.$))[^.]++
              |(?P<done>(?:Started|Stopped|Finished|Reloaded|Mounted|(?:Reached|Stopped)\ target|Listening\ on)\ (?=[A-Z]))[^.]++(?=\.$))   # systemd's units
          | (?P<titled>[Nn]ame:\ ?)[\w$.@-]{{1,128}}+(?![\w(])
          | (?P<the>The\ )[A-Z][\w$.-]{{0,64}}+(?:\ [A-Z][\w$.-]{{0,64}}+){{0,5}}+
            (?=\ (?:service|server|process|driver|application|job|task|user|plugin|module)\b)                  # The Print Spooler service
          | (?P<task>(?:{TASKS})\ )[\w.-]{{1,64}}+:0(?![\w:])
          | (?P<member>(?:{MEMBERS})\ )(?!{ANY_NO_NAME}\b)[\w$.-]{{1,128}}+(?=\ (?:{ANY_AFTER}\b|0))
          | (?P<sql>(?:{SQL})\ )(?!SET\b|IF\b|SELECT\b)[\w$."`-]{{1,128}}+
          | (?P<process>process\ 0\ )\([\w./:-]{{1,64}}\)
          | (?P<date>(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)?(?:{MONTHS})\ +0,?(?:\ +0:0(?::0)?(?:\ [A-Z]{{3,4}}\b)?)?(?:,?\ 0)?
                |(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)0[\ -](?:{MONTHS})[\ -]0(?:\ 0:0(?::0)?)?)
          | localhost(?:\.localdomain)?\b(?::0)?
          | (?P<booleans>true|false|True|False|TRUE|FALSE|None|null|NULL|nil)\b
        )
      | (?![A-Za-z]?[a-z]*+(?:\ |$))(?:        # for a plain word, that was all
        (?=[\w$-]{{0,255}}+[.:/@\\+~,\[](?!\ ))(?:
            (?P<relative>(?=[\w./]{{0,128}}[_-])[a-z][\w.-]{{0,64}}+(?:/[\w.-]{{1,64}}+){{1,8}}+)
          | (?P<file>(?>[\w$@+~\\/-]{{1,128}}+(?:\.[\w$@+~\\/-]{{1,64}}+){{0,4}}?\.(?:{EXTENSIONS})\b)(?!\.?\w|\(|\ ?=)(?::0){{0,2}})(?:\ \*0\b)?
          | (?P<dotted>(?>[A-Za-z_$][\w$-]{{0,63}}+(?:\.(?![A-Z_]{{2,64}}+(?![\w$]))[\w$-]{{1,64}}+){{2,15}}+
              (?:[:/]\.?(?=[A-Za-z])[\w.$-]{{1,128}}+){{0,2}}+)(?!\.?[\w(]|\ ?=))   # but no constant
          | (?=[\w.-]{{1,128}}+\[[\w/:-]*0)(?:                                                # task.name[0a0], node[0-0,0]
              (?P<indexed>(?:{_SHAPED}|[a-z]\w{{0,64}}+(?:\.\w{{1,64}}+){{1,4}}+)\[(?=[\w-]*0)[\w-]++\])(?![\w:])
              |(?P<hosted>[a-zA-Z][\w-]{{0,63}}+(?=\[/?+(?:0\.0\.0\.0(?::0)?|[0a-fA-F]*+:[0a-fA-F:]++)\]))       # unknown[10.0.0.1]
              |(?P<hosts>[a-z][\w-]{{0,64}}+\[0(?:[,-]0){{1,32}}+\](?!\w)))
          | (?P<inner>[a-z][\w-]{{0,63}}+\.[A-Z]\w{{0,63}}+(?:\$\w{{1,64}}+){{1,4}}+)(?![\w$.(=])                 # hudson.FilePath$Call
          | (?P<commas>\w[\w./-]{{0,64}}+(?:,{{1,2}}\w[\w./-]{{0,64}}+){{1,64}}+(?![\w(:=]))
          | (?P<url>(?:[a-zA-Z][\w+.-]{{1,15}}://|file:/|(?:tcp|udp|unix)0?:(?=[\w\[./])){_VALUE}+)
          | (?P<paired>(?<=\S[\ (])[a-z_]{{2,32}}+(?:[/.][a-z_]{{2,32}}+){{1,4}}+(?![\w(:=/@-]|\.\w))
          | (?P<email>[\w.+-]{{1,64}}+@[\w-]++(?:\.[\w-]++)*+)
          | (?P<host>[\w-]{{1,63}}+(?:\.[\w-]{{1,63}}+){{0,6}}?\.(?:{DOMAINS}))(?::0)?(?![\w.(]|\ ?=)
          | (?P<drive>(?:[A-Za-z]:|[\w.$-]{{2,64}}+)\\[^\s"',;)\]]*+(?:(?:\ [\w.()+-]{{1,64}}+){{1,4}}+\\[^\s"',;)\]]++){{0,8}}+)
          | (?P<colons>(?=::|[0-9a-fA-F])[0-9a-fA-F]{{0,8}}(?::[0-9a-fA-F]{{0,8}}){{2,15}})(?![\w:])                           # MAC, IPv6, times
        )
      | (?=[A-Z])(?:
            (?P<collection>(?:[A-Z][a-z]{{1,16}}+){{0,2}}?(?:List|Set|Vector|Map|Array|Seq|Buffer)\([^()]{{0,512}}+\))         # Vector(0, 0)
          | (?P<typed>[A-Z][a-z]+[A-Z]\w*+\ 0(?:[._]0)*+)(?![\w.:])                                     # ResultStage 0
        )
      | (?:(?<=[a-z,0)\]\ ]\ )(?<!from\ )(?<!to\ )|(?<=\):\ ))(?P<constant>{_CONSTANT})(?![\w(:=.-]|\ \()
      | (?P<state>[A-Z][A-Z_]{{2,32}}+)(?=\ \([\w.\ ]{{1,20}}\))                                    # LOOKING (n.state), 0 (n.sid)
      | (?P<number>0(?:[.,:/x*-]0){{0,16}}\ ?{_UNITS}\b(?!-\w)(?:\ \(0(?:[.,]0)?\ ?{_UNITS}\))?)                         # 1190 bytes (1.16 KB)
      | (?<![_-])(?!{_KEY})(?P<digits>{_WITH_DIGIT})                                                                 # anything else with a digit in it
      )
    )
  | [-+](?<![\w-][-+])(?P<signed>{_WITH_DIGIT})
  | [./~](?<![\w.<][./~])(?:(?P<path>(?:(?<=/)|(?<=~)/|(?<=\.)\.?/)[\w@%+~$=-](?:[\w.@%+~$=-]*[\w%+~$=-])?(?:/(?:[\w.@%+~$=:-]*[\w%+~$=-])?)*)
      |(?P<root>(?<=/)(?=[\s,;)\]]|$)))
  | <(?:(?P<less>0\ {_UNITS}\b)                                                 # <1 sec
      |(?<=[\s=:(,]<)(?P<angled>[A-Za-z_/](?:[^<>\n]{{0,126}}+(?<=[\w)/.*]))?(?=>)))          # <Up Broadcast>
    """,
    re.VERBOSE,
)
_KEPT_WHOLE = re.compile(r"[\w$.]*(?:Exception|Error)\b")
_LABELS = re.compile(
    r"(?:\[ ?<\*>\]\s*|<\*>\s*:\s+|:\s+|[a-z][\w.-]{0,64}+\[<\*>\]:\s+)+"
)  # "[17:19:15.148] ", "wl0: ", "nginx[42]: " in front of a message: who, not what
# JSON and logfmt lines: what they say is in one of these fields, the rest are values.
_STRUCTURED = re.compile(
    r"""(?:"(?:msg|message|log|event|error|err|exception|stack_trace)"\s?:\s?|\b(?:msg|message|event|error|err)=)"((?:[^"\\]|\\.)*)"?"""
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){1,512})"(?=\s+[\w.]{1,64}=|\s*$)')  # "what happened" key=value
_GLUED = re.compile(r"(?<![\w>)\]])[./#@$~*]+<\*>")  # marks that belong to the name behind them
_IS_WORD, _IS_SHAPED = re.compile(r"[a-z]{2,32}").fullmatch, re.compile(_SHAPED).fullmatch
_IS_WITHIN = re.compile(rf"[a-z]{{2,32}}+(?:[-._][a-z]{{1,32}}+){{0,6}}+|{_SHAPED}").fullmatch
_FLAGS = re.compile(r"(?<= )(?:[a-zA-Z]{1,3}+--(?= )|[\w.-]{1,64}+/<[A-Z]{2,16}+>)")  # SC--, app/<NOSRV>
_NUMBERED = re.compile(r"(?<![\w.])[a-z][\w-]{0,63}+(?=\{<\*>\})")  # home{0}
_PADDED = re.compile(r"(?<=\[) (?! |OK\b|FAILED\b|ok\b|fail)[^\[\]]{1,256}+(?<= )(?=\])")  # [ HASH SA No ]
# What somebody does whose name begins a message: ann joined the game.
_DEEDS = frozenset({"joined", "left", "logged", "tried", "quit", "lost", "connected", "disconnected", "requested"})
_IS_OBJECT = re.compile(r"[a-z][a-z_-]{1,64}").fullmatch
_IS_NAME = re.compile(r"[a-zA-Z][\w.-]{1,64}").fullmatch
_RUNS = re.compile(r"<\*>(?:[\s,;:/.|+#*&@-]*<\*>)+")

# What stands for each kind of variable, where that is more than the mask.
_WRAPPED = {
    "double": f'"{MASK}"',
    "single": f"'{MASK}'",
    "ticked": f"`{MASK}`",
    **dict.fromkeys(("empty", "arguments", "who"), f"({MASK})"),
    "tuple": f"({MASK}",
    **dict.fromkeys(("bracketed", "joined", "listed", "many", "glued"), f"[{MASK}"),
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
        *("process", "shaped", "shaped_of", "sql", "strange", "task", "the", "titled", "used_by", "verb"),
    }
)

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
    quoted = _QUOTED.match(message) if message.startswith('"') else None
    if quoted:
        message = quoted[1]
    elif '"' in message and (message[0] == "{" or "=" in message[:64]):
        said = " ".join(_STRUCTURED.findall(message))
        message = said[header_length(said) :].strip() or said or message
    words = _masked(message).split()
    if len(words) > 3:
        if words[1] in _DEEDS and _IS_NAME(words[0]) and not is_ordinary(words[0].lower()):
            words[0] = MASK
    elif len(words) > 1 and words[0].endswith(("ing", "ed")) and _IS_OBJECT(words[-1]) and not is_ordinary(words[-1]):
        words[-1] = MASK
    masked = " ".join(words)
    if "(" in masked or "--" in masked or "[ " in masked or "{" in masked:
        masked = _with_asides(masked)
    if ">." in masked:  # the end of a sentence
        masked = masked.replace("<*>. ", "<*> ")
        masked = masked[:-1] if masked.endswith("<*>.") else masked
    if masked.count(MASK) > 1:
        masked = _RUNS.sub(MASK, masked)
    if _SITE in masked:
        masked = _CALL_SITES.sub(MASK, masked).replace(_SITE, f"at {MASK}")
    if "]:<" in masked:  # [::1]:80
        masked = masked.replace("[<*>]:<*>", MASK)
    if ".<" in masked or "/<" in masked or "#<" in masked:
        masked = _RUNS.sub(MASK, _GLUED.sub(MASK, masked))
    labels = _LABELS.match(masked)
    return masked[labels.end() :] or masked if labels else masked


def _masked(message: str) -> str:
    """Return what `_MASKS.sub(_mask, message)` does. In plain words alone a mask begins with a keyword only, which is told sooner."""
    if not (message.isascii() and message[1:].islower() and message.replace(" ", "").isalpha()):
        return _MASKS.sub(_mask, message)
    words = message.split(" ")
    if KEYWORD_BEGINNINGS.isdisjoint(words):
        return message
    pieces: list[str] = []
    done = at = 0
    for word in words:
        found = _MASKS.match(message, at) if word in KEYWORD_BEGINNINGS and at >= done else None
        if found:
            pieces += (message[done:at], _mask(found))
            done = found.end()
        at += len(word) + 1
    return "".join((*pieces, message[done:]))


def _with_asides(masked: str) -> str:
    """Mask what is told by the marks that stand beside it."""
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
            if closed and _IS_WITHIN(within) and ("." in within or not is_ordinary(within)):
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
        return MASK
    if group in _BEHIND:
        said = found.end(group) - found.start()
        if group == "strange" and is_ordinary(text[said:].lower()):
            return text
        if group == "owner" and text.endswith(_NO_NAME_ENDS) and text[said:] in WORDS:
            return text
        if group == "named" and found.end() == len(found.string) and text.endswith(_DEED_ENDS) and text[said:] in WORDS:
            return text
        return f"{text[:said]}{MASK}"
    match group:
        case "value":
            return f"= {MASK}" if text.startswith("= ") else f"={MASK}"
        case "request":
            return f'"{found["request"]}{MASK}"'
        case "held":
            return f"{text[0]}{found[group]}{MASK}"
        case "paired" if "." not in text and is_ordinary(text):
            return text
        case "bracketed" if is_ordinary(text[1:]):
            return text
        case "site":
            return _SITE
        case _:
            return _WRAPPED.get(group or "", MASK)
