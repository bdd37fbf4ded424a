"""The saved pages of tests/samples, read as the pipeline reads them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from newsdrop.archive.reader import Raw, Reader
from newsdrop.documents import Article, Drop, Page, Stamp
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import RuleSet, load_rules

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "samples"


@cache
def shipped_rules() -> RuleSet:
    return load_rules([ROOT / "config"])


@cache
def shipped_parser() -> Parser:
    return Parser(shipped_rules())


def page_of(data: bytes, reader: Reader | None = None) -> Page:
    """The page in these bytes, as inline content would be read."""
    drop = Drop(id="test", stamp=Stamp(len(data), 0), name="test.md", content=data)
    return (reader or Reader()).page(drop, Raw(data=data, stamp=drop.stamp, sha256=""))


def read_whole(html: str) -> Article:
    """The article of a whole page of a site without a rule."""
    page = Page(dialect="html", html=html, title="", url="https://harbour.example/a", whole=True)
    return shipped_parser().parse(page)


#: An article of two paragraphs, and a picture for between them.
FIRST = "The lighthouse in the harbour opened again on Tuesday morning after three years of repairs."
LAST = "Its keeper says that more people come in fog, because everybody wants to hear the horn."
PICTURE = '<img src="/door.jpg">'


def read_between(middle: str) -> Article:
    """The article of a whole page with this between its paragraphs FIRST and LAST."""
    return read_whole(
        "<!doctype html><title>The lighthouse opens</title><main><h1>The lighthouse opens</h1>"
        f"<p>{FIRST}</p>{middle}<p>{LAST}</p></main>"
    )


def open_sample(name: str) -> Page:
    return page_of((SAMPLES / name).read_bytes())
