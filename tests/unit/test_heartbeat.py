from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from newsdrop.heartbeat import BEAT_S, Heartbeat, Role, beats_folder, process_born, read_beats


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_beat_is_read_back_by_role(tmp_path: Path) -> None:
    Heartbeat(tmp_path, Role.WORKER, clock_s=Clock()).beat(not_ready="it is still starting")
    (beat,) = read_beats(tmp_path, Role.WORKER)
    assert (beat.pid, beat.at_s, beat.not_ready, beat.trouble) == (
        os.getpid(),
        100.0,
        "it is still starting",
        "",
    )
    assert read_beats(tmp_path, Role.WATCHER) == []


def test_beats_are_written_no_more_often_than_needed_but_news_at_once(tmp_path: Path) -> None:
    clock = Clock()
    heartbeat = Heartbeat(tmp_path, Role.WORKER, clock_s=clock)
    heartbeat.beat()
    clock.now_s += BEAT_S - 1
    heartbeat.beat()
    assert read_beats(tmp_path, Role.WORKER)[0].at_s == 100.0
    heartbeat.beat(trouble="stuck")
    assert read_beats(tmp_path, Role.WORKER)[0].trouble == "stuck"
    clock.now_s += BEAT_S
    heartbeat.beat(trouble="stuck")
    assert read_beats(tmp_path, Role.WORKER)[0].at_s == clock.now_s


def test_an_ended_process_leaves_nothing(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path, Role.WATCHER)
    heartbeat.beat()
    heartbeat.end()
    heartbeat.end()
    assert [*beats_folder(tmp_path).iterdir()] == []


def test_the_beat_of_a_killed_process_counts_no_more_even_if_its_pid_is_used_again(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        Heartbeat(tmp_path, Role.WORKER).beat()
        (path,) = beats_folder(tmp_path).iterdir()
        beat = json.loads(path.read_bytes())
        path.write_text(json.dumps(beat | {"pid": other.pid, "born": process_born(other.pid)}))
        assert len(read_beats(tmp_path, Role.WORKER)) == 1
        path.write_text(json.dumps(beat | {"pid": other.pid, "born": "1"}))
        assert read_beats(tmp_path, Role.WORKER) == []
        path.write_text(json.dumps(beat | {"pid": other.pid, "born": process_born(other.pid)}))
        other.communicate(b"\n")
    assert read_beats(tmp_path, Role.WORKER) == []


def test_a_file_that_is_no_beat_is_passed_over(tmp_path: Path) -> None:
    Heartbeat(tmp_path, Role.WORKER).beat()
    (path,) = beats_folder(tmp_path).iterdir()
    path.write_bytes(b"{")
    assert read_beats(tmp_path, Role.WORKER) == []


def test_a_state_folder_that_can_not_be_written_to_is_told_once_and_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "alive").write_text("in the way")
    heartbeat = Heartbeat(tmp_path, Role.WORKER)
    heartbeat.beat(trouble="one")
    heartbeat.beat(trouble="two")
    heartbeat.end()
    assert [record.message for record in caplog.records] == ["health.unwritable"]
