"""How a page was read, for people who write rules: what matched, where each fact is from, what was left out.

Decides nothing. Where a fact is from is told by comparing what came out with what each place says, so that it
can't say anything else than what the parser did.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Article, Moment, Page
from newsdrop.parse.facts import Told
from newsdrop.parse.head import Head
from newsdrop.parse.rules import Era, Rule
from newsdrop.parse.selection import within
from newsdrop.parse.text import normal

__all__ = [
    "Dropped",
    "Explanation",
    "Match",
    "Origin",
    "dropped_by_pattern",
    "dropped_by_rule",
    "left_outside",
    "origins",
]

#: The roles whose elements are no text of the body and no part of a picture.
_LEAVING = (
    "drop",
    "cut_after",
    "related",
    "byline",
    "published",
    "updated",
    "dek",
    "section",
    "tag",
    "embed",
)
#: Bylines and endings, which no rule needs to describe.
_BY_FORM = ("form", "byline or ending")
#: What gave the facts that stand before a page, by dialect.
_BEFORE = {"warc": "WARC record", "html": "comment of the program that saved the page"}
_HEADER = "header"
_NO_TEXT = frozenset(["script", "style", "template", "-comment"])
_SHOWN_CHARS = 80
_SHOWN_PIECES = 100


class Match(msgspec.Struct, frozen=True):
    """How often one selector of a rule matched a page."""

    role: str
    selector: str
    count: int


class Origin(msgspec.Struct, frozen=True):
    """Where a field is from: "header", "rule: byline .author", "head: og:title", "page: heading or title"."""

    field: str
    place: str


class Dropped(msgspec.Struct, frozen=True):
    """The start of a text that is not in the body, and the role and selector that took it out."""

    role: str
    selector: str
    text: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How a page was read."""

    dialect: str
    encoding: str
    rule: str
    era: int
    matches: list[Match]
    origins: list[Origin]
    dropped: list[Dropped]


def origins(
    page: Page,
    article: Article,
    head: Head,
    rule: Rule,
    told: Told,
    matches: Sequence[Match],
    evidence: str = "",
) -> list[Origin]:
    """Where each field of the article that has a value is from.

    Args:
        page: as the archive gave it.
        told: what the rule's places say.
        evidence: what the page's prose chose for the text; nothing where it wasn't asked.
    """
    header = _BEFORE.get(page.dialect, _HEADER)
    roots = [match for match in matches if match.role in ("lead", "root") and match.count]
    root = f"rule: {roots[0].role} {roots[0].selector}" if roots else "the whole body"
    found = {
        "text": (evidence or root) if article.blocks else "",
        "title": _origin_of_title(page, article, head, header),
        "url": header if page.url else _claimed(head, "url"),
        "archived_at": header if article.archived_at_ms is not None else "",
        "published": _origin_of_time("published", page.published, article.published, head, rule, told),
        "updated": _origin_of_time("updated", page.updated, article.updated, head, rule, told),
        "author": _origin_of_names(page, article, head, header, told),
        "tags": _origin_of_tags(page, article, head, header, told),
        "section": header if page.section else _origin_of_section(article, head, told),
        "dek": _origin_of_dek(page, article, head, header, told),
        "source_name": f"rule: {rule.id}.toml" if rule.name else _claimed(head, "site_name"),
    }
    empty = {name for name in ("url", "section", "dek", "source_name") if not getattr(article, name)}
    return [Origin(name, place) for name, place in found.items() if place and name not in empty]


def _claimed(head: Head, fact: str) -> str:
    return f"head: {head.claims[fact].place}" if fact in head.claims else ""


def _origin_of_title(page: Page, article: Article, head: Head, header: str) -> str:
    if not article.title:
        return ""
    if page.title.strip():
        return header
    return _claimed(head, "title") or "page: heading or title"


def _origin_of_time(
    role: str, before: Moment | None, found: Moment | None, head: Head, rule: Rule, told: Told
) -> str:
    if found is None:
        return ""
    moment, entry = told.times[role]
    if moment == found:
        return f"rule: {role} {entry}"
    if before == found:
        return _HEADER
    if head.moment(role, rule.zone) == found:
        return _claimed(head, role)
    return "page: the line of its date, or its address"


def _origin_of_names(page: Page, article: Article, head: Head, header: str, told: Told) -> str:
    places = [
        (page.author, header),
        (head.texts("author"), _claimed(head, "author")),
        *((texts, f"rule: byline {selector}") for selector, texts in told.said["byline"]),
        (head.texts("byline"), _claimed(head, "byline")),
    ]
    for texts, place in places:
        if article.author and all(any(name in text for text in texts) for name in article.author):
            return place
    return "rule: byline" if article.author else ""


def _origin_of_tags(page: Page, article: Article, head: Head, header: str, told: Told) -> str:
    places = [header] if page.tags else []
    places += [
        f"rule: tag {entry}"
        for entry, texts in told.said["tag"]
        if set(texts) & set(article.tags) - set(page.tags)
    ]
    return " and ".join(places) or _claimed(head, "tags")


def _origin_of_section(article: Article, head: Head, told: Told) -> str:
    for entry, texts in told.said["section"]:
        if article.section in texts:
            return f"rule: section {entry}"
    return _claimed(head, "section")


def _origin_of_dek(page: Page, article: Article, head: Head, header: str, told: Told) -> str:
    for selector, texts in told.said["dek"]:
        if article.dek == " ".join(texts):
            return f"rule: dek {selector}"
    return header if article.dek == page.dek else _claimed(head, "dek")


def dropped_by_rule(
    document: LexborHTMLParser, era: Era, roles: dict[int, str], kept: Collection[int] = ()
) -> list[Dropped]:
    """What each selector took out of the body; an element counts for the role that won it.

    `kept`: the elements whose words stayed in the text whatever their role.
    """
    found = (
        Dropped(role, query.spelling, _shown(node))
        for role in _LEAVING
        for query in era.roles.get(role, ())
        if query.origin is None
        for node in within(document, query.selector)
        if roles.get(node.mem_id) == role and node.mem_id not in kept
    )
    return list(islice((one for one in found if one.text), _SHOWN_PIECES))


def dropped_by_pattern(texts: Sequence[str], era: Era) -> list[Dropped]:
    """The blocks left out for their text, with the first pattern that fits each, or their form."""
    patterns = [(kind, pattern) for kind, patterns in era.patterns.items() for pattern in patterns]
    return [
        Dropped(
            *next(
                (one for one in patterns if re.search(one[1], text)),
                _BY_FORM,
            ),
            text[:_SHOWN_CHARS],
        )
        for text in texts[:_SHOWN_PIECES]
    ]


def left_outside(
    document: LexborHTMLParser, roots: Sequence[LexborNode], roles: dict[int, str]
) -> list[Dropped]:
    """What stands in no root and has no role: whole elements beside the roots and beside what holds them."""
    body = document.body
    if body is None or any(root.mem_id == body.mem_id for root in roots):
        return []
    inside = {root.mem_id for root in roots} | set(roles)
    above = {node.mem_id for root in roots for node in _ancestors(root)}
    found = (Dropped("root", "outside of it", _shown(node)) for node in _beside(body, inside, above))
    return list(islice((one for one in found if one.text), _SHOWN_PIECES))


def _beside(body: LexborNode, inside: set[int], above: set[int]) -> Iterator[LexborNode]:
    pending = [body.first_child]
    while pending:
        node = pending.pop()
        while node is not None:
            if node.mem_id in above:
                pending.append(node.next)
                node = node.first_child
                continue
            if node.mem_id not in inside and node.tag not in _NO_TEXT:
                yield node
            node = node.next


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _shown(node: LexborNode) -> str:
    text = normal(node.text(separator=" ") if node.tag != "-text" else node.text_content or "")
    source = node.attributes.get("src") if node.tag in ("img", "iframe", "video", "audio") else None
    return (text or (f"<{node.tag} src={source}>" if source else ""))[:_SHOWN_CHARS]
