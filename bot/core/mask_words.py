"""The words that masks go by: what stands before a name, behind one, and what is none."""

import re
from collections.abc import Iterable

VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|CONNECT"
# Words that stand before a name, and words that are no names.
OWNERS = (
    "user|username|ruser|account|login|host|hostname|uid|gid|pid|tid|session|client|server|node|instance|container|pod|queue|topic|table"
    "|agent|peer|broker|worker|member|player|customer|command|comm|program|mailbox|application"
)
OWNERS += "|" + "|".join(word.capitalize() for word in OWNERS.split("|"))  # at the beginning of a sentence
OWNERS += "|USER"  # as FTP and mail say it
# Words that stand before a name when something says that the name has ended: "for service orders, path /x".
NOUNS = (
    "group|pipeline|policy|template|repository|field|column|partition|index|database|db|schema|keyspace|vhost|mount|backend|frontend|upstream|requirement|lock|device|interface|domain"
    "|service|unit|job|task|plugin|module|package|image|bucket|stream|channel|shard|replica|role|namespace|cluster|pool|volume|file|directory|process|executor|zone|vlan|realm|site|region|tenant|component|collection|tablespace|sensor|dev|type"
)
MORE_HOLDERS = "integration|provider|extension|framework|gateway|connector|project|branch"
_CAPITAL_NOUNS = "|".join(word.capitalize() for word in NOUNS.split("|"))
AFTER_NAMES = (
    "from|by|on|at|in|for|to|is|was|now|still|already|again|has|had|with|via|and|or|not|does|did|can|could|failed|logged|connected|disconnected|using|after|done|took|went"
    "|exceeded|OK|exists|expired|timed|joined|left|exited|doesn't|isn't|wasn't|couldn't|can't"
)
# Behind these, or behind *to* after one of the others, comes what is said, whatever the word: a holiday, cannot mmap, failed to enqueue.
BEFORE_VERBS = "a|an|cannot|can|can't|could|couldn't|did|didn't|does|doesn't|don't|not|should|will|won't|would"
BEFORE_TO = "able|attempt|attempting|failed|failing|failure|going|needs|ready|refusing|tried|try|trying|unable|waiting|wants"
PREPOSITIONS = "for|of|on|in|to|from|at|with|by|via|into"
# What a file or a unit of systemd is called.
EXTENSIONS = (
    "exe|dll|sys|so|jar|war|class|py|pyc|js|ts|go|c|cc|cpp|h|hpp|java|kt|scala|rb|php|cs|rs|pl|sh|conf|cfg|ini|yml|yaml|json|xml|toml|properties|log|txt"
    "|csv|html|htm|css|png|jpg|db|sqlite|tmp|lock|pid|sock|gz|zip|tar|tgz|bak|pem|crt|key|service|socket|timer|mount|slice|scope|target|device|plist"
)
ACCOUNTS = "root|admin|administrator|Administrator|nobody|guest|daemon|postgres|mysql|oracle|www-data|nagios|ubuntu|ec0-user|system|SYSTEM"
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
NO_NAMES = (
    "Name|Id|ID|Type|State|Status|is|was|are|were|be|been|has|had|have|not|no|and|or|in|on|at|of|to|by|for|from|with|as|the|a|an|id|ids|name|names|unknown|closed|opened|started|stopped"
    "|certificate|certificates|callback|callbacks|ticket|tickets|hello|handshake|cookie|buffer|memory|settings|parameters|options|header|headers|payload"
    "|password|credentials|identifier|keepalive|heartbeat|pool|channel|tracking|arguments|thread|threads|limit|limits|size|length|depth|line|startup"
    "|shutdown|library|response|attempt|attempts|shell|runtime|metadata|permissions|input|output|mode|space|code|exception|path|directory|handler"
    "|failed|error|errors|does|did|do|can|cannot|could|will|would|should|must|may|already|now|process|state|status|version|socket|port|key|timeout"
    "|connection|address|info|information|data|list|table|count|request|session|configuration|config|created|removed|restarted|returned|exited|died|reset|refused|lost|gone|down|up|timed|exceeded|expired|left|joined|went|ready|full|busy|offline|online"
)

STATES = (
    "active|alert|any|bad|busy|critical|dead|debug|down|empty|end|err|fail|fatal|full|good|idle|info|invalid|lost|new"
    "|no|none|notice|off|ok|on|online|offline|open|ready|slow|start|stop|success|timeout|trace|unknown|up|valid|warn|yes"
)
# How something is that may be in trouble: never a name, wherever one could stand. (host unreachable), queue stuck, io:truncated
_CONDITIONS = """
aborted absent accessible activated alive available banned blocked broken canceled cancelled conflict conflicting congested corrupt corrupted crashed
deactivated dead deadlocked declined degraded deleted demoted denied depleted deposed detached dirty disabled disconnected drained draining dropped
duplicate enabled evicted exceeded exhausted expired failed failing fenced flapping forbidden frozen hanging healthy hung ignored inaccessible inactive
incompatible incomplete inconsistent incorrect insufficient interrupted invalid isolated killed lagging leaked locked malformed misconfigured mismatch
mismatched missing mounted orphaned outdated overflow overflowed overloaded oversized panicked paused promoted quarantined reachable read-only readonly
recovered recovering refused rejected reset responsive resumed revoked saturated skipped stale stalled stuck suspended tainted terminated throttled timeout
truncated unauthenticated unauthorized unavailable unhealthy unlocked unmounted unreachable unreadable unrecoverable unresponsive unsupported untrusted
"""
CONDITIONS = frozenset(_CONDITIONS.split())
# What in a constant says that it names an error: NO_PROPOSAL_CHOSEN, LEADER_NOT_AVAILABLE
_TROUBLE = (
    "abort|bad|busy|cannot|crash|deadlock|deny|down|err|error|errors|exception|fail|failure|full|limit|loss|lost|no|not|refuse|reject|timed|too|unknown"
    "|unrecognized|violation"
)
TROUBLE = CONDITIONS.union(_TROUBLE.split("|"))
# What names of outcomes are made of, besides what programs say: of payments, scanners and units.
_OUTCOMES = """
abuse bounced chargeback disputed fraud fraudulent funds infected infra malware oom ratelimit ratelimited spam stolen trialing trojan undeliverable unpaid
virus voided watchdog zip
"""
OUTCOMES = frozenset(_OUTCOMES.split())
# Names of errors that are no words: of POSIX (errno.h, signal.h) and of DNS (RFC 1035, RFC 2136).
_ERROR_NAMES = """
E0BIG EACCES EADDRINUSE EADDRNOTAVAIL EAGAIN EALREADY EBADF EBUSY ECANCELED ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT
EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE ENAMETOOLONG ENETDOWN ENETRESET
ENETUNREACH ENFILE ENOBUFS ENODATA ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOPROTOOPT ENOSPC ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTFOUND ENOTSOCK
ENOTSUP ENOTTY ENXIO EOF EOPNOTSUPP EOVERFLOW EPERM EPIPE EPROTO EPROTONOSUPPORT ERANGE EROFS ESHUTDOWN ESPIPE ESRCH ESTALE ETIME ETIMEDOUT ETXTBSY
EWOULDBLOCK EXDEV SIGABRT SIGALRM SIGBUS SIGFPE SIGHUP SIGILL SIGINT SIGKILL SIGPIPE SIGQUIT SIGSEGV SIGSYS SIGTERM SIGTRAP SIGXCPU SIGXFSZ FORMERR NOERROR
NOTAUTH NOTIMP NOTZONE NXDOMAIN NXRRSET SERVFAIL YXDOMAIN YXRRSET
"""
ERROR_NAMES = frozenset(_ERROR_NAMES.split())
# What tells of trouble in a text of several words, where it is no name.
_IN_TEXT = (
    "already|can't|closed|closing|couldn't|died|doesn't|eof|exceeds|loading|out|quota|reached|reserved|shutting|starting|unexpected|without"
    "|won't|wrong"
)
TROUBLE_IN_TEXT = TROUBLE.union(_IN_TEXT.split("|"))
# Who speaks of himself or of others is a person; who speaks to others may be one, or a program.
_SPOKEN = "he|her|hers|hi|him|his|i|i'm|i've|me|mine|my|she|sorry|thank|thanks"
SPOKEN = frozenset(_SPOKEN.split("|"))
_SPOKEN_TO = "it|our|ours|please|their|them|they|us|we"
SPOKEN_TO = SPOKEN.union(_SPOKEN_TO.split("|"))
TASKS = "task|thread|process"
MEMBERS = "group|partition|field|column|bucket|keyspace|backend|namespace|mount"
SQL = "FROM|INTO|JOIN|UPDATE|TABLE"
DOMAINS = "com|net|org|edu|gov|io|dev|local|localdomain|internal|lan|de|uk|jp|fr|ru|cn|br|it|nl|pl"


def any_of(words: Iterable[str]) -> str:
    """Return an expression for any of the words, letter by letter, which is tried in a fraction of the time that alternatives take."""
    by_first: dict[str, set[str]] = {}
    for word in words:
        by_first.setdefault(word[:1], set()).add(word[1:])
    ends = "" in by_first
    parts = [re.escape(first) + (any_of(rest) if rest != {""} else "") for first, rest in sorted(by_first.items()) if first]
    return f"(?:{'|'.join(parts)}){'?' if ends else ''}"


_KEYWORD_LIST = (
    f"{VERBS}|{OWNERS}|{PREPOSITIONS}|connect|connected|connecting|connection|reach|server|host|upstream|{TASKS}|{MEMBERS}|{SQL}|{MONTHS}"
    "|as|over|using|Starting|Started|Stopping|Stopped|Finished|Reached|Reloading|Reloaded|Mounting|Mounted|Listening|CMD|COMMAND|Command"
    f"|Name|name|The|{NOUNS}|{MORE_HOLDERS}|Mon|Monday|Tue|Tuesday|Wed|Wednesday|Thu|Thursday|Fri|Friday|Sat|Saturday|Sun|Sunday|true|false|True|False|TRUE|FALSE|None|null|NULL|nil|localhost|STATEMENT|statement|{_CAPITAL_NOUNS}"
)
KEYWORDS = any_of(_KEYWORD_LIST.split("|"))
PLAIN_KEYWORDS = frozenset(filter(str.isalpha, _KEYWORD_LIST.split("|")))
ANY_NO_NAME, ANY_AFTER = any_of(NO_NAMES.split("|")), any_of(AFTER_NAMES.split("|"))
ANY_OWNER, ANY_NOUN = any_of(OWNERS.split("|")), any_of(NOUNS.split("|"))
ANY_HOLDER = any_of(f"{OWNERS}|{NOUNS}|{_CAPITAL_NOUNS}|{MORE_HOLDERS}".split("|"))
HOLDERS = frozenset(f"{OWNERS}|{NOUNS}|{MORE_HOLDERS}".lower().split("|"))
# What follows a preposition or such a noun and is no name, most often; for what is not here, the vocabulary is asked.
COMMON = (
    f"{_KEYWORD_LIST}|a|an|the|this|that|these|those|its|it|all|any|each|one|be|other|new|which|is|not|no|port|address|file|send|get|read|write|open|create|start|stop|find"
    "|load|use|system|data|memory|request|response|message|state|time|disk|line"
).split("|")
ANY_COMMON = any_of(COMMON)
# What somebody does whose name begins a message: ann joined the game.
DEEDS = frozenset({"joined", "left", "logged", "tried", "quit", "lost", "connected", "disconnected", "requested"})
