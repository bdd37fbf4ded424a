"""A worker whose index costs nothing, to measure all the rest: `python -m benchmarks.null_worker`.

It stands outside the product, because a setting that makes documents vanish would be used one day.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from newsdrop.documents import Document, Fingerprint, ItemResult, Original
from newsdrop.index.bulk import index_line
from newsdrop.index.factory import open_store
from newsdrop.index.store import Store
from newsdrop.ports import WriteContext
from newsdrop.settings import Settings


class NullStore:
    """Makes the bulk's bytes, as the real one does, and forgets them; all else is the real one's."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, documents: Sequence[Document], context: WriteContext) -> list[ItemResult]:
        context.before_request()
        lines = [index_line(document) for document in documents]
        return [ItemResult(document_id=line.document_id, status="indexed") for line in lines]

    def originals(self, fingerprints: Sequence[Fingerprint], context: WriteContext) -> list[Original]:
        return []


def open_null_store(settings: Settings) -> NullStore:
    return NullStore(open_store(settings))


if __name__ == "__main__":
    sys.argv = ["newsdrop", "worker"]
    from newsdrop.cli.main import run

    with patch("newsdrop.worker.resources.open_store", open_null_store):
        run()
