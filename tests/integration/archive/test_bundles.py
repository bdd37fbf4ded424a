"""Bundles in a real file system: told from pages, listed, and their members fetched in any order."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from hashlib import sha256
from itertools import permutations
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.inputs.bundle_files import (
    PACKERS,
    Pages,
    every_kind,
    http,
    pages,
    tarred,
    warc,
    warc_record,
    zipped,
)

from newsdrop.archive.bundles import members as bundle_members
from newsdrop.archive.bundles.streams import Forward
from newsdrop.archive.reader import Bundle, Raw, Reader
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import BundleError, GoneError, NotTextError, PermanentError, TooLargeError
from newsdrop.identity import path_drop_id
from newsdrop.options import Limits

KINDS = sorted(every_kind({}))


def put(folder: Path, name: str, data: bytes) -> Drop:
    path = folder / name
    path.write_bytes(data)
    info = path.stat()
    return Drop(id=path_drop_id(path), path=str(path), stamp=Stamp.from_ns(info.st_size, info.st_mtime_ns))


def members(reader: Reader, drop: Drop) -> list[Drop]:
    found = reader.fetch(drop)
    assert isinstance(found, Bundle)
    return list(found.members())


def fetch(reader: Reader, drop: Drop) -> bytes:
    raw = reader.fetch(drop)
    assert isinstance(raw, Raw)
    return raw.data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["right.{}", "page.md"])
def test_members_are_fetched_in_any_order_whatever_the_bundle_is_called(
    tmp_path: Path, kind: str, name: str
) -> None:
    wanted = pages(20)
    reader = Reader()
    drops = members(reader, put(tmp_path, name.format(kind), every_kind(wanted)[kind]))
    random.Random(1).shuffle(drops)
    assert {drop.member: fetch(reader, drop) for drop in drops} == wanted
    assert {drop.member: fetch(reader, drop) for drop in reversed(drops)} == wanted


def test_what_was_passed_over_and_forgotten_is_found_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_members, "_KEPT_BYTES", 5_000)
    wanted = pages(12)
    reader = Reader()
    drops = members(reader, put(tmp_path, "a.tar.gz", PACKERS["gz"](tarred(wanted))))
    assert {drop.member: fetch(reader, drop) for drop in reversed(drops)} == wanted


def test_a_bundle_may_be_larger_than_a_page(tmp_path: Path) -> None:
    reader = Reader(Limits(file_bytes=4_000))
    drop = put(tmp_path, "a.tar", tarred(pages(5)))
    assert drop.stamp.size > 4_000
    assert len(members(reader, drop)) == 5
    with pytest.raises(TooLargeError, match="file_bytes"):
        reader.fetch(put(tmp_path, "a.md", b"x" * 4_001))


@pytest.mark.parametrize("ending", sorted(PACKERS))
def test_a_packed_page_is_the_page_and_no_bundle(tmp_path: Path, ending: str) -> None:
    page = seed_like(1, html_bytes=4_000)
    drop = put(tmp_path, f"page.md.{ending}", PACKERS[ending](page))
    raw = Reader().fetch(drop)
    assert isinstance(raw, Raw)
    assert (raw.data, raw.stamp) == (page, drop.stamp)
    assert raw.sha256 == sha256((tmp_path / f"page.md.{ending}").read_bytes()).hexdigest()
    inline = Drop(id="x", stamp=Stamp(0, 0), content=PACKERS[ending](page))
    assert fetch(Reader(), inline) == page


def test_a_packed_page_that_is_too_large_a_bomb_or_cut_off_says_so(tmp_path: Path) -> None:
    page = PACKERS["gz"](bytes(30_000_000))
    with pytest.raises(BundleError, match="bomb"):
        Reader().fetch(put(tmp_path, "bomb.gz", page))
    with pytest.raises(TooLargeError, match="file_bytes"):
        Reader(Limits(bundle_ratio=2_000)).fetch(put(tmp_path, "large.gz", page))
    whole = PACKERS["gz"](seed_like(1, html_bytes=4_000))
    with pytest.raises(BundleError, match="cut off"):
        Reader().fetch(put(tmp_path, "cut.gz", whole[:-20]))


def test_a_bundle_sent_inline_is_refused(tmp_path: Path) -> None:
    for data in (zipped(pages(1)), PACKERS["gz"](tarred(pages(1)))):
        with pytest.raises(PermanentError, match="bundle"):
            Reader().fetch(Drop(id="x", stamp=Stamp(0, 0), content=data))


def nest(wanted: Pages, levels: int) -> bytes:
    data = zipped(wanted)
    for number in range(levels):
        data = tarred({f"before{number}.md": b"x", f"in!ner{number}.zip": data})
    return data


def test_a_bundle_in_a_bundle_is_read_as_deep_as_is_allowed(tmp_path: Path) -> None:
    wanted = pages(3)
    reader = Reader()
    _, inner = members(reader, put(tmp_path, "a.tar", nest(wanted, 1)))
    drops = members(reader, inner)
    assert [drop.member for drop in drops] == [f"in!ner0.zip!{name}" for name in wanted]
    assert [fetch(reader, drop) for drop in drops] == list(wanted.values())
    _, inner = members(reader, put(tmp_path, "b.tar", nest(wanted, 2)))
    _, innermost = members(reader, inner)
    with pytest.raises(BundleError, match="bundle_depth"):
        members(reader, innermost)
    deeper = Reader(Limits(bundle_depth=3))
    assert [fetch(deeper, drop) for drop in members(deeper, innermost)] == list(wanted.values())


@pytest.mark.parametrize("order", list(permutations(["b.zip", "b.zip!c.md", "b.zip!c.md#2"])))
def test_a_member_called_like_that_of_a_nested_bundle_is_another_drop(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    contents = {"b.zip": zipped({"c.md": b"nested"}), "b.zip!c.md": b"beside", "b.zip!c.md#2": b"and more"}
    reader = Reader()
    outer = members(reader, put(tmp_path, "a.tar", tarred({name: contents[name] for name in order})))
    inner = members(reader, outer[order.index("b.zip")])
    pages = [drop for drop, name in zip(outer, order, strict=True) if name != "b.zip"]
    assert len({drop.id for drop in outer + inner}) == 4
    assert [fetch(reader, drop) for drop in pages] == [contents[name] for name in order if name != "b.zip"]
    assert [fetch(reader, drop) for drop in inner] == [b"nested"]


def test_a_packed_page_inside_a_bundle_is_unpacked(tmp_path: Path) -> None:
    page = seed_like(1, html_bytes=4_000)
    reader = Reader()
    (drop,) = members(reader, put(tmp_path, "a.zip", zipped({"page.md.gz": PACKERS["gz"](page)})))
    assert fetch(reader, drop) == page


def test_a_page_of_a_warc_needs_no_header(tmp_path: Path) -> None:
    body = "<html><head><title>标题</title></head><body><p>正文</p></body></html>".encode()
    reader = Reader()
    (drop,) = members(reader, put(tmp_path, "a.warc.gz", PACKERS["gz"](warc({"a": body}))))
    raw = reader.fetch(drop)
    assert isinstance(raw, Raw)
    page = reader.page(drop, raw)
    assert (page.dialect, page.url, page.archived_at_ms) == (
        "warc",
        "https://example.org/a",
        1_580_461_200_000,
    )
    assert page.whole
    assert "正文" in page.html


def test_the_web_servers_charset_goes_before_the_pages_own(tmp_path: Path) -> None:
    body = "<html><head><meta charset=gbk></head><body><p>Новости дня и ночи</p></body></html>".encode(
        "koi8-r"
    )
    reader = Reader()
    (drop,) = members(reader, put(tmp_path, "a.warc", warc({"a": body}, kind='text/html;charset="KOI8-R"')))
    raw = reader.fetch(drop)
    assert isinstance(raw, Raw)
    page = reader.page(drop, raw)
    assert page.encoding == "koi8-r"
    assert "Новости дня и ночи" in page.html


def test_a_web_server_that_claims_utf_8_in_vain_leaves_the_say_to_the_page(tmp_path: Path) -> None:
    body = "<html><head><meta charset=koi8-r></head><body><p>Новости дня и ночи</p></body></html>".encode(
        "koi8-r"
    )
    reader = Reader()
    (drop,) = members(reader, put(tmp_path, "a.warc", warc({"a": body})))
    raw = reader.fetch(drop)
    assert isinstance(raw, Raw)
    assert reader.page(drop, raw).encoding == "koi8-r"


@pytest.mark.parametrize(
    ("encoding", "body"), [("compress", b"\x1f\x9d\x90" + b"z" * 20), ("gzip", b"\x1f\x8b\x08" + b"z" * 20)]
)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_page_of_a_warc_whose_body_cannot_be_unpacked_costs_no_other(
    tmp_path: Path, order: tuple[int, ...], encoding: str, body: bytes
) -> None:
    bodies = [http(b"<p>0"), http(body, more=f"Content-Encoding: {encoding}\r\n"), http(b"<p>2")]
    records = [warc_record("response", one, f"https://example.org/{at}") for at, one in enumerate(bodies)]
    reader = Reader()
    drops = members(reader, put(tmp_path, "all.warc", b"".join(records)))
    for at in order:
        if at == 1:
            with pytest.raises(NotTextError, match=encoding):
                fetch(reader, drops[at])
        else:
            assert fetch(reader, drops[at]) == f"<p>{at}".encode()


def test_a_member_over_its_limit_is_its_own_failure(tmp_path: Path) -> None:
    reader = Reader(Limits(member_bytes=4_000))
    wanted = pages(2) | {"large.md": b"x" * 4_001}
    drops = members(reader, put(tmp_path, "a.tar.gz", PACKERS["gz"](tarred(wanted))))
    with pytest.raises(TooLargeError, match="member_bytes"):
        reader.fetch(drops[2])
    assert fetch(reader, drops[0]) == wanted["saved/0000.md"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_or_a_bundle_that_is_no_longer_there_is_gone(tmp_path: Path, kind: str) -> None:
    reader = Reader()
    drop = put(tmp_path, "a", every_kind(pages(3))[kind])
    *_, last = members(reader, drop)
    fetch(reader, last)
    put(tmp_path, "b", every_kind(pages(2))[kind])
    (tmp_path / "b").replace(tmp_path / "a")
    with pytest.raises(GoneError):
        reader.fetch(last)
    (tmp_path / "a").unlink()
    with pytest.raises(GoneError):
        reader.fetch(last)


def until_error(reader: Reader, drop: Drop) -> Iterator[Drop]:
    found = reader.fetch(drop)
    assert isinstance(found, Bundle)
    yield from found.members()


def test_members_that_are_whole_are_read_from_a_bundle_that_is_cut_off(tmp_path: Path) -> None:
    wanted = pages(10)
    for name, data in every_kind(wanted).items():
        reader = Reader()
        drop = put(tmp_path, name, data[: len(data) * 3 // 5])
        good: list[Drop] = []
        with pytest.raises(BundleError, match="cut off"):
            good.extend(until_error(reader, drop))
        for one in good:
            assert one.member is not None
            assert fetch(reader, one) == wanted[one.member]


def test_nothing_is_written_and_nothing_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    reader = Reader()
    for number in range(20):
        drop = put(tmp_path, f"{number}.zip", zipped(pages(2)))
        for one in members(reader, drop):
            fetch(reader, one)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 5
    assert len(list(tmp_path.iterdir())) == 20


def test_bundles_that_were_read_are_freed_without_the_garbage_collector(tmp_path: Path) -> None:
    for name, data in every_kind(pages(3)).items():
        drop = put(tmp_path, name, data)
        gc.collect()
        gc.disable()
        try:
            reader = Reader()
            for one in members(reader, drop):
                fetch(reader, one)
            del reader, one
            left = [one._source for one in gc.get_objects() if isinstance(one, Forward)]
            # Garbage of another test may not have been collected yet.
            assert [source for source in left if source.startswith(drop.path or "")] == []
        finally:
            gc.enable()
