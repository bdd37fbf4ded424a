"""What a worker says to a person at its start, and to a machine."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import threading
from pathlib import Path

from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S, until

_BANNER = re.compile(r"celery@|\[config\]|\[queues\]|transport:|--uid")


class _Screen:
    """What was written to a terminal, read by a thread so that the writer never waits."""

    def __init__(self) -> None:
        self._reading, self.writing = pty.openpty()
        self._read = b""
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        # A terminal that nobody writes to any more is an error to its reader.
        try:
            while some := os.read(self._reading, 65_536):
                self._read += some
        except OSError:
            os.close(self._reading)

    def text(self) -> str:
        return self._read.decode("utf-8", "replace").replace("\r\n", "\n")


def _begun(process: subprocess.Popen[str]) -> bool:
    """Whether a worker has its child, or has ended: before, a signal ends it as it ends any program."""
    pid = process.pid
    return process.poll() is not None or bool(Path(f"/proc/{pid}/task/{pid}/children").read_text())


def test_a_person_reads_sentences_and_no_banner(tmp_path: Path, redis_server: RedisServer) -> None:
    place = CliInstallation(tmp_path, redis_server.url, NEWSDROP_LOG_LEVEL="warning")
    screen = _Screen()
    with place.start("worker", "--processes", 1, terminal=screen.writing) as process:
        os.close(screen.writing)
        until(lambda: "Ctrl-C ends it" in screen.text() or process.poll() is not None)
        until(lambda: _begun(process))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0, screen.text()
    said = " ".join(screen.text().split())
    assert said.startswith(f"A worker of 1 process: what is queued in {redis_server.url}")
    assert f"goes into embedded index in {place.state}." in said
    assert not _BANNER.search(said)


def test_a_log_for_machines_has_none_of_it(tmp_path: Path, redis_server: RedisServer) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    with place.start("worker", "--processes", 1) as process:
        until(lambda: _begun(process))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert "A worker of" not in out + err
    for line in err.splitlines():
        # Where the embedded index is, people are told in any case.
        assert line.startswith("Index: embedded") or "@timestamp" in json.loads(line), line
    assert not re.search(r"celery@|\[config\]|\[queues\]|transport:", out + err)
