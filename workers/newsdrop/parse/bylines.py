"""Lines that say who wrote an article, recognised by their form at the beginning and the end of a text.

Chinese sites, and the accounts whose articles they republish, write them without markup of their own:

    文/林舟    作者：林舟 来源：某报    记者｜林舟 陈河    撰文丨林舟 编辑丨陈河    （本报记者 林舟）
    林舟/陈河（综合报道）    某电台记者林舟巴黎报道 责编：陈河    By Ann Li and Bo Chen

A line counts only if all of it can be read as labels and what they label. Then it isn't text, and its writers
are authors; editors, translators and photographers are not, and their lines go with the byline beside them.
Refuses sentences, names with words that names don't contain (answers follow a colon, too), labels that
introduce several blocks (those are the speakers of an interview). Lines that describe a book stay text: they,
or others beside them, name its publisher. Its author is that of an excerpt, but not of a review.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from newsdrop.documents import Block
from newsdrop.parse.authors import GLUED_JOB, HANGUL_JOB, HANGUL_RANKS
from newsdrop.parse.places import PLACES
from newsdrop.parse.surnames import has_surname, is_talk

__all__ = ["Signatures", "book_authors", "signatures", "signed_by"]

#: How many blocks from either end of a text a byline may be; translators' and agencies' lines may follow it.
_END_BLOCKS = 6
_LONGEST_LINE = 120
_LONGEST_VALUE = 40
#: A label that introduces more blocks than this is a speaker's.
_MOST_BYLINES = 3

#: The last three are how some keyboards in Hong Kong and Taiwan write it.
_COLONS = "：:︰﹕∶"
_MARK = r"\s*[：:︰﹕∶/／|｜丨︱∣┃│▏]\s*"
_WRITER = (
    r"(?:(?:原|本文|本[报報刊台网網社]|特[约約派]|[实實][习習]|[见見][习習]|首席|[专專][栏欄]|[驻駐]\w{2,4}){0,3}"
    r"(?:[记記]者|撰稿人?|撰文|撰[写寫]|作\s?者|主[笔筆]|[执執][笔筆]|[采採][写寫访訪]|"
    r"文字|[图圖]\s*[/／、|｜&]?\s*文|文\s*[/／、|｜&]?\s*[图圖]|文))"
)
_OTHER = (
    r"\w{0,6}(?:[编編][辑輯译譯]|[责責网網主][编編]|校[对對]|[审審]校|校|排版|美[编編]|[设設][计計]|[摄攝][影像]|[图圖](?:片)?|[视視][觉覺频頻]|"
    r"[监監][制製]|出品|[制製]作|翻[译譯]|[译譯]者|[译譯]|[来來]源|出[处處]|原[载載]|首[发發]|[发發][布佈]|日期|[时時][间間]|整理|[运運][营營]|"
    r"口述|自述|[转轉][载載]自?|来自|插[画畫]|供[图圖]|[题題][图圖]|公[众眾][号號]|微信[号號]?|[录錄]音|策[划劃]|[统統][筹籌]|[实實][习習]生|通[讯訊][员員]|[终終一二三][审審]|"
    r"值班|出版社|[单單]位|[栏欄]目)"
)
_AND = r"\s*[、/／&和及]\s*"
#: Who writes and takes pictures, too, writes. A label without a mark may follow another one.
_SEGMENT = re.compile(
    rf"(?:^|(?<=[\s，,、；;）)|｜丨/／]))(?:"
    rf"(?P<writer>{_WRITER}(?:{_AND}{_WRITER})*)(?:{_MARK}|\s+)"
    rf"|(?P<writes>{_WRITER}(?:{_AND}(?:{_OTHER}|{_WRITER}))+|{_OTHER}(?:{_AND}{_OTHER})*{_AND}{_WRITER}){_MARK}"
    rf"|(?P<other>{_OTHER}(?:{_AND}{_OTHER})*){_MARK}"
    rf"|(?<=\s)(?:[摄攝]影|[编編][辑輯]|[责責][编編]|校[对對]|翻[译譯])\s+(?=[\u3400-\u9fff]{{2,4}}(?:[\s、]|$)))"
)
#: Labels that were glued to the name before them when their lines were joined.
_GLUED = re.compile(
    r"(?<=[^\s任行信班术術体體字文习習理络級级深闻聞报報网網社台/／、|｜（(])(?=(?:[责責]任[编編][辑輯]|[责責网網][编編]|[编編][辑輯]|[来來]源|[摄攝]影|校[对對])\s*[：:/／|｜丨︱])"
)
_EDITS = re.compile(r"[编編校审審]")
_DECORATION = re.compile(r"^[\s▲△■□●◆▍▎*#—–\-▌·]+")
_WRAPPED = re.compile(r"[（(【\[［〔](.*)[）)】\]］〕]")
_SENTENCE = re.compile(r"[。！？!?…]")
_QUOTED = re.compile(r"[“”「」]")

_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
_LATIN = (
    r"(?!(?:The|An?|All|Any|No|My|Our|It)\b)[A-Z][\w.’'-]*(?:\s(?:[A-Z][\w.’'-]*|de|da|van|von|bin|al)){0,4}"
)
_HANS = re.compile(rf"{_HAN}{{1,4}}(?:\s+{_HAN}{{1,4}})*")
_FOREIGN = re.compile(rf"{_HAN}{{1,8}}(?:[·•．]{_HAN}{{1,8}}){{1,3}}|{_LATIN}")
_ANY_NAMES = re.compile(rf"(?:{_HAN}{{2,4}}\s+)+{_LATIN}|{_LATIN}(?:\s+{_HAN}{{2,4}})+")
_PEN_NAME = re.compile(r"(?![\d_])(?:(?!丨)[\w·•]){2,12}")
_BETWEEN = re.compile(r"\s*[、，,/／&;；|｜]\s*|\s+and\s+")
_JOINED = re.compile(rf"(?<={_HAN}{_HAN})[和与與及](?={_HAN}{{2,3}}(?!{_HAN}))")
#: A name, and then for whom.
_OF_A_PLACE = re.compile(rf"({_HAN}{{2,4}})\s+{_HAN}{{5,12}}")
#: What somebody is, or where: beside a name, never a name itself.
_CALLING = re.compile(
    r"(?:[学學]者|教授|[记記]者|作家|律[师師]|博士|研究[员員]|[评評][论論][员員]|撰稿人?|[导導]演|作者|主任|主席|"
    r"[总總]?[干幹]事|[总總主]?[编編][辑輯]?|委[员員]|成[员員]|[院校][长長]|[实實][习習]生|[讲講][师師]|媒[体體]|大[学學]|日[报報]|[周週]刊|[报報]社|"
    r"授[权權](?:[翻转轉][译譯载載])?)$"
)
#: The same before a name, glued to it; helpers aren't authors.
_REPORTER_OF = re.compile(rf"^(?:本[报報刊台网網]|[图圖]|特[约約])?[记記]者\s*(?={_HAN}{{2}})")
_HELPER = re.compile(r"(?:[实實見见][习習](?:生|[记記]者)|通[讯訊][员員])")
_NEXT_CALLING = re.compile(rf"(?<={_HAN}{_HAN})\s*(?=(?:[实實][习習]生|通[讯訊][员員]){_HAN}{{2}})")
_IN_BRACKETS = re.compile(r"[（(〔\[［][^（）()]{1,24}?[）)〕\]］]")
#: What may follow the names: the day, and where somebody writes.
_SINCE = re.compile(
    r"\s+\d{4}\s?[-年./]\s?\d{1,2}\s?[-月./]\s?\d{1,2}\s?日?(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?$|\s*[丨┃│▏︱].*$"
)
_REPORTED = re.compile(
    r"\s*(?:[发發]自(?:\s*\S{2,8}){1,3}|(?:\s\S{2,6}?)?(?:[综綜]合|[现現]场|專題)?[报報][道导導])$"
)

#: Names, and who sent the news. At the beginning of a text, this is where the news is from.
_AGENCIES = re.compile(
    rf"(?P<names>{_HAN}{{2,4}}(?:\s*[/／、]\s*{_HAN}{{2,4}}){{0,3}})\s*"
    r"[（(](?:\w{0,8}(?:社|[报報]|台|[网網]|之[声聲]|[报報][道导導]|外[电電])|[A-Za-z]{2,12}|[、，,/\s等])*[）)]"
)
#: A newspaper's people, by what they are there.
_REPORTS = ("報導", "報道", "报导", "报道")
_OF_A_HOUSE = re.compile(
    rf"(?:{_HAN}{{2,8}}·|《[^《》]{{1,12}}》)?{_HAN}{{0,8}}?(?P<calling>(?:[实實見见][习習]|特[约約])?[记記]者|特[约約]撰稿人?|[实實][习習]生|通讯员)"
    r"(?:\s?[|｜丨/／]\s?|\s+)(?P<names>\S.*?)(?:\s?[/／]\s?[图圖]?文(?:\s.*)?)?"
)
#: Several names glued to what they are there.
_OF_AN_AGENCY = re.compile(rf"{_HAN}{{2,6}}[记記]者(?P<names>{_HAN}{{2,4}}(?:[、，]{_HAN}{{2,4}}){{1,7}})")
#: A desk, as papers in Taiwan say it.
_OF_A_DESK = re.compile(rf"{_HAN}{{2,4}}(?:中心|[组組])\s?[／/╱]\s?{_HAN}{{2,6}}?[報报][導导道]")
#: The label after the names, or an English one before Chinese names.
_TURNED = re.compile(
    rf"(?P<names>{_HAN}{{2,4}}(?:[ 、]{_HAN}{{2,4}}){{0,3}})\s*[/／|｜丨]\s*(?:[图圖]?文|撰文|采写)"
    rf"|[Bb][Yy]\s?[：:]?\s?(?P<by>{_HAN}{{2,4}}(?:[ 、]{_HAN}{{2,4}}){{0,3}})"
)
#: In brackets, with the label last: its writers, or who edited it.
_CALLED_LAST = re.compile(
    rf"(?P<names>{_HAN}{{2,4}}(?:[ 、]{_HAN}{{2,4}}){{0,3}})\s"
    r"(?:(?P<writes>撰稿|撰文|[采採][写寫]|撰[写寫])|[编編][辑輯译譯])"
)
#: A Korean reporter's line, which ends articles and often begins them.
_HANGUL = re.compile(
    r"(?:[\w ]{1,12}\s?=\s?)?"
    rf"(?P<names>[가-힣]{{2,4}}(?:[·,\s]\s?(?!{HANGUL_RANKS})[가-힣]{{2,4}}){{0,3}})"
    rf"{HANGUL_JOB}(?:\s?[(\[]?[\w.+-]{{1,40}}@[\w.-]{{4,40}}[)\]]?)?"
)
_HELPERS = frozenset(("实习生", "實習生", "通讯员"))
#: A full stop after "reports" doesn't end a sentence if only its editors follow.
_REPORT_ENDS = re.compile(
    r"([报報][道导導])[。.]\s*(?=(?:[责責网網][编編]|[责責]任[编編][辑輯]|[编編][辑輯])\s*[：:]|$)"
)
#: A broadcaster's line, which glues the reporter to the broadcaster and to the place.
_REPORTER = re.compile(
    rf"(?:{_HAN}{{2,6}}[報报社網网台]\s)?(?P<who>[^\s：:，。、]{{0,12}}?(?:[／/]\s)?)[记記]者[：:\s]*(?P<name>[^\s：:，。、（）()／/]{{2,12}})"
    r"(?P<rest>\s.*|(?P<filed>[／/]\s?\S{2,8}[報报][導导道])|$)"
)
_PLACE = re.compile(f"{PLACES}$")
_HOUSE = re.compile(r"(?:本[报報刊台网網社]|[报報刊台社]|特[约約派])$")
_SHORT_NAME = re.compile(rf"{_HAN}{{2,3}}")
_ENGLISH = re.compile(
    rf"(?=\S+\s\S+\s)(?:(?:Text|Words|Story|Written|Reporting)\s)?[Bb][Yy]:?\s(?P<names>{_LATIN}(?:(?:,|\sand|,\sand|\s&)\s{_LATIN}){{0,4}})"
)
_ENGLISH_BETWEEN = re.compile(r",?\s(?:and|&)\s|,\s")
_DESK = re.compile(r"(?:Writer|Reporter|Columnist|Correspondent|Editor|Producer|Critic)$")
_LABEL = re.compile(r"\w{1,8}(?=\s?[：:/／])")
#: How a note says where an article is from.
_FROM = re.compile(
    r"(?:本?文章?|原文|稿件|信息|[内內]容)?\s?(?:[转轉][载載]?自|[来來]自|[来來]源|[载載]于|源自|首发于|链接|地址)|本文由"
)
#: What only books have.
_BOOK = re.compile(
    r"(?:^|[\s，,；;|｜丨/／])(?:出版(?:社|者|商|[单單]位|[机機][构構])|ISBN|[书書][名本]|本[书書][介简簡][绍紹介])\s*[：:︰｜|丨]"
)


class Signatures(NamedTuple):
    """Who wrote a text, by its own lines, and which blocks these lines are: number → what the line is."""

    names: list[str]
    blocks: dict[int, str]


def signatures(blocks: Sequence[Block], pattern: re.Pattern[str] | None = None) -> Signatures:
    """The bylines at both ends of a text. `pattern`: a rule's, whose groups are authors."""
    found: dict[int, list[str]] = {}
    by_rule: set[int] = set()
    credits_only = []
    # Some articles are in one quotation, and some begin with one that says where they are from; otherwise, a
    # quoted line signs what is quoted.
    quoted = 2 * sum(block.kind == "quote" for block in blocks) > len(blocks)
    noted = _note(blocks)
    for index, begins, ends in _ends(blocks):
        text = blocks[index].text
        match = pattern.search(text) if pattern is not None else None
        names = [name for name in match.groups() if name] if match else None
        if match:
            by_rule.add(index)
        signs = quoted or index < noted or blocks[index].kind != "quote"
        if names is None and signs and len(text) <= _LONGEST_LINE:
            names = signed_by(text, begins=begins, ends=ends)
            if names == [] and _is_credit(text):
                credits_only.append(index)
                continue
        if names is not None:
            found[index] = names
    found = {at: names for at, names in found.items() if at in by_rule or not _is_of_a_book(blocks, at)}
    speakers = _speakers(blocks, [blocks[index].text for index in found]) if found else frozenset()
    found = {index: names for index, names in found.items() if _label(blocks[index].text) not in speakers}
    taken = {index: "byline_text" if index in by_rule else "a byline" for index in found}
    taken |= dict.fromkeys(_beside(credits_only, found), "a line of credits")
    return Signatures([name for names in found.values() for name in names], taken)


def _note(blocks: Sequence[Block]) -> int:
    """How many blocks at the beginning are a quoted note on where the article was copied from."""
    end = next((at for at, block in enumerate(blocks[:_END_BLOCKS]) if block.kind != "quote"), 0)
    return end if any(_FROM.match(block.text) for block in blocks[:end]) else 0


def book_authors(blocks: Sequence[Block]) -> list[str]:
    """Who wrote the book that lines at an end of a text describe."""
    lines = [
        (at, begins, ends) for at, begins, ends in _ends(blocks) if len(blocks[at].text) <= _LONGEST_LINE
    ]
    if not any(_describes_book(blocks[at].text) for at, _, _ in lines):
        return []
    signed = (
        signed_by(blocks[at].text, begins=begins, ends=ends) if _is_of_a_book(blocks, at) else None
        for at, begins, ends in lines
    )
    return next(filter(None, signed), [])


def signed_by(text: str, *, begins: bool, ends: bool) -> list[str] | None:
    """The writers that a line at the beginning or end of a text names; None if it isn't such a line."""
    if _SENTENCE.search(text) and "报" not in text and "報" not in text:
        # Nearly every paragraph stops here. The full stop of a report needn't end a sentence.
        return None
    text = _DECORATION.sub("", text)
    wrapped = _WRAPPED.fullmatch(text)
    line = _REPORT_ENDS.sub(r"\1 ", wrapped[1] if wrapped else text).strip()
    if not line or _SENTENCE.search(line):
        return None
    names = _labelled(line)
    if names is None:
        names = _called(line, wrapped=wrapped is not None)
    if names is None and (korean := _HANGUL.fullmatch(line)):
        *others, last = re.split(r"[·,\s]\s?", korean["names"])
        names = [name for name in others if len(name) == len(last)] + [last]
    if names is None and begins and (english := _ENGLISH.fullmatch(line)):
        first, *others = _ENGLISH_BETWEEN.split(english["names"])
        names = [GLUED_JOB.sub("", first), *(name for name in others if not _DESK.search(name))]
    if names is None and ends and (agency := _AGENCIES.fullmatch(text)):
        names = _BETWEEN.split(agency["names"])
        names = names if not any(is_talk(name) or _PLACE.match(name) for name in names) else None
    if names is None and (ends or wrapped or line.endswith(_REPORTS)):
        names = _reporter(line, wrapped=wrapped is not None)
    return names


def _called(line: str, *, wrapped: bool) -> list[str] | None:
    """The writers in a line that says what they are before or after their names."""
    helps = False
    if _OF_A_DESK.fullmatch(line):
        return []
    if house := _OF_A_HOUSE.fullmatch(line):
        told, helps = house["names"], house["calling"] in _HELPERS
    elif several := _OF_AN_AGENCY.fullmatch(line):
        told = several["names"]
    elif turned := _TURNED.fullmatch(line):
        told = turned["names"] or turned["by"]
    elif wrapped and (called := _CALLED_LAST.fullmatch(line)):
        told, helps = called["names"], not called["writes"]
    else:
        return None
    names = _names(told, doubtful=True, talk=True)
    return [] if names and helps else names


def _ends(blocks: Sequence[Block]) -> Iterator[tuple[int, bool, bool]]:
    """The blocks at both ends: number, at the beginning, at the end. Mottoes don't count."""
    before, count = 0, len(blocks)
    for index, block in enumerate(blocks):
        begins, ends = before < _END_BLOCKS, index >= count - _END_BLOCKS
        if begins or ends:
            yield index, begins, ends
        before += block.kind != "quote"


def _labelled(line: str) -> list[str] | None:
    """The writers in a line that is labels and what they label from beginning to end."""
    line = _GLUED.sub(" ", line)
    labels = list(_SEGMENT.finditer(line))
    if not labels or labels[0].start() > 0:
        return None
    names: list[str] = []
    ends = [label.start() for label in labels[1:]] + [len(line)]
    for label, end in zip(labels, ends, strict=True):
        value = line[label.end() : end].strip(" \t·，,、;；|｜丨/／")
        if len(value) > _LONGEST_VALUE:
            return None
        if writer := label["writer"] or label["writes"]:
            mark = label[0].removeprefix(writer).strip()
            asked = mark in _COLONS and writer.endswith(("记者", "記者"))
            told = _names(value, doubtful=len(labels) == 1 and (asked or not mark), talk=mark in _COLONS)
            if told is None:
                return None
            names += told
    return names


def _names(value: str, *, doubtful: bool, talk: bool) -> list[str] | None:
    """The names after a label. `doubtful`: there may be none; `talk`: there may be somebody's words."""
    value = _REPORTED.sub("", _SINCE.sub("", _IN_BRACKETS.sub(" ", value))).strip()
    names: list[str] = []
    for labelled in _BETWEEN.split(_JOINED.sub("、", _NEXT_CALLING.sub("、", value))):
        part = _REPORTER_OF.sub("", labelled)
        if names and _HELPER.match(part):
            continue
        if names and _CALLING.search(part):
            continue
        # What somebody is may come before or after the name.
        part = " ".join(word for word in part.split() if not _CALLING.search(word)) or part
        if _HANS.fullmatch(part):
            several = part.split()
            # A name of two letters is set as wide as one of three.
            several = ["".join(several)] if [len(one) for one in several] == [1, 1] else several
            if any((talk and is_talk(one)) or (doubtful and not has_surname(one)) for one in several):
                return None
            names += several
        elif _FOREIGN.fullmatch(part):
            names.append(part)
        elif _ANY_NAMES.fullmatch(part):
            names += re.findall(rf"{_HAN}+|{_LATIN}", part)
        elif (placed := _OF_A_PLACE.fullmatch(part)) and has_surname(placed[1]):
            names.append(placed[1])
        elif _PEN_NAME.fullmatch(part) and not doubtful and not (talk and is_talk(part)):
            names.append(part)
        else:
            return None
    return names or None


def _reporter(line: str, *, wrapped: bool) -> list[str] | None:
    """The reporter in a line whose words are glued together; nobody if the name's end can't be found."""
    match = _REPORTER.fullmatch(line)
    if match is None or _QUOTED.search(line):
        return None
    rest = match["rest"].strip(" ／/")
    name = re.sub(r"(?:[综綜]合|[现現]场|[专專][题題])?[报報][道导導]$", "", match["name"])
    reported = (
        match["filed"] is not None
        or name != match["name"]
        or re.match(r"(?:\S{2,8}\s?)?[报報][道导導](?:\s|$)", rest) is not None
    )
    credited = re.search(r"(?:[责責网網][编編]|[责責]任[编編][辑輯]|[编編][辑輯])\s*[：:]?", rest) is not None
    placed = _PLACE.search(name)
    name = name[: placed.start()] if placed else name
    # Pen names have no surname; then only what follows shows where the name ends.
    named = has_surname(name) or (placed is not None and reported and _SHORT_NAME.fullmatch(name) is not None)
    house = _HOUSE.search(match["who"]) is not None
    if named and (reported or credited or (not rest and (wrapped or house))):
        return [name]
    return [] if credited and (match["who"] or reported) else None


def _is_credit(text: str) -> bool:
    return _SEGMENT.match(_DECORATION.sub("", text).lstrip("（(【[")) is not None


def _describes_book(text: str) -> bool:
    hinted = "书" in text or "書" in text or "出版" in text or "ISBN" in text
    return hinted and _BOOK.search(text) is not None


def _is_of_a_book(blocks: Sequence[Block], index: int) -> bool:
    """Whether this line, or one of the lines of labels next to it, says who published a book."""
    for step in (1, -1):
        at = index
        while 0 <= at < len(blocks) and len(text := blocks[at].text) <= _LONGEST_LINE and _label(text):
            if _describes_book(text):
                return True
            at += step
    return False


def _beside(credits_only: Sequence[int], found: dict[int, list[str]]) -> Iterator[int]:
    """The lines of editors that follow or precede a byline, one after the other."""
    taken = set(found)
    for index in [*credits_only, *reversed(credits_only)]:
        if index - 1 in taken or index + 1 in taken:
            taken.add(index)
            yield index


def _speakers(blocks: Sequence[Block], lines: Sequence[str]) -> frozenset[str]:
    """The labels that introduce different lines that look like bylines, or many blocks."""
    signing = Counter(map(_label, {"".join(line.split()) for line in lines}))
    saying = Counter(_label(block.text) for block in blocks)
    return frozenset(
        label for label in signing if label and (signing[label] > 1 or saying[label] > _MOST_BYLINES)
    )


def _label(text: str) -> str:
    match = _LABEL.match(text)
    return match[0] if match else ""
