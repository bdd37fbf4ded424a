"""Selects articles by site, rule, path or query, and finds the files that they came from.

Changing articles needs a selection or an explicit `--all`, so that nobody changes everything by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from newsdrop.desk.dates import LOCAL
from newsdrop.desk.given import check_given, whole_pattern
from newsdrop.documents import Drop, Hit, Stamp, decode_path, encode_path
from newsdrop.errors import ConfigError
from newsdrop.identity import drop_id
from newsdrop.index import query as ask
from newsdrop.index.fields import held_value
from newsdrop.index.query_parser import parse_query, site_host
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import Store

__all__ = ["Source", "choose", "sources", "stamp_now"]

_PORTION = 500


class Source(msgspec.Struct, frozen=True):
    """An article and the drop that it was made of. `missing`: its file no longer exists."""

    document_id: str
    title: str
    drop: Drop
    missing: bool


def choose(
    site: str | None, rule: str | None, path: str | None, query: str | None, *, everything: bool
) -> SearchRequest:
    """A search for the articles that match all given conditions.

    Raises:
        ConfigError: no condition was given, one is empty, or the query is invalid.
    """
    check_given(**{"--site": site, "--rule": rule, "--path": path, "--query": query})
    filters: list[ask.Node] = []
    if site is not None:
        filters.append(ask.Value("url.domain", held_value("url.domain", site_host(site), typed=True)))
    if rule is not None:
        filters.append(ask.Value("newsdrop.rule", rule.removesuffix(".toml")))
    if path is not None:
        filters.append(ask.Path(encode_path(whole_pattern(path))))
    if query is not None:
        filters.append(parse_query(query, LOCAL))
    if not filters and not everything:
        raise ConfigError("Say which articles: --site, --rule, --path, --query, or --all for every one.")
    return SearchRequest(filters=tuple(filters), sort="newest", snippets=False)


def sources(store: Store, request: SearchRequest) -> Iterator[Source | Hit]:
    """The sources of the articles; for an article that came without a file, the hit itself."""
    hits = store.all_hits(request)
    while portion := list(islice(hits, _PORTION)):
        held = store.stored([hit.id for hit in portion])
        for hit in portion:
            facts = held.get(hit.id)
            if facts is None or facts.path is None:
                yield hit
            else:
                yield _source(hit, facts.path, facts.stamp)


def _source(hit: Hit, path: str, stamp: Stamp | None) -> Source:
    member = None if hit.member is None else decode_path(hit.member)
    now = stamp_now(path)
    # A member's size differs from its file's, so the stamp of the last reading is used.
    seen = now if member is None else stamp
    drop = Drop(
        id=drop_id(path, member),
        path=path,
        member=member,
        stamp=seen or stamp or Stamp(0, 0),
        document_id=hit.id,
    )
    return Source(hit.id, hit.title, drop, missing=now is None)


def stamp_now(path: str) -> Stamp | None:
    """The file's size and time; None if it doesn't exist."""
    try:
        info = Path(path).stat()
    except OSError:
        return None
    return Stamp.from_ns(info.st_size, info.st_mtime_ns)
