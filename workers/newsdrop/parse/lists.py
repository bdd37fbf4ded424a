"""Lists that aren't text but lead to the site's other stories: each item is one internal link.

Doesn't look deep: a link in an item is inside a few wrappers at most.
"""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from newsdrop.hosts import host_of, registrable_domain
from newsdrop.parse.links import Base, clean_link

__all__ = ["links_home"]

_WRAPPERS = 16


def links_home(node: LexborNode, base: Base) -> list[str]:
    """The links of a list if every item is one link to the site itself and nothing else; otherwise none."""
    links: list[str] = []
    item = node.first_child
    while item is not None:
        if item.tag == "li":
            link = _link_home(item, base)
            if link is None:
                return []
            links.append(link)
        item = item.next
    return links


def _link_home(item: LexborNode, base: Base) -> str | None:
    node: LexborNode | None = item
    for _ in range(_WRAPPERS):
        if node is None or node.tag == "a":
            break
        node = _only_element(node)
    if node is None or node.tag != "a":
        return None
    link = clean_link(node.attributes.get("href") or "", base)
    if link is None or link.startswith(base.home + "/"):
        return link
    return link if registrable_domain(host_of(link)) == base.domain else None


def _only_element(node: LexborNode) -> LexborNode | None:
    """The only child element of a node that otherwise holds just white space and empty elements."""
    found, child = None, node.first_child
    # Most have one child, whose text isn't needed; if there are more, each one's text is read once.
    empty: bool | None = None
    while child is not None:
        if child.tag == "-text":
            if (child.text_content or "").strip():
                return None
        elif found is None:
            found = child
        else:
            empty = _is_empty(found) if empty is None else empty
            if empty:
                found, empty = child, None
            elif not _is_empty(child):
                return None
        child = child.next
    return found


def _is_empty(node: LexborNode) -> bool:
    return not node.text().strip()
