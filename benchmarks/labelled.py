"""Labelled pages for benchmarks/extract.py, and how far an extraction is from a label.

Three sources: the synthetic corpus, whose stories say what belongs to the article; tests/samples with its
labels; and any folder of `<page>.json` files beside their pages, with the fields `paragraphs`, `optional`,
`must_not_contain`, `captions`, `credits`, `published_at`, `images` and others (all optional but the first).

Text is scored by 4-shingles as in the article extraction benchmark (Scrapinghub, 2020), with one token for
each Han character or kana instead of one for each run of letters, which would swallow whole Chinese clauses.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from pathlib import Path
from typing import Any

from tests.corpus.pages import NOISE
from tests.corpus.sites import KINDS, when_ms
from tests.corpus.words import traditional

from newsdrop.archive.reader import Raw, Reader
from newsdrop.documents import Drop, Page, Stamp
from newsdrop.moments import from_epoch_ms

__all__ = ["Label", "Labelled", "Score", "corpus", "folder", "page_of", "samples", "score"]

_ROOT = Path(__file__).resolve().parents[1]
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
_SHINGLE = 4
_PICTURE = re.compile(r"<img\b[^>]*?\bsrc=\"([^\"]+)\"")
_PROXY = "https://images.weserv.nl/?url="
_PAGES = (".md", ".txt", ".html")


@dataclass(frozen=True, kw_only=True)
class Label:
    """What an extraction must give. `more`: the label's other fields, as its file has them."""

    paragraphs: list[str]
    optional: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)
    day: str | None = None
    images: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Labelled:
    """One page as the archive has it, and its label."""

    name: str
    data: bytes
    page: Page
    label: Label

    @cached_property
    def html(self) -> str:
        """The page as other extractors want it: a whole document with the title in its head."""
        if self.page.html.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
            return self.page.html
        head = f'<head><meta charset="utf-8"><title>{self.page.title}</title></head>'
        return f"<!doctype html><html>{head}<body>{self.page.html}</body></html>"


@dataclass(frozen=True)
class Score:
    """`noise`, `asides`: strings kept that are no text of the article; captions and credits are asides."""

    precision: float
    recall: float
    noise: int
    asides: int
    day: bool
    images: bool


def page_of(data: bytes, name: str) -> Page:
    """The page in these bytes, as the pipeline reads it."""
    drop = Drop(id=name, stamp=Stamp(len(data), 0), name=name, content=data)
    return Reader().page(drop, Raw(data=data, stamp=drop.stamp, sha256=""))


def corpus(count: int, *, bytes_: int = 12_000) -> Iterator[Labelled]:
    """Synthetic pages of every kind in turn, about `bytes_` of text each."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        story, captured_ms = kind.story(number, seed=1, bytes_=bytes_), when_ms(number)
        data = kind.file(story, captured_ms)
        page = page_of(data, f"{kind.name}-{number}")
        shown = re.sub(r"\s|</?(?:strong|b)>", "", unescape(page.html))
        spelled = traditional if kind.language == "zh-Hant" else str
        sentences = [spelled(sentence) for sentence in story.sentences]
        kept = [text for text in sentences if re.sub(r"\s", "", text) in shown]
        captions = [spelled(caption) for caption in story.captions]
        heading = [f"{story.author} reports"] if f"<h2>{story.author} reports</h2>" in page.html else []
        at = from_epoch_ms(captured_ms)
        label = Label(
            paragraphs=heading + kept,
            optional=[at.at.date().isoformat()] if at else [],
            noise=[NOISE.split()[-1], "3 分钟前", "获取更多RSS"],
            asides=[*captions, "图像来源"],
            day=at.at.date().isoformat() if at else None,
            images=[_opened(url) for url in dict.fromkeys(_PICTURE.findall(page.html))],
        )
        yield Labelled(f"corpus/{kind.name}/{number}", data, page, label)


def samples() -> Iterator[Labelled]:
    """The labelled pages of tests/samples."""
    root = _ROOT / "tests" / "samples"
    for path in sorted(root.rglob("*.expected.json")):
        told = json.loads(path.read_text("utf-8"))
        data = path.with_name(path.name.replace(".expected.json", ".md")).read_bytes()
        images = told.get("images", [])
        label = Label(
            paragraphs=[text for _, text in told["blocks"]],
            asides=[text for one in images for key in ("caption", "credit") if (text := one.get(key))],
            day=(told.get("published") or "")[:10] or None,
            images=[one["url"] for one in images],
        )
        name = str(path.relative_to(root))
        yield Labelled(name, data, page_of(data, name), label)


def folder(path: Path) -> Iterator[Labelled]:
    """The pages of a folder that have a label beside them: `dek` and all but strings are lists of texts."""
    for file in sorted(path.glob("*.json")):
        page = next((one for end in _PAGES if (one := file.with_suffix(end)).is_file()), None)
        if page is None:
            continue
        told, data = json.loads(file.read_text("utf-8")), page.read_bytes()
        label = Label(
            paragraphs=told["paragraphs"],
            optional=[*told.get("optional", []), *told.get("dek", [])],
            noise=told.get("must_not_contain", []),
            asides=[*told.get("captions", []), *told.get("credits", [])],
            day=(told.get("published_at") or "")[:10] or None,
            images=told.get("images", []),
            more=told,
        )
        yield Labelled(file.stem, data, page_of(data, page.name), label)


def score(label: Label, text: str, day: str | None, images: Sequence[str]) -> Score:
    """How near an extraction's text, day of publication and pictures are to the label."""
    found, wanted = _shingles(text), _shingles("\n".join(label.paragraphs))
    right = (found & wanted).total()
    allowed = ((found - wanted) & _shingles("\n".join(label.optional))).total()
    judged = found.total() - allowed
    squeezed, own = re.sub(r"\s", "", text), re.sub(r"\s", "", "".join(label.paragraphs))
    return Score(
        precision=right / judged if judged else float(not wanted),
        recall=right / wanted.total() if wanted else 1.0,
        noise=_count(label.noise, squeezed, own),
        asides=_count(label.asides, squeezed, own),
        day=day == label.day,
        images=set(map(_opened, images)) == set(map(_opened, label.images)),
    )


def _count(texts: Sequence[str], squeezed: str, own: str) -> int:
    """How many of the texts were kept, but for those that the article says as well."""
    bare = [re.sub(r"\s", "", text) for text in texts]
    return sum(text in squeezed and text not in own for text in bare)


def _opened(url: str) -> str:
    return f"https://{url.removeprefix(_PROXY)}" if url.startswith(_PROXY) else url


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    count = max(1, len(tokens) - _SHINGLE + 1) if tokens else 0
    return Counter(tuple(tokens[at : at + _SHINGLE]) for at in range(count))
