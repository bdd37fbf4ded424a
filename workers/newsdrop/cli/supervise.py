"""Children of `newsdrop up`: started, watched, restarted when they end unexpectedly, and ended by their ids.

Each child is the leader of its own session, so that Ctrl-C reaches only us and we end the children in order.
Each knows our pid, so that it ends itself if we are killed (lifeline.py). A child writes to its own log file,
which we follow: a pipe would break with us, and Celery can't end without its stderr. Ends no process that it
did not start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from newsdrop.events import emit
from newsdrop.statefolder import for_the_owner

__all__ = ["Child", "Restarts", "Supervisor", "why_it_ended"]


#: A log of this size is rotated; one earlier log is kept.
_LOG_BYTES = 20_000_000


class Restarts(msgspec.Struct, frozen=True, kw_only=True):
    """The delay before a restart: doubled each time, until the child has run for `stable_s`."""

    first_s: float = 1.0
    most_s: float = 30.0
    stable_s: float = 60.0

    def wait_s(self, falls: int) -> float:
        """The delay before the next start after this many unexpected ends in a row."""
        return float(min(self.most_s, self.first_s * 2 ** max(0, falls - 1)))


class Child:
    """One supervised command; its output is appended to `log`, and one earlier log is kept."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.falls = 0
        self.last_code: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.started_s = 0.0
        self.start_at_s = 0.0
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._read_bytes = 0

    def start(self, now_s: float) -> None:
        with open(self._log, "ab", opener=for_the_owner) as log:
            self._read_bytes = log.tell()
            self.process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_s = now_s

    def lines(self) -> list[str]:
        """The complete lines written since the last call."""
        with self._log.open("rb") as log:
            log.seek(self._read_bytes)
            whole, _, _ = log.read().rpartition(b"\n")
        if not whole:
            return []
        self._read_bytes += len(whole) + 1
        if self._read_bytes > _LOG_BYTES:
            self._make_room()
        return whole.decode("utf-8", "replace").split("\n")

    def _make_room(self) -> None:
        # The child appends at the current end; a line written between these two steps is lost.
        shutil.copy(self._log, self._log.with_suffix(".log.1"))
        os.truncate(self._log, 0)
        self._read_bytes = 0

    def end(self, patience_s: float) -> None:
        """Ask it to end, wait, and kill it (with its process group) only if it doesn't."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                _kill_group(self.process)
        self.process = None


class Supervisor:
    """Keeps children running. `tick` does what is due and returns; nothing runs in between.

    Args:
        on_line: called with (child's name, line) for every line a child writes.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        restarts: Restarts = Restarts(),
        on_line: Callable[[str, str], None] = lambda _name, _line: None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.children = tuple(children)
        self._restarts = restarts
        self._on_line = on_line
        self._clock_s = clock_s

    def tick(self) -> None:
        """Start children that are due, pass on their output, and notice those that have ended."""
        now_s = self._clock_s()
        for child in self.children:
            if child.process is None:
                if now_s >= child.start_at_s:
                    child.start(now_s)
                continue
            # Checked first: then all of its output is available.
            fallen = child.process.poll() is not None
            for line in child.lines():
                self._on_line(child.name, line)
            if fallen:
                self._fell(child, now_s)

    def _fell(self, child: Child, now_s: float) -> None:
        code = child.process.returncode if child.process else None
        stood = now_s - child.started_s >= self._restarts.stable_s
        child.last_code = code
        child.falls = 1 if stood else child.falls + 1
        wait_s = self._restarts.wait_s(child.falls)
        child.start_at_s = now_s + wait_s
        child.process = None
        reason = why_it_ended(code, child.name)
        emit("child.exited", child=child.name, code=code, reason=reason, restart_s=wait_s)

    def stop(self, patience_s: float = 20.0) -> None:
        """End all children: signal all of them, then wait for one after the other."""
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = self._clock_s() + patience_s
        for child in self.children:
            child.end(max(0.1, deadline - self._clock_s()))


def why_it_ended(code: int | None, name: str) -> str:
    """What the exit code of a child says, for people."""
    if code == -signal.SIGKILL:
        return (
            "It was killed, as the system does if there is too little memory (or a container's limit is low)."
        )
    if code is not None and code < 0:
        return f"It was ended by signal {-code}."
    return f"log/{name}.log in the state folder says why."


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The child leads its own session (start_new_session), so the group contains only it and its pool.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
