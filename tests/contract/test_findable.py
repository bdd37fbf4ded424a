"""What a person types finds what is written: the same on both stores, in both analyses, and as Kibana asks.

Each row is a text, the queries that must find it, and those that must not. Texts and queries are of the kinds
that texts really have and people really type: units, numbers in circles, emoji, dates, scripts of all kinds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store, make_document
from tests.searching import hits
from tests.waiting import PATIENCE_S

from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.local import LocalStore
from newsdrop.index.store import Store
from newsdrop.index.wording import other_numbers


def apart(text: str) -> str:
    """Hangul in separate letters."""
    return unicodedata.normalize("NFD", text)


class Row(NamedTuple):
    text: str
    found_by: str
    not_by: str = ""
    in_kibana: bool = True


#: Queries are separated by " ; ".
ROWS = [
    # Units, fractions, numbers in circles, zeros.
    Row("气温升至25℃，明天有雨", "25℃ ; 25°C ; 升至25℃ ; 25℃，明天", "26℃"),
    Row("½杯水煮2½小时", "½ ; ½杯 ; 1/2杯 ; 2½小时 ; 煮2½小时", "3½"),
    Row("①第一 ⑴第二 ⒈第三 ❶第四 ㈠第五", "①第一 ; ⑴第二 ; ⒈第三 ; ❶第四 ; ㈠第五 ; 第二", "②第一"),
    Row("№5 ㋿元年 ㊙文件 ㋀三日", '№5 ; "No 5" ; 令和元年 ; ㋿元年 ; 秘文件 ; 1月三日'),
    Row("二〇一九年", "二〇一九年 ; 二○一九年 ; 二零一九年 ; 一九年", "二一九年"),
    Row("二○○八年五月，一九九○、陳○○", "二〇〇八年 ; 二零零八年五月 ; 一九九〇 ; 陳○○", "二八年"),
    Row("القاهرة ٢٠١٩ و ۱۴۰۰ กับ ๒๕๖๓", "2019 ; ٢٠١٩ ; 1400 ; 2563"),
    # A number and letters, with or without anything between.
    Row("全长100km，载重 20 kg", "100km ; 100 km ; 100㎞ ; 载重20㎏", '"100 km" ; 10km', in_kibana=False),
    Row("iPhone15和F-16，Covid19", "iPhone 15 ; F16 ; COVID-19", '"covid 19" ; iPhone 5', in_kibana=False),
    Row("The U.S. and the A.I. act", "US ; US act ; AI ; U.S.", '"US" ; us ; UA', in_kibana=False),
    Row("时速120km/h，走了1.5km，重2kg的包", "120 km/h ; 1.5 km ; 重2 kg", "15 km ; 5 km/h", in_kibana=False),
    Row("Jets F-16 and iPhone15 of the U.S. army", "F16 ; F-16 ; iPhone15 ; iPhone-15 ; US", "us ; F15"),
    Row("Covid19, 5G and the 1990s; two MPs", "COVID-19 ; covid19 ; 5G ; 1990s ; MP", "1990 ; 5"),
    Row("面积100 m²，另有50㎡的单位", "100m² ; 100m2 ; 50 m2 ; 50㎡", '"100m2"', in_kibana=False),
    # Words that are written with other characters by some.
    Row("五年計劃，居民身分證", "計畫 ; 五年计画 ; 身份 ; 计划", '"計畫" ; "身份"', in_kibana=False),
    Row("全部份額，設計畫面", "份额 ; 画面 ; 全部份额 ; 设计画面", "份画", in_kibana=False),
    Row("霞ヶ関で三ヶ月", "霞が関 ; 霞ケ関 ; 三か月 ; 三カ月", '"霞が関"', in_kibana=False),
    # Numbers, names and compounds that are written otherwise.
    Row("Es waren 12 345 678, dann 3.000", "12345678 ; 12,345,678 ; 3000 ; 3,000 ; 3.000", "2345678 ; 13000"),
    Row("₹12,34,567; 4 000 人; 5,000,000", "1234567 ; 4000人 ; 5 000 000 ; 5.000.000", "56", in_kibana=False),
    Row("Herr Müller, Frau Schroeder", "Mueller ; Schröder ; Müller", '"Mueller" ; muell', in_kibana=False),
    Row("Your email, a co-operation", "e-mail ; E-Mail ; email ; co-operation", '"e-mail"'),
    Row("An e-mail, antigovernment", "email ; anti-government ; e-mail", '"email"', in_kibana=False),
    Row("À 10 h 30, la U.S.A.", "10h30 ; USA", "1030 ; usa"),
    Row("Η.Π.Α. и С.С.С.Р.", "ΗΠΑ ; СССР ; С.С.С.Р.", "ссср", in_kibana=False),
    Row("A PhD in the USA at 5 p.m.", "Ph.D. ; U.S.A. ; 5pm", '"Ph.D."', in_kibana=False),
    Row("9·11事件，315晚会", "911事件 ; 3·15晚会 ; 9·11事件", '"911事件"', in_kibana=False),
    Row("2020-01-23T10:30:00Z", "2020-01-23 ; 10:30 ; 23T10 ; 2020-01-23T10:30:00Z", "24T10"),
    Row("3ㆍ1운동과 한ㆍ미 회담", "3·1운동 ; 한미 ; 한·미 회담 ; 한ㆍ미", "31운동"),
    Row("А. С. Пушкин и É. Zola", '"А.С. Пушкин" ; "É. Zola" ; "А. С. Пушкин"', '"Пушкин А"'),
    Row("จ. เชียงใหม่ เเม่ นํ้า", '"จ.เชียงใหม่" ; แม่ ; น้ำ ; เเม่', "แมว"),
    # Full stops behind titles, initials and abbreviations end no sentence.
    Row("On Jan. 23 Mr. Li met J. K. Rowe. He left", '"Jan 23" ; "Mr Li" ; "J.K. Rowe"', '"Rowe he"'),
    # Quotation marks of other languages.
    Row("Le droit public; 「港獨」分子", "«droit public» ; 「港獨」分子", "«public droit»", in_kibana=False),
    # Numbers with their thousands apart, and others.
    Row("缺３，０００人，增3，500元", "3000人 ; 3,000人 ; ３，０００人 ; 3500元 ; 3’500元", "000人"),
    Row("第1，2，3条，2019，200人", "1，2，3条 ; 第1，2 ; 3条 ; 200人", "123条 ; 2019200人"),
    Row("Il y a 3\u202f000 gens, 4\u00a0500 ou 5'600", "3000 ; 3,000 ; 3\u202f000 ; 4500 ; 5600 ; 5’600"),
    # Apostrophes that part two words, and those that don't.
    Row("L’état d'urgence, dit-on, qu’il faut", "urgence ; d'urgence ; État ; l'état ; qu'il ; il", "d'État"),
    Row("İstanbul'da, Erdoğan’ın ve TBMM'nin", "İstanbul ; istanbul'da ; Erdoğan ; TBMM", "İstanbul'un"),
    Row("They don't like Xi'an, Chang’e, O'Brien", "don't ; Xi'an ; Chang'e ; O’Brien", "don ; Xi ; Brien"),
    # Signs of repetition, and letters of Hangul by themselves.
    Row("佐々木さんのいすゞ、こゝろ", "佐佐木 ; 佐々木 ; いすず ; いすゞ ; こころ", "佐々佐"),
    Row(apart("대한민국의 똠얌꿍") + " ᄏᄏ", "대한민국 ; 민국 ; 똠얌 ; ㅋㅋ ; ﾻﾻ", "한민대"),
    Row("한국은행 ㅋㅋㅋ", f"{apart('한국')} ; {apart('은행')} ; ᄏᄏ ; ﾻﾻﾻ"),
    # Emoji are words of their own.
    Row("笑脸😀 打勾✔完成❌失败⭐五星", "😀 ; ✔ ; ❌ ; 打勾✔完成 ; ❌失败⭐五星 ; 笑脸😀", "打勾完成"),
    Row("❤️爱你 👍🏽赞 👨‍👩‍👧家庭 1️⃣首先", "❤爱你 ; ❤️爱你 ; 👍赞 ; 👍🏽赞 ; 👨‍👩‍👧家庭 ; 1️⃣首先 ; 👧"),
    Row("香港🇭🇰加油，台湾🇹🇼", "🇭🇰 ; 香港🇭🇰加油 ; 🇹🇼 ; 台湾🇹🇼", "🇰🇭"),
    # Dots in names; beside spaces they begin the item of a list.
    Row("唐納德•川普和格伦‧格林沃尔德", "唐纳德·川普 ; 唐納德•川普 ; 唐纳德川普 ; 格伦·格林沃尔德"),
    Row("内容： • 国家安全 • 公共秩序", "国家安全 ; 公共秩序", "安全公共"),
    # Other forms of the same letters.
    Row("髙橋さんと﨑山さん、渡邉氏の経済対策", "高橋 ; 崎山 ; 渡邊 ; 渡边 ; 经济 ; 經濟"),
    Row("时间１０：３０，增长３．５％", "10:30 ; １０：３０ ; 3.5% ; 增长3.5%", "1030"),
    Row("歴史を観光、横浜の増税、聴聞、汚染", "历史 ; 觀光 ; 横滨 ; 橫濱 ; 增税 ; 聽聞 ; 汙染 ; 污染 ; 歴史"),
    Row("他說甚麼、銀行帳戶和𬱖", "什么 ; 甚么 ; 什麼 ; 账户 ; 賬戶 ; 帐户 ; 頔"),
    Row("砲兵與火砲，隣居甦醒", "炮兵 ; 火炮 ; 鄰居 ; 邻居 ; 苏醒 ; 甦醒"),
    Row("𝗕𝗿𝗲𝗮𝗸𝗶𝗻𝗴 ⒸⓄⓋⒾⒹ 𝟸𝟶𝟷𝟿 5µm", "Breaking ; covid ; 2019 ; 5μm ; 5µm"),
    # Scripts that are written with marks, or without spaces.
    Row("مُحَمَّد أحمد العـــربية", "محمد ; مُحَمَّد ; احمد ; أحمد ; العربية"),
    Row("ΟΔΟΣ Αθήνας", "οδός ; οδος ; ΑΘΗΝΑΣ"),
    Row("שָׁלוֹם עולם", "שלום ; שָׁלוֹם ; עולם"),
    Row("ข่าวประเทศไทยวันนี้ (ด่วน)", "ประเทศไทย ; ไทย ; ข่าว ; ด่วน ; วันนี้", "วันนั้น ; ประเทศลาว"),
    Row("(ရန်ကုန်)မြန်မာနိုင်ငံ ភ្នំពេញកម្ពុជា ວຽງຈັນລາວ", "ရန်ကုန် ; မြန်မာ ; နိုင်ငံ ; ភ្នំពេញ ; កម្ពុជា ; ລາວ"),
    Row("צה״ל וצה\"ל, ג׳ורג׳ ג'ירף", "צה״ל ; ג׳ורג׳ ; ג'ורג' ; ג׳ירף", "צהל"),
    # Signs that words are written with, or without.
    Row("ジャン゠ポール、〆切、㌖", "ジャンポール ; ジャン・ポール ; 〆切 ; 締切 ; キロメートル"),
    Row("it´s Qurʾan Hawaiʻi Oʻzbek", "Qur'an ; Hawai'i ; O'zbek ; Oʻzbek ; it's", "zbek"),
    Row("سلام، عالم؛ ١٬٠٠٠", "سلام ; عالم ; 1000 ; ١٠٠٠", '"سلام عالم"'),
    Row("کتاب على المكتبة ﷲ", "كتاب ; کتاب ; علي ; المكتبه ; المکتبة ; الله"),
    Row("น้ำท่วม กําลัง ຄໍາ", "นํ้าท่วม ; กำลัง ; ຄຳ", "กำหนด"),
    Row(apart("தொழில் மோடி") + " লোকসভা", "தொழில் ; மோடி ; " + apart("লোকসভা")),
    Row("क़ानून और हिँदी", "कानून ; हिंदी", "मोदी"),
    Row("1️⃣2️⃣3️⃣，⒜項", "1️⃣ ; 2️⃣ ; a項", "12 ; 23"),
    Row("Ch‘ing, T‘ai-pei", "Ch'ing ; T’ai", "ing"),
    Row("กข。한。가a나1다", "ข ; 한 ; 가a ; 나1", "a나다"),
    # Han that Elasticsearch's tables lack.
    Row("吃𰻞𰻞面的鿰字", "𰻞𰻞面 ; 𰻞 ; 鿰字 ; 吃𰻞", "吃面 ; 鿱字"),
    # One English word finds its other number.
    Row("The viruses spread, said policemen", "virus ; viruses ; policeman ; virus spread", '"virus"'),
    Row("A refugee saw the movie of a hero", "refugees ; refugee ; movies ; heroes", '"refugees"'),
    Row("Women, buses and trees; a crisis", "woman ; women ; bus ; buses ; tree ; crises", "bu"),
    Row("In the 1990s and the '80s, since 2010", "1990s ; 80s ; 2010", "1990 ; 80 ; 2010s"),
    Row("Cases of shoes go to Oman", "case ; shoe ; Oman", "cas ; omen ; does ; goes"),
]  # fmt: skip
#: Words whose other number both stores must know alike.
WORDS = """
    virus viruses bus buses house houses hero heroes photo photos shoe shoes toe refugee refugees
    tree trees movie movies policy policies tie ties woman women policeman policemen human men man
    omen yemen use uses us gas gases does goes go do series news box boxes church churches city boy
    boys tax taxes wife wives life lives crisis crises case campus campuses veto vetoes bonus abuse
    status process glasses pass buzz quizzes employees committee zombies spies monkeys days a an is
    as ok ies ees oes children media covid19 zoo ego dies
"""
STORES = ["embedded", "unigram", "pairs"]
CASES = [
    (at, query, found)
    for at, row in enumerate(ROWS)
    for queries, found in ((row.found_by, True), (row.not_by, False))
    for query in queries.split(" ; ")
    if query
]


@pytest.fixture(scope="module", params=STORES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    documents = [make_document(f"row-{at}", "甲", row.text) for at, row in enumerate(ROWS)]
    if request.param == "embedded":
        local = LocalStore(tmp_path_factory.mktemp("findable") / "index.sqlite3")
        local.put(documents)
        yield local
        local.close()
        return
    url = request.getfixturevalue("elasticsearch_url")
    with elasticsearch_store(url, analysis=request.param) as server:
        server.init()
        server.put(documents)
        with Elasticsearch(url, request_timeout=PATIENCE_S) as client:
            client.indices.refresh(index=server.status().articles.alias)
        yield server


@pytest.mark.elasticsearch
@pytest.mark.parametrize(("at", "query", "found"), CASES, ids=[query for _, query, _ in CASES])
def test_a_text_is_found_by_what_people_type(store: Store, at: int, query: str, found: bool) -> None:
    assert (id_of(at) in {hit.id for hit in hits(store, query, size=100)}) is found


@pytest.mark.elasticsearch
@pytest.mark.parametrize("kind", ["phrase", "best_fields"])
def test_kibana_finds_a_text_by_what_people_type(store: Store, elasticsearch_url: str, kind: str) -> None:
    if not isinstance(store, ElasticsearchStore):
        return
    alias = store.status().articles.alias
    wrong = []
    with Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S) as client:
        for at, query, found in CASES:
            # As a phrase an English word is matched exactly.
            if not ROWS[at].in_kibana or (query.isascii() if kind == "phrase" else '"' in query):
                continue
            wanted = {"multi_match": {"query": query.strip('"'), "type": kind, "lenient": True}}
            answer = client.search(index=alias, query=wanted, size=100, source=False)
            if (id_of(at) in {hit["_id"] for hit in answer["hits"]["hits"]}) is not found:
                wrong.append((query, found))
    assert wrong == []


@pytest.mark.elasticsearch
@pytest.mark.parametrize("kind", ["phrase", "best_fields"])
def test_kibana_marks_what_was_found_and_all_of_it(store: Store, elasticsearch_url: str, kind: str) -> None:
    if not isinstance(store, ElasticsearchStore):
        return
    text = "東京オリンピック、대한민국의 5G통신 ข่าวไทยวันนี้ (မြန်မာ) ㄅㄆㄇ"
    words = ["オリンピック", "東京オ", "민국", "5G", "통신", "ไทย", "မြန်မာ", "ㄆㄇ"]
    store.put([make_document("marks", "甲", text)])
    alias = store.status().articles.alias
    with Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S) as client:
        client.indices.refresh(index=alias)
        for word in words:
            wanted = {"multi_match": {"query": word, "type": kind, "lenient": True}}
            marks: dict[str, Any] = {"fields": {"text": {"number_of_fragments": 0}}}
            answer = client.search(index=alias, query=wanted, highlight=marks, size=100)
            found = {hit["_id"]: hit["highlight"]["text"] for hit in answer["hits"]["hits"]}
            expected = text.replace(word, f"<em>{word}</em>")
            assert found[make_document("marks", "甲", text).id] == [expected], word


@pytest.mark.elasticsearch
def test_both_stores_know_the_same_other_numbers(store: Store, elasticsearch_url: str) -> None:
    if not isinstance(store, ElasticsearchStore):
        return
    alias = store.status().articles.alias
    differing = {}
    with Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S) as client:
        for word in WORDS.split():
            answer = client.indices.analyze(index=alias, analyzer="nd_text_search", text=word)
            # Letters and a number are asked for in two words, too.
            parts = [*filter(None, re.split(r"(?<=[a-z])(?=[0-9])", word))]
            made = {one["token"] for one in answer["tokens"]}
            ours = {word, *parts, *other_numbers(word)}
            if made != ours:
                differing[word] = (made, ours)
    assert differing == {}


def id_of(at: int) -> str:
    return make_document(f"row-{at}", "甲", ROWS[at].text).id
