from __future__ import annotations

from pathlib import Path

import pytest

from newsdrop.desk.lookup import places_of


def test_a_member_that_is_quoted_may_begin_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its `!` has to be quoted, so that no shell replaces its `~`.
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (f"{tmp_path}/old.zip", "a.md") in list(places_of("~/old.zip!a.md"))
