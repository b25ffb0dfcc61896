"""Texts of others on one line of a log or a terminal: nothing in them ends the line or moves the cursor."""

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def one_line(text: str) -> str:
    """Escape whatever can't be printed: line ends of every kind, control characters, marks that turn the direction, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _SHORT.get(c) or f"\\u{ord(c):04x}" for c in text)


def quoted(text: str) -> str:
    """Return `text` in double quotes, on one line."""
    return '"' + one_line(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'
