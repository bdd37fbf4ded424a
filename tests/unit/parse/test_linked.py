"""What is mostly links in an unknown page: text if it says something, `related` if it only leads on."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import shipped_parser

from newsdrop.documents import Article, Page

LINE = "of the story was written by somebody who had the whole afternoon for it, and it shows, doesn't it?"
BEFORE = "".join(f"<p>Paragraph {number} {LINE}</p>" for number in (1, 2, 3))
AFTER = "".join(f"<p>Paragraph {number} {LINE}</p>" for number in (4, 5))


def parse(piece: str, url: str | None = "https://harbour.example/a") -> Article:
    html = (
        "<!doctype html><title>Ferry strike enters its third week</title><body><article>"
        f"<h1>Ferry strike enters its third week</h1>{BEFORE}{piece}{AFTER}</article>"
    )
    return shipped_parser().parse(Page(dialect="html", html=html, url=url, whole=True))


def said(piece: str, url: str | None = "https://harbour.example/a") -> list[str]:
    return [block.text for block in parse(piece, url).blocks if LINE not in block.text]


TEXT = {
    "a sentence that a link ends": (
        "<p>A new law would keep any future council from <a href=/b>running the ferries unaudited</a>.</p>",
        ["A new law would keep any future council from running the ferries unaudited."],
    ),
    "a sentence of several links": (
        "<p><a href=/b>The port of Eastmere</a> and <a href=/c>that of Westmere</a> agree “<a href=/d>for "
        "once</a>.”</p>",
        ["The port of Eastmere and that of Westmere agree “for once.”"],
    ),
    "a sentence in Chinese": (
        "<p>渡轮公司上周曾表示，<a href=/b>今年不会再裁减任何一条航线的人手</a>。</p>",
        ["渡轮公司上周曾表示，今年不会再裁减任何一条航线的人手。"],
    ),
    "a sentence that begins like a label": (
        "<p>More than <a href=/b>forty ports of the northern coast</a> agree.</p>"
        "<p>相关部门表示，<a href=/c>航线不会减少</a>。</p>",
        ["More than forty ports of the northern coast agree.", "相关部门表示，航线不会减少。"],
    ),
    "a label before another site": (
        "<p>Account: <a href=https://social.example/kim>@kim_bakes</a></p>",
        ["Account: @kim_bakes"],
    ),
    "items that say more than their links": (
        "<ul><li><a href=/b>Tents</a> <li>Poles, if you carry none <li><a href=/c>Pegs</a></ul>",
        ["Tents", "Poles, if you carry none", "Pegs"],
    ),
    "an item that goes on after its link": (
        "<ul><li><a href=/b>Tents and sleeping bags</a> (in spring) <li><a href=/c>Pegs</a></ul>",
        ["Tents and sleeping bags (in spring)", "Pegs"],
    ),
    "a list that leads to other sites": (
        "<p>These patches are under review by the others:</p>"
        "<ul><li><a href=https://forge.example/1>Allow casts between numbers and pointers</a>"
        "<li><a href=https://forge.example/2>Mend the size of long numbers</a></ul>",
        [
            "These patches are under review by the others:",
            "Allow casts between numbers and pointers",
            "Mend the size of long numbers",
        ],
    ),
    "an item among sentences": (
        f"<ul><li>The first point {LINE}<li><a href=/b>Your list will begin to grow</a></ul>",
        ["Your list will begin to grow"],
    ),
    "a quotation": (
        "<blockquote><a href=/b>The ferries belong to all of us</a></blockquote>",
        ["The ferries belong to all of us"],
    ),
    "a post and what only holds it": (
        "<figure class=wp-block-embed><div><blockquote class=twitter-tweet><p>Fog <a href=https://t.co/a>"
        "pic.twitter.com/abcdefghij</a></p>&mdash; Kim (@k) <a href=https://twitter.com/k/status/1>May 1</a>"
        "</blockquote></div></figure>",
        ["Fog"],
    ),
    "a heading that can be edited": (
        "<h2>See also[<a href=/edit?section=3>edit</a>]</h2>",
        ["See also[edit]"],
    ),
    "a label before what is said": (
        "<p>Read more: <a href=/b>the book</a> has a thousand pages.</p>",
        ["Read more: the book has a thousand pages."],
    ),
    "a table of data": (
        "<div><table><thead><tr><th>Ferry<th>Length<th>Made in</thead>"
        "<tr><td><a href=/b>The Lady of Eastmere and Westmere</a><td>19 m<td>1987"
        "<tr><td><a href=/c>The Old Pilot of the Northern Harbour</a><td>21 m<td>1990</table></div>",
        [
            "Ferry Length Made in",
            "The Lady of Eastmere and Westmere 19 m 1987",
            "The Old Pilot of the Northern Harbour 21 m 1990",
        ],
    ),
    "rows of a table": (
        f"<table><tr><td>The table {LINE}<td>x<tr><td><a href=/b>Eastmere to Westmere</a><td>9:30</table>",
        ["Eastmere to Westmere 9:30"],
    ),
}


@pytest.mark.parametrize(("piece", "expected"), TEXT.values(), ids=TEXT)
def test_what_says_something_is_text(piece: str, expected: list[str]) -> None:
    assert said(piece) == expected


RELATED = {
    "a paragraph that is one link": "<p><a href=/b>Fish is dearer than in any year before</a></p>",
    "a title that ends like a sentence": "<p><a href=/b>Fish is dearer than ever before.</a></p>",
    "a label before this site": "<p>Background: <a href=/b>Fish is dearer than ever</a></p>",
    "a label of further reading": "<p>Read more: <a href=https://fish.example/b>Fish is dearer</a></p>",
    "a sentence about further reading": "<p>Read more in <a href=/b>our report on the price of fish</a>.</p>",
    "further reading in Chinese": "<p>相关阅读：<a href=https://fish.example/b>今年的鱼比去年贵</a></p>",
    "a list of this site's stories": "<ul><li><a href=/b>Fish is dearer</a><li><a href=/c>Fog again</a></ul>",
    "… with a kicker before each": "<ul><li><b>Prices:</b> <a href=/b>Fish is dearer than ever</a>"
    "<li><b>Weather</b> <a href=https://www.harbour.example/c>The fog is back again</a></ul>",
    "… with a heading": "<ul><li>More ferries<li><a href=/b>Fish is dearer</a><li><a href=/c>Fog</a></ul>",
    "a path to the page": "<ul><li><a href=/>Home</a> › <li><a href=/h>The harbour</a> › <li>Ferries</ul>",
    "a quotation of a title": "<blockquote>MORE | <a href=/b>Fish is dearer than ever</a></blockquote>",
    "a label longer than its link": "<p>Lea también: <a href=/b>La niebla</a></p>",
    "a label in bold": "<p><strong>READ MORE: <a href=/b>Fog</a></strong></p>",
    "a heading with such a label": "<h3>Lire aussi : <a href=/b>Le port</a></h3>",
    "a list in an item, longer than any item": "<ul><li>Of all the years before this one: <a href=/b>Fish</a>"
    f"<ul>{'<li><a href=/c>The fog is back again</a>' * 40}</ul></ul>",
    "a box": "<div><a href=https://fish.example/b>Fish is dearer</a><br><a href=/c>The fog is back</a></div>",
}


@pytest.mark.parametrize("piece", RELATED.values(), ids=RELATED)
def test_what_only_leads_on_is_related(piece: str) -> None:
    article = parse(piece)
    assert all(LINE in block.text for block in article.blocks)
    assert article.related


def test_whether_a_link_leads_to_another_site_isnt_guessed() -> None:
    piece = "<ul><li><a href=https://fish.example/b>Fish is dearer</a><li><a href=/c>The fog is back</a></ul>"
    assert said(piece, url=None) == []


def test_the_pictures_of_other_stories_go_with_their_headlines() -> None:
    own = "<p><a href=/big.jpg><img src=/own.jpg></a></p>"
    pair = "<li><a href={}><img src={}></a> <div><a href={}>A bridge is to be built</a> 9:05</div></li>"
    others = "".join(pair.format(f"/b/{n}?s=picture", f"/{n}.jpg", f"/b/{n}?s=text") for n in range(3))
    article = parse(f"{own}<ul>{others}{pair.format('/c/1', '/kept.jpg', '/b/9')}</ul>")
    assert [image.url.rpartition("/")[2] for image in article.images] == ["own.jpg", "kept.jpg"]
    assert len(article.blocks) == 5
