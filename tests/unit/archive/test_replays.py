"""A page that a web archive gave out is the page that was archived, with its own addresses."""

from __future__ import annotations

import time

import pytest

from newsdrop.archive.header import Header, Layout
from newsdrop.archive.reader import Raw, Reader
from newsdrop.archive.replays import restored
from newsdrop.documents import Drop, Page, Stamp

#: 6 May 2020, 10:11:12 UTC.
SAVED_MS = 1_588_759_872_000
PAGE = "https://www.river.example/news/1.html"


def page_of(html: str) -> Page:
    stamp = Stamp(len(html), 0)
    drop = Drop(id="d" * 32, content=html.encode(), name="page.html", stamp=stamp, seen_ms=0)
    return Reader().page(drop, Raw(data=html.encode(), stamp=stamp, sha256=""))


def copy_of(archive: str, *, head: str = "", body: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>A river</title>{head}"
        f"<link rel='canonical' href='{archive}{PAGE}'></head><body>{body}</body></html>"
    )


@pytest.mark.parametrize(
    "archive",
    [
        "https://web.archive.org/web/20200506101112/",
        "http://web.archive.org/web/20200506101112mp_/",
        "https://archive.example.gov/ukgwa/20200506101112/",
        "https://wayback.library.example/1234/20200506101112/",
        "https://archive.ph/2020.05.06-101112/",
        "http://archive.today/20200506101112/",
    ],
)
def test_a_copy_is_the_page_itself_as_it_was_then(archive: str) -> None:
    head = f"<meta property=og:image content='{archive}https://img.river.example/a.jpg'>"
    read = page_of(copy_of(archive, head=head, body=f"<a href='{archive}{PAGE}?2'>two</a>"))
    assert (read.url, read.archived_at_ms) == (PAGE, SAVED_MS)
    assert "content='https://img.river.example/a.jpg'" in read.html
    assert f"href='{PAGE}?2'" in read.html


@pytest.mark.parametrize(
    ("written", "own"),
    [
        ('"/web/20200506101112im_/https://img.river.example/a.jpg"', '"https://img.river.example/a.jpg"'),
        ("url(/web/20200506101112im_/http://img.river.example/a.jpg)", "url(http://img.river.example/a.jpg)"),
        ('"//web.archive.org/web/20190101000000/http://river.example/a"', '"http://river.example/a"'),
        (
            r'"https:\/\/web.archive.org\/web\/20200506101112\/https:\/\/river.example\/a"',
            r'"https:\/\/river.example\/a"',
        ),
        ('"/web/about"', '"/web/about"'),
        ("<p>kept 20200506101112/https://b.example</p>", "<p>kept 20200506101112/https://b.example</p>"),
    ],
)
def test_whatever_address_the_archive_wrote_is_the_pages_own_again(written: str, own: str) -> None:
    read = page_of(copy_of("https://web.archive.org/web/20200506101112/", body=written))
    assert f"<body>{own}</body>" in read.html


def test_links_of_archive_today_lead_to_what_they_led_to() -> None:
    body = "<a href='https://archive.is/o/AbC12/https://b.example/2'>two</a>"
    read = page_of(copy_of("https://archive.ph/20200506101112/", body=body))
    assert "<a href='https://b.example/2'>" in read.html


def test_the_wayback_machines_script_tells_a_copy_and_its_bar_goes() -> None:
    bar = "<!-- BEGIN WAYBACK TOOLBAR INSERT --><div>3 captures</div><!-- END WAYBACK TOOLBAR INSERT -->"
    script = f'<script>__wm.wombat("{PAGE}","20200506101112","https://web.archive.org/");</script>'
    read = page_of(
        f"<html><head>{script}</head><body>{bar}<img src='/web/20200506101112im_/http://b/c'></body></html>"
    )
    assert (read.url, read.archived_at_ms) == (PAGE, SAVED_MS)
    assert read.html.endswith("<body><img src='http://b/c'></body></html>")


def test_what_the_header_says_goes_first_and_may_be_a_copys_address_itself() -> None:
    copy = f"https://web.archive.org/web/20200506101112/{PAGE.replace('//', '/')}"
    told = restored(Layout("d", Header(url=copy, archived_at_ms=7), "<p>…</p>"))
    assert (told.header.url, told.header.archived_at_ms) == (PAGE, 7)
    mine = Layout(
        "html",
        Header(url="https://mine.example/1"),
        copy_of("https://archive.ph/20200506101112/"),
        whole=True,
    )
    assert restored(mine) is mine


def test_a_page_that_leads_to_copies_keeps_where_it_leads() -> None:
    html = copy_of(
        "", body="<a href='https://web.archive.org/web/20200506101112/https://b.example/'>then</a>"
    )
    assert page_of(html).html == html


@pytest.mark.parametrize(
    "text", ["/" * 60_000, "<link canonical " * 4_000, "/http" + "<meta og:url=" * 5_000]
)
def test_hostile_pages_cost_no_time(text: str) -> None:
    begun = time.process_time()
    page_of(f"<html><head>{text}</head><body>__wm</body></html>")
    restored(Layout("d", Header(url=f"https://a{text}"), text))
    assert time.process_time() - begun < 1
