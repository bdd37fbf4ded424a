"""Whoever wrote is named, one by one; whoever is nobody, a desk's title or the site itself is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inputs.saved_pages import page_of, shipped_parser

from newsdrop.parse.authors import author_names, is_site_of_tab, site_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Li and Bo Chen", ["Ann Li", "Bo Chen"]),
        ("Ann Li for The Daily Example", ["Ann Li"]),
        ("Ann Li Senior Political Reporter", ["Ann Li"]),
        ("Doctors for Boats", ["Doctors for Boats"]),
        ("By Ann Li in Hong Kong", ["Ann Li"]),
        ("Ann Li in Washington and Bo Chen in Taipei", ["Ann Li", "Bo Chen"]),
        ("Ann Li with Bo Chen", ["Ann Li", "Bo Chen"]),
        ("with Bo Chen", ["Bo Chen"]),
        ("Ann Li, with contributions from Bo Chen", ["Ann Li"]),
        ("Additional reporting by Bo Chen", ["Bo Chen"]),
        ("Story by Ann Li, Photography by Bo Chen", ["Ann Li"]),
        ("Words: Ann Li Photographs: Bo Chen", ["Ann Li"]),
        ("Exclusive by Ann Li", ["Ann Li"]),
        ("About the author: Ann Li", ["Ann Li"]),
        ("From our Correspondent", []),
        ("Guest Contributor", []),
        ("N/A", []),
        ("Li, Ann", ["Ann Li"]),
        ("Li, Ann; Chen, Bo B.", ["Ann Li", "Bo B. Chen"]),
        ("Reuters, Ann", ["Reuters", "Ann"]),
        ("Ein Kommentar von Anna Fuchs", ["Anna Fuchs"]),
        ("Eine Analyse von Anna Fuchs und Bernd Gross", ["Anna Fuchs", "Bernd Gross"]),
        ("Propos recueillis par Anne Lis", ["Anne Lis"]),
        ("Por Ana López, enviada especial", ["Ana López"]),
        ("a cura di Anna Rossi", ["Anna Rossi"]),
        ("dal nostro inviato Anna Rossi", ["Anna Rossi"]),
        ("di Anna Rossi", ["Anna Rossi"]),
        ("Текст: Анна Лисина. Фото: Пётр Речной", ["Анна Лисина"]),
        ("Подготовила Анна Лисина", ["Анна Лисина"]),
        ("〔記者林小舟、陳大河／台北報導〕", ["林小舟", "陳大河"]),
        ("[記者林小舟台北報導]", ["林小舟"]),
        ("河社記者林小舟台北6日電", ["林小舟"]),
        ("（河社記者林小舟屏東縣6日電）", ["林小舟"]),
        ("中河网北京5月6日电 (记者 林小舟)", ["林小舟"]),
        ("本报讯（记者林小舟）", ["林小舟"]),
        ("21世纪河边报道记者林小舟北京报道", ["林小舟"]),
        ("每河记者：林小舟 每河编辑：陈大河", ["林小舟"]),
        ("来源：河边社 作者：林小舟", ["林小舟"]),
        ("2024-05-06 10:00 作者：林小舟", ["林小舟"]),
        ("本报记者 林小舟 通讯员 陈大河 实习生 王五", ["林小舟", "陈大河", "王五"]),
        ("监制：林小舟 主编：陈大河 记者：王五", ["王五"]),
        ("文 林小舟", ["林小舟"]),
        ("文 强", ["文强"]),
        ("图文/林小舟", ["林小舟"]),
        ("林小舟（文/图）", ["林小舟"]),
        ("自由撰稿人林小舟", ["林小舟"]),
        ("評論員 林小舟", ["林小舟"]),
        ("本报评论员", ["本报评论员"]),
        ("林小舟，作家，现居北京", ["林小舟"]),
        ("林小舟 河边大学研究员", ["林小舟"]),
        ("[美]约翰·林", ["约翰·林"]),
        ("[英] 简·林 著 陈大河 译", ["简·林"]),
        ("林小舟 口述 陈大河 整理", ["林小舟"]),
        ("管理员", []),
        ("本刊编辑部", []),
        ("取材・文＝田中太郎", ["田中太郎"]),
        ("聞き手・田中太郎", ["田中太郎"]),
        ("編集委員　田中太郎", ["田中太郎"]),
        ("ニューヨーク=田中太郎", ["田中太郎"]),
        ("[서울=강변] 김민수 기자 =", ["김민수"]),
        ("글 김민수 사진 이영희", ["김민수"]),
        ("By Ann Li, Bo Chen and Cy Wu", ["Ann Li", "Bo Chen", "Cy Wu"]),
        ("Ann Li, Bo Chen, and Cy Wu", ["Ann Li", "Bo Chen", "Cy Wu"]),
        ("Von Anna Lind und Bodo Klee", ["Anna Lind", "Bodo Klee"]),
        ("Par Anne Lis et Bo Chênes", ["Anne Lis", "Bo Chênes"]),
        ("Ann Li & Bo Chen", ["Ann Li", "Bo Chen"]),
        ("by Ann Li . in Rivers", ["Ann Li"]),
        ("River Wines in Berlin", ["River Wines in Berlin"]),
        ("In Rivers", []),
        ("Ann Li in half a boat", ["Ann Li in half a boat"]),
        ("River Boats, Inc.", ["River Boats"]),
        ("執筆者： 河辺新聞社", ["河辺新聞社"]),
        ("Felipe Souza, Do Rio, em Porto Alegre", ["Felipe Souza"]),
        ("Da Vinci", ["Da Vinci"]),
        ("كتب سيد الخلفاوى", ["سيد الخلفاوى"]),
        ("林舟 分享到", ["林舟"]),
        ("河廣 林小舟", ["林小舟"]),
        ("河邊時報 林小舟", ["林小舟"]),
        ("river_mobile", []),
        ("手机版", []),
        ("河边商报讯", []),
        ("读遍河边的旧书!", []),
        ("Ann Li / Bo Chen", ["Ann Li", "Bo Chen"]),
        ("Ann  L. Li, Bo\u00a0Chen & more", ["Ann L. Li", "Bo Chen"]),
        ("Maria Rossi e Luca Bianchi", ["Maria Rossi", "Luca Bianchi"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("林舟、陈河", ["林舟", "陈河"]),
        ("林舟/陈河", ["林舟", "陈河"]),
        ("林舟 陈河", ["林舟", "陈河"]),
        ("李　强", ["李强"]),
        ("林小舟 陈 河", ["林小舟", "陈河"]),
        ("林 舟 陈 河", ["林舟", "陈河"]),
        ("(责任编辑：林舟)", ["林舟"]),
        ("网络编辑:林舟", ["林舟"]),
        ("《河边企业家》记者 林舟", ["林舟"]),
        ("作者：见习编辑 林舟", ["林舟"]),
        ("陈河 选稿：林舟", ["陈河"]),
        ("林 舟 稿源： 河边日报", ["林舟"]),
        ("本文栏目：消费 作者：林舟", ["林舟"]),
        ("<author>林舟</author>", ["林舟"]),
        ("記者林小舟 陳河 台北報導", ["林小舟", "陳河"]),
        ("【聯合河報╱記者林舟／整理】", ["林舟"]),
        ("《河边》综合报道", ["《河边》"]),
        (
            "林舟（河边网主编、旧书会成员、前《河报》编辑，曾在渡口的博物馆里守过三年的灯塔，也写过书）",
            ["林舟"],
        ),
        ("大渡 美咲", ["大渡 美咲"]),
        ("高橋 和夫", ["高橋 和夫"]),
        ("林舟、陈河等", ["林舟", "陈河"]),
        ("亚历山大·贝尔", ["亚历山大·贝尔"]),
        ("A. B. Li & more", ["A. B. Li"]),
        ("Ann Li and 3 others", ["Ann Li"]),
        ("Ann Li et al.", ["Ann Li"]),
        ("Ann Li, Vice President", ["Ann Li"]),
        ("Ann Li, Daily Staff Writer", ["Ann Li"]),
        ("Ann Li and Bo Chen, AP Technology Writers", ["Ann Li", "Bo Chen"]),
        ("Ann Li, West Coast Editor For daily.example", ["Ann Li"]),
        ("The Daily Wire Staff Writers", ["The Daily Wire Staff Writers"]),
        ("By Ann Li - Sat Apr 23 2016, 10:55 am", ["Ann Li"]),
        ("赵传文", ["赵传文"]),
        ("林小舟/文", ["林小舟"]),
        ("欧阳小舟文", ["欧阳小舟"]),
        ("林小舟关注", ["林小舟"]),
        ("By Ann Li | Updated 3:05 PM, May 3, 2024", ["Ann Li"]),
        ("By Ann Li Published May 3, 2024", ["Ann Li"]),
        ("Ann Li • 3 May 2024", ["Ann Li"]),
        ("Ann Li 2024-05-03 10:00", ["Ann Li"]),
        ("Ann Li (ann@daily.example)", ["Ann Li"]),
        ("Ann Li <ann.li@daily.example>", ["Ann Li"]),
        ("Ann Li @annli", ["Ann Li"]),
        ("Ann Li, Senior Political Correspondent", ["Ann Li"]),
        ("Ann Li, Staff Writer", ["Ann Li"]),
        ("Ann Li, Reporter at The Daily", ["Ann Li"]),
        ("记者 林舟", ["林舟"]),
        ("本报记者林舟", ["林舟"]),
        ("记者：林舟 通讯员：陈河", ["林舟", "陈河"]),
        ("记者 林舟 陈河 编辑 王五", ["林舟", "陈河"]),
        ("作者：林舟 责编：王五", ["林舟"]),
        ("责任编辑：王五", ["王五"]),
        ("文/林舟", ["林舟"]),
        ("林舟（某报记者）", ["林舟"]),
        ("林舟 发布时间：2024-05-03", ["林舟"]),
        ("Food and Drug Administration", ["Food and Drug Administration"]),
        ("AT&T Labs", ["AT&T Labs"]),
        ("Reuters and Ann Li", ["Reuters", "Ann Li"]),
        ("36氪", ["36氪"]),
        ("桥边频道", ["桥边频道"]),
        ("Robert Downey, Jr.", ["Robert Downey"]),
        ("de Ann Li", ["de Ann Li"]),
        ("Von Trapp", ["Von Trapp"]),
        ("Von Anna Fuchs, Hamburg", ["Anna Fuchs"]),
        ("Von Anna Fuchs und Bo Reed, Hamburg", ["Anna Fuchs", "Bo Reed"]),
        ("By Ann Li, Bo Chen", ["Ann Li", "Bo Chen"]),
        ("Par Anne Lis avec AFP", ["Anne Lis"]),
        ("Von Anna Fuchs mit Material von dpa", ["Anna Fuchs"]),
        ("Publié le 6 mai 2023 à 08h00 par Anne Lis", ["Anne Lis"]),
        ("Текст: Анна Лисина", ["Анна Лисина"]),
        ("김민수 기자", ["김민수"]),
        ("부산=김민수 선임기자", ["김민수"]),
        ("김민수·이영희 기자 minsu@daily.example", ["김민수", "이영희"]),
        ("바다신문사 김민수 특파원", ["김민수"]),
        ("記者林舟／高雄報導", ["林舟"]),
        ("某報／ 記者林舟／高雄即時報導", ["林舟"]),
        ("某新闻记者 林舟", ["林舟"]),
        ("海边谈记者 林舟", ["林舟"]),
        ("某傳媒記者 林舟 發自高雄", ["林舟"]),
        ("文｜林舟 编辑｜陈河", ["林舟"]),
        ("Von: Ann Li", ["Ann Li"]),
        ("著者：後藤大地", ["後藤大地"]),
        ("文● 田中宏昌", ["田中宏昌"]),
        ("《Ann》", ["Ann"]),
        ("【林舟】", ["林舟"]),
        ("灯塔人【lamp1906】", ["灯塔人【lamp1906】"]),
        ("Ann Vlog《灯》", ["Ann Vlog《灯》"]),
        ("[田中宏昌，Bo]", ["田中宏昌", "Bo"]),
        ("Un texte de Ann Li", ["Ann Li"]),
        ("Datum: 19.11.2021 Autor: Ann Li Quelle: Daily", ["Ann Li"]),
        ("Publiziert am 13. Januar 2014 von Ann Li", ["Ann Li"]),
        ("facebook.com", []),
        ("www.facebook.com/annli", []),
        ("on", []),
        ("von: Ann Li", ["Ann Li"]),
        ("von Ann 18.10.2019 16:06 Uhr", ["Ann"]),
        ("von Redaktion", []),
        ("Eingestellt von der Fischer", ["der Fischer"]),
        ("Erstellt von Ann Li", ["Ann Li"]),
        ("Ein Beitrag von Ann Li", ["Ann Li"]),
        ("Posted in Harbour by annli on August 3, 2019", ["annli"]),
        ("Posted on September 21, 2020 by Ann Li", ["Ann Li"]),
        ("Ann.Li am Samstag, 19. Oktober 2019 um 11:14 Uhr", ["Ann.Li"]),
        ("A. L. am 07.08.2013 um 09:07 Uhr", ["A. L."]),
        ("Ann Li Stand: 05. Februar 2020", ["Ann Li"]),
        ("Ann Li le 3.5.2024", ["Ann Li"]),
        ("Interview: Ann Li", ["Ann Li"]),
        ("Text / Interview: Ann Li", ["Ann Li"]),
        ("Autor/in: Ann Li", ["Ann Li"]),
        ("Redaktion: Ann Li, Bo Chen", ["Ann Li", "Bo Chen"]),
        ("Text von Ann Li Illustration von Bo Chen", ["Ann Li"]),
        ("Photo by Bo Chen", ["Bo Chen"]),
        ("Reviewed by Bo Chen", ["Bo Chen"]),
        ("Ann Li im Gespräch mit Bo Chen", ["Ann Li", "Bo Chen"]),
        ("Alle Artikel von Ann Li", ["Ann Li"]),
        ("© Ann Li", ["Ann Li"]),
        ("Ann LiFollow", ["Ann Li"]),
        ("Ann LiAnn Li", ["Ann Li"]),
        ("ByAnn Li", ["Ann Li"]),
        ("Ann Li Jr.", ["Ann Li Jr."]),
        ("By Ann L.", ["Ann L."]),
        ("By Ann Li.", ["Ann Li"]),
        *(
            (nobody, [])
            for nobody in (
                "Autor",
                "Von",
                "Stand",
                "No Author",
                "About the Author",
                "Über die Autorin",
                "Zur Artikelübersicht",
                "Artikel von",
                "Letzte Aktualisierung",
                "Log in",
                "Ann Li's Most Recent Stories",
            )
        ),
        ("ANN LI", ["ANN LI"]),
        ("Ann Li, MS, RDN, LD", ["Ann Li"]),
        ("Ann Li, MD-PhD and Bo Ek, D.O.", ["Ann Li", "Bo Ek"]),
        ("Jack Ma and Yo-Yo Ma", ["Jack Ma", "Yo-Yo Ma"]),
        ("MA", ["MA"]),
        ("Authored by: Dr. Ann Li", ["Dr. Ann Li"]),
        ("Ann Li, 10+ Years in the Moving Industry", ["Ann Li"]),
        ("The Author; Ann Li; Member login", ["Ann Li"]),
        ("Ann Li, etimes.in", ["Ann Li"]),
    ],
)
def test_the_people_of_a_text_are_named_one_by_one(text: str, names: list[str]) -> None:
    assert author_names([text]) == names


@pytest.mark.parametrize(
    "text",
    ["佚名", "匿名", "admin", "Administrator", "Editor", "Staff Writer", "& more", "more", "12345",
     "2024-05-03",
     "ann@daily.example", "https://www.facebook.com/daily", "www.daily.example", "@daily",
     "null", "undefined",
     "By", "记者", "编辑部", "我来说两句", "回答", "Google+",
     "Discuz! Team and Comsenz UI Team", "林舟的原贴", "联系本文记者", "river.com.cn",
     "河边网_提供旧书、渡轮、灯塔的资讯服务", "手机版 点击: 次",
     "小编", "转载", "谢谢", "点击关注👉", "点击蓝字关注", "广告推广",
     "Google Buzz",
     "Updated May 3, 2024", "Unknown", "", "...", "Redaktion",
     "An article about the bridge that is much too long to be anybody's name at all"],
)  # fmt: skip
def test_who_is_nobody_is_no_author(text: str) -> None:
    assert author_names([text]) == []


def test_the_site_itself_is_no_author() -> None:
    sites = site_names("The Daily", None, url="https://www.daily.example/a")
    for text in ("The Daily", "THE DAILY", "TheDaily", "daily.example", "www.daily.example"):
        assert author_names([f"{text}, Ann Li"], sites) == ["Ann Li"]
    assert author_names(["The Daily Bugle"], sites) == ["The Daily Bugle"]
    assert site_names(None, None, url=None) == ["www."]


@given(st.text(max_size=400))
def test_no_text_makes_it_raise(text: str) -> None:
    for name in author_names([text]):
        assert name == name.strip()


@pytest.mark.parametrize(
    "text",
    [
        " " * 60_000,
        "a@" * 30_000,
        "记者" * 30_000,
        "and " * 15_000,
        "(" * 60_000,
        "By " * 20_000,
        "/" * 60_000,
    ],
)
def test_hostile_texts_cost_no_time(text: str) -> None:
    started = time.process_time()
    author_names([text] * 20)
    assert time.process_time() - started < 2


def test_a_site_is_no_author_with_what_sites_add_to_their_names_either() -> None:
    assert author_names(["Ann Li", "Daily News", "Daily Online"], ["Daily"]) == ["Ann Li"]
    assert author_names(["Daily Life"], ["Daily"]) == ["Daily Life"]


@pytest.mark.parametrize(
    ("name", "tab", "is_site"),
    [
        ("River 新聞雲", "港口開放 | River社會新聞 | River 新聞雲", True),
        ("River.com 今日新聞網", "港口開放 | River 今日新聞", True),
        ("网易", "港口今天重新开放_网易新闻", True),
        ("CSDN.NET", "港口今天重新开放-CSDN.NET", True),
        ("林一", "港口今天重新开放 - 林一的博客", False),
        ("某报", "港口今天重新开放", False),
        ("Ann Li", "A harbour reopens - Ann Li", False),
        ("河边客", "港口今天重新开放 - 河边客", False),
    ],
)
def test_the_name_with_which_a_tab_ends_is_the_sites_and_no_writers(
    name: str, tab: str, is_site: bool
) -> None:
    assert is_site_of_tab(name, tab) is is_site
    page = f"<!doctype html><title>{tab}</title><meta name=author content='{name}'><body><p>A harbour.</p>"
    assert shipped_parser().parse(page_of(page.encode())).author == ([] if is_site else [name])
