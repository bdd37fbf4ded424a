"""What punctuation means to search: which signs end a sentence, which only part words, which join.

A sentence sign leaves a gap, which no phrase reaches across; a parting sign lies between two words of a
phrase (`bbc.com`, `唐纳德·特朗普`). One list makes Elasticsearch's char filter and the embedded
index's terms. Pure. Refuses to judge letters: those are folding.tsv's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from newsdrop.folding import REPEATERS, spellings

__all__ = [
    "ABBREVIATED",
    "APOSTROPHES",
    "BULLET",
    "CAPITALS",
    "DECIMAL",
    "EMOJI",
    "FULL_STOP",
    "GAP",
    "GAPS",
    "GOING_ON",
    "HEBREW",
    "JOINT",
    "MAYBE_TIME",
    "PARTING",
    "STICKY",
    "THOUSANDS_SIGNS",
    "TIME",
    "TITLES",
    "TURNED",
    "ZEROS",
    "newer_rows",
    "set_apart",
    "sign_rows",
    "single_rows",
]

#: Stands for a gap on Elasticsearch: a run of it is one token, and no Latin, Han or Hangul joins it.
GAP = "\u1950"
#: Sentence punctuation, brackets, quotation marks, bullets, line breaks.
GAPS = (
    "。、，！？；（）［］｛｝｜︰︱︳﹏…⋯‥—―⸺“”„‟‘‚‹›«»「」『』《》〈〉【】〔〕〖〗〘〙〝〞〟｢｣﹁﹂﹃﹄﹐﹑﹔﹕﹖﹗｡､"
    '¡¿;!?"()[]{}<>|‼⁇⁈⁉●○■□◆◇▲△▼▽★☆※◎►▶\n\r\v\f\x85\u2028\u2029'
    "\u2329\u232a＂＜＞︐︑︒︔︕︖︗︘︵︶︷︸︹︺︻︼︽︾︿﹀﹇﹈"
    # Greek, Armenian, Arabic, Nko, Indic; the last, of Hebrew, is mostly written as a quotation mark (").
    "\u037e\u0589\u060c\u060d\u061b\u061f\u06d4\u07f8\u0964\u0965\u05f4"
)
#: Between digits they part (10:30), elsewhere they leave a gap.
DECIMAL = ",:："
#: A full stop before a space ends a sentence, unless it stands behind a capital (J. K., U.S.) or one of these
#: titles, or before a small letter, a digit (Jan. 23, e.g. this) or a letter of Thai, whose sentences end
#: without it; elsewhere it parts (U.S.).
TITLES: Final = (
    "Mr", "Mrs", "Ms", "Messrs", "Dr", "St", "Prof", "Gen", "Sen", "Rep", "Gov", "Lt", "Col", "Sgt",
    "Capt", "Maj", "Adm", "Cmdr", "Rev", "Hon", "Jr", "Sr", "Fr", "Mt", "Ste", "Mme", "Mlle", "Supt",
)  # fmt: skip
_CAPITALS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SMALL: Final = _CAPITALS.lower()
#: Latin with Vietnamese, Greek and Cyrillic.
_ALPHABETS: Final = "".join(
    map(chr, (*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC0, 0x180), 0x1A0, 0x1A1, 0x1AF, 0x1B0,
              *range(0x218, 0x21C), *range(0x386, 0x3CF), *range(0x400, 0x460), 0x490, 0x491,
              *range(0x1EA0, 0x1EFA)))
)  # fmt: skip
#: Their capitals, which may be initials, each by itself, as in a class of a pattern.
CAPITALS: Final = "".join(filter(str.isupper, _ALPHABETS))
#: Before these, behind a space, a full stop ends no sentence.
GOING_ON: Final = (
    "".join(filter(str.islower, _ALPHABETS))
    + "".join(chr(code) for code in range(0x0E01, 0x0E47) if unicodedata.category(chr(code)) == "Lo")
    + "0123456789"
)
#: Between letters they part. Ties (U+203F) would glue words together on Elasticsearch, as would the signs of
#: its last two lines, and ® would be a word of its own; U+20E3 makes a key of the digit before it (1️⃣), and
#: dots in the middle may be letters (U+1427, U+318D, U+A78F) or, in Taiwan, a small full stop (U+FE52).
PARTING = (
    ".．․︓︴_＿©®™℠··‧・･∙⋅•﹒–‐‑‒−‿⁀⁔﹍﹎﹣－゠゛゜⁄"
    "\u1427\u318d\ua78f\u20e3\u0387\u055b\u055c\u055e\u05f3\u0600\u0601\u0602\u0603\u0604\u0605\u066b\u066c\u06dd\u070f\u08e2"
    "˂˃˄˅˒˓˔˕˖˗˞˟˭˯˰˱˲˳˴˵˶˷˸˹˺˻˼˽˾˿꜠꜡꞉꞊꭛"
)
#: Within a word they are part of it (don't), but not after a letter of Hebrew, to which they would stick.
APOSTROPHES = "’ʼʻʽʾʿʹ′＇‛´`｀"
#: Behind a letter of the alphabet it is an apostrophe, too (Ch‘ing); elsewhere it opens a quotation.
TURNED: Final = "‘"
HEBREW: Final = "אבגדהוזחטיךכלםמןנסעףפץצקרשת"

#: The dot of many foreign names (唐納德•川普); beside a space it begins the item of a list.
BULLET: Final = "•"
#: What a full stop stands behind that ends no sentence, and the full stop.
ABBREVIATED: Final = f"(?<![{CAPITALS}]\\.)" + "".join(rf"(?<!{title}\.)" for title in TITLES)
#: The T of a machine's time (2020-01-23T10:30), and where no row has taken the digit before it: patterns.
MAYBE_TIME: Final = "T(?<=[0-9]T)[0-9]"
TIME: Final = f"(?<![,:：٬\u00a0\u2007\u2009\u202f'{APOSTROPHES}])(?<!(?<=\\.){ABBREVIATED} )([0-9])T([0-9])"
#: A circle stands for the zero of a year (二○一九年), and is a bullet elsewhere: each of these rows of two.
ZEROS: Final = (
    *(f"{digit}○" for digit in "一二三四五六七八九"),
    *(f"○{follower}" for follower in "一二三四五六七八九年○"),
)
#: Numbers and words in circles or with signs of their own, each a word: what Unicode's NFKC makes of them.
_SET_APART: Final = (
    *range(0xBC, 0xBF), 0x2116, 0x2121, 0x213B, *range(0x2150, 0x2160), 0x2189, *range(0x2460, 0x24B6),
    *range(0x24EA, 0x2500), *range(0x2776, 0x2794), *range(0x3220, 0x3248), *range(0x3251, 0x3260),
    *range(0x3280, 0x32CC), *range(0x32D0, 0x32FF), *range(0x3358, 0x3371), 0x33C2, 0x33D8,
    *range(0x33E0, 0x33FF),
)  # fmt: skip
_FLAG_LETTERS: Final = 0x1F1E6
_LETTER_PICTURES: Final = 0x1F130
#: Pictures; each is a term. These are what Elasticsearch's tokenizer takes for emoji, newer ones included.
EMOJI: Final = (
    "↔-↙↩↪⌚⌛⌨⎈⏏⏩-⏳⏸-⏺▪▫◀◻-◾☀-☄☇-☒☔-⚅⚐-✅✈-✒✔✖✝✡✨✳✴❄❇❌❎❓-❕❗❣-❧➕-➗➡➰➿⤴⤵⬅-⬇⬛⬜⭐⭕〰〽"
    "\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f-\U0001f149\U0001f16c-\U0001f16f\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f1ad-\U0001f1e5\U0001f200-\U0001f20f\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f23c-\U0001f23f"
    "\U0001f249-\U0001f3fa\U0001f400-\U0001f53d"
    "\U0001f546-\U0001f64f\U0001f680-\U0001f6ff\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff"
    "\U0001f80c-\U0001f80f\U0001f848-\U0001f84f\U0001f85a-\U0001f85f\U0001f888-\U0001f88f"
    "\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001fbef\U0001fbfa-\U0001fffd"
)

#: Between the thousands of a number they join (joints.py): commas, apostrophes, spaces that break no line.
THOUSANDS_SIGNS: Final = ",，٬\u00a0\u2007\u2009\u202f'" + APOSTROPHES
#: On Elasticsearch they stand where joints.py must look at what is beside, and for a full stop; a text that
#: is folded has no others.
JOINT: Final = "\u2010"
FULL_STOP: Final = "\u2011"
#: Letters that stand one by one although Elasticsearch's tokenizer makes words of them: kana; and those that
#: it would join to what is behind them (joints.py parts them there): Bopomofo and Hangul to any letter or
#: digit, and letters of scripts without spaces to a gap.
_KANA: Final = ((0x30A1, 0x30FF), (0x31F0, 0x31FF))
_STICKY: Final = ((0x0E01, 0x0EDF), (0x1000, 0x109F), (0x1780, 0x17D3), (0x3105, 0x312F), (0x3131, 0x318E),
                  (0x31A0, 0x31BF), (0xAC00, 0xD7A3))  # fmt: skip
#: The latter as a class for patterns.
STICKY: Final = "".join(f"{chr(first)}-{chr(last)}" for first, last in _STICKY)
#: Han characters that Elasticsearch's tables lack (Unicode 13 to 17) take the places of others that hardly
#: any text has: rows for the first halves of those beyond the Basic Multilingual Plane, and for single ones.
_FIRST_HALVES: Final = {**{0xD880 + at: 0xD860 + at for at in range(14)}, 0xD87B: 0xD869}
_NEWER: Final = (*range(0x4DB6, 0x4DC0), *range(0x9FF0, 0xA000), *range(0x2EBF0, 0x2EC00))
_SELDOM: Final = 0x2A680
_DIGITS: Final = "0123456789０１２３４５６７８９"
_ARABIC_DIGITS: Final = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"


def sign_rows() -> dict[str, str]:
    """The rows of a char filter; of two that fit, Elasticsearch takes the longer one."""
    rows = dict.fromkeys(GAPS + DECIMAL, GAP)
    rows |= dict.fromkeys(PARTING, "-")
    rows |= dict.fromkeys("'" + APOSTROPHES, JOINT + "'")
    rows |= {letter + sign: letter + "-" for letter in HEBREW for sign in "'" + APOSTROPHES}
    rows |= dict.fromkeys(".．", FULL_STOP)
    # Elasticsearch would take them for letters of the word beside them.
    rows |= {sign: f"{JOINT}{sign}-" for sign in REPEATERS}
    rows |= {BULLET + " ": GAP + " ", " " + BULLET: " " + GAP}
    rows |= {pair: pair.replace("○", "零") for pair in ZEROS}
    rows |= {sign: f"-{said}-" for sign, said in set_apart().items()}
    rows |= {sign + digit: "-" + _plain(digit) for sign in DECIMAL for digit in _DIGITS}
    digits = _DIGITS + _ARABIC_DIGITS
    rows |= {
        sign + digit: JOINT + _plain(digit)
        for sign in THOUSANDS_SIGNS
        if sign not in GAPS
        for digit in digits
    }
    # Told by the digit before: looking at what follows each comma of Chinese would cost 3 % of the analysis.
    before = dict(zip(digits, map(_plain, digits), strict=True)) | {
        source: meant for source, meant in rows.items() if len(source) == 2 and source[1] in digits
    }
    rows |= {source + "，": meant + JOINT + GAP for source, meant in before.items()}
    rows |= {". ": GAP + " ", ".\n": GAP + GAP}
    letters = spellings()
    rows |= {f"{word}.": letters.get(word, word) + FULL_STOP for word in (*CAPITALS, *TITLES)}
    going_on = [*GOING_ON, *(pair for pair in letters if len(pair) == 2 and pair[0] in GOING_ON)]
    rows |= {f". {chars}": f"{FULL_STOP} {letters.get(chars, chars)}" for chars in going_on}
    rows |= {f"{one}T{other}": f"{one}-{other}" for one in _DIGITS[:10] for other in _DIGITS[:10]}
    rows |= {letter + TURNED: f"{letter}{JOINT}'" for letter in _CAPITALS + _SMALL}
    return rows


def newer_rows() -> dict[str, str]:
    """More rows for Elasticsearch alone, of characters that its tokenizer would drop."""
    rows = {chr(newer): chr(older) for newer, older in _FIRST_HALVES.items()}
    return rows | {chr(code): chr(_SELDOM + at) for at, code in enumerate(_NEWER)}


def single_rows(rows: Mapping[str, str]) -> dict[str, str]:
    """The rows, and those that set single letters apart, in what the rows say as well.

    One sign before a letter is enough, and leaves it its place in the text for highlights; one behind it
    wouldn't.
    """
    apart = {
        char: sign + char
        for sign, ranges in (("-", _KANA), (JOINT, _STICKY))
        for first, last in ranges
        for char in map(chr, range(first, last + 1))
        if unicodedata.category(char)[0] == "L"
    }
    return apart | {source: "".join(apart.get(char, char) for char in said) for source, said in rows.items()}


def _plain(digit: str) -> str:
    return str(unicodedata.digit(digit))


@cache
def set_apart() -> dict[str, str]:
    """Signs that are words by themselves → what they are, whatever stands beside them: ① is 1, ½ is 1-2.

    The two letters of a flag become two pictures, since Elasticsearch would make one word of them.
    """
    numbers = {chr(code): said for code in _SET_APART if (said := _said(chr(code)))}
    letters = [chr(_LETTER_PICTURES + at) for at in range(26)]
    flags = {chr(_FLAG_LETTERS + at): picture for at, picture in enumerate(letters)}
    return numbers | flags | dict(zip(letters, letters, strict=True))


def _said(sign: str) -> str:
    value = unicodedata.numeric(sign, None)
    plain = unicodedata.normalize("NFKC", sign)
    if plain == sign:
        return "" if value is None else str(int(value))
    return "".join(spellings().get(char, char) if char.isalnum() else "-" for char in plain).strip("-")
