"""Log headers: how far the time, host, level, process, thread and logger in front of a message reach, without being told the format.

All patterns work on canonical lines, in which each run of digits is one `0`.
"""

import re

LONGEST = 512  # characters: what begins later is no header, and matching stays cheap whatever the line

_ZONE = r"(?:\ [AaPp][Mm]\b)?(?:Z|\ ?[+-]0(?::0)?|\ (?:UTC|GMT|[CEPM][DES]?[ST]T))?"
_CLOCK = r"0[:.]0[:.]0(?:[.,:]0)?"
_STAMP = rf"""(?:
    0[-/.]0[-/.]0[T\ _,-]{{1,3}}{_CLOCK}{_ZONE}                                  # 2024-05-01T12:00:00.123Z, 2005-06-03-15.42.50.675872
  | 0-{_CLOCK}                                                                       # 20171223-22:15:29:606
  | (?:[A-Z][a-z]{{2}},?\ +)?[A-Z][a-z]{{2}}\ +0,?\ +(?:0\ +)?0:0:0(?:[.,]0)?(?:\ +0\b(?=\]))?{_ZONE}   # Jun 14 15:16:01, Sun Dec 04 04:47:44 2005
  | 0/[A-Z][a-z]{{2}}/0[:\ ]0:0:0(?:[.,]0)?(?:\ [+-]0)?                                        # 10/Oct/2000:13:55:36 -0700
  | 0[-/.]0\ +0:0:0(?:[.,]0)?                                                        # 03-17 16:13:38.811
  | 0:0:0(?:[.,]0)?
  | 0\.0(?=\]\ )                                                                      # the kernel's seconds since boot
  | 0\ 0(?=\ (?:0\ )?[A-Z]{{4,8}}\ )                                                 # 081109 203615 148 INFO
)"""
_SHOUTED = (
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|ALERT|EMERG|PANIC|FAILURE|FINE|FINER|FINEST|VERBOSE|AUDIT|INF|WRN|DBG|VRB|FTL"
    r"|[VDIWEF](?=[\ /]))"
)
_LEVEL = rf"(?:{_SHOUTED}|[Tt]race|[Dd]ebug|[Ii]nfo|[Nn]otice|[Ww]arn|[Ww]arning|[Ee]rror|[Ss]evere|[Ff]atal|[Cc]ritical|[Aa]lert|[Ii]nformation|[Vv]erbose)"
_BRACKETS = r"\[(?:[^\[\]]++|\[[^\[\]]{0,200}+\]){0,8}+\]"
_BRACES = r"\{[^{}\s]{0,100}\}"
_ROUND = r"\((?:[^()]++|\([^()]{0,50}+\)){0,4}+\)"
# A logger's name, never an exception's: that is what the line is about.
_LOGGER = (
    r"(?![\w$.]*(?:Exception|Error)\b)"
    r"(?:[A-Za-z_$][\w$-]*+(?:\.[\w$-]++)++|(?=[A-Z][^\Wa-z]*+[a-z][^\WA-Z]*+[A-Z]|[a-z]++[A-Z])[\w$]++(?=\ ?:))(?:[:@]0)?"
)

_PLACE = r"[\w$-]++\.[a-z]{1,4}(?::0(?=\s)|\(0\)(?=:\s))"  # Payment.java:42, proxy.c(42):
_NEXT = r"(?:\s*+[-:|]++\s++|:?\s++)"
_PROGRAM = re.compile(
    r"\s*+[\w.+@-]{1,64}+(?:(?:\ [\w.+@-]{1,32}+){1,3}?(?<=\.exe|\.app))?(?:\ \*0|\ \([\w,\ -]{1,24}\))?\ -\ (?=\S)"
)  # [10.30 16:49:06] chrome.exe *64 - …

_TIMES = re.compile(
    rf"""(?:(?:<0>0?\ ?)?(?:(?:[^\s0]*+0\S*+(?<!:)|[-|]|[A-Z_]{{2,}}+)\s++){{0,5}}?(?:(?<=0\ )[a-zA-Z][\w.@\#/-]*+\ )?      # what may stand before
        (?:[\[(]\ {{0,6}})?{_STAMP}[\])]?[,:]?\s*){{1,3}}
    """,
    re.VERBOSE,
)
_SYSLOG = re.compile(
    r"""\s*(?:[\w.:/@\#-]+\ )?                                                           # the host
        [^\[\]:()\s"'=]{1,64}(?:\ [^\[\]:()\s"'=]{1,32}){0,3}
        (?:\ ?\([^()]{0,100}\))?\[0\](?:\ ?\([^()]{0,100}\)(?:\[0\])?)?:?\s+          # sshd(pam_unix)[19939]:, Microsoft Word[14463] (com.x):
    """,
    re.VERBOSE,
)
_NEAR = 80  # characters within which a network device's mnemonic stands
_FAR = 512  # characters within which a program's number must stand
_SYSLOG_PLAIN = re.compile(r"\s*[\w.:/@#-]+\ (?:[\w./()-]{1,64}:\s+|\s*)")  # host kernel:
_FORWARDED = re.compile(
    rf"(?:0-0-0T0:0:0\.0[+-]0:0\ )(?!{_LEVEL}\b)[a-zA-Z0][\w.-]{{0,255}}\ [\w./-]{{1,64}}(?<!failed)(?<!rror):\ "
)  # rsyslog: time, host, program
_CONTAINER = re.compile(r"0-0-0T0:0:0\.0(?:Z|[+-]0:0)\ (?:stdout|stderr)\ [FP]\ ")  # what Kubernetes writes in front
_MONTH = re.compile(r"[A-Z][a-z]{2}\s+0\s+0:0:0\s*$")
_PIPED = re.compile(r"\|(?:[^|\s]{0,64}\|){1,5}|;(?:[^;\s]{0,64};){1,5}")
_LEVELLED = re.compile(
    rf"""\s*+(?:(?>(?:[\w$]++(?:[.:-][\w$]++)++(?:\ [a-z_<]\w*+>?(?=\ {_SHOUTED}:))?+|[-|,:]|0(?:\.0%)?|
          {_BRACKETS}|{_BRACES}|{_ROUND}|[A-Z][A-Z0_]*+|(?=[a-zA-Z]*0)\w++
          |\w++(?:@\w++|(?=\ ++[|-]\ )|(?=\ {_SHOUTED}\ +[\w-]++(?:\.[\w-]++)++:?\ )))[\s:|-]++){{0,5}}?
        (?:[\[(<]\ ?|\[[^\[\]/]{{1,64}}/|\w{{1,64}}\.(?=[A-Z]{{4,9}}:))?(?:{_SHOUTED}|(?<=[\[<]){_LEVEL}(?=[\]>]))|(?:[-|,:]\s++)?[\[(<]?{_LEVEL})\b
        (?:(?:/[\w-]{{1,64}})?(?=\ {{0,3}}[\])>])\ {{0,3}}[\])>])?[\s:|,/-]*+
        (?>(?:{_BRACKETS}|{_ROUND}|{_PLACE}|0(?=\ +[\[-])|0(?:\#0)?(?=:\s)
            |[a-z]\w{{0,32}}+\[\w{{1,32}}+\](?=\ \[)                                                 # hostd[0] [Originator@0 …]
            |(?<=:\ )[\w.-]{{1,64}}+/0\ on\ [\w.-]{{1,64}}+(?=:\s)                          # shop/0 on host:
            |(?<=\|\ )(?![A-Za-z]\w{{0,64}}+(?:(?<=ing)|(?<=ed))\ |[^|]{{0,256}}:\ )                    # no message
                [^\s|]{{1,64}}+(?:(?:\ [^\s|]{{1,32}}+){{1,5}}+(?<=[0)]))?(?=\ ++\|\ )      # | a thread | a logger |
            |(?<=\t)[^\t\[]{{1,64}}+(?=\t[\w$-]++(?:\.[\w$-]++)++\t)){_NEXT}){{0,3}}+
        (?>(?:(?<!\]\ -\ ){_LOGGER}|[\w$]++(?=\ \[[^\[\]]{{1,64}}\]\ [-:]\ )){_NEXT})?+                # one: the next word with a colon belongs to the message
        (?>(?:{_BRACKETS}|{_ROUND}|{_PLACE}){_NEXT}){{0,3}}+
        (?:[A-Z_]{{2,8}}\ {{2,}}(?:{_BRACKETS}\s++)?)?                                                     # a column of its own
    """,
    re.VERBOSE,
)
_UNLEVELLED = re.compile(rf"\s*+(?:(?:[-|*#.]|0[a-f]{{0,8}}+|{_BRACKETS}|[\w$-]++\.[a-z]{{1,4}}\(0\):)\s++){{1,5}}+")
# Forms that a general rule would read wrongly: Kubernetes' klog, Ruby's Logger, RFC 5424.
_FIXED = re.compile(
    rf"""[IWEF]0\ 0:0:0\.0\s+0\s\S{{1,100}}:0\]\s*
      | [A-Z],\ \[{_STAMP}\s\#?0\]\s+[A-Z]+\s--\s[^:]{{0,64}}:\s+
      | [^\s"]{{1,255}}\ \S{{1,64}}\ \S{{1,64}}\ \[0/[A-Z][a-z]{{2}}/0:0:0:0\ [+-]0\]\s+      # the common log format of web servers
      | \[{_STAMP},\s+0(?:,[^\]]{{0,100}})?\]\s+\S{{1,200}}:0\(\w{{1,64}}\)\s*                   # Samba
      | 0\ \S{{1,64}}\ (?:[\w.-]{{1,64}}\ ){{1,2}}0\ 0\ (?=\S)                          # columns: number, node, part, state, time, flag
      | <0>0\ \S{{1,64}}\ \S{{1,255}}\ \S{{1,48}}\ \S{{1,128}}\ \S{{1,32}}\ (?:-|(?:\[[^\]]{{0,1000}}\]){{1,8}})\s?
    """,
    re.VERBOSE,
)
_MNEMONIC = re.compile(r"\s*(?:[\w.-]{1,64}:?\ ){0,3}?(?::\ )?(?=%%?[A-Z0])")  # host : %LINK-0-DOWN: …
_MAY_COME_LATER = frozenset(" \t[MTWFS")  # with what a line begins whose header has something before it
_WEEKDAYS = frozenset({"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"})
_SECONDS = re.compile(r"\[ {0,6}0\.0\] ")  # since boot
_SESSION = re.compile(r"[\w.-]{1,64}+\([^()\s]{0,128}+\)(?:<[^<>\s]{0,64}+>){1,3}+:\ ")  # imap(ann)<0><session>:
# With what a header of the application's own begins behind that of syslog: a date and a time; either alone may as well be what the line says.
_OF_ITS_OWN = re.compile(
    rf"""\ ?[\[(]?(?:0[-/.]0[-/.]0[T\ _,-]{{1,3}}{_CLOCK}|0-{_CLOCK}|0/[A-Z][a-z]{{2}}/0[:\ ]0:0:0|0[-/.]0\ +0:0:0
        |(?:[A-Z][a-z]{{2}},?\ +)?[A-Z][a-z]{{2}}\ +0,?\ +(?:0\ +)?0:0:0)(?![0:])
      | [A-Z],\ \[0-0-0T
    """,
    re.VERBOSE,
)
_LEVEL_FIRST = re.compile(rf"\s*(?:[\[(<]{_LEVEL}[\])>]|{_LEVEL}\b)(?:\s*[:|-]+)?\s+")

# The most frequent header of all, as long as nothing in it or behind it could be read in another way: what the rules below say of it, at a fifth of the cost.
_FREQUENT = re.compile(
    r"0-0-0\ 0:0:0(?:[.,]0)?\ {1,2}(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL)\ {1,2}\[[a-z][A-Za-z0_.#/:-]*+\]\ "
    r"(?![\w$.]*(?:Exception|Error)\b)[a-z][A-Za-z_$]*+(?:\.[A-Za-z_$]++)++(?:\ -|:)\ "
)
_BEHIND_FREQUENT = re.compile(r"(?=[A-Za-z])(?![A-Z_]{2}|[\w$-]++\.)")
_latest = [""]  # such a header: the next line most often begins with it as well


def header_length(canonical: str) -> int:
    """Return how many characters of a canonical line are its header."""
    canonical = canonical[:LONGEST]
    latest = _latest[0]  # once: another thread may put in its own
    if not latest or not canonical.startswith(latest):
        frequent = _FREQUENT.match(canonical)
        if not frequent:
            return _header_length(canonical)
        latest = _latest[0] = frequent[0]
    length = len(latest)
    return length if _BEHIND_FREQUENT.match(canonical, length) else _header_length(canonical)


def _header_length(canonical: str) -> int:
    if canonical.startswith("0-0-0T0:0:0.0"):
        container = _CONTAINER.match(canonical)
        if container:
            return container.end() + header_length(canonical[container.end() :])
        forwarded = _FORWARDED.match(canonical)
        if forwarded:
            return _past_level(canonical, forwarded.end())
    before = _before_header(canonical) if canonical[:1] in _MAY_COME_LATER else 0
    if before:
        length = header_length(canonical[before:])
        return before + length if length else 0
    fixed = _FIXED.match(canonical)
    if fixed:
        return _past_own(canonical, fixed.end()) if canonical.startswith("<") else fixed.end()
    times = _TIMES.match(canonical)
    at = times.end() if times else 0
    if times:
        piped = _PIPED.match(canonical, at) or _PIPED.match(canonical, at - 1)
        if piped:
            return piped.end()
        mnemonic = _MNEMONIC.match(canonical, at) if canonical.find("%", at, at + _NEAR) > 0 else None
        if mnemonic:
            return mnemonic.end()
        syslog = _SYSLOG.match(canonical, at) if canonical.find("[0]", at, at + _FAR) > 0 else None
        if syslog:
            return _past_level(canonical, syslog.end())
        if _MONTH.search(canonical[:at]):
            plain = _SYSLOG_PLAIN.match(canonical, at)
            if plain:
                return _past_level(canonical, plain.end())
            return _past_level(canonical, at) if _SESSION.match(canonical, at) else at
    levelled = _LEVELLED.match(canonical, at)
    if levelled:
        return levelled.end()
    program = _PROGRAM.match(canonical, at) if times else None
    if program:
        return program.end()
    unlevelled = _UNLEVELLED.match(canonical, at) if times else None
    return unlevelled.end() if unlevelled else at


def _before_header(canonical: str) -> int:
    """Return how much stands in front of a header that would be known without it."""
    if canonical[:1] in (" ", "\t"):
        return len(canonical) - len(canonical.lstrip(" \t"))
    if canonical[6:10] == "][0:":  # [2024-05-01][12:00:00]
        return 7
    if canonical[3:9] == " 0-0-0" and canonical[:3] in _WEEKDAYS:  # Wed 2024-05-01 12:00:00 CEST
        return 4
    return 0


def _past_level(canonical: str, at: int) -> int:
    fixed = _FIXED.match(canonical, at) if canonical.startswith("0 0:0:0.0", at + 1) else None  # klog behind syslog
    if fixed:
        return fixed.end()
    session = _SESSION.match(canonical, at) if ")<" in canonical else None
    if session:
        at = session.end()
    own = _past_own(canonical, at)
    if own > at:
        return own
    if canonical.startswith("[", at):
        seconds = _SECONDS.match(canonical, at)
        at = seconds.end() if seconds else at
    level = _LEVEL_FIRST.match(canonical, at)
    return level.end() if level else at


def _past_own(canonical: str, at: int) -> int:
    """Return where the header ends that an application wrote itself, behind that of syslog."""
    return at + header_length(canonical[at:]) if _OF_ITS_OWN.match(canonical, at) else at
