"""Who wrote an article, as its page shows readers: in a line that names them, beside the title or the text.

For whole pages without a rule that name nobody in their JSON-LD. Examines, in page order, elements whose
class, id or itemprop names an author, a byline or a writer; links to an author's own page; <address>; and
short lines near the title that begin with "By". Of these, the line nearest to the article counts, as for all
facts (facts.py), and one before the text rather than one after it.

In the line, the innermost elements that are named as names or link to authors say who it is; else all of its
text. The rest of such lines is jobs, places and buttons.

Ignores the writers of other things: in lists of other stories, comments, sidebars, captions, footers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from newsdrop.parse.authors import BYLINE, author_names
from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.facts import Facts
from newsdrop.parse.selection import ancestors, within
from newsdrop.parse.shown import (
    OTHER_BESIDE_TITLE,
    OTHER_WORDS,
    is_hidden,
    is_part_of_prose,
    short_lines,
)
from newsdrop.parse.surnames import has_surname
from newsdrop.parse.survey import Survey, called

__all__ = ["shown_authors"]

_LINES = 300
_HOLDERS = 10
#: The longest text of a line that names authors, and of a name.
_LINE_CHARS = 200
_NAME_CHARS = 60
_MOST_WORDS = 5
_MOST_AUTHORS = 12
#: More lines than this, one beside the other and not above the text, list a site's columnists.
_MOST_ELSEWHERE = 4
#: Two authors of one line begin at most this many elements apart.
_BESIDE = 6
_PARTICLES = frozenset(
    (
        "af", "al", "av", "bin", "da", "de", "del", "della", "der", "di", "do", "dos", "du", "e", "el", "ibn",
        "la", "le", "of", "the", "ten", "ter", "van", "vom", "von", "y", "zu",
    )
)  # fmt: skip
_NO_LINES = frozenset(("body", "html", "meta", "script", "style", "link", "h1"))
_LINE_TAGS = frozenset(("p", "div", "span", "cite", "small", "em", "i", "li", "time", "h4", "h5", "h6"))
#: These are lines in old pages in Chinese.
_OLD_TAGS = frozenset(("td", "font", "b", "strong", "center"))

_ADDRESS_ID = frozenset(by_tag_id({"address": True}))

_AUTHOR_WORDS = frozenset(
    (
        "author", "authors", "byline", "bylines", "writer", "writers", "contributor", "contributors",
        "reporter", "reporters", "columnist", "columnists", "journalist", "journalists", "creator",
        "autor", "autores", "autoren", "auteur", "auteurs", "autore", "autori", "redakteur", "zuozhe",
    )
)  # fmt: skip
_ENDINGS = ("author", "authors", "authorname", "authortext", "authorbox", "username")
_NAME_WORDS = frozenset(("name", "names", "authorname", "fn", "username"))
#: An element with one of these in its names holds part of a person's name.
_PART_WORDS = frozenset(("given", "family", "first", "last", "surname", "sur", "middle"))
#: An element that also has one of these in its names says something else about an author.
_BESIDE_WORDS = frozenset(
    (
        "avatar", "image", "img", "photo", "picture", "social", "follow", "share", "bio", "biography",
        "description", "desc", "job", "role", "position", "email", "mail", "twitter", "date", "time",
        "timestamp", "count", "tooltip", "dropdown", "modal", "button", "icon", "intro", "title", "posts",
        "category", "categories", "tag", "topic", "section", "login", "signin", "register", "credit",
        "credits",
    )
)  # fmt: skip
#: A line about an author may hold a time.
_BESIDE_AUTHOR = _BESIDE_WORDS - {"date", "time", "timestamp"}
_OTHER_TAGS = frozenset(
    ("nav", "aside", "footer", "figure", "figcaption", "blockquote", "form", "pre", "select", "td")
)
#: An author's card doesn't belong to another story.
_OTHER_WORDS = (OTHER_WORDS - {"card", "cards"}) | {"tweet", "tweets", "citation"}
_OTHER_BESIDE_TITLE = OTHER_BESIDE_TITLE - {"card", "cards"} | {"tweet", "tweets"}
#: In an address in lower case.
_AUTHOR_PATH = re.compile(
    r"/(?:authors?|autor(?:es|en)?|auteurs?|autor[ei]|bio|bylines?|by|columnists?|contributors?|correspondents?|editors?|"
    r"journalists?|profiles?|redakteure?|reporters?|signataires?|staff|writers?)/[^/?#]{3,}"
    r"|[?&]author=[^&]{3,}"
)
#: At the beginning of such a line, this isn't part of a name.
_LONE_VON = re.compile(r"^vo[nm]\s(?!de[rnm]\s)", re.IGNORECASE)
_HAN_BYLINE = re.compile(r"(?:作者|文|撰文|[记記]者)\s*[：:／/]|^.{0,40}?(?<![^\s\d】|])作者\s*[：:]")
#: A reader, whose comment follows.
_POSTED = re.compile(r"的[原跟新][帖贴][：:]?$")
#: An answer follows a colon, too.
_SENTENCE = re.compile(r"[。？！?]")
#: The day and the source may come before the author.
_BEFORE_AUTHOR = re.compile(r"^.{1,60}?(?<![^\s\d】|])(?=作者\s*[：:])")
#: A name right behind its label, between bars.
_BARRED = re.compile(r"[|｜]\s?作者\s?(?P<names>[\u3400-\u9fff]{2,4})\s?(?:[|｜]|$)")
#: From where somebody reports: 【某報記者林舟╱高雄報導】, 某時報【林舟／高雄報導】.
_FILED = re.compile(
    r"(?:[记記]者\s?|[【〔［\[（(])(?P<names>[\u3400-\u9fff]{2,4}(?:[、\s][\u3400-\u9fff]{2,4}){0,3})"
    r"\s?[╱／/]\s?[\u3400-\u9fff]{2,6}?(?:[电電]|[報报][導导道])"
)
_REPORTER = re.compile(r"\S{0,8}[记記]者\s+(?P<name>[\u3400-\u9fff]{2,4})(?:\s|$)")


class _Line(NamedTuple):
    """A line that names authors; the best sorts first. `elsewhere`: not between the title and the text."""

    elsewhere: bool
    distance: int
    place: int
    names: list[str]


def shown_authors(roots: Sequence[LexborNode], facts: Facts, sites: Collection[str]) -> list[str]:
    """The authors that the page shows, at most a dozen. `sites`: names of the site itself as an author."""
    lines = sorted(_lines(roots, facts, sites), key=lambda line: line[:3])
    names: dict[str, None] = {}
    count = 0
    for last, line in zip([*lines[:1], *lines], lines, strict=False):
        # Several authors may be side by side, each in an element of its own.
        if line[:2] != last[:2] or line.place - last.place > _BESIDE:
            break
        names |= dict.fromkeys(line.names)
        count += 1
    if lines and lines[0].elsewhere and count > _MOST_ELSEWHERE:
        return []
    # One line may name somebody with, another without the paper.
    twice = {long for long in names if any(long.endswith(f" {name}") for name in names)}
    return [name for name in names if name not in twice][:_MOST_AUTHORS]


def _lines(roots: Sequence[LexborNode], facts: Facts, sites: Collection[str]) -> Iterator[_Line]:
    survey, title = facts.survey, facts.title_place
    beside = facts.beside_title
    text = survey.place_of(roots[0]) or 0
    everywhere = roots[-1].tag == "body"
    taken: set[int] = set()
    for place, node in islice(_candidates(survey, beside), _LINES):
        distance, close = facts.distance(node), place in beside
        unwanted = _OTHER_BESIDE_TITLE if close else _OTHER_WORDS
        # Old pages are tables, and have few names.
        tags = _OTHER_TAGS - {"td"} if close else _OTHER_TAGS
        if distance == 0 and _names_author(survey.words(place)):
            # An article's own footer may name its author.
            unwanted, tags = unwanted - {"footer"}, tags - {"footer"}
        if _is_inside(node, taken) or facts.is_in_other(node, tags, unwanted, close=close):
            continue
        if not close and (distance is None or everywhere):
            continue
        lines = short_lines(node, _LINE_CHARS)
        if not lines or is_part_of_prose(node, _LINE_CHARS) or _POSTED.search(lines[0]):
            continue
        names = list(takewhile(_is_plausible, author_names(_texts(node, lines), sites)))
        if names:
            taken.add(node.mem_id)
            if within(node, "input, textarea"):
                continue  # a form to sign in, for readers who comment
            between = close or (title is not None and title < place <= text)
            if not between and node.parent is not None and node.parent.tag == "li" and is_hidden(node):
                continue  # a list for search engines; a byline may well be hidden
            yield _Line(not between, 0 if between else max(distance or 0, 0), place, names)


def _is_inside(node: LexborNode, taken: Collection[int]) -> bool:
    return bool(taken) and any(holder.mem_id in taken for holder in islice(ancestors(node), _HOLDERS))


def _candidates(survey: Survey, beside: range) -> Iterator[tuple[int, LexborNode]]:
    """The elements that may name the authors, with their places; outer ones before inner ones."""
    nodes = survey.nodes
    telling = {*survey.called_by(_names_author), *survey.tagged(_ADDRESS_ID)}
    telling.update(place for place, href, relation in survey.links if _is_of_author(href, relation))
    for place in sorted(telling.union(beside)):
        node = nodes[place]
        tag = node.tag
        if tag in _NO_LINES:
            continue
        if (
            place in telling
            or (tag in _LINE_TAGS and _begins_with_by(node))
            or (tag in _OLD_TAGS and _names_in_chinese(node))
        ):
            yield place, node


@lru_cache(4_096)
def _names_author(words: tuple[str, ...]) -> bool:
    if not _BESIDE_AUTHOR.isdisjoint(words):
        return False
    return "byline" in "".join(words) or any(
        word in _AUTHOR_WORDS or word.endswith(_ENDINGS) for word in words
    )


def _leads_to_author(node: LexborNode) -> bool:
    attributes = node.attributes
    return _is_of_author(attributes.get("href") or "", attributes.get("rel") or "")


def _names_in_link(node: LexborNode) -> bool:
    """Whether a link leads to an author, or says by whom the article is."""
    return _leads_to_author(node) or _begins_with_by(node)


def _is_of_author(href: str, relation: str) -> bool:
    return "author" in relation or _AUTHOR_PATH.search(href.lower()) is not None


def _begins_with_by(node: LexborNode) -> bool:
    lines = short_lines(node, _LINE_CHARS)
    if not lines:
        return False
    reporter = _REPORTER.match(lines[0])
    if _is_chinese_byline(lines[0]) or (reporter is not None and has_surname(reporter["name"])):
        return True
    by = None if _HAN_BYLINE.match(lines[0]) else BYLINE.match(lines[0])
    return by is not None and (by.end() == len(lines[0]) or lines[0][by.end()].isalpha())


def _names_in_chinese(node: LexborNode) -> bool:
    lines = short_lines(node, _LINE_CHARS)
    return bool(lines) and _is_chinese_byline(lines[0])


def _is_chinese_byline(line: str) -> bool:
    filed = _FILED.search(line) or _BARRED.search(line)
    if filed is not None and has_surname(filed["names"]):
        return True
    return _HAN_BYLINE.match(line) is not None and _SENTENCE.search(line) is None


def _texts(line: LexborNode, lines: list[str]) -> list[str]:
    """What a line says about who it is: its innermost elements named as names, or links to authors."""
    labelled = [text[found.end() :] for text in lines if (found := _BEFORE_AUTHOR.match(text))]
    filed = (_FILED.search(line) or _BARRED.search(line) for line in lines[:1])
    labelled = labelled or [found["names"] for found in filed if found]
    if labelled and author_names(labelled):
        return labelled
    inner = within(line, "*")[1:]
    telling = [node for node in inner if _is_name(node) or (node.tag == "a" and _names_in_link(node))]
    outer = {parent.mem_id for node in telling for parent in islice(ancestors(node), _HOLDERS)}
    texts = [" ".join(short_lines(node, _NAME_CHARS)) for node in telling if node.mem_id not in outer]
    told = [text for text in dict.fromkeys(texts) if text and author_names([text])]
    if told:
        return told
    for button in filter(None, texts):
        lines = [line.replace(button, " ") for line in lines]
    lines = [_LONE_VON.sub("Von: ", line) for line in lines]
    return [line for line in lines if author_names([line])][:1]


def _is_name(node: LexborNode) -> bool:
    words = called(node)
    return (
        not _NAME_WORDS.isdisjoint(words)
        and _BESIDE_WORDS.isdisjoint(words)
        and _PART_WORDS.isdisjoint(words)
    )


@lru_cache(4_096)
def _is_plausible(name: str) -> bool:
    """Whether a text can be a name: sentences and buttons can't."""
    words = name.split()
    if len(words) > _MOST_WORDS or any(char.isdigit() for char in name):
        return False
    # Pen names may be in lower case, and a single word.
    return len(words) == 1 or not any(word[0].islower() and word not in _PARTICLES for word in words)
