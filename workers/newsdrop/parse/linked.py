"""Whether an element that is mostly links says something itself, or only leads on to other pages.

    row, cell, definition     says something: only the table as a whole may lead on
    table                     says something if it has headings, and most of its cells have no links
    paragraph                 says something if links are parts of a sentence, or if a label introduces what
                              another site says
    quotation                 leads on if a label introduces its link
    list, and each item       leads on if every item is one link, perhaps with a label before it, and most of
                              them lead to pages of this site; the first or last one may be a heading
    a network's post          says something, however short, and so does what only holds it
    everything else           leads on

A label of other stories and their links lead on even if the label is longer than the links.

Counted by letters on 1,354 labelled pages of news and blogs: of the items, cells and quotations that are
mostly links 94 % belong to the article, of such sentences 82, of such lists 81, of all the rest a fifth.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from selectolax.lexbor import LexborNode

from newsdrop.hosts import host_of, registrable_domain
from newsdrop.parse.elements import HEADINGS, LINK_ID, SKIPPED, TEXT_ID, by_tag_id
from newsdrop.parse.further import heads_others, introduces_others, labels_others
from newsdrop.parse.posts import is_post
from newsdrop.parse.selection import within

__all__ = ["LinkedElements", "teasing_picture"]

_PART_IDS: Final = frozenset(by_tag_id(dict.fromkeys(["tr", "td", "th", "dl", "dt", "dd"], True)))
_TABLE_IDS: Final = frozenset(by_tag_id(dict.fromkeys(["table", "thead", "tbody"], True)))
_HOLDER_IDS: Final = frozenset(by_tag_id(dict.fromkeys(["div", "figure", "section"], True)))
_PARAGRAPH_IDS: Final = frozenset(by_tag_id({"p": True}))
_QUOTE_IDS: Final = frozenset(by_tag_id({"blockquote": True}))
_LIST_IDS: Final = frozenset(by_tag_id({"ul": True, "ol": True}))
_ITEM_IDS: Final = frozenset(by_tag_id({"li": True}))
_HEADING_IDS: Final = frozenset(by_tag_id(dict.fromkeys(HEADINGS, True)))
_LINE_IDS: Final = _HEADING_IDS | frozenset(by_tag_id(dict.fromkeys(["div", "p"], True)))
_SKIPPED_IDS: Final = frozenset(by_tag_id(dict.fromkeys(SKIPPED, True)))
_SENTENCE_END: Final = re.compile(r"[.!?…。！？][\"'”’»)\]」』]*$")
_LABEL_END: Final = re.compile(r"[:：|｜>»–—-]$")
_PICTURE: Final = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)$|^#", re.IGNORECASE)
_LETTERS: Final = re.compile(r"\w")
#: What begins a sentence that a link ends has this many letters; a label has no more than the second figure.
_BEGINNING: Final = 8
_LONGEST_LABEL: Final = 30
_FEWEST_HEADINGS: Final = 3
#: What only holds a table has little more text than the table.
_WITH_TABLE: Final = 1.1
#: Lists in lists are read again for each that holds them.
_MOST_NODES: Final = 100


class _Said(NamedTuple):
    """What an element says: before its first link, between and after its links, and in all."""

    before: str
    beyond: str
    whole: str


class LinkedElements:
    """Judges the elements of one page that are mostly links.

    Args:
        domain: the registrable domain of the page, or nothing if that isn't known.
    """

    def __init__(self, domain: str) -> None:
        self._domain = domain
        #: What was found about lists, by their `mem_id`: each of their items asks.
        self._lists: dict[int, bool] = {}

    def leads_on(self, node: LexborNode) -> bool:
        """Whether an element that is mostly links is none of its article's text."""
        if node.tag_id in _PART_IDS:
            return False
        if node.tag_id in _TABLE_IDS:
            return not _is_data(node)
        if node.tag_id in _HOLDER_IDS:
            return not (_is_data(node) or _holds_post(node) or _shows(node))
        if node.tag_id in _LIST_IDS:
            return self._is_list_of_links(node)
        if node.tag_id in _ITEM_IDS:
            holder = node.parent
            return holder is not None and holder.tag_id in _LIST_IDS and self._is_list_of_links(holder)
        if node.tag_id not in _PARAGRAPH_IDS and node.tag_id not in _QUOTE_IDS:
            return True
        said = _said(node)
        if node.tag_id in _QUOTE_IDS and is_post(node):
            return False
        if said is None or introduces_others(said.whole):
            return True
        if node.tag_id in _QUOTE_IDS:
            return _is_label(said)
        return not (_is_sentence(said) or (_is_label(said) and self._leads_out(node)))

    @staticmethod
    def introduces(node: LexborNode) -> bool:
        """Whether a line is a label of other stories and links to them, and nothing else."""
        said = _said(node) if node.tag_id in _LINE_IDS else None
        if said is None or _letters(said.beyond):
            return False
        # A heading may have a link to edit it.
        return _labels(said.before) or (node.tag_id not in _HEADING_IDS and heads_others(said.before))

    def _is_list_of_links(self, node: LexborNode) -> bool:
        known = self._lists.get(node.mem_id)
        if known is None:
            items = [said for child in node.iter() if child.tag_id in _ITEM_IDS and (said := _said(child))]
            if items and _is_heading(items[0]):
                del items[0]
            elif items and _is_heading(items[-1]):
                del items[-1]
            known = all(map(_is_only_link, items)) and not self._leads_out(node)
            self._lists[node.mem_id] = known
        return known

    def _leads_out(self, node: LexborNode) -> bool:
        """Whether most of the links in an element lead to other sites than the page's."""
        if not self._domain:
            return False
        links = within(node, "a[href]")
        hosts = [host for link in links if (host := host_of(link.attributes.get("href")))]
        return 2 * sum(registrable_domain(host) != self._domain for host in hosts) > len(links)


def teasing_picture(node: LexborNode) -> int | None:
    """The `mem_id` of a picture's link right before a part of a page, if both lead to the same page."""
    # In a figure, what follows a picture is its caption.
    if node.tag_id not in _HOLDER_IDS or (node.parent is not None and node.parent.tag == "figure"):
        return None
    link = node.prev
    while link is not None and link.tag_id == TEXT_ID and not (link.text_content or "").strip():
        link = link.prev
    if link is None or link.tag_id != LINK_ID or link.text().strip() or link.css_first("img") is None:
        return None
    address = _page_of(link)
    return link.mem_id if address and address in map(_page_of, within(node, "a[href]")) else None


def _page_of(link: LexborNode) -> str:
    return (link.attributes.get("href") or "").partition("?")[0]


def _holds_post(node: LexborNode) -> bool:
    """Whether an element hardly holds anything but a network's post."""
    letters = sum(_letters(quote.text()) for quote in within(node, "blockquote[class]") if is_post(quote))
    return letters > 0 and 2 * letters >= _letters(node.text())


def _shows(figure: LexborNode) -> bool:
    """Whether a figure's only links lead to its own picture."""
    if figure.tag != "figure":
        return False
    links = within(figure, "a[href]")
    return all(_PICTURE.search(_page_of(link)) and link.css_first("img, amp-img") for link in links)


def _is_data(node: LexborNode) -> bool:
    """Whether an element is, or only holds, a table with headings whose cells mostly have no links."""
    holder = node.parent if node.tag in ("thead", "tbody") else node
    table = holder if holder is None or holder.tag == "table" else holder.css_first("table")
    if holder is None or table is None or len(table.css("th")) < _FEWEST_HEADINGS:
        return False
    cells = table.css("td")
    plain = sum(cell.css_first("a[href]") is None and bool(cell.text().strip()) for cell in cells)
    return 2 * plain > len(cells) and _letters(holder.text()) <= _WITH_TABLE * _letters(table.text())


def _is_sentence(said: _Said) -> bool:
    if not _SENTENCE_END.search(said.whole):
        return False
    if _letters(said.beyond):
        return True
    return _letters(said.before) >= _BEGINNING and not _LABEL_END.search(said.before)


def _is_label(said: _Said) -> bool:
    return _LABEL_END.search(said.before) is not None


def _labels(before: str) -> bool:
    return _LABEL_END.search(before) is not None and labels_others(before)


def _is_only_link(item: _Said) -> bool:
    return not _letters(item.beyond) and _letters(item.before) <= _LONGEST_LABEL and item.before != item.whole


def _is_heading(item: _Said) -> bool:
    """Whether an item has no link and is short: what its list is called, or where in its path a page is."""
    return item.before == item.whole and _letters(item.before) <= _LONGEST_LABEL


def _letters(text: str) -> int:
    return len(_LETTERS.findall(text))


def _said(node: LexborNode) -> _Said | None:
    """What an element says; nothing if it has no text, or more in it than a paragraph or an item."""
    before: list[str] = []
    beyond: list[str] = []
    whole: list[str] = []
    linked = False
    pending = [(node.first_child, False)]
    left = _MOST_NODES
    while pending and left:
        child, inside = pending.pop()
        if child is None:
            continue
        left -= 1
        pending.append((child.next, inside))
        if child.tag_id == TEXT_ID:
            text = child.text_content or ""
            whole.append(text)
            if not inside:
                (beyond if linked else before).append(text)
        elif child.tag_id not in _SKIPPED_IDS:
            is_link = child.tag_id == LINK_ID
            linked = linked or is_link
            pending.append((child.first_child, inside or is_link))
    said = _Said(*("".join(parts).strip() for parts in (before, beyond, whole)))
    return said if left and said.whole else None
