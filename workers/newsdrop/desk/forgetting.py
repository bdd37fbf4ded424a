"""Takes articles out for good, and finds those that are meant; the ledger can allow them again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated

import msgspec

from newsdrop.desk.chosen import choose, stamp_now
from newsdrop.desk.lookup import Origin, find_article, id_of_address, nodes_of_file, places_of
from newsdrop.documents import Document, Drop, Hit, decode_path, encode_path
from newsdrop.errors import ConfigError
from newsdrop.identity import earlier_drop_id, innermost, resolved
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store
from newsdrop.ledger.takedowns import Takedown, Takedowns
from newsdrop.portions import chunked
from newsdrop.ports import Entry, EntryLookup
from newsdrop.settings import Folder
from newsdrop.spelling import as_listed

__all__ = [
    "Forgotten",
    "Returning",
    "Unread",
    "asked_for",
    "came_back",
    "forget",
    "forgotten_as",
    "indexed",
    "listed_before",
    "named",
    "returning",
    "take_out",
    "takedown_of",
]

_TRIES = 5
_PORTION = 500
_PAUSE_S = 1.0


class Forgotten(msgspec.Struct, frozen=True):
    """The result. `drops`: how many files and members contain the articles.

    `still_indexed`: articles that were being written at that moment; a worker will take them out.
    """

    articles: int
    drops: int
    still_indexed: list[str]


def forget(store: Store, takedowns: Takedowns, articles: Sequence[Takedown]) -> Forgotten:
    """Take these articles out of the index, and keep them out.

    Raises:
        OutageError, ConfigError: ledger or index is away or refuses; call again to finish.
    """
    drops = takedowns.forget(articles)
    return Forgotten(len(articles), drops, take_out(store, takedowns, [one.document_id for one in articles]))


def take_out(store: Store, takedowns: Takedowns, document_ids: Sequence[str]) -> list[str]:
    """Take these documents out of the index; returns those that are being written at this moment.

    Many take their time, and somebody may allow some of them again meanwhile: those stay, and what was taken
    out at that very moment is read again.

    Raises:
        OutageError, ConfigError: ledger or index is away or refuses.
    """
    busy = []
    for one in document_ids:
        if not takedowns.among([one]):
            continue
        if not _taken_out(store, one):
            busy.append(one)
        elif not takedowns.among([one]):
            takedowns.miss(one)
    return busy


def came_back(
    store: Store, takedowns: Takedowns, *, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """The documents that are forgotten and yet in the index, as after the restore of an older snapshot.

    Those that are found are looked up twice, a second apart: `forget` may be at work.

    Raises:
        OutageError, ConfigError: ledger or index is away or refuses.
    """
    found = indexed(store, [one.document_id for one in takedowns.listed()])
    if not found:
        return []
    sleep(_PAUSE_S)
    return indexed(store, sorted(takedowns.among(found)))


def indexed(store: Store, document_ids: Sequence[str]) -> list[str]:
    """Which of these documents are in the index, in order."""
    return sorted(name for part in chunked(document_ids, _PORTION) for name in store.stored(part))


def named(store: Store, target: str, by: str) -> list[Takedown]:
    """The articles that an id, a URL or a path means; a bundle's path means all of its members.

    Raises:
        GoneError, ConfigError, OutageError: like `find_article`.
    """
    for node in nodes_of_file(target):
        request = SearchRequest(filters=(node,), snippets=False)
        if found := list(_takedowns_of(store, store.all_hits(request), by)):
            return found
    return [takedown_of(find_article(store, target), by)]


def asked_for(store: Store, query: str, by: str) -> list[Takedown]:
    """Every article that a query finds.

    Raises:
        ConfigError: the query is invalid.
    """
    request = choose(None, None, None, query, everything=False)
    return list(_takedowns_of(store, store.all_hits(request), by))


def forgotten_as(forgotten: Sequence[Takedown], target: str) -> list[Takedown]:
    """Those that `target` names: by the beginning of an id, by URL or by path, as `named` takes it."""
    address = id_of_address(target)
    found = [one for one in forgotten if target and one.document_id.startswith(target.lower())]
    found += [one for one in forgotten if one.document_id == address]
    for path, member in places_of(target):
        if here := [one for one in forgotten if one.path == path and member in (None, one.member)]:
            return found + here
    return found


class _Listed(msgspec.Struct):
    """One entry of `newsdrop forget --list --json`."""

    document_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    at: datetime
    by: str = ""
    title: str = ""
    url: str | None = None
    path: str | None = None
    member: str | None = None


def listed_before(listing: bytes) -> list[Takedown]:
    """What a kept output of `newsdrop forget --list --json` names, to be forgotten again.

    Raises:
        ConfigError: it is no such output.
    """
    try:
        entries = msgspec.json.decode(listing, type=list[_Listed])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"This is no output of `newsdrop forget --list --json`: {error}.") from None
    return [
        Takedown(
            document_id=one.document_id,
            at_ms=int(one.at.timestamp() * 1000),
            by=one.by,
            title=one.title,
            url=one.url,
            path=one.path,
            member=one.member,
        )
        for one in entries
    ]


class Unread(msgspec.Struct, frozen=True):
    """An article that is allowed again but that newsdrop can't read now: why, and what to do."""

    article: Takedown
    reason: str


class Returning(msgspec.Struct, frozen=True):
    """How articles that are allowed again come back: the drops to read, and those that nothing is read of."""

    drops: list[Drop]
    unread: list[Unread]


def returning(ledger: EntryLookup, articles: Sequence[Takedown], folders: Sequence[Folder] = ()) -> Returning:
    """The drops that the articles came from: only files and members that the ledger knows and that are there.

    What a takedown says of a file may be older than the rules for it, so its word alone lets nothing be read.

    Args:
        folders: whose settings say where files are put away.

    Raises:
        OutageError, ConfigError: the ledger can't be asked.
    """
    drops, unread = [], []
    for article in articles:
        found = _returning(ledger, article, folders)
        if isinstance(found, Drop):
            drops.append(found)
        else:
            unread.append(Unread(article, found))
    return Returning(drops, unread)


def _returning(ledger: EntryLookup, article: Takedown, folders: Sequence[Folder]) -> Drop | str:
    """The drop, or why there is none to read."""
    origin = _origin(article)
    if origin is None:
        return "it came without a file: have it sent again"
    entry = _entry(ledger, origin)
    if entry is None:
        return f"the ledger knows no file {origin}: `newsdrop ingest` reads it"
    now = stamp_now(origin.path)
    if now is None:
        file = entry if origin.member is None else _entry(ledger, Origin(origin.path, None))
        away = file is not None and file.put_away
        return _put_away(origin.path, folders) if away else f"{origin.path} is not there"
    # A member's size differs from its file's.
    return msgspec.structs.replace(origin.drop, stamp=now if origin.member is None else entry.stamp)


def _entry(ledger: EntryLookup, origin: Origin) -> Entry | None:
    earlier = earlier_drop_id(origin.path, origin.member)
    entries = ledger.lookup([origin.drop.id] if earlier is None else [origin.drop.id, earlier])
    return next((one for one in entries if one is not None), None)


def _put_away(path: str, folders: Sequence[Folder]) -> str:
    """Where a file is that newsdrop itself took out of its folder, and what to do."""

    def root(folder: Folder) -> str:
        return as_listed(resolved(folder.path))

    folder = innermost(path, folders, root)
    if folder is None or folder.after != "move" or folder.done is None:
        return f"newsdrop moved or deleted {path} once it was settled: put it back to have it read"
    there = folder.done / path[len(root(folder).rstrip("/")) + 1 :]
    place = f"to {there}" if there.exists() else f"into {folder.done}"
    return f"newsdrop moved {path} {place}: move it back to have it read"


def _origin(article: Takedown) -> Origin | None:
    if article.path is None:
        return None
    return Origin(decode_path(article.path), None if article.member is None else decode_path(article.member))


def takedown_of(document: Document, by: str) -> Takedown:
    """The record of taking out one article now."""
    source = document.source
    return Takedown(
        document_id=document.id,
        at_ms=_now_ms(),
        by=by,
        title=source.get("title", ""),
        url=source.get("url", {}).get("full"),
        path=source.get("file", {}).get("path"),
        member=source.get("archive", {}).get("member"),
    )


def _takedowns_of(store: Store, hits: Iterable[Hit], by: str) -> Iterator[Takedown]:
    """Their records; where an article came from is for the store to say, as a hit may tell a mere name."""
    left = iter(hits)
    while portion := list(islice(left, _PORTION)):
        held = store.stored([hit.id for hit in portion])
        for hit in portion:
            path = held[hit.id].path if hit.id in held else None
            yield _takedown_of_hit(hit, path, by)


def _takedown_of_hit(hit: Hit, path: str | None, by: str) -> Takedown:
    return Takedown(
        document_id=hit.id,
        at_ms=_now_ms(),
        by=by,
        title=hit.title,
        url=hit.url,
        path=None if path is None else encode_path(path),
        member=hit.member,
    )


def _taken_out(store: Store, document_id: str) -> bool:
    for _ in range(_TRIES):
        there = store.stored([document_id]).get(document_id)
        if there is None or store.remove(document_id, there.path):
            return True
    return False


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
