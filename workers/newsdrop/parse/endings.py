"""What comes after the end of an article and isn't part of it: prompts to follow, to share, to sign up.

Accounts end their articles with such lines, one after another, and whoever republishes an article copies
them. A line counts only in the unbroken run of them at the end: in the middle of a text, such words are what
somebody says. A heading of older pieces includes what follows it, if that is only titles and no sentences.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from newsdrop.documents import Block
from newsdrop.moments import beside_moments, find_moments

__all__ = ["endings"]

_LONGEST = 80
_LONGEST_TITLE = 60
#: How many titles a list of older pieces may have.
_TITLES = 15

_PROMPT = re.compile(
    r"""
      (?:长按|長按|扫描|掃描|扫码|掃碼|识别|識別).{0,12}(?:二维码|二維碼|下方|上方|关注|關注|加入)
    | (?:[关關]注|[订訂][阅閱]|星[标標]|置[顶頂]|搜索).{0,16}(?:公[众眾]?[号號]|本[号號])[^。]*$
    | ^敬?[请請]?(?:[关關]注|[订訂][阅閱])(?:我们|我們|本[号號站])
    | ^.{0,16}(?:公[众眾][号號]|官方微信|[视視][频頻][号號])$
    | 更多.{0,20}(?:下[载載]|安[装裝]|打[开開]).{0,30}(?:APP|App|app|客[户戶]端|应用)[^。]{0,6}$
    | ^(?:安[装裝]|下[载載]).{0,30}(?:APP|App|app|客[户戶]端).{0,40}$
    | ^(?:点击|點擊|点|點)?(?:[进進]入|查看|[关關]注)?(?:[专專][题題]|[专專][区區])[：:]?$
    | ^(?:点击|點擊|点|點|戳).{0,10}(?:阅读原文|閱讀原文|在看|好看|关注|關注|蓝字|藍字)
    | [点點][击擊].{0,2}(?:拍手|鼓掌).{0,30}$
    | ^.{0,4}[点點](?:个|個|一下)?.{0,4}(?:在看|赞|讚)[^。]{0,12}$
    | ^[欢歡]迎(?:大家|您|你)?(?:[转轉][发發]|分享|投稿|[赞讚打][赏賞]|[关關]注|[订訂][阅閱]|扫码).{0,30}$
    | ^(?:喜[欢歡]|[觉覺]得)(?:本文|这篇|這篇).{0,24}(?:[转轉][发發]|分享|在看|赞|[赏賞]).{0,12}$
    | (?:免[费費]|限[时時]|[优優]惠|福利).{0,16}(?:[课課]程|[试試][听聽看]|[报報]名|[领領]取)[^。]*$
    | (?:[课課]程|[试試][听聽看]).{0,12}(?:免[费費]|[报報]名|[领領]取|[优優]惠|福利)[^。]*$
    | ^\W*(?:THE\ )?END\W*$
    | ^[（(]?(?:部分|文中|以上|本文)?(?:[图圖](?:片|文)?|[视視][频頻]|素材|[内內]容|[资資]料)?(?:均|皆)?
      [来來](?:自|源)[于於：:]?\s?(?:互[联聯])?[网網][络絡](?:[，,。；].{0,6}侵.{0,16})?[）)。]?$
    | ^.{0,4}(?:如|若)有?侵[权權犯].{0,6}(?:[请請]|告知|[联聯][系繫]).{0,8}[删刪]除?[。！]?$
    | ^[^。？！说說]{0,40}(?:未[经經]|非[经經]).{0,24}(?:授[权權]|[许許]可|同意).{0,8}
      (?:不得|[请請]勿|[严嚴]?禁止?).{0,4}(?:[转轉][载載發发]|[复複][制製]|摘[编編]|[镜鏡]像).{0,40}$
    | ^[【（(].{0,60}(?:未[经經]|非[经經]).{0,12}(?:授[权權]|[许許]可|同意).{0,8}
      (?:不得|[请請]勿|禁止).{0,24}[】）)]$
    | ^.{0,24}(?:会員限定|有料会員|有料記事|会員登録|無料で会員).{0,50}$
    | ^[^。？！]{0,20}如需[转轉][载載].{0,4}[请請].{0,30}$
    | ^.{0,60}(?:[擅转轉][自载載]).{0,6}(?:必究|追究).{0,20}$
    | ^.{0,90}무단\s?(?:전재|복제|도용).{0,60}$
    | ^.{0,60}無断(?:での)?(?:転載|複製|引用|使用).{0,30}(?:禁|断り).{0,12}$
    | ^[转轉][载載][请請]注明(?:出[处處]|[来來]源).{0,24}$
    | ^[编編][辑輯]\s\S{2,4}(?:\s校[对對]\s\S{2,4})?$
    | ^(?:以上|本文).{0,6}代表作者(?:本人|[个個]人)?(?:的)?[观觀][点點][。！]?$
    | ^(?:Follow|Subscribe|Sign\ up|Like)\ (?:us|to\ (?:our|the)|for\ (?:our|the)|and\ )[^.]{0,60}[.!]?$
    """,
    re.VERBOSE,
)
_PAST = re.compile(
    r"^\W*往期(?:文章|回[顾顧]|推[荐薦]|精[选選彩]|[阅閱][读讀]|[内內]容|[热熱]文|原[创創])\W*$"
)
#: These may also head a list of sources: what follows must be linked.
_FURTHER = re.compile(
    r"^\W*(?:(?:[点點][击擊])?[进進]入[专專][题題]|(?:推[荐薦]|延伸|[扩擴]展|相[关關]|更多|精彩(?:[视視][频頻])?|[热熱][门門])(?:[阅閱][读讀]|文章|推[荐薦]|[内內]容)|猜你喜[欢歡])\W*$"
)
#: Who is not to be blamed for the text.
_DISCLAIMER = re.compile(
    r"^[（(【\[]?(?:特别|特別|免[责責]|郑重|鄭重|平台|版[权權])?(?:[声聲]明|提示)[】\]]?[：:]?.{0,160}"
    r"(?:不代表|[仅僅只]代表(?:作者|[个個]人|本人)|[仅僅只]提供(?:信息)?(?:存[储儲]|[发發]布)|无关|無關|仅供参考|僅供參考|自行承[担擔]|自[负負]|自[担擔]).{0,60}$"
)
#: At least this many lines that are only a date end a list of other pieces, each with a title and a teaser.
_DATES = 2
_LONGEST_ENTRY = 3
_LONGEST_DATE = 30
#: The day and the clock are in elements of their own.
_GLUED_CLOCK = re.compile(r"\d{4}-\d\d-\d\d\d\d:\d\d$")
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[。；;.]$")


def endings(
    blocks: Sequence[Block], linked: Container[int] = (), pattern: re.Pattern[str] | None = None
) -> dict[int, str]:
    """The blocks after the end: number → what it is. A text of only such blocks is left whole.

    Args:
        linked: the numbers of blocks that have links.
        pattern: a rule's, for what its site's articles end with.
    """
    found: dict[int, str] = {}
    end = len(blocks)
    while end:
        start = min(_older(blocks, end, linked), _dated(blocks, end))
        if start < end:
            found.update(dict.fromkeys(range(start, end), "a list of older pieces"))
        elif pattern is not None and pattern.search(blocks[end - 1].text):
            start = end - 1
            found[start] = "tail_text"
        elif _is_prompt(blocks[end - 1].text):
            start = end - 1
            found[start] = "a prompt at the end"
        else:
            return found
        end = start
    return {}


def _is_prompt(text: str) -> bool:
    if len(text) > _LONGEST:
        return _DISCLAIMER.match(text) is not None
    return any(one.search(text) for one in (_PROMPT, _PAST, _FURTHER, _DISCLAIMER))


def _older(blocks: Sequence[Block], end: int, linked: Container[int]) -> int:
    """Where the list of older pieces that reaches to `end` begins; `end` if there is none."""
    all_linked = True
    for index in range(end - 1, max(-1, end - _TITLES - 2), -1):
        text = blocks[index].text
        if _PAST.match(text) or (all_linked and _FURTHER.match(text)):
            return index
        if len(text) > _LONGEST_TITLE or _SENTENCE_END.search(text):
            break
        all_linked = all_linked and index in linked
    return end


def _dated(blocks: Sequence[Block], end: int) -> int:
    """Where the list of other pieces begins whose last lines are their dates; `end` if there is none.

    Its entries are alike: a title, perhaps a teaser, and a date. At most half of the text is such a list.
    """
    dates = [end - 1]
    while dates[-1] >= 0 and _is_date(blocks[dates[-1]].text):
        before = range(dates[-1] - 2, max(-1, dates[-1] - _LONGEST_ENTRY - 1), -1)
        dates.append(next((at for at in before if _is_date(blocks[at].text)), -1))
    found = dates[:-1]
    if len(found) < _DATES:
        return end
    start = max(0, found[-1] - (found[-2] - found[-1]) + 1)
    while start and blocks[start - 1].kind == "h":
        start -= 1
    listed = sum(len(block.text) for block in blocks[start:end])
    return start if 2 * listed <= sum(len(block.text) for block in blocks) else end


def _is_date(text: str) -> bool:
    if len(text) > _LONGEST_DATE:
        return False
    if _GLUED_CLOCK.match(text):
        return True
    found = list(find_moments(text))
    return len(found) == 1 and not _LETTER.search(beside_moments(text, found))
