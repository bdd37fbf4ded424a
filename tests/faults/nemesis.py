"""Does what the plan says, to the system: one thread per target, each fault from outside the product.

Every fault is begun, held and healed here; what it ended is started again by the system's supervisor.
"""

from __future__ import annotations

import math
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import redis
from tests.faults.elasticsearch_proxy import Mode
from tests.faults.observer import Observer
from tests.faults.plan import Strike
from tests.faults.system import WORKERS, System
from tests.servers.freezing import freeze

__all__ = ["Nemesis"]

_MODES = {
    "Elasticsearch: 503 to everything": Mode.DOWN,
    "Elasticsearch: 503 to bulks, ping answers": Mode.BULKS_DOWN,
    "Elasticsearch: 429 to bulks": Mode.BULKS_BUSY,
    "Elasticsearch: 429 to part of a bulk": Mode.PART_BUSY,
    "Elasticsearch: closed after the bulk": Mode.SWALLOW,
    "Elasticsearch: closed after a delete": Mode.SWALLOW_DELETES,
}
#: After these the ledger may know less than it did.
_POWER_CUT = "Redis: power cut (last second gone)"
_FORGETTING = frozenset({"Redis: FLUSHALL", _POWER_CUT})
_OFF_S = {"clock: an hour back": -3_600, "clock: a day back": -86_400, "clock: a day ahead": 86_400}


class Nemesis:
    """Carries out strikes.

    Attributes:
        left_out: faults that can't be done on this machine, and why.
        errors: what went wrong in the nemesis itself; a campaign with any has proved nothing.
    """

    def __init__(self, system: System, observer: Observer, say: Callable[[str], None]) -> None:
        self.left_out: dict[str, str] = {}
        self.errors: list[str] = []
        self._system = system
        self._observer = observer
        self._say = say
        self._begun_s = self._end_s = time.monotonic()
        self._struck: set[str] = set()
        self._for_main: queue.Queue[tuple[Callable[[], object], threading.Event]] = queue.Queue()

    def run(self, plan: Sequence[Strike], seconds: float) -> None:
        """Every strike of the plan, each at its time or as soon as its target is free again.

        Args:
            seconds: after that, only faults that haven't struck yet still do.
        """
        self._begun_s = time.monotonic()
        self._end_s = self._begun_s + seconds
        targets = dict.fromkeys(strike.target for strike in plan)
        threads = [
            threading.Thread(target=self._of_target, args=([one for one in plan if one.target == target],))
            for target in targets
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) or not self._for_main.empty():
            with suppress(queue.Empty):
                call, done = self._for_main.get(timeout=0.1)
                try:
                    call()
                finally:
                    done.set()

    def _in_main_thread(self, call: Callable[[], object]) -> None:
        """The server is bound to the life of the thread that starts it, which must outlast this one."""
        done = threading.Event()
        self._for_main.put((call, done))
        done.wait()

    def _of_target(self, strikes: Sequence[Strike]) -> None:
        for strike in strikes:
            if time.monotonic() > self._end_s and strike.name in self._struck:
                continue
            self._struck.add(strike.name)
            time.sleep(max(0.0, self._begun_s + strike.at_s - time.monotonic()))
            try:
                self._strike(strike)
            except Exception as error:  # noqa: BLE001  a nemesis that dies in silence would prove anything
                self.errors.append(f"{strike.name}: {type(error).__name__}: {error}")

    def _strike(self, strike: Strike) -> None:
        if strike.name.endswith("disk full") and not self._system.folder_disk.mounted:
            self.left_out[strike.name] = "needs root, to mount a tmpfs"
            return
        self._say(f"{time.monotonic() - self._begun_s:7.1f} s  {strike.name}")
        one = self._observer.struck(strike.name, forgets=strike.name in _FORGETTING)
        try:
            self._act(strike)
        finally:
            self._observer.healed(one)

    def _act(self, strike: Strike) -> None:
        if strike.target == "worker":
            self._strike_worker(strike)
        elif strike.target == "watcher":
            self._strike_watcher(strike)
        elif strike.target == "redis":
            self._strike_redis(strike)
        elif strike.target == "elasticsearch":
            self._strike_elasticsearch(strike)
        elif strike.target == "folder":
            self._system.folder_disk.fill()
            time.sleep(strike.hold_s)
            self._system.folder_disk.clear()
        else:
            self._system.clock.step(_OFF_S[strike.name])
            time.sleep(strike.hold_s)
            self._system.clock.step(0)

    def forgot_s(self) -> tuple[list[tuple[float, float]], list[float]]:
        """From when to when the ledger was emptied or set back, and when it lost its last second."""
        struck = [one for one in self._observer.injections if one.name in _FORGETTING]
        spans = [(one.began_s, one.ended_s if one.ended_s is not None else math.inf) for one in struck]
        return spans, [one.began_s for one in struck if one.name == _POWER_CUT]

    # Processes.

    def _strike_worker(self, strike: Strike) -> None:
        system = self._system
        name = WORKERS[int(strike.pick * len(WORKERS))]
        what = strike.name.rpartition(": ")[2]
        children = system.children(name)
        if strike.name.startswith("worker's child"):
            if children:
                with suppress(ProcessLookupError):
                    os.kill(children[int(strike.pick * 1_000) % len(children)], signal.SIGKILL)
        elif what == "SIGSTOP beyond its lease":
            self._stop_for(system.pid(name), strike.hold_s, group=True)
        elif strike.name.startswith("worker killed with"):
            with self._ends(name) as pid:
                # Redis hands the next message to a process that will never read it.
                freeze(pid)
                time.sleep(strike.hold_s)
                os.kill(pid, signal.SIGKILL)
        else:
            if what == "restarted with another policy":
                system.change_policy(name)
            with self._ends(name) as pid:
                self._end_worker(pid, strike)

    def _end_worker(self, pid: int, strike: Strike) -> None:
        how = strike.name
        if how == "worker's parent: SIGKILL":
            os.kill(pid, signal.SIGKILL)
        elif how == "worker and children: SIGKILL":
            os.killpg(pid, signal.SIGKILL)
        elif how == "worker: SIGTERM to parent and children":
            os.killpg(pid, signal.SIGTERM)
        elif how == "worker: SIGQUIT":
            os.kill(pid, signal.SIGQUIT)
        else:
            os.kill(pid, signal.SIGTERM)
            if how == "worker: SIGTERM, a second one":
                time.sleep(strike.hold_s)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)

    def _strike_watcher(self, strike: Strike) -> None:
        if strike.name == "watcher: SIGSTOP":
            self._stop_for(self._system.pid("watcher"), strike.hold_s)
            return
        changes = strike.name == "watcher: restarted with another policy"
        if changes:
            self._system.change_policy("watcher")
        with self._ends("watcher") as pid:
            os.kill(pid, signal.SIGTERM if changes else signal.SIGKILL)

    def _stop_for(self, pid: int, hold_s: float, *, group: bool = False) -> None:
        send = os.killpg if group else os.kill
        send(pid, signal.SIGSTOP)
        time.sleep(hold_s)
        send(pid, signal.SIGCONT)

    @contextmanager
    def _ends(self, name: str) -> Iterator[int]:
        pid = self._system.pid(name)
        gone = self._system.expect_end(name)
        yield pid
        self._system.await_end(name, gone, pid)

    # Servers.

    def _strike_redis(self, strike: Strike) -> None:
        server = self._system.redis
        if strike.name == "Redis: SIGKILL, restart":
            server.kill()
            time.sleep(strike.hold_s)
            server.start()
        elif strike.name.startswith("Redis: power cut"):
            self._cut_power(strike.hold_s)
        elif strike.name == "Redis: paused":
            server.pause()
            time.sleep(strike.hold_s)
            server.resume()
        elif strike.name == "Redis: disk full":
            self._system.redis_disk.fill()
            time.sleep(strike.hold_s)
            self._system.redis_disk.clear()
        elif strike.name == "Redis: a second installation's worker":
            self._system.let_stranger_try(strike.hold_s)
        else:
            with server.client() as client:
                self._command(client, strike)

    def _command(self, client: redis.Redis, strike: Strike) -> None:
        if strike.name == "Redis: FLUSHALL":
            client.flushall()
        elif strike.name == "Redis: connections cut":
            for kind in ("normal", "pubsub"):
                client.client_kill_filter(_type=kind)
        else:
            client.config_set("maxmemory", 1)
            time.sleep(strike.hold_s)
            client.config_set("maxmemory", 0)

    def _cut_power(self, hold_s: float) -> None:
        # What a machine's end takes: all that was written and not yet synced, by everysec a second.
        server = self._system.redis
        server.kill()
        before = self._system.aof_a_second_ago()
        if before is not None:
            path, size = before
            os.truncate(path, min(size, path.stat().st_size))
        time.sleep(hold_s)
        server.start()

    def _strike_elasticsearch(self, strike: Strike) -> None:
        system = self._system
        if strike.name == "Elasticsearch: SIGKILL, restart":
            system.elasticsearch.kill()
            time.sleep(strike.hold_s)
            self._in_main_thread(system.elasticsearch.start)
        elif strike.name == "Elasticsearch: paused":
            system.elasticsearch.pause()
            time.sleep(strike.hold_s)
            system.elasticsearch.resume()
        elif strike.name == "Elasticsearch: index closed":
            system.close_index()
            time.sleep(strike.hold_s)
            system.open_index()
        else:
            system.proxy.mode = _MODES[strike.name]
            time.sleep(strike.hold_s)
            system.proxy.mode = Mode.PASS
