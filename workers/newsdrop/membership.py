"""How a file in a bundle is called, `bundle!member`, and what such a name can mean.

The only module that takes these names apart: every part of one may hold a `!` of its own
(`Extra! Extra!/a.zip`, `a.zip!b.zip!c.md`), so a name can often be read in several ways. It says which ways;
whoever knows what exists chooses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

__all__ = ["SEPARATOR", "bundles_in", "existing", "readings"]

#: What stands between a bundle and its member.
SEPARATOR: Final = "!"


def readings(name: str) -> Iterator[tuple[str, str | None]]:
    """All that the name can mean: a file; and, cut at each `!` in turn, a bundle and its member."""
    yield name, None
    for bundle in bundles_in(name):
        yield bundle, name[len(bundle) + 1 :]


def bundles_in(name: str) -> Iterator[str]:
    """The bundles that the name can be about: what stands before each `!` in the middle of it."""
    at = name.find(SEPARATOR, 1)
    while 0 < at < len(name) - 1:
        yield name[:at]
        at = name.find(SEPARATOR, at + 1)


def existing(name: str, place: Callable[[str], Path] = Path) -> tuple[str, str | None]:
    """The first reading whose file is there, as it was typed; if none is, that of a file.

    Args:
        place: where a file is that is called so.
    """
    whole, *cut = readings(name)
    if os.path.lexists(place(name)):
        return whole
    return next((one for one in cut if place(one[0]).is_file()), whole)
