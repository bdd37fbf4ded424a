"""A Redis that sentinels look after: a primary, its replica and one sentinel, on ports of their own."""

from __future__ import annotations

import subprocess
import time

import redis
from tests.servers.ports import free_port
from tests.servers.redis_server import RedisServer, server_binary
from tests.waiting import PATIENCE_S

SERVICE = "newsdrop"
_DOWN_AFTER_MS = 1_000


class SentinelTrio:
    """`start` waits until the sentinel knows both; `fail_over` kills the primary and waits for the next."""

    def __init__(self) -> None:
        self.primary = RedisServer(("--appendonly", "yes"))
        self.replica = RedisServer(
            ("--appendonly", "yes", "--replicaof", "127.0.0.1", str(self.primary.port))
        )
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"sentinel://127.0.0.1:{self._port}/{SERVICE}/0"

    def start(self) -> SentinelTrio:
        self.primary.start()
        self.replica.start()
        config = self.primary.folder / "sentinel.conf"
        config.write_text(
            f"bind 127.0.0.1\nport {self._port}\ndir {self.primary.folder}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.primary.port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} {_DOWN_AFTER_MS}\n"
            f"sentinel failover-timeout {SERVICE} 10000\n"
        )
        with (self.primary.folder / "sentinel.log").open("ab") as log:
            command = [server_binary(), str(config), "--sentinel"]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._until(lambda: self._facts()["num-slaves"] == 1 and self._in_sync())
        return self

    def fail_over(self) -> None:
        """The primary dies, as its machine would; returns once the replica is primary."""
        self.primary.kill()
        self._until(lambda: self._facts()["port"] == self.replica.port)

    def client(self) -> redis.Redis:
        """The server that is primary now."""
        port = self._facts()["port"]
        return (self.replica if port == self.replica.port else self.primary).client()

    def remove(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
        self.replica.remove()
        self.primary.remove()

    def _facts(self) -> dict[str, int]:
        with redis.Redis(host="127.0.0.1", port=self._port, socket_timeout=5) as client:
            facts: dict[str, int] = client.sentinel_master(SERVICE)
            return facts

    def _in_sync(self) -> bool:
        with self.replica.client() as client:
            return bool(client.info("replication").get("master_link_status") == "up")

    def _until(self, true: object) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                if callable(true) and true():
                    return
            except redis.RedisError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError((self.primary.folder / "sentinel.log").read_text("utf-8", "replace"))
            time.sleep(0.1)
