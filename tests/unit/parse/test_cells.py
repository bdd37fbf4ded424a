"""A table of data is read row by row, even if its cells are written in paragraphs; other tables aren't."""

from __future__ import annotations

from tests.inputs.saved_pages import shipped_parser

from newsdrop.documents import Page

LONG = "The lighthouse in the harbour opened again on Tuesday morning after three years of repairs. " * 4


def texts(row: str) -> list[str]:
    html = f"<p>Before.</p><table><tr>{row}</tr></table>"
    blocks = shipped_parser().parse(Page(dialect="html", html=html, url="https://e.org/a")).blocks
    return [block.text for block in blocks][1:]


def test_a_row_of_paragraphs_is_one_block() -> None:
    assert texts("<td><p>2020</p></td><td><p>120 <b>ships</b></p></td>") == ["2020 120 ships"]


def test_what_lays_a_page_out_keeps_its_paragraphs() -> None:
    assert texts("<td><p>One.</p><p>Two.</p></td><td><p>Three.</p></td>") == ["One.", "Two.", "Three."]
    assert texts("<td><p>Menu</p></td><td><p>" + LONG + "</p></td>") == ["Menu", LONG.strip()]
    assert texts("<td><p>One.</p></td>") == ["One."]
