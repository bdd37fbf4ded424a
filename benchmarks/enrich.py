"""What each enrichment step costs, by language: µs of CPU per article of about 5,000 characters.

    python -m benchmarks.enrich [--chars 5000] [--articles 40] [--rounds 7]

The best of several rounds over the same articles, because other work on the machine only ever adds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from tests.corpus.text import chinese_story, english_story
from tests.corpus.words import traditional

from newsdrop.documents import Article, Block
from newsdrop.enrich.steps import Step, default_steps


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--chars", type=int, default=5_000)
    options.add_argument("--articles", type=int, default=40)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    corpora = {
        "zh-Hans": _articles(chosen.articles, chosen.chars, lambda number: _chinese(number, chosen.chars)),
        "zh-Hant": _articles(
            chosen.articles, chosen.chars, lambda number: traditional(_chinese(number, chosen.chars))
        ),
        "en": _articles(chosen.articles, chosen.chars, lambda number: _english(number, chosen.chars)),
    }
    steps = default_steps()
    costs = {
        step.name: [_cost_us(step, articles, chosen.rounds) for articles in corpora.values()]
        for step in steps
    }
    table = Table("step", *corpora, title=f"µs per article of {chosen.chars:,} characters")
    for name, row in costs.items():
        table.add_row(name, *(f"{cost:,.0f}" for cost in row))
    table.add_section()
    without = [
        sum(column) for column in zip(*(costs[name] for name in costs if name != "keywords"), strict=True)
    ]
    table.add_row("all but keywords", *(f"{cost:,.0f}" for cost in without))
    table.add_row("all", *(f"{sum(column):,.0f}" for column in zip(*costs.values(), strict=True)))
    Console().print(table)


def _articles(count: int, chars: int, text_of: Callable[[int], str]) -> list[Article]:
    def article(number: int) -> Article:
        text = text_of(number)[:chars]
        paragraphs = [text[at : at + 200] for at in range(0, len(text), 200)]
        return Article(title=text[:20], blocks=[Block("p", paragraph) for paragraph in paragraphs])

    return [article(number) for number in range(count)]


def _chinese(number: int, chars: int) -> str:
    return "".join(chinese_story(number, seed=1, bytes_=chars * 4).sentences)


def _english(number: int, chars: int) -> str:
    return " ".join(english_story(number, seed=1, bytes_=chars * 2).sentences)


def _cost_us(step: Step, articles: list[Article], rounds: int) -> float:
    best_s = float("inf")
    for _ in range(rounds):
        begun_s = time.process_time()
        for article in articles:
            step(article)
        best_s = min(best_s, time.process_time() - begun_s)
    return best_s / len(articles) * 1e6


if __name__ == "__main__":
    main()
