"""`newsdrop search` over the embedded index: what people type, and what they see."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.inputs.index_samples import make_document
from tests.servers.cli_installation import CliInstallation

from newsdrop.documents import Document, Moment
from newsdrop.identity import url_document_id
from newsdrop.index.local import LocalStore

ESCAPED = "%E6%B8%A1%E8%BC%AA%20a"


@pytest.fixture
def hong_kong(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Hong_Kong")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def place(tmp_path: Path, hong_kong: None) -> CliInstallation:
    place = CliInstallation(tmp_path)
    store = LocalStore(place.state / "index.sqlite3")
    store.put(articles())
    store.close()
    return place


def articles() -> list[Document]:
    many = [
        make_document(n, f"第{n}天", "香港下雨。", published=Moment(datetime(2020, 1, n, tzinfo=UTC), "day"))
        for n in range(1, 24)
    ]
    late = Moment(datetime(2023, 5, 31, 22, 30, tzinfo=UTC), "minute")
    may = Moment(datetime(2021, 5, 1, tzinfo=UTC), "month")
    return [
        *many,
        make_document(ESCAPED, "The ferry", "A « ferry.", published=late, source_name="BBC", path="/d/f.md"),
        make_document("m", "Month", "ferry canada", published=may),
        make_document("u", "Undated", "Some bridge", version=1_686_000_000_000),
    ]


def test_the_total_is_always_said_and_pages_go_on(place: CliInstallation) -> None:
    first = place.run("search", "香港")
    assert "10 of 23, best first; --page 2 shows more." in first.stderr
    last = place.run("search", "香港", "--page", 3, "--sort", "oldest")
    assert "21–23 of 23, oldest first." in last.stderr
    assert re.findall(r"^(\d+)\. (.*)$", last.stdout, re.MULTILINE) == [
        ("21", "第21天"), ("22", "第22天"), ("23", "第23天")
    ]  # fmt: skip
    assert "Page 4 is past the end: there are 23 articles" in place.run("search", "香港", "--page", 4).stderr
    assert place.run("search", "nowhere").stderr.endswith("Nothing found.\n")
    assert "10 of 26, newest first" in place.run("search").stderr


def test_a_result_has_a_persons_date_and_address_and_what_show_takes(place: CliInstallation) -> None:
    assert place.run("search", "title:ferry").stdout.splitlines() == [
        "1. The «ferry»",
        "   2023-06-01 06:30 +08:00  BBC  https://www.example.com/渡輪%20a",
        f"   {url_document_id(f'https://www.example.com/{ESCAPED}')[:10]}  /d/f.md",
        "   A « ferry.",
    ]
    assert "   2020-01-07  " in place.run("search", "第7天").stdout
    assert "   2021-05  " in place.run("search", "canada").stdout
    assert "   archived 2023-06-06 05:20 +08:00  " in place.run("search", "undated").stdout


def test_options_narrow_as_the_query_would(place: CliInstallation) -> None:
    def total(*arguments: object) -> int:
        return int(place.json("search", *arguments)["total"])

    assert total("香港", "--since", "2020-01-20") == total("香港 since:2020-01-20") == 4
    assert total("香港", "--until", "2020-01-03") == total("香港 until:2020-01-03") == 3
    assert total("--since", "2023-06-01", "--until", "2023-06-01") == total("date:2023-06-01") == 1
    assert total("--since", "9999d") == 26
    assert total("--since", "1h") == 0
    assert total("ferry", "--site", "https://www.example.com/x") == 2
    assert total("ferry", "--site", "example.org") == 0
    assert total("ferry", "--lang", "en") == 0
    for option in ("--since", "--until"):
        refused = place.run("search", "x", option, "soon")
        assert refused.exit_code == 2
        assert "'soon' is not a date" in refused.stderr


def test_a_minus_before_a_word_is_no_option(place: CliInstallation) -> None:
    for words in (["ferry", "-canada"], ["-canada", "ferry"], ["ferry", "-n5", "-canada"]):
        answer = place.json("search", *words)
        assert [hit["title"] for hit in answer["hits"]] == ["The ferry"], words
    assert json.loads(place.run("search", "--json", "--", "ferry", "-canada").stdout)["total"] == 1
    assert place.run("search", "ferry", "--bogus").exit_code == 2


def test_json_is_a_page_and_ndjson_is_everything(place: CliInstallation) -> None:
    page = place.json("search", "香港", "--size", 4, "--page", 6)
    assert (page["total"], page["page"], page["size"], len(page["hits"])) == (23, 6, 4, 3)
    (hit,) = place.json("search", "title:ferry")["hits"]
    assert hit["title_marks"] == [[4, 9]]
    assert hit["precision"] == "minute"
    lines = place.run("search", "香港", "--ndjson", "--sort", "newest")
    titles = [json.loads(line)["title"] for line in lines.stdout.splitlines()]
    assert titles == [f"第{n}天" for n in range(23, 0, -1)]
    assert "23 of 23." in lines.stderr
    assert place.run("search", "x", "--json", "--ndjson").exit_code == 2


def test_what_the_language_hasnt_is_an_error_that_names_it(place: CliInstallation) -> None:
    for query, said in (
        ("ferry~2", "`~`"),
        ("titel:x", "no field 'titel'"),
        ("(ferry", "never closed"),
        ("—", "*"),
    ):
        refused = place.run("search", query)
        assert refused.exit_code == 2
        assert said in refused.stderr
        assert refused.stdout == ""
