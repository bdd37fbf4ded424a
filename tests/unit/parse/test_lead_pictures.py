"""The picture that an article begins with counts, though it stands outside the element with the text."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import read_whole

from newsdrop.documents import Article

TITLE = "The lighthouse opens"
H1 = f"<h1>{TITLE}</h1>"
BODY = (
    "<div class=entry-content><p>The lighthouse in the harbour opened again on Tuesday after three years.</p>"
    "<p>Its keeper says that more people come in fog, because everybody wants to hear the horn.</p></div>"
)
PICTURE = '<img src="/door.jpg">'
URL = "https://harbour.example/door.jpg"


def parse(body: str, head: str = "") -> Article:
    return read_whole(f"<!doctype html><title>{TITLE}</title>{head}<body>{body}</body>")


def urls(article: Article) -> list[str]:
    return [image.url for image in article.images]


@pytest.mark.parametrize(
    "body",
    [
        f"<article><header>{H1}<figure>{PICTURE}<figcaption>The door</figcaption></figure></header>{BODY}"
        "</article>",
        f"<article>{H1}<div class=post-thumbnail>{PICTURE}<p>The door</p></div>{BODY}</article>",
        f"<article><div class='featured-image'>{PICTURE}<p>The door</p></div>{H1}{BODY}</article>",
        f"<main>{H1}<a href=/door-large.jpg><figure>{PICTURE}The door</figure></a>{BODY}</main>",
    ],
)
def test_the_picture_before_the_text_is_kept_with_its_caption(body: str) -> None:
    article = parse(body)
    assert [(image.url, image.caption) for image in article.images] == [(URL, "The door")]
    assert len(article.blocks) == 2


def test_the_picture_that_the_head_names_needs_no_figure() -> None:
    body = f"<main>{H1}<div>{PICTURE.replace('door', 'door-800x600')}</div>{BODY}</main>"
    assert urls(parse(body)) == []
    head = '<meta property="og:image" content="https://cdn.example/x/door.jpg">'
    assert urls(parse(body, head)) == ["https://harbour.example/door-800x600.jpg"]


def test_of_one_picture_in_two_sizes_the_larger_counts() -> None:
    two = "".join(f"<figure><img src=/door-{size}.jpg></figure>" for size in ("150x84", "756x425"))
    assert urls(parse(f"<article>{H1}{two}{BODY}</article>")) == ["https://harbour.example/door-756x425.jpg"]


@pytest.mark.parametrize(
    "body",
    [
        f"<article>{H1}<div class=byline>{PICTURE}<a rel=author href=/ann>Ann</a></div>{BODY}</article>",
        f"<article>{H1}<div class=image><img class=avatar src=/door.jpg></div>{BODY}</article>",
        f"<article>{H1}<div class=image><img src=/door-96x96.jpg></div>{BODY}</article>",
        f"<article>{H1}<a href=/another><figure>{PICTURE}</figure></a>{BODY}</article>",
        f"<article>{H1}<div class=related><figure>{PICTURE}</figure></div>{BODY}</article>",
        f"<div><div class=image>{PICTURE}</div></div><main>{H1}{BODY}</main>",
    ],
)
def test_faces_and_teasers_are_no_pictures_of_the_article(body: str) -> None:
    assert urls(parse(body)) == []
