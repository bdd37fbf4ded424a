"""Dialect `NodeBE4/oped2`: Jekyll front matter, then HTML; and the hybrid with a link header in between.

    ---                                   ---
    title: "…"                            title: …
    date: 2018-02-10T13:55:36+00:00       …
    author: …                             ---
    from: https://…                       <!--1659629520000-->  or  <!--NaN-->
    tags: [ … ]                           [title](url)
    categories: [ … ]                     ------
    ---
    <article>…                            <div>…

These archives put the name of the site or channel where tags and categories belong, and often the author.
That is the `channel`; the parser knows whether it is the site's. A host's name counts as none of them.
Read as well is what other generators' front matter has (subtitle, excerpt, description; updated, lastmod),
and that of programs that clip pages into notes: `source`, `created` (when it was clipped), `[[Author]]`;
MarkDownload puts title and excerpt at the head of the body. Every other key is kept as a label.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from urllib.parse import urlsplit

import msgspec

from newsdrop.archive.dialects.link_header import LinkHeader, begins_link_header, read_link_header
from newsdrop.archive.frontmatter import Value, find_end, read_front_matter
from newsdrop.archive.header import Header, Layout, clean_url
from newsdrop.documents import Moment
from newsdrop.errors import TooLargeError, UnknownDialectError
from newsdrop.moments import complete, epoch_ms, from_epoch_ms, read_moment
from newsdrop.names import clean_names, clean_text
from newsdrop.options import Limits

__all__ = ["DIALECT", "front_matter", "header_of"]

#: Labels that stand in front of a country's ending, in the place of a name.
_SECOND_LEVEL = frozenset(("co", "com", "org", "net", "gov", "edu", "ac", "or", "ne"))
_TITLE_KEYS = ("title", "标题", "標題")
_URL_KEYS = (
    "from", "original_url", "source_url", "canonical_url", "canonical", "link", "url", "原文链接", "原文鏈接",
    "链接", "鏈接", "网址", "網址",
)  # fmt: skip
#: An address of a clipped page; in other front matter the name of a paper.
_SOURCE_KEY = "source"
_AUTHOR_KEYS = ("author", "authors", "byline", "作者")
_TAG_KEYS = ("tags", "标签", "標籤")
_SECTION_KEYS = ("categories", "category", "section", "分类", "分類", "栏目", "欄目")
_DEK_KEYS = ("subtitle", "dek", "excerpt", "description", "summary", "摘要")
_DATE_KEYS = (
    "date", "published", "published_at", "pubdate", "publishdate", "date_published", "pub_date",
    "publish_date", "publish_time", "publication_date", "datetime", "发布时间", "發布時間", "发布日期",
    "發布日期", "日期", "时间", "時間",
)  # fmt: skip
_UPDATED_KEYS = (
    "updated", "updated_at", "lastmod", "last_modified_at", "modified", "modified_at", "date_modified",
    "更新时间", "更新時間",
)  # fmt: skip
#: When the page was clipped.
_CLIPPED_KEYS = ("created", "clipped", "saved", "date_saved", "archived", "retrieved")
#: Keys that don't become labels: those that are read, and those for a generator's layout.
_READ = frozenset(
    {"layout", *_TITLE_KEYS, *_TAG_KEYS, *_SECTION_KEYS}
    | {*_URL_KEYS, *_AUTHOR_KEYS, *_DEK_KEYS, *_DATE_KEYS, *_UPDATED_KEYS, *_CLIPPED_KEYS}
)
_LABELS, _LABEL_VALUES, _LABEL_CHARS = 40, 40, 1_000
#: The tag that Obsidian's clipper gives to each page.
_CLIPPINGS = "clippings"
#: What parts tags that are written as in posts: #书 #河.
_HASH_TAGS = re.compile(r"\s+(?=#\S)")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]{0,200}\|)?([^\[\]|]{1,200})\]\]")
_CLIPPED_HEAD = re.compile(
    r"\s{0,20}# (?P<title>[^\n]{1,1000})\n"
    r"(?:\s{0,20}> ## Excerpt\n(?P<excerpt>(?:>[^\n]{0,5000}\n){0,50}))?(?:\s{0,20}---[ \t]*\n)?"
)


class _Oped2:
    name = "NodeBE4/oped2"
    hybrid = "NodeBE4/oped2-hybrid"
    expects = "Jekyll front matter between two --- lines"

    def sniff(self, text: str) -> bool:
        return text.startswith("---") and text[3:].partition("\n")[0].strip() == ""

    def split(self, text: str, source: str, limits: Limits) -> Layout:
        ends = front_matter(text, source, limits)
        entries = read_front_matter(text[: ends[0]].partition("\n")[2])
        link = _hybrid_header(text, source, limits, ends[1])
        header = header_of(entries, link)
        body = text[link.end if link else ends[1] :]
        if not header.title and _SOURCE_KEY in entries:
            header, body = _clipped(header, body)
        return Layout(self.hybrid if link else self.name, header, body)


def front_matter(text: str, source: str, limits: Limits) -> tuple[int, int]:
    """Where the front matter's lines end and where the rest begins.

    Raises:
        UnknownDialectError: its closing line is missing.
        TooLargeError: it is over the limit of a header.
    """
    ends = find_end(text)
    if ends is None:
        raise UnknownDialectError(
            f"{source} begins with front matter, but its closing {text[:3]} line is missing; expected "
            f"front matter between two {text[:3]} lines."
        )
    if ends[0] > limits.header_chars:
        raise TooLargeError(
            f"{source}: its front matter has {ends[0]:,} characters; at most {limits.header_chars:,} are "
            "read (setting limits.header_chars)."
        )
    return ends


def _hybrid_header(text: str, source: str, limits: Limits, start: int) -> LinkHeader | None:
    while start < len(text) and text[start].isspace():
        start += 1
    if not begins_link_header(text, start):
        return None
    try:
        return read_link_header(text, source, limits, start)
    except (UnknownDialectError, TooLargeError):
        # The body may well begin with a bracket: only the whole header makes it a hybrid.
        return None


def _clipped(header: Header, body: str) -> tuple[Header, str]:
    """Title and excerpt taken from the head of the body, where MarkDownload puts them."""
    match = _CLIPPED_HEAD.match(body)
    if match is None:
        return header, body
    dek = " ".join(line.lstrip("> ") for line in (match["excerpt"] or "").split("\n")).strip()
    found = msgspec.structs.replace(header, title=clean_text(match["title"]), dek=header.dek or dek or None)
    return found, body[match.end() :]


def header_of(entries: dict[str, Value], link: LinkHeader | None = None) -> Header:
    """What front matter says, and the other header after it."""
    # `created` is when a page was clipped, or written.
    dated = _moment(entries, _DATE_KEYS if _SOURCE_KEY in entries else (*_DATE_KEYS, "created"))
    stamped = from_epoch_ms(link.ms) if link and link.ms is not None else None
    url = (link.url if link else None) or _url(entries)
    title = _first(entries, _TITLE_KEYS)
    categories = clean_names(next((told for key in _SECTION_KEYS if (told := _texts(entries, key))), []))
    told = [text for key in _TAG_KEYS for text in _unlinked(entries, key)]
    marked = [name.lstrip("#") for name in clean_names(_HASH_TAGS.sub(", ", text) for text in told)]
    tags = [name for name in marked if name and name.casefold() != _CLIPPINGS]
    authors = clean_names([name for key in _AUTHOR_KEYS for name in _unlinked(entries, key)])
    site = _host_names(url)
    channel = categories[0] if len(categories) == 1 and (tags or authors) == categories else None
    sections = [name for name in categories if name.casefold() not in site]
    return Header(
        # Front matter dropped "..." from three titles: where both have one, the link's is the page's own.
        title=(link.title if link else "") or title,
        url=url,
        archived_at_ms=epoch_ms(stamped or _moment(entries, _CLIPPED_KEYS, UTC) or _dated(entries, dated)),
        published=dated if dated and dated.precision != "day" else stamped or dated,
        author=[name for name in authors if name.casefold() not in site],
        tags=[name for name in tags if name.casefold() not in site],
        section=sections[0] if sections and channel is None else None,
        channel=channel if sections else None,
        dek=_first(entries, _DEK_KEYS) or None,
        updated=_moment(entries, _UPDATED_KEYS),
        labels=_labels(entries, url),
    )


def _first(entries: dict[str, Value], keys: tuple[str, ...]) -> str:
    return next((text for key in keys if (text := clean_text(_text(entries, key)))), "")


def _labels(entries: dict[str, Value], url: str | None) -> dict[str, list[str]]:
    """The keys that are read as nothing else; bounded, since anybody may write anything."""
    labels: dict[str, list[str]] = {}
    for key in entries:
        if key in _READ or (key == _SOURCE_KEY and clean_url(_text(entries, key)) == url):
            continue
        values = [clean_text(text)[:_LABEL_CHARS] for text in _unlinked(entries, key)[:_LABEL_VALUES]]
        if values := [value for value in values if value]:
            labels[key] = values
        if len(labels) >= _LABELS:
            break
    return labels


def _moment(entries: dict[str, Value], keys: tuple[str, ...], zone: tzinfo | None = None) -> Moment | None:
    return next((at for key in keys if (at := read_moment(_text(entries, key), zone))), None)


def _dated(entries: dict[str, Value], dated: Moment | None) -> Moment | None:
    """The date to sort captures by, where any fixed zone will do; a publication time must not look exact."""
    return dated if dated and complete(dated) else _moment(entries, _DATE_KEYS, UTC)


def _url(entries: dict[str, Value]) -> str | None:
    """The first full address, else the first of any kind for people to see (`url: /a/` of a generator)."""
    urls = [url for key in (*_URL_KEYS, _SOURCE_KEY) if (url := clean_url(_text(entries, key)))]
    found = next((url for url in urls if url.lower().startswith(("http://", "https://"))), None)
    return found or next((url for key in _URL_KEYS if (url := clean_url(_text(entries, key)))), None)


def _host_names(url: str | None) -> frozenset[str]:
    """The spellings under which a site's host may pose as an author, tag or category.

    What stands before its domain names no site where people write under such names (`soundfury.medium.com`).
    """
    try:
        host = (urlsplit(url).hostname or "") if url else ""
    except ValueError:
        host = ""
    host = host.removeprefix("www.")
    labels = host.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return frozenset((host, *labels[-1:])) if host else frozenset()


def _text(entries: dict[str, Value], key: str) -> str:
    value = entries.get(key, "")
    return value if isinstance(value, str) else ", ".join(value)


def _texts(entries: dict[str, Value], key: str) -> list[str]:
    value = entries.get(key, [])
    return [value] if isinstance(value, str) else value


def _unlinked(entries: dict[str, Value], key: str) -> list[str]:
    """The texts with a note's links taken off: `[[Jane Roe]]`, `[[people/jane|Jane Roe]]`."""
    texts = [_WIKI_LINK.sub(r"\1", text) for text in _texts(entries, key)]
    # Without quotes, YAML takes `[[Jane Roe]]` for a list in a list.
    return [text[1:-1] if text.startswith("[") and text.endswith("]") else text for text in texts]


DIALECT = _Oped2()
