"""The whole of newsdrop as real processes: watcher, workers, Redis, an index; for acceptance tests.

Every process is started here and ended here by its pid. Faults are done to it from outside only.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from tests.servers.redis_server import RedisServer
from tests.servers.rigged import python_path
from tests.servers.warm_start import Process, run_warm, start_warm
from tests.waiting import PATIENCE_S

from newsdrop.ledger import keys

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Stack:
    """One newsdrop installation in `base`; `elasticsearch_url` None means the embedded SQLite index."""

    base: Path
    elasticsearch_url: str | None = None
    redis: RedisServer | None = None
    extra: dict[str, str] = field(default_factory=dict)
    #: Whether its programs begin with everything imported; not where starting them is what is tested.
    warm: bool = True
    processes: dict[str, Process] = field(default_factory=dict)
    alias: str = field(default_factory=lambda: f"ndt-{uuid.uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        self.drops = self.base / "drops"
        self.drops.mkdir(parents=True, exist_ok=True)

    @property
    def environ(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
        ours = {
            "PYTHONPATH": python_path(),
            "NEWSDROP_STATE_DIR": str(self.base / "state"),
            "NEWSDROP_FOLDERS": str(self.drops),
            "NEWSDROP_LOG_FORMAT": "json",
            "NEWSDROP_INDEX_ALIAS": self.alias,
            "NEWSDROP_INDEX_LETTERS": f"{self.alias}-letters",
            "NEWSDROP_WORKER_PROCESSES": "1",
            "NEWSDROP_QUEUE_RECONCILE_S": "0.5",
        }
        if self.redis:
            ours["NEWSDROP_REDIS_URL"] = self.redis.url
        if self.elasticsearch_url:
            ours["NEWSDROP_ELASTICSEARCH_URL"] = self.elasticsearch_url
            # As patient as may be: the machine may be busy.
            ours["NEWSDROP_ELASTICSEARCH_TIMEOUT_S"] = "30"
        return clean | ours | self.extra

    def run(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """One newsdrop command to its end."""
        if self.warm:
            return run_warm(
                "newsdrop", arguments, environment=self.environ, folder=self.base, timeout_s=timeout_s
            )
        return subprocess.run(
            [sys.executable, "-m", "newsdrop", *arguments],
            env=self.environ,
            cwd=self.base,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def json(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> Any:
        """What a command prints with --json."""
        done = self.run(*arguments, "--json")
        assert done.returncode in codes, (arguments, done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def start(self, name: str, *arguments: str, environ: Mapping[str, str] = {}) -> Process:
        """A long-running command, its log in `<name>.log`."""
        with (self.base / f"{name}.log").open("ab") as log:
            process = self._started(arguments, {**self.environ, **environ}, log.fileno())
        self.processes[name] = process
        return process

    def _started(self, arguments: Sequence[str], environ: Mapping[str, str], log: int) -> Process:
        if self.warm:
            return start_warm("newsdrop", arguments, environment=environ, folder=self.base, output=log)
        return subprocess.Popen(
            [sys.executable, "-m", "newsdrop", *arguments],
            env=environ,
            cwd=self.base,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def log(self, name: str) -> str:
        path = self.base / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def kill_group(self, name: str) -> None:
        """SIGKILL a command with all of its children, as the machine's own end would."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)

    def stop(self, name: str, *, timeout_s: float = 60) -> int:
        process = self.processes.pop(name)
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)
            raise

    def states(self) -> dict[str, int]:
        states: dict[str, int] = self.json("status")["states"]
        return {state: count for state, count in states.items() if count}

    def settled(self, total: int) -> Callable[[], dict[str, int] | None]:
        """A condition: `total` drops are known and none of them waits."""

        def at_rest(states: Mapping[str, int]) -> bool:
            waiting = states.get("queued", 0) + states.get("retrying", 0)
            return not waiting and sum(states.values()) >= total

        def holds() -> dict[str, int] | None:
            # A command takes half a second of CPU: asked again and again, it would starve what is waited for.
            known = self.counts()
            if known is not None and not at_rest(known):
                return None
            states = self.states()
            return states if at_rest(states) else None

        return holds

    def counts(self) -> dict[str, int] | None:
        """The ledger's own; None where only newsdrop can ask (embedded, with a password)."""
        if self.redis is None:
            return None
        client = self.redis.client()
        try:
            found: Any = client.hgetall(keys.COUNTS)
            return {state.decode(): int(count) for state, count in found.items()}
        except redis.RedisError:
            return None
        finally:
            client.close()

    def close(self) -> None:
        for name in list(self.processes):
            process = self.processes.pop(name)
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(PATIENCE_S)
        if self.redis:
            self.redis.remove()
