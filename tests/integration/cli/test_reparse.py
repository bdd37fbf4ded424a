"""`newsdrop reparse`: exactly the chosen articles are read again, members of bundles included."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from tests.inputs.bundle_files import pages, zipped
from tests.servers.cli_installation import ROOT, CliInstallation
from tests.servers.redis_server import RedisServer

from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Ledger
from newsdrop.ports import Lane

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    place = CliInstallation(tmp_path, redis_server.url)
    for number in range(3):
        place.page(f"{number}.txt", number)
    place.file("old.zip", zipped(pages(2, first=10)))
    assert place.json("ingest", place.drops)["ok"]
    return place


def queued(client: redis.Redis) -> set[str]:
    """What is in the queue: paths, and `bundle!member`, without the folder."""
    ledger = Ledger(client)
    found = set()
    for key in client.scan_iter(keys.BATCH + "*"):
        batch = key.decode().removeprefix(keys.BATCH)
        for drop in ledger.start(batch, "run", process=1, task="t"):
            found.add(drop.source.rpartition("drops/")[2])
    return found


MEMBERS = {f"old.zip!{name}" for name in pages(2, first=10)}
FILES = {"0.txt", "1.txt", "2.txt"}


def test_all_articles_are_queued_by_the_files_that_they_came_from(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    done = place.json("reparse", "--all")
    assert done == {"queued": 5, "articles": 5, "members": 2, "missing": 0, "without_file": 0}
    assert Ledger(redis_client).depth() == {Lane.FRESH: 0, Lane.BACKLOG: 5}
    assert queued(redis_client) == FILES | MEMBERS


def test_only_what_was_chosen_is_queued(place: CliInstallation, redis_client: redis.Redis) -> None:
    title = place.json("parse", place.drops / "1.txt")["title"]
    done = place.run("reparse", "--query", f'title:"{title}"', "--path", place.drops / "*.txt")
    assert "1 article is selected" in done.stderr
    assert "1 queued in the backlog lane, 0 of them in bundles." in done.stdout
    assert queued(redis_client) == {"1.txt"}
    assert place.json("reparse", "--site", "example.org")["queued"] == 0
    assert place.json("reparse", "--rule", "nobody")["queued"] == 0


def test_the_members_of_one_bundle_are_queued_by_its_path(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    assert place.json("reparse", "--path", f"{place.drops}/old*")["members"] == 2
    assert queued(redis_client) == MEMBERS


def test_what_is_no_longer_there_is_told_and_not_queued(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    (place.drops / "0.txt").unlink()
    done = place.run("reparse", "--path", f"{place.drops}/")
    assert "1 not queued: their files no longer exist." in done.stderr
    assert queued(redis_client) == {"1.txt", "2.txt"} | MEMBERS


def test_a_dry_run_queues_nothing_and_shows_what_would_change(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    assert "nothing would change" in place.run("reparse", "--all", "--dry-run").stdout
    rules = place.base / "config" / "sites"
    rules.mkdir(parents=True)
    place.variables["NEWSDROP_CONFIG_DIR"] = str(place.base / "config")
    before = place.json("parse", place.drops / "1.txt")
    rule = (ROOT / "config/sites/bbc.toml").read_text()
    (rules / "bbc.toml").write_text(rule.replace('name = "BBC News 中文"', 'name = "Another name"'))
    shown = place.run("reparse", "--query", f'"{before["title"]}"', "--dry-run").stdout
    assert f"  - {before['source']['name']}" in shown
    assert "  + Another name" in shown
    answer = place.json("reparse", "--all", "--dry-run")
    assert (answer["chosen"], len(answer["shown"])) == (5, 5)
    assert Ledger(redis_client).depth() == {Lane.FRESH: 0, Lane.BACKLOG: 0}


@pytest.mark.parametrize("option", ["--site", "--rule", "--path", "--query"])
def test_an_empty_value_selects_nothing(place: CliInstallation, option: str) -> None:
    refused = place.run("reparse", option, "")
    assert (refused.exit_code, f"The value of {option} is empty" in refused.stderr) == (2, True)


def test_nothing_is_read_again_by_a_slip(place: CliInstallation) -> None:
    refused = place.run("reparse")
    assert refused.exit_code == 2
    assert "--all" in refused.stderr
