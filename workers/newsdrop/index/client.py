"""One connection to Elasticsearch: elasticsearch-py with its errors translated and its retries switched off.

Retries inside the client would hide an outage from the gate and outlast a lease, so every request is sent
once, with a timeout; only if a server doesn't take the connection soon, the next one is asked. No exception
of elasticsearch-py gets out (`translated`).
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elastic_transport import (
    NodeConfig,
    SerializationError,
    TlsError,
    Transport,
    TransportApiResponse,
    TransportError,
    Urllib3HttpNode,
)
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from newsdrop.addresses import parse_http
from newsdrop.configfiles import check_readable
from newsdrop.errors import ConfigError, NewsdropError, OutageError, reason_below
from newsdrop.index.answers import error_type, plain_reason
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.plurals import counted

__all__ = ["Client"]

#: How long a server may take to answer a ping.
_PING_S = 5.0
#: How long a server may take to take a connection: most take milliseconds, and a packet that was lost is sent
#: again after one second and after three.
_CONNECT_S = 5.0
#: What the server says instead of answering a search without some shards.
_SHARDS_MISSED = re.compile(r"[Mm]issing shards:? \[(.*?)\]\.")
_MISSING_SHARDS = (
    "Elasticsearch at {} can't read the whole index, which lacks {}: bring back the node that holds "
    "it (GET _cluster/allocation/explain says why)."
)
_CREDENTIALS = (
    "NEWSDROP_ELASTICSEARCH_API_KEY, or NEWSDROP_ELASTICSEARCH_USERNAME and NEWSDROP_ELASTICSEARCH_PASSWORD"
)


class Client:
    """Elasticsearch for one store. Connects on first use, and again in a forked process."""

    def __init__(self, options: ElasticsearchOptions) -> None:
        self._options = options
        self._own: tuple[int, Elasticsearch] | None = None
        try:
            self._servers = parse_http(options.url)
        except ValueError as error:
            raise ConfigError(f"NEWSDROP_ELASTICSEARCH_URL is wrong: {error}.") from None
        self.where = ",".join(self._servers.urls)
        self.api  # noqa: B018  a wrong URL is found at the start, not in the first batch

    @property
    def api(self) -> Elasticsearch:
        """The client itself; use it inside `translated`."""
        # A forked child that used its parent's sockets would read its parent's answers.
        if self._own is None or self._own[0] != os.getpid():
            self._own = (os.getpid(), self._connect())
        return self._own[1]

    def close(self) -> None:
        if self._own is not None and self._own[0] == os.getpid():
            self._own[1].close()
        self._own = None

    def answers(self) -> bool:
        """Whether the server answers at all: this ping tells an outage from a bad document."""
        return self.status() is not None

    def status(self) -> int | None:
        """The status of the answer to the simplest request; None if there is none, or it can't be read."""
        try:
            asked = self.api.options(request_timeout=_PING_S)
            return asked.perform_request("GET", "/", headers=_JSON).meta.status
        except ApiError as error:
            # Forbidden or not, the server is up.
            return None if error.status_code >= 500 or error.status_code == 429 else error.status_code
        except TransportError:
            return None

    def cluster_id(self) -> str:
        """The cluster's UUID; '' if our user may not ask for it (`cluster:monitor/main`).

        Raises:
            OutageError, ConfigError: nothing answers, or not Elasticsearch; or our credentials are rejected.
        """
        with self.translated():
            answer = self.api.options(ignore_status=403).info()
        found = answer.body.get("cluster_uuid") if answer.meta.status != 403 else ""
        # This is the UUID of a node that has not joined its cluster yet.
        if found == "_na_":
            raise OutageError(f"Elasticsearch at {self.where} has not formed its cluster yet.")
        return str(found or "")

    def search(self, **arguments: Any) -> dict[str, Any]:
        """The answer to a search by all shards: one without those that are missing would look like all.

        Raises:
            OutageError, ConfigError: a shard is missing, or the server can't be asked.
        """
        with self.translated():
            return dict(self.api.search(allow_partial_search_results=False, **arguments).body)

    def count(self, **arguments: Any) -> int:
        """How many documents there are, counted by all shards.

        Raises:
            OutageError, ConfigError: as `search`.
        """
        with self.translated():
            answer = self.api.count(**arguments).body
        self.check_shards(answer)
        return int(answer["count"])

    def check_shards(self, answer: Mapping[str, Any]) -> None:
        """Raise OutageError if a shard didn't take part in this answer."""
        shards = answer.get("_shards", {})
        missing = shards.get("total", 0) - shards.get("successful", 0)
        if missing > 0:
            raise OutageError(_MISSING_SHARDS.format(self.where, counted(missing, "shard")))

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Translate errors of elasticsearch-py raised inside the block."""
        try:
            yield
        except (ApiError, TransportError) as error:
            raise self.ours(error) from error

    def ours(self, error: Exception) -> NewsdropError:
        """Our error for one of elasticsearch-py's."""
        if isinstance(error, UnsupportedProductError):
            return ConfigError(
                f"What answers at {self.where} is not Elasticsearch: check NEWSDROP_ELASTICSEARCH_URL, and "
                "whether a proxy before it asks for a login."
            )
        if isinstance(error, ApiError):
            return self.from_answer(error.status_code, error.body)
        if isinstance(error, TlsError) and "certificate" in str(error.message).lower():
            return ConfigError(
                f"The certificate of Elasticsearch at {self.where} is not trusted ({error.message}): "
                "set NEWSDROP_ELASTICSEARCH_CA_CERTS to the file of the authority that signed it."
            )
        if isinstance(error, SerializationError):
            return OutageError(
                f"What answers at {self.where} does not send JSON: is there a proxy in between?"
            )
        return OutageError(
            f"Elasticsearch at {self.where} can't be reached: {_why(error)}. Is it running, is the URL in "
            "elasticsearch.url (NEWSDROP_ELASTICSEARCH_URL) right, and does it speak TLS (https://) or not "
            "(http://)?"
        )

    def from_answer(self, status: int, body: Any) -> NewsdropError:
        """Our error for a status and its body (an answer's, or the error of an item)."""
        reason = plain_reason(body)
        if error_type(body) == "cluster_block_exception":
            return OutageError(
                f"Elasticsearch at {self.where} blocks the index: {reason}. Either its disk is full "
                "(free some space), or a migration is in its last step (if none is running: `newsdrop index "
                "migrate` finishes it)."
            )
        if error_type(body) == "index_closed_exception":
            name = body.get("error", body).get("index", "INDEX")
            return ConfigError(
                f"Elasticsearch at {self.where} has the index closed: open it (POST /{name}/_open)."
            )
        if found := _SHARDS_MISSED.search(reason):
            missing = counted(found[1].count("[") // 2, "shard")
            return OutageError(_MISSING_SHARDS.format(self.where, missing))
        if status in (401, 403):
            return ConfigError(
                f"Elasticsearch at {self.where} rejects our credentials ({status}: {reason}): "
                f"check {_CREDENTIALS}, and the privileges of that key or user."
            )
        if status == 404:
            return ConfigError(
                f"Elasticsearch at {self.where} doesn't have the index ({reason}): create it with "
                "`newsdrop index init`, or check NEWSDROP_INDEX_ALIAS."
            )
        if status == 429 or status >= 500:
            return OutageError(
                f"Elasticsearch at {self.where} is overloaded or failing ({status}: {reason})."
            )
        return ConfigError(f"Elasticsearch at {self.where} refuses the request ({status}: {reason}).")

    def _connect(self) -> Elasticsearch:
        options, servers = self._options, self._servers
        username, password = options.username or servers.username, options.password or servers.password
        arguments: dict[str, Any] = {
            "transport_class": _NextServer,
            "node_class": _Server,
            "request_timeout": options.timeout_s,
            "max_retries": 0,
            "retry_on_timeout": False,
            "retry_on_status": (),
        }
        if options.api_key:
            arguments["api_key"] = options.api_key
        elif username:
            # Encoded here, because elasticsearch-py accepts only ASCII, while the server reads UTF-8.
            user = f"{username}:{password or ''}".encode()
            arguments["basic_auth"] = base64.b64encode(user).decode("ascii")
        if options.ca_certs:
            # The client ignores a file that isn't there.
            check_readable("elasticsearch.ca_certs (NEWSDROP_ELASTICSEARCH_CA_CERTS)", Path(options.ca_certs))
            arguments["ca_certs"] = options.ca_certs
        try:
            return Elasticsearch(servers.with_ports(), **arguments)
        except (ValueError, TypeError, OSError) as error:
            raise ConfigError(
                f"NEWSDROP_ELASTICSEARCH_URL ({self.where}) or NEWSDROP_ELASTICSEARCH_CA_CERTS is wrong: "
                f"{error}. A URL looks like https://host:9200."
            ) from None


def _why(error: BaseException) -> str:
    """The system's reason below a library's error, else what the library says."""
    said = error.message if isinstance(error, TransportError) else str(error)
    return reason_below(error) or said.rstrip(".")


class _Prompt(HTTPConnection):
    """A connection that is made within `_CONNECT_S`, however long what is sent over it may take."""

    def connect(self) -> None:
        whole = self.timeout
        self.timeout = min(_CONNECT_S, whole) if isinstance(whole, (int, float)) else _CONNECT_S
        try:
            super().connect()
        finally:
            self.timeout = whole
        if self.sock is not None:
            self.sock.settimeout(whole if isinstance(whole, (int, float)) else None)


class _PromptTls(_Prompt, HTTPSConnection):
    """The same, with TLS."""


class _Server(Urllib3HttpNode):
    """One server; if it drops packets, that is known soon."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self.pool.ConnectionCls = _PromptTls if config.scheme == "https" else _Prompt


class _Elasticsearch(Transport):
    """Takes an answer for Elasticsearch's only if it says that it is.

    The client looks at the first answer alone. But a proxy before the server may want people to log in again
    at any time, and answers everything with a page that is a success. An error is told by its status.
    """

    def perform_request(self, *args: Any, **kwargs: Any) -> TransportApiResponse:
        meta, body = super().perform_request(*args, **kwargs)
        if 200 <= meta.status < 300 and meta.headers.get("x-elastic-product") != "Elasticsearch":
            raise UnsupportedProductError("not Elasticsearch", meta=meta, body=body)
        return TransportApiResponse(meta, body)


class _NextServer(_Elasticsearch):
    """Sends a request to the next of several servers if the one before doesn't take the connection.

    The request can't have been sent then, and at most `_CONNECT_S` were spent. Anything else is an error as
    it is: after a timeout a second try could outlast a lease, and after a lost answer it could do something
    twice or, in a scroll, leave out a page. The next request then goes to another server: this one counts as
    dead.
    """

    def perform_request(self, *args: Any, **kwargs: Any) -> TransportApiResponse:
        for _ in range(len(self.node_pool) - 1):
            try:
                return super().perform_request(*args, **kwargs)
            except TransportError as error:
                if not isinstance(error.__cause__, (NewConnectionError, ConnectTimeoutError)):
                    raise
        return super().perform_request(*args, **kwargs)


_JSON = {"accept": "application/json"}
