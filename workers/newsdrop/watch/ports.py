"""What the watch room asks of its neighbours, so that tests can stand in for them; `queue` and `index`
fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from newsdrop.documents import DeadLetter, Drop, State, StoredFile
from newsdrop.ledger.ledger import Enqueued, Entry, Lane

__all__ = ["LedgerPort", "LettersPort", "StorePort"]


class LedgerPort(Protocol):
    """The part of the ledger that a watcher uses. Raises OutageError and ConfigError as the ledger does."""

    host: str

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued: ...
    def lookup(self, ids: Sequence[str]) -> list[Entry | None]: ...
    def removed(self) -> frozenset[str]: ...
    def depth(self) -> dict[Lane, int]: ...
    def counts(self) -> dict[State, int]: ...
    def born(self) -> str: ...
    def count(self, meters: Mapping[str, int]) -> None: ...
    def report(self, kind: str, name: str, values: dict[str, Any], ttl_s: float) -> None: ...


class LettersPort(Protocol):
    """The part of the dead letters that moving a file needs."""

    def show(self, letter_id: str) -> DeadLetter | None: ...
    def moved(self, drop_id: str, new_path: str) -> bool: ...


class StorePort(Protocol):
    """The part of the index that finding vanished files needs."""

    def files_under(self, folder: str) -> Iterator[StoredFile]: ...
