"""One spelling for both Chinese scripts: folds Traditional Han characters to Simplified ones, one to one.

The table is `config/folding.tsv`; the Elasticsearch char filter, the embedded index, the language step and
the fingerprints all use it, so that they agree. Folding keeps the length of a text (every entry is one BMP
character on both sides), so offsets stay true. It is for comparing, never for showing: several Traditional
characters share one Simplified one, and there is no way back.

Refuses to convert words or idioms; that is OpenCC's job.
"""

from __future__ import annotations

import re
from functools import cache

from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError

__all__ = ["FEW", "fold", "fold_few", "fold_table", "foldable"]

_FILE = "folding.tsv"

#: Up to so many different characters are replaced faster one after the other than by translating the whole.
FEW = 24


def fold(text: str) -> str:
    """The text with every Traditional Han character replaced; same length, idempotent."""
    # Nearly all texts are Simplified but for a character or two: looking is much cheaper than translating.
    found = foldable(text)
    return fold_few(text, found) if len(found) <= FEW else text.translate(_row())


def foldable(text: str) -> set[str]:
    """The different characters of the text that folding replaces."""
    return set(_foldable().findall(text))


def fold_few(text: str, found: set[str]) -> str:
    """The text with these characters (`foldable`) replaced."""
    table = _table()
    for character in found:
        text = text.replace(character, chr(table[ord(character)]))
    return text


def fold_table() -> dict[int, int]:
    """Code point → code point, for `str.translate` and for the index's char filter. A copy: yours to change.

    Raises:
        ConfigError: the table is missing or broken.
    """
    return dict(_table())


@cache
def _row() -> list[int]:
    # For `str.translate` a list of the whole BMP is twice as fast as a dict, which pays for every miss.
    table = _table()
    return [table.get(code, code) for code in range(0x10000)]


@cache
def _foldable() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, _table()))}]")


@cache
def _table() -> dict[int, int]:
    path = find_config_file(_FILE)
    table: dict[int, int] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        source, _, target = line.partition("\t")
        if (
            not (_is_single_bmp(source) and _is_single_bmp(target))
            or source == target
            or ord(source) in table
        ):
            raise ConfigError(
                f"Line {number} of {path} is no folding entry: {line!r}. It must be two different characters "
                "with a tab between, the first one new. Restore the file from the package."
            )
        table[ord(source)] = ord(target)
    _refuse_chains(table, str(path))
    return table


def _is_single_bmp(text: str) -> bool:
    return len(text) == 1 and ord(text) <= 0xFFFF


def _refuse_chains(table: dict[int, int], path: str) -> None:
    # A chain (a → b, b → c) would make folding twice differ from folding once, and the index from the query.
    chains = [chr(source) for source, target in table.items() if target in table]
    if chains:
        raise ConfigError(
            f"In {path} the results of {''.join(chains)} are folded themselves; fold them to the end."
        )
