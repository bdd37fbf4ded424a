"""The system under fire: watcher, two workers, Redis with its append-only file, Elasticsearch and a proxy.

Processes are supervised as systemd or Kubernetes would: what ends is started again, and what ended without
anybody's doing is noted, as is what doesn't end when told, and how much memory each takes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from elasticsearch import Elasticsearch
from tests.faults.disk import SmallDisk
from tests.faults.elasticsearch_proxy import FaultProxy, Mode
from tests.faults.load import ACCIDENTS
from tests.faults.wallclock import WallClock
from tests.servers.celery_worker import children
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer
from tests.servers.rigged import accidents
from tests.servers.stack import Stack
from tests.servers.warm_start import Process

from newsdrop.ledger import keys

__all__ = ["WORKERS", "System"]

WORKERS = ("worker-1", "worker-2")
_LOOK_S = 0.2
_AOF_LOOKS = 40
_END_S = 60.0

#: Short leases and waits, so that minutes of faults show what hours would.
_SETTINGS = {
    "NEWSDROP_QUEUE_LEASE_S": "8",
    "NEWSDROP_QUEUE_GRACE_S": "3",
    "NEWSDROP_QUEUE_RECONCILE_S": "0.5",
    "NEWSDROP_QUEUE_BACKOFF_S": "1",
    "NEWSDROP_QUEUE_BACKOFF_MAX_S": "8",
    # A minute of refusals that would take an hour's backoff as shipped must not spend a file's attempts.
    "NEWSDROP_QUEUE_MAX_ATTEMPTS": "12",
    "NEWSDROP_QUEUE_GATE_WAIT_S": "10",
    "NEWSDROP_QUEUE_BATCH_DROPS": "16",
    "NEWSDROP_WATCH_RESCAN_S": "5",
    # Nobody is there to be asked.
    "NEWSDROP_WATCH_REMOVALS_PERCENT": "100",
    "NEWSDROP_WORKER_FILE_TIME_LIMIT_S": "3",
    "NEWSDROP_WORKER_BATCH_TIME_BUDGET_S": "10",
    "NEWSDROP_WORKER_PROCESSES": "2",
    "NEWSDROP_REDIS_TIMEOUT_S": "2",
}
#: What watcher and workers wait for the index; the commands that prepare and judge have their time.
_IMPATIENT = {"NEWSDROP_ELASTICSEARCH_TIMEOUT_S": "3"}


#: What a folder's files may be for, one after the other.
_POLICIES = ({"after": "delete"}, {"on_delete": "remove"})


class System:
    """All of it, in `base`.

    Attributes:
        leaves: a folder whose articles go with their files.
        taken: one whose policy changes (`change_policy`).
        unexpected: processes that ended though nobody ended them.
        hung: processes that were told to end and didn't.
        memory: role → the most that one process of it took, in bytes.
    """

    def __init__(self, base: Path, elasticsearch: ElasticsearchServer, disk_bytes: int) -> None:
        self.folder_disk = SmallDisk(base / "drops", disk_bytes)
        self.redis_disk = SmallDisk(base / "redis", disk_bytes)
        self.elasticsearch = elasticsearch
        self.proxy = FaultProxy(elasticsearch.url)
        self.clock = WallClock(base / "clock")
        self.leaves, self.taken = base / "leaves", base / "taken"
        self.redis = RedisServer(("--appendonly", "yes", "--appendfsync", "everysec"), folder=base / "redis")
        extra = _SETTINGS | accidents(ACCIDENTS) | self.clock.environ()
        self.stack = Stack(base, warm=False, elasticsearch_url=self.proxy.url, redis=self.redis, extra=extra)
        self.unexpected: list[str] = []
        self.hung: list[str] = []
        self.memory: dict[str, int] = {}
        self._policy = dict.fromkeys(("watcher", *WORKERS), 0)
        self.stack.extra["NEWSDROP_FOLDERS"] = self._folders(_POLICIES[1])
        self._commands = {"watcher": "watch", **dict.fromkeys(WORKERS, "worker")}
        self._ending: dict[str, threading.Event] = {}
        self._aof: deque[tuple[float, str, int]] = deque(maxlen=_AOF_LOOKS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="supervisor")

    def start(self) -> None:
        # A shell's background job inherits SIGQUIT ignored, and a worker would until Celery takes it over.
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        self.redis.start()
        made = self.stack.run("index", "init")
        assert made.returncode == 0, made.stderr
        for name in self._commands:
            self._launch(name)
        self._thread.start()

    def _launch(self, name: str) -> None:
        folders = {"NEWSDROP_FOLDERS": self._folders(_POLICIES[self._policy[name]])}
        self.stack.start(name, self._commands[name], environ=_IMPATIENT | folders)

    def _folders(self, policy: dict[str, str]) -> str:
        leaves = {"path": str(self.leaves), "on_delete": "remove"}
        return json.dumps([{"path": str(self.stack.drops)}, leaves, {"path": str(self.taken), **policy}])

    # What the nemesis needs.

    def pid(self, name: str) -> int:
        return self.stack.processes[name].pid

    def children(self, name: str) -> list[int]:
        try:
            return children(self.pid(name))
        except OSError:
            return []

    def expect_end(self, name: str) -> threading.Event:
        """`name` is about to be ended; the event is set once it is gone and started again."""
        return self._ending.setdefault(name, threading.Event())

    def await_end(self, name: str, gone: threading.Event, pid: int) -> None:
        """Wait for it; one that doesn't end in a minute hangs, and is killed."""
        if not gone.wait(_END_S):
            self.hung.append(f"{name} was told to end and still runs after {_END_S:.0f} s")
            os.killpg(pid, signal.SIGKILL)
            gone.wait(_END_S)

    def aof_a_second_ago(self) -> tuple[Path, int] | None:
        """The append-only file and the size it had a second ago; None when it is another file by now."""
        now_s = time.monotonic()
        old = [(name, size) for at_s, name, size in self._aof if at_s <= now_s - 1.0]
        current = self._aof_now()
        if not old or current is None or old[-1][0] != str(current[0]):
            return None
        return current[0], old[-1][1]

    def change_policy(self, name: str) -> None:
        """From its next start on, this process has another policy for the folder `taken`."""
        self._policy[name] = (self._policy[name] + 1) % len(_POLICIES)

    def let_stranger_try(self, hold_s: float) -> None:
        """Start a worker of an installation with another index over the same Redis; it is to refuse."""
        with self.redis.client() as client:
            if not client.exists(keys.INDEX):
                return  # after FLUSHALL the ledger belongs to whoever comes first
        command = [sys.executable, "-m", "newsdrop", "worker"]
        theirs = {
            "NEWSDROP_INDEX_ALIAS": self.strange_alias,
            "NEWSDROP_INDEX_LETTERS": f"{self.strange_alias}-letters",
            "NEWSDROP_STATE_DIR": str(self.stack.base / "strange-state"),
        }
        with (self.stack.base / "stranger.log").open("ab") as log:
            stranger = subprocess.Popen(
                command, env=self.stack.environ | theirs, stdout=log, stderr=log, start_new_session=True
            )
        try:
            stranger.wait(hold_s)
        except subprocess.TimeoutExpired:
            os.killpg(stranger.pid, signal.SIGKILL)
            stranger.wait(_END_S)

    @property
    def strange_alias(self) -> str:
        """What the stranger calls its articles' index."""
        return f"{self.stack.alias}-strange"

    def close_index(self) -> None:
        """Close the index behind the alias, as an administrator might."""
        with Elasticsearch(self.elasticsearch.url, request_timeout=60) as client:
            client.indices.close(index=self.stack.alias)

    def open_index(self) -> None:
        """Open it again; nothing if it is open."""
        with Elasticsearch(self.elasticsearch.url, request_timeout=60) as client:
            client.indices.open(index=self.stack.alias)

    def heal(self) -> None:
        """No more faults, whatever is still going on."""
        self._mend()
        self.open_index()

    def _mend(self) -> None:
        self.proxy.mode = Mode.PASS
        self.clock.step(0)
        for disk in (self.folder_disk, self.redis_disk):
            if disk.mounted:
                disk.clear()
        self.redis.resume()
        self.elasticsearch.ensure_running()

    # Supervision.

    def _supervise(self) -> None:
        while not self._stop.wait(_LOOK_S):
            for name, process in list(self.stack.processes.items()):
                self._weigh(name, process.pid)
                if process.poll() is not None:
                    self._ended(name, process)
            aof = self._aof_now()
            if aof is not None:
                self._aof.append((time.monotonic(), str(aof[0]), aof[1]))

    def _ended(self, name: str, process: Process) -> None:
        gone = self._ending.pop(name, None)
        if gone is None:
            tail = self.stack.log(name)[-1_500:]
            self.unexpected.append(f"{name} ended by itself with {process.returncode}:\n{tail}")
        self._launch(name)
        if gone is not None:
            gone.set()

    def _weigh(self, name: str, pid: int) -> None:
        role = name.partition("-")[0]
        for what, one in [(role, pid), *((f"{role}'s child", child) for child in self.children(name))]:
            self.memory[what] = max(self.memory.get(what, 0), resident_bytes(one))
        if self.redis.process is not None:
            self.memory["Redis"] = max(self.memory.get("Redis", 0), resident_bytes(self.redis.process.pid))

    def _aof_now(self) -> tuple[Path, int] | None:
        try:
            path = max((self.redis.folder / "appendonlydir").glob("*.incr.aof"), key=_generation)
            return path, path.stat().st_size
        except (OSError, ValueError):
            return None

    # The end.

    def stop_processes(self) -> None:
        """SIGTERM to all, and note who doesn't go, or not with success."""
        self._stop.set()
        self._thread.join()
        sessions = [process.pid for process in self.stack.processes.values()]
        for name in list(self.stack.processes):
            try:
                code = self.stack.stop(name, timeout_s=_END_S)
            except subprocess.TimeoutExpired:
                self.hung.append(f"{name} didn't end at the end")
                continue
            if code != 0:
                self.unexpected.append(
                    f"{name} ended with {code} when told to:\n{self.stack.log(name)[-1_500:]}"
                )
        for session in sessions:
            if left := _of_session(session):
                self.hung.append(f"processes {left} were left behind")

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._mend()
        self.stack.close()
        self.proxy.close()
        self.folder_disk.remove()
        self.redis_disk.remove()


def resident_bytes(pid: int) -> int:
    """What a process holds of the machine's memory; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _generation(path: Path) -> int:
    return int(path.name.split(".")[-3])


def _of_session(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry.name))
    return found
