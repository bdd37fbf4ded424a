"""What one can ask the ledger without changing it: for rescans, `status`, metrics and the audit.

Reads run beside the scripts, so two answers may be a moment apart; each by itself is true when it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
import redis

from newsdrop.documents import Stage, State
from newsdrop.ledger import keys
from newsdrop.ledger.records import Entry, unpack_entry
from newsdrop.ledger.scripts import redis_errors

__all__ = ["BatchView", "Lane", "LaneGauges", "LedgerViews", "QueueGauges", "read_gauges"]

_LOOKUP_CHUNK = 1_000
_BATCHES_AT_ONCE = 500
#: Messages at a list's old end that are looked at: a duplicate of a batch that is done may be among them.
_OLDEST: Final = 8
_BATCH = re.compile(rb'\[\[\\"([0-9A-Za-z_-]{1,64})\\"')


class Lane(StrEnum):
    """Celery's lists: what has just arrived, and the backlog found at a start, which must not delay it."""

    FRESH = "newsdrop.ingest"
    BACKLOG = "newsdrop.backlog"


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
        """What the ledger says of each drop; None for those it doesn't know."""
        found: list[Entry | None] = []
        with redis_errors(), self.client.pipeline(transaction=False) as pipeline:
            for start in range(0, len(ids), _LOOKUP_CHUNK):
                chunk = ids[start : start + _LOOKUP_CHUNK]
                pipeline.hmget(keys.LEDGER, [bytes.fromhex(drop_id) for drop_id in chunk])
            for values in pipeline.execute():
                found.extend(map(unpack_entry, values))
        return found

    def entries(self, *, chunk: int = 1_000) -> Iterator[tuple[str, Entry]]:
        """Every drop of the ledger; some may come twice while it changes."""
        with redis_errors():
            for drop_id, packed in self.client.hscan_iter(keys.LEDGER, count=chunk):
                entry = unpack_entry(packed)
                if entry is not None:
                    yield drop_id.hex(), entry

    def batches(self) -> Iterator[BatchView]:
        """Every batch there is, queued or in hand."""
        with redis_errors():
            for name, deadline in self.client.zscan_iter(keys.BATCHES):
                fields: Any = self.client.hgetall(keys.BATCH + name.decode())
                if fields:
                    current = fields[b"@cur"]
                    yield BatchView(
                        name.decode(),
                        fields[b"@lane"].decode(),
                        fields[b"@run"].decode(),
                        current.hex() if len(current) == 16 else current.decode(),
                        int(deadline),
                        [field.hex() for field in fields if len(field) == 16],
                    )

    def counts(self) -> dict[State, int]:
        """How many drops are in each state."""
        with redis_errors():
            found: Any = self.client.hgetall(keys.COUNTS)
        return {state: int(found.get(state.encode(), 0)) for state in State}

    def depth(self) -> dict[Lane, int]:
        """How many drops are queued or in hand, per lane."""
        with redis_errors():
            found: Any = self.client.hmget(keys.DEPTH, list(Lane))
        return {lane: int(number or 0) for lane, number in zip(Lane, found, strict=True)}

    def full(self, lane: Lane, high_water: int) -> bool:
        """Whether a producer that can wait should wait."""
        return self.depth()[lane] >= high_water

    def next_due_ms(self) -> int | None:
        """When the first waiting drop is due (epoch ms); None when nothing waits."""
        with redis_errors():
            first: Any = self.client.zrange(keys.DUE, 0, 0, withscores=True)
        return int(first[0][1]) if first else None

    def born(self) -> str:
        """The id of this ledger, which changes when Redis was emptied; '' before the first drop."""
        with redis_errors():
            value: Any = self.client.get(keys.BORN)
        return value.decode() if value else ""

    def receipt(self, receipt: str) -> str | None:
        """The drop (or the letter of stage `message`) that an inbox message became; None: not taken yet."""
        with redis_errors():
            value: Any = self.client.get(keys.RECEIPT + receipt)
        return value.decode() if value else None

    def migration(self) -> str | None:
        """The index that everything must be written to as well, while one is being filled."""
        with redis_errors():
            value: Any = self.client.get(keys.MIGRATION)
        return value.decode() if value else None

    def batched(self, ids: Sequence[str]) -> set[str]:
        """Those that are in a batch. Reads every batch there is: ask for many at once."""
        wanted = {bytes.fromhex(drop_id) for drop_id in ids}
        found: set[bytes] = set()
        with redis_errors():
            names = [name for name, _ in self.client.zscan_iter(keys.BATCHES, count=_BATCHES_AT_ONCE)]
            for start in range(0, len(names) if wanted else 0, _BATCHES_AT_ONCE):
                with self.client.pipeline(transaction=False) as pipeline:
                    for name in names[start : start + _BATCHES_AT_ONCE]:
                        pipeline.hkeys(keys.BATCH + name.decode())
                    for fields in pipeline.execute():
                        found |= wanted.intersection(fields)
        return {drop_id.hex() for drop_id in found}

    def scheduled(self, ids: Sequence[str]) -> set[str]:
        """Those that wait for their due time, with what is needed to try them again."""
        if not ids:
            return set()
        raw: Any = [bytes.fromhex(drop_id) for drop_id in ids]
        with redis_errors(), self.client.pipeline(transaction=False) as pipeline:
            pipeline.zmscore(keys.DUE, raw)
            pipeline.hmget(keys.RETRIES, raw)
            due, retries = pipeline.execute()
        found = zip(ids, due, retries, strict=True)
        return {drop_id for drop_id, at, record in found if at is not None and record is not None}

    def message_count(self, lists: Sequence[str]) -> int:
        """How many messages wait on these Celery lists."""
        with redis_errors(), self.client.pipeline(transaction=False) as pipeline:
            for name in lists:
                pipeline.llen(keys.QUEUE + name)
            return sum(pipeline.execute())

    def batch_count(self) -> int:
        """How many batches there are."""
        return self._number("zcard", keys.BATCHES)

    def due_count(self) -> int:
        """How many drops wait for their due time."""
        return self._number("zcard", keys.DUE)

    def inbox_length(self) -> int:
        """How many producers' messages wait to be taken in."""
        return self._number("xlen", keys.INBOX)

    def _number(self, command: str, key: str) -> int:
        with redis_errors():
            return int(getattr(self.client, command)(key))


class LaneGauges(msgspec.Struct, frozen=True, kw_only=True):
    """`drops`: queued or in hand; `messages`: on Celery's list, the oldest since `oldest_s`."""

    drops: int
    messages: int
    oldest_s: float


class QueueGauges(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be read at once. `meters` is the hash of meters.py; ages are in seconds.

    `tick_s` None: no reconciler ever had a turn.
    """

    states: dict[str, int]
    lanes: dict[str, LaneGauges]
    batches: int
    retries: int
    overdue_s: float
    inbox: int
    inbox_oldest_s: float
    gate: str | None
    letters: dict[str, int]
    unmirrored: int
    letters_lost: int
    tick_s: float | None
    memory_bytes: int
    memory_limit_bytes: int
    meters: dict[str, int]


def read_gauges(client: redis.Redis) -> QueueGauges:
    """Ask Redis; two round trips.

    Raises:
        OutageError, ConfigError: it can't be reached, or refuses us.
    """
    with redis_errors():
        found = _first(client)
        ages = _published(client, {lane: found[f"oldest {lane}"] for lane in Lane})
    now_ms = int(found["time"][0]) * 1000 + int(found["time"][1]) // 1000
    counts, letters, depth = found["counts"], found["letters"], found["depth"]
    gate = msgspec.msgpack.decode(found["gate"]) if found["gate"] else None
    return QueueGauges(
        states={state.value: int(counts.get(state.encode(), 0)) for state in State},
        lanes={
            lane.value: LaneGauges(
                drops=int(drops or 0),
                messages=found[f"messages {lane}"],
                oldest_s=_age_s(now_ms, min(ages[lane], default=None)),
            )
            for lane, drops in zip(Lane, depth, strict=True)
        },
        batches=found["batches"],
        retries=found["retries"],
        overdue_s=_age_s(now_ms, found["due"][0][1] if found["due"] else None),
        inbox=found["inbox"],
        inbox_oldest_s=_age_s(now_ms, _stream_ms(found["inbox first"])),
        gate=gate["service"] if gate else None,
        letters={stage.value: int(letters.get(stage.encode(), 0)) for stage in Stage},
        unmirrored=found["unmirrored"],
        letters_lost=int(found["lost"] or 0),
        tick_s=None if found["tick"] is None else _age_s(now_ms, found["tick"]),
        memory_bytes=int(found["memory"].get("used_memory", 0)),
        memory_limit_bytes=int(found["memory"].get("maxmemory", 0)),
        meters={field.decode(): int(value) for field, value in found["meters"].items()},
    )


def _first(client: redis.Redis) -> dict[str, Any]:
    names: list[str] = []
    with client.pipeline(transaction=False) as pipeline:

        def ask(name: str, command: str, *arguments: Any, **options: Any) -> None:
            names.append(name)
            getattr(pipeline, command)(*arguments, **options)

        ask("time", "time")
        ask("counts", "hgetall", keys.COUNTS)
        ask("depth", "hmget", keys.DEPTH, list(Lane))
        for lane in Lane:
            ask(f"messages {lane}", "llen", keys.QUEUE + lane)
            ask(f"oldest {lane}", "lrange", keys.QUEUE + lane, -_OLDEST, -1)
        ask("batches", "zcard", keys.BATCHES)
        ask("retries", "zcard", keys.DUE)
        ask("due", "zrange", keys.DUE, 0, 0, withscores=True)
        ask("inbox", "xlen", keys.INBOX)
        ask("inbox first", "xrange", keys.INBOX, count=1)
        ask("gate", "get", keys.GATE)
        ask("letters", "hgetall", keys.LETTERS_STAGES)
        ask("unmirrored", "scard", keys.LETTERS_DIRTY)
        ask("lost", "get", keys.LETTERS_LOST)
        ask("tick", "get", keys.TICK)
        ask("meters", "hgetall", keys.METERS)
        ask("memory", "info", "memory")
        return dict(zip(names, pipeline.execute(), strict=True))


def _published(client: redis.Redis, messages: dict[Lane, list[bytes]]) -> dict[Lane, list[int]]:
    """When the batches of these messages were put on their lists, as far as they still wait."""
    asked: list[Lane] = []
    with client.pipeline(transaction=False) as pipeline:
        for lane, waiting in messages.items():
            for message in waiting:
                found = _BATCH.search(message)
                if found:
                    asked.append(lane)
                    pipeline.hmget(keys.BATCH + found[1].decode(), "@run", "@at")
        answers = pipeline.execute()
    ages: dict[Lane, list[int]] = {lane: [] for lane in messages}
    for lane, (run, at_ms) in zip(asked, answers, strict=True):
        if run == b"" and at_ms:
            ages[lane].append(int(at_ms))
    return ages


def _stream_ms(entries: Any) -> int | None:
    return int(entries[0][0].partition(b"-")[0]) if entries else None


def _age_s(now_ms: int, then_ms: Any) -> float:
    return 0.0 if then_ms is None else max(0.0, (now_ms - int(then_ms)) / 1000)
