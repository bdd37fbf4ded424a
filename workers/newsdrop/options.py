"""The options of each step: each is defined here once, with its bounds and its default.

Settings embeds these structs and validates them by their annotations (settings/validation.py). Packages
receive them as they are, so that none repeats a default or needs the settings. Knows no servers, no secrets.
Structs that are constructed directly, as in tests, are not validated.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

__all__ = [
    "ELASTICSEARCH_TIMEOUT_S",
    "KIBANA_TIMEOUT_S",
    "LOCAL_TIMEOUT_S",
    "MOST_PROCESSES",
    "REQUEST_MARGIN_S",
    "Bounds",
    "EnrichOptions",
    "IndexOptions",
    "Limits",
    "Patterns",
    "QueueOptions",
    "WatchOptions",
    "WorkerOptions",
]

#: The largest number that Lua, JSON and system calls all handle correctly.
_MOST: Final = 2**53 - 1
#: Of one worker.
MOST_PROCESSES: Final = 1024
#: Longer waits than this are mistakes, and the system's timers refuse some of them.
_LONGEST_S: Final = 10_000_000


class Bounds:
    """A number greater than `gt`, at least `ge`, less than `lt`, and at most `le`, where these are given."""

    def __init__(
        self,
        *,
        gt: float | None = None,
        ge: float | None = None,
        lt: float | None = None,
        le: float | None = None,
    ) -> None:
        rules = (
            (operator.gt, gt, "greater than"),
            (operator.ge, ge, "at least"),
            (operator.lt, lt, "less than"),
            (operator.le, le, "at most"),
        )
        self._rules = [(holds, bound, words) for holds, bound, words in rules if bound is not None]

    def read(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        """The number, if it is within the bounds; `inner` converts it."""
        number = inner(value)
        for holds, bound, words in self._rules:
            # So that NaN, which is not compared with anything, is refused.
            if not holds(number, bound):
                raise ValueError(f"it must be {words} {bound}")
        return number


class _Spelt:
    """A text that matches a pattern."""

    def __init__(self, pattern: str, must: str) -> None:
        self._pattern = pattern
        self._must = must

    def read(self, value: Any, inner: Callable[[Any], str]) -> str:
        text = inner(value)
        if re.fullmatch(self._pattern, text) is None:
            raise ValueError(self._must)
        return text


class _ListInText:
    """A list that may be written as text: as JSON, or with commas between its items."""

    def read(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        return inner(self._listed(value) if isinstance(value, str) else value)

    def _listed(self, text: str) -> list[Any]:
        with suppress(ValueError):
            read = json.loads(text)
            if isinstance(read, list):
                return read
        return [part for part in text.split(",") if part]


Count = Annotated[int, Bounds(gt=0, le=_MOST)]
Milliseconds = Annotated[int, Bounds(gt=0, le=1000 * _LONGEST_S)]
Seconds = Annotated[float, Bounds(gt=0, le=_LONGEST_S)]
WholeSeconds = Annotated[int, Bounds(gt=0, le=_LONGEST_S)]
BatchDrops = Annotated[int, Bounds(gt=0, le=1024)]
Tries = Annotated[int, Bounds(gt=0, le=200)]

#: Used only by the servers in the settings; they are here beside all other defaults.
ELASTICSEARCH_TIMEOUT_S: Final = 20.0
#: How long the embedded index waits for other writers.
LOCAL_TIMEOUT_S: Final = 20.0
#: Beside a request itself: the pause before it, and what comes between it and the lease's renewal.
REQUEST_MARGIN_S: Final = 10.0
KIBANA_TIMEOUT_S: Final = 60.0

_SomeText = Annotated[str, _Spelt("(?s:.+)", "String should have at least 1 character")]
#: Shell patterns for single names.
Patterns = Annotated[tuple[_SomeText, ...], _ListInText()]
#: Elasticsearch's rules for names; its own error message is less clear.
IndexName = Annotated[
    str,
    _Spelt(
        r"[a-z0-9][a-z0-9._-]{0,199}",
        "must be at most 200 of a-z, 0-9, dots, underscores and hyphens, and begin with a letter or digit",
    ),
]
_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
Interval = Annotated[
    str, _Spelt(r"-1|\d{1,9}(ms|s|m|h|d)", 'must be like "1s" or "500ms", or "-1" for never')
]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Size limits. One file: `file_bytes`; everything before its body: `header_chars`.

    Bundles: `bundle_members`, how many in one; `bundle_bytes`, all of it unpacked; `member_bytes`, one
    member unpacked; `bundle_ratio`, how many times its compressed size something may unpack to;
    `bundle_depth`, where a bundle in a bundle counts 2. Pages: `html_depth`, how deeply elements may nest;
    `text_chars`. Messages in the inbox: `message_bytes`, as they are sent; their unpacked content is a file.
    """

    file_bytes: Count = 20_000_000
    header_chars: Count = 65_536
    bundle_members: Count = 100_000
    bundle_bytes: Count = 2_000_000_000
    member_bytes: Count = 20_000_000
    bundle_ratio: Count = 200
    bundle_depth: Count = 2
    html_depth: Count = 512
    message_bytes: Count = 30_000_000
    text_chars: Count = 5_000_000


class IndexOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the indexes are named, how they are created, and how they are written to."""

    alias: IndexName = "newsdrop-articles"
    letters: IndexName = "newsdrop-dead-letters"
    analysis: Literal["unigram", "pairs"] = "unigram"
    shards: Count = 1
    replicas: Annotated[int, Bounds(ge=0, le=_MOST)] = 0
    refresh_interval: Interval = "1s"
    bulk_bytes: Count = 8_000_000
    bulk_min_bytes: Count = 250_000
    bulk_target_s: Annotated[float, Bounds(gt=0, lt=20)] = 5.0

    @property
    def refresh_s(self) -> float | None:
        """Seconds between two refreshes; None: never."""
        unit = self.refresh_interval.lstrip("-0123456789")
        return float(self.refresh_interval.removesuffix(unit)) * _UNITS_S[unit] if unit else None

    def verify(self) -> None:
        """Raise ValueError if articles and letters would get into each other's indexes."""
        for one, other in ((self.alias, self.letters), (self.letters, self.alias)):
            if re.fullmatch(re.escape(other) + r"(-next|-[0-9]{6})?", one):
                raise ValueError(
                    f"`alias` and `letters` need names of their own, but {one} is one of those that belong "
                    f"to {other} ({other}, {other}-next, {other}-000001 and so on)"
                )


class WatchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How folders are watched, and how many of a folder's articles may be removed without confirmation.

    `polling` None: only where there are no kernel events.
    """

    settle_ms: Milliseconds = 500
    rescan_s: WholeSeconds = 60
    batch_wait_ms: Milliseconds = 200
    high_water: Count = 10_000
    polling: bool | None = None
    poll_ms: Milliseconds = 1_000
    removals_percent: Annotated[float, Bounds(ge=0, le=100)] = 10.0
    removals_least: Count = 20
    ignore: Patterns = ()


class QueueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Batches, leases, retries, and how many dead letters are kept (None: all)."""

    batch_drops: BatchDrops = 64
    backlog_batch_drops: BatchDrops = 256
    batch_bytes: Count = 16_000_000
    lease_s: Annotated[int, Bounds(ge=5, le=_LONGEST_S)] = 60
    grace_s: WholeSeconds = 30
    reconcile_s: Seconds = 5.0
    max_attempts: Tries = 5
    max_deaths: Annotated[int, Bounds(gt=0, le=100)] = 2
    backoff_s: Seconds = 5.0
    backoff_max_s: Seconds = 600.0
    gate_wait_s: WholeSeconds = 60
    message_letters: Count = 10_000
    dead_max_count: Count | None = None
    dead_max_days: Annotated[int, Bounds(gt=0, le=100_000)] | None = None
    dead_export: Path | None = None
    dead_export_bytes: Count = 100_000_000
    dead_export_files: Count = 100


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's processes and limits. `processes` None: one per core; `memory_bytes` None: unlimited."""

    processes: Annotated[int, Bounds(gt=0, le=MOST_PROCESSES)] | None = None
    file_time_limit_s: Seconds = 30.0
    batch_time_budget_s: Seconds = 60.0
    memory_bytes: Count | None = 2_000_000_000


class EnrichOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The steps that are expensive enough to be worth switching off."""

    keywords: bool = True
    copies: bool = True
