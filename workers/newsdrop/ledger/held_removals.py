"""Removals that wait for confirmation: of folders from which too many articles would go at once.

    watcher ──hold──▶ held ──person confirms──▶ confirmed ──watcher removes them──▶ released
                       └──the files are back────────────────────────────────────▶ released
                       └──the folder's articles are to stay now, or nobody watches it▶ released

Stored per folder, so that they outlive watchers and every process sees them. A person confirms a number of
articles: if by then many more would go, they are held again. Refuses to remove anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from newsdrop.errors import printable
from newsdrop.ledger import keys
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ports import HeldRemoval

if TYPE_CHECKING:
    import redis

__all__ = ["HeldRemovals", "read_held"]


class _Confirmation(msgspec.Struct, frozen=True):
    articles: int
    by: str


class HeldRemovals:
    """The held removals, by the name of the folder as in events.

    Every method raises OutageError when Redis can't be reached or refuses writes, ConfigError when it refuses
    us.
    """

    def __init__(self, client: redis.Redis, now_ms: Callable[[], int]) -> None:
        self._client = client
        self._now_ms = now_ms

    def of(self, folder: str) -> HeldRemoval | None:
        """The held removal of this folder, or None."""
        return self.listed().get(folder)

    def listed(self) -> dict[str, HeldRemoval]:
        """All held removals, by folder."""
        with redis_errors(self._client), self._client.pipeline(transaction=True) as pipeline:
            pipeline.hgetall(keys.HELD)
            pipeline.hgetall(keys.HELD_CONFIRMED)
            held, confirmed = pipeline.execute()
        return read_held(held, confirmed)

    def hold(self, folder: str, articles: int, of: int) -> HeldRemoval:
        """Hold the removal of so many of a folder's articles; an earlier confirmation no longer counts."""
        known = self.of(folder)
        since_ms = known.since_ms if known else self._now_ms()
        held = HeldRemoval(articles=articles, of=of, since_ms=since_ms)
        with redis_errors(self._client), self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(keys.HELD, folder, msgspec.json.encode(held))
            if known is None:
                pipeline.hdel(keys.HELD_CONFIRMED, folder)
            pipeline.execute()
        return held

    def confirm(self, folder: str, articles: int, by: str) -> None:
        """Record that a person confirms the removal of so many articles of the folder. Idempotent."""
        with redis_errors(self._client):
            said = _Confirmation(articles, printable(by))
            self._client.hset(keys.HELD_CONFIRMED, folder, msgspec.json.encode(said))

    def release(self, folder: str) -> None:
        """End the hold of a folder. Idempotent."""
        with redis_errors(self._client), self._client.pipeline(transaction=True) as pipeline:
            pipeline.hdel(keys.HELD, folder)
            pipeline.hdel(keys.HELD_CONFIRMED, folder)
            pipeline.execute()

    def release_others(
        self, *, removing: Collection[str], keeping: Collection[str], watched: Collection[str]
    ) -> None:
        """End holds that nobody will end: of folders whose articles stay by now, or that aren't watched.

        Args:
            removing, keeping: the folders of a watcher whose articles go with their files, and the others.
            watched: the folders of all watchers.
        """
        for folder in self.listed():
            if folder in keeping or (folder not in removing and folder not in watched):
                self.release(folder)


def read_held(held: Mapping[bytes, Any], confirmed: Mapping[bytes, Any]) -> dict[str, HeldRemoval]:
    """The two hashes as values, by folder."""
    found = {}
    for folder, packed in sorted(held.items()):
        one = msgspec.json.decode(packed, type=HeldRemoval)
        if folder in confirmed:
            said = msgspec.json.decode(confirmed[folder], type=_Confirmation)
            one = msgspec.structs.replace(one, confirmed=said.articles, by=said.by)
        found[folder.decode()] = one
    return found
