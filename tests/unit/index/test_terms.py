from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.searching import marked

from newsdrop.folding import fold, spellings
from newsdrop.index.query import Words, wanted
from newsdrop.index.query_parser import parse_query
from newsdrop.index.snippet import snippet
from newsdrop.index.terms import _aligned, find_all, folded, is_asked, spelled, terms, writings

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("香港國安法", "香 港 国 安 法"),
        ("港", "港"),
        ("用5G手機", "用 5g 手 机"),
        ("2019年6月4日", "2019 年 6 月 4 日"),
        ("100万, 3,000人 1,2,3", "100 万 ¶ 3000 人 1 2 3"),
        ("Covid-19, don't; U.S. A_b", "covid 19 ¶ don't ¶ u s a b"),
        ("Xi’s Xi's ‘quoted’ rock'n'roll", "xi xi ¶ quoted rock'n'roll"),
        ("3.14 foo. .bar", "3 14 foo ¶ bar"),
        ("ＡＢＣ　１２", "abc 12"),
        ("唐納德·特朗普", "唐 纳 德 特 朗 普"),
        ("ひらがな カタカナ", "ひ ら が な カ タ カ ナ"),
        ("スーパー・マーケット", "ス ー パ ー マ ー ケ ッ ト"),
        ("대한민국 KBS뉴스", "대 한 민 국 kbs 뉴 스"),
        ("naïve Nguye\u0302\u0303n Ærø", "naive nguyen aero"),
        ("⼈⺠⼤會堂 \uf902輛 葛\U000e0100城", "人 民 大 会 堂 车 辆 葛 城"),
        ("ｶﾞｽ か\u3099す", "ガ ス が す"),
        ("香\u200b港 李　強", "香 港 李 强"),
        ("政府，香港。”\n我", "政 府 ¶ 香 港 ¶ 我"),
        ("10:30 11：45 Photo:AP", "10 30 11 45 photo ¶ ap"),
        ("１０：３０ ３,５ 甲：Ｂ", "10 30 3 5 甲 ¶ b"),
        ("bbc.com/zhongwen?a=b", "bbc com zhongwen ¶ a b"),
        ("时々x 𠮷野家 𠀋", "时 时 x 吉 野 家 𠀋"),
        ("ไทยวันabc😀é", "ไ ท ย วั น abc 😀 e"),
        ("①2½ 25℃ №5", "1 2 1 2 25 c no 5"),
        ("25ºC 77ºF nº 5 ㏂ 5㎧", "25 c 77 f no 5 a m 5m s"),
        ("歐巴馬﹒ᐧꞏ胡", "欧 巴 马 胡"),
        ("錢鍾書 錢锺書 馀 原吿 赵孟𫖯 𨧀", "钱 钟 书 钱 钟 书 余 原 告 赵 孟 俯 𬭊"),
        ("二○○八年 ○ 唐納德•川普 • 甲 •乙", "二 零 零 八 年 ¶ 唐 纳 德 川 普 ¶ 甲 ¶ 乙"),
        ("🇭🇰👍🏽✔五", "🄷 🄺 👍 ✔ 五"),
        ("，。！ — \x00", "¶ ¶"),
        ("ジャン゠ポール 3⁄4 a˟b a゛b", "ジ ャ ン ポ ー ル 3 4 a b a b"),
        ("it´s don`t Qurʾan Hawaiʻi 'ʿAli", "it don't qur'an hawai'i ali"),
        ("צה״ל צה\"ל ג׳ורג׳ ג'ורג' ח’כ", "צה ¶ ל צה ¶ ל ג ורג ג ורג ח כ"),
        ("سلام، عالم؟ नमस्ते। 甲︐乙＂丙", "سلام ¶ عالم ¶ नमस्ते ¶ 甲 ¶ 乙 ¶ 丙"),
        ("人\u0489民 a\u180eb c\ufff9d", "人 民 ab cd"),
        ("３，０００ 3，000 1，234，567 892，329.", "3000 3000 1234567 892329"),
        ("1，2，3 2019，262 0，124，255 M50，250", "1 ¶ 2 ¶ 3 2019 ¶ 262 0 ¶ 124 ¶ 255 m50 ¶ 250"),
        ("1,200，3,400，340,000 1,200，300", "1200 ¶ 3400 ¶ 340000 1200 ¶ 300"),
        ("192.168.0.1，192 2019,262 2，000–3，000", "192 168 0 1 ¶ 192 2019 262 2000 3000"),
        ("3\u202f000 4\u2009000 5\u00a0000 6 000 3'000 3’000 5'6", "3000 4000 5000 6 000 3000 3000 5 6"),
        ("１２，３４５ ١٬٠٠٠ ۱٬۲۳۴٬۵۶۷", "12345 1000 1234567"),
        ("d'urgence l’État qu'il D'Angelo dell'arte", "d urgence l etat qu il d angelo dell arte"),
        (
            "don't O'Brien Xi'an Chang'e Hawai'i aujourd'hui",
            "don't o'brien xi'an chang'e hawai'i aujourd'hui",
        ),
        ("İstanbul'da Ankara’nın Erdoğan'ı Kürt'e", "istanbul da ankara nin erdogan i kurt e"),
        ("Mr. Li met J. K. Rowe. He e.g. left on Jan. 23.", "mr li met j k rowe ¶ he e g left on jan 23"),
        ("the F.B.I. No. 5 x.\ny St. Mary", "the f b i no 5 x ¶ y st mary"),
        ("Ch‘ing ‘no’ 1️⃣2️⃣ ⒜甲", "ch'ing ¶ no 1 2 a 甲"),
        ("ทำ ทํา क़लम தொ", "ทํ า ทํ า कलम \u0ba4\u0bc6\u0bbe"),
        ("we're they'll c'mon Qur'an Yan'an rock'n'roll", "we're they'll c'mon qur'an yan'an rock'n'roll"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8 \u314b\u110f ﾻﾻ", "한 국 ㅋ ㅋ ㅋ ㅋ"),
        ("佐々木 云々々 x々 こゝろ いすゞ バナヽ", "佐 佐 木 云 云 々 x 々 こ こ ろ い す ず バ ナ ナ"),
        ("ی ي ى ک ة ﷲ", "ي ي ي ك ه الله"),
        ("𰻞面 \U00031350\U000323b0", "𰻞 面 \U00031350 \U000323b0"),
    ],
)
def test_terms_are_single_characters_and_whole_words(text: str, expected: str) -> None:
    assert " ".join(terms(text)) == expected


@given(st.text(st.characters(codec=None) | st.sampled_from("香港국カé'., \n\u0301ﾞ3,")))
def test_a_short_text_has_the_terms_of_a_long_one(text: str) -> None:
    assert terms(text + " ") == terms(text + 500 * " ")


@given(st.text())
def test_terms_of_terms_are_the_same_terms(text: str) -> None:
    once = " ".join(term for term in terms(text) if term != "¶")
    assert " ".join(terms(once)) == once


@given(st.text(st.characters(codec=None)), st.sampled_from(sorted(spellings())))
def test_a_folded_keyword_is_folded_to_the_end(text: str, source: str) -> None:
    once = folded(text + source)
    assert folded(once) == once


@given(before=CHINESE, word=CHINESE, after=CHINESE)
def test_the_terms_of_a_piece_are_consecutive_terms_of_the_whole(before: str, word: str, after: str) -> None:
    assert f" {' '.join(terms(word))} " in f" {' '.join(terms(before + word + after))} "


@given(CHINESE)
def test_both_scripts_give_the_same_terms(text: str) -> None:
    assert terms(text) == terms(fold(text))


@pytest.mark.parametrize(("text", "asked"), [("港", True), ("a。", True), ("，。!", False), ("", False)])
def test_signs_alone_ask_for_nothing(text: str, asked: bool) -> None:
    assert is_asked(text) is asked


@pytest.mark.parametrize(
    "text", ["。" * 100_000, "=" * 100_000, "香'" * 50_000, "3," * 50_000, "' " * 50_000]
)
def test_long_rows_of_signs_are_read_in_one_go(text: str) -> None:
    assert len(spelled(text)) <= 3 * len(text)


@given(before=st.text(max_size=20), word=CHINESE, after=st.text(max_size=20))
def test_a_phrase_is_found_where_it_stands(before: str, word: str, after: str) -> None:
    text = f"{before}|{word}|{after}"
    spans = list(find_all(text, fold(word)))
    assert (len(before) + 1, len(before) + 1 + len(word)) in spans or any(
        start < len(before) + 1 + len(word) and end > len(before) + 1 for start, end in spans
    )


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("Ærø, résumé", "resume", "résumé"),
        ("Ærø, re\u0301sume\u0301 x", "résumé", "re\u0301sume\u0301"),
        ("ﬁne café", "cafe", "café"),
        ("protests protest", "protest", "protest"),
        ("ｶﾞｽ代", "ガス", "ｶﾞｽ"),
        ("唐纳德·特朗普", "唐纳德特朗普", "唐纳德·特朗普"),
        ("3,000人", "3000人", "3,000人"),
        ("葛\U000e0100城市", "葛城", "葛\U000e0100城"),
        ("用5G手机2019年", "5G", "5G"),
        ("用5G手机2019年", "2019", "2019"),
        ("AT&T公司", "AT&T", "AT&T"),
        ("GPT-4o与GPT-4。", "GPT-4", "GPT-4"),
        ("in Hong Kong’s future", "Hong Kong's future", "Hong Kong’s future"),
        ("第①章 2½小时", "①章", "①章"),
        ("第①章 2½小时", "½", "½"),
        ("在二○一九年", "二〇一九年", "二○一九年"),
        ("爱香港🇭🇰！", "🇭🇰", "🇭🇰"),
        ("👍🏽赞", "👍赞", "👍🏽赞"),
        ("They don´t know", "don't", "don´t"),
        ("在北京。市长辞职，北京市长", "北京市长", "北京市长"),
        ("Hong Kong. National Hong Kong National", '"Hong Kong National"', "Hong Kong National"),
        ("国务院任命 国务院。任命", "国务院。任命", "国务院。任命"),
        ("共3，000人", "3000人", "3，000人"),
        ("il y a 3\u202f000 gens", "3000", "3\u202f000"),
        ("l’état d’urgence", "urgence", "urgence"),
        ("l’état d’urgence", "d'urgence", "d’urgence"),
        ("佐々木朗希", "佐佐木", "佐々木"),
        ("いすゞの車", "いすず", "いすゞ"),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8은", "한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
    ],
)
def test_what_is_marked_is_what_the_text_has(text: str, phrase: str, expected: str) -> None:
    assert [text[start:end] for start, end in find_all(text, phrase)] == [expected]


def shown(text: str, query: str) -> tuple[str, list[str]]:
    piece, marks = snippet(text, wanted(parse_query(query), "text"))
    return piece, marked(piece, marks)


def test_a_snippet_shows_the_first_match_with_its_surroundings() -> None:
    text = "甲" * 200 + "香港\t國安法" + "乙" * 200
    piece, marks = shown(text, '"香港 国安法" 香港')
    assert marks == ["香港 國安法"]
    assert piece.startswith("…甲")
    assert piece.endswith("乙…")


def test_a_snippet_marks_the_other_number_of_a_word() -> None:
    assert shown("The protests began", "protest")[1] == ["protests"]
    assert shown("The protests began", '"protest"')[1] == []
    assert shown("用5G，手机 5 G，手机", "5G，手机")[1] == ["5G，手机", "5 G，手机"]


def test_a_snippet_marks_words_by_their_beginning_and_nothing_that_is_excluded() -> None:
    text = "Bridges and ferries: the bridge, the ferry; Cambridge."
    assert shown(text, "brid* -ferries")[1] == ["Bridges", "bridge"]


@pytest.mark.parametrize("before", [0, 119, 120, 121, 1_990, 2_000, 2_001, 9_000])
@pytest.mark.parametrize(
    ("query", "written"),
    [("香港", "香 港"), ("3000", "3,000"), ("strasse", "Straße"), ("cat", "cats"), ("ガス", "ｶﾞｽ")],
)
def test_a_snippet_shows_the_match_wherever_a_long_text_has_it(before: int, query: str, written: str) -> None:
    text = f"{'天 catty。' * (before // 7 + 1)}{written}{'。天 category' * 400}"
    piece, marks = snippet(text, [Words(query)])
    assert [piece[start:end] for start, end in marks] == [written]


@pytest.mark.parametrize("phrase", [("a" * 100_000,), ("港",) * 500, ("a" * 60, "¶", "b" * 60)])
def test_of_a_long_phrase_the_beginning_is_looked_for(phrase: tuple[str, ...]) -> None:
    written = " ".join(term for term in phrase if term != "¶")
    assert writings(phrase).match(written)
    # Compiling a pattern takes time for each of its characters.
    assert len(writings(phrase).pattern) < 10_000


def test_a_beginning_is_marked_to_the_end_of_the_word_and_no_further() -> None:
    assert shown("新bridges的bridge", "brid*") == ("新bridges的bridge", ["bridges", "bridge"])


def test_a_snippet_without_a_match_is_the_beginning() -> None:
    assert snippet("短文", [Words("別的")]) == ("短文", [])
    assert snippet("", []) == ("", [])


@given(
    st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("İΣςẞﬁ臺台１Ａがガｶﾞ't\u200d"), max_size=40
    )
)
def test_a_text_folded_at_once_is_aligned_as_one_folded_letter_by_letter(text: str) -> None:
    small, starts = _aligned(text)
    # The voiced pair makes it go letter by letter.
    slow, places = _aligned(f"{text} ｶﾞ")
    assert slow.startswith(small + " ")
    assert [*starts] == [*places[: len(small)], len(text)]
