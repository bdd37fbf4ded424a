"""The synthetic corpus: invented news in the archive's layouts, for tests, benchmarks and pictures.

    words ─▶ text (stories) ─▶ pages (HTML) ─▶ layouts (dialects) ─▶ sites (kinds of files) ─▶ writer
                                                                     broken (hopeless files) ─┘

Deterministic: the same spec gives the same names and bytes everywhere. Refuses to quote anybody: every
sentence comes from our own grammar over our own word lists.
"""

from __future__ import annotations

from tests.corpus.seeds import seed_like
from tests.corpus.writer import CorpusReport, CorpusSpec, write_corpus

__all__ = ["CorpusReport", "CorpusSpec", "seed_like", "write_corpus"]
