"""What a sign means that stands within a number or a word, where the characters beside it decide.

    3,000  3，000  3'000  3 000    a number with its thousands apart is one number
    d'urgence  İstanbul'da        an elided word, and the endings of a Turkish name, are words of their own
    don't  O'Brien  Xi'an         any other word with an apostrophe is one word

Each pattern for Elasticsearch says the same as one for Python, in the words of Java: a look behind has a
bounded length, and no group is repeated. Pure. Refuses to know what signs mean elsewhere: that is signs.py's.
"""

from __future__ import annotations

from typing import Final

from newsdrop.folding import HAN, REPEATERS
from newsdrop.index.signs import FULL_STOP, GAP, JOINT, STICKY, THOUSANDS_SIGNS

__all__ = ["JOINED", "JOINTS", "MAYBE_THOUSANDS", "PARTED", "THOUSANDS_CHARS", "before_thousands"]

_WIDE_COMMA: Final = "，"
_OTHERS: Final = f"[{THOUSANDS_SIGNS.replace(_WIDE_COMMA, '')}]"
_FIRST_DIGIT: Final = "[1-9１-９١-٩۱-۹]"
_MOST_SIGNS: Final = 4
#: What may be a sign of thousands: three digits follow. Each sign → its pattern.
MAYBE_THOUSANDS: Final = {sign: rf"{sign}(?=[0-9０-９٠-٩۰-۹]\d\d(?!\d))" for sign in THOUSANDS_SIGNS}
#: So many characters before it decide whether it is one.
THOUSANDS_CHARS: Final = 24


def before_thousands(sign: str) -> str:
    """What must stand before a sign of thousands: a number, perhaps with such signs.

    It begins with one to three digits, and not with 0. So years (2019,262), addresses (192.168，1), colours
    (0，124，255) are none; nor, with a comma of Chinese, are names (M50，250) or other numbers (1,200，300).
    """
    groups = f"{{0,{_MOST_SIGNS - 1}}}$"
    if sign == _WIDE_COMMA:
        alone = rf"(?<![\d.．A-Za-zÀ-ÖØ-öø-ɏＡ-Ｚａ-ｚ])(?<!\d[{THOUSANDS_SIGNS}])"
        return rf"{alone}{_FIRST_DIGIT}\d{{0,2}}(?:{sign}\d\d\d){groups}"
    return rf"(?<![\d.．])(?<!\d{_OTHERS}){_FIRST_DIGIT}\d{{0,2}}(?:{_OTHERS}\d\d\d){groups}"


#: French, Italian and Catalan words that lose their vowel before another one.
_ELIDED: Final = """
    c d j l m n s t v qu gl un all com cos dov col agl anch bell coll dagl degl dell dall mezz negl nell quel
    sant senz sugl sull tutt quell quest jusqu lorsqu presqu puisqu quelqu quoiqu
"""
#: Endings of Turkish after a name, in folded letters (ı is i): in, from, of, to, with, and the plural's.
_ENDINGS: Final = """
    da de ta te dan den tan ten daki deki taki teki nda nde ndan nden ndaki ndeki nin nun ya ye yi yu na ne
    ni nu la le yla yle lar ler lari leri larin lerin lara lere larda lerde li lu lik luk ca ce ki dir dur tir
    tur
"""
#: Those after a consonant alone, in harmony with the last vowel: Erdoğan'a. Chang'e and Hawai'i are words.
_SHORT_ENDINGS: Final = (("[aiou]", "a"), ("[eiou]", "e"), ("[aeiou]", "in?"), ("[aeiou]", "un?"))
_CONSONANT: Final = "[b-df-hj-np-tv-z]"
_ENDS: Final = f"(?![A-Za-z0-9]|{JOINT}?'[A-Za-z])"


def _elisions(apostrophe: str) -> str:
    by_length: dict[int, list[str]] = {}
    for word in _ELIDED.split():
        by_length.setdefault(len(word), []).append(word)
    before = (f"(?<=(?<![A-Za-z])(?:{'|'.join(words)}){apostrophe})" for words in by_length.values())
    return f"(?=[aeiouyh])(?:{'|'.join(before)})"


def _endings(apostrophe: str) -> str:
    long = f"(?<=[A-Za-z][A-Za-z]{apostrophe})(?=(?:{'|'.join(_ENDINGS.split())}){_ENDS})"
    short = (
        f"(?={ending}{_ENDS})(?<={vowel}{_CONSONANT * consonants}{apostrophe})"
        for vowel, ending in _SHORT_ENDINGS
        for consonants in range(1, 4)
    )
    return "|".join([long, *short])


def _parted(apostrophe: str) -> str:
    """What must be true right behind an apostrophe that parts two words, in a text that is folded."""
    return f"(?i:{_elisions(apostrophe)}|{_endings(apostrophe)})"


def _thousands(sign: str, alone: str) -> str:
    """The same right behind a sign of thousands, in a folded text; `alone` is true before the number."""
    group = f"{sign}[0-9][0-9][0-9]"
    numbers = (f"(?<={alone}[1-9][0-9]{{0,2}}{group * before}{sign})" for before in range(_MOST_SIGNS))
    return f"(?=[0-9]{{3}}(?![0-9]))(?:{'|'.join(numbers)})"


_ALONE: Final = f"(?<![0-9{FULL_STOP}])(?<![0-9]{JOINT})"
_ALONE_IN_CHINESE: Final = f"{_ALONE}(?<![A-Za-z])(?<![0-9]{JOINT}{GAP})"
#: An apostrophe that parts two words.
PARTED: Final = f"'{_parted(chr(39))}"
#: A letter that would stick to what is behind it, with its marks.
_STUCK: Final = rf"[{STICKY}]\p{{M}}{{0,8}}"
#: What Elasticsearch does to a folded text, writing JOINED for what it finds: it takes JOINT out between the
#: thousands of a number, and before apostrophes that don't part two words, puts the character before it in
#: the place of a repeating one, and parts Hangul and the like from what is behind it. The pattern begins
#: with a sign that hardly any text has: any other beginning would cost some 4 % of all analysis.
JOINTS: Final = (
    f"{JOINT}(?:{GAP}{_thousands(JOINT + GAP, _ALONE_IN_CHINESE)}"
    f"|{_thousands(JOINT, _ALONE)}"
    f"|[{REPEATERS}]-(?<=({HAN}){JOINT}[{REPEATERS}]-)"
    # Looked back at in the end, since a group that was found by looking back isn't given up again.
    rf"|({_STUCK})([\p{{L}}\p{{N}}])(?<=({JOINT}){_STUCK}[\p{{L}}\p{{N}}])"
    f"|(?<![{STICKY}]{JOINT})(?='(?!{_parted(JOINT + chr(39))})))"
)
JOINED: Final = "$1$4$2$4$3"
