"""How a file was read, on one screen of 80 by 24, whatever the file is."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from newsdrop.cli.parse_view import screen
from newsdrop.documents import Article, Block, Image, Moment
from newsdrop.moments import read_moment
from newsdrop.parse.explanation import Dropped, Explanation, Match, Origin

_FIELDS = [
    "title", "text", "url", "domain", "dek", "author", "source_name", "section", "tags", "published",
    "updated", "archived_at", "labels", "images", "links", "related", "embeds", "language",
]  # fmt: skip


def _article(day: Moment | None) -> Article:
    return Article(
        title="桥" * 200,
        blocks=[Block("p", "一。"), Block("p", "二。")],
        url="https://example.org/" + "a" * 300,
        author=["Ann Li", "張\x1b潔平"],
        published=day,
        archived_at_ms=1_650_000_000_000,
        images=[Image(url="https://example.org/a.png")],
    )


def _explanation(fields: list[str], dropped: int) -> Explanation:
    return Explanation(
        dialect="duty-machine/news",
        encoding="utf-8",
        rule="example",
        era=1,
        matches=[Match("drop", ".ad", 3), Match("byline", ".by", 0)],
        origins=[Origin(field, "rule: byline " + ".very-long" * 20) for field in fields],
        dropped=[Dropped("caption", ".c", f"段落 {number} " + "字" * 80) for number in range(dropped)],
    )


@pytest.mark.parametrize("dropped", [0, 1, 3, 500])
@pytest.mark.parametrize("count", [0, 1, 12, 13, len(_FIELDS)])
@pytest.mark.parametrize("width", [80, 40, 240])
def test_it_fits_one_screen(count: int, dropped: int, width: int) -> None:
    day = read_moment("2021-03-29")
    lines = screen(_article(day), _explanation(_FIELDS[:count], dropped), width)
    assert len(lines) <= 23
    assert max(map(cell_len, lines)) <= width
    assert lines[-1].startswith("Everything, the text included")


def test_each_field_stands_with_what_it_holds_and_its_place() -> None:
    explanation = _explanation(["text", "author", "published", "archived_at", "images"], 2)
    lines = screen(_article(read_moment("2021-03-29")), explanation, 240)
    shown = {line.split("  ")[0]: line for line in lines}
    assert "5 characters in 2 blocks" in shown["text"]
    assert "Ann Li; 張\\x1b潔平" in shown["author"]
    assert "2021-03-29  " in shown["published"]
    assert "2022-04-15 05:20 UTC" in shown["archived_at"]
    assert "rule: byline .very-long" in shown["images"]
    assert "1 of 2 selectors of example.toml matched something." in lines
    assert "Left out of the body: 2 caption." in lines


def test_places_stand_beside_what_the_fields_hold_however_wide_the_terminal() -> None:
    explanation = _explanation(["text", "author"], 0)
    lines = screen(_article(None), explanation, 240)
    at = {cell_len(line[: line.index("rule: byline")]) for line in lines if "rule: byline" in line}
    assert at == {len("author  ") + len("5 characters in 2 blocks") + 2}


def test_what_does_not_fit_is_counted() -> None:
    lines = screen(_article(None), _explanation(_FIELDS, 0), 80)
    assert "… and 7 more fields" in lines
    assert "Nothing was left out of the body." in lines
