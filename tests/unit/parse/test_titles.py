"""A title loses the site behind it, and nothing else."""

from __future__ import annotations

import time

import pytest
from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.documents import Page

PROSE = "<p>The harbour was closed for a year, and this sentence says so at length.</p>"


def header_title(title: str, body: str, url: str = "https://a.example.org/1") -> str:
    html = f"<article>{body}{PROSE}</article>"
    return shipped_parser().parse(Page(dialect="d", html=html, title=title, url=url)).title


def page_title(head: str, body: str) -> str:
    page = f"<!doctype html><html><head>{head}</head><body>{body}".encode()
    return shipped_parser().parse(page_of(page)).title


@pytest.mark.parametrize(
    ("title", "heading", "expected"),
    [
        ("A harbour reopens - Region - Daily", "A harbour reopens", "A harbour reopens"),
        ("A harbour reopens | Daily", "A harbour reopens", "A harbour reopens"),
        ("A harbour reopens › Region › Daily", "A harbour reopens", "A harbour reopens"),
        ("A harbour reopens ㅣ Daily", "A harbour reopens", "A harbour reopens"),
        ("A harbour reopens » Daily", "A harbour reopens", "A harbour reopens"),
        ("A harbour reopens: Daily", "A harbour reopens", "A harbour reopens"),
        ("港口今天重新开放：某新闻", "港口今天重新开放", "港口今天重新开放"),
        ("港口今天重新开放_某新闻网", "港口今天重新开放", "港口今天重新开放"),
        ("港口今天重新开放-某新闻网", "港口今天重新开放", "港口今天重新开放"),
        ("港口重开 - 某报", "港口重开", "港口重开"),
        ("书评｜一条河", "书评", "书评｜一条河"),
        ("国际观察｜一条河", "国际观察", "国际观察｜一条河"),
        ("书评：一条河", "书评", "书评：一条河"),
        ("COVID-19", "COVID", "COVID-19"),
        ("COVID - what now", "COVID", "COVID - what now"),
        ("Harbour-master resigns", "Harbour", "Harbour-master resigns"),
        ("Harbours reopen in spring", "Harbours", "Harbours reopen in spring"),
        ("The Great War: how it began, how it went on and how it ended", "The Great War",
         "The Great War: how it began, how it went on and how it ended"),
        ("A harbour reopens", "A harbour reopens", "A harbour reopens"),
        ("A harbour reopens", "Daily", "A harbour reopens"),
    ],
)  # fmt: skip
def test_a_heading_ends_a_headers_title_only_where_it_is_one(title: str, heading: str, expected: str) -> None:
    assert header_title(title, f"<h1>{heading}</h1>") == expected


def test_no_heading_ends_a_title_that_another_one_says_whole() -> None:
    series, title = "河口十年中的敌人", "河口十年中的敌人：水与雾"
    assert header_title(title, f"<h1>{title}</h1><p>水。</p><h1>{series}</h1>") == title
    assert header_title(title, f"<h1>{series}</h1><p>水。</p>") == series


def test_a_heading_of_the_pages_header_ends_no_title() -> None:
    html = f"<header><h1>International observer</h1></header><article>{PROSE}</article>"
    title = "International observer | A river"
    page = Page(dialect="d", html=html, title=title, url="https://a.example.org/1")
    assert shipped_parser().parse(page).title == title


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A river - Daily", "A river"),
        ("A river | Region | Daily", "A river"),
        ("一条河：Daily", "一条河"),
        ("A river › Daily", "A river"),
        ("The new Daily", "The new Daily"),
        ("A river - Daily News", "A river"),
        ("A river - Daily life", "A river - Daily life"),
        ("A river - Weekly", "A river - Weekly"),
        ("A river | News | Local | Daily", "A river"),
        ("A river | Politik - Daily.de - Aktuelles", "A river"),
        ("A river | Boats | Daily", "A river | Boats"),
        ("A river | Politics", "A river | Politics"),
        ("A river < Daily", "A river"),
        ("A river - The Daily", "A river"),
        ("港口重开_时政频道_Daily", "港口重开"),
        ("港口重开--国内新闻--Daily", "港口重开"),
        ("港口重开｜社会｜Daily", "港口重开"),
        ("항구 재개 | 사회 | Daily", "항구 재개"),
        ("Daily", "Daily"),
        ("Daily - A river", "Daily - A river"),
        ("Non-daily", "Non-daily"),
    ],
)
def test_a_site_that_says_its_name_loses_it_from_its_titles(title: str, expected: str) -> None:
    said = "<meta property=og:site_name content=Daily><meta property=article:section content=Region>"
    body = f"<article><h1>Another heading</h1>{PROSE}</article>"
    assert page_title(f"<meta property=og:title content='{title}'>{said}", body) == expected


def test_a_tab_without_any_heading_loses_the_sites_name_too() -> None:
    named = "<meta property=og:site_name content='The Daily'>"
    assert (
        page_title(f"<title>A river | The Daily</title>{named}", f"<article>{PROSE}</article>") == "A river"
    )
    linked = "<link rel=canonical href=https://www.thedaily.com/a/1>"
    assert (
        page_title(f"<title>A river | The Daily</title>{linked}", f"<article>{PROSE}</article>") == "A river"
    )
    assert page_title("<title>A river | The Daily</title>", PROSE) == "A river | The Daily"


@pytest.mark.parametrize(
    "text", [" " * 300_000, "a - " * 100_000, "|" * 300_000, "：" * 300_000, "中-" * 100_000]
)
def test_hostile_titles_cost_no_time(text: str) -> None:
    started = time.process_time()
    header_title(f"x{text}x", f"<h1>x{text[:500]}</h1>" * 50)
    page_title(f"<title>x{text}</title>", f"<h1>x{text[:500]}</h1>" * 50 + PROSE)
    assert time.process_time() - started < 2


def test_the_heading_of_a_translator_in_the_page_is_no_title() -> None:
    tool = "<div class=skiptranslate><h1>Original text</h1></div>"
    assert page_title("<title>港口重开</title>", f"<div>{PROSE}</div>{tool}") == "港口重开"


def test_a_doctype_without_its_space_begins_a_page() -> None:
    page = f"<!doctypehtml><html lang=en><body><h1>A harbour</h1>{PROSE}".encode()
    assert shipped_parser().parse(page_of(page)).title == "A harbour"


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("Daily | A harbour reopens", "A harbour reopens"),
        ("Daily: a history", "Daily: a history"),
        ("Daily | A harbour reopens | Daily", "A harbour reopens"),
        ("Weekly | A harbour reopens", "Weekly | A harbour reopens"),
    ],
)
def test_a_site_before_the_title_goes_where_a_bar_parts_them(told: str, title: str) -> None:
    head = f"<meta property=og:title content='{told}'><meta property=og:site_name content=Daily>"
    assert page_title(head, PROSE) == title


@pytest.mark.parametrize(
    ("told", "heading", "title"),
    [
        ("Harbour: Why it pays to wait", "Why it pays to wait", "Why it pays to wait"),
        ("Harbour open! See how", "Harbour opens again: see how", "Harbour opens again: see how"),
        ("Harbour opens at last", "Region Harbour opens at last", "Harbour opens at last"),
        ("Harbour opens at last", "Harbour: opens at last", "Harbour opens at last"),
        ("Harbour opens at last", "A quite different story", "Harbour opens at last"),
        ("A river in spring", "Daily", "A river in spring"),
        ("港口今天重新开放", "港口今日重新开放了", "港口今日重新开放了"),
        ("港口今天开放", "<ruby>港口<rt>ゆ</rt></ruby>今天开放", "港口今天开放"),
    ],
)
def test_the_heading_that_readers_see_goes_before_the_heads_wording(
    told: str, heading: str, title: str
) -> None:
    head = f"<title>{told} - Daily</title><meta property=og:title content='{told}'>"
    assert page_title(head, f"<article><h1>{heading}</h1>{PROSE}</article>") == title


def test_a_head_that_describes_the_subject_is_no_title() -> None:
    ld = '<script type=application/ld+json>{"@type":"Article","headline":"body of water"}</script>'
    body = f"<main><h1>Long river</h1>{PROSE}</main>"
    assert page_title(f"<title>Long river - Lexicon</title>{ld}", body) == "Long river"


def test_a_lone_heading_of_the_site_is_not_what_readers_see_of_the_title() -> None:
    head = (
        "<title>River and sea: A harbour reopens</title><meta property=og:title content='A harbour reopens'>"
    )
    body = f"<div><h1>River and sea</h1></div><article><h3>A harbour reopens</h3>{PROSE}</article>"
    assert page_title(head, body) == "A harbour reopens"
    linked = f"<h1><a href=/>A harbour</a></h1><article>{PROSE}</article>"
    assert page_title("<meta property=og:title content='A harbour of old reopens'>", linked) == (
        "A harbour of old reopens"
    )


def test_of_several_headings_by_the_article_none_is_sure() -> None:
    head = "<meta property=og:title content='Harbour opens at last'>"
    body = f"<article><h1>Harbour opens today</h1>{PROSE}<h1>Harbour opens soon</h1>{PROSE}</article>"
    assert page_title(head, body) == "Harbour opens at last"


def test_readings_of_characters_are_no_part_of_a_title() -> None:
    heading = "<h1><ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>が<ruby>開<rt>ひら</rt></ruby>く</h1>"
    assert page_title("", f"<article>{heading}{PROSE}</article>") == "港が開く"


def test_what_is_called_the_title_is_it_where_there_is_no_heading() -> None:
    body = f"<div class=h-title>港口今天重新开放了</div><div id=p>{PROSE}</div>"
    assert page_title("<title>港口今天重新开放了-某新闻</title>", body) == "港口今天重新开放了"


@pytest.mark.parametrize(
    ("tab", "body", "title"),
    [
        ("Daily » A river in spring", "<h1><a href=/>Daily</a></h1>{}<h2>A river in spring</h2>",
         "A river in spring"),
        ("Daily » Archive » A river in spring", "<h1><a href=https://d.example.org>Daily</a></h1>"
         "{}<h3>A river in spring</h3>", "A river in spring"),
        ("A river in spring « Daily e.V.", "<h1>Daily, a club for rivers</h1>{}<h2>A river in spring</h2>",
         "A river in spring"),
        ("Daily | A river in spring", "{}<h2>A river in spring</h2>", "A river in spring"),
        ("Daily - News - A river that nobody knew", "{}<h1>A river that nobody knew</h1>",
         "A river that nobody knew"),
        ("A river in spring - ann", "<header><h1>A river in spring</h1></header>{}<h1>What I use</h1>",
         "A river in spring"),
        ("A river - Daily Planet", "<h1>A river</h1>{}<h3>Daily Planet</h3>", "A river"),
        ("A river in spring", "<h1>A river in spring¶</h1>{}", "A river in spring"),
        ("Daily", "<h1><a href=/>Daily</a></h1>{}", "Daily"),
        ("River: The harbour is open again - Daily", "<h1>The harbour is open again</h1><h2>River</h2>{}",
         "The harbour is open again"),
        ("The harbour opens: All is new - Daily",
         "<h1>Daily navigation</h1><h3>The harbour opens<br>All is new</h3>{}",
         "The harbour opens All is new"),
        ("Ann's log: The harbour is open again",
         "<h1><a href=/>Ann's log</a></h1><h3>The harbour is open again</h3>{}", "The harbour is open again"),
        ("港口今天重新开放了_国内新闻_河边网", "<h1>河边网</h1>{}", "港口今天重新开放了"),
        ("A river in spring - Boats - Daily", "<h1>Boats - Daily</h1>{}", "A river in spring"),
        ("港口今天重新开放了", "<h1>港口今天<br>重新开放了</h1>{}", "港口今天重新开放了"),
        ("» The harbour is open | Daily", "<h1>The harbour is open</h1>{}", "The harbour is open"),
    ],
)  # fmt: skip
def test_a_heading_of_the_site_is_no_title_while_the_tab_knows_another(
    tab: str, body: str, title: str
) -> None:
    assert page_title(f"<title>{tab}</title>", body.format(PROSE)) == title


@pytest.mark.parametrize(
    ("tab", "line", "title"),
    [
        ("港口今天重新开放了_某地官方网站", "<div>港口今天重新开放了</div>", "港口今天重新开放了"),
        ("港口今天重新开放了 某地医院", "<td><b>港口今天重新开放了</b></td>", "港口今天重新开放了"),
        ("港口重新开放，渡轮GPU-EDN 某设计", "<h4>港口重新开放，渡轮GPU</h4>", "港口重新开放，渡轮GPU"),
        ("A harbour reopens | AOC media", "<div>A harbour reopens</div>", "A harbour reopens"),
        # A kicker and a title, which the page shows both.
        ("港口今天重新开放 - 渡轮", "<h4>港口今天重新开放</h4><h5>渡轮</h5>", "港口今天重新开放 - 渡轮"),
        # A menu names sections, and a title may be longer than what comes before it.
        ("港口今天重新开放_某处", "<a href=/s>港口今天重新开放</a>", "港口今天重新开放_某处"),
        ("Harbours of Europe - Why nobody wants to work there any more", "<b>Harbours of Europe</b>",
         "Harbours of Europe - Why nobody wants to work there any more"),
        ("港口今天重新开放——渡轮来了", "<b>港口今天重新开放</b>", "港口今天重新开放——渡轮来了"),
    ],
)  # fmt: skip
def test_what_a_line_of_the_page_says_is_the_title_without_the_site(tab: str, line: str, title: str) -> None:
    body = f"<table><tr>{line}</tr></table>" if line.startswith("<td>") else line
    assert page_title(f"<title>{tab}</title>", f"{body}<div>{PROSE}</div>") == title


@pytest.mark.parametrize(
    ("tab", "line", "title"),
    [
        ("港口今天重新開放 | 河邊生活 | 地方消息 | 河邊", "<td>港口今天重新開放</td>", "港口今天重新開放"),
        ("港口重新開放 | 河邊生活 | 地方消息 | 河", "<p class=story_title>港口重新開放", "港口重新開放"),
        ("港口重新開放-港口,渡輪,河邊,開放,時間-河邊", "<div id=newTitle>港口重新開放</div>", "港口重新開放"),
        ("河邊電子報 - 港口重新開放", "<td>港口重新開放</td>", "港口重新開放"),
        ("河邊評論新聞：港口“重新開放”", "<td><b>港口“重新開放”</b></td>", "港口“重新開放”"),
        ("河邊醫報 - 港口重新開放", "<h4>河邊醫報</h4><b>港口重新開放</b>", "河邊醫報 - 港口重新開放"),
        ("外交部：港口重新開放", "<td>港口重新開放</td>", "外交部：港口重新開放"),
    ],
)  # fmt: skip
def test_a_line_named_as_a_title_is_one_and_a_sites_name_may_come_first(
    tab: str, line: str, title: str
) -> None:
    body = f"<table><tr>{line}</tr></table>" if line.startswith("<td>") else line
    assert page_title(f"<title>{tab}</title>", f"{body}<div>{PROSE}</div>") == title


@pytest.mark.parametrize(
    ("tab", "title"),
    [
        ("港口今天重新开放_要闻_河边网（原河边新闻网）", "港口今天重新开放"),
        ("港口今天重新开放了！-河边网", "港口今天重新开放了！"),
        ("港口今天重新开放 - 早间 - 河边电视台 river.com", "港口今天重新开放"),
        ("港口今天重新开放_某处", "港口今天重新开放_某处"),
        ("港口今天重新开放 » 河边网", "港口今天重新开放"),
        ("港口今天重新开放 ‹ 河边网", "港口今天重新开放"),
        ("港口今天重新开放丨河边日报", "港口今天重新开放"),
        ("港口今天重新开放了_新闻频道_河边网_河边门户", "港口今天重新开放了"),
        ("港口-网", "港口-网"),
        ("记者手记 | 我们上网", "记者手记 | 我们上网"),
    ],
)
def test_a_title_that_no_line_says_loses_what_is_called_as_sites_are(tab: str, title: str) -> None:
    assert page_title(f"<title>{tab}</title>", PROSE) == title


def test_a_heading_is_no_title_if_it_ends_a_path_or_names_a_section_or_other_stories() -> None:
    tab = "<title>港口今天重新开放 | 即时 | 2012 | 河边</title>"
    for heading, title in (
        ("<h1>河边网 〉生活 〉港口今天重新开放</h1>", "港口今天重新开放"),
        ("<h1>Send a comment</h1>", "港口今天重新开放 | 即时 | 2012 | 河边"),
        ("<h1>Recommended stories</h1><h2>港口今天重新开放</h2>", "港口今天重新开放"),
        ("<h1>相关新闻</h1><div class=title>港口今天重新开放</div>", "港口今天重新开放"),
        ("<article><h1>即时</h1><h2>港口今天重新开放</h2></article>", "港口今天重新开放"),
        ("<h1><script>var x = 1;</script>港口今天重新开放</h1>", "港口今天重新开放"),
    ):
        assert page_title(tab, f"{heading}<div>{PROSE}</div>") == title


def test_a_heading_shows_the_title_whatever_names_of_sections_follow() -> None:
    tab = "<title>港口今天重新開放 | 重點 | 河邊社即時與生活新聞 RIVER NEWS</title>"
    assert page_title(tab, f"<h2>港口今天重新開放</h2><h1>點閱排行</h1>{PROSE}") == "港口今天重新開放"


def test_the_time_in_a_heading_is_none_of_the_title_unless_the_tab_has_it() -> None:
    heading = "<h1>港口今天重新开放 <span>2014-04-30 23:54</span></h1>"
    assert (
        page_title("<title>港口今天重新开放 - 河边全民总动员</title>", heading + PROSE) == "港口今天重新开放"
    )
    daily = "<title>河边早报 2014-04-30</title>"
    assert page_title(daily, f"<h1>河边早报 2014-04-30</h1>{PROSE}") == "河边早报 2014-04-30"


def test_the_sites_own_heading_is_no_title_though_the_tab_has_its_name() -> None:
    heads = '<h1 onclick="go()">河邊 River Media</h1><h2>港口今天重新開放，誰也沒有想到</h2>'
    tab = "<title>港口今天重新開放，誰也沒有想到 -- 河邊 / River</title>"
    assert page_title(tab, heads + PROSE) == "港口今天重新開放，誰也沒有想到"
    tab = "<title>The harbour reopens – while the ferry keeps waiting for a captain</title>"
    assert page_title(tab, f"<h1>The harbour reopens soon</h1>{PROSE}") == "The harbour reopens soon"


def test_a_headers_title_is_no_tabs() -> None:
    title = "港口今天重新开放了_某地"
    assert header_title(title, "<div>港口今天重新开放了</div>") == title


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quotation_mark_that_ended_an_attribute_ends_no_title(quote: str) -> None:
    whole = f"港口今天写{quote}救命{quote}求救"
    head = f"<title>{whole}_某新闻</title><meta property=og:title content={quote}{whole}{quote}>"
    assert page_title(head, f"<article><h1>{whole}</h1>{PROSE}</article>") == whole


def test_a_section_before_the_site_goes_where_a_line_shows_the_title_without_it() -> None:
    head = (
        '<meta property="og:title" content="The harbour reopens at last-Politicsㅣ河边日报">'
        '<meta property="og:site_name" content="河边日报">'
    )
    body = f"<div class=x>The harbour reopens at last</div>{PROSE}"
    assert page_title(head, body) == "The harbour reopens at last"
    assert page_title(head, PROSE) == "The harbour reopens at last-Politics"


def test_a_heading_that_is_the_sites_name_is_no_title() -> None:
    head = (
        '<meta property="og:title" content="The harbour reopens @ Notes by the river in the fog">'
        '<meta property="og:site_name" content="Notes by the river in the fog">'
    )
    body = f"<h1><a href=/blog>Notes by the river in the fog</a></h1><article>{PROSE}</article>"
    assert page_title(head, body).startswith("The harbour reopens")


def test_a_site_behind_a_title_goes_though_the_page_repeats_both() -> None:
    title = "港口两岸居民今天签署《关于水的约定》"
    shown = f"<div class=h-title>{title}</div>"
    repeated = f"<div id=sharetitle>{title}-河边网</div>"
    prose = "<p>港口关了一年，这句话说得很长，长得足够成为一段文字。</p>" * 3
    head = f"<title>{title}-河边网</title>"
    assert page_title(head, f"{shown}<div>{prose}</div>{repeated}") == title


def test_a_page_to_print_is_called_after_what_it_prints() -> None:
    line = "<p>来源：河边日报 作者：林舟 2014-05-06</p>"
    prose = "<p>港口关了一年，这句话说得很长，长得足够成为一段文字。</p>" * 3
    assert page_title("<title>打印 - 港口的船</title>", f"<h2>港口的船</h2>{line}{prose}") == "港口的船"
