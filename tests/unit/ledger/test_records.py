"""Packing: entries, records and letters come back as they were."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inputs.letters import make_letter

from newsdrop.documents import Drop, Stamp, State
from newsdrop.ledger.ledger import LedgerLimits, wire_drop
from newsdrop.ledger.numbers import ledger_limits
from newsdrop.ledger.records import (
    ENTRY_BYTES,
    STATE_CODES,
    drop_of,
    fit,
    letter_of,
    pack_record,
    raw,
    unpack_entry,
)
from newsdrop.ports import Entry
from newsdrop.settings import load_settings

# What os.fsdecode can give, and more: any text with surrogates for stray bytes.
names = st.binary(min_size=1, max_size=40).map(lambda data: data.decode("utf-8", "surrogateescape"))
texts = st.text(min_size=1, max_size=40)
stamps = st.builds(Stamp, st.integers(0, 2**40 - 1), st.integers(0, 2**48 - 1))
ids = st.binary(min_size=16, max_size=16)


def pack_entry(entry: Entry) -> bytes:
    """What the Lua scripts write (ledger/lua/entries.lua)."""
    deaths = entry.deaths + 128 * entry.put_away
    head = bytes([STATE_CODES[entry.state], entry.attempts, deaths]) + entry.time_s.to_bytes(4, "big")
    stamp = entry.stamp.size.to_bytes(5, "big") + entry.stamp.mtime.to_bytes(6, "big")
    return head + stamp + (bytes.fromhex(entry.document_id) if entry.document_id else bytes(16))


@given(
    st.builds(
        Entry,
        st.sampled_from(State),
        st.integers(0, 255),
        st.integers(0, 127),
        st.integers(0, 2**32 - 1),
        stamps,
        st.none() | ids.filter(any).map(bytes.hex),
        st.booleans(),
    )
)
def test_entries_survive_packing(entry: Entry) -> None:
    packed = pack_entry(entry)
    assert len(packed) == ENTRY_BYTES == 34
    assert unpack_entry(packed) == entry


def test_what_is_no_entry_is_unknown() -> None:
    assert unpack_entry(None) is None
    assert unpack_entry(b"short") is None


def test_the_numbers_of_states_are_stored_for_ever() -> None:
    assert {state.value: code for state, code in STATE_CODES.items()} == {
        "queued": 1,
        "retrying": 2,
        "indexed": 3,
        "superseded": 4,
        "gone": 5,
        "removed": 6,
        "expanded": 7,
        "dead": 8,
        "discarded": 9,
        "forgotten": 10,
    }


@given(ids, stamps, names, st.none() | names, st.none() | texts, st.none() | texts)
def test_drops_with_any_path_survive_packing(
    drop_id: bytes, stamp: Stamp, path: str, member: str | None, collection: str | None, receipt: str | None
) -> None:
    drop = Drop(
        id=drop_id.hex(), stamp=stamp, path=path, member=member, collection=collection, receipt=receipt
    )
    packed = pack_record(drop)
    assert drop_of(drop_id, packed) == drop
    # The Lua library takes no bytes in maps and must find text it can hand back.
    assert all(isinstance(value, str | int) for value in msgspec.msgpack.decode(packed).values())


@given(ids, texts, st.binary(max_size=50))
def test_inline_drops_survive_with_their_bytes_kept_apart(drop_id: bytes, name: str, content: bytes) -> None:
    drop = Drop(id=drop_id.hex(), stamp=Stamp(len(content), 0), name=name, content=content)
    packed = pack_record(drop)
    assert drop_of(drop_id, packed, body=content) == drop
    assert drop_of(drop_id, packed).content == b""


def test_a_drop_takes_attempts_and_document_from_its_entry() -> None:
    entry = Entry(State.QUEUED, 3, 0, 1, Stamp(1, 1), "ab" * 16)
    drop = drop_of(bytes(16), pack_record(Drop(id="00" * 16, stamp=Stamp(1, 1), path="/a")), entry)
    assert (drop.attempts, drop.document_id) == (3, "ab" * 16)


@given(st.integers(), st.integers())
def test_any_stamp_fits(size: int, mtime: int) -> None:
    fitted = fit(Stamp(size, mtime))
    assert 0 <= fitted.size < 2**40
    assert 0 <= fitted.mtime < 2**48
    assert fit(fitted) == fitted


@pytest.mark.parametrize("size", [0, 1, 31, 32, 255, 256, 65_535, 65_536, 100_000])
def test_bytes_are_dressed_as_text_of_their_length(size: int) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(raw(b"x" * size))) == "x" * size


def test_letters_come_back_with_their_odd_paths_and_what_is_kept_elsewhere() -> None:
    stored = make_letter(path="/caf\\xe9", member="\\\\")
    letter = letter_of(msgspec.msgpack.encode(stored), content=b"bytes")
    assert (letter.path, letter.member, letter.content) == ("/caf\udce9", "\\", b"bytes")


def test_limits_have_the_settings_defaults() -> None:
    assert LedgerLimits() == ledger_limits(load_settings({}))


def test_a_batch_is_held_for_longer_than_a_request_to_its_index_may_take() -> None:
    asked = {"NEWSDROP_ELASTICSEARCH_URL": "http://127.0.0.1:9200", "NEWSDROP_ELASTICSEARCH_TIMEOUT_S": "30"}
    assert ledger_limits(load_settings(asked)).request_ms == 40_000


def test_a_drop_with_neither_path_nor_content_is_a_mistake_that_is_told() -> None:
    with pytest.raises(ValueError, match="either a path or content"):
        wire_drop(Drop(id="00" * 16, stamp=Stamp(1, 1)))
    with pytest.raises(ValueError, match="either a path or content"):
        wire_drop(Drop(id="00" * 16, stamp=Stamp(1, 1), path="/a", content=b"x"))


def test_the_article_of_a_file_that_was_put_away_is_none_that_the_next_file_of_its_name_brought() -> None:
    entry = Entry(State.QUEUED, 0, 0, 0, Stamp(1, 1), "ab" * 16)
    packed = pack_record(Drop(id="cd" * 16, path="/a", stamp=Stamp(1, 1)))
    assert drop_of(b"", packed, entry).document_id == "ab" * 16
    assert drop_of(b"", packed, msgspec.structs.replace(entry, put_away=True)).document_id is None
