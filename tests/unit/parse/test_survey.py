"""The survey of a page finds what a look at each element finds; what it leaves out would find nothing."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser
from tests.inputs.saved_pages import shipped_rules

from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.selection import needs, within
from newsdrop.parse.survey import Survey, called

PAGE = """
<body><nav id=Top class="Menu is-open">x</nav><article class="post Entry" itemprop=articleBody>
<h1>T</h1><p class="post">one <a rel=author href="/by/ann">Ann</a> <a>no address</a></p>
<p class="withSidebar dateLine">two</p><div><i>three</i></div></article>
"""


@pytest.fixture
def survey() -> Survey:
    return Survey(LexborHTMLParser(PAGE))


def test_each_element_is_called_by_its_own_words(survey: Survey) -> None:
    assert [survey.words(place) for place in range(len(survey.nodes))] == [
        called(node) for node in survey.nodes
    ]
    assert ("date", "line") in map(survey.words, range(len(survey.nodes)))


def test_elements_are_found_by_their_words_their_tags_and_their_names(survey: Survey) -> None:
    nodes = survey.nodes
    assert [nodes[place].tag for place in survey.called_by(lambda words: "post" in words)] == ["article", "p"]
    assert [nodes[place].text() for place in survey.tagged(by_tag_id({"i": 1, "h1": 1}))] == ["T", "three"]
    assert [(node.tag, said) for node, said in survey.named_by(lambda names: names[1])] == [("nav", "Top")]
    assert survey.place_of(nodes[4]) == 4
    assert survey.place_of(LexborHTMLParser("<p>").root or nodes[0]) is None


def test_links_have_their_address_and_relation(survey: Survey) -> None:
    told = [(survey.nodes[place].text(), href, relation) for place, href, relation in survey.links]
    assert told == [("Ann", "/by/ann", "author")]


@pytest.mark.parametrize(
    ("selector", "tags", "names"),
    [
        ("article > p.Lead time", {"article": 1, "p": 1, "time": 1}, ("lead",)),
        ("[class*=Related] [itemprop='a b']", {}, ("related", "a b")),
        ("[id^='a']:not(.b, p) i", {"i": 1}, ("a",)),
        ("p:has(> img, a:not(.c)) + p:is([style*='text-align: center'], .d)::before", {"p": 2}, ()),
        ("a:not(:has(b, i:not(.c))) u", {"a": 1, "u": 1}, ()),
        ("div > small[style*='#999']", {"div": 1, "small": 1}, ()),
        ("article ~ article", {"article": 2}, ()),
        # One and the same <a> may be what it has and what is selected.
        ("section:has(> header + ul a:has(.b, i)) a", {"section": 1, "header": 1, "ul": 1, "a": 1}, ()),
        ("p:has(> small .By)", {"p": 1, "small": 1}, ("by",)),
        ("p:not(:has(b)):has(i:not(u)):is(:has(s))", {"p": 1, "i": 1}, ()),
        ("a[hidden]", {"a": 1}, ()),
        (r".a\:b", {}, ()),
        ("*", {}, ()),
    ],
)
def test_a_selector_needs_the_tags_and_names_that_it_asks_of_every_match(
    selector: str, tags: dict[str, int], names: tuple[str, ...]
) -> None:
    needed = needs(selector)
    assert (dict(needed.tags), needed.names) == (by_tag_id(tags), names)


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        "<p>",
        "<main><div id=comments><small style='color:#999'>a</small></div><p class=RELATED-POSTS>b</main>",
        "<article><article>a</article></article><article>b</article><aside hidden role=search>c</aside>",
        "<div itemprop=Author><b itemprop=name>a</b></div><time pubdate>b</time><hr><div><a href=//feedx.>c",
    ],
)
def test_what_is_left_out_would_have_found_nothing(page: str) -> None:
    document = LexborHTMLParser(page)
    survey, era = Survey(document), shipped_rules().default.eras[0]
    for told in era.selectors.values():
        found = [node.mem_id for node in survey.within(told)]
        assert found == [node.mem_id for node in within(document, ", ".join(told))]


SIMPLE = """
<head><meta property=og:Title content=1><meta name=author content=2>
<meta NAME=Author PROPERTY=og:title><title>T</title>
<body><a rel=tag>no address</a><a rel=Tag href=x>1</a><a rel="tag nofollow" href=y>2</a>
<svg><a rel=tag>3</a><title>drawn</title></svg><template><h1>not shown</h1></template>
<h1 itemprop=Name>4</h1><p itemprop=name>5</p><meta property="a b" content=6>
<a rel="category tag" href=z>7</a><p itemprop="name headline" rel=tag>8</p><h1>9</h1>
"""


@pytest.mark.parametrize(
    "selectors",
    [
        ["h1"],
        ["title", "h1", "p"],
        ["meta[property='og:title']"],
        ["meta[property='og:Title']", "meta[name=author]"],
        ["meta[name=Author]", "a[rel=tag]"],
        ["a[rel=Tag]"],
        ["a[rel='category tag']", "meta[property='a b']"],
        ["[itemprop=name]"],
        ["[itemprop='name headline']", "[itemprop=Name]", "a[rel=tag]"],
        ["h1", "p:not([rel])"],
        ["meta[content='2']", "p[itemprop=name]"],
        ["no-such", "H1"],
    ],
)
def test_what_needs_no_engine_is_found_as_the_engine_finds_it(selectors: list[str]) -> None:
    document = LexborHTMLParser(SIMPLE)
    found = [node.mem_id for node in Survey(document).within(selectors)]
    assert found == [node.mem_id for node in within(document, ", ".join(selectors))]
