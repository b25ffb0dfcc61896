"""What people typed in Slack, as plain text: what plugins get has no markup but the mentions.

Source: https://docs.slack.dev/messaging/formatting-message-text ("Retrieving messages"): everything between `<` and `>` is a mention,
a link or a command of Slack's, with an optional label after `|`; a typed `<`, `>` or `&` arrives as an entity.
"""

import re

_MARKED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


def plain(text: str) -> str:
    """Return typed text without markup.

    Mentions keep one form each, without labels: `<@U123>` a person, `<#C123>` a channel, `<!subteam^S123>` a user group, `@here` and its like as
    typed. A link is its label or its address. Typographic quotes stay as they are.
    """
    shown = _MARKED.sub(_shown, text.replace("\u00a0", " "))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_mention(text: str, user: str) -> str:
    """Return typed text as plain text without the first mention of `user`, nor the colon or comma after it."""
    before, mention, after = _around(text.replace("\u00a0", " "), user)
    if not mention:
        return plain(text).strip()
    before = before.rstrip()
    after = after.lstrip() if before else after.lstrip(" \t\r\n:,")
    return plain(f"{before} {after}").strip()


def mentions(text: str, user: str) -> bool:
    """Tell whether typed text mentions `user`."""
    return bool(_around(text, user)[1])


def _around(text: str, user: str) -> tuple[str, str, str]:
    found = re.search(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", text) if user else None
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def _shown(match: re.Match[str]) -> str:
    sigil, target, label = match[1], match[2], match[3] or ""
    match sigil:
        case "@" | "#":
            return f"<{sigil}{target}>"
        case "!" if target.startswith("subteam^"):
            return f"<!{target}>"
        case "!" if target in ("here", "channel", "everyone"):
            return f"@{target}"
        case "!":
            return label  # a date, or something newer: what a client that does not know it shows
        case _:
            return label or target.removeprefix("mailto:")
