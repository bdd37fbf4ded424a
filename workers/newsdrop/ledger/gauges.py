"""The current numbers of everything in Redis, read at once: for `status` and the metrics.

Reads counters and the ends of lists; nothing is scanned, so it may be called every second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.documents import Stage, State
from newsdrop.ledger import keys
from newsdrop.ledger.held_removals import read_held
from newsdrop.ledger.installation import LedgerIndex, ledger_index
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ports import Gate, HeldRemoval, Lane

if TYPE_CHECKING:
    import redis

__all__ = ["PUT_AWAY", "LaneGauges", "QueueGauges", "evicting", "read_gauges", "read_watchers"]

#: What `counts` contains besides the states.
PUT_AWAY: Final = b"put_away"
#: Messages checked at a list's old end, because duplicates of finished batches may be among them.
_OLDEST: Final = 8
#: The lists that only other programs put messages on: batches have no priority.
_REQUESTS: Final = (
    *keys.celery_lists(keys.REQUESTS),
    *(name for lane in Lane for name in keys.celery_lists(lane.value)[1:]),
)
_BATCH = re.compile(rb'\[\[\\"([0-9A-Za-z_-]{1,64})\\"')


class LaneGauges(msgspec.Struct, frozen=True, kw_only=True):
    """`drops`: queued or in hand; `messages`: on Celery's list, the oldest since `oldest_s`."""

    drops: int
    messages: int
    oldest_s: float


class QueueGauges(msgspec.Struct, frozen=True, kw_only=True):
    """All numbers; ages are in seconds.

    Attributes:
        born: the ledger's id, which changes when Redis was emptied; '' before the first drop.
        put_away: files that newsdrop itself moved or deleted, and whose paths were not read since.
        held: folder → its articles without a file that wait for confirmation.
        letters: stage → open dead letters.
        tick_s: how long ago a reconciler had a turn; None: never.
        watchers, workers: the reports of those that reported recently.
        meters: the hash of meters.py.
        requests: messages that other programs put on Celery's lists, of any priority.
        index: the index that the ledger belongs to; None before anything was written to one.
        eviction: the server's `maxmemory-policy` if it deletes keys when the server is full; else "".
    """

    born: str

    states: dict[str, int]
    lanes: dict[str, LaneGauges]
    batches: int
    retries: int
    overdue_s: float
    inbox: int
    inbox_oldest_s: float
    gate: Gate | None
    letters: dict[str, int]
    unmirrored: int
    letters_lost: int
    tick_s: float | None
    memory_bytes: int
    memory_limit_bytes: int
    watchers: dict[str, dict[str, Any]]
    workers: dict[str, dict[str, Any]]
    meters: dict[str, int]
    put_away: int = 0
    held: dict[str, HeldRemoval] = {}
    index: LedgerIndex | None = None
    requests: int = 0
    eviction: str = ""


def read_gauges(client: redis.Redis, clock_ms: Callable[[], int] | None = None) -> QueueGauges:
    """Ask Redis; one round trip, and a second one if messages are waiting.

    Args:
        clock_ms: a clock for tests only; without it the server's own counts.

    Raises:
        OutageError, ConfigError: it can't be reached, or rejects our credentials.
    """
    with redis_errors(client):
        found = _first(client)
        ages = _published(client, {lane: found[f"oldest {lane}"] for lane in Lane})
    seconds, micros = found["time"]
    now_ms = seconds * 1000 + micros // 1000 if clock_ms is None else clock_ms()
    counts, letters, depth = found["counts"], found["letters"], found["depth"]
    return QueueGauges(
        born=(found["born"] or b"").decode(),
        states={state.value: int(counts.get(state.encode(), 0)) for state in State},
        put_away=int(counts.get(PUT_AWAY, 0)),
        held=read_held(found["held"], found["confirmed"]),
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
        requests=sum(found[f"requests {name}"] for name in _REQUESTS),
        inbox_oldest_s=_age_s(now_ms, _stream_ms(found["inbox first"])),
        gate=msgspec.msgpack.decode(found["gate"], type=Gate) if found["gate"] else None,
        letters={stage.value: int(letters.get(stage.encode(), 0)) for stage in Stage},
        unmirrored=found["unmirrored"],
        letters_lost=int(found["lost"] or 0),
        tick_s=None if found["tick"] is None else _age_s(now_ms, found["tick"]),
        memory_bytes=int(found["memory"].get("used_memory", 0)),
        memory_limit_bytes=int(found["memory"].get("maxmemory", 0)),
        eviction=evicting(found["memory"]),
        watchers=_fresh(found["watchers"], now_ms),
        workers=_fresh(found["workers"], now_ms),
        index=ledger_index(found["index"]),
        meters={field.decode(): int(value) for field, value in found["meters"].items()},
    )


def read_watchers(client: redis.Redis, now_ms: Callable[[], int]) -> dict[str, dict[str, Any]]:
    """The reports of watchers that reported recently, by `host:pid`.

    Args:
        now_ms: the server's clock.

    Raises:
        OutageError, ConfigError: as `read_gauges`.
    """
    with redis_errors(client):
        found: Any = client.hgetall(keys.REPORT + "watcher")
    return _fresh(found, now_ms()) if found else {}


def evicting(facts: Mapping[str, Any]) -> str:
    """The `maxmemory-policy` in the server's facts if it deletes keys when the server is full; else ""."""
    policy = str(facts.get("maxmemory_policy", ""))
    return "" if policy in ("", "noeviction") else policy


def _first(client: redis.Redis) -> dict[str, Any]:
    names: list[str] = []
    with client.pipeline(transaction=False) as pipeline:

        def ask(name: str, command: str, *arguments: Any, **options: Any) -> None:
            names.append(name)
            getattr(pipeline, command)(*arguments, **options)

        ask("time", "time")
        ask("born", "get", keys.BORN)
        ask("counts", "hgetall", keys.COUNTS)
        ask("held", "hgetall", keys.HELD)
        ask("confirmed", "hgetall", keys.HELD_CONFIRMED)
        ask("depth", "hmget", keys.DEPTH, list(Lane))
        for lane in Lane:
            ask(f"messages {lane}", "llen", keys.QUEUE + lane)
            ask(f"oldest {lane}", "lrange", keys.QUEUE + lane, -_OLDEST, -1)
        for name in _REQUESTS:
            ask(f"requests {name}", "llen", keys.QUEUE + name)
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
        ask("watchers", "hgetall", keys.REPORT + "watcher")
        ask("workers", "hgetall", keys.REPORT + "worker")
        ask("index", "hgetall", keys.INDEX)
        ask("memory", "info", "memory")
        return dict(zip(names, pipeline.execute(), strict=True))


def _published(client: redis.Redis, messages: dict[Lane, list[bytes]]) -> dict[Lane, list[int]]:
    """When the batches of these messages were put on their lists, if they are still waiting."""
    asked: list[Lane] = []
    with client.pipeline(transaction=False) as pipeline:
        for lane, waiting in messages.items():
            for message in waiting:
                found = _BATCH.search(message)
                if found:
                    asked.append(lane)
                    pipeline.hmget(keys.BATCH + found[1].decode(), "@run", "@at")
        # Without commands there is no round trip.
        answers = pipeline.execute()
    ages: dict[Lane, list[int]] = {lane: [] for lane in messages}
    for lane, (run, at_ms) in zip(asked, answers, strict=True):
        if run == b"" and at_ms:
            ages[lane].append(int(at_ms))
    return ages


def _fresh(reports: dict[bytes, bytes], now_ms: int) -> dict[str, dict[str, Any]]:
    """The reports of processes (`report.lua`), without those that stopped reporting."""
    found = {}
    for name, report in reports.items():
        until_ms, _, values = report.partition(b" ")
        if int(until_ms) > now_ms:
            found[name.decode()] = msgspec.json.decode(values)
    return found


def _stream_ms(entries: Any) -> int | None:
    return int(entries[0][0].partition(b"-")[0]) if entries else None


def _age_s(now_ms: int, then_ms: Any) -> float:
    return 0.0 if then_ms is None else max(0.0, (now_ms - int(then_ms)) / 1000)
