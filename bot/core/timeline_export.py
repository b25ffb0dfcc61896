"""The timeline as files: Markdown for a post-mortem, and JSON lines for programs."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from bot.core.actors import DAEMON
from bot.core.timeline import TimelineEntry, TimelineQuery

_MARKS = re.compile(r"([\\`*_\[\]<>#|])")


def say_query(query: TimelineQuery, zone: tzinfo, name_of: Callable[[str], str]) -> str:
    """Say what was asked for: "checkout, since 2026-11-25 14:00, by ann"."""
    parts = [query.service or "all services"]
    for word, at in (("since", query.since), ("until", query.until)):
        if at:
            parts.append(f"{word} {at.astimezone(zone):%Y-%m-%d %H:%M}")
    if query.actor:
        parts.append(f"by {name_of(query.actor)}")
    return ", ".join(parts)


def as_markdown(title: str, entries: Iterable[TimelineEntry], zone: tzinfo, zone_name: str, name_of: Callable[[str], str]) -> str:
    """Write entries, oldest first, as a Markdown document with a heading for each day.

    Args:
        zone_name: the name of `zone`, for the reader.
    """
    lines = [f"# Timeline: {_escaped(title)}", "", f"Times are in {zone_name}.", ""]
    day = ""
    for entry in entries:
        at = entry.at.astimezone(zone)
        if f"{at:%Y-%m-%d}" != day:
            day = f"{at:%Y-%m-%d}"
            lines += [*([""] if lines[-1] else []), f"## {at:%A}, {day}", ""]
        title_text = _escaped(entry.title)
        shown = f"[{title_text}]({entry.link})" if entry.link else f"**{title_text}**"
        who = "" if entry.actor == DAEMON else f" · {_escaped(name_of(entry.actor))}"
        lines.append(f"- {at:%H:%M:%S} {entry.emoji} {shown} {_escaped(entry.words)}{who}")
    return "\n".join([*lines, ""])


def as_json_line(
    seq: int, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any], prev_hash: str, hash_: str, **more: str
) -> str:
    """Write one audit event as a line of JSON, with `more` beside its own fields."""
    body = {
        "seq": seq,
        "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": dict(detail),
        "prev_hash": prev_hash,
        "hash": hash_,
        **{name: value for name, value in more.items() if value},
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=False)


def _escaped(text: str) -> str:
    """Return text in which nothing is Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
