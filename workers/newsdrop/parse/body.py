"""The blocks of a text while a page is walked, each with its links; blocks can be taken out again."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Mapping

from newsdrop.documents import Block
from newsdrop.parse.explanation import Record
from newsdrop.parse.posts import bare_addresses, signing_lines

__all__ = ["Body"]


class Body:
    """Blocks and links in page order. `record`: notes the blocks that are left out, and why."""

    __slots__ = ("_links_of", "_record", "blocks", "links")

    def __init__(self, record: Record | None = None) -> None:
        self.blocks: list[Block] = []
        self.links: list[str] = []
        #: The number of a block → where its links are in `links`.
        self._links_of: dict[int, tuple[int, int]] = {}
        self._record = record

    @property
    def linked(self) -> Container[int]:
        """The blocks that have links."""
        return self._links_of

    def link(self, links: list[str]) -> None:
        """Add the links of the last block."""
        start = len(self.links)
        self.links.extend(links)
        self._links_of[len(self.blocks) - 1] = (start, len(self.links))

    def take_posts(self) -> list[str]:
        """Leave out addresses of posts and videos, and signing lines of tweets; returns the addresses."""
        found = bare_addresses(self.blocks)
        if any("/status" in link for link in self.links):
            found |= signing_lines(self.blocks, self.links, self._links_of)
        self.leave_out(dict.fromkeys(found, "the address of a post"))
        return list(found.values())

    def change_last(self, change: Callable[[str], str]) -> None:
        """Change the text of the last block."""
        if self.blocks:
            last = self.blocks[-1]
            self.blocks[-1] = Block(last.kind, change(last.text))

    def leave_out(self, causes: Mapping[int, str]) -> None:
        """Take blocks and their links out again. `causes`: the number of a block → why."""
        if not causes:
            return
        indexes = sorted(causes)
        if self._record is not None:
            for index in indexes:
                self._record.block(causes[index], self.blocks[index].text)
        for index in reversed(indexes):
            del self.blocks[index]
        links, links_of = self.links.copy(), dict(sorted(self._links_of.items()))
        self.links.clear()
        self._links_of.clear()
        for index, (start, end) in links_of.items():
            place = bisect_left(indexes, index)
            if indexes[place : place + 1] != [index]:
                self._links_of[index - place] = (len(self.links), len(self.links) + end - start)
                self.links += links[start:end]
