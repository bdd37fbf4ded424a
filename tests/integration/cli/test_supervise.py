"""Children as real processes: started again when they fall, ended by pid, gone when their parent is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.waiting import until

from newsdrop.cli.supervise import Child, Restarts, Supervisor

ROOT = Path(__file__).resolve().parents[3]
FOREVER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER


def alive(pid: int) -> bool:
    try:
        # A child that ended but was not yet waited for by its parent is a zombie, and as good as gone.
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


class Watched:
    """A supervisor over one Python child, and the lines that child wrote."""

    def __init__(self, folder: Path, code: str) -> None:
        self.lines: list[str] = []
        self.log = folder / "child.log"
        self.child = Child("child", [sys.executable, "-c", code], os.environ, self.log)
        restarts = Restarts(first_s=0.01, most_s=0.02)
        self.supervisor = Supervisor([self.child], restarts=restarts, on_line=self._line)

    def _line(self, _name: str, line: str) -> None:
        self.lines.append(line)

    def until(self, holds: Callable[[], bool]) -> None:
        def step() -> bool:
            self.supervisor.tick()
            return holds()

        until(step)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Callable[[str], Watched]]:
    made: list[Watched] = []

    def make(code: str) -> Watched:
        made.append(Watched(tmp_path, code))
        return made[-1]

    yield make
    for one in made:
        one.supervisor.stop(patience_s=0.1)


def test_a_child_that_falls_is_started_again_and_its_lines_are_kept(
    watched: Callable[[str], Watched],
) -> None:
    one = watched("print('hello', flush=True)\nraise SystemExit(3)")
    one.until(lambda: one.lines.count("hello") >= 3)
    assert one.child.last_code == 3
    assert one.child.falls >= 2
    assert one.log.read_text().count("hello") >= 3


def test_stopping_ends_a_child_by_sigterm(watched: Callable[[str], Watched]) -> None:
    one = watched(FOREVER)
    one.until(lambda: "up" in one.lines)
    process = one.child.process
    assert process is not None
    one.supervisor.stop()
    assert process.returncode == -signal.SIGTERM


def test_a_child_that_ignores_sigterm_is_killed_after_the_patience(watched: Callable[[str], Watched]) -> None:
    one = watched(DEAF)
    one.until(lambda: "up" in one.lines)
    process = one.child.process
    assert process is not None
    one.supervisor.stop(patience_s=0.2)
    assert process.returncode == -signal.SIGKILL


def test_a_child_leads_a_session_of_its_own_so_that_ctrl_c_passes_it_by(
    watched: Callable[[str], Watched],
) -> None:
    one = watched(FOREVER)
    one.until(lambda: "up" in one.lines)
    assert one.child.process is not None
    assert os.getsid(one.child.process.pid) == one.child.process.pid


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    tied = (
        "import os, sys, time\n"
        "from newsdrop.cli.lifeline import tie_to_parent\n"
        "tie_to_parent(int(sys.argv[1]))\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)"
    )
    parent = (
        "import os, subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {tied!r}, str(os.getpid())]).wait()"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workers")}
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert alive(pid)
    process.kill()
    process.wait()
    process.stdout.close()
    until(lambda: not alive(pid))
