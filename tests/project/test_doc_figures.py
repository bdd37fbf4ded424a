"""What a file costs and how many articles a shard takes is told in one place, as it was measured."""

from __future__ import annotations

import re

import pytest
from tests.project.compose_file import ROOT

DOCS = ROOT / "docs"
#: Where figures of CPU and shards may stand: the page of costs, and where they were measured.
MEASURED = {"performance.md", "search.md"}
COSTS = "scaling.md"


def text_of(name: str) -> str:
    return " ".join((DOCS / name).read_text("utf-8").split())


def row(name: str) -> str:
    """A row of the table of costs."""
    found = re.search(rf"^\| {name} \| (.*)$", (DOCS / COSTS).read_text("utf-8"), re.MULTILINE)
    assert found, name
    return found[1]


def test_the_costs_of_elasticsearch_are_those_measured_for_the_analysis() -> None:
    told = re.search(r"([\d.]+) ms of CPU with `unigram`, merging included", row("Elasticsearch"))
    measured = re.search(
        r"\| CPU of Elasticsearch, ms a whole document, with merging \| ([\d.]+) \|", text_of("search.md")
    )
    assert told
    assert measured
    assert told.groups() == measured.groups()


@pytest.mark.parametrize("who", ["worker", "watcher"])
def test_the_costs_of_ours_are_those_of_the_full_run(who: str) -> None:
    measured = re.search(rf"\| CPU of the {who} \| ([\d.]+) \|", text_of("performance.md"))
    assert measured
    assert row(who).startswith(f"{measured[1]} ms of CPU")


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_no_other_page_states_figures_of_its_own(page: str) -> None:
    if page in MEASURED | {COSTS}:
        return
    text = text_of(page)
    assert re.findall(r"[\d.]+ ms of CPU", text) == []
    assert re.findall(r"(?:shards? = 1`? serves|per shard|millions? of articles\W+`?index)", text) == []


def test_disk_and_memory_of_an_article_are_the_same_on_every_page() -> None:
    pages = ("scaling.md", "operating.md", "deploy.md")
    text = " ".join(text_of(page) for page in pages)
    disk = re.findall(r"about (\d+) kB (?:per article|of disk)", text)
    settled = re.findall(r"(\d+) bytes (?:for good|per settled file|per file ever seen)", text)
    assert (len(disk), len(settled)) == (2, 3)
    assert (len(set(disk)), len(set(settled))) == (1, 1)


def test_what_a_waiting_file_and_a_process_take_is_the_same_on_every_page() -> None:
    pages = {page: text_of(page) for page in ("redis.md", "operating.md", "deploy.md", "scaling.md")}
    waiting = {page: re.findall(r"(\d+) bytes while it waits", text) for page, text in pages.items()}
    assert list(waiting.values()) == [waiting["redis.md"]] * len(pages)
    rows = [
        dict(re.findall(r"\| (worker|watcher)s? \|[^|]*?(\d+) MB", pages[page]))
        for page in ("operating.md", "deploy.md")
    ]
    assert rows[0] == rows[1] != {}


def test_the_size_of_a_shard_is_one_figure() -> None:
    told = re.findall(
        r"(\d+) million articles\b", (DOCS / COSTS).read_text("utf-8").split("## Two examples")[0]
    )
    assert len(told) == 2
    assert len(set(told)) == 1
