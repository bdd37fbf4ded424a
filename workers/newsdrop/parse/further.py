"""How pages head what isn't the article: other stories, what is read most, older pieces.

One vocabulary for all who meet such a line: at the end of a text (endings.py), above a list below the title
(root.py), before the links of an element that is mostly links (linked.py), as a heading that might be the
title (titles.py). Refuses sentences: a line counts if all of it is such a heading; a label, by its beginning.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "heads_most_read", "heads_older", "heads_others", "introduces_others", "labels_others", "names_others",
]  # fmt: skip

#: Which stories, and what they are called, in Chinese.
_WHICH: Final = (
    r"(?:相[关關]|更多|最?[热熱][门門点點]|最[新多]|推[荐薦]|精彩(?:[视視][频頻])?|精[选選]|延伸|[扩擴]展|"
    r"你喜[欢歡]的)\s?"
)
_WHAT: Final = (
    r"(?:新[闻聞]|文章|[报報][道導]|[阅閱][读讀]|推[荐薦]|[内內]容|[点點][閱阅]|[链連鏈][接結]|[专專][题題]|"
    r"[详詳]情)"
)
_CHINESE: Final = (
    rf"(?:(?:[点點][击擊])?[进進]入[专專][题題]|{_WHICH}{_WHAT}|猜你喜[欢歡]|[为為][你您]推[荐薦]|更多[关關][于於]"
    r"|的新[闻聞]|[其大]?他?[人家]也?都?在看"
    r"|你可能[還还也]?(?:想看|喜[歡欢]|感[興兴]趣)(?:的?(?:新[闻聞]|文章|[内內]容))?)"
)
_ENGLISH: Final = r"""
      (?:related|recommended|similar|suggested|popular|trending|latest|recent|featured|more|other|top)
      \s(?:\w+\s)?(?:articles?|posts?|stories|story|content|reads?|reading|news|pages|coverage|topics)
    | (?:more|latest|popular|trending|most\s(?:read|popular|viewed|commented))
      (?:\s(?:from|in|on)\s[^:,;.!?]{2,40}|\sto\sexplorer?|\snow)?
    | (?:you|we)\s(?:may|might|will|could|think\syou)(?:\s?['’]?ll)?\s(?:also\s)?
      (?:like|love|enjoy|be\sinterested).{0,20}
    | (?:read|up|watch)\snext | keep\sreading | don['’]?t\smiss | recommended(?:\sfor\syou)? | read\smore
    | (?:see|read)\salso | also\s(?:on|read)(?:\s[^:]{2,30})? | in\sother\snews
"""
_GERMANIC: Final = r"""
      (?:das|dies)(?:\sthema)?\skönnte\s(?:sie|dich|euch)\s(?:auch\s|noch\s)*interessieren
    | mehr\s(?:zum\sthema|themen|interessantes|aus\s[^:]{2,30}|von\s[^:]{2,30})(?:\sauf\s\w+(?:\.\w+)?)?
    | (?:weitere|ähnliche|verwandte|passende|aktuelle|neueste|neue|kommentierte)\s
      (?:artikel|beiträge|themen(?:bereiche)?|meldungen|nachrichten|news|links)(?:\s(?:zu|zum|zur|aus|von)\s[^:]{2,40})?
    | (?:lesen\ssie|lies|lest)\s(?:auch|mehr|weiter)(?:\sdie\sfolgenden\s\w+)?
    | auch\s(?:interessant|lesenswert)
    | schon\sgelesen | zum\sweiterlesen | meistgelesen(?:e\s\w+)?
    | empfehlungen\s(?:der|für|aus)\s[^:]{2,30}
    | lees\sook | (?:gerelateerd|meer)e?\s(?:artikelen|nieuws) | meest\sgelezen
    | läs\s(?:också|även|mer) | mest\slästa | l[eæ]s\sogså | lue\smyös
"""
_ROMANCE: Final = r"""
      (?:à\slire|lire|voir|lisez)\s(?:aussi|également) | (?:sur|dans)\sl[ea]\smême\s(?:sujet|thème|rubrique)
    | articles\s(?:liés|similaires|connexes|récents|associés) | les\splus\s(?:lus|populaires)
    | vous\saimerez\saussi
    | (?:te|le|os|les)\s(?:puede|podría|recomendamos)(?:\sinteresar)?
    | lo\s(?:último|más\s(?:leído|visto|reciente))
    | (?:noticias|art[íi]culos|temas|notas|contenidos?|entradas|matérias|artigos)\srelacionad[ao]s?
    | (?:más|otras|mais|outras)\s(?:noticias|notícias|lidas)
    | (?:lea|lee|mira|vea|también\sle[ae])\s(?:también|además)
    | (?:leia|veja)\s(?:também|mais) | potrebbe(?:ro)?\sinteressart[ie] | (?:leggi|vedi)\sanche
    | ti\spotrebbe(?:ro)?\sinteressare | articoli\s(?:correlati|simili|recenti) | i\spiù\sletti
"""
_FURTHER_EAST: Final = r"""
      (?:читайте|смотрите)\sтакже | (?:материалы\s)?по\sтеме
      | (?:похожие|другие)\s(?:статьи|новости|материалы)
    | читайте\sтакож | (?:prze)?czytaj\s(?:też|także|również|więcej) | zobacz\s(?:też|także|również)
    | (?:powiązane|podobne)\s(?:artykuły|tematy) | čtěte\stak[ée] | mohlo\sby\svás\szaj[íi]mat
    | baca\sjuga | lihat\sjuga | (?:berita|artikel)\s(?:terkait|lainnya) | ilgili\s(?:haberler|içerikler)
    | (?:tin|bài)\s(?:liên\squan|cùng\schuyên\smục|khác) | (?:xem|đọc)\sthêm | ข่าวที่เกี่ยวข้อง
    | อ่านเพิ่มเติม
    | اقرأ\s(?:أيضا|أيضًا|المزيد) | (?:مواضيع|موضوعات|أخبار)\sذات\sصلة | यह\sभी\sपढ़ें
    | संबंधित\s(?:ख़?बरें|समाचार)
    | 関連(?:記事|ニュース|コンテンツ|リンク) | [あ合]わせて読みたい.{0,8} | おすすめ(?:の?記事|ニュース)
    | 外部サイト | (?:最新|人気|新着)(?:記事|ニュース) | この記事を読んだ人.{0,16}
    | 관련\s?(?:기사|뉴스) | 많이\s?본\s?(?:뉴스|기사) | (?:추천|인기|다른)\s?(?:기사|뉴스)
"""
_OTHER_LANGUAGES: Final = rf"(?:{_ENGLISH}|{_GERMANIC}|{_ROMANCE}|{_FURTHER_EAST})"
_OTHERS: Final = re.compile(rf"^\W*(?:{_CHINESE}|{_OTHER_LANGUAGES})\W*$", re.IGNORECASE | re.VERBOSE)
_MOST_READ: Final = re.compile(
    r"^\W*(?:最?[热熱][门門]|最新|最多人?|人[氣气])(?:新[闻聞]|文章|[报報][道導]|[点點][閱阅]|[浏瀏][览覽]|[阅閱][读讀]|排行榜?)\W*$"
    r"|^\W*(?:其他人|大家)也?都?在看\W*$|^\W*[点點][閱阅]排行榜?\W*$"
)
_OLDER: Final = re.compile(
    r"^\W*往期(?:文章|回[顾顧]|推[荐薦]|精[选選彩]|[阅閱][读讀]|[内內]容|[热熱]文|原[创創])\W*$"
)
_INTRODUCTION: Final = re.compile(
    rf"""^\W*(?:
        {_WHICH}{_WHAT} | 往期 | 友情[链鏈連]接 | [另参參][见見]
      | [点點][击擊](?:[此这這]|查看|[进進]入|[阅閱][读讀])
      | 関連 | あわせて | もっと(?:読|見) | 관련\s?(?:기사|뉴스) | 더\s?보기 | xem\s thêm | đọc\s thêm
      | (?: read | watch | listen | learn\s more | find\s out | follow | subscribe | sign\s up
        | see\s (?:also|more) | also\s (?:read|see|in) | more\s (?:on|from|about|in|stories) | related
        | recommended | our\s standards | à\s lire | lire\s (?:aussi|la\s suite) | lesen\s sie
        | mehr\s (?:zum|zu|dazu|lesen|erfahren) | (?:siehe|lies|lest|auch)\s (?:auch|interessant)
        | lees\s ook
        | läs\s (?:också|mer) | l[eæ]s\s også | lea\s (?:también|además) | lee\s (?:más|también|además)
        | mir[ae](?=:|\s también) | vea\s también | (?:te|le)\s recomendamos | puedes\s ver | vedi\s anche
        | te\s puede\s interesar | (?:leia|veja)\s (?:também|mais)
        | leggi\s anche | voir\s aussi | читайте | смотрите\s также | zobacz
        | czytaj\s (?:też|także|również|więcej)
        | baca\s juga )\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
#: What a label may say besides: whose stories they are, or what they are about.
_LONGEST_MORE: Final = 20
#: A heading names others with a word between, and readers' comments, too.
_NAMES: Final = re.compile(
    rf"(?:{_WHICH}|即[时時]|其[他它]|[网網]友|[读讀]者)\w{{0,4}}?(?:{_WHAT}|[评評][论論])[：:]?"
)


def heads_others(line: str) -> bool:
    """Whether a line heads other stories and says nothing else. It may head a list of sources."""
    return _OTHERS.match(line) is not None


def heads_most_read(line: str) -> bool:
    """Whether a line heads what readers read most."""
    return _MOST_READ.match(line) is not None


def heads_older(line: str) -> bool:
    """Whether a line heads an account's older pieces."""
    return _OLDER.match(line) is not None


def introduces_others(text: str) -> bool:
    """Whether a text that is mostly links begins with a label of other stories."""
    return _INTRODUCTION.match(text) is not None


def labels_others(text: str) -> bool:
    """Whether a text before a link is a label of other stories, with a few words more at most."""
    found = _INTRODUCTION.match(text)
    return found is not None and len(text) - found.end() <= _LONGEST_MORE


def names_others(heading: str) -> bool:
    """Whether a heading in Chinese is that of other stories or of comments."""
    return _NAMES.fullmatch(heading) is not None
