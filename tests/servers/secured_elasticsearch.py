"""A real Elasticsearch with its security on, and with an administrator in its `users` file."""

from __future__ import annotations

import base64
import hashlib
import os

from elasticsearch import Elasticsearch
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.waiting import PATIENCE_S

ADMIN, ADMIN_PASSWORD = "admin", "a-password-of-the-tests"
#: The password of `elastic`, the user that deployments begin with.
ELASTIC_PASSWORD = "el@stic: pass/word"

SECURITY_ON = {"xpack.security.enabled": "true", "xpack.security.authc.api_key.enabled": "true"}


def hashed(password: str) -> str:
    """A password as Elasticsearch's `users` file takes it."""
    salt = os.urandom(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 10_000, 32)
    return "{PBKDF2}10000$" + "$".join(base64.b64encode(part).decode() for part in (salt, key))


def administrator() -> dict[str, str]:
    """The files that make ADMIN somebody who may do everything."""
    return {"users": f"{ADMIN}:{hashed(ADMIN_PASSWORD)}\n", "users_roles": f"superuser:{ADMIN}\n"}


def secured_server() -> ElasticsearchServer:
    """Not started yet; plain HTTP, as inside a deployment's own network."""
    return ElasticsearchServer(options=dict(SECURITY_ON), files=administrator())


def admin_client(server: ElasticsearchServer) -> Elasticsearch:
    return Elasticsearch(server.url, basic_auth=(ADMIN, ADMIN_PASSWORD), request_timeout=PATIENCE_S)


def give_elastic_its_password(server: ElasticsearchServer) -> None:
    """What the official image does with ELASTIC_PASSWORD_FILE, by way of the administrator."""
    client = admin_client(server)
    client.security.change_password(username="elastic", password=ELASTIC_PASSWORD)
    client.close()
