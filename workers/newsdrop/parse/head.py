"""What a page's own head claims: JSON-LD, OpenGraph, meta and link elements, each fact with its place.

    title      og:title, JSON-LD headline, twitter:title
    url        link rel=canonical, og:url, JSON-LD
    published  JSON-LD datePublished, article:published_time and its older kin; likewise updated
    author     JSON-LD authors that are people; `byline`: what other places name, which may be anybody
    section, tags, site_name, dek

A head only fills gaps: headers know better, since whoever archived the page wrote them. Refused are addresses
that lead to a front page (a site that gives one to all of its pages would make them all one article), JSON-LD
of other things than one article, and lists of other pages' articles.

Sources: https://ogp.me, https://schema.org/NewsArticle, RFC 6596 (canonical), JSON-LD 1.1.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser

from newsdrop.documents import Block, Moment, Page
from newsdrop.names import clean_names, clean_text
from newsdrop.parse.dates import first_moment
from newsdrop.parse.links import Base, absolute
from newsdrop.parse.selection import within
from newsdrop.parse.text import normal, squeezed

__all__ = ["Claim", "Head", "filled", "names_signed", "read_head", "unless_repeated"]

_JSON_CHARS = 500_000
_SCRIPTS = 20
_METAS = 500
_NODES = 1_000
_LONGEST = 2_000

_ARTICLE = re.compile(r"(?:.*Article|.*NewsArticle|BlogPosting|LiveBlogPosting|Report)$")
#: Possessive: white space that is no end of the script is passed once, not from each of its characters on.
_WRAPPING = re.compile(r"^\s*+(?://\s*+)?(?:<!\[CDATA\[|<!--)|(?://\s*+)?(?:\]\]>|-->)\s*+(?:;\s*+)?$")
_COMMAS = re.compile(r"\s*[,，、;；]\s*")
_NO_NAME = ("://", "www.", "@")
#: A dek is repeated by the text where it stands among its first blocks; later on, it is quoted.
_DEK_BLOCKS = 5

#: Where each fact may stand, the more trustworthy first. `ld:` is a key of the JSON-LD article.
_PLACES: dict[str, tuple[str, ...]] = {
    "title": ("og:title", "ld:headline", "twitter:title", "dc.title"),
    "url": ("canonical", "og:url", "ld:mainEntityOfPage", "ld:url"),
    "published": (
        "ld:datePublished", "article:published_time", "og:article:published_time", "datepublished",
        "pubdate", "publishdate", "publish_date", "parsely-pub-date", "sailthru.date", "dc.date.issued",
        "dcterms.issued",
    ),
    "updated": (
        "ld:dateModified", "article:modified_time", "og:updated_time", "lastmod", "last-modified",
        "dc.date.modified", "dcterms.modified",
    ),
    "author": ("ld:person",),
    "byline": ("author", "article:author", "parsely-author", "dc.creator", "ld:organisation"),
    "section": ("article:section", "ld:articleSection", "parsely-section"),
    "tags": ("article:tag", "ld:keywords", "news_keywords", "parsely-tags"),
    "site_name": ("og:site_name", "ld:publisher", "application-name"),
    "dek": ("og:description", "ld:description", "twitter:description", "description"),
}  # fmt: skip
_SPLIT = frozenset({"tags"})
_NAMES = frozenset({"author", "byline"})
_WANTED = frozenset(place for places in _PLACES.values() for place in places)


class Claim(msgspec.Struct, frozen=True):
    """What one place of the head says of one fact."""

    texts: list[str]
    place: str


class Head(msgspec.Struct, frozen=True):
    """All claims by fact; a fact that no place names is not in it."""

    claims: dict[str, Claim] = {}

    def text(self, fact: str) -> str:
        """The first text of the fact, or nothing."""
        return self.claims[fact].texts[0] if fact in self.claims else ""

    def texts(self, fact: str) -> list[str]:
        """All texts of the fact."""
        return self.claims[fact].texts if fact in self.claims else []

    def moment(self, fact: str, zone: tzinfo | None) -> Moment | None:
        """The time that the fact's texts spell."""
        return first_moment(self.texts(fact), zone)


def read_head(document: LexborHTMLParser, url: str | None) -> Head:
    """What the document's head says; nothing for a fragment, which has none. `url`: where it was saved."""
    head = document.head
    if head is None or head.first_child is None:
        return Head()
    found = _metas(document)
    link = document.css_first("link[rel~=canonical]")
    if link is not None:
        found["canonical"] = [link.attributes.get("href") or ""]
    told = (url or "", *found.get("canonical", ()), *found.get("og:url", ()))
    for key, texts in _article(document, Base(url), told).items():
        found[f"ld:{key}"] = texts
    claims = {}
    for fact, places in _PLACES.items():
        claim = next((claim for place in places if (claim := _claim(fact, place, found, url))), None)
        if claim is not None:
            claims[fact] = claim
    return Head(claims)


def filled(page: Page, head: Head, zone: tzinfo | None = None) -> Page:
    """The page, with what its head says wherever its header says nothing. `zone`: of clocks without one."""
    if not head.claims:
        return page
    return msgspec.structs.replace(
        page,
        url=page.url or head.text("url") or None,
        title=page.title if page.title.strip() else _title(head),
        published=page.published or head.moment("published", zone),
        updated=page.updated or head.moment("updated", zone),
        author=page.author or _without(head.texts("author"), head.text("site_name")),
        section=page.section or head.text("section") or None,
    )


def names_signed(head: Head, site: str | None) -> list[str]:
    """The names of places that may hold an author, a desk or an outlet, the site's own name taken off."""
    return _without(clean_names(head.texts("byline")), head.text("site_name"), site)


def unless_repeated(dek: str, title: str, blocks: Sequence[Block]) -> str | None:
    """The dek, unless it only repeats the title or the beginning of the text, cut off or not."""
    wanted = squeezed(dek).rstrip(".…[]")
    if not wanted:
        return None
    shown = [squeezed(text) for text in (title, *(block.text for block in blocks[:_DEK_BLOCKS]))]
    return None if wanted in "".join(shown) else dek


def _title(head: Head) -> str:
    title, site = head.text("title"), head.text("site_name")
    rest = title.removesuffix(site).rstrip() if site else title
    # "Title - Site" and its kin; but a site may share its last word with a title.
    return rest.rstrip("-–—|｜_·• ") if rest and rest[-1] in "-–—|｜_·•" else title


def _without(names: Sequence[str], *sites: str | None) -> list[str]:
    unwanted = {site.casefold() for site in sites if site}
    return [name for name in names if name.casefold() not in unwanted]


def _claim(fact: str, place: str, found: dict[str, list[str]], url: str | None) -> Claim | None:
    texts = [text for raw in found.get(place, ()) if (text := normal(clean_text(raw[:_LONGEST])))]
    if fact == "url":
        texts = [address for text in texts if (address := _page_address(text, url))]
    elif fact in _NAMES:
        texts = [text for text in texts if not any(mark in text for mark in _NO_NAME)]
    elif fact in _SPLIT:
        texts = [part for text in texts for part in _COMMAS.split(text) if part]
    return Claim(list(dict.fromkeys(texts)), place) if texts else None


def _page_address(text: str, url: str | None) -> str | None:
    """The address if it is one page's: absolute, and not a site's front page."""
    address = absolute(text, Base(url))
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.path.strip("/") or parts.query else None


def _metas(document: LexborHTMLParser) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in islice(within(document, "meta[content]"), _METAS):
        attributes = node.attributes
        name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
        content = attributes.get("content")
        if name in _WANTED and content:
            found.setdefault(name, []).append(content)
    return found


def _article(document: LexborHTMLParser, base: Base, told: Sequence[str]) -> dict[str, list[str]]:
    """The facts of the page's article in JSON-LD, by key; `author` told apart into persons and others.

    `told`: the page's addresses. Of several articles the one that has one of them is meant, else the first:
    sites list their other stories in the same way.
    """
    nodes = [node for tree in _trees(document) for node in _nodes(tree)]
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    articles = [node for node in nodes if any(_ARTICLE.fullmatch(kind) for kind in _kinds(node))]
    if not articles:
        return {}
    node = articles[0]
    if len(articles) > 1:
        own = set(_pages(told, base))
        node = next((one for one in articles if not own.isdisjoint(_pages(_addresses(one), base))), node)
    facts = {key: list(_texts(node.get(key))) for key in _LD_TEXTS}
    authors = [_resolved(one, named) for one in _list(node.get("author")) + _list(node.get("creator"))]
    people = [one for one in authors if isinstance(one, dict) and "Person" in _kinds(one)]
    facts["person"] = [text for one in people for text in _texts(one)]
    facts["organisation"] = [text for one in authors if one not in people for text in _texts(one)]
    facts["publisher"] = list(_texts(_resolved(node.get("publisher"), named)))
    return facts


_LD_TEXTS = (
    "headline", "url", "mainEntityOfPage", "datePublished", "dateModified", "articleSection", "keywords",
    "description",
)  # fmt: skip


def _trees(document: LexborHTMLParser) -> Iterator[Any]:
    for script in islice(within(document, "script[type='application/ld+json']"), _SCRIPTS):
        text = script.text() or ""
        if len(text) > _JSON_CHARS:
            continue
        try:
            # Not strict: sites write line feeds into their strings.
            yield json.loads(_WRAPPING.sub("", text), strict=False)
        except (ValueError, RecursionError):
            continue


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """What may be the page's article: at the top, in lists and graphs, and as a page's main entity."""
    pending, looks = deque([tree]), 0
    while pending and looks < _NODES:
        one, looks = pending.popleft(), looks + 1
        if isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, dict):
            yield one
            pending.extend(one[key] for key in ("@graph", "mainEntity") if key in one)


def _addresses(article: dict[str, Any]) -> Iterator[str]:
    """What an article says of where it stands."""
    for key in ("url", "@id", "mainEntityOfPage"):
        for one in _list(article.get(key)):
            places = (one.get("@id"), one.get("url")) if isinstance(one, dict) else (one,)
            yield from (place for place in places if isinstance(place, str))


def _pages(addresses: Iterable[str], base: Base) -> Iterator[str]:
    """The addresses as they compare: whole, without a place within the page and the slash at their end."""
    for address in addresses:
        page = absolute(address[:_LONGEST].partition("#")[0], base) if address else None
        if page:
            yield page.partition("://")[2].rstrip("/")


def _kinds(node: dict[str, Any]) -> list[str]:
    return [kind.rpartition("/")[2] for kind in _list(node.get("@type")) if isinstance(kind, str)]


def _resolved(value: Any, named: dict[str, dict[str, Any]]) -> Any:
    """A reference by `@id` replaced by the object it names."""
    if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
        return named.get(value["@id"], value)
    return value


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value: itself, its name, its address, or those of a list of such."""
    for one in _list(value):
        if isinstance(one, dict):
            one = next((one[key] for key in ("name", "@id", "url") if isinstance(one.get(key), str)), None)
        if isinstance(one, str):
            yield one


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
