"""Lists a bundle, member by member, and fetches single members.

    Bundle.members()      all good members, then one error for all others
    Members.fetch()       one member's bytes, nested bundles opened on the way

Reading continues where it stopped: the members of one bundle mostly come in the bundle's order, and a
compressed tar has no other way. Skipped members are kept for a while, because the drops of a batch come in
any order; a member further back makes the reading start over.
"""

from __future__ import annotations

import os
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import BinaryIO, Final

import msgspec

from newsdrop.archive.bundles.entries import Content, Entry, named
from newsdrop.archive.bundles.kinds import PACKED, Kind, kind_of
from newsdrop.archive.bundles.streams import Forward, Source, Unpacked
from newsdrop.archive.bundles.tars import tar_entries
from newsdrop.archive.bundles.warcs import warc_entries
from newsdrop.archive.bundles.zips import zip_entries
from newsdrop.archive.opening import open_file
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import (
    BundleError,
    EmptyFileError,
    GoneError,
    NotTextError,
    PermanentError,
    TooLargeError,
    cited,
)
from newsdrop.identity import member_drop_id
from newsdrop.membership import SEPARATOR
from newsdrop.name_filter import NameFilter
from newsdrop.options import Limits

__all__ = ["Bundle", "Members", "open_packed"]

_KEPT_BYTES: Final = 32_000_000
_OPEN: Final = 4
_NAMED: Final = 5
#: What is wrong with one member, and with none behind it.
_ITS_OWN: Final = (NotTextError, TooLargeError)


class Bundle:
    """A drop that turned out to be a bundle. `stamp`: of the opened file or member.

    Args:
        opened: opens the bundle's bytes, afresh each time.
        depth: 1 for a file, 2 for a bundle inside it.

    Attributes:
        passed_over: how many of its members aren't drops, by reason; complete once all are listed.
    """

    def __init__(
        self,
        drop: Drop,
        stamp: Stamp,
        opened: Callable[[], Source],
        limits: Limits,
        names: NameFilter,
        *,
        depth: int = 1,
    ) -> None:
        self.drop = drop
        self.stamp = stamp
        self._opened = opened
        self._limits = limits
        self._names = names
        self._depth = depth
        self.passed_over: Counter[str] = Counter()

    def members(self) -> Iterator[Drop]:
        """The members as drops, as soon as each is known to be whole.

        Raises:
            BundleError: after the good ones; says what was refused, or why there may be more.
            EmptyFileError: there are none.
            NewsdropError: as reading the bundle does.
        """
        drop, limits = self.drop, self._limits
        if self._depth > limits.bundle_depth:
            raise BundleError(
                f"{drop.source} is a bundle inside {self._depth - 1} others; at most {limits.bundle_depth} "
                "levels are read (setting limits.bundle_depth)."
            )
        faults: list[str] = []
        count = refused = 0
        self.passed_over.clear()
        with closing(self._opened()) as file:
            for entry in entries_of(drop.source, file, limits, self._names, self.passed_over):
                if entry.fault is not None:
                    refused += 1
                    faults += [f"{cited(entry.name)!r}: {entry.fault}"] if refused <= _NAMED else []
                    continue
                entry.skip()
                count += 1
                yield self._member(entry)
        if refused:
            more = f"; and {refused - _NAMED:,} more" if refused > _NAMED else ""
            raise BundleError(
                f"{drop.source} contains members that are refused ({refused:,}): {'; '.join(faults)}{more}. "
                f"Its other members ({count:,}) are drops of their own."
            )
        if not count:
            passed = ", ".join(f"{count:,} {reason}" for reason, count in self.passed_over.items())
            said = f" (passed over: {passed})" if passed else ""
            raise EmptyFileError(f"{drop.source} is a bundle without any page in it{said}.")

    def _member(self, entry: Entry) -> Drop:
        drop = self.drop
        path = drop.path or ""
        name = entry.name if drop.member is None else f"{drop.member}{SEPARATOR}{entry.name}"
        return Drop(
            id=member_drop_id(path, name),
            stamp=Stamp(entry.size, self.stamp.mtime),
            path=path,
            member=name,
            collection=drop.collection,
        )


class Members:
    """Fetches members; keeps a few bundles open between calls. For one thread."""

    def __init__(self, limits: Limits, names: NameFilter) -> None:
        self._limits = limits
        self._names = names
        self._walks: OrderedDict[tuple[str, str], tuple[object, _Walk]] = OrderedDict()

    def fetch(self, path: str, member: str) -> tuple[Content, Stamp, int]:
        """The member's content, its stamp, and how many bundles it was inside of.

        Raises:
            GoneError: the bundle has no such member, or no longer exists.
            NewsdropError: as reading does.
        """
        file, info = open_file(path)
        with file:
            identity = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
            content, depth = self._fetch(path, "", member, identity, lambda: self._again(path, file))
        return content, Stamp.from_ns(content.size, info.st_mtime_ns), depth

    def _again(self, path: str, file: BinaryIO) -> Source:
        # A descriptor of its own, which stays open after this call, but of the very same file.
        return Source(path, os.fdopen(os.dup(file.fileno()), "rb"), _most(self._limits))

    def _fetch(
        self, path: str, inside: str, rest: str, identity: object, opened: Callable[[], Source]
    ) -> tuple[Content, int]:
        parts = rest.split(SEPARATOR)
        names = {SEPARATOR.join(parts[:end]) for end in range(1, len(parts) + 1)}
        source = path + inside
        while found := self._find(path, inside, names, identity, opened):
            name, content = found
            if name == rest:
                return content, 1
            if kind_of(content.data[:512]) is not None:
                data = content.data
                return self._deeper(path, f"{inside}!{name}", rest[len(name) + 1 :], identity, data)
            # A member with the separator in its own name.
            names.discard(name)
        raise GoneError(f"{source} has no member {rest!r}.")

    def _deeper(
        self, path: str, inside: str, rest: str, identity: object, data: bytes
    ) -> tuple[Content, int]:
        most = _most(self._limits)
        content, depth = self._fetch(
            path, inside, rest, identity, lambda: Source.of_bytes(path + inside, data, most)
        )
        return content, depth + 1

    def _find(
        self, path: str, inside: str, names: set[str], identity: object, opened: Callable[[], Source]
    ) -> tuple[str, Content] | None:
        key = (path, inside)
        known, walk = self._walks.pop(key, (None, None))
        if walk is not None and known != identity:
            walk.close()
            walk = None
        fresh = walk is None
        while True:
            if walk is None:
                walk = _Walk(path + inside, opened(), self._limits, self._names)
            try:
                found = walk.find(names)
            except _ITS_OWN:
                self._walks[key] = (identity, walk)
                raise
            except BaseException:
                # Whatever interrupted it (a timer, for example), its position is unknown.
                walk.close()
                raise
            if found or fresh:
                break
            walk.close()
            walk, fresh = None, True
        self._walks[key] = (identity, walk)
        while len(self._walks) > _OPEN:
            self._walks.popitem(last=False)[1][1].close()
        return found


class _Walk:
    """One pass through a bundle, from its beginning to its end."""

    def __init__(self, source: str, file: Source, limits: Limits, names: NameFilter) -> None:
        self._source = source
        self._file = file
        self._limits = limits
        self._entries = entries_of(source, file, limits, names)
        self._kept: OrderedDict[str, Content] = OrderedDict()
        self._kept_bytes = 0
        self._lasting: dict[str, Entry] = {}

    def close(self) -> None:
        self._file.close()

    def find(self, names: set[str]) -> tuple[str, Content] | None:
        """The first of these members, among those passed over or ahead; None when there is none."""
        for name in sorted(names, key=len, reverse=True):
            if name in self._kept:
                return name, self._kept[name]
            if name in self._lasting:
                return name, self._read(self._lasting[name])
        for entry in self._entries:
            if entry.fault is not None:
                continue
            if entry.lasting:
                self._lasting[entry.name] = entry
            if entry.name in names:
                content = self._read(entry)
                self._keep(entry, content)
                return entry.name, content
            if not entry.lasting and entry.size <= self._limits.member_bytes:
                self._pass(entry)
        return None

    def _pass(self, entry: Entry) -> None:
        try:
            self._keep(entry, entry.read())
        except _ITS_OWN:
            entry.skip()

    def _read(self, entry: Entry) -> Content:
        limit = self._limits.member_bytes
        if entry.size > limit:
            raise TooLargeError(
                f"{self._source}!{entry.name} has {entry.size:,} bytes; at most {limit:,} are read (setting "
                "limits.member_bytes)."
            )
        return entry.read()

    def _keep(self, entry: Entry, content: Content) -> None:
        self._kept[entry.name] = content
        self._kept_bytes += len(content.data)
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1].data)


class Packed(msgspec.Struct, frozen=True):
    """The content of a file without its compression: a kind of bundle, or None for a page in `stream`."""

    kind: Kind | None
    stream: Forward


def open_packed(source: str, file: Source, limits: Limits) -> Packed:
    """The file without its compression.

    Raises:
        BundleError: compressed more often than limits.bundle_depth.
    """
    stream: Forward = file
    layers = 0
    while (kind := kind_of(stream.peek())) in PACKED:
        layers += 1
        if layers > limits.bundle_depth:
            raise BundleError(
                f"{source} is compressed more than {limits.bundle_depth} times (setting limits.bundle_depth)."
            )
        stream = Unpacked(source, stream, kind, limits)
    return Packed(kind, stream)


def entries_of(
    source: str,
    file: Source,
    limits: Limits,
    names: NameFilter,
    passed_over: Counter[str] | None = None,
) -> Iterator[Entry]:
    """The members of a bundle, under safe names; those that are none are counted in `passed_over`.

    Raises:
        NewsdropError: as the kind's own reader.
    """
    packed = open_packed(source, file, limits)
    stream = packed.stream
    if packed.kind is Kind.ZIP:
        held = stream if isinstance(stream, Source) else _held(source, stream, limits)
        found = zip_entries(source, held, limits)
    elif packed.kind is Kind.TAR:
        found = tar_entries(source, stream, limits)
    elif packed.kind is Kind.WARC:
        found = warc_entries(source, stream, limits)
    else:
        raise PermanentError(f"{source} is no longer a bundle.")
    return named(source, found, limits, names, passed_over)


def _held(source: str, stream: Forward, limits: Limits) -> Source:
    # A packed ZIP can't be read from its end; rare enough to be held in memory.
    data = stream.read(limits.member_bytes + 1)
    if len(data) > limits.member_bytes:
        raise TooLargeError(
            f"{source} is a ZIP file inside a compressed one of more than {limits.member_bytes:,} bytes "
            "(setting limits.member_bytes)."
        )
    return Source.of_bytes(source, data, _most(limits))


def _most(limits: Limits) -> int:
    return max(limits.member_bytes, limits.file_bytes) + 1
