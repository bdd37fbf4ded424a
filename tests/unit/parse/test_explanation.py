"""All that a page says is in the article or explained as left out, and each field has one origin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.corpus import CorpusSpec, write_corpus
from tests.inputs.saved_pages import SAMPLES, page_of, shipped_parser, shipped_rules

from newsdrop.documents import Article, Moment, Page
from newsdrop.errors import PermanentError
from newsdrop.parse import explanation as explaining
from newsdrop.parse.explanation import Dropped
from newsdrop.parse.fieldwords import says_nothing
from newsdrop.parse.parser import Explanation, Parser
from newsdrop.parse.repair import shown_shadows, unglued
from newsdrop.parse.rules import load_rules
from newsdrop.parse.text import normal, squeezed

#: What parsing says of itself, and what is only known later.
NO_FIELDS = {"dialect", "rule", "errors", "language", "counts", "fingerprint", "keywords"}
NAMES = {"blocks": "text", "archived_at_ms": "archived_at", "said_language": "language"}
#: What the card of a quoted post says itself: who posted it, and the address of a picture.
POST_CARD = re.compile(r"(?:—|pic\.)")
#: What is in the tree but not on the page.
UNSEEN = {"script", "style", "template", "head", "title", "noscript"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Page]:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, CorpusSpec(articles=150, bytes_per_article=(1_000, 4_000)))
    files = [*SAMPLES.rglob("*.md"), *(path for path in folder.rglob("*") if path.is_file())]
    return list(readable(files))


def readable(files: list[Path]) -> Iterator[Page]:
    for path in files:
        try:
            page = page_of(path.read_bytes())
            shipped_parser().parse(page)
        except PermanentError:
            continue
        yield page


def test_each_field_that_says_anything_has_one_origin(pages: list[Page]) -> None:
    names = [field.name for field in msgspec.structs.fields(Article) if field.name not in NO_FIELDS]
    for page in pages:
        article = shipped_parser().parse(page)
        said = {NAMES.get(name, name) for name in names if getattr(article, name)}
        origins = shipped_parser().explain(page).origins
        assert Counter(origin.field for origin in origins) == Counter(said), page.url
        assert all(origin.place for origin in origins), page.url


def test_each_text_of_a_page_is_in_the_article_or_explained(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explaining, "_SHOWN_CHARS", 1_000_000)
    for page in pages:
        explained = shipped_parser().explain(page)
        assert list(lost(page, shipped_parser().parse(page), explained)) == [], page.url
        assert all(one.role and one.selector for one in explained.dropped)


def lost(page: Page, article: Article, explained: Explanation) -> Iterator[str]:
    """The texts of a page that are neither in the article nor said to be left out."""
    pictures = [text for one in article.images for text in (one.caption, one.credit, one.alt) if text]
    texts = [article.title, article.text, *pictures, *(one.text for one in explained.dropped)]
    known = squeezed("".join(texts))
    rule = shipped_rules().rules[explained.rule]
    html = shown_shadows(page.html)
    body = LexborHTMLParser(unglued(html) if rule.glued_tags else html).body
    for node in body.traverse(include_text=True) if body is not None else ():
        text = normal(node.text_content or "") if node.tag == "-text" else ""
        if not text or node.parent is None or node.parent.tag in UNSEEN or says_nothing(text):
            continue
        if squeezed(text) not in known and not POST_CARD.match(text):
            yield text


SENTENCE = "of this long story tells what happened in the town."
STORY = "".join(f"<p>Sentence {number} {SENTENCE}" for number in range(9))


def explained(body: str, **facts: Any) -> Explanation:
    html = f"<!doctype html><html><body>{body}</body></html>"
    return shipped_parser().explain(Page(dialect="html", html=html, whole=True, **facts))


def with_rule(folder: Path, rule: str) -> Parser:
    (folder / "sites").mkdir()
    (folder / "sites" / "default.toml").write_text(rule)
    return Parser(load_rules([folder]))


def place(explanation: Explanation, field: str) -> str | None:
    return next((origin.place for origin in explanation.origins if origin.field == field), None)


def test_what_stands_beside_an_article_is_left_out_for_its_name() -> None:
    sidebar = "<div class=site-sidebar>Read our newest stories here.</div>"
    dropped = explained(f"<main><h1>Town</h1>{STORY}{sidebar}</main>").dropped
    assert [(one.role, one.selector, one.text) for one in dropped] == [
        ("drop", "the page's title", "Town"),
        ("drop", "named sidebar", "Read our newest stories here."),
    ]


def test_a_block_that_repeats_the_title_is_explained() -> None:
    page = Page(dialect="d", html="<p>Town hall<p>It burned.", title="Town hall", url="https://e.org/a")
    dropped = shipped_parser().explain(page).dropped
    assert dropped == [Dropped("form", "the title again", "Town hall")]


def test_a_name_that_the_text_itself_signs_is_from_no_rule() -> None:
    page = Page(dialect="d", html="<p>文/林舟<p>水退了。", title="水", url="https://e.org/a")
    explanation = shipped_parser().explain(page)
    assert place(explanation, "author") == "text: a byline"
    assert [(one.role, one.selector) for one in explanation.dropped] == [("form", "a byline")]


def test_the_day_of_the_first_publication_is_from_the_rules_place_for_it(tmp_path: Path) -> None:
    parser = with_rule(tmp_path, r"published = [{ from = 'url', match = '/(\d{8})/', first_day = true }]")
    again = Moment(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    page = Page(dialect="d", html="<p>x", title="t", url="https://e.org/20190102/", published=again)
    assert parser.parse(page).published == Moment(datetime(2019, 1, 2, tzinfo=UTC), "day")
    assert (place(parser.explain(page), "published") or "").startswith("rule: published url")
    assert place(parser.explain(page), "updated") == "header"


def test_a_channel_that_is_also_the_author_is_the_headers() -> None:
    page = Page(dialect="d", html="<p>水退了。", title="水", channel="灯塔", author=["灯塔"])
    explanation = shipped_parser().explain(page)
    assert place(explanation, "source_name") == "header"


def test_all_that_follows_the_end_of_an_article_is_left_out_for_it(tmp_path: Path) -> None:
    rule = 'root = ["article"]\ncut_after = [".end"]\ncut_text = ["^Further reading$"]'
    parser = with_rule(tmp_path, rule)
    for end, role, reason in (
        ("<p class=end>Donate", "cut_after", ".end"),
        ("<p>Further reading", "cut_text", "^Further reading$"),
    ):
        html = f"<article><div><p>One.{end}<p>Two.</div><div>Three.</div></article>"
        dropped = parser.explain(Page(dialect="d", html=html, title="t")).dropped
        assert [(one.role, one.selector, one.text) for one in dropped] == [
            (role, reason, end.rpartition(">")[2]),
            (role, f"after {reason}", "Two."),
            (role, f"after {reason}", "Three."),
        ]
