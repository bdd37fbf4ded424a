"""How a page is walked: what its rule says about the walk, and the limit on its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from newsdrop.parse.links import Base

__all__ = ["Options"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to walk: the rule's flags, the base of URLs, the head's pictures, and any limit on text."""

    base: Base
    br_paragraphs: bool = True
    noscript: bool = True
    link_lists: bool = True
    pictures: Sequence[str] = ()
    #: None if there is no limit.
    text_chars: int | None = None
    drop_text: re.Pattern[str] | None = None
    cut_text: re.Pattern[str] | None = None
