"""The survey of a page finds what a look at each element finds; what it leaves out would find nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode
from tests.inputs.saved_pages import shipped_rules

from newsdrop.parse.elements import by_tag_id
from newsdrop.parse.selection import ancestors, needs, within
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
    ("selector", "tags", "named"),
    [
        ("article > p.Lead time", {"article": 1, "p": 1, "time": 1}, ("lead",)),
        ("[class*=Related] [itemprop='a b']", {}, ("related", "a b")),
        ("[itemprop=Name] #Top [class~=b]", {}, ("name", "top", "b")),
        ("[id^='a']:not(.b, p) i", {"i": 1}, ("a",)),
        ("p:has(> img, a:not(.c)) + p:is([style*='text-align: center'], .d)::before", {"p": 2}, ()),
        ("a:not(:has(b, i:not(.c))) u", {"a": 1, "u": 1}, ()),
        ("div > small[style*='#999']", {"div": 1, "small": 1}, ("style",)),
        ("article ~ article", {"article": 2}, ()),
        # One and the same <a> may be what it has and what is selected.
        ("section:has(> header + ul a:has(.b, i)) a", {"section": 1, "header": 1, "ul": 1, "a": 1}, ()),
        ("p:has(> small .By)", {"p": 1, "small": 1}, ("by",)),
        ("p:not(:has(b)):has(i:not(u)):is(:has(s))", {"p": 1, "i": 1}, ()),
        ("a[Hidden] [role=b]:not([style])", {"a": 1}, ("hidden", "role")),
        (r".a\:b", {}, ()),
        ("*", {}, ()),
    ],
)
def test_a_selector_needs_the_tags_and_names_that_it_asks_of_every_match(
    selector: str, tags: dict[str, int], named: tuple[str, ...]
) -> None:
    needed = needs(selector)
    assert dict(needed.tags) == by_tag_id(tags)
    attributes = tuple(asked.attribute for asked in needed.attributes)
    assert sorted(needed.names + needed.parts + attributes) == sorted(named)


def test_no_element_is_looked_at_twice_to_tell_what_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = []

    def watched(node: LexborNode) -> Iterator[LexborNode]:
        for holder in ancestors(node):
            looked_at.append(holder.mem_id)
            yield holder

    monkeypatch.setattr("newsdrop.parse.selection.ancestors", watched)
    deep = Survey(LexborHTMLParser("<article><header></header>" + "<div>" * 400 + "<time>a</time>" * 300))
    assert deep.within(["header time"]) == []
    assert len(deep.within(["article time"])) == 300
    assert len(looked_at) < 2 * (len(deep.nodes) + 300)


@pytest.mark.parametrize(
    ("selector", "met"),
    [
        ("p + p:is([style*='text-align: center'], [align=center], .middle)", True),
        ("p + p:is([style*='text-align:center'], .middle)", False),
        ("p:has(> img, > a:last-child > img) + p", False),
        ("p:has(> img, > b) + p", True),
        ("p:is(p:has(> img, > b), .c)", True),
        ("p:not(:is(.c)):not(:has(img))", True),
    ],
)
def test_of_alternatives_one_is_needed(selector: str, met: bool) -> None:
    page = "<p>a<p style='text-align: center'><b>b</b>"
    assert bool(Survey(LexborHTMLParser(page)).within([selector])) <= met
    assert Survey(LexborHTMLParser(page))._may_match(selector) == met


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
        # The engine names an element once for each selector that it matches.
        assert found == list(dict.fromkeys(node.mem_id for node in within(document, ", ".join(told))))


SIMPLE = """
<head><meta property=og:Title content=1><meta name=author content=2>
<meta NAME=Author PROPERTY=og:title><title>T</title>
<body><a rel=tag>no address</a><a rel=Tag href=x>1</a><a rel="tag nofollow" href=y>2</a>
<svg><a rel=tag>3</a><title>drawn</title></svg><template><h1>not shown</h1></template>
<h1 itemprop=Name>4</h1><p itemprop=name>5</p><meta property="a b" content=6>
<a rel="category tag" href=z>7</a><p itemprop="name headline" rel=tag>8</p><h1>9</h1>
<b hidden>10</b><i hidden id=S:1 STYLE="Display:none; color:red">11</i>
<p role=text ID=ads-top class="Ad ads_1">12</p><u id="" class style>14</u>
<div style="x; display:none" aria-hidden><time pubdate=pubdate class=Published>13</time></div>
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
        ["[hidden]:not([id^='S:'])", "p[role=text]"],
        ["[style*='display:none']", "[style*=Display]", "[aria-hidden=true]", "[aria-hidden]"],
        ["time[pubdate]", "[pubdate=pubdate]", "u[style]", '[role="text"]', "p:not([hidden])"],
        ["[class*=ads_]", "[class^=ads_]", "[class^=Ad]", "[id^=ads]", "p[class='Ad ads_1']"],
        ["time.published", "#Ads-Top", ".ad", "div > time.published", "i#S\\:1"],
        ["div > [pubdate], u", "h1 + *", "p + h1"],
        ["div time", "body > b", "body p[itemprop]", "html > p", "svg a", "body   >   div>time[pubdate]"],
        ["[style*='x; display'] [pubdate]", "head > meta[name=author]", "body meta[property='a b']"],
    ],
)
def test_what_needs_no_engine_is_found_as_the_engine_finds_it(selectors: list[str]) -> None:
    document = LexborHTMLParser(SIMPLE)
    found = [node.mem_id for node in Survey(document).within(selectors)]
    assert found == list(dict.fromkeys(node.mem_id for node in within(document, ", ".join(selectors))))
