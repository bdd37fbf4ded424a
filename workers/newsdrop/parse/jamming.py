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

from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.selection import within
from newsdrop.parse.survey import Survey

__all__ = ["jammers"]

_HIDDEN_CLASS = re.compile(
    r"\s{0,40}\.([^\W\d]\w{0,39})\s{0,9}\{\s{0,9}display\s?:\s?none\s?;?\s{0,9}\}\s{0,40}", re.IGNORECASE
)
_STYLE_ID = frozenset(by_tag_id({"style": True}))
_JAMMER = ".jammer"
#: Pages made to take long have thousands.
_MOST_CLASSES = 5
_FEWEST = 3
_LONGEST = 40


def jammers(document: LexborHTMLParser, survey: Survey) -> list[LexborNode]:
    """The elements that hold such words."""
    nodes = survey.within([*islice(_hidden_classes(survey), _MOST_CLASSES), _JAMMER])
    # Pictures that wait for a script are hidden like this as well.
    if len(nodes) < _FEWEST or not all(0 < len(node.text().strip()) <= _LONGEST for node in nodes):
        return []
    white = within(document, "font[color='#FFFFFF' i]")
    return nodes + [node for node in white if len(node.text().strip()) <= _LONGEST]


def _hidden_classes(survey: Survey) -> Iterator[str]:
    """Selectors of the classes that styles of their own hide."""
    for place in survey.tagged(_STYLE_ID):
        text = survey.nodes[place].first_child
        if text is not None and (found := _HIDDEN_CLASS.fullmatch(text.text_content or "")):
            yield f".{found[1]}"
