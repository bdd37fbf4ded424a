"""The chain of steps: their order, and what happens if one fails."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from msgspec.structs import replace

from newsdrop.documents import Article, StepError
from newsdrop.enrich.counts import CountsStep
from newsdrop.enrich.fingerprint import FingerprintStep
from newsdrop.enrich.language import LanguageStep
from newsdrop.errors import kept_message

__all__ = ["Step", "default_steps", "enrich"]


@runtime_checkable
class Step(Protocol):
    """A pure function from article to article, and the name under which its errors are recorded."""

    @property
    def name(self) -> str: ...

    def __call__(self, article: Article) -> Article: ...


def default_steps(*, keywords: bool = True) -> tuple[Step, ...]:
    """The steps every article goes through; `keywords` can be left out."""
    steps: tuple[Step, ...] = (LanguageStep(), CountsStep(), FingerprintStep())
    if not keywords:
        return steps
    # Here, because rjieba loads its dictionary when it is imported.
    from newsdrop.enrich.keywords import KeywordsStep

    return (*steps, KeywordsStep())


def enrich(article: Article, steps: Iterable[Step]) -> Article:
    """The article after all steps; a step that fails is skipped and recorded in `errors`.

    Raises:
        MemoryError: the whole process is in danger, not just one step.
    """
    for step in steps:
        try:
            article = step(article)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever an optional step does, the article must be indexed
            failed = StepError(step.name, type(error).__name__, kept_message(str(error)))
            article = replace(article, errors=[*article.errors, failed])
    return article
