"""newsdrop never takes its own files for drops, whichever command meets them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import redis
from tests.corpus import seed_like
from tests.servers.cli_installation import CliInstallation
from tests.servers.missing import skip_or_fail
from tests.servers.redis_server import RedisServer

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    """An installation that keeps its state, and the letters it writes out, among the drops."""
    made = CliInstallation(tmp_path, redis_server.url)
    made.variables["NEWSDROP_STATE_DIR"] = str(made.drops / "state")
    made.variables["NEWSDROP_QUEUE_DEAD_EXPORT"] = str(made.drops / "letters.jsonl")
    made.page("state/log/a.md", 1)
    made.page("letters.jsonl", 2)
    made.page("good.md", 3)
    return made


def test_ingest_enqueue_and_audit_of_a_folder_pass_them_over(place: CliInstallation) -> None:
    report = place.json("ingest", place.drops)
    assert report["states"] == {"indexed": 1}
    assert report["passed_over"]["own"] >= 2
    assert place.json("enqueue", place.drops) == {"queued": 0, "changed": 0, "skipped": 1, "missing": []}
    audit = place.json("audit", place.drops)
    assert audit["ok"]
    assert audit["states"] == {"indexed": 1}


@pytest.mark.parametrize("name", ["state/log/a.md", "state", "letters.jsonl"])
def test_one_that_is_named_is_refused_with_the_reason(place: CliInstallation, name: str) -> None:
    report = place.json("ingest", place.drops / name, code=1)
    (failed,) = report["failed"]
    assert "newsdrop keeps its own files" in failed["message"]
    assert report["states"] == {}


def test_watching_such_a_folder_is_refused_and_names_both_settings(place: CliInstallation) -> None:
    for command in ("watch", "up"):
        result = place.run(command, place.drops)
        assert result.exit_code == 2
        assert "NEWSDROP_STATE_DIR" in result.stderr
        assert f"the watched folder {place.drops}" in result.stderr.replace("\n", " ")


def test_another_installations_state_is_nobodys_drop(
    tmp_path: Path, redis_server: RedisServer, redis_client: redis.Redis
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    other = {**place.variables, "NEWSDROP_STATE_DIR": str(place.drops / "other")}
    other["NEWSDROP_WATCH_IGNORE"] = "!*"
    mine, place.variables = place.variables, other
    place.json("ingest", place.page("one.md", 1))
    place.variables = mine
    # It had a Redis of its own, of course.
    redis_client.flushall()
    (place.drops / "other/two.md").write_bytes(seed_like(2, html_bytes=4_000))
    assert place.json("ingest", place.drops)["states"] == {"indexed": 1}


@pytest.fixture
def bound(tmp_path: Path) -> list[str]:
    """What a command is started by so that the drops are in `again`, too."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        skip_or_fail("needs root and unshare")
    (again := tmp_path / "again").mkdir()
    binding = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
    return ["unshare", "--mount", "sh", "-euc", binding, "sh", str(tmp_path / "drops"), str(again)]


@pytest.mark.parametrize("setting", ["done", "failed", "state_dir"])
def test_a_watched_folder_is_known_under_another_path(
    tmp_path: Path, redis_server: RedisServer, bound: list[str], setting: str
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    kept = place.page("a.md")
    below = tmp_path / "again/below"
    places = {"done": tmp_path / "done", "failed": tmp_path / "failed"} | {setting: below}
    lines = [f'state_dir = "{places.pop("state_dir")}"'] if setting == "state_dir" else []
    lines += ["[[folders]]", f'path = "{place.drops}"', 'after = "move"']
    lines += [f'{name} = "{path}"' for name, path in places.items()]
    (tmp_path / "settings.toml").write_text("\n".join(lines))
    if setting == "state_dir":
        del place.variables["NEWSDROP_STATE_DIR"]
    done = place.process("--config", tmp_path / "settings.toml", "watch", under=bound)
    assert done.returncode == 2
    assert f"in the watched folder {place.drops}" in " ".join(done.stderr.split())
    assert kept.exists()


def test_a_folder_is_watched_once_whatever_paths_lead_to_it(
    tmp_path: Path, redis_server: RedisServer, bound: list[str]
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    done = place.process("watch", place.drops, tmp_path / "again", under=bound)
    assert done.returncode == 2
    assert "twice" in done.stderr
