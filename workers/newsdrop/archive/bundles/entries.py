"""One member of a bundle as its bundle tells of it, and the names under which members are known.

A member's name is its path inside the bundle, never a place in a file system; one that would lead elsewhere
is refused all the same, since some other program may take it for a place. A second member of one name gets
`#2`. Names are told apart the same way in listing and in reading, so they always mean the same member.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate

import msgspec

from newsdrop.errors import BundleError
from newsdrop.options import Limits

__all__ = ["Content", "Entry", "named"]

_NAME_CHARS = 2_000
_DRIVE = re.compile(r"[A-Za-z]:")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A member's bytes. `size` is the one its bundle gives; url, time and charset are a WARC record's."""

    data: bytes
    size: int
    url: str | None = None
    archived_at_ms: int | None = None
    charset: str | None = None


@dataclass(frozen=True)
class Entry:
    """One member.

    `read` and `skip` serve until the next entry is asked for, but for `lasting` ones. `skip` goes to the
    member's end and raises if it isn't there. `fault`: why it is refused.
    """

    name: str
    size: int
    read: Callable[[], Content]
    skip: Callable[[], None] = lambda: None
    fault: str | None = None
    lasting: bool = False


def named(source: str, entries: Iterator[Entry], limits: Limits, ignore: Sequence[str]) -> Iterator[Entry]:
    """The entries under names that are safe and told apart; those of ignored names are left out.

    Raises:
        BundleError: over limits.bundle_members.
    """
    joined = "|".join(translate(pattern) for pattern in ignore)
    ignored = re.compile(joined or r"(?!)", re.IGNORECASE).match
    seen: Counter[str] = Counter()
    for number, entry in enumerate(entries, 1):
        if number > limits.bundle_members:
            raise BundleError(
                f"{source} has more than {limits.bundle_members:,} members (setting limits.bundle_members)."
            )
        name = entry.name.removeprefix("./")
        fault = entry.fault or _fault(name)
        if fault is None and any(ignored(part) for part in name.split("/")):
            continue
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name}#{seen[name]}"
        yield Entry(name, entry.size, entry.read, entry.skip, fault, entry.lasting)


def _fault(name: str) -> str | None:
    parts = name.replace("\\", "/").split("/")
    if not name or "\x00" in name or len(name) > _NAME_CHARS:
        return "its name is empty, endless or holds a null character"
    if not parts[0] or _DRIVE.match(name):
        # A WARC record is named by its time first, so no URL looks like this.
        return "its path is absolute"
    if ".." in parts:
        return "its path leads out of the bundle (..)"
    return None
