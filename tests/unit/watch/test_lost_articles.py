"""When bundles are listed again: an article is missing for two scans, and some drop brought it."""

from __future__ import annotations

import pytest
from tests.fakes.watch_fakes import FakeLedger

from newsdrop.documents import Stamp, State
from newsdrop.errors import ConfigError, OutageError
from newsdrop.watch.lost_articles import LostArticles

STAMP = Stamp(1, 1)


def ledger_with_a_bundle() -> FakeLedger:
    ledger = FakeLedger()
    ledger.settle("/bundle.zip", State.EXPANDED, STAMP)
    ledger.settle("/member", State.INDEXED, STAMP, "d" * 32)
    for number in range(25):
        ledger.settle(f"/{number}", State.INDEXED, STAMP, f"{number:032}")
    ledger.removed_documents.add("d" * 32)
    return ledger


def search(lost: LostArticles) -> bool:
    """All steps of a search; whether it found that bundles are to be listed."""
    return any([lost.step() for _ in range(10)])


def lists_bundles_once(lost: LostArticles) -> None:
    """What is still lost at the second scan is looked for; bundles are listed with the third alone."""
    assert not lost.begin_scan()
    assert not search(lost)
    assert not lost.begin_scan()
    assert search(lost)
    assert lost.begin_scan()
    assert not search(lost)
    assert not lost.begin_scan()


def test_bundles_are_listed_once_for_an_article_that_stays_missing() -> None:
    lost = LostArticles(ledger_with_a_bundle())
    lists_bundles_once(lost)
    assert not search(lost)


def test_what_single_files_have_brought_back_by_then_is_not_looked_for() -> None:
    ledger = ledger_with_a_bundle()
    lost = LostArticles(ledger)
    lost.begin_scan()
    ledger.removed_documents.clear()
    lost.begin_scan()
    assert not search(lost)


def test_no_bundle_is_listed_for_an_article_that_nothing_else_brings() -> None:
    ledger = ledger_with_a_bundle()
    ledger.removed_documents = {"e" * 32}
    lost = LostArticles(ledger)
    for _ in range(3):
        assert not lost.begin_scan()
        assert not search(lost)


def test_where_there_are_no_bundles_the_ledger_is_not_looked_through() -> None:
    ledger = ledger_with_a_bundle()
    ledger.settle("/bundle.zip", State.REMOVED, STAMP)
    lost = LostArticles(ledger)
    for _ in range(3):
        assert not lost.begin_scan()
        assert not search(lost)


def test_a_search_that_an_outage_cut_short_begins_anew() -> None:
    ledger = ledger_with_a_bundle()
    lost = LostArticles(ledger)
    lost.begin_scan()
    lost.begin_scan()
    lost.step()
    ledger.down = True
    with pytest.raises(OutageError):
        lost.step()
    ledger.down = False
    assert not search(lost)
    lost.begin_scan()
    assert search(lost)
    assert lost.begin_scan()


def test_a_server_that_refuses_the_search_is_asked_once_for_each_article() -> None:
    ledger = ledger_with_a_bundle()
    lost = LostArticles(ledger)
    lost.begin_scan()
    ledger.refuses_scans = True
    lost.begin_scan()
    with pytest.raises(ConfigError, match="hscan"):
        lost.step()
    lost.begin_scan()
    assert not search(lost)


def test_bundles_are_listed_once_for_each_time_that_a_file_was_corrected() -> None:
    ledger = ledger_with_a_bundle()
    ledger.removed_documents.clear()
    lost = LostArticles(ledger)
    for at_ms in (1_000, 2_000):
        ledger.lowered_documents["d" * 32] = at_ms
        assert not lost.begin_scan()
        assert search(lost)
        assert lost.begin_scan()
        assert not search(lost)
        assert not lost.begin_scan()


def test_bundles_are_listed_for_what_is_allowed_again_while_a_drop_of_it_was_not_read() -> None:
    ledger = ledger_with_a_bundle()
    ledger.removed_documents.clear()
    lost = LostArticles(ledger)
    ledger.recalled_documents["d" * 32] = 1_000
    # Single files have read it by the second scan.
    for _ in range(3):
        assert not lost.begin_scan()
        assert not search(lost)
    ledger.settle("/member", State.REMOVED, STAMP, "d" * 32)
    ledger.recalled_documents["d" * 32] = 2_000
    lists_bundles_once(lost)
