"""Faults planted for the campaign's own tests: enrichments that do what no part of newsdrop may do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from newsdrop.documents import Article, Block
from newsdrop.enrich.steps import Step

__all__ = ["planted"]


class _Planted(NamedTuple):
    """Does one of these things to every article."""

    name: str

    def __call__(self, article: Article) -> Article:
        match self.name:
            case "failing":
                raise ValueError("planted")
            case "leaving":
                raise SystemExit("planted")
            case "spinning":
                begun_s = time.process_time()
                while time.process_time() - begun_s < 1.1:
                    pass
            case "eating":
                return replace(article, dek="x" * len(bytearray(400_000_000)))
            case "ending":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "spoiling":
                return replace(article, blocks=[*article.blocks, Block(kind="p", text="a\x00b")])
        return article


def planted(kind: str) -> Sequence[Step]:
    """The enrichments of a reader in which this goes wrong."""
    return [_Planted(kind)]
