"""What the elements around an article show readers, by their names and by how much text they hold.

For dateline.py and shown_authors.py, which look for a line beside the article on pages without a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.elements import BLOCK_TAGS, TEXT_ID
from newsdrop.parse.selection import ancestors, within
from newsdrop.parse.survey import Survey, called
from newsdrop.parse.text import letters, normal

__all__ = [
    "OTHER_BESIDE_TITLE",
    "OTHER_WORDS",
    "beside_title",
    "is_called_title",
    "is_part_of_prose",
    "leads_home",
    "short_lines",
    "short_text",
    "spoken_lines",
    "stands_in_other",
    "tab_title",
    "title_heading",
    "title_place",
]

#: At most this many elements around one are examined.
_HOLDERS = 40
#: More text than this directly beside an inline element is a sentence.
_LABEL_CHARS = 60

#: An element with one of these in its names isn't the article, nor is anything in it.
OTHER_WORDS = frozenset(
    (
        "comment", "comments", "reply", "related", "recommend", "recommended", "sidebar", "teaser", "teasers",
        "footer", "nav", "menu", "newsletter", "widget", "copyright", "masthead", "topbar", "today",
        "weather", "clock", "countdown", "caption", "gallery", "card", "cards", "more", "popular", "latest",
        "trending", "event", "events", "quote", "embed",
    )
)  # fmt: skip
#: Beside the title, the words taken out here name parts of its own lines.
OTHER_BESIDE_TITLE = OTHER_WORDS - {"embed", "footer", "gallery", "more", "quote", "today", "widget"}
#: The title's own lines are at most this many elements after it, and before the text.
_CLOSE = 40
#: What is beside or below a title belongs to the article if it is no longer than this.
_ASIDE_TAGS = frozenset(("aside", "footer"))
_ASIDE_WORDS = frozenset(("sidebar",))
_ASIDE_CHARS = 200
#: Styles of type are called so, too.
_TYPE_WORDS = frozenset(("caption", "quote"))
_INLINE = frozenset(("span", "time", "small", "em", "i", "b", "strong"))
_TITLE_WORDS = frozenset(("title", "headline"))
_PATH_WORDS = frozenset(("breadcrumb", "breadcrumbs"))
_PATH_DEPTH = 4
_FAR = 1_000
#: At most this many headings are compared with the title.
_HEADINGS = 50
#: A heading of at least this many letters may be part of the title: without its column or the site.
_PART_CHARS = 12
_SHORTEST_PART = 6
#: A line that says the title is at most this long, and a link this many elements around it.
_LONGEST_LINE = 400
_LINK_DEPTH = 4
_UNSPOKEN = frozenset(("script", "style", "template", "option", "title", "textarea", "button"))
_FRONT_PAGE = re.compile(
    r"(?:https?://web\.archive\.org/web/\w+/)?(?:https?:)?(?://[^/?#]+)?/?(?:index\.\w{3,5})?", re.IGNORECASE
)
_SENTENCE_CHARS = 50
_SENTENCE_ENDS = (".", "。", "！", "？", "!", "?", "…", "”", '"', "」")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_PROSE = frozenset(("p", "li", "dd", "blockquote", "td"))


def title_heading(
    document: LexborHTMLParser,
    headings: Sequence[LexborNode],
    title: str,
    distance: Callable[[LexborNode], int | None],
) -> LexborNode | None:
    """The <h1>, else the nearest lesser heading, that says the title; else the first <h1> in no breadcrumbs.

    Args:
        headings: the <h1> elements.
        title: the article's title in its header or the page's head.
        distance: how far a node is from the article; a list of stories may name this one, too.
    """
    wanted = letters(title)
    if found := _saying(headings, wanted):
        return found[0]
    for selector in ("h2, h3", "h4, h5, h6"):
        if lesser := _saying(within(document, selector)[:_HEADINGS], wanted):
            return min(lesser, key=lambda node: _FAR if (far := distance(node)) is None else far)
    others = (node for node in headings if not _leads_here(node) and not leads_home(node))
    return next((node for node in others if letters(node.text())), None)


def title_place(
    document: LexborHTMLParser,
    heading: LexborNode | None,
    survey: Survey,
    title: str,
) -> int | None:
    """The place of the title's heading, else of an element named as a title, else of a line that says it."""
    if heading is not None:
        return survey.place_of(heading)
    wanted = letters(title)
    called_so = survey.called_by(lambda words: not _TITLE_WORDS.isdisjoint(words))
    if (
        named := next((place for place in called_so if _says(survey.nodes[place], wanted)), None)
    ) is not None:
        return named
    said = next(spoken_lines(document, lambda text: _is_title(text, wanted)), None)
    return survey.place_of(said) if said is not None else None


def spoken_lines(document: LexborHTMLParser, test: Callable[[str], bool]) -> Iterator[LexborNode]:
    """The elements of the body with a text of their own, outside links, whose letters pass the test."""
    if document.body is None:
        return
    for node in document.body.traverse(include_text=True):
        if node.tag_id != TEXT_ID:
            continue
        text = node.text_content or ""
        holder = node.parent
        if len(text) > _LONGEST_LINE or holder is None or holder.tag in _UNSPOKEN or text.isspace():
            continue
        if test(letters(text)) and not any(one.tag == "a" for one in islice(ancestors(node), _LINK_DEPTH)):
            yield holder


def _saying(headings: Sequence[LexborNode], title: str) -> list[LexborNode]:
    return [node for node in headings if _says(node, title) and not _leads_here(node)]


def is_called_title(node: LexborNode) -> bool:
    """Whether an element is named as a title, even in one word with something else."""
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}".lower()
    return any(word in names for word in _TITLE_WORDS)


def leads_home(heading: LexborNode) -> bool:
    """Whether a heading is a link to the site's front page."""
    link = next(iter(within(heading, "a[href]")), heading.parent)
    if link is None or link.tag != "a" or (link.text() or "").strip() != (heading.text() or "").strip():
        return False
    return _FRONT_PAGE.fullmatch((link.attributes.get("href") or "").strip()) is not None


def _leads_here(node: LexborNode) -> bool:
    """Whether a heading is the last step of a path to the page, and not at the top of the article."""
    return any(
        holder.tag == "nav" or not _PATH_WORDS.isdisjoint(called(holder))
        for holder in islice(ancestors(node), _PATH_DEPTH)
    )


def _says(node: LexborNode, title: str) -> bool:
    return _is_title(letters(node.text()), title)


def _is_title(text: str, title: str) -> bool:
    """Whether the letters of a line are those of the title, or of most of it."""
    if not title or text == title:
        return bool(title)
    if len(text) >= _PART_CHARS:
        return title.startswith(text) or title.endswith(text)
    # Chinese titles are shorter; but so are the names of sites, with which tabs end.
    return len(text) >= _SHORTEST_PART and text[0] > "\u2e80" and title.startswith(text)


def tab_title(document: LexborHTMLParser) -> str:
    """The title that a browser shows in the page's tab."""
    title = document.css_first("title")
    return normal(title.text()) if title is not None else ""


def beside_title(nodes: Sequence[LexborNode], title: int | None) -> range:
    """The places from the title to the second paragraph of prose, but not far; the first may be a dek.

    Args:
        nodes: all elements of the page in page order.
        title: which of them is the title.
    """
    if title is None:
        return range(0)
    sentences = 0
    near = range(title + 1, min(len(nodes), title + _CLOSE))
    for place in near:
        text = normal(nodes[place].text()) if nodes[place].tag == "p" else ""
        sentences += len(text) >= _SENTENCE_CHARS and text.endswith(_SENTENCE_ENDS)
        if sentences > 1:
            return range(title + 1, place)
    return near


def stands_in_other(
    node: LexborNode,
    around: Collection[int],
    tags: Collection[str],
    words: Collection[str],
    part: Collection[int] = (),
) -> bool:
    """Whether the element, or one around it that doesn't hold the article, has such a tag or name.

    Args:
        around: the elements that hold the article's text, by `mem_id`; their names say nothing about a part.
        part: the elements that hold the title and what belongs to it: a short aside in one is the article's.
    """
    unwanted = frozenset(words)
    holder: LexborNode | None = node
    for _ in range(_HOLDERS):
        if holder is None or holder.mem_id in around:
            break
        names = unwanted.intersection(called(holder)) - (
            _TYPE_WORDS if holder.tag in _INLINE else frozenset()
        )
        if names or holder.tag in tags:
            own = holder.parent is not None and holder.parent.mem_id in part
            if not (own and _is_short_aside(holder, names, tags)):
                return True
        holder = holder.parent
    return False


def _is_short_aside(node: LexborNode, names: Collection[str], tags: Collection[str]) -> bool:
    aside = node.tag in _ASIDE_TAGS or node.tag not in tags
    return aside and _ASIDE_WORDS.issuperset(names) and bool(short_lines(node, _ASIDE_CHARS))


def is_hidden(node: LexborNode) -> bool:
    """Whether the style of an element, or of one around it, says that no reader sees it."""
    return any(
        _HIDDEN.search(holder.attributes.get("style") or "") is not None
        for holder in islice((node, *ancestors(node)), _HOLDERS)
    )


def is_part_of_prose(node: LexborNode, longest: int) -> bool:
    """Whether an inline element is part of a sentence, and not a line of its own.

    Args:
        longest: how many letters a paragraph may have and still be a line.
    """
    around = [beside for beside in (node.prev, node.next) if beside is not None and beside.tag == "-text"]
    if sum(len((text.text_content or "").strip()) for text in around) > _LABEL_CHARS:
        return True
    parent = node.parent
    return parent is not None and parent.tag in _PROSE and not short_text(parent, longest)


def short_text(node: LexborNode, longest: int) -> str:
    """The element's text, or nothing if it is longer than `longest`."""
    return normal(" ".join(short_lines(node, longest)))


def short_lines(node: LexborNode, longest: int) -> list[str]:
    """The lines of an element's text, or none if the whole text is longer than `longest`."""
    pieces: list[str] = []
    length = script = 0
    for inner in node.traverse(include_text=True):
        tag = inner.tag
        if tag == "-text":
            if script and inner.parent is not None and inner.parent.mem_id == script:
                continue
            piece = (inner.text_content or "").replace("\n", " ")
            pieces.append(piece)
            length += len(piece.strip())
            if length > longest:
                return []
        elif tag in BLOCK_TAGS or tag == "br":
            pieces.append("\n")
        elif tag in ("script", "style"):
            script = inner.mem_id
    return [line for one in "".join(pieces).split("\n") if (line := normal(one))]
