"""Selects elements by CSS, with one selector engine for each thread.

A document's own `css` makes an engine for every document, which costs a fifth of parsing it. The engine keeps
nothing of a search but its memory, and isn't safe to share between threads.
"""

from __future__ import annotations

import threading

from selectolax.lexbor import LexborCSSSelector, LexborHTMLParser, LexborNode

__all__ = ["anywhere", "within"]


class _Engine(threading.local):
    def __init__(self) -> None:
        selector = LexborCSSSelector()  # type: ignore[no-untyped-call]  # selectolax' stubs lack `-> None`
        self.find = selector.find
        self.any_matches = selector.any_matches


_ENGINE = _Engine()


def within(node: LexborNode | LexborHTMLParser, selector: str) -> list[LexborNode]:
    """The elements that match, in page order: of the node (itself included) or of the whole document.

    Raises:
        SelectolaxError: the selector can't be read.
    """
    start = node.root if isinstance(node, LexborHTMLParser) else node
    return _ENGINE.find(selector, start) if start is not None else []


def anywhere(document: LexborHTMLParser, selector: str) -> bool:
    """Whether any element of the document matches.

    Raises:
        SelectolaxError: the selector can't be read.
    """
    root = document.root
    return root is not None and bool(_ENGINE.any_matches(selector, root))
