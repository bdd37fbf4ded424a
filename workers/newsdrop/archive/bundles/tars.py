"""Tar files, read forward only, including concatenated ones (`cat`, `tar -A`). Skips folders.

Refuses links, devices and sparse members, and data after the end mark that isn't a tar file.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from typing import IO, Self, cast

from newsdrop.archive.bundles.entries import Content, Entry
from newsdrop.archive.bundles.kinds import Kind, kind_of
from newsdrop.archive.bundles.streams import Stream
from newsdrop.errors import BundleError, cited
from newsdrop.options import Limits

__all__ = ["tar_entries"]

_BLOCK = 512
#: Of one member: a long name, a long link and a list of attributes, and room for what nobody has thought of.
_MOST_HEADERS = 16


class _EndlessHeadersError(Exception):
    """More headers before one member than any archive has; another header follows."""


class _Tar(tarfile.TarFile):
    """Gives up if each header only announces another one, because tarfile recurses for each."""

    headers = 0


class _Info(tarfile.TarInfo):
    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        if isinstance(tarfile, _Tar):
            tarfile.headers += 1
            if tarfile.headers > _MOST_HEADERS:
                raise _EndlessHeadersError
        return super().fromtarfile(tarfile)


def tar_entries(source: str, stream: Stream, limits: Limits) -> Iterator[Entry]:
    """The members in order, those of tar files that were joined too; each is to be read before the next is
    asked for.

    Raises:
        BundleError: damaged, cut off, or over a limit; after the members that are good.
    """
    total = 0
    while kind_of(stream.peek()) is Kind.TAR:
        for info in _infos(source, stream):
            total += info.size
            if total > limits.bundle_bytes:
                raise BundleError(
                    f"{source} holds more than {limits.bundle_bytes:,} bytes (setting limits.bundle_bytes)."
                )
            read, skip = _reader(source, stream, info), _skipper(source, stream, info)
            yield Entry(info.name, info.size, read, skip, _fault(info))
        _pass_padding(stream)
    if stream.peek():
        raise BundleError(
            f"{source} is damaged: after the end of the tar file, at byte {stream.tell():,}, comes "
            "something other than another tar file."
        )


def _infos(source: str, stream: Stream) -> Iterator[tarfile.TarInfo]:
    """The files and special files of one tar file, up to its end mark."""
    try:
        # Nothing to close: the stream is whoever's it was.
        tar = _Tar.open(fileobj=cast(IO[bytes], stream), mode="r:", encoding="utf-8", tarinfo=_Info)
        while (info := tar.next()) is not None:
            tar.headers = 0
            # Otherwise it remembers all members.
            tar.members = []  # type: ignore[attr-defined]  # no other way to stop it
            if not info.isdir():
                yield info
    except _EndlessHeadersError:
        return
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise BundleError(f"{source} is damaged or cut off: {cited(error)}.") from None
    # tarfile takes a broken header for the end, but the end is a block of null bytes.
    if len(stream.last) < _BLOCK:
        raise BundleError(f"{source} is cut off: the tar file has no end mark.")
    if any(stream.last):
        raise BundleError(f"{source} is damaged: a header in the tar file is broken.")


def _pass_padding(stream: Stream) -> None:
    """Read the null bytes after an end mark."""
    while (ahead := stream.peek()) and not any(ahead):
        stream.read(len(ahead))


def _fault(info: tarfile.TarInfo) -> str | None:
    if info.issym():
        return "it is a symbolic link"
    if info.islnk():
        return "it is a hard link"
    if not info.isreg() or info.issparse():
        return "it is a device, a sparse or another special file"
    return None


def _reader(source: str, stream: Stream, info: tarfile.TarInfo) -> Callable[[], Content]:
    def read() -> Content:
        stream.seek(info.offset_data)
        data = stream.read(info.size)
        if len(data) < info.size:
            raise _cut_off(source, info)
        return Content(data=data, size=info.size)

    return read


def _skipper(source: str, stream: Stream, info: tarfile.TarInfo) -> Callable[[], None]:
    def skip() -> None:
        end = info.offset_data + info.size
        if info.isreg() and stream.tell() < end:
            stream.seek(end - 1)
            if not stream.read(1):
                raise _cut_off(source, info)

    return skip


def _cut_off(source: str, info: tarfile.TarInfo) -> BundleError:
    return BundleError(f"{source} is cut off: it ends inside its member {cited(info.name)!r}.")
