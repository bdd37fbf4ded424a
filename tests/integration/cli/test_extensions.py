"""A package with a dialect and an enrichment of its own, really installed beside newsdrop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.servers.cli_installation import ROOT, CliInstallation

EXAMPLE = ROOT / "tests/inputs/extension"
FILE = (
    "TRANSCRIPT\nTitle: A day at the harbour\nAddress: https://radio.example.org/2024/harbour\n"
    "Date: 2024-05-06T12:00:00+08:00\nSpeakers: Jane Roe, Bo Chen\n\n"
    "<p>JANE ROE: Who is there?</p><p>BO CHEN: Me. And you?</p>\n"
)


def install(source: Path, target: Path) -> None:
    """The package at `source` into a folder of its own, with the tools that are here."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([*pip, *offline, str(source)], check=True, timeout=150)


@pytest.fixture
def place(tmp_path: Path) -> CliInstallation:
    return CliInstallation(tmp_path)


def beside(place: CliInstallation, packages: Path) -> None:
    """Let commands of this installation find these packages, too."""
    place.variables["PYTHONPATH"] = os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")])


def test_an_installed_package_brings_a_dialect_and_an_enrichment(
    place: CliInstallation, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(EXAMPLE, source)
    path = place.file("harbour.txt", FILE.encode())
    assert place.process("parse", path).returncode == 1
    install(source, tmp_path / "packages")
    beside(place, tmp_path / "packages")
    told = json.loads(place.process("parse", path, "--json").stdout)
    assert (told["title"], told["author"]) == ("A day at the harbour", ["Jane Roe", "Bo Chen"])
    assert told["archive"]["dialect"] == "example/transcripts"
    assert told["published_at"] == "2024-05-06T12:00:00.000+08:00"
    assert told["labels"] == {"questions": ["2"]}
    damaged = place.process("parse", place.file("b.txt", b"TRANSCRIPT\nno title\n\n<p>x</p>"))
    assert "a transcript without a title" in damaged.stderr
    other = place.process("parse", place.page("page.md"))
    assert other.returncode == 0


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("[newsdrop.dialects]\nbroken = no_such_module:X\n", "can't be loaded"),
        ("[newsdrop.dialects]\nbroken = json:dumps\n", "is no dialect: it lacks name, expects, sniff, split"),
        ("[newsdrop.enrichments]\nbroken = json:JSONDecoder\n", "is no step"),
    ],
)
def test_a_package_that_brings_nothing_usable_stops_the_start_by_its_name(
    place: CliInstallation, tmp_path: Path, points: str, said: str
) -> None:
    facts = tmp_path / "packages/broken-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(points)
    beside(place, tmp_path / "packages")
    run = place.process("parse", place.page("page.md"))
    assert run.returncode == 2
    assert said in run.stderr
    assert "the package broken" in run.stderr
