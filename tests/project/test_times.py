"""Every text of a time is made in one module, so that all of them look alike."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).parents[2] / "workers" / "newsdrop"
_ONLY = _PACKAGE / "times.py"
#: What makes a text of a time, or a time of a number that is then shown.
_WRITING = {"asctime", "ctime", "format_datetime", "fromtimestamp", "gmtime", "isoformat", "localtime"}
_WRITING |= {"strftime", "utcfromtimestamp"}


def test_no_other_module_makes_a_text_of_a_time() -> None:
    found = {
        f"{path.relative_to(_PACKAGE)}:{line}": name
        for path in sorted(_PACKAGE.rglob("*.py"))
        if path != _ONLY
        for line, name in _written(ast.parse(path.read_text("utf-8")))
    }
    assert found == {}


def test_that_one_module_does() -> None:
    assert {name for _, name in _written(ast.parse(_ONLY.read_text("utf-8")))} >= {"isoformat", "%Y"}


def test_templates_show_times_through_a_filter() -> None:
    numbers = {
        f"{path.name}: {piece}"
        for path in (_PACKAGE / "web" / "templates").glob("*.html")
        for piece in path.read_text("utf-8").split("{{")[1:]
        if "_ms" in piece.split("}}")[0] and "| moment" not in piece.split("}}")[0]
    }
    assert {one for one in numbers if "now_ms" not in one} == set()


def _written(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _WRITING:
            yield node.lineno, node.attr
        elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)
            if "%Y" in spec or "%H" in spec or "%d" in spec:
                yield node.lineno, "%Y"
