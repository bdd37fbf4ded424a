"""What a process that is killed had in hand: real processes, real locks, real files."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from newsdrop.errors import ConfigError
from newsdrop.worker.in_flight import InFlightMarker, Orphaned, in_flight_folder, orphaned

BATCH, RUN, DROP = "0a1b2c3d-17", "f" * 32, "d" * 32


def killed_while(folder: Path, work: Callable[[InFlightMarker], object]) -> None:
    """A process that does `work` with its marker and is then killed."""
    child = os.fork()
    if child == 0:
        try:
            work(InFlightMarker(folder))
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def with_file(marker: InFlightMarker) -> None:
    marker.begin(BATCH, RUN)
    marker.name(DROP)


def test_a_killed_process_is_told_of_with_its_file_and_only_once(tmp_path: Path) -> None:
    killed_while(tmp_path, with_file)
    assert list(orphaned(tmp_path)) == [Orphaned(BATCH, RUN, DROP)]
    assert list(orphaned(tmp_path)) == []


def test_a_marker_that_cannot_be_opened_hides_no_other(tmp_path: Path) -> None:
    # As one of another user's, who once ran a worker here.
    (tmp_path / "0.marker").mkdir()
    killed_while(tmp_path, with_file)
    (tmp_path / "z.marker").mkdir()
    assert list(orphaned(tmp_path)) == [Orphaned(BATCH, RUN, DROP)]


def test_between_files_no_file_is_named(tmp_path: Path) -> None:
    def work(marker: InFlightMarker) -> None:
        with_file(marker)
        marker.name("")

    killed_while(tmp_path, work)
    assert list(orphaned(tmp_path)) == [Orphaned(BATCH, RUN, "")]


def test_the_next_batch_forgets_the_file_of_the_one_before(tmp_path: Path) -> None:
    def work(marker: InFlightMarker) -> None:
        with_file(marker)
        marker.begin("other", "e" * 32)

    killed_while(tmp_path, work)
    assert list(orphaned(tmp_path)) == [Orphaned("other", "e" * 32, "")]


def with_file_and_ended(marker: InFlightMarker) -> None:
    with_file(marker)
    marker.end()


@pytest.mark.parametrize("work", [lambda marker: None, with_file_and_ended])
def test_a_process_that_died_idle_had_nothing_and_leaves_nothing(
    tmp_path: Path, work: Callable[[InFlightMarker], object]
) -> None:
    killed_while(tmp_path, work)
    assert list(orphaned(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_living_process_is_left_alone(tmp_path: Path) -> None:
    marker = InFlightMarker(tmp_path)
    with_file(marker)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # Another process, because a lock never stands in the way of the process that has it.
        try:
            os.write(write, str(len(list(orphaned(tmp_path)))).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10) == b"0"
    assert len(list(tmp_path.iterdir())) == 1
    marker.close()
    os.close(read)
    os.close(write)


def test_what_could_not_be_passed_on_is_told_again(tmp_path: Path) -> None:
    killed_while(tmp_path, with_file)
    for _told in orphaned(tmp_path):
        break  # as when Redis doesn't answer
    assert list(orphaned(tmp_path)) == [Orphaned(BATCH, RUN, DROP)]


def test_a_slate_cut_off_by_a_full_disk_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "cut.marker").write_bytes(b"0a1b")
    assert list(orphaned(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_holds_no_dead(tmp_path: Path) -> None:
    assert list(orphaned(tmp_path / "none")) == []


def test_a_state_dir_that_cannot_be_used_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="NEWSDROP_STATE_DIR"):
        InFlightMarker(in_flight_folder(tmp_path / "file"))
