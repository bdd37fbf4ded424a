"""Which element of an unknown page is its article, and what inside it isn't: conclusions from evidence.py.

The title is the first heading that the page's title begins with, else the first <h1>. The search goes down
from the body into the element with most of the prose, or into the one with the title, as long as it has some.
A root selector of the rule counts only if what it finds holds half of the prose there; several parts of one
article count together; of several articles, the one with the title counts, else the first that isn't a mere
teaser.

    between title and root    prose there leads into the article
    in the root               zones are dropped, blocks that are all links are `related`, the title isn't text
    roles of the rule         an element with half of the page's prose has none: it is the text

A fragment (what a feed delivers) is an article as a whole, unless a root selector holds half of its prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from newsdrop.parse.elements import HEADINGS, by_tag_id
from newsdrop.parse.evidence import PROSE_WEIGHT, Weights, weight_of
from newsdrop.parse.further import heads_others
from newsdrop.parse.lead_pictures import lead_pictures
from newsdrop.parse.linked import LinkedElements, teasing_picture
from newsdrop.parse.rules import Era, Query
from newsdrop.parse.selection import stands_in
from newsdrop.parse.survey import Survey
from newsdrop.parse.text import normal, squeezed

__all__ = ["Root", "find_root"]

#: An element with this share of the prose of the one around it stands for all of it.
_MOST = 0.6
_HALF = 0.5
#: The same for an element that holds the title; and for one of several articles.
_TITLED = 0.2
_TITLED_ARTICLE = 0.15
#: Articles with less than this share of all articles' prose are entries of one page, not its stories.
_ENTRY = 0.3
#: This much prose in paragraphs isn't just a stray line beside a container.
_PARAGRAPHS_WEIGHT = 2 * PROSE_WEIGHT
#: A page with so much prose or less may have its text in short lines; they are so many times as much.
_LITTLE_PROSE = 8 * PROSE_WEIGHT
_BULK = 3
#: So many deks with half of the prose, or one that is so long, are paragraphs.
_MANY_DEKS = 4
_LONG_DEK = 1_000
_LEAST_BULK = 4 * PROSE_WEIGHT
_SHORTEST_TITLE = 8
_LONGEST_TITLE_WEIGHT = 1_000

#: A label of other stories weighs at most this much.
_LABEL_WEIGHT = 60

_LEVELS = by_tag_id({name: int(name[1]) for name in HEADINGS})
_NO_TITLE = 4
_TITLE_IDS = frozenset(by_tag_id({"h1": True}))
_LIST_IDS = frozenset(by_tag_id({"ul": True, "ol": True}))
#: What is written above lists of other stories, at most so many elements before them.
_HEADED = 10
_LONGEST_LINE_WEIGHT = 120
_PARAGRAPHS = frozenset(
    by_tag_id(dict.fromkeys(["blockquote", "dd", "dt", "figure", "li", "p", "pre", *HEADINGS], True))
)
_ARTICLES = frozenset(by_tag_id(dict.fromkeys(["article", "main", "body"], True)))
_NO_LEAD = frozenset(["drop", "related", "caption", "credit", "byline"])
_MISREAD = frozenset([
    "drop", "related", "cut_after", "byline", "published", "updated", "dek", "tag", "section",
    "caption", "credit",
])  # fmt: skip


class Root(NamedTuple):
    """Where the text of a page is.

    Attributes:
        parts: the elements to read, in page order.
        query: the root selector that found them; None if the prose alone did.
        roles: the role of an element according to the evidence; None if it has none after all.
        reasons: why the evidence gave an element a role that the rule didn't.
        held: the share of the page's prose that the parts hold.
        pictures: the elements before the parts that hold pictures of the article.
    """

    parts: list[LexborNode]
    query: Query | None
    roles: dict[int, str | None]
    reasons: dict[int, str]
    held: float
    pictures: list[LexborNode]

    @property
    def place(self) -> str:
        """Where the text is from."""
        return f"rule: root {self.query.spelling}" if self.query is not None else "where the page's prose is"


def find_root(
    body: LexborNode | None,
    survey: Survey,
    era: Era,
    found: Mapping[str, Sequence[LexborNode]],
    roles: Mapping[int, str],
    zones: Mapping[int, str],
    title: str,
    told: Sequence[str],
    *,
    domain: str,
    whole: bool,
) -> Root | None:
    """The article of a page; None if nothing on it is prose.

    Args:
        survey: of the page with this body.
        found: the elements of each class that a root selector asks for, by the selector.
        roles: the roles that the rule's selectors give elements.
        zones: the word that names each element beside the article.
        title: the page's title, as far as it is known.
        told: the addresses of the page's pictures in its head.
        domain: the registrable domain of the page, or nothing if that isn't known.
        whole: whether it is a whole page, with everything that sites put around an article.
    """
    if body is None:
        return None
    weights = Weights(body)
    if not weights.total:
        weights = Weights(body, captions=True)
    if not weights.total:
        return None
    heading = _heading(weights, title) if whole else None
    weights.without({*_other_stories(weights, survey, heading, title), *_lists_of_others(weights, heading)})
    changes: dict[int, str | None] = {
        key: None
        for key, role in roles.items()
        if role in _MISREAD
        and (place := weights.places.get(key)) is not None
        and weights.prose[place] >= _HALF * weights.total
    }
    changes |= dict.fromkeys(_misread(weights, found, roles))
    weights.settle(zones, heading)
    changes |= {weights.nodes[place].mem_id: None for place in weights.revealed}
    top = _densest(weights, heading) if whole else 0
    captions = [place for place, key in _captions(weights, roles).items() if key not in changes]
    query, parts = _selected(survey, era, found, weights, top, heading, captions)
    parts = parts or [top]
    if whole and weights.total <= _LITTLE_PROSE and (bulk := _bulk(survey, era, found, weights, parts)):
        query, parts = bulk
    held = sum(weights.prose[place] for place in parts)
    reasons: dict[int, str] = {}
    pictures: list[LexborNode] = []
    if whole:
        if heading is not None and not weights.holds(parts[0], heading):
            pictures = lead_pictures(survey, weights, heading, parts[0], roles, told)
        leads = list(_leads(weights, heading, parts[0], roles)) if heading is not None else []
        reasons = _clear(weights, parts, heading, roles, changes, domain)
        parts = leads + parts
    share = held / max(weights.prose[0], 1)
    return Root([weights.nodes[place] for place in parts], query, changes, reasons, share, pictures)


def _misread(
    weights: Weights, found: Mapping[str, Sequence[LexborNode]], roles: Mapping[int, str]
) -> Iterator[int]:
    """The deks and captions that together hold what the page says: some sites mark each paragraph as one."""
    deks = {node.mem_id: node for node in found.get("dek", ()) if roles.get(node.mem_id) == "dek"}
    known = dict.fromkeys(deks, True)
    outer = [node for node in deks.values() if not stands_in(node, known)]
    held = sum(weight_of(node.text()) for node in outer)
    if held >= _HALF * weights.total and (len(deks) >= _MANY_DEKS or held >= _LONG_DEK):
        yield from deks
    captions = _captions(weights, roles)
    prose = sum(weights.prose[place] for place in weights.outermost(captions))
    if prose >= _LEAST_BULK and weights.total - prose < 3 * PROSE_WEIGHT:
        yield from captions.values()


def _captions(weights: Weights, roles: Mapping[int, str]) -> dict[int, int]:
    """The captions by their place, each with its `mem_id`."""
    return {
        place: key
        for key, role in roles.items()
        if role == "caption" and (place := weights.places.get(key)) is not None
    }


def _heading(weights: Weights, title: str) -> int | None:
    """The heading that is the page's title."""
    wanted, first = squeezed(title), None
    for place, node in enumerate(weights.nodes):
        level = _LEVELS.get(node.tag_id, _NO_TITLE)
        if level >= _NO_TITLE or weights.linked[place] + weights.plain[place] > _LONGEST_TITLE_WEIGHT:
            continue
        text = squeezed(node.text())
        if text and (text == wanted or (len(text) >= _SHORTEST_TITLE and wanted.startswith(text))):
            return place
        # The head may end otherwise, as a teaser of the same page does.
        begins = text[: max(_SHORTEST_TITLE, round(_MOST * len(text)))]
        if level == 1 and len(text) >= _SHORTEST_TITLE and wanted.startswith(begins):
            return place
        if level == 1 and first is None:
            first = place
    return first


def _other_stories(weights: Weights, survey: Survey, heading: int | None, title: str) -> Iterator[int]:
    """The elements around other headings that look like the page's title: stories to go on with, each whole.

    Sites that never end put them after the article, often in the same container.
    """
    headings = [weights.places.get(survey.nodes[place].mem_id) for place in survey.tagged(_TITLE_IDS)]
    if heading is None or heading not in headings or len(headings) == 1:
        return
    wanted, looks = squeezed(title), _title_classes(weights.nodes[heading])
    if not looks or not wanted.startswith(squeezed(weights.nodes[heading].text())):
        return
    titled, before, last = weights.around(heading), [0, *accumulate(weights.own)], 0
    for place in headings:
        if place is None or place == heading or looks.isdisjoint(_title_classes(weights.nodes[place])):
            continue
        story, text = place, squeezed(weights.nodes[place].text())
        # An element with prose before the heading holds more than its story.
        while (parent := weights.parents[story]) not in titled and before[parent] == before[place]:
            story = parent
        if story != place and place > last and len(text) >= _SHORTEST_TITLE and not wanted.startswith(text):
            last = weights.last_in(story)
            yield story


def _lists_of_others(weights: Weights, heading: int | None) -> Iterator[int]:
    """The lists below the title with much of the page's prose that a line above says are other stories."""
    if heading is None:
        return
    for place in range(heading + 1, len(weights.nodes)):
        if weights.nodes[place].tag_id not in _LIST_IDS or weights.prose[place] < _TITLED * weights.total:
            continue
        around = weights.around(place)
        for before in range(place - 1, max(heading, place - _HEADED), -1):
            if before in around:
                continue
            if weights.own[before] or weights.plain[before] + weights.linked[before] > _LONGEST_LINE_WEIGHT:
                break
            if heads_others(normal(weights.nodes[before].text())):
                yield place
                break


def _title_classes(heading: LexborNode) -> set[str]:
    classes = (heading.attributes.get("class") or "").lower().split()
    return {one for one in classes if "title" in one or "headline" in one}


def _densest(weights: Weights, heading: int | None) -> int:
    """The innermost element with most of the prose, going down from the body."""
    prose, parents, dead, nodes = weights.prose, weights.parents, weights.dead, weights.nodes
    titled, direct = weights.around(heading), _beside_containers(weights)
    current = 0
    for place in range(1, len(nodes)):
        if parents[place] != current or dead[place] or nodes[place].tag_id in _PARAGRAPHS:
            continue
        if place in titled:
            if prose[place] >= _TITLED * prose[current]:
                current = place
        elif prose[place] >= _MOST * prose[current] and not (
            # If paragraphs are directly in an element, it is a text and not a container of one.
            direct[current] >= _PARAGRAPHS_WEIGHT or _before_title(weights, place, titled, heading)
        ):
            current = place
    return current


def _before_title(weights: Weights, place: int, titled: set[int], heading: int | None) -> bool:
    """Whether an element comes before a sibling that holds the title and therefore counts for more."""
    if heading is None or place > heading:
        return False
    parent = weights.parents[place]
    return any(
        weights.parents[other] == parent and weights.prose[other] >= _TITLED * weights.prose[parent]
        for other in titled
    )


def _beside_containers(weights: Weights) -> list[int]:
    """The prose of each element in paragraphs that are directly in it."""
    found = list(weights.own)
    for place, node in enumerate(weights.nodes):
        if weights.own[place] and not weights.dead[place] and node.tag_id in _PARAGRAPHS:
            found[weights.parents[place]] += weights.own[place]
    return found


def _selected(
    survey: Survey,
    era: Era,
    classes: Mapping[str, Sequence[LexborNode]],
    weights: Weights,
    top: int,
    heading: int | None,
    captions: Sequence[int],
) -> tuple[Query | None, list[int]]:
    """The first root selector whose elements hold enough of the prose, and these; nothing if none does."""
    enough = _HALF * weights.prose[top]
    for query in era.roles.get("root", ()):
        found = list(_outermost(weights, _roots(query, survey, era, classes)))
        if sum(weights.prose[place] for place in found) < enough or not found:
            continue
        if query.selector == "article":
            parts = _story(weights, found, heading, captions)
        else:
            parts = max(
                _by_article(weights, found), key=lambda group: sum(weights.prose[place] for place in group)
            )
            if sum(weights.prose[place] for place in parts) < enough:
                continue
        if parts:
            return query, parts
    return None, []


def _roots(
    query: Query, survey: Survey, era: Era, classes: Mapping[str, Sequence[LexborNode]]
) -> Sequence[LexborNode]:
    """The elements that a root selector finds."""
    by_class = era.classes and query.selector.startswith(".")
    return classes.get(query.selector, ()) if by_class else survey.within([query.selector])


def _bulk(
    survey: Survey, era: Era, classes: Mapping[str, Sequence[LexborNode]], weights: Weights, parts: list[int]
) -> tuple[Query, list[int]] | None:
    """The first root selector whose element has far more text outside links than what has the page's prose.

    On a page with hardly a sentence that is a profile or a notice: diaries and poems have short lines.
    """
    beside = weights.plain_beside_zones()
    chosen = sum(beside[place] for place in parts)
    for query in era.roles.get("root", ()):
        for node in _roots(query, survey, era, classes):
            place = weights.places.get(node.mem_id)
            if place is None or weights.dead[place]:
                continue
            if beside[place] >= max(_BULK * chosen, _LEAST_BULK):
                return query, [place]
    return None


def _outermost(weights: Weights, nodes: Iterable[LexborNode]) -> Iterator[int]:
    """The elements that hold prose and aren't inside any of the others."""
    places = [place for node in nodes if (place := weights.places.get(node.mem_id)) is not None]
    return weights.outermost(place for place in places if not weights.dead[place] and weights.prose[place])


def _story(
    weights: Weights, articles: Sequence[int], heading: int | None, captions: Sequence[int]
) -> list[int]:
    """The article of the page among several; nothing if they are entries of one page.

    Captions don't count: those of ten pictures are longer than many a text.
    """
    prose = weights.prose_without(captions) if captions and len(articles) > 1 else weights.prose
    most = max(prose[place] for place in articles)
    if not most:
        prose, most = weights.prose, max(weights.prose[place] for place in articles)
    titled = weights.around(heading)
    for place in articles:
        if place in titled and prose[place] >= _TITLED_ARTICLE * most:
            return [place]
    if most < _ENTRY * sum(prose[place] for place in articles):
        return []
    return [next(place for place in articles if prose[place] >= _MOST * most)]


def _by_article(weights: Weights, places: Sequence[int]) -> list[list[int]]:
    """The elements grouped by the article that holds each."""
    holders = [0] * len(weights.nodes)
    for place in range(1, len(holders)):
        parent = weights.parents[place]
        holders[place] = parent if weights.nodes[parent].tag_id in _ARTICLES else holders[parent]
    groups: dict[int, list[int]] = {}
    for place in places:
        groups.setdefault(holders[place], []).append(place)
    return list(groups.values())


def _leads(weights: Weights, heading: int, root: int, roles: Mapping[int, str]) -> Iterator[int]:
    """The prose between the title and the root: what an article begins with, outside its body."""
    holders = weights.around(root)
    passed: set[int] = set()
    for place in range(heading + 1, root):
        if place in holders:
            continue
        role = roles.get(weights.nodes[place].mem_id)
        if weights.parents[place] in passed or weights.dead[place] or role in _NO_LEAD:
            passed.add(place)
        elif weights.own[place]:
            passed.add(place)
            yield place


def _clear(
    weights: Weights,
    parts: Sequence[int],
    heading: int | None,
    roles: Mapping[int, str],
    changes: dict[int, str | None],
    domain: str,
) -> dict[int, str]:
    """Settle what inside the root isn't text of the article; returns the reasons, by `mem_id`."""
    inside = set(parts)
    reasons: dict[int, str] = {}
    linked = LinkedElements(domain)
    for place in range(min(parts) + 1, len(weights.nodes)):
        if weights.parents[place] not in inside:
            continue
        node = weights.nodes[place]
        key = node.mem_id
        if place == heading:
            changes[key], reasons[key] = "drop", "the page's title"
        elif weights.dead[place]:
            changes[key], reasons[key] = roles.get(key, "drop"), weights.reason(place)
        elif _is_links(weights, place) and node.tag_id not in _LEVELS and linked.leads_on(node):
            changes[key], reasons[key] = roles.get(key, "related"), "nearly all links"
            if (picture := teasing_picture(node)) is not None:
                changes[picture], reasons[picture] = "drop", "the picture of another story"
        elif _is_short_line(weights, place) and linked.introduces(node):
            changes[key], reasons[key] = roles.get(key, "related"), "a label and links"
        else:
            inside.add(place)
    return reasons


def _is_short_line(weights: Weights, place: int) -> bool:
    """Whether an element may be a label and the links that it introduces."""
    return not weights.prose[place] and weights.linked[place] > 0 and weights.plain[place] <= _LABEL_WEIGHT


def _is_links(weights: Weights, place: int) -> bool:
    return not weights.prose[place] and weights.linked[place] > weights.plain[place]
