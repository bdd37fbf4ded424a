"""Links come out absolute, opened and without what only tracks readers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.hosts import host_of, registrable_domain
from newsdrop.identity import canonical_url
from newsdrop.parse.images import image_url, open_proxy
from newsdrop.parse.links import Base, absolute, clean_link

BASE = Base("https://www.example.org/news/a.html")


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("/b", "https://www.example.org/b"),
        ("b", "https://www.example.org/news/b"),
        ("../b", "https://www.example.org/b"),
        ("/x/../b", "https://www.example.org/b"),
        ("//e.com/b", "https://e.com/b"),
        ("?q=1", "https://www.example.org/news/a.html?q=1"),
        (" https://e.com/b ", "https://e.com/b"),
        ("HTTPS://e.com/b", "HTTPS://e.com/b"),
        ("https://e.com/a b", "https://e.com/a%20b"),
        ("https://e.com/a\n  b", "https://e.com/ab".replace("ab", "a%20%20b")),
        ("https://e.com/?utm_source=x&id=7&fbclid=y#top", "https://e.com/?id=7#top"),
        ("https://e.com/?utm_source=x", "https://e.com/"),
        ("https://e.com/?s=12&fbclid=y", "https://e.com/?s=12"),
        ("https://e.com/p?source=rss-1-2", "https://e.com/p"),
        ("https://e.com/p?source=me", "https://e.com/p?source=me"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fe.com%2Fa%3Ffbclid%3Dz&h=A", "https://e.com/a"),
        ("http://lm.facebook.com/l.php?h=A&u=http%3A%2F%2Fe.com%2F", "http://e.com/"),
        ("https://www.google.com/url?sa=t&q=https://e.com/a&usg=x", "https://e.com/a"),
        ("https://www.google.com.hk/url?url=https%3A%2F%2Fe.com%2Fa", "https://e.com/a"),
        (
            "https://web.archive.org/web/2019/https://e.com/",
            "https://web.archive.org/web/2019/https://e.com/",
        ),
    ],
)
def test_a_link_leads_where_readers_would_arrive(href: str, link: str) -> None:
    assert clean_link(href, BASE) == link


@pytest.mark.parametrize(
    "href",
    ["", " ", "#top", "javascript:void(0)", "mailto:a@e.com", "tel:123", "data:text/plain,x", "https://e.com/undefined",
     "undefined", "http://[broken", "https://", "https://l.facebook.com/l.php?h=A", "file:///etc/passwd"],
)  # fmt: skip
def test_what_leads_to_no_page_is_none(href: str) -> None:
    assert clean_link(href, BASE) is None


def test_without_a_base_only_absolute_links_are_known() -> None:
    nowhere = Base(None)
    assert clean_link("/b", nowhere) is None
    assert clean_link("//e.com/b", nowhere) == "https://e.com/b"
    assert clean_link("https://e.com/b", nowhere) == "https://e.com/b"


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.bbc.com/zhongwen", "bbc.com"),
        ("http://news.bbc.co.uk:80/a", "bbc.co.uk"),
        ("https://hulitw.medium.com/a", "medium.com"),
        ("https://chinadigitaltimes.net", "chinadigitaltimes.net"),
        ("https://user:pw@a.b.com.cn/x", "b.com.cn"),
        ("http://127.0.0.1/x", "127.0.0.1"),
        ("http://localhost/x", "localhost"),
        ("ftp://e.com", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_registrable_domain_is_what_somebody_registered(url: str | None, domain: str) -> None:
    assert registrable_domain(host_of(url)) == domain


@given(st.text(max_size=200), st.one_of(st.none(), st.text(max_size=50)))
def test_no_link_makes_it_raise_and_every_answer_is_absolute(href: str, base: str | None) -> None:
    link = clean_link(href, Base(base))
    assert link is None or link.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("/x/", "https://www.example.org/x/b"),
        ("x/y.html", "https://www.example.org/news/x/b"),
        ("https://old.example.org/2003/", "https://old.example.org/2003/b"),
        ("//cdn.e.com/x/", "https://cdn.e.com/x/b"),
        ("file:///C:/pages/", "https://www.example.org/news/b"),
        ("javascript:", "https://www.example.org/news/b"),
        ("http://[broken", "https://www.example.org/news/b"),
        ("", "https://www.example.org/news/b"),
        (None, "https://www.example.org/news/b"),
    ],
)
def test_a_page_may_say_what_its_addresses_are_relative_to(href: str | None, link: str) -> None:
    base = Base("https://www.example.org/news/a.html", href)
    assert clean_link("b", base) == link
    assert (base.home, base.domain) == ("https://www.example.org", "example.org")


def test_a_page_without_an_address_may_still_say_so() -> None:
    assert clean_link("/b", Base(None, "https://e.com/x/")) == "https://e.com/b"
    assert clean_link("/b", Base(None, "/x/")) is None


def test_control_characters_are_no_part_of_an_address() -> None:
    base = Base("https://e.org/a")
    assert absolute("/b\x03c\x7f\x9b", base) == "https://e.org/bc"
    assert absolute("https://e.org/\x1bd", base) == "https://e.org/d"


@pytest.mark.parametrize("href", ["/a b/c.html", "a b/c.html", "https://e.com/a b/c.html", "/a\tb/c d.html"])
def test_blanks_within_an_address_are_escaped(href: str) -> None:
    link = clean_link(href, Base("https://e.com/x.html"))
    assert link is not None
    assert link.startswith("https://e.com/a")
    assert "%20" in link


@pytest.mark.parametrize(
    "query",
    [
        "_hsenc",
        "mkt_tok",
        "ocid",
        "at_medium",
        "at_link_id",
        "xtor",
        "msclkid",
        "gbraid",
        "wbraid",
        "twclid",
        "ttclid",
        "spm_id_from",
        "vd_source",
        "isappinstalled",
        "scm",
        "share_token",
        "share_source",
        "xsec_source",
        "wfr",
        "for=pc",
        "pgv_ref",
        "ADTAG",
        "ns_mchannel",
        "guccounter",
        "s_cid",
        "CMP=share_btn_tw",
        "smid",
        "cmpid",
        "maca",
        "ref_src",
        "UTM_SOURCE",
        "_ga",
        "srsltid",
        "igsh",
        "source=rss-1",
        "from=timeline",
    ],
)
def test_links_and_identity_know_the_same_tracking(query: str) -> None:
    assert clean_link(f"https://e.com/a?{query}&id=1", Base(None)) == "https://e.com/a?id=1"
    assert canonical_url(f"https://e.com/a?{query}&id=1") == "https://e.com/a?id=1"


@pytest.mark.parametrize("query", ["for=you", "cmp=1", "share=1", "from=page"])
def test_what_may_be_of_the_page_stays(query: str) -> None:
    assert clean_link(f"https://e.com/a?{query}", Base(None)) == f"https://e.com/a?{query}"


@pytest.mark.parametrize("query", ["from=china", "source=print", "spmx=1", "id=at_1", "ref=a", "formation=1"])
def test_what_a_site_may_use_itself_stays(query: str) -> None:
    assert clean_link(f"https://e.com/a?{query}", Base(None)) == f"https://e.com/a?{query}"
    assert canonical_url(f"https://e.com/a?{query}") == f"https://e.com/a?{query}"


def test_what_a_redirector_or_proxy_had_escaped_is_one_line() -> None:
    assert (
        clean_link("https://www.google.com/url?q=https://e.com/a%01b%0Ac%20d", BASE)
        == "https://e.com/abc%20d"
    )
    assert open_proxy("https://wsrv.nl/?url=https%3A%2F%2Fe.com%2Fa%01b%0A.jpg") == "https://e.com/ab.jpg"
    assert image_url({"src": "/a\x01b.jpg"}, Base(None)) == "/ab.jpg"
