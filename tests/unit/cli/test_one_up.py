from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from newsdrop.cli.one_up import one_up


def test_a_second_up_on_a_state_folder_is_told_of_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    with one_up(state) as first:
        assert first
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE((state / "up").stat().st_mode) == 0o600
        with one_up(state) as second:
            assert not second
        said = capsys.readouterr().err
        assert f"(process {os.getpid()})" in said
        assert "--state-dir" in said
    with one_up(state) as again:
        assert again
    assert capsys.readouterr().err == ""
