"""The options of each step: each is defined here once, with its bounds and its default.

Settings embeds these structs and validates them by their annotations (settings/groups.py). Packages receive
them as they are, so that none repeats a default or needs the settings. Knows no servers, secrets or pydantic.
Structs that are constructed directly, as in tests, are not validated.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from annotated_types import Ge, Gt, Le, Lt, MinLen

__all__ = [
    "ELASTICSEARCH_TIMEOUT_S",
    "KIBANA_TIMEOUT_S",
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
#: Longer waits than this are mistakes, and the system's timers refuse some of them.
_LONGEST_S: Final = 10_000_000

Count = Annotated[int, Gt(0), Le(_MOST)]
Milliseconds = Annotated[int, Gt(0), Le(1000 * _LONGEST_S)]
Seconds = Annotated[float, Gt(0), Le(_LONGEST_S)]
WholeSeconds = Annotated[int, Gt(0), Le(_LONGEST_S)]
BatchDrops = Annotated[int, Gt(0), Le(1024)]
Tries = Annotated[int, Gt(0), Le(200)]

_T = TypeVar("_T", str, Path)

#: Used only by the servers in the settings; they are here beside all other defaults.
ELASTICSEARCH_TIMEOUT_S: Final = 20.0
KIBANA_TIMEOUT_S: Final = 60.0


class _Spelt:
    """A text that matches a pattern; the settings check this annotation through pydantic's hook."""

    def __init__(self, pattern: str, must: str) -> None:
        self._fits = re.compile(pattern).fullmatch
        self._must = must

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        # Imported where the settings are checked: other packages do without pydantic.
        from pydantic_core.core_schema import no_info_after_validator_function

        return no_info_after_validator_function(self._check, handler(source))

    def _check(self, value: _T) -> _T:
        if self._fits(str(value)) is None:
            raise ValueError(self._must)
        return value


class _ListInText:
    """A list that may be written as text: as JSON, or with commas between its items."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        # As above.
        from pydantic_core.core_schema import no_info_before_validator_function

        return no_info_before_validator_function(self._listed, handler(source))

    def _listed(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        with suppress(ValueError):
            read = json.loads(value)
            if isinstance(read, list):
                return read
        return [part for part in value.split(",") if part]


#: Shell patterns for single names.
Patterns = Annotated[tuple[Annotated[str, MinLen(1)], ...], _ListInText()]
#: Elasticsearch's rules for names; its own error message is less clear.
IndexName = Annotated[
    str,
    _Spelt(
        r"[a-z0-9][a-z0-9._-]{0,199}",
        "must be at most 200 of a-z, 0-9, dots, underscores and hyphens, and begin with a letter or digit",
    ),
]
Interval = Annotated[
    str, _Spelt(r"-1|\d{1,9}(ms|s|m|h|d)", 'must be like "1s" or "500ms", or "-1" for never')
]
#: TOML can contain a NUL, but a path can't.
SomePath = Annotated[Path, _Spelt(r"[^\0]*", "holds a NUL character")]

#: An unknown name is refused, not ignored; error messages never show the value.
_STRICT: Final = {"extra": "forbid", "validate_default": True, "hide_input_in_errors": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Size limits. One file: `file_bytes`; everything before its body: `header_chars`.

    Bundles: `bundle_members`, how many in one; `bundle_bytes`, all of it unpacked; `member_bytes`, one
    member unpacked; `bundle_ratio`, how many times its compressed size something may unpack to;
    `bundle_depth`, where a bundle in a bundle counts 2. Pages: `html_depth`, how deeply elements may nest;
    `text_chars`. Messages in the inbox: `message_bytes`, as they are sent; their unpacked content is a file.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT

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


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexOptions:
    """What the indexes are named, how they are created, and how they are written to."""

    __pydantic_config__: ClassVar[Any] = _STRICT

    alias: IndexName = "newsdrop-articles"
    letters: IndexName = "newsdrop-dead-letters"
    analysis: Literal["unigram", "pairs"] = "unigram"
    shards: Count = 1
    replicas: Annotated[int, Ge(0), Le(_MOST)] = 0
    refresh_interval: Interval = "1s"
    bulk_bytes: Count = 8_000_000
    bulk_min_bytes: Count = 250_000
    bulk_target_s: Annotated[float, Gt(0), Lt(20)] = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchOptions:
    """How folders are watched, and how many of a folder's articles may be removed without confirmation.

    `polling` None: only where there are no kernel events.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT

    settle_ms: Milliseconds = 500
    rescan_s: WholeSeconds = 60
    batch_wait_ms: Milliseconds = 200
    high_water: Count = 10_000
    polling: bool | None = None
    poll_ms: Milliseconds = 1_000
    removals_percent: Annotated[float, Ge(0), Le(100)] = 10.0
    removals_least: Count = 20
    ignore: Patterns = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueOptions:
    """Batches, leases, retries, and how many dead letters are kept (None: all)."""

    __pydantic_config__: ClassVar[Any] = _STRICT

    batch_drops: BatchDrops = 64
    backlog_batch_drops: BatchDrops = 256
    batch_bytes: Count = 16_000_000
    lease_s: Annotated[int, Ge(5), Le(_LONGEST_S)] = 60
    grace_s: WholeSeconds = 30
    reconcile_s: Seconds = 5.0
    max_attempts: Tries = 5
    max_deaths: Annotated[int, Gt(0), Le(100)] = 2
    backoff_s: Seconds = 5.0
    backoff_max_s: Seconds = 600.0
    gate_wait_s: WholeSeconds = 60
    message_letters: Count = 10_000
    dead_max_count: Count | None = None
    dead_max_days: Annotated[int, Gt(0), Le(100_000)] | None = None
    dead_export: SomePath | None = None
    dead_export_bytes: Count = 100_000_000
    dead_export_files: Count = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerOptions:
    """A worker's processes and limits. `processes` None: one per core; `memory_bytes` None: unlimited."""

    __pydantic_config__: ClassVar[Any] = _STRICT

    processes: Annotated[int, Gt(0), Le(1024)] | None = None
    file_time_limit_s: Seconds = 30.0
    batch_time_budget_s: Seconds = 60.0
    memory_bytes: Count | None = 2_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrichOptions:
    """The steps that are expensive enough to be worth switching off."""

    __pydantic_config__: ClassVar[Any] = _STRICT

    keywords: bool = True
    copies: bool = True
