"""Whether every file of a folder is settled: `up --until-idle` waits for this and summarizes it at its end.

Weaker and cheaper than the audit: it trusts the ledger and asks neither the index nor the letters.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from newsdrop.documents import SETTLED, Stamp, State
from newsdrop.ledger.records import fit
from newsdrop.portions import chunked
from newsdrop.ports import Entry, EntryLookup

__all__ = ["Fates", "Seen", "read_fates"]

_HAVING_FILES = (State.INDEXED, State.SUPERSEDED, State.EXPANDED, State.DEAD)


class Seen(msgspec.Struct, frozen=True):
    """One file as it is in the folder, or one member of a bundle; its folder's symlinks are resolved."""

    id: str
    path: str
    stamp: Stamp
    member: str | None = None

    @property
    def source(self) -> str:
        """Its name for people: its path, or `bundle!member`."""
        return f"{self.path}!{self.member}" if self.member else self.path


class Fates(msgspec.Struct, frozen=True, kw_only=True):
    """The states of a folder's files in the ledger.

    Attributes:
        states: settled state → number of files in it.
        unsettled: files unknown to the ledger, changed since, or still queued or retrying.
        dead: the ids of the dead ones.
        to_put_away: settled files that are still to be moved or deleted (`after`).
    """

    files: int
    states: dict[str, int]
    unsettled: int
    dead: tuple[str, ...]
    to_put_away: int = 0

    def with_settled(self, drops: Iterable[tuple[str, Entry]]) -> Fates:
        """These and more drops (id and entry), wherever their files are now, except for files that left."""
        states, dead = Counter(self.states), list(self.dead)
        for drop_id, entry in drops:
            if entry.state in _HAVING_FILES:
                states[entry.state.value] += 1
                if entry.state is State.DEAD:
                    dead.append(drop_id)
        return msgspec.structs.replace(
            self, files=states.total() + self.unsettled, states=dict(sorted(states.items())), dead=tuple(dead)
        )


def read_fates(
    files: Iterable[Seen],
    ledger: EntryLookup,
    *,
    inside: Callable[[Seen], Iterable[Seen]] | None = None,
    goes: Callable[[Seen, Entry], bool] = lambda _seen, _entry: False,
    before_s: float = math.inf,
    chunk: int = 1_000,
) -> Fates:
    """Look every file up once.

    Args:
        inside: the members of a bundle, which are then counted as files of their own.
        goes: whether a settled file will be moved or deleted.
        before_s: what was settled at this second or later is left out of `states` and `dead`.

    Raises:
        OutageError: Redis can't be reached.
    """
    states: Counter[str] = Counter()
    unsettled = to_put_away = 0
    dead: list[str] = []
    for part in chunked(files, chunk):
        for seen, entry in zip(part, ledger.lookup([one.id for one in part]), strict=True):
            if entry is None or not _settled(seen, entry):
                unsettled += 1
                continue
            to_put_away += goes(seen, entry)
            if entry.time_s < before_s:
                states[entry.state.value] += 1
                dead += [seen.id] if entry.state is State.DEAD else []
            if entry.state is State.EXPANDED and inside is not None:
                members = read_fates(inside(seen), ledger, inside=inside, before_s=before_s, chunk=chunk)
                states.update(members.states)
                unsettled += members.unsettled
                dead += members.dead
    return Fates(
        files=states.total() + unsettled,
        states=dict(sorted(states.items())),
        unsettled=unsettled,
        dead=tuple(dead),
        to_put_away=to_put_away,
    )


def _settled(seen: Seen, entry: Entry) -> bool:
    # A file that came back or has changed waits for the rescan that notices it.
    if entry.state in (State.GONE, State.REMOVED) or entry.state not in SETTLED:
        return False
    return entry.stamp == fit(seen.stamp)
