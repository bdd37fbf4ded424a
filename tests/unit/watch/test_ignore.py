"""Names that are no drops."""

from __future__ import annotations

import pytest

from newsdrop.options import WatchOptions
from newsdrop.watch.ignore import Ignore

DEFAULT = Ignore(WatchOptions().ignore)


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        "a.md.tmp",
        "a.part",
        "A.TMP",
        "a.md~",
        "~$word.md",
        "#a.md#",
        "x.crdownload",
        "Thumbs.db",
        "thumbs.db",
    ],
)
def test_temporary_and_hidden_names_are_ignored(name: str) -> None:
    assert DEFAULT.name(name)
    assert DEFAULT.path(f"/w/{name}", "/w")
    assert DEFAULT.path(f"/w/sub/{name}", "/w")


@pytest.mark.parametrize(
    "name", ["a.md", "tmp", "part.html", "a.tmp.md", "广州.md", "\udcb9\udce3.md", "a\nb.md", "a#"]
)
def test_ordinary_names_are_not(name: str) -> None:
    assert not DEFAULT.name(name)


def test_a_hidden_folder_hides_what_is_in_it() -> None:
    assert DEFAULT.path("/w/.git/config.md", "/w")
    assert DEFAULT.path("/w/__MACOSX/a.md", "/w")


def test_components_above_the_watched_folder_do_not_count() -> None:
    assert not DEFAULT.path("/home/.cache/x.tmp/a.md", "/home/.cache/x.tmp")
    assert not DEFAULT.path("/a.md", "/")


def test_no_patterns_ignore_nothing() -> None:
    assert not Ignore(()).name(".hidden")
