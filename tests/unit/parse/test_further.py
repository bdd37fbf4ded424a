"""One vocabulary says what heads other stories; a sentence with the same words heads nothing."""

from __future__ import annotations

import pytest

from newsdrop.parse.further import (
    heads_most_read,
    heads_older,
    heads_others,
    introduces_others,
    names_others,
)


@pytest.mark.parametrize(
    "line",
    [
        "相关阅读", "热门 新闻：", "【推薦閱讀】", "※你可能還想看：", "大家都在看", "为您推荐",
        "点击进入专题",
        "Related articles:", "More from the River", "You may also like…", "À lire aussi", "Baca juga",
        "Das könnte Sie auch interessieren", "関連記事", "관련 기사", "اقرأ أيضا",
        "Mehr aus dem Hafen:", "Weitere Meldungen aus der Stadt", "Lesen Sie auch", "Auch interessant",
        "See also",
        "Lees ook:", "Läs också", "Les også", "Temas relacionados", "Lo más leído", "Te puede interesar",
        "Otras noticias",
        "Veja também", "Articoli correlati", "Vedi anche", "Dans la même rubrique", "Смотрите также",
        "Материалы по теме",
        "Zobacz również", "Czytaj też", "Tin liên quan", "Xem thêm", "Berita terkait", "यह भी पढ़ें",
        "인기 뉴스",
    ],
)  # fmt: skip
def test_a_line_heads_other_stories(line: str) -> None:
    assert heads_others(line)
    assert not heads_others(f"守塔人说，{line}")


@pytest.mark.parametrize(
    "line",
    [
        "新闻", "相关人士说，桥要拆了。", "More water came.", "Read the river.", "Mehr Fische im Fluss",
        "Más agua",
        "По теме реки говорили долго", "Les plus vieux bateaux",
    ],
)  # fmt: skip
def test_a_line_with_such_words_heads_none(line: str) -> None:
    assert not heads_others(line)


def test_lists_of_what_is_read_most_and_of_older_pieces_have_headings_of_their_own() -> None:
    assert heads_most_read("點閱排行")
    assert heads_most_read("热门文章")
    assert not heads_most_read("热门的文章写得好")
    assert heads_older("▼往期推荐▼")
    assert not heads_older("往期的文章")


def test_a_label_introduces_others_by_its_beginning() -> None:
    assert introduces_others("延伸阅读：河边的一天")
    assert introduces_others("Read more: The bridge")
    assert introduces_others("Mira: El puente nuevo")
    assert introduces_others("Lees ook: De brug")
    assert not introduces_others("Mira el puente")
    assert not introduces_others("Reading is what he likes")


def test_a_heading_names_others_or_comments() -> None:
    assert names_others("其他重點新聞")
    assert names_others("网友评论：")
    assert not names_others("港口今天重新开放")
