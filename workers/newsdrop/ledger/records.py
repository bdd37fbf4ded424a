"""How the ledger's entries, the batches' records and the letters are packed; the scripts use the same format.

    entry    34 bytes: state 1, attempts 1, deaths 1 (one bit of it: put away), time s 4, size 5,
             mtime 6 (10 µs), document id 16
    record   MessagePack map with one-letter keys: everything about a drop that is not in the entry
    letter   MessagePack map with the names of documents.DeadLetter, without its bytes; and `own_id`, the id
             of the path that its file was moved to

Redis' MessagePack library has no bytes: it refuses them, and writes every string as text. So maps that we
read back contain only UTF-8 text (paths through `encode_path`), and bytes are sent as text (`raw`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from newsdrop.documents import LAST_MTIME, Attempt, DeadLetter, Drop, Stamp, State, decode_path, encode_path
from newsdrop.errors import printable
from newsdrop.ports import Entry

__all__ = [
    "Record",
    "brings",
    "drop_of",
    "letter_of",
    "lua_states",
    "pack_record",
    "record_of",
    "taken_out",
    "unpack_entry",
]

#: Stored permanently: a number is never reused for another state.
STATE_CODES: Final = {
    State.QUEUED: 1,
    State.RETRYING: 2,
    State.INDEXED: 3,
    State.SUPERSEDED: 4,
    State.GONE: 5,
    State.REMOVED: 6,
    State.EXPANDED: 7,
    State.DEAD: 8,
    State.DISCARDED: 9,
    State.FORGOTTEN: 10,
}
ENTRY_BYTES: Final = 34
#: Stored beside the deaths, where older versions of newsdrop ignore it.
_PUT_AWAY: Final = 0x80
_STATES: Final = {code: state for state, code in STATE_CODES.items()}
_NO_DOCUMENT: Final = bytes(16)
_SIZE_MAX: Final = 2**40 - 1


class Record(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "path": "p",
        "member": "m",
        "name": "n",
        "collection": "c",
        "receipt": "r",
        "size": "s",
        "mtime": "t",
        "history": "h",
        "seen_ms": "e",
        "trace": "x",
        "rewritten": "w",
    },
):
    """A queued drop; without `path`, its bytes are in `body:<id>`. `size`, `mtime`: the producer's."""

    path: str | None = None
    member: str | None = None
    name: str | None = None
    collection: str | None = None
    receipt: str | None = None
    # No defaults: the scripts rely on these two.
    size: int
    mtime: int
    history: list[Attempt] = []
    seen_ms: int | None = None
    trace: str | None = None
    rewritten: bool = False


_pack = msgspec.msgpack.Encoder().encode
_unpack_record = msgspec.msgpack.Decoder(Record).decode
_unpack_letter = msgspec.msgpack.Decoder(DeadLetter).decode


def raw(data: bytes) -> msgspec.Raw:
    """Bytes in the form that scripts accept: MessagePack text that needn't be UTF-8."""
    size = len(data)
    if size < 32:
        head = bytes([0xA0 | size])
    elif size < 2**8:
        head = b"\xd9" + size.to_bytes(1, "big")
    elif size < 2**16:
        head = b"\xda" + size.to_bytes(2, "big")
    else:
        head = b"\xdb" + size.to_bytes(4, "big")
    return msgspec.Raw(head + data)


def raw_id(drop_id: str) -> msgspec.Raw:
    """A drop's id, from hex, for the scripts."""
    return raw(bytes.fromhex(drop_id))


def lua_states() -> str:
    """The states' numbers as Lua tables, both ways."""
    codes = ", ".join(f"{state} = {code}" for state, code in STATE_CODES.items())
    names = ", ".join(f"[{code}] = '{state}'" for state, code in STATE_CODES.items())
    return f"local STATE_CODES = {{{codes}}}\nlocal STATE_NAMES = {{{names}}}\n"


def fit(stamp: Stamp) -> Stamp:
    """The stamp within the ledger's range: a time after 2059 or a terabyte is clamped, never refused."""
    return Stamp(min(max(stamp.size, 0), _SIZE_MAX), min(max(stamp.mtime, 0), LAST_MTIME))


def record_of(drop: Drop) -> Record:
    stamp = fit(drop.stamp)
    return Record(
        path=None if drop.path is None else encode_path(drop.path),
        member=None if drop.member is None else encode_path(drop.member),
        name=None if drop.name is None else printable(drop.name),
        collection=None if drop.collection is None else printable(drop.collection),
        receipt=None if drop.receipt is None else printable(drop.receipt),
        size=stamp.size,
        mtime=stamp.mtime,
        seen_ms=drop.seen_ms,
        trace=drop.trace,
        rewritten=drop.rewritten,
    )


def pack_record(drop: Drop) -> bytes:
    return _pack(record_of(drop))


def drop_of(drop_id: bytes, packed: bytes, entry: Entry | None = None, body: bytes | None = None) -> Drop:
    """The drop of a record; attempts and document id come from the ledger."""
    record = _unpack_record(packed)
    return Drop(
        id=drop_id.hex(),
        stamp=Stamp(record.size, record.mtime),
        path=None if record.path is None else decode_path(record.path),
        member=None if record.member is None else decode_path(record.member),
        name=record.name,
        # Lost bytes make an empty file, which becomes a dead letter that says so.
        content=(body or b"") if record.path is None else None,
        collection=record.collection,
        attempts=entry.attempts if entry else 0,
        receipt=record.receipt,
        # The article of a file that newsdrop put away does not belong to the next file of that name.
        document_id=entry.document_id if entry and not entry.put_away else None,
        seen_ms=record.seen_ms,
        trace=record.trace,
        rewritten=record.rewritten,
    )


def unpack_entry(packed: bytes | None) -> Entry | None:
    """None for a drop the ledger doesn't know, or doesn't know in a way that this version understands.

    So a state that a later version brings does no harm where that one was tried and given up.
    """
    if packed is None or len(packed) != ENTRY_BYTES or packed[0] not in _STATES:
        return None
    document = packed[18:]
    return Entry(
        _STATES[packed[0]],
        packed[1],
        packed[2] & ~_PUT_AWAY,
        int.from_bytes(packed[3:7], "big"),
        Stamp(int.from_bytes(packed[7:12], "big"), int.from_bytes(packed[12:18], "big")),
        None if document == _NO_DOCUMENT else document.hex(),
        put_away=bool(packed[2] & _PUT_AWAY),
    )


def brings(packed: bytes) -> bool:
    """Whether the drop of an entry contains the entry's document, or was superseded by it."""
    return _STATES.get(packed[0]) in (State.INDEXED, State.SUPERSEDED)


def taken_out(packed: bytes) -> bool:
    """Whether the entry's document, if any, was taken out for good, be it allowed again since or not."""
    return _STATES.get(packed[0]) in (State.REMOVED, State.FORGOTTEN)


def letter_of(packed: bytes, **more: Any) -> DeadLetter:
    """A letter from its stored form; `more` are the fields stored elsewhere (`content`, `raw`)."""
    letter = _unpack_letter(packed)
    if letter.path is not None:
        more["path"] = decode_path(letter.path)
    if letter.member is not None:
        more["member"] = decode_path(letter.member)
    return msgspec.structs.replace(letter, **more) if more else letter
