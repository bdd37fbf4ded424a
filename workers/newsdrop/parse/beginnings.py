"""What comes before an article, or last, and isn't part of it: lines that say when, and by whom.

    Stand: 28.04.2023 18:11 Uhr        By Ann Li, Wednesday, 20 November 2019 08:05 GMT
    Zuletzt aktualisiert am 3. Mai     2025年1月14日 01時28分 (1月14日 01時40分更新)

Many pages repeat what their head says. Such a line is left out if it has one of the article's own times and,
besides that, only the article's own names and words that label times: a diary's "3 May, rain" stays. So
is one that says nothing but who its authors are, and a label without what it labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import timedelta

from newsdrop.documents import Block, Moment
from newsdrop.moments import beside_moments, find_moments
from newsdrop.parse.authors import AGENCIES, HELPED_BY
from newsdrop.parse.eastern_prompts import prompts_eastern_readers
from newsdrop.parse.endings import is_of_credits
from newsdrop.parse.followers import addresses_followers
from newsdrop.parse.places import PLACES
from newsdrop.parse.prompts import prompts_readers
from newsdrop.parse.text import squeezed

__all__ = ["beginnings"]

#: At most this many blocks are examined, up to the second that is a sentence; the first may be a dek.
_FIRST = 8
_LONGEST = 160
_SENTENCE_CHARS = 50
_SENTENCE_ENDS = (".", "。", "！", "？", "!", "?", "…", "”", '"', "」")
#: In the time zone that the page uses, the day may be a different one.
_DAY = timedelta(days=1)

#: Words that label times and writers, without accents.
_LABELS = re.compile(
    r"""\b(?:
        (?:first|last|originally)? \s? (?:published|posted|updated|modified|created|reported)
      | gmt | utc | [bec]e?st | \d+ \s+ (?:minute|hour|day|week|month|year)s? \s+ ago | \d+ \s+ views?
      | on | at | in | by | and | the | \d+ \s? (?:min|minutes?) (?:\s read)? | read | [ap]\.?m
      | (?:mon|tues|wednes|thurs|fri|satur|sun)day | (?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)
      | stand | am | um | uhr | zuerst | zuletzt | akt | von | vom | und | lesedauer | min | minuten
      | (?:erschienen|veroffentlicht|aktualisiert|erstellt|publiziert|geandert)
      | (?:mon|diens|donners|frei|sams|sonn)tag | mittwoch | sonnabend
      | le | a | mis | jour | modifie | publie | par | et | h
      | publicado | actualizado | atualizado | el | em | as | las | por | y | e
      | pubblicato | aggiornato | modifica | il | alle | di | ore
      | (?:publi[cs]er[at]d?|oppdatert|uppdaterad|opdateret|sist|senast|kl|av|af|og|och)
      | опубликовано | обновлено | в | [صم] | نشر | في | كتبت?
    )\b
    | 出版
    | [发發][布佈表](?:[时時][间間]|日期|于|於)? | 更新(?:[时時][间間]|日期|于|於|日)? | [时時][间間] | 日期
    | \d+[年月日時时分秒h]
    | [来來]源[于於]?\s?[：:]\s?[^\s：:。]{1,16}
    | (?:作者|[记記]者|(?:责任?|責任?)?[编編][辑輯]|[审審]核)\s?[：:]\s?\S{1,10}
    | (?:浏览|瀏覽|阅读|閱讀|点击|點擊|评论|人气)(?:量|数|數|次数)?[：:]?\s?\d*
    | (?:[调調]整)?字[号號体體](?:\s?(?:[：:]|\.\.))?(?:\s?[大中小]){0,3} | 分享到? | https?://[\w./-]+
    | 公開日? | 最終 | 配信 | 掲載 | \d+文字 | [来來]源 | 作者 | [记記]者 | [编編][辑輯]
    | (?:PLACES|[綜综]合(?:外[電电])?|即[時时]|[現现][場场])?[報报][導导道] | 特稿
    | [^\W\d]{1,6}[報报社網网台臺廣視视](?!\w)
    | (?:星期|[礼禮]拜|[周週])[日天一二三四五六1-7]
    | 입력 | 수정 | 등록 | 게시 | 기사 | 최종 | 업데이트 | 기자
    """.replace("PLACES", PLACES),
    re.IGNORECASE | re.VERBOSE,
)
#: A label, or a clock.
_SAID = re.compile(r"[:：]|(?i:publi|posted|updated|modific|stand\b)")
_LETTER = re.compile(r"[^\W\d_]")
_FEWEST_WORDS = 3
_INITIAL = re.compile(r"[A-Za-z]\.?")


#: What stands before or after the name of a writer in a line of its own.
_BYLINE = re.compile(
    rf"""\b(?:(?:written|words|text|story|report(?:ing|ed)?|texte|texto|testo|текст|автор|autor(?:in)?|auteur|author)\s?:?
      \s)?(?:by|von|par|por|da|di|от)?\b
      | (?:texte?|texto|testo|текст|автор|autor(?:in)?|auteur|author)\s?: | \b(?:كتبت?|بقلم)\b
      | {HELPED_BY}(?:{AGENCIES})
      | 기자 | 특파원 | [记記]者 | 作者 | 撰文 | 文字?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TOWN = re.compile(r",\s[^\W\d_]{2,20}$")
#: Stands for a name, of somebody who may be in a town.
_NAME = "\0"
_NAMED = re.compile(rf"{_NAME}(?:,\s[^\W\d_]{{2,20}}(?=\s|$))?")
#: What sites in Chinese show above a text: counters, what a player or a script has to say, who may copy it.
_FURNITURE = re.compile(
    r"\d+人[参參][与與]\d*[条條]?[评評][论論].{0,20}|[这這]篇文章在[.…]*|'?正在加[载載]中?[.…]*'?"
    r"|[（(]?[点點][击擊]上方.{1,24}[）)]?|\d+\s?[點点][閱阅]|\w{2,6} 〉|最新更新[：:].{8,20}"
    r"|[Pp]lay [Vv]ideo|[Vv]olume \d{1,3}%|[/|·•]|\d{1,3} (?:minute|hour|day|week|month)s? ago|\+?\s?[关關]注"
    r"|\d{1,2}:\d\d ?[AaPp]\.?[Mm]\.?(?: [A-Z]{2,4})?|[Rr]ecommend|[Cc]omment"
    r"|\d{1,3}[- ]min(?:ute)?s?(?: read)?|[Aa]dd to [Ff]avou?rites"
    r"|\d{1,3}\s?(?:分[钟鐘]|小[时時]|天|日|[周週]|[个個]月)前|[昨前今]天(?:\s?\d{1,2}:\d\d)?"
    r"|放大[图圖]片|[点點][击擊][图圖]片.{0,10}|[“”←→ ]+可以?[实實][现現]快速翻[页頁]"
    r"|[（(][声聲]明[：:].{2,40}授[权權][）)]"
)
#: Where on its site a page is: 首页 > 新闻 > 正文.
_PATH = re.compile(
    r"(?:您?(?:[当當]前|[现現]在)?的?(?:位置|所在)[：:]?\s?)?(?:\S{0,8}首[页頁]|主[页頁]|Home|Startseite|Accueil|Inicio|Главная|ホーム|TOP|홈)"
    r"(?:\s?[>»›/|→＞]\s?[^>»›/|→＞。]{1,24}){1,6}",
    re.IGNORECASE,
)
_LONGEST_PROMPT = 80
_FORMER_TITLE = re.compile(r"原[标標]?[题題]")
#: A label whose value is in the next line, or in none.
_LONE_LABEL = re.compile(
    r"(?:撰?文|作者|[记記]者|[责責]?任?[编編][辑輯]|出版|更新|[发發][布佈表]|刊登|[来來]源|[时時][间間]|日期)(?:于|於|[时時][间間]|日期)?\s?[：:]|配信|掲載"
)


def beginnings(
    blocks: Sequence[Block],
    moments: Sequence[Moment],
    names: Collection[str],
    authors: Collection[str] = (),
    sections: Collection[str] = (),
) -> dict[int, str]:
    """The lines before the beginning: number → what it is. A text of only such lines is left whole.

    Args:
        moments: when the article was published and updated.
        names: those of its writers and its site.
        authors: those of its writers.
        sections: where the page is, as its tab says after the title; squeezed.
    """
    found: dict[int, str] = {}
    sentences = 0
    for number, block in enumerate(blocks[:_FIRST]):
        if len(found) == number and _is_prompt(block.text):
            found[number] = "a prompt at the beginning"
            continue
        if block.kind != "h" and _is_dateline(block.text, moments, names):
            found[number] = "the line of its date"
        elif _FURNITURE.fullmatch(block.text) or (not sentences and squeezed(block.text) in sections):
            found[number] = "a line of the site"
        elif not sentences and block.kind == "p" and _is_credit(block.text):
            found[number] = "a line of credits"
        elif block.kind == "p" and (_LONE_LABEL.fullmatch(block.text) or _is_byline(block.text, authors)):
            found[number] = "a byline"
        sentences += len(block.text) >= _SENTENCE_CHARS and block.text.endswith(_SENTENCE_ENDS)
        if sentences > 1:
            break
    last = len(blocks) - 1
    text = blocks[last].text if last > 0 and blocks[last].kind == "p" else ""
    # A bare day at the end is when somebody wrote it.
    if _SAID.search(text) and _is_dateline(text, moments, names):
        found[last] = "the line of its date"
    return found if len(found) < len(blocks) else {}


def _is_prompt(text: str) -> bool:
    """Whether a line above the text is a tool of the site, or asks readers to do something."""
    if len(text) > _LONGEST_PROMPT:
        return False
    return (
        addresses_followers(text)
        or _PATH.fullmatch(text) is not None
        or prompts_eastern_readers(text)
        or prompts_readers(text)
    )


def _is_credit(text: str) -> bool:
    """Whether a line says where a text is from, or who edited it; not what it was called before."""
    return _FORMER_TITLE.search(text) is None and is_of_credits(text, signed=False)


def _is_dateline(text: str, moments: Sequence[Moment], names: Collection[str]) -> bool:
    if len(text) > _LONGEST:
        return False
    found = list(find_moments(text))
    if not any(abs(one.moment.at - told.at) <= _DAY for one in found for told in moments):
        return False
    told = beside_moments(text, found).casefold()
    rest = _NAMED.sub(" ", _without(told, [beside_moments(name, ()).casefold() for name in names]))
    return _LETTER.search(_LABELS.sub(" ", rest)) is None


def _is_byline(text: str, authors: Collection[str]) -> bool:
    """Whether a line only names the article's authors."""
    if len(text) > _LONGEST or not any(name in text and not _INITIAL.fullmatch(name) for name in authors):
        return False
    told = _TOWN.sub("", text) if len(text.split()) > _FEWEST_WORDS else text
    rest = _without(told, authors).replace(_NAME, " ")
    return _LETTER.search(_LABELS.sub(" ", _BYLINE.sub(" ", rest).casefold())) is None


def _without(text: str, names: Collection[str]) -> str:
    """The text with a mark in the place of each name, of which one may be part of another."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, _NAME)
    return text
