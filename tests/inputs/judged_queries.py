"""A judged set for search: documents, queries of many classes, and by brute force which document has which.

The truth knows nothing of terms or analyzers: characters are made the same by Unicode's own normalisations
and the Han table, and a regular expression looks for the query's letters in a row, over spaces and light
signs but not over sentence punctuation. `python -m tests.inputs.judged_queries` writes the golden file.
"""

from __future__ import annotations

import random
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.inputs.index_samples import generated_corpus, make_document

from newsdrop.documents import Document
from newsdrop.folding import fold

FOLDER = Path(__file__).with_name("judged")
DOCUMENTS = 420

_GAP = "\x00"
_CASED = "".join(chr(code) for code in (*range(0x180), *range(0x370, 0x460), *range(0x1EA0, 0x1F00)))
_UPPER = "".join(char for char in _CASED if unicodedata.category(char) == "Lu")
_LOWER = "".join(char for char in _CASED if unicodedata.category(char) == "Ll")
_ENDS = re.compile(
    r"[。、，！？；（）「」『』《》〈〉【】“”‘…—;!?\"()\[\]{}<>|•●★।॥።፣״\n]|,(?!\d)|[:：](?!\d)"
    # A full stop ends one, but not behind a capital or a title, nor before a small letter, a digit or Thai.
    rf"|(?<![{_UPPER}])(?<!Mr)(?<!St)(?<!Jr)\.(?=\n| (?![{_LOWER}0-9ก-ๆ]))"
)
_SPECIAL = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss", "⺠": "民", "’": "'"}
    # Letters that keyboards of Arabic and Persian exchange.
    | {"ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه"}
    # The dot below letters of Devanagari, the key around a digit, small kana of counters, apostrophes.
    | {"\u093c": "", "ँ": "ं", "\u20e3": " ", "ヶ": "ケ", "ヵ": "カ", "〇": "零", "ς": "σ", "𠮷": "吉"}
    | dict.fromkeys("`‛′＇ʻʼ", "'")
)
_THOUSANDS = re.compile(
    r"(?<![\w.])(?<!\d,)[1-9１-９١-٩]\d{0,2}(?:[,，٬'’\u00a0\u2009\u202f]\d{3})+(?!\d)"
    r"|(?<=[\u4e00-\u9fff가-힣、])[1-9１-９]\d{0,2}(?:[,，'’\u00a0]\d{3})+(?!\d)"
)
#: Where an apostrophe parts two words: after an article of French or Italian, before an ending of Turkish.
_PARTED = re.compile(
    r"\b(?:[dlcjnstm]|qu|dell|un)'(?=[aeiouyh])|(?<=\w\w)'(?=(?:[dt][ae]n?|n?[ui]n|y[ae]|[ui])\b)", re.ASCII
)
_REPEATED = re.compile(r"(?<=([\u4e00-\u9fff]))々|(?<=([ぁ-んァ-ン]))[ゝヽ]")
#: Letters and marks of Thai, Lao, Khmer and Burmese, and pictures.
_OTHERS = "\u0e01-\u0e4e\u0ea1-\u0ecd\u1000-\u103f\u1780-\u17d3\U0001f300-\U0001faff"
#: These, Han, kana and Hangul stand by themselves.
_SINGLE = f"\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff{_OTHERS}"
#: Marks of Indic scripts, which Python takes for no part of a word.
_MARKS = (
    "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0bbe-\u0bcd\u0cbc-\u0ccd\u0d3b-\u0d4d"
    "\u0f71-\u0f84\u0f90-\u0fbc"
)
_LETTER = rf"(?:(?![{_SINGLE}_])[\w{_MARKS}])"
#: Python's tables may lack the newest of Han, and signs of these blocks are as light as any other.
_NEWEST = "\U00020000-\U0003ffff"
_STANDS_ALONE = re.compile(rf"(?=[\w{_OTHERS}{_NEWEST}])[{_SINGLE}]")
_ATOM = re.compile(rf"{_STANDS_ALONE.pattern}|{_LETTER}+(?:'{_LETTER}+)*|{_GAP}")
_LIGHT = re.compile(rf"[^\w{_MARKS}{_OTHERS}{_NEWEST}{_GAP}']|_")
#: What stands for a light sign, and beside what stands by itself: short classes are compiled much faster.
_SIGN, _EDGE = "\x01", "\x02"
_BETWEEN = f"['{_SIGN}{_EDGE}]*"
_PART = f"[^{_GAP}{_SIGN}{_EDGE}']"


class Query(NamedTuple):
    """`kind` is its class; `others` what a word finds as well: its other number, other ways to write it."""

    kind: str
    text: str
    others: list[str]

    @property
    def is_quoted(self) -> bool:
        return self.text.startswith('"')


@cache
def documents() -> list[Document]:
    """Some articles: sentences made for the queries' classes, between sentences that mean nothing."""
    draw = random.Random(20)
    sentences = (FOLDER / "sentences.txt").read_text("utf-8").splitlines()
    made = []
    for number, (title, noise) in enumerate(generated_corpus(DOCUMENTS, seed=11)):
        chosen = [sentences[number % len(sentences)], *draw.sample(sentences, draw.randint(0, 2))]
        lines = [noise[:60], *chosen, noise[60:160]]
        made.append(make_document(f"judged-{number}", title, "\n".join(lines)))
    return made


@cache
def queries() -> list[Query]:
    """All the queries, in the order of their file."""
    rows = (FOLDER / "queries.tsv").read_text("utf-8").splitlines()
    cells = ((row + "\t").split("\t") for row in rows if not row.startswith("#"))
    return [Query(kind, text, list(filter(None, others.split(" | ")))) for kind, text, others, *_ in cells]


def truth(query: Query) -> set[int]:
    """The numbers of the documents that have it."""
    words = [query.text.strip('"')] if query.is_quoted else query.text.split(" ")
    wanted = [[_atoms(one) for one in (word, *query.others)] for word in words]
    return {number for number, fields in _plain_documents() if all(_has(fields, one) for one in wanted)}


def plain(text: str) -> str:
    """The text as it is compared; a gap for each sign of sentence punctuation."""
    for sign in {
        char
        for char in text
        if unicodedata.category(char) == "No"
        and unicodedata.decomposition(char).startswith(("<circle", "<fraction"))
    }:
        text = text.replace(sign, f" {sign} ")
    text = re.sub(r"(?<=\w)•(?=\w)", "·", text.replace("№", "No "))
    text = re.sub("º(?=[CF])", "°", text)
    text = re.sub(r"(?<=[A-Za-z])‘", "'", text.replace("すゞ", "すず").replace("たゞ", "ただ"))
    text = _REPEATED.sub(lambda sign: sign[1] or sign[2], text)
    text = _THOUSANDS.sub(lambda number: re.sub(r"\D", "", number[0]), text)
    text = re.sub(r"(?<=\d)T(?=\d)", " ", re.sub("[ㆍᐧ]", "·", text))
    kept = _ENDS.sub(_GAP, text)
    kept = re.sub(f"{_GAP}+", _GAP, kept)
    kept = unicodedata.normalize("NFKC", kept).lower().translate(_SPECIAL)
    kept = "".join(str(unicodedata.decimal(char, char)) for char in kept)
    # Thai: a vowel typed as two, and its round mark before that of a tone.
    kept = re.sub("(ํ)([่-๋])", r"\2\1", kept.replace("เเ", "แ"))
    apart = unicodedata.normalize("NFD", kept)
    bare = "".join(
        char
        for char in apart
        if not (_is_mark(char) or unicodedata.category(char) == "Cf" or _is_variation(char))
    )
    return _PARTED.sub(lambda word: word[0].replace("'", " "), fold(unicodedata.normalize("NFC", bare)))


def _is_mark(char: str) -> bool:
    """A mark of Latin, Greek, Cyrillic, Hebrew or Arabic, or the stroke that lengthens Arabic."""
    if "\u0300" <= char <= "\u036f" or char == "\u0640":
        return True
    return "\u0591" <= char <= "\u065f" and unicodedata.category(char) == "Mn"


def _is_variation(char: str) -> bool:
    """A selector of variants, or the tone of a skin."""
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return True
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


@cache
def _atoms(text: str) -> tuple[str, ...]:
    return tuple(_ATOM.findall(plain(text)))


def _has(fields: list[str], alternatives: list[tuple[str, ...]]) -> bool:
    """Whether any of the fields has the atoms of any of the alternatives in a row.

    Nearly always one atom isn't there at all, and looking for that is a hundred times faster.
    """
    return any(
        all(_stem(atom) in field for atom in atoms) and _pattern(atoms).search(field) is not None
        for atoms in alternatives
        for field in fields
    )


def _stem(atom: str) -> str:
    return atom.removesuffix("'s")


@cache
def _pattern(atoms: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(_BETWEEN.join(map(_atom, atoms)))


def _atom(atom: str) -> str:
    if atom == _GAP or _STANDS_ALONE.fullmatch(atom):
        return atom
    return rf"(?<!{_PART})(?<!{_PART}'){re.escape(_stem(atom))}(?:'s)?(?!{_PART}|'{_PART})"


@cache
def _plain_documents() -> list[tuple[int, list[str]]]:
    return [
        (number, [_searched(document.source["title"]), _searched(document.source["text"])])
        for number, document in enumerate(documents())
    ]


def _searched(text: str) -> str:
    return _STANDS_ALONE.sub(rf"{_EDGE}\g<0>{_EDGE}", _LIGHT.sub(_SIGN, plain(text)))


def rows() -> list[str]:
    """The golden file: class, query, number of answers, and which documents they are."""
    found = ((query, sorted(truth(query))) for query in queries())
    return [f"{one.kind}\t{one.text}\t{len(said)}\t{' '.join(map(str, said))}" for one, said in found]


if __name__ == "__main__":
    (FOLDER / "answers.tsv").write_text("\n".join(rows()) + "\n", "utf-8")
