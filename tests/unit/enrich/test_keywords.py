from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.corpus.text import chinese_story, english_story
from tests.corpus.words import traditional

from newsdrop.documents import Article, Block
from newsdrop.enrich import keywords
from newsdrop.enrich.keywords import KeywordsStep, keywords_of
from newsdrop.folding import fold

STRIKE = (
    "码头工人星期三开始罢工，要求提高工资。工会说，码头工人的工资三年没有增加。航运公司表示愿意谈判，"
    "但是罢工第二天，谈判就破裂了。市长呼吁工会和航运公司回到谈判桌。我们可以看到，码头上停着很多货轮。"
)
ENGLISH = (
    "The Harbour Workers Union said the strike would go on. Dockers have asked for wages, higher wages. "
    "The Harbour Workers Union and the shipping company met on Monday, but the company refused. "
    "The strike has closed the port, and the port authority said it would take weeks until it works again."
)


def test_what_is_said_often_and_elsewhere_seldom_is_a_keyword() -> None:
    found = keywords_of("码头罢工", STRIKE * 2)
    assert set(found[:6]) >= {"罢工", "码头", "工会"}
    assert not {"我们", "可以", "没有", "星期三", "表示", "开始", "第二天"} & set(found)


def test_keywords_are_shown_as_the_article_writes_them() -> None:
    shown = keywords_of("碼頭罷工", traditional(STRIKE * 2))
    assert "罷工" in shown
    assert [fold(word) for word in shown] == keywords_of("码头罢工", STRIKE * 2)


def test_english_has_words_and_capitalised_phrases() -> None:
    found = keywords_of("Strike closes the port", ENGLISH)
    assert "Harbour Workers Union" in found
    assert {"strike", "port", "wages"} <= {word.lower() for word in found}
    assert not {"the", "said", "would", "monday"} & {word.lower() for word in found}


def test_latin_names_in_chinese_are_found() -> None:
    text = "Telegram的用户可以关闭这个功能。Telegram说，默认设置会改变。用户在Telegram里选择设置。" * 5
    assert "Telegram" in keywords_of("默认设置", text)


def test_the_title_counts_more() -> None:
    text = "渡轮停航。渡轮公司说明原因。" + "火车照常。火车公司说明原因。" * 1
    assert keywords_of("渡轮", text)[0] == "渡轮"
    assert keywords_of("火车", text)[0] == "火车"


def test_a_single_mention_is_enough_in_a_short_text_only() -> None:
    assert "防波堤" in keywords_of("", "市议会要检查防波堤。")
    assert "防波堤" not in keywords_of("", "市议会要检查防波堤。" + STRIKE * 6)


def test_there_are_at_most_twelve() -> None:
    story = "".join(chinese_story(1, seed=1, bytes_=30_000).sentences)
    assert 3 <= len(keywords_of("", story)) <= 12
    english = " ".join(english_story(1, seed=1, bytes_=9_000).sentences)
    assert 3 <= len(keywords_of("", english)) <= 12


@pytest.mark.parametrize(
    ("title", "text"), [("", ""), ("！", "……"), ("a", "b c"), ("的", "是了在"), ("12", "3 4 5")]
)
def test_saying_nothing_has_no_keywords(title: str, text: str) -> None:
    assert keywords_of(title, text) == []


def test_lone_surrogates_do_not_spoil_the_rest() -> None:
    assert "罢工" in keywords_of("码头罢工", STRIKE + "\ud800" + STRIKE)


def test_step_changes_the_keywords_alone() -> None:
    article = Article(title="码头罢工", blocks=[Block("p", STRIKE)], tags=["时事"])
    changed = KeywordsStep()(article)
    assert changed.keywords == keywords_of("码头罢工", STRIKE)
    assert changed.tags == ["时事"]
    assert article.keywords == []


@settings(max_examples=50)
@given(
    st.text(st.characters(codec=None)),
    st.text(st.sampled_from("港口關閉罷工 Port Authority，。’\n\ud800𠮷İ")),
)
def test_any_text_has_keywords_of_its_own_or_none(title: str, text: str) -> None:
    found = keywords_of(title, text)
    assert len(found) == len(set(found)) <= 12
    assert all(word in f"{title}\n{text}" for word in found)
    assert found == keywords_of(title, text)


def test_words_are_told_as_the_middle_says_them_too() -> None:
    filler = "".join(chr(0x4E00 + number * 7) for number in range(2_500))
    text = filler[:1_200] + "防波堤要检查，防波堤要加固。" + filler[1_200:]
    assert "防波堤" in keywords_of("", text)


def test_english_words_parted_by_anything_but_a_space_are_no_phrase() -> None:
    text = "Harbour  Board. Harbour, Board. 'Harbour' Board. Harbour' Board. " * 3
    assert keywords_of("", text) == ["Board", "Harbour"]


@pytest.mark.parametrize("small", ["of", "for", "and", "of the"])
def test_a_phrase_may_hold_small_words(small: str) -> None:
    assert f"Board {small} Trade" in keywords_of("", f"We asked the Board {small} Trade again. " * 2)


HOSTILE = {
    "capitals": "A" * 1_000_000,
    "capitals and a sign": "A" * 20_000 + "!",
    "capitalised": "Aa " * 333_333,
    "joined": "Aa of the " * 100_000,
    "apostrophes": "A" + "’" * 1_000_000,
    "hyphens": "A-" * 500_000 + "!",
    "spaces": "A" + " " * 1_000_000 + "A",
    "han": "港" * 1_000_000,
    "different han": "".join(map(chr, range(0x4E00, 0x4E00 + 20_000))) * 50,
    "signs": "，" * 1_000_000,
    "surrogates": "\ud800港" * 500_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_more_than_a_sample_is_read_of_any_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def folding(given: str) -> str:
        read.append(given)
        return fold(given)

    monkeypatch.setattr(keywords, "fold", folding)
    keywords_of(text, text)
    assert [len(given) <= keywords.MOST_CHARS for given in read] == [True]
    assert keywords.MOST_CHARS < 2_500


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_each_word_of_a_text_is_looked_at_once_for_phrases(text: str) -> None:
    looks = 0

    class Word(str):
        __slots__ = ()

        def __getitem__(self, place: object) -> str:
            nonlocal looks
            looks += 1
            return super().__getitem__(place)  # type: ignore[index]

    words = [Word(word) for word in text[:100_000].split(" ")]
    list(keywords._phrases(list(words)))
    assert looks <= 2 * len(words)


def test_no_pattern_repeats_a_group() -> None:
    patterns = [one.pattern for one in vars(keywords).values() if isinstance(one, re.Pattern)]
    assert len(patterns) >= 4
    # Each is a set of characters, once or repeated: whatever stands there, no way is tried twice.
    simple = re.compile(r"\[[^]]+\](?:\+|\{[0-9,]+\})?")
    assert [pattern for pattern in patterns if not simple.fullmatch(pattern)] == []
