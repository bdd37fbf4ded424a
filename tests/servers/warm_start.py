"""Processes of newsdrop that begin with everything imported: real ones, forked from a Python kept for that.

Each has its own pid, session, folder, variables and files, and is ended like any other. What is not as in a
start by `exec`: its command line in /proc, and that imports are done before its first line. Tests of starting
itself start programs with `subprocess`; so does whatever Python reads at its own start (`_AT_START`).
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from celery.platforms import set_pdeathsig  # type: ignore[attr-defined]  # celery-types leaves it out
from tests.servers.rigged import python_path

__all__ = ["Process", "WarmProcess", "end_with_parent", "run_warm", "start_warm"]

#: What an interpreter or its libraries read when they start; a process that has another of these starts cold.
_AT_START = ("PYTHON", "MALLOC_", "LD_", "LC_", "LANG", "TZ", "CELERY", "OTEL_", "NEWSDROP_TEST_CLOCK")


class WarmProcess:
    """As much of `subprocess.Popen` as long-running programs need."""

    def __init__(self, pid: int, report: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._report = report

    def poll(self) -> int | None:
        return self._ended(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs after so many seconds.
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout_s: float | None) -> int | None:
        if self.returncode is not None:
            return self.returncode
        looking = select.poll()
        looking.register(self._report, select.POLLIN)
        if looking.poll(None if timeout_s is None else timeout_s * 1000):
            told = os.read(self._report, 4)
            os.close(self._report)
            if not told:
                raise RuntimeError("the Python that started it has ended, so nobody knows how it did")
            (self.returncode,) = struct.unpack("=i", told)
        return self.returncode


#: What both ways of starting give.
Process = subprocess.Popen[bytes] | WarmProcess


def start_warm(
    module: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    output: int,
    errors: int | None = None,
    dies_with_us: bool = False,
) -> Process:
    """`python -m module *arguments` in a session of its own, without standard input.

    Args:
        output: the file that it writes to; `errors`: where its errors go, if not there.
        dies_with_us: SIGKILL it when this process ends.
    """
    if _begins(environment) != _begins(os.environ | {"PYTHONPATH": python_path()}):
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output if errors is None else errors,
            start_new_session=True,
            preexec_fn=end_with_parent if dies_with_us else None,
        )
    request = {
        "module": module,
        "arguments": list(arguments),
        "environment": dict(environment),
        "folder": str(folder),
        "dies_with_us": dies_with_us,
    }
    told, report = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        asking = _starter()
        socket.send_fds(
            asking,
            [json.dumps(request).encode()],
            [nothing, output, output if errors is None else errors, report],
        )
        (pid,) = struct.unpack("=i", asking.recv(4))
    finally:
        os.close(nothing)
        os.close(report)
    return WarmProcess(pid, told)


def run_warm(
    module: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    timeout_s: float,
) -> subprocess.CompletedProcess[str]:
    """The same to its end, with what it wrote.

    Raises:
        subprocess.TimeoutExpired: it still ran after so many seconds, and was killed.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = start_warm(
            module,
            arguments,
            environment=environment,
            folder=folder,
            output=output.fileno(),
            errors=errors.fileno(),
        )
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        said = [_text(file) for file in (output, errors)]
    return subprocess.CompletedProcess([module, *arguments], code, *said)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")


def _begins(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_START)}


def end_with_parent() -> None:
    """In a child before its program begins: a suite that is killed must leave no worker behind (Linux)."""
    set_pdeathsig("SIGKILL")


@cache
def _starter() -> socket.socket:
    """A connection to this process's own, which ends when it is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "warm_starter"],
        env=clean | {"PYTHONPATH": python_path()},
        stdin=theirs.fileno(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
