"""A real Prometheus and its promtool for the tests: from the PATH, or unpacked from Debian's package.

`python -m tests.servers.prometheus_server` gets them ahead of a run where apt is there; nothing is installed
and no service is started. Without them their tests are skipped on a developer's machine and fail in CI.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.servers.debian_packages import NoPackageError, unpacked
from tests.servers.elasticsearch_server import cache_folder
from tests.servers.missing import skip_or_fail
from tests.servers.ports import free_port
from tests.waiting import PATIENCE_S

_MISSING = (
    "There is no promtool on the PATH, and apt-get, which could fetch Debian's package of it, {why}. Install "
    "Prometheus 2.40 or newer (Debian, Ubuntu: apt-get install prometheus)."
)


class PrometheusMissingError(RuntimeError):
    """The message says what to install."""


def tool(name: str) -> str:
    """The path of `prometheus` or `promtool`, as far as it is there already.

    Raises:
        PrometheusMissingError: it isn't.
    """
    ours = _folder() / "usr" / "bin" / name
    found = shutil.which(name) or (str(ours) if ours.is_file() else None)
    if found is None:
        raise PrometheusMissingError(_MISSING.format(why="was not asked (`make servers` does)"))
    return found


def tool_or_skip(name: str) -> str:
    """As `tool`, for a test: skips without it, or fails in CI."""
    try:
        return tool(name)
    except PrometheusMissingError as error:
        skip_or_fail(str(error))


def fetch() -> None:
    """Get both, unless they are there.

    Raises:
        PrometheusMissingError: this machine has no apt, or apt has no such package.
    """
    if all(shutil.which(name) for name in ("prometheus", "promtool")):
        return
    try:
        unpacked("prometheus", ["prometheus"])
    except NoPackageError as error:
        raise PrometheusMissingError(_MISSING.format(why=f"can't ({error})")) from None


def _folder() -> Path:
    return cache_folder() / "prometheus"


class PrometheusServer:
    """One server with `config` (YAML) and its data in `base`, on a port of its own."""

    def __init__(self, base: Path, config: str) -> None:
        self.port = free_port()
        self._base = base
        (base / "prometheus.yml").write_text(config)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PrometheusServer:
        command = [
            tool("prometheus"),
            f"--config.file={self._base / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._base / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        with (self._base / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_S
        while not self._ready():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.__exit__()
                raise RuntimeError((self._base / "prometheus.log").read_text())
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def api(self, path: str, **query: str) -> Any:
        """The `data` of an answer of Prometheus' HTTP API."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return json.load(answer)["data"]

    def query(self, expression: str) -> dict[tuple[tuple[str, str], ...], float]:
        """What an expression gives now: labels (without `__name__`, job and instance) → value."""
        hidden = {"__name__", "job", "instance"}
        return {
            tuple(sorted((name, text) for name, text in one["metric"].items() if name not in hidden)): float(
                one["value"][1]
            )
            for one in self.api("query", query=expression)["result"]
        }


def main() -> int:
    """Get both, so that their tests run."""
    try:
        fetch()
        sys.stdout.write(f"Prometheus: {tool('prometheus')}, {tool('promtool')}\n")
    except PrometheusMissingError as error:
        sys.stderr.write(f"{error} Until then their tests are skipped.\n")
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
