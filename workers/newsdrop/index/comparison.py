"""Compares an index with its copy, by id and version, and deletes what keeps the two from being equal.

That is what the index no longer has, and what it has at a lower version: the newer capture was removed, and
an older one written without the copy. Elasticsearch never lets a lower version replace a higher one, so these
must be deleted first, and copied once the copy has forgotten the deletion. Nothing is copied here.

Workers may be writing to both. They write to the index first, so it is read last here; and a deletion is
refused if the document has changed since it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from newsdrop.errors import OutageError
from newsdrop.index.alias import scan
from newsdrop.index.answers import plain_reason
from newsdrop.index.client import Client

__all__ = ["Comparison", "Differing", "Marks", "changed_after"]

_PAGE = 1_000


class Marks(NamedTuple):
    """Sequence numbers of the index and its copy, after which a document counts as changed."""

    source: int
    copy: int


class Differing(NamedTuple):
    """`missing`: the ids that must be copied (again). `deleted`: how many the index no longer has."""

    missing: list[str]
    deleted: int


class Comparison:
    """Compares `source` with `copy`; both must have been refreshed.

    Args:
        progress: told the step, how many documents were compared, and of how many.
    """

    def __init__(
        self, client: Client, source: str, copy: str, progress: Callable[[str, int, int], object]
    ) -> None:
        self._client = client
        self.source = source
        self.copy = copy
        self._progress = progress

    def differing(self, since: Marks | None) -> Differing:
        """Delete from the copy what must not stay, and tell what it lacks.

        Args:
            since: look only at what changed in one of them after these; None: at everything.

        Raises:
            OutageError: a document can't be read, so that nobody knows whether it is there.
        """
        missing: dict[str, None] = {}
        deleted = 0
        of_copy, of_source = _changed(since and since.copy), _changed(since and since.source)
        total, done = self._count(self.copy, of_copy) + self._count(self.source, of_source), 0
        for page in self._pages(self.copy, of_copy):
            deleted += self._judge({hit["_id"]: hit for hit in page}, missing)
            done += len(page)
            self._progress("removals", done, total)
        for page in self._pages(self.source, of_source):
            copied = self._look(self.copy, [hit["_id"] for hit in page])
            unlike = [hit for hit in page if _version(copied[hit["_id"]]) != hit["_version"]]
            deleted += self._judge({hit["_id"]: copied[hit["_id"]] for hit in unlike}, missing)
            done += len(page)
            self._progress("removals", done, total)
        return Differing(list(missing), deleted)

    def _judge(self, copied: dict[str, dict[str, Any] | None], missing: dict[str, None]) -> int:
        """Compare documents of the copy, as they were read before, with those of the index.

        Adds to `missing` what must be copied; returns how many were deleted that the index no longer has.
        """
        deleted = 0
        for name, there in self._look(self.source, list(copied)).items():
            copy = copied[name]
            if copy is not None and (there is None or there["_version"] < copy["_version"]):
                self._delete_unchanged(copy)
            if there is None:
                deleted += copy is not None
            elif there["_version"] != _version(copy):
                missing[name] = None
        return deleted

    def _look(self, index: str, ids: list[str]) -> dict[str, dict[str, Any] | None]:
        """The document of each id as it is now, even if it hasn't been refreshed yet; None: there is none."""
        if not ids:
            return {}
        with self._client.translated():
            answer = self._client.api.mget(index=index, ids=ids, source=False)
        for one in answer["docs"]:
            if "error" in one:
                raise OutageError(
                    f"Elasticsearch at {self._client.where} can't read a document of {index}: "
                    f"{plain_reason(one['error'])}."
                )
        return {one["_id"]: one if one["found"] else None for one in answer["docs"]}

    def _delete_unchanged(self, hit: dict[str, Any]) -> None:
        # Only the version that we saw: a worker may be writing it to both indexes at this moment.
        with self._client.translated():
            self._client.api.options(ignore_status=(404, 409)).delete(
                index=self.copy,
                id=hit["_id"],
                if_seq_no=hit["_seq_no"],
                if_primary_term=hit["_primary_term"],
            )

    def _pages(self, index: str, query: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        hits = scan(self._client, index, query)
        while page := list(islice(hits, _PAGE)):
            yield page

    def _count(self, index: str, query: dict[str, Any]) -> int:
        return self._client.count(index=index, query=query)


def changed_after(mark: int) -> dict[str, Any]:
    """The query for documents whose last write is after a sequence number."""
    return {"range": {"_seq_no": {"gt": mark}}}


def _changed(mark: int | None) -> dict[str, Any]:
    return {"match_all": {}} if mark is None else changed_after(mark)


def _version(found: dict[str, Any] | None) -> int | None:
    return None if found is None else found["_version"]
