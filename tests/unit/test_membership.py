from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.membership import existing, readings


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("/d/a.md", []),
        ("/d/a.zip!b.md", [("/d/a.zip", "b.md")]),
        ("a.zip!b.zip!c.md", [("a.zip", "b.zip!c.md"), ("a.zip!b.zip", "c.md")]),
        ("/Extra! Extra!/a.zip!b.md", [
            ("/Extra", " Extra!/a.zip!b.md"),
            ("/Extra! Extra", "/a.zip!b.md"),
            ("/Extra! Extra!/a.zip", "b.md"),
        ]),
        ("!a.zip!b.md", [("!a.zip", "b.md")]),
        ("a.md!", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_name_is_read_in_every_way(name: str, cut: list[tuple[str, str]]) -> None:
    assert list(readings(name)) == [(name, None), *cut]


def test_of_all_readings_the_one_whose_file_is_there_counts(tmp_path: Path) -> None:
    folder = tmp_path / "Extra! Extra!"
    folder.mkdir()
    bundle, bare = folder / "!a.zip", folder / "b!c.md"
    bundle.touch()
    bare.touch()
    assert existing(f"{bundle}!b.zip!20200131/https://a.example/") == (
        str(bundle),
        "b.zip!20200131/https://a.example/",
    )
    assert existing(str(bare)) == (str(bare), None)
    assert existing(f"{folder}!x") == (f"{folder}!x", None)
    assert existing("!a.zip!b.md", lambda name: folder / name) == ("!a.zip", "b.md")
