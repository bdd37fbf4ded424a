"""Sends bulk requests and tells an outage from a bad document.

    connection lost, timeout, 5xx   ping or trial write fails → OutageError; both pass → one by one, then busy
    429 for the whole bulk, or for  smaller and later (pace.py); repeatedly: OutageError
      each of its items
    413, or 429 for its size alone   halves; a single document is rejected
    401, 403                        ConfigError        404, no alias: ConfigError
    400 for the whole bulk          one by one; a single document is rejected
    blocked index, missing shard    OutageError
    5xx for each of its items       a trial write fails, too → its error; it passes → busy
    any other answer that isn't     a trial write fails, too → its error; it passes → one by one, then busy
      Elasticsearch's (a firewall)
    written, but not where it       the document is rejected
      should be (an ingest pipeline)

So a single document can never stop all work forever, and an outage costs no attempts.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from elastic_transport import SerializationError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from newsdrop.documents import ItemResult
from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.index.alias import index_behind, send_trial
from newsdrop.index.answers import bulk_items, error_type, plain_reason
from newsdrop.index.bulk import Line, item_result, led_astray
from newsdrop.index.client import Client
from newsdrop.index.pace import Pace, PaceLimits
from newsdrop.portions import portions
from newsdrop.ports import PLAIN_WRITE, WriteContext

__all__ = ["Writer"]

#: How long the server may wait for a shard; below the request's own timeout, so that it can still say so.
_SHARD_WAIT = "10s"
_FILTER = "errors,items.*.status,items.*.error,items.*.result,items.*._index,items.*._id"
_PRESSURE = re.compile(r"operation_bytes=(\d+), max_\w+_bytes=(\d+)")
_LATER = "circuit_breaking_exception"
_NO_BULK = "the answer is no bulk of Elasticsearch: a proxy?"
_FULL = "es_rejected_execution_exception"


class _Answer(msgspec.Struct, frozen=True):
    """`status` 0: no answer came. `cause`: what elasticsearch-py raised."""

    status: int
    items: list[dict[str, Any]] = []
    kind: str = ""
    reason: str = ""
    cause: Exception | None = None


class _Target(NamedTuple):
    """Where lines go, who accompanies them there, and whether searches must find them at once."""

    alias: str
    context: WriteContext
    refresh: bool


class Writer:
    """Writes lines to an alias, at the pace that the server keeps.

    Args:
        clock_s: a monotonic clock.
    """

    def __init__(
        self,
        client: Client,
        limits: PaceLimits,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._pace = Pace(limits, random.random)
        self._clock_s = clock_s
        self._sleep = sleep
        #: Alias → the indexes behind it when they were last asked for.
        self._behind: dict[str, frozenset[str]] = {}

    def write(
        self, alias: str, lines: Sequence[Line], context: WriteContext = PLAIN_WRITE, *, refresh: bool = False
    ) -> list[ItemResult]:
        """Send the lines; one result each, in their order.

        Args:
            refresh: searches find them as soon as they are written, not with the index's next refresh.

        Raises:
            OutageError, ConfigError: the server as a whole refuses; some lines may have been written.
        """
        order = list(range(len(lines)))
        if sum(map(_line_bytes, lines)) > self._pace.bytes_:
            # Small ones first: a document of many megabytes keeps none of its neighbours waiting.
            order.sort(key=lambda at: _line_bytes(lines[at]))
        results: list[ItemResult] = []
        target = _Target(alias, context, refresh)
        while len(results) < len(order):
            waiting = [lines[at] for at in order[len(results) :]]
            results += self._send(target, next(portions(waiting, _line_bytes, most_bytes=self._pace.bytes_)))
        placed = dict(zip(order, results, strict=True))
        return [placed[at] for at in range(len(lines))]

    def _send(self, target: _Target, chunk: Sequence[Line]) -> list[ItemResult]:
        size = sum(map(_line_bytes, chunk))
        answer, seconds = self._request(target, chunk)
        if answer.status:
            target.context.after_bulk(len(chunk), size, seconds)
        if _refused(answer):
            return self._send_slower(target, chunk, size, answer)
        if answer.status == 200 and len(answer.items) == len(chunk):
            self._pace.took(size, seconds)
            return self._judge_items(target, chunk, answer.items)
        return self._judge_whole(target, chunk, answer)

    def _send_slower(
        self, target: _Target, chunk: Sequence[Line], size: int, answer: _Answer
    ) -> list[ItemResult]:
        """The same, later and in smaller requests, unless it has been refused often enough."""
        if not self._pace.refused(size):
            raise self._whole_error(answer) from answer.cause
        smaller = portions(chunk, _line_bytes, most_bytes=self._pace.bytes_)
        return [result for part in smaller for result in self._send(target, part)]

    def _request(self, target: _Target, chunk: Sequence[Line]) -> tuple[_Answer, float]:
        """The answer, and how many seconds the server took for it, without touch and pause."""
        target.context.before_request()
        if pause_s := self._pace.pause_s:
            self._sleep(pause_s)
        begun_s = self._clock_s()
        answer = self._ask(target, chunk)
        return answer, self._clock_s() - begun_s

    def _ask(self, target: _Target, chunk: Sequence[Line]) -> _Answer:
        # The client's type says mappings; it passes bytes through as they are.
        operations: list[Any] = [line.body for line in chunk]
        try:
            body = self._client.api.bulk(
                index=target.alias,
                operations=operations,
                require_alias=True,
                refresh=target.refresh,
                timeout=_SHARD_WAIT,
                filter_path=_FILTER,
            ).body
        except UnsupportedProductError as error:
            return _Answer(200, reason=_NO_BULK, cause=error)
        except ApiError as error:
            return _Answer(
                error.status_code, kind=error_type(error.body), reason=plain_reason(error.body), cause=error
            )
        except SerializationError as error:
            return _Answer(200, reason=_NO_BULK, cause=error)
        except TransportError as error:
            return _Answer(0, reason=str(error.message), cause=error)
        return _Answer(200, items=bulk_items(body) or [], reason=_NO_BULK)

    def _judge_items(
        self, target: _Target, chunk: Sequence[Line], items: Sequence[dict[str, Any]]
    ) -> list[ItemResult]:
        for item in items:
            # These speak of the index or of us, never of the document.
            if item["status"] in (401, 403) and "error" in item:
                raise self._ours(item)
            if error_type(item.get("error")) == "cluster_block_exception":
                raise self._ours(item)
            if error_type(item.get("error")) == "unavailable_shards_exception":
                raise self._ours(item)
        if any(_is_nowhere(item) for item in items) or all(item["status"] >= 500 for item in items):
            # Without a working index this fails. With one, a pipeline sends single documents elsewhere, or it
            # is they that make it fail.
            target.context.before_request()
            send_trial(self._client, target.alias)
        indexes = self._indexes_of(target, items)
        return [_item_result(line, item, indexes) for line, item in zip(chunk, items, strict=True)]

    def _indexes_of(self, target: _Target, items: Sequence[dict[str, Any]]) -> frozenset[str]:
        """The indexes behind the alias so far, asked for again if something was written to another one.

        Raises:
            ConfigError: the alias has got a second index.
        """
        known = self._behind.get(target.alias, frozenset())
        written = {item["_index"] for item in items if item["status"] < 300 and "_index" in item}
        if written <= known:
            return known
        target.context.before_request()
        found = index_behind(self._client, target.alias)
        # While a migration ends, the alias may be gone by now, or point to the next index already.
        self._behind[target.alias] = known | found
        return known | found or frozenset(written)

    def _judge_whole(self, target: _Target, chunk: Sequence[Line], answer: _Answer) -> list[ItemResult]:
        status, single = answer.status, len(chunk) == 1
        if _too_large(answer):
            if not single:
                half = len(chunk) // 2
                return self._send(target, chunk[:half]) + self._send(target, chunk[half:])
            said = f"with {len(chunk[0].body)} bytes it is over the server's limit ({answer.reason})"
            return [_result(chunk[0], "rejected", said)]
        if status == 400:
            return [_result(chunk[0], "rejected", answer.reason)] if single else self._singly(target, chunk)
        passing = status == 0 or status >= 500 or (status == 429 and answer.kind == _LATER)
        spared = self._client.answers() if passing else not answer.kind
        if not (spared and self._takes_others(target)):
            raise self._whole_error(answer) from answer.cause
        said = (
            answer.reason
            if passing
            else f"something before the server refuses it ({status}: {answer.reason})"
        )
        return [_result(chunk[0], "busy", said)] if single else self._singly(target, chunk)

    def _takes_others(self, target: _Target) -> bool:
        """Whether it is only what was sent that isn't taken, by Elasticsearch or something before it."""
        target.context.before_request()
        try:
            send_trial(self._client, target.alias)
        except (OutageError, ConfigError):
            return False
        return True

    def _singly(self, target: _Target, chunk: Sequence[Line]) -> list[ItemResult]:
        return [result for line in chunk for result in self._send(target, [line])]

    def _whole_error(self, answer: _Answer) -> NewsdropError:
        if answer.items:
            return self._ours(answer.items[0])
        if answer.cause is None:
            return OutageError(f"Elasticsearch at {self._client.where} fails: {answer.reason}.")
        return self._client.ours(answer.cause)

    def _ours(self, item: dict[str, Any]) -> NewsdropError:
        return self._client.from_answer(item["status"], item.get("error"))


def _line_bytes(line: Line) -> int:
    return len(line.body)


def _item_result(line: Line, item: dict[str, Any], indexes: frozenset[str]) -> ItemResult:
    if _is_nowhere(item):
        astray = f"sends it where it can't be ({plain_reason(item['error'])})"
    else:
        astray = led_astray(line.document_id, item, indexes)
    if astray:
        return _result(line, "rejected", f"an ingest pipeline of the index {astray}")
    return item_result(line, item)


def _is_nowhere(item: dict[str, Any]) -> bool:
    return item["status"] == 404 and "error" in item


def _refused(answer: _Answer) -> bool:
    """Whether the server has too much to do now: all of it, and not because of what was sent."""
    if answer.status == 429:
        return answer.kind != _LATER and not _too_large(answer)
    if {item["status"] for item in answer.items} != {429}:
        return False
    kinds = {error_type(item.get("error")) for item in answer.items}
    if len(answer.items) == 1:
        # Only a full queue is sure not to be the document's own doing.
        return kinds == {_FULL} and not _over_limit(plain_reason(answer.items[0].get("error")))
    return "cluster_block_exception" not in kinds


def _too_large(answer: _Answer) -> bool:
    if answer.status == 413:
        return True
    # A small server also says 429 to a request that alone is more than it ever takes at once: no load, no
    # outage, and waiting would never end.
    return answer.status == 429 and _over_limit(answer.reason)


def _over_limit(reason: str) -> bool:
    sizes = _PRESSURE.search(reason)
    return sizes is not None and int(sizes[1]) > int(sizes[2])


def _result(line: Line, status: Any, reason: str) -> ItemResult:
    return ItemResult(document_id=line.document_id, status=status, reason=reason)
