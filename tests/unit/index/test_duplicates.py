"""Copies are marked for good, never in circles, whatever the order in which they come."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inputs.index_samples import make_document

from newsdrop.documents import Document, Fingerprint, Moment, Original
from newsdrop.index.duplicates import fingerprints, mark_copies, original
from newsdrop.moments import read_moment
from newsdrop.testing import MemoryStore


def keys(*rows: int) -> list[str]:
    """Band keys whose 64 rows are the numbers, each repeated for its share."""
    spread = [rows[at * len(rows) // 64] * 64 + at for at in range(64)]
    return [
        f"{band:x}" + "".join(f"{row & 0xFFFF:04x}" for row in spread[band * 4 : band * 4 + 4])
        for band in range(16)
    ]


def document(name: str, day: int, *rows: int, content: str = "") -> Document:
    fingerprint = Fingerprint(content=content or name, minhash=keys(*rows) if rows else [])
    made = make_document(name, fingerprint=fingerprint)
    return msgspec.structs.replace(
        made, source={**made.source, "@timestamp": f"2020-01-{day:02}T00:00:00.000Z"}
    )


def known(*documents: Document) -> list[Original]:
    return [one for one in (original(each.id, each.source) for each in documents) if one is not None]


def copies(documents: list[Document], *held: Document) -> dict[str, str]:
    """URL name of each copy → URL name of its original."""
    names = {one.id: one.source["url"]["full"].rsplit("/", 1)[1] for one in (*documents, *held)}
    marked = mark_copies(documents, known(*held))
    assert [one.id for one in marked] == [one.id for one in documents]
    return {
        names[one.id]: names[one.source["duplicate_of"]] for one in marked if "duplicate_of" in one.source
    }


def test_of_copies_in_one_bulk_the_earliest_is_the_original() -> None:
    bulk = [document("late", 9, 1), document("early", 2, 1), document("other", 1, 2)]
    assert copies(bulk) == {"late": "early"}


def test_of_equal_times_the_smaller_id_is_the_original() -> None:
    bulk = [document("a", 1, 1), document("b", 1, 1)]
    first, second = sorted(bulk, key=lambda one: one.id)
    marked = {one.id: one.source.get("duplicate_of") for one in mark_copies(bulk, [])}
    assert marked == {first.id: None, second.id: first.id}


def test_a_new_document_is_the_copy_of_what_is_indexed_even_if_that_is_later() -> None:
    assert copies([document("new", 1, 1)], document("held", 5, 1)) == {"new": "held"}


def test_an_original_yields_to_an_earlier_one_only() -> None:
    early, late = document("early", 1, 1), document("late", 5, 1)
    assert copies([early], early, late) == {}
    assert copies([late], early, late) == {"late": "early"}
    assert copies([early, late], early, late) == {"late": "early"}


def test_nobody_becomes_the_copy_of_a_copy_in_one_bulk() -> None:
    early, late, new = document("early", 1, 1), document("late", 5, 1), document("new", 3, 1)
    assert copies([late, new], early, late) == {"late": "early", "new": "early"}


@pytest.mark.parametrize(
    ("rows", "is_copy"),
    [
        ((1,), True),
        ((1, 1, 1, 1, 1, 1, 2, 2), True),
        ((1, 1, 1, 1, 1, 2, 2, 2), False),
        ((1, 2, 2, 2), False),
    ],
)
def test_a_shared_band_is_not_enough(rows: tuple[int, ...], is_copy: bool) -> None:
    held = document("held", 1, 1)
    assert not set(keys(1)).isdisjoint(keys(*rows))
    assert bool(copies([document("new", 2, *rows)], held)) is is_copy


def test_short_texts_are_never_copies() -> None:
    bulk = [document("a", 1, content="same"), document("b", 2, content="same")]
    assert copies(bulk) == {}
    assert fingerprints(bulk) == []


def test_marking_changes_no_document_that_was_given() -> None:
    bulk = [document("a", 1, 1), document("b", 2, 1)]
    before = msgspec.json.encode(bulk)
    first = mark_copies(bulk, [])
    assert msgspec.json.encode(bulk) == before
    assert mark_copies(bulk, []) == first
    assert [one.version for one in first] == [one.version for one in bulk]


def test_a_timestamp_with_an_offset_is_understood() -> None:
    moment = read_moment("2020-05-01T08:00:00+08:00")
    assert isinstance(moment, Moment)
    held = make_document("a", published=moment, fingerprint=Fingerprint(content="c", minhash=keys(1)))
    (one,) = known(held)
    assert one.at_s == moment.at.timestamp()


_BULKS = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=4), max_size=12
)


@settings(max_examples=150)
@given(_BULKS, st.lists(st.integers(1, 28), min_size=6, max_size=6))
def test_after_any_history_no_copy_points_to_a_copy_or_to_itself(
    bulks: list[list[tuple[int, int]]], days: list[int]
) -> None:
    # Each article keeps its text: what becomes of a text that changes is the next ingestion's matter.
    store = MemoryStore()
    texts: dict[int, int] = {}
    for bulk in bulks:
        batch = [document(str(n), days[n], texts.setdefault(n, text)) for n, text in bulk]
        store.put(mark_copies(batch, store.originals(fingerprints(batch))))
    held = store.documents
    pointers = {one: held[one].source["duplicate_of"] for one in held if "duplicate_of" in held[one].source}
    assert all(one != target for one, target in pointers.items())
    for one, target in pointers.items():
        assert held[one].source["fingerprint"]["minhash"] == held[target].source["fingerprint"]["minhash"]
    for name in pointers:
        seen, at = set(), name
        while at in pointers:
            assert at not in seen
            seen.add(at)
            at = pointers[at]
    groups = {tuple(held[one].source["fingerprint"]["minhash"]) for one in held}
    roots = [one for one in held if one not in pointers]
    assert len(roots) == len(groups)
