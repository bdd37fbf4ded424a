from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.identity import url_document_id
from newsdrop.index.dsl import query_body
from newsdrop.index.fields import FIELDS
from newsdrop.index.local_file import DERIVED
from newsdrop.index.local_query import select
from newsdrop.index.query import (
    EVERYTHING,
    AddressStart,
    All,
    Any,
    Dates,
    Edge,
    Identity,
    Node,
    Not,
    Path,
    Prefix,
    Present,
    QueryError,
    Value,
    Words,
    wanted,
)
from newsdrop.index.query_dates import span
from newsdrop.index.query_parser import MAX_DEPTH, MAX_LEAVES, MAX_PATTERN, MAX_TERMS, parse_query

HK, LAW, SEA = Words("香港"), Words("law"), Words("sea")
ADDRESS = Identity(url_document_id("https://bbc.com/1"))


def title(text: str, *, phrase: bool = False) -> Words:
    return Words(text, ("title",), phrase=phrase)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("香港", HK),
        ("香港 law", All((HK, LAW))),
        ("香港　law", All((HK, LAW))),
        ("香港 AND law", All((HK, LAW))),
        ('"香港 law" sea', All((Words("香港 law", phrase=True), SEA))),
        ('law"b c"sea', All((LAW, Words("b c", phrase=True), SEA))),
        ("“香港”", Words("香港", phrase=True)),
        ('"香港”', Words("香港", phrase=True)),
        ("”香港“", Words("香港", phrase=True)),
        ('"为“国家安全”之名"', Words("为“国家安全”之名", phrase=True)),
        ('"所谓的“私人"', Words("所谓的“私人", phrase=True)),
        ('"新媒体”的工作"', Words("新媒体”的工作", phrase=True)),
        ('"香港“ law', All((Words("香港", phrase=True), LAW))),
        ('"香港” "law”', All((Words("香港", phrase=True), Words("law", phrase=True)))),
        ("“他说“好”了”", Words("他说“好”了", phrase=True)),
        ('"香港” “法"', All((Words("香港", phrase=True), Words("法", phrase=True)))),
        ("«a b» 香港", All((Words("a b", phrase=True), HK))),
        ("»a b«", Words("a b", phrase=True)),
        ("(「a b」 OR law)", Any((Words("a b", phrase=True), LAW))),
        ("title:『a b』", title("a b", phrase=True)),
        ("「港獨」分子", Words("「港獨」分子")),
        ("香港「a」", Words("香港「a」")),
        ("「香港", Words("「香港")),
        ('ארה"ב', Words('ארה"ב')),
        ('"צה"ל הודיע"', Words('צה"ל הודיע', phrase=True)),
        ("香港 -law", All((HK, Not(LAW)))),
        ("香港 NOT law", All((HK, Not(LAW)))),
        ("-law", Not(LAW)),
        ("−law", Not(LAW)),
        ("－law", Not(LAW)),
        ("NOT NOT law", LAW),
        ('-"a b"', Not(Words("a b", phrase=True))),
        ("-(law OR sea)", Not(Any((LAW, SEA)))),
        ("-title:law", Not(title("law"))),
        ("香港 OR law", Any((HK, LAW))),
        ("香港 OR law OR sea", Any((HK, LAW, SEA))),
        ("香港 law OR sea", Any((All((HK, LAW)), SEA))),
        ("香港 (law OR sea)", All((HK, Any((LAW, SEA))))),
        ("（香港 OR law） sea", All((Any((HK, LAW)), SEA))),
        ("((香港))", HK),
        ("香港(law)", All((HK, LAW))),
        ("or and not", All((Words("or"), Words("and"), Words("not")))),
        ("ORACLE", Words("ORACLE")),
        ("covid-19", Words("covid-19")),
        ("香港 - law", All((HK, LAW))),
        ("香港 —— law …", All((HK, LAW))),
        ("+香港", Words("+香港")),
        ("AT&T", Words("AT&T")),
        ("what?", Words("what?")),
        ("3:15 。", Words("3:15")),
        ("标题:香港", Words("标题:香港")),
        ("brid*", Prefix("brid")),
        ("Brid*", Prefix("brid")),
        ("title:brid*", Prefix("brid", ("title",))),
        ("香港*", HK),
        ("2019年*", Words("2019年")),
        ("*", EVERYTHING),
        ("* law", LAW),
        ("Bürger:innen", Words("Bürger:innen")),
        ("Bürger*innen", Words("Bürger*innen")),
        ("title:Schüler:in", title("Schüler:in")),
        ("title:inner", title("inner")),
        ("* OR law", Any((EVERYTHING, LAW))),
        ("title:香港", title("香港")),
        ("Title: 香港", title("香港")),
        ("title：香港", title("香港")),
        ('title:"香港 law"', title("香港 law", phrase=True)),
        ("title:(香港 OR law) sea", All((Any((title("香港"), title("law"))), SEA))),
        ("title:*", Present("title")),
        ("caption:港", Words("港", ("images.caption", "captions"))),
        ("images.caption:港", Words("港", ("images.caption",))),
        ("caption:*", Any((Present("images.caption"), Present("captions")))),
        ("author:mccaffrey", Words("mccaffrey", ("author",))),
        ("source:bbc", Words("bbc", ("source.name",))),
        ("section:world", Words("world", ("section",))),
        ("author:*", Present("author")),
        ("-duplicate_of:*", Not(Present("duplicate_of"))),
        ("site:bbc.com", Value("url.domain", "bbc.com")),
        ("site:https://www.BBC.com/zhongwen", Value("url.domain", "bbc.com")),
        ("domain:bbc.com", Value("url.domain", "bbc.com")),
        ("language:zh-Hant", Value("language", "zh-hant")),
        ("tag:臺灣A", Value("tags", "台湾a")),
        ("tag:(香港 OR 澳門)", Any((Value("tags", "香港"), Value("tags", "澳门")))),
        ("collection:feeds", Value("collection", "feeds")),
        ("path:/a/\\b", Value("file.path", "/a/\\\\b")),
        ("path:/a/b(1).md", Value("file.path", "/a/b(1).md")),
        ("(path:/a/b.md)", Value("file.path", "/a/b.md")),
        ('path:"/a b.md"', Value("file.path", "/a b.md")),
        ("path:/a/", Path("/a/*")),
        (f"path:/{'a' * 2_000}", Value("file.path", f"/{'a' * 2_000}")),
        ("path:/a/*.md", Path("/a/*.md")),
        ('path:"/a/*"', Value("file.path", "/a/*")),
        ("https://www.bbc.com/1#x", ADDRESS),
        ("http://bbc.com/1", ADDRESS),
        ("url:https://bbc.com/1", ADDRESS),
        ("url:https://bbc.com/news?a=*", AddressStart("https://bbc.com/news?a=")),
        ('url:"https://bbc.com/1"', ADDRESS),
        ("https://bbc.com/a_(b)", Identity(url_document_id("https://bbc.com/a_(b)"))),
        ("published:*", Present("published_at")),
    ],
)  # fmt: skip
def test_a_query_is_read_as(query: str, expected: Node) -> None:
    assert parse_query(query) == expected


@pytest.mark.parametrize(
    ("query", "said", "at"),
    [
        ("titel:香港", r"no field 'titel'.*site.*quote it", 1),
        ("titel:香港", r"Did you mean title:\?", 1),
        ("Langauge:zh", r"Did you mean language:\?", 1),
        ("mood:blue", r"no field 'mood'\. Fields: .*labels\.KEY", 1),
        ("香港 titel:法", "no field 'titel'", 4),
        ('香港 "law', "quotation mark is never closed", 4),
        ("(香港", "parenthesis is never closed", 1),
        ("香港)", "was never opened", 3),
        ("香港 ()", "nothing", 4),
        ("香港 OR", "OR needs something on both sides", 4),
        ("OR 香港", "OR needs something on both sides", 1),
        ("香港 OR OR law", "OR needs", 7),
        ("香港 AND", "AND needs", 4),
        ("AND 香港", "AND needs", 1),
        ("香港 AND OR law", "AND needs", 4),
        ("香港 NOT", "NOT needs", 4),
        ("title:", "nothing to search for", 1),
        ("title: OR x", "nothing to search for", 1),
        ("香港 && law", r"write AND, OR", 4),
        ("!law", r"write -word", 1),
        ("law~2", "similar words", 1),
        ("law^2", "weights", 1),
        ("/la[wx]/", "regular expressions", 1),
        ("law NEAR/3 sea", "distances", 5),
        ("wom?n", r"`\?`", 1),
        ("--law", "two minus signs", 1),
        ("*law", "at the end", 1),
        ("l*w", "at the end", 1),
        ("l*", "at least two letters", 1),
        ("C++*", "there is no word before the star", 1),
        ("covid-1*", "2 words", 1),
        ('"a b"~3', "can't follow a phrase", 6),
        ('"a b"*', "can't follow a phrase", 6),
        ("tag:hong*", "whole values", 5),
        (f"url:https://bbc.com/{'x' * MAX_PATTERN}*", "may have 1,000 characters", 5),
        (f"path:/{'x' * MAX_PATTERN}/", "may have 1,000 characters", 6),
        (f"{'x' * MAX_PATTERN}*", "may have 1,000 characters", 1),
        ("url:bbc.com/news*", "an address, or its start", 5),
        ("url:https://*/news*", "an address, or its start", 5),
        ("[2023 TO 2024]", "needs the name of a date", 1),
        ("title:[a TO b]", "needs the name of a date", 7),
        ("collection:[a TO b]", "needs the name of a date", 12),
        ("title:(香港 author:x)", "Within title:", 11),
        ("published:(2023)", "no parentheses", 1),
        ("published:5/1/2023", "'5/1/2023' is not a date", 11),
        ("published:soon", "'soon' is not a date", 11),
        ("published:2023-13", "is not a date", 11),
        ("after:x", "'x' is not a date", 7),
        ("published:[2024 TO 2023]", "ends before it begins", 11),
        ("", "no letter and no digit", None),
        ("， 。 — ()", "nothing", 7),
        ("，。 ——", "no letter and no digit", None),
        ('""', "no letter and no digit", None),
        ("(" * 40 + "a" + ")" * 40, f"{MAX_DEPTH} deep", MAX_DEPTH + 1),
        ("NOT " * 40 + "a", f"{MAX_DEPTH} deep", None),
        ("a " * (MAX_LEAVES + 1), f"{MAX_LEAVES} terms", 2 * MAX_LEAVES + 1),
        ("国内" * MAX_TERMS, f"{MAX_TERMS:,} words", 1),
    ],
)  # fmt: skip
def test_what_isnt_supported_is_an_error_that_names_it_and_its_place(
    query: str, said: str, at: int | None
) -> None:
    with pytest.raises(QueryError, match=said) as error:
        parse_query(query)
    if at is not None:
        assert f"(at character {at} of the query)" in error.value.message


def day(*date: int, zone: timezone = UTC) -> Edge:
    wall = datetime(*date, tzinfo=UTC)  # type: ignore[misc,arg-type]
    return Edge(int(wall.replace(tzinfo=zone).timestamp() * 1000), int(wall.timestamp() * 1000))


MINUTE = Dates("published_at", day(2023, 5, 1, 10, 30), day(2023, 5, 1, 10, 31))
SECOND = Dates("published_at", day(2023, 5, 1, 10, 30, 7), day(2023, 5, 1, 10, 30, 8))
MAY, JUNE = day(2023, 5, 1), day(2023, 6, 1)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("published:2023-05", Dates("published_at", MAY, JUNE)),
        ("published:2023-5", Dates("published_at", MAY, JUNE)),
        ("published:2023年5月", Dates("published_at", MAY, JUNE)),
        ("published:2023", Dates("published_at", day(2023, 1, 1), day(2024, 1, 1))),
        ("published:2023年", Dates("published_at", day(2023, 1, 1), day(2024, 1, 1))),
        ("published:2023-12", Dates("published_at", day(2023, 12, 1), day(2024, 1, 1))),
        ("published:2023-05-01", Dates("published_at", MAY, day(2023, 5, 2))),
        ("published:2023/5/1", Dates("published_at", MAY, day(2023, 5, 2))),
        ("published:20230501", Dates("published_at", MAY, day(2023, 5, 2))),
        ("published:2023-05-01T10:30", MINUTE),
        ('published:"2023-05-01 10:30:07"', SECOND),
        ("published:[2023-05 TO 2023-05]", Dates("published_at", MAY, JUNE)),
        ("@timestamp:[2023-05-01 TO 2023-06}", Dates("@timestamp", MAY, JUNE)),
        ("published:{2023-04 TO *]", Dates("published_at", MAY, None)),
        ("published:[* TO 2023-05]", Dates("published_at", None, JUNE)),
        ("published:>=2023-05", Dates("published_at", MAY, None)),
        ("published:>2023-05", Dates("published_at", JUNE, None)),
        ("published:<2023-05", Dates("published_at", None, MAY)),
        ("published:<=2023-05", Dates("published_at", None, JUNE)),
        ("after:2023-05", Dates("@timestamp", MAY, None)),
        ("since:2023-05", Dates("@timestamp", MAY, None)),
        ("before:2023-05", Dates("@timestamp", None, MAY)),
        ("until:2023-05", Dates("@timestamp", None, JUNE)),
        ("date:2023-05", Dates("@timestamp", MAY, JUNE)),
        ("ingested:2023-05", Dates("event.ingested", MAY, JUNE)),
        ("archived:2023-05", Dates("archived_at", MAY, JUNE)),
    ],
)  # fmt: skip
def test_a_date_is_the_span_of_time_that_it_names(query: str, expected: Node) -> None:
    assert parse_query(query) == expected


def test_a_date_is_meant_where_the_searcher_is_and_a_clock_with_a_zone_there() -> None:
    hong_kong = timezone(timedelta(hours=8))
    assert span("2023-05", hong_kong) == (day(2023, 5, 1, zone=hong_kong), day(2023, 6, 1, zone=hong_kong))
    tokyo = timezone(timedelta(hours=9))
    assert span("2023-05-01T10:00+09:00", hong_kong) == (
        day(2023, 5, 1, 10, zone=tokyo),
        day(2023, 5, 1, 10, 1, zone=tokyo),
    )


def test_a_day_on_which_clocks_are_changed_has_as_many_hours_as_it_has() -> None:
    start, end = span("2023-03-26", ZoneInfo("Europe/Berlin")) or (MAY, MAY)
    assert end.at_ms - start.at_ms == 23 * 3_600_000


def test_what_is_excluded_is_not_marked_and_fields_mark_their_own() -> None:
    node = parse_query("香港 -law title:sea brid*")
    assert wanted(node, "text") == [HK, Prefix("brid")]
    assert wanted(node, "title") == [HK, title("sea"), Prefix("brid")]


HOSTILE = [
    "香港" + "=" * 100_000 + "北京", "path:a" + ")" * 100_000, "path:" + "(" * 100_000, "(" * 100_000,
    '"' * 100_001, '"“' * 50_000, "“" * 100_000,
    "[" * 100_000, "[" + "a" * 100_000 + " TO", "a~" * 50_000, "a^1" * 30_000,
    "/" * 100_000 + "x", "a:" * 50_000, "-" * 100_000, "NOT " * 30_000, "a OR " * 30_000, "*" * 100_000,
    "a" * 100_000 + "*", "？" * 100_000, "香" * 100_000, "tag:" * 30_000, "published:[" * 10_000,
    "https://" + "(" * 100_000, "a b" * 30_000, "AND " * 30_000,
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:12])
def test_no_query_takes_long_to_read(query: str) -> None:
    begun_s = time.process_time()
    with suppress(QueryError):
        can_be_asked(parse_query(query))
    assert time.process_time() - begun_s < 2


WORDS = st.sampled_from(
    ["香港", "law", "OR", "AND", "NOT", "-", "(", ")", '"', "title:", "published:", "site:", "path:", "tag:",
     "*", "brid*", "2023-05", "[2023 TO 2024]", "https://a.com/b", "～", "！", "?", "/", "\\", "[", "url:",
     "after:", ">="]
)  # fmt: skip


@given(
    st.one_of(
        st.text(), st.lists(st.one_of(WORDS, st.text(max_size=3))).map(" ".join), st.lists(WORDS).map("".join)
    )
)
def test_any_text_is_a_tree_that_both_stores_can_ask_or_an_error_that_says_where(query: str) -> None:
    try:
        node = parse_query(query)
    except QueryError as error:
        said = error.message
    else:
        said = "(at character 0 of the query)"
        can_be_asked(node)
    assert re.search(r"\(at character \d+ of the query\)|no letter and no digit", said)


def can_be_asked(node: Node) -> None:
    query_body(node)
    found = select(node)
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in DERIVED:
            db.execute(statement)
        db.execute("CREATE TABLE documents (id TEXT, path TEXT)")
        match = ["terms MATCH ?"] if found.match else []
        origin = "terms JOIN dates ON document = terms.rowid" if found.match else "dates"
        where = " AND ".join([*match, *found.conditions]) or "1"
        values = [*([found.match] if found.match else []), *found.values]
        assert db.execute(f"SELECT document FROM {origin} WHERE {where}", values).fetchall() == []


def test_every_short_name_of_a_field_is_one_fields_alone() -> None:
    names = [name for field in FIELDS for name in (field.name, *field.short)]
    assert len(names) == len(set(names))
