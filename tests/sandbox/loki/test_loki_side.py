"""The sandbox's Loki answers as Loki's documentation says: forms, defaults, borders of time, refusals."""

from collections.abc import Iterator

import httpx2
import pytest

from sandbox.loki.logql import CountQuery, ParseError, parse
from tests.adapters.logs.loki_server import LokiServer

T = 1_700_000_000_000_000_000


@pytest.fixture
def server() -> Iterator[LokiServer]:
    with LokiServer() as started:
        yield started


@pytest.fixture
def http(server: LokiServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{server.world.url}/loki/api/v1", timeout=30) as client:
        yield client


def push(http: httpx2.Client, *values: tuple[int, str], **labels: str) -> None:
    body = {"streams": [{"stream": {"app": "a", **labels}, "values": [[str(at), line] for at, line in values]}]}
    assert http.post("/push", json=body).status_code == 204


def ask(http: httpx2.Client, query: str = '{app="a"}', **parameters: object) -> list[tuple[str, str]]:
    answer = http.get("/query_range", params={"query": query, "start": T, "end": T + 100, **parameters}).json()
    assert answer["status"] == "success"
    assert answer["data"]["resultType"] == "streams"
    return [tuple(value) for stream in answer["data"]["result"] for value in stream["values"]]


def test_the_start_is_in_a_range_and_the_end_is_not(http: httpx2.Client) -> None:
    push(http, (T - 1, "before"), (T, "start"), (T + 99, "last"), (T + 100, "end"))

    assert ask(http, direction="forward") == [(str(T), "start"), (str(T + 99), "last")]


def test_the_newest_come_first_and_a_hundred_at_most_unless_asked_otherwise(http: httpx2.Client) -> None:
    push(http, *((T + n // 2, f"line {n}") for n in range(150)))

    assert len(ask(http)) == 100
    assert ask(http)[0][0] == str(T + 74)
    assert [line for _, line in ask(http, direction="forward", limit=3)] == ["line 0", "line 1", "line 2"]


def test_a_line_that_is_pushed_twice_is_there_once_in_its_stream(http: httpx2.Client) -> None:
    push(http, (T, "one"), (T, "two"), (T, "one"))
    push(http, (T, "one"), pod="b")

    assert sorted(line for _, line in ask(http)) == ["one", "one", "two"]


def test_a_count_reaches_back_from_its_time_which_it_holds(http: httpx2.Client) -> None:
    push(http, (T, "a"), (T + 1, "b"), (T + 1_000_000_000, "c"), (T + 1_000_000_001, "d"))

    answer = http.get("/query", params={"query": 'sum(count_over_time({app="a"} !~ "x" [1s]))', "time": T + 1_000_000_000}).json()

    assert answer["data"]["resultType"] == "vector"
    assert answer["data"]["result"][0]["value"][1] == "2"


def test_nothing_counted_is_an_empty_vector(http: httpx2.Client) -> None:
    assert http.get("/query", params={"query": 'sum(count_over_time({app="a"}[5m]))'}).json()["data"]["result"] == []


def test_series_are_the_labels_of_streams(http: httpx2.Client) -> None:
    push(http, (T, "x"), pod="a")
    push(http, (T, "x"), pod="b")

    found = http.get("/series", params={"match[]": '{app="a", pod!="a"}'}).json()["data"]

    assert found == [{"app": "a", "pod": "b"}]


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("query_range", {"query": '{app="a"}', "limit": 5001}, "limit > max_entries_limit_per_query (5001 > 5000)"),
        ("query_range", {"query": "app"}, "parse error at line 1, col 1: syntax error: unexpected a"),
        ("query_range", {"query": '{app="a"} |~ "(?!x)"'}, "error parsing regexp"),
        ("query", {"query": '{app="a"}'}, "log queries are not supported as an instant query type"),
        ("query", {"query": 'sum(count_over_time({app="a"}[5ns]))'}, "not a valid duration string"),
        ("series", {}, "0 matcher groups supplied"),
    ],
)
def test_refusals_are_plain_text_with_400(http: httpx2.Client, path: str, parameters: dict[str, object], said: str) -> None:
    answer = http.get(f"/{path}", params=parameters)

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert said in answer.text


def test_a_query_that_would_read_too_much_of_its_streams_is_refused_whatever_it_filters(server: LokiServer, http: httpx2.Client) -> None:
    push(http, (T, "x" * 60), (T + 50, "y" * 60))
    server.side.settings.max_query_bytes = 100

    refused = http.get("/query_range", params={"query": '{app="a"} |= "z"', "start": T, "end": T + 100})

    assert (refused.status_code, refused.text.partition(";")[0]) == (
        400, "the query would read too many bytes (query: 120 B, limit: 100 B)"
    )  # fmt: skip
    assert http.get("/query", params={"query": 'sum(count_over_time({app="a"}[1s]))', "time": T + 100}).status_code == 400
    assert len(ask(http, end=T + 50)) == 1


@pytest.mark.parametrize("query", ["{}", "{app=}", '{app="a"', '{app="a"} |', '{app="a"} | json', ""])
def test_what_it_does_not_know_is_a_parse_error(query: str) -> None:
    with pytest.raises(ParseError):
        parse(query)


def test_ranges_have_the_units_of_prometheus() -> None:
    found = parse("sum(count_over_time({a=`b`} |= `[x]` [1h30m500ms]))")

    assert isinstance(found, CountQuery)
    assert found.range_ns == 5_400_500_000_000
