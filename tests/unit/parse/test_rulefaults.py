"""All mistakes in a rule file are told at once, each as where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.inputs.saved_pages import ROOT

from newsdrop.parse.rulefaults import rule_faults
from newsdrop.parse.rules import rule_files

WRONG = """
name = "Example"
hosts = ["example.org"]
zone = "Mars/Olympus"
rot = ["main"]
captoin = []
drop = [".ad", "p:::bad", 7]
drop_text = ["(", "fine"]
byline = [{ match = "x" }, ".by"]

[[era]]
until = "yesterday"
root = ["main", "[["]

[[era]]
wen = "p"

[[test]]
file = "a.md"
titel = "x"
contains = "y"
"""


def written(folder: Path, text: str, name: str = "example.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_mistake_is_told(tmp_path: Path) -> None:
    faults = rule_faults(written(tmp_path, WRONG))
    wanted = [
        "Mars/Olympus",
        "unknown field `rot`.* Did you mean `root`",
        "unknown field `captoin`",
        "'p:::bad'",
        r"\$\.drop\[2\]",
        r"\(\?:\(\)",
        "byline needs `select` or `from`",
        "not 'yesterday'",
        r"'\[\['",
        r"unknown field `wen`.*\$\.era\[1\]",
        r"unknown field `titel`.*\$\.test\[0\]",
        r"Expected `array`.*\$\.test\[0\]\.contains",
    ]
    said = "\n".join(faults)
    for pattern in wanted:
        assert re.search(pattern, said), (pattern, said)
    assert len(faults) == len(wanted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 'x'\nroot = ['[[']", ["selector", "needs `name` and at least one entry in `hosts`"]),
        ("name = ", ["can't be read"]),
        ("name = 7\nhosts = 'x'", ["`$.name`", "`$.hosts`"]),
        ("name = 'x'\nhosts = ['e.org']\n[[test]]\ntitle = 'x'", ["`file`"]),
    ],
)
def test_what_a_rule_lacks_is_told_with_the_rest(tmp_path: Path, text: str, said: list[str]) -> None:
    faults = rule_faults(written(tmp_path, text))
    assert len(faults) == len(said)
    assert all(any(part in fault for fault in faults) for part in said), faults


def test_no_rule_that_we_ship_has_any() -> None:
    files = rule_files([ROOT / "config"])
    assert {path.name: faults for path in files if (faults := rule_faults(path))} == {}
