"""Read-only access to the ledger: for rescans, workers and the audit (totals: gauges.py).

Reads run beside the scripts, so two answers may be a moment apart; each is correct when given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from newsdrop.documents import SETTLED, State
from newsdrop.ledger import keys
from newsdrop.ledger.gauges import PUT_AWAY
from newsdrop.ledger.records import brings, taken_out, unpack_entry
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.portions import chunked
from newsdrop.ports import Entry, Lane

if TYPE_CHECKING:
    import redis

__all__ = ["BatchView", "LedgerViews"]

_LOOKUP_CHUNK = 1_000
_BATCHES_AT_ONCE = 500


class BatchView(msgspec.Struct, frozen=True):
    """One batch as `status` and `audit` see it; `run` is empty while no worker has it."""

    id: str
    lane: str
    run: str
    current: str
    deadline_ms: int
    drops: list[str]


class LedgerViews:
    """The reading half of the ledger."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def lookup(self, ids: Sequence[str]) -> list[Entry | None]:
        """The ledger's entry for each drop; None for unknown drops.

        A drop that is still called forgotten though its article is allowed again counts as removed, as
        `recall.lua` would have left it: who allowed it may have been interrupted, or a worker was at work.
        """
        found: list[Entry | None] = []
        with redis_errors(self.client), self.client.pipeline(transaction=False) as pipeline:
            for start in range(0, len(ids), _LOOKUP_CHUNK):
                chunk = ids[start : start + _LOOKUP_CHUNK]
                pipeline.hmget(keys.LEDGER, [bytes.fromhex(drop_id) for drop_id in chunk])
            for values in pipeline.execute():
                found.extend(map(unpack_entry, values))
        return self._as_allowed(found)

    def _as_allowed(self, found: list[Entry | None]) -> list[Entry | None]:
        forgotten = [
            (at, entry.document_id)
            for at, entry in enumerate(found)
            if entry is not None and entry.state is State.FORGOTTEN and entry.document_id is not None
        ]
        for part in chunked(forgotten, _LOOKUP_CHUNK):
            with redis_errors(self.client):
                notes: Any = self.client.hmget(keys.FORGOTTEN, [bytes.fromhex(name) for _, name in part])
            for (at, _), note in zip(part, notes, strict=True):
                entry = found[at]
                if note is None and entry is not None:
                    found[at] = msgspec.structs.replace(entry, state=State.REMOVED)
        return found

    def batches(self) -> Iterator[BatchView]:
        """Every batch, queued or in hand; a round trip for a few hundred of them."""
        with redis_errors(self.client):
            for some in chunked(
                self.client.zscan_iter(keys.BATCHES, count=_BATCHES_AT_ONCE), _BATCHES_AT_ONCE
            ):
                with self.client.pipeline(transaction=False) as pipeline:
                    for name, _ in some:
                        pipeline.hgetall(keys.BATCH + name.decode())
                    held: Any = pipeline.execute()
                yield from (
                    _view(name, deadline, fields)
                    for (name, deadline), fields in zip(some, held, strict=True)
                    if fields
                )

    def counts(self) -> dict[State, int]:
        """How many drops are in each state."""
        with redis_errors(self.client):
            found: Any = self.client.hgetall(keys.COUNTS)
        return {state: int(found.get(state.encode(), 0)) for state in State}

    def files_put_away(self) -> int:
        """How many files newsdrop itself moved or deleted whose paths were not read since."""
        with redis_errors(self.client):
            found: Any = self.client.hget(keys.COUNTS, PUT_AWAY.decode())
        return int(found or 0)

    def removed(self) -> frozenset[str]:
        """The documents that were recently removed with a file and haven't been written since."""
        return frozenset(self._times(keys.REMOVED))

    def lowered(self) -> dict[str, int]:
        """The documents whose file lately told an earlier time, each with when it did, in ms.

        What they had superseded before may be newer now.
        """
        return self._times(keys.LOWERED)

    def recalled(self) -> dict[str, int]:
        """The documents that were taken out for good and lately allowed again, each with when, in ms."""
        return self._times(keys.RECALLED)

    def _times(self, key: str) -> dict[str, int]:
        with redis_errors(self.client):
            found: Any = self.client.zrange(key, 0, -1, withscores=True)
        return {document.hex(): int(at_ms) for document, at_ms in found}

    def bringing(self, documents: frozenset[str], recalled: frozenset[str]) -> Iterator[int]:
        """How many drops contain these documents or were superseded by them, per portion of the ledger.

        Args:
            recalled: documents that are allowed again: of these, the drops that were not read since count.
        """
        wanted, again = ({bytes.fromhex(one) for one in names} for names in (documents, recalled))
        for portion in self._portions():
            yield sum(
                (packed[-16:] in wanted and brings(packed)) or (packed[-16:] in again and taken_out(packed))
                for packed in portion.values()
            )

    def settled_since(self, time_s: int) -> Iterator[tuple[str, Entry]]:
        """Id and entry of each drop that was settled at this second or later; reads the whole ledger."""
        told: set[bytes] = set()
        for portion in self._portions():
            for drop_id, packed in portion.items():
                entry = unpack_entry(packed)
                if entry is None or entry.state not in SETTLED or entry.time_s < time_s:
                    continue
                # The server may name one twice.
                if drop_id not in told:
                    told.add(drop_id)
                    yield drop_id.hex(), entry

    def _portions(self) -> Iterator[dict[bytes, bytes]]:
        """All packed entries by their ids, some at a time, so that the caller may pause between them."""
        cursor: Any = None
        portion: Any
        while cursor != 0:
            with redis_errors(self.client):
                cursor, portion = self.client.hscan(keys.LEDGER, cursor or 0, count=_LOOKUP_CHUNK)
            yield portion

    def depth(self) -> dict[Lane, int]:
        """How many drops are queued or in hand, per lane."""
        with redis_errors(self.client):
            found: Any = self.client.hmget(keys.DEPTH, list(Lane))
        return {lane: int(number or 0) for lane, number in zip(Lane, found, strict=True)}

    def full(self, lane: Lane, high_water: int) -> bool:
        """Whether a producer that can wait should wait."""
        return self.depth()[lane] >= high_water

    def born(self) -> str:
        """The id of this ledger, which changes when Redis is emptied; '' before the first drop."""
        with redis_errors(self.client):
            value: Any = self.client.get(keys.BORN)
        return value.decode() if value else ""

    def migration(self) -> str | None:
        """The index that a migration is filling, to which everything must be written as well, or None."""
        with redis_errors(self.client):
            value: Any = self.client.get(keys.MIGRATION)
        return value.decode() if value else None

    def batched(self, ids: Sequence[str]) -> set[str]:
        """The drops among these that are in a batch. Reads every batch, so ask about many at once."""
        wanted = {bytes.fromhex(drop_id) for drop_id in ids}
        found: set[bytes] = set()
        with redis_errors(self.client):
            names = self.client.zscan_iter(keys.BATCHES, count=_BATCHES_AT_ONCE) if wanted else ()
            for some in chunked(names, _BATCHES_AT_ONCE):
                with self.client.pipeline(transaction=False) as pipeline:
                    for name, _ in some:
                        pipeline.hkeys(keys.BATCH + name.decode())
                    for fields in pipeline.execute():
                        found |= wanted.intersection(fields)
        return {drop_id.hex() for drop_id in found}

    def batches_made(self) -> int:
        """How many batches have ever been made."""
        with redis_errors(self.client):
            value: Any = self.client.get(keys.IDS)
        return int(value or 0)

    def scheduled(self, ids: Sequence[str]) -> set[str]:
        """The drops among these that wait for their due time and have a record to retry from."""
        if not ids:
            return set()
        raw: Any = [bytes.fromhex(drop_id) for drop_id in ids]
        with redis_errors(self.client), self.client.pipeline(transaction=False) as pipeline:
            pipeline.zmscore(keys.DUE, raw)
            pipeline.hmget(keys.RETRIES, raw)
            due, retries = pipeline.execute()
        found = zip(ids, due, retries, strict=True)
        return {drop_id for drop_id, at, record in found if at is not None and record is not None}

    def message_count(self, lists: Sequence[str]) -> int:
        """How many messages are waiting in these Celery queues, of any priority."""
        with redis_errors(self.client), self.client.pipeline(transaction=False) as pipeline:
            for name in chain.from_iterable(map(keys.celery_lists, lists)):
                pipeline.llen(keys.QUEUE + name)
            return sum(pipeline.execute())


def _view(name: bytes, deadline: float, fields: dict[bytes, bytes]) -> BatchView:
    current = fields[b"@cur"]
    return BatchView(
        name.decode(),
        fields[b"@lane"].decode(),
        fields[b"@run"].decode(),
        current.hex() if len(current) == 16 else current.decode(),
        int(deadline),
        [field.hex() for field in fields if len(field) == 16],
    )
