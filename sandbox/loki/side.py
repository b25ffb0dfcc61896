"""The Loki side: push, query, query_range and series, as documented; with tenants, a limit of entries and sign-in when a test sets them.

Source: https://grafana.com/docs/loki/latest/reference/loki-http-api/. Refusals are plain text, as Loki's are: a parse error and "max entries limit per query
exceeded" (400, https://grafana.com/docs/loki/latest/operations/troubleshooting/), "no org id" (401) where there are tenants and none is named.
"""

import base64
import json
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from aiohttp import web

from sandbox.loki.logql import CountQuery, Labels, LogQuery, ParseError, parse
from sandbox.observed import call as observed_call

HOUR_NS = 3_600_000_000_000


@dataclass
class LokiSettings:
    """What a test may set. `tokens`: what a bearer, or `user:password`, must be; empty lets everybody in."""

    tokens: list[str] = field(default_factory=list)
    has_tenants: bool = False
    max_entries: int = 5000
    max_query_bytes: int = 0  # max_query_bytes_read: what a query may read of the streams that its selector finds; 0: any number


class LokiSide:
    """Everything of the sandbox that is Loki."""

    def __init__(self) -> None:
        self.settings = LokiSettings()
        self._tenants: dict[str, dict[str, list[tuple[int, str]]]] = defaultdict(dict)  # tenant → labels as JSON → (time, line), in order

    def add_routes(self, app: web.Application) -> None:
        """Add the API."""
        for method, path, handler in (
            ("POST", "push", self._push),
            ("GET", "query", self._query),
            ("GET", "query_range", self._query_range),
            ("GET", "series", self._series),
        ):
            app.router.add_route(method, f"/loki/api/v1/{path}", observed_call("loki", path)(_refusing(handler)))

    def push(self, labels: Labels, values: list[tuple[int, str]], tenant: str = "fake") -> None:
        """Take lines in. A line that its stream has already, with the same time, is the same one."""
        stream = self._tenants[tenant].setdefault(json.dumps(dict(labels), sort_keys=True), [])
        for moment, line in values:
            start, end = bisect_left(stream, moment, key=itemgetter(0)), bisect_right(stream, moment, key=itemgetter(0))
            if (moment, line) not in stream[start:end]:
                stream.insert(end, (moment, line))

    async def _push(self, request: web.Request) -> web.Response:
        tenant = self._tenant(request)
        for stream in (await request.json())["streams"]:
            for value in stream["values"]:
                if not isinstance(value[0], str):
                    raise web.HTTPBadRequest(text="loghttp.PushRequest.Streams: unmarshalerDecoder: Value looks like Number/Boolean/None")
            self.push(stream["stream"], [(int(value[0]), value[1]) for value in stream["values"]], tenant)
        return web.Response(status=204)

    async def _query_range(self, request: web.Request) -> web.Response:
        tenant = self._tenant(request)
        query = parse(_required(request, "query"))
        if isinstance(query, CountQuery):
            raise web.HTTPBadRequest(text="the sandbox evaluates numbers at one time only: use query")
        now = time.time_ns()
        end = _ns(request.query.get("end"), now)
        start = _ns(request.query.get("start"), end - HOUR_NS)
        if end < start:
            raise web.HTTPBadRequest(text="end timestamp must not be before or equal to start time")
        limit = int(request.query.get("limit", "100"))
        if limit > self.settings.max_entries:
            said = f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {self.settings.max_entries})"
            raise web.HTTPBadRequest(text=said)
        self._check_bytes(tenant, query, start, end)
        direction = request.query.get("direction", "backward")
        found = sorted(
            ((at, labels, line) for labels, at, line in self._find(tenant, query) if start <= at < end),
            key=lambda entry: entry[0],
            reverse=direction == "backward",
        )
        streams: dict[str, list[list[str]]] = defaultdict(list)
        for at, labels, line in found[:limit]:
            streams[labels].append([str(at), line])
        result = [{"stream": json.loads(labels), "values": values} for labels, values in streams.items()]
        return _success({"resultType": "streams", "result": result, "stats": {}})

    async def _query(self, request: web.Request) -> web.Response:
        tenant = self._tenant(request)
        query = parse(_required(request, "query"))
        if isinstance(query, LogQuery):
            raise web.HTTPBadRequest(
                text="log queries are not supported as an instant query type, please change your query to a range query type"
            )
        at = _ns(request.query.get("time"), time.time_ns())
        self._check_bytes(tenant, query.of, at - query.range_ns + 1, at + 1)
        count = sum(at - query.range_ns < moment <= at for _, moment, _ in self._find(tenant, query.of))
        vector = [{"metric": {}, "value": [at / 1e9, str(count)]}] if count else []
        return _success({"resultType": "vector", "result": vector, "stats": {}})

    async def _series(self, request: web.Request) -> web.Response:
        tenant = self._tenant(request)
        selectors = [parse(text) for text in request.query.getall("match[]", [])]
        if not selectors:
            raise web.HTTPBadRequest(text="0 matcher groups supplied")
        found = {
            labels: None
            for selector in selectors
            for labels, _, _ in self._find(tenant, selector.of if isinstance(selector, CountQuery) else selector)
        }
        return _success([json.loads(labels) for labels in found])

    def _find(self, tenant: str, query: LogQuery) -> Iterator[tuple[str, int, str]]:
        for labels, values in self._tenants[tenant].items():
            if query.streams(json.loads(labels)):
                yield from ((labels, at, line) for at, line in values if query.lines(line))

    def _check_bytes(self, tenant: str, query: LogQuery, start: int, end: int) -> None:
        """Refuse what reads too much, by the selector alone: Loki estimates it from its index, before any line is looked at.

        Source: https://grafana.com/docs/loki/latest/operations/troubleshooting/ ("Query would read too many bytes")
        """
        streams = (values for labels, values in self._tenants[tenant].items() if query.streams(json.loads(labels)))
        size = sum(len(line.encode()) for values in streams for at, line in values if start <= at < end)
        if 0 < self.settings.max_query_bytes < size:
            raise web.HTTPBadRequest(
                text=f"the query would read too many bytes (query: {size} B, limit: {self.settings.max_query_bytes} B); "
                "consider adding more specific stream selectors or reduce the time range of the query"
            )

    def _tenant(self, request: web.Request) -> str:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        shown = base64.b64decode(value).decode() if kind == "Basic" else value
        if self.settings.tokens and shown not in self.settings.tokens:
            raise web.HTTPUnauthorized(text="invalid credentials")
        if not self.settings.has_tenants:
            return "fake"  # Loki's own name for the one tenant of a Loki without any
        tenant = request.headers.get("X-Scope-OrgID", "")
        if not tenant:
            raise web.HTTPUnauthorized(text="no org id\n")
        return tenant


def _refusing(handler: Any) -> Any:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            answer: web.StreamResponse = await handler(request)
        except ParseError as error:
            return web.Response(status=400, text=f"{error}\n")
        return answer

    return handle


def _required(request: web.Request, name: str) -> str:
    if name not in request.query:
        raise web.HTTPBadRequest(text=f"{name} is required")
    return request.query[name]


def _ns(text: str | None, default: int) -> int:
    return default if text is None else int(text) if text.isdecimal() else int(float(text) * 1e9)


def _success(data: Any) -> web.Response:
    return web.json_response({"status": "success", "data": data})
