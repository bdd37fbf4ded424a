"""What turns a part of a pattern into something else, without a word from Python or a linter."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[2] / "workers" / "newsdrop"


def test_no_bound_of_a_pattern_is_taken_for_a_value() -> None:
    """`rf"a{0,4}"` is "a(0, 4)"; the bound needs two braces."""
    found = {
        place
        for place, node in _nodes()
        if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Tuple | ast.Constant)
        if not isinstance(getattr(node.value, "value", None), str)
    }
    assert found == set()


def test_no_end_of_a_word_is_a_backspace() -> None:
    """In a string that isn't raw; as the end of a range of characters it is meant."""
    found = {
        place
        for place, node in _nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if "\b" in node.value.replace("-\b", "")
    }
    assert found == set()


@cache
def _nodes() -> list[tuple[str, ast.AST]]:
    return [
        (f"{path.relative_to(_PACKAGE)}:{node.lineno}", node)
        for path in sorted(_PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant | ast.FormattedValue)
    ]
