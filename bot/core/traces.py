"""Stack traces: what tells one from another: the chain of exceptions, the message, and the first frames of one's own code, without line numbers."""

import re
from collections.abc import Iterable, Sequence

FRAMES = 3

_CLASS = r"(?:[A-Za-z_$][\w$]*(?:\.|::|\\))*(?:[A-Za-z_$][\w$]*)?"
_RAISED = re.compile(
    rf"""^\s*(?:[|+\s-]*)(?:Caused\ by:?\s+|Suppressed:\s+|Wrapped\ by:\s+|Nested\ in:?\s+|--->\s+|Uncaught\ |Unhandled\ (?:exception[.:]\s+)?
        |Exception\ in\ thread\ "[^"]*"\ |\[CIRCULAR\ REFERENCE:\s*)?
        (?P<type>{_CLASS}(?:Exception|Error|Throwable|Fault|Failure|Interrupt|Exit|Warning))(?:\ \([\w.]+\))?(?=:|\s*$)(?::\s*(?P<message>.*))?""",
    re.VERBOSE,
)
_RUBY = re.compile(r"^(?P<message>.*) \((?P<type>[A-Z]\w*(?:::\w+)*)\)$")
_PYTHON_LAST = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?::\s+(?P<message>.*))?$")
_GO_PANIC = re.compile(r"^(?:.*\s)?(?P<type>panic|fatal error): (?P<message>.*)$")

# Frames, each with what names the place, and where the code comes from.
_FRAMES = (
    re.compile(
        r"^\s+at (?:(?:[\w.-]+@?[\w.-]*/)*)(?P<place>[\w$.<>\u0060\[\],+]+)\((?P<file>[^()]*)\)(?: ~?\[.*\])?$"
    ),  # Java, Kotlin, Scala
    re.compile(r"^\s+at (?P<place>[\w.<>\u0060\[\],+|]+)\([^()]*\)(?: in (?P<file>.+?)(?::line \d+)?)?$"),  # .NET
    re.compile(r"^\s+at (?:async |new )?(?P<place>[^()]+?) \((?P<file>[^()]+?)(?::\d+)*\)(?: \{)?$"),  # Node
    re.compile(r"^\s+at (?P<place>(?P<file>\S+?))(?::\d+)*(?: \{)?$"),  # Node, a function without a name
    re.compile(r'^\s+(?:\|\s+)?File "(?P<file>[^"]+)", line \d+, in (?P<place>.+)$'),  # Python
    re.compile(r"^\s*(?:from |\d+: )?(?P<file>[\w./-]+\.rb):\d+:in ['\u0060](?P<place>[^']+)'"),  # Ruby
    re.compile(r"^(?P<place>[\w./-]+(?:\.\(\*?\w+\))?\.[\w.\[\]-]+)\((?P<file>[^)]*)\)$"),  # Go
    re.compile(r"^#\d+ +(?P<file>[^(]+)\(\d+\): (?P<place>[^(]+)\("),  # PHP
)
_FOREIGN_PLACE = re.compile(
    r"^(?:java|javax|jdk|sun|com\.sun|jakarta|kotlin|kotlinx|scala|akka|groovy|clojure|reactor|rx|io\.(?:netty|reactivex|grpc|undertow|vertx)"
    r"|org\.(?:springframework|apache|hibernate|eclipse|jboss|junit|postgresql|slf4j|codehaus)|com\.(?:zaxxer|fasterxml|mysql|google\.common|netflix)"
    r"|System|Microsoft|Newtonsoft|runtime|net/http|testing|reflect|sync|syscall|internal|panic|Module\._|Object\.<anonymous>|process\.)(?=[./(]|$)"
)
_FOREIGN_FILE = re.compile(
    r"site-packages|dist-packages|/lib/python\d|^<frozen|/node_modules/|^node:|^internal/|/gems/|/ruby/|/usr/local/go/src|/vendor/"
)
_ANOTHER = re.compile(
    r"\s*(?:Caused by|Suppressed|Wrapped by|Nested in|--- End of|Traceback|goroutine|During handling|The above exception)"
)
_DIGITS = re.compile(r"\d+")
_GENERATED = re.compile(r"\$\$(?:Lambda|EnhancerBy\w+|FastClassBy\w+|SpringCGLIB)\$.*?(?=\.|$)|lambda\$|\$\d+")


def describe(lines: Sequence[str]) -> tuple[str, str]:
    """Return what a trace is about: its exception types, outermost first, joined by arrows, and its outermost exception's message.

    Both are "" when the lines hold no exception that is known as one.
    """
    chain: list[str] = []
    message = ""
    for kind, said in _exceptions(lines):
        if not chain:
            message = said
        if kind not in chain:
            chain.append(kind)
    return " <- ".join(chain), message


def own_frames(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the places of the frames nearest to the failure: of one's own code, or any where all are of libraries."""
    blocks: list[list[tuple[str, bool]]] = [[]]
    is_python = is_inner_first = False
    for line in lines:
        frame = _frame(line)
        if frame:
            blocks[-1].append(frame)
            is_python = is_python or line.lstrip(" |").startswith('File "')
        elif blocks[-1] and _ANOTHER.match(line):
            blocks.append([])
        is_inner_first = is_inner_first or "--- End of inner" in line
    # The root of a chain is nearest to the failure. Java and Python print it last and first, .NET first.
    for block in blocks if is_inner_first or is_python else reversed(blocks):
        ordered = list(reversed(block)) if is_python else block
        own = [place for place, is_own in ordered if is_own]
        if own:
            return tuple(own[:FRAMES])
    flat = [place for block in blocks for place, _ in block]
    return tuple((list(reversed(flat)) if is_python else flat)[:FRAMES])


def says_nothing(line: str) -> bool:
    """Say whether a trace's first line is neither an exception nor a frame: then the lines below tell the same with it as without it."""
    if "Traceback (most recent" in line or "--- End of inner" in line:
        return False
    if (line.endswith(")") and _RUBY.match(line)) or (("panic" in line or "fatal error" in line) and _GO_PANIC.match(line)):
        return False
    return not _RAISED.match(line) and not _frame(line)


def _exceptions(lines: Sequence[str]) -> Iterable[tuple[str, str]]:
    is_python = False
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines):
        if "Traceback (most recent" in line:
            is_python = True
            continue
        match = _RAISED.match(line) or (_RUBY.match(line) if number == 0 else None) or _GO_PANIC.match(line)
        if not match and is_python and not line.startswith((" ", "\t")):
            match = _PYTHON_LAST.match(line)
        if match:
            found.append((match["type"], (match["message"] or "").strip()))
    return reversed(found) if is_python else found  # Python prints the outermost last


def _frame(line: str) -> tuple[str, bool] | None:
    for form in _FRAMES:
        match = form.match(line)
        if match:
            place, file = match["place"], match["file"] or ""
            is_own = not _FOREIGN_PLACE.match(place) and not _FOREIGN_FILE.search(file)
            if form is _FRAMES[3] or form is _FRAMES[4] or form is _FRAMES[5]:
                name = re.split(r"[/\\]", file)[-1]
                place = name if place == file else f"{name}:{place}"
            return _DIGITS.sub("0", _GENERATED.sub("", place)), is_own
    return None
