"""Everything inside the shipped Kibana objects runs on a real Elasticsearch and answers rightly.

Kibana itself isn't there: the objects are taken apart as Kibana would (tests/kibana/kql.py,
tests/kibana/requests.py), and what comes back is compared with what Python computes from the documents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.kibana.archive import ENRICHED, Archive, sample_archive
from tests.kibana.kql import fields, matches, parse, to_dsl
from tests.kibana.page import queries
from tests.kibana.requests import Objects, View, expected_rows, lens_request, rows_of, same

from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.kibana.loading import SEARCH_OPTIONS
from newsdrop.options import EnrichOptions, IndexOptions

pytestmark = pytest.mark.elasticsearch
ROOT = Path(__file__).resolve().parents[3]
NAMES = IndexOptions()
OBJECTS = Objects(
    (ROOT / "deploy/kibana/newsdrop.ndjson").read_text("utf-8"),
    {
        NAMES.alias: mapped_fields(index_body("articles", NAMES)),
        NAMES.letters: mapped_fields(index_body("dead-letters", NAMES)),
    },
)
RULES: dict[str, Any] = json.loads((ROOT / "deploy/kibana/rules.json").read_text("utf-8"))
CHARTS = OBJECTS.of("lens")


@pytest.fixture(scope="module")
def archive(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with sample_archive(elasticsearch_url, tmp_path_factory.mktemp("kibana"), ENRICHED) as found:
        yield found


@pytest.fixture(scope="module")
def plain_archive(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The same files under the default settings."""
    with sample_archive(elasticsearch_url, tmp_path_factory.mktemp("plain"), {}) as found:
        yield found


def documents(archive: Archive, view: View, query: str) -> list[dict[str, Any]]:
    tree = parse(query)
    return [one for one in archive.sources[view.index] if matches(tree, one, view.types, archive.now)]


@pytest.mark.parametrize("chart", CHARTS, ids=[one["id"] for one in CHARTS])
def test_every_chart_gets_the_buckets_that_the_documents_have(
    chart: dict[str, Any], archive: Archive
) -> None:
    view, columns = OBJECTS.view_of(chart), OBJECTS.layer(chart)
    query = chart["attributes"]["state"]["query"]["query"]
    found = rows_of(archive.search(view.index, lens_request(columns, query, view)), columns)
    wanted = expected_rows(columns, documents(archive, view, query), view, archive.now)
    assert wanted, "the sample corpus must have something to show in every chart"
    assert [keys for keys, _ in found] == [keys for keys, _ in wanted]
    for (keys, values), (_, expected) in zip(found, wanted, strict=True):
        for name, value in expected.items():
            assert same(values[name], value), (keys, name, values[name], value)


@pytest.mark.parametrize("chart", CHARTS, ids=[one["id"] for one in CHARTS])
def test_no_chart_is_empty_by_default_unless_it_names_the_setting_that_fills_it(
    chart: dict[str, Any], plain_archive: Archive
) -> None:
    view, columns = OBJECTS.view_of(chart), OBJECTS.layer(chart)
    request = lens_request(columns, chart["attributes"]["state"]["query"]["query"], view)
    rows = rows_of(plain_archive.search(view.index, request), columns)
    shown = any(value for _, values in rows for value in values.values())
    named = re.search(r"Needs the setting (enrich\.\w+)", chart["attributes"]["description"] or "")
    assert shown or (named and not getattr(EnrichOptions(), named[1].removeprefix("enrich.")))


def ranged(archive: Archive, view: View, query: str, since: str) -> tuple[set[str], set[str]]:
    """What a query finds, and what of it lies in a time range that ends now."""
    found = to_dsl(parse(query), view.types)
    inside = {"bool": {"filter": [found, {"range": {view.time: {"gte": since, "lte": "now"}}}]}}
    return archive.ids(view.index, found, view.runtime), archive.ids(view.index, inside, view.runtime)


@pytest.mark.parametrize("one", OBJECTS.of("search"), ids=[one["id"] for one in OBJECTS.of("search")])
def test_a_saved_search_opens_with_a_time_range_in_which_its_documents_lie(
    one: dict[str, Any], archive: Archive
) -> None:
    attributes = one["attributes"]
    query = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"]
    assert (attributes["timeRestore"], attributes["timeRange"]["to"]) == (True, "now")
    found, inside = ranged(archive, OBJECTS.view_of(one), query, attributes["timeRange"]["from"])
    assert found == inside != set()


@pytest.mark.parametrize("board", OBJECTS.of("dashboard"), ids=[one["id"] for one in OBJECTS.of("dashboard")])
def test_a_dashboard_opens_with_a_time_range_in_which_its_charts_documents_lie(
    board: dict[str, Any], archive: Archive
) -> None:
    attributes, charts = board["attributes"], {one["id"]: one for one in CHARTS}
    assert (attributes["timeRestore"], attributes["timeTo"]) == (True, "now")
    for chart in (charts[ref["id"]] for ref in board["references"] if ref["type"] == "lens"):
        query = chart["attributes"]["state"]["query"]["query"]
        found, inside = ranged(archive, OBJECTS.view_of(chart), query, attributes["timeFrom"])
        assert found == inside != set(), chart["id"]


@pytest.mark.parametrize("name", sorted({name for name, _, query in OBJECTS.queries() if query}))
def test_every_query_finds_the_documents_that_it_means(name: str, archive: Archive) -> None:
    for where, view, query in OBJECTS.queries():
        if where == name and query:
            check_query(archive, view, query)


def check_query(archive: Archive, view: View, query: str) -> None:
    wanted = {one["_id"] for one in documents(archive, view, query)}
    assert wanted, f"{query}: the sample corpus must have something to find"
    assert archive.ids(view.index, to_dsl(parse(query), view.types), view.runtime) == wanted, query


@pytest.mark.parametrize("one", OBJECTS.of("search"), ids=[one["id"] for one in OBJECTS.of("search")])
def test_every_saved_search_sorts_and_shows_its_columns(one: dict[str, Any], archive: Archive) -> None:
    view, attributes = OBJECTS.view_of(one), one["attributes"]
    source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
    body = {
        "query": to_dsl(parse(source["query"]["query"]), view.types),
        "sort": [
            {field: {"order": order, "unmapped_type": "boolean"}} for field, order in attributes["sort"]
        ],
        "fields": [{"field": column} for column in attributes["columns"]],
        "source": False,
        "size": 500,
    }
    hits = archive.search(view.index, body)["hits"]["hits"]
    shown = {name for hit in hits for name in hit.get("fields", {})}
    assert shown == set(attributes["columns"])
    order = [hit["sort"][0] for hit in hits]
    assert order == sorted(order, reverse=attributes["sort"][0][1] == "desc")


@pytest.mark.parametrize("view", OBJECTS.views.values(), ids=lambda view: view.id)
def test_every_runtime_field_computes_what_it_says(view: View, archive: Archive) -> None:
    body = {
        "runtime_mappings": view.runtime,
        "fields": sorted(view.runtime),
        "source": False,
        "size": 1_000,
    }
    hits = archive.search(view.index, body)["hits"]["hits"]
    found = {hit["_id"]: {name: many[0] for name, many in hit.get("fields", {}).items()} for hit in hits}
    for one in archive.sources[view.index]:
        assert found[one["_id"]] == {name: one[name] for name in view.runtime if name in one}


@pytest.mark.parametrize("body", RULES.values(), ids=[body["name"] for body in RULES.values()])
def test_every_alert_rule_finds_its_documents_in_its_window(body: dict[str, Any], archive: Archive) -> None:
    params = body["params"]
    view = OBJECTS.views[params["searchConfiguration"]["index"]]
    tree = parse(params["searchConfiguration"]["query"]["query"])
    time, size = params["timeField"], f"{params['timeWindowSize']}{params['timeWindowUnit']}"
    query = {
        "bool": {
            "filter": [to_dsl(tree, view.types), {"range": {time: {"gte": f"now-{size}", "lte": "now"}}}]
        }
    }
    window = parse(f"{time} >= now-{size}")
    wanted = {
        one["_id"]
        for one in archive.sources[view.index]
        if matches(tree, one, view.types, archive.now) and matches(window, one, view.types, archive.now)
    }
    assert wanted
    assert archive.ids(view.index, query, view.runtime) == wanted


@pytest.mark.parametrize(("view", "query"), queries("kql"))
def test_every_kql_query_of_the_documentation_finds_what_it_says(
    view: str, query: str, archive: Archive
) -> None:
    check_query(archive, OBJECTS.views[f"newsdrop-{view}"], query)


def lucene(archive: Archive, view: View, query: str) -> set[str]:
    """What Kibana finds in Lucene syntax with the options that `newsdrop kibana import` sets."""
    return archive.ids(view.index, {"query_string": {"query": query, **SEARCH_OPTIONS}}, view.runtime)


@pytest.mark.parametrize(("view", "query"), queries("lucene"))
def test_a_space_in_lucene_syntax_narrows_with_the_setting_that_the_import_makes(
    view: str, query: str, archive: Archive
) -> None:
    data = OBJECTS.views[f"newsdrop-{view}"]
    parts = [lucene(archive, data, part) for part in query.split() if part != "AND"]
    assert lucene(archive, data, query) <= set.intersection(*parts)
    assert 0 < len(lucene(archive, data, query)) < len(set.union(*parts))


def test_words_in_lucene_syntax_stand_in_one_field_unless_and_is_between_them(archive: Archive) -> None:
    view = OBJECTS.views["newsdrop-articles"]
    together = " or ".join(f"({name}: 香港 and {name}: 上海)" for name in ("title", "text", "summary"))
    for query, meant in (("香港 上海", together), ("香港 AND 上海", "香港 and 上海")):
        wanted = {one["_id"] for one in documents(archive, view, meant)}
        assert lucene(archive, view, query) == wanted


def test_a_space_in_kql_means_or_and_the_word_and_means_and(archive: Archive) -> None:
    view = OBJECTS.views["newsdrop-articles"]
    one, other, either, both = (
        archive.ids(view.index, to_dsl(parse(query), view.types), {})
        for query in ("香港", "上海", "香港 上海", "香港 and 上海")
    )
    assert either == one | other
    assert both == one & other
    assert both < either


def test_no_star_is_needed_after_han_and_in_kql_it_finds_nothing(archive: Archive) -> None:
    """Kibana sends `香港*` as a `query_string` that looks for one term; each character is a term."""
    view = OBJECTS.views["newsdrop-articles"]
    found = {
        query: archive.ids(view.index, to_dsl(parse(query), view.types), {})
        for query in ("text: 香港", "text: 香港*", "text: 港*", "text: 港", "text: pict*", "text: picture")
    }
    assert found["text: 香港"]
    assert found["text: 香港*"] == set()
    assert found["text: 港*"] == found["text: 港"] >= found["text: 香港"]
    assert found["text: pict*"] >= found["text: picture"]
    # With the import's option Lucene syntax finds more than is meant, but not less.
    assert lucene(archive, view, "text:香港*") >= found["text: 香港"]


def test_every_field_named_in_any_query_is_mapped() -> None:
    named = [
        (where, view, field) for where, view, query in OBJECTS.queries() for field in fields(parse(query))
    ]
    for body in RULES.values():
        view = OBJECTS.views[body["params"]["searchConfiguration"]["index"]]
        query = body["params"]["searchConfiguration"]["query"]["query"]
        named += [
            (body["name"], view, field) for field in [*fields(parse(query)), body["params"]["timeField"]]
        ]
    assert len(named) > 10
    assert [(where, field) for where, view, field in named if field not in view.types] == []


def test_every_field_of_charts_controls_and_formats_is_mapped() -> None:
    wrong = []
    for chart in CHARTS:
        view = OBJECTS.view_of(chart)
        names = {column["sourceField"] for column in OBJECTS.layer(chart).values()} - {"___records___"}
        wrong += [(chart["id"], name) for name in names if name not in view.types]
    for one in OBJECTS.of("index-pattern"):
        view = OBJECTS.views[one["id"]]
        names = {view.time, *json.loads(one["attributes"]["fieldFormatMap"])}
        wrong += [(one["id"], name) for name in names if name not in view.types]
    for board in OBJECTS.of("dashboard"):
        panels = json.loads(board["attributes"].get("controlGroupInput", {}).get("panelsJSON", "{}"))
        views = {
            ref["name"]: OBJECTS.views[ref["id"]]
            for ref in board["references"]
            if ref["type"] == "index-pattern"
        }
        for name, panel in panels.items():
            field = panel["explicitInput"]["fieldName"]
            if field not in views[f"controlGroup_{name}:optionsListDataView"].types:
                wrong.append((board["id"], field))
    assert wrong == []


def test_the_corpus_is_new_enough_for_the_windows_of_the_rules(archive: Archive) -> None:
    """Guards the others: had the run taken longer than the shortest window, they would compare nothing."""
    view = OBJECTS.views["newsdrop-ingestion"]
    recent = parse("event.ingested >= now-15m")
    assert all(matches(recent, one, view.types, archive.now) for one in archive.sources[view.index])
    assert archive.now.utcoffset() == timedelta(0)
