"""Runs the tests inside rule files, and refuses selectors that none of them needs.

A selector that matches nothing in any sample of its own file is a guess or a leftover: nobody would notice if
it were wrong. Pages come from `open_page`, so this package needn't know anything about files and dialects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from newsdrop.documents import Article, Moment, Page
from newsdrop.errors import NewsdropError
from newsdrop.parse.parser import Parser
from newsdrop.parse.rules import Rule, RuleError, RuleSet, RuleTest
from newsdrop.parse.text import squeezed
from newsdrop.times import iso_8601

__all__ = ["check_rule", "check_rules"]

_LETTERS = {"p": "p", "h": "h", "li": "l", "quote": "q"}

OpenPage = Callable[[str], Page]


def check_rules(rules: RuleSet, open_page: OpenPage) -> None:
    """Check every rule of the set.

    Raises:
        RuleError: with one line for each thing that is wrong in any file.
    """
    problems = [problem for rule in rules.rules.values() for problem in check_rule(rules, rule, open_page)]
    if problems:
        raise RuleError("\n".join(problems))


def check_rule(rules: RuleSet, rule: Rule, open_page: OpenPage) -> list[str]:
    """What is wrong with one rule: a line for each test that fails and each selector that no test needs."""
    if not rule.tests:
        return [
            f"{rule.path}: has no [[test]]; save a page of the site as a sample and state the expected result"
        ]
    parser = Parser(rules)
    problems: list[str] = []
    needed: set[tuple[str, str]] = set()
    for test in rule.tests:
        try:
            page = open_page(test.file)
            article, explanation = parser.parse(page), parser.explain(page)
        except (NewsdropError, OSError) as error:
            problems.append(f"{rule.path}: the test {test.file} can't be read: {error}")
            continue
        if explanation.rule != rule.id:
            problems.append(f"{rule.path}: the test {test.file} is served by {explanation.rule}.toml")
        needed |= {(match.role, match.selector) for match in explanation.matches if match.count}
        problems += [f"{rule.path}: the test {test.file}: {fault}" for fault in _faults(test, article)]
    problems += [
        f"{rule.path}: no test needs the selector {selector!r} ({role}): test it or remove it"
        for role, selector in _selectors(rule)
        if (role, selector) not in needed
    ]
    return problems


def _selectors(rule: Rule) -> list[tuple[str, str]]:
    found: dict[tuple[str, str], None] = {}
    for era in rule.eras:
        if era.when is not None:
            found.setdefault(("when", era.when))
        for role, queries in era.roles.items():
            for query in queries:
                found.setdefault((role, query.spelling))
        found |= {(kind, pattern): None for kind, patterns in era.patterns.items() for pattern in patterns}
    return list(found)


def _faults(test: RuleTest, article: Article) -> Iterator[str]:
    everything = squeezed(article.text)
    yield from (f"lacks {text!r}" for text in test.contains if squeezed(text) not in everything)
    yield from (f"contains {text!r}" for text in test.lacks if squeezed(text) in everything)
    found = {
        "title": article.title,
        "author": article.author,
        "section": article.section,
        "dek": article.dek,
        "published": _spelled(article.published),
        "updated": _spelled(article.updated),
        "tags": article.tags,
        "kinds": "".join(_LETTERS[block.kind] for block in article.blocks),
        "blocks": [block.text for block in article.blocks],
        "captions": [image.caption for image in article.images if image.caption],
        "credits": [image.credit for image in article.images if image.credit],
        "images": [image.url for image in article.images],
        "links": article.links,
        "related": article.related,
        "embeds": article.embeds,
    }
    for name, value in found.items():
        wanted = getattr(test, name)
        if wanted is not None and wanted != value:
            yield f"{name} must be {wanted!r}, not {value!r}"


def _spelled(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    return iso_8601(moment.at.date() if moment.precision == "day" else moment.at)
