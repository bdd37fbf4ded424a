"""What a site hides between its paragraphs so that whoever copies them copies its name as well.

    <style> .x12 { display:none; } </style> … <p>A paragraph. <span class='x12'>www.example.org</span> </p>

Systems that many Chinese sites use (DedeCMS, Discuz) write a class of a random name for each page, or one
that is called a jammer, and words in white. Refuses longer texts and single ones: what is hidden until a
script shows it may be the rest of the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.selection import within

__all__ = ["jammers"]

_HIDDEN_CLASS = re.compile(
    r"<style[^>]{0,40}>\s{0,40}\.(\w{1,40})\s{0,9}\{\s{0,9}display\s?:\s?none\s?;?\s{0,9}\}\s{0,40}</style>",
    re.IGNORECASE,
)
#: Looked for first: ignoring case in all of a page takes ten times as long.
_OPENINGS = ("<style", "<STYLE")
_JAMMER = "jammer"
#: Pages made to take long have thousands.
_MOST_CLASSES = 5
_FEWEST = 3
_LONGEST = 40


def jammers(document: LexborHTMLParser, html: str) -> list[LexborNode]:
    """The elements that hold such words."""
    classes = list(islice(_hidden_classes(html), _MOST_CLASSES))
    if f'"{_JAMMER}"' in html:
        classes.append(_JAMMER)
    nodes = [node for name in dict.fromkeys(classes) for node in within(document, f".{name}")]
    # Pictures that wait for a script are hidden like this as well.
    if len(nodes) < _FEWEST or not all(0 < len(node.text().strip()) <= _LONGEST for node in nodes):
        return []
    white = within(document, "font[color='#FFFFFF' i]")
    return nodes + [node for node in white if len(node.text().strip()) <= _LONGEST]


def _hidden_classes(html: str) -> Iterator[str]:
    for opening in _OPENINGS:
        at = html.find(opening)
        while at >= 0:
            if found := _HIDDEN_CLASS.match(html, at):
                yield found[1]
            at = html.find(opening, at + 1)
