"""Every exception of the client library becomes one of ours, and the message says what to do."""

from __future__ import annotations

import pickle
from typing import Any

import elastic_transport
import elasticsearch
import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig

from newsdrop.errors import ConfigError, NewsdropError, OutageError
from newsdrop.index.answers import plain_reason
from newsdrop.index.client import Client
from newsdrop.index.store import ElasticsearchOptions

CLIENT = Client(ElasticsearchOptions(url="http://user:secret@localhost:9200"))


def answered(status: int, kind: str = "some_exception", reason: str = "because") -> elasticsearch.ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "localhost", 9200))
    return elasticsearch.ApiError("m", meta, {"error": {"type": kind, "reason": reason}})


@pytest.mark.parametrize(
    ("error", "expected", "says"),
    [
        (answered(401), ConfigError, "NEWSDROP_ELASTICSEARCH_API_KEY"),
        (answered(403), ConfigError, "NEWSDROP_ELASTICSEARCH_PASSWORD"),
        (answered(404), ConfigError, "newsdrop index init"),
        (answered(400, reason="odd"), ConfigError, "odd"),
        (answered(400, "index_closed_exception", "closed"), ConfigError, "open it"),
        (answered(403, "cluster_block_exception"), OutageError, "newsdrop index migrate"),
        (answered(429), OutageError, "overloaded"),
        (answered(500), OutageError, "failing"),
        (answered(503), OutageError, "failing"),
        (elastic_transport.ConnectionError("refused"), OutageError, "can't be reached"),
        (elastic_transport.ConnectionTimeout("slow"), OutageError, "can't be reached"),
        (elastic_transport.TlsError("bad record"), OutageError, "can't be reached"),
        (elastic_transport.ConnectionError("refused"), OutageError, "elasticsearch.url"),
        (elastic_transport.TlsError("[SSL] wrong version number"), OutageError, "speak TLS"),
        (
            elastic_transport.TlsError("CERTIFICATE_VERIFY_FAILED"),
            ConfigError,
            "NEWSDROP_ELASTICSEARCH_CA_CERTS",
        ),
        (elastic_transport.SerializationError("<html>"), OutageError, "proxy"),
        (
            elasticsearch.UnsupportedProductError("x", meta=answered(200).meta, body={}),
            ConfigError,
            "is not Elasticsearch",
        ),
    ],
)
def test_each_error_is_translated(error: Exception, expected: type[NewsdropError], says: str) -> None:
    def fail() -> None:
        with CLIENT.translated():
            raise error

    with pytest.raises(NewsdropError, match=says) as caught:
        fail()
    assert type(caught.value) is expected
    assert "secret" not in caught.value.message
    assert pickle.loads(pickle.dumps(caught.value)).message == caught.value.message


def test_no_transport_error_is_forgotten() -> None:
    known = vars(elastic_transport).values()
    kinds = [
        one for one in known if isinstance(one, type) and issubclass(one, elastic_transport.TransportError)
    ]
    assert len(kinds) >= 6
    for kind in kinds:
        assert isinstance(CLIENT.ours(kind("x")), NewsdropError)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"reason": "a", "caused_by": {"reason": "b", "caused_by": {"reason": "a"}}}}, "a: b"),
        ({"error": {"type": "t"}}, "t"),
        ({"error": "text\n more"}, "text more"),
        ("plain", "plain"),
        (None, "no reason given"),
        ({}, "no reason given"),
    ],
)
def test_the_servers_reason_is_one_line_with_its_causes(body: Any, expected: str) -> None:
    assert plain_reason(body) == expected


def test_a_file_of_authorities_that_cannot_be_read_is_named_before_anything_is_sent() -> None:
    options = ElasticsearchOptions(url="https://localhost:1", ca_certs="/nowhere/ca.pem")
    with pytest.raises(
        ConfigError, match=r"NEWSDROP_ELASTICSEARCH_CA_CERTS\) names /nowhere/ca.pem.*No such file"
    ):
        _ = Client(options).api
