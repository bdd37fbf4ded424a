from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop import folding
from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError
from newsdrop.folding import fold, fold_table


@pytest.fixture
def table_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folding.tsv of the test's own in place of the shipped one."""
    path = tmp_path / "folding.tsv"
    monkeypatch.setattr(folding, "find_config_file", lambda _name: path)
    caches = (folding._table, folding._row, folding._foldable)
    for cached in caches:
        cached.cache_clear()
    yield path
    for cached in caches:
        cached.cache_clear()


def test_table_has_the_entries_the_index_was_measured_with() -> None:
    assert len(fold_table()) == 2_990


def test_every_entry_is_one_bmp_character_to_another() -> None:
    for source, target in fold_table().items():
        assert 0x2E80 <= source <= 0xFFFF
        assert 0x2E80 <= target <= 0xFFFF
        assert source != target


def test_no_result_is_folded_again() -> None:
    table = fold_table()
    assert not set(table.values()) & table.keys()


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


@pytest.mark.parametrize("line", ["長", "長长", "長\t长安", "長\t", "長\t長", "𠮷\t吉", "長\t长\n長\t常"])
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
    assert json.dumps(fold_table()) == json.dumps({ord("甲"): ord("乙")})
