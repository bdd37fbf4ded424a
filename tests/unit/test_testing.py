"""The fakes that users get: a whole ingest in memory, and a store that fails when it is told to."""

from __future__ import annotations

import pytest
from tests.corpus import seed_like
from tests.searching import hits

from newsdrop.documents import State
from newsdrop.errors import OutageError
from newsdrop.settings import load_settings
from newsdrop.testing import MemoryStore, ingest_bytes


def test_a_good_page_is_indexed_and_found() -> None:
    store = MemoryStore()
    outcome = ingest_bytes(seed_like(1, html_bytes=3_000), store=store)
    assert outcome.state is State.INDEXED
    (document,) = store.documents.values()
    found = hits(store, f'"{document.source["title"]}"')
    assert [hit.id for hit in found] == [outcome.document_id]


def test_a_bad_page_is_a_failure_that_says_why() -> None:
    outcome = ingest_bytes(b"")
    assert outcome.state is None
    assert outcome.failure is not None
    assert outcome.failure.type == "EmptyFileError"


def test_an_outage_can_be_played() -> None:
    store = MemoryStore()
    store.failure = OutageError("away")
    with pytest.raises(OutageError):
        ingest_bytes(seed_like(1, html_bytes=3_000), store=store)
    store.failure = None
    assert ingest_bytes(seed_like(1, html_bytes=3_000), store=store).state is State.INDEXED


def test_one_document_can_be_refused() -> None:
    store = MemoryStore()
    first = ingest_bytes(seed_like(1, html_bytes=3_000), store=store)
    assert first.document_id is not None
    store.refused[first.document_id] = ("rejected", "mapping")
    again = ingest_bytes(seed_like(1, html_bytes=3_000), store=store)
    assert again.failure is not None
    assert "mapping" in again.failure.message


def test_what_the_caller_changes_later_is_not_what_is_stored() -> None:
    store = MemoryStore()
    ingest_bytes(seed_like(1, html_bytes=3_000), store=store)
    (document,) = store.documents.values()
    put = store.put([document])
    document.source["title"] = "changed"
    assert put[0].status == "indexed"
    assert store.documents[document.id].source["title"] != "changed"


def test_a_copy_names_the_article_it_copies() -> None:
    store = MemoryStore()
    page = seed_like(1, html_bytes=3_000)
    elsewhere = page.replace(b"bbc.com/zhongwen", b"mirror.example/zhongwen")
    assert elsewhere != page
    asked = load_settings({"NEWSDROP_ENRICH_COPIES": "true"})
    first = ingest_bytes(page, store=store, settings=asked)
    second = ingest_bytes(elsewhere, name="copy.md", store=store, settings=asked)
    assert first.document_id is not None
    assert second.document_id not in (None, first.document_id)
    copies = [one for one in store.documents.values() if "duplicate_of" in one.source]
    assert [(one.id, one.source["duplicate_of"]) for one in copies] == [
        (second.document_id, first.document_id)
    ]
    assert ingest_bytes(page, store=store).document_id == first.document_id
    assert "duplicate_of" not in store.documents[first.document_id].source
