"""The extractors that benchmarks/extract.py compares: newsdrop's parser, bare parsing, and other projects'.

Each is given what it wants to have beforehand (a page, a whole document), and is used as its documentation
says for one page in memory, with nothing fetched. Each is imported by its first use only, so that a process
which measures one of them has nothing else in its memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any, cast

from selectolax.lexbor import LexborHTMLParser

from benchmarks.labelled import Labelled, page_of
from benchmarks.webpages import newsdrop_text
from newsdrop.configfiles import config_folders
from newsdrop.documents import Article
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import load_rules

__all__ = ["BARE", "EXTRACTORS", "FROM_BYTES", "Extracted", "Extractor", "parse"]

_TAG = re.compile(r"<[^>]+>")
_IMAGE = re.compile(r"<(?:img|graphic)\b[^>]*?\bsrc=[\"']([^\"']+)[\"']")


@dataclass(frozen=True)
class Extracted:
    """`day` and `images` None: the extractor has no such thing."""

    text: str
    day: str | None = None
    images: list[str] | None = None


@dataclass(frozen=True)
class Extractor:
    """`run` is what is timed; `read` makes an extraction of its result, untimed."""

    name: str
    run: Callable[[Labelled], Any]
    read: Callable[[Labelled, Any], Extracted] | None = None


_PARSER = Parser(load_rules(config_folders()))


def parse(one: Labelled) -> Article:
    """What newsdrop makes of a page that is read already."""
    return _PARSER.parse(one.page)


def _read_and_parse(one: Labelled) -> Article:
    return _PARSER.parse(page_of(one.data, one.name))


def _newsdrop(_one: Labelled, article: Article) -> Extracted:
    day = article.published.at.date().isoformat() if article.published else None
    return Extracted(article.text, day, [image.url for image in article.images])


def _trafilatura(one: Labelled) -> Any:
    import trafilatura

    return trafilatura.extract(one.html, url=one.page.url)


def _trafilatura_all(one: Labelled) -> Any:
    import trafilatura

    return trafilatura.bare_extraction(one.html, url=one.page.url, with_metadata=True)


def _trafilatura_read(one: Labelled, document: Any) -> Extracted:
    import trafilatura

    if document is None:
        return Extracted("", None, [])
    # Its pictures stand in its XML only.
    xml = trafilatura.extract(one.html, url=one.page.url, include_images=True, output_format="xml") or ""
    return Extracted(document.text or "", document.date, list(map(unescape, _IMAGE.findall(xml))))


@cache
def _newspaper_config() -> Any:
    import newspaper

    config = newspaper.Config()
    config.fetch_images = False
    config.language = "zh"
    return config


def _newspaper(one: Labelled) -> Any:
    import newspaper

    article = newspaper.Article(one.page.url or "https://example.org/a", config=_newspaper_config())
    article.download(input_html=one.html)
    article.parse()
    return article


def _newspaper_read(_one: Labelled, article: Any) -> Extracted:
    day = article.publish_date.date().isoformat() if article.publish_date else None
    return Extracted(article.text, day, list(article.images))


def _readability(one: Labelled) -> Any:
    import readability

    return readability.Document(one.html).summary()


def _resiliparse(one: Labelled) -> Any:
    from resiliparse.extract.html2text import extract_plain_text

    return extract_plain_text(one.html, main_content=True)


def _readability_read(_one: Labelled, summary: str) -> Extracted:
    return Extracted(unescape(_TAG.sub("\n", summary)), None, list(map(unescape, _IMAGE.findall(summary))))


BARE = Extractor("bare lexbor", lambda one: LexborHTMLParser(one.page.html))
EXTRACTORS = (
    BARE,
    Extractor("newsdrop, parsing", parse, _newsdrop),
    Extractor("newsdrop, from bytes", _read_and_parse),
    Extractor("trafilatura", _trafilatura),
    Extractor("trafilatura, with metadata", _trafilatura_all, _trafilatura_read),
    Extractor(
        "resiliparse",
        _resiliparse,
        lambda _, text: Extracted(text),
    ),
    Extractor("readability-lxml", _readability, _readability_read),
    Extractor("newspaper4k", _newspaper, _newspaper_read),
)


def _trafilatura_text(data: bytes) -> str | None:
    import trafilatura

    return cast("str | None", trafilatura.extract(data, include_comments=False, include_tables=True))


def _trafilatura_text_of_all(data: bytes) -> str | None:
    """As newsdrop, with the fields, which it always reads."""
    import trafilatura

    found = trafilatura.bare_extraction(data, include_comments=False, include_tables=True, with_metadata=True)
    return None if found is None else cast("str | None", found.text)


def _resiliparse_text(data: bytes) -> str | None:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    html = bytes_to_str(data, detect_encoding(data))
    return cast("str", extract_plain_text(html, main_content=True, alt_texts=False))


def _readability_text(data: bytes) -> str | None:
    import readability
    from trafilatura.utils import decode_file

    return unescape(_TAG.sub("\n", readability.Document(decode_file(data)).summary()))


def _newspaper_text(data: bytes) -> str | None:
    import newspaper
    from trafilatura.utils import decode_file

    config = newspaper.Config()
    config.fetch_images = False
    article = newspaper.Article("https://example.org/a", config=config)
    article.download(input_html=decode_file(data))
    article.parse()
    return cast("str", article.text)


#: Whole pages of sites that nobody described, as their servers sent them.
FROM_BYTES: dict[str, Callable[[bytes], str | None]] = {
    "newsdrop": newsdrop_text(_PARSER.parse),
    "trafilatura": _trafilatura_text,
    "trafilatura, with metadata": _trafilatura_text_of_all,
    "resiliparse": _resiliparse_text,
    "readability-lxml": _readability_text,
    "newspaper4k": _newspaper_text,
}
