"""The sets of public pages are told by what lies in a checkout, and scored as their makers score them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from benchmarks.webpages import measured, web_set


def scrapinghub(folder: Path) -> Path:
    (folder / "html").mkdir()
    (folder / "ground-truth.json").write_text(json.dumps({"a": {"articleBody": "one two three four five"}}))
    (folder / "html" / "a.html.gz").write_bytes(gzip.compress(b"<p>one"))
    return folder


def test_a_page_is_scored_by_its_shingles(tmp_path: Path) -> None:
    scores = measured(
        web_set(scrapinghub(tmp_path)),
        {
            "all": lambda _: "one two three four five",
            "more": lambda _: "one two three four X",
            "none": lambda _: "",
        },
    )
    assert [(one.precision, one.recall, one.empty) for one in scores.values()] == [
        (1.0, 1.0, 0),
        (0.5, 0.5, 0),
        (0.0, 0.0, 1),
    ]


def test_an_extractor_that_fails_has_no_text(tmp_path: Path) -> None:
    def fail(_: bytes) -> str:
        raise ValueError

    assert measured(web_set(scrapinghub(tmp_path)), {"fails": fail})["fails"].empty == 1


def test_pieces_are_wanted_or_not(tmp_path: Path) -> None:
    (tmp_path / "tests" / "cache").mkdir(parents=True)
    told = {"https://e.org": {"file": "a.html", "with": ["in it", "lost"], "without": ["menu"]}}
    (tmp_path / "tests" / "evaldata.json").write_text(json.dumps(told))
    (tmp_path / "tests" / "cache" / "a.html").write_bytes(b"<p>x")
    score = measured(web_set(tmp_path), {"x": lambda _: "what is in\nit, and a menu"})["x"]
    assert (score.precision, score.recall) == (0.5, 0.5)


def test_a_folder_of_something_else_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no checkout of a set"):
        web_set(tmp_path)
