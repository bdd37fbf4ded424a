"""What commands load: short ones end before the client of Elasticsearch or the parser would be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.servers.redis_server import RedisServer

from newsdrop.cli.summaries import SUMMARIES

ROOT = Path(__file__).parents[3]
#: What takes long to import, and what tells that a room was loaded which the commands below don't need.
HEAVY = {
    "celery",
    "elastic_transport",
    "elasticsearch",
    "prometheus_client",
    "pydantic",
    "rensa",
    "rich.live",
    "rich.markdown",
    "rjieba",
    "selectolax",
    "valkey",
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
import json, sys
from typer.testing import CliRunner
from newsdrop.cli.main import app
for words in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, words)
    assert result.exit_code == int(sys.argv[2]), result.output
print(*sys.modules)
"""


def _loaded(state_dir: Path, *commands: list[str], code: int = 0, **variables: str) -> set[str]:
    """The names of the modules that are there after these commands, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDROP_")}
    ours = {"PYTHONPATH": str(ROOT / "workers"), "NEWSDROP_STATE_DIR": str(state_dir), **variables}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands), str(code)],
        env=clean | ours,
        cwd=state_dir,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_short_commands_load_nothing_that_takes_long(redis_server: RedisServer, tmp_path: Path) -> None:
    commands = (["status"], ["search", "x"], ["dead", "list"])
    loaded = _loaded(tmp_path, *commands, NEWSDROP_REDIS_URL=redis_server.url)
    assert "newsdrop.cli.search" in loaded
    assert loaded & HEAVY == set()


def test_a_search_loads_no_client_of_redis(tmp_path: Path) -> None:
    loaded = _loaded(tmp_path, ["search", "x"])
    assert "newsdrop.cli.search" in loaded
    assert loaded & {"redis", "valkey", "newsdrop.ledger.ledger", "newsdrop.monitor.status"} == set()


@pytest.mark.parametrize("words", [["--help"], ["statu"]], ids=" ".join)
def test_the_overview_and_a_misspelt_command_import_no_command(tmp_path: Path, words: list[str]) -> None:
    loaded = _loaded(tmp_path, words, code=0 if words == ["--help"] else 2)
    assert "newsdrop.cli.main" in loaded
    assert loaded & {f"newsdrop.cli.{name}" for name in SUMMARIES} == set()


@pytest.mark.parametrize(
    "words", [["status"], ["search"], ["dead", "list"], ["up"], ["worker"], ["index", "status"]], ids=" ".join
)
def test_the_help_of_a_command_loads_no_client_of_a_server(tmp_path: Path, words: list[str]) -> None:
    clients = {"celery", "elastic_transport", "elasticsearch", "kombu", "redis", "selectolax"}
    assert _loaded(tmp_path, [*words, "--help"]) & clients == set()


def test_what_draws_no_table_loads_nothing_that_draws(redis_server: RedisServer, tmp_path: Path) -> None:
    commands = (["dead", "list"], ["status", "--json"])
    loaded = _loaded(tmp_path, *commands, NEWSDROP_REDIS_URL=redis_server.url)
    assert {"newsdrop.cli.dead", "newsdrop.cli.status", "redis"} <= loaded
    assert loaded & {"rich.console", "rich.table", "rich.text"} == set()


def test_a_list_of_letters_loads_nothing_of_the_index(redis_server: RedisServer, tmp_path: Path) -> None:
    loaded = _loaded(tmp_path, ["dead", "list"], NEWSDROP_REDIS_URL=redis_server.url)
    assert "newsdrop.ledger.deadletters" in loaded
    assert loaded & {"sqlite3", "newsdrop.index", "newsdrop.index.local"} == set()
