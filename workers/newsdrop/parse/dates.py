"""When an article was published and updated: which of several times to believe.

    1. a complete time (date, clock, zone) in the place the site's rule names
    2. the header's
    3. a day alone in the place the rule names

Never from running text, captions, comments or relative words: those are how other extractors date a piece of
2014 by its spam.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import tzinfo

from newsdrop.documents import Moment
from newsdrop.moments import complete, read_moment

__all__ = ["choose_published", "first_moment"]

_LABEL = re.compile(
    r"^[^\d]{0,20}?(?:[:：]|于|發佈於|published|updated)\s*(?=\d|[A-Z][a-z]{2},)", re.IGNORECASE
)


def first_moment(texts: Iterable[str], zone: tzinfo | None) -> Moment | None:
    """The first complete time that one of the texts spells, else the first incomplete one."""
    fallback = None
    for text in texts:
        moment = read_moment(text, zone) or read_moment(_LABEL.sub("", text.strip()), zone)
        if moment is None:
            continue
        if complete(moment):
            return moment
        fallback = fallback or moment
    return fallback


def choose_published(header: Moment | None, named: Moment | None) -> Moment | None:
    """The publication time, from what the header and the place named by the rule say."""
    if named is not None and complete(named):
        return named
    return header or named
