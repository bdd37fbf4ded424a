"""One query language: every store finds the same articles for the same query, pages, sorts and counts alike.

The articles are few and made for the queries. What a query means is written down twice: as the names of the
articles it finds, and as `matching.matches`, which random trees are held against as well.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.contract.test_store import STORES, eventually, opened
from tests.inputs.index_samples import make_document
from tests.searching import ask, hits

from newsdrop.documents import Moment
from newsdrop.index.matching import matches
from newsdrop.index.query import (
    Dates,
    Node,
    Path,
    Prefix,
    Present,
    QueryError,
    Value,
    Words,
    all_of,
    any_of,
    not_,
)
from newsdrop.index.query_dates import edge
from newsdrop.index.query_parser import MAX_PATTERN, parse_query
from newsdrop.index.search import FACETS, Bucket, SearchRequest, ValueCount
from newsdrop.index.store import Store

MAY, JUNE = (datetime(2023, month, 1, tzinfo=None) for month in (5, 6))  # noqa: DTZ001  on the wall
HONG_KONG = timezone(timedelta(hours=8))


def at(*date: int, zone: timezone = UTC) -> Moment:
    return Moment(datetime(*date, tzinfo=zone))  # type: ignore[misc,arg-type]


def day(*date: int) -> Moment:
    return Moment(datetime(*date, tzinfo=UTC), "day")  # type: ignore[misc,arg-type]


ARTICLES = {
    "ferry": make_document(
        "ferry",
        "The bridge and the ferry",
        "A ferry crosses below the bridge.",
        author=["Ann McCaffrey"],
        source_name="BBC News",
        section="World",
        tags=["Hong Kong"],
        language="en",
        domain="news.bbc.co.uk",
        published=day(2023, 5, 1),
        path="/drops/2023/ferry.md",
    ),
    "bridge": make_document(
        "bridge",
        "Bridges of Macau",
        "Old bridges, new bridges; Cambridge has others.",
        author=["Bob Ho", "Ann Li"],
        source_name="Reuters",
        section="World",
        tags=["Macau"],
        language="en",
        domain="reuters.com",
        published=at(2023, 5, 31, 23, 30),
        path="/drops/2023/bridge.md",
    ),
    "macau": make_document(
        "macau",
        "澳門的橋",
        "香港與澳門之間有一座橋，渡輪停航。",
        author=["張潔平"],
        source_name="端傳媒",
        section="港聞",
        tags=["澳門"],
        language="zh-Hant",
        domain="theinitium.com",
        published=at(2023, 6, 1, 7, 0, zone=HONG_KONG),
        path="/drops/2023/macau[1].md",
        collection="feeds",
    ),
    "strait": make_document(
        "strait",
        "渡轮停航",
        "台风过后，香港的渡轮停航一天。",
        author=["张洁平"],
        source_name="BBC 中文",
        section="两岸",
        tags=["香港", "台风"],
        labels={
            "mood": ["blue"],
            "a.b": ["c"],
            "分类": ["时政"],
            "reading time": ["5"],
            "x-y": ["dash"],
            "e\u0301tat": ["gris"],
            "C++": ["yes"],
            "…": ["dots"],
        },
        language="zh-Hans",
        captions=["渡轮靠岸的视频"],
        domain="bbc.com",
        published=at(2022, 12, 31, 20, 0),
        path="/drops/2022/strait.md",
        collection="feeds",
    ),
    "month": make_document(
        "month",
        "A month",
        "Only the month is known.",
        published=Moment(datetime(2023, 5, 1, tzinfo=UTC), "month"),
        language="en-GB",
        path="/drops/2023/deep/month.md",
        domain="bbc.com",
    ),
    "undated": make_document(
        "undated",
        "Undated",
        "Nobody knows when; ferry.",
        version=1_686_000_000_000,
        path="/drops/odd\udcff.md",
        dek="Summary of bridges",
    ),
}
NAMES = {document.id: name for name, document in ARTICLES.items()}
EVERY = " ".join(ARTICLES)
URL = "https://www.example.com/ferry"


@pytest.fixture(params=STORES, scope="module")
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(request.param, request, tmp_path_factory.mktemp("library")) as one:
        one.put(list(ARTICLES.values()))
        eventually(one.count, len(ARTICLES))
        yield one


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bridge", "ferry bridge undated"),
        ('"bridge"', "ferry"),
        ("bridge -ferry", "bridge"),
        ('"bridge" -ferry', ""),
        ('ferry -"bridge"', "undated"),
        ('ferry NOT "bridge"', "undated"),
        ("-ferry", "bridge macau strait month"),
        ("-ferry -title:渡轮", "bridge macau month"),
        ("ferry OR macau", "ferry bridge undated"),
        ("ferry OR bridges OR 渡轮", "ferry bridge macau strait undated"),
        ("香港 澳门 OR macau", "macau bridge"),
        ("香港 (澳门 OR macau)", "macau"),
        ("（澳门 OR macau） -香港", "bridge"),
        ("-(ferry OR bridges)", "macau strait month"),
        ("NOT (香港 AND 澳门) 渡轮", "strait"),
        ("brid*", "ferry bridge undated"),
        ("BRIDG*", "ferry bridge undated"),
        ("title:brid*", "ferry bridge"),
        ('brid* -title:"bridges"', "ferry undated"),
        ("cross*", "ferry"),
        ("香港*", "macau strait"),
        ("*", EVERY),
        ("* -*", ""),
        ('"the ferry"', "ferry"),
        ('"ferry the"', ""),
        ('"below the bridge" OR "ferries below"', "ferry"),
        ('-"the ferry" ferry', "undated"),
        ("title:(bridge OR 渡轮)", "ferry bridge strait"),
        ("title:(bridge ferry)", "ferry"),
        ("text:macau", ""),
        ("summary:bridges", "undated"),
        ("caption:维多利亚", EVERY),
        ("caption:視頻", "strait"),
        ("images.caption:视频", ""),
        ("captions:*", "strait"),
        ("caption:* -captions:*", "ferry bridge macau month undated"),
        ("caption:(视频 香港)", ""),
        ("author:mccaffrey", "ferry"),
        ("author:ann", "ferry bridge"),
        ('author:"Ann Li"', "bridge"),
        ('author:"Ho Ann"', ""),
        ("author:张洁平", "macau strait"),
        ("author:張潔平", "macau strait"),
        ("author:mcc*", "ferry"),
        ("author:*", "ferry bridge macau strait"),
        ("-author:*", "month undated"),
        ("source:bbc", "ferry strait"),
        ("source:BBC -source:news", "strait"),
        ("section:world", "ferry bridge"),
        ("section:两岸", "strait"),
        ("tag:臺風", "strait"),
        ("tag:(macau OR 香港)", "bridge strait"),
        ('tag:"hong kong"', "ferry"),
        ("tag:hong", ""),
        ("language:zh", "macau strait"),
        ("language:ZH-hant", "macau"),
        ("language:en", "ferry bridge month"),
        ("lang:en-gb", "month"),
        ("site:bbc.com", "strait month"),
        ("site:bbc.co.uk", "ferry"),
        ("site:co.uk", "ferry"),
        ("site:c.com", ""),
        ("site:https://www.Reuters.com/world", "bridge"),
        ("labels.mood:blue OR labels.Mood:red", "strait"),
        ("labels.a.b:c", "strait"),
        ("labels.mood:*", "strait"),
        ("labels.分类:时政", "strait"),
        ("labels.分类：时政", "strait"),
        ("labels.reading_time:5", "strait"),
        ("labels.x-y:dash", "strait"),
        ("labels.x_y:dash -labels.分类:体育", "strait"),
        ("LABELS.État:gris", "strait"),
        ("labels.c++:yes", "strait"),
        ("labels.…:*", "strait"),
        ("labels.weather:blue", ""),
        ("collection:feeds", "macau strait"),
        ("-collection:feeds ferry", "ferry undated"),
        ("path:/drops/2022/strait.md", "strait"),
        ("path:/drops/2023/", "ferry bridge macau month"),
        ("path:/drops/2023/*.md", "ferry bridge macau month"),
        ("path:/drops/2023/*y.md", "ferry"),
        ("path:*/deep/*", "month"),
        ("path:/drops/2023/macau[1].md", "macau"),
        ("path:/drops/2023/macau[1]*", "macau"),
        ("path:/drops/2023/macau[?].md", "macau"),
        ("path:/drops/odd\udcff.md", "undated"),
        ("path:/drops/odd*", "undated"),
        ("-path:/drops/2023/", "strait undated"),
        ("name:ferry.md OR name:bridge.md", "ferry bridge"),
        ("published:2023-05", "ferry bridge macau month"),
        ("published:2023-05-01", "ferry month"),
        ("published:2022", "strait"),
        ("published:*", "ferry bridge macau strait month"),
        ("-published:*", "undated"),
        ("published:[2022 TO 2023-05]", "ferry bridge macau strait month"),
        ("published:{2022 TO 2023-05}", ""),
        ("published:>=2023-05-31", "bridge macau"),
        ("published:>2023-05-31", ""),
        ("published:<2023", "strait"),
        ("before:2023", "strait"),
        ("until:2023-04", "strait"),
        ("after:2023-06", "undated"),
        ("after:2023-05-31T23:00", "macau undated bridge"),
        ("@timestamp:[2023-06 TO *]", "undated"),
        ("archived:2023", "undated"),
        ("ingested:2023-11", EVERY),
        ("ferry after:2023-06", "undated"),
        ("ferry OR before:2023", "ferry strait undated"),
        ("ferry -(published:2023 OR 渡轮)", "undated"),
        (URL, "ferry"),
        (f"url:{URL}?utm_source=x", "ferry"),
        (f"url:{URL[:-3]}*", "ferry"),
        (f"url:{URL[:-5]}*", EVERY),
        (f"ferry -url:{URL[:-3]}*", "undated"),
        (f"-{URL} ferry", "undated"),
        (f"{URL} OR 澳门", "ferry macau"),
    ],
)  # fmt: skip
def test_a_query_finds_exactly(library: Store, query: str, expected: str) -> None:
    assert {NAMES[hit.id] for hit in hits(library, query, 100)} == set(expected.split())
    assert ask(library, query, size=1).total == len(expected.split())


def test_an_address_of_thousands_of_characters_is_found_by_its_start(library: Store) -> None:
    long = "x" * 5_000
    added = [make_document(f"{long}/{name}", "One of two") for name in "ab"]
    library.put(added)
    try:
        eventually(library.count, len(ARTICLES) + 2)
        start = f"https://www.example.com/{long}"
        for typed, expected in ((start[:300], added), (start[: MAX_PATTERN - 1], added)):
            assert {hit.id for hit in hits(library, f"url:{typed}*", 10)} == {one.id for one in expected}
    finally:
        for one in added:
            assert library.remove(one.id, one.source["file"]["path"])
        # Searches of the next test must not find them any more.
        eventually(library.count, len(ARTICLES))


def test_a_query_finds_what_it_means(library: Store) -> None:
    for query in (
        'ferry -"bridge"',
        'brid* -title:"bridges"',
        "published:2023-05 OR 渡轮",
        "-(site:bbc.com ferry)",
    ):
        node = parse_query(query)
        meant = {one.id for one in ARTICLES.values() if matches(node, one.id, one.source)}
        assert {hit.id for hit in hits(library, query)} == meant != set()


def test_random_trees_find_what_they_mean(library: Store) -> None:
    draw = random.Random(14)
    for _ in range(150):
        node = tree(draw, 3)
        meant = {name for name, one in ARTICLES.items() if matches(node, one.id, one.source)}
        answer = library.search(SearchRequest(query=node, size=100))
        assert {NAMES[hit.id] for hit in answer.hits} == meant, node
        assert answer.total == len(meant)


LEAVES: list[Node] = [
    Words("ferry"),
    Words("香港"),
    Words("the ferry", phrase=True),
    Words("bridges", ("title",)),
    Prefix("brid"),
    Words("张洁平", ("author",)),
    Value("language", "zh"),
    Value("url.domain", "bbc.com"),
    Value("tags", "澳门"),
    Value("file.path", "/drops/2022/strait.md"),
    Path("/drops/2023/*"),
    Present("author"),
    Present("published_at"),
    Dates("published_at", edge(MAY, HONG_KONG), edge(JUNE, HONG_KONG)),
    Dates("@timestamp", None, edge(MAY, timezone(timedelta(hours=-7)))),
]


def tree(draw: random.Random, depth: int) -> Node:
    kind = draw.choice(["leaf", "all", "any", "not"]) if depth else "leaf"
    if kind == "leaf":
        return draw.choice(LEAVES)
    if kind == "not":
        return not_(tree(draw, depth - 1))
    inner = [tree(draw, depth - 1) for _ in range(draw.randint(1, 3))]
    return all_of(inner) if kind == "all" else any_of(inner)


@pytest.mark.parametrize(
    ("zone", "query", "expected"),
    [
        (8, "published:2023-06-01", "bridge macau"),
        (8, "published:2023-05-01", "ferry month"),
        (8, "published:2023-05", "ferry month"),
        (-7, "published:2023-05-31", "bridge macau"),
        (-7, "published:2023-05-01", "ferry month"),
        (-7, "published:2023-04", ""),
        (-7, "published:2023-05", "ferry bridge macau month"),
        (8, "published:2023-06-01T07:00", "macau"),
        (8, "published:2023-05-31T23:00Z", "macau"),
    ],
)
def test_a_time_is_the_searchers_and_a_mere_day_is_that_day_everywhere(
    library: Store, zone: int, query: str, expected: str
) -> None:
    node = parse_query(query, timezone(timedelta(hours=zone)))
    found = library.search(SearchRequest(query=node)).hits
    assert {NAMES[hit.id] for hit in found} == set(expected.split())


def test_hits_come_newest_or_oldest_first(library: Store) -> None:
    # Two articles are of the same day; either may come first.
    dated = [name for name in ARTICLES if name != "month"]
    newest = ["undated", "bridge", "macau", "ferry", "strait"]
    for sort, expected in (("newest", newest), ("oldest", newest[::-1])):
        found = [NAMES[hit.id] for hit in ask(library, "*", sort=sort).hits]
        assert [name for name in found if name in dated] == expected
        assert abs(found.index("month") - found.index("ferry")) == 1


def test_without_words_there_is_no_relevance_and_the_newest_comes_first(library: Store) -> None:
    assert [NAMES[hit.id] for hit in ask(library, "tag:(澳门 OR 香港 OR macau)").hits] == [
        "bridge", "macau", "strait"
    ]  # fmt: skip


def test_a_title_is_more_relevant_than_a_text_and_a_filter_changes_nothing(library: Store) -> None:
    assert [NAMES[hit.id] for hit in hits(library, "ferry")] == ["ferry", "undated"]
    scores = [hit.score for hit in hits(library, "ferry")]
    assert [hit.score for hit in hits(library, "ferry -tag:x path:/drops/*")] == pytest.approx(
        scores, abs=1e-3
    )


def test_pages_follow_each_other_and_the_total_is_always_said(library: Store) -> None:
    pages = [ask(library, "*", sort="newest", size=4, page=page) for page in (1, 2, 3)]
    assert [page.total for page in pages] == [6, 6, 6]
    assert [len(page.hits) for page in pages] == [4, 2, 0]
    assert {hit.id for page in pages for hit in page.hits} == set(NAMES)


def test_pages_end_where_they_would_cost_too_much(library: Store) -> None:
    assert ask(library, "*", size=100, page=100).hits == []
    with pytest.raises(QueryError, match=r"Page 101 lies beyond the 10,000th article.*--ndjson"):
        ask(library, "*", size=100, page=101)


def test_all_hits_are_all_of_them_in_order(library: Store) -> None:
    for query, sort in (("*", "newest"), ("*", "oldest"), ("ferry OR 香港", "relevance")):
        request = SearchRequest(query=parse_query(query), sort=sort, size=1)  # type: ignore[arg-type]
        page = ask(library, query, sort=sort, size=100).hits
        assert [hit.id for hit in library.all_hits(request)] == [hit.id for hit in page]
    assert list(library.all_hits(SearchRequest(query=Words("nowhere")))) == []


def test_values_and_times_of_everything_found_are_counted(library: Store) -> None:
    answer = ask(
        library, "published:*", size=1, facets=("url.domain", "author", "language"), histogram="month"
    )
    assert answer.facets["url.domain"][0] == ValueCount("bbc.com", 2)
    assert len(answer.facets["url.domain"]) == 4
    # As they are written: folding is for finding.
    assert ValueCount("張潔平", 1) in answer.facets["author"]
    assert ValueCount("zh-Hant", 1) in answer.facets["language"]
    tags = ask(library, "tag:*", facets=("tags",)).facets["tags"]
    # Tags are held folded.
    assert [one.value for one in tags] == ["hong kong", "macau", "台风", "澳门", "香港"]
    assert answer.histogram == [Bucket("2022-12", 1), Bucket("2023-05", 4)]
    years = ask(library, "*", histogram="year").histogram
    assert years == [Bucket("2022", 1), Bucket("2023", 5)]
    assert ask(library, "nowhere", facets=FACETS, histogram="day").facets["author"] == []
    assert ask(library, "*", facets=("author",), facet_size=2).facets["author"][:1] != []
    with pytest.raises(QueryError, match="can't be counted"):
        ask(library, "*", facets=("text",))


def test_an_article_is_found_by_the_beginning_of_its_id(library: Store) -> None:
    ferry = ARTICLES["ferry"]
    for start in (ferry.id, ferry.id[:8]):
        (found,) = library.find(start)
        assert (found.id, found.version, found.source["title"]) == (
            ferry.id,
            ferry.version,
            ferry.source["title"],
        )
    assert library.find("0" * 32) == []


def test_a_hit_has_what_people_ask_about_it(library: Store) -> None:
    (hit,) = hits(library, "渡轮 台风")
    assert (hit.source, hit.author, hit.language) == ("BBC 中文", ["张洁平"], "zh-Hans")
    assert (hit.path, hit.member) == ("/drops/2022/strait.md", None)
    assert hit.at == hit.published_at
    (undated,) = hits(library, "nobody")
    assert undated.published_at is None
    assert undated.at == undated.archived_at


def test_what_was_replaced_or_removed_is_found_no_more(store: Store) -> None:
    old = make_document(1, "Old", section="World", published=day(2020, 1, 1), author=["Old Name"])
    new = make_document(1, "New", section="Asia", published=day(2021, 1, 1), version=2_000)
    for documents in ([old], [new]):
        store.put(documents)
    eventually(lambda: [hit.title for hit in hits(store, "*")], ["New"])
    assert ask(store, "section:world OR author:* OR published:2020 OR old").total == 0
    answer = ask(store, "published:2021", facets=("section",))
    assert answer.facets == {"section": [ValueCount("Asia", 1)]}
    assert store.remove(new.id, "/drops/1.md")
    eventually(lambda: ask(store, "*", facets=("section",)).facets, {"section": []})


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with opened(request.param, request, tmp_path_factory.mktemp("store")) as one:
        yield one
