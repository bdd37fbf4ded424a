"""Where the index has articles from that other paths bring now. Refuses to judge whether a file is gone."""

from __future__ import annotations

from collections.abc import Mapping

from newsdrop.documents import Drop
from newsdrop.ports import FormerPlace, StoredFiles

__all__ = ["former_places"]


def former_places(store: StoredFiles, drops: Mapping[str, Drop]) -> list[FormerPlace]:
    """The other paths that the index has these documents from.

    Args:
        drops: document → the drop that brings it now. One that brought an article before is at its old place.

    Raises:
        OutageError, ConfigError: the index can't be reached, or refuses us.
    """
    new = {name: drop for name, drop in drops.items() if drop.path is not None and drop.document_id is None}
    stored = store.stored(list(new)) if new else {}
    return [
        FormerPlace(there.path, new[name].member, name)
        for name, there in stored.items()
        if there.path is not None and there.path != new[name].path
    ]
