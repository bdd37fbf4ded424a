"""What the sections of sites are called, for tabs that have one between the title and the site's name.

    A harbour reopens | Local | The Daily    Local
    港口今天重新开放_国内新闻_某某网              国内新闻

Words alone: refuses to guess that a short part is a section.
"""

from __future__ import annotations

import re

from newsdrop.parse.text import squeezed

__all__ = ["NEWS_SECTION", "is_section"]

_HAN = (
    r"(?:国际|國際|国内|國內|社会|社會|财经|財經|体育|體育|娱乐|娛樂|科技|军事|軍事|即时|即時|热点|熱點|头条|頭條|时政|時政|政治|"
    r"港澳|台湾|台灣|两岸|兩岸|地方|本地|综合|綜合|最新|图片|圖片|滚动|滾動|焦点|焦點|重点|重點|教育|健康|汽车|房产|旅游|文化|"
    r"生活|公司|行业|企业|产业|国内外|中国|中國|世界|全球|影剧|影劇|民生|经济|經濟|其他|相关|相關|今日|每日|理财|理財)"
)
#: With the word for news behind it.
NEWS_SECTION = re.compile(rf"{_HAN}?(?:新[闻聞]|[周週]刊)")
_CHINESE = re.compile(
    rf"(?:{_HAN}|要闻|要聞|评论|評論|观点|觀點|专栏|專欄|股市|基金|证券|證券|法治|读书|讀書|历史|歷史|人物|深度|"
    r"新[闻聞])(?:新[闻聞]|要[闻聞]|[频頻]道|中心|版|[栏欄]目)?"
    r"|[\u3400-\u9fff]{0,4}[频頻]道"
)
#: By language, since some are the same in several.
_BY_LANGUAGE = {
    "en": "news latest latestnews breakingnews topstories local localnews world worldnews uknews usnews "
    "us uk national international politics business money economy markets finance sport sports "
    "football opinion comment culture entertainment arts lifestyle life style health science "
    "technology tech environment climate education travel food weather video videos obituaries "
    "features crime",
    "de": "nachrichten aktuelles aktuell politik wirtschaft panorama sport kultur wissen wissenschaft "
    "gesellschaft regional lokales ausland inland deutschland meinung digital netzwelt gesundheit "
    "reise",
    "fr": "actualité actualités politique économie société monde international culture sciences santé",
    "es": "noticias política economía sociedad deportes internacional nacional cultura mundo",
    "it": "notizie politica economia cronaca esteri cultura sport mondo",
    "pt": "notícias política economia esportes esporte cultura mundo",
    "ru": "новости политика экономика общество спорт культура происшествия мир",
    "ja": "ニュース 社会 政治 経済 国際 スポーツ 芸能 文化 地域 暮らし エンタメ 科学",
    "ko": "뉴스 사회 정치 경제 국제 스포츠 연예 문화 지역 오피니언 사설",
}
_WORDS = frozenset(word for words in _BY_LANGUAGE.values() for word in words.split())


def is_section(part: str) -> bool:
    """Whether a part of a tab's title is called as sections are."""
    return squeezed(part).casefold() in _WORDS or _CHINESE.fullmatch(part.strip()) is not None
