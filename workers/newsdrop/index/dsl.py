"""Translates queries to Elasticsearch's language, and its answers back. Pure.

Words count for relevance; everything else only filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any as Json

from newsdrop.documents import COARSE, Fingerprint
from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.query import (
    AddressStart,
    All,
    Any,
    Dates,
    Identity,
    Limits,
    Node,
    Not,
    Path,
    Prefix,
    Present,
    Value,
    Words,
)
from newsdrop.index.search import Bucket, SearchRequest, ValueCount, sorting
from newsdrop.index.wording import server_clause

__all__ = ["aggregations", "buckets", "originals_body", "query_body", "sort_body", "value_counts"]

_WEIGHTED = ("title^2", *DEFAULT_FIELDS[1:])
#: Fields whose values are counted as written.
_WRITTEN = {field: f"{field}.keyword" for field in ("author", "source.name", "section", "language")}
_HISTOGRAM = "by time"
_FORMATS = {"year": "yyyy", "month": "yyyy-MM", "day": "yyyy-MM-dd"}


def query_body(node: Node) -> dict[str, Json]:
    """The query for a tree."""
    match node:
        case Words() | Prefix():
            return _text(node)
        case All(nodes):
            return _all(nodes)
        case Any(nodes):
            return {"bool": {"should": [_rated(one) for one in nodes], "minimum_should_match": 1}}
        case Not(inner):
            return {"bool": {"must_not": [query_body(inner)]}}
        case Identity() | AddressStart():
            return _address(node)
        case Present(field):
            return {"exists": {"field": field}}
        case Path(pattern):
            return {"wildcard": {"file.path": {"value": pattern.replace("\\", "\\\\")}}}
        case Value(field, value):
            return _value(field, value)
        case Dates():
            return _dates(node)


def _address(node: Identity | AddressStart) -> dict[str, Json]:
    if isinstance(node, Identity):
        return {"ids": {"values": [node.id]}}
    return {"prefix": {"url.full": {"value": node.text}}}


def sort_body(request: SearchRequest) -> list[dict[str, Json]]:
    """The order of the hits; equal ones are sorted newest first, then in the order of indexing."""
    order = "asc" if sorting(request) == "oldest" else "desc"
    times: list[dict[str, Json]] = [{"@timestamp": {"order": order}}, {"event.ingested": {"order": order}}]
    return [{"_score": {"order": "desc"}}, *times] if sorting(request) == "relevance" else times


def aggregations(request: SearchRequest) -> dict[str, Json]:
    """The counts to be made beside the hits."""
    found: dict[str, Json] = {
        field: {
            "terms": {
                "field": _WRITTEN.get(field, field),
                "size": request.facet_size,
                "order": [{"_count": "desc"}, {"_key": "asc"}],
            }
        }
        for field in request.facets
    }
    if request.histogram is not None:
        found[_HISTOGRAM] = {
            "date_histogram": {
                "field": "@timestamp",
                "calendar_interval": request.histogram,
                "format": _FORMATS[request.histogram],
                "min_doc_count": 1,
            }
        }
    return found


def value_counts(answer: dict[str, Json], request: SearchRequest) -> dict[str, list[ValueCount]]:
    """The counts of values in an answer."""
    return {
        field: [ValueCount(one["key"], one["doc_count"]) for one in answer["aggregations"][field]["buckets"]]
        for field in request.facets
    }


def buckets(answer: dict[str, Json], request: SearchRequest) -> list[Bucket]:
    """The counts by time in an answer."""
    if request.histogram is None:
        return []
    found = answer["aggregations"][_HISTOGRAM]["buckets"]
    return [Bucket(one["key_as_string"], one["doc_count"]) for one in found]


def originals_body(fingerprints: Sequence[Fingerprint]) -> dict[str, Json]:
    """The query for documents that aren't copies and share a band with any of these."""
    bands = sorted({key for one in fingerprints for key in one.minhash})
    no_copy = {"exists": {"field": "duplicate_of"}}
    return {"bool": {"filter": {"terms": {"fingerprint.minhash": bands}}, "must_not": no_copy}}


def _all(nodes: Sequence[Node]) -> dict[str, Json]:
    if not nodes:
        return {"match_all": {}}
    parts: dict[str, list[Json]] = {}
    for node in nodes:
        if isinstance(node, Not):
            parts.setdefault("must_not", []).append(query_body(node.node))
        else:
            parts.setdefault("must" if _counts(node) else "filter", []).append(query_body(node))
    return {"bool": parts}


def _counts(node: Node) -> bool:
    """Whether a node affects relevance."""
    if isinstance(node, All | Any):
        return any(_counts(inner) for inner in node.nodes)
    return isinstance(node, Words | Prefix)


def _rated(node: Node) -> dict[str, Json]:
    body = query_body(node)
    return body if _counts(node) else {"constant_score": {"filter": body, "boost": 0}}


def _text(node: Words | Prefix) -> dict[str, Json]:
    if isinstance(node, Prefix):
        # Compared directly with the terms of the index, because a prefix can't be analysed.
        return {"dis_max": {"queries": [{"prefix": {field: {"value": node.term}}} for field in node.fields]}}
    fields = _WEIGHTED if node.fields == DEFAULT_FIELDS else node.fields
    return server_clause(node.wording, fields)


def _value(field: str, value: str) -> dict[str, Json]:
    whole = {"term": {field: value}}
    if field != "url.domain":
        return whole
    below = {"wildcard": {field: {"value": f"*.{_literally(value)}"}}}
    return {"bool": {"should": [whole, below], "minimum_should_match": 1}}


def _literally(value: str) -> str:
    return "".join(f"\\{char}" if char in "*?\\" else char for char in value)


def _dates(dates: Dates) -> dict[str, Json]:
    exact = _range(dates.field, dates.exact)
    if not dates.divided:
        return exact
    coarse = {"terms": {"published_precision": list(COARSE)}}
    either = [
        {"bool": {"filter": [coarse, _range(dates.field, dates.wall)]}},
        {"bool": {"filter": [exact], "must_not": [coarse]}},
    ]
    return {"bool": {"should": either, "minimum_should_match": 1}}


def _range(field: str, limits: Limits) -> dict[str, Json]:
    ends = {sign: end for sign, end in zip(("gte", "lt"), limits, strict=True) if end is not None}
    return {"range": {field: {"format": "epoch_millis", **ends}}}
