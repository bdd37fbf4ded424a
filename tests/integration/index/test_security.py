"""TLS, passwords and API keys on a real server: what a worker needs, and what it says when it lacks it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import AuthorizationException, Elasticsearch
from tests.corpus import seed_like
from tests.inputs.index_samples import make_document
from tests.searching import hits
from tests.servers.elasticsearch_server import URL_VARIABLE, ElasticsearchServer, ServerMissingError
from tests.servers.missing import skip_or_fail
from tests.servers.redis_server import RedisServer
from tests.servers.stack import ROOT, Stack
from tests.servers.tls import Authority
from tests.waiting import PATIENCE_S, until

from newsdrop.errors import ConfigError
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.search import SearchRequest
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow]

USER, PASSWORD = "admin", "a-password-of-the-tests"
NAMES = ("newsdrop-articles", "newsdrop-dead-letters")


def shipped_role(name: str, alias: str, letters: str) -> dict[str, Any]:
    """A role of deploy/elasticsearch/, for a test's own index names."""
    text = (ROOT / f"deploy/elasticsearch/role-{name}.json").read_text("utf-8")
    role: dict[str, Any] = json.loads(text.replace(NAMES[0], alias).replace(NAMES[1], letters))
    return role


def hashed(password: str) -> str:
    """A password as Elasticsearch's `users` file takes it."""
    salt = os.urandom(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return "{PBKDF2}10000$" + "$".join(base64.b64encode(part).decode() for part in (salt, key))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def cert(authority: Authority) -> Path:
    return authority.ca_file


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[ElasticsearchServer]:
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"{URL_VARIABLE} is set: no server is started beside that one")
    cert, key = authority.pems()
    options = {
        "xpack.security.enabled": "true",
        "xpack.security.http.ssl.enabled": "true",
        "xpack.security.http.ssl.certificate": "cert.pem",
        "xpack.security.http.ssl.key": "key.pem",
        "xpack.security.authc.api_key.enabled": "true",
    }
    files = {
        "cert.pem": cert,
        "key.pem": key,
        "users": f"{USER}:{hashed(PASSWORD)}\n",
        "users_roles": f"superuser:{USER}\n",
    }
    one = ElasticsearchServer(options=options, files=files, scheme="https")
    try:
        one.start()
    except ServerMissingError as error:
        one.remove()
        skip_or_fail(str(error))
    yield one
    one.remove()


@pytest.fixture
def index_options() -> IndexOptions:
    alias = f"ndt-{uuid.uuid4().hex[:12]}"
    return IndexOptions(alias=alias, letters=f"{alias}-letters")


def opened(server: ElasticsearchServer, options: IndexOptions, **credentials: Any) -> ElasticsearchStore:
    return ElasticsearchStore(
        ElasticsearchOptions(url=server.url, timeout_s=PATIENCE_S, **credentials), options
    )


@contextmanager
def administrator(server: ElasticsearchServer, cert: Path) -> Iterator[Elasticsearch]:
    client = Elasticsearch(server.url, basic_auth=(USER, PASSWORD), ca_certs=str(cert))
    yield client
    client.close()


def api_key(server: ElasticsearchServer, cert: Path, role: dict[str, Any]) -> str:
    with administrator(server, cert) as admin:
        answer = admin.security.create_api_key(name="tests", role_descriptors={"role": role})
    return str(answer["encoded"])


def shipped_key(server: ElasticsearchServer, cert: Path, name: str, options: IndexOptions) -> str:
    return api_key(server, cert, shipped_role(name, options.alias, options.letters))


def allowed(requests: list[Callable[[], object]]) -> list[int]:
    """The places of those requests that the server didn't refuse."""
    found = []
    for place, request in enumerate(requests):
        with suppress(AuthorizationException):
            request()
            found.append(place)
    return found


@pytest.fixture
def made(server: ElasticsearchServer, cert: Path, index_options: IndexOptions) -> IndexOptions:
    """Names of indexes that are there."""
    with closing(
        opened(server, index_options, username=USER, password=PASSWORD, ca_certs=str(cert))
    ) as admin:
        assert admin.init().ok
    return index_options


def test_a_password_over_tls_may_do_everything(
    server: ElasticsearchServer, cert: Path, made: IndexOptions
) -> None:
    store = opened(server, made, username=USER, password=PASSWORD, ca_certs=str(cert))
    assert store.put([make_document(1)])[0].status == "indexed"
    assert store.migrate().ok
    store.close()


def test_the_workers_role_suffices_for_work(
    server: ElasticsearchServer, cert: Path, made: IndexOptions
) -> None:
    store = opened(server, made, api_key=shipped_key(server, cert, "worker", made), ca_certs=str(cert))
    store.check()
    assert store.put([make_document(1), make_document(2)])[0].status == "indexed"
    assert set(store.stored([make_document(1).id])) == {make_document(1).id}
    assert len(list(store.files_under("/drops"))) == 2
    assert len(hits(store, "domain:example.com")) == 2
    assert len(list(store.all_hits(SearchRequest()))) == 2
    assert store.remove(make_document(1).id, "/drops/1.md")
    assert store.mirror_letters([]) == []
    assert store.mirror_home() == store.mirror_home() != ""
    assert store.status().ok
    store.close()


def test_the_workers_role_makes_changes_and_deletes_no_index(
    server: ElasticsearchServer, cert: Path, made: IndexOptions
) -> None:
    key = shipped_key(server, cert, "worker", made)
    with closing(opened(server, made, api_key=key, ca_certs=str(cert))) as store:
        changed = IndexOptions(alias=made.alias, letters=made.letters, analysis="pairs")
        with (
            closing(opened(server, changed, api_key=key, ca_certs=str(cert))) as migrating,
            pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"),
        ):
            migrating.migrate(delete_old=True)
        assert store.status().ok
    one = Elasticsearch(server.url, api_key=key, ca_certs=str(cert))
    index = f"{made.alias}-000001"
    requests: list[Callable[[], object]] = [
        lambda: one.indices.delete(index=index),
        lambda: one.indices.create(index=f"{made.alias}-000002"),
        lambda: one.indices.put_settings(index=index, settings={"index": {"number_of_replicas": 1}}),
        lambda: one.indices.put_mapping(index=index, properties={"x": {"type": "keyword"}}),
        lambda: one.indices.update_aliases(actions=[{"add": {"index": index, "alias": "else"}}]),
        lambda: one.indices.close(index=index),
        lambda: one.index(index="elsewhere", document={"a": 1}),
        lambda: one.search(index=".security"),
        lambda: one.get(index="elsewhere", id="1"),
        lambda: one.cluster.put_settings(persistent={"action.auto_create_index": "true"}),
        lambda: one.security.get_user(),
        lambda: one.security.create_api_key(name="more"),
        lambda: one.security.put_user(username="x", password="longenough", roles=["superuser"]),
        lambda: one.snapshot.get_repository(),
        lambda: one.ingest.put_pipeline(id="x", processors=[]),
        lambda: one.put_script(id="x", script={"lang": "painless", "source": "1"}),
        lambda: one.cluster.health(),
    ]
    assert allowed(requests) == []
    one.close()


def test_a_cluster_is_known_by_its_uuid_to_whoever_may_ask(
    server: ElasticsearchServer, cert: Path, index_options: IndexOptions
) -> None:
    with administrator(server, cert) as admin:
        uuid_ = admin.info()["cluster_uuid"]
    for role, known in (("worker", uuid_), ("admin", uuid_), ("reader", "")):
        key = shipped_key(server, cert, role, index_options)
        with closing(opened(server, index_options, api_key=key, ca_certs=str(cert))) as store:
            identity = store.identity()
            assert (identity.id, identity.alias) == (known, index_options.alias)
    with (
        closing(opened(server, index_options, api_key="bm8tc3VjaDprZXk=", ca_certs=str(cert))) as store,
        pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"),
    ):
        store.identity()


def test_the_admins_role_makes_and_migrates_indexes_and_no_more(
    server: ElasticsearchServer, cert: Path, index_options: IndexOptions
) -> None:
    key = shipped_key(server, cert, "admin", index_options)
    with closing(opened(server, index_options, api_key=key, ca_certs=str(cert))) as store:
        assert store.init().ok
        store.put([make_document(number) for number in range(5)])
    changed = IndexOptions(alias=index_options.alias, letters=index_options.letters, analysis="pairs")
    with closing(opened(server, changed, api_key=key, ca_certs=str(cert))) as store:
        assert not store.status().ok
        status = store.migrate(delete_old=True)
        assert status.ok
        assert (status.articles.index, status.articles.leftovers) == (f"{changed.alias}-000002", [])
        assert store.count() == 5
    one = Elasticsearch(server.url, api_key=key, ca_certs=str(cert))
    requests: list[Callable[[], object]] = [
        lambda: one.indices.create(index="elsewhere"),
        lambda: one.indices.delete(index="elsewhere"),
        lambda: one.security.put_user(username="x", password="longenough", roles=["superuser"]),
        lambda: one.cluster.put_settings(persistent={"action.auto_create_index": "true"}),
    ]
    assert allowed(requests) == []
    one.close()


def test_the_admins_role_may_end_a_copying_that_was_left_running(
    server: ElasticsearchServer, cert: Path, made: IndexOptions
) -> None:
    one = Elasticsearch(server.url, api_key=shipped_key(server, cert, "admin", made), ca_certs=str(cert))
    path = "/_tasks/nobody:1/_cancel"
    answer = one.options(ignore_status=404).perform_request(
        "POST", path, headers={"accept": "application/json"}
    )
    # Allowed, and there is no such task.
    assert answer.meta.status in (200, 404)
    one.close()


def test_copying_without_the_right_to_names_the_settings_and_not_the_mapping(
    server: ElasticsearchServer, cert: Path, made: IndexOptions
) -> None:
    role = shipped_role("admin", made.alias, made.letters)
    role["indices"][0]["privileges"] = ["read", "index", "manage"]
    changed = IndexOptions(alias=made.alias, letters=made.letters, analysis="pairs")
    key = api_key(server, cert, role)
    with (
        closing(opened(server, changed, api_key=key, ca_certs=str(cert))) as store,
        pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"),
    ):
        store.migrate()


def test_the_readers_role_searches_and_audits_and_writes_nothing(
    server: ElasticsearchServer, cert: Path, made: IndexOptions
) -> None:
    with closing(opened(server, made, username=USER, password=PASSWORD, ca_certs=str(cert))) as admin:
        admin.put([make_document(1)])
        assert len(list(admin.files_under("/drops"))) == 1
    key = shipped_key(server, cert, "reader", made)
    with closing(opened(server, made, api_key=key, ca_certs=str(cert))) as store:
        assert len(hits(store, "domain:example.com")) == 1
        assert len(list(store.all_hits(SearchRequest()))) == 1
        assert store.stored([make_document(1).id])
        for write in (
            lambda: store.put([make_document(2)]),
            lambda: store.remove(make_document(1).id, "/drops/1.md"),
        ):
            with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"):
                write()


@pytest.mark.redis
def test_watcher_worker_and_commands_run_under_the_workers_role(
    server: ElasticsearchServer, cert: Path, made: IndexOptions, tmp_path: Path
) -> None:
    stack = Stack(tmp_path, elasticsearch_url=server.url, redis=RedisServer().start(), alias=made.alias)
    stack.extra = {
        "NEWSDROP_ELASTICSEARCH_API_KEY": shipped_key(server, cert, "worker", made),
        "NEWSDROP_ELASTICSEARCH_CA_CERTS": str(cert),
        "NEWSDROP_ENRICH_COPIES": "true",
    }
    try:
        stack.start("watch", "watch")
        stack.start("worker", "worker")
        for number in range(3):
            (stack.drops / f"{number}.md").write_bytes(seed_like(number, html_bytes=3_000))
        (stack.drops / "bad.md").write_bytes(b"no page")
        assert until(stack.settled(4), "all is settled") == {"indexed": 3, "dead": 1}
        assert stack.json("audit", str(stack.drops))["ok"]
        assert stack.json("index", "status")["ok"]

        def mirrored() -> bool:
            return bool(stack.json("index", "status")["letters"]["documents"] == 1)

        until(mirrored, "the letter is mirrored", every_s=1)
        assert stack.json("search", "url.domain:bbc.com")["total"]
        assert stack.json("status")["index"]["documents"] == 3
        refused = stack.run("index", "init")
        assert refused.returncode == 0, "there is nothing to make, so nothing is refused"
        assert stack.stop("worker") == 0
        assert stack.stop("watch") == 0
    finally:
        stack.close()


@pytest.mark.parametrize(
    "credentials", [{}, {"username": USER, "password": "wrong"}, {"api_key": "bm9ib2R5Om5v"}]
)
def test_wrong_credentials_name_the_settings_and_not_the_secret(
    server: ElasticsearchServer, cert: Path, index_options: IndexOptions, credentials: dict[str, str]
) -> None:
    store = opened(server, index_options, ca_certs=str(cert), **credentials)
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY") as caught:
        store.put([make_document(1)])
    assert "wrong" not in caught.value.message
    store.close()


def test_an_unknown_certificate_names_the_setting(
    server: ElasticsearchServer, index_options: IndexOptions
) -> None:
    store = opened(server, index_options, username=USER, password=PASSWORD)
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_CA_CERTS"):
        store.put([make_document(1)])
    store.close()
