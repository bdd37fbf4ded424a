"""`newsdrop status --watch` as a real process: it goes on through an outage, and ends with Ctrl-C."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.redis


def test_it_says_that_redis_is_away_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    server = RedisServer().start()
    place = CliInstallation(tmp_path, server.url)
    try:
        with place.start("status", "--watch", "--json", "--every", "0.2") as process:
            assert process.stdout is not None
            assert "states" in json.loads(process.stdout.readline())
            server.kill()
            while "error" not in (line := json.loads(process.stdout.readline())):
                assert "states" in line
            assert "Redis" in line["error"]["message"]
            assert line["error"]["exit_code"] == 3
            server.start()
            while "states" not in json.loads(process.stdout.readline()):
                pass
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=PATIENCE_S)
            assert process.returncode == 130
            assert "Traceback" not in err
    finally:
        server.remove()
