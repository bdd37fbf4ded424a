"""What must be true of Redis between any two of the ledger's scripts, whatever died meanwhile.

`check_invariants(client)` raises AssertionError with what is wrong. For integration and acceptance tests: it
may be called at any moment, and reads all keys at one.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha1
from typing import Any

import redis

from newsdrop.documents import DeadLetter, Stage, State, encode_path
from newsdrop.identity import drop_id, earlier_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.records import drop_of, letter_of, unpack_entry
from newsdrop.ports import Entry

#: Each key with its value: hashes and sorted sets as flat lists, and sorted sets without their scores.
_READ_ALL = """
local found = {}
for _, key in ipairs(redis.call("KEYS", "newsdrop:*")) do
  local kind, value = redis.call("TYPE", key).ok, nil
  if kind == "hash" then value = redis.call("HGETALL", key)
  elseif kind == "zset" then value = redis.call("ZRANGE", key, 0, -1)
  elseif kind == "set" then value = redis.call("SMEMBERS", key)
  elseif kind == "string" then value = redis.call("GET", key) end
  if value then found[#found + 1] = { key, value } end
end
return found
"""

BATCH_FIELDS = {b"@lane", b"@run", b"@cur", b"@seq", b"@at", b"@who"}


def check_invariants(client: redis.Redis, *, max_deaths: int = 2, in_place: bool = False) -> None:
    """`in_place`: each drop has the id of its path, which earlier versions and some tests didn't give."""
    content = _Content(client)
    entries = _entries(content)
    batched = _check_batches(content)
    letters = _check_letters(content)
    due = {name.hex() for name in content.members(keys.DUE)}
    retries = {name.hex(): record for name, record in content.hash(keys.RETRIES).items()}
    assert due == set(retries), "a drop is due without a record, or the other way round"
    assert _in_state(entries, State.RETRYING) == due, "retrying ⇎ due"
    assert _in_state(entries, State.QUEUED) == set(batched), "queued ⇎ in exactly one batch"
    dead = {name for name, one in letters.items() if one.status == "dead" and one.stage is not Stage.MESSAGE}
    assert _in_state(entries, State.DEAD) == dead, "dead ⇎ a letter with status dead"
    _check_counts(content, entries, batched)
    for name, entry in entries.items():
        settled_badly = entry.state in (State.DEAD, State.DISCARDED)
        assert entry.deaths < max_deaths or settled_badly, ("blamed too often, and not dead", name, entry)
    if in_place:
        _check_places({name: record for name, (record, _) in batched.items()} | retries)
    _check_bodies(content, {**{name: record for name, (record, _) in batched.items()}, **retries}, letters)


def read_entries(client: redis.Redis) -> dict[str, Entry]:
    return _entries(_Content(client))


class _Content:
    """What Redis holds under newsdrop's names, as of one moment."""

    def __init__(self, client: redis.Redis) -> None:
        found: Any = client.eval(_READ_ALL, 0)
        self._values = {key.decode(): value for key, value in found}

    def names(self, prefix: str) -> set[str]:
        """What follows the prefix in the keys that begin with it."""
        return {key.removeprefix(prefix) for key in self._values if key.startswith(prefix)}

    def value(self, key: str) -> bytes:
        found: Any = self._values[key]
        assert isinstance(found, bytes), key
        return found

    def members(self, key: str) -> set[bytes]:
        return set(self._values.get(key, ()))

    def hash(self, key: str) -> dict[bytes, bytes]:
        flat = iter(self._values.get(key, ()))
        return dict(zip(flat, flat, strict=True))

    def numbers(self, key: str) -> dict[str, int]:
        return {name.decode(): int(number) for name, number in self.hash(key).items() if int(number) != 0}


def _entries(content: _Content) -> dict[str, Entry]:
    found = {}
    for name, packed in content.hash(keys.LEDGER).items():
        entry = unpack_entry(packed)
        assert len(packed) == 34, ("an entry of the wrong length", name.hex(), packed)
        assert entry is not None
        found[name.hex()] = entry
    return found


def _check_batches(content: _Content) -> dict[str, tuple[bytes, str]]:
    """Drop id → its record and lane."""
    found: dict[str, tuple[bytes, str]] = {}
    named = {name.decode() for name in content.members(keys.BATCHES)}
    stored = content.names(keys.BATCH)
    assert named == stored, ("batch records ⇎ deadlines", named ^ stored)
    for batch in named:
        fields = content.hash(keys.BATCH + batch)
        drops = {name: record for name, record in fields.items() if len(name) == 16}
        assert fields.keys() - drops.keys() == BATCH_FIELDS, (batch, fields.keys())
        assert drops, ("an empty batch", batch)
        for name, record in drops.items():
            assert name.hex() not in found, ("in two batches", name.hex())
            found[name.hex()] = (record, fields[b"@lane"].decode())
    return found


def _check_letters(content: _Content) -> dict[str, DeadLetter]:
    letters: dict[str, DeadLetter] = {}
    for name in content.names(keys.LETTER):
        letter = letter_of(content.value(keys.LETTER + name))
        assert letter.id == name
        assert letter.attempts, ("a letter without an attempt", letter)
        assert letter.revision > 0
        letters[letter.id] = letter
    for key, wanted in (
        (keys.LETTERS_OPEN, {name for name, one in letters.items() if one.status == "dead"}),
        (keys.LETTERS_CLOSED, {name for name, one in letters.items() if one.status != "dead"}),
        (keys.LETTERS_MESSAGE, {name for name, one in letters.items() if one.stage is Stage.MESSAGE}),
    ):
        listed = {name.decode() for name in content.members(key)}
        assert listed == wanted, (key, listed ^ wanted)
    assert {one.decode() for one in content.members(keys.LETTERS_CONTENT)} == {
        f"{held}:{one.id}"
        for one in letters.values()
        if one.status == "dead" and (held := _held_by(one)) is not None
    }, "letters by content"
    assert {name.decode() for name in content.members(keys.LETTERS_DIRTY)} <= letters.keys()
    stages = Counter(one.stage.value for one in letters.values() if one.status == "dead")
    assert content.numbers(keys.LETTERS_STAGES) == stages, "letters per stage"
    return letters


def _held_by(letter: DeadLetter) -> str | None:
    """What tells the letter's file or member wherever it lies."""
    if letter.path is None:
        return None
    if letter.sha256 and letter.member is None:
        return letter.sha256
    if not letter.sha256 and (letter.stamp is None or not letter.stamp.mtime):
        return None
    what = letter.sha256 or (f"{letter.stamp.size} {letter.stamp.mtime}" if letter.stamp else "")
    member = encode_path(letter.member) if letter.member is not None else ""
    return sha1(f"{what}:{member}".encode(), usedforsecurity=False).hexdigest()


def _check_counts(
    content: _Content, entries: dict[str, Entry], batched: dict[str, tuple[bytes, str]]
) -> None:
    counts = Counter(entry.state.value for entry in entries.values())
    counts["put_away"] = sum(entry.put_away for entry in entries.values())
    assert content.numbers(keys.COUNTS) == +counts, "counts"
    assert content.numbers(keys.DEPTH) == Counter(lane for _, lane in batched.values()), "drops per lane"


def _check_places(records: dict[str, bytes]) -> None:
    """A file is read as the drop of its path, or it would be two as soon as it is read by its path."""
    for name, record in records.items():
        drop = drop_of(bytes.fromhex(name), record)
        if drop.path is not None and name != earlier_drop_id(drop.path, drop.member):
            assert name == drop_id(drop.path, drop.member), ("a drop of another path", name, drop.path)


def _check_bodies(content: _Content, records: dict[str, bytes], letters: dict[str, DeadLetter]) -> None:
    bodies = content.names(keys.BODY)
    inline = {name for name, record in records.items() if drop_of(bytes.fromhex(name), record).path is None}
    inline |= {name for name, one in letters.items() if one.status == "dead" and one.path is None}
    assert bodies == inline, ("inline bytes ⇎ a drop or open letter that needs them", bodies ^ inline)


def _in_state(entries: dict[str, Entry], state: State) -> set[str]:
    return {name for name, entry in entries.items() if entry.state is state}
