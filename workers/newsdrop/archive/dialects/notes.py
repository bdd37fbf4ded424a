"""Footnotes for the Markdown converter, and brackets of Chinese text that it would take for links.

    正文第一段[^1]。                            shown as 正文第一段[1]。
    [^1]: 参见《旧城》第三章。                   a paragraph of its own: [1]: 参见《旧城》第三章。
    [编者按]: 本文首发于某报，经授权转载。         text as it stands

CommonMark has no footnotes. `[x]: …` defines a link to it wherever nothing but one word follows, and Chinese
sentences have no spaces: the sentence would be gone, and each `[x]` a link to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.rules_block import reference

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

__all__ = ["add_notes"]

_MARK = re.compile(r"\[\^([\w-]{1,40})\](?!\()")
_NOTE = re.compile(r"\[\^[^\]\s]{1,40}\]:")
_DEFINITION = re.compile(r"\[(?:[^\[\]\\]|\\.){1,200}\]:\s{0,100}(\S{0,2000})")
_ADDRESS = re.compile(r"[</.#?]|[a-z][a-z0-9+.-]{0,20}:", re.IGNORECASE)
_SENTENCE = re.compile("[‘’“”…—\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f]")


def add_notes(converter: MarkdownIt) -> MarkdownIt:
    """The converter, made to keep notes as text."""
    converter.block.ruler.at("reference", _reference)
    converter.block.ruler.before("paragraph", "note", _ends_paragraph, {"alt": ["paragraph"]})
    converter.inline.ruler.before("link", "note_mark", _mark)
    return converter


def _reference(state: StateBlock, line: int, end: int, silent: bool) -> bool:  # noqa: FBT001  markdown-it calls it so
    """CommonMark's own rule, where an address is defined."""
    start = _start(state, line)
    if not state.src.startswith("[", start) or _NOTE.match(state.src, start):
        return False
    defined = _DEFINITION.match(state.src, start)
    if defined and not _is_address(defined[1]):
        return False
    return reference(state, line, end, silent)


def _ends_paragraph(state: StateBlock, line: int, _end: int, silent: bool) -> bool:  # noqa: FBT001  markdown-it calls it so
    """Whether a note begins at the line, or the definition of a link after a note."""
    start = _start(state, line)
    if not silent or not state.src.startswith("[", start):
        return False
    if _NOTE.match(state.src, start):
        return True
    # In silent mode, the paragraph that may end here begins at the state's line.
    defined = _DEFINITION.match(state.src, start)
    return bool(defined and _is_address(defined[1]) and _NOTE.match(state.src, _start(state, state.line)))


def _mark(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  markdown-it calls it so
    if not state.src.startswith("[^", state.pos):
        return False
    mark = _MARK.match(state.src, state.pos, state.posMax)
    if mark is None:
        return False
    if not silent:
        state.append_pending(f"[{mark[1]}]")
    state.pos = mark.end()
    return True


def _start(state: StateBlock, line: int) -> int:
    return state.bMarks[line] + state.tShift[line]


def _is_address(text: str) -> bool:
    if text.isascii() or _ADDRESS.match(text):
        return True
    return ("/" in text or "." in text) and not _SENTENCE.search(text)
