from __future__ import annotations

import pytest

from newsdrop.index.otherwise import in_other_ways, is_thousands
from newsdrop.index.query_parser import parse_query
from newsdrop.index.terms import terms


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("12345678", ["12 345 678", "1 23 45 678"]),
        ("1234567", ["1 234 567", "12 34 567"]),
        ("3000", ["3 000"]),
        ("3000人", ["3 000 人"]),
        ("007", []),
        ("0800123", []),
        ("3.000", ["3000"]),
        ("12.345.678", ["12345678"]),
        ("1.5", []),
        ("192.168.1.1", []),
        ("3.14159", []),
        ("2020-01-23", []),
        ("Müller", ["mueller"]),
        ("Mu\u0308ller", ["mueller"]),
        ("Mueller", ["muller"]),
        ("Oesterreich", ["osterreich"]),
        ("Tromsø", ["tromsoe"]),
        ("Aarhus", ["arhus"]),
        ("mueller", []),
        *(
            (word, [])
            for word in ("Michael", "Samuel", "Bauer", "Queen", "Shoes", "Guest", "Aerial", "Boeing")
        ),
        ("e-mail", ["email"]),
        ("Corona-Pandemie", ["coronapandemie"]),
        ("香-港", []),
        ("A-1", []),
        ("email", ["e mail"]),
        ("cooperation", ["co operation"]),
        ("company", []),
        ("antigovernment", ["anti government"]),
        ("U.S.A.", ["usa"]),
        ("Ph.D.", ["ph ¶ d", "phd"]),
        ("С.С.С.Р.", ["ссср"]),
        ("U.N.", []),
        ("10h30", ["10 h 30"]),
        ("5pm", ["5 p m", "5p m"]),
        ("4×100米", ["4x100 米", "4 x 100 米"]),
        ("1920x1080", ["1920 1080", "1920 x 1080"]),
        ("0x10", []),
        ("z.B.", ["z ¶ b"]),
        ("г.Москва", ["г ¶ москва"]),
        ("bbc.com", []),
        ("驻US大使", ["驻 u s 大 使"]),
        ("US-China关系", ["uschina 关 系"]),
        ("NBAer球迷", []),
        ("e-mail地址", ["email 地 址"]),
        ("state-of-the-art技术", []),
        ("T.S.Eliot", []),
        ("PhD", ["ph d"]),
        ("BScs", ["b sc"]),
        ("USB-C", ["usbc"]),
        ("U-N", []),
        ("A320-neo", ["a320neo"]),
        ("online", ["on line"]),
        ("reelection", ["re election"]),
        ("posture", []),
        ("911事件", ["9 11 事 件"]),
        ("911人", []),
        ("9·11事件", ["911 事 件"]),
        ("9·11", []),
        ("13·11事件", []),
    ],
)
def test_what_is_typed_is_asked_for_in_other_ways(typed: str, others: list[str]) -> None:
    assert in_other_ways(typed, terms(typed)) == [other.split() for other in others]


@pytest.mark.parametrize("typed", ["1 000 000", "1 000 000人", "3 000"])
def test_a_number_typed_with_spaces_is_one_number_as_well(typed: str) -> None:
    assert is_thousands(typed.split())
    assert terms(typed.replace(" ", "")) in in_other_ways(typed, terms(typed))
    assert parse_query(typed) != parse_query(" AND ".join(f'"{word}"' for word in typed.split()))


@pytest.mark.parametrize("typed", ["1 000 00", "0 000", "12 34", "1000 000", "1 000 000km", "1 000 000,5"])
def test_other_numbers_in_a_row_are_not(typed: str) -> None:
    assert not is_thousands(typed.split())


@pytest.mark.parametrize(
    "text",
    [
        "1x" * 50_000,
        "a." * 50_000,
        "1" * 100_000,
        "1.000" * 20_000,
        "Ae" * 50_000,
        "U." * 50_000,
        "1·01" * 30_000,
    ],
)
def test_a_hostile_text_is_read_in_one_go(text: str) -> None:
    assert len(in_other_ways(text, terms(text))) <= 2
