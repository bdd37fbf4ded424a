"""Which names are no drops: temporary and hidden files, by patterns on each component below the folder.

Refuses to open or stat anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate

__all__ = ["Ignore"]


class Ignore:
    """Shell patterns (`*.tmp`, `.*`), matched against single names, upper and lower case alike."""

    def __init__(self, patterns: Sequence[str]) -> None:
        joined = "|".join(translate(pattern) for pattern in patterns)
        self._match = re.compile(joined or r"(?!)", re.IGNORECASE).match

    def name(self, name: str) -> bool:
        """Whether a file or folder of this name is passed over."""
        return self._match(name) is not None

    def path(self, path: str, folder: str) -> bool:
        """Whether any component of `path` below `folder` is passed over."""
        below = path[len(folder.rstrip("/")) + 1 :]
        return any(self._match(name) is not None for name in below.split("/"))
