"""Which documents of a bulk are copies of others: `duplicate_of`, with one original per group.

Each document is decided when it is written: it is a copy of an original that is in the index (or in the same
bulk) and at least 0.7 similar, of the earliest one if there are several; otherwise it is an original. No
other document is rewritten for it, because under external versions no write can tell that another came in
between. So the first copy to be indexed is the original, whatever its date. Two originals that missed each
other, written within one refresh, find each other when the later one is ingested again: an original yields
only to an earlier one, so no two documents become copies of each other. Short texts without band keys are
never copies: half of all picture pages have the same text.

Pure. There are no chains: an original is never a copy itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from newsdrop.documents import Document, Fingerprint, Original

__all__ = ["ORIGINAL_FIELDS", "fingerprints", "mark_copies", "original"]

#: The fields of a stored document that `original` needs.
ORIGINAL_FIELDS: Final = ("@timestamp", "fingerprint", "duplicate_of")
#: Estimated share of common pieces; below it texts are often two reports of one event.
_LIKENESS: Final = 0.7


def original(document_id: str, source: dict[str, Any]) -> Original | None:
    """A stored document as an original; None for a copy, and for a text that is too short."""
    if source.get("duplicate_of") or not source.get("fingerprint", {}).get("minhash"):
        return None
    return Original(
        document_id=document_id,
        at_s=datetime.fromisoformat(source["@timestamp"]).timestamp(),
        fingerprint=msgspec.convert(source["fingerprint"], Fingerprint),
    )


def fingerprints(documents: Iterable[Document]) -> list[Fingerprint]:
    """The fingerprints to ask a store for before `documents` are marked."""
    ours = (original(document.id, document.source) for document in documents)
    return [one.fingerprint for one in ours if one is not None]


def mark_copies(documents: Sequence[Document], known: Sequence[Original]) -> list[Document]:
    """The documents, with `duplicate_of` in those that are copies; in the same order.

    Args:
        known: the originals that the store has.
    """
    originals = _Originals(known)
    before = {one.document_id for one in known}
    ours = [
        (at, one) for at, document in enumerate(documents) if (one := original(document.id, document.source))
    ]
    # Existing originals come first, so that no document becomes a copy of another copy.
    ours.sort(key=lambda pair: (pair[1].document_id not in before, _order(pair[1])))
    marked = list(documents)
    for at, one in ours:
        is_known = one.document_id in before
        rivals = [rival for rival in originals.like(one) if not is_known or _order(rival) < _order(one)]
        if rivals:
            first = min(rivals, key=_order).document_id
            source = {**documents[at].source, "duplicate_of": first}
            marked[at] = msgspec.structs.replace(documents[at], source=source)
            originals.discard(one.document_id)
        else:
            originals.add(one)
    return marked


def _order(one: Original) -> tuple[float, str]:
    return one.at_s, one.document_id


class _Originals:
    """Originals, indexed by their bands."""

    def __init__(self, known: Iterable[Original]) -> None:
        self._by_id: dict[str, Original] = {}
        self._ids_by_key: dict[str, set[str]] = defaultdict(set)
        for one in known:
            self.add(one)

    def add(self, one: Original) -> None:
        self._by_id[one.document_id] = one
        for key in one.fingerprint.minhash:
            self._ids_by_key[key].add(one.document_id)

    def discard(self, document_id: str) -> None:
        self._by_id.pop(document_id, None)

    def like(self, one: Original) -> list[Original]:
        """All originals similar to `one`, except itself."""
        ids = {found for key in one.fingerprint.minhash for found in self._ids_by_key.get(key, ())} - {
            one.document_id
        }
        near = (self._by_id[found] for found in ids if found in self._by_id)
        return [rival for rival in near if one.fingerprint.likeness(rival.fingerprint) >= _LIKENESS]
