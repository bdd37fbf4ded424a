"""Words that people compare stand in one place each."""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGE = Path(__file__).parents[2] / "workers" / "newsdrop"


def test_speeds_are_spelled_in_one_module() -> None:
    shown = [*_PACKAGE.rglob("*.py"), *_PACKAGE.rglob("*.html")]
    saying = {
        str(path.relative_to(_PACKAGE))
        for path in shown
        if re.search(r"\bfiles?(/s\b| (a|per) second in)", path.read_text("utf-8"))
    }
    assert saying == {"monitor/rates.py"}
