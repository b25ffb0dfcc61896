"""Links into Grafana, against the form that its documentation gives."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from bot.core.configuration import Explore, Watch
from bot.core.grafana import explore_url, grafana_links, grafana_url
from bot.core.sources import LokiSource
from bot.core.windows import Window

BEGAN = datetime(2024, 5, 1, 14, 15, tzinfo=UTC)
WINDOW = Window("checkout-api", BEGAN, BEGAN + timedelta(minutes=15))
EXPLORE = Explore("https://grafana.example.org/sub/", "P8E80F9AEF21F6940", '{app="{service}"} |~ "ERROR|100%"')
WATCH = Watch("checkout-api", ("file", "/x"), timedelta(minutes=15), "C1", "ERROR", "checkout", explore=EXPLORE, environment="eu&1")


def test_the_explore_link_has_the_documented_form() -> None:
    url = urlsplit(explore_url(EXPLORE, WATCH, WINDOW))

    asked = parse_qs(url.query, strict_parsing=True)
    assert (url.scheme, url.netloc, url.path) == ("https", "grafana.example.org", "/sub/explore")
    assert set(asked) == {"panes", "schemaVersion", "orgId"}
    assert (asked["schemaVersion"], asked["orgId"]) == (["1"], ["1"])
    (pane,) = json.loads(asked["panes"][0]).values()
    assert pane == {
        "datasource": "P8E80F9AEF21F6940",
        "queries": [
            {
                "refId": "A",
                "datasource": {"type": "loki", "uid": "P8E80F9AEF21F6940"},
                "expr": '{app="checkout"} |~ "ERROR|100%"',
                "queryType": "range",
            }
        ],
        "range": {"from": "1714572900000", "to": "1714573800000"},
    }


@given(st.text(max_size=200))
def test_any_query_arrives_in_grafana_as_it_was_written(text: str) -> None:
    query = text.replace("{", "").encode("utf-8", "replace").decode()
    url = urlsplit(explore_url(replace(EXPLORE, query=query), WATCH, WINDOW))

    (pane,) = json.loads(parse_qs(url.query)["panes"][0]).values()
    assert pane["queries"][0]["expr"] == query
    assert "#" not in url.query
    assert " " not in url.query


def test_a_dashboard_link_has_its_variables_and_leaves_other_braces() -> None:
    template = "https://g.example.org/d/abc?var-service={service}&var-env={environment}&from={from}&to={to}&x={other}"

    assert grafana_url(replace(WATCH, grafana=template), WINDOW) == (
        "https://g.example.org/d/abc?var-service=checkout&var-env=eu%261&from=1714572900000&to=1714573800000&x={other}"
    )
    assert quote("eu&1") == "eu%261"


def test_links_come_explore_first_and_only_where_they_can_be_used() -> None:
    both = replace(WATCH, grafana="https://g.example.org/d/abc")

    assert [link.label for link in grafana_links(both, WINDOW)] == ["Open in Explore", "Open in Grafana"]
    assert grafana_links(replace(both, explore=None, grafana="javascript:alert(1)"), WINDOW) == []
    assert grafana_links(replace(both, explore=None, grafana=""), WINDOW) == []


def test_what_is_read_from_loki_with_a_delay_is_looked_for_where_it_was_read() -> None:
    watch = replace(WATCH, source=LokiSource("{}", delay=timedelta(minutes=2)), grafana="https://g.example.org/d/abc?from={from}&to={to}")

    assert grafana_url(watch, WINDOW) == "https://g.example.org/d/abc?from=1714572780000&to=1714573680000"
    (pane,) = json.loads(parse_qs(urlsplit(explore_url(EXPLORE, watch, WINDOW)).query)["panes"][0]).values()
    assert pane["range"] == {"from": "1714572780000", "to": "1714573680000"}
