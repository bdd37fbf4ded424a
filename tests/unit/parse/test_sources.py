"""What a site is called, by its tab; what may be a section is no name."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import read_whole

from newsdrop.parse.sources import sections_of_tab, site_of_tab

TITLE = "港口今天重新开放"


@pytest.mark.parametrize(
    ("rest", "url", "name"),
    [
        ("_国内新闻_河边网", None, "河边网"),
        ("-河边频道首页-河边网 - RIVER.COM.CN", None, "河边网"),
        ("--经济·科技--河边网", None, "河边网"),
        (" | 即時新聞 | 20130629 | 河邊日報", None, "河邊日報"),
        ("_河边新闻", None, "河边新闻"),
        ("_国内新闻", None, None),
        ("_港口_渡轮", None, None),
        (" - The River", "https://www.theriver.example/a", "The River"),
        (" - DER FLUSS", "https://www.fluss.example/a", "DER FLUSS"),
        (" - Region", "https://www.theriver.example/a", None),
        (" - river.example", "https://river.example/a", None),
        ("", "https://www.theriver.example/a", None),
    ],
)
def test_a_site_is_called_as_its_tab_ends(rest: str, url: str | None, name: str | None) -> None:
    assert site_of_tab(TITLE + rest, TITLE, url) == name


def test_what_is_in_the_title_is_no_site() -> None:
    assert site_of_tab("河边网_河边日报", "河边网_河边日报", None) is None


def test_sections_are_between_title_and_site() -> None:
    assert sections_of_tab(f"{TITLE}_国内 新闻_河边网", TITLE) == {"国内新闻"}
    assert sections_of_tab("A.Word --maudlin", "A.Word") == set()


def test_a_page_that_says_nothing_else_is_of_the_site_in_its_tab() -> None:
    words = "<p>港口关了三年，星期二早上重新开放，守塔人说，有雾的日子来的人更多，谁都想听号角。</p>"
    page = f"<!doctype html><title>{TITLE}_即时新闻_河边网</title><h1>{TITLE}</h1><h2>即时新闻</h2>{words}"
    article = read_whole(page)
    assert article.source_name == "河边网"
    assert len(article.blocks) == 1
    own = page.replace("</title>", "</title><meta property=og:site_name content=河边在线>")
    assert read_whole(own).source_name == "河边在线"
