"""Links into Grafana: Explore with the exact query and window, and dashboards with their variables.

Source: https://grafana.com/docs/grafana/latest/explore/get-started-with-explore/#generate-explore-urls-from-external-tools
(`/explore?panes=…&schemaVersion=1&orgId=…`, where `panes` is the URL-encoded JSON of `{pane: {datasource, queries, range}}`), and
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/create-dashboard-url-variables/ (`var-NAME=VALUE`, `from` and `to` in ms).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from bot.core.alerts import AlertLink
from bot.core.configuration import Explore, Watch
from bot.core.windows import Window

PANE = "logs"
SCHEMA = 1


def grafana_links(watch: Watch, window: Window) -> list[AlertLink]:
    """Return the links of a watch for one window: Explore first, then what its own template leads to."""
    links = []
    if watch.explore:
        links.append(AlertLink("Open in Explore", explore_url(watch.explore, watch, window)))
    url = grafana_url(watch, window)
    if url:
        links.append(AlertLink("Open in Grafana", url))
    return links


def explore_url(explore: Explore, watch: Watch, window: Window) -> str:
    """Return the address of Explore that shows the watch's query over the window, and nothing else."""
    source = {"type": explore.type, "uid": explore.datasource}
    query = {"refId": "A", "datasource": source, "expr": _filled(explore.query, _words(watch)), "queryType": "range"}
    asked = {"datasource": explore.datasource, "queries": [query], "range": _milliseconds(watch, window)}
    panes = json.dumps({PANE: asked}, separators=(",", ":"), ensure_ascii=False)
    return f"{explore.url.rstrip('/')}/explore?panes={quote(panes, safe='')}&schemaVersion={SCHEMA}&orgId={explore.org}"


def grafana_url(watch: Watch, window: Window) -> str:
    """Fill a watch's link template: `{from}` and `{to}` in milliseconds, `{watch}`, `{service}` and `{environment}` encoded for an address; other
    braces stay. "" for a template that is no http(s) address."""
    words = {name: quote(value, safe="") for name, value in _words(watch).items()}
    url = _filled(watch.grafana, {**_milliseconds(watch, window), **words})
    return url if url.startswith(("https://", "http://")) else ""


def _words(watch: Watch) -> dict[str, str]:
    return {"watch": watch.name, "service": watch.service, "environment": watch.environment}


def _filled(template: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        template = template.replace("{" + name + "}", word)
    return template


def _milliseconds(watch: Watch, window: Window) -> dict[str, str]:
    """Return `from` and `to` as Grafana takes them: texts of milliseconds since 1970. What is read with a delay is as much older."""
    return {"from": _since_1970(window.began_at - watch.delay), "to": _since_1970(window.until - watch.delay)}


def _since_1970(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))
