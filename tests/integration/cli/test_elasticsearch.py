"""The commands over a real Elasticsearch: make the index, fill it, search it, prove it, migrate it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S, until
from typer.testing import Result

pytestmark = [pytest.mark.redis, pytest.mark.elasticsearch]


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer, elasticsearch_url: str) -> Iterator[CliInstallation]:
    alias = f"ndt-{uuid.uuid4().hex[:12]}"
    yield CliInstallation(
        tmp_path,
        redis_server.url,
        NEWSDROP_ELASTICSEARCH_URL=elasticsearch_url,
        NEWSDROP_INDEX_ALIAS=alias,
        NEWSDROP_INDEX_LETTERS=f"{alias}-letters",
    )
    client = Elasticsearch(elasticsearch_url, request_timeout=PATIENCE_S)
    for name in client.indices.get(index=f"{alias}*", expand_wildcards="all").body:
        client.indices.delete(index=name)
    client.close()


def refresh(place: CliInstallation) -> None:
    client = Elasticsearch(place.variables["NEWSDROP_ELASTICSEARCH_URL"])
    client.indices.refresh(index=place.variables["NEWSDROP_INDEX_ALIAS"])
    client.close()


def test_the_index_is_missing_until_it_is_made_and_commands_say_so(place: CliInstallation) -> None:
    place.page("a.txt")
    missing = place.run("index", "status")
    assert missing.exit_code == 1
    assert "index init" in missing.stdout
    searched = place.run("search", "x")
    assert searched.exit_code == 2
    assert "index init" in searched.stderr
    assert place.json("index", "init")["ok"]
    assert place.run("index", "status").exit_code == 0


def test_what_is_ingested_is_found_accounted_for_and_survives_a_migration(place: CliInstallation) -> None:
    for number in range(3):
        place.page(f"{number}.txt", number)
    assert place.json("ingest", place.drops)["states"] == {"indexed": 3}
    refresh(place)
    title = place.json("parse", place.drops / "1.txt")["title"]
    assert title in [hit["title"] for hit in place.json("search", f'"{title}"')["hits"]]
    assert place.json("audit", place.drops)["ok"]
    assert place.json("index", "migrate")["ok"]
    assert place.json("audit", place.drops)["ok"]
    assert place.json("status")["index"]["documents"] == 3


def test_a_document_deleted_in_elasticsearch_fails_the_audit(place: CliInstallation) -> None:
    path = place.page("a.txt")
    place.json("ingest", place.drops)
    client = Elasticsearch(place.variables["NEWSDROP_ELASTICSEARCH_URL"])
    client.indices.refresh(index=place.variables["NEWSDROP_INDEX_ALIAS"])
    client.delete_by_query(
        index=place.variables["NEWSDROP_INDEX_ALIAS"], query={"match_all": {}}, refresh=True
    )
    client.close()
    audit = place.json("audit", place.drops, code=1)
    assert [one["path"] for one in audit["unaccounted"]] == [str(path)]


def test_set_up_makes_the_index_and_refuses_keys_where_security_is_off(place: CliInstallation) -> None:
    assert place.run("setup", "--wait", 60).exit_code == 0
    assert place.run("index", "status").exit_code == 0
    refused = place.run("setup", "--api-key-file", place.base / "key")
    assert refused.exit_code == 2
    assert "security switched off" in refused.stderr
    assert not (place.base / "key").exists()


def test_a_migration_that_leaves_something_to_do_fails(place: CliInstallation) -> None:
    place.json("index", "init")
    alias = place.variables["NEWSDROP_INDEX_ALIAS"]
    client = Elasticsearch(place.variables["NEWSDROP_ELASTICSEARCH_URL"])
    client.indices.put_settings(index=alias, settings={"index.final_pipeline": "nowhere"})
    client.close()
    done = place.run("index", "migrate")
    assert done.exit_code == 1
    assert "names the ingest pipeline nowhere" in done.stdout


def test_a_full_disk_ends_ingest_with_its_reason_and_leaves_what_is_there_readable(
    place: CliInstallation,
) -> None:
    place.page("a.txt", 1)
    assert place.json("ingest", place.drops)["states"] == {"indexed": 1}
    refresh(place)
    title = place.json("parse", place.drops / "a.txt")["title"]
    _flood(place, True)
    place.page("b.txt", 2)
    # As a process, which is ended if it never ends.
    refused = place.process("ingest", place.drops)
    assert refused.returncode == 3, refused.stderr
    assert "disk" in refused.stderr
    assert "stay queued" in refused.stderr
    status = place.run("index", "status")
    assert status.exit_code == 1
    assert "Free some space" in status.output
    assert title in [hit["title"] for hit in place.json("search", f'"{title}"')["hits"]]
    assert place.run("audit", place.drops).exit_code == 0
    _flood(place, None)
    until(lambda: place.run("ingest", place.drops).exit_code == 0, "ingest, when the gate is open again")
    assert place.counts() == {"indexed": 2}


def test_a_full_disk_keeps_a_worker_paused_and_not_ready_until_there_is_space(place: CliInstallation) -> None:
    assert place.json("index", "init")["ok"]
    _flood(place, True)
    place.page("a.txt")
    assert place.run("enqueue", place.drops).exit_code == 0

    def paused() -> bool:
        """Whether a look at the index has confirmed why the gate is closed, rather than opened it."""
        return "index.blocks.read_only_allow_delete" in str(place.json("status")["queue"]["gate"])

    def health() -> Result:
        return place.run("health", "ready", "--role", "worker")

    with place.start("worker", "--processes", "1") as worker:
        try:
            until(paused, "a gate that stays closed", every_s=1)
            until(lambda: health().exit_code == 3, "a worker that has started and isn't ready", every_s=1)
            assert "disk" in health().output
            _flood(place, None)
            until(lambda: place.counts() == {"indexed": 1}, "an indexed file")
            assert health().exit_code == 0
        finally:
            worker.terminate()
            out, err = worker.communicate(timeout=PATIENCE_S)
    closed = [line for line in (out + err).splitlines() if "gate.closed" in line]
    # Once, or again when the worker was so slow that the gate expired; not many times a second.
    assert len(closed) < 5, closed


def _flood(place: CliInstallation, on: bool | None) -> None:
    """What Elasticsearch does when its disk is nearly full; None: what it does when there is space again."""
    with Elasticsearch(place.variables["NEWSDROP_ELASTICSEARCH_URL"], request_timeout=PATIENCE_S) as client:
        client.indices.put_settings(
            index=place.variables["NEWSDROP_INDEX_ALIAS"],
            settings={"index.blocks.read_only_allow_delete": on},
        )
