"""What commands load: short ones end before the client of Elasticsearch or the parser would be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.redis_server import RedisServer

ROOT = Path(__file__).parents[3]
#: What takes long to import, and what tells that a room was loaded which the commands below don't need.
HEAVY = {
    "celery",
    "elastic_transport",
    "elasticsearch",
    "prometheus_client",
    "rensa",
    "rich.live",
    "rich.markdown",
    "rjieba",
    "selectolax",
    "warcio",
    "zstandard",
    "newsdrop.archive",
    "newsdrop.enrich",
    "newsdrop.kibana",
    "newsdrop.monitor.audit",
    "newsdrop.moments",
    "newsdrop.parse",
    "newsdrop.pipeline",
    "newsdrop.watch",
    "newsdrop.worker",
}
PROGRAM = """
import sys
from typer.testing import CliRunner
from newsdrop.cli.main import app
for words in (["status"], ["search", "x"], ["dead", "list"]):
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
print(*sys.modules)
"""


def test_short_commands_load_nothing_that_takes_long(redis_server: RedisServer, tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
    ours = {
        "PYTHONPATH": str(ROOT / "workers"),
        "NEWSDROP_REDIS_URL": redis_server.url,
        "NEWSDROP_STATE_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=clean | ours, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "newsdrop.cli.search" in loaded
    assert loaded & HEAVY == set()
