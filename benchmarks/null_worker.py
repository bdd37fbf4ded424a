"""A worker whose index costs nothing, to measure all the rest: `python -m benchmarks.null_worker`.

It stands outside the product, because a setting that makes documents vanish would be used one day.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from unittest.mock import patch

from newsdrop.documents import DeadLetter, Document, Fingerprint, ItemResult, Original
from newsdrop.index.bulk import index_line
from newsdrop.ports import WriteContext
from newsdrop.settings import Settings


class NullStore:
    """Makes the bulk's bytes, as the real one does, and forgets them."""

    def put(self, documents: Sequence[Document], context: WriteContext) -> list[ItemResult]:
        context.before_request()
        lines = [index_line(document) for document in documents]
        return [ItemResult(document_id=line.document_id, status="indexed") for line in lines]

    def originals(self, fingerprints: Sequence[Fingerprint], context: WriteContext) -> list[Original]:
        return []

    def check(self) -> None:
        """It always takes documents."""

    def mirror_letters(self, letters: Sequence[DeadLetter]) -> list[str]:
        return [letter.id for letter in letters]


def open_null_store(_settings: Settings) -> NullStore:
    return NullStore()


if __name__ == "__main__":
    sys.argv = ["newsdrop", "worker"]
    from newsdrop.cli.main import run

    with patch("newsdrop.worker.resources.open_store", open_null_store):
        run()
