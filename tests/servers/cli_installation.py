"""newsdrop's command line over a folder of its own: in this process (fast) or as a real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.corpus import seed_like
from tests.servers.rigged import python_path
from tests.servers.warm_start import Process, run_warm, start_warm
from tests.waiting import PATIENCE_S
from typer.testing import CliRunner, Result

from newsdrop.cli.main import app
from newsdrop.index.local import LocalStore
from newsdrop.ledger import keys
from newsdrop.ledger.connect import connect
from newsdrop.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]


class CliInstallation:
    """One installation in `base`: state folder, drop folder, and the variables that say so.

    `redis_url` None means the embedded Valkey.
    """

    def __init__(self, base: Path, redis_url: str | None = None, **variables: str) -> None:
        self.base = base
        self.drops = base / "drops"
        self.state = base / "state"
        self.drops.mkdir(exist_ok=True)
        self.variables = {
            "NEWSDROP_STATE_DIR": str(self.state),
            "NEWSDROP_WATCH_RESCAN_S": "1",
            # As patient as may be: the machine may be busy.
            "NEWSDROP_ELASTICSEARCH_TIMEOUT_S": "30",
            **variables,
        }
        if redis_url:
            self.variables["NEWSDROP_REDIS_URL"] = redis_url

    def page(self, name: str, number: int = 1) -> Path:
        """A good file; each number is another article."""
        return self.file(name, seed_like(number, html_bytes=4_000))

    def file(self, name: str, data: bytes) -> Path:
        path = self.drops / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def run(self, *arguments: object, stdin: bytes | None = None) -> Result:
        """A command in this process; a traceback in its output or an exception out of it fails the test."""
        with _variables(self.variables):
            result = CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)
        assert "Traceback" not in result.output, result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"{arguments} raised {result.exception!r}") from result.exception
        return result

    def json(self, *arguments: object, code: int = 0) -> Any:
        """What a command prints with --json: one JSON value, which says why the command failed if it did."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        answer = json.loads(result.stdout)
        if code:
            assert answer["error"]["exit_code"] == code
            assert answer["error"]["message"] in result.stderr
        return answer

    def counts(self) -> dict[str, int]:
        """How many drops are in each state, from the ledger itself; nothing while it can't be asked.

        For `until`: a command asked again and again would starve what is waited for.
        """
        with self._client as client:
            try:
                found: Any = client.hgetall(keys.COUNTS)
            except redis.RedisError:
                return {}
        return {state.decode(): int(count) for state, count in found.items() if int(count)}

    @cached_property
    def _client(self) -> redis.Redis:
        """Connects again at each look."""
        return connect(load_settings(self.variables), retries=0)

    def documents(self) -> int:
        """How many articles the embedded index holds, from its file; for `until`, too."""
        path = self.state / "index.sqlite3"
        if not path.exists():
            return 0
        store = LocalStore(path)
        try:
            return store.count()
        finally:
            store.close()

    def process(
        self, *arguments: object, timeout_s: float = 120, under: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """A command as a real process, to its end; `under` is a command that starts it (setpriv, nice …).

        It begins with everything imported (warm_start.py), unless something else starts it.
        """
        if not under:
            done = run_warm(
                "newsdrop",
                list(map(str, arguments)),
                environment=self._warm_environment(),
                folder=self.base,
                timeout_s=timeout_s,
            )
            assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
            return done
        with self.start(*arguments, under=under) as process:
            try:
                out, err = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                process.terminate()
                out, err = process.communicate(timeout=PATIENCE_S)
                pytest.fail(f"{arguments} did not end in {timeout_s} s:\n{out}\n{err}")
        assert "Traceback" not in out + err, out + err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(
        self, *arguments: object, under: Sequence[str] = (), terminal: int | None = None
    ) -> subprocess.Popen[str]:
        """A command as a real process, running; `terminal`: where it writes to instead of pipes."""
        return subprocess.Popen(
            [*under, sys.executable, "-m", "newsdrop", *map(str, arguments)],
            env=self.environment(),
            cwd=self.base,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
            start_new_session=True,
        )

    def environment(self) -> dict[str, str]:
        """The variables of a real process."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
        return clean | {"PYTHONPATH": str(ROOT / "workers")} | self.variables

    def _warm_environment(self) -> dict[str, str]:
        """Of a process that may begin warm: with a path of its own it doesn't."""
        return {**self.environment(), "PYTHONPATH": self.variables.get("PYTHONPATH", python_path())}

    @contextmanager
    def at_work(self, *folders: Path) -> Iterator[None]:
        """The watcher and the worker that `newsdrop up` starts, for a while; warm (warm_start.py).

        For what they do to files and articles; tests of `up` itself start that.
        """
        environment = self._warm_environment()
        if folders:
            environment["NEWSDROP_FOLDERS"] = ",".join(map(str, folders))
        started: list[Process] = []
        try:
            for name in ("worker", "watch"):
                with (self.base / f"{name}.log").open("ab") as log:
                    started.append(
                        start_warm(
                            "newsdrop",
                            (name,),
                            environment=environment,
                            folder=self.base,
                            output=log.fileno(),
                            dies_with_us=True,
                        )
                    )
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                assert process.wait(PATIENCE_S) == 0

    @contextmanager
    def running(self, *arguments: object) -> Iterator[None]:
        """A command as a real process for a while; ended as a service manager does."""
        with self.start(*arguments) as process:
            try:
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=120)


@contextmanager
def _variables(wanted: dict[str, str]) -> Iterator[None]:
    """Exactly these NEWSDROP_* variables for a while; `--config` and the like may set more meanwhile."""
    before = {name: value for name, value in os.environ.items() if name.startswith("NEWSDROP_")}
    try:
        for name in before:
            del os.environ[name]
        os.environ.update(wanted)
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("NEWSDROP_")]:
            del os.environ[name]
        os.environ.update(before)
