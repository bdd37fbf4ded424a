from __future__ import annotations

import pytest

from newsdrop.index.wording import Wording


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("100km", ["100 km"]),
        ("5μm", ["5 μm"]),
        ("10км/ч", ["10 км ч"]),
        ("Т-34", ["т34"]),
        ("С400", ["с 400"]),
        ("F-16战机", ["f16 战 机"]),
        ("5年", []),
        ("GPT-4o", ["gpt 4 o", "gpt4o"]),
        ("GPT4o", ["gpt4 o", "gpt 4o"]),
        ("A320neo", ["a320 neo", "a 320neo"]),
        ("H1N1", []),
        ("US", ["u s"]),
        ("companies'", ["company", "companie"]),
        ("company's", []),
        ("appendices", ["appendix", "appendice"]),
        ("scarf", ["scarves", "scarfs"]),
    ],
)
def test_an_unquoted_word_asks_for_its_other_forms(typed: str, others: list[str]) -> None:
    assert [" ".join(other) for other in Wording(typed).others] == others
    assert Wording(typed, quoted=True).others == []
