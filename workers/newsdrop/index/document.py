"""An article in the form of the index: its field names, without empty values, safe for JSON.

Pure. `file.path` and related fields are escaped (documents.encode_path), so that a name that is not UTF-8
survives; `file.stamp` is the exact modification time in units of 10 µs, which `file.mtime` (a date in ms)
can't store and the audit compares. `@timestamp` is the publication time, or else the capture time, the time
of the file, or now: a document without one would be invisible in Kibana. A time in the future is ignored: as
a version, it would keep every real capture of its URL out of the index forever.

The version says which of two documents of one article is newer: it is the capture time in ms. If no capture
time is known, it is the file's time in whole seconds. Read as milliseconds, those numbers would be in the
first weeks of 1970, so a file's time never wins over a known capture, and of two saves without one the older
loses.

A document in the index may have a higher number than that, because a file that was corrected to an earlier
time is written at the number that is there: what its source tells (`told_version`) is what counts.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from newsdrop.documents import Article, Document, Drop, Moment, Stamp, StoredFile, decode_path, encode_path
from newsdrop.folding import join_letters
from newsdrop.hosts import is_web
from newsdrop.identity import article_document_id
from newsdrop.index.fields import label_key
from newsdrop.times import iso_epoch_ms, iso_time

__all__ = ["build_document", "stored_file", "told_version"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The last ms of the year 9999; neither Python nor Elasticsearch has later dates.
_LAST_MS = 253_402_300_799_999
#: Smaller numbers aren't captures but a file's time in seconds, which reach this in 2106.
_FIRST_CAPTURE_MS = 2**32
#: How far the clocks of other machines may be ahead, including wrong time zones.
_AHEAD_MS = 86_400_000


def build_document(
    article: Article, *, drop: Drop, sha256: str, stamp: Stamp, ingested_ms: int, version: str
) -> Document:
    """The document of an article. `version` is newsdrop's; the document's own is that of its capture."""
    latest_ms = min(ingested_ms + _AHEAD_MS, _LAST_MS)
    archived_ms = _capture_ms(article, latest_ms)
    text = article.text
    said = _unless_to_come(article.published, latest_ms)
    published = said and _moment(said)
    updated = _unless_to_come(article.updated, latest_ms)
    identity = article_document_id(article.url, article.title, text)
    source: dict[str, Any] = {
        "@timestamp": published or _other_time(archived_ms, stamp, ingested_ms),
        "id": identity,
        "title": article.title,
        "text": text,
        "summary": article.dek,
        "author": article.author,
        "source": {"name": article.source_name},
        "url": _url(article),
        "language": article.language,
        "section": article.section,
        # Written in one way, so that the index needs no table of Hangul for them.
        "tags": [join_letters(tag) for tag in article.tags],
        "keywords": article.keywords,
        "published_at": published,
        "published_precision": said and said.precision,
        "updated_at": updated and _moment(updated),
        "archived_at": iso_epoch_ms(archived_ms) if archived_ms else None,
        "event": {"ingested": iso_epoch_ms(ingested_ms)},
        "images": [_plain(image) for image in article.images],
        "captions": article.captions,
        "links": article.links,
        "related": article.related,
        "embeds": article.embeds,
        "counts": _plain(article.counts),
        "fingerprint": _plain(article.fingerprint),
        "file": _file(drop, sha256, stamp),
        "collection": drop.collection,
        "labels": _labels(article.labels),
        "archive": _archive(article, drop),
        "newsdrop": {
            "version": version,
            "rule": article.rule,
            "errors": [_plain(error) for error in article.errors],
        },
    }
    return Document(
        id=identity, version=_version(archived_ms, stamp, latest_ms), source=without_empty(source)
    )


def _url(article: Article) -> dict[str, Any]:
    full = article.url if is_web(article.url) else None
    return {"full": full, "domain": article.domain or _host(article.url)}


def _capture_ms(article: Article, latest_ms: int) -> int:
    """When the article was captured; 0 where that isn't known, or can't be."""
    archived_ms = article.archived_at_ms
    return archived_ms if archived_ms is not None and 0 < archived_ms <= latest_ms else 0


def told_version(source: Mapping[str, Any]) -> int:
    """The version of a stored document according to its own source, whatever number it is stored under."""
    file = source.get("file", {})
    latest_ms = min(_epoch_ms(source.get("event", {}).get("ingested")) + _AHEAD_MS, _LAST_MS)
    stamp = Stamp(file.get("size", 0), file.get("stamp", 0))
    return _version(_epoch_ms(source.get("archived_at")), stamp, latest_ms)


def _labels(labels: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The labels under their keys in the index; those whose keys are the same there become one."""
    kept: dict[str, list[str]] = {}
    for key, values in labels.items():
        kept.setdefault(label_key(key), []).extend(values)
    return kept


def stored_file(document_id: str, version: int, source: dict[str, Any]) -> StoredFile:
    """The facts about its file in a stored document."""
    file = source.get("file", {})
    path, size, mtime = file.get("path"), file.get("size"), file.get("stamp")
    member = source.get("archive", {}).get("member")
    return StoredFile(
        document_id=document_id,
        version=version,
        path=None if path is None else decode_path(path),
        stamp=None if size is None or mtime is None else Stamp(size, mtime),
        member=None if member is None else decode_path(member),
    )


def without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """The same without None, empty texts, lists and objects, however deep; 0 and False stay."""
    kept = {}
    for name, value in values.items():
        inner = without_empty(value) if type(value) is dict else value
        if inner or inner == 0:
            kept[name] = inner
    return kept


def path_fields(path: str) -> dict[str, Any]:
    """The `file.*` fields for a path, escaped for JSON."""
    directory, name = os.path.split(path)
    return {"path": encode_path(path), "directory": encode_path(directory), "name": encode_path(name)}


def _moment(moment: Moment) -> str:
    return iso_time(moment.at)


def _epoch_ms(text: str | None) -> int:
    """The time that `iso_epoch_ms` wrote; 0 for none."""
    return 0 if text is None else (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1)


def _unless_to_come(moment: Moment | None, latest_ms: int) -> Moment | None:
    if moment is None or moment.at - _EPOCH > timedelta(milliseconds=latest_ms):
        return None
    return moment


def _version(archived_ms: int, stamp: Stamp, latest_ms: int) -> int:
    """The version of a capture: its own time, or else its file's, which is always smaller."""
    if archived_ms >= _FIRST_CAPTURE_MS:
        return archived_ms
    mtime_ms = stamp.mtime // 100
    return mtime_ms // 1_000 if mtime_ms <= latest_ms else 0


def _other_time(archived_ms: int, stamp: Stamp, ingested_ms: int) -> str:
    mtime_ms = stamp.mtime // 100
    return iso_epoch_ms(archived_ms or (mtime_ms if 0 < mtime_ms <= _LAST_MS else ingested_ms))


def _file(drop: Drop, sha256: str, stamp: Stamp) -> dict[str, Any]:
    mtime_ms = stamp.mtime // 100
    named = {"name": encode_path(drop.name)} if drop.name else {}
    return {
        **(path_fields(drop.path) if drop.path is not None else named),
        "size": stamp.size,
        "mtime": iso_epoch_ms(mtime_ms) if 0 < mtime_ms <= _LAST_MS else None,
        "stamp": stamp.mtime,
        "hash": {"sha256": sha256},
    }


def _archive(article: Article, drop: Drop) -> dict[str, Any]:
    member = drop.member
    return {
        "dialect": article.dialect,
        "bundle": encode_path(drop.path) if member is not None and drop.path is not None else None,
        "member": None if member is None else encode_path(member),
    }


def _plain(struct: msgspec.Struct | None) -> Any:
    return None if struct is None else without_empty(msgspec.structs.asdict(struct))


def _host(url: str | None) -> str | None:
    if not url:
        return None
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.") or None
    except ValueError:
        return None
