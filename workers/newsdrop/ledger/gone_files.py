"""Drops whose files are gone: those that were moved, and how the ledger gets rid of old ones.

A file that is moved is another drop at its new path. If that drop contains an article which the index has
under a path where no file exists any more, the old drop is *gone*: it was the same file. The ledger is
updated before the article is written, because afterwards the index no longer knows the old path. What failed
is recognized by its bytes, of which its dead letter has a hash, or, where there is none (a bundle), by its
size and time; a member by its name, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha1
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from newsdrop.documents import Outcome, State, decode_path, encode_path
from newsdrop.identity import is_absent, member_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.records import fit, raw, raw_id, unpack_entry
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.ports import FormerPlace

if TYPE_CHECKING:
    import redis

__all__ = [
    "LEAST_AGE_S",
    "leave_behind",
    "leave_bundles_behind",
    "leave_letters_behind",
    "note_absences",
    "prune_gone",
]

#: A worker that slept beyond its lease may still report a drop that has just become *gone*.
LEAST_AGE_S: Final = 86_400
_CHUNK: Final = 1_000
#: Of letters for the same bytes so many are looked at: empty files may be many, and are rarely renamed.
_SAME_MOST: Final = 20


def leave_behind(ledger: Ledger, places: Sequence[FormerPlace], vanished: Callable[[str], bool]) -> int:
    """Mark the drops of these places *gone* if no file exists there; returns how many. Idempotent.

    Args:
        vanished: whether a path that isn't there may be believed to be gone.

    Raises:
        OutageError, ConfigError: like the ledger.
    """
    drops: list[list[Any]] = []
    for place in places:
        if vanished(place.path):
            document = raw_id(place.document_id)
            drops.append([raw_id(path_drop_id(place.path)), document])
            if place.member is not None:
                drops.append([raw_id(member_drop_id(place.path, place.member)), document])
                drops.append([raw_id(path_drop_id(place.path)), False])
    return int(ledger.scripts.run("leave_behind", {"drops": drops})) if drops else 0


def leave_letters_behind(ledger: Ledger, outcomes: Sequence[Outcome], vanished: Callable[[str], bool]) -> int:
    """Close the open letters of files and members that are now what these drops are, and nowhere else.

    Their drops are *gone*, their letters *moved*; how many were. To be asked before the outcomes are written.
    Idempotent.

    Args:
        vanished: whether a path that isn't there may be believed to be gone.

    Raises:
        OutageError, ConfigError: as the ledger does.
    """
    contents = {content for one in outcomes if (content := _content_of(one)) is not None}
    if not contents:
        return 0
    found = ledger.scripts.run("same_content", {"contents": sorted(contents), "count": _SAME_MOST})
    ours = {one.drop.id for one in outcomes}
    ids = [
        name.decode()
        for name, path in zip(found[::2], found[1::2], strict=True)
        if name.decode() not in ours and vanished(decode_path(path.decode()))
    ]
    return int(ledger.scripts.run("letters_behind", {"ids": ids})) if ids else 0


def _content_of(outcome: Outcome) -> str | None:
    """What the letter of the same file or member is found by; as in letters.lua."""
    drop, what = outcome.drop, outcome.sha256
    if drop.path is None or not (what or outcome.failure or outcome.state is State.EXPANDED):
        return None
    if what and drop.member is None:
        return what
    stamp = fit(outcome.stamp or drop.stamp)
    if not what and not stamp.mtime:
        return None
    what = what or f"{stamp.size} {stamp.mtime}"
    member = "" if drop.member is None else encode_path(drop.member)
    return sha1(f"{what}:{member}".encode(), usedforsecurity=False).hexdigest()


def note_absences(ledger: Ledger, outcomes: Sequence[Outcome], vanished: Callable[[str], bool]) -> None:
    """Write what outcomes say about other drops, before the outcomes themselves are written.

    Raises:
        OutageError, ConfigError: like the ledger.
    """
    leave_letters_behind(ledger, outcomes, vanished)
    leave_bundles_behind(ledger, outcomes)


def leave_bundles_behind(ledger: Ledger, outcomes: Sequence[Outcome]) -> int:
    """Mark the bundles *gone* that aren't there any more, of whose members it was noticed; returns how many.

    Only then are their members read when they are back, after a disk was away for a moment, say: of a bundle
    that is *expanded* and unchanged, nobody asks for members. Idempotent.

    Raises:
        OutageError, ConfigError: like the ledger.
    """
    noticed = (one.drop for one in outcomes if one.state is State.GONE and one.drop.member is not None)
    paths = sorted({drop.path for drop in noticed if drop.path is not None})
    bundles = [[raw_id(path_drop_id(path)), False] for path in paths if is_absent(path)]
    return int(ledger.scripts.run("leave_behind", {"drops": bundles})) if bundles else 0


def prune_gone(client: redis.Redis, ledger: Ledger, *, older_than_s: float) -> int:
    """Forget drops that have long been *gone* or *removed*; returns how many. Files that return are new.

    Raises:
        OutageError, ConfigError: Redis is away or refuses; earlier deletions stay.
    """
    before_s = ledger.now_ms() // 1_000 - int(max(older_than_s, LEAST_AGE_S))
    ids = _gone_before(client, before_s)
    pruned = 0
    while some := list(islice(ids, _CHUNK)):
        pruned += int(ledger.scripts.run("prune", {"ids": some, "before_s": before_s}))
    return pruned


def _gone_before(client: redis.Redis, before_s: int) -> Iterator[Any]:
    with redis_errors(client):
        for drop_id, packed in client.hscan_iter(keys.LEDGER, count=_CHUNK):
            entry = unpack_entry(packed)
            if entry is None or entry.put_away or entry.state not in (State.GONE, State.REMOVED):
                continue
            if entry.time_s < before_s:
                yield raw(drop_id)
