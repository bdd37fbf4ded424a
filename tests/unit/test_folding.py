from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop import folding
from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError
from newsdrop.folding import fold, fold_table, join_parts, spellings, syllables
from newsdrop.index.terms import terms


@pytest.fixture
def table_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folding.tsv of the test's own in place of the shipped one."""
    path = tmp_path / "folding.tsv"
    monkeypatch.setattr(folding, "find_config_file", lambda _name: path)
    caches = (folding._table, folding._han, folding._row, folding._foldable)
    for cached in caches:
        cached.cache_clear()
    yield path
    for cached in caches:
        cached.cache_clear()


def test_table_has_as_many_han_characters_as_its_parts_say() -> None:
    assert len(fold_table()) == 3_557


def test_every_entry_is_one_bmp_character_to_another() -> None:
    for source, target in fold_table().items():
        assert 0x2E80 <= source <= 0xFFFF
        assert 0x2E80 <= target <= 0xFFFF
        assert source != target


def test_no_result_is_folded_again() -> None:
    table = spellings()
    assert not {char for target in table.values() for char in target} & table.keys()


def to_the_end(text: str) -> str:
    table = spellings()
    return "".join(table.get(char, char) for char in text)


def assigned() -> list[int]:
    """Every code point that is a character."""
    return [code for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")]


def test_compatibility_ideographs_and_radicals_are_folded_as_unicode_says() -> None:
    table = spellings()
    blocks = [*range(0x2F00, 0x2FD6), *range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)]
    for code in blocks:
        plain = unicodedata.normalize("NFKC", chr(code))
        if plain != chr(code) and len(plain) == 1 and unicodedata.category(plain) == "Lo" and code < 0xFB00:
            assert table[chr(code)] == to_the_end(plain), hex(code)
    assert table["\u2ea0"] == "民"  # a radical that NFKC leaves alone


def test_full_width_and_half_width_are_folded_as_unicode_says() -> None:
    table = spellings()
    for code in [*range(0xFF01, 0xFF5F), *range(0xFF66, 0xFF9E)]:
        assert table[chr(code)] == unicodedata.normalize("NFKC", chr(code))
        voiced = unicodedata.normalize("NFKC", chr(code) + "ﾞ")
        assert table.get(chr(code) + "ﾞ", voiced if len(voiced) == 2 else "") == voiced


def test_every_syllable_of_hangul_is_the_same_in_separate_letters() -> None:
    table = syllables()
    assert len(table) == 11_172
    assert all(join_parts(f"a{letters}b") == f"a{one}b" for letters, one in table.items())


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        (unicodedata.normalize("NFD", "대한민국의 수도"), "대한민국의 수도"),
        ("\u1112\u1161 \u110f", "하 \u110f"),
        ("佐々木と人々、々 x々 云々々", "佐佐木と人人、々 x々 云云々"),
        ("こゝろ いすゞ かゞみ バナヽ づゝ", "こころ いすず かがみ バナナ づつ"),
        ("か\u3099 ｶﾞ", "が ガ"),
    ],
)
def test_what_is_written_in_parts_is_joined(text: str, joined: str) -> None:
    assert join_parts(text) == joined


@pytest.mark.parametrize(("half", "full"), [("ﾻ", "ㅋ"), ("ￂ", "ㅏ"), ("\u1161", "ㅏ"), ("\u11ab", "ㄴ")])
def test_letters_of_hangul_are_the_same_in_all_forms(half: str, full: str) -> None:
    assert spellings()[half] == full


@pytest.mark.parametrize(
    ("square", "plain"), [("㎏", "kg"), ("㎡", "m2"), ("㎞", "km"), ("㌔", "キロ"), ("㍿", "株式会社")]
)
def test_units_in_one_square_are_what_they_are_made_of(square: str, plain: str) -> None:
    assert spellings()[square] == plain
    assert terms(f"15{square}") == terms(f"15{plain}")


def test_every_letter_that_unicode_makes_of_a_letter_and_marks_is_the_letter() -> None:
    table = spellings()
    found = 0
    for code in assigned():
        first, *marks = list(unicodedata.normalize("NFD", chr(code)))
        latin = all("\u0300" <= mark <= "\u036f" for mark in marks)
        if marks and latin and unicodedata.category(first)[0] == "L" and code < 0x10000:
            assert table[chr(code)] == to_the_end(first), hex(code)
            found += 1
    assert found > 700


@pytest.mark.parametrize("dropped", "\u0301\u200b\u200d\ufeff\u00ad\ufe0f\U000e0100\u2060\u3099")
def test_marks_and_what_takes_no_room_are_left_out(dropped: str) -> None:
    assert spellings()[dropped] == ""


@given(st.text(st.characters(codec=None) | st.sampled_from([chr(c) for c in fold_table()])))
def test_folding_is_idempotent_and_keeps_the_length(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("港", "港"),
        ("臺灣", "台湾"),
        ("香港國安法", "香港国安法"),
        ("發言人／頭髮", "发言人／头发"),
        ("顯著、沿著", "显着、沿着"),
        ("妳們衞生", "你们卫生"),
        ("Reuters 路透社 2020", "Reuters 路透社 2020"),
        ("かな 한글 𠮷", "かな 한글 𠮷"),
    ],
)
def test_both_scripts_come_to_one_spelling(traditional: str, simplified: str) -> None:
    assert fold(traditional) == simplified == fold(simplified)


def test_the_table_given_out_is_a_copy() -> None:
    fold_table().clear()
    assert fold("長") == "长"


def test_the_file_names_its_source_and_licence() -> None:
    head = find_config_file("folding.tsv").read_text("utf-8")[:600]
    assert "OpenCC" in head
    assert "Apache-2.0" in head


@pytest.mark.parametrize(
    "line",
    ["長", "長长", "長\t长安", "長\t", "長\t長", "長\t∅", "長長長\t长", "長\t长\n長\t常", "a\tbcdefgh"],
)
def test_a_broken_line_is_named(table_from: Path, line: str) -> None:
    table_from.write_text(f"# head\n{line}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"Line [23] of .*folding\.tsv"):
        fold("長")


def test_a_chain_is_refused(table_from: Path) -> None:
    table_from.write_text("甲\t乙\n乙\t丙\n", "utf-8")
    with pytest.raises(ConfigError, match="甲"):
        fold("甲")


def test_comments_and_empty_lines_are_skipped(table_from: Path) -> None:
    table_from.write_text("# 長\t长\n\n甲\t乙\n", "utf-8")
    assert spellings() == {"甲": "乙"}
    assert json.dumps(fold_table()) == json.dumps({ord("甲"): ord("乙")})


def test_characters_can_be_written_by_their_codes_and_in_ranges(table_from: Path) -> None:
    table_from.write_text("U+0300..U+0302\t∅\nU+304B U+3099\tが\nU+F900\tU+8C48\n", "utf-8")
    assert spellings() == {"\u0300": "", "\u0301": "", "\u0302": "", "か\u3099": "が", "\uf900": "\u8c48"}
