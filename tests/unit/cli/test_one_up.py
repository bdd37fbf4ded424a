from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from newsdrop.cli.one_up import one_up
from newsdrop.errors import ConfigError


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


def test_a_state_folder_that_cant_be_made_is_a_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = r"The state folder .*file/state can't be used: .*NEWSDROP_STATE_DIR"
    with pytest.raises(ConfigError, match=told), one_up(tmp_path / "file" / "state"):
        pass


def test_a_full_disk_is_told_with_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("newsdrop.cli.one_up.os.write", refuse)
    told = r"The state folder .* can't be used: No space left.*NEWSDROP_STATE_DIR"
    with pytest.raises(ConfigError, match=told), one_up(tmp_path):
        pass
