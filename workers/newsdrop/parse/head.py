"""The facts in a page's own head: JSON-LD, OpenGraph, meta and link elements, each with its place.

    title      og:title, JSON-LD headline, twitter:title
    url        link rel=canonical, og:url, JSON-LD
    published  JSON-LD datePublished, article:published_time and its older variants; likewise updated
    author     JSON-LD authors that are people; `byline`: what other places name, which may be anybody
    section, tags, site_name, dek; `path`: the last step of the site's path to the page

A head only fills gaps: headers take precedence, because the archiver wrote them. Refuses URLs that lead to a
front page (a site that gives one to all of its pages would make them all one article), JSON-LD of things
other than one article, and lists of other pages' articles.

Sources: https://ogp.me, RFC 6596 (canonical); jsonld.py reads JSON-LD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Block, Moment, Page
from newsdrop.hosts import is_web
from newsdrop.moments import DateOrder
from newsdrop.names import clean_text
from newsdrop.parse.authors import author_names
from newsdrop.parse.dates import first_moment, order_said, refined
from newsdrop.parse.elements import META_ID, by_tag_id
from newsdrop.parse.explanation import Sourced
from newsdrop.parse.jsonld import article_facts
from newsdrop.parse.links import Base, absolute
from newsdrop.parse.selection import ancestors, within
from newsdrop.parse.survey import Survey
from newsdrop.parse.text import normal, squeezed

__all__ = ["Claim", "Filled", "Head", "filled", "read_head", "unless_repeated"]

_METAS = 500
_LD_TYPE = "application/ld+json"
#: What says something about a page besides its links; it may stand in the body, too.
_TELLING = f"meta, script[type='{_LD_TYPE}']"
_SCRIPT_ID = frozenset(by_tag_id({"script": True}))
_RELATED_ID = frozenset(by_tag_id({"link": True}))
_LONGEST = 2_000

_COMMAS = re.compile(r"\s*[,，、;；]\s*")
#: What a blog's host says of how often a post was read.
_COUNTED = re.compile(r"文章(?:浏览)?(?:阅读|浏览)\S{1,8}次")
#: What sites in Chinese add to a title to describe a page: its keywords, or the site. And a byline is no dek.
_ADDED = re.compile(r"\s*[,，、_|｜][^。！？!?]*|\s[^\s,，、。]{1,10}(?:[\s,，、]+[^\s,，、。]{1,10})+")
_BYLINE = re.compile(r"(?:作者|[记記]者|[来來]源|文)\s?[：:／/][^。！？!?]{1,40}")
#: What a template forgot to take out.
_CODE = re.compile(r"\bvar \w+ ?= ?|\bfunction ?\(|^\s*font\s\w+=|^[.#]?[\w-]+ ?\{")
#: Keywords, where a description should be.
_KEYWORDS = re.compile(r"[\u3400-\u9fff]{2,8}(?:,[\u3400-\u9fff]{2,8}){2,}")
_HAN = re.compile("[\u3400-\u9fff]")
#: The second half of a dek of fewer letters may be in a text by chance; in other scripts, of more.
_HAN_HALF = re.compile("[\u3400-\u9fff].{20}")
#: If a dek is among the first blocks of the text, the text repeats it; later on, the text quotes it.
_DEK_BLOCKS = 5

#: Other names that sites give to their time of publication, for want of one that all use.
_PUBLISHED = re.compile(
    r"(?:^|[-_.:])(?:date[-_]?published|publi(?:sh|shed|cation)?(?:[-_]?(?:date|time|at|on))?)$"
)
_OTHER_PUBLISHED = "a meta element named as published"
#: Where each fact may be, the most trustworthy place first. `ld:` is a key of the JSON-LD article.
_PLACES: dict[str, tuple[str, ...]] = {
    "title": ("og:title", "ld:headline", "twitter:title", "dc.title", "ld:broken:headline"),
    "url": ("canonical", "og:url", "ld:mainEntityOfPage", "ld:url"),
    "published": (
        "ld:datePublished", "article:published_time", "og:article:published_time", "article:published",
        "og:published_time", "datepublished", "pubdate", "publishdate", "publish_date", "publish-date",
        "published_date", "published-date", "publication_date", "publication-date", "published_time",
        "publishtime", "parsely-pub-date", "sailthru.date", "bt:pubdate", "rnews:datepublished",
        "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "originalpublicationdate",
        "article_date_original", "article.published", "iso-8601-publish-date", "prism.publicationdate",
        "citation_publication_date", "citation_online_date", "citation_date", "dc.date.issued",
        "dcterms.issued", "dc.date.published", "dc.date", "dcterms.date", "dc.date.created",
        "dcterms.created", "date", "article:create_time", "weibo:article:create_at", "og:release_date",
        "release_date", "releasedate", "date.created", "created", "ld:dateCreated", "ld:uploadDate",
        _OTHER_PUBLISHED, "ld:broken:datePublished",
    ),
    "updated": (
        "ld:dateModified", "article:modified_time", "og:modified_time", "og:updated_time",
        "article:modified", "datemodified", "lastmod", "last-modified", "last_modified", "modified_time",
        "updated_time", "article:update_time", "dc.date.modified", "dcterms.modified",
        "weibo:article:update_at", "date.updated", "rnews:datemodified", "ld:broken:dateModified",
    ),
    "author": ("ld:person",),
    "byline": ("author", "article:author", "parsely-author", "dc.creator", "ld:organisation"),
    "section": ("article:section", "ld:articleSection", "parsely-section"),
    "path": ("ld:path",),
    "tags": ("article:tag", "ld:keywords", "news_keywords", "parsely-tags"),
    "site_name": ("og:site_name", "ld:publisher", "application-name"),
    "image": ("og:image", "og:image:secure_url", "og:image:url", "ld:image", "twitter:image"),
    "dek": ("og:description", "ld:description", "twitter:description", "description"),
}  # fmt: skip
#: What gave the facts before a page if that isn't a header, by dialect.
_BEFORE = {"warc": "WARC record", "html": "comment of the program that saved the page"}
_SPLIT = frozenset({"tags"})
_NAMES = frozenset({"author", "byline"})
_TIMES = frozenset({"published", "updated"})
_LANGUAGES = ("og:locale", "content-language", "dc.language", "language")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$")
_WANTED = frozenset(place for places in _PLACES.values() for place in places) | frozenset(_LANGUAGES)


class Claim(msgspec.Struct, frozen=True):
    """What one place in the head says about one fact."""

    texts: list[str]
    place: str


class Head(msgspec.Struct, frozen=True):
    """All claims by fact; a fact that no place names is not in it.

    `times`: for `published` and `updated`, the claims of every place that spells a time. `language`: the one
    that the page says it is in (BCP 47); `order`: how dates of numbers are meant there.
    """

    claims: dict[str, Claim] = {}
    times: dict[str, list[Claim]] = {}
    language: Sourced[str | None] = Sourced(None, "")
    order: DateOrder | None = None

    def text(self, fact: str) -> str:
        """The first text of the fact, or nothing."""
        return self.claims[fact].texts[0] if fact in self.claims else ""

    def texts(self, fact: str) -> list[str]:
        """All texts of the fact."""
        return self.claims[fact].texts if fact in self.claims else []

    def place(self, fact: str) -> str:
        """Where the texts of the fact are from, or nothing."""
        return _in_head(self.claims[fact].place) if fact in self.claims else ""

    def moment(self, fact: str, zone: tzinfo | None) -> Sourced[Moment | None]:
        """The time that the first place spells, or a place after it that says the same more exactly."""
        found: Sourced[Moment | None] = Sourced(None, "")
        for claim in self.times.get(fact, ()):
            better = refined(found.value, first_moment(claim.texts, zone, order=self.order))
            if better is not found.value:
                found = Sourced(better, _in_head(claim.place))
        return found


class Filled(NamedTuple):
    """A page whose head fills what its header left open. `places`: where those facts are from."""

    page: Page
    places: dict[str, str]

    @property
    def header(self) -> str:
        """What comes before the page: a header in most dialects."""
        return _BEFORE.get(self.page.dialect, "header")

    def place(self, fact: str) -> str:
        """Where a fact of the page is from."""
        return self.places.get(fact) or self.header


def read_head(document: LexborHTMLParser, url: str | None, survey: Survey | None = None) -> Head:
    """What the document's head says; nothing for a fragment, which has none.

    Args:
        url: the page's own.
        survey: of the page, if one was made.
    """
    head = document.head
    if head is None or head.first_child is None:
        return Head(order=order_said(None, url))
    if survey is None:
        telling = within(document, _TELLING)
        metas: Iterable[Mapping[str, str | None]] = (
            node.attributes for node in telling if node.tag_id == META_ID
        )
        scripts = [node for node in telling if node.tag_id != META_ID]
        canonical = within(head, "link[rel~=canonical]")
    else:
        metas = survey.metas
        scripts = [node for node in _tagged(survey, _SCRIPT_ID) if _holds_data(node)]
        canonical = [node for node in _tagged(survey, _RELATED_ID) if _is_canonical(node, head)]
    found = _metas(metas)
    links = {link.attributes.get("href") or "" for link in canonical}
    # A page that names several has none, as search engines see it (RFC 6596 knows only one).
    found["canonical"] = list(links) if len(links) == 1 else []
    told = (url or "", *found["canonical"], *found.get("og:url", ()))
    for key, texts in article_facts(scripts, Base(url), told).items():
        found[f"ld:{key}"] = texts
    language = _language(document, found)
    order = order_said(language.value, url or next(filter(None, told), None))
    claims, times = {}, {}
    for fact, places in _PLACES.items():
        said = (claim for place in places if (claim := _claim(fact, place, found, url)))
        if fact in _TIMES:
            times[fact] = [claim for claim in said if first_moment(claim.texts, None, order=order)]
        claim = next(iter(times[fact]) if fact in _TIMES else said, None)
        if claim is not None:
            claims[fact] = claim
    return Head(claims, times, language, order)


def _tagged(survey: Survey, tags: frozenset[int]) -> Iterator[LexborNode]:
    return (survey.nodes[place] for place in survey.tagged(tags))


def _holds_data(script: LexborNode) -> bool:
    # HTML has types in any case.
    return (script.attributes.get("type") or "").lower() == _LD_TYPE


def _is_canonical(link: LexborNode, head: LexborNode) -> bool:
    """Whether a link in the head names the page's own address."""
    relations = (link.attributes.get("rel") or "").lower().split()
    return "canonical" in relations and any(one.mem_id == head.mem_id for one in ancestors(link))


def filled(page: Page, head: Head, zone: tzinfo | None = None) -> Filled:
    """The page, with what its head says wherever its header says nothing. `zone`: for clocks without one."""
    if not head.claims:
        return Filled(page, {})
    found: dict[str, Sourced[Any]] = {}
    if not is_web(page.url) and (url := head.text("url")):
        found["url"] = Sourced(url, head.place("url"))
    if not page.title.strip():
        found["title"] = Sourced(head.text("title"), head.place("title"))
    if page.published is None:
        found["published"] = head.moment("published", zone)
    if page.updated is None:
        found["updated"] = head.moment("updated", zone)
    if not page.author:
        names = _without(head.texts("author"), head.text("site_name"))
        found["author"] = Sourced(names, head.place("author"))
    if not page.section:
        found["section"] = Sourced(head.text("section") or None, head.place("section"))
    if not found:
        return Filled(page, {})
    values = {fact: one.value for fact, one in found.items()}
    return Filled(msgspec.structs.replace(page, **values), {fact: one.place for fact, one in found.items()})


def unless_repeated(
    dek: str, title: str, blocks: Sequence[Block], captions: Sequence[str] = ()
) -> str | None:
    """The dek, unless it only repeats the title, captions or the beginning of the text, cut off or not.

    What one in Chinese begins with may have been a caption or a byline: then its second half is in the text.
    """
    wanted = squeezed(dek).rstrip(".…[]-_|—")
    if (
        not wanted
        or _COUNTED.match(dek)
        or _BYLINE.fullmatch(dek)
        or _KEYWORDS.fullmatch(dek)
        or _CODE.search(dek)
    ):
        return None
    if title and dek.startswith(title) and _HAN.search(title) and _ADDED.fullmatch(dek[len(title) :]):
        return None
    shown = "".join(
        [squeezed(text) for text in (title, *captions, *(block.text for block in blocks[:_DEK_BLOCKS]))]
    )
    half = wanted[len(wanted) // 2 :]
    return None if wanted in shown or (_HAN_HALF.search(half) and half in shown) else dek


def _without(names: Sequence[str], *sites: str | None) -> list[str]:
    unwanted = {site.casefold() for site in sites if site}
    return [name for name in names if name.casefold() not in unwanted]


def _claim(fact: str, place: str, found: dict[str, list[str]], url: str | None) -> Claim | None:
    texts = [text for raw in found.get(place, ()) if (text := normal(clean_text(raw[:_LONGEST])))]
    if fact == "url":
        texts = [address for text in texts if (address := _page_address(text, url))]
    elif fact == "image":
        texts = [address for text in texts if (address := absolute(text, Base(url)))]
    elif fact in _NAMES:
        texts = author_names(texts)
    elif fact in _SPLIT:
        texts = [part for text in texts for part in _COMMAS.split(text) if part]
    return Claim(list(dict.fromkeys(texts)), place) if texts else None


def _page_address(text: str, url: str | None) -> str | None:
    """The address, if it is that of one page: absolute, and not a site's front page."""
    address = absolute(text, Base(url))
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.path.strip("/") or parts.query else None


def _language(document: LexborHTMLParser, found: dict[str, list[str]]) -> Sourced[str | None]:
    """The language that the page says it is in, as BCP 47 spells it."""
    root = document.root
    said = [(root.attributes.get("lang") or "" if root is not None else "", "page: <html lang>")]
    said += [(text, _in_head(place)) for place in _LANGUAGES for text in found.get(place, ())]
    for text, place in said:
        if _LANGUAGE.match(text.strip()):
            return Sourced(text.strip().replace("_", "-"), place)
    return Sourced(None, "")


def _in_head(place: str) -> str:
    return f"head: {place}"


def _metas(metas: Iterable[Mapping[str, str | None]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attributes in islice(metas, _METAS):
        name = attributes.get("property") or attributes.get("name") or attributes.get("http-equiv") or ""
        # Some sites write `weibo: article:create_at`.
        name = name.replace(" ", "").lower()
        content = attributes.get("content") or attributes.get("value")
        if not content:
            continue
        if name in _WANTED:
            found.setdefault(name, []).append(content)
        elif _PUBLISHED.search(name):
            found.setdefault(_OTHER_PUBLISHED, []).append(content)
    return found
