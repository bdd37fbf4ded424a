"""What of its children's lines `up` shows, and how a fallen child waits."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.cli.children import ChildLines, LogRoom
from newsdrop.cli.supervise import Restarts, why_it_ended


def line(level: str, message: str, action: str = "gate.closed") -> str:
    return json.dumps({"log.level": level, "event.reason": message, "message": "m", "event.action": action})


def test_warnings_are_shown_and_the_rest_is_left_to_the_log_file() -> None:
    shown: list[str] = []
    lines = ChildLines(shown.append)
    lines.line("worker", line("info", "fine"))
    lines.line("worker", line("error", "the index is away"))
    lines.line("worker", line("error", "one file", action="drop.dead"))
    lines.line("worker", json.dumps({"log.level": "warning", "message": "old", "log.logger": "py.warnings"}))
    assert shown == ["worker: Work is paused until this is fixed: the index is away"]


def test_the_last_words_are_what_a_child_said_outside_its_log() -> None:
    lines = ChildLines(lambda _line: None)
    lines.line("watcher", line("info", "fine"))
    lines.line("watcher", "Setting redis.url: wrong.")
    lines.line("watcher", "")
    lines.line("watcher", "(No settings file was read.)")
    assert lines.last_words("watcher") == "Setting redis.url: wrong."
    assert "no reason" in lines.last_words("worker")


@given(st.integers(min_value=1, max_value=10_000))
def test_waits_grow_and_stay_bounded(falls: int) -> None:
    restarts = Restarts(first_s=1, most_s=30)
    assert 1 <= restarts.wait_s(falls) <= restarts.wait_s(falls + 1) <= 30


def test_a_full_disk_which_keeps_the_childrens_logs_from_being_written_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    room, free = LogRoom(tmp_path, told.append), 0
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(total=9 << 30, free=free))
    room.look()
    room.look()
    free = 1 << 30
    room.look()
    assert len(told) == 1
    assert f"The disk of the state folder {tmp_path} is full" in told[0]
    free = 0
    room.look()
    assert len(told) == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [(-9, "too little memory"), (-15, "by signal 15"), (1, "log/worker.log in the state folder")],
)
def test_the_exit_code_of_a_child_is_told_in_words(code: int, said: str) -> None:
    assert said in why_it_ended(code, "worker")
