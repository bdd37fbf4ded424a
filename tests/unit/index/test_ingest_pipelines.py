"""What an ingest pipeline did with a document that was never to be written."""

from __future__ import annotations

from typing import Any

import pytest

from newsdrop.index.ingest_pipelines import _what_stops

REFUSED: dict[str, Any] = {
    "_index": "a-000001",
    "_id": "t",
    "status": 409,
    "error": {"type": "version_conflict"},
}


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (REFUSED, ""),
        (REFUSED | {"status": 400, "error": {"type": "x", "reason": "no"}}, "fails (no)"),
        ({"_index": "a-000001", "_id": "t", "status": 200, "result": "noop"}, "drops them"),
        (REFUSED | {"_index": "b"}, "sends them elsewhere (b)"),
        (REFUSED | {"status": 404}, "sends them elsewhere (a-000001)"),
        (REFUSED | {"_id": "u"}, "gives them other ids"),
        # Others judge these, and what an answer lacks is no accusation.
        (REFUSED | {"status": 403}, ""),
        (REFUSED | {"status": 503}, ""),
        ({}, ""),
    ],
)
def test_only_what_a_pipeline_does_is_held_against_it(item: dict[str, Any], said: str) -> None:
    assert _what_stops(item, "a-000001", "t") == said
