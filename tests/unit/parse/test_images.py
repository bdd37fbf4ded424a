"""Pictures come out with their own address; what is no picture doesn't come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ({"src": "/img/placeholder.png", "data-original": "/real.jpg"}, "https://www.example.org/real.jpg"),
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
        {}, {"src": None}, {"src": ""}, {"src": SPACER}, {"src": "about:blank"},
        {"src": "/p.gif", "width": "1", "height": "1"}, {"src": "/p.gif", "height": "1px"},
        {"src": "/spacer.gif"},
        {"src": "https://pixel.wp.com/b.gif?v=1"}, {"src": "https://medium.com/_/stat?event=post"},
        {"src": "https://secure.gravatar.com/avatar/1"}, {"src": "/me.jpg", "class": "avatar avatar-60"},
        {"src": "/x.svg", "class": "share-icon"}, {"src": "https://feeds.feedburner.com/~r/x"},
        {"src": "http://[broken"},
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
