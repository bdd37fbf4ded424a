"""What is found is taken away whole, in pieces, and in a form that no other program acts on."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator

import msgspec
import pytest
from tests.inputs.index_samples import make_document

from newsdrop.documents import Hit
from newsdrop.index.search import SearchRequest
from newsdrop.testing import MemoryStore
from newsdrop.web.exports import EXPORTS, file_name, safe_cell


def filled(count: int, text: str = "正文") -> MemoryStore:
    store = MemoryStore()
    store.put([make_document(number, f"標題 {number}", text, language="zh-Hant") for number in range(count)])
    return store


def pieces(kind: str, store: MemoryStore) -> list[bytes]:
    return list(EXPORTS[kind].pieces(store, SearchRequest()))


def test_lines_of_json_hold_every_hit() -> None:
    lines = b"".join(pieces("ndjson", filled(3))).splitlines()
    assert {msgspec.json.decode(line, type=Hit).title for line in lines} == {"標題 0", "標題 1", "標題 2"}


def test_a_table_holds_every_hit_below_its_columns() -> None:
    table = b"".join(pieces("csv", filled(3))).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["title"] for row in rows} == {"標題 0", "標題 1", "標題 2"}
    assert {row["path"] for row in rows} == {"/drops/0.md", "/drops/1.md", "/drops/2.md"}


def test_a_zip_holds_a_page_for_every_article() -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces("markdown", filled(3))))) as archive:
        assert archive.testzip() is None
        assert len(set(archive.namelist())) == 3
        assert all(archive.read(name).decode().startswith("# 標題") for name in archive.namelist())


@pytest.mark.parametrize("kind", EXPORTS)
def test_what_is_large_comes_in_pieces_of_a_bounded_size(kind: str) -> None:
    sizes = [
        len(piece) for piece in pieces(kind, filled(200, "".join(map(chr, range(0x4E00, 0x4E00 + 2_000)))))
    ]
    assert len(sizes) > 1
    assert max(sizes) < 200_000


@pytest.mark.parametrize("kind", EXPORTS)
def test_of_nothing_there_is_a_whole_file_with_nothing_in_it(kind: str) -> None:
    data = b"".join(pieces(kind, MemoryStore()))
    assert data.count(b"\n") == {"ndjson": 0, "csv": 1, "markdown": 0}[kind]
    if kind == "markdown":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == []


@pytest.mark.parametrize("kind", EXPORTS)
def test_hits_are_read_only_as_they_are_taken_away(kind: str) -> None:
    class Counting(MemoryStore):
        read = 0

        def all_hits(self, request: SearchRequest) -> Iterator[Hit]:
            for hit in super().all_hits(request):
                self.read += 1
                yield hit

    store = Counting()
    store.put([make_document(number, text="字" * 3_000) for number in range(500)])
    made = EXPORTS[kind].pieces(store, SearchRequest())
    assert store.read == 0
    if kind != "csv":
        assert next(made)
        assert store.read < 500


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n=cmd|' /C calc'!A0"])
def test_what_would_be_a_formula_is_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["香港", "2020-01-01", "a=b", "", "1-1"])
def test_what_is_none_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "a/b\\c:d*e?", "\x00\n\u202e", "…" * 500, "", ".", "CON"]
)
def test_an_entry_of_a_zip_is_one_plain_name(title: str) -> None:
    name = file_name(make_document(1, title))
    assert name.endswith(".md")
    assert not set(name) & set('/\\:*?"<>|\x00\n\u202e')
    assert len(name) < 100
    assert not name.startswith(".")
