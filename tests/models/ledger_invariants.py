"""What must be true of Redis between any two of the ledger's scripts, whatever died meanwhile.

`check_invariants(client)` raises AssertionError with what is wrong. For integration and acceptance tests: it
may be called at any moment, but reads many keys, so nothing may write while it reads.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import redis

from newsdrop.documents import DeadLetter, Stage, State
from newsdrop.ledger import keys
from newsdrop.ledger.records import drop_of, letter_of, unpack_entry
from newsdrop.ports import Entry

BATCH_FIELDS = {b"@lane", b"@run", b"@cur", b"@seq", b"@at", b"@who"}


def check_invariants(client: redis.Redis, *, max_deaths: int = 2) -> None:
    entries = read_entries(client)
    batched = _check_batches(client)
    letters = _check_letters(client)
    waiting: Any = client.zrange(keys.DUE, 0, -1)
    due = {name.hex() for name in waiting}
    kept: Any = client.hgetall(keys.RETRIES)
    retries = {name.hex(): record for name, record in kept.items()}
    assert due == set(retries), "a drop is due without a record, or the other way round"
    assert _in_state(entries, State.RETRYING) == due, "retrying ⇎ due"
    assert _in_state(entries, State.QUEUED) == set(batched), "queued ⇎ in exactly one batch"
    dead = {name for name, one in letters.items() if one.status == "dead" and one.stage is not Stage.MESSAGE}
    assert _in_state(entries, State.DEAD) == dead, "dead ⇎ a letter with status dead"
    _check_counts(client, entries, batched)
    for name, entry in entries.items():
        settled_badly = entry.state in (State.DEAD, State.DISCARDED)
        assert entry.deaths < max_deaths or settled_badly, ("blamed too often, and not dead", name, entry)
    _check_bodies(client, {**{name: record for name, (record, _) in batched.items()}, **retries}, letters)


def read_entries(client: redis.Redis) -> dict[str, Entry]:
    found = {}
    ledger: Any = client.hgetall(keys.LEDGER)
    for name, packed in ledger.items():
        entry = unpack_entry(packed)
        assert len(packed) == 34, ("an entry of the wrong length", name.hex(), packed)
        assert entry is not None
        found[name.hex()] = entry
    return found


def _check_batches(client: redis.Redis) -> dict[str, tuple[bytes, str]]:
    """Drop id → its record and lane."""
    found: dict[str, tuple[bytes, str]] = {}
    deadlines: Any = client.zrange(keys.BATCHES, 0, -1)
    named = {name.decode() for name in deadlines}
    prefix = len(keys.BATCH)
    stored = {key.decode()[prefix:] for key in client.scan_iter(keys.BATCH + "*", count=1000)}
    assert named == stored, ("batch records ⇎ deadlines", named ^ stored)
    for batch in named:
        fields: Any = client.hgetall(keys.BATCH + batch)
        drops = {name: record for name, record in fields.items() if len(name) == 16}
        assert fields.keys() - drops.keys() == BATCH_FIELDS, (batch, fields.keys())
        assert drops, ("an empty batch", batch)
        for name, record in drops.items():
            assert name.hex() not in found, ("in two batches", name.hex())
            found[name.hex()] = (record, fields[b"@lane"].decode())
    return found


def _check_letters(client: redis.Redis) -> dict[str, DeadLetter]:
    letters: dict[str, DeadLetter] = {}
    prefix = len(keys.LETTER)
    for key in client.scan_iter(keys.LETTER + "*", count=1000):
        packed: Any = client.get(key)
        letter = letter_of(packed)
        assert letter.id == key.decode()[prefix:]
        assert letter.attempts, ("a letter without an attempt", letter)
        assert letter.revision > 0
        letters[letter.id] = letter
    for key, wanted in (
        (keys.LETTERS_OPEN, {name for name, one in letters.items() if one.status == "dead"}),
        (keys.LETTERS_CLOSED, {name for name, one in letters.items() if one.status != "dead"}),
        (keys.LETTERS_MESSAGE, {name for name, one in letters.items() if one.stage is Stage.MESSAGE}),
    ):
        names: Any = client.zrange(key, 0, -1)
        listed = {name.decode() for name in names}
        assert listed == wanted, (key, listed ^ wanted)
    contents: Any = client.zrange(keys.LETTERS_CONTENT, 0, -1)
    assert {one.decode() for one in contents} == {
        f"{one.sha256}:{one.id}"
        for one in letters.values()
        if one.status == "dead" and one.path is not None and one.member is None and one.sha256
    }, "letters by content"
    dirty: Any = client.smembers(keys.LETTERS_DIRTY)
    assert {name.decode() for name in dirty} <= letters.keys()
    stages = Counter(one.stage.value for one in letters.values() if one.status == "dead")
    assert _numbers(client, keys.LETTERS_STAGES) == stages, "letters per stage"
    return letters


def _check_counts(
    client: redis.Redis, entries: dict[str, Entry], batched: dict[str, tuple[bytes, str]]
) -> None:
    counts = Counter(entry.state.value for entry in entries.values())
    counts["put_away"] = sum(entry.put_away for entry in entries.values())
    assert _numbers(client, keys.COUNTS) == +counts, "counts"
    assert _numbers(client, keys.DEPTH) == Counter(lane for _, lane in batched.values()), "drops per lane"


def _check_bodies(client: redis.Redis, records: dict[str, bytes], letters: dict[str, DeadLetter]) -> None:
    prefix = len(keys.BODY)
    bodies = {key.decode()[prefix:] for key in client.scan_iter(keys.BODY + "*", count=1000)}
    inline = {name for name, record in records.items() if drop_of(bytes.fromhex(name), record).path is None}
    inline |= {name for name, one in letters.items() if one.status == "dead" and one.path is None}
    assert bodies == inline, ("inline bytes ⇎ a drop or open letter that needs them", bodies ^ inline)


def _in_state(entries: dict[str, Entry], state: State) -> set[str]:
    return {name for name, entry in entries.items() if entry.state is state}


def _numbers(client: redis.Redis, key: str) -> dict[str, int]:
    found: Any = client.hgetall(key)
    return {name.decode(): int(number) for name, number in found.items() if int(number) != 0}
