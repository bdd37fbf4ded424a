"""Who wrote an article, from the places that name its authors: headers, JSON-LD, <meta>, bylines by class.

    By Ann Li and Bo Chen | Updated 3 May 2024    Ann Li, Bo Chen
    Ann Li, Staff Writer (ann@daily.example)      Ann Li
    本报记者 林舟 通讯员 陈河 责编：王五   林舟, 陈河
    林舟、陈河等                                    林舟, 陈河
    聯合報／記者林舟／高雄即時報導                  林舟
    〔記者林小舟台北報導〕 / 河社記者林小舟台北6日電   林小舟
    부산=김민수 기자                              김민수
    Von Anna Fuchs, Hamburg / Par Anne Lis avec AFP    Anna Fuchs / Anne Lis

Whoever only edited, translated or photographed counts if nobody else is named. Refuses names that are
nobody's (佚名, admin, & more), addresses, numbers, job titles, and the site's own name. Lines of the text are
read by bylines.py, which has to be more careful.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from newsdrop.hosts import host_of, registrable_domain
from newsdrop.names import BLANK, clean_text
from newsdrop.parse.places import PLACES
from newsdrop.parse.surnames import has_surname

__all__ = [
    "AGENCIES",
    "GLUED_JOB",
    "HANGUL_JOB",
    "HANGUL_RANKS",
    "HELPED_BY",
    "author_names",
    "is_site_of_tab",
    "site_names",
]

_LONGEST_TEXT = 300
_LONGEST_NAME = 60
_MOST_WORDS = 7

_ADDRESS = re.compile(r"[<(（\[]?\b(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}[>)）\]]?")
_NETWORK = re.compile(
    r"(?:www\.)?(?:facebook|twitter|instagram|linkedin|youtube|x|threads|tiktok|t)\.(?:com|net|me)(?:/\S*)?"
    r"|(?:[a-z\d-]+\.){1,4}(?:com|cn|org|tw|hk|net|in|info)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w.])@\w{1,40}")
_WEB = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
#: From here on, the text is about when, and no longer about who.
_WHEN = re.compile(
    r"\b(?:(?:last\s+)?(?:updated|modified)|published|posted|aktualisiert|veröffentlicht|publié|mis à jour|"
    r"actualizado|publicado|aggiornato|pubblicato|обновлено|опубликовано)\b.*"
    r"|(?:(?:[发發][布佈表]|更新)?(?:[时時][间間]|日期)|[发發][布佈表]|更新|[来來]源|稿源|出[处處]|文字大小)\s*[：:于於].*"
    r"|(?:本文|所[属屬])?[栏欄]目\s*[：:]\s?\S{1,8}"
    r"|(?:手[机機]版\s*)?(?:[点點][击擊]|[浏瀏][览覽]|[阅閱][读讀]|[评評][论論]|人[气氣])[数數量次]{0,2}\s*[：:].*"
    r"|\bet\s+al\b.*"
    r"|\b(?:19|20)\d\d[-/.年].*|\b\d{1,2}[./:]\s?\d{1,2}.*|\bstand(?:\s*:.*|$)"
    r"|\b(?:am\s+(?:(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\b"
    r"|(?:(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch),\s).*"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b.*"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)\s(?=(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)).*"
    r"|\b\d{1,2}\.?\s+(?:[A-Z][a-zé]{2,9}|января|мая|мая)\.?\s+(?:19|20)\d\d.*"
    r"|\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d\d.*"
    r"|\b\d+[\s-]min(?:ute)?s?\b.*|\btext\ssize\b.*"
    r"|\b(?:more|all|other)\s(?:stories|articles|posts)\b.*|\b(?:view|see|read)\s(?:all|more|full)\b.*",
    re.IGNORECASE | re.DOTALL,
)
#: What is left of "in Politics on 3 May" without its day.
_FILED = re.compile(r"\s+(?:in\s.{1,40}\s)?(?:on|am|at|um|vom|le|el|il|em|à|@)$", re.IGNORECASE)
_HARD = re.compile(r"[|｜丨︱•\n\t]|\s[·–—-]\s")
_DONE = (
    r"(?:(?:written|authored|words|text|story|report(?:ing|ed)?|posted|submitted|published|article|post|opinion|"
    r"exclusive|review|commentary|column|essay|"
    r"analysis|ein|artikel|beitrag|gastbeitrag|rezept|geschrieben|verfasst|erstellt|eingestellt|gespeichert|"
    r"veröffentlicht|publiziert|gepostet|publié|écrit|publicado|escrito|scritto|pubblicato|postado)\s+){1,3}"
)
#: What comes before a byline's names. A "von" of its own may be part of the name (von der Leyen).
BYLINE = re.compile(
    rf"(?:(?:posted|filed|published)\s(?:in|on|under)\s.{{1,80}}?\sby\s"
    r"|(?:publiziert|veröffentlicht|geschrieben|erstellt|gespeichert)\sam\s.{1,40}?\svon\s"
    r"|datum\s?:.{1,40}?\sautor(?:in)?\s?:"
    r"|(?:publié|posté|mis\sen\sligne|rédigé|écrit|modifié|publicado|escrito|pubblicato)\s(?:le|el|em|il)\s.{1,40}?"
    r"\s(?:par|por|da)\s"
    r"|un\s(?:texte|article|reportage)\sde\s"
    r"|eine?\s(?:analyse|interview|(?:gast)?kommentar|(?:gast|erfahrungs)?bericht|reportage|essay|kolumne|glosse|porträt|rezension)\svon\s"
    r"|(?:propos\s|entretien\s)?(?:recueillis?|réalisé)\spar\s"
    r"|a\scura\sdi\s|dal(?:la)?\snostr[oa]\s(?:inviat[oa]|corrispondente)\s|(?-i:di\s(?=[A-Z]\S+\s[A-Z]))"
    r"|(?:подготовил|беседовал|записал)[аи]?\s|about\sthe\sauthor\s?:|(?-i:[Ww]ith\s(?=[A-Z]\S*\s[A-Z]))"
    rf"|{_DONE}(?:by|von|vom|par|por|da)\b"
    r"|(?:كتبت?|بقلم|إعداد)\s?:?\s"
    r"|by\b|(?-i:By(?=[A-Z][A-Za-z.]))|par\s|por\s|от\s|авторы?\b|vo[nm](?::\s?|\s(?=\S+\s\S)(?!de[rnm]\s))"
    r"|(?:autor(?:es|en|in)?|auteur(?:\(?s\)?)?|authors?|gastautor(?:in)?|texte?|texto|testo|words|текст|interview|redaktion|protokoll)\s?:"
    r"|(?:authors?|autorin)\s(?=\S+\s\S))\s*:?\s*",
    re.IGNORECASE,
)
#: Whoever follows this only made the pictures, or another version.
_OTHER_WORK = re.compile(
    r"(?:^|(?<=[\s,;.a-zа-я]))(?:(?:fotos?|photos?|photograph(?:s|y|ed)|bild(?:er)?|illustration(?:en|s)?|übersetz(?:t|ung)|"
    r"translat(?:ed|ion)|(?:medically\s)?reviewed|edited)(?:\s?:|\s(?:by|von|par|por)\b)|(?:fotografie?|quelle|фото)\s?:"
    r"|(?:with\s)?(?:additional\sreporting|contributions?)\s(?:by|from)\b)\s*",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:^|(?<=[\s，,、；;（(）)】\]/／╱：:]))"
    r"(?:《?[^《》\s]{1,12}》|\w{1,8}?(?:[报報]道|[报報社网網台臺]|新[闻聞]|[传傳]媒|[周週]刊|[电電][视視])"
    r"|^\w{2,6}?(?=[记記]者\s)|\w{2,4}?(?=(?:[记記]者|[编編][辑輯])\s?[：:]))?"
    r"(?:[本该][报報刊台网網社]|新[华華]社|中新社|人民日[报報]|特[约約派]|首席|[实實][习習]|[见見][习習]|[驻駐]\w{1,3}"
    r"|[网網][络絡]|[执執]行|值班|[图圖]文(?!\s*[：:/／])|[视視][频頻]|新媒[体體]|本文|自由){0,4}"
    r"(?:(?P<writer>[记記]者|通[讯訊][员員]|[实實][习習]生|作者|著者|(?:[取採]材?[訪材]?・?)?(?:撰?文|構成)(?=\s?[●:：=＝・])"
    r"|聞き手(?=\s?[：:=＝・])|(?:執筆|投稿)者?(?=\s?[：:])|撰稿人?|撰文|撰[写寫]|主[笔筆]|[采採][写寫访訪]|文字"
    r"|[评評][论論][员員](?=[\s：:])|(?:[编編]集|[论論][説说])委員(?=\s)|[图圖]?文(?=\s*[：:/／])|^文(?=\s[\u3400-\u9fff]{2,4}(?:\s|$))"
    r"|글(?:[·/]\s?사진)?(?=[\s:=]))"
    r"|(?P<other>(?:[责責]任)?[编編][辑輯](?!部)|[责責网網主][编編]|[编編][译譯]|翻[译譯]|[译譯]者|[摄攝]影"
    r"|[图圖]片?(?=\s*[：:/／])|校[对對]|整理|[审審][核校]|(?:[选選]稿|[监監][制製]|出品人?|策[划劃])(?=\s*[：:])|イラスト(?=[\s：:])"
    r"|사진(?=[\s:=])))"
    r"\s*[：:/／●=＝・]?\s*"
)
#: What a site says of itself where its pages' author should be.
_OF_SITE = re.compile(r"[\u3400-\u9fff]_[\u3400-\u9fff]|提供.{1,60}(?:服[务務]|[资資][讯訊]|信息)")
_TAG = re.compile(r"</?[a-z]{1,12}>", re.IGNORECASE)
_OPENING = {")": "(", "）": "（", "》": "《", "]": "[", "】": "【", "〕": "〔"}
#: What an account asks of readers, or says of an advertisement; what a story begins with; what a system
#: calls its accounts; a slogan.
_NO_NAME = re.compile(
    r"[点點][击擊].{0,16}|(?:(?:[广廣]告|推[广廣])\s?)+|[\u3400-\u9fff]{2,8}[报報社网網台][讯訊]|[a-z]{2,12}_(?:mobile|wap|web|admin|user|editor)|[\u3400-\u9fff，]{6,}[!！]"
)
#: A paper or broadcaster before the name of its reporter.
_HOUSE = re.compile(r"[\u3400-\u9fff]{1,7}[报報社网網台臺廣視视刊]")
#: Who says it: before a reporter's name.
_OUTLET = re.compile(r"\w{1,8}(?:[报報社网網台臺]|新[闻聞]|[传傳]媒|[周週]刊)")
#: After a reporter's name: from where, and how.
_FROM = re.compile(
    rf"\s{PLACES}[報报][導导道]$|"
    r"[／/╱]\s?[\u3400-\u9fff]{2,8}?(?:[報报][導导]|整理|(?:即[时時]|[综綜]合|[连連][线線]|[现現][场場])[报報]道)$"
)
#: Where the news is from, before its reporter: 中新网北京5月6日电 (记者 林舟), [서울=뉴시스] 김민수 기자.
_DATELINE = re.compile(
    r"^.{0,30}[讯訊电電]\s?[（(](?=\s?[^（）()]{0,6}[记記]者)"
    r"|^[\[(（［【]?[\u3040-\u30ff\u3400-\u9fff가-힣]{2,10}\s?[=＝](?:\s?\w{2,10}[\])）］】])?(?=\s?\w)"
)
#: After a reporter of an agency: from where, and of which day.
_WIRED = re.compile(
    rf"(?:(?P<placed>[\u3400-\u9fff]{{2,3}}?){PLACES}|(?P<name>[\u3400-\u9fff]{{2,3}})[\u3400-\u9fff]{{0,6}})"
    r"\s?\d{1,2}日[专專]?[电電]$"
)
#: After a reporter, where the word that says so is gone already.
_GLUED_PLACE = re.compile(rf"(?<=[\u3400-\u9fff][\u3400-\u9fff]){PLACES}$")
#: Where the text is from, before who wrote it.
_SOURCE_AHEAD = re.compile(r"(?:[来來]源|稿源|出[处處])\s*[：:]\s*\S+(?=\s+\w{1,6}\s?[：:])")
_WRITER_LABEL = re.compile(r"(?:作者|撰文|撰稿人?|[记記]者)\s?[：:]")
#: What somebody did, in brackets behind the name, and the country before a foreign one.
_DID = re.compile(
    r"[（(][文图圖摄攝影/／、·\s]{1,6}[）)]|^[\[（(【〔［][\u3400-\u9fff]{1,3}[\]）)】〕］](?=\s?[\u3400-\u9fff])"
)
#: Of a book or a talk.
_WROTE = re.compile(
    r"(?P<writer>\S[^，,、;；]{1,40}?)\s(?:著|口述)(?:\s(?P<other>\S[^，,、;；]{1,30}?)\s(?:[译譯编編摄攝]|整理))?"
)
#: Behind a full name: for whom it was written, or as what; and from where, where a byline says so.
_FOR_OR_AS = re.compile(
    r"(?P<name>[A-Z][a-zà-ÿ'’-]{2,}(?:\s[A-Z][\w.'’-]*){1,2}?)\s(?:[Ff]or\s(?:the\s)?[A-Z].*"
    r"|(?:(?:Senior|Chief|Staff|Special|Foreign|Political|National|Science|Sports?|Deputy|Managing)\s)+"
    r"(?:Reporter|Correspondent|Editor|Writer|Columnist))"
)
_IN_PLACE = re.compile(r"(?<=[a-zà-ÿ])\sin\s[A-Z][\w.-]+(?:\s[A-Z][\w.-]+){0,2}(?=$|,|\sand\s)")
#: As libraries order names.
_INVERTED = re.compile(
    r"(?P<last>[A-Z][\w'’-]+),\s(?P<first>[A-Z][\w.'’-]*[a-zà-ÿ.]"
    r"(?:\s(?:[A-Z]\.?|de|du|da|di|den|der|la|le|van|von)){0,3})"
)
#: A bar after these is a colon.
_BAR = re.compile(
    r"(?<![\u3400-\u9fff])(文|作者|撰文|[记記]者|[采採][写寫]|(?:[责責]任)?[编編][辑輯]|[责責][编編]|[摄攝]影|翻[译譯]|校[对對])\s?[|｜丨]\s?"
)
#: What comes before an agency that helped, and agencies.
HELPED_BY = r"(?:avec|mit|con|com|with)\s(?:l['’])?"
AGENCIES = r"AFP|AP|dpa|Reuters|EFE|ANSA|agen[ct]\w*"
_WITH = re.compile(
    rf"\s{HELPED_BY}(?:{AGENCIES}|Lusa|Material\s.*)(?:\s(?:et|und|and|y|e)\s\w+)?$", re.IGNORECASE
)
#: A site and a town as authors, as Portuguese and Spanish sites have them: "Do Rio, em Porto Alegre".
_FROM_TOWN = re.compile(
    r"[Dd]o\s[A-Z]\S+|[Dd]a\s(?:[Rr]edação|[A-Z]{2,})|(?:em|en|desde)\s[A-ZÁÉÍÓÚ]\S+(?:\s[A-ZÁÉÍÓÚ]\S+){0,2}"
)
#: Of whoever has a full name.
_TOWN = re.compile(r"(?<=\w\w)(?P<name>\s[^\s,]+),\s[A-ZÄÖÜ][a-zäöüß]{2,20}$")
#: What a Korean reporter is, behind the name: of which rank, and with how many others.
HANGUL_RANKS = "선임|수습|인턴|객원|전문|시민"
HANGUL_JOB = rf"\s?(?:{HANGUL_RANKS})?(?:기자|특파원|논설위원|칼럼니스트)(?:\s외\s?\d+[명인])?"
_HANGUL_JOB = re.compile(f"{HANGUL_JOB}$")
_HANGUL_NAME = re.compile("[가-힣]{2,4}")
_HANGUL_LENGTHS = (2, 3)
_SEPARATORS = re.compile(
    "[,，、;；/／╱]|\\s[&＆]\\s?|[&＆](?=\\s)|(?<=[\u3400-\u9fff])[&＆](?=[\u3400-\u9fff])"
)
_AND = re.compile(
    r"\s+(?:(?:and|und|et|och|og|im\sGespräch\smit)\s+(?!al\b)|(?-i:with\s(?=[A-Z]\S*\s[A-Z])))",
    re.IGNORECASE,
)
#: Between two names of two or more words; a name may contain one of these itself (Ortega y Gasset).
_AND_OF_FULL_NAMES = re.compile(r"(?<=\w{3})\s(?:y|e|и)\s(?=\S+\s\S)")
_ORGANISATION = re.compile(
    r"\b(?:administration|agency|association|bureau|cent(?:er|re)|commission|committee|council|department|"
    r"foundation|institute|ministry|office|society|union|university)\b",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    (
        "", "null", "undefined", "none", "nan", "n/a", "unknown", "anonymous", "anonym", "anonyme", "admin",
        "administrator", "webmaster", "root", "editor", "editors", "staff", "guest", "author", "authors",
        "the author",
        "by", "on", "at", "in", "name",
        "more", "others", "et al", "et al.", "al", "al.", "u.a.", "佚名", "匿名", "无名", "無名", "无名氏",
        "不详", "不詳", "未知", "本站", "本网", "本網", "小编", "小編", "网络", "網絡",
        "google", "google+", "google buzz", "即时", "即時",
        "discuz! team", "comsenz ui team", "回答", "提问", "文章",
        "关注者", "只看楼主", "楼主",
        "网友", "网络整理", "文", "名片", "人氣", "人气",
        "互联网", "互聯網", "转载", "轉載", "原创", "原創", "综合", "作者", "记者", "記者", "编辑", "編輯",
        "通讯员", "この記事を書いた人", "執筆者", "筆者", "ライター",
        # the labels of a form to sign in
        "账号", "帳號", "帐号", "用户名", "用戶名", "昵称", "暱稱", "密码", "密碼", "登录", "登錄", "登入",
        "注册", "註冊", "手机版", "手機版", "电脑版", "電腦版", "移动版", "客户端", "客戶端",
        "username", "login", "password",
        "von", "vom", "autor", "autorin", "autoren", "auteur", "auteurs", "stand", "quelle", "text",
        "interview", "über", "publiziert", "veröffentlicht", "datum",
        "no author", "wordpressadmin", "gesponserte inhalte", "letzte aktualisierung",
        "unbekannt",
        # what is left of a company's name behind its comma
        "inc", "inc.", "llc", "ltd", "ltd.", "corp", "corp.", "gmbh", "co., ltd", "s.a", "s.a.",
        "谢谢", "謝謝", "jr", "jr.", "sr", "sr.", "phd", "ph.d", "md", "m.d", "esq",
    )
)  # fmt: skip
_MORE = re.compile(
    r"\d*\s*(?:more|others?|weitere|autres)"
    r"|(?:more|all|other)\s(?:\w+\s)?(?:stories|articles|posts|news)?\s?(?:by|from)\b.*"
    r"|(?:(?:see|view|read|show)\s)?(?:full|all|more|complete|author)\s?(?:bio|profile|stories|articles|posts|archive)?"
    r"|(?:\+\s?)?(?:follow|subscribe|share|contact|e-?mail|print|save|facebook|twitter|linkedin|instagram|"
    r"bluesky|mastodon|threads|tiktok|youtube|whatsapp|telegram|reddit|pinterest|bio|profile|"
    r"(?:member\s)?log\s?in|sign\s(?:in|up)|account|register|anmelden|registrieren)"
    r"(?:\s(?:us|me|me on twitter|the author|author))?"
    r"|.{1,40}['’]s\s(?:most\s)?(?:recent|latest|other)\s.*"
    r"|(?:about|über)\s(?:the|den|die|diese[nr]?)\s(?:author|autor(?:in|en)?)s?|zu[rm]\s(?:artikel|autor)\w*"
    r"|(?:autorenseite|rezept|artikel|beitrag|alles)\svon|(?:alle|mehr|weitere)\s(?:storys|meldungen|artikel|beiträge|texte)"
    r"|(?:permanent\s?link|permalink|comments?)|(?:view|visit)\s(?:the\s|our\s|my\s)?(?:web\s?site|page|profile)"
    r"|(?:系[统統]|超[级級])?管理[员員]|(?:本[刊报報网網站社])?[编編][辑輯]部"
    r"|.*的[原跟新][帖贴]|我[来來][说說][两兩]句|(?:我要|[发發]表|[网網]友)[评評][论論]|(?:[联聯][系繫繋]|咨[询詢]).{1,8}"
    r"|(?:相[关關]|更多|其他|其它|最新|[热熱][门門]|推[荐薦]|全部|所有)(?:文章|新[闻聞]|[阅閱][读讀]|内容|內容|[报報][道導]|作品)",
    re.IGNORECASE,
)
#: Before a name: says that this leads to what else somebody wrote.
_MORE_OF = re.compile(r"(?:alle|mehr|weitere)s?\s(?:(?:artikel|beiträge|texte)\s)?von\s", re.IGNORECASE)
_GLUED_BUTTON = re.compile(r"(?<=[a-z])(?:Follow(?:ing)?|Folgen)$|(?<=[^\s+])[\s+]{0,3}已?[关關]注$")
#: An initial or abbreviation to which the full stop after it belongs.
_INITIAL = re.compile(r"(?:^|[\s.])(?:[^\W\d_]|[JS]r)$")
_NUMBERS = re.compile(r"[\W\d_]+")
_JOB = re.compile(
    r"(?:von\s)?(?:(?:senior|chief|staff|special|foreign|political|science|sports?|deputy|managing|executive|associate|"
    r"contributing|news|digital|world|business|health|environment|guest|own|from|our|the|for|\w+-based)\s+)*"
    r"(?:reporters?|correspondents?|editors?|writers?|columnists?|contributors?|journalists?|producers?|"
    r"photographers?|analysts?|redakteur(?:in)?|korrespondent(?:in)?|journaliste|rédaction|redaktion|redacción|"
    r"redazione|redação|редакция|enviad[oa]s?\sespecial(?:es)?|envoyée?\sspéciale?|corresponsal|inviat[oa]|corrispondente)"
    r"(?:\s+(?:in|at|for|of|en|à|da)\s.*)?",
    re.IGNORECASE,
)
#: Academic and professional degrees, as they are written behind the names of doctors, lawyers and planners.
_DEGREE = (
    r"(?:Ph\.?D|Pharm\.?D|Psy\.?D|Ed\.?D|[MDJ]\.?D|M\.?[AS]|M\.?Sc|M\.?B\.?A|MPH|MPP|MSW|LL\.?[BM]|B\.?[AS]|B\.?Sc"
    r"|RDN?|LDN?|CDN|RN|[BM]SN|[DF]?NP|APRN|PA-C|D\.?O|DDS|DMD|DVM|VMD|DACVB|DPT|OTR|LCSW|LMFT|LPC|CF[AP]|CPA|CSCS|CPT"
    r"|CISSP|PMP|CHES|FA[A-Z]{2,3}|Esq|RVT|VTS)\.?"
)
_HAN_JOB = (
    r"[\u3400-\u9fff]{0,12}"
    r"(?:作家|[诗詩]人|[学學]者|教授|[记記]者|媒[体體]人|研究[员員]|博士|主[编編]|[编編][辑輯]|律[师師]|[医醫]生)"
)
_HAN_JOBS = re.compile(_HAN_JOB)
#: What somebody is, said beside a name: "Vice President", "Chronicle Staff Writer". Alone, it is a desk.
_BESIDE_NAMES = re.compile(
    r"(?:[\w.'’&-]+\s){0,5}(?:writers?|reporters?|editors?|correspondents?|contributors?|columnists?|journalists?|"
    r"producers?|presidents?|managers?|directors?|(?:co-?)?founders?|professors?|C[ETFO]O)"
    r"(?:\s(?:in|at|for|of)\s.{1,60})?|\d+\+?\s(?:\w+\s){2,8}\w+"
    rf"|现[居任为]\S{{1,20}}|現[居任為]\S{{1,20}}|{_HAN_JOB}"
    rf"|(?-i:{_DEGREE}(?:[-/ ]{_DEGREE})*)",
    re.IGNORECASE,
)
#: A job in an English byline, glued to the name where a line break was lost.
GLUED_JOB = re.compile(
    r"(?<=[a-z])(?:[A-Z]\w*\s){0,3}(?:Writer|Reporter|Columnist|Correspondent|Editor|Producer|Critic|CEO)$"
)
_BRACKETS = re.compile(r"[（(\[][^（）()\[\]]{0,80}[）)\]]")
_HAN = re.compile(r"[\u3400-\u9fff\s]+")
_REPORTED = re.compile(
    r"\s*(?:\s分享[到至]?|[发發]自\s*\S{1,8}|(?:[综綜]合|[现現]场)?[报報][道导導]|撰文|[编編][译譯]|整理|[摄攝]影?"
    r"|[/\s]文|(?<=[\u3400-\u9fff]{3})文)$"
)
_LEADING = re.compile(
    r"^(?:(?:and|und|et|null)\s+|(?:interview|text|redaktion|von|by|autor|in|innen)\s?:\s*)", re.IGNORECASE
)
#: Where a blog filed it: "Ann Li . in Politics", and a line of its own.
_IN_SECTION = re.compile(r"\s?[.·•]\sin\s(?=[A-Z])[\w&' ]{2,30}$")
_ONLY_SECTION = re.compile(r"In\s[A-Z]\w{2,20}")
_TAB_PARTS = re.compile(r"[-_|｜—–»]")
_SHORTEST_WITH_ETC = 2
_EDGES = BLANK + "-–—·.,:：，、。|/\"“”‘’'*#(（[【〔+=©@»●《》】]"
_EDGES_WITHOUT_POINT = _EDGES.replace(".", "")
#: What closes a bracket belongs to the name if what opens it does.
_CLOSED = {"【": "】", "《": "》"}
#: What a site's name has besides, as an author.
_COMPANY = re.compile(r"\.(?:com|net|org)|(?<=[闻聞])[网網]$")
#: How sites in Chinese are called.
_PRESS = re.compile(r"[\u3400-\u9fff](?:[网網]|[报報]|新[闻聞][云雲]?|[频頻]道|在[线線])$|新[闻聞][云雲]$")
#: What sites add to their names, as authors of their own pages.
_ADDED = re.compile(r"(?:news|online|digital)$")

_NO_NAMES = (_NUMBERS, _NETWORK, _MORE, _JOB, _NO_NAME, _FROM_TOWN, _ONLY_SECTION)


def author_names(texts: Iterable[str], sites: Iterable[str] = ()) -> list[str]:
    """The people, or else desks and accounts, that these texts name; each once, in order; none of `sites`."""
    unwanted = {_squeezed(site) for site in sites}
    writers: dict[str, None] = {}
    others: dict[str, None] = {}
    for text in texts:
        for name, writes in _people(text[:_LONGEST_TEXT]):
            spelled = _squeezed(name)
            if spelled not in unwanted and _ADDED.sub("", spelled) not in unwanted:
                (writers if writes else others)[name] = None
    names = list(writers) or list(others)
    people = [name for name in names if not _BESIDE_NAMES.fullmatch(name)] if len(names) > 1 else names
    return people or names


def site_names(*names: str | None, url: str | None) -> list[str]:
    """The spellings under which a site poses as an author of its own pages."""
    host = host_of(url)
    return [name for name in (*names, host, f"www.{host}", registrable_domain(host)) if name]


def is_site_of_tab(name: str, tab: str) -> bool:
    """Whether a tab ends with this name of its site: 网易 in "…_网易新闻", CSDN.NET in "…-CSDN.NET".

    Whoever has a surname there has a site of their own.
    """
    last = _squeezed(_TAB_PARTS.split(tab)[-1])
    spelled = _squeezed(name)
    if not spelled or spelled == _squeezed(tab) or has_surname(name):
        return False
    if last != spelled and last == _COMPANY.sub("", spelled):
        return True
    if not last.startswith(spelled):
        return False
    if last == spelled:
        return "." in spelled or _PRESS.search(name) is not None
    return _HAN.fullmatch(name) is not None


@lru_cache(4_096)
def _people(text: str) -> list[tuple[str, bool]]:
    """The people a text names, and whether they wrote. An archive names the same few again and again."""
    if _OF_SITE.search(text) or text.strip().lower() in _NOBODY:
        return []
    parts = _parts(_turned(_DID.sub(" ", _DATELINE.sub("", _TAG.sub(" ", clean_text(text))))))
    return [(name, writes) for part, writes in parts for one in _single(part) if (name := _name(one))]


def _turned(text: str) -> str:
    """The text with names as libraries order them (Li, Ann) in the order of speech."""
    names = [_INVERTED.fullmatch(piece.strip()) for piece in text.split(";")]
    if not all(names) or any(re.fullmatch(AGENCIES, one["last"], re.IGNORECASE) for one in names if one):
        return text
    return "; ".join(f"{one['first']} {one['last']}" for one in names if one)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text split by the roles in it, without what names nobody; and whether each part's people wrote."""
    text = _WEB.sub(" ", _HANDLE.sub(" ", _ADDRESS.sub(" ", text)))
    for piece in _HARD.split(_BAR.sub(r"\1：", text)):
        line = _SOURCE_AHEAD.sub(" ", _FROM.sub("", _trimmed(piece)))
        if (label := _WRITER_LABEL.search(line)) and _WHEN.search(line, 0, label.start()):
            line = line[label.start() :]
        if wrote := _WROTE.fullmatch(line.strip()):
            yield from ((wrote["writer"], True), (wrote["other"] or "", False))
            continue
        by = BYLINE.match(line)
        line = _WITH.sub("", _FILED.sub("", _WHEN.sub("", line[by.end() :] if by else line).rstrip()))
        line = _TOWN.sub(r"\g<name>", line) if by else line
        line = _IN_PLACE.sub("", line) if by or len(_IN_PLACE.findall(line)) > 1 else line
        others = list(_OTHER_WORK.finditer(line))
        for other, end in zip(others, [*(one.start() for one in others[1:]), len(line)], strict=False):
            yield line[other.end() : end], False
        line = line[: others[0].start()] if others else line
        roles = list(_ROLE.finditer(line))
        starts = [role.start() for role in roles]
        before = line[: starts[0]] if starts else line
        if not (roles and _OUTLET.fullmatch(before.strip(" ／/╱【"))):
            yield before, True
        for role, end in zip(roles, [*starts[1:], len(line)], strict=False):
            yield line[role.end() : end], role["writer"] is not None


def _single(part: str) -> Iterator[str]:
    """The names in a part, which may hold several."""
    for piece in _SEPARATORS.split(_WIRED.sub(r"\g<placed>\g<name>", _BRACKETS.sub(" ", part))):
        if _HANGUL_JOB.search(piece):
            yield from _hangul_names(piece)
        elif _ORGANISATION.search(piece):
            yield piece
        elif _HAN.fullmatch(piece):
            yield from _han_names(piece.split())
        else:
            for one in _AND.split(piece):
                yield from _AND_OF_FULL_NAMES.split(one)


def _han_names(words: list[str]) -> list[str]:
    """The names in words of Han letters: several full ones, or one that is set wide or in two parts."""
    if len(words) > 1 and has_surname(words[0]) and all(map(_HAN_JOBS.fullmatch, words[1:])):
        return words[:1]
    if len(words) > 1 and all(map(has_surname, words)):
        return words
    if len(words) > 1 and has_surname(words[-1]) and all(map(_HOUSE.fullmatch, words[:-1])):
        return words[-1:]
    # A name of two letters is set as wide as one of three (李　强); Japanese ones have a space (大渡 美咲).
    if len(words) > 2 and all(map(has_surname, joined := _joined_letters(words))):
        return joined
    return ["".join(words) if any(len(word) == 1 for word in words) else " ".join(words)]


def _joined_letters(words: list[str]) -> list[str]:
    """The words with each two single letters joined."""
    joined: list[str] = []
    half = False
    for word in words:
        if half and len(word) == 1:
            joined[-1] += word
            half = False
        else:
            joined.append(word)
            half = len(word) == 1
    return joined


def _hangul_names(text: str) -> list[str]:
    """The reporters before the word that says so; their paper or town may come first."""
    told = _HANGUL_JOB.sub("", text.strip()).rpartition("=")[2]
    words = [word for word in re.split(r"[\s·]+", told) if _HANGUL_NAME.fullmatch(word)]
    return words if all(len(word) in _HANGUL_LENGTHS for word in words) else words[-1:]


def _name(text: str) -> str:
    """One name with its edges trimmed, or nothing if it is nobody's."""
    name = " ".join(_MORE_OF.sub("", _LEADING.sub("", _trimmed(text))).split())
    name = _IN_SECTION.sub("", _once(_GLUED_BUTTON.sub("", GLUED_JOB.sub("", name))))
    name = match["name"] if (match := _FOR_OR_AS.fullmatch(name)) else name
    if "》" in name and "《" not in name:
        name = _REPORTED.sub("", f"《{name}")
    if _HAN.fullmatch(name):
        told = _REPORTED.sub("", name)
        name = told if told == name else _GLUED_PLACE.sub("", told)
        name = name[:-2] if name.endswith(("记者", "記者")) and has_surname(name[:-2]) else name
        name = name.removesuffix("等") if len(name) > _SHORTEST_WITH_ETC else name
    if name.lower() in _NOBODY or any(one.fullmatch(name) for one in _NO_NAMES):
        return ""
    return name if len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_WORDS else ""


def _trimmed(text: str) -> str:
    """A text without what surrounds names, but with the full stop of an initial at its end."""
    trimmed = text.strip(_EDGES)
    for opening, closing in _CLOSED.items():
        if trimmed.count(opening) > trimmed.count(closing) and closing in text:
            trimmed += closing
    if trimmed and trimmed[-1] in _OPENING and _OPENING[trimmed[-1]] not in trimmed:
        trimmed = trimmed[:-1].strip(_EDGES)
    pointed = text.rstrip(_EDGES_WITHOUT_POINT).endswith(f"{trimmed}.") and _INITIAL.search(trimmed)
    return f"{trimmed}." if trimmed and pointed else trimmed


def _once(name: str) -> str:
    """A name once, even if it was glued to itself: that of a picture's link, and that of the text."""
    half, odd = divmod(len(name), 2)
    return name[:half] if not odd and " " in name[:half] and name[:half] == name[half:] else name


def _squeezed(name: str) -> str:
    return "".join(name.split()).casefold()
