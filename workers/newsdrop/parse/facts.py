"""The facts in the places that a page's rule names: bylines, times, tags, sections.

Pages also contain such facts about other stories: in teasers, sidebars, comments. So those nearest to the
root count: first those inside its article (if there is none, the element around the root), then those in the
next element around that, and so on. The page's own meta elements always count.

Looks nowhere else: a fact in running text is about something else, and so is one inside what the rule calls
`related` or `elsewhere`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import tzinfo
from functools import cached_property
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Moment, Page
from newsdrop.moments import DateOrder, complete
from newsdrop.parse.dates import first_moment, refined, settled_half_day
from newsdrop.parse.explanation import Sourced
from newsdrop.parse.fieldwords import FieldWords
from newsdrop.parse.rules import Era, Query
from newsdrop.parse.selection import ancestors, within
from newsdrop.parse.shown import beside_title, stands_in_other, tab_title, title_heading, title_place
from newsdrop.parse.survey import Survey
from newsdrop.parse.text import normal

__all__ = ["Facts"]

#: The distance of what counts wherever the rest is.
_PAGES_OWN = -1
#: At most this many headings are examined.
_HEADINGS = 50
#: At most this many elements around the title are in the same part of the page.
_PART_DEPTH = 6
_WHOLE = ("body", "html", "-document")


class Facts:
    """The facts of one page.

    Args:
        found: the elements of each role, by one query for all its selectors.
        roots: where the body is; the last is its root, those before it are leads.
        order: which number of `5/6/2024` is the day on this page.
        survey: of the page, if one was made.
    """

    def __init__(
        self,
        page: Page,
        document: LexborHTMLParser,
        era: Era,
        found: dict[str, list[LexborNode]],
        roots: Sequence[LexborNode],
        order: DateOrder | None = None,
        survey: Survey | None = None,
    ) -> None:
        self._page = page
        self._order = order
        self._document = document
        self._era = era
        self._found = found
        self._roots = roots
        self._survey = survey
        #: Whether anything may be elsewhere. If nothing is, a lone element of a role need not be judged.
        self._apart = "elsewhere" in era.roles or bool(found.get("related"))
        self._counting: dict[str, set[int]] = {}
        #: What the walk found to be words of a sentence; None before the walk, or if nothing is.
        self.words: FieldWords | None = None

    @property
    def unknown(self) -> bool:
        """Whether no site's rule reads the page."""
        return self._survey is not None

    def body_text(self) -> str:
        """All that the page's body holds; its scripts, too."""
        body = self._document.body
        return body.text() if body is not None else ""

    def texts(self, role: str) -> Sourced[list[str]]:
        """The texts of the first entry of the role that has any."""
        none: Sourced[list[str]] = Sourced([], "")
        return next(self.each(role), none)

    def each(self, role: str) -> Iterator[Sourced[list[str]]]:
        """The texts of each entry of the role that has any."""
        for query in self._queries(role):
            if texts := self.read(role, query):
                yield Sourced(texts, _place(role, query))

    def moment(self, role: str, zone: tzinfo | None) -> Sourced[Moment | None]:
        """The time of the first entry of the role whose time can be read."""
        found: Sourced[Moment | None] = Sourced(None, "")
        for query in self._queries(role):
            if query.first_day:
                continue
            said = first_moment(self.read(role, query), zone, query.format, self._order)
            if said is not None and query.half_day:
                said = settled_half_day(said, self._page.published)
            better = refined(found.value, said)
            if better is not found.value:
                found = Sourced(better, _place(role, query))
            if better is not None and complete(better):
                break
        return found

    def first_day(self, zone: tzinfo | None) -> Sourced[Moment | None]:
        """The day of the first publication, if the rule says where it is."""
        for query in self._queries("published"):
            if query.first_day:
                day = first_moment(self.read("published", query), zone, query.format)
                if day is not None:
                    return Sourced(day, _place("published", query))
        return Sourced(None, "")

    def read(self, role: str, query: Query) -> list[str]:
        """The texts of one entry of a role."""
        values = self._values(role, query)
        if query.match is None:
            return [text for value in values if (text := normal(value))]
        matches = (match for value in values for match in query.match.finditer(value))
        return [text for match in matches if (text := normal(match[match.lastindex or 0] or ""))]

    def _queries(self, role: str) -> Iterator[Query]:
        # Most pages have no element of a role, and one query for all its selectors has already said so.
        found = self._found.get(role)
        return (query for query in self._era.roles.get(role, ()) if found or query.origin)

    def _values(self, role: str, query: Query) -> list[str]:
        if query.origin == "url":
            return [unquote(self._page.url or "")]
        if query.origin == "title":
            return [self._page.title]
        if query.origin is not None:
            return [f"{self._page.title}\n{unquote(self._page.url or '')}"]
        alone = len(self._era.roles[role]) == 1
        nodes = self._found.get(role, []) if alone else self._within([query.selector])
        if nodes and (self._apart or self.words is not None or len(self._found[role]) > 1):
            near = self._near(role)
            nodes = [node for node in nodes if node.mem_id in near]
        if query.attribute is not None:
            name = query.attribute.lower()
            return [node.attributes.get(name) or "" for node in nodes]
        return [_lines(node) for node in nodes] if query.match else [node.text() for node in nodes]

    def _within(self, selectors: Sequence[str]) -> list[LexborNode]:
        if self._survey is not None:
            return self._survey.within(selectors)
        return within(self._document, ", ".join(selectors)) if selectors else []

    def _near(self, role: str) -> set[int]:
        """The role's elements that count, by `mem_id`."""
        if role not in self._counting:
            found = [(node.mem_id, self.distance(node)) for node in self._found.get(role, ())]
            if self.words is not None:
                found = [(place, far) for place, far in found if not self.words.refuses(role, place)]
            nearest = min((far for _, far in found if far is not None and far >= 0), default=0)
            self._counting[role] = {place for place, far in found if far in (_PAGES_OWN, nearest)}
        return self._counting[role]

    def distance(self, node: LexborNode) -> int | None:
        """How many elements outside the root's article the one that holds both is; None if elsewhere."""
        if node.tag == "meta" and _is_pages_own(node):
            return _PAGES_OWN
        around, elsewhere = self.around, self._elsewhere
        holder: LexborNode | None = node
        while holder is not None:
            place = holder.mem_id
            if place in around:
                return around[place]
            if place in elsewhere:
                return None
            holder = holder.parent
        return None

    @cached_property
    def heading(self) -> LexborNode | None:
        """The <h1> nearest to the article, if there is only one."""
        if len(self._headings) == 1:
            return self._headings[0]
        found = [(self.distance(node), node) for node in self._headings]
        near = [(far, node) for far, node in found if far is not None]
        nearest = min((far for far, _ in near), default=0)
        nodes = [node for far, node in near if far == nearest]
        return nodes[0] if len(nodes) == 1 else None

    @cached_property
    def _headings(self) -> list[LexborNode]:
        return self._within(["h1"])[:_HEADINGS]

    @cached_property
    def survey(self) -> Survey:
        """All elements of the page, for searches beside its title."""
        return self._survey or Survey(self._document)

    @cached_property
    def title_place(self) -> int | None:
        """Which of the elements shows the title that the header, the head or the tab gives."""
        title = self._page.title or tab_title(self._document)
        found = title_heading(self._document, self._headings, title, self.distance)
        return title_place(self._document, found, self.survey, title)

    @cached_property
    def held(self) -> set[int]:
        """The elements that hold the root or the title, by `mem_id`."""
        return set(self.around) | {node.mem_id for node in self._title_holders}

    @cached_property
    def title_part(self) -> frozenset[int]:
        """The elements that hold the title and little else, by `mem_id`."""
        inner = (node.mem_id for node in self._title_holders[:_PART_DEPTH] if node.tag not in _WHOLE)
        return frozenset(inner)

    @cached_property
    def beside_title(self) -> range:
        """The places of the elements beside the title (shown.py)."""
        return beside_title(self.survey.nodes, self.title_place)

    def is_in_other(
        self, node: LexborNode, tags: Collection[str], words: Collection[str], *, close: bool
    ) -> bool:
        """Whether an element, or one around it that doesn't hold the article, has such a tag or name.

        Args:
            close: whether it is beside the title, where a short aside is the article's.
        """
        part = self.title_part if close else ()
        return stands_in_other(node, self.held, tags, words, part)

    @cached_property
    def _title_holders(self) -> list[LexborNode]:
        """The elements around the title, innermost first."""
        return [] if self.title_place is None else list(ancestors(self.survey.nodes[self.title_place]))

    @cached_property
    def around(self) -> dict[int, int]:
        """The elements that hold the root, by `mem_id`, each with its distance."""
        holders = [self._roots[-1], *ancestors(self._roots[-1])]
        articles = (index for index, node in enumerate(holders) if node.tag == "article")
        start = next(articles, 0 if holders[0].tag in ("main", "body") else 1)
        distances = {node.mem_id: max(0, index - start) for index, node in enumerate(holders)}
        return dict.fromkeys((lead.mem_id for lead in self._roots), 0) | distances

    @cached_property
    def _elsewhere(self) -> set[int]:
        nodes = [*self._found.get("related", ()), *self._found.get("elsewhere", ())]
        nodes += self._within(self._era.selectors.get("elsewhere", ()))
        return {node.mem_id for node in nodes}


def _place(role: str, query: Query) -> str:
    return f"rule: {role} {query.spelling}"


def _is_pages_own(meta: LexborNode) -> bool:
    """Whether a meta element is about the page; one with `itemprop` is about the element it is in."""
    return "itemprop" not in meta.attributes or (meta.parent is not None and meta.parent.tag == "head")


def _lines(start: LexborNode) -> str:
    """The text of an element with each <br> as a line feed, and its own line feeds as spaces."""
    pieces = []
    for node in start.traverse(include_text=True):
        if node.tag == "-text":
            pieces.append((node.text_content or " ").replace("\n", " "))
        elif node.tag == "br":
            pieces.append("\n")
    return "".join(pieces)
