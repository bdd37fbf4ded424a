"""The twenty kinds of good files a synthetic corpus is made of, in turn: site, dialect, script, encoding."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import quote

from tests.corpus.layouts import comment_line, dialect_a, dialect_b, dialect_c, hybrid
from tests.corpus.pages import (
    bbc_page,
    cdt_page,
    chinafile_page,
    feed_page,
    matters_page,
    plain_page,
    wordpress_page,
)
from tests.corpus.text import Story, chinese_story, english_story
from tests.corpus.words import traditional

__all__ = ["KINDS", "Kind", "when_ms"]

_TOP_ID = 0xFFFFF
_BEIJING = timezone(timedelta(hours=8))
_2020_MS = 1_577_836_800_000
_SIX_YEARS_S = 6 * 365 * 86_400


class Kind(NamedTuple):
    """How one sort of file is made. `name` is for reports; `dated`: its header has a capture time."""

    name: str
    path: str
    url: str
    page: Callable[[Story, int], str]
    layout: Callable[[str, str, str, int], str]
    language: str = "zh-Hans"
    encode: Callable[[str], bytes] = str.encode
    dated: bool = True

    def story(self, number: int, *, seed: int, bytes_: int) -> Story:
        """The story of article `number`, in Simplified characters or English."""
        make = english_story if self.language == "en" else chinese_story
        return make(number, seed=seed, bytes_=bytes_)

    def url_of(self, story: Story) -> str:
        """The story's address at this site."""
        return self.url.format(number=story.number, section=story.section, slug=quote(story.title, safe=""))

    def path_of(self, story: Story) -> str:
        """The story's path in the drop folder; ids count down, as the archive's do."""
        slug = story.title.replace("/", "--")
        return self.path.format(id=_TOP_ID - story.number, title=slug)

    def file(self, story: Story, captured_ms: int, url: str | None = None) -> bytes:
        """The whole file, in the kind's script and encoding. `url` in place of the site's own spelling."""
        page = self.page(story, captured_ms)
        text = self.layout(story.title, url or self.url_of(story), page, captured_ms)
        return self.encode(traditional(text) if self.language == "zh-Hant" else text)


def when_ms(number: int) -> int:
    """When article `number` was captured: whole seconds, from 2020 on."""
    return _2020_MS + number * 7_368_787 % _SIX_YEARS_S * 1_000


def _with_comment(title: str, url: str, page: str, captured_ms: int) -> str:
    return dialect_a(title, url, page, comment=comment_line(captured_ms))


def _without_comment(title: str, url: str, page: str, _captured_ms: int) -> str:
    return dialect_a(title, url, page)


def _nan_comment(title: str, url: str, page: str, _captured_ms: int) -> str:
    return dialect_a(title, url, page, comment=comment_line(None))


def _dated_line(title: str, url: str, page: str, captured_ms: int) -> str:
    return dialect_b(title, url, page, when_ms=captured_ms)


def _post(title: str, url: str, page: str, captured_ms: int) -> str:
    return dialect_c(title, url, page, when_ms=captured_ms, site="iYouPort")


def _hybrid(site: str, title: str, url: str, page: str, captured_ms: int) -> str:
    return hybrid(title, url, page, when_ms=captured_ms, site=site)


def _bbc(story: Story, captured_ms: int) -> str:
    wanted = sum(len(sentence.encode()) for sentence in story.sentences) + 2_500
    return bbc_page(story, when_ms=captured_ms, html_bytes=wanted * 4 // 3)


def _rfc_date(at: datetime, _story: Story) -> str:
    return f"<i>{format_datetime(at, usegmt=True)}</i>"


def _iso_date(at: datetime, story: Story) -> str:
    return f"<i>{story.author}<br>{at:%Y-%m-%dT%H:%M:%SZ}</i>"


def _paris_date(at: datetime, _story: Story) -> str:
    return f"{at:%d/%m/%Y - %H:%M}"


def _beijing_date(at: datetime, story: Story) -> str:
    return f"<i>{story.author}<br>{at.astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}</i>"


def _with_bom(text: str) -> bytes:
    return codecs.BOM_UTF8 + text.encode()


def _with_crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


_BBC: Final = Kind(
    "bbc",
    "bbc/{id}.md",
    "https://www.bbc.com/zhongwen/simp/{section}-6{number:07d}",
    _bbc,
    _with_comment,
)
_VOA: Final = Kind(
    "voa without comment",
    "voa/{id}.md",
    "https://www.voachinese.com/a/{section}-{number}/6{number:06d}.html",
    feed_page(_rfc_date),
    _without_comment,
    dated=False,
)
_RFI: Final = Kind(
    "rfi", "rfi/{id}.md", "https://www.rfi.fr//cn/{section}/{number}", feed_page(_paris_date), _with_comment
)
_DW: Final = Kind(
    "dw", "dw/{id}.md", "https://www.dw.com/zh/{section}/a-5{number:07d}", feed_page(_iso_date), _with_comment
)
_NYT: Final = Kind(
    "nyt with NaN",
    "纽约时报/{id}_{title}.md",
    "https://cn.nytimes.com/{section}/2020/{number}/",
    feed_page(_beijing_date),
    _nan_comment,
    dated=False,
)
_CDT: Final = Kind(
    "cdt",
    "chinadigitaltimes/{id}_{title}.md",
    "https://chinadigitaltimes.net/chinese/{number}/{slug}/",
    cdt_page,
    _dated_line,
)
_IYOUPORT: Final = Kind(
    "iyouport",
    "_posts/2018-02-10-{title}.md",
    "https://www.iyouport.org/{slug}/",
    wordpress_page,
    _post,
)
_MATTERS: Final = Kind(
    "matters",
    "matters/{id}.md",
    "https://matters.news/@writer/{slug}-{number}",
    matters_page,
    partial(_hybrid, "Matters"),
    "zh-Hant",
)
_CHINAFILE: Final = Kind(
    "chinafile",
    "chinafile/{id}.md",
    "https://www.chinafile.com/reporting-opinion/{section}/{number}",
    chinafile_page,
    partial(_hybrid, "中参馆"),
    "en",
)
_BIG5: Final = Kind(
    "big5",
    "island-daily/{id}.md",
    "https://daily.example.org/{section}/{number}",
    plain_page,
    _with_comment,
    "zh-Hant",
    partial(str.encode, encoding="big5"),
)
_GB18030: Final = _RFI._replace(
    name="gb18030", path="rfi-gb/{id}.md", encode=partial(str.encode, encoding="gb18030")
)
_BOM: Final = _DW._replace(name="bom", encode=_with_bom)
_CRLF: Final = _CDT._replace(name="crlf", encode=_with_crlf)

#: Article number n is of kind n modulo twenty.
KINDS: Final[tuple[Kind, ...]] = (
    *(_BBC, _VOA, _CDT, _MATTERS, _BBC),
    *(_IYOUPORT, _CHINAFILE, _NYT, _GB18030, _BBC),
    *(_BIG5, _BOM, _CRLF, _RFI, _BBC),
    *(_DW, _MATTERS, _BBC, _VOA, _BBC),
)
