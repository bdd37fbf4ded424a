from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.text import chinese_story, english_story
from tests.corpus.words import traditional

from newsdrop.documents import Article, Block
from newsdrop.enrich.language import LanguageStep, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("气象部门说，这场雨还会持续几天。", "zh-Hans"),
        ("氣象部門說，這場雨還會持續幾天。", "zh-Hant"),
        ("沿着河岸走，他发现了一座旧桥。", "zh-Hans"),
        ("沿著河岸走，他發現了一座舊橋。", "zh-Hant"),
        ("皇后在台北的里弄里乾杯，著名作家只喝茶", "zh"),
        ("香港 北京 上海 天津", "zh"),
        ("他在山上看到火光。", "zh"),
        ("他在山上看到火光，于是报警。", "zh-Hans"),
        ("The council will vote on the new harbour plan, and few expect it to fail.", "en"),
        ("市議會星期三將就 Harbour Front Master Plan 2030 進行表決。", "zh-Hant"),
        ("The word 关系 has no good translation, and the author of this essay is aware of that.", "en"),
        ("委員會は水曜日に新しい計画について話し合った。", "ja"),
        ("日文的“の”字常见于招牌，店主们说顾客喜欢。", "zh-Hans"),
        ("위원회는 수요일에 새로운 계획을 논의했다.", "ko"),
        ("བོད་ཀྱི་སྐད་ཡིག", "bo"),
        ("คณะกรรมการจะประชุมวันพุธ", "th"),
        ("Совет обсудит новый план в среду.", "und-Cyrl"),
        ("ستناقش اللجنة الخطة يوم الأربعاء", "und-Arab"),
        ("Der Stadtrat berät am Mittwoch über die neuen Pläne für den Hafen.", "und-Latn"),
        ("Le conseil municipal débattra mercredi du nouveau plan du port.", "und-Latn"),
        ("", None),
        ("2020-06-04 … 😀 —— 100 %", None),
    ],
)
def test_language_is_told_from_the_text(text: str, language: str | None) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "said", "language"),
    [
        ("Der Stadtrat berät am Mittwoch über die neuen Pläne für den Hafen.", "de-CH", "de"),
        ("Le conseil municipal débattra mercredi du nouveau plan du port.", "fr_FR", "fr"),
        ("Le conseil municipal débattra mercredi du nouveau plan du port.", "en-US", "und-Latn"),
        ("Le conseil municipal débattra mercredi du nouveau plan du port.", "zh", "und-Latn"),
        ("The council will vote on the new harbour plan, and few expect it to fail.", "de", "en"),
        ("Совет обсудит новый план в среду.", "ru", "ru"),
        ("Совет обсудит новый план в среду.", "de", "und-Cyrl"),
        ("ستناقش اللجنة الخطة يوم الأربعاء", "ar-EG", "ar"),
        ("市议会星期三将就新计划进行表决。", "de", "zh-Hans"),
    ],
)
def test_a_page_tells_which_of_the_languages_of_an_alphabet_it_is_in(
    text: str, said: str, language: str
) -> None:
    assert language_of(text, said) == language


@pytest.mark.parametrize(
    ("text", "said", "language"),
    [
        ("東京都知事選、候補者出揃", "ja", "ja"),
        ("首相、来月訪米", "ja-JP", "ja"),
        ("大統領 彈劾 可決", "ko", "ko"),
        ("中國 政府 發表", "ko-KR", "ko"),
        ("東京都知事選、候補者出揃", None, "zh-Hant"),
        ("东京都知事选举结果公布", "ja", "zh-Hans"),
        ("我們昨天說過這件事", "ja", "zh-Hant"),
        ("氣象部門表示，大雨將持續" * 20, "ja", "zh-Hant"),
        ("氣象部門表示，大雨將持續", "zh-TW", "zh-Hant"),
        ("The council will vote on the plan, and few of them expect it to fail.", "ja", "en"),
    ],
)
def test_a_headline_in_han_alone_is_what_its_page_says_if_it_may_be(
    text: str, said: str | None, language: str
) -> None:
    assert language_of(text, said) == language
    article = Article(title=text, blocks=[], said_language=said)
    assert LanguageStep()(article).language == language


@pytest.mark.parametrize("number", range(40))
def test_the_two_scripts_of_a_story_are_told_apart(number: int) -> None:
    text = "".join(chinese_story(number, seed=5, bytes_=4_000).sentences)
    assert language_of(text) == "zh-Hans"
    assert language_of(traditional(text)) == "zh-Hant"


@pytest.mark.parametrize("number", range(10))
def test_english_stories_are_english(number: int) -> None:
    assert language_of(" ".join(english_story(number, seed=5, bytes_=1_500).sentences)) == "en"


def test_a_quotation_in_the_other_script_does_not_win() -> None:
    body = "".join(chinese_story(1, seed=5, bytes_=6_000).sentences)
    assert language_of("《聯合聲明》全文見後。" + body) == "zh-Hans"
    assert language_of("《联合声明》全文见后。" + traditional(body)) == "zh-Hant"


def test_a_long_text_is_judged_by_more_than_its_beginning() -> None:
    english = " ".join(english_story(1, seed=5, bytes_=1_000).sentences)
    chinese = "".join(chinese_story(1, seed=5, bytes_=30_000).sentences)
    assert language_of(english + chinese) == "zh-Hans"


def test_step_takes_the_title_where_there_is_no_body() -> None:
    article = Article(title="氣象局發布警報", blocks=[])
    assert LanguageStep()(article).language == "zh-Hant"


def test_step_never_asks_the_title_where_there_is_a_body() -> None:
    article = Article(title="氣象局發布警報", blocks=[Block("p", "The warning was lifted by the bureau.")])
    assert LanguageStep()(article).language == "en"


@given(st.text(st.characters(codec=None)))
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert language_of(text) in {
        *("zh-Hans", "zh-Hant", "zh", "ja", "ko", "en", "bo", "th", "el", "he", None),
        *("und-Latn", "und-Cyrl", "und-Arab", "und-Deva"),
    }
