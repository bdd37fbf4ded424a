from __future__ import annotations

import pytest
from msgspec.structs import replace

from newsdrop.documents import Article, Block, StepError
from newsdrop.enrich.steps import Step, default_steps, enrich

ARTICLE = Article(title="标题", blocks=[Block("p", "港口关闭，调查开始。")])


class Failing:
    name = "failing"

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, article: Article) -> Article:
        raise self.error


class Tagging:
    name = "tagging"

    def __call__(self, article: Article) -> Article:
        return replace(article, tags=[*article.tags, "seen"])


def test_default_steps_fill_in_language_counts_and_fingerprint() -> None:
    article = enrich(ARTICLE, default_steps())
    assert article.language == "zh-Hans"
    assert article.counts is not None
    assert article.fingerprint is not None
    assert article.errors == []


def test_keywords_can_be_left_out() -> None:
    assert enrich(ARTICLE, default_steps()).keywords
    assert enrich(ARTICLE, default_steps(keywords=False)).keywords == []


def test_default_steps_are_steps_with_names_of_their_own() -> None:
    steps = default_steps()
    assert all(isinstance(step, Step) for step in steps)
    assert len({step.name for step in steps}) == len(steps)


def test_the_article_given_is_not_changed() -> None:
    enrich(ARTICLE, (*default_steps(), Tagging(), Failing(ValueError())))
    assert Article(title="标题", blocks=[Block("p", "港口关闭，调查开始。")]) == ARTICLE


def test_steps_need_none_of_each_other() -> None:
    forwards, backwards = enrich(ARTICLE, default_steps()), enrich(ARTICLE, reversed(default_steps()))
    assert forwards == backwards


@pytest.mark.parametrize("error", [ValueError("bad value"), RecursionError("too deep"), KeyError("k")])
def test_a_failing_step_is_recorded_and_the_rest_still_run(error: Exception) -> None:
    article = enrich(ARTICLE, (Tagging(), Failing(error), Tagging()))
    assert article.tags == ["seen", "seen"]
    assert article.errors == [StepError("failing", type(error).__name__, str(error))]


def test_every_failure_is_recorded_and_its_message_bounded() -> None:
    earlier = replace(ARTICLE, errors=[StepError("parse", "X", "y")])
    article = enrich(earlier, (Failing(ValueError("x" * 10_000)), Failing(TypeError("z"))))
    assert [error.type for error in article.errors] == ["X", "ValueError", "TypeError"]
    assert len(article.errors[1].message) == 2_000


@pytest.mark.parametrize("error", [MemoryError(), KeyboardInterrupt(), SystemExit(1)])
def test_what_endangers_the_process_gets_through(error: BaseException) -> None:
    with pytest.raises(type(error)):
        enrich(ARTICLE, (Failing(error),))


def test_steps_survive_hostile_articles() -> None:
    hostile = ["", "\ud800\udc00", "\x00" * 1000, "a" * 100_000, "👩‍👩‍👧" * 100, "İ" * 10, "\u0300" * 5000]
    for text in hostile:
        article = enrich(Article(title=text, blocks=[Block("p", text)]), default_steps())
        assert article.errors == []
