"""Text made to fit into columns of a terminal: the end cut off, or the middle of a path. Pure.

Han takes two columns. Refuses to break lines: that is `wrapping`.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

__all__ = ["fit_end", "fit_path"]

_ELLIPSIS = "…"


def fit_end(text: str, columns: int) -> str:
    """The text, its end left out where it is longer than `columns`."""
    if cell_len(text) <= columns:
        return text
    return set_cell_size(text, max(0, columns - 1)).rstrip() + _ELLIPSIS


def fit_path(path: str, columns: int) -> str:
    """The path, its middle left out where it is longer: the name of the file is what people know."""
    if cell_len(path) <= columns:
        return path
    room = max(0, columns - 1)
    name = path[path.rfind("/") :]
    # A name longer than two thirds of the room is cut, too, so that something of its folder is seen.
    behind = min(cell_len(name), room * 2 // 3) if "/" in path else room // 2
    ahead = room - behind
    return set_cell_size(path, ahead).rstrip() + _ELLIPSIS + _last_cells(path, behind)


def _last_cells(text: str, cells: int) -> str:
    kept = text
    while kept and cell_len(kept) > cells:
        kept = kept[1:]
    return kept
