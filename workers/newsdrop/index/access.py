"""Access to the indexes: a key or a user with the rights of a worker, and nothing else.

Used once, by `newsdrop setup`, with the credentials of a user who may create keys and users. Everything can
be repeated. Creates no key if Elasticsearch has its security switched off, because nobody would check it.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from newsdrop.errors import ConfigError, OutageError
from newsdrop.index.awaiting import comes_up
from newsdrop.index.client import Client
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.options import IndexOptions

__all__ = ["CLUSTER_PRIVILEGES", "WORKER_PRIVILEGES", "Access"]

#: The privileges of watcher, workers and exporter on their indexes (deploy/elasticsearch/role-worker.json):
#: actions for writing, because the privilege `write` may do more. Creating and migrating indexes also needs
#: `manage`.
WORKER_PRIVILEGES: Final = (
    "read",
    "view_index_metadata",
    "maintenance",
    "indices:data/write/bulk*",
    "indices:data/write/index*",
    "indices:data/write/delete*",
)

#: On the cluster: its name and UUID, by which workers recognize the ledger's own index.
CLUSTER_PRIVILEGES: Final = ("cluster:monitor/main",)

_KEY_FILE_BYTES: Final = 16_384


class Access:
    """Keys and users for one pair of indexes; `options` are the credentials for creating them."""

    def __init__(self, options: ElasticsearchOptions, index: IndexOptions) -> None:
        self._options = options
        self._index = index
        self._client = Client(options)

    def close(self) -> None:
        self._client.close()

    def await_server(self, wait_s: float) -> None:
        """Return once Elasticsearch answers and accepts our credentials, or has rejected them for a minute.

        Raises:
            OutageError: it didn't within `wait_s` seconds.
        """
        if not comes_up(self._client.status, wait_s):
            raise OutageError(f"Elasticsearch at {self._client.where} doesn't answer (waited {wait_s:g} s).")

    def keep_key(self, path: Path) -> bool:
        """Make sure that the file contains an API key for a worker; returns whether a new one was created.

        A working key is left alone. One that lacks privileges is replaced and then invalidated. The file
        belongs to the user who runs this and is readable by nobody else.

        Raises:
            ConfigError: we may not create keys, or the server's security is off.
            OSError: the file can't be read or written.
        """
        self._needs_security()
        old = _read_key(path)
        if old is not None and self._suffices(old):
            return False
        # The file comes first: a key that can't be saved would stay valid without anybody knowing it.
        with _replacing(path) as file, self._client.translated():
            made = self._client.api.security.create_api_key(
                name=f"newsdrop {self._index.alias}", role_descriptors={"newsdrop": self._role()}
            )
            file.write(f"{made['encoded']}\n")
        if old is not None:
            self._invalidate(old)
        return True

    def keep_user(self, name: str, password: str) -> None:
        """Make sure that this user exists, with this password and a role of the same name for workers.

        Raises:
            ConfigError: we may not create users, the name is reserved by Elasticsearch, or the server's
                security is off.
        """
        self._needs_security()
        role = self._role()
        with self._client.translated():
            security = self._client.api.security
            security.put_role(name=name, cluster=role["cluster"], indices=role["indices"])
            security.put_user(username=name, password=password, roles=[name], full_name="newsdrop")

    def set_password(self, name: str, password: str) -> None:
        """Give an existing user (`kibana_system`, say) its password.

        Raises:
            ConfigError: there is no such user, we may not, or the server's security is off.
        """
        self._needs_security()
        with self._client.translated():
            self._client.api.security.change_password(username=name, password=password)

    def _role(self) -> dict[str, Any]:
        return {"cluster": list(CLUSTER_PRIVILEGES), "indices": [self._wanted()]}

    def _wanted(self) -> dict[str, Any]:
        alias, letters = self._index.alias, self._index.letters
        return {
            "names": [alias, f"{alias}-*", letters, f"{letters}-*"],
            "privileges": list(WORKER_PRIVILEGES),
        }

    def _suffices(self, key: str) -> bool:
        """Whether this key is valid and has all privileges of a worker."""
        options = msgspec.structs.replace(self._options, api_key=key, username=None, password=None)
        holder = Client(options)
        try:
            with holder.translated():
                answer = holder.api.options(ignore_status=401).security.has_privileges(
                    cluster=list(CLUSTER_PRIVILEGES), index=[self._wanted()]
                )
            return answer.meta.status == 200 and bool(answer["has_all_requested"])
        finally:
            holder.close()

    def _invalidate(self, key: str) -> None:
        """Invalidate a replaced key; one that the server doesn't know is invalid already."""
        with self._client.translated():
            api = self._client.api.options(ignore_status=(400, 404))
            api.security.invalidate_api_key(ids=[_key_id(key)])

    def _needs_security(self) -> None:
        # A server without security doesn't know this request; the error differs between versions.
        with self._client.translated():
            answer = self._client.api.options(ignore_status=(400, 404, 405)).security.authenticate()
        if answer.meta.status != 200:
            raise ConfigError(
                f"Elasticsearch at {self._client.where} has its security switched off, so it has no keys, "
                "users or passwords: set xpack.security.enabled there, or don't request any here."
            )


def _key_id(key: str) -> str:
    """The id at the beginning of an encoded key; invalid input gives an id that no key has."""
    try:
        decoded = base64.b64decode(key, validate=True)
    except ValueError:
        return "-"
    return decoded.partition(b":")[0].decode("utf-8", "replace") or "-"


def _read_key(path: Path) -> str | None:
    """The key of an earlier set-up, or None."""
    try:
        with path.open("rb") as file:
            content = file.read(_KEY_FILE_BYTES)
    except FileNotFoundError:
        return None
    text = content.decode("ascii", "replace").strip()
    # Only characters allowed in a header: anything else isn't a key, and would break the request.
    return text if text and text.isascii() and text.isprintable() else None


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A new file that atomically replaces `path` if the block succeeds; otherwise nothing changes."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
