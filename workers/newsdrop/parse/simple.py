"""Selectors that ask for a tag, for one attribute, or for both: no engine is needed to find what they match.

    nav    [itemprop=author]    meta[name='pubdate']    [hidden]:not([id^='S:'])    article > header time

The engine looks at each element of a page for each search. A survey (survey.py) has most of what such
selectors ask for at hand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from newsdrop.parse.elements import LINK_ID, META_ID, by_tag_id

__all__ = ["METAS_OWN", "NAMING", "NOTED", "VALUED", "Asked", "Simple", "simple"]

#: The attributes that name elements, in the order of `survey.Names`.
NAMING = ("class", "id", "itemprop")
#: Other attributes that rules ask about on elements of any kind.
NOTED = frozenset(
    (
        "align", "aria-hidden", "data-e2e", "data-o-ads-name", "data-testid", "hidden", "pubdate", "role",
        "style",
    )
)  # fmt: skip
#: Of these, those that HTML compares whatever the case of their values; and the others.
_CASELESS = frozenset(("align",))
_COMPARED = NOTED - _CASELESS
_WAYS = ("=", "*=", "^=")
METAS_OWN = ("name", "property")
#: The attributes of elements of one kind whose values a survey has.
VALUED = frozenset(((LINK_ID, "rel"), *((META_ID, name) for name in METAS_OWN)))

_VALUE = r"(?:'[^'\\]+'|\"[^\"\\]+\"|[\w-]+)"
_ASKED = re.compile(rf"\[([a-z][a-z0-9-]*)(?:([*^]?=)({_VALUE}))?\]")
_SIMPLE = re.compile(
    r"(?:(?P<holder>.+?)(?P<combinator>\s*>\s*|\s+))?"
    rf"(?P<tag>[a-z][a-z0-9]*)?(?P<asked>{_ASKED.pattern})?(?::not\((?P<unless>{_ASKED.pattern})\))?"
)


class Asked(NamedTuple):
    """What is asked of an attribute: to be there; or to be (=), contain (*=) or begin with (^=) a value."""

    attribute: str
    how: str
    value: str

    @classmethod
    def of(cls, attribute: str, how: str, value: str) -> Asked:
        """What a selector asks, as far as `fits` can tell: comparing in other ways, only to be there."""
        exact = how in _WAYS and attribute not in _CASELESS
        return cls(attribute, how, value) if exact else cls(attribute, "", "")

    def fits(self, value: str | None) -> bool:
        """Whether an attribute that is there, with this value, is what is asked for."""
        given = value or ""
        if self.how == "=":
            return given == self.value
        return given.startswith(self.value) if self.how == "^=" else self.value in given


class Simple(NamedTuple):
    """A simple selector.

    Attributes:
        tag: the parser's number for it; 0 for any.
        unless: what no match may have.
        holder: what a match must be in, if anything.
        direct: whether right in it.
    """

    tag: int
    asked: Asked | None
    unless: Asked | None
    holder: Simple | None = None
    direct: bool = False


@lru_cache(1_024)
def simple(selector: str) -> Simple | None:
    """The selector, taken apart, if a survey can find what it matches."""
    match = _SIMPLE.fullmatch(selector)
    if match is None:
        return None
    name, wanted, unless = match["tag"] or "", _asked(match["asked"]), _asked(match["unless"])
    tag = next(iter(by_tag_id({name: True})), None) if name else 0
    if tag is None or not (name or wanted) or (wanted is not None and not _at_hand(tag, wanted)):
        return None
    holder = simple(match["holder"]) if match["holder"] else None
    if match["holder"] and holder is None:
        return None
    return Simple(tag, wanted, unless, holder, direct=">" in (match["combinator"] or ""))


def _asked(selector: str | None) -> Asked | None:
    match = _ASKED.fullmatch(selector or "")
    return None if match is None else Asked(match[1], match[2] or "", (match[3] or "").strip("'\""))


def _at_hand(tag: int, asked: Asked) -> bool:
    """Whether a survey knows which elements have this attribute."""
    if asked.attribute in NAMING:
        return asked.how != ""
    if (tag, asked.attribute) in VALUED:
        return asked.how == "=" and (tag == META_ID or asked.value == asked.value.lower())
    return asked.attribute in _COMPARED
