"""Wraps text for a terminal: Han and kana take two columns and may be split anywhere; words stay whole.

Pure. As in Chinese and Japanese typesetting, no line begins with a closing or ends with an opening sign.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.cells import cell_len, get_character_cell_size

__all__ = ["wrap"]

_CLOSING = frozenset("，。、！？：；）」』】》〉〕”’…—％,.!?:;)]}%")
_OPENING = frozenset("（「『【《〈〔“‘([{")


class _Piece(msgspec.Struct):
    """A piece of text that may not be split, and whether a space precedes it."""

    text: str
    spaced: bool


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most `columns` cells (at least two, for one wide character)."""
    columns = max(columns, 2)
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        for part in _parts(piece, columns):
            width = cell_len(part.text)
            space = bool(part.spaced and line)
            if line and used + space + width > columns:
                lines.append(line)
                line, used, space = "", 0, False
            line += " " * space + part.text
            used += space + width
    return [*lines, line] if line else lines


def _pieces(text: str) -> Iterator[_Piece]:
    piece, spaced = _Piece("", spaced=False), False
    for char in text:
        if char.isspace():
            spaced = True
            continue
        if piece.text and (spaced or _may_part(piece.text[-1], char)):
            yield piece
            piece = _Piece("", spaced=spaced)
        piece.text += char
        spaced = False
    if piece.text:
        yield piece


def _may_part(last: str, char: str) -> bool:
    """Whether a line may end between two characters without a space between them."""
    wide = get_character_cell_size(char) == 2
    if char in _CLOSING or last in _OPENING or not get_character_cell_size(char):
        return False
    return wide or get_character_cell_size(last) == 2


def _parts(piece: _Piece, columns: int) -> Iterator[_Piece]:
    """The piece, split into parts if it is longer than a line."""
    part, used = _Piece("", spaced=piece.spaced), 0
    for char in piece.text:
        width = get_character_cell_size(char)
        if used + width > columns:
            yield part
            part, used = _Piece("", spaced=False), 0
        part.text += char
        used += width
    yield part
