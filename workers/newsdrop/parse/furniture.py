r"""Lines that stand alone on a page of a site without a rule and are never text: its tools and notices.

    播放 00:00 / 03:25     赞 12 收藏 评论 3     Your browser does not support the video tag.     5 min read

What counts players, readers and minutes, what browsers can't show, and where advertisements begin and end.
Unlike what stands at either end (beginnings.py, endings.py), these may be anywhere. Refuses all that is
longer than such a line, and sentences in which somebody does what a button says. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from newsdrop.documents import Block

__all__ = ["furniture"]

_LONGEST: Final = 90
#: How no such line ends, but many that are said.
_SAID: Final = ("？", "！", "”", "」", '"', "?")
_MINUTES: Final = r"(?:ca\.?\s?|約|约)?\d{1,3}(?:\s?[-–]\s?\d{1,3})?\s?"
_CLOCK: Final = r"\d{1,2}(?::\d\d){1,2}"
_COUNT: Final = r"\d[\d.,]{0,8}\s?(?:万|萬|千|[kKmM])?\+?"
#: What readers do with a post, which buttons count.
_DONE: Final = (
    r"(?:点?赞|點?讚|收藏|[评評][论論]|[转轉][发發]|分享|在看|[阅閱][读讀]|[浏瀏][览覽]"
    r"|喜[欢歡]|留言|好看|推荐|推薦|回[复覆複應应]|踩)"
)
_PLAYERS: Final = rf"""
      (?:播放|[▶►▷]|play)?\s?{_CLOCK}\s?/\s?{_CLOCK}(?:\s?(?:倍速|[\d.]+x))?
    | [▶►▷🔊🎧]?\s?(?:[听聽]|收[听聽]|朗[读讀]|[语語]音)(?:新[闻聞]|文章|全文|本文
      |播[报報])(?:\s?\W?\s?{_MINUTES}分[钟鐘])?
    | listen\s(?:to\s(?:this\s|the\s)?(?:article|story|post)|now)(?:[\s·|•]*{_MINUTES}min\w*)?
    | (?:(?:den\s)?(?:artikel|beitrag)\s(?:an|vor)(?:hören|lesen\slassen)|(?:écouter|écoutez)\s(?:cet\s
      |l['’])article
      |escuch(?:ar?|e)\s(?:este\s|el\s)?artículo|(?:по|про)слушать\s(?:статью|новость)|기사\s?듣기
      |この記事を(?:音声で)?聞く)
    | (?:[点點][击擊])?播放(?:[视視][频頻]|音[频頻])? | [视視][频頻](?:正在)?加[载載]中\W*
"""
_BROWSERS: Final = r"""
      (?:sorry,?\s)?your\s(?:browser|device)\s(?:does\s?n[o’']?t|can\s?not)\s(?:support|play)\b.{0,60}
    | (?:ihr|dein|der)\s?browser\s(?:unterstützt|kann)\b.{0,50}\b(?:nicht|kein)\b.{0,20}
    | (?:votre|ce)\snavigateur\sne\s(?:supporte|prend|permet)\b.{0,60}
    | (?:[st]u|este|o\sseu)\s(?:navegador|browser)\sn(?:o|ão)\s(?:soporta|admite|suporta|es\scompatible
      |puede)\b.{0,50}
    | ваш\sбраузер\sне\sподдерживает\b.{0,40}
    | (?:[您你]|[当當]前)的?(?:[浏瀏][览覽]器|[设設][备備]|器材)(?:版本)?(?:[暂暫]?不支[持援]
      |太?[过過]?低).{0,30}
    | お使いの(?:ブラウザ|環境).{0,30}(?:対応|サポート|再生)[^。]{0,16}。?
    | 브라우저가\s.{0,30}지원하지\s?않.{0,12}
    | (?:please\s)?(?:enable|turn\son|activate)\sjava\s?script\b.{0,70}
    | (?:this\s(?:content|page|site|video)|you\sneed)\s(?:requires?\s|to\senable\s)?java\s?script\b.{0,50}
    | [请請](?:[启啟][用动動]|[开開][启啟]|打[开開])java\s?script.{0,30}
"""
_TIMES: Final = rf"""
      (?:estimated\s)?(?:read(?:ing)?\stime|lesezeit|lesedauer|temps\sde\slecture|tiempo\sde\slectura
      |tempo\sd[ie]\sle(?:ttura|itura)
      |время\s(?:на\s)?чтени[яе]|[预預][计計][阅閱][读讀][时時][间間])\s?[:：]?\s?{_MINUTES}(?:min\w*
      |мин\w*|分[钟鐘])\.?
    | {_MINUTES}min(?:ute)?s?\.?(?:\sde)?[\s-](?:read|lesezeit|lesedauer|lecture|lectura|leitura)
    | (?:本|全)?文(?:章|共|[总總]计?|大?[约約]|字数[:：]?)*\s?\d{{2,6}}\s?(?:余|多)?(?:字|[词詞])
      [\s,，、|·]*(?:[预預][计計]|大[约約]|[约約])?[阅閱][读讀](?:全文|本文)?(?:[时時][间間]|需要?
      |大[约約]|[约約]|[预預][计計])*\s?{_MINUTES}分[钟鐘]\W?
    | [阅閱][读讀](?:[时時][间間]|需要?|大[约約]|[约約])+\s?{_MINUTES}分[钟鐘]
"""
_COUNTS: Final = rf"""
      {_COUNT}\s?(?:views?|reads|aufrufe|vues|visitas|visualiza\w+|просмотр\w*|次?(?:[阅閱][读讀]
      |[浏瀏][览覽]|[观觀]看))
    | (?:views|aufrufe|vues|visitas|просмотр(?:ов|ы)|조회수?)\s?:?\s?{_COUNT}
    | (?:{_DONE}\W{{0,3}}(?:{_COUNT})?\s*[|/·]?\s*){{2,9}}(?:(?:[举舉][报報]|更多|反[馈饋])\W*)?
    | {_DONE}(?:量|[数數])?[：:]?\s*{_COUNT}\s*次?
    | (?:{_DONE}|like|comment|share)s?\s?[(（]\s?{_COUNT}\s?[)）]
"""
_ADVERTISEMENTS: Final = r"""
      [\[【(（]?(?:[广廣]告|広告|광고|publicit[éà]|publicidade?|реклама|pub)[\]】)）]?
    | la\ssuite\saprès\s(?:cette|la)\spublicité
    | (?:weiterlesen|(?:der\s)?(?:artikel|text|beitrag)\s(?:wird|geht))\s(?:nach|unter)\sder\s(?:anzeige
      |werbung)(?:\s(?:fortgesetzt|weiter))?
    | (?:sigue|continúa)\sleyendo\sdespués\sde\s.{1,20} | продолжение\s(?:после|под)\sреклам\w+
    | [(（]?(?:[廣广]告\W{0,2})?[请請]?(?:[继繼][续續]|往下(?:滑[动動])?){1,2}[阅閱][读讀](?:本文
      |全文)?[.…]*[)）]?
    | [(（]?[廣广]告\W{0,3}(?:[请請])?[继繼][续續][阅閱][读讀](?:本文)?\W{0,3}
    | (?:skip|jump)\s(?:past|to)\s(?:the\s|next\s|newsletter\s){0,2}(?:promotion|advert\w*|section|content
      |comments)
    | (?:empfohlener\sredaktioneller|externer|eingebetteter)\sinhalt
    | (?:sign\sup|subscribe|register)(?:\s(?:here|now|today|free))?
      (?:\s(?:for|to)\s(?:our|the|my)\s(?:(?:free|daily|weekly|email|[A-Z]\w+)\s){0,2}newsletters?)?[.!]?
    | (?:newsletter|email)\s(?:sign\s?up|abonnieren)
"""
_GALLERIES: Final = r"""
      [（(※*▲▼←→\s]*(?:[点點][击擊按]|[点點])(?:[图圖]片?|[放看查][大看]|下[图圖]){0,2}(?:可
      |以)?(?:[查放]?[看大])?(?:高清)?(?:大[图圖]|原[图圖])[)）\s]*
    | [（(←→▼▲\s]*(?:[向往]?[左右上下]+(?:滑[动動]?|拉)|滑[动動])(?:可|以)?(?:(?:[查观觀]看
      |[浏瀏][览覽])(?:更多|全部|大[图圖]|[图圖]片|下一[张張])?|更多|下一[张張])[→←▼)）\s]*
    | (?:click|tap)\s(?:on\s)?(?:the\s)?(?:image|photo|picture)s?\s(?:to|for)\s.{2,30}
    | (?:view|open|see)\s(?:the\s)?(?:gallery|slideshow|image\sin\sfull\s?screen|full\s?size|all\sphotos)
    | (?:image|photo|slide)\s\d{1,3}\s(?:of|/)\s\d{1,3}
"""
_LINE: Final = re.compile(
    rf"\W?(?:{_PLAYERS}|{_BROWSERS}|{_TIMES}|{_COUNTS}|{_ADVERTISEMENTS}|{_GALLERIES})",
    re.IGNORECASE | re.VERBOSE,
)
#: A text whose only lines are these has something else in mind.
_FEWEST: Final = 2


def furniture(blocks: Sequence[Block]) -> dict[int, str]:
    """The blocks that are tools or notices of the site: number → what it is."""
    if len(blocks) < _FEWEST:
        return {}
    found = {
        number: "a tool of the site"
        for number, block in enumerate(blocks)
        if len(block.text) <= _LONGEST
        and not block.text.endswith(_SAID)
        and block.kind != "quote"
        and _LINE.fullmatch(block.text)
    }
    return found if len(found) < len(blocks) else {}
