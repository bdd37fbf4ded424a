"""What a page says of itself in the places that its rule names: bylines, times, tags, sections.

Refuses to look anywhere else: a fact that stands in running text is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import NamedTuple
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.documents import Moment, Page
from newsdrop.parse.dates import first_moment, settled_half_day
from newsdrop.parse.rules import Era, Query
from newsdrop.parse.selection import within
from newsdrop.parse.text import normal

__all__ = ["READ_ROLES", "Facts", "Told"]


#: The roles that are read as a field of the article.
READ_ROLES = ("byline", "published", "updated", "dek", "tag", "section", "embed")


class Told(NamedTuple):
    """Role → what each of its entries says, by the entry's spelling; and role → the time it spells."""

    said: dict[str, list[tuple[str, list[str]]]]
    times: dict[str, Moment | None]


class Facts:
    """The facts of one page. `found`: the elements of each role, by one query for all its selectors."""

    def __init__(
        self, page: Page, document: LexborHTMLParser, era: Era, found: dict[str, list[LexborNode]]
    ) -> None:
        self._page = page
        self._document = document
        self._era = era
        self._found = found

    def texts(self, role: str) -> list[str]:
        """What the first entry of the role that says anything says."""
        return next((texts for query in self._queries(role) if (texts := self.read(role, query))), [])

    def all_texts(self, role: str) -> list[str]:
        """What all entries of the role say."""
        return [text for query in self._queries(role) for text in self.read(role, query)]

    def moment(self, role: str, zone: tzinfo | None) -> Moment | None:
        """The time that the first entry of the role that says anything spells."""
        for query in self._queries(role):
            texts = self.read(role, query)
            if texts:
                moment = first_moment(texts, zone, query.format)
                if moment is not None and query.half_day:
                    return settled_half_day(moment, self._page.published)
                return moment
        return None

    def told(self, zone: tzinfo | None) -> Told:
        """Everything that any entry of a role says, for explaining where a fact is from."""
        said = {
            role: [
                (query.spelling, texts) for query in self._queries(role) if (texts := self.read(role, query))
            ]
            for role in READ_ROLES
        }
        times = {role: self.moment(role, zone) for role in ("published", "updated")}
        return Told(said, times)

    def read(self, role: str, query: Query) -> list[str]:
        """What one entry of a role says."""
        values = self._values(role, query)
        if query.match is None:
            return [text for value in values if (text := normal(value))]
        matches = (match for value in values for match in query.match.finditer(value))
        return [text for match in matches if (text := normal(match[match.lastindex or 0] or ""))]

    def _queries(self, role: str) -> Iterator[Query]:
        # Most pages have nothing of a role, and one query for all its selectors has said so already.
        found = self._found.get(role)
        return (query for query in self._era.roles.get(role, ()) if found or query.origin)

    def _values(self, role: str, query: Query) -> list[str]:
        if query.origin == "url":
            return [unquote(self._page.url or "")]
        if query.origin == "title":
            return [self._page.title]
        alone = len(self._era.roles[role]) == 1
        nodes = self._found.get(role, []) if alone else within(self._document, query.selector)
        if query.attribute is not None:
            name = query.attribute.lower()
            return [node.attributes.get(name) or "" for node in nodes]
        return [_lines(node) for node in nodes] if query.match else [node.text() for node in nodes]


def _lines(start: LexborNode) -> str:
    """The text of an element with its <br> as line feeds, and its own white space single."""
    pieces = []
    for node in start.traverse(include_text=True):
        if node.tag == "-text":
            pieces.append(" ".join((node.text_content or " ").replace("\n", " ").split(" ")))
        elif node.tag == "br":
            pieces.append("\n")
    return "".join(pieces)
