"""The one spelling of a path where names have no case, or where accents may be written in two ways.

Such file systems (exFAT, NTFS, those of macOS) find a file under many spellings, and each would be a drop of
its own. The one that counts is the one that the folder above lists. Costs one look at the disk for each part
of the path; only where names have no case, a listing. Knows nothing of what paths are for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from unicodedata import normalize

__all__ = ["as_listed", "is_listed", "real_path"]


def real_path(path: str | os.PathLike[str]) -> str:
    """The absolute path with all symlinks resolved, in the spelling of the folders on the way."""
    return as_listed(os.path.realpath(path))


def as_listed(
    path: str,
    *,
    exists: Callable[[str], bool] = os.path.lexists,
    names: Callable[[str], Collection[str]] = os.listdir,
) -> str:
    """A resolved path in the spelling of the folders on the way; what isn't there stays as it is.

    Args:
        exists, names: the file system.
    """
    spelled = "/"
    for part in path.split("/"):
        if part:
            spelled = os.path.join(spelled, _listed_as(part, spelled, exists, names))  # noqa: PTH118  texts
    return spelled


def is_listed(
    path: str,
    *,
    exists: Callable[[str], bool] = os.path.lexists,
    names: Callable[[str], Collection[str]] = os.listdir,
) -> bool:
    """Whether an absolute path is spelled as the folders on the way list it, or they can't be asked."""
    return as_listed(path, exists=exists, names=names) == "/" + "/".join(filter(None, path.split("/")))


def _listed_as(
    name: str, folder: str, exists: Callable[[str], bool], names: Callable[[str], Collection[str]]
) -> str:
    def is_there(one: str) -> bool:
        return exists(os.path.join(folder, one))  # noqa: PTH118  texts

    if not any(map(is_there, _others(name))) or not is_there(name):
        return name
    try:
        listed = names(folder)
    except OSError:
        return name
    # Where names do have a case, another file is called like that.
    if name in listed:
        return name
    same = [one for one in listed if _folded(one) == _folded(name)]
    return same[0] if len(same) == 1 else name


def _others(name: str) -> list[str]:
    """Spellings under which only such a file system finds what has this name, unless another has them."""
    swapped = "".join(char.swapcase() if char.isascii() else char for char in name)
    written = (swapped, normalize("NFC", name), normalize("NFD", name))
    return [one for one in dict.fromkeys(written) if one != name]


def _folded(name: str) -> str:
    return normalize("NFC", normalize("NFC", name).casefold())
