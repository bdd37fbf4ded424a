"""`newsdrop setup` on a real Elasticsearch with its security on: what it makes suffices, and is no more."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import AuthenticationException, AuthorizationException, Elasticsearch
from tests.servers.cli_installation import CliInstallation
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.redis_server import RedisServer
from tests.servers.secured_elasticsearch import ELASTIC_PASSWORD, admin_client

pytestmark = [pytest.mark.redis, pytest.mark.elasticsearch, pytest.mark.slow]

PASSWORD = "wörker's: p@ss/word"


@pytest.fixture
def admin(secured_elasticsearch: ElasticsearchServer) -> Iterator[Elasticsearch]:
    client = admin_client(secured_elasticsearch)
    yield client
    client.close()


@pytest.fixture
def place(
    tmp_path: Path,
    redis_server: RedisServer,
    secured_elasticsearch: ElasticsearchServer,
    admin: Elasticsearch,
    plain_config: Path,
) -> Iterator[CliInstallation]:
    """An installation whose credentials are those of `elastic`, as a deployment's setup has them."""
    alias = f"ndt-{uuid.uuid4().hex[:12]}"
    (tmp_path / "elastic").write_text(ELASTIC_PASSWORD + "\n", "utf-8")
    yield CliInstallation(
        tmp_path,
        redis_server.url,
        NEWSDROP_ELASTICSEARCH_URL=secured_elasticsearch.url,
        NEWSDROP_CONFIG_DIR=str(plain_config),
        NEWSDROP_ELASTICSEARCH_USERNAME="elastic",
        NEWSDROP_ELASTICSEARCH_PASSWORD_FILE=str(tmp_path / "elastic"),
        NEWSDROP_INDEX_ALIAS=alias,
        NEWSDROP_INDEX_LETTERS=f"{alias}-letters",
    )
    for name in admin.indices.get(index=f"{alias}*", expand_wildcards="all").body:
        admin.indices.delete(index=name)


def as_worker(place: CliInstallation, **credentials: str) -> CliInstallation:
    """The same installation with a worker's credentials."""
    for name in ("USERNAME", "PASSWORD_FILE"):
        place.variables.pop(f"NEWSDROP_ELASTICSEARCH_{name}", None)
    place.variables |= credentials
    return place


def key_client(place: CliInstallation, path: Path) -> Elasticsearch:
    return Elasticsearch(place.variables["NEWSDROP_ELASTICSEARCH_URL"], api_key=path.read_text().strip())


def test_the_key_it_makes_suffices_for_a_workers_work(place: CliInstallation) -> None:
    key = place.base / "key"
    place.page("a.txt")
    made = place.run("setup", "--wait", 60, "--api-key-file", key)
    assert made.exit_code == 0, made.output
    assert "a new one" in made.stdout
    assert key.read_text().strip() not in made.output
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    as_worker(place, NEWSDROP_ELASTICSEARCH_API_KEY_FILE=str(key))
    assert place.json("ingest", place.drops)["states"] == {"indexed": 1}
    assert place.json("audit", place.drops)["ok"]
    assert place.run("index", "status").exit_code == 0


@pytest.mark.parametrize(
    "deed",
    [
        lambda client, alias: client.indices.create(index=f"{alias}-mine"),
        lambda client, alias: client.indices.delete(index=f"{alias}-000001"),
        lambda client, alias: client.index(index="another", document={}),
        lambda client, alias: client.get(index=".security-7", id="x"),
        lambda client, alias: client.security.create_api_key(name="another"),
        lambda client, alias: client.cluster.put_settings(persistent={"search.max_buckets": 9_999}),
    ],
    ids=["make an index", "delete an index", "write elsewhere", "read elsewhere", "make keys", "set up"],
)
def test_the_key_may_do_nothing_else(place: CliInstallation, deed: Any) -> None:
    key = place.base / "key"
    assert place.run("setup", "--api-key-file", key).exit_code == 0
    client = key_client(place, key)
    with pytest.raises(AuthorizationException):
        deed(client, place.variables["NEWSDROP_INDEX_ALIAS"])
    client.close()


def test_set_up_again_changes_nothing(place: CliInstallation) -> None:
    key = place.base / "key"
    assert place.run("setup", "--api-key-file", key).exit_code == 0
    before = key.read_bytes(), key.stat().st_mtime_ns, place.json("index", "status")
    again = place.run("setup", "--api-key-file", key)
    assert again.exit_code == 0, again.output
    assert "stays" in again.stdout
    assert (key.read_bytes(), key.stat().st_mtime_ns, place.json("index", "status")) == before


@pytest.mark.parametrize("content", ["", "bm9ib2R5Om5v\n", "no key at all ✗\n"])
def test_a_file_with_no_key_that_works_gets_one(place: CliInstallation, content: str) -> None:
    key = place.base / "key"
    key.write_text(content, "utf-8")
    assert "a new one" in place.run("setup", "--api-key-file", key).stdout
    client = key_client(place, key)
    assert client.count(index=place.variables["NEWSDROP_INDEX_ALIAS"])["count"] == 0
    client.close()


def test_a_key_that_lacks_privileges_is_replaced_and_ended(
    place: CliInstallation, admin: Elasticsearch
) -> None:
    alias = place.variables["NEWSDROP_INDEX_ALIAS"]
    poor = {"poor": {"indices": [{"names": [alias], "privileges": ["read"]}]}}
    key = place.base / "key"
    key.write_text(admin.security.create_api_key(name="poor", role_descriptors=poor)["encoded"])
    former = key_client(place, key)
    assert "a new one" in place.run("setup", "--api-key-file", key).stdout
    with pytest.raises(AuthenticationException):
        former.security.authenticate()
    former.close()


def test_a_user_with_a_password_of_ours_suffices_for_a_workers_work(place: CliInstallation) -> None:
    place.page("a.txt")
    password = place.file("../password", f"{PASSWORD}\n".encode())
    name = f"worker-{uuid.uuid4().hex[:8]}"
    for _ in range(2):
        made = place.run("setup", "--user", name, "--user-password-file", password)
        assert made.exit_code == 0, made.output
        assert PASSWORD not in made.output
    as_worker(
        place,
        NEWSDROP_ELASTICSEARCH_USERNAME=name,
        NEWSDROP_ELASTICSEARCH_PASSWORD_FILE=str(password),
    )
    assert place.json("ingest", place.drops)["states"] == {"indexed": 1}


def test_kibanas_own_user_gets_its_password(place: CliInstallation) -> None:
    password = place.file("../kibana", b"k1bana-password\n")
    assert place.run("setup", "--kibana-password-file", password).exit_code == 0
    url = place.variables["NEWSDROP_ELASTICSEARCH_URL"]
    client = Elasticsearch(url, basic_auth=("kibana_system", "k1bana-password"))
    assert client.security.authenticate()["username"] == "kibana_system"
    client.close()


def test_an_older_index_is_told_and_migrated_when_asked(place: CliInstallation, admin: Elasticsearch) -> None:
    assert place.run("setup").exit_code == 0
    meta = {"newsdrop": {"schema": "articles", "mapping_version": 0}}
    admin.indices.put_mapping(index=place.variables["NEWSDROP_INDEX_ALIAS"], meta=meta)
    told = place.run("setup")
    assert told.exit_code == 1
    assert "index migrate" in told.stderr
    assert place.run("setup", "--migrate").exit_code == 0
    assert place.run("setup").exit_code == 0


def test_somebody_who_may_not_is_told_which_setting_to_check(place: CliInstallation) -> None:
    key = place.base / "key"
    assert place.run("setup", "--api-key-file", key).exit_code == 0
    as_worker(place, NEWSDROP_ELASTICSEARCH_API_KEY_FILE=str(key))
    refused = place.run("setup", "--api-key-file", place.base / "another")
    assert refused.exit_code == 2
    assert "NEWSDROP_ELASTICSEARCH_API_KEY" in refused.stderr
    assert not (place.base / "another").exists()


def test_no_key_is_made_that_can_not_be_written_down(place: CliInstallation, admin: Elasticsearch) -> None:
    refused = place.run("setup", "--api-key-file", place.base / "nowhere" / "key")
    assert refused.exit_code == 1
    assert "nowhere" in refused.stderr
    name = f"newsdrop {place.variables['NEWSDROP_INDEX_ALIAS']}"
    assert admin.security.get_api_key(name=name)["api_keys"] == []


def test_a_server_that_stays_away_is_an_outage(place: CliInstallation) -> None:
    place.variables["NEWSDROP_ELASTICSEARCH_URL"] = "http://127.0.0.1:1"
    away = place.run("setup", "--wait", "0.1")
    assert away.exit_code == 3
    assert "waited 0.1 s" in away.stderr
