"""The audit's judgement over fakes: what is accounted for, what isn't, and what deserves a second look."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from newsdrop.documents import Drop, Stamp, State, StoredFile
from newsdrop.errors import BundleError, GoneError, NewsdropError, TransientError
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Entry
from newsdrop.monitor.audit import Audit, AuditLimits, Auditor
from newsdrop.monitor.fates import Seen

HOUR_S = 3_600.0
NEWER = Stamp(99, 99)


class World:
    """A folder with real files, and a ledger, letters and index that say what a test wants them to say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        self.in_batches: set[str] = set()
        self.in_due: set[str] = set()
        self.open_letters: set[str] = set()
        self.documents: dict[str, StoredFile] = {}
        self.requeued: list[Drop] = []
        self.lookups: list[int] = []
        self.questions: list[int] = []
        self.age_s = HOUR_S
        self.overfull = False
        self.between_looks: Callable[[], None] = lambda: None
        self.members: dict[str, list[Seen]] = {}
        self.unlisted: dict[str, NewsdropError] = {}

    def file(self, name: str, state: State | None = None, *, stamp: Stamp | None = None) -> Seen:
        path = self.folder / name
        path.write_bytes(os.fsencode(name))
        info = path.stat()
        seen = Seen(path_drop_id(path), str(path), Stamp.from_ns(info.st_size, info.st_mtime_ns))
        if state is not None:
            self.say(seen, state, stamp=stamp)
        return seen

    def say(self, seen: Seen, state: State, *, stamp: Stamp | None = None) -> None:
        self.entries[seen.id] = Entry(
            state=state,
            attempts=0,
            deaths=0,
            time_s=1,
            stamp=stamp or seen.stamp,
            document_id=f"doc-{seen.id}",
        )

    def files_put_away(self) -> int:
        return 4

    def index(self, seen: Seen, *, path: str | None = None, stamp: Stamp | None = None) -> None:
        name = f"doc-{seen.id}"
        self.documents[name] = StoredFile(
            document_id=name, version=1, path=path or seen.path, stamp=stamp or seen.stamp
        )

    def audit(self, *files: Seen, repair: bool = False) -> Audit:
        newest = max(
            (Path(seen.path).stat().st_ctime for seen in files if Path(seen.path).exists()), default=0.0
        )
        auditor = Auditor(
            self,
            self,
            self,
            AuditLimits(young_s=60, chunk=2, queued=4),
            overfull=lambda: self.overfull,
            inside=self.inside,
            now_s=lambda: newest + self.age_s,
            sleep=lambda _s: self.between_looks(),
        )
        return auditor.audit([str(self.folder)], iter(files), repair=repair)

    def inside(self, seen: Seen) -> Iterator[Seen]:
        yield from self.members.get(seen.id, ())
        if seen.id in self.unlisted:
            raise self.unlisted[seen.id]

    def lookup(self, ids: Sequence[str]) -> list[Entry | None]:
        self.lookups.append(len(ids))
        return [self.entries.get(one) for one in ids]

    def batched(self, ids: Sequence[str]) -> set[str]:
        self.questions.append(len(ids))
        return self.in_batches & set(ids)

    def scheduled(self, ids: Sequence[str]) -> set[str]:
        return self.in_due & set(ids)

    def requeue(self, drops: Sequence[Drop]) -> int:
        self.requeued += drops
        return len(drops)

    def open(self, ids: Sequence[str]) -> set[str]:
        return self.open_letters & set(ids)

    def stored(self, ids: Sequence[str]) -> dict[str, StoredFile]:
        return {one: self.documents[one] for one in ids if one in self.documents}

    def bundle(self, name: str, state: State, members: int) -> tuple[Seen, list[Seen]]:
        """A bundle in this state with members that are indexed."""
        seen = self.file(name, state)
        inside = [
            Seen(f"{number:032}", seen.path, Stamp(number, seen.stamp.mtime), f"{number}.md")
            for number in range(members)
        ]
        for one in inside:
            self.say(one, State.INDEXED)
            self.index(one)
        self.members[seen.id] = inside
        return seen, inside


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_an_indexed_file_with_its_document_is_fine(world: World) -> None:
    seen = world.file("a", State.INDEXED)
    world.index(seen)
    result = world.audit(seen)
    assert result.ok
    assert result.states == {"indexed": 1}
    assert result.unaccounted == []


def test_an_indexed_file_whose_document_is_missing_is_unaccounted_for(world: World) -> None:
    result = world.audit(world.file("a", State.INDEXED))
    assert not result.ok
    assert [(one.path, one.state) for one in result.unaccounted] == [(str(world.folder / "a"), "indexed")]
    assert "not in the index" in result.unaccounted[0].reason


def test_a_document_of_this_file_with_another_stamp_is_unaccounted_for(world: World) -> None:
    seen = world.file("a", State.INDEXED)
    world.index(seen, stamp=NEWER)
    assert not world.audit(seen).ok


def test_a_document_that_another_file_brought_is_fine_whatever_its_stamp(world: World) -> None:
    seen = world.file("a", State.INDEXED)
    world.index(seen, path="/elsewhere/newer-capture", stamp=NEWER)
    assert world.audit(seen).ok


def test_a_superseded_file_needs_the_newer_capture_in_the_index(world: World) -> None:
    seen = world.file("a", State.SUPERSEDED)
    assert not world.audit(seen).ok
    world.index(seen, path="/elsewhere/newer-capture", stamp=NEWER)
    assert world.audit(seen).ok


@pytest.mark.parametrize(
    ("state", "place"),
    [(State.QUEUED, "in_batches"), (State.RETRYING, "in_due"), (State.DEAD, "open_letters")],
)
def test_a_waiting_or_dead_file_must_be_where_its_state_says(world: World, state: State, place: str) -> None:
    seen = world.file("a", state)
    assert [one.state for one in world.audit(seen).unaccounted] == [state.value]
    getattr(world, place).add(seen.id)
    assert world.audit(seen).ok


@pytest.mark.parametrize("state", [State.DISCARDED, State.EXPANDED])
def test_states_that_need_no_proof_are_fine(world: World, state: State) -> None:
    assert world.audit(world.file("a", state)).ok


@pytest.mark.parametrize("state", [State.GONE, State.REMOVED])
def test_a_file_that_is_there_although_the_ledger_calls_it_gone_is_unaccounted_for(
    world: World, state: State
) -> None:
    assert not world.audit(world.file("a", state)).ok


def test_a_file_the_ledger_never_saw_is_unaccounted_for_once_it_is_old(world: World) -> None:
    seen = world.file("a")
    result = world.audit(seen)
    assert [one.state for one in result.unaccounted] == ["unknown"]
    assert result.states == {"unknown": 1}


def test_a_file_from_the_future_is_not_young_for_ever(world: World) -> None:
    seen = world.file("a")
    os.utime(seen.path, (4_000_000_000, 4_000_000_000))
    assert [one.state for one in world.audit(seen).unaccounted] == ["unknown"]


def test_a_young_file_is_not_yet_seen(world: World) -> None:
    seen = world.file("a")
    world.age_s = 5
    result = world.audit(seen)
    assert result.ok
    assert result.not_yet_seen == 1
    assert result.files == 1


def test_a_file_that_arrived_under_a_clock_far_ahead_is_not_young_until_then(world: World) -> None:
    seen = world.file("a")
    for world.age_s, is_young in ((-60, True), (-86_400, False)):
        assert world.audit(seen).ok is is_young


def test_a_file_beyond_the_high_water_mark_is_not_yet_seen(world: World) -> None:
    seen = world.file("a")
    world.overfull = True
    assert world.audit(seen).not_yet_seen == 1


def test_a_file_changed_since_and_not_noticed_is_unaccounted_for(world: World) -> None:
    seen = world.file("a", State.INDEXED, stamp=NEWER)
    world.index(seen, stamp=NEWER)
    assert "changed since" in world.audit(seen).unaccounted[0].reason


def test_what_is_right_at_the_second_look_is_fine(world: World) -> None:
    seen = world.file("a", State.INDEXED)
    world.between_looks = lambda: world.index(seen)
    assert world.audit(seen).ok


def test_what_moved_on_between_the_looks_is_not_reported(world: World) -> None:
    seen = world.file("a", State.QUEUED)
    world.between_looks = lambda: world.say(seen, State.DEAD)
    result = world.audit(seen)
    assert result.ok
    assert result.states == {"dead": 1}


def test_a_file_that_leaves_between_the_looks_is_not_counted(world: World) -> None:
    seen = world.file("a", State.INDEXED)
    world.between_looks = Path(seen.path).unlink
    result = world.audit(seen)
    assert result.ok
    assert result.files == 0


def test_repair_requeues_exactly_what_is_unaccounted_for(world: World) -> None:
    good, bad = world.file("good", State.INDEXED), world.file("bad", State.INDEXED)
    world.index(good)
    result = world.audit(good, bad, repair=True)
    assert [drop.path for drop in world.requeued] == [bad.path]
    assert world.requeued[0].stamp == bad.stamp
    assert result.repaired == 1
    assert not result.ok


def test_states_count_every_file_once_and_lookups_are_chunked(world: World) -> None:
    files = [world.file(f"f{number}", State.DISCARDED) for number in range(5)]
    files.append(world.file("missing", State.INDEXED))
    result = world.audit(*files)
    assert result.files == 6
    assert sum(result.states.values()) == 6
    assert max(world.lookups) <= 2


def test_the_queue_is_asked_about_many_files_at_once_also_across_bundles(world: World) -> None:
    files = []
    for number in range(3):
        bundle, members = world.bundle(f"{number}.zip", State.EXPANDED, 3)
        files.append(bundle)
        for member in members:
            world.say(member, State.QUEUED)
            world.in_batches.add(member.id)
        lost = world.file(f"{number}.md", State.QUEUED)
        files.append(lost)
    result = world.audit(*files)
    assert result.states == {"expanded": 3, "queued": 12}
    assert [one.path for one in result.unaccounted] == [f"{world.folder}/{number}.md" for number in range(3)]
    # Twelve at the first look and three at the second: each question reads every batch there is.
    assert len(world.questions) <= 4


def test_a_time_beyond_what_the_ledger_can_hold_is_no_change(world: World) -> None:
    seen = world.file("a", State.INDEXED)
    far = Seen(seen.id, seen.path, Stamp(seen.stamp.size, 2**48 + 5))
    world.say(far, State.INDEXED, stamp=Stamp(seen.stamp.size, 2**48 - 1))
    world.index(far)
    assert world.audit(far).ok


def test_a_name_that_is_no_utf8_goes_through_json(world: World) -> None:
    name = os.fsdecode(b"caf\xe9")
    result = world.audit(world.file(name, State.INDEXED))
    told = msgspec.json.decode(msgspec.json.encode(result))
    assert told["unaccounted"][0]["path"].endswith("caf\\xe9")
    assert {"files", "states", "unaccounted", "ok"} <= told.keys()


@pytest.mark.parametrize("state", [State.EXPANDED, State.DEAD])
def test_the_members_of_a_bundle_are_accounted_for_like_files(world: World, state: State) -> None:
    bundle, members = world.bundle("a.zip", state, 5)
    world.open_letters = {bundle.id}
    result = world.audit(bundle)
    assert result.ok
    assert (result.files, result.states) == (6, {state.value: 1, "indexed": 5})
    del world.entries[members[1].id]
    del world.documents[f"doc-{members[3].id}"]
    result = world.audit(bundle, repair=True)
    assert [one.path for one in result.unaccounted] == [f"{bundle.path}!1.md", f"{bundle.path}!3.md"]
    assert [(drop.id, drop.path, drop.member) for drop in world.requeued] == [
        (one.id, bundle.path, one.member) for one in (members[1], members[3])
    ]


def test_two_members_of_one_article_are_fine_and_one_of_an_older_bundle_is_not(world: World) -> None:
    bundle, (one, _) = world.bundle("a.zip", State.EXPANDED, 2)
    world.index(one, stamp=Stamp(777, bundle.stamp.mtime))
    assert world.audit(bundle).ok
    world.index(one, stamp=Stamp(one.stamp.size, 1))
    assert not world.audit(bundle).ok


def test_an_expanded_bundle_that_cannot_be_listed_is_not_called_accounted_for(world: World) -> None:
    bundle, members = world.bundle("a.zip", State.EXPANDED, 2)
    world.unlisted[bundle.id] = TransientError(f"{bundle.path} can't be read (Permission denied).")
    result = world.audit(bundle, repair=True)
    assert [(one.path, one.state) for one in result.unaccounted] == [(bundle.path, "expanded")]
    assert "Permission denied" in result.unaccounted[0].reason
    assert result.states == {"expanded": 1, "indexed": len(members)}
    assert [drop.id for drop in world.requeued] == [bundle.id]


def test_what_a_letter_says_of_a_bundle_or_what_changes_meanwhile_is_no_news(world: World) -> None:
    dead, _ = world.bundle("a.zip", State.DEAD, 1)
    world.open_letters = {dead.id}
    left, _ = world.bundle("b.zip", State.EXPANDED, 0)
    changing, _ = world.bundle("c.zip", State.EXPANDED, 0)
    world.unlisted = {
        dead.id: BundleError("cut off"),
        left.id: GoneError("no longer exists"),
        changing.id: BundleError("cut off"),
    }
    world.between_looks = lambda: world.say(changing, State.QUEUED)
    assert world.audit(dead, left, changing).ok


def test_members_are_looked_for_in_settled_bundles_only(world: World) -> None:
    bundle, members = world.bundle("a.zip", State.QUEUED, 2)
    world.in_batches = {bundle.id}
    world.entries.pop(members[0].id)
    assert world.audit(bundle).states == {"queued": 1}


def test_a_bundle_inside_a_bundle_is_looked_into(world: World) -> None:
    outer, (inner, _) = world.bundle("a.tar", State.EXPANDED, 2)
    world.say(inner, State.EXPANDED)
    world.members[inner.id] = [Seen("f" * 32, outer.path, Stamp(1, outer.stamp.mtime), "0.md!x.md")]
    assert [one.path for one in world.audit(outer).unaccounted] == [f"{outer.path}!0.md!x.md"]
