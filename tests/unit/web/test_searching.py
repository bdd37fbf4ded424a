"""A search and its address say the same."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl

import pytest
from tests.inputs.index_samples import make_document

from newsdrop.errors import ConfigError
from newsdrop.index.query import EVERYTHING, Dates, QueryError, Value, Words
from newsdrop.index.search import FACETS
from newsdrop.testing import MemoryStore
from newsdrop.web.searching import FACET_PARAMETERS, PAGE_SIZE, Search, interval_of

NOW = datetime(2024, 5, 6, 7, 8)  # noqa: DTZ001  the clock on the wall


def read(query: str) -> Search:
    return Search.read(parse_qsl(query, keep_blank_values=True))


@pytest.mark.parametrize(
    "query",
    [
        "q=%E9%A6%99%E6%B8%AF&site=bbc.com&site=cdt.media&since=2020&until=2021-05&sort=oldest&page=3",
        "tag=a%26b&author=%3Cb%3E&size=50",
        "",
    ],
)
def test_an_address_is_read_and_written_again(query: str) -> None:
    search = read(query)
    again = read(search.address(page=search.page))
    assert again == search
    assert read(search.address()).page == 1


def test_every_value_that_can_be_counted_can_be_chosen() -> None:
    assert sorted(FACET_PARAMETERS.values()) == sorted(FACETS)
    search = read("&".join(f"{name}=Ä" for name in FACET_PARAMETERS))
    nodes = search.request(NOW).filters
    fields = [node.field for node in nodes if isinstance(node, Value)]
    fields += [field for node in nodes if isinstance(node, Words) for field in node.fields]
    assert sorted(fields) == sorted(FACETS)


@pytest.mark.parametrize(
    ("parameter", "value"), [("author", "Ann Li"), ("section", "港聞"), ("tag", "A & B")]
)
def test_a_chosen_value_finds_what_has_it_and_nothing_else(parameter: str, value: str) -> None:
    store = MemoryStore()
    store.put(
        [
            make_document(1, author=["Ann Li"], section="港聞", tags=["A & B"]),
            make_document(2, author=["Li Ann"], section="港外新聞", tags=["A"]),
        ]
    )
    search = read(Search().with_value(parameter, value))
    assert [hit.id for hit in store.search(search.request(NOW)).hits] == [make_document(1).id]


def test_very_many_filters_are_refused() -> None:
    assert len(read("&".join(f"tag={n}" for n in range(50))).chosen) == 50
    with pytest.raises(QueryError, match="may have 50 filters, and this one has 51"):
        read("&".join(f"tag={n}" for n in range(51)))


def test_a_value_without_a_word_is_told() -> None:
    with pytest.raises(ConfigError, match="no word"):
        read("author=%21%21").request(NOW)


def test_what_is_empty_or_unknown_is_left_out() -> None:
    assert read("q=+&site=&colour=blue&since=") == Search()


def test_a_value_is_taken_and_given_up() -> None:
    search = read("q=a&site=bbc.com&page=4")
    wider = read(search.without_value("site", "bbc.com"))
    assert wider == Search(q="a")
    assert read(wider.with_value("site", "bbc.com")) == Search(q="a", chosen=(("site", "bbc.com"),))


def test_counts_are_asked_for_only_where_they_are_shown() -> None:
    assert read("q=a").request(NOW).facets == ()
    counted = read("").request(NOW, counted=True)
    assert set(counted.facets) == set(FACETS)
    assert (counted.query, counted.histogram, counted.size) == (EVERYTHING, "month", PAGE_SIZE)


def test_dates_and_ages_are_limits() -> None:
    (since, until) = read("since=7d&until=2024").request(NOW).filters
    assert isinstance(since, Dates)
    assert isinstance(until, Dates)
    assert since.start is not None
    assert since.end is None
    assert until.start is None


@pytest.mark.parametrize(
    "query", ["sort=best", "page=0", "page=-1", "page=x", "page=1e9", "size=²", "page=" + "9" * 40]
)
def test_a_parameter_that_makes_no_sense_is_told(query: str) -> None:
    with pytest.raises(ConfigError, match=query.partition("=")[0] if "sort" not in query else "order"):
        read(query)


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=9999999999d", "until=5/1/2023", "q=(", "q=nofield:x"]
)
def test_what_cant_be_understood_is_told_when_it_is_asked(query: str) -> None:
    with pytest.raises(QueryError):
        read(query).request(NOW)


def test_pages_end_where_they_cost_too_much() -> None:
    with pytest.raises(ConfigError, match="beyond"):
        _ = read("page=501").request(NOW).start


@pytest.mark.parametrize(
    ("since", "until", "interval"),
    [
        ("", "", "month"),
        ("2020", "2020", "month"),
        ("2020-05", "2020-05", "day"),
        ("2020-05-01", "", "month"),
        ("30d", "", "day"),
        ("2021", "2020", "month"),
    ],
)
def test_a_short_time_is_counted_by_days(since: str, until: str, interval: str) -> None:
    assert interval_of(since, until, NOW) == interval
