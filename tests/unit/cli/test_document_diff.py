from __future__ import annotations

from newsdrop.cli.document_diff import differences

OLD = {
    "title": "A",
    "text": "one\ntwo\nthree",
    "author": ["X"],
    "event": {"ingested": "1"},
    "source": {"name": "BBC"},
}


def test_only_what_differs_is_said_and_of_texts_only_the_lines() -> None:
    new = {**OLD, "title": "B", "text": "one\nthree\nfour", "event": {"ingested": "2"}, "section": "World"}
    del new["author"]
    assert differences(OLD, new) == [
        "author:",
        "  - ['X']",
        "section:",
        "  + World",
        "text: 13 characters, now 14",
        "  - two",
        "  + four",
        "title:",
        "  - A",
        "  + B",
    ]
    assert differences(OLD, OLD) == []


def test_long_values_and_many_lines_are_cut() -> None:
    lines = differences(
        {"title": "x" * 500, "text": ""}, {"title": "y", "text": "\n".join(map(str, range(50)))}
    )
    assert max(map(len, lines)) < 200
    assert lines[-4].endswith("more lines") or any("more lines" in line for line in lines)
