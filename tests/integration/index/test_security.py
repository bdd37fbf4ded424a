"""TLS, passwords and API keys on a real server: what a worker needs, and what it says when it lacks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from tests.elasticsearch_server import URL_VARIABLE, ElasticsearchServer, ServerMissingError
from tests.index_samples import make_document
from tests.secured_elasticsearch import ADMIN, ADMIN_PASSWORD, SECURITY_ON, administrator

from newsdrop.errors import ConfigError
from newsdrop.index.access import WORKER_PRIVILEGES
from newsdrop.index.elasticsearch import ElasticsearchStore
from newsdrop.index.store import ElasticsearchOptions, IndexOptions

pytestmark = [pytest.mark.elasticsearch, pytest.mark.slow]


def certificate(folder: Path) -> tuple[str, str]:
    """A self-signed certificate for loopback and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "cert.pem").read_text("ascii"), (folder / "key.pem").read_text("ascii")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("tls")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ElasticsearchServer]:
    if os.environ.get(URL_VARIABLE):
        pytest.skip(f"{URL_VARIABLE} is set: no server is started beside that one")
    cert, key = certificate(folder)
    options = {
        **SECURITY_ON,
        "xpack.security.http.ssl.enabled": "true",
        "xpack.security.http.ssl.certificate": "cert.pem",
        "xpack.security.http.ssl.key": "key.pem",
    }
    files = {"cert.pem": cert, "key.pem": key, **administrator()}
    one = ElasticsearchServer(options=options, files=files, scheme="https")
    try:
        one.start()
    except ServerMissingError as error:
        one.remove()
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    yield one
    one.remove()


@pytest.fixture
def index_options() -> IndexOptions:
    alias = f"ndt-{uuid.uuid4().hex[:12]}"
    return IndexOptions(alias=alias, letters=f"{alias}-letters")


def opened(server: ElasticsearchServer, options: IndexOptions, **credentials: Any) -> ElasticsearchStore:
    return ElasticsearchStore(ElasticsearchOptions(url=server.url, **credentials), options)


def api_key(server: ElasticsearchServer, cert: Path, names: list[str], privileges: list[str]) -> str:
    admin = Elasticsearch(server.url, basic_auth=(ADMIN, ADMIN_PASSWORD), ca_certs=str(cert))
    roles = {"worker": {"cluster": [], "indices": [{"names": names, "privileges": privileges}]}}
    answer = admin.security.create_api_key(name="worker", role_descriptors=roles)
    admin.close()
    return str(answer["encoded"])


def test_a_password_over_tls_may_do_everything(
    server: ElasticsearchServer, folder: Path, index_options: IndexOptions
) -> None:
    store = opened(
        server, index_options, username=ADMIN, password=ADMIN_PASSWORD, ca_certs=str(folder / "cert.pem")
    )
    assert store.init().ok
    assert store.put([make_document(1)])[0].status == "indexed"
    assert store.migrate().ok
    store.close()


def test_an_api_key_with_a_workers_privileges_suffices_for_work(
    server: ElasticsearchServer, folder: Path, index_options: IndexOptions
) -> None:
    cert = folder / "cert.pem"
    admin = opened(server, index_options, username=ADMIN, password=ADMIN_PASSWORD, ca_certs=str(cert))
    admin.init()
    key = api_key(server, cert, [index_options.alias, f"{index_options.alias}-*"], list(WORKER_PRIVILEGES))
    store = opened(server, index_options, api_key=key, ca_certs=str(cert))
    store.check()
    assert store.put([make_document(1), make_document(2)])[0].status == "indexed"
    assert set(store.stored([make_document(1).id])) == {make_document(1).id}
    assert len(list(store.files_under("/drops"))) == 2
    assert len(store.search("domain:example.com")) == 2
    assert store.remove(make_document(1).id, "/drops/1.md")
    assert store.mirror_letters([]) == []
    assert store.status().ok
    store.close()
    admin.close()


def test_missing_privileges_name_the_settings(
    server: ElasticsearchServer, folder: Path, index_options: IndexOptions
) -> None:
    cert = folder / "cert.pem"
    admin = opened(server, index_options, username=ADMIN, password=ADMIN_PASSWORD, ca_certs=str(cert))
    admin.init()
    admin.close()
    key = api_key(server, cert, [f"{index_options.alias}*"], ["read", "view_index_metadata"])
    store = opened(server, index_options, api_key=key, ca_certs=str(cert))
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"):
        store.put([make_document(1)])
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"):
        store.remove(make_document(1).id, "/drops/1.md") or store.put([make_document(1)])
    store.close()


@pytest.mark.parametrize(
    "credentials", [{}, {"username": ADMIN, "password": "wrong"}, {"api_key": "bm9ib2R5Om5v"}]
)
def test_wrong_credentials_name_the_settings_and_not_the_secret(
    server: ElasticsearchServer, folder: Path, index_options: IndexOptions, credentials: dict[str, str]
) -> None:
    store = opened(server, index_options, ca_certs=str(folder / "cert.pem"), **credentials)
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY") as caught:
        store.put([make_document(1)])
    assert "wrong" not in caught.value.message
    store.close()


def test_an_unknown_certificate_names_the_setting(
    server: ElasticsearchServer, index_options: IndexOptions
) -> None:
    store = opened(server, index_options, username=ADMIN, password=ADMIN_PASSWORD)
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_CA_CERTS"):
        store.put([make_document(1)])
    store.close()
