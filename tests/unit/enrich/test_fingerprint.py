from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corpus.text import chinese_story
from tests.corpus.words import traditional

from newsdrop.documents import Article, Block
from newsdrop.enrich.fingerprint import FingerprintStep, content_hash, skeleton
from newsdrop.folding import join_parts, spellings


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("香港國安法", "0741fae086f0678aa6e78b06e87cace1"),
        ("Hello, World", "471ef9f403b2c916d29d3e9179221f03"),
    ],
)
def test_values_are_pinned_since_the_index_keeps_them(text: str, content: str) -> None:
    assert content_hash(text) == content


@pytest.mark.parametrize(
    "copy",
    [
        "港口关闭，Reuters报道。",
        "港口關閉，Reuters報道。",
        "港口关闭,REUTERS 报道",
        "《港口\n关闭》\u3000reuters\u200b——报道！",
        "港口关闭，Ｒéuters报道。",
        "港\ufe00口关闭，re\u0301uters报道。",
        "港⼝关闭，Reuters报道。",
    ],
)
def test_copies_that_say_the_same_have_one_hash(copy: str) -> None:
    assert content_hash(copy) == content_hash("港口关闭reuters报道")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("대한민국의 수도, 서울. News", unicodedata.normalize("NFD", "대한민국의 수도, 서울. News")),
        ("报道说：한국", "報道說：" + unicodedata.normalize("NFD", "한국")),
        ("ㅋㅋㅋ 하하", "ﾻﾻﾻ 하하"),
        ("佐佐木さんのこころ", "佐々木さんのこゝろ"),
        ("كتاب في", "کتاب فى"),
    ],
)
def test_what_is_written_in_parts_has_the_same_hash(one: str, other: str) -> None:
    assert content_hash(one) == content_hash(other)


@pytest.mark.parametrize("other", ["港口开放，Reuters报道。", "港口关闭，Reuters报道2。", "C++", "བོད", "བད"])
def test_other_texts_have_other_hashes(other: str) -> None:
    known = {content_hash(text) for text in ("港口关闭，Reuters报道。", "C#", "བོ")}
    assert content_hash(other) not in known


@given(
    st.text(st.characters(codec=None)),
    st.text(
        st.sampled_from(
            "ｶﾞ\u1112\u1161\u11ab佐々こゝée\u0301⼈\uf902\U000e0100\U0002f800Ｒﬁ’‘“”–—…\xa0 "
            "aB1.,$+_-İΣſ\u212a港國国，。"
        )
    ),
)
def test_the_fast_ways_reduce_as_the_plain_one_does(strange: str, usual: str) -> None:
    for text in (strange, usual, usual + strange):
        table = spellings()
        kept = (
            table.get(char, char).lower()
            for char in join_parts(text.lower())
            if ((kind := unicodedata.category(char))[0] not in "PZ" and kind not in ("Cc", "Cf"))
            or ord(char) > 0xFFFF
        )
        assert skeleton(text) == "".join(kept)


def test_every_ascii_character_is_kept_or_dropped_alike_in_all_texts() -> None:
    for code in range(128):
        alone, beside = skeleton(chr(code)), skeleton(chr(code) + "国")
        assert beside == alone + "国"
        assert skeleton(chr(code) + "國") == beside


def test_a_story_in_both_scripts_is_one_story() -> None:
    story = "".join(chinese_story(3, seed=1, bytes_=9_000).sentences)
    assert content_hash(story) == content_hash(traditional(story))


@pytest.mark.parametrize("text", ["", " \n\u3000", "——。！？", "\u200b\ufeff"])
def test_saying_nothing_has_no_hash(text: str) -> None:
    assert content_hash(text) is None


def test_step_takes_the_title_where_the_body_says_nothing() -> None:
    with_body = FingerprintStep()(Article(title="标题", blocks=[Block("p", "正文")]))
    without = FingerprintStep()(Article(title="标题", blocks=[Block("p", "……")]))
    assert with_body.fingerprint is not None
    assert with_body.fingerprint.content == content_hash("正文")
    assert with_body.fingerprint.minhash == []
    assert without.fingerprint is not None
    assert without.fingerprint.content == content_hash("标题")


def test_step_leaves_a_speechless_article_without_a_fingerprint() -> None:
    assert FingerprintStep()(Article(title="！", blocks=[])).fingerprint is None


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_reduced_and_only_once(text: str) -> None:
    reduced = skeleton(text)
    assert skeleton(reduced) == reduced
    assert content_hash(text) is None or len(content_hash(text) or "") == 32
