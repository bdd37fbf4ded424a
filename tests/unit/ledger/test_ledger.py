"""Since when a drop's latency counts: what was just written since then, anything else since now."""

from __future__ import annotations

import pytest

from newsdrop.documents import Drop, Stamp
from newsdrop.ledger.ledger import seen

NOW_MS = 1_760_000_000_000


def drop(mtime_ms: int, seen_ms: int | None = None) -> Drop:
    return Drop(id="a" * 32, path="/in/a.md", stamp=Stamp.from_ns(1, mtime_ms * 1_000_000), seen_ms=seen_ms)


@pytest.mark.parametrize(
    ("mtime_ms", "since_ms"),
    [
        (NOW_MS - 1_200, NOW_MS - 1_200),
        (NOW_MS - 599_000, NOW_MS - 599_000),
        # Copied here with its old date.
        (NOW_MS - 601_000, NOW_MS),
        # From a clock that is ahead.
        (NOW_MS + 5_000, NOW_MS),
        (0, NOW_MS),
    ],
)
def test_a_file_counts_from_its_last_change_if_that_was_just_now(mtime_ms: int, since_ms: int) -> None:
    assert seen(drop(mtime_ms), NOW_MS).seen_ms == since_ms


def test_what_is_known_already_stays() -> None:
    assert seen(drop(NOW_MS - 1_200, seen_ms=7), NOW_MS).seen_ms == 7
