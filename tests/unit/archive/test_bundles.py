"""Bundles in memory: what is listed, what is refused, and what each of them says."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inputs.bundle_files import (
    PACKERS,
    encrypted,
    every_kind,
    http,
    pages,
    tar_link,
    tarred,
    warc,
    warc_record,
    zipped,
)

from newsdrop.archive.bundles.entries import Content
from newsdrop.archive.bundles.members import Bundle, entries_of
from newsdrop.archive.bundles.streams import Source
from newsdrop.documents import Drop, Stamp
from newsdrop.errors import BundleError, EmptyFileError, NewsdropError, NotTextError, TooLargeError
from newsdrop.identity import member_drop_id
from newsdrop.name_filter import NameFilter
from newsdrop.options import Limits

MOST = 30_000_000
DROP = Drop(id="0" * 32, path="/in/all", stamp=Stamp(1, 7))


def bundle(data: bytes, limits: Limits = Limits(), *, ignore: tuple[str, ...] = ()) -> Bundle:  # noqa: B008  frozen
    return Bundle(
        DROP, DROP.stamp, lambda: Source.of_bytes("/in/all", data, MOST), limits, NameFilter(ignore)
    )


def listed(data: bytes, limits: Limits = Limits()) -> tuple[list[str], NewsdropError | None]:  # noqa: B008  frozen
    """The names of the good members, and the error after them."""
    names: list[str] = []
    try:
        for drop in bundle(data, limits).members():
            assert drop.member is not None
            names.append(drop.member)
    except NewsdropError as error:
        return names, error
    return names, None


def contents(data: bytes, limits: Limits = Limits()) -> dict[str, Content]:  # noqa: B008  frozen
    file = Source.of_bytes("/in/all", data, MOST)
    return {entry.name: entry.read() for entry in entries_of("/in/all", file, limits, NameFilter(["!*"]))}


@pytest.mark.parametrize("kind", sorted(every_kind({})))
def test_every_kind_lists_its_members_in_order_and_reads_their_bytes(kind: str) -> None:
    members = pages(5)
    data = every_kind(members)[kind]
    assert listed(data) == (list(members), None)
    assert {name: one.data for name, one in contents(data).items()} == members


def test_a_member_is_a_drop_with_its_own_id_size_and_the_bundles_time() -> None:
    (drop,) = bundle(zipped({"a.md": b"text"})).members()
    assert drop == Drop(
        id=member_drop_id("/in/all", "a.md"), path="/in/all", member="a.md", stamp=Stamp(4, 7)
    )
    assert drop.source == "/in/all!a.md"


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_zip_packings_are_read(packing: int) -> None:
    assert contents(zipped({"a": b"x" * 5_000}, packing))["a"].data == b"x" * 5_000


def test_names_from_chinese_windows_are_read() -> None:
    data = zipped({"AAAA.md": b"x"}).replace(b"AAAA", "新闻".encode("gb18030"))
    assert listed(data)[0] == ["新闻.md"]


def test_a_name_that_comes_twice_means_two_members() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for data in (b"one", b"three"):
            info = tarfile.TarInfo("./a.md")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    assert {name: one.data for name, one in contents(file.getvalue()).items()} == {
        "a.md": b"one",
        "a.md#2": b"three",
    }


@pytest.mark.parametrize(
    ("names", "members"),
    [
        (["a.md", "a.md", "a.md#2"], ["a.md", "a.md#2", "a.md#2#2"]),
        (["a.md#2", "a.md", "a.md"], ["a.md#2", "a.md", "a.md#3"]),
        (["a.md", "a.md", "a.md", "a.md#3"], ["a.md", "a.md#2", "a.md#3", "a.md#3#2"]),
        # Those of a nested `b.zip` are called `b.zip!…`.
        (["b.zip", "b.zip!c", "b.zip!d"], ["b.zip", "b.zip#2!c", "b.zip#3!d"]),
        (["b.zip!c", "b.zip!d", "b.zip"], ["b.zip!c", "b.zip!d", "b.zip#2"]),
        (["b.zip", "b.zip#2", "b.zip!c!d"], ["b.zip", "b.zip#2", "b.zip#3!c!d"]),
        (["Extra!", "Extra! Extra!", "!a"], ["Extra!", "Extra! Extra!", "!a"]),
    ],
)
def test_no_two_members_share_a_name_whatever_they_are_called(names: list[str], members: list[str]) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for number, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = 1
            tar.addfile(info, io.BytesIO(b"%d" % number))
    found = {name: one.data for name, one in contents(file.getvalue()).items()}
    assert found == {name: b"%d" % number for number, name in enumerate(members)}


def test_ignored_names_and_folders_are_no_members() -> None:
    data = zipped({"__MACOSX/._a.md": b"x", "a.md": b"x", "b/": b"", ".hidden/c.md": b"x"})
    assert [drop.member for drop in bundle(data, ignore=(".*", "__MACOSX")).members()] == ["a.md"]


HOSTILE = [
    "/etc/passwd",
    "../up.md",
    "a/../../up.md",
    "C:\\windows.md",
    "..\\up.md",
    "\\server\\a.md",
    "a" * 3_000,
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("make", [zipped, tarred])
def test_a_member_that_would_lie_elsewhere_is_refused_and_the_others_are_kept(
    make: object, name: str
) -> None:
    assert callable(make)
    names, error = listed(make({"a.md": b"x", name: b"evil", "b.md": b"x"}))
    assert names == ["a.md", "b.md"]
    assert isinstance(error, BundleError)
    assert "contains members that are refused (1): " in error.message


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.FIFOTYPE, "device"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused_and_the_others_are_kept(kind: bytes, word: str) -> None:
    names, error = listed(tarred(pages(3), [tar_link("evil", "/etc/passwd", kind)]))
    assert names == list(pages(3))
    assert error is not None
    assert word in error.message


def test_a_symbolic_link_in_a_zip_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle_:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        bundle_.writestr(info, "/etc/passwd")
        bundle_.writestr("a.md", "x")
    names, error = listed(file.getvalue())
    assert names == ["a.md"]
    assert error is not None
    assert "symbolic link" in error.message


def test_an_encrypted_bundle_says_so_and_gives_no_members() -> None:
    names, error = listed(encrypted(zipped(pages(3))))
    assert names == []
    assert error is not None
    assert "encrypted" in error.message


@pytest.mark.parametrize("kind", sorted(every_kind({})))
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_bundle_that_is_cut_off_says_so_and_its_whole_members_are_kept(kind: str, share: float) -> None:
    members = pages(30)
    data = every_kind(members)[kind]
    names, error = listed(data[: int(len(data) * share)])
    assert names == list(members)[: len(names)]
    assert isinstance(error, BundleError)
    assert "cut off" in error.message
    if kind in ("all.zip", "all.tar"):
        assert len(names) >= int(30 * share) - 3


def test_a_zip_written_to_a_pipe_and_cut_off_keeps_its_whole_members() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as bundle_:
        for name, data in pages(10).items():
            bundle_.writestr(name, data)
    names, error = listed(pipe.getvalue()[:-300])
    assert names == list(pages(10))
    assert error is not None
    found = contents_until_error(pipe.getvalue()[:-300])
    assert found == pages(10)


def contents_until_error(data: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        for entry in entries_of("/in/all", Source.of_bytes("/in/all", data, MOST), Limits(), NameFilter()):
            found[entry.name] = entry.read().data
    except BundleError:
        pass
    return found


@pytest.mark.parametrize("ending", sorted(PACKERS))
def test_a_packed_bomb_is_stopped_long_before_it_is_unpacked(ending: str) -> None:
    data = PACKERS[ending](tarred({"a.md": b"x", "bomb": bytes(300_000_000)}))
    names, error = listed(data)
    assert names == ["a.md"]
    assert error is not None
    assert "bomb" in error.message


def test_a_bomb_in_a_zip_is_refused_by_what_it_claims() -> None:
    names, error = listed(zipped({"a.md": b"x", "bomb": bytes(50_000_000)}))
    assert names == ["a.md"]
    assert error is not None
    assert "bomb" in error.message


def test_a_zip_member_that_lies_about_its_size_is_damaged() -> None:
    data = zipped({"a.md": b"x" * 5_000})
    lie = data.replace((5_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    with pytest.raises(BundleError, match="damaged"):
        contents(lie)


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        (Limits(bundle_members=2), "limits.bundle_members"),
        (Limits(bundle_bytes=7_000), "limits.bundle_bytes"),
    ],
)
@pytest.mark.parametrize("kind", sorted(every_kind({})))
def test_a_bundle_over_a_limit_keeps_what_came_before(kind: str, limits: Limits, setting: str) -> None:
    names, error = listed(every_kind(pages(5))[kind], limits)
    assert len(names) <= 2
    assert error is not None
    assert setting in error.message


def test_an_empty_bundle_is_an_empty_file() -> None:
    for data in (zipped({}), zipped({"folder/": b""}), warc({"a": b"x"}, kind="image/png")):
        names, error = listed(data)
        assert names == []
        assert isinstance(error, EmptyFileError)


@pytest.mark.parametrize("first", ["[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"])
def test_a_document_format_built_on_zip_is_no_bundle(first: str) -> None:
    assert isinstance(listed(zipped({first: b"x", "word/document.xml": b"x"}))[1], NotTextError)


def test_a_warc_gives_its_saved_pages_with_url_and_time_and_nothing_else() -> None:
    data = (
        warc_record("warcinfo", b"software: x\r\n", "")
        + warc_record("request", b"GET / HTTP/1.1\r\n\r\n", "https://example.org/a")
        + warc({"a": b"<html>A</html>"})
        + warc({"picture": b"\x89PNG"}, kind="image/png")
        + warc({"missing": b"<html>"}, status="404 Not Found")
        + warc({"a": b"<html>B</html>"})
    )
    for packed in (data, PACKERS["gz"](data)):
        found = contents(packed)
        assert list(found) == [
            "20200131090000/https://example.org/a",
            "20200131090000/https://example.org/a#2",
        ]
        first, second = found.values()
        assert (first.url, first.archived_at_ms) == ("https://example.org/a", 1_580_461_200_000)
        assert (first.data, second.data) == (b"<html>A</html>", b"<html>B</html>")
        assert listed(packed) == (list(found), None)


def _untyped(body: bytes, more: str = "") -> bytes:
    """A response that doesn't say what it is, as small servers send them."""
    answer = f"HTTP/1.1 200 OK\r\nServer: x\r\n{more}\r\n".encode() + body
    return warc_record("response", answer, "https://example.org/a")


@pytest.mark.parametrize(
    "record",
    [
        _untyped(b"<!DOCTYPE html>" + b"A" * 5_000),
        _untyped(b"\xef\xbb\xbf\r\n <html>" + b"A" * 5_000),
        _untyped(b"7\r\n<html>A\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"),
        _untyped(PACKERS["gz"](b"<html>A"), "Content-Encoding: gzip\r\n"),
        warc_record("resource", b"<p>" + b"A" * 5_000, "https://example.org/a", media_type="text/html"),
    ],
    ids=["html", "mark", "chunked", "packed", "resource"],
)
def test_a_page_of_a_warc_is_found_without_a_servers_word_for_it(record: bytes) -> None:
    data = record + warc({"b": b"<html>B"})
    first, second = contents(data).values()
    assert first.data.strip().lstrip(b"\xef\xbb\xbf\r\n ").startswith(b"<")
    assert first.data.count(b"A") in (1, 5_000)
    assert second.data == b"<html>B"
    names, error = listed(data)
    assert (len(names), error) == (2, None)


@pytest.mark.parametrize(
    "record",
    [
        _untyped(b""),
        _untyped(b'{"a": "<html>"}'),
        _untyped(b"\x89PNG<html>"),
        _untyped(b"<?xml version='1.0'?><rss>"),
        warc_record("resource", b"\x89PNG", "https://example.org/a.png", media_type="image/png"),
        warc_record("conversion", b"the text alone", "https://example.org/a", media_type="text/plain"),
    ],
    ids=["nothing", "json", "picture", "feed", "resource", "conversion"],
)
def test_what_a_warc_has_beside_pages_is_no_member(record: bytes) -> None:
    assert listed(record + warc({"b": b"<html>B"})) == (["20200131090000/https://example.org/b"], None)


def test_an_untyped_page_of_a_warc_that_is_cut_off_is_told() -> None:
    error = listed(_untyped(b"<html>" + b"A" * 5_000)[:-1_000])[1]
    assert isinstance(error, BundleError)
    assert "cut off" in error.message


def test_a_warc_of_a_gzip_member_a_record_is_read() -> None:
    one, two = warc({"a": b"<html>A"}), warc({"b": b"<html>B"})
    assert len(contents(PACKERS["gz"](one) + PACKERS["gz"](two))) == 2


def test_chunks_and_packing_of_a_web_server_are_undone() -> None:
    packed = PACKERS["gz"](b"<html>A</html>")
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    answer = http(body, more="Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n")
    (found,) = contents(warc_record("response", answer, "https://example.org/a")).values()
    assert found.data == b"<html>A</html>"


def test_a_page_of_a_warc_over_its_limit_says_so() -> None:
    with pytest.raises(TooLargeError, match="member_bytes"):
        contents(warc({"a": b"x" * 2_000}), Limits(member_bytes=1_000))


@pytest.mark.parametrize("share", [0.35, 0.5, 0.95])
def test_a_warc_that_is_cut_off_says_so_and_keeps_its_whole_pages(share: float) -> None:
    data = warc(pages(10))
    names, error = listed(data[: int(len(data) * share)])
    assert len(names) >= int(share * 10) - 1
    assert isinstance(error, BundleError)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_gives_members_or_an_error_of_ours(data: st.DataObject) -> None:
    kinds = every_kind({"a.md": b"text " * 50, "b.md": b"x"}) | {"warc": warc({"a": b"<html>"})}
    changed = bytearray(kinds[data.draw(st.sampled_from(sorted(kinds)))])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    listed(bytes(changed))
    with suppress(NewsdropError):
        contents(bytes(changed))


@pytest.mark.parametrize("pack", [lambda data: data, PACKERS["gz"]], ids=["tar", "tar.gz"])
def test_the_members_of_joined_tar_files_are_all_there(pack: Callable[[bytes], bytes]) -> None:
    one, two = pages(2), pages(2, first=2)
    assert listed(pack(tarred(one)) + pack(tarred(two))) == ([*one, *two], None)


def test_what_stands_behind_a_tar_file_is_told() -> None:
    names, error = listed(tarred(pages(2)) + b"rubbish")
    assert names == list(pages(2))
    assert error is not None
    assert "after the end of the tar file" in error.message


def test_a_chain_of_headers_costs_no_member() -> None:
    chain = tarfile.TarInfo("././@LongLink")
    chain.type, chain.size = tarfile.GNUTYPE_LONGNAME, 10
    header = chain.tobuf(tarfile.GNU_FORMAT) + b"a" * 9 + b"\0" * 503
    first = tarred({"good.md": b"text"})
    one_member = first[:1024]
    names, error = listed(one_member + header * 1_500 + tarred({"later.md": b"text"}))
    assert error is None
    assert names == ["good.md", "aaaaaaaaa"]


_PAGE = b"<html><body><p>" + b"body of the page " * 40 + b"</p></body></html>"
_BARE = zlib.compressobj(wbits=-zlib.MAX_WBITS)
_BODIES: dict[str, tuple[bytes, str]] = {
    "gzip": (gzip.compress(_PAGE), "gzip"),
    "x-gzip": (gzip.compress(_PAGE), "X-GZip"),
    "gzip twice, said once": (gzip.compress(gzip.compress(_PAGE)), "gzip"),
    "gzip twice, said twice": (gzip.compress(gzip.compress(_PAGE)), "gzip, gzip"),
    "gzip, not said": (gzip.compress(_PAGE), "identity"),
    "deflate": (zlib.compress(_PAGE), "deflate"),
    "deflate without a frame": (_BARE.compress(_PAGE) + _BARE.flush(), "deflate"),
    "br": (brotli.compress(_PAGE), "br"),
    "zstd": (zstandard.compress(_PAGE), "zstd"),
    "said, but stored unpacked": (_PAGE, "br"),
    "no encoding at all": (_PAGE, "utf-8"),
}


def _warc_of(body: bytes, encoding: str, more: str = "") -> bytes:
    response = http(body, more=f"Content-Encoding: {encoding}\r\n{more}")
    return warc_record("response", response, "https://example.org/a")


@pytest.mark.parametrize("kind", _BODIES)
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_are_read_whatever_the_server_did_to_them(kind: str, chunked: bool) -> None:
    body, encoding = _BODIES[kind]
    more = "Transfer-Encoding: Chunked\r\n" if chunked else ""
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    (content,) = contents(_warc_of(sent, encoding, more)).values()
    assert content.data == _PAGE


def test_a_body_of_very_many_gzip_members_is_read_whole() -> None:
    members = [PACKERS["gz"](b"")] * 50_000 + [PACKERS["gz"](_PAGE[:9]), PACKERS["gz"](_PAGE[9:]), b"padding"]
    (content,) = contents(_warc_of(b"".join(members), "gzip")).values()
    assert content.data == _PAGE


def test_a_body_that_is_cut_off_is_read_up_to_there() -> None:
    (content,) = contents(_warc_of(gzip.compress(_PAGE)[:-12], "gzip")).values()
    assert _PAGE.startswith(content.data)
    assert content.data


def test_an_encoding_that_is_not_read_is_named() -> None:
    with pytest.raises(NotTextError, match="'compress'"):
        contents(_warc_of(b"\x1f\x9d\x90rest", "compress"))


@pytest.mark.parametrize("pack", [gzip.compress, brotli.compress, zstandard.compress])
def test_a_body_that_is_a_bomb_is_cut_at_the_limit(pack: Callable[[bytes], bytes]) -> None:
    encoding = {gzip.compress: "gzip", brotli.compress: "br"}.get(pack, "zstd")
    with pytest.raises(TooLargeError):
        contents(_warc_of(pack(b"a" * 30_000_000), encoding))


def test_members_that_are_no_pages_are_passed_over_and_counted() -> None:
    members = {"a.md": b"text", "b.md": b"", "css/x.css": b"*{}", ".git/config": b"[core]", "README.md": b"#"}
    members |= {"x/Page.html": b"<html>", "x/Page_files/frame.html": b"<html>", "y_files/z.html": b"<html>"}
    found = bundle(zipped(members))
    assert [drop.member for drop in found.members()] == ["a.md", "x/Page.html", "y_files/z.html"]
    assert found.passed_over == {"empty": 1, "asset": 1, "hidden": 1, "repository": 1, "page_files": 1}


def test_a_bundle_of_nothing_but_empty_members_is_one_error() -> None:
    names, error = listed(zipped({f"{number}.md": b"" for number in range(3)}))
    assert names == []
    assert isinstance(error, EmptyFileError)
    assert "3 empty" in error.message


def test_of_a_flood_of_tiny_members_only_the_first_are_drops_and_the_rest_one_error() -> None:
    members = {f"{number}.md": b"x" for number in range(1_200)} | {"page.md": pages(1).popitem()[1]}
    names, error = listed(zipped(members, zipfile.ZIP_STORED))
    assert len(names) == 1_001
    assert names[-1] == "page.md"
    assert error is not None
    assert "contains members that are refused (200): " in error.message


def test_a_page_out_of_a_warc_file_may_have_an_address_like_a_pictures() -> None:
    names, _ = listed(warc({"wiki/File:a.jpg": b"<html>"}))
    assert names == ["20200131090000/https://example.org/wiki/File:a.jpg"]


def test_an_odd_address_in_a_warc_file_is_not_written_to_the_terminal(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = warc_record("response", http(b"<html>x"), "https://e.org/a b\x1b[31m")
    assert len(listed(data)[0]) == 1
    assert caplog.records == []


@pytest.mark.parametrize(
    "data",
    [
        warc(pages(1)) + b"x" * 100_000,
        tarred({**pages(1), "a" * 100_000 + ".md": b"x" * 50}),
        zipped({**pages(1), "../" + "a" * 60_000 + ".md": b"x" * 50}),
    ],
    ids=["warc", "tar", "zip"],
)
def test_what_is_said_of_a_bundle_is_short_whatever_is_in_it(data: bytes) -> None:
    names, error = listed(data)
    assert len(names) == 1
    assert isinstance(error, BundleError)
    assert len(str(error)) < 1_000


def test_the_first_segment_of_a_warc_record_is_not_taken_for_the_page() -> None:
    first = warc_record("response", http(b"<p>half of a page"), "https://example.org/a")
    first = first.replace(b"WARC-Date", b"WARC-Segment-Number: 1\r\nWARC-Date", 1)
    rest = warc_record("continuation", b" and the other half", "https://example.org/a")
    whole = warc_record("response", http(b"<p>whole"), "https://example.org/b")
    found, error = listed(first + rest + whole)
    assert found == ["20200131090000/https://example.org/b"]
    assert "only the first segment of a record" in str(error)
