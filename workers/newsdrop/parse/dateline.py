"""The time that a page shows its readers: in a <time>, in a short line of its own, or beside its title.

For pages that say it in no better place. Examines, in page order, <time>, <abbr title>, elements whose
class, id or itemprop names a date, a byline or meta, and the lines next to the <h1>. Of the times there, the
one nearest to the article counts, as for all facts (facts.py); outside the article, only one that is between
the title and the text, is just above the title in the same part of the page, or says that it is the
publication's.

Ignores the times of other things: in lists of other stories, comments, sidebars, captions, the page's
masthead (which has today's), and all running text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import tzinfo
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from newsdrop.documents import Moment
from newsdrop.moments import DateOrder, Found, complete, find_moments, read_moment
from newsdrop.parse.dates import (
    FIRST_WEB_YEAR,
    appeared_before,
    choose_published,
    moment_of_address,
    moment_of_label,
    moment_of_script,
    refined,
    says_updated,
)
from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.explanation import Sourced
from newsdrop.parse.facts import Facts
from newsdrop.parse.head import Filled, Head
from newsdrop.parse.selection import ancestors
from newsdrop.parse.shown import (
    OTHER_BESIDE_TITLE,
    OTHER_WORDS,
    is_part_of_prose,
    short_text,
)
from newsdrop.parse.survey import Survey, called
from newsdrop.parse.text import normal

__all__ = ["Shown", "article_times", "shown_times"]

_LINE = "page: the line of its date"
_ELEMENTS = 20_000
_LINE_CHARS = 160
#: How much besides times may be in a line that isn't named as a date.
_REST_CHARS = 30
_BARRED_REST_CHARS = 60
_BARS = re.compile(r"\s(?:[|•·]|//)\s")
#: What else sites in Chinese say in the line of the date.
_BESIDE = re.compile(
    r"https?://[\w./-]+|(?:调整|調整)?字[号體体號]\s?[：:︰]?[^\w]{0,3}大[^\w]{0,3}中[^\w]{0,3}小"
    r"|(?:[来來]源|作者|[责責]?任?[编編][辑輯]|[记記]者|[栏欄]目|[关關][键鍵][字词詞])\s?[：:]\s?[^\s：:]{0,20}"
    r"|手机看\S{2,4}|(?:我要)?[评評][论論]|打印|收藏|[糾纠][錯错]"
)
#: At most this many parts of an element named as a date are looked at by themselves.
_PARTS = 6
_SENTENCE_ENDS = (".", "。", "！", "？", "!", "?")
#: A date above the title is at most this many elements before it.
_ABOVE = 12
#: A footer is at most this many elements around a line in it.
_HOLDERS = 8
_FOOTER_ELEMENTS = 40
#: At most this many lines are examined.
_LINES = 300

_DATE_WORDS = frozenset(
    (
        "date", "dates", "datum", "fecha", "time", "timestamp", "datetime", "dateline", "pub", "pubdate",
        "pubtime", "publish", "published", "publication", "posted", "meta", "info", "byline", "created",
        "createtime", "riqi", "shijian", "fbsj", "source", "laiyuan", "author", "details", "subtitle",
    )
)  # fmt: skip
_ENDINGS = ("date", "time")
_PRECISE = frozenset(("pubdate", "pubtime", "publishtime", "publishdate", "fbsj"))
_UPDATE_WORDS = frozenset(("update", "updated", "modified", "modify", "edited", "lastmod"))
_OTHER_TAGS = frozenset(
    ("nav", "aside", "footer", "figure", "blockquote", "form", "table", "pre", "select", "a", "button")
)
_ATTRIBUTES = ("datetime", "content", "data-datetime", "data-timestamp", "data-time", "data-date")
_PUBLISHED = re.compile(
    r"publi|posted|veroffentlicht|erschienen|опубликован|发布|發布|發佈|发表|發表|刊登|公開|게시|입력|등록|송고|created",
    re.IGNORECASE,
)
#: These are lines in old pages of East Asia, which write the year first; elsewhere, they hold other facts.
_OLD_TAGS = frozenset(("td", "font", "strong", "b", "center", "dd", "cite"))
_LINE_TAGS = _OLD_TAGS.union(
    ("div", "p", "span", "ul", "li", "small", "em", "i", "h2", "h3", "h4", "h5", "h6")
)
_YEAR_FIRST = re.compile(r"(?:19|20)\d\d\s?(?:[-/.]\s?\d|年)")
_TIME_IDS = frozenset(by_tag_id({"time": True, "abbr": True}))
_FOOTER_IDS = frozenset(by_tag_id({"footer": True}))
_INLINE = frozenset(("span", "time", "abbr", "small", "em", "i", "b", "strong"))


class Shown(NamedTuple):
    """When an article was published and updated, and the elements that say so and aren't part of its text."""

    published: Sourced[Moment | None]
    updated: Sourced[Moment | None]
    lines: Sequence[LexborNode] = ()


class _Candidate(NamedTuple):
    distance: int
    place: int
    node: LexborNode
    found: list[Found]


def article_times(
    filled: Filled,
    head: Head,
    roots: Sequence[LexborNode],
    facts: Facts,
    zone: tzinfo | None,
) -> Shown:
    """When the article was published and updated, and the lines that say so if no better place does."""
    page = filled.page
    named = facts.moment("published", zone)
    published = named
    if choose_published(page.published, named.value) is not named.value:
        published = Sourced(page.published, filled.place("published"))
    updated = facts.moment("updated", zone)
    if updated.value is None:
        updated = Sourced(page.updated, filled.place("updated"))
    first = facts.first_day(zone)
    if appeared_before(first.value, published.value):
        return Shown(first, updated if updated.value is not None else published)
    # If the rule names a place that can be read, it knows better, and there is no need to look further.
    if named.value is not None or (published.value is not None and complete(published.value)):
        return Shown(published, updated)
    shown = shown_times(roots, facts, zone, head.order)
    if updated.value is None:
        updated = shown.updated
    # The script has the account's own time, while a day beside the title may be of what it tells about.
    scripted = Sourced(moment_of_script(page.html) if page.whole else None, "page: its script")
    for later in (scripted, shown.published):
        if refined(published.value, later.value) is not published.value:
            published = later
    if published.value is None:
        published = Sourced(moment_of_address(page.url), "page: its address")
    if published.value is None and page.whole and facts.unknown:
        labelled = moment_of_label(facts.body_text(), updated.value, head.order)
        published = Sourced(labelled, "page: the label of its date")
    return Shown(published, updated, shown.lines if page.published is None else ())


def shown_times(
    roots: Sequence[LexborNode],
    facts: Facts,
    zone: tzinfo | None,
    order: DateOrder | None,
) -> Shown:
    """The times of publication and update as the page shows them. `zone`: for clocks without one."""
    published = updated = None
    lines: list[LexborNode] = []
    for candidate in sorted(_candidates(roots, facts, zone, order), key=lambda one: one[:2]):
        before = (published, updated)
        for one in candidate.found:
            if says_updated(one.label):
                updated = updated or one.moment
            else:
                # The line around a <time> says the day; the element itself says the clock, too.
                published = refined(published, one.moment)
        if (published, updated) != before:
            lines.append(candidate.node)
    return Shown(Sourced(published, _LINE), Sourced(updated, _LINE), lines)


def _candidates(
    roots: Sequence[LexborNode],
    facts: Facts,
    zone: tzinfo | None,
    order: DateOrder | None,
) -> Iterator[_Candidate]:
    starts = {root.mem_id for root in roots}
    survey, title = facts.survey, facts.title_place
    nodes = survey.nodes
    beside = facts.beside_title
    above = _above_title(nodes, title, facts.title_part) if title is not None else range(0)
    text = next((place for place, node in enumerate(islice(nodes, _ELEMENTS)) if node.mem_id in starts), 0)
    # If all of the page is the root, only what is close to the title is sure to be the article's.
    everywhere = roots[-1].tag == "body"
    footer = _own_footer(facts)
    near = {*range(above.start, beside.stop), *footer}
    for place, node in islice(_lines(survey, near), _LINES):
        close = place in beside
        distance = facts.distance(node)
        if _is_others(node, facts, close=close) or (distance is None and not close):
            continue
        by_title = close or place in above
        if everywhere:
            sure = title is None or by_title
        else:
            sure = by_title or (distance or 0) <= 0 or (title is not None and title < place < text)
        found = (
            _times(node, zone, order)
            if _is_named(node, survey.words(place))
            else _times_beside_title(node, zone, order)
        )
        if not sure or (place in footer and not by_title):
            found = [one for one in found if _PUBLISHED.search(one.label)]
        if not by_title:
            # A company's founding, somebody's birthday.
            found = [one for one in found if one.moment.at.year >= FIRST_WEB_YEAR]
        if found:
            yield _Candidate(0 if close else max(distance or 0, int(by_title)), place, node, found)


def _above_title(nodes: Sequence[LexborNode], title: int, part: Collection[int]) -> range:
    """The places just above the title in the same part of the page: a masthead is in another."""
    start = title
    while start > max(0, title - _ABOVE) and _is_held(nodes[start - 1], part):
        start -= 1
    return range(start, title)


def _is_held(node: LexborNode, part: Collection[int]) -> bool:
    around = islice(ancestors(node), _ABOVE - 1)
    return node.mem_id in part or any(holder.mem_id in part for holder in around)


def _lines(survey: Survey, near: Collection[int]) -> Iterator[tuple[int, LexborNode]]:
    """The elements that may be the line of the date, with their places.

    Args:
        near: the places near the title, and in the article's footer.
    """
    nodes = survey.nodes
    places = {*survey.called_by(_names_time), *survey.tagged(_TIME_IDS), *near}
    for place in sorted(places):
        if place >= _ELEMENTS:
            break
        node = nodes[place]
        if _is_named(node, survey.words(place)) or (place in near and node.tag in _LINE_TAGS):
            yield place, node


def _is_named(node: LexborNode, words: tuple[str, ...]) -> bool:
    """Whether an element is named as a time, or as the place of one."""
    tag = node.tag
    return tag == "time" or _names_time(words) or (tag == "abbr" and "title" in node.attributes)


@lru_cache(4_096)
def _names_time(words: tuple[str, ...]) -> bool:
    return any(word in _DATE_WORDS or word in _UPDATE_WORDS or word.endswith(_ENDINGS) for word in words)


def _is_others(node: LexborNode, facts: Facts, *, close: bool) -> bool:
    """Whether the element belongs to something other than the article. `close`: it is close to the title."""
    if node.tag in _INLINE and is_part_of_prose(node, _LINE_CHARS):
        return True
    tags, words = _OTHER_TAGS, OTHER_BESIDE_TITLE if close else OTHER_WORDS
    link = node.parent
    if _is_in_own_footer(node, facts):
        tags, words = tags - {"footer"}, words - {"footer"}
    elif link is not None and link.tag == "a" and "bookmark" in (link.attributes.get("rel") or ""):
        # The permanent link of a post, which may be in its footer, shows the post's own time.
        node, tags, words = link.parent or link, tags - {"footer"}, words - {"footer"}
    if not facts.is_in_other(node, tags, words, close=close):
        return False
    return not _is_in_old_page(node, close=close) or facts.is_in_other(
        node, tags - {"table"}, words, close=close
    )


def _is_in_old_page(node: LexborNode, *, close: bool) -> bool:
    """Whether a table around an element may be all of the page, and not a table of facts."""
    tables = [holder for holder in islice(ancestors(node), _HOLDERS) if holder.tag == "table"]
    if not tables or any("infobox" in called(table) for table in tables):
        return False
    precise = not _PRECISE.isdisjoint(called(node))
    return precise or (close and _YEAR_FIRST.search(short_text(node, _LINE_CHARS)) is not None)


def _own_footer(facts: Facts) -> range:
    """The places of the elements in the footer of the <article> that holds the text, but not too many."""
    nodes = facts.survey.nodes
    for place in facts.survey.tagged(_FOOTER_IDS):
        if _is_own(nodes[place], facts):
            last = min(len(nodes), place + _FOOTER_ELEMENTS)
            return range(place + 1, last)
    return range(0)


def _is_own(footer: LexborNode, facts: Facts) -> bool:
    holder = next((one for one in islice(ancestors(footer), _HOLDERS) if one.tag == "article"), None)
    return holder is not None and holder.mem_id in facts.around


def _is_in_own_footer(node: LexborNode, facts: Facts) -> bool:
    footer = next((one for one in islice(ancestors(node), _HOLDERS) if one.tag == "footer"), None)
    return footer is not None and _is_own(footer, facts)


def _times_beside_title(node: LexborNode, zone: tzinfo | None, order: DateOrder | None) -> list[Found]:
    """The times of a line that isn't named as a date, if there is hardly anything else in it."""
    text = short_text(node, _LINE_CHARS)
    if node.tag in _OLD_TAGS and _YEAR_FIRST.search(text) is None:
        return []
    found = list(find_moments(text, zone, order))
    rest = len(_BESIDE.sub("", text)) - sum(one.chars for one in found)
    # Names and places may be beside dates, separated by bars.
    enough = _BARRED_REST_CHARS if _BARS.search(text) else _REST_CHARS
    return found if rest <= enough and not text.endswith(_SENTENCE_ENDS) else []


def _times(node: LexborNode, zone: tzinfo | None, order: DateOrder | None) -> list[Found]:
    """The times of an element: from its attribute, or else from its text, if that is a line."""
    label = "updated" if not _UPDATE_WORDS.isdisjoint(called(node)) else ""
    attributes = node.attributes
    for name in ("title",) if node.tag == "abbr" else _ATTRIBUTES:
        moment = read_moment(attributes.get(name) or "", zone, order)
        if moment is not None and moment.precision != "year":
            return [Found(moment, label or _label_of(node))]
    text = short_text(node, _LINE_CHARS)
    if not text:
        # Tags and buttons are in it, too.
        return next(
            filter(None, (_times_beside_title(one, zone, order) for one in islice(node.iter(), _PARTS))), []
        )
    found = find_moments(text, zone, order)
    # What readers see counts more than a class.
    return [one if not label or _PUBLISHED.search(one.label) else Found(one.moment, label) for one in found]


def _label_of(node: LexborNode) -> str:
    """The text before an element in the line that holds it, which may say which time it is."""
    before = node.prev
    if before is None:
        return ""
    return normal(before.text_content or "") if before.tag == "-text" else short_text(before, _LINE_CHARS)
