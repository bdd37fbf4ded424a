"""Which dead letters the options of `newsdrop dead` mean."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from tests.inputs.letters import make_letter
from typer.testing import CliRunner

from newsdrop.cli.letter_choice import choosing
from newsdrop.ledger.letter_filter import LetterFilter


def chosen(*arguments: str) -> LetterFilter:
    found: list[LetterFilter] = []

    @choosing()
    def command(chosen: LetterFilter) -> None:
        found.append(chosen)

    app = typer.Typer()
    app.command()(command)
    assert CliRunner().invoke(app, [*arguments]).exit_code == 0
    return found[0]


@pytest.mark.parametrize(
    "pattern", ["a/*.md", "./a/*.md", "a/", "~/a/b.md", "*/b.md", "{here}/a/*", "{here}/a/"]
)
def test_a_pattern_of_paths_is_understood_as_elsewhere(
    pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    which = chosen("--path", pattern.format(here=tmp_path))
    assert which.takes(make_letter(path=str(tmp_path / "a" / "b.md")))
    assert not which.takes(make_letter(path=str(tmp_path / "c" / "d.md")))


def test_content_without_a_file_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen("--path", "order-*.md").takes(make_letter(name="order-1.md"))
