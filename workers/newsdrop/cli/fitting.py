"""Text shortened to fit into terminal columns: by cutting the end, or the middle of a path. Pure.

Han characters take two columns. Breaking lines is done by `wrapping`.
"""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

__all__ = ["fit_end", "fit_path"]

_ELLIPSIS = "…"


def fit_end(text: str, columns: int) -> str:
    """The text, with its end left out if it is wider than `columns`."""
    if cell_len(text) <= columns:
        return text
    return set_cell_size(text, max(0, columns - 1)).rstrip() + _ELLIPSIS


def fit_path(path: str, columns: int) -> str:
    """The path, with its middle left out if it is wider: people know the file by its name."""
    if cell_len(path) <= columns:
        return path
    room = max(0, columns - 1)
    name = path[path.rfind("/") :]
    # A name longer than two thirds of the width is cut, too, so that part of its folder is visible.
    behind = min(cell_len(name), room * 2 // 3) if "/" in path else room // 2
    ahead = room - behind
    return set_cell_size(path, ahead).rstrip() + _ELLIPSIS + _last_cells(path, behind)


def _last_cells(text: str, cells: int) -> str:
    kept = text
    while kept and cell_len(kept) > cells:
        kept = kept[1:]
    return kept
