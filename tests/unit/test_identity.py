from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop import identity
from newsdrop.identity import (
    article_document_id,
    canonical_url,
    content_document_id,
    earlier_drop_id,
    inline_drop_id,
    innermost,
    inside,
    is_absent,
    member_drop_id,
    path_drop_id,
    resolved,
    url_document_id,
)

_BBC = "https://bbc.com/zhongwen/simp/world-62545099"
_HOSTS = (
    "example.org",
    "WWW.Example.org",
    "www.www.example.org",
    "www.",
    "[::1]",
    "例子.中国",
    "a b",
    "%41.b",
    "m.example.org",
    "zh.m.amp.www.example.org.",
    "bücher.Example",
    "mp.weixin.qq.com",
    "x.cdn.ampproject.org",
    "ａ．ｂ",
)
_PIECES = (
    "/amp", ".amp", ".html", "/", ".", "..", "/./", ";jsessionid=a", "&amp;", "&", "amp;", "&#38;", "e\u0301",
    "%CC%81", "%2e", "a", "amp=1", "?", "=", "m.", "https://", "google.com/amp/s/", "cdn.ampproject.org/c/",
)  # fmt: skip
_TEXT = st.text('/ab%25341 C3é香.~^;=&?#:@[]|"\\\n\t\ud800utm_source=') | st.lists(
    st.sampled_from(_PIECES)
).map("".join)


@st.composite
def _urls(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(["http", "https", "HTTP"]))
    user = draw(st.sampled_from(["", "user@", "u:p@"]))
    port = draw(st.sampled_from(["", ":80", ":443", ":8080", ":", "a", ":99999999"]))
    query = draw(st.sampled_from(["", "?"])) + draw(_TEXT)
    return f"{scheme}://{user}{draw(st.sampled_from(_HOSTS))}{port}/{draw(_TEXT)}{query}"


class TestPinned:
    """These values stand in the ledgers and indexes of users: a change here doubles every document."""

    def test_drop_ids(self) -> None:
        assert path_drop_id("/srv/archive/bbc/1048571.md") == "fc1ff4de74e3e708b771c6ba0fb50365"
        assert path_drop_id(Path("/srv/archive/bbc/1048571.md")) == "fc1ff4de74e3e708b771c6ba0fb50365"
        assert path_drop_id("/srv/\udcff\udcfe.md") == "d1c357c380d701db32ae47f3b5efe4ea"
        assert member_drop_id("/srv/archive.zip", "bbc/1.md") == "f1a8239bb26f0e23975ececc89f12587"
        assert inline_drop_id("1700000000000-0") == "fe69ad241b762ccc400b3c3eba69b379"

    def test_document_ids(self) -> None:
        assert url_document_id(_BBC) == "48a961d5867f64ef43a2f02c9c600151"
        assert url_document_id("https://matters.news/@w/標題-bafy") == "57a3829b3084d928d7b789ac340f6312"
        assert content_document_id("标题", "正文") == "82d36f8ec70b1d67b639d405c23af9a0"

    @pytest.mark.parametrize(
        ("url", "canonical", "document_id"),
        [
            (_BBC, _BBC, "48a961d5867f64ef43a2f02c9c600151"),
            ("https://a.example/b?c=1#d", "https://a.example/b?c=1", "e4fa10871a3fe1cc15148ab3a65329ac"),
            ("http://www.a.example/?p=1", "https://a.example/?p=1", "03ade860f33df4580f9c8f685293282d"),
            ("https://a.example/b#!", "https://a.example/b", "390a0c2f1884ac9c208268c7b0b91b8d"),
            ("https://a.example/b#/", "https://a.example/b", "390a0c2f1884ac9c208268c7b0b91b8d"),
            ("https://a.example:port/b", "https://a.example:port/b", "3a131af3d3f4bc134911d6f6273f9e9b"),
        ],
    )
    def test_ids_of_articles(self, url: str, canonical: str, document_id: str) -> None:
        assert canonical_url(url) == canonical
        assert article_document_id(url, "标题", "正文") == url_document_id(url) == document_id

    def test_ids_are_128_bits_of_hex(self) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", url_document_id("x"))

    def test_kinds_of_drops_never_share_an_id(self) -> None:
        ids = {path_drop_id("/a"), member_drop_id("/a", ""), inline_drop_id("/a"), inline_drop_id("a")}
        assert len(ids) == 4

    def test_a_path_that_looks_like_a_members_has_an_id_of_its_own(self) -> None:
        spellings = [("/a", "b!c"), ("/a!b", "c"), ("/a!b!c", None), ("/a", "b\0c"), ("/a!b", "c\0d")]
        ids = [path_drop_id(path) if name is None else member_drop_id(path, name) for path, name in spellings]
        assert len(set(ids)) == len(ids)
        assert path_drop_id("/a!b!c") == "b1e560ed733f7707406e04df35b1ff75"
        assert member_drop_id("/a!b", "c") == "a92caf244653ef9610603d321ce3b515"

    def test_the_id_of_such_a_path_before_is_known(self) -> None:
        assert earlier_drop_id("/a/b.md") is None
        assert earlier_drop_id("/a/b.zip", "c!d.md") is None
        assert earlier_drop_id("/a!b") == member_drop_id("/a", "b")
        assert earlier_drop_id("/a!b", "c") == member_drop_id("/a", "b!c")

    def test_content_ids_tell_title_from_text(self) -> None:
        assert content_document_id("a", "b") != content_document_id("b", "a")


class TestArticles:
    @pytest.mark.parametrize(
        "url",
        [
            None, "", "/posts/1", "posts/1", "a.example/posts/1", "//a.example/posts/1", "https:///posts/1",
            "file:///posts/1", "mailto:a@a.example", "https://a.example", "http://www.a.example/",
            "https://a.example/?utm_source=x", "https://a.example/#top", "https://a.example/#!/",
            "https://a.example?", "http://a:port/",
        ],
    )  # fmt: skip
    def test_an_address_that_isnt_one_pages_identifies_no_article(self, url: str | None) -> None:
        assert article_document_id(url, "甲", "一") == content_document_id("甲", "一")

    @pytest.mark.parametrize("mark", ["#!/", "#/", "#!"])
    def test_pages_that_a_site_has_in_its_fragments_are_several(self, mark: str) -> None:
        one, two = f"https://www.a.example/{mark}a/1", f"http://a.example/{mark}a/2"
        assert canonical_url(one) == f"https://a.example/{mark}a/1"
        assert canonical_url(two) == f"https://a.example/{mark}a/2"
        assert article_document_id(one, "甲", "一") == url_document_id(one)


class TestCanonicalUrl:
    @pytest.mark.parametrize(
        "spelling",
        [
            "http://www.bbc.com/zhongwen/simp/world-62545099",
            "HTTPS://WWW.BBC.COM/zhongwen/simp/world-62545099",
            "https://bbc.com:443/zhongwen/simp/world-62545099",
            "http://bbc.com:80/zhongwen/simp/world-62545099#comments",
            "https://www.bbc.com//zhongwen///simp/world-62545099",
            "https://www.bbc.com/zhongwen/simp/world-62545099?",
            "https://www.bbc.com/zhongwen/simp/world-62545099?utm_source=feed&utm_medium=rss",
            "https://www.bbc.com/zhongwen/simp/world-62545099?at_campaign=64&at_medium=custom7",
            "https://www.bbc.com/zhongwen/simp/world-62545099?ocid=x&fbclid=y&&gclid=z",
            "https://www.bbc.com/zhongwen/simp/world-62545099?utm%5Fsource=feed",
            "https://www.bbc.com/zhongwen/simp/%77orld%2D62545099",
            "https://www.bbc.com/zhongwen/simp/%2577orld-62545099",
            "https://user:secret@www.bbc.com/zhongwen/simp/world-62545099",
            "  https://www.bbc.com/zhongwen/simp/world-62545099\n",
        ],
    )
    def test_spellings_of_one_page_are_one(self, spelling: str) -> None:
        assert canonical_url(spelling) == _BBC
        assert url_document_id(spelling) == url_document_id(_BBC)

    @pytest.mark.parametrize(
        "spelling",
        [
            "https://m.bbc.com/zhongwen/simp/world-62545099",
            "https://amp.bbc.com/zhongwen/simp/world-62545099",
            "https://www.m.bbc.com/zhongwen/simp/world-62545099",
            "https://bbc.com./zhongwen/simp/world-62545099",
            "https://www.bbc.com/zhongwen/simp/world-62545099/amp",
            "https://www.bbc.com/zhongwen/simp/world-62545099.amp",
            "https://www.bbc.com/amp/zhongwen/simp/world-62545099?usqp=mq331AQCCAE",
            "https://www.bbc.com/zhongwen/simp/world-62545099?amp=1",
            "https://www.bbc.com/zhongwen/simp/world-62545099?outputType=amp",
            "https://www.google.com/amp/s/www.bbc.com/zhongwen/simp/world-62545099",
            "https://www-bbc-com.cdn.ampproject.org/c/s/www.bbc.com/zhongwen/simp/world-62545099?amp_js_v=a6",
            "https://www.bbc.com/zhongwen/./simp/x/../world-62545099",
            "https://www.bbc.com/zhongwen/simp/world-62545099;jsessionid=A1B2.c3",
            "https://www.bbc.com/zhongwen/simp/world-62545099?PHPSESSID=a1b2",
            "https://www.bbc.com/zhongwen/simp/world-62545099?utm_source=x&amp;utm_medium=y&amp;amp;fbclid=z",
            "https://www.bbc.com/zhongwen/simp/world-62545099?_hsenc=a&mkt_tok=b&at_link_id=c&xtor=d&msclkid=e",
            "https://www.bbc.com/zhongwen/simp/world-62545099?gbraid=a&wbraid=b&twclid=c&ttclid=d&smid=e",
            "https://www.bbc.com/zhongwen/simp/world-62545099?spm_id_from=a&vd_source=b&isappinstalled=0",
            "https://www.bbc.com/zhongwen/simp/world-62545099?from=timeline",
        ],
    )
    def test_copies_for_small_screens_and_sessions_are_the_page(self, spelling: str) -> None:
        assert canonical_url(spelling) == _BBC

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
            ("https://BÜCHER.example/a", "https://b%C3%BCcher.example/a"),
            ("https://例子。中国/a", "https://xn--fsqu00a.xn--fiqs8s/a"),
            ("https://a.example/café", "https://a.example/cafe\u0301"),
            ("https://a.example/caf%C3%A9?q=%C3%A9", "https://a.example/cafe%CC%81?q=e%CC%81"),
            ("https://a.example/b?c=1&d=2", "https://a.example/b?c=1&amp;d=2"),
            ("https://a.example/b?c=1&d=2", "https://a.example/b?c=1&#038;d=2"),
            ("https://a.example/story/", "https://a.example/story/amp/"),
            ("https://a.example/story.html", "https://a.example/story.amp.html"),
            ("https://zh.wiki.example/a", "https://zh.m.wiki.example/a"),
            ("https://a.example/b c", "https://a.example/b%20c"),
        ],
    )
    def test_two_spellings_are_one_page(self, one: str, other: str) -> None:
        assert canonical_url(one) == canonical_url(other)
        assert canonical_url(one).isascii()

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("https://m.me/a", "https://me/a"),
            ("https://mobile.example/a", "https://example/a"),
            ("https://m.co.uk/a", "https://co.uk/a"),
            ("https://a.example/amp", "https://a.example/"),
            ("https://a.example/ampere", "https://a.example/ere"),
            ("https://a.example/tramp", "https://a.example/tr"),
            ("https://a.example/b?amp=volt", "https://a.example/b"),
            ("https://a.example/b?from=china", "https://a.example/b"),
            ("https://a.example/b?source=print", "https://a.example/b"),
            ("https://a.example/b?chksm=1&scene=2", "https://a.example/b"),
            ("https://a.example/b;v=2", "https://a.example/b"),
            ("https://a.example/b?format=1", "https://a.example/b"),
            ("https://mp.weixin.qq.com/s/AbC", "https://mp.weixin.qq.com/s/aBc"),
        ],
    )
    def test_what_only_looks_alike_is_two_pages(self, one: str, other: str) -> None:
        assert canonical_url(one) != canonical_url(other)

    def test_an_article_in_wechat_is_one_whoever_shared_it(self) -> None:
        plain = "https://mp.weixin.qq.com/s?__biz=MzA3==&mid=265&idx=1&sn=ab12"
        assert canonical_url(plain) == plain
        for spelling in (
            "http://mp.weixin.qq.com/s?__biz=MzA3==&mid=265&idx=1&sn=ab12&chksm=8f&scene=21#wechat_redirect",
            "https://mp.weixin.qq.com/s?mid=265&sn=ab12&idx=1&__biz=MzA3%3D%3D&from=timeline&isappinstalled=0",
            "https://mp.weixin.qq.com/s?__biz=MzA3==&amp;mid=265&amp;idx=1&amp;sn=ab12&amp;scene=0#rd",
        ):
            assert canonical_url(spelling) == plain
        other = plain.replace("idx=1", "idx=2")
        assert canonical_url(other) == other
        signed = "https://mp.weixin.qq.com/s?src=11&timestamp=1&signature=x"
        assert canonical_url(signed) == signed
        short = "https://mp.weixin.qq.com/s/AbC_d-1234567890efghij"
        assert (
            canonical_url("http://mp.weixin.qq.com/s/AbC_d-1234567890efghij?scene=1&poc_token=x#rd") == short
        )

    @pytest.mark.parametrize(
        "other",
        [
            "https://www.bbc.com/zhongwen/trad/world-62545099",
            "https://www.bbc.com/zhongwen/simp/world-62545099?page=2",
            "https://www.bbc.com/zhongwen/simp/World-62545099",
            "https://www.bbc.com/zhongwen/simp/world-62545099/",
            "https://www.bbc.com:8080/zhongwen/simp/world-62545099",
            "https://news.bbc.com/zhongwen/simp/world-62545099",
            "ftp://www.bbc.com/zhongwen/simp/world-62545099",
        ],
    )
    def test_other_pages_stay_others(self, other: str) -> None:
        assert canonical_url(other) != _BBC

    def test_escapes_of_any_depth_and_case_are_one(self) -> None:
        title = "標題，測試"
        once = quote(title)
        spellings = (title, once, once.lower(), quote(once), quote(quote(once)))
        assert {canonical_url(f"https://matters.news/@w/{text}") for text in spellings} == {
            f"https://matters.news/@w/{once}"
        }

    def test_what_is_reserved_stays_escaped(self) -> None:
        assert canonical_url("https://a.example/x%2Fy%3fz?q=a%26b") == "https://a.example/x%2Fy%3Fz?q=a%26b"

    def test_queries_keep_their_order_and_their_own_parameters(self) -> None:
        url = "https://a.example/?id=2&utm_source=x&full=y&source=rss-123&source=print"
        assert canonical_url(url) == "https://a.example/?id=2&full=y&source=print"

    def test_a_host_that_is_only_www_is_kept(self) -> None:
        assert canonical_url("http://www.com/") == "https://www.com/"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "not a url",
            "mailto:a@b.example",
            "/relative/path",
            "http://",
            "https://[::1",
            "http://a:port/",
            "//x/y",
        ],
    )
    def test_what_is_no_web_address_is_returned_stripped(self, text: str) -> None:
        assert canonical_url(f" {text} ") == text

    @given(st.from_regex(r"https?://(www\.)?[a-z0-9.-]{1,12}(/[A-Za-z0-9._~-]{0,3}){0,4}", fullmatch=True))
    def test_the_short_way_of_plain_addresses_leads_to_the_same(self, url: str) -> None:
        short = canonical_url(url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(identity, "_PLAIN_URL", re.compile("(?!)"))
            assert canonical_url(url) == short

    @given(_urls() | st.text(st.characters(codec=None)))
    def test_is_idempotent_and_never_raises(self, url: str) -> None:
        once = canonical_url(url)
        assert canonical_url(once) == once
        assert url_document_id(url) == url_document_id(once)

    @given(st.from_regex(r"[a-z0-9/%._~-]{0,30}", fullmatch=True), st.sampled_from(["", "www."]))
    def test_scheme_www_and_fragment_never_matter(self, path: str, www: str) -> None:
        plain = canonical_url(f"https://a.example/{path}")
        assert canonical_url(f"http://{www}a.example/{path}#x") == plain
        assert canonical_url(f"https://{www}a.example//{path}") == plain

    @pytest.mark.parametrize(
        "text",
        [
            "%25" * 20_000 + "41",
            "%" + "25" * 30_000 + "41",
            "%3" * 30_000 + "%34",
            "/" * 60_000,
            "/amp" * 15_000,
            "/.." * 20_000,
            "/a/../" * 10_000,
            "&amp;" * 12_000,
            "a\u0301\u0323" * 20_000,
            "%CC%81%CC%A3" * 5_000,
        ],
    )
    def test_hostile_urls_of_a_headers_length_cost_no_time(self, text: str) -> None:
        started = time.process_time()
        once = canonical_url(f"https://a.example/{text}?{text}")
        assert canonical_url(once) == once
        assert time.process_time() - started < 5


class TestResolved:
    def test_symlinks_of_folders_lead_to_one_path(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        assert resolved(tmp_path / "link" / "a.md") == str(tmp_path.resolve() / "real" / "a.md")

    def test_names_that_are_no_utf8_survive(self, tmp_path: Path) -> None:
        assert resolved(f"{tmp_path}/\udcff.md").endswith("/\udcff.md")

    def test_links_that_lead_round_in_a_circle_are_an_error_of_the_system(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to("a")
        with pytest.raises(OSError, match="symbolic links"):
            resolved(tmp_path / "a" / "b.md")


def test_inside_is_about_folders_and_not_about_letters() -> None:
    assert inside("/a/b", "/a")
    assert inside("/a", "/")
    assert not inside("/ab", "/a")
    assert not inside("/a", "/a")


@given(st.permutations(["/a", "/a/b", "/a/b/c", "/ab", "/"]))
def test_of_nested_folders_the_innermost_holds_a_file(folders: list[str]) -> None:
    for path, holder in (
        ("/a/x.md", "/a"), ("/a/b/x.md", "/a/b"), ("/a/b/c/d/x.md", "/a/b/c"), ("/ab/x", "/ab"), ("/x", "/"),
    ):  # fmt: skip
        assert innermost(path, folders, str) == holder
    assert innermost("/x", folders[:0], str) is None


def test_only_what_the_system_says_is_not_there_is_absent(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    assert not is_absent(link)
    assert is_absent(tmp_path / "a")
    assert is_absent("/dev/null/a")
    # Too long a name, a NUL: nobody can say what is there.
    assert not is_absent(tmp_path / ("a" * 300))
    assert not is_absent("a\0")
