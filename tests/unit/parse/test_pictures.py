"""What stands beside a picture, in a figure or in a small element named as a picture's, is its caption."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import read_whole

from newsdrop.documents import Article

FIRST = "The lighthouse in the harbour opened again on Tuesday morning after three years of repairs."
LAST = "Its keeper says that more people come in fog, because everybody wants to hear the horn."
NOTE = "The door, which is new"
PICTURE = '<img src="/door.jpg">'


def parse(middle: str) -> Article:
    return read_whole(
        "<!doctype html><title>The lighthouse opens</title><main><h1>The lighthouse opens</h1>"
        f"<p>{FIRST}</p>{middle}<p>{LAST}</p></main>"
    )


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


@pytest.mark.parametrize(
    "middle",
    [
        f"<figure>{PICTURE}<p>{NOTE}</p></figure>",
        f"<figure><a href=/door.jpg>{PICTURE}</a><div><small>{NOTE}</small></div></figure>",
        f"<figure>{PICTURE}{NOTE}</figure>",
        f"<div class=photo>{PICTURE}<p>{NOTE}</p></div>",
        f"<div class='article-image'>{PICTURE}<span>{NOTE}</span></div>",
        f"<div class=img_wrapper>{PICTURE}<span class=img_descr>{NOTE}</span></div>",
        f"<div>{PICTURE}<div class=picinfo>{NOTE}</div></div>",
        f"<dl class=media_pic><dt>{PICTURE}</dt><dd>{NOTE}</dd></dl>",
        f"<table class=image><tr><td>{PICTURE}</td></tr><tr><td>{NOTE}</td></tr></table>",
        f"<figure>{PICTURE}<div>1/2</div><p>{NOTE}</p></figure>",
    ],
)
def test_what_describes_a_picture_is_its_caption(middle: str) -> None:
    article = parse(middle)
    assert texts(article) == [FIRST, LAST]
    assert [image.caption for image in article.images] == [NOTE]


@pytest.mark.parametrize(
    "middle",
    [
        f"<figure><p>{NOTE}</p></figure>",
        f"<figure>{PICTURE}<blockquote>{NOTE}</blockquote></figure>",
        f"<figure>{PICTURE}<h2>{NOTE}</h2></figure>",
        f"<figure><table><tr><td>{PICTURE}</td><td>{NOTE}</td></tr></table></figure>",
        f"<div class=image>{NOTE}</div>",
        f"<div class=image>{PICTURE}<p>One.</p><p>Two.</p><p>Three.</p><p>{NOTE}</p></div>",
        f"<div class='image-text'>{PICTURE}<p>{NOTE}</p></div>",
    ],
)
def test_what_is_more_than_a_caption_stays_text(middle: str) -> None:
    assert NOTE in " ".join(texts(parse(middle)))


def test_a_figure_that_is_never_closed_takes_no_text() -> None:
    rest = "".join(f"<p>Sentence {number} of the long story that follows it.</p>" for number in range(20))
    article = parse(f"<figure>{PICTURE}{rest}")
    assert len(article.blocks) == 22
    assert [image.caption for image in article.images] == [None]
