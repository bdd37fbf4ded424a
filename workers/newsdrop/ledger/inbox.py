"""The inbox: messages from other programs, validated before they are accepted into the ledger.

A message is one entry of the stream `newsdrop:inbox` with a field `drop` that holds JSON:

    {"v": 1, "path": "/abs/file.md"}                                  a file in a configured folder
    {"v": 1, "name": "x.md", "content": "<base64>", "encoding": "gzip", "key": "…"}  the bytes

`collection` and `traceparent` may be added to both. config/schema/inbox-message.json is the JSON Schema.
Refuses messages that are too large (also when unpacked), unknown fields, and every path that, with symlinks
resolved, isn't below a configured or watched folder. A refused message becomes a dead letter of stage
`message`, and its receipt says so. Each of several fields `drop` is a message of its own, the second with
the receipt `ID.2`.
"""

from __future__ import annotations

import base64
import binascii
import os
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET

from newsdrop.documents import Drop, Stamp, decode_path
from newsdrop.errors import ForbiddenPathError, InvalidMessageError, PermanentError, TooLargeError, printable
from newsdrop.events import emit
from newsdrop.identity import inline_drop_id, inside, path_drop_id, resolved
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger, content_stamp, wire_drop
from newsdrop.ledger.message import Message, decode_message
from newsdrop.ledger.message_letters import fields_kept, message_item
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.meters import Tally
from newsdrop.options import Limits
from newsdrop.portions import portions
from newsdrop.ports import Lane
from newsdrop.spelling import as_listed

if TYPE_CHECKING:
    import redis

__all__ = ["Inbox", "Taken", "validate"]

_READ_FIRST = 8
_LIMITS: Final = Limits()
_READ_MORE = 56
#: Programs make one; parallel compressors and files that were appended to, some hundreds.
_GZIP_MEMBERS: Final = 10_000
_GZIP_PIECE: Final = 4_096

#: An entry's fields in their order, of which several may have the same name.
Fields = list[tuple[bytes, bytes]]


class Taken(msgspec.Struct, frozen=True):
    """The result of reading the inbox once; `more`: there may be messages left."""

    messages: int = 0
    queued: int = 0
    rejected: int = 0
    more: bool = False


def validate(raw: bytes, receipt: str, *, folders: Sequence[Path], limits: Limits = _LIMITS) -> Drop:
    """The drop that a message describes.

    Raises:
        TooLargeError, InvalidMessageError, ForbiddenPathError: the message is refused, for this reason.
    """
    if len(raw) > limits.message_bytes:
        raise TooLargeError(
            f"The message has {len(raw)} bytes, more than limits.message_bytes ({limits.message_bytes})."
        )
    message = decode_message(raw)
    if message.path is not UNSET:
        if message.content is not UNSET or message.name is not UNSET:
            raise InvalidMessageError("The message has a path and content; it must have one of them.")
        return _path_drop(message, message.path, receipt, folders)
    if message.content is UNSET or message.name is UNSET:
        raise InvalidMessageError("The message has neither a path nor name and content.")
    content = _unpack(message.content, message.encoding, limits.file_bytes)
    return Drop(
        id=inline_drop_id(message.key or receipt),
        stamp=content_stamp(content),
        name=message.name,
        content=content,
        collection=message.collection or None,
        receipt=receipt,
        seen_ms=_arrived_ms(receipt),
        trace=message.traceparent or None,
    )


def _arrived_ms(receipt: str) -> int | None:
    # A stream id begins with the time of Redis' clock, but producers may set their own ids.
    digits = receipt.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 13 else None


def _path_drop(message: Message, text: str, receipt: str, folders: Sequence[Path]) -> Drop:
    try:
        path = decode_path(text)
        os.fsencode(path)
    except (ValueError, UnicodeError):
        raise InvalidMessageError(
            "The message's path has a wrong escape: write \\\\ for a backslash, \\xNN for a byte."
        ) from None
    if not path.startswith("/"):
        raise InvalidMessageError("The message's path is not absolute.")
    real = below(path, folders)
    return Drop(
        id=path_drop_id(real),
        stamp=_stamp(real),
        path=real,
        collection=message.collection or None,
        receipt=receipt,
        seen_ms=_arrived_ms(receipt),
        trace=message.traceparent or None,
    )


def below(path: str, folders: Sequence[Path]) -> str:
    """The path with symlinks resolved, if that is below one of the folders.

    Raises:
        ForbiddenPathError: it isn't.
    """
    try:
        real = resolved(path)
    except (OSError, RuntimeError, ValueError):
        raise ForbiddenPathError(f"{path} can't be resolved.") from None
    for folder in folders:
        # One whose path leads round in a circle by now has no files.
        with suppress(OSError):
            if inside(real, as_listed(resolved(folder))):
                return real
    if not folders:
        raise ForbiddenPathError(
            f"{path} can't be accepted: this worker knows no folder. None is configured (`folders`, "
            "NEWSDROP_FOLDERS), and no watcher has reported one for a day: start `newsdrop watch FOLDER`, or "
            "configure the folders for the worker, and then run `newsdrop dead replay`."
        )
    raise ForbiddenPathError(
        f"{path} is not below a configured folder (`folders`, NEWSDROP_FOLDERS), nor below one that is "
        "watched, once symlinks are resolved."
    )


def _stamp(path: str) -> Stamp:
    try:
        status = Path(path).stat()
    except OSError:
        # It doesn't exist yet, or no longer: the worker will find out.
        return Stamp(0, 0)
    return Stamp.from_ns(status.st_size, status.st_mtime_ns)


def _unpack(content: str, encoding: str, file_bytes: int) -> bytes:
    try:
        data = base64.b64decode(content.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidMessageError("The message's content is not base64.") from None
    if encoding == "gzip":
        data = gunzip(data, file_bytes)
    if len(data) > file_bytes:
        raise TooLargeError(f"The message's content is over limits.file_bytes ({file_bytes} bytes).")
    return data


def gunzip(data: bytes, most: int) -> bytes:
    """Unpack gzip, stopping as soon as there are more than `most` bytes.

    Raises:
        InvalidMessageError: it isn't gzip, is truncated, is followed by something else, or has too many
            members.
        TooLargeError: more than `most`.
    """
    parts: list[bytes] = []
    size = at = members = 0
    while at < len(data) or not members:
        members += 1
        if members > _GZIP_MEMBERS:
            raise InvalidMessageError(
                f"The message's gzip content has more than {_GZIP_MEMBERS:,} members; compress it as one."
            )
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            # In pieces, because what follows a member's end is copied.
            piece = data[at : at + _GZIP_PIECE]
            if not piece:
                raise InvalidMessageError("The message's gzip content is truncated.")
            part = _inflated(unpacker, piece, most - size + 1)
            size += len(part)
            if size > most:
                raise TooLargeError(
                    f"The message's content unpacks to more than limits.file_bytes ({most} bytes)."
                )
            parts.append(part)
            at += len(piece) - len(unpacker.unused_data)
    return b"".join(parts)


def _inflated(unpacker: Any, piece: bytes, most: int) -> bytes:
    try:
        part: bytes = unpacker.decompress(piece, most)
    except zlib.error:
        raise InvalidMessageError("The message's content is not gzip.") from None
    return part


class Inbox:
    """The stream and its way into the ledger.

    Args:
        folders: paths are accepted only below these, and below those that are watched.
        watched: returns the folders that watchers currently report.
    """

    def __init__(
        self,
        client: redis.Redis,
        ledger: Ledger,
        letters: DeadLetters,
        *,
        folders: Sequence[Path] = (),
        watched: Callable[[], Sequence[Path]] = tuple,
        limits: Limits | None = None,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._letters = letters
        self._folders = tuple(folders)
        self._watched = watched
        self._limits = limits or _LIMITS

    def waiting(self) -> int:
        """How many messages are waiting. The stream has no back-pressure: set an alert on this."""
        with redis_errors(self._client):
            number: Any = self._client.xlen(keys.INBOX)
        return int(number)

    def take(self) -> Taken:
        """Read up to 64 messages and move them into the ledger, each once, however many readers there are.

        Raises:
            OutageError, ConfigError: like the ledger's methods.
        """
        entries = self._read(_READ_FIRST, "-")
        more = len(entries) == _READ_FIRST
        # Large messages are read eight at a time, so that the memory of a tick stays bounded.
        if (
            more
            and sum(_fields_bytes(fields) for _, fields in entries) < self._ledger.limits.batch_bytes // 8
        ):
            further = self._read(_READ_MORE, f"({entries[-1][0]}")
            more = len(further) == _READ_MORE
            entries += further
        if not entries:
            return Taken()
        arguments = {"lane": Lane.FRESH, "limits": self._ledger.wire_limits()}
        totals = [0, 0, 0]
        limits = self._ledger.limits
        folders = (*self._folders, *self._watched())
        found = [self._item(receipt, fields, folders) for receipt, fields in entries]
        for items in portions(found, _item_bytes, most_bytes=limits.batch_bytes, most=limits.batch_drops):
            answer = self._ledger.scripts.run("take", {"items": items, **arguments})
            totals = [total + part for total, part in zip(totals, answer, strict=True)]
        if totals[0]:
            tally = Tally()
            tally.count("newsdrop_inbox_taken_total", "accepted", by=totals[0] - totals[2])
            tally.count("newsdrop_inbox_taken_total", "rejected", by=totals[2])
            self._ledger.count(tally.take())
            emit("inbox.taken", messages=totals[0], queued=totals[1], rejected=totals[2])
        messages, queued, rejected = totals
        return Taken(messages, queued, rejected, more)

    def _read(self, count: int, start: str) -> list[tuple[str, Fields]]:
        with redis_errors(self._client):
            # As bytes, the client doesn't know the command, and leaves its answer alone: in its own form an
            # entry has no two fields of the same name.
            found: Any = self._client.execute_command(b"XRANGE", keys.INBOX, start, "+", "COUNT", count)
        return [(receipt.decode(), [*zip(flat[::2], flat[1::2], strict=True)]) for receipt, flat in found]

    def _item(self, receipt: str, fields: Fields, folders: Sequence[Path]) -> list[Any]:
        """An entry as the script takes it; every field `drop` is a message of its own."""
        messages = [value for name, value in fields if name == keys.INBOX_FIELD.encode()]
        if not messages:
            names = ", ".join(name.decode(errors="backslashreplace") for name, _ in fields)
            error = InvalidMessageError(
                f"The inbox entry has no field `{keys.INBOX_FIELD}`, but: {printable(names)}."
            )
            return [receipt, [self._refused(fields_kept(fields), error, receipt)]]
        receipts = [receipt, *(f"{receipt}.{number}" for number in range(2, len(messages) + 1))]
        return [receipt, [self._part(*one, folders) for one in zip(messages, receipts, strict=True)]]

    def _part(self, message: bytes, receipt: str, folders: Sequence[Path]) -> list[Any]:
        try:
            drop = validate(message, receipt, folders=folders, limits=self._limits)
        except PermanentError as error:
            return self._refused(message, error, receipt)
        traces = self._ledger.traces
        return [receipt, wire_drop(traces.handing_over([drop], Lane.FRESH)[0] if traces else drop)]

    def _refused(self, message: bytes, error: PermanentError, receipt: str) -> list[Any]:
        letter = message_item(self._ledger, message, error, receipt=receipt)
        emit("message.quarantined", reason=error.message, bytes=len(message), letter=letter["id"])
        return [receipt, False, letter]


def _fields_bytes(fields: Fields) -> int:
    return sum(len(value) for _, value in fields)


def _item_bytes(item: list[Any]) -> int:
    """An entry's share of a call in bytes: its drops' sizes, and what is kept of refused messages."""
    return sum(int(part[1][1]) if part[1] else memoryview(part[2]["raw"]).nbytes for part in item[1])
