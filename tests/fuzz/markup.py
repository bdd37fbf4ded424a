"""What happens to pages as markup: tags nested, lost, swapped, odd attributes, headers, dates and JSON-LD."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any, Final

from tests.fuzz.damage import MOST_BYTES, Mutation, inserted, span

__all__ = ["MARKUP"]

_TAG: Final = re.compile(rb"<[a-zA-Z/][^<>]{0,400}>")
_END_TAG: Final = re.compile(rb"</[a-zA-Z][^<>]{0,40}>")
_NAME: Final = re.compile(rb"(?<=<)/?[a-zA-Z][a-zA-Z0-9]*")
_DATE: Final = re.compile(
    rb"\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?|<!--\d+-->"
    rb"|\d{1,2} [A-Z][a-z]{2} \d{4}|\d{10,13}"
)
_NAMES: Final = (
    *(
        b"div",
        b"p",
        b"span",
        b"a",
        b"b",
        b"font",
        b"article",
        b"main",
        b"section",
        b"aside",
        b"ul",
        b"li",
        b"ol",
    ),
    *(b"table", b"tr", b"td", b"caption", b"select", b"option", b"form", b"button", b"svg", b"math", b"mi"),
    *(b"foreignObject", b"template", b"noscript", b"script", b"style", b"title", b"textarea", b"plaintext"),
    *(b"xmp", b"noframes", b"noembed", b"iframe", b"frameset", b"frame", b"head", b"body", b"html", b"base"),
    *(b"blockquote", b"figure", b"figcaption", b"img", b"picture", b"source", b"video", b"h1", b"h2", b"h6"),
    *(
        b"time",
        b"abbr",
        b"address",
        b"ruby",
        b"rt",
        b"rp",
        b"dl",
        b"dd",
        b"pre",
        b"code",
        b"br",
        b"hr",
        b"wbr",
    ),
    *(
        b"amp-img",
        b"x-y",
        b"image",
        b"nobr",
        b"marquee",
        b"object",
        b"embed",
        b"details",
        b"summary",
        b"dialog",
    ),
)
_VALUES: Final = (
    *(
        b"",
        b"x",
        b"hidden",
        b"true",
        b"S:1",
        b"comment",
        b"sidebar related",
        b"share",
        b"article-body",
        b"h1",
    ),
    *(
        b"date",
        b"author",
        b"byline",
        b"caption",
        b"articleBody",
        b"datePublished",
        b"headline",
        b"tag author",
    ),
    *(
        b"http://e.org/a b",
        b"//e.org",
        b"javascript:x",
        b"data:image/gif;base64,R0",
        b"http://[::1",
        b"http://",
    ),
    *(
        b"https://e.org:99999999/",
        b"https://\xe5\xad\x97.org/\xe5\xad\x97?\xff",
        b"?#",
        b"mailto:a@b",
        b"a.jpg 1x,",
    ),
    *(b"https://i0.wp.com/https://i0.wp.com/e.org/a.jpg", b"/_next/image?url=%2525", b"open", b"nofollow"),
    *(
        b"display:none",
        b"width:1px;height:1",
        b"99999999999999999999",
        b"-1",
        b"1e400",
        b"zh-\xff",
        b"\xe5\xad\x97",
    ),
    *(b"x" * 30_000, b"a " * 9_000, b"%25" * 3_000, b"https://e.org/" + b"../" * 3_000, b"1w," * 3_000),
)
_ATTRIBUTES: Final = (
    *(
        b"class",
        b"id",
        b"itemprop",
        b"itemtype",
        b"itemscope",
        b"role",
        b"rel",
        b"href",
        b"src",
        b"srcset",
        b"style",
    ),
    *(
        b"hidden",
        b"aria-hidden",
        b"lang",
        b"dir",
        b"data-src",
        b"data-original",
        b"datetime",
        b"content",
        b"name",
    ),
    *(b"property", b"width", b"height", b"alt", b"title", b"type", b"open", b"shadowrootmode", b"http-equiv"),
    *(b"xml:lang", b"on\0x", b"=", b'"', b"'", b"a" * 3_000, b"\xe5\xad\x97", b"<", b"/"),
)
_DATES: Final = (
    *(
        b"0000-00-00",
        b"9999-12-31T23:59:59.999Z",
        b"2024-02-30",
        b"1-1-1",
        b"2024-13-45T99:99:99",
        b"20240506",
    ),
    *(
        b"2024-05-06T24:00:00+24:00",
        b"2024-05-06T10:00+99:99",
        b"2024-05-06 [Asia/Shanghai]",
        b"[../../etc/passwd]",
    ),
    *(
        b"<!--NaN-->",
        b"<!--99999999999999999999-->",
        b"<!---1-->",
        b"253402300800000",
        b"-62135596800001",
        b"1e309",
    ),
    *(
        "民國113年5月6日 下午3:05",
        "令和6年13月",
        "平成99年",
        "二〇二四年五月六日",
        "２０２４年０５月０６日　１５：０５",
        "15点05分",
    ),
    *(
        "24 октября 2024 г.",
        "1er août 2024",
        "5/6/2024",
        "Mon, 99 Foo 2024 25:61:61 XXX",
        "٢٠٢٤-٠٥-٠٦",
        "²⁰²⁴-05-06",
    ),
    *(b"9" * 5_000, b"1/" * 5_000, b"2024-05-06 " * 500, b"2024", b"Tue Jan 28 15:28:56 CET 2020", b"24:60"),
)
_HEADERS: Final = (
    *(
        b"---\n",
        b"---\n---\n",
        b"+++\n",
        b"------\n",
        b"[t](https://e.org/a)\n------\n",
        b"[](\n------\n",
        b"[t](x y)\n",
    ),
    *(
        b"<!-- saved from url=(0019)https://e.org/a -->\n",
        b"<!doctype html>",
        b"<?xml version='1.0'?>",
        b"#!/x\n",
        b"# x\n",
    ),
    *(
        b'title: "x\n',
        b"title: [a, {b: c}]\n",
        b"title: &a *a\n",
        b"title: !!python/object:os.system x\n",
        b"date: 2024\n",
    ),
    *(
        b"tags: [" + b"[" * 500,
        b"author: |\n  a\n  b\n",
        b"a: &x [*x]\n",
        b"- a\n",
        b"? a\n",
        b'title = """x\n',
        b"[a.b.c]\n",
    ),
    *(
        b"date = 2024-99-99\n",
        b"a = 1\na = 2\n",
        b"x = " + b"[" * 2_000,
        b"from: https://[\n",
        b"link: ftp://e.org\n",
    ),
    *(
        b"\xe6\x97\xa5\xe6\x9c\x9f\xef\xbc\x9a\xff\n",
        b"url: http://\xed\xa0\x80\n",
        b"labels: {a: {b: {c: d}}}\n",
    ),
)
_LD_KEYS: Final = (
    *(
        "@type",
        "@graph",
        "@id",
        "@context",
        "headline",
        "name",
        "author",
        "datePublished",
        "dateModified",
        "url",
    ),
    *("mainEntityOfPage", "mainEntity", "publisher", "keywords", "image", "articleBody", "articleSection"),
    *(
        "isPartOf",
        "description",
        "about",
        "liveBlogUpdate",
        "inLanguage",
        "hasPart",
        "itemListElement",
        "",
        "\ud800",
    ),
)
_LD_SCALARS: Final = (
    *(
        "NewsArticle",
        "WebPage",
        "Person",
        "Organization",
        "Report",
        "LiveBlogPosting",
        "ImageObject",
        "x",
        "",
    ),
    *(
        "https://e.org/a",
        "http://[",
        "2024-05-06T10:00:00Z",
        "2024-13-45",
        "1700000000",
        "a\x00b",
        "\udfff",
        "字" * 900,
    ),
    *(None, True, 0, -1, 1.5e308, 10**30, float("nan"), float("inf")),
)


def lost_end_tags(random: Random, data: bytes) -> bytes:
    kept = random.choice((0.0, 0.5, 0.95))
    return _END_TAG.sub(lambda found: found[0] if random.random() < kept else b"", data)


def lost_tags(random: Random, data: bytes) -> bytes:
    return _TAG.sub(lambda found: found[0] if random.random() > 0.1 else b"", data)


def swapped_names(random: Random, data: bytes) -> bytes:
    share = random.choice((0.02, 0.3))

    def other(found: re.Match[bytes]) -> bytes:
        slash = b"/" if found[0].startswith(b"/") else b""
        return slash + random.choice(_NAMES) if random.random() < share else found[0]

    return _NAME.sub(other, data)


def one_name(random: Random, data: bytes) -> bytes:
    """All elements of one name under another."""
    names = sorted({found.lstrip(b"/").lower() for found in _NAME.findall(data)})
    if not names:
        return data
    old, new = random.choice(names), random.choice(_NAMES)
    return re.sub(rb"(</?)" + re.escape(old) + rb"(?=[\s/>])", rb"\1" + new, data)


def nested(random: Random, data: bytes) -> bytes:
    """Something wrapped many times, closed or not."""
    begin, end = span(random, data)
    name = random.choice(_NAMES)
    times = min(
        random.choice((1, 30, 400, 600, 5_000)), max(0, MOST_BYTES - len(data)) // (2 * len(name) + 5)
    )
    ends = b"</" + name + b">" if random.random() < 0.5 else b""
    return data[:begin] + (b"<" + name + b">") * times + data[begin:end] + ends * times + data[end:]


def many_siblings(random: Random, data: bytes) -> bytes:
    at = random.randrange(len(data) + 1)
    one = (
        b"<"
        + random.choice(_NAMES)
        + b" "
        + random.choice(_ATTRIBUTES[:20])
        + b"=x>"
        + random.choice((b"", b"x", b"\xe5\xad\x97\xe3\x80\x82"))
    )
    times = min(random.choice((10, 500, 9_000)), max(0, MOST_BYTES - len(data)) // len(one))
    return data[:at] + one * times + data[at:]


def attributes(random: Random, data: bytes) -> bytes:
    share = random.choice((0.05, 0.5))

    def with_more(found: re.Match[bytes]) -> bytes:
        if random.random() > share or found[0].startswith(b"</"):
            return found[0]
        quote = random.choice((b'"', b"'", b""))
        value = random.choice(
            _VALUES if len(data) < MOST_BYTES // 4 and random.random() < 0.1 else _VALUES[:-5]
        )
        return found[0][:-1] + b" " + random.choice(_ATTRIBUTES) + b"=" + quote + value + quote + b">"

    return _TAG.sub(with_more, data)


def one_attribute_everywhere(random: Random, data: bytes) -> bytes:
    name, value = random.choice(_ATTRIBUTES), random.choice(_VALUES[:-5])
    return re.sub(
        rb"<([a-z]+[0-9]?)(?=[\s>])",
        rb"<\1 " + name.replace(b"\\", b"") + b'="' + value.replace(b"\\", b"") + b'"',
        data,
    )


def values(random: Random, data: bytes) -> bytes:
    """What stands in quotes, replaced."""
    return re.sub(
        rb"=([\"'])[^\"'<>]{0,300}\1",
        lambda found: b'="' + random.choice(_VALUES[:-5]) + b'"' if random.random() < 0.2 else found[0],
        data,
    )


def tag_soup(random: Random, data: bytes) -> bytes:
    pieces = [b"<" + name + b">" for name in _NAMES] + [b"</" + name + b">" for name in _NAMES]
    pieces += [
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<!doctype html>",
        b"<",
        b">",
        b"</",
        b"<!",
        b"<?",
        b"&",
        b'"',
        b"'",
    ]
    return inserted(random, data, pieces, most=60)


def header(random: Random, data: bytes) -> bytes:
    """The first lines in another order, doubled, lost, or among lines of other headers."""
    lines = data.split(b"\n", 12)
    head, rest = lines[:-1], lines[-1:]
    for _ in range(random.randint(1, 4)):
        what = random.randrange(4)
        at = random.randrange(len(head) + 1)
        if what == 0:
            head.insert(at, random.choice(_HEADERS).rstrip(b"\n"))
        elif what == 1 and head:
            head.pop(at % len(head))
        elif what == 2 and head:
            head.insert(at, random.choice(head))
        else:
            random.shuffle(head)
    return b"\n".join(head + rest)


def dates(random: Random, data: bytes) -> bytes:
    told = [date.encode() if isinstance(date, str) else date for date in _DATES]
    if not _DATE.search(data) or random.random() < 0.2:
        return inserted(random, data, [b"<time>" + date + b"</time>" for date in told], most=3)
    return _DATE.sub(lambda found: random.choice(told) if random.random() < 0.7 else found[0], data)


def json_ld(random: Random, data: bytes) -> bytes:
    """Metadata for machines that nobody checked."""
    text = json.dumps(_some_json(random, 0), ensure_ascii=random.random() < 0.5)
    told = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.3:
        told = told[: random.randrange(len(told) + 1)] + random.choice(
            (b"", b"}", b"]]>", b"//-->", b",", b"\0")
        )
    script = b"<script type=application/ld+json>" + told + b"</script>"
    for place in (b"</head>", b"<body", b"<article"):
        if place in data and random.random() < 0.7:
            return data.replace(place, script + place, 1)
    return b"<!doctype html><html><head>" + script + b"</head><body>" + data


def _some_json(random: Random, depth: int) -> Any:
    kind = random.random()
    if depth > random.choice((3, 5, 40)) or kind < 0.25:
        return random.choice(_LD_SCALARS)
    if kind < 0.45:
        return [_some_json(random, depth + 1) for _ in range(random.choice((0, 1, 3, 3)))]
    return {random.choice(_LD_KEYS): _some_json(random, depth + 1) for _ in range(random.choice((1, 3, 5)))}


MARKUP: Final[tuple[Mutation, ...]] = (
    *(lost_end_tags, lost_tags, swapped_names, one_name, nested, many_siblings, attributes, values),
    *(one_attribute_everywhere, tag_soup, header, dates, json_ld),
)
