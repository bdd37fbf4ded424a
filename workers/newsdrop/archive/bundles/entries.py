"""One member of a bundle as described by the bundle, and the names by which members are identified.

A member's name is its path inside the bundle, never a place in a file system; a name that would lead
elsewhere is refused anyway, because another program may use it as a path. A second member with the same name
gets `#2`; so does one whose name could be that of a member of another, nested one (`b.zip!c.md` beside
`b.zip`). Listing and reading number them the same way, so a name always means the same member.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from newsdrop.errors import BundleError
from newsdrop.membership import bundles_in
from newsdrop.name_filter import PAGES, NameFilter, Reason, page_key
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
    whatever its name looks like, which is the address that it is from.
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
    told_apart = _Names()
    passed = Counter[str]() if passed_over is None else passed_over
    pages: set[str] = set()
    tiny = 0
    for number, entry in enumerate(entries, 1):
        if number > limits.bundle_members:
            raise BundleError(
                f"{source} has more than {limits.bundle_members:,} members (setting limits.bundle_members)."
            )
        name = entry.name.removeprefix("./")
        fault = entry.fault or _fault(name, is_address=entry.chosen)
        if fault is None:
            reason = Reason.EMPTY if not entry.size else None if entry.chosen else names.member(name, pages)
            if reason is not None:
                passed[reason] += 1
                continue
            if name.lower().endswith(PAGES):
                pages.add(page_key(name))
            tiny += entry.size < _TINY_BYTES
            if tiny > _MOST_TINY and entry.size < _TINY_BYTES:
                fault = f"it is one of more than {_MOST_TINY:,} members of fewer than {_TINY_BYTES} bytes"
        name = told_apart.of(name)
        yield Entry(name, entry.size, entry.read, entry.skip, fault, entry.lasting, entry.chosen)


class _Names:
    """The names of a bundle's members so far: none is that of another, or of a member of another."""

    def __init__(self) -> None:
        self._members: set[str] = set()
        #: What stands before each `!` of a member's name: no nested bundle may be called so.
        self._beginnings: set[str] = set()
        self._numbers: Counter[str] = Counter()

    def of(self, name: str) -> str:
        """The name of the next member, or the first of `name#2`, `name#3` … that can mean no other."""
        given, taken = name, self._taken(name)
        while taken is not None and self._taken(given) is not None:
            self._numbers[taken] += 1
            given = f"{taken}#{self._numbers[taken] + 1}{name[len(taken) :]}"
        self._members.add(given)
        self._beginnings.update(bundles_in(given))
        return given

    def _taken(self, name: str) -> str | None:
        """The name, or the beginning of it, by which it could mean another member; None if it can't."""
        if name in self._members or name in self._beginnings:
            return name
        return next((bundle for bundle in bundles_in(name) if bundle in self._members), None)


def _fault(name: str, *, is_address: bool) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if not name or "\x00" in name or len(name) > _NAME_CHARS:
        return "its name is empty, too long or contains a null character"
    if not parts[0] or _DRIVE.match(name):
        # The name of a WARC record begins with its time, so no URL looks like this.
        return "its path is absolute"
    if ".." in parts and not is_address:
        return "its path leads out of the bundle (..)"
    return None
