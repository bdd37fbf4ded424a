"""What a typed word or phrase asks for, the same for both stores: terms in a row, in any of some fields.

An unquoted English word asks for its other number, too (protest, protests), a number with letters for the
same with or without a space or sign between (100km, 100 km), initials for those with dots (US, U.S.), and
some Chinese words for their other spelling (variants.py); nothing else is changed. A very long text is asked
for in pieces that must all be there, so that no search is deeper or longer than a store can take.

Pure. Refuses to read a query: which words are typed, and what must hold of them, is query.py's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from newsdrop.index.fields import DEFAULT_FIELDS
from newsdrop.index.otherwise import in_other_ways
from newsdrop.index.signs import APOSTROPHES, CAPITALS
from newsdrop.index.terms import GAP_TERM, terms
from newsdrop.index.variants import written_otherwise

__all__ = [
    "COLUMNS",
    "KEPT",
    "ODD",
    "OTHER_MARK",
    "Wording",
    "fts_expression",
    "fts_phrase",
    "joined",
    "other_numbers",
    "server_clause",
]

#: Field → the column of the embedded index that holds its words.
COLUMNS: Final = {
    "title": "title",
    "text": "text",
    "summary": "summary",
    "images.caption": "captions",
    "captions": "lone_captions",
    "images.alt": "alts",
    "author": "authors",
    "source.name": "sources",
    "section": "sections",
}
#: Begins every term of a column that isn't searched unless it is named, and no other term: so a search of the
#: usual columns names none, and FTS5 needn't sift positions by column, a third of the time of a search.
OTHER_MARK: Final = "_"
#: Terms of one phrase at most: positions are compared for each, on every document that has them all.
_MOST_TERMS: Final = 500
_MOST_PREFIXES: Final = 1_000
#: English words that end like a plural and are none; the filter `nd_keep` is made from them.
KEPT: Final = frozenset(
    [
        "news",
        "politics",
        "economics",
        "physics",
        "mathematics",
        "ethics",
        "athletics",
        "gymnastics",
        "diabetes",
        "series",
        "species",
        "headquarters",
        "always",
        "perhaps",
        "this",
        "his",
        "its",
        "has",
        "was",
        "is",
        "as",
        "does",
        "goes",
        "yes",
        "us",
        "gas",
        "bias",
        "texas",
        "kansas",
        "arkansas",
        "wales",
        "paris",
        "brussels",
        "athens",
        "naples",
        "reuters",
        "hamas",
        "christmas",
        "james",
        "charles",
        "aids",
        "sars",
        "mers",
        "los",
        "las",
        "angeles",
        "netherlands",
        "philippines",
        "maldives",
    ]
)
#: Plurals that no ending tells; the filter `nd_odd` is made from them.
ODD: Final = (
    ("man", "men"), ("woman", "women"), ("child", "children"), ("foot", "feet"), ("tooth", "teeth"),
    ("mouse", "mice"), ("life", "lives"), ("wife", "wives"), ("knife", "knives"), ("half", "halves"),
    ("leaf", "leaves"), ("thief", "thieves"), ("wolf", "wolves"), ("shelf", "shelves"), ("loaf", "loaves"),
    ("crisis", "crises"), ("analysis", "analyses"), ("thesis", "theses"), ("hypothesis", "hypotheses"),
    ("diagnosis", "diagnoses"), ("oasis", "oases"), ("gas", "gases"), ("bus", "buses"), ("lens", "lenses"),
    ("bias", "biases"), ("alias", "aliases"), ("atlas", "atlases"), ("canvas", "canvases"),
    ("criterion", "criteria"), ("phenomenon", "phenomena"), ("medium", "media"), ("millennium", "millennia"),
    ("referendum", "referenda"), ("bacterium", "bacteria"), ("curriculum", "curricula"),
    ("index", "indices"), ("appendix", "appendices"), ("matrix", "matrices"), ("quiz", "quizzes"),
    ("basis", "bases"), ("synthesis", "syntheses"), ("stimulus", "stimuli"), ("fungus", "fungi"),
    ("scarf", "scarves"), ("calf", "calves"), ("goose", "geese"), ("ox", "oxen"), ("formula", "formulae"),
)  # fmt: skip
_ODD: Final = {one: other for pair in ODD for one, other in (pair, pair[::-1])}
_ADDS_S: Final = re.compile("[a-z]+(?:[a-gi-rt-w]|[^cs]h|[aeou]y)")
#: After these the plural ends in -es; after -o it may (heroes, photos).
_ADDS_ES: Final = re.compile("[a-z]+(?:ss|sh|ch|x|z|[a-z]us)")
_MAY_ADD_ES: Final = re.compile("[a-z]+o")
#: What may be a plural in -s although -ies would be -y, and -ees and -oes stay (movies, refugees, shoes).
_LESS_S: Final = re.compile("([a-z]+[eio]e)s")
_INITIALS: Final = re.compile(f"[{CAPITALS}]{{2,4}}")
#: Small letters of alphabets with digits beside them: 5μm, 10км, Т-34.
_LETTER: Final = "[a-zß-ɏͰ-ԯ]"
#: Letters behind a number may be a unit of area or volume (100m²), and behind a name's number part of it.
_MIXED: Final = re.compile(
    f"({_LETTER}{{1,20}})([0-9]{{1,20}}{_LETTER}{{0,3}})|([0-9]{{1,20}})({_LETTER}{{1,20}}[23]?)"
)
_NUMBER_AND_LETTERS: Final = re.compile(
    f"{_LETTER}{{1,20}} [0-9]{{1,20}}{_LETTER}{{0,3}}|[0-9]{{1,20}} {_LETTER}{{1,20}}[23]?"
    f"|{_LETTER}{{1,5}}[0-9]{{1,4}} {_LETTER}{{1,3}}"
)
#: A name with a number within it: GPT4o, A320neo.
_NAME_WITHIN: Final = re.compile(f"({_LETTER}{{1,5}}[0-9]{{1,4}})({_LETTER}{{1,3}})")
#: A longer phrase is looked for only as it was typed.
_MOST_VARIED: Final = 20
_PEOPLE: Final = re.compile("([a-z]{3,}m)([ae])n")
_APOSTROPHE: Final = re.compile(f"['{APOSTROPHES}]")
_ADDS_IES: Final = re.compile("[a-z]+[b-df-hj-np-tv-z]y")


class Wording:
    """A word or a phrase as it was typed.

    Args:
        text: without its quotation marks.
        quoted: whether it stood in quotation marks; then it is looked for to the letter.
        prefix: whether its last word may go on (`protest*`).
    """

    def __init__(self, text: str, *, quoted: bool = False, prefix: bool = False) -> None:
        self.prefix = prefix
        found = _trimmed(terms(text))
        #: Phrases that must all be there; each a list of terms.
        self.phrases = [_trimmed(found[at : at + _MOST_TERMS]) for at in range(0, len(found), _MOST_TERMS)]
        #: Phrases of which any will do as well, if it was typed unquoted.
        self.others = [] if quoted or prefix else _others(found, text)

    @property
    def spellings(self) -> list[list[str]]:
        """The phrases, and the others."""
        return [*filter(None, self.phrases), *self.others]

    @property
    def is_empty(self) -> bool:
        """Whether it holds no letter or digit, and so asks for nothing."""
        return not any(self.phrases)


def fts_expression(wording: Wording, fields: Sequence[str]) -> str:
    """The FTS5 expression that finds it in any of the fields (of COLUMNS); it must not be empty."""
    if wording.others:
        return f"({' OR '.join(fts_phrase(phrase, fields) for phrase in wording.spellings)})"
    phrases = [fts_phrase(phrase, fields) for phrase in wording.phrases if phrase]
    if wording.prefix:
        phrases[-1] = fts_phrase([phrase for phrase in wording.phrases if phrase][-1], fields, prefix=True)
    return phrases[0] if len(phrases) == 1 else f"({' AND '.join(phrases)})"


def fts_phrase(phrase: Sequence[str], fields: Sequence[str], *, prefix: bool = False) -> str:
    """The FTS5 expression for terms in a row, in any of the fields; `prefix`: the last one may go on."""
    star = " *" if prefix else ""
    usual = [COLUMNS[field] for field in fields if field in DEFAULT_FIELDS]
    others = [COLUMNS[field] for field in fields if field not in DEFAULT_FIELDS]
    found = []
    # No term holds a double quote: it is neither a letter nor a digit.
    if usual:
        within = "" if len(usual) == len(DEFAULT_FIELDS) else f"{{{' '.join(usual)}}} : "
        found.append(f'{within}"{" ".join(phrase)}"{star}')
    if others:
        marked = " ".join(OTHER_MARK + term for term in phrase)
        found.append(f'{{{" ".join(others)}}} : "{marked}"{star}')
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def server_clause(wording: Wording, fields: Sequence[str]) -> dict[str, Any]:
    """Elasticsearch's query for the same; `fields` may carry weights (`title^2`)."""
    phrases = [_phrase(" ".join(phrase), fields) for phrase in wording.phrases if phrase]
    if wording.prefix:
        phrases[-1] = _prefix([phrase for phrase in wording.phrases if phrase][-1], fields)
    if wording.others:
        any_of = [*phrases, *(_phrase(" ".join(other), fields) for other in wording.others)]
        return {"dis_max": {"queries": any_of}}
    return phrases[0] if len(phrases) == 1 else {"bool": {"must": phrases}}


def joined(first: str, second: str) -> str | None:
    """A number and letters as one word, if two terms are that: 100 km is 100km."""
    return first + second if _NUMBER_AND_LETTERS.fullmatch(f"{first} {second}") else None


def _others(found: list[str], text: str) -> list[list[str]]:
    if len(found) > _MOST_VARIED:
        return []
    lone = len(found) == 1 and not _APOSTROPHE.search(text[:-1])
    others = [[word] for word in other_numbers(found[0])] if lone else []
    if _INITIALS.fullmatch(text):
        # U.S. is two words to the index. The other way round it would be any "us".
        others.append(list(found[0]))
    # Between a number and its unit (100km), or a name and its number (F-16), a sign or nothing may stand.
    apart = [part for term in found for part in _apart(term)]
    together: list[str] = []
    for term in found:
        one = joined(together[-1], term) if together else None
        if one is None:
            together.append(term)
        else:
            together[-1] = one
    others += written_otherwise(found) + in_other_ways(text, found)
    if len(found) == 1 and (name := _NAME_WITHIN.fullmatch(found[0])):
        others.append(list(name.groups()))
    return others + [varied for varied in (apart, together) if varied not in (found, *others)]


def _apart(term: str) -> list[str]:
    parts = _MIXED.fullmatch(term)
    return [term] if parts is None else [part for part in parts.groups() if part]


def other_numbers(word: str) -> list[str]:
    """The plural of an English singular, or the singular of a plural, by its ending; of other words none.

    Where the ending leaves it open (heroes, shoes) all that it may be: what is no word finds nothing.
    """
    forms = [_ODD[word]] if word in _ODD else []
    if word not in KEPT and len(word) > 2:
        forms += _singulars(word)
    if _ADDS_S.fullmatch(word):
        forms.append(word + "s")
    elif _ADDS_ES.fullmatch(word):
        forms.append(word + "es")
    elif _ADDS_IES.fullmatch(word):
        forms.append(word[:-1] + "ies")
    if _MAY_ADD_ES.fullmatch(word):
        forms.append(word + "es")
    if people := _PEOPLE.fullmatch(word):
        forms.append(f"{people[1]}{'e' if people[2] == 'a' else 'a'}n")
    return list(dict.fromkeys(forms))


def _singulars(word: str) -> list[str]:
    found = []
    if word.endswith("es") and (_ADDS_ES.fullmatch(word[:-2]) or _MAY_ADD_ES.fullmatch(word[:-2])):
        found.append(word[:-2])
    if word.endswith("ies") and len(word) > 3 and word[-4] not in "ae":
        found.append(word[:-3] + "y")
    elif word.endswith("s") and _is_plural(word):
        found.append(word[:-1])
    if less := _LESS_S.fullmatch(word):
        found.append(less[1])
    return found


def _is_plural(word: str) -> bool:
    before = word[-2]
    # Decades are no plurals: 1990s isn't 1990.
    if before in "us" or word[:-1].isdecimal():
        return False
    return before != "e" or word[-3] not in "iaoe"


def _trimmed(found: list[str]) -> list[str]:
    # A gap at either end asks for nothing.
    start, end = 0, len(found)
    while start < end and found[start] == GAP_TERM:
        start += 1
    while end > start and found[end - 1] == GAP_TERM:
        end -= 1
    return found[start:end]


def _phrase(text: str, fields: Sequence[str]) -> dict[str, Any]:
    # Our own terms say what the analyzer makes of what was typed; a gap is any sign of sentence punctuation.
    return {"multi_match": {"query": text.replace(GAP_TERM, "。"), "fields": list(fields), "type": "phrase"}}


def _prefix(phrase: list[str], fields: Sequence[str]) -> dict[str, Any]:
    if len(phrase) > 1:
        text = " ".join(phrase).replace(GAP_TERM, "。")
        return {
            "multi_match": {
                "query": text, "fields": list(fields), "type": "phrase_prefix",
                "max_expansions": _MOST_PREFIXES, "analyzer": "nd_text_quote",
            }
        }  # fmt: skip
    queries = []
    for field in fields:
        name, _, weight = field.partition("^")
        queries.append({"prefix": {name: {"value": phrase[0], "boost": float(weight or 1)}}})
    return {"dis_max": {"queries": queries}}
