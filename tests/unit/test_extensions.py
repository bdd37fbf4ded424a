"""What dialects and steps of other packages do wrong is told as theirs, and costs no more than it must."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from msgspec.structs import replace

from newsdrop import extensions
from newsdrop.archive.dialects import split
from newsdrop.documents import Article, Block
from newsdrop.enrich.steps import enrich
from newsdrop.errors import ExtensionError, TooLargeError
from newsdrop.options import Limits

ARTICLE = Article(title="T", blocks=[Block("p", "One.")], labels={"mood": ["blue"]})


class _Dialect:
    name = "theirs"
    expects = "a line of theirs"

    def __init__(self, sniff: Callable[[str], Any], split: Callable[..., Any]) -> None:
        self.sniff = sniff
        self.split = split


class _Step:
    name = "theirs"

    def __init__(self, work: Callable[[Article], Any]) -> None:
        self._work = work

    def __call__(self, article: Article) -> Any:
        return self._work(article)


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Let this object be what an installed package brings."""

    def brought(one: Any) -> None:
        monkeypatch.setattr(EntryPoint, "load", lambda self: one)
        points = [EntryPoint("x", "their_module:X", "their_group")]
        monkeypatch.setattr(extensions, "entry_points", lambda group: points)

    return brought


def _raises(error: Exception) -> Callable[..., Any]:
    def work(*_: Any) -> Any:
        raise error

    return work


@pytest.mark.parametrize(
    ("dialect", "said"),
    [
        (_Dialect(_raises(KeyError("k")), _raises(KeyError())), "KeyError: 'k'"),
        (_Dialect(lambda text: True, _raises(IndexError("no row"))), "IndexError: no row"),
        (_Dialect(lambda text: True, lambda *_: None), "returned NoneType and not Layout"),
    ],
)
def test_what_a_dialect_does_wrong_names_it_and_the_line(
    bring: Callable[[Any], None], dialect: _Dialect, said: str
) -> None:
    bring(dialect)
    with pytest.raises(ExtensionError) as caught:
        split("text", "/a.md", Limits(), dialects=extensions.dialects())
    assert "the dialect 'theirs' of the package their_module" in caught.value.message
    assert (
        "test_extensions.py, line " in caught.value.message or "extensions.py, line" in caught.value.message
    )
    assert said in caught.value.message


def test_what_a_dialect_declares_stays_what_it_is(bring: Callable[[Any], None]) -> None:
    bring(_Dialect(lambda text: True, _raises(TooLargeError("too large"))))
    with pytest.raises(TooLargeError):
        split("text", "/a.md", Limits(), dialects=extensions.dialects())


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda article: None, "returned NoneType and not Article"),
        (lambda article: replace(article, labels={"n": 5}), "Expected `array`, got `int`"),
        (lambda article: replace(article, labels={"n": "text"}), "Expected `array`, got `str`"),
        (lambda article: replace(article, labels={"n": [5]}), "Expected `str`, got `int`"),
        (lambda article: replace(article, title=None), "Expected `str`, got `null`"),
        (_raises(ValueError("boo")), "boo"),
    ],
)
def test_what_a_step_does_wrong_costs_its_own_result(
    bring: Callable[[Any], None], work: Callable[[Article], Any], said: str
) -> None:
    bring(_Step(work))
    enriched = enrich(ARTICLE, extensions.enrichments())
    (error,) = enriched.errors
    assert (error.step, said in error.message) == ("theirs", True), error.message
    assert replace(enriched, errors=[]) == ARTICLE


def test_what_a_step_does_right_stays(bring: Callable[[Any], None]) -> None:
    bring(_Step(lambda article: replace(article, labels={**article.labels, "n": ["5"]})))
    assert enrich(ARTICLE, extensions.enrichments()).labels == {"mood": ["blue"], "n": ["5"]}
