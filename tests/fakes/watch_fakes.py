"""Stand-ins for what the watch room asks of its neighbours: a ledger in memory, letters, a store, a clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from newsdrop.documents import DeadLetter, Drop, Stamp, State, StoredFile
from newsdrop.errors import ConfigError, OutageError
from newsdrop.identity import path_drop_id
from newsdrop.ledger.ledger import Enqueued, Entry, Lane
from newsdrop.ports import HeldRemoval


class Clock:
    def __init__(self, now_ms: int = 1_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


class FakeHeld:
    """Removals that wait for a person."""

    def __init__(self) -> None:
        self.folders: dict[str, HeldRemoval] = {}

    def of(self, folder: str) -> HeldRemoval | None:
        return self.folders.get(folder)

    def hold(self, folder: str, articles: int, of: int) -> HeldRemoval:
        known = self.folders.get(folder)
        held = HeldRemoval(articles=articles, of=of, since_ms=1)
        self.folders[folder] = msgspec.structs.replace(held, confirmed=known.confirmed if known else 0)
        return held

    def confirm(self, folder: str, articles: int) -> None:
        self.folders[folder] = msgspec.structs.replace(self.folders[folder], confirmed=articles, by="me")

    def release(self, folder: str) -> None:
        self.folders.pop(folder, None)


class FakeLedger:
    """Judges drops as the real one does; `down` makes every call fail."""

    def __init__(self) -> None:
        self.host = "here"
        self.entries: dict[str, Entry] = {}
        self.calls: list[tuple[Lane, bool, list[Drop]]] = []
        self.depths = dict.fromkeys(Lane, 0)
        self.ledger_id = "one"
        self.reported: dict[str, dict[str, Any]] = {}
        self.meters: dict[str, int] = {}
        self.down = False
        self.removed_documents: set[str] = set()
        self.lowered_documents: dict[str, int] = {}
        self.recalled_documents: dict[str, int] = {}
        self.held = FakeHeld()
        self.refuses_scans = False

    def enqueue(self, drops: Sequence[Drop], *, lane: Lane = Lane.FRESH, force: bool = False) -> Enqueued:
        self._answer()
        self.calls.append((lane, force, list(drops)))
        queued = 0
        for drop in drops:
            known = self.entries.get(drop.id)
            same = known is not None and known.state is not State.GONE and known.stamp == drop.stamp
            if same and not force:
                continue
            document = known.document_id if known else None
            self.entries[drop.id] = Entry(State.QUEUED, 0, 0, 0, drop.stamp, document)
            self.depths[lane] += 1
            queued += 1
        return Enqueued(queued, 0, len(drops) - queued)

    def lookup(self, ids: Sequence[str]) -> list[Entry | None]:
        self._answer()
        return [self.entries.get(drop_id) for drop_id in ids]

    def put_away(self, files: Sequence[tuple[str, Stamp]], *, stayed: bool = False) -> list[bool]:
        self._answer()
        answer = []
        for drop_id, stamp in files:
            entry = self.entries.get(drop_id)
            its_own = entry is not None and entry.stamp == stamp
            if entry is not None and its_own:
                self.entries[drop_id] = msgspec.structs.replace(entry, put_away=not stayed)
            answer.append(its_own)
        return answer

    def bringing(self, documents: frozenset[str], recalled: frozenset[str]) -> Iterator[int]:
        if self.refuses_scans:
            raise ConfigError("Redis refuses us the command hscan.")
        for entry in list(self.entries.values()):
            self._answer()
            again = entry.state is State.REMOVED and entry.document_id in recalled
            yield again or (entry.state is State.INDEXED and entry.document_id in documents)

    def recalled(self) -> dict[str, int]:
        self._answer()
        return dict(self.recalled_documents)

    def lowered(self) -> dict[str, int]:
        self._answer()
        return dict(self.lowered_documents)

    def removed(self) -> frozenset[str]:
        self._answer()
        return frozenset(self.removed_documents)

    def depth(self) -> dict[Lane, int]:
        self._answer()
        return dict(self.depths)

    def counts(self) -> dict[State, int]:
        self._answer()
        return {state: sum(one.state is state for one in self.entries.values()) for state in State}

    def born(self) -> str:
        self._answer()
        return self.ledger_id

    def count(self, meters: Mapping[str, int]) -> None:
        self._answer()
        for field, by in meters.items():
            self.meters[field] = self.meters.get(field, 0) + by

    def report(self, kind: str, name: str, values: dict[str, Any], ttl_s: float) -> None:
        self._answer()
        self.reported[name] = msgspec.json.decode(msgspec.json.encode(values))

    def settle(self, path: str, state: State, stamp: Stamp, document_id: str | None = None) -> Entry:
        entry = Entry(state, 0, 0, 0, stamp, document_id)
        self.entries[path_drop_id(path)] = entry
        return entry

    def enqueued(self) -> list[str | None]:
        return [drop.path for _, _, drops in self.calls for drop in drops]

    def _answer(self) -> None:
        if self.down:
            raise OutageError("Redis doesn't answer.")


class FakeLetters:
    def __init__(self) -> None:
        self.letters: dict[str, DeadLetter] = {}

    def write(self, path: str) -> None:
        drop_id = path_drop_id(path)
        self.letters[drop_id] = DeadLetter(
            id=drop_id,
            status="dead",
            stage="parse",  # type: ignore[arg-type]  # a StrEnum's value
            error_type="NoArticleError",
            error_message="nothing",
            group="g",
            first_failed_ms=1,
            last_failed_ms=1,
            path=path,
        )

    def show(self, letter_id: str) -> DeadLetter | None:
        return self.letters.get(letter_id)

    def moved(self, drop_id: str, new_path: str) -> bool:
        self.letters[drop_id] = msgspec.structs.replace(self.letters[drop_id], path=new_path)
        return True


class FakeStore:
    def __init__(self, paths: Sequence[str] = ()) -> None:
        self.paths = list(paths)
        #: Path → the document from it, if it isn't that of the drop; document → its member.
        self.documents: dict[str, str] = {}
        self.members: dict[str, str] = {}
        self.asked = 0
        self.down = False

    def files_under(self, folder: str) -> Iterator[StoredFile]:
        self.asked += 1
        for path in self.paths:
            if self.down:
                raise OutageError("The index doesn't answer.")
            if path.startswith(folder + "/"):
                yield StoredFile(
                    document_id=self.documents.get(path, path_drop_id(path)), version=1, path=path, stamp=None
                )

    def member_of(self, document_id: str) -> str | None:
        return self.members.get(document_id)
