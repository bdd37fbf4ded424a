"""Times are read as written in the languages of the press, and an unknown zone makes them days."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.moments import DateOrder, complete, epoch_ms, find_moments, from_epoch_ms, read_moment
from newsdrop.moments.words import FILLERS, MONTHS, NAMED_ZONES, WEEKDAYS

PARIS = ZoneInfo("Europe/Paris")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("2020-06-29T14:53:02+08:00", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-06-29T14:53:02Z", "2020-06-29T14:53:02+00:00", "second"),
        ("2020-06-29T14:53:02.120Z", "2020-06-29T14:53:02.120000+00:00", "millisecond"),
        ("2020-06-29 14:53 +0800", "2020-06-29T14:53:00+08:00", "minute"),
        ("Mon, 29 Jun 2020 14:53:02 +0000", "2020-06-29T14:53:02+00:00", "second"),
        ("29 Jun 2020 14:53:02 -0000", "2020-06-29T14:53:02+00:00", "second"),
        ("Mon, 29 Jun 2020 14:53:02 GMT", "2020-06-29T14:53:02+00:00", "second"),
        ("2020-06-29", "2020-06-29T00:00:00+00:00", "day"),
        ("2020-06", "2020-06-01T00:00:00+00:00", "month"),
        ("2020", "2020-01-01T00:00:00+00:00", "year"),
        ("2020年6月29日", "2020-06-29T00:00:00+00:00", "day"),
        ("2020/6/29", "2020-06-29T00:00:00+00:00", "day"),
        ("2020-6-29", "2020-06-29T00:00:00+00:00", "day"),
        ("2020 06/29 14:53:02 +0800", "2020-06-29T14:53:02+08:00", "second"),
        ("20200629", "2020-06-29T00:00:00+00:00", "day"),
        ("2020年6月29日（星期一）", "2020-06-29T00:00:00+00:00", "day"),
        ("June 29, 2020", "2020-06-29T00:00:00+00:00", "day"),
        ("Δευτέρα, 29 Ιουνίου 2020", "2020-06-29T00:00:00+00:00", "day"),
        ("الإثنين، 29 يونيو 2020", "2020-06-29T00:00:00+00:00", "day"),
        ("٢٩ جوان ٢٠٢٠", "2020-06-29T00:00:00+00:00", "day"),
        ("29 أغسطس 2020 03:05 مساء +0300", "2020-08-29T15:05:00+03:00", "minute"),
        ("Monday, 29 Jun 2020", "2020-06-29T00:00:00+00:00", "day"),
        ("2020-06-29 14:53:02z", "2020-06-29T14:53:02+00:00", "second"),
        ("2020-06-29 14:53:02 HKT", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-6-29 4:53 +0800", "2020-06-29T04:53:00+08:00", "minute"),
        ("2020/6/29 4:53:02 JST", "2020-06-29T04:53:02+09:00", "second"),
        ("Mon, 29 Jun 2020 14:53:02 HKT", "2020-06-29T14:53:02+08:00", "second"),
        ("Mon, 29 Jun 2020 14:53 +0800", "2020-06-29T14:53:00+08:00", "minute"),
        ("Mon, 29 Jun 2020 14:53:02 +0800 (CST)", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-06-29T14:53:02+08:00[Asia/Shanghai]", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-06-29T14:53:02[Asia/Shanghai]", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-06-29T14:53:02.1234567Z", "2020-06-29T14:53:02.123456+00:00", "millisecond"),
        ("20200629T145302Z", "2020-06-29T14:53:02+00:00", "second"),
        ("1593413582", "2020-06-29T06:53:02+00:00", "second"),
        ("1593413582120", "2020-06-29T06:53:02.120000+00:00", "millisecond"),
        ("1593413582000000", "2020-06-29T06:53:02+00:00", "second"),
        ("Tue Jan 28 15:28:56 CET 2020", "2020-01-28T15:28:56+01:00", "second"),
        ("Tue Jan 28 2020 15:28:56 GMT+0100 (CET)", "2020-01-28T15:28:56+01:00", "second"),
        ("2020-06-29 下午2:53 (UTC+8)", "2020-06-29T14:53:00+08:00", "minute"),
        ("2020-06-29 14:53 GMT+8", "2020-06-29T14:53:00+08:00", "minute"),
        ("2020-06-29 14:53 UTC+08:00", "2020-06-29T14:53:00+08:00", "minute"),
        ("2020-06-29 14:53:02 +08", "2020-06-29T14:53:02+08:00", "second"),
        ("2020-06-29 14:53:02 -0330", "2020-06-29T14:53:02-03:30", "second"),
        ("北京时间2020年6月29日14:53", "2020-06-29T14:53:00+08:00", "minute"),
        ("June 29th, 2020 at 2:53 p.m. EDT", "2020-06-29T14:53:00-04:00", "minute"),
        ("12:05 AM ET, Mon June 29, 2020", "2020-06-29T00:05:00-04:00", "minute"),
        ("29 июня 2020 г., 14:53 МСК", "2020-06-29T14:53:00+03:00", "minute"),
    ],
)
def test_complete_and_partial_times_are_read(text: str, iso: str, precision: str) -> None:
    moment = read_moment(f"  {text}\n")
    assert moment is not None
    assert (moment.at.isoformat(), moment.precision) == (iso, precision)


@pytest.mark.parametrize(
    "text",
    [
        "2020-06-29T14:53:02", "29/06/2020 - 14:53", "2020年6月29日 14:53", "2020-06-29 14:53:02",
        "2020-6-29 14:53:02", "2020年6月29日14时53分",
        "2020年6月29日 14時53分02秒",
        "2020年6月29日 星期一 14:53", "Mon, 29 Jun 2020 14:53:02", "20200629145302",
        "2020年6月29日14点53分", "２０２０年６月２９日　１４：５３", "2020年6月29日下午2:53",
        "2020年6月29日 下午2时53分",
        "2020年6月29日(月)午後2時53分", "令和2年6月29日 14時53分", "2020년 6월 29일 (월) 오후 2시 53분",
        "2020. 6. 29. 14:53", "Mo., 29.06.2020, 14:53 Uhr", "29. Juni 2020, 14.53 Uhr",
        "Am 29.06.2020 um 14:53 Uhr", "le 29 juin 2020 à 14h53", "lunes, 29 de junio de 2020 a las 14:53",
        "29 giugno 2020 alle ore 14:53", "29 de junho de 2020 às 14h53", "29 июня 2020 года, 14:53",
        "June 29, 2020 2:53 PM", "14:53, 29 June 2020",
    ],
)  # fmt: skip
def test_a_clock_without_a_zone_is_exact_only_where_the_zone_is_known(text: str) -> None:
    unknown, known = read_moment(text), read_moment(text, PARIS)
    assert unknown is not None
    assert known is not None
    assert (unknown.at, unknown.precision) == (datetime(2020, 6, 29, tzinfo=UTC), "day")
    assert complete(known)
    assert known.at.utcoffset() == datetime(2020, 6, 29, tzinfo=PARIS).utcoffset()


@pytest.mark.parametrize(
    "text",
    ["", "3 分钟前", "yesterday", "2020-13-01", "2020-02-30T10:00:00Z", "0001-01-01", "9999-12-31",
     "20-06-29",
     "20201301", "12345678", "Foo 29, 2020", "June 31, 2020",
     "x" * 5_000, "2020-06-29T25:00:00Z", "Mon, 99 Jun 2020 14:53:02 +0000", "1,234",
     "5/6/2024", "05-06-2024", "13/13/2024", "5/6/24", "6月29日", "29 June", "5 min read", "12 comments",
     "民國一一三年", "©2020", "2020 articles", "Monday", "14:53", "Vol. 3 No. 4 2020", "1 - 2 of 2020"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2020年6月29日", "2020 年 6 月 29 日", "２０２０年６月２９日", "二〇二〇年六月二十九日",
        "民國109年6月29日",
        "中華民國一百零九年六月二十九日", "民國109/06/29", "令和2年6月29日", "2020년 6월 29일",
        "2020. 6. 29.",
        "29.06.2020", "29. 6. 2020", "29/6/2020", "6/29/2020", "29-Jun-2020", "2020-Jun-29", "29. Juni 2020",
        "29 juin 2020", "lun. 29 juin 2020", "29 de junio de 2020", "29 giugno 2020", "29 de junho de 2020",
        "29 июня 2020 г.", "29 czerwca 2020", "29 Haziran 2020", "29 червня 2020", "Montag, 29. Juni 2020",
        "June 29th, 2020", "29th of June 2020", "Monday 29 June 2020",
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_languages_of_the_press(text: str) -> None:
    for zone in (None, PARIS):
        assert read_moment(text, zone) == read_moment("2020-06-29")


@pytest.mark.parametrize("text", ["2020年6月29日晚上1点", "2020年6月29日深夜2点", "2020-06-29 13:05 AM"])
def test_a_clock_that_its_half_of_the_day_contradicts_is_no_clock(text: str) -> None:
    assert read_moment(text, SHANGHAI) == read_moment("2020-06-29")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2020年6月29日上午12:05", "2020-06-29T00:05:00+08:00"),
        ("2020年6月29日中午12:05", "2020-06-29T12:05:00+08:00"),
        ("2020年6月29日凌晨1时", "2020-06-29T01:00:00+08:00"),
        ("2020年6月29日晚上11点半", "2020-06-29T23:30:00+08:00"),
        ("2020年6月29日晚上12点半", "2020-06-30T00:30:00+08:00"),
        ("2020年6月30日晚12时", "2020-07-01T00:00:00+08:00"),
        ("2020年6月29日晚8点半", "2020-06-29T20:30:00+08:00"),
        ("2020年6月29日早8时", "2020-06-29T08:00:00+08:00"),
        ("2020年6月29日中午11点半", "2020-06-29T11:30:00+08:00"),
        ("2020年6月29日中午1点", "2020-06-29T13:00:00+08:00"),
        ("2020年6月29日凌晨12点10分", "2020-06-29T00:10:00+08:00"),
        ("2020年6月29日深夜11点", "2020-06-29T23:00:00+08:00"),
        ("2020年6月29日午後0時30分", "2020-06-29T12:30:00+08:00"),
        ("2020年6月29日 夜8時", "2020-06-29T20:00:00+08:00"),
        ("2020년 6월 29일 낮 12시 30분", "2020-06-29T12:30:00+08:00"),
        ("2020년 6월 29일 새벽 3시", "2020-06-29T03:00:00+08:00"),
        ("2020.06.29 PM 03:05", "2020-06-29T15:05:00+08:00"),
        ("29 يونيو 2020 3:05 م", "2020-06-29T15:05:00+08:00"),
        ("2020-6-29 9:5:7", "2020-06-29T09:05:07+08:00"),
        ("2020-06-29 15:05:30 +0800 CST", "2020-06-29T15:05:30+08:00"),
        ("公元二〇二〇年六月二十九日15:05", "2020-06-29T15:05:00+08:00"),
        ("29 de junio de 2020, 15:05 h", "2020-06-29T15:05:00+08:00"),
        ("hétfő, 2020. június 29., 15:05", "2020-06-29T15:05:00+08:00"),
        ("pondělí 29. června 2020 15:05", "2020-06-29T15:05:00+08:00"),
        ("maanantai 29. kesäkuuta 2020 klo 15.05", "2020-06-29T15:05:00+08:00"),
        ("2020年6月29日上午15:05", "2020-06-29T00:00:00+00:00"),
        ("2020年6月29日下午15:05", "2020-06-29T15:05:00+08:00"),
        ("29 June 2020 12 am", "2020-06-29T00:00:00+08:00"),
        ("29 June 2020 3 p.m.", "2020-06-29T15:00:00+08:00"),
        ("2020-06-29 24:00", "2020-06-30T00:00:00+08:00"),
    ],
)
def test_halves_of_the_day_are_told_by_word(text: str, iso: str) -> None:
    moment = read_moment(text, SHANGHAI)
    assert moment is not None
    assert moment.at.isoformat() == iso


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("5/6/2024", "dmy", "2024-06-05"),
        ("5/6/2024", "mdy", "2024-05-06"),
        ("05-06-2024", "dmy", "2024-06-05"),
        ("06.05.2024", "mdy", "2024-05-06"),
        ("25/6/2024", "mdy", "2024-06-25"),
        ("6/25/2024", "dmy", "2024-06-25"),
        ("6/6/2024", None, "2024-06-06"),
    ],
)
def test_two_numbers_that_may_be_days_are_a_date_only_where_their_order_is_known(
    text: str, order: DateOrder | None, day: str
) -> None:
    assert read_moment(text, order=order) == read_moment(day)


@pytest.mark.parametrize("name", ["CST", "XYZ", "BST", "IST"])
def test_a_zone_that_is_several_or_unknown_is_not_the_sites(name: str) -> None:
    text = f"Mon, 29 Jun 2020 14:53:02 {name}"
    assert read_moment(text) == read_moment(text, PARIS) == read_moment("2020-06-29")
    assert read_moment(f"2020年6月29日 14:53 {name}", PARIS) == read_moment("2020-06-29")


def test_an_abbreviation_of_several_zones_is_the_sites_own_where_its_zone_is_called_so() -> None:
    moment = read_moment("2020-06-29 14:53:02 CST", SHANGHAI)
    assert moment is not None
    assert moment.at.isoformat() == "2020-06-29T14:53:02+08:00"
    assert read_moment("当地时间2020年6月29日14:53", SHANGHAI) == read_moment("2020-06-29")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("发布时间：2020-06-29 14:53 来源：某报", [("2020-06-29", "发布时间:")]),
        ("来源：某社2020年06月29日14:53", [("2020-06-29", "来源:某社")]),
        ("Published June 29, 2020 5 min read", [("2020-06-29", "Published ")]),
        (
            "By Ann Li | Updated June 30, 2020 | Published June 29, 2020",
            [("2020-06-30", "By Ann Li | Updated "), ("2020-06-29", " | Published ")],
        ),
        ("29.06.2020, 14:53 Uhr | Politik", [("2020-06-29", "")]),
        ("12 comments, 3 of 2020 items, ©2020, June 2020", []),
        ("29.06.2020 " + "x" * 300, []),
    ],
)
def test_times_are_found_in_a_short_line_with_what_stands_before_them(
    line: str, found: list[tuple[str, str]]
) -> None:
    assert [(f"{one.moment.at:%Y-%m-%d}", one.label) for one in find_moments(line)] == found


def test_no_word_means_two_things_but_where_it_is_told_which() -> None:
    assert len(MONTHS) > 150
    assert not MONTHS.keys() & FILLERS
    # A month and a day of the week: the day is the one that a month still follows.
    assert MONTHS.keys() & WEEKDAYS == {"mar"}
    assert read_moment("mar 29 mar 2022") == read_moment("mar. 29 mars 2022") == read_moment("2022-03-29")
    for name, key in NAMED_ZONES.items():
        assert key is None or ZoneInfo(key), name


@pytest.mark.parametrize(
    "text",
    ["1 " * 150, "2020年" * 70, "(" * 300, "mar " * 75, "T1" * 150, "民國" * 150, "1:00" * 75, "ﷺ" * 300,
     "29 June 2020 " * 23, "á" * 299, "一" * 299],
)  # fmt: skip
def test_hostile_lines_cost_no_time(text: str) -> None:
    started = time.process_time()
    for _ in range(20):
        list(find_moments(text))
        read_moment(text[:100])
    assert time.process_time() - started < 2


@given(st.integers(1, 4_102_444_799_999))
def test_epoch_milliseconds_survive_the_round_trip(ms: int) -> None:
    moment = from_epoch_ms(ms)
    assert moment is not None
    assert epoch_ms(moment) == ms


@pytest.mark.parametrize("ms", [0, -1, 4_102_444_800_000, 10**17])
def test_impossible_time_stamps_are_none(ms: int) -> None:
    assert from_epoch_ms(ms) is None


@given(st.integers(86_400, 4_102_272_000), st.timezones())
def test_isoformat_survives_the_round_trip(second: int, zone: tzinfo) -> None:
    at = datetime.fromtimestamp(second, zone)
    # Offsets of seconds (local mean times) are no ISO 8601.
    moment = read_moment(at.isoformat())
    assert moment is None if (at.utcoffset() or timedelta()).seconds % 60 else moment and moment.at == at


_PIECES = (
    "2020", "6", "29", "13", "0", ":", "-", "/", ".", " ", "年", "月", "日", "時", "分", "下午", "民國",
    "令和",
    "June", "mar", "de", "h", "PM", "GMT+8", "CST", "T", "Z", "[Asia/Shanghai]", "(月)", "十", "元", "９",
)  # fmt: skip


@given(st.text(max_size=100) | st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_no_text_makes_it_raise(text: str) -> None:
    for order in (None, "dmy", "mdy"):
        read_moment(text, PARIS, order)
        list(find_moments(text, PARIS, order))
