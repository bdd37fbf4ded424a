"""Makes `config/background/han.tsv`, the weights of Chinese words for the keywords step.

    pip download --no-deps --no-binary :all: jieba==0.42.1 && tar xf jieba-0.42.1.tar.gz
    python -m benchmarks.background jieba-0.42.1/jieba > config/background/han.tsv

From jieba's `analyse/idf.txt` (inverse document frequencies) and `dict.txt` (word classes), both MIT. A
word's weight is its inverse document frequency, less for verbs, and 0 for what is never a keyword: function
words, numbers, times, adjectives, set phrases that stand everywhere.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from newsdrop.folding import fold

_WORDS = 50_000
_NOUNS = ("n", "vn", "j", "an", "")
_VERB_SHARE = 0.55
#: Verbs and phrases below this are everybody's.
_COMMON = 6.5
_HEADER = """\
# Weights of Chinese words: inverse document frequency, ×0.55 for verbs, 0 for what is never a keyword.
# Made by benchmarks/background.py from jieba 0.42.1 (analyse/idf.txt, dict.txt), folded to Simplified.
# jieba: Copyright (c) 2013 Sun Junyi, MIT License, https://github.com/fxsjy/jieba
# A line is a weight, a tab, and the words of that weight.
"""


def main() -> None:
    """Write the table to standard output."""
    folder = Path(sys.argv[1])
    classes = {}
    for line in (folder / "dict.txt").read_text("utf-8").splitlines():
        word, _, kind = line.split(" ")
        classes[fold(word)] = kind
    frequencies: dict[str, float] = {}
    for line in (folder / "analyse/idf.txt").read_text("utf-8").splitlines():
        word, _, number = line.rpartition(" ")
        word = fold(word)
        if len(word) > 1 and all("\u4e00" <= char <= "\u9fff" for char in word):
            frequencies[word] = min(float(number), frequencies.get(word, 99.0))
    rarest = sorted(frequencies.items(), key=lambda item: (item[1], item[0]))[:_WORDS]
    by_weight: dict[float, list[str]] = defaultdict(list)
    for word, frequency in rarest:
        by_weight[_weight(frequency, classes.get(word, ""))].append(word)
    print(_HEADER, end="")
    for weight, words in sorted(by_weight.items()):
        print(f"{weight:.1f}\t{' '.join(sorted(words))}")


def _weight(frequency: float, kind: str) -> float:
    if kind in _NOUNS or kind.startswith("n"):
        return round(frequency, 1)
    if kind in ("v", "l", "i") and frequency >= _COMMON:
        return round(frequency * _VERB_SHARE, 1)
    return 0.0


if __name__ == "__main__":
    main()
