"""Pictures come out with their own address; what is no picture doesn't come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inputs.saved_pages import read_whole, shipped_parser

from newsdrop.documents import Image, Page
from newsdrop.parse.images import image_url, open_proxy
from newsdrop.parse.links import Base

BASE = Base("https://www.example.org/news/a.html")
SPACER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP"


@pytest.mark.parametrize(
    ("proxied", "own"),
    [
        (
            "https://images.weserv.nl/?url=ichef.example.org/news/a.jpg",
            "https://ichef.example.org/news/a.jpg",
        ),
        ("https://images.weserv.nl?url=ichef.example.org/news/a.jpg", "https://ichef.example.org/news/a.jpg"),
        ("http://images.weserv.nl/?w=300&url=ssl:e.org/a.jpg&h=200", "https://e.org/a.jpg"),
        ("https://images.weserv.nl/?url=https://e.org/a.jpg", "https://e.org/a.jpg"),
        ("https://images.weserv.nl/?url=https%3A%2F%2Fe.org%2Fa%2520b.jpg", "https://e.org/a%20b.jpg"),
        ("https://images.weserv.nl/?url=e.org/%E4%BF%84.jpg", "https://e.org/%E4%BF%84.jpg"),
        ("https://i0.wp.com/e.org/a.png?resize=9%2C3&ssl=1", "https://e.org/a.png"),
        ("http://i2.wp.com/e.org/a.png", "https://e.org/a.png"),
        ("https://images.weserv.nl/?url=i1.wp.com/e.org/a.png?w=1", "https://e.org/a.png"),
        ("https://images.weserv.nl/", "https://images.weserv.nl/"),
        ("https://wsrv.nl/?url=e.org/a.jpg&w=300", "https://e.org/a.jpg"),
        ("https://e.org/_next/image?url=%2Fimg%2Fa.jpg&w=1080&q=75", "https://e.org/img/a.jpg"),
        (
            "https://e.org/_next/image?url=https%3A%2F%2Fcdn.e.org%2Fa.jpg%3Fv%3D1&w=64",
            "https://cdn.e.org/a.jpg?v=1",
        ),
        ("https://e-org.cdn.ampproject.org/i/s/e.org/img/a.jpg", "https://e.org/img/a.jpg"),
        ("https://e-org.cdn.ampproject.org/ii/w680/s/e.org/img/a.jpg", "https://e.org/img/a.jpg"),
        (
            "https://e.org/cdn-cgi/image/width=640,quality=80/https://cdn.e.org/a.jpg",
            "https://cdn.e.org/a.jpg",
        ),
        (
            "https://substackcdn.com/image/fetch/w_1456,c_limit/https%3A%2F%2Fcdn.e.org%2Fa.jpeg",
            "https://cdn.e.org/a.jpeg",
        ),
        ("https://i.e.org/e/image/fetch/https://cdn.e.org/a.jpg", "https://cdn.e.org/a.jpg"),
        (
            "https://i.e.org/e/image/fetch/w_600,c_fill/f_auto/v1/https://cdn.e.org/a.jpg",
            "https://cdn.e.org/a.jpg",
        ),
        ("https://e.org/_ipx/w_640/https://cdn.e.org/a.jpg", "https://cdn.e.org/a.jpg"),
        ("https://t.e.org/unsafe/600x400/smart/cdn.e.org/i/a.jpg", "https://cdn.e.org/i/a.jpg"),
        (
            "https://t.e.org/unsafe/fit-in/9x9/filters:quality(80)/https://cdn.e.org/a.jpg",
            "https://cdn.e.org/a.jpg",
        ),
        ("https://e.org/thumbor/unsafe/600x0/https%3A%2F%2Fcdn.e.org%2Fa.jpg", "https://cdn.e.org/a.jpg"),
        ("https://t.e.org/unsafe/600x400/i/a.jpg", "https://t.e.org/unsafe/600x400/i/a.jpg"),
        ("https://e.org/image/a.jpg?url=x", "https://e.org/image/a.jpg?url=x"),
        ("https://e.org/a.png?resize=1", "https://e.org/a.png?resize=1"),
    ],
)
def test_proxies_are_opened_and_other_addresses_kept(proxied: str, own: str) -> None:
    assert open_proxy(proxied) == own


@pytest.mark.parametrize(
    ("attributes", "url"),
    [
        ({"src": "/p.jpg"}, "https://www.example.org/p.jpg"),
        ({"src": "//e.org/p.jpg"}, "https://e.org/p.jpg"),
        ({"src": SPACER, "data-src": "/real.jpg"}, "https://www.example.org/real.jpg"),
        (
            {"data-lazy-src": "https://i1.wp.com/e.org/r.jpg?is-pending-load=1#038;ssl=1"},
            "https://e.org/r.jpg",
        ),
        ({"data-lazy-src": "https://e.org/r.jpg?is-pending-load=1"}, "https://e.org/r.jpg"),
        ({"data-lazy-src": "https://e.org/r.jpg?w=2&is-pending-load=1"}, "https://e.org/r.jpg?w=2"),
        (
            {"data-lazy-src": "https://e.org/r.jpg?w=2&is-pending-load=1#038;h=3"},
            "https://e.org/r.jpg?w=2&h=3",
        ),
        ({"data-lazy-src": "https://e.org/r.jpg?is-pending-load=1&h=3"}, "https://e.org/r.jpg?h=3"),
        ({"src": "/img/placeholder.png", "data-original": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"src": "/img/default.jpg", "data-src": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"src": "/whitedot.jpg", "data-actualsrc": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"src": "/white.png"}, "https://www.example.org/white.png"),
        ({"src": "/vi/x/default.jpg"}, "https://www.example.org/vi/x/default.jpg"),
        ({"src": "/logo.svg", "data-lazy-src": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"src": "/p-20x13.jpg", "data-src": "/p.jpg"}, "https://www.example.org/p.jpg"),
        ({"src": "/p.jpg?w=20", "data-src": "/p.jpg"}, "https://www.example.org/p.jpg"),
        ({"src": "/p.jpg", "class": "lazyload", "data-src": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"src": "/p.jpg", "class": "lazyloaded"}, "https://www.example.org/p.jpg"),
        ({"src": SPACER, "data-lazyload": "/real.jpg"}, "https://www.example.org/real.jpg"),
        # loaders of which nobody has heard
        ({"src": SPACER, "ess-data": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"_src": "//e.org/real.webp?v=1"}, "https://e.org/real.webp?v=1"),
        (
            {"src": "/loading.gif", "data-thumb": "/s.jpg", "data-big": "/b.jpg"},
            "https://www.example.org/b.jpg",
        ),
        (
            {"src": SPACER, "data-link": "/no.jpg", "file": "https://q.example/1?wx_fmt=jpeg"},
            "https://q.example/1?wx_fmt=jpeg",
        ),
        ({"src": "./A page_files/a.jpg", "data-src": "/real.jpg"}, "https://www.example.org/real.jpg"),
        ({"src": "Page_files/a.jpg", "srcset": "https://e.org/s.jpg 1x"}, "https://e.org/s.jpg"),
        ({"src": "/x_files/a.jpg"}, "https://www.example.org/x_files/a.jpg"),
        ({"src": "/good.jpg", "data-src": "/other.jpg"}, "https://www.example.org/good.jpg"),
        ({"srcset": "/s.jpg 300w, /l.jpg 900w, /m.jpg 600w"}, "https://www.example.org/l.jpg"),
        ({"src": SPACER, "data-srcset": "/s.jpg 1x, /l.jpg 2x"}, "https://www.example.org/l.jpg"),
        ({"srcset": "/s.jpg 1x,/l.jpg 2x"}, "https://www.example.org/l.jpg"),
        ({"srcset": "/s.jpg 300w,/l.jpg 900w 600h,/m.jpg 600w"}, "https://www.example.org/l.jpg"),
        ({"srcset": " ,/s.jpg, /l.jpg 1.5x, "}, "https://www.example.org/l.jpg"),
        ({"srcset": "/w_1,h_2/s.jpg 1x,\n/w_2,h_4/l.jpg 2x"}, "https://www.example.org/w_2,h_4/l.jpg"),
        ({"srcset": f"{SPACER},AA 1w,/l.jpg 2w"}, "https://www.example.org/l.jpg"),
        ({"srcset": "/only.jpg"}, "https://www.example.org/only.jpg"),
        ({"src": "https://e.org/文件 名.jpg"}, "https://e.org/文件%20名.jpg"),
        ({"src": "/p.jpg", "width": "976", "height": None}, "https://www.example.org/p.jpg"),
        ({"src": "/icons/saint-nicholas.jpg"}, "https://www.example.org/icons/saint-nicholas.jpg"),
        ({"src": "/share-prices.png"}, "https://www.example.org/share-prices.png"),
        ({"src": "/a.jpg", "alt": "守塔人"}, "https://www.example.org/a.jpg"),
        ({"src": "/iconic-bridge.png"}, "https://www.example.org/iconic-bridge.png"),
        ({"src": "/a_w600_h160.png"}, "https://www.example.org/a_w600_h160.png"),
        ({"src": "/facebook.png"}, "https://www.example.org/facebook.png"),
        ({"src": "/title-page.jpg"}, "https://www.example.org/title-page.jpg"),
        ({"src": "/bullet_trains_2.png"}, "https://www.example.org/bullet_trains_2.png"),
        (
            {"src": "/silicon-valley.jpg", "class": "aligncenter size-full"},
            "https://www.example.org/silicon-valley.jpg",
        ),
    ],
)
def test_the_address_is_the_real_pictures(attributes: dict[str, str | None], url: str) -> None:
    assert image_url(attributes, BASE) == url


@pytest.mark.parametrize(
    "attributes",
    [
        {"src": "https://e.org/2018/default_avatar.jpg"},
        {"src": "https://e.org/zxcode_20240515.jpg"},
        {}, {"src": None}, {"src": ""}, {"src": SPACER}, {"src": "about:blank"},
        {"src": "/p.gif", "width": "1", "height": "1"}, {"src": "/p.gif", "height": "1px"},
        {"src": "/spacer.gif"},
        {"src": "https://pixel.wp.com/b.gif?v=1"}, {"src": "https://medium.com/_/stat?event=post"},
        {"src": "https://secure.gravatar.com/avatar/1"}, {"src": "/me.jpg", "class": "avatar avatar-60"},
        {"src": "/img/bullet_red.gif"},
        {"src": "/x.svg", "class": "share-icon"}, {"src": "https://feeds.feedburner.com/~r/x"},
        {"src": "http://[broken"}, {"src": "https://hm.baidu.com/hm.gif?si=1"},
        {"src": "https://sb.scorecardresearch.com/p?c1=2"}, {"src": "//vg08.met.vgwort.de/na/1"},
        {"src": "https://counter.example.org/c.gif"}, {"src": "https://stats.e.org/matomo.php?idsite=1"},
        {"src": "https://c.cnzz.com/stat.php"}, {"src": "https://www.facebook.com/tr?id=1"},
        {"src": "/img/zoom.png"}, {"src": "/img/erweima.jpg"}, {"src": "/a/qrcode_258.jpg?v=1"},
        {"src": "/x.jpg", "alt": "关注公众号：河边"}, {"src": "/x.jpg", "alt": "微信二维码"},
        {"src": "/img/icon_mail.gif"}, {"src": "/images/icons/mail.png?v=2"},
        {"src": "/img/bttn_close.gif"}, {"src": "/img/button1-email.gif"}, {"src": "/v/print_icon.png"},
        {"src": "/s/magnify-clip.png"}, {"src": "/i/facebook.gif"}, {"src": "/i/misterwong.gif"},
        {"src": "/img/next_page.jpg"}, {"src": "/a/favicon.ico?v=1"}, {"src": "/a/2a_size1_w16_h16.png"},
        {"src": "/i/arrow-right.png"}, {"src": "preload.gif"}, {"src": "//ads.e.org/www/avw.php?zoneid=1"},
        {"src": "./A page_files/a.jpg"}, {"src": "Seite-Dateien/a.jpg"}, {"src": "页面_files/a.jpg"},
        {"src": "/a.jpg", "style": "width:1px;height:1px"},
        {"src": "/avatars/12.jpg", "width": "64", "height": "64"},
        {"src": "/static/emoji/smile.gif"},
        {"src": "/logo.png"},
        {"src": SPACER, "data-avatar": "/face.jpg", "alt": "/a.jpg"},
    ],
)  # fmt: skip
def test_trackers_spacers_avatars_and_icons_are_no_pictures(attributes: dict[str, str | None]) -> None:
    assert image_url(attributes, BASE) is None


@given(
    st.dictionaries(st.sampled_from(["src", "srcset", "data-src", "width", "class"]), st.text(max_size=80))
)
def test_no_attributes_make_it_raise(attributes: dict[str, str]) -> None:
    url = image_url(attributes, BASE)
    assert url is None or url.lower().startswith(("http://", "https://"))


def test_a_giant_srcset_is_read_in_bounded_time() -> None:
    assert image_url({"srcset": "/a.jpg 1w, " * 500_000}, BASE) == "https://www.example.org/a.jpg"
    assert image_url({"srcset": "," * 500_000}, BASE) is None
    assert image_url({"srcset": "," * 10_000 + " /a.jpg"}, BASE) == "https://www.example.org/a.jpg"


def read(body: str, head: str = "") -> list[Image]:
    html = f"<html><head>{head}</head><body><article><p>{'一' * 80}。</p>{body}</article>"
    return shipped_parser().parse(Page(dialect="html", html=html, title="t", url=BASE.url, whole=True)).images


def test_an_icon_within_a_caption_takes_no_caption() -> None:
    for icon in (
        "<img src=/icons/camera.svg>",
        "<img src=/zoom.png width=16>",
        "<img class=icon src=/x.png>",
    ):
        images = read(f"<figure><img src=/p.jpg><figcaption>{icon} A bridge</figcaption></figure>")
        assert images == [Image(url="https://www.example.org/p.jpg", caption="A bridge")]
    second = "<figure><img src=/p.jpg><figcaption><img src=/q.jpg> A bridge</figcaption></figure>"
    assert [(image.url[-5:], image.caption) for image in read(second)] == [
        ("p.jpg", "A bridge"),
        ("q.jpg", None),
    ]
    alone = "<figure><figcaption><img src=/q.jpg> A bridge</figcaption></figure>"
    assert [(image.url[-5:], image.caption) for image in read(alone)] == [("q.jpg", "A bridge")]


def test_one_picture_under_both_schemes_is_one() -> None:
    images = read("<img src=http://e.org/p.jpg><p>x</p><img src=https://e.org/p.jpg>")
    assert [image.url for image in images] == ["https://e.org/p.jpg"]


def test_a_saved_pages_picture_has_the_address_that_its_head_tells_or_none() -> None:
    told = "<meta property=og:image content=https://cdn.e.org/lead.jpg?w=1200>"
    named = "<img src='./A page_files/lead(1).jpg'>"
    other = "<img src='./A page_files/other.jpg'>"
    assert [image.url for image in read(f"{other}{named}", told)] == ["https://cdn.e.org/lead.jpg?w=1200"]
    assert [image.url for image in read(f"<img src=https://e.org/a.jpg>{other}", told)] == [
        "https://e.org/a.jpg"
    ]
    assert [image.url for image in read(other, told)] == ["https://cdn.e.org/lead.jpg?w=1200"]
    assert read(other) == read("<img src='./A page_files/dot.gif' width=1>", told) == []


def test_a_page_from_nowhere_keeps_the_paths_of_its_pictures() -> None:
    assert image_url({"src": "/a.jpg"}, Base(None)) == "/a.jpg"
    assert image_url({"src": "a.jpg"}, Base(None)) == "a.jpg"
    assert image_url({"src": "../pic/a b.jpg"}, Base(None)) == "../pic/a%20b.jpg"
    assert image_url({"src": "blob"}, Base(None)) is None
    assert image_url({"src": "//e.org/a.jpg"}, Base(None)) != "//e.org/a.jpg"


def test_a_page_from_nowhere_keeps_each_of_its_pictures_with_its_caption() -> None:
    words = "<p>The keeper lit the lamp at dusk, and the ferry turned toward the pier in the fog.</p>"
    figures = "".join(
        f"{words}<figure><img src=/{name}.jpg><figcaption>The {name}.</figcaption></figure>"
        for name in ("tower", "harbour", "tower")
    )
    page = f"<!doctype html><title>The lamp</title><article><h1>The lamp</h1>{figures}{words}</article>"
    article = shipped_parser().parse(Page(dialect="html", html=page, title="", url=None, whole=True))
    assert [(image.url, image.caption) for image in article.images] == [
        ("/tower.jpg", "The tower."),
        ("/harbour.jpg", "The harbour."),
    ]


def test_a_background_is_the_picture_of_an_element_named_as_one() -> None:
    text = "The lighthouse in the harbour opened again on Tuesday morning after three years of repairs."
    box = "<div class=photo style=\"background-image:url('/{}')\">{}</div>"
    teaser = f"<div><a href=/b></a>{box.format('teaser.jpg', '')}</div>"
    article = read_whole(
        f"<title>Opens</title><main><h1>Opens</h1><p>{text}</p>{box.format('own.jpg', '')}"
        f"{box.format('drawn.png', '')}{box.format('text.jpg', text)}{teaser}<p>{text * 3}</p></main>"
    )
    assert [image.url for image in article.images] == ["https://harbour.example/own.jpg"]


def test_a_picture_that_stands_for_a_character_is_that_character() -> None:
    smiley = "<img src=https://e.org/emotion/smiley_0.png alt='[微笑]'>"
    page = Page(dialect="html", html=f"<p>好{smiley}的，他笑了。</p>", url="https://e.org/a")
    article = shipped_parser().parse(page)
    assert [block.text for block in article.blocks] == ["好[微笑]的，他笑了。"]
    assert not article.images
