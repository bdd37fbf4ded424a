"""When an article was published and updated: which of several times to believe.

    1. a complete time (date, clock, zone) in the place the site's rule names
    2. the header's
    3. a day alone in the place the rule names

A 12-hour clock without AM and PM (NYT's Chinese feed) means one of two times; feeds are read soon after an
article appears, so it is the later one that isn't after the header's time. If the header has no clock, only
the day is known.

A place whose time can't be read is skipped. If both numbers may be days (`5/6/2024`), the language of the
page or the country of its URL says which one is; otherwise it is not a date.

Times are never taken from running text, captions, comments or relative words: that is how other extractors
date an article of 2014 by its spam.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import islice

from newsdrop.documents import Moment
from newsdrop.hosts import host_of
from newsdrop.moments import DateOrder, complete, find_moments, from_epoch_ms, read_moment

__all__ = [
    "FIRST_WEB_YEAR", "appeared_before", "choose_published", "first_moment", "moment_of_address",
    "moment_of_label", "moment_of_script", "order_said", "refined", "says_updated", "settled_half_day",
]  # fmt: skip

#: Days have no time zone, so two that name the same moment may be a day apart.
_AGAIN = timedelta(days=2)
#: Languages whose press writes the day first everywhere; and the regions of English that do, or don't.
_DAY_FIRST = frozenset(
    (
        "fr",
        "de",
        "es",
        "it",
        "pt",
        "ru",
        "nl",
        "pl",
        "uk",
        "tr",
        "da",
        "nb",
        "no",
        "fi",
        "cs",
        "ro",
        "el",
        "id",
    )
)
_REGIONS: dict[str, DateOrder] = {
    **dict.fromkeys(("gb", "uk", "au", "nz", "ie", "in", "za", "hk", "sg", "my"), "dmy"),
    "us": "mdy",
}  # fmt: skip
_COUNTRIES: dict[str, DateOrder] = {
    **dict.fromkeys(
        ("uk", "au", "nz", "ie", "in", "za", "hk", "sg", "my", "de", "at", "ch", "fr", "be", "es", "it",
         "pt", "br", "ru", "ua", "nl", "pl", "tr", "dk", "no", "fi", "cz", "ro", "gr", "ar", "mx", "cl",
         "co"),
        "dmy",
    ),
    **dict.fromkeys(("us", "gov", "mil"), "mdy"),
}  # fmt: skip
#: Before a time, this means that it is the update's.
_UPDATED = re.compile(
    r"updat|modifi|aktualisier|stand:|mise? a jour|actuali[sz]|aggiornat|atualizad|обновлен|更新|修改|改稿"
    r"|수정|업데이트|bijgewerkt|uppdaterad|zaktualiz|edited|revised",
    re.IGNORECASE,
)
_BEIJING = timezone(timedelta(hours=8))
_WECHAT_TIME = re.compile(r"\b(?:var |window\.)(?:ct|createTime)\s?=\s?[\"'](1\d{9})[\"']")
#: What only its pages have: a place for the text, or the kind of page.
_WECHAT_SIGNS = ('id="js_content"', "window.appmsg_type")
_LABELS = ("日期", "时间", "时間", "時间", "時間")
#: How sites in Chinese label when a page was published, wherever it stands; the year may be left out.
_LABELLED = re.compile(
    r"(?:[发發][布佈表]|刊登|添加|上[传傳])(?:日期|[时時][间間])\s?[：:]?\s?(?:(?P<y>(?:19|20)\d\d)\s?[-/.年]\s?|\d\d-)?"
    r"(?P<m>0?[1-9]|1[0-2])\s?[-/.月]\s?(?P<d>0[1-9]|[12]\d|3[01]|[1-9])(?![-/.]?\d{3})"
)
#: The same in languages of Europe, where the day follows. In a sentence, a book was published then.
_SAID = re.compile(
    r"(?<![^\W\d_])(?:(?:Veröffentlicht|Publiziert|Gespeichert|Eingestellt)"
    r"(?:\s(?:von|durch)\s[^\s:]{1,30})?\sam|Published\son|Posted\son|"
    r"Publié\sle|Publicado\s(?:el|em)|Pubblicato\sil)\b:?\s(?=.{0,12}\d)"
)
_SAID_WORDS = (
    "Veröffentlicht ", "Publiziert ", "Gespeichert ", "Eingestellt ", "Published on", "Posted on",
    "Publié le", "Publicado ", "Pubblicato il",
)  # fmt: skip
_LONGEST_DAY = 30
_ADDRESS_DAY = re.compile(
    r"(?:^|[/_-]|/t)(?P<y>(?:19|20)\d\d)(?P<by>[/_-]?)(?P<m>0?[1-9]|1[0-2])(?P=by)"
    r"(?P<d>0[1-9]|[12]\d|3[01]|[1-9](?=/))(?=[/_.-]|$)"
)
#: /2022/0126/, /202201/26/, /2022-01/26/, /2022/01-26/.
_ADDRESS_PARTED = re.compile(
    r"/(?P<y>(?:19|20)\d\d)[/-]?(?P<m>0[1-9]|1[0-2])[/-]?(?P<d>0[1-9]|[12]\d|3[01])(?=[/_.-]|$)"
)
#: /2022/jan/26/.
_ADDRESS_NAMED = re.compile(r"/((?:19|20)\d\d)/([a-z]{3})/(\d{1,2})(?=/)", re.IGNORECASE)
#: /202204050012-1.aspx: the day, and a number.
_ADDRESS_SERIAL = re.compile(
    r"/(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])\d{4,7}(?=[/_.-]|$)"
)
_ADDRESS_MONTH = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])(?=/)")
_LONGEST_ADDRESS = 2_000
#: The web is that old; other four-digit numbers aren't years of articles.
FIRST_WEB_YEAR = 1991


def first_moment(
    texts: Iterable[str],
    zone: tzinfo | None,
    spelled: str | None = None,
    order: DateOrder | None = None,
) -> Moment | None:
    """The first complete time that one of the texts spells, else the first incomplete one.

    Args:
        zone: the time zone of a clock written without one.
        spelled: how the times are written, in the form strptime takes; None reads what moments.py knows.
        order: which number of `5/6/2024` is the day.
    """
    fallback = None
    for text in texts:
        moment = _read(text, zone, order) if spelled is None else _read_as(spelled, text, zone)
        if moment is None:
            continue
        if complete(moment):
            return moment
        fallback = fallback or moment
    return fallback


def settled_half_day(moment: Moment, header: Moment | None) -> Moment:
    """The time that a 12-hour clock without AM and PM means, or its day if the header can't tell."""
    if not complete(moment) or moment.at.hour > 12:
        return moment
    if header is not None and complete(header):
        morning = moment.at.replace(hour=moment.at.hour % 12)
        for at in (morning + timedelta(hours=12), morning):
            if at <= header.at:
                return Moment(at, moment.precision)
    return _day(moment.at)


def choose_published(header: Moment | None, named: Moment | None) -> Moment | None:
    """The publication time, from what the header and the place named by the rule say."""
    if named is not None and complete(named):
        return named
    return header or named


def appeared_before(first: Moment | None, moment: Moment | None) -> bool:
    """Whether an article appeared days before a time, which is then when it was republished."""
    return first is not None and moment is not None and moment.at - first.at >= _AGAIN


def refined(first: Moment | None, later: Moment | None) -> Moment | None:
    """What the better place says, unless it knows only the day and a later place the clock on that day."""
    if first is None or later is None:
        return first or later
    same_day = first.precision == "day" and complete(later) and later.at.date() == first.at.date()
    return later if same_day else first


def order_said(language: str | None, url: str | None) -> DateOrder | None:
    """Which of two numbers is the day, by the page's language and its address's country; None if unknown.

    If the two contradict each other, nothing is known: templates leave `lang=en-US` on pages from anywhere.
    """
    main, _, region = (language or "").lower().replace("_", "-").partition("-")
    spoken: DateOrder | None = "dmy" if main in _DAY_FIRST else None
    if main == "en":
        spoken = _REGIONS.get(region)
    country = _COUNTRIES.get(host_of(url).rpartition(".")[2]) if url else None
    return None if spoken and country and spoken != country else spoken or country


def moment_of_address(url: str | None) -> Moment | None:
    """The day or month that an article's address names: /2022/01/26/, /2022-01-26-, t20220126_1.html."""
    # In the address of an archive, whose own day is that of the capture, the page's comes last.
    _, _, address = (url or "")[:_LONGEST_ADDRESS].rpartition("://")
    path = re.sub(r"^[^/]*|[?#].*", "", address)
    for pattern in (_ADDRESS_DAY, _ADDRESS_PARTED, _ADDRESS_SERIAL):
        for match in pattern.finditer(path):
            moment = read_moment("-".join((match["y"], match["m"], match["d"])))
            if moment is not None and moment.at.year >= FIRST_WEB_YEAR:
                return moment
    if named := _ADDRESS_NAMED.search(path):
        return read_moment(" ".join(named.groups()[::-1]))
    if month := _ADDRESS_MONTH.search(path):
        return read_moment(f"{month[1]}-{month[2]}") if int(month[1]) >= FIRST_WEB_YEAR else None
    return None


def moment_of_script(html: str) -> Moment | None:
    """When an account published an article on WeChat, whose pages have a script write the time."""
    told = _WECHAT_TIME.search(html) if any(sign in html for sign in _WECHAT_SIGNS) else None
    moment = from_epoch_ms(1_000 * int(told[1])) if told is not None else None
    return Moment(moment.at.astimezone(_BEIJING), moment.precision) if moment is not None else None


def moment_of_label(text: str, updated: Moment | None, order: DateOrder | None = None) -> Moment | None:
    """The only day that a page's text labels as that of its publication.

    Args:
        updated: has the year of a day without one, if it is of that day.
        order: which number of `5/6/2024` is the day.
    """
    if any(word in text for word in _SAID_WORDS):
        said = (
            find_moments(text[one.end() : one.end() + _LONGEST_DAY], None, order)
            for one in _SAID.finditer(text)
        )
        first = [moments[0].moment for found in said if (moments := list(islice(found, 1)))]
        if first and len({moment.at.date() for moment in first}) == 1:
            return first[0]
    days = set[str]()
    # Most pages have none of these, and looking for them takes a hundredth of the pattern.
    if not any(label in text for label in _LABELS):
        return None
    for match in _LABELLED.finditer(text):
        year = match["y"]
        if year is None and updated is not None:
            same = (updated.at.month, updated.at.day) == (int(match["m"]), int(match["d"]))
            year = str(updated.at.year) if same else None
        if year is not None:
            days.add(f"{year}-{int(match['m']):02}-{int(match['d']):02}")
    return read_moment(days.pop()) if len(days) == 1 else None


def says_updated(label: str) -> bool:
    """Whether the text before a time says that it is the update's."""
    return _UPDATED.search(label[-40:]) is not None


def _read(text: str, zone: tzinfo | None, order: DateOrder | None) -> Moment | None:
    moment = read_moment(text, zone, order)
    if moment is not None:
        return moment
    found = list(find_moments(text, zone, order))
    return next(
        (one.moment for one in found if not says_updated(one.label)), found[0].moment if found else None
    )


def _read_as(spelled: str, text: str, zone: tzinfo | None) -> Moment | None:
    try:
        at = datetime.strptime(text.strip(), spelled)  # noqa: DTZ007  the zone comes below, or the clock is dropped
    except ValueError:
        return None
    at = at if at.tzinfo is not None or zone is None else at.replace(tzinfo=zone)
    if at.tzinfo is None or not ("%H" in spelled or "%I" in spelled):
        return _day(at)
    return Moment(at, "second" if "%S" in spelled else "minute")


def _day(at: datetime) -> Moment:
    return Moment(datetime(at.year, at.month, at.day, tzinfo=UTC), "day")
