"""The paragraph that a cell of a table of data is written in: with its row's other cells, it is one block.

Refuses rows with much text, and those of one cell: tables lay pages out, too.
"""

from __future__ import annotations

from collections.abc import Container

from selectolax.lexbor import LexborNode

from newsdrop.parse.shown import short_text

__all__ = ["only_paragraph"]

_LONGEST_ROW = 300


def only_paragraph(cell: LexborNode, roles: Container[int]) -> LexborNode | None:
    """The paragraph that is all a cell holds, if the cell is one of several in a short row.

    Args:
        roles: the elements that aren't just paragraphs, by `mem_id`.
    """
    children = list(cell.iter())
    if len(children) != 1 or children[0].tag != "p" or children[0].mem_id in roles:
        return None
    row = cell.parent
    if row is None or row.tag != "tr" or sum(1 for _ in row.iter()) == 1 or not short_text(row, _LONGEST_ROW):
        return None
    beside = any(
        child.tag == "-text" and (child.text_content or "").strip() for child in cell.iter(include_text=True)
    )
    return None if beside else children[0]
