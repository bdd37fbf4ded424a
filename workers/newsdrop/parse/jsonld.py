"""What a page's JSON-LD says about its article, and when any of the things in it was published.

In it, sites describe the page, the outlet, the path to the page, and other stories, all in one graph. The
facts are the article's: if there are several, that of the page's own address, else the first. Only times are
also taken from other things (WebPage, VideoObject, any of a hundred kinds), if that article has none.

Ignores lists of other pages' articles, and comments. If JSON is broken, as by quotation marks in a
description, its one headline and its times are still told by their keys (`broken:headline`).

Sources: https://schema.org/NewsArticle, JSON-LD 1.1.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from selectolax.lexbor import LexborNode

from newsdrop.parse.links import Base, absolute

__all__ = ["article_facts"]

_JSON_CHARS = 500_000
_SCRIPTS = 20
_NODES = 1_000
_LONGEST = 2_000
#: How many steps a path may have, and how long the name of one may be.
_STEPS = 8
_LONGEST_STEP = 40

_ARTICLE = re.compile(r"(?:.*Article|.*NewsArticle|BlogPosting|LiveBlogPosting|Report)$")
#: Possessive: white space that doesn't end the script is passed once, not again from each of its characters.
_WRAPPING = re.compile(r"^\s*+(?://\s*+)?(?:<!\[CDATA\[|<!--)|(?://\s*+)?(?:\]\]>|-->)\s*+(?:;\s*+)?$")
#: Of an article whose JSON is broken.
_KIND = re.compile(r'"@type"\s*:\s*\[?\s*"(\w{0,20}(?:Article|BlogPosting))"')
_STRING = re.compile(
    r'"(headline|datePublished|dateModified)"\s*:\s*"((?:[^"\\\n]|\\.){1,300})"\s*(?=[,}\n])'
)
#: Things whose times are not the page's.
_OTHERS = frozenset(
    ("Comment", "Review", "ImageObject", "Person", "Organization", "NewsMediaOrganization", "WebSite")
)
_TIMES = ("datePublished", "dateModified", "dateCreated", "uploadDate")
_LD_TEXTS = (
    "headline", "url", "mainEntityOfPage", "articleSection", "keywords", "description", *_TIMES,
)  # fmt: skip


def article_facts(scripts: Iterable[LexborNode], base: Base, told: Sequence[str]) -> dict[str, list[str]]:
    """The facts of the page's article in JSON-LD, by key; `author` is split into persons and others.

    Args:
        scripts: the elements that hold it.
        told: the page's addresses. If there are several articles, the one that has one of them is meant, else
            the first: sites list their other stories in the same way.
    """
    broken: list[str] = []
    nodes = [node for tree in _trees(scripts, broken) for node in _nodes(tree)]
    named = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str)}
    articles = [node for node in nodes if any(_ARTICLE.fullmatch(kind) for kind in _kinds(node))]
    own = set(_pages(told, base))
    node = _pages_own(articles, own, base) if len(articles) > 1 else next(iter(articles), None)
    facts = _facts(node or next(iter(articles)), named) if articles else {}
    for key in _TIMES:
        if not facts.get(key):
            facts[key] = _times(nodes, key, own, base)
    facts["path"] = _path(nodes, own, base)
    return facts if articles else facts | _told_by_keys("".join(broken))


def _facts(node: dict[str, Any], named: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    facts = {key: list(_texts(node.get(key))) for key in _LD_TEXTS}
    authors = [_resolved(one, named) for one in _list(node.get("author")) + _list(node.get("creator"))]
    people = [one for one in authors if isinstance(one, dict) and "Person" in _kinds(one)]
    facts["person"] = [text for one in people for text in _texts(one)]
    facts["organisation"] = [text for one in authors if one not in people for text in _texts(one)]
    facts["image"] = [place for one in _list(node.get("image")) for place in _pictures(one)]
    facts["publisher"] = list(_texts(_resolved(node.get("publisher"), named)))
    return facts


def _pages_own(nodes: Iterable[dict[str, Any]], own: set[str], base: Base) -> dict[str, Any] | None:
    """The first thing that has one of the page's own addresses."""
    return next((one for one in nodes if not own.isdisjoint(_pages(_addresses(one), base))), None)


def _times(nodes: Sequence[dict[str, Any]], key: str, own: set[str], base: Base) -> list[str]:
    """The time that things of other kinds give: the page's own, or the one that all of them agree on."""
    dated = [node for node in nodes if key in node and _OTHERS.isdisjoint(_kinds(node))]
    pages = [node for node in dated if any(kind.endswith("WebPage") for kind in _kinds(node))]
    node = _pages_own(dated, own, base) or next(iter(pages), None)
    if node is not None:
        return list(_texts(node[key]))
    told = list(dict.fromkeys(text for node in dated for text in _texts(node[key])))
    return told if len(told) == 1 else []


def _path(nodes: Iterable[dict[str, Any]], own: set[str], base: Base) -> list[str]:
    """The last step before the page in the site's path to it, which isn't the front page."""
    lists = (node for node in nodes if "BreadcrumbList" in _kinds(node))
    items = [one for one in _list(next(lists, {}).get("itemListElement")) if isinstance(one, dict)]
    steps: list[str] = []
    for number, item in enumerate(items[:_STEPS]):
        thing = item.get("item")
        step = {**item, **thing} if isinstance(thing, dict) else {**item, "url": thing}
        name = step.get("name")
        told = (step.get(key) for key in ("@id", "url"))
        places = set(_pages([one for one in told if isinstance(one, str)], base))
        front = any("/" not in page for page in places)
        last = number == len(items) - 1 and not places
        if isinstance(name, str) and not (front or last) and own.isdisjoint(places):
            steps.append(name)
    return steps[-1:] if steps and len(steps[-1]) <= _LONGEST_STEP else []


def _trees(scripts: Iterable[LexborNode], broken: list[str]) -> Iterator[Any]:
    """What the scripts hold. `broken`: the texts that can't be read are added to it."""
    for script in islice(scripts, _SCRIPTS):
        text = script.text() or ""
        if len(text) > _JSON_CHARS:
            continue
        try:
            # Not strict: sites write line feeds into their strings.
            yield json.loads(_unwrapped(text), strict=False)
        except (ValueError, RecursionError):
            broken.append(text)


def _told_by_keys(text: str) -> dict[str, list[str]]:
    """What broken JSON of one article says of its headline and times; nothing if it says two things."""
    kinds, found = set(_KIND.findall(text)), set(_STRING.findall(text))
    facts = {f"broken:{key}": [said] for key, said in found}
    return facts if len(kinds) == 1 and len(facts) == len(found) else {}


def _unwrapped(text: str) -> str:
    """JSON without the comments in which old browsers wanted it."""
    # Nearly all of it has none, which its two ends show at once.
    plain = text.strip()
    return plain if plain.startswith(("{", "[")) and plain.endswith(("}", "]")) else _WRAPPING.sub("", text)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Things that may be the page's article: at the top, in lists and graphs, and as a page's main entity.

    A blog's post is one if it is the only one; of several, the page may be their list.
    """
    pending, looks = deque([tree]), 0
    while pending and looks < _NODES:
        one, looks = pending.popleft(), looks + 1
        if isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, dict):
            yield one
            pending.extend(one[key] for key in ("@graph", "mainEntity") if key in one)
            posts = _list(one.get("blogPost"))
            pending.extend(posts if len(posts) == 1 else ())


def _addresses(article: dict[str, Any]) -> Iterator[str]:
    """The addresses that an article gives for itself."""
    for key in ("url", "@id", "mainEntityOfPage"):
        for one in _list(article.get(key)):
            places = (one.get("@id"), one.get("url")) if isinstance(one, dict) else (one,)
            yield from (place for place in places if isinstance(place, str))


def _pages(addresses: Iterable[str], base: Base) -> Iterator[str]:
    """The addresses as they are compared: without scheme, fragment, or a slash at the end."""
    for address in addresses:
        page = absolute(address[:_LONGEST].partition("#")[0], base) if address else None
        if page:
            yield page.partition("://")[2].rstrip("/")


def _pictures(value: Any) -> Iterator[str]:
    """The address of a picture, which is given as an address or as an object that has one."""
    places = (value.get("url"), value.get("contentUrl")) if isinstance(value, dict) else (value,)
    yield from (place for place in places if isinstance(place, str))


def _kinds(node: dict[str, Any]) -> list[str]:
    return [kind.rpartition("/")[2] for kind in _list(node.get("@type")) if isinstance(kind, str)]


def _resolved(value: Any, named: dict[str, dict[str, Any]]) -> Any:
    """A reference by `@id` replaced by the object it names."""
    if isinstance(value, dict) and "name" not in value and isinstance(value.get("@id"), str):
        return named.get(value["@id"], value)
    return value


def _texts(value: Any) -> Iterator[str]:
    """The texts of a value: the value itself, its name or its address; or those of each value in a list."""
    for one in _list(value):
        if isinstance(one, dict):
            one = next((one[key] for key in ("name", "@id", "url") if isinstance(one.get(key), str)), None)
        if isinstance(one, str):
            yield one
        elif isinstance(one, int) and not isinstance(one, bool):
            yield str(one)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
