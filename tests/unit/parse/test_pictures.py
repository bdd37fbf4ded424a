"""What stands beside a picture, in a figure or in a small element named as a picture's, is its caption."""

from __future__ import annotations

import pytest
from tests.inputs.saved_pages import FIRST, LAST, PICTURE, read_between, read_whole

from newsdrop.documents import Article

NOTE = "The door, which is new"


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
    article = read_between(middle)
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
        f"<figure><div><figure>{PICTURE}</figure><p>{NOTE}</p></div></figure>",
        f"<div class=image>{PICTURE}<p>One.</p><p>Two.</p><p>Three.</p><p>{NOTE}</p></div>",
        f"<div class='image-text'>{PICTURE}<p>{NOTE}</p></div>",
    ],
)
def test_what_is_more_than_a_caption_stays_text(middle: str) -> None:
    assert NOTE in " ".join(texts(read_between(middle)))


def test_a_figure_that_is_never_closed_takes_no_text() -> None:
    rest = "".join(f"<p>Sentence {number} of the long story that follows it.</p>" for number in range(20))
    article = read_between(f"<figure>{PICTURE}{rest}")
    assert len(article.blocks) == 22
    assert [image.caption for image in article.images] == [None]


HAN = "渡口的灯塔关了三年，星期二早上重新开放，守塔人说，有雾的日子来的人更多，谁都想听号角。"


def below(*lines: str) -> Article:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return read_whole(
        f"<!doctype html><title>灯塔开放</title><main><h1>灯塔开放</h1><p>{HAN}</p>{body}<p>{HAN}</p></main>"
    )


@pytest.mark.parametrize(
    "note",
    [
        "灯塔的门。新华社记者 林舟 摄",
        "灯塔的新门（林舟攝）",
        "▲灯塔的新门",
        "图为灯塔的新门",
        "圖說：燈塔的新門",
        "图：灯塔的新门",
        "灯塔的新门 资料图",
        "灯塔的新门。视觉中国 资料",
        "燈塔的新門。 記者林舟／攝影",
        "燈塔的新門。（圖／林舟提供）",
        "燈塔的新門（翻攝自河報，圖片來源：林舟）",
        "灯塔的新门 河边文旅供图",
        "灯塔的新门。新华社发",
        "（河邊博物館提供）",
    ],
)
def test_a_paragraph_below_a_picture_is_its_caption_if_it_says_so(note: str) -> None:
    for lines in ((PICTURE, note), (f"{PICTURE}<br>{note}",), (f"<b>{PICTURE}</b>", "", note)):
        article = below(*lines)
        assert texts(article) == [HAN, HAN]
        assert [image.caption for image in article.images] == [note]


@pytest.mark.parametrize(
    "line",
    [
        "图为何物，无人知道。",
        "灯塔的新门，谁也没有见过。",
        "这些照片都是他用手机拍摄",
        "灯塔的新门由渡口博物馆提供，" * 20 + "林舟 摄",
    ],
)
def test_a_paragraph_below_a_picture_is_text_otherwise(line: str) -> None:
    article = below(PICTURE, line)
    assert article.images[0].caption is None
    assert line[:8] in article.text


def test_a_paragraph_that_is_not_right_below_a_picture_is_text() -> None:
    note = "灯塔的新门（林舟摄）"
    assert texts(below(PICTURE, "水退了。", note)) == [HAN, "水退了。", note, HAN]
    assert texts(below(f"看{PICTURE}门", note)) == [HAN, "看门", note, HAN]


def test_a_paragraph_below_a_picture_is_its_caption_if_it_is_its_alt() -> None:
    note = "渡口的守塔人每天走两遍，风再大也要走"
    for tag in ("p", "li"):
        article = below(f"<img src=/1.jpg alt='{note}'></p><{tag}>{note}</{tag}><p>")
        assert texts(article) == [HAN, HAN]
        assert [image.caption for image in article.images] == [note]
    assert texts(below(f"<img src=/1.jpg alt='{note}'></p><h3>{note}</h3><p>")) == [HAN, note, HAN]
    assert texts(below("<img src=/1.jpg alt=守塔人></p><p>守塔人</p><p>")) == [HAN, "守塔人", HAN]
    assert texts(below("<img src=/1.jpg alt=渡口现场></p><p>渡口现场</p><p>")) == [HAN, HAN]


@pytest.mark.parametrize(
    "box",
    [
        "<center><a href=/b><img src=/1.jpg></a><br>渡口的灯塔</center>",
        "<div align=center><img src=/1.jpg><p>渡口的灯塔</p></div>",
        "<p style='text-align: center'><b><img src=/1.jpg></b><br>渡口的灯塔</p>",
        "<p><img src=/1.jpg></p><p class=pictext>渡口的灯塔</p>",
    ],
)
def test_a_line_centred_with_a_picture_is_its_caption(box: str) -> None:
    article = below(f"</p>{box}<p>")
    assert texts(article) == [HAN, HAN]
    assert [image.caption for image in article.images] == ["渡口的灯塔"]


@pytest.mark.parametrize(
    "box",
    [
        "<center><img src=/1.jpg><br>灯塔开放了。</center>",
        "<div align=center><img src=/1.jpg><p>灯塔</p><p>守塔人</p></div>",
        "<div><img src=/1.jpg><p>渡口的灯塔</p></div>",
    ],
)
def test_what_is_more_than_a_line_or_not_centred_is_text(box: str) -> None:
    assert len(texts(below(f"</p>{box}<p>"))) > 2


@pytest.mark.parametrize(
    "line",
    ["Photo: Ann Li, AP", "(Image: © Ann Li)", "(Bild: Anna Fuchs)", "Image credit: River",
     "Courtesy of Ann Li", "Photography By Ann Li",
     "Photo courtesy of photographer Ann Li.", "[photo: Ann Li]"],
)  # fmt: skip
def test_a_line_that_says_who_made_the_picture_above_it_is_its_credit(line: str) -> None:
    article = below(f"</p><p>{PICTURE}</p><p>{line}</p><p>")
    assert line not in texts(article)
    assert (article.images[0].caption, article.images[0].credit) == (None, line)
    page = f"<!doctype html><title>The door</title><main><h1>The door</h1><p>{FIRST}</p><p>{LAST}</p>"
    assert texts(read_whole(f"{page}<p>{line}</p></main>")) == [FIRST, LAST]


@pytest.mark.parametrize(
    "line",
    ["The door of the lighthouse on a foggy day. Credit: Ann Li", "The door (Photo: Ann Li)",
     "The door (AFP/Getty)", "The keeper at his door. Photo: Ann Li/AFP", "A keeper via Getty Images"],
)  # fmt: skip
def test_what_a_picture_shows_and_who_made_it_is_its_caption(line: str) -> None:
    article = below(f"</p><p>{PICTURE}</p><p>{line}</p><p>")
    assert (line in texts(article), article.images[0].caption) == (False, line)


@pytest.mark.parametrize(
    "line",
    ["Photo by photo, he tells how the door was made.", "Pictures of the door are rare.",
     "Courtesy costs nothing.", "Credit is due to the keeper, who waited.",
     "Image is everything, he says, and nobody believes him."],
)  # fmt: skip
def test_a_sentence_about_pictures_below_one_is_text(line: str) -> None:
    assert line in texts(below(f"</p><p>{PICTURE}</p><p>{line}</p><p>"))


def test_the_button_of_a_picture_is_none_of_its_caption() -> None:
    for caption in ("[+] Enlarge The door", "ENLARGE The door"):
        article = read_between(f"<figure>{PICTURE}<figcaption>{caption}</figcaption></figure>")
        assert article.images[0].caption == "The door"


def test_a_line_of_dots_is_no_caption() -> None:
    article = read_between(f"<figure>{PICTURE}<figcaption>..........</figcaption></figure>")
    assert (texts(article), article.images[0].caption, article.captions) == ([FIRST, LAST], None, [])


def test_captions_may_be_most_of_a_text() -> None:
    note = "守塔人每天走两遍，风再大也要走，他说有雾的日子来的人更多，谁都想听号角（林舟摄）"
    pictures = "".join(f"<p><img src=/{number}.jpg></p><p>{number}号{note}</p>" for number in range(5))
    article = read_whole(
        f"<!doctype html><title>灯塔开放</title><main><h1>灯塔开放</h1><p>{HAN}</p>{pictures}</main>"
    )
    assert texts(article) == [HAN]
    assert [image.caption for image in article.images] == [f"{number}号{note}" for number in range(5)]


def test_a_page_of_pictures_keeps_as_text_what_describes_them() -> None:
    notes = [
        "灯塔的新门，开了又关，关了又开，守塔人每天走两遍（林舟摄）",
        "图为守塔人，他说有雾的日子来的人更多，谁都想听号角",
    ]
    body = "".join(f"<p><img src=/{number}.jpg></p><p>{note}</p>" for number, note in enumerate(notes))
    article = read_whole(f"<!doctype html><title>灯塔开放</title><main><h1>灯塔开放</h1>{body}</main>")
    assert texts(article) == notes


def test_a_line_with_an_arrow_down_describes_the_picture_below_it() -> None:
    article = below("▼ 守塔人", PICTURE, "▼ 小标题 ▼", PICTURE.replace("door", "lamp"))
    assert [image.caption for image in article.images] == ["▼ 守塔人", None]
    assert texts(article) == [HAN, "▼ 小标题 ▼", HAN]


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        (f"{PICTURE}<p>长按识别二维码关注我们</p>", 0),
        (f"<p>扫描下方二维码，加入读者群</p>{PICTURE}", 0),
        (f"{PICTURE}<p>责任编辑：林舟</p>", 1),
        (f"{PICTURE}<p>点个在看</p>", 1),
        (f"<p>点个在看</p>{PICTURE}", 1),
        (f"<p>扫描下方二维码，加入读者群</p>{PICTURE}<p>{LAST}</p>", 1),
    ],
)
def test_codes_to_scan_below_a_text_are_no_pictures(end: str, kept: int) -> None:
    article = read_whole(f"<!doctype html><title>Opens</title><main><h1>Opens</h1><p>{FIRST}</p>{end}</main>")
    assert len(article.images) == kept
