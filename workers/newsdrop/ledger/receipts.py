"""Looks up what a producer sent: by its receipt, or, without time limit, by path, key or id.

    waiting      in the inbox, to be read within seconds
    queued … discarded    read from the inbox: the state of its drop (documents.State)
    rejected     the message broke the schema or asked for what is forbidden; the dead letter says why
    replayed     a rejected message that somebody put into the inbox again, under a new receipt
    forgotten    a file or keyed content whose receipt is older than seven days
    unknown      never sent to this Redis, or lost with it

A receipt expires, a drop doesn't: ask by the drop's id (`Sent.drop`), by the file's path or by the key of
inline content, and the answer comes from the ledger. For content without a key and for rejected messages, the
receipt works forever. Changes nothing.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from newsdrop.documents import SETTLED, DeadLetter, State
from newsdrop.errors import printable
from newsdrop.identity import drop_id, inline_drop_id, message_letter_id, resolved
from newsdrop.ledger import keys
from newsdrop.ledger.records import letter_of, unpack_entry
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.membership import existing, readings
from newsdrop.ports import Entry
from newsdrop.spelling import as_listed
from newsdrop.times import iso_epoch_ms

if TYPE_CHECKING:
    import redis

__all__ = ["RECEIPT_TTL_S", "Sent", "SentState", "asked_ids", "look_up"]

#: How long a receipt is kept after its message was read.
RECEIPT_TTL_S: Final = 604_800

#: The largest number in a stream's id.
_MOST: Final = 2**64 - 1
#: A stream's id, with a number where its entry holds several messages.
_RECEIPT = re.compile(r"((\d{1,20})-\d{1,20})(?:\.\d{1,9})?")
_DROP_ID = re.compile(r"[0-9a-f]{32}")


class SentState(StrEnum):
    """The state of something that was sent: the states of a drop, and those before or without a drop."""

    WAITING = "waiting"
    QUEUED = "queued"
    RETRYING = "retrying"
    INDEXED = "indexed"
    SUPERSEDED = "superseded"
    GONE = "gone"
    REMOVED = "removed"
    EXPANDED = "expanded"
    DEAD = "dead"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    REPLAYED = "replayed"
    FORGOTTEN = "forgotten"
    TAKEN_DOWN = "taken_down"
    UNKNOWN = "unknown"


#: For a producer, *forgotten* refers to the receipt.
_STATES = {State.FORGOTTEN: SentState.TAKEN_DOWN}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The answer.

    Attributes:
        id: the id that was asked for.
        settled: nothing more will happen to it by itself.
        drop: the drop's id, which works for as long as the ledger exists; None if there is no drop.
        document: the id it is indexed under, if known.
        changed_at: when the state last changed (ISO 8601, UTC).
        letter: the id of its dead letter (`newsdrop dead show`), if there is one.
        reason: why it failed or was rejected, or what its state means, in words.
    """

    id: str
    state: SentState
    settled: bool
    drop: str | None = None
    document: str | None = None
    changed_at: str | None = None
    attempts: int = 0
    letter: str | None = None
    reason: str = ""


def asked_ids(receipt: str | None, path: str | os.PathLike[str] | None, key: str | None) -> list[str]:
    """What `look_up` takes for the one of these that is given: a receipt or a drop's id, a path, or a key.

    A key is that of inline content. A path can mean several drops, if it is a `bundle!member`'s: that of what
    is there comes first.
    """
    if path is not None:
        return _drop_ids_of_path(os.fspath(path))
    return [inline_drop_id(key) if key is not None else str(receipt)]


def _drop_ids_of_path(name: str) -> list[str]:
    found = [(resolved(file), member) for file, member in (existing(name), *readings(name))]
    # First as a producer would have written it, then as its folder lists it.
    spelled = [(as_listed(file), member) for file, member in found]
    return list(dict.fromkeys(drop_id(file, member) for file, member in (*found, *spelled)))


def look_up(client: redis.Redis, asked: str, *others: str) -> Sent:
    """Look up a receipt or a drop's id; or the first known of several ids.

    Raises:
        OutageError, ConfigError: Redis can't be reached, or rejects our credentials.
    """
    # Nothing has such an id; but it can be typed, and can't be sent.
    asked = printable(asked)
    with redis_errors(client):
        for other in (asked, *others) if others else ():
            if (found := _of_drop(client, other, other)) is not None:
                return found
        taken = _taken(client, asked)
        if taken is None and (receipt := _receipt(asked)):
            if client.xrange(keys.INBOX, min=receipt[1], max=receipt[1]):
                reason = "It is in the inbox; a worker will read it."
                return Sent(id=asked, state=SentState.WAITING, settled=False, reason=reason)
            # It may have been read between the two look-ups.
            taken = _taken(client, asked)
        candidates = [taken] if taken else [inline_drop_id(asked), message_letter_id(b"", asked)]
        for candidate in candidates:
            found = _of_drop(client, asked, candidate)
            if found is not None:
                return found
        return _absent(client, asked)


def _receipt(asked: str) -> re.Match[str] | None:
    """The parts of a receipt: its entry's id and the time in that; None: no stream has such an id."""
    found = _RECEIPT.fullmatch(asked)
    return found if found and all(int(number) <= _MOST for number in found[1].split("-")) else None


def _taken(client: redis.Redis, asked: str) -> str | None:
    """The id of the drop, or of the letter, that it became."""
    if _DROP_ID.fullmatch(asked):
        return asked
    found: Any = client.get(keys.RECEIPT + asked)
    return found.decode() if found else None


def _of_drop(client: redis.Redis, asked: str, drop: str) -> Sent | None:
    packed: Any = client.hget(keys.LEDGER, bytes.fromhex(drop))
    stored: Any = client.get(keys.LETTER + drop)
    entry = unpack_entry(packed)
    letter = letter_of(stored) if stored else None
    if entry is not None:
        return _known(asked, drop, entry, letter)
    return None if letter is None else _rejected(asked, letter)


def _known(asked: str, drop: str, entry: Entry, letter: DeadLetter | None) -> Sent:
    dead = entry.state in (State.DEAD, State.DISCARDED) and letter is not None
    return Sent(
        id=asked,
        state=_STATES.get(entry.state) or SentState(entry.state.value),
        settled=entry.state in SETTLED,
        drop=drop,
        document=entry.document_id,
        changed_at=iso_epoch_ms(entry.time_s * 1000),
        attempts=entry.attempts,
        letter=letter.id if dead and letter else None,
        reason=letter.error_message if dead and letter else "",
    )


def _rejected(asked: str, letter: DeadLetter) -> Sent:
    states = {"replayed": SentState.REPLAYED, "discarded": SentState.DISCARDED}
    return Sent(
        id=asked,
        state=states.get(letter.status, SentState.REJECTED),
        settled=True,
        changed_at=iso_epoch_ms(letter.changed_ms or letter.last_failed_ms),
        attempts=len(letter.attempts),
        letter=letter.id,
        reason=letter.error_message,
    )


def _absent(client: redis.Redis, asked: str) -> Sent:
    receipt = _receipt(asked)
    now: Any = client.time()
    if receipt and 0 < int(receipt[2]) // 1000 < int(now[0]) - RECEIPT_TTL_S:
        reason = (
            "Its receipt is older than the 7 days for which receipts are kept. Look it up by the file's "
            "path, by the key of inline content, or by the drop's id."
        )
        return Sent(id=asked, state=SentState.FORGOTTEN, settled=True, reason=reason)
    reason = (
        "It is unknown: no watcher, producer or command has told this Redis of it, or Redis was emptied or "
        "set back since."
    )
    return Sent(id=asked, state=SentState.UNKNOWN, settled=True, reason=reason)
