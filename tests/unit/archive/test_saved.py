"""Pages out of the files that browsers save: MHTML and web archives."""

from __future__ import annotations

import base64
import plistlib
import quopri
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from tests.inputs.bundle_files import zipped
from tests.inputs.saved_pages import page_of

from newsdrop.archive.saved import read_saved
from newsdrop.errors import NewsdropError, UnknownDialectError
from newsdrop.options import Limits

URL = "https://news.example.org/a/1"
HTML = "<!DOCTYPE html><html><head><title>桥</title></head><body><p>正文一句话。</p></body></html>"
SAVED_MS = int(datetime(2022, 8, 16, 6, 13, 3, tzinfo=UTC).timestamp() * 1000)


def part(
    content: bytes, kind: str = "text/html", encoding: str = "quoted-printable", url: str = URL
) -> bytes:
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "quoted-printable": quopri.encodestring,
        "base64": base64.encodebytes,
        "binary": bytes,
    }
    packed = encoders[encoding](content)
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\nContent-Location: {url}\r\n\r\n"
    return head.encode() + packed


def mhtml(
    *parts: bytes, kind: str = "multipart/related", location: str = URL, end: bytes = b"--\r\n"
) -> bytes:
    head = (
        "From: <Saved by Blink>\r\n"
        f"Snapshot-Content-Location: {location}\r\n"
        "Subject: =?utf-8?Q?=E6=A1=A5?=\r\n"
        "Date: Tue, 16 Aug 2022 06:13:03 -0000\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: {kind};\r\n\ttype="text/html";\r\n\tboundary="----Boundary--x"\r\n\r\n\r\n'
    )
    mark = b"------Boundary--x"
    return head.encode() + b"".join(mark + b"\r\n" + one + b"\r\n" for one in parts) + mark + end


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "binary"])
def test_the_page_of_an_mhtml_file_is_read_with_its_address_and_time(encoding: str) -> None:
    page = page_of(mhtml(part(HTML.encode(), encoding=encoding), part(b"\x89PNG", "image/png", "base64")))
    assert (page.dialect, page.url, page.archived_at_ms) == ("mhtml", URL, SAVED_MS)
    assert page.whole
    assert page.html == HTML


def test_of_several_html_parts_the_one_at_the_messages_address_is_the_page() -> None:
    frame = part(b"<html><body>advertisement</body></html>", url="https://ads.example.org/frame")
    assert page_of(mhtml(frame, part(HTML.encode()))).html == HTML
    assert page_of(mhtml(part(HTML.encode(), url="cid:1"), frame, location="file:///a")).html == HTML


def test_the_part_that_a_message_begins_with_is_the_page() -> None:
    frame = part(b"<html><body>advertisement</body></html>", url="cid:1")
    page = part(HTML.encode(), url="cid:2").replace(b"Content-Type", b"Content-ID: <p@x>\r\nContent-Type", 1)
    kind = 'multipart/related; start="<p@x>"'
    assert page_of(mhtml(frame, page, kind=kind, location="file:///a")).html == HTML


def test_a_page_of_xhtml_is_a_page() -> None:
    assert page_of(mhtml(part(HTML.encode(), "application/xhtml+xml"))).html == HTML


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_web_archive_in_xml_is_read(mark: bytes) -> None:
    main = {
        "WebResourceData": HTML.encode("gbk"),
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": "gb2312",
        "WebResourceURL": f"{URL}?a=1&b=2",
    }
    other = main | {"WebResourceData": b"<p>another</p>", "WebResourceURL": "https://ads.example.org/"}
    archive = {"WebMainResource": main, "WebSubframeArchives": [{"WebMainResource": other}]}
    page = page_of(mark + plistlib.dumps(archive))
    assert (page.dialect, page.url, page.html) == ("webarchive", f"{URL}?a=1&b=2", HTML)


def test_a_web_archive_in_xml_that_is_cut_off_or_no_page_says_so() -> None:
    main = {"WebResourceData": b"x" * 99, "WebResourceMIMEType": "application/pdf"}
    data = plistlib.dumps({"WebMainResource": main})
    with pytest.raises(UnknownDialectError, match=r"web archive \(\.webarchive\) of application/pdf"):
        page_of(data)
    with pytest.raises(UnknownDialectError, match="damaged web archive"):
        page_of(data[: data.index(b"</data>")])


def test_the_charset_of_the_part_is_believed() -> None:
    page = page_of(mhtml(part("<html><body>臺灣</body></html>".encode("big5"), 'text/html; charset="big5"')))
    assert "臺灣" in page.html


def test_an_mht_file_may_be_one_part_or_have_parts_in_parts() -> None:
    single = b"MIME-Version: 1.0\r\n" + part(HTML.encode())
    assert page_of(single).html == HTML
    assert page_of(b"\xef\xbb\xbf" + single).html == HTML
    inner = b'Content-Type: multipart/alternative; boundary="in"\r\n\r\n--in\r\n'
    inner += part(b"text", "text/plain") + b"\r\n--in\r\n" + part(HTML.encode()) + b"\r\n--in--\r\n"
    assert page_of(mhtml(inner)).html == HTML


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_a_file_that_was_cut_off_is_read_up_to_there(encoding: str) -> None:
    whole = mhtml(part(HTML.encode() + b"x" * 400, encoding=encoding))
    page = page_of(whole[:-201])
    assert page.html.startswith("<!DOCTYPE html>")


def test_an_mhtml_file_without_a_page_says_so_first() -> None:
    with pytest.raises(UnknownDialectError, match="is an MHTML file without a text/html part"):
        page_of(mhtml(part(b"\x89PNG", "image/png", "base64")))


def test_mail_is_no_page() -> None:
    mail = mhtml(part(HTML.encode()), kind="multipart/alternative")
    with pytest.raises(UnknownDialectError, match="a mail"):
        page_of(mail)


@pytest.mark.parametrize(
    "hostile",
    [
        mhtml(*[b""] * 300_000),
        mhtml(*[part(b"x", "image/png")] * 50_000),
        b"From: a\r\n" + b"X-A: b\r\n" * 1_000_000,
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n" + b"--x\n" * 2_000_000,
    ],
    ids=["no headers", "many parts", "endless header", "nothing but boundaries"],
)
def test_hostile_files_are_refused_in_no_time(hostile: bytes) -> None:
    begun_s = time.process_time()
    with pytest.raises(NewsdropError):
        page_of(hostile)
    assert time.process_time() - begun_s < 3


def webarchive(**main: object) -> bytes:
    resource = {
        "WebResourceData": HTML.encode(),
        "WebResourceURL": URL,
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": "UTF-8",
        "WebResourceFrameName": "",
    } | main
    image = {"WebResourceData": b"\x89PNG" * 9_000, "WebResourceURL": "https://e.org/ü.png"}
    return plistlib.dumps(
        {"WebMainResource": resource, "WebSubresources": [image] * 3}, fmt=plistlib.FMT_BINARY
    )


def test_the_page_of_a_web_archive_is_read_with_its_address() -> None:
    page = page_of(webarchive())
    assert (page.dialect, page.url, page.archived_at_ms, page.html) == ("webarchive", URL, None, HTML)
    assert page.whole
    assert page_of(webarchive(WebResourceURL="https://例子.org/一")).url == "https://例子.org/一"


def test_the_encoding_a_web_archive_names_is_believed() -> None:
    data = "<html><body>臺灣</body></html>".encode("big5")
    assert "臺灣" in page_of(webarchive(WebResourceData=data, WebResourceTextEncodingName="big5")).html


def test_a_web_archive_of_something_else_says_of_what() -> None:
    with pytest.raises(UnknownDialectError, match="of image/png, not of a page"):
        page_of(webarchive(WebResourceMIMEType="image/png"))


def test_a_damaged_web_archive_is_called_that() -> None:
    data = webarchive()
    for at in range(0, len(data), 37):
        damaged = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        # Read or refused, and nothing else.
        with suppress(UnknownDialectError):
            read_saved(damaged, "x", Limits())
    with pytest.raises(UnknownDialectError, match="damaged web archive"):
        page_of(data[:-40])


def test_other_property_lists_are_none_of_ours() -> None:
    assert read_saved(plistlib.dumps({"a": 1}, fmt=plistlib.FMT_BINARY), "x", Limits()) is None


def self_extracting(members: dict[str, bytes]) -> bytes:
    shell = (
        f"<!doctype html><html><!--\n Page saved with SingleFile \n url: {URL} \n"
        " saved date: Tue Aug 16 2022 08:13:03 GMT+0200 (CEST)\n--><body>Please wait<script>…</script>"
    )
    return shell.encode() + zipped(members)


def test_a_page_that_unpacks_itself_is_read_out_of_its_zip_file() -> None:
    page = page_of(self_extracting({"index.html": HTML.encode(), "images/0.png": b"\x89PNG" * 50}))
    assert (page.dialect, page.url, page.archived_at_ms) == ("singlefile", URL, SAVED_MS)
    assert page.html == HTML
    assert page.whole


def test_a_zip_file_behind_a_page_without_a_page_in_it_says_so() -> None:
    with pytest.raises(UnknownDialectError, match=r"holds no index\.html"):
        page_of(self_extracting({"other.html": HTML.encode()}))


def test_the_end_of_a_zip_file_alone_is_no_zip_file() -> None:
    noted = "<!-- saved from url=(0019)https://e.org/a.html -->"
    page = f"{noted}<!doctype html><html><body><p>text</p>".encode() + b"PK\x05\x06" + b" " * 18
    assert page_of(page).dialect != "singlefile"
