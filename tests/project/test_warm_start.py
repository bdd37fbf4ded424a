"""What starts warm is a process like any other, and what Python reads at its start makes it start cold."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.servers.rigged import python_path
from tests.servers.warm_start import Process, WarmProcess, run_warm, start_warm
from tests.waiting import PATIENCE_S, until

from newsdrop.version import VERSION


def start(place: Path, module: str, *arguments: str, **variables: str) -> Process:
    environment = os.environ | {"PYTHONPATH": python_path()} | variables
    with (place / "log").open("wb") as log:
        return start_warm(
            module, arguments, environment=environment, folder=place, output=log.fileno(), dies_with_us=True
        )


def text(place: Path) -> str:
    return (place / "log").read_text("utf-8")


def test_a_program_is_run_to_its_exit_code(tmp_path: Path) -> None:
    done = start(tmp_path, "newsdrop", "--version")
    assert isinstance(done, WarmProcess)
    assert done.wait(PATIENCE_S) == 0
    assert text(tmp_path) == f"newsdrop {VERSION}\n"
    assert start(tmp_path, "newsdrop", "no-such-command").wait(PATIENCE_S) == 2
    assert "no-such-command" in text(tmp_path)


def test_it_has_the_variables_that_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[queue]\nlease_s = -1\n", "utf-8")
    assert start(tmp_path, "newsdrop", "config", NEWSDROP_CONFIG="mine.toml").wait(PATIENCE_S) == 2
    assert "mine.toml" in text(tmp_path)
    assert "lease_s" in text(tmp_path)


def test_a_command_tells_its_results_and_its_errors_apart(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": python_path()}

    def run(module: str, *arguments: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        return run_warm(module, arguments, environment=environment, folder=tmp_path, timeout_s=timeout_s)

    done = run("newsdrop", "--version", timeout_s=PATIENCE_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"newsdrop {VERSION}\n", "")
    wrong = run("newsdrop", "no-such-command", timeout_s=PATIENCE_S)
    assert (wrong.returncode, wrong.stdout, "no-such-command" in wrong.stderr) == (2, "", True)
    with pytest.raises(subprocess.TimeoutExpired):
        run("http.server", "0", "--bind", "127.0.0.1", timeout_s=0.1)


def test_it_has_a_session_and_a_folder_of_its_own_and_says_which_signal_ended_it(tmp_path: Path) -> None:
    server = start(tmp_path, "http.server", "0", "--bind", "127.0.0.1")
    assert isinstance(server, WarmProcess)
    until(lambda: Path(f"/proc/{server.pid}/cwd").resolve() == tmp_path, "its folder")
    until(lambda: os.getsid(server.pid) == server.pid, "its session")
    assert server.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        server.wait(0.01)
    server.kill()
    assert server.wait(PATIENCE_S) == -signal.SIGKILL
    server.terminate()
    assert not Path(f"/proc/{server.pid}").exists()


def test_another_clock_zone_or_path_starts_cold(tmp_path: Path) -> None:
    for variables in ({"TZ": "Asia/Taipei"}, {"PYTHONPATH": ""}, {"NEWSDROP_TEST_CLOCK": ""}):
        process = start(tmp_path, "this", **variables)
        assert isinstance(process, subprocess.Popen)
        assert process.wait(PATIENCE_S) == 0
