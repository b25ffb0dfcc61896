"""Patterns of masks: what in a canonical line is a variable. The rules are in docs/fingerprints.md."""

import re

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
    KEYWORDS,
    MEMBERS,
    MONTHS,
    PREPOSITIONS,
    SQL,
    TASKS,
    VERBS,
)

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
SHAPED = r"(?:[a-z]+(?:_[a-z0]\w*|[A-Z]\w*)|[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}[a-z]\w*|_+[a-z]\w*)"
_NAME_ENDS = r"(?![\w(\[=\\/@{<:-]|\.[\w.])"
_SOURCE = r"[\w$./-]{1,255}?\.(?:java|scala|kt|py|rb|go|[cm]?[jt]s|cc?|cpp|rs|php|cs|erl)"
_WORD = r"(?>[a-z]{2,32}+(?:[-/][a-z]{1,32}+){0,6}+)"  # or several, joined; the vocabulary tells whether it is a name
_LONG_NAME = r"[a-z]\w{0,64}+(?:\.(?![A-Z_]{2,64}+(?![\w$]))[\w$]{1,64}+){2,15}+"
_END = r"(?=\.?\s*$|\ -)"  # of what is said
_KEY = r"[A-Za-z_]++0[\w$]*+(?:(?<=[a-z])\ ?=[^=]|\ =\ )"  # pkcs0_mode = on: a name with a digit in it
_CONSTANT = r"[A-Z]{1,32}+(?:_[A-Z]{1,32}+){1,8}+"
_HOW_DEEDS_END = "(?:(?<=[a-z]ed)|(?<=[a-z]ing)|(?<=[a-z]ly))"
# What a keyword begins that may stand among plain words.
_NAMED = rf"""(?P<named>{ANY_NOUN}\ )(?!{ANY_NO_NAME}\b)(?>[\w$+-]+(?:[./:]{{1,2}}[\w$+-]+)*)
    (?=\s*(?:[\[\](),;:'"<]|{ANY_AFTER}\b|[\w.-]*0|$))"""
_ACCOUNT = rf"""(?P<account>(?:(?<=for\ )|(?<=by\ )))(?:(?:{ACCOUNTS})\b(?![@.-]\w)|[\w$.-]+(?=\ from\ [\w.-]*0))"""
_OWNER_OR_PEER = rf"""(?<!-)(?P<owner>{ANY_OWNER}(?:\ |:\ ?|\ :\ ))(?!{ANY_NO_NAME}\b)(?>[\w$+-]+(?:\.[\w$+-]+)*)
    (?=\s*(?:$|[\[\](),;:.'"/<]|{ANY_AFTER}\b|[\w.-]*0))
    | (?P<peer>(?:connect(?:ed|ing|ion)?|reach)\ (?:(?:to|with|from)\ )?)(?!(?:{ANY_NO_NAME}|(?:{PREPOSITIONS}))\b)
    [\w.-]{{1,255}}+(?=:0|\[|\ port\b)(?::0)?"""
_USED_BY_OR_STRANGE = rf"""(?P<used_by>(?:user|account)\ )(?:{ACCOUNTS}){_NAME_ENDS}
    | (?P<strange>(?:for|of|on|in|from|at|with|by|via|into|as|over|using|{ANY_HOLDER})\ (?!(?:{ANY_COMMON}|[a-z]++{_HOW_DEEDS_END})\b))
    (?:{_WORD}|[A-Z][a-z]{{2,32}}+(?=[.,;)]|$)|{SHAPED}){_NAME_ENDS}(?!\ at\ )"""
_MEMBER = rf"""(?P<member>(?:{MEMBERS})\ )(?!{ANY_NO_NAME}\b)[\w$.-]{{1,128}}+(?=\ (?:{ANY_AFTER}\b|0))"""
_ALONE = r"""localhost(?:\.localdomain)?\b(?::0)?
    | (?P<booleans>true|false|True|False|TRUE|FALSE|None|null|NULL|nil)\b"""
IN_PLAIN_WORDS = re.compile(
    rf"(?:{PREPOSITIONS})\ (?:{_NAMED}|{_ACCOUNT})|{_OWNER_OR_PEER}|{_USED_BY_OR_STRANGE}|{_MEMBER}|{_ALONE}", re.VERBOSE
)
# Every alternative begins with a character, or stands behind the one test for a word's edge and a gate: most characters cost next to nothing.
MASKS = re.compile(
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
    | (?<=\S\ \[)(?P<bracketed>(?!true\b|false\b)[a-z]{{2,32}}+|{SHAPED})(?=\]\ \S)                              # [sda] tag
    | (?P<box>[\ xX~*+-](?=\]\ ))                                                              # [x], [ ]
    | (?P<many>[^\[\],"]{{1,256}}+,[^\[\]]{{0,1024}}+(?=\]))                          # [-Xss0m, -da]
    | (?<=:\ \[)(?P<names>{SHAPED}(?:\ {SHAPED})*+(?=\]))                           # conditions: [DiskPressure PIDPressure]
    | (?<=\w\[)(?=[a-z]*[^a-z\]])(?P<glued>[^\[\]"]{{1,256}}+(?=\]))                  # OS[Mac OS X]
    )
  | \{{(?<=[\s\S]\{{)(?P<json>(?:["'](?=[^"'{{}}]{{1,128}}["']:){_OBJECT_INSIDE})?\}})
  | \{{(?:(?<=[a-z0]\ \{{)|(?<=[a-z]:\ \{{)(?=\ ))(?P<alone>{_OBJECT_INSIDE}\}})
  | \{{(?<=[\w{{}},]\{{)(?P<object>{_OBJECT_INSIDE}(?=\}}))         # Window{{0a u0 StatusBar}}
  | :(?=\ [\w.$]++(?:[,;)]|\.?\s*$|\ -))(?<=[\w\ ]:)(?<!reason:|result:|status:)(?<!cause:|error:|state:|alert:) # provider: AssocManager
    (?P<labelled>\ )(?:(?:{SHAPED}|{_LONG_NAME}|[A-Z]{{2,}}(?:\.[A-Z]{{2,}})++){_END}|(?:(?=[A-Z]){SHAPED}|[a-z]+(?:_[a-z0]++)++)(?=[,;)]))
  | :(?=[a-z])(?<=[\w-][a-zA-Z]:)(?P<tagged>)(?!(?:err|fail|unknown)[a-z]*+)[a-z][a-z_-]{{1,63}}+(?=[,)\]])                     # subscription-dup:orders,
  | :(?P<answer>\ (?<=\w:\ )(?:YES|NO|Yes|No|yes|no)(?=[,)]))                                  # (using password: YES)
  | ,\ ?(?!(?:reason|cause|error|err|result|status|state):)(?P<pair>[a-z][\w]{{0,30}}+(?:\ \w{{1,30}}+)?+:\ )[A-Za-z][\w-]*+(?=[,;]|\.?\s*$)
  | `(?P<ticked>[^`]{{1,512}}`)
  | (?<![^\W_])(?:
        (?={KEYWORDS}\b)(?:
            (?:{PREPOSITIONS})\ (?:
                {_NAMED}
              | (?P<site>(?<=at\ )(?:{_SOURCE}|<console>):0)(?![\w:])                           # count at Main.scala:0
              | (?P<addressed>)(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
              | {_ACCOUNT}
            )
          | (?P<shaped>(?:{PREPOSITIONS}|over|using)\ )
            (?:{SHAPED}|(?:(?<!from\ )(?<!to\ )|(?<=[a-z]\ to\ )){_CONSTANT}|(?<=using\ )[A-Z]{{2,32}}+){_NAME_ENDS}(?!\ at\ )
          | (?P<shaped_of>(?:for|of|to|from|with|by)\ ){SHAPED}(?=:\ )
          | (?P<command>(?:CMD|COMMAND|STATEMENT|statement|[Cc]ommand(?:\ line)?(?:\ arguments?)?)(?:\ \(|\ ?[:=]\ *+))\ *+\S[\s\S]*+
          | (?P<verb>(?:{VERBS})\ )(?:/\S*|[\w.-]{{1,255}}+:0)
          | {_OWNER_OR_PEER}
          | (?P<endpoint>(?:server|host|upstream)\ )(?>[a-zA-Z][\w.-]{{0,255}}+):0(?![\w:])
          | (?P<held_in>{ANY_NOUN}\ \[)[\w$@./-]{{1,128}}+(?=\])                                   # pipeline [orders]
          | (?P<hyphened>{ANY_HOLDER}\ )(?=[\w.]+-)[a-z_][\w$.-]{{1,128}}+(?![\w/:(])
          | {_USED_BY_OR_STRANGE}                                                             # for slurmd, zone eu-west
          | (?<![\s\S])(?:(?P<begun>(?:Start|Stopp|Reload|Mount)ing\ (?=[^.A-Z]{{0,64}}+[A-Z][^.]{{1,256}}+\.\.\.$))[^.]++
              |(?P<done>(?:(?:Reached|Stopped)\ target|Started|Stopped|Finished|Reloaded|Mounted|Listening\ on)\ (?=[^.A-Z]{{0,64}}+[A-Z]))
                (?:[^.]++|\.(?!$))++(?=\.$))                                               # systemd's units
          | (?P<titled>[Nn]ame:\ ?)[\w$.@-]{{1,128}}+(?![\w(])
          | (?P<the>The\ )[A-Z][\w$.-]{{0,64}}+(?:\ [A-Z][\w$.-]{{0,64}}+){{0,5}}+
            (?=\ (?:service|server|process|driver|application|job|task|user|plugin|module)\b)                  # The Print Spooler service
          | (?P<task>(?:{TASKS})\ )[\w.-]{{1,64}}+:0(?![\w:])
          | {_MEMBER}
          | (?P<sql>(?:{SQL})\ )(?!SET\b|IF\b|SELECT\b)[\w$."`-]{{1,128}}+
          | (?P<process>process\ 0\ )\([\w./:-]{{1,64}}\)
          | (?P<date>(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)?(?:{MONTHS})\ +0,?(?:\ +0:0(?::0)?(?:\ [A-Z]{{3,4}}\b)?)?(?:,?\ 0)?
                |(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\ +)0[\ -](?:{MONTHS})[\ -]0(?:\ 0:0(?::0)?)?)
          | {_ALONE}
        )
      | (?![A-Za-z]?[a-z]*+(?:\ |$))(?:        # for a plain word, that was all
        (?=[\w$-]{{0,255}}+[.:/@\\+~,\[](?!\ ))(?:
            (?P<relative>(?=[\w./]{{0,128}}[_-])[a-z][\w.-]{{0,64}}+(?:/[\w.-]{{1,64}}+){{1,8}}+)
          | (?P<file>(?>[\w$@+~\\/-]{{1,128}}+(?:\.[\w$@+~\\/-]{{1,64}}+){{0,4}}?\.(?:{EXTENSIONS})\b)(?!\.?\w|\(|\ ?=)(?::0){{0,2}})(?:\ \*0\b)?
          | (?P<dotted>(?>[A-Za-z_$][\w$-]{{0,63}}+(?:\.(?![A-Z_]{{2,64}}+(?![\w$]))[\w$-]{{1,64}}+){{2,15}}+
              (?:[:/]\.?(?=[A-Za-z])[\w.$-]{{1,128}}+){{0,2}}+)(?!\.?[\w(]|\ ?=|\[(?=[\w-]*0)[\w-]++\](?![\w:])))   # but no constant
          | (?=[\w.-]{{1,128}}+\[[\w/:-]*0)(?:                                                # task.name[0a0], node[0-0,0]
              (?P<indexed>(?:{SHAPED}|[a-z]\w{{0,64}}+(?:\.\w{{1,64}}+){{1,4}}+)\[(?=[\w-]*0)[\w-]++\])(?![\w:])
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
          | (?P<transport>(?<=ccepting\ )(?:TCP|UDP|TLS|SSL|SCTP|DTLS|QUIC)(?=\ connections\b))          # accepting TLS connections
          | (?P<typed>[A-Z][a-z]+[A-Z]\w*+\ 0(?:[._]0)*+)(?![\w.:])                                     # ResultStage 0
        )
      | (?:(?<=[a-z,0)\]\ ]\ )(?<!from\ )(?<!to\ )|(?<=\):\ ))(?P<constant>{_CONSTANT})(?![\w(:=.-]|\ \()
      | (?P<state>[A-Z][A-Z_]{{2,32}}+)(?=\ \([\w.\ ]{{1,20}}\))                                    # LOOKING (n.state), 0 (n.sid)
      | (?P<number>0(?:[.,:/x*-]0){{0,16}}\ ?{_UNITS}\b(?!-\w)(?:\ \(0(?:[.,]0)?\ ?{_UNITS}\))?)                         # 1190 bytes (1.16 KB)
      | (?<![_-])(?!{_KEY})(?P<digits>{_WITH_DIGIT})                                                                 # anything else with a digit in it
      )
    )
  | [-+](?<![\w-][-+])(?P<signed>{_WITH_DIGIT}(?:\ {_UNITS}\b(?![\w=-]))?)
  | [./~](?<![\w.<][./~])(?:(?P<path>(?:(?<=/)|(?<=~)/|(?<=\.)\.?/)[\w@%+~$=-](?:[\w.@%+~$=-]*[\w%+~$=-])?(?:/(?:[\w.@%+~$=:-]*[\w%+~$=-])?)*)
      |(?P<root>(?<=/)(?=[\s,;)\]]|$)))
  | <(?:(?P<less>0\ {_UNITS}\b)                                                 # <1 sec
      |(?<=[\s=:(,]<)(?P<angled>[A-Za-z_/](?:[^<>\n]{{0,126}}+(?<=[\w)/.*]))?(?=>)))          # <Up Broadcast>
    """,
    re.VERBOSE,
)
