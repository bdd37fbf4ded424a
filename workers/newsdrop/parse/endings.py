"""What comes after the end of an article and isn't part of it: prompts to follow, to share, to sign up.

Accounts end their articles with such lines, one after another, and whoever republishes an article copies
them. A line counts only in the unbroken run of them at the end: in the middle of a text, such words are what
somebody says. A heading of older pieces includes what follows it, if that is only titles and no sentences; a
heading of readers' comments includes all that follows it, if that isn't longer than the text.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import lru_cache

from newsdrop.documents import Block
from newsdrop.moments import beside_moments, find_moments
from newsdrop.parse.captions import credits_picture
from newsdrop.parse.eastern_prompts import appeals, prompts_eastern_readers
from newsdrop.parse.followers import addresses_followers, asks_to_tap
from newsdrop.parse.further import heads_most_read, heads_older, heads_others
from newsdrop.parse.prompts import is_spoken, prompts_readers

__all__ = ["A_PROMPT", "endings", "is_of_credits", "without_button"]

A_PROMPT = "a prompt at the end"
_LONGEST = 80
_LONGEST_TITLE = 60
#: How many titles a list of older pieces may have, and how many blocks the readers' comments.
_TITLES = 15
_MOST_COMMENTS = 60

_PROMPT = re.compile(
    r"""
      (?:长按|長按|扫描|掃描|扫码|掃碼|识别|識別).{0,12}(?:二维码|二維碼|下方|上方|关注|關注|加入)
    | (?:[关關]注|[订訂][阅閱]|星[标標]|置[顶頂]|搜索).{0,16}(?:公[众眾]?[号號]|本[号號])[^。]*$
    | ^敬?[请請]?(?:[关關]注|[订訂][阅閱])(?:我们|我們|本[号號站])(?!的)
    | ^.{0,16}(?:公[众眾][号號]|官方微信|[视視][频頻][号號])$
    | 更多.{0,20}(?:下[载載]|安[装裝]|打[开開]).{0,30}(?:APP|App|app|客[户戶]端|应用)[^。]{0,6}$
    | ^(?:安[装裝]|下[载載]).{0,30}(?:APP|App|app|客[户戶]端)(?!的).{0,40}$
    | ^(?:点击|點擊|点|點)?(?:[进進]入|查看|[关關]注)?(?:[专專][题題]|[专專][区區])[：:]?$
    | ^(?:点击|點擊|点|點|戳).{0,10}(?:阅读原文|閱讀原文|在看|好看|关注|關注|蓝字|藍字)
    | [点點][击擊].{0,2}(?:拍手|鼓掌).{0,30}$
    | ^.{0,4}[点點](?:个|個|一下)?.{0,4}(?:在看|赞|讚)[^。]{0,12}$
    | ^[欢歡]迎(?:大家|您|你)?(?:[转轉][发發]|分享|投稿|[赞讚打][赏賞]|[关關]注|[订訂][阅閱]|扫码).{0,30}$
    | ^(?:喜[欢歡]|[觉覺]得)(?:本文|这篇|這篇).{0,24}(?:[转轉][发發]|分享|在看|赞|[赏賞]).{0,12}$
    | (?:免[费費]|限[时時]|[优優]惠|福利).{0,16}(?:[课課]程|[试試][听聽看]|[报報]名|[领領]取)[^。]*$
    | (?:[课課]程|[试試][听聽看]).{0,12}(?:免[费費]|[报報]名|[领領]取|[优優]惠|福利)[^。]*$
    | ^\W*(?:THE\ )?END\W*$
    | ^登[录錄入][后後].{0,16}(?:[阅閱][读讀]|[权權]限|全文).{0,8}$
    | ^.{0,20}[会會][员員][，,]?[畅暢][读讀].{0,40}$
    | ^(?:立即)?(?:[购購][买買]|[订訂][阅閱]|[开開]通[会會][员員])$ | ^此文限[时時]免[费費].{0,30}$
    | ^[（(]?(?:部分|文中|以上|本文)?(?:[图圖](?:片|文)?|[视視][频頻]|素材|[内內]容|[资資]料)?(?:均|皆)?
      [来來](?:自|源)[于於：:]?\s?(?:互[联聯])?[网網][络絡](?:[，,。；].{0,6}侵.{0,16})?[）)。]?$
    | ^.{0,4}(?:如|若)有?侵[权權犯].{0,6}(?:[请請]|告知|[联聯][系繫]).{0,8}[删刪]除?[。！]?$
    | ^[^。？！说說]{0,40}(?:未[经經]|非[经經]).{0,24}(?:授[权權]|[许許]可|允[许許]|同意).{0,8}
      (?:不得|[请請]勿|[谢謝][绝絕]|[严嚴]?禁止?).{0,4}(?:[转轉][载載發发]|[复複][制製]|摘[编編]|[镜鏡]像).{0,40}$
    | ^[【（(].{0,60}(?:未[经經]|非[经經]).{0,12}(?:授[权權]|[许許]可|同意).{0,8}
      (?:不得|[请請]勿|禁止).{0,24}[】）)]$
    | ^.{0,24}(?:会員限定|有料会員|有料記事|会員登録|無料で会員).{0,50}$
    | ^[^。？！]{0,20}如需[转轉][载載].{0,4}[请請].{0,30}$
    | ^[^。？！“「]{0,40}[转轉][载載][^。？！“「]{0,6}[请請须須]
      [^。？！“「]{0,8}(?:授[权權]|[联聯][系繫]|[后後][台臺]|留言|私信)[^。？！]{0,12}。?$
    | ^.{0,60}(?:[擅转轉][自载載]).{0,6}(?:必究|追究).{0,20}$
    | ^.{0,90}무단\s?(?:전재|복제|도용).{0,60}$
    | ^.{0,60}無断(?:での)?(?:転載|複製|引用|使用).{0,30}(?:禁|断り).{0,12}$
    | ^[转轉][载載][请請]注明(?:出[处處]|[来來]源).{0,24}$
    | ^[编編][辑輯]\s\S{2,4}(?:\s校[对對]\s\S{2,4})?$
    | ^(?:以上|本文).{0,6}代表作者(?:本人|[个個]人)?(?:的)?[观觀][点點][。！]?$
    | ^[^.“"]{0,60}\b(?:sign\ up|subscribe|unsubscribe)\b[^.“"]{0,60}\bnewsletters?\b[^.“"]{0,40}[.!]?$
    | ^(?:Follow|Subscribe|Sign\ up|Like)\ (?:us|to\ (?:our|the)|for\ (?:our|the)|and\ )[^.]{0,60}[.!]?$
    """,
    re.VERBOSE,
)
#: What templates set into the last paragraph.
_GLUED = re.compile(
    r"\s*(?:返回\S{2,6}[，,]查看更多|返回\S{2,8}?首[页頁]\s?[>»＞]+|[（(]接下一?[页頁][）)]|[（(\[【][责責]任?[编編][辑輯]?[：:\s][^（）()\[\]【】]{1,16}[）)\]】])$"
)
#: What a site's templates set below a text.
_FURNITURE = re.compile(
    r"""
      ^.*用手[机機].{0,6}看新[闻聞]\W*$
    | ^\W*(?:分享(?:工具|至|到)?|放大[图圖]片|Facebook|展[开開]全部(?:收起)?|
      登[录錄入][后後]?(?:回[复覆複應应]|[评評][论論])|(?:刷新[页頁]面)?返回[顶頂]部|(?:版[权權]|免[责責])?[声聲]明)\W*$
    | ^(?:[请請]您?)?[对對]?[该該本此]?文章.{0,2}[评評]分\W*$
    | ^\W*\d+\s?人(?:已[评評]|[参參][与與]\s?\d*[条條]?[评評][论論])[^。]{0,12}$
    | ^分享到?[：:]?.{0,40}分享次[数數].{0,6}$ | ^Today's\ Visitors:\ \d+\ Total\ Visitors:\ \d+$
    | ^[^。]{0,60}(?:ICP[备備证證]|[视視][听聽][节節]目[许許]可[证證]|公[网網]安[备備])[^。]{0,40}$
    | ^(?:共|已有)[^。]{1,9}[位条條]\w{0,4}[评評][论論][^。]{0,16}$
    | ^(?=.*[页頁])(?:(?:上一|下一|首|尾|末)[页頁]|第?\d+[页頁]?|[\s|<>«»…·/\[\]])+$
    | ^[（(]?接下一?[页頁][）)]?$
    | ^\W*更多.{0,30}(?:新[闻聞]|[资資][讯訊]|[内內]容|[报報][道導])
      [，,：:\s]?(?:[请請敬]|[关關]注|[尽盡]在|[»>]).{0,24}$
    | ^[点點][击擊]\s?(?:[进進]入|查看|[观觀]看).{0,30}(?:[专專][题題]|>>|更多).{0,12}$
    | ^.{0,30}[点點按]我.{0,4}(?:下[载載]|看活[动動]).{0,20}$
    | ^[^。]{0,40}爆料[^。]{0,30}(?:[奖獎][励勵]|(?:[热熱][线線]|[邮郵]箱|信箱)[^。]{0,3}[：:@\d])[^。]{0,30}$
    | ^\W*(?:[电電][话話]|[热熱][线線]|[传傳]真|[邮郵]箱|投稿)\S{0,4}?[：:|｜]
      .{0,60}(?:稿|爆料|合作|[编編][辑輯]部).{0,60}$
    | ^\W*還想看更多.{0,40}$ | ^.{0,30}歡迎下載.{0,12}APP.{0,50}$
    | ^\W*加入[^，。]{0,16}粉[絲丝][团團][^，。]{0,16}$ | ^.{0,20}快[點点]\+1.{0,4}$
    | ^\W*更多.{0,16}都在.{0,20}粉[絲丝][团團]\W*$
    | ^\W*追蹤更多.{0,160}$ | ^[您你]所瀏覽的新聞.{0,60}$
    | ^\W*我要[評评](?:比|[論论])\W*$ | ^\W*\d+\s?[點点][閱阅]$
    | ^最[近后後新]?(?:修改|更新)(?:[時时][間间])?[：:].{8,24}$
    | ^[关關]注[「“『].{1,12}[」”』](?:[，,！!].{0,20})?$
    | ^[^“「。]{0,24}[请請給给幫帮][^“「。]{0,12}(?:[讚赞]一[个個]|按[个個]?.?[讚赞])[^。]{0,40}$
    | ^[^“「。]{0,24}按[个個]?.?[讚赞][^“「。]{0,4}(?:追[蹤踪]|[訂订][閱阅]|加入|分享|粉[絲丝])[^。]{0,40}$
    """,
    re.VERBOSE,
)
_NETWORK = r"(?:Facebook|FB|[臉脸][書书]|Google\s?(?:\+|plus)|Twitter|LINE|Instagram|微博)"
_PAGE = r"\s?(?:[专專][页頁]|粉[絲丝]?[专專团團][页頁]?|page|主[页頁])"
_FOLLOW_US = re.compile(
    rf"^(?!.*[说說称稱写寫])[^“「]{{0,80}}(?:{_NETWORK}{_PAGE}[^“「]{{0,90}}我[们們]|我[们們].{{0,24}}{_NETWORK}{_PAGE})[^“「]*$"
)
#: Who edited and checked a text, and where it is from. Lines that name its writer are bylines.
_MARK = r"\s?[：:/／|｜丨︱]\s?"
_CREDIT = (
    r"(?:[责責]任?[编編][辑輯]|[责責網网美主][编編]|[^\s：:，。]{0,6}?[编編][辑輯審审]|[选選]稿|[审審]\s?[核校读讀稿]|[初复二三终終][审審]|"
    r"校\s?[对對读讀]|[监監]\s?[制製]|排版|制[图圖]|[统統][筹籌]|值班(?:主任|[总總][编編])?|[语語]音|剪[辑輯]|[录錄]入|"
    r"(?:本文|文章|新[闻聞]|稿件|信息|[资資]料)?[来來]源|稿源|出[处處]|原[标標][题題]|[标標][签籤]|\w{0,6}[关關][键鍵]\s?[字词詞])"
)
_WRITER = r"(?:作者|[记記]者|撰[文稿写寫]|[采採][写寫访訪])"
_VALUE = r"(?![他她我][们們]?[说說])[^：:。！？!?，,]{0,40}?"
_NAME = r"[\u3400-\u9fff]{2,4}(?=[\s）)】\]｜|]|$)"


def _credits(label: str) -> re.Pattern[str]:
    return re.compile(
        rf"^(?:\W*(?:{label}(?:{_MARK}{_VALUE}|\s{_NAME})|(?<=[（(【\[]){label}\s{_VALUE})\s*[）)】\]]?\s*)+$"
    )


_CREDITS = _credits(_CREDIT)
_SIGNED_CREDITS = _credits(f"(?:{_CREDIT}|{_WRITER})")
#: A heading of other stories with the name of a site, which is told by the times of the stories that follow.
_MORE_OF = re.compile(r"More\s(?:[A-Z]\S{1,20}\s?){1,3}$")
_AGO = re.compile(
    r"^\W*(?:\d{1,3}\s?(?:seconds?|min(?:ute)?s?|hours?|hrs?|[hd]|days?|weeks?|months?)\sago"
    r"|(?:vor|il\sy\sa|hace)\s\d{1,3}\s[a-zé]{2,10}|\d{1,3}\s?(?:[分小][钟鐘时時]?|天|日|시간|분|일)\s?(?:前|전))\W*$",
    re.IGNORECASE,
)
#: How teasers end, and how many of them or of their times must follow.
_CUT_OFF = ("…", "...")
_FEWEST_TEASERS = 3
#: What follows such a heading is at most this much as long as the text before it.
_OTHERS_SHARE = 0.4
#: A column of a paper may be called a comment, too.
_COMMENTS = re.compile(
    r"""^\W*(?:(?:[网網]友|[读讀]者)(?:[评評][论論]|留言|[讨討][论論]|回[应應])
    | (?:[网網]友|新[闻聞])(?:[讨討][论論]|回[应應]|跟[帖贴])
    | (?:[热熱][门門]|最[热熱新]|全部|精彩)(?:[评評][论論]|留言|回[应應]|跟[帖贴])
    | (?:[评評][论論]|留言|回[应應]|跟[帖贴])\W{0,3}\d+)\W*(?:\d+\W*)?$""",
    re.VERBOSE,
)
#: Who is not to be blamed for the text, and who may copy it: after a label, or in one of these forms.
_LABELLED = re.compile(
    r"^\W{0,3}(?:特[别別此]|[郑鄭]重|免[责責]|平台|版[权權]|[风風][险險]|重要|本[站网網刊报報台]|[^\W\d]{1,5}[网網]|网易)?"
    r"(?:[声聲申]明|提示)(?:[】\]）)]|\s?[：:])"
)
_OF_TEXTS = re.compile(
    r"本[文网網站公页頁作刊报報]|[该該][文稿]|[转轉登][载載]|作者|[内內]容|文章|稿件|平台|用[户戶]|[资資]料|信息|[观觀][点點]|版[权權]"
)
_DISCLAIMS = re.compile(
    r"不代表|[仅僅只]代表|[仅僅只]提供|[无無][关關]|[仅僅][供作][参參]考|自行[承核判]|[风風][险險]自|自[负負担擔]|不(?:[构構]成|意味|表明|承[担擔])|"
    r"[书書]面授[权權]|版[权權][均皆归歸属屬]|[侵删刪][权權除]"
)
_LONGEST_DISCLAIMER = 500
_COPYING = re.compile(
    r"""
      ^\W*凡.{0,6}(?:注明|註明|[标標]明).{0,60}(?:稿|作品|[来來]源|信息|[转轉][载載])
    | ^\W*(?:本?文章?|[该該]文|本稿)[^。“「]{0,30}不代表[^。]{0,20}(?:立[场場]|[观觀][点點]|意[见見])
    | ^(?:以上|本|[该該此])(?:[网網]站|[频頻]道|城市|[专專][栏欄]|平台|作品|刊)?.{0,30}
      (?:[内內]容|信息|[资資]料|文章|作品|[观觀][点點]).{0,80}(?:不代表|[仅僅]代表|[仅僅]提供(?:信息)?存)
    | ^\W*(?:您若|若您|如果?您)?[对對]?[该該本].{0,8}(?:疑[问問]|[质質]疑).{0,20}[请請].{0,12}[联聯][系繫]
    | ^[^“「]{0,60}(?:刊用|[转轉][载載]|引用).{0,20}(?:[务務]|[须須需必]).{0,6}[书書]面授[权權]
    | ^(?:本(?:作品|文|站|刊)[^。]{0,40}[，,])?[转轉][载載].{0,8}(?:注明|註明|[标標]明).{0,60}$
    | ^本新聞(?:文字|內容).{0,60}(?:版權所有|禁止|不得).{0,80}$
    | ^[（(]本文[经經].{0,20}授[权權].{0,6}(?:[转轉][载載]|[发發]布|刊[发登發])[）)。]*$
    """,
    re.VERBOSE,
)
#: At least this many lines that are only a date end a list of other pieces, each with a title and a teaser.
_DATES = 2
_LONGEST_ENTRY = 3
_LONGEST_DATE = 30
#: The day and the clock are in elements of their own.
_GLUED_CLOCK = re.compile(r"\d{4}-\d\d-\d\d\d\d:\d\d$")
#: A heading with nothing below it is above what was left out. Not in a text that hardly has anything else, as
#: pages of pictures do.
_FEWEST_BEFORE = 5
_HEADINGS_SHARE = 0.3
#: A prompt to tap something and what that is: a book, another account, a slogan.
_MOST_OFFERED = 3
_LONGEST_OFFER = 40
_LONGEST_HEADING = 300
#: Several of them are a paragraph that looks like a heading.
_SENTENCES = re.compile(r"(?:[.!?][”\"]?\s|[。！？]).*[.!?。！？]$")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_SENTENCE_END = re.compile(r"[。；;.]$")


def endings(
    blocks: Sequence[Block],
    linked: Container[int] = (),
    pattern: re.Pattern[str] | None = None,
    *,
    signed: bool = False,
    whole: bool = False,
) -> dict[int, str]:
    """The blocks after the end: number → what it is. A text of only such blocks is left whole.

    Args:
        linked: the numbers of blocks that have links.
        pattern: a rule's, for what its site's articles end with.
        signed: whether bylines have been taken out: a line of credits may then name a writer, too.
        whole: whether they are of a whole page without a rule, where a heading may end what is left out.
    """
    found: dict[int, str] = {}
    end = len(blocks)
    headed = whole and _HEADINGS_SHARE * end >= sum(block.kind == "h" for block in blocks)
    while end:
        text = blocks[end - 1].text
        start = min(_older(blocks, end, linked), _dated(blocks, end), _discussed(blocks, end))
        if start < end:
            found.update(dict.fromkeys(range(start, end), "a list of older pieces"))
        elif pattern is not None and pattern.search(text):
            start = end - 1
            found[start] = "tail_text"
        elif _is_prompt(text):
            start = end - 1
            found[start] = A_PROMPT
        elif is_of_credits(text, signed=signed) or (whole and credits_picture(text)):
            start = end - 1
            found[start] = "a line of credits"
        elif headed and end > _FEWEST_BEFORE and _is_bare_heading(blocks[end - 1]):
            start = end - 1
            found[start] = "a heading of nothing"
        elif (start := _offered(blocks, end)) < end:
            found.update(dict.fromkeys(range(start, end), "what a prompt offers"))
        else:
            return found
        end = start
    return {}


def _offered(blocks: Sequence[Block], end: int) -> int:
    """Where the few words begin that follow a prompt to tap or scan something; `end` if there are none."""
    for index in range(end - 1, max(_FEWEST_BEFORE, end - _MOST_OFFERED) - 1, -1):
        text = blocks[index].text
        if len(text) > _LONGEST_OFFER or _SENTENCE_END.search(text) or _DIGIT.search(text):
            break
        if index < end - 1 and asks_to_tap(text):
            return index
    return end


def is_of_credits(text: str, *, signed: bool) -> bool:
    """Whether a line only says who edited and checked a text, and where it is from.

    Args:
        signed: whether it may name a writer, too.
    """
    return len(text) <= _LONGEST and (_SIGNED_CREDITS if signed else _CREDITS).match(text) is not None


def _is_bare_heading(block: Block) -> bool:
    text = block.text
    return block.kind == "h" and len(text) <= _LONGEST_HEADING and _SENTENCES.search(text) is None


def without_button(text: str) -> str:
    """The last paragraph without the site's own words at its end."""
    return _GLUED.sub("", text) or text


# The last lines are asked about before the bylines are taken out, and again afterwards.
@lru_cache(64)
def _is_prompt(text: str) -> bool:
    if len(text) > _LONGEST_DISCLAIMER:
        return False
    if _is_disclaimer(text) or _FOLLOW_US.match(text) or prompts_readers(text) or addresses_followers(text):
        return True
    if appeals(text):
        return True
    if len(text) > _LONGEST or is_spoken(text):
        return False
    if prompts_eastern_readers(text):
        return True
    return _FURNITURE.match(text) is not None or (
        _PROMPT.search(text) is not None or heads_older(text) or heads_others(text)
    )


def _is_disclaimer(text: str) -> bool:
    if _LABELLED.match(text):
        return _OF_TEXTS.search(text) is not None and _DISCLAIMS.search(text) is not None
    return _COPYING.match(text) is not None


def _discussed(blocks: Sequence[Block], end: int) -> int:
    """Where the readers' comments, or the list of what they read most, begin; `end` if there are none."""
    listed = True
    for index in range(end - 1, max(0, end - _MOST_COMMENTS), -1):
        kind, text = blocks[index].kind, blocks[index].text
        if kind in ("h", "p") and len(text) <= _LONGEST_TITLE:
            start = _headed(blocks, index, end, listed=listed)
            if start is not None:
                return start
        listed = listed and kind in ("h", "li")
    return end


def _headed(blocks: Sequence[Block], index: int, end: int, *, listed: bool) -> int | None:
    """Where comments or other stories that a block heads begin; None if it heads nothing.

    `end` if what follows it is too much to be anything but the article.

    Args:
        listed: whether only headings and items of lists follow it.
    """
    kind, text = blocks[index].kind, blocks[index].text
    if len(text) <= _LONGEST_DATE:
        if listed and kind == "h" and heads_most_read(text):
            return index
        if _COMMENTS.match(text):
            return index if _length(blocks, index + 1, end) <= _length(blocks, 0, index) else end
    if kind != "h":
        return None
    others = heads_others(text) and not _recurs(blocks, index)
    if (others or _MORE_OF.match(text)) and _teasers(blocks, index + 1, end) >= _FEWEST_TEASERS:
        return index
    if others:
        before = _length(blocks, 0, index)
        return index if _length(blocks, index + 1, end) <= _OTHERS_SHARE * before else end
    return None


def _recurs(blocks: Sequence[Block], index: int) -> bool:
    """Whether a heading stands above, too: of several posts on a page, each has its own."""
    return any(block.text == blocks[index].text for block in blocks[:index])


def _length(blocks: Sequence[Block], start: int, end: int) -> int:
    return sum(len(block.text) for block in blocks[start:end])


def _teasers(blocks: Sequence[Block], start: int, end: int) -> int:
    """How many blocks end as teasers do, or say only when something was."""
    texts = [block.text for block in blocks[start:end]]
    return sum(text.endswith(_CUT_OFF) or _is_date(text) or _AGO.match(text) is not None for text in texts)


def _older(blocks: Sequence[Block], end: int, linked: Container[int]) -> int:
    """Where the list of older pieces that reaches to `end` begins; `end` if there is none."""
    all_linked = True
    for index in range(end - 1, max(-1, end - _TITLES - 2), -1):
        text = blocks[index].text
        if heads_older(text) or (all_linked and heads_others(text)):
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
    return start if 2 * _length(blocks, start, end) <= _length(blocks, 0, len(blocks)) else end


def _is_date(text: str) -> bool:
    if len(text) > _LONGEST_DATE or not _DIGIT.search(text):
        return False
    if _GLUED_CLOCK.match(text):
        return True
    found = list(find_moments(text))
    return len(found) == 1 and not _LETTER.search(beside_moments(text, found))
