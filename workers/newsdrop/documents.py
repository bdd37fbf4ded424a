"""The things that travel between the rooms, and nothing that acts on them.

    Drop ──read──▶ Page ──parse──▶ Article ──enrich──▶ Article ──▶ Document ──index──▶ Outcome
                                                                         (dead:) DeadLetter

All are msgspec structs; those that are stored or sent go to JSON and back unchanged. Paths are `str` in
Python's surrogateescape form; JSON carries them through `encode_path`/`decode_path`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

import msgspec

from newsdrop.errors import printable

__all__ = [
    "COARSE",
    "Article",
    "Attempt",
    "Block",
    "Counts",
    "DeadLetter",
    "Document",
    "Drop",
    "ErrorClass",
    "Failure",
    "Fingerprint",
    "Header",
    "Hit",
    "Image",
    "ItemResult",
    "Moment",
    "Original",
    "Outcome",
    "Page",
    "Stage",
    "Stamp",
    "State",
    "StepError",
    "StoredFile",
    "decode_path",
    "encode_path",
    "without_name",
]

#: A byte of a path that is no UTF-8.
_UNDECODED = re.compile("[\udc80-\udcff]")
#: What `encode_path` writes in place of a backslash, and of such a byte.
_ENCODED = re.compile(r"\\(\\|x[89a-f][0-9a-f])")

BlockKind = Literal["p", "h", "li", "quote"]
Precision = Literal["millisecond", "second", "minute", "day", "month", "year"]
#: The precisions at which a time has no clock, so that no zone applies to it.
COARSE: Final = ("day", "month", "year")


class State(StrEnum):
    """Where a drop stands; it is in exactly one state at a time."""

    QUEUED = "queued"
    RETRYING = "retrying"
    INDEXED = "indexed"
    SUPERSEDED = "superseded"
    GONE = "gone"
    REMOVED = "removed"
    EXPANDED = "expanded"
    DEAD = "dead"
    DISCARDED = "discarded"
    FORGOTTEN = "forgotten"


SETTLED = frozenset(State) - {State.QUEUED, State.RETRYING}


class Stage(StrEnum):
    """The step in which a drop failed."""

    MESSAGE = "message"
    READ = "read"
    PARSE = "parse"
    ENRICH = "enrich"
    INDEX = "index"
    WORKER = "worker"


class ErrorClass(StrEnum):
    """What the worker must do about a failure (errors.py)."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    STORAGE = "storage"
    OUTAGE = "outage"
    CONFIG = "config"


#: The largest mtime of a stamp: six bytes in the ledger.
LAST_MTIME = 2**48 - 1


class Stamp(msgspec.Struct, frozen=True):
    """What tells that a file changed without reading it: its size and modification time.

    `mtime` counts units of 10 µs since the epoch (six bytes in the ledger, which last until 2059; a file that
    claims to be from before 1970 or later has the first or the last value). Inline content has mtime 0.
    """

    size: int
    mtime: int

    @classmethod
    def from_ns(cls, size: int, mtime_ns: int) -> Stamp:
        return cls(size, min(max(0, mtime_ns // 10_000), LAST_MTIME))


class Drop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One archive file, member of a bundle, or inline content, to be ingested.

    Exactly one of `path` and `content` is set. `stamp` is what the producer saw; the reader sees for itself.
    `attempts` is the number of tries already spent, `document_id` what the ledger says it was indexed as.
    `seen_ms`: when it was complete (epoch ms), from which its latency counts; None for one that was replayed.
    `trace`: the context it was handed over in, where traces are on (traces.py).
    `rewritten`: it changed under its old time, so what is in it may have changed and look as before, too.
    """

    id: str
    stamp: Stamp
    path: str | None = None
    member: str | None = None
    name: str | None = None
    content: bytes | None = None
    collection: str | None = None
    attempts: int = 0
    receipt: str | None = None
    document_id: str | None = None
    seen_ms: int | None = None
    trace: str | None = None
    rewritten: bool = False

    @property
    def source(self) -> str:
        """How people call this drop: its path, `bundle!member`, or the name given with inline content."""
        if self.path is not None:
            return f"{self.path}!{self.member}" if self.member else self.path
        return self.name or f"inline:{self.receipt or self.id}"


class Moment(msgspec.Struct, frozen=True):
    """A time and how exactly it is known. `at` always carries a zone; below "day" its clock means nothing."""

    at: datetime
    precision: Precision = "second"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the lines before a page's body may say, whatever the dialect.

    `archived_at_ms` is the capture time (by which versions compare): the header's epoch ms, else the
    front matter's or 日期's, else None; never the file's own mtime. `published` is what the header claims.
    `channel`: what the archive files the page under and writes as its tag: the site, or who writes there.
    `labels`: what else front matter says, by its keys.
    """

    title: str = ""
    url: str | None = None
    archived_at_ms: int | None = None
    published: Moment | None = None
    author: list[str] = []
    tags: list[str] = []
    section: str | None = None
    dek: str | None = None
    updated: Moment | None = None
    channel: str | None = None
    labels: dict[str, list[str]] = {}


class Page(Header, frozen=True, kw_only=True):
    """What reading makes of a drop: the header's facts and the HTML of the page.

    `whole`: the HTML is all of a page as browsers get it, with its menus, and not what a feed delivers of it.
    """

    dialect: str
    html: str
    whole: bool = False
    encoding: str = "utf-8"
    sha256: str = ""
    stamp: Stamp | None = None


class Block(msgspec.Struct, frozen=True, gc=False):
    """One block of the body's text, in reading order: its only white space is single spaces (parse/text.py).

    Strings make no cycles: the collector needn't look.
    """

    kind: BlockKind
    text: str


class Image(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One picture of the article; `url` is absolute with proxies opened."""

    url: str
    caption: str | None = None
    credit: str | None = None
    alt: str | None = None


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a text says, for finding its copies.

    `content`: hex hash of the folded, white-space-free text. `minhash`: 16 band keys, each a hex digit for
    the band and its four rows of 16 bits in hex; none for a short text.
    """

    content: str
    minhash: list[str] = []

    def likeness(self, other: Fingerprint) -> float:
        """The estimated share of pieces that two texts have in common; 1.0 for exact copies."""
        if self.content == other.content:
            return 1.0
        ours, theirs = _rows(self.minhash), _rows(other.minhash)
        if not ours or len(ours) != len(theirs):
            return 0.0
        return sum(one == another for one, another in zip(ours, theirs, strict=True)) / len(ours)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`words`: one per Han character or kana, one per run of other letters. Time in seconds."""

    chars: int
    words: int
    paragraphs: int
    images: int
    links: int
    reading_time_s: int


class StepError(msgspec.Struct, frozen=True):
    """An optional enrichment step that failed: the article is indexed without its result.

    Or the step `root` of parsing, which found a text that may not be the article's.
    """

    step: str
    type: str
    message: str


class Article(Header, frozen=True, kw_only=True, omit_defaults=True):
    """What parsing makes of a page; enrichment steps return a changed copy (`msgspec.structs.replace`).

    Where a site's rule or the page says more than its header, the header's fields hold that.
    `captions`: those of videos, sounds, and pictures whose address the file doesn't tell. `said_language`:
    what the page says its language is (BCP 47); `language` is told from the text.
    """

    title: str
    blocks: list[Block]
    domain: str | None = None
    source_name: str | None = None
    images: list[Image] = []
    captions: list[str] = []
    links: list[str] = []
    related: list[str] = []
    embeds: list[str] = []
    dialect: str = ""
    rule: str = "default"
    said_language: str | None = None
    language: str | None = None
    counts: Counts | None = None
    fingerprint: Fingerprint | None = None
    keywords: list[str] = []
    errors: list[StepError] = []

    @property
    def text(self) -> str:
        """The body: blocks joined by line feeds."""
        return "\n".join([block.text for block in self.blocks])


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """An article as the index takes it. `version`: its capture's time in ms, else its file's in seconds."""

    id: str
    version: int
    source: dict[str, Any]


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the index says of one document, for the audit and for removals.

    `member`: of the bundle at the path; only known where single documents were asked for.
    """

    document_id: str
    version: int
    path: str | None
    stamp: Stamp | None
    member: str | None = None


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """A document in the index that is nobody's copy. `at_s`: its `@timestamp`, epoch seconds."""

    document_id: str
    at_s: float
    fingerprint: Fingerprint


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One search result.

    `at` is what results are sorted by (`@timestamp`); `precision` is that of `published_at`. `path` and
    `member` are escaped as documents carry them. `title_marks` and `marks` are where in `title` and `snippet`
    the words stand that were looked for: start and end of each, none inside another.
    """

    id: str
    score: float
    title: str
    title_marks: list[tuple[int, int]] = []
    url: str | None = None
    at: str
    published_at: str | None = None
    precision: str | None = None
    archived_at: str | None = None
    source: str | None = None
    author: list[str] = []
    language: str | None = None
    path: str | None = None
    member: str | None = None
    snippet: str = ""
    marks: list[tuple[int, int]] = []


class ItemResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the index did with one document of a bulk.

    indexed: acknowledged. superseded: a newer capture is there (409). busy: refused for load, or the server
    failed on this document alone (429, 5xx): transient. rejected: refused for good (400, 413).
    `lowered`: it was indexed in place of the same file's later time, so another capture may be newer now.
    """

    document_id: str
    status: Literal["indexed", "superseded", "busy", "rejected"]
    reason: str = ""
    lowered: bool = False


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why one try of one drop failed. `message` and `stack_trace` are bounded."""

    stage: Stage
    kind: ErrorClass
    type: str
    message: str
    stack_trace: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one drop in one try: a settled state (no dead one), or a failure.

    `stamp` is what was really read (None when nothing was read); the ledger compares it with what it holds.
    `flaws`: the steps of which the document says that they failed. `lowered`: as in `ItemResult`.
    """

    drop: Drop
    state: State | None = None
    failure: Failure | None = None
    stamp: Stamp | None = None
    sha256: str = ""
    document_id: str | None = None
    flaws: tuple[str, ...] = ()
    lowered: bool = False


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One failed try, as retries and dead letters remember it. `at_ms`: epoch milliseconds."""

    at_ms: int
    host: str
    stage: Stage
    type: str
    message: str


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The full record of a drop we stopped trying; Redis is its authority, Elasticsearch its mirror.

    `id` is the drop's id (stage `message`: of the raw bytes or the receipt). `group` joins letters of one
    kind: stage, error type and message with numbers, quotes and paths taken out. Times are epoch ms.
    *moved*: it went on with its file, which lies in `failed`, since another file took the drop's place; or
    its file was renamed, and is another drop.
    """

    id: str
    status: Literal["dead", "replayed", "discarded", "moved"]
    stage: Stage
    error_type: str
    error_message: str
    group: str
    first_failed_ms: int
    last_failed_ms: int
    attempts: list[Attempt] = []
    stack_trace: str = ""
    path: str | None = None
    member: str | None = None
    name: str | None = None
    content: bytes | None = None
    raw: bytes | None = None
    stamp: Stamp | None = None
    sha256: str = ""
    collection: str | None = None
    receipt: str | None = None
    task_id: str | None = None
    version: str = ""
    revision: int = 0
    changed_by: str | None = None
    changed_ms: int | None = None

    @property
    def source(self) -> str:
        """How people call the drop of this letter."""
        if self.path is not None:
            return f"{self.path}!{self.member}" if self.member else self.path
        return self.name or f"message:{self.id}"

    @property
    def reason(self) -> str:
        """The message without the drop's name at its head."""
        return without_name(self.error_message, self.source)


def without_name(message: str, source: str) -> str:
    """A message without the name at its head, for where the name stands beside it.

    A file that was moved after it had failed is called in the message as it was then: what counts is its last
    name, without the number that it got where another file had it already.
    """
    said = printable(source)
    if message.startswith("/") and not message.startswith(said):
        name = said[said.rfind("/") :]
        for last in dict.fromkeys([name, _NUMBER.sub("", name)]):
            before, found, after = message.partition(last)
            if found and after[:1] in (" ", ":") and ": " not in before:
                return after.lstrip(": ") or message
    return message.removeprefix(said).lstrip(": ") or message


#: What a name gets before its extension, so that nothing is overwritten where a file is moved to.
_NUMBER = re.compile(r" \(\d+\)(?=(?:\.[^./]*)?\Z)")


def _rows(keys: Sequence[str]) -> list[str]:
    return [key[at : at + 4] for key in keys for at in range(1, len(key), 4)]


def encode_path(path: str) -> str:
    """A path as JSON may carry it: bytes that are no UTF-8 become `\\xNN`, a backslash becomes `\\\\`."""
    if path.isascii() and "\\" not in path:
        return path
    return _UNDECODED.sub(lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02x}", path.replace("\\", "\\\\"))


def decode_path(text: str) -> str:
    """The inverse of `encode_path`.

    Raises:
        ValueError: a backslash that `encode_path` never writes.
    """
    if "\\" in _ENCODED.sub("", text):
        raise ValueError(f"not an encoded path: {text!r}")
    return _ENCODED.sub(lambda match: "\\" if match[1] == "\\" else chr(0xDC00 + int(match[1][1:], 16)), text)
