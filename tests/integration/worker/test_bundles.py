"""Bundles through real workers: every member gets its own fate, whatever happens on the way."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.inputs.bundle_files import PACKERS, encrypted, every_kind, pages, tar_link, tarred, warc, zipped
from tests.models.ledger_invariants import check_invariants
from tests.servers.celery_worker import CeleryWorker, drops_of
from tests.servers.rigged import accidents
from tests.waiting import until

from newsdrop.archive.reader import Bundle, Reader
from newsdrop.documents import Drop, Stage, State
from newsdrop.identity import member_drop_id, resolved
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Lane, Ledger

pytestmark = pytest.mark.redis

StartWorker = Callable[..., CeleryWorker]

#: On a busy machine a member far back in a packed tar takes longer than a second.
PATIENT = {"NEWSDROP_WORKER_FILE_TIME_LIMIT_S": "8", "NEWSDROP_QUEUE_LEASE_S": "13"}


def put(folder: Path, bundles: dict[str, bytes]) -> list[Drop]:
    for name, data in bundles.items():
        (folder / name).write_bytes(data)
    return drops_of([folder / name for name in bundles])


def idle(ledger: Ledger, worker: CeleryWorker, drops: list[Drop], timeout_s: float = 40.0) -> None:
    """Wait until these drops and all that came of them have their fate."""

    def settled() -> bool:
        counts = ledger.counts()
        known = all(entry is not None for entry in ledger.lookup([drop.id for drop in drops]))
        return known and not counts[State.QUEUED] and not counts[State.RETRYING]

    until(settled, timeout_s=timeout_s, what=worker.text)


def states(ledger: Ledger) -> dict[str, int]:
    return {state.value: count for state, count in ledger.counts().items() if count}


def test_all_members_of_every_kind_get_indexed(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    worker = start_worker()
    bundles: dict[str, bytes] = {}
    for number, kind in enumerate(sorted(every_kind({}))):
        bundles[f"{number}-{kind}"] = every_kind(pages(30, first=30 * number))[kind]
    articles = [seed_like(900 + n, html_bytes=2_500).split(b"\n", 2)[2] for n in range(10)]
    bundles["pages.warc.gz"] = PACKERS["gz"](warc({f"w{n}": html for n, html in enumerate(articles)}))
    strange = ["\udcd0\udcc2.md", "a\nb.md", "new!s.md", "a\\x41.md", "a.md#2", "新闻.md"]
    bundles["names.tar"] = tarred(dict(zip(strange, pages(6, first=700).values(), strict=True)))
    bundles["page.md.gz"] = PACKERS["gz"](seed_like(800, html_bytes=2_500))
    drops = put(folder, bundles)
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    assert states(ledger) == {"expanded": 8, "indexed": 6 * 30 + 10 + 6 + 1}
    check_invariants(ledger.client)


def test_each_bad_member_has_its_own_letter_which_can_be_replayed(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    worker = start_worker()
    (drop,) = drops = put(folder, {"a.tar.gz": PACKERS["gz"](tarred(pages(5) | {"bad.md": b"no page"}))})
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    assert states(ledger) == {"expanded": 1, "indexed": 5, "dead": 1}
    (letter,) = letters.list()
    assert letter.source == f"{drop.path}!bad.md"
    assert (letter.stage, letter.error_type) == (Stage.READ, "UnknownDialectError")
    assert letters.replay([letter.id], by="me") == 1
    idle(ledger, worker, drops)
    until(lambda: letters.show(letter.id).attempts[1:], what=worker.text)  # type: ignore[union-attr]  # it is there
    assert states(ledger) == {"expanded": 1, "indexed": 5, "dead": 1}
    check_invariants(ledger.client)


BROKEN = {
    "cut off": tarred(pages(5))[:18_000],
    "encrypted": encrypted(zipped(pages(5))),
    "bomb": zipped(pages(3) | {"zeros": bytes(40_000_000)}),
    "absolute": tarred(pages(3) | {"/etc/newsdrop-evil": b"x"}),
    "leads out": zipped(pages(3) | {"../../newsdrop-evil": b"x"}, zipfile.ZIP_STORED),
    "symbolic link": tarred(pages(3), [tar_link("evil", "/etc/passwd")]),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_or_hostile_bundle_is_one_letter_that_says_so_and_its_good_members_are_kept(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path, what: str
) -> None:
    worker = start_worker()
    drops = put(folder, {"bundle": BROKEN[what]})
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    (letter,) = letters.list()
    assert what in letter.error_message
    assert (letter.id, letter.stage, letter.error_type) == (drops[0].id, Stage.READ, "BundleError")
    good = 0 if what == "encrypted" else 3
    assert states(ledger)["dead"] == 1
    assert states(ledger).get("indexed", 0) >= good
    assert [path.name for path in folder.iterdir()] == ["bundle"]
    assert not (folder.parent.parent / "newsdrop-evil").exists()
    check_invariants(ledger.client)


def test_a_bundle_whose_worker_is_killed_half_way_is_resumed(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    wanted = pages(600)
    drops = put(folder, {"a.tar.gz": PACKERS["gz"](tarred(wanted))})
    # The worker dies on a member while the rest of them wait, and again on the same when it is tried alone.
    fatal = PATIENT | accidents({"*0300.md": "kill"})
    first = start_worker(fatal | {"NEWSDROP_WORKER_PROCESSES": "1"})
    ledger.enqueue(drops)
    until(lambda: ledger.counts()[State.INDEXED] > 50, what=first.text)
    first.kill()
    worker = start_worker(fatal)
    until(lambda: ledger.counts()[State.DEAD] == 1, timeout_s=90, what=worker.text)
    idle(ledger, worker, drops)
    told = [(one.member, one.error_type, one.error_message) for one in letters.list()]
    assert states(ledger) == {"expanded": 1, "indexed": 599, "dead": 1}, told
    (letter,) = letters.list()
    assert (letter.stage, letter.member) == (Stage.WORKER, "saved/0300.md")
    check_invariants(ledger.client)


def test_a_bundle_whose_worker_is_killed_while_it_is_listed_is_finished_by_another(
    start_worker: StartWorker, ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    members = {f"{number:04}.md": seed_like(number, html_bytes=2_100) for number in range(2_000)}
    drops = put(folder, {"a.tar.bz2": PACKERS["bz2"](tarred(members))})
    first = start_worker(PATIENT | {"NEWSDROP_WORKER_PROCESSES": "1"})
    ledger.enqueue(drops)
    until(lambda: ledger.depth()[Lane.BACKLOG] > 0, what=first.text)
    first.kill()
    (entry,) = ledger.lookup([drops[0].id])
    assert entry is not None
    assert entry.state is State.QUEUED
    assert ledger.counts()[State.QUEUED] < 2_001
    worker = start_worker(PATIENT)
    until(lambda: ledger.counts()[State.EXPANDED] == 1, timeout_s=60, what=worker.text)
    idle(ledger, worker, drops, timeout_s=90)
    assert states(ledger) == {"expanded": 1, "indexed": 2_000}
    assert letters.list() == []
    check_invariants(ledger.client)


def test_a_bundle_that_was_half_expanded_when_its_worker_died_is_finished(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    (drop,) = drops = put(folder, {"a.zip": zipped(pages(40))})
    found = Reader().fetch(drop)
    assert isinstance(found, Bundle)
    known = list(found.members())[:25]
    ledger.enqueue(known)
    ledger.enqueue(drops)
    worker = start_worker()
    idle(ledger, worker, drops)
    assert states(ledger) == {"expanded": 1, "indexed": 40}
    assert ledger.enqueue(known).skipped == 25


def test_members_that_were_rewritten_under_the_old_time_and_in_the_same_length_are_read_again(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    worker = start_worker()
    first = pages(2)
    path = put(folder, {"a.zip": zipped({"inner.zip": zipped(first)})})[0].path
    assert path is not None
    drops = drops_of([Path(path)])
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    before = ledger.lookup([member_drop_id(path, f"inner.zip!{name}") for name in first])

    # One word is another of the same length, and what was added makes the bundle longer.
    again = {name: page.replace(b"https://", b"http://w") for name, page in first.items()}
    again["saved/9999.md"] = pages(1, first=9999)["saved/9999.md"]
    times = Path(path).stat()
    Path(path).write_bytes(zipped({"inner.zip": zipped(again)}))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    drops = drops_of([Path(path)])
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    after = ledger.lookup([member_drop_id(path, f"inner.zip!{name}") for name in first])
    for one, other in zip(before, after, strict=True):
        assert one is not None
        assert other is not None
        assert one.stamp == other.stamp
        assert one.document_id != other.document_id


def test_a_bundle_that_changed_is_looked_at_again_and_its_bundles_inside_too(
    start_worker: StartWorker, ledger: Ledger, folder: Path
) -> None:
    worker = start_worker()
    drops = put(folder, {"a.tar": tarred({"inner.zip": zipped(pages(3)), "b.md": b"no page"})})
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    assert states(ledger) == {"expanded": 2, "indexed": 3, "dead": 1}
    better = pages(1, first=50)["saved/0050.md"]
    drops = put(folder, {"a.tar": tarred({"inner.zip": zipped(pages(3)), "b.md": better})})
    ledger.enqueue(drops)
    idle(ledger, worker, drops)
    assert states(ledger) == {"expanded": 2, "indexed": 4}
    path = resolved(folder / "a.tar")
    (inner,) = ledger.lookup([member_drop_id(path, "inner.zip!saved/0001.md")])
    assert inner is not None
    assert inner.stamp.mtime == drops[0].stamp.mtime
