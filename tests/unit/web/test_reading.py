"""An article for the eye: its text by kinds of blocks, its facts by how exactly they are known."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.inputs.index_samples import make_document

from newsdrop.documents import Block, Moment
from newsdrop.web.pages.letters import hex_dump
from newsdrop.web.reading import Piece, facts_of, metadata, pieces_of, reads_as_indexed

BLOCKS = [
    Block("p", "one"), Block("h", "two"), Block("quote", "three"), Block("quote", "four"),
    Block("li", "five"), Block("li", "six"), Block("p", "seven"),
]  # fmt: skip
TEXT = "\n".join(block.text for block in BLOCKS)


def test_neighbouring_quotes_and_points_stand_together() -> None:
    assert pieces_of(make_document(1, text=TEXT), BLOCKS) == [
        Piece("p", ["one"]),
        Piece("h", ["two"]),
        Piece("quote", ["three", "four"]),
        Piece("li", ["five", "six"]),
        Piece("p", ["seven"]),
    ]


def test_without_the_file_there_are_paragraphs() -> None:
    assert pieces_of(make_document(1, text="one\ntwo"), None) == [Piece("p", ["one"]), Piece("p", ["two"])]


def test_a_file_that_reads_otherwise_is_told_from_one_that_doesnt() -> None:
    document = make_document(1, text=TEXT)
    assert reads_as_indexed(document, BLOCKS)
    assert not reads_as_indexed(document, BLOCKS[1:])
    assert not reads_as_indexed(document, [])


def test_a_date_is_shown_as_exactly_as_it_is_known() -> None:
    for precision, shown in (("year", "2023"), ("month", "2023-05"), ("day", "2023-05-01")):
        published = Moment(datetime(2023, 5, 1, tzinfo=UTC), precision)  # type: ignore[arg-type]
        facts = {fact.name: fact.text for fact in facts_of(make_document(1, published=published))}
        assert facts["published"] == shown


def test_values_lead_to_the_search_for_them_and_addresses_out() -> None:
    document = make_document(1, source_name="端傳媒", tags=["a&b"], language="zh-Hant")
    facts = {fact.name: fact for fact in [*facts_of(document), *metadata(document)]}
    assert facts["site"].address == "/?site=example.com"
    assert facts["tag"].address == "/?tag=a%26b"
    assert facts["language"].address == "/?lang=zh-Hant"
    assert (facts["address"].address, facts["address"].outside) == ("https://www.example.com/1", True)
    assert facts["file"].text == "/drops/1.md"


def test_bytes_are_dumped_sixteen_a_line() -> None:
    assert hex_dump(b"\x00A" + b"z" * 15).splitlines() == [
        "00000000  00 41 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a  .Azzzzzzzzzzzzzz",
        "00000010  7a                                               z",
    ]
    assert hex_dump(b"") == ""
