"""Signs of life: one small file per long-running process, by which a probe tells the living from the stuck.

    state_dir/alive/<role>-<host>-<pid>.json     written every 5 s, removed at an orderly end

Needs no server, so that an outage of Redis or of the index never looks like a dead process, and no open port.
Times are the machine's monotonic clock, which all its processes share and nobody sets. Refuses to end a
process because its state folder can't be written to: it says so once, and the probe will say it again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from newsdrop.events import emit
from newsdrop.statefolder import for_the_owner, make_state_folder

__all__ = ["BEAT_S", "Beat", "Heartbeat", "Role", "beats_folder", "process_born", "read_beats"]

#: Between two signs of life.
BEAT_S: Final = 5.0


class Role(StrEnum):
    """Who gives signs of life."""

    WORKER = "worker"
    WATCHER = "watcher"
    METRICS = "metrics"
    WEB = "web"


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of life.

    Attributes:
        born: what tells this process from another that got the same pid later (`process_born`).
        at_s: when, on the machine's monotonic clock.
        not_ready: why it can't do its work yet or any more; '' when it can.
        trouble: why it should be started again though it lives; '' when it should not.
    """

    role: Role
    pid: int
    born: str
    at_s: float
    not_ready: str = ""
    trouble: str = ""


class Heartbeat:
    """Writes this process's signs of life; for one thread at a time.

    Args:
        state_dir: the folder of the settings of that name.
        clock_s: the monotonic clock, for tests.
    """

    def __init__(self, state_dir: Path, role: Role, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._folder = beats_folder(state_dir)
        self._role = role
        self._clock_s = clock_s
        self._path = self._folder / f"{role}-{socket.gethostname()}-{os.getpid()}.json"
        self._born = process_born(os.getpid())
        self._written = Beat(role=role, pid=0, born="", at_s=float("-inf"))
        self._complained = False

    def beat(self, *, not_ready: str = "", trouble: str = "") -> None:
        """Give a sign of life, unless the last was just now and said the same."""
        now_s = self._clock_s()
        last = self._written
        said = (last.not_ready, last.trouble) == (not_ready, trouble)
        if said and now_s - last.at_s < BEAT_S:
            return
        beat = Beat(
            role=self._role,
            pid=os.getpid(),
            born=self._born,
            at_s=now_s,
            not_ready=not_ready,
            trouble=trouble,
        )
        self._written = beat
        try:
            make_state_folder(self._folder.parent)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            # Renamed into place, so that nobody ever reads half of one.
            fresh = self._path.with_suffix(".new")
            with open(fresh, "wb", opener=for_the_owner) as file:
                file.write(msgspec.json.encode(beat))
            fresh.replace(self._path)
            self._complained = False
        except OSError as error:
            if not self._complained:
                self._complained = True
                emit("health.unwritable", path=str(self._path), reason=str(error.strerror))

    def end(self) -> None:
        """Take the file away at an orderly end."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def beats_folder(state_dir: Path) -> Path:
    """Where signs of life are."""
    return state_dir / "alive"


def read_beats(state_dir: Path, role: Role) -> list[Beat]:
    """The last signs of life of all processes of a role that still exist on this machine."""
    found = []
    for path in sorted(beats_folder(state_dir).glob(f"{role}-{socket.gethostname()}-*.json")):
        try:
            beat = msgspec.json.decode(path.read_bytes(), type=Beat)
        except (OSError, msgspec.DecodeError):
            # Gone meanwhile, or another program's file.
            continue
        if beat.born and process_born(beat.pid) == beat.born:
            found.append(beat)
    return found


def process_born(pid: int) -> str:
    """When this process was started, as the kernel tells it; '' if there is none.

    Where there is no /proc, only whether it exists can be told.
    """
    try:
        # Fields after the command's name, which may hold anything: proc(5), starttime is the 22nd.
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        return text.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        if Path("/proc/self/stat").exists():
            return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "exists"
    return "exists"
