"""Unknown pages: the article is found by where the prose is, and nothing that holds the prose is noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.inputs.saved_pages import shipped_parser

from newsdrop.documents import Article, Page
from newsdrop.errors import InterstitialError, NoArticleError
from newsdrop.parse.evidence import Weights

SITE = "https://harbour.example"
TITLE = "Ferry strike enters its third week"


def prose(what: str, paragraphs: int, tag: str = "p") -> str:
    """Paragraphs of prose, each beginning with its own number."""
    line = "of {} was written by somebody who had the whole afternoon for it, and it shows, doesn't it?"
    return "".join(
        f"<{tag}>Paragraph {number} {line.format(what)}</{tag}>" for number in range(1, paragraphs + 1)
    )


def parse(body: str, *, whole: bool = True, title: str = "") -> Article:
    page = f"<!doctype html><html><head><title>{TITLE}</title></head><body>{body}</body></html>"
    return shipped_parser().parse(
        Page(dialect="html", html=page if whole else body, title=title, url=f"{SITE}/a", whole=whole)
    )


STORY = prose("the story", 4)
#: The same in two pieces, and in a first paragraph and the rest.
HALF, REST = prose("the story", 2), STORY.removeprefix(prose("the story", 2))
ONE, MORE = prose("the story", 1), STORY.removeprefix(prose("the story", 1))
H1 = f"<h1>{TITLE}</h1>"

WHERE_THE_STORY_IS = {
    "a teaser has the class of a body": f"<article>{H1}<div class=x>{STORY}</div></article>"
    "<div class=latest><div class=post-content><a href=/b>Another story</a></div></div>",
    "a reply has the class of a body": "<div class=post-body><p>Short reply.</p></div>"
    f"<div class=x>{STORY}</div>",
    "a comment is an article": f"{H1}<div class=x>{STORY}</div>"
    "<ol><li><article class=comment-body><p>A reader says thanks.</p></article></li></ol>",
    "comments are longer": f"{H1}<div class=x>{STORY}</div>"
    f"<section id=comments>{prose('a comment', 9)}</section>",
    "comments are longer, in the article": f"<main>{H1}<div class=entry-content>{STORY}</div>"
    f"<footer><div class='comments-area'>{prose('a comment', 9)}</div></footer></main>",
    "the next story is longer": f"<article>{H1}{STORY}</article>"
    f"<article><h1>Fish is dearer</h1>{prose('another story', 6)}</article>",
    "it goes on with other stories in the same container": f"<article><div class=top><h1 class='a-title b'>"
    f"{TITLE}</h1></div><div class=x>{STORY}</div><div class=next><div class=story><h1 class='a-title'>"
    f"Fish is dearer</h1><p>By Dee Fox</p>{prose('another story', 6)}</div><div class=story>"
    f"<h1 class='a-title'>The fog is back</h1>{prose('a third story', 6)}</div></div></article>",
    "it stands among other stories": "".join(
        f"<div itemscope><h1 class=entry-title>{one}</h1><div itemprop=articleBody>{text}</div></div>"
        for one, text in [
            ("Fish is dearer", prose("another story", 6)),
            (TITLE, STORY),
            ("Fog", "<p>No.</p>"),
        ]
    ),
    "the title stands before two stories": f"{H1}<article>{STORY}</article>"
    f"<article>{prose('another', 5)}</article>",
    "other stories are articles in one": f"<article>{H1}{STORY}</article><article><h2>More</h2>"
    f"<article>{prose('a second', 3)}</article><article>{prose('a third', 3)}</article></article>",
    "each piece of it is an article, and the captions of its pictures are longer than any": f"<main>{H1}"
    + "".join(
        f"<article class=piece>{piece}</article>"
        for piece in [
            prose("the story", 1),
            "".join(
                f"<figure><img src=/{at}.jpg><figcaption>{prose(f'picture {at}', 1)}</figcaption></figure>"
                for at in range(9)
            ),
            *(f"<p>{paragraph}" for paragraph in MORE.split("<p>")[1:]),
        ]
    )
    + "</main>",
    "a teaser spells the title as the tab does": "<div><h1>Ferry strike enters its third month</h1>"
    + f"{STORY}</div><div>"
    + "".join(
        f"<article><h3><a href=/{at}>{one}</a></h3>{prose(f'teaser {at}', 1)}</article>"
        for at, one in enumerate([TITLE, *["Fish is dearer"] * 9])
    )
    + "</div>",
    "a script shows its parts one by one": f"<article>{H1}<div class='x part'>{ONE}</div>"
    + "".join(f"<div class='y part' style='display: none'><p>{part}</div>" for part in MORE.split("<p>")[1:])
    + "</article>",
    "teasers with whole sentences stand first": "<div class=breaking><ul>"
    f"{prose('a teaser', 9, 'li')}</ul></div><div class=y>{H1}{STORY}</div>",
    "a cookie dialog is longer": f"<main>{H1}{STORY}</main>"
    f"<div class=cookie-consent>{prose('the law', 9)}</div>",
    "the notice of a consent tool is longer": f"<div class=x>{H1}{STORY}</div>"
    f"<div id=onetrust-consent-sdk><div>{prose('the law', 19)}</div></div>",
    "its container may be commented on": f"<div class='node comment-2'>{H1}{STORY}</div>"
    f"<div class=x>{prose('the profile', 3)}</div>",
    "each paragraph is called a description": "<div class=x>"
    f"{H1}{STORY.replace('<p>', '<p itemprop=description>')}</div>",
    "React streamed it": f"<main><template id=P:1></template></main><div hidden id='S:1'>{H1}{STORY}</div>",
    "a script shows it": f"<article>{H1}<p>Free to read.</p>"
    f"<div class=paywall hidden>{STORY}</div></article>",
    "a dialog was open when it was saved": f"<div aria-hidden=true><article>{H1}{STORY}</article></div>"
    f"<div role=dialog class=modal>{prose('the law', 1)}</div>",
    "its container is called share": f"<article>{H1}<div class='entry share'>{STORY}</div></article>",
    "every part is called a widget": f"{H1}<div class=a-widget>{HALF}</div>"
    f"<div class=b-widget-container>{REST}</div>",
    "a table is the layout": "<table><tr><td><a href=/b>Home</a>"
    f"<td>{H1}{STORY}<td><a href=/c>Shop</a></table>",
    "the body is split": f"<article>{H1}<div class=article-body>{HALF}</div><div class=ad>Buy</div>"
    f"<div class=article-body>{REST}</div></article>",
    "the rest is folded": f"<div class=content>{H1}{HALF}<div class=toggle>{REST}</div></div>",
    "it begins above its body": f"<article><header>{H1}{ONE}</header>"
    f"<div class=entry-content>{MORE}</div></article>",
}


@pytest.mark.parametrize("body", WHERE_THE_STORY_IS.values(), ids=WHERE_THE_STORY_IS.keys())
def test_the_text_is_the_story_and_no_other(body: str) -> None:
    texts = [block.text for block in parse(body).blocks if block.text != "Free to read."]
    assert [text.split(" of ")[0] for text in texts] == [f"Paragraph {number}" for number in (1, 2, 3, 4)]
    assert {text.split(" was ")[0].split(" of ")[1] for text in texts} == {"the story"}


def test_a_page_without_any_container_gives_neither_menus_nor_teasers() -> None:
    article = parse(
        "<div class=m><ul><li><a href=/a>Politics</a></li><li><a href=/b>Sports</a>"
        f"<ul><li><a href=/t>Tennis</a></ul></ul></div><div class=c>{H1}{STORY}"
        "<div><a href=/n>The next story of the day</a></div></div>"
        "<div class=r><h3>Most read</h3><div><a href=/1>Some headline</a></div></div><div>Imprint Terms</div>"
    )
    assert len(article.blocks) == 4
    assert article.related == [f"{SITE}/n"]


def test_a_heading_that_says_the_title_in_other_words_is_no_text() -> None:
    assert len(parse(f"<article><h1>What the strike means</h1>{STORY}</article>").blocks) == 4


def test_headings_that_look_like_the_title_but_head_its_own_sections_stay() -> None:
    sections = f"<h1 class=title>The first week</h1>{HALF}<h1 class=title>The second week</h1>{REST}"
    article = parse(f"<article><h1 class=title>{TITLE}</h1>{sections}</article>")
    assert [block.kind for block in article.blocks] == list("hpphpp")


def test_the_names_in_a_tables_rows_stay_though_they_are_links() -> None:
    rows = "".join(
        f"<tr><td><a href=/{one}>{one} Rowing Club</a><td>{n} points after<td><b>{n} of 20 races</b>"
        for n, one in enumerate(("Harbour", "River", "Lake"), 7)
    )
    menu = "<tr><td><a href=/n>News from the harbour</a><td><a href=/s>Sports of the week</a><td>|"
    article = parse(f"<article>{H1}{HALF}<table>{rows}</table>{REST}<table>{menu * 3}</table></article>")
    texts = [block.text for block in article.blocks]
    assert texts[2:5] == [
        "Harbour Rowing Club 7 points after 7 of 20 races",
        "River Rowing Club 8 points after 8 of 20 races",
        "Lake Rowing Club 9 points after 9 of 20 races",
    ]
    assert not any("News" in text for text in texts)


def test_a_list_of_stories_is_read_as_a_whole() -> None:
    entries = "".join(f"<article><h2>Entry {n}</h2>{prose(f'entry {n}', 1)}</article>" for n in range(6))
    assert len([block for block in parse(f"<main>{H1}{entries}</main>").blocks if block.kind == "p"]) == 6


@pytest.mark.parametrize(
    "heading", ["其他人也在看", "你可能還想看", "相关新闻", "最熱門新聞", "More Stories"]
)
def test_a_long_list_of_other_stories_is_no_text_beside_a_short_article(heading: str) -> None:
    entry = "<li><h4><a href=/{}>A story of number {}</a></h4><p>{}</p></li>"
    entries = "".join(entry.format(n, n, prose(f"entry {n}", 2)) for n in range(9))
    others = f"<div><h3>{heading}</h3><ul>{entries}</ul></div>"
    for body in (
        f"<main><div class='story aside'><article>{H1}<div>{HALF}</div></article></div>{others}</main>",
        f"<div>{H1}</div><div>{HALF}</div><div class=list>{heading}</div><ul>{entries}</ul>",
    ):
        assert [block.text[:11] for block in parse(body).blocks] == ["Paragraph 1", "Paragraph 2"]


def test_a_long_list_under_any_other_heading_is_the_article() -> None:
    entries = "".join(f"<li>{prose(f'entry {n}', 1)}</li>" for n in range(9))
    article = parse(f"<article>{H1}{ONE}<h3>What we read</h3><ul>{entries}</ul></article>")
    assert sum("of entry" in block.text for block in article.blocks) == 9


def test_what_a_blogs_theme_says_of_copying_is_no_text() -> None:
    box = (
        "<div class='article-licensing box'><p>Posted on</p><p>April 10, 2016</p><p>Licensed under</p></div>"
    )
    assert len(parse(f"<article>{H1}{STORY}{box}</article>").blocks) == 4


def test_what_a_player_says_is_no_text() -> None:
    player = "<div class='playerBottom down'><div>2.0X</div><div>The video can't be played.</div></div>"
    assert len(parse(f"<article>{H1}<div>{player}</div>{STORY}</article>").blocks) == 4


def test_letters_of_chinese_weigh_as_much_as_they_say() -> None:
    paragraphs = "".join(f"<p>第{n}段写的是码头上的罢工已经进入第三周了。</p>" for n in "一二三四")
    menu = "".join(f"<li><a href=/{n}>栏目{n}</a></li>" for n in range(30))
    article = parse(f"<div><ul>{menu}</ul></div><div><h1>码头罢工进入第三周</h1>{paragraphs}</div>")
    assert [block.text[:3] for block in article.blocks] == ["第一段", "第二段", "第三段", "第四段"]


def test_a_caption_is_known_by_its_class() -> None:
    article = parse(
        f"<article>{H1}<div class=photo><img src=/a.jpg>"
        f"<div class='media__caption'>The pier. Photo: Ann</div></div>{STORY}</article>"
    )
    assert [image.caption for image in article.images] == ["The pier. Photo: Ann"]
    assert len(article.blocks) == 4


def test_an_article_in_a_caption_is_no_caption() -> None:
    assert len(parse(f"<article>{H1}<div class=caption>{STORY}</div></article>").blocks) == 4


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        (f"<p>Lead.</p>{STORY}<div class=post-content>Another story.</div>", 6),
        (f"<p>Lead.</p><div class=post-content>{STORY}</div>", 4),
        (f"<p>Lead.</p><div class=share>{STORY}</div>", 5),
    ],
)
def test_a_fragment_is_all_article_unless_a_root_holds_most_of_it(html: str, blocks: int) -> None:
    assert len(parse(html, whole=False, title=TITLE).blocks) == blocks


def test_where_nothing_is_prose_the_root_selectors_decide() -> None:
    article = parse("<div>Menu</div><div class=entry-content><p>Closed today</p></div>", title=TITLE)
    assert [block.text for block in article.blocks] == ["Closed today"]


def test_what_stands_around_a_lead_is_read_once() -> None:
    wrapped = f"{H1}<div>{ONE.replace('<p>', '').replace('</p>', '')}<div>{prose('the lead', 1)}</div></div>"
    article = parse(f"<main>{wrapped}<div class=entry-content>{MORE}</div></main>")
    assert [block.text.split(" was ")[0] for block in article.blocks] == [
        "Paragraph 1 of the story", "Paragraph 1 of the lead",
        *(f"Paragraph {number} of the story" for number in (2, 3, 4)),
    ]  # fmt: skip


def test_a_formula_is_read_once_though_it_is_hidden() -> None:
    formula = "<math><semantics><mi>x</mi><mo>=</mo><mn>2</mn><annotation>x=2</annotation></semantics></math>"
    hidden = f"<span><span style='display: none'>{formula}</span><img src=/x.svg alt='x=2'></span>"
    drawn = f"<span>{formula}<span aria-hidden=true>x=2</span></span>"
    article = parse(f"<article>{H1}{STORY}<p>One: {hidden}.</p><p>Two: {drawn}.</p></article>")
    assert [block.text for block in article.blocks[4:]] == ["One: x=2.", "Two: x=2."]


def test_what_stands_in_a_components_shadow_is_read() -> None:
    assert len(parse(f"<x-a><template shadowrootmode=open>{H1}{STORY}</template></x-a>").blocks) == 4


def test_a_page_without_a_sentence_says_that_its_text_is_doubtful() -> None:
    article = parse("<div>Menu</div><div class=entry-content><p>Closed today</p></div>")
    assert [(error.step, error.type) for error in article.errors] == [("root", "NoProse")]


def test_a_text_that_holds_little_of_the_page_is_doubtful() -> None:
    article = parse(f"<article>{H1}{HALF}</article><article>{prose('another story', 9)}</article>")
    assert [error.type for error in article.errors] == ["DoubtfulRoot"]


def test_a_text_that_holds_most_of_the_page_is_not() -> None:
    assert parse(f"<main>{H1}{STORY}</main><aside>{prose('a teaser', 1)}</aside>").errors == []


@pytest.mark.parametrize("body", ["", "<script>render()</script>", "<nav>Home</nav><footer>Imprint</footer>"])
def test_a_whole_page_without_text_is_no_article(body: str) -> None:
    with pytest.raises(NoArticleError, match="has no text"):
        parse(body, title=TITLE)


def test_a_fragment_without_text_is_indexed_and_says_so() -> None:
    article = parse("<img src=/a.jpg>", whole=False, title=TITLE)
    assert [error.type for error in article.errors] == ["NoText"]


def test_a_notice_in_the_place_of_an_article_is_an_error_of_its_own() -> None:
    with pytest.raises(InterstitialError, match="a check for robots"):
        parse("<h1>Just a moment...</h1><p>Checking your browser before you go on.</p>")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (f"<div class=x>{H1}{STORY}</div><p class=post-content>Reply.", "where the page's prose is"),
        (f"<main>{H1}<div class=post-content>{STORY}</div></main>", "rule: root .post-content"),
    ],
)
def test_the_explanation_says_what_chose_the_text(body: str, place: str) -> None:
    page = Page(dialect="html", html=f"<!doctype html><body>{body}", url=f"{SITE}/a", whole=True)
    told = {origin.field: origin.place for origin in shipped_parser().explain(page).origins}
    assert told["text"] == place


def test_a_forms_labels_are_no_text_unless_the_form_holds_the_article() -> None:
    form = "<form><p>Report an error</p><label>Your name</label><li>I agree to the terms</li></form>"
    told = [block.text[:11] for block in parse(f"<article>{H1}{STORY}{form}</article>").blocks]
    assert told == ["Paragraph 1", "Paragraph 2", "Paragraph 3", "Paragraph 4"]
    assert len(parse(f"<form id=aspnet>{H1}{STORY}</form>").blocks) == 4
    assert len(parse("<form><p>A menu of words</p></form>").blocks) == 1


@pytest.mark.parametrize(
    "line",
    [
        "[PR]", "【広告】", "Anzeige", "（编辑：林舟 陈河）", "【责任编辑:林舟】", "【纠错】",
        "<i class=material-icons>access_time</i>",
    ],
)  # fmt: skip
def test_lines_that_only_serve_the_site_are_no_text(line: str) -> None:
    assert len(parse(f"<article>{H1}{ONE}<p>{line}</p>{MORE}</article>").blocks) == 4


def test_a_heading_that_spells_the_title_otherwise_is_no_text() -> None:
    title = "Ferries: strike in its third week"
    head = f"<meta property=og:title content='{title}'>"
    body = f"<article><h2>Ferries – strike in its third week</h2>{STORY}</article>"
    article = parse(head + body)
    assert (article.title, len(article.blocks)) == (title, 4)


def test_a_diary_of_short_lines_is_the_article_and_not_the_profile_beside_it() -> None:
    lines = "".join(f"<p>rain on day {number}, and no ferry</p>" for number in range(20))
    profile = f"<div class=x>{prose('my life', 1)}</div>"
    article = parse(f"{H1}<article>{lines}</article>{profile}")
    assert article.blocks[0].text == "rain on day 0, and no ferry"
    assert len(article.blocks) == 20


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<span itemprop=description>", "</span>"),
        ("<script type=text/template>x</script><noscript>", "</noscript>"),
    ],
)
def test_what_holds_a_whole_story_is_text_whatever_it_is(opening: str, closing: str) -> None:
    article = parse(f"<div class=x>{H1}{opening}{prose('the story', 12)}{closing}</div>")
    assert [block.text.split(" of ")[0] for block in article.blocks] == [
        f"Paragraph {n}" for n in range(1, 13)
    ]


def test_a_notice_about_scripts_stays_out() -> None:
    notice = (
        "<noscript><p>Please switch on scripts.</p><p>They show the price.</p><p>Thank you.</p></noscript>"
    )
    assert len(parse(f"<div class=x>{H1}{notice}{STORY}</div>").blocks) == 4


class _Counted(list[bool]):
    """A list that knows how often it was asked."""

    asked = 0

    def __getitem__(self, place: Any) -> Any:
        _Counted.asked += 1
        return super().__getitem__(place)


def test_the_elements_around_short_lines_are_not_added_up_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = Weights.settle

    def counted(weights: Weights, zones: Mapping[int, str], title: int | None) -> None:
        settle(weights, zones, title)
        weights.dead = _Counted(weights.dead)

    monkeypatch.setattr(Weights, "settle", counted)
    monkeypatch.setattr(_Counted, "asked", 0)
    lines, depth = "<div class=share>x</div>" * 500, 300
    parse(f"{prose('a notice', 1)}{'<div itemprop=articleBody>' * depth}{lines}")
    assert 0 < _Counted.asked < 20 * (depth + 500)


def test_a_cookie_notice_is_no_article_even_if_nothing_else_is_prose() -> None:
    notice = "Privacy: this site uses cookies. By continuing to use it, you agree to that. For more, read on."
    article = parse(
        f"<div class=post>{H1}<p>“I know,” she said</div>"
        f"<div class='widget widget_notice'><div class=ads-active><form>{notice}<input></form></div></div>"
    )
    texts = [block.text for block in article.blocks]
    assert "“I know,” she said" in texts
    assert notice not in texts
