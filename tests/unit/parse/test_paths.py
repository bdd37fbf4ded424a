"""The section of a page that says it nowhere else is the last step of the path that leads to it."""

from __future__ import annotations

import json

import pytest
from tests.inputs.saved_pages import read_whole

TEXT = "The lighthouse in the harbour opened again on Tuesday morning after three years of repairs."
FRONT = "<a href=/>首页</a>"


def section(path: str, head: str = "") -> str | None:
    article = read_whole(
        f"<!doctype html><title>Opens</title>{head}{path}"
        f"<main><h1>Opens</h1><p>{TEXT}</p><p>{TEXT} 2</p></main>"
    )
    assert [block.text for block in article.blocks] == [TEXT, f"{TEXT} 2"]
    return article.section


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (f"<div class=breadcrumb>{FRONT} &gt; <a href=/w>国际</a> &gt; 正文</div>", "国际"),
        (f"<div class=position>您的位置：{FRONT} > <a href=/n>新闻</a> > <a href=/s>社会</a></div>", "社会"),
        (f"<p class=path>{FRONT}&nbsp;&gt;&nbsp;<a href=/ms>民生</a></p>", "民生"),
        (f"<div class=crumbs>{FRONT} > <a href=/w>国际</a> > <a href=/a>Opens</a></div>", "国际"),
        ("<ul class=breadcrumbs><li><a href=/>Home</a><li><a href=/c>Coast</a><li>Opens</ul>", "Coast"),
        ("<div class=position><a href=/b>北京</a> <a href=/s>上海</a></div>", None),
        (f"<div class=breadcrumb>{FRONT}</div>", None),
    ],
)
def test_the_last_step_before_the_page_is_its_section(path: str, wanted: str | None) -> None:
    assert section(path) == wanted


def test_json_ld_tells_the_path_too() -> None:
    steps = [
        ("Home", "https://harbour.example/"),
        ("Coast", "https://harbour.example/coast/"),
        ("Opens", None),
    ]
    items = [
        {"@type": "ListItem", "position": number, "name": name} | ({"item": url} if url else {})
        for number, (name, url) in enumerate(steps, 1)
    ]
    told = json.dumps({"@type": "BreadcrumbList", "itemListElement": items})
    assert section("", f"<script type='application/ld+json'>{told}</script>") == "Coast"


def test_what_the_head_says_counts_more() -> None:
    head = "<meta property=article:section content=Harbours>"
    assert section(f"<div class=breadcrumb>{FRONT} > <a href=/w>国际</a></div>", head) == "Harbours"
