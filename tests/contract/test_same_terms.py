"""Every sign means the same to both stores, whatever stands beside it: Elasticsearch's terms are ours.

Its tokenizer knows signs that hold words together (Unicode's MidLetter, MidNum), and takes some for letters;
what it finds in a text and the embedded index doesn't would be found on one store only.
"""

from __future__ import annotations

import random
from unicodedata import category

import pytest
from elasticsearch import Elasticsearch
from tests.inputs.index_samples import elasticsearch_store
from tests.waiting import PATIENCE_S

from newsdrop.index.terms import GAP_TERM, terms

#: What stands before and behind the sign.
BESIDE = [
    ("a", "b"),
    ("1", "2"),
    ("１", "２"),
    ("ש", "ל"),
    (" ש", " "),
    ("م", "ن"),
    ("港", "人"),
    ("カ", "タ"),
    ("한", "국"),
]
#: Signs that Elasticsearch knows otherwise, or not at all: notes and strokes of printing, and signs within
#: words of Burmese, Tai Lue, Tai Tham and Tai Viet.
LEFT = {
    *range(0x109E, 0x10A0), *range(0x19DA, 0x19E0), *range(0x1AA0, 0x1AAE), *range(0x3190, 0x31A0),
    *range(0x31C0, 0x31E4), *range(0xA670, 0xA673), *range(0xAA77, 0xAA7A), *range(0xAADE, 0xAAE0),
}  # fmt: skip
SIGNS = [
    chr(code)
    for code in range(0x20, 0x10000)
    if (category(chr(code))[0] in "PSZ" or category(chr(code)) in ("Cf", "No", "Me")) and code not in LEFT
]
#: What numbers and words are made of whose signs mean something by what is beside them.
PIECES = (
    *"01234567890123456789３０٣٠", *",，，٬'’´\u00a0\u202f\u2009.．:", "000", "000", "123", "é", "État",
    *("a", "M", "x", "l'", "d’", "qu'", "dell'", "rock", "Xi", "İstanbul", "Ankara", "Erdoğan", "Chang"),
    *("'da", "’nın", "'a", "'e", "'an", "々", "人", "佐々", "\u1112\u1161\u11ab", "\u110f", "こゝ", "ば"),
    *("ヾ", " ", " ", "\U00030ede", ". ", ".", "‘", "J", "Mr", "\n", "한", "ก", "ค์", "ㄅ"),
    *("T", "T1", "ㆍ", "А", "г", "É", "ö", "เเม", "นํ้า", "เ", "3T1", "Σ"),
)  # fmt: skip
_AT_ONCE = 1_500
_PART = "zqz"


@pytest.mark.elasticsearch
@pytest.mark.parametrize("beside", BESIDE, ids=ascii)
def test_a_sign_means_the_same_to_both_stores(elasticsearch_url: str, beside: tuple[str, str]) -> None:
    differing = {}
    with (
        elasticsearch_store(elasticsearch_url) as store,
        Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S) as client,
    ):
        alias = store.init().articles.alias
        for at in range(0, len(SIGNS), _AT_ONCE):
            texts = [sign.join(beside) for sign in SIGNS[at : at + _AT_ONCE]]
            for text, there in zip(texts, terms_there(client, alias, texts), strict=True):
                here = " ".join(terms(text)).strip(f"{GAP_TERM} ").split()
                if here != there:
                    differing[ascii(text)] = (here, there)
    assert differing == {}


@pytest.mark.elasticsearch
def test_numbers_and_apostrophes_mean_the_same_to_both_stores(elasticsearch_url: str) -> None:
    draw = random.Random(28)
    texts = ["".join(draw.choices(PIECES, k=draw.randint(2, 9))) for _ in range(2 * _AT_ONCE)]
    differing = {}
    with (
        elasticsearch_store(elasticsearch_url) as store,
        Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S) as client,
    ):
        alias = store.init().articles.alias
        for at in range(0, len(texts), _AT_ONCE):
            part = texts[at : at + _AT_ONCE]
            for text, there in zip(part, terms_there(client, alias, part), strict=True):
                # Two gaps with nothing but an apostrophe between are two on either store.
                here = " ".join(terms(text)).strip(f"{GAP_TERM} ").replace(f"{GAP_TERM} {GAP_TERM}", GAP_TERM)
                if here.split() != [same_place(term) for term in there]:
                    differing[ascii(text)] = (here, there)
    assert differing == {}


def same_place(term: str) -> str:
    """A Han character that Elasticsearch's tables lack, for the one that stands there for it."""
    return "\U00030ede" if term == "\U00028ede" else term


def terms_there(client: Elasticsearch, alias: str, texts: list[str]) -> list[list[str]]:
    """What Elasticsearch makes of each text; a gap is a position without a term."""
    whole = f"{_PART}\n" + f"\n{_PART}\n".join(texts)
    found: list[list[str]] = []
    last = 0
    for token in client.indices.analyze(index=alias, analyzer="nd_text", text=whole)["tokens"]:
        if token["token"] == _PART:
            found.append([])
        else:
            if found[-1] and token["position"] > last + 1:
                found[-1].append(GAP_TERM)
            found[-1].append(token["token"])
        last = token["position"]
    return found
