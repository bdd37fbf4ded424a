"""One member of a bundle as described by the bundle, and the names by which members are identified.

A member's name is its path inside the bundle, never a place in a file system; a name that would lead
elsewhere is refused anyway, because another program may use it as a path. A second member with the same name
gets `#2`. Listing and reading number them the same way, so a name always means the same member.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from newsdrop.errors import BundleError
from newsdrop.name_filter import PAGES, NameFilter, Reason
from newsdrop.options import Limits

__all__ = ["Content", "Entry", "named"]

_NAME_CHARS = 2_000
#: Fewer bytes than the shortest header of an article; and how many such members are drops nevertheless.
_TINY_BYTES = 32
_MOST_TINY = 1_000
_DRIVE = re.compile(r"[A-Za-z]:")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A member's bytes. `size` is as given in the bundle; url, time and charset are from a WARC record."""

    data: bytes
    size: int
    url: str | None = None
    archived_at_ms: int | None = None
    charset: str | None = None


@dataclass(frozen=True)
class Entry:
    """One member.

    `read` and `skip` serve until the next entry is asked for, but for `lasting` ones. `skip` goes to the
    member's end and raises if it isn't there. `fault`: why it is refused. `chosen`: it is known to be a page,
    whatever its name looks like.
    """

    name: str
    size: int
    read: Callable[[], Content]
    skip: Callable[[], None] = lambda: None
    fault: str | None = None
    lasting: bool = False
    chosen: bool = False


def named(
    source: str,
    entries: Iterator[Entry],
    limits: Limits,
    names: NameFilter,
    passed_over: Counter[str] | None = None,
) -> Iterator[Entry]:
    """The entries under names that are safe and told apart; those that are passed over are counted.

    So are empty ones; and of those too small to be a page, all but the first thousand are refused: letters
    for 100,000 would take half a gigabyte.

    Raises:
        BundleError: over limits.bundle_members.
    """
    seen: Counter[str] = Counter()
    passed = Counter[str]() if passed_over is None else passed_over
    pages: set[str] = set()
    tiny = 0
    for number, entry in enumerate(entries, 1):
        if number > limits.bundle_members:
            raise BundleError(
                f"{source} has more than {limits.bundle_members:,} members (setting limits.bundle_members)."
            )
        name = entry.name.removeprefix("./")
        fault = entry.fault or _fault(name)
        if fault is None:
            reason = Reason.EMPTY if not entry.size else None if entry.chosen else names.member(name, pages)
            if reason is not None:
                passed[reason] += 1
                continue
            if name.endswith(PAGES):
                pages.add(name)
            tiny += entry.size < _TINY_BYTES
            if tiny > _MOST_TINY and entry.size < _TINY_BYTES:
                fault = f"it is one of more than {_MOST_TINY:,} members of fewer than {_TINY_BYTES} bytes"
        name = _told_apart(name, seen)
        yield Entry(name, entry.size, entry.read, entry.skip, fault, entry.lasting, entry.chosen)


def _told_apart(name: str, seen: Counter[str]) -> str:
    """The name, or the first of `name#2`, `name#3` … that no member has had so far."""
    given = name
    while given in seen:
        seen[name] += 1
        given = f"{name}#{seen[name]}"
    seen[given] += 1
    return given


def _fault(name: str) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if not name or "\x00" in name or len(name) > _NAME_CHARS:
        return "its name is empty, too long or contains a null character"
    if not parts[0] or _DRIVE.match(name):
        # The name of a WARC record begins with its time, so no URL looks like this.
        return "its path is absolute"
    if ".." in parts:
        return "its path leads out of the bundle (..)"
    return None
