"""Every sign means the same to both stores, whatever stands beside it: Elasticsearch's terms are ours.

Its tokenizer knows signs that hold words together (Unicode's MidLetter, MidNum), and takes some for letters;
what it finds in a text and the embedded index doesn't would be found on one store only.
"""

from __future__ import annotations

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
