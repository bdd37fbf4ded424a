"""Public sets of whole pages with their articles' texts, for benchmarks/extract.py: sites that have no rule.

Each is told by what lies in its checkout, and none of it is kept here:

    scrapinghub/article-extraction-benchmark    ground-truth.json
    flairNLP/fundus                             tests/resources/parser/test_data
    mozilla/readability                         test/test-pages
    adbar/trafilatura                           tests/evaldata.json: pieces that must be there, or mustn't

Text is scored by shingles as in the article extraction benchmark (Scrapinghub, 2020): precision and recall of
each page, their means, and F1 of these. Shingles are of four tokens, one for each Han character or kana; of
one token for readability's, whose truth is cut at every element. Pieces are counted over all pages.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.labelled import page_of
from newsdrop.errors import NewsdropError

__all__ = ["SetScore", "WebPage", "WebSet", "measured", "newsdrop_text", "web_set"]

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_VERSIONED = r"_\d{4}_\d\d_\d\d\.html\.gz"


@dataclass(frozen=True, kw_only=True)
class WebPage:
    """A page, and its article's text; or the pieces that a text must have and may not have."""

    name: str
    data: bytes
    text: str = ""
    wanted: Sequence[str] = ()
    unwanted: Sequence[str] = ()


@dataclass(frozen=True)
class WebSet:
    """The pages of one set, and how its texts are cut for comparing."""

    name: str
    pages: list[WebPage]
    token: re.Pattern[str] = _TOKEN
    shingle: int = 4


@dataclass
class SetScore:
    """What one extractor made of a set. `seconds`: of the processor, for all pages."""

    seconds: float = 0.0
    empty: int = 0
    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return mean(self.precisions or [0.0])

    @property
    def recall(self) -> float:
        return mean(self.recalls or [0.0])

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def web_set(checkout: Path) -> WebSet:
    """The set that lies in a checkout.

    Raises:
        FileNotFoundError: none that we know.
    """
    for mark, read in _KINDS.items():
        if (checkout / mark).exists():
            return read(checkout / mark)
    raise FileNotFoundError(
        f"{checkout} is no checkout of a set of pages; wanted one with {', '.join(_KINDS)}."
    )


def measured(pages: WebSet, extractors: Mapping[str, Callable[[bytes], str | None]]) -> dict[str, SetScore]:
    """Each extractor's score; all take a page in turn, so that the machine's pace is the same for all."""
    scores = {name: SetScore() for name in extractors}
    for page in pages.pages:
        for name, extract in extractors.items():
            begun = time.process_time()
            try:
                text = extract(page.data) or ""
            except Exception:  # noqa: BLE001 - whatever another project's extractor raises, it has no text
                text = ""
            score = scores[name]
            score.seconds += time.process_time() - begun
            score.empty += not text.strip()
            _rate(score, pages, page, text)
    return scores


def newsdrop_text(parse: Callable[[Any], Any]) -> Callable[[bytes], str]:
    """How newsdrop is measured: from a saved page's bytes to the article's text; refused pages have none."""

    def extract(data: bytes) -> str:
        try:
            return str(parse(page_of(data, "page.html")).text)
        except NewsdropError:
            return ""

    return extract


def _rate(score: SetScore, pages: WebSet, page: WebPage, text: str) -> None:
    if page.wanted or page.unwanted:
        plain = " ".join(text.split())
        found = sum(" ".join(piece.split()) in plain for piece in page.wanted)
        wrong = sum(" ".join(piece.split()) in plain for piece in page.unwanted)
        score.precisions += [1.0] * found + [0.0] * wrong
        score.recalls += [1.0] * found + [0.0] * (len(page.wanted) - found)
        return
    wanted, given = (_shingles(one, pages) for one in (page.text, text))
    right = (wanted & given).total()
    if given:
        score.precisions.append(right / given.total())
    if wanted:
        score.recalls.append(right / wanted.total())


def _shingles(text: str, pages: WebSet) -> Counter[tuple[str, ...]]:
    tokens, size = pages.token.findall(text), pages.shingle
    count = max(1, len(tokens) - size + 1) if tokens else 0
    return Counter(tuple(tokens[at : at + size]) for at in range(count))


def _scrapinghub(truth: Path) -> WebSet:
    told = json.loads(truth.read_text("utf-8"))
    folder = truth.parent / "html"
    pages = [
        WebPage(
            name=key, data=gzip.decompress((folder / f"{key}.html.gz").read_bytes()), text=one["articleBody"]
        )
        for key, one in told.items()
    ]
    return WebSet("scrapinghub", pages, _WORD)


def _fundus(root: Path) -> WebSet:
    return WebSet("fundus", [page for file in sorted(root.glob("*/*.json")) for page in _versions(file)])


def _versions(file: Path) -> Iterator[WebPage]:
    """A publisher's pages, one for each version of its parser, the older first."""
    told = json.loads(file.read_text("utf-8"))
    crawled = json.loads((file.parent / "meta.info").read_text("utf-8"))
    names = [name for name in crawled if re.fullmatch(re.escape(file.stem) + _VERSIONED, name)]
    names.sort(key=lambda name: str(crawled[name]["crawl_date"]))
    versions = sorted(told, key=lambda version: [int(part) for part in re.findall(r"\d+", version)])
    for name, version in zip(names, versions, strict=False) if len(names) == len(versions) else ():
        body = told[version]["body"]
        texts = list(body.get("summary") or [])
        for section in body["sections"]:
            texts += [*(section.get("headline") or []), *(section.get("paragraphs") or [])]
        data = gzip.decompress((file.parent / name).read_bytes())
        yield WebPage(name=f"{file.parent.name}/{name}", data=data, text="\n".join(texts))


def _readability(root: Path) -> WebSet:
    from lxml import html

    pages = []
    for folder in sorted(path for path in root.iterdir() if (path / "source.html").is_file()):
        wanted = (folder / "expected.html").read_text("utf-8")
        text = "\n".join(html.fromstring(wanted).itertext()) if wanted.strip() else ""
        pages.append(WebPage(name=folder.name, data=(folder / "source.html").read_bytes(), text=text))
    return WebSet("readability", pages, shingle=1)


def _trafilatura(truth: Path) -> WebSet:
    pages = []
    for told in json.loads(truth.read_text("utf-8")).values():
        files = [truth.parent / folder / told["file"] for folder in ("cache", "eval")]
        file = next((one for one in files if one.is_file()), None)
        if file is not None:
            pages.append(
                WebPage(name=file.name, data=file.read_bytes(), wanted=told["with"], unwanted=told["without"])
            )
    return WebSet("trafilatura's own", pages)


_KINDS: dict[str, Callable[[Path], WebSet]] = {
    "ground-truth.json": _scrapinghub,
    "tests/resources/parser/test_data": _fundus,
    "test/test-pages": _readability,
    "tests/evaldata.json": _trafilatura,
}
