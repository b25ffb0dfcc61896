"""Path patterns as people write them for repositories: `db/migrate/**`, `**/*.sql`."""

import re
from collections.abc import Iterable
from functools import cache

_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_MEANS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matching(paths: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that match any of the patterns, in their order."""
    patterns = [_compiled(glob) for glob in globs]
    return tuple(path for path in paths if any(pattern.fullmatch(path) for pattern in patterns))


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile("".join(_MEANS.get(part) or re.escape(part) for part in _PARTS.findall(glob)), re.DOTALL)
