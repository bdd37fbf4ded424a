"""What punctuation means to search: which signs end a sentence, which only part words, which join.

A sentence sign leaves a gap, which no phrase reaches across; a parting sign lies between two words of a
phrase (`bbc.com`, `唐纳德·特朗普`). One list makes Elasticsearch's char filter and the embedded
index's terms. Pure. Refuses to judge letters: those are folding.tsv's.
"""

from __future__ import annotations

__all__ = ["ALONE", "APOSTROPHES", "DECIMAL", "GAP", "GAPS", "PARTING", "STOP_FOLLOWERS", "sign_rows"]

#: Stands for a gap on Elasticsearch: a run of it is one token, and no Latin, Han or Hangul joins it.
GAP = "\u1950"
#: Sentence punctuation, brackets, quotation marks, bullets, line breaks.
GAPS = (
    "。、，！？；（）［］｛｝｜︰︱︳﹏…⋯‥—―⸺“”„‟‘‚‹›«»「」『』《》〈〉【】〔〕〖〗〘〙〝〞〟｢｣﹁﹂﹃﹄﹐﹑﹒﹔﹕﹖﹗｡､"
    '¡¿;!?"()[]{}<>|‼⁇⁈⁉•●○■□◆◇▲△▼▽★☆※◎►▶\n\r\v\f\x85\u2028\u2029'
)
#: Between digits they part (10:30), elsewhere they leave a gap.
DECIMAL = ",:："
#: Before these a full stop ends a sentence; elsewhere it parts (U.S.).
STOP_FOLLOWERS = " \n"
#: Between letters they part. Ties (U+203F) would glue Latin words together, and ® would be a word of its own.
PARTING = ".．․︓︴_＿©®™··‧・･∙⋅–‐‑‒−‿⁀⁔﹍﹎﹣－"
#: Within a word they are part of it (don't).
APOSTROPHES = "’ʼ′＇‛"

#: Signs of repetition and closing, which Elasticsearch would take for letters of the word beside them.
ALONE = "々〆〻"


def sign_rows() -> dict[str, str]:
    """The rows of a char filter; of two that fit, Elasticsearch takes the longer one."""
    rows = dict.fromkeys(GAPS + DECIMAL, GAP)
    rows |= dict.fromkeys(PARTING, "-")
    rows |= dict.fromkeys(APOSTROPHES, "'")
    rows |= {sign: f"-{sign}-" for sign in ALONE}
    rows |= {sign + digit: "-" + digit for sign in DECIMAL for digit in "0123456789"}
    rows |= {". ": GAP + " ", ".\n": GAP + GAP}
    return rows
