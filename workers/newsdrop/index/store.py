"""What a store is: the contract that Elasticsearch and the embedded index both keep.

A store takes documents by id with an external version: what is newer or as new replaces, what is older is
*superseded*. It decides nothing about retries; it says what became of each document, and raises only when it
as a whole refuses work (OutageError: wait; ConfigError: a person must act).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol

import msgspec

from newsdrop.documents import Document, Fingerprint, Hit, ItemResult, Original
from newsdrop.index.search import SearchAnswer, SearchRequest
from newsdrop.options import ELASTICSEARCH_TIMEOUT_S
from newsdrop.ports import (
    PLAIN_WRITE,
    DocumentCount,
    FolderFiles,
    IndexIdentity,
    LetterMirror,
    StoredFiles,
    WriteContext,
)

__all__ = ["MOST_DOCUMENTS", "ElasticsearchOptions", "IndexState", "IndexStatus", "Store"]

#: Enough to say that the beginning of an id is too short.
MOST_DOCUMENTS = 10


class ElasticsearchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the server. Credentials stay out of `repr`."""

    url: str
    api_key: str | None = None
    username: str | None = None
    password: str | None = None
    ca_certs: str | None = None
    timeout_s: float = ELASTICSEARCH_TIMEOUT_S

    def __repr__(self) -> str:
        return f"ElasticsearchOptions(timeout_s={self.timeout_s})"


class IndexState(msgspec.Struct, frozen=True, kw_only=True):
    """One alias: what stands behind it, and how that differs from what it should be.

    `index` None: nothing stands behind it. `drift`: one sentence per difference, empty when all is well.
    `leftovers`: other indexes of this alias's name, from earlier migrations or an unfinished one.
    """

    alias: str
    index: str | None
    mapping_version: int | None
    expected_version: int
    documents: int
    drift: list[str] = []
    leftovers: list[str] = []


class IndexStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `newsdrop index status`. `where` is the server's address (no password) or the file."""

    kind: Literal["elasticsearch", "local"]
    where: str
    articles: IndexState
    letters: IndexState

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        states = (self.articles, self.letters)
        return all(state.index is not None and not state.drift for state in states)


class Store(StoredFiles, FolderFiles, DocumentCount, LetterMirror, Protocol):
    """Where documents go. Safe to use from several processes; one object belongs to one thread at a time."""

    def put(self, documents: Sequence[Document], context: WriteContext = PLAIN_WRITE) -> list[ItemResult]:
        """Write documents by external version; one result each, in the same order. Idempotent.

        A document is superseded by a newer one of another file or member only: where its own is newer, the
        file was corrected, and it is written at that version. One that only the memory of a removal refuses
        is busy.

        Raises:
            OutageError: the store can't be reached or refuses all work; some may have been written.
            ConfigError: likewise, until a person acts.
        """
        ...

    def remove(self, document_id: str, path: str | None, context: WriteContext = PLAIN_WRITE) -> bool:
        """Delete the document at its own version, and only if its `file.path` is `path`.

        Returns:
            Whether no document is there any more, which is so, too, when there was none. False: another
            file's document stands there. Idempotent, so that a delete whose answer was lost is done again.
        """
        ...

    def originals(
        self, fingerprints: Sequence[Fingerprint], context: WriteContext = PLAIN_WRITE
    ) -> list[Original]:
        """Documents that are no copies and share a band with any of these fingerprints.

        Candidates only, at most 1,000, in no order. What was put within the last refresh may be missing.
        The fingerprints given must have bands.

        Raises:
            OutageError, ConfigError: as `put`.
        """
        ...

    def search(self, request: SearchRequest) -> SearchAnswer:
        """One page of what a query finds, how much that is in all, and what else is counted.

        What was put within the last refresh may be missing.

        Raises:
            QueryError: pages don't reach so far.
            OutageError, ConfigError: as `put`.
        """
        ...

    def all_hits(self, request: SearchRequest) -> Iterator[Hit]:
        """Everything that a query finds, in the order asked for, as of now; `page` and `size` don't matter.

        Raises:
            OutageError, ConfigError: as `put`.
        """
        ...

    def find(self, start: str) -> list[Document]:
        """The documents whose ids are `start` or begin so, at most MOST_DOCUMENTS.

        Raises:
            OutageError, ConfigError: as `put`.
        """
        ...

    def identity(self) -> IndexIdentity:
        """Which index this is.

        Raises:
            OutageError, ConfigError: as `put`.
        """
        ...

    def check(self, *, reading: bool = False) -> None:
        """Nothing, if the store is in order and would take documents now.

        Args:
            reading: documents will only be read, so it may be blocked for writing.

        Raises:
            OutageError: it can't be reached, or takes no documents for now (a full disk).
            ConfigError: names the setting or the command that mends it.
        """
        ...

    def init(self) -> IndexStatus:
        """Make what is missing; leaves what exists as it is. Idempotent."""
        ...

    def status(self) -> IndexStatus:
        """What is there, and how it differs from what should be."""
        ...

    def migrate(
        self,
        *,
        progress: Callable[[str, int, int], object] | None = None,
        dual_write: Callable[[str | None], object] | None = None,
        delete_old: bool = False,
    ) -> IndexStatus:
        """Bring the indexes to this newsdrop's mapping without downtime; can be begun again at any point.

        Args:
            progress: called with the step's name, what is done of it and how much there is (0: unknown).
            dual_write: called with the name of the index that every worker must write to as well, and with
                None when that is over; it publishes the name to the workers (`WriteContext.also_to`).
            delete_old: delete the indexes of earlier mappings at the end.
        """
        ...

    def close(self) -> None:
        """Let connections go; idempotent."""
        ...
