"""Writes a synthetic drop folder and says what a correct system must make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from tests.corpus.broken import BROKEN
from tests.corpus.sites import KINDS, Kind, when_ms
from tests.corpus.text import Story, random_for
from tests.corpus.words import RARE, traditional

from newsdrop.identity import url_document_id

__all__ = ["CorpusReport", "CorpusSpec", "write_corpus"]

_DAY_MS = 86_400_000
_MIN_BYTES = 600


class CorpusSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What to write. The same spec gives the same names and bytes on every machine.

    `bytes_per_article` bounds the story's text; the HTML around it adds a third or more. Of every so many
    articles one comes as an older capture too (if its header has a time at all), and one as a copy in a
    second place; 0 means none.
    `broken` adds one file of each broken kind per started hundred articles.
    """

    articles: int = 300
    seed: int = 1
    bytes_per_article: tuple[int, int] = (3_000, 18_000)
    older_every: int = 20
    duplicate_every: int = 30
    broken: bool = True

    def __post_init__(self) -> None:
        low, high = self.bytes_per_article
        if self.articles < 1 or not _MIN_BYTES <= low <= high:
            raise ValueError(f"a corpus needs 1 article or more of {_MIN_BYTES} bytes or more each: {self}")


class CorpusReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and what is expected of a correct system.

    `files` is the sum of `kinds`. `documents`: the distinct ids that must be searchable at the end. `older`
    captures end as superseded, or as indexed and then overwritten; `dead` maps the path (relative to the
    folder) of each hopeless file to the reason. `queries`: what to type → how many documents contain it.
    """

    files: int
    bytes: int
    kinds: dict[str, int]
    languages: dict[str, int]
    documents: list[str]
    older: list[str]
    duplicates: list[str]
    dead: dict[str, str]
    queries: dict[str, int]

    @property
    def articles(self) -> int:
        """How many documents must be searchable at the end."""
        return len(self.documents)


class _File(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    path: str
    data: bytes
    document_id: str | None = None
    language: str | None = None
    rare: tuple[str, ...] = ()


def write_corpus(folder: Path, spec: CorpusSpec | None = None) -> CorpusReport:
    """Write the files below `folder` (made if missing; files of the same names are overwritten)."""
    report = CorpusReport(
        files=0, bytes=0, kinds={}, languages={}, documents=[], older=[], duplicates=[], dead={}, queries={}
    )
    kinds: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    queries: Counter[str] = Counter()
    size = 0
    for file in _files(spec or CorpusSpec()):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        size += len(file.data)
        kinds[file.kind] += 1
        _expect(report, file)
        if file.document_id and file.language:
            languages[file.language] += 1
        queries.update(spelling for term in file.rare for spelling in {term, traditional(term)})
    return msgspec.structs.replace(
        report,
        files=kinds.total(),
        bytes=size,
        kinds=dict(sorted(kinds.items())),
        languages=dict(sorted(languages.items())),
        queries=dict(sorted(queries.items())),
    )


def _expect(report: CorpusReport, file: _File) -> None:
    match file.kind:
        case "older":
            report.older.append(file.path)
        case "duplicate":
            report.duplicates.append(file.path)
        case _ if file.document_id is None:
            report.dead[file.path] = file.kind
        case _:
            report.documents.append(file.document_id)


def _files(spec: CorpusSpec) -> Iterator[_File]:
    for number in range(1, spec.articles + 1):
        yield from _article(spec, number)
    rounds = -(-spec.articles // 100) if spec.broken else 0
    for number in range(rounds):
        for reason, make in BROKEN.items():
            yield _File(kind=reason, path=f"broken/{reason}-{number:03d}.md", data=make(number))


def _article(spec: CorpusSpec, number: int) -> Iterator[_File]:
    kind = KINDS[number % len(KINDS)]
    low, high = spec.bytes_per_article
    wanted = low + int(random_for(~spec.seed & 0xFFFF, number).random() * (high - low + 1))
    rare = _rare_terms(number, kind)
    story = _plant(kind.story(number, seed=spec.seed, bytes_=wanted), rare, kind)
    data = kind.file(story, when_ms(number))
    path, url = kind.path_of(story), kind.url_of(story)
    yield _File(
        kind=kind.name,
        path=path,
        data=data,
        document_id=url_document_id(url),
        language=kind.language,
        rare=rare,
    )
    if spec.duplicate_every and number % spec.duplicate_every == 1:
        yield _File(kind="duplicate", path=f"mirror/{path}", data=data)
    if spec.older_every and kind.dated and number % spec.older_every == 4 % spec.older_every:
        yield _older(kind, story, number)


def _older(kind: Kind, story: Story, number: int) -> _File:
    """The same page a day earlier, under another spelling of its URL and with less text."""
    shorter = story._replace(sentences=story.sentences[: 1 + len(story.sentences) // 2])
    other_url = kind.url_of(story).replace("https://www.", "http://") + "?utm_source=feed#top"
    data = kind.file(shorter, when_ms(number) - _DAY_MS, url=other_url)
    return _File(kind="older", path=f"older/{kind.path_of(story)}", data=data)


def _rare_terms(number: int, kind: Kind) -> tuple[str, ...]:
    common, three, once, english = RARE
    if kind.language == "en":
        return (english,)
    found = [common] if number % 7 == 3 else []
    found += [three] if number in (2, 3, 5) else []
    found += [once] if number == 10 else []
    return tuple(found)


def _plant(story: Story, rare: tuple[str, ...], kind: Kind) -> Story:
    if not rare:
        return story
    form = "Observers call it the {} affair." if kind.language == "en" else "当地人称之为{}事件。"
    return story._replace(sentences=[*(form.format(term) for term in rare), *story.sentences])
