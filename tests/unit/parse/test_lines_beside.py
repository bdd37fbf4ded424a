"""A line below a picture that is set as captions are is its caption; what else is set so is text."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import FIRST, LAST, PICTURE, read_between, read_whole

NOTE = "The door at dawn"


@pytest.mark.parametrize(
    "middle",
    [
        f"<p>{PICTURE}</p><p><em>{NOTE}</em></p>",
        f"<p>{PICTURE}</p><p><small>{NOTE}</small></p>",
        f"<p>{PICTURE}<br><i>{NOTE}</i></p>",
        f"<section>{PICTURE}</section><section style='font-size:12px;color:#888'>{NOTE}</section>",
        f"<p><a href=/door.jpg>{PICTURE}</a></p><p></p><p><span style='color:#999999'>{NOTE}</span></p>",
        f"<table><tr><td>{PICTURE}<br>{NOTE}</td></tr></table>",
        f"<table><tr><td><p>{PICTURE}</p><p>{NOTE}</p></td></tr></table>",
        f"<figure><a href=/door.jpg>{PICTURE}<span class=caption>{NOTE}</span></a></figure>",
        f"<p><img src=/door.jpg data-caption='{NOTE}'></p>",
        f"<div class=pic>{PICTURE}</div><div class=pic_txt>{NOTE}</div>",
    ],
)
def test_a_line_set_as_a_caption_is_one(middle: str) -> None:
    article = read_between(middle)
    assert [block.text for block in article.blocks] == [FIRST, LAST]
    assert [image.caption for image in article.images] == [NOTE]


@pytest.mark.parametrize(
    ("middle", "lines"),
    [
        (f"<p>{PICTURE}</p><p><em>He wrote:</em></p>", ["He wrote:"]),
        (f"<p>{PICTURE}</p><p><em>“We are closed.”</em></p>", ["“We are closed.”"]),
        (
            f"<p>{PICTURE}</p><p><em>Editor’s note: names were changed</em></p>",
            ["Editor’s note: names were changed"],
        ),
        (f"<p>{PICTURE}</p><p><em>One</em></p><p><em>Two</em></p>", ["One", "Two"]),
        (f"<p>{PICTURE}</p><p>{NOTE}</p>", [NOTE]),
        (f"<p>{PICTURE}</p><p><em>{NOTE}</em> is new</p>", [f"{NOTE} is new"]),
        (
            f"<table><tr><td>{PICTURE}</td><td>{NOTE}</td></tr><tr><td>3</td><td>1</td></tr></table>",
            [NOTE, "3 1"],
        ),
    ],
)
def test_what_else_is_set_so_stays_text(middle: str, lines: list[str]) -> None:
    article = read_between(middle)
    assert [block.text for block in article.blocks] == [FIRST, *lines, LAST]
    assert [image.caption for image in article.images] == [None]


@pytest.mark.parametrize(
    "note",
    [
        "朝の港に戻る漁船＝五月、山田太郎撮影", "朝の港（共同）", "写真：山田太郎",
        "새벽에 돌아온 어선. 사진=연합뉴스", "새벽에 돌아온 어선 [사진 연합뉴스]",
        "Лодки на рассвете. Фото: ТАСС",
        "Boats at dawn. REUTERS/Ann Li", "Boats at dawn. (File photo)", "Barcos. Foto: EFE",
    ],
)  # fmt: skip
def test_words_that_credit_a_picture_make_a_caption(note: str) -> None:
    assert [image.caption for image in read_between(f"<p>{PICTURE}</p><p>{note}</p>").images] == [note]


def test_captions_are_the_text_of_a_page_that_has_no_other() -> None:
    slides = "".join(
        f"<figure><img src=/{number}.jpg><figcaption>{text}</figcaption></figure>"
        for number, text in enumerate((FIRST, LAST))
    )
    article = read_whole(f"<!doctype html><title>Opens</title><main><h1>Opens</h1>{slides}</main>")
    assert [block.text for block in article.blocks] == [FIRST, LAST]
    assert [image.caption for image in article.images] == [FIRST, LAST]
