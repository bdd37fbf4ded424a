"""The queries of docs/kibana.md: fenced blocks marked `kql VIEW`, `lucene VIEW` or `esql`."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/kibana.md"
_BLOCK = re.compile(r"^```(kql|lucene|esql) ?([a-z-]*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


def queries(language: str) -> list[tuple[str, str]]:
    """(view, query) of every block of a language."""
    return [
        (match[2], match[3]) for match in _BLOCK.finditer(PAGE.read_text("utf-8")) if match[1] == language
    ]
