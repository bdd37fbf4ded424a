"""Words that some write with other characters, and that mean the same: 計劃 and 計畫, 霞が関 and 霞ヶ関.

No table of characters can make these the same, since each of the characters is another word's, too. So a
query that has one asks for the other as well, and the index stays as it is: where 部份 stands across two
words (全部份額), the other spelling finds nothing. Pure. Refuses words that only sound alike (權利, 權力),
and other words for the same thing (軟件, 軟體).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, product
from typing import Final

from newsdrop.folding import HAN

__all__ = ["PAIRS", "written_otherwise"]

#: As terms.py folds them.
_WORDS: Final = """
    计划/计画 规划/规画 策划/策画 企划/企画 筹划/筹画 擘划/擘画 刻划/刻画 划分/画分 划清/画清 划时代/画时代
    身份/身分 部份/部分 成份/成分 份量/分量 过份/过分 充份/充分 缘份/缘分 水份/水分 养份/养分 本份/本分
    知识份子/知识分子 犯罪份子/犯罪分子 积极份子/积极分子 恐怖份子/恐怖分子 异议份子/异议分子
    部署/布署 交代/交待 报道/报导 唯一/惟一 唯有/惟有 其他/其它 作为/做为 做法/作法 人才/人材 想象/想像
    好像/好象 图像/图象 录像/录象 照相/照像 订单/定单 订货/定货 订购/定购 彻底/澈底 贯彻/贯澈 撤销/撤消
    参与/参予 给予/给与 授予/授与 赋予/赋与 记录/纪录 纪念/记念 词典/辞典 枪支/枪枝 联系/连系
    关联/关连 联络/连络 喝彩/喝采 精彩/精采 倒霉/倒楣 保姆/保母 糊涂/胡涂 摩擦/磨擦 坐落/座落 度假/渡假
    莫名其妙/莫明其妙 启程/起程 稀有/希有
"""
PAIRS: Final = tuple((one, other) for one, _, other in (pair.partition("/") for pair in _WORDS.split()))
#: Kana for 箇 and 個 in Japanese, as terms.py folds them: of a counter (三ヶ月, 数か所), and in a name.
_COUNTER: Final = "ケかカ"
_COUNTED: Final = f"(?<=[ 0-9一二三四五六七八九十数几何])[{_COUNTER}](?=[月所国年条村处町寺店语点])"
_IN_NAMES: Final = "ケがガ"
_NAMED: Final = f"(?<={HAN})[{_IN_NAMES}](?={HAN})"
_MOST_PLACES: Final = 2


@cache
def _others() -> dict[str, str]:
    return {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}


@cache
def _any() -> re.Pattern[str]:
    words = "|".join(sorted(_others(), key=len, reverse=True))
    return re.compile(f"{words}|(?P<counted>{_COUNTED})|(?P<named>{_NAMED})")


def _instead(place: re.Match[str]) -> Iterator[str]:
    """What may stand there as well."""
    if (word := place[0]) in _others():
        return iter([_others()[word]])
    return (kana for kana in (_COUNTER if place["counted"] else _IN_NAMES) if kana != word)


def written_otherwise(found: Sequence[str]) -> list[list[str]]:
    """The other spellings of terms in a row: for each set of its first places where there is one."""
    # A sign for each term that isn't a single character, so that places are those of the list.
    row = "".join(term if len(term) == 1 else " " for term in found)
    places = list(_any().finditer(row))[:_MOST_PLACES]
    spelled: list[list[str]] = []
    for number in range(1, len(places) + 1):
        for chosen in combinations(places, number):
            for words in product(*map(_instead, chosen)):
                terms = list(found)
                for place, word in zip(chosen, words, strict=True):
                    terms[place.start() : place.end()] = word
                spelled.append(terms)
    return spelled
