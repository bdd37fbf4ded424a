"""Files that leave during a campaign, and what must be in the index when all is over.

    leaves/  on_delete = "remove"   a file alone, written anew elsewhere, one of two with the same article, or
                                    one whose article a bundle's member brings, too: the load deletes it
    taken/   after = "delete", then on_delete = "remove", and back: newsdrop deletes, and every article stays

Beside load.py, since no fate of a file that is gone can be asked of the folder.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.background import Background
from tests.faults.load import document_of, page
from tests.faults.settlements import Settlements
from tests.inputs.bundle_files import zipped

from newsdrop.identity import member_drop_id, path_drop_id

__all__ = ["Leavers"]

_LOOK_S = 0.2
_STAYS_S = (2.0, 25.0)
_KINDS = ("alone", "back", "twin", "member")
_FIRST = 5_000_000
_MEMBER = "page.md"
#: A power cut takes a second, and a look sees a file leave that much later.
_CUT_S = 3.0


@dataclass
class _Leaver:
    """One file that is to leave; `stays`: whether its article is brought by another file when it has left."""

    path: Path
    document: str
    stays: bool
    written_s: float
    due_s: float
    left_s: float | None = None
    back: bytes = b""


@dataclass
class _Taken:
    path: Path
    document: str
    left_s: float | None = None


@dataclass
class Wanted:
    """Documents that must be in the index, that may, and that mustn't."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)


class Leavers(Background):
    """Writes a file a second into each of the two folders, in a thread, until `stop`.

    Attributes:
        ids: the drops that were ever written.
    """

    def __init__(self, settlements: Settlements, leaves: Path, taken: Path, seed: int) -> None:
        super().__init__("leavers")
        self._settlements = settlements
        self.ids: set[str] = set()
        self._leaves = leaves
        self._taken = taken
        for folder in (leaves, taken):
            folder.mkdir(parents=True, exist_ok=True)
            # So that it never looks like one that was unmounted.
            (folder / ".kept").touch()
        self._rng = random.Random(f"{seed} leavers")
        self._leavers: list[_Leaver] = []
        self._put_away: list[_Taken] = []
        self._number = _FIRST

    def wanted(self, forgot_s: Iterable[tuple[float, float]], cut_s: Iterable[float]) -> Wanted:
        """What must be true of the index.

        Args:
            forgot_s: from when to when the ledger was emptied or set back; cut_s: when a second of it was
                lost.
        """
        wanted, forgot, cuts = Wanted(), list(forgot_s), list(cut_s)
        for one in self._leavers:
            if one.left_s is None or one.stays:
                wanted.must.add(one.document)
            elif self._was_forgotten(one, forgot):
                wanted.may.add(one.document)
            else:
                wanted.never.add(one.document)
        for taken in self._put_away:
            at = taken.left_s
            lost = at is not None and any(at - _CUT_S <= cut <= at + _CUT_S for cut in cuts)
            (wanted.may if lost else wanted.must).add(taken.document)
        return wanted

    def _was_forgotten(self, one: _Leaver, forgot: Iterable[tuple[float, float]]) -> bool:
        """Whether the ledger forgot a file before it had dealt with its leaving.

        Nobody can tell then whose article it is (docs/reliability.md), and it may stay. How long the work
        takes is no matter of a few seconds here: while Elasticsearch is away, it waits.
        """
        settled_s = self._settlements.settled_s(os.path.realpath(one.path))
        return any(
            one.written_s <= ended_s and (settled_s is None or began_s <= settled_s)
            for began_s, ended_s in forgot
        )

    def _run(self) -> None:
        next_s = time.monotonic()
        while not self._stop.wait(_LOOK_S):
            now_s = time.monotonic()
            if now_s >= next_s:
                next_s += 1.0
                self._write_leaver(now_s)
                self._write_taken()
            for one in self._due(now_s):
                self._leave(one)
            for taken in self._put_away:
                if taken.left_s is None and not taken.path.exists():
                    taken.left_s = now_s

    def _due(self, now_s: float) -> Iterator[_Leaver]:
        return (one for one in self._leavers if one.left_s is None and one.due_s <= now_s)

    def _write_leaver(self, now_s: float) -> None:
        kind = _KINDS[self._rng.randrange(len(_KINDS))]
        number, data = self._next()
        path = self._write(self._leaves / f"{number}.md", data)
        if kind == "twin":
            self._write(self._leaves / f"{number}-twin.md", data)
        elif kind == "member":
            bundle = self._write(self._leaves / f"{number}.zip", zipped({_MEMBER: data}))
            self.ids.add(member_drop_id(str(bundle), _MEMBER))
        self._leavers.append(
            _Leaver(
                path,
                document_of(data),
                kind != "alone",
                now_s,
                now_s + self._rng.uniform(*_STAYS_S),
                back=data if kind == "back" else b"",
            )
        )

    def _leave(self, one: _Leaver) -> None:
        one.path.unlink()
        one.left_s = time.monotonic()
        if not one.stays:
            self._settlements.left(os.path.realpath(one.path))
        if one.back:
            self._write(one.path.with_name(f"{one.path.stem}-back.md"), one.back)

    def _write_taken(self) -> None:
        number, data = self._next()
        self._put_away.append(_Taken(self._write(self._taken / f"{number}.md", data), document_of(data)))

    def _next(self) -> tuple[int, bytes]:
        self._number += 1
        return self._number, page(self._number)

    def _write(self, path: Path, data: bytes) -> Path:
        fresh = path.with_suffix(".tmp")
        fresh.write_bytes(data)
        fresh.replace(path)
        self.ids.add(path_drop_id(os.path.realpath(path)))
        return path
