"""A parsed page before it is read: the rule that fits it, its elements' roles, and where its text is."""

from __future__ import annotations

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdrop.parse.dateline import Shown
from newsdrop.parse.explanation import Sourced
from newsdrop.parse.facts import Facts
from newsdrop.parse.head import Filled, Head
from newsdrop.parse.root import Root
from newsdrop.parse.rules import Era, Rule

__all__ = ["Tree"]


class Tree(msgspec.Struct, frozen=True):
    """A parsed page, the rule that fits it, and the roles of its elements.

    Attributes:
        filled: the page as the archive gave it; its own head fills what the header left open.
        site: the rule whose name and time zone apply.
        rule: the rule whose selectors apply: the default one for whole pages of a site whose rule only knows
            what feeds deliver.
    """

    filled: Filled
    head: Head
    document: LexborHTMLParser
    site: Rule
    rule: Rule
    era: Era
    roles: dict[int, str]
    roots: Sourced[list[LexborNode]]
    facts: Facts
    #: What the evidence says about the root; None if it wasn't asked for, or if the page has no prose.
    root: Root | None
    #: Whether the default rule serves the page.
    unknown: bool
    times: Shown
