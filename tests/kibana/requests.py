"""What Kibana asks Elasticsearch for our saved objects, and what the answer must be; for the tests.

`Objects` takes the NDJSON that we ship apart: nothing is read from the sources. Requests follow Lens' own
translation (terms by the order column, date histograms with empty rows, one aggregation per metric); the
expected answer is computed in Python from the documents' sources.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.kibana.kql import matches, parse, to_dsl, values

from newsdrop.index.terms import folded

#: Lens chooses the interval of "auto" by the time range; here it is a month.
_AUTO = "month"
_PERCENTILES = ("median", "percentile")


@dataclass(frozen=True)
class View:
    """A data view: its index, time field, the type of every field, runtime fields' scripts."""

    id: str
    index: str
    time: str
    types: dict[str, str]
    runtime: dict[str, Any]


class Objects:
    """The shipped objects by type, with their references followed."""

    def __init__(self, ndjson: str, mappings: dict[str, dict[str, dict[str, Any]]]) -> None:
        self.all = [json.loads(line) for line in ndjson.splitlines()]
        self.views = {one["id"]: _view(one, mappings) for one in self.all if one["type"] == "index-pattern"}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.all if one["type"] == kind]

    def view_of(self, one: dict[str, Any]) -> View:
        """The one data view that a search or a chart refers to."""
        (found,) = {ref["id"] for ref in one["references"] if ref["type"] == "index-pattern"}
        return self.views[found]

    def layer(self, chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """A chart's columns in their order."""
        (layer,) = chart["attributes"]["state"]["datasourceStates"]["formBased"]["layers"].values()
        assert sorted(layer["columnOrder"]) == sorted(layer["columns"])
        return {name: layer["columns"][name] for name in layer["columnOrder"]}

    def queries(self) -> Iterator[tuple[str, View, str]]:
        """Every KQL query inside any object: where, over which view, the text."""
        for one in self.of("search"):
            source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            yield one["id"], self.view_of(one), source["query"]["query"]
        for chart in self.of("lens"):
            view = self.view_of(chart)
            yield chart["id"], view, chart["attributes"]["state"]["query"]["query"]
            for column in self.layer(chart).values():
                if "filter" in column:
                    yield chart["id"], view, column["filter"]["query"]


def _view(one: dict[str, Any], mappings: dict[str, dict[str, dict[str, Any]]]) -> View:
    attributes = one["attributes"]
    runtime = json.loads(attributes["runtimeFieldMap"])
    types = {name: field["type"] for name, field in mappings[attributes["title"]].items()}
    types |= {name: field["type"] for name, field in runtime.items()}
    return View(one["id"], attributes["title"], attributes["timeFieldName"], types, runtime)


def lens_request(columns: dict[str, dict[str, Any]], query: str, view: View) -> dict[str, Any]:
    """The search that Lens sends for a chart."""
    metrics = {name: column for name, column in columns.items() if not column["isBucketed"]}
    aggs: dict[str, Any] = {name: _metric(column, view) for name, column in metrics.items()}
    for name, column in reversed([pair for pair in columns.items() if pair[1]["isBucketed"]]):
        aggs = {name: {**_bucket(column, columns), "aggs": aggs}}
    return {
        "size": 0,
        "track_total_hits": True,
        "runtime_mappings": view.runtime,
        "query": to_dsl(parse(query), view.types),
        "aggs": aggs,
    }


def _bucket(column: dict[str, Any], columns: dict[str, dict[str, Any]]) -> dict[str, Any]:
    params = column["params"]
    if column["operationType"] == "date_histogram":
        interval = _AUTO if params["interval"] == "auto" else params["interval"]
        return {
            "date_histogram": {
                "field": column["sourceField"], "calendar_interval": interval, "min_doc_count": 0
            }
        }  # fmt: skip
    assert params["orderBy"]["type"] == "column"
    by = params["orderBy"]["columnId"]
    assert columns[by]["operationType"] == "count", "Elasticsearch sorts by counts; Lens refuses percentiles"
    return {
        "terms": {
            "field": column["sourceField"], "size": params["size"],
            "order": {"_count": params["orderDirection"]}, "shard_size": 1_000,
        }
    }  # fmt: skip


def _metric(column: dict[str, Any], view: View) -> dict[str, Any]:
    field, operation = column["sourceField"], column["operationType"]
    agg: dict[str, Any]
    match operation:
        case "count":
            assert field == "___records___"
            agg = {"filter": {"match_all": {}}}
        case "median" | "percentile":
            agg = {"percentiles": {"field": field, "percents": [column["params"].get("percentile", 50)]}}
        case "unique_count":
            agg = {"cardinality": {"field": field}}
        case "average":
            agg = {"avg": {"field": field}}
        case _:
            agg = {operation: {"field": field}}
    if "filter" in column:
        narrowed = to_dsl(parse(column["filter"]["query"]), view.types)
        return {"filter": narrowed, "aggs": {"inner": agg}}
    return agg


Row = tuple[tuple[str, ...], dict[str, Any]]


def rows_of(answer: dict[str, Any], columns: dict[str, dict[str, Any]]) -> list[Row]:
    """The answer as rows: the buckets' keys, and the value of each metric. Empty buckets are left out."""
    return list(_rows(answer["aggregations"], list(columns.items()), ()))


def _rows(
    aggs: dict[str, Any], columns: Sequence[tuple[str, dict[str, Any]]], keys: tuple[str, ...]
) -> Iterator[Row]:
    name, column = columns[0]
    if not column["isBucketed"]:
        yield keys, {name: _value(aggs[name], column) for name, column in columns}
        return
    for bucket in aggs[name]["buckets"]:
        if bucket["doc_count"]:
            key = bucket.get("key_as_string", str(bucket["key"]))
            yield from _rows(bucket, columns[1:], (*keys, key))


def _value(agg: dict[str, Any], column: dict[str, Any]) -> Any:
    if "filter" in column:
        agg = agg["inner"]
    if column["operationType"] == "count":
        return agg["doc_count"]
    if column["operationType"] in _PERCENTILES:
        return next(iter(agg["values"].values()))
    return agg["value"]


class Range(NamedTuple):
    """Where a percentile must lie: an estimate between neighbours of the exact one."""

    low: float
    high: float


def expected_rows(
    columns: dict[str, dict[str, Any]], documents: Sequence[dict[str, Any]], view: View, now: datetime
) -> list[Row]:
    """The rows that the documents (those that the chart's query leaves) must give."""
    return list(_expected(list(columns.items()), documents, view, now, ()))


def _expected(
    columns: Sequence[tuple[str, dict[str, Any]]],
    documents: Sequence[dict[str, Any]],
    view: View,
    now: datetime,
    keys: tuple[str, ...],
) -> Iterator[Row]:
    _, column = columns[0]
    if not column["isBucketed"]:
        yield keys, {name: _measured(column, documents, view, now) for name, column in columns}
        return
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in documents:
        for key in {_key(value, column) for value in values(document, column["sourceField"])}:
            groups[key].append(document)
    for key in _order(groups, column):
        yield from _expected(columns[1:], groups[key], view, now, (*keys, key))


def _key(value: Any, column: dict[str, Any]) -> str:
    if column["operationType"] == "date_histogram":
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-01T00:00:00.000Z")
    return folded(value) if column["sourceField"] in ("tags", "keywords") else str(value)


def _order(groups: dict[str, list[dict[str, Any]]], column: dict[str, Any]) -> list[str]:
    if column["operationType"] == "date_histogram":
        return sorted(groups)
    number = column["dataType"] == "number"
    by_count = sorted(groups, key=lambda key: (-len(groups[key]), float(key) if number else key.encode()))
    return by_count[: column["params"]["size"]]


def _measured(column: dict[str, Any], documents: Sequence[dict[str, Any]], view: View, now: datetime) -> Any:
    if "filter" in column:
        tree = parse(column["filter"]["query"])
        documents = [one for one in documents if matches(tree, one, view.types, now)]
    operation = column["operationType"]
    if operation == "count":
        return len(documents)
    found = sorted(value for one in documents for value in values(one, column["sourceField"]))
    if operation == "unique_count":
        return len(set(found))
    if not found:
        return None
    if operation in _PERCENTILES:
        at = (len(found) - 1) * column["params"].get("percentile", 50) / 100
        return Range(found[max(0, int(at) - 1)], found[min(len(found) - 1, int(at) + 2)])
    summaries: dict[str, Callable[[Any], Any]] = {
        "max": max,
        "sum": sum,
        "average": lambda many: sum(many) / len(many),
    }
    return summaries[operation](found)


def same(found: Any, wanted: Any) -> bool:
    """Whether a measured value is the expected one."""
    if isinstance(wanted, Range):
        return found is not None and wanted.low - 0.001 <= found <= wanted.high + 0.001
    return bool(found == wanted)
