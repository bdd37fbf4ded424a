from __future__ import annotations

from newsdrop.documents import Article, Block, Counts, Image
from newsdrop.enrich.counts import CountsStep, count


def test_everything_is_counted_once() -> None:
    article = Article(
        title="标题不算",
        blocks=[
            Block("h", "小标题"),
            Block("p", "港口 关闭。"),
            Block("li", "Two words"),
            Block("quote", "是"),
        ],
        images=[Image(url="https://a.example/1.jpg"), Image(url="https://a.example/2.jpg")],
        links=["https://a.example/", "https://a.example/"],
    )
    assert count(article) == Counts(chars=17, words=10, paragraphs=3, images=2, links=2, reading_time_s=2)


def test_an_empty_body_counts_nothing() -> None:
    assert count(Article(title="x", blocks=[])) == Counts(
        chars=0, words=0, paragraphs=0, images=0, links=0, reading_time_s=0
    )


def test_reading_takes_a_minute_for_332_characters_or_238_words() -> None:
    chinese = Article(title="", blocks=[Block("p", "字" * 332)])
    english = Article(title="", blocks=[Block("p", "word " * 238)])
    assert count(chinese).reading_time_s == count(english).reading_time_s == 60


def test_step_changes_the_counts_alone() -> None:
    article = Article(title="x", blocks=[Block("p", "港口")], language="zh")
    changed = CountsStep()(article)
    assert changed.counts is not None
    assert article.counts is None
    assert changed.language == "zh"
