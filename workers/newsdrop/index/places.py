"""Finds articles in the index under other paths than their current ones; doesn't look for the files."""

from __future__ import annotations

from collections.abc import Mapping

from newsdrop.documents import Drop
from newsdrop.ports import FormerPlace, StoredFiles

__all__ = ["former_places"]


def former_places(store: StoredFiles, drops: Mapping[str, Drop]) -> list[FormerPlace]:
    """The other paths under which the index has these documents.

    Args:
        drops: document → the drop that contains it now. One that had this article before may have been away
        meanwhile, and one that had another may have been overwritten.

    Raises:
        OutageError, ConfigError: the index can't be reached, or rejects our credentials.
    """
    new = {name: drop for name, drop in drops.items() if drop.path is not None}
    stored = store.stored(list(new)) if new else {}
    return [
        FormerPlace(there.path, there.member, name)
        for name, there in stored.items()
        if there.path is not None and there.path != new[name].path
    ]
