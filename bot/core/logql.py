"""LogQL, as far as we take queries apart: the stream selector, and the pipeline behind it.

Source: https://grafana.com/docs/loki/latest/query/log_queries/
"""

import re

# Its strings, in double quotes or in backticks, may hold braces.
_SELECTOR = re.compile(r'\s*(\{(?:"(?:\\.|[^"\\])*+"|`[^`]*+`|[^{}"`])+\})')


def split_selector(query: str) -> tuple[str, str]:
    """Return a log query's stream selector and what stands behind it.

    Raises:
        ValueError: it does not begin with a selector: it is no log query.
    """
    found = _SELECTOR.match(query)
    if found is None:
        raise ValueError(f"{query!r} does not begin with a stream selector")
    return found[1], query[found.end() :].rstrip()
