"""What a failing server means: an outage, a person's task, or one document's fate.

Faults that a real server can't be made to show come from a stub that speaks just enough of its protocol; the
real ones (stopped, paused, blocked, misconfigured) are in test_real_faults.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tests.inputs.index_samples import make_document
from tests.servers.http_server import ELASTICSEARCH, Answer, HttpServer, Request

from newsdrop.errors import ConfigError, OutageError
from newsdrop.index.bulk import index_line
from newsdrop.index.client import Client
from newsdrop.index.pace import PaceLimits
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.index.writer import Writer
from newsdrop.ports import WriteContext

Item = dict[str, Any]
#: A status and what is written as JSON, or a page as it is.
Told = tuple[int, Any]


class Stub(HttpServer):
    """A server whose answer to a bulk of these ids is `bulk(ids)`, and to the ping `ping`."""

    def __init__(self) -> None:
        self.bulk: Callable[[list[str]], Told] = lambda ids: (200, items([ok() for _ in ids]))
        self.ping = 200
        #: The answer to which indexes are behind an alias.
        self.behind: Item = {}
        self.bulks: list[list[str]] = []
        super().__init__()

    def answer(self, request: Request) -> Answer | None:
        if request.method == "GET":
            return _written(*self._asked(request.path))
        lines = request.body.splitlines()
        ids = [json.loads(line)["index"]["_id"] for line in lines[::2]]
        self.bulks.append(ids)
        status, body = self.bulk(ids)
        return _written(status, body) if status else None

    def _asked(self, path: str) -> Told:
        if "/_alias/" in path:
            return 200 if self.behind else 404, self.behind
        return self.ping, {"version": {"number": "8.16.1"}}


def _written(status: int, body: Any) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if data.startswith(b"<html><") else "application/json"
    return Answer(status, data, ELASTICSEARCH | {"content-type": kind})


def ok() -> Item:
    return {"status": 201}


def bad(status: int, kind: str, reason: str = "because") -> Item:
    return {"status": status, "error": {"type": kind, "reason": reason}}


def items(values: list[Item]) -> dict[str, Any]:
    return {"errors": True, "items": [{"index": value} for value in values]}


def whole(status: int, kind: str, reason: str = "because") -> Told:
    return status, {"error": {"type": kind, "reason": reason}, "status": status}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as one:
        yield one


@pytest.fixture
def writer(stub: Stub) -> Iterator[Writer]:
    client = Client(ElasticsearchOptions(url=stub.url, timeout_s=2))
    yield Writer(client, PaceLimits(most_bytes=1_000_000), sleep=lambda _s: None)
    client.close()


LINES = [index_line(make_document(number)) for number in range(4)]
IDS = [line.document_id for line in LINES]


def written(writer: Writer) -> list[str]:
    return [result.status for result in writer.write("alias", LINES)]


def test_every_kind_of_item_gets_its_own_outcome(stub: Stub, writer: Writer) -> None:
    each = [
        ok(),
        bad(409, "version_conflict_engine_exception"),
        bad(429, "es_rejected_execution_exception"),
        bad(400, "document_parsing_exception"),
    ]
    stub.bulk = lambda _ids: (200, items(each))
    results = writer.write("alias", LINES)
    assert [result.status for result in results] == ["indexed", "superseded", "busy", "rejected"]
    assert results[3].reason == "document_parsing_exception: because"
    assert [result.document_id for result in results] == IDS


@pytest.mark.parametrize(("status", "expected"), [(500, "busy"), (503, "busy"), (413, "rejected")])
def test_one_failing_item_leaves_its_siblings_alone(
    stub: Stub, writer: Writer, status: int, expected: str
) -> None:
    stub.bulk = lambda _ids: (200, items([ok(), bad(status, "some_exception"), ok(), ok()]))
    assert written(writer) == ["indexed", expected, "indexed", "indexed"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 0])
def test_a_server_error_while_the_ping_answers_sends_one_by_one(
    stub: Stub, writer: Writer, status: int
) -> None:
    poison = IDS[2]
    stub.bulk = lambda ids: whole(status, "x") if poison in ids else (200, items([ok() for _ in ids]))
    assert written(writer) == ["indexed", "indexed", "busy", "indexed"]
    trial = ["newsdrop-trial"]
    assert stub.bulks == [IDS, trial, [IDS[0]], [IDS[1]], [poison], trial, [IDS[3]]]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 0])
def test_a_server_error_for_everything_is_an_outage_though_the_ping_answers(
    stub: Stub, writer: Writer, status: int
) -> None:
    stub.bulk = lambda _ids: whole(status, "x")
    for lines in (LINES, LINES[:1]):
        with pytest.raises(OutageError, match="Elasticsearch at http"):
            writer.write("alias", lines)


@pytest.mark.parametrize("kind", ["i_o_exception", "already_closed_exception"])
def test_a_server_error_for_every_item_is_an_outage_unless_others_are_taken(
    stub: Stub, writer: Writer, kind: str
) -> None:
    stub.bulk = lambda ids: (200, items([bad(500, kind, "No space left on device") for _ in ids]))
    for lines in (LINES, LINES[:1]):
        with pytest.raises(OutageError, match="No space left on device"):
            writer.write("alias", lines)
    stub.bulk = lambda ids: (200, items([ok() if one == "newsdrop-trial" else bad(500, kind) for one in ids]))
    assert written(writer) == ["busy"] * 4


def test_a_missing_shard_is_an_outage_though_the_other_shards_take_their_documents(
    stub: Stub, writer: Writer
) -> None:
    stub.bulk = lambda _ids: (200, items([ok(), bad(503, "unavailable_shards_exception"), ok(), ok()]))
    with pytest.raises(OutageError, match="503"):
        written(writer)


@pytest.mark.parametrize("status", [500, 503, 0])
def test_a_server_error_while_the_ping_fails_is_an_outage(stub: Stub, writer: Writer, status: int) -> None:
    stub.bulk, stub.ping = (lambda _ids: whole(status, "x")), 503
    with pytest.raises(OutageError, match="Elasticsearch at http"):
        written(writer)
    assert len(stub.bulks) == 1


def test_a_bulk_refused_for_load_is_an_outage_though_the_ping_answers(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda _ids: whole(429, "es_rejected_execution_exception")
    with pytest.raises(OutageError, match="overloaded"):
        written(writer)


def test_a_bulk_whose_every_item_is_refused_for_load_is_an_outage(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda ids: (200, items([bad(429, "es_rejected_execution_exception") for _ in ids]))
    with pytest.raises(OutageError):
        written(writer)


def test_a_single_document_refused_for_load_is_an_outage_and_no_attempt(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda ids: (200, items([bad(429, "es_rejected_execution_exception") for _ in ids]))
    with pytest.raises(OutageError):
        writer.write("alias", LINES[:1])
    assert len(stub.bulks) > 1


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("circuit_breaking_exception", "because"),
        (
            "es_rejected_execution_exception",
            "rejected execution of primary operation [primary_operation_bytes=900, max_primary_bytes=800]",
        ),
    ],
)
def test_a_single_document_that_may_itself_be_the_load_is_only_busy(
    stub: Stub, writer: Writer, kind: str, reason: str
) -> None:
    stub.bulk = lambda ids: (200, items([bad(429, kind, reason) for _ in ids]))
    (result,) = writer.write("alias", LINES[:1])
    assert result.status == "busy"


def test_a_bulk_refused_for_load_is_sent_again_in_smaller_requests_and_later(stub: Stub) -> None:
    client = Client(ElasticsearchOptions(url=stub.url))
    size = len(LINES[0].body)
    slept: list[float] = []
    limits = PaceLimits(most_bytes=5 * size, least_bytes=size)
    writer = Writer(client, limits, sleep=slept.append)
    stub.bulk = lambda ids: (
        whole(429, "es_rejected_execution_exception") if len(ids) > 2 else (200, items([ok() for _ in ids]))
    )
    assert written(writer) == ["indexed"] * 4
    assert stub.bulks == [IDS, IDS[:2], IDS[2:]]
    assert slept
    client.close()


def test_a_pause_is_not_taken_for_a_slow_server(stub: Stub) -> None:
    client = Client(ElasticsearchOptions(url=stub.url))
    size, clock = len(LINES[0].body), [0.0]

    def sleep(_seconds: float) -> None:
        clock[0] += 100

    limits = PaceLimits(most_bytes=5 * size, least_bytes=size)
    writer = Writer(client, limits, clock_s=lambda: clock[0], sleep=sleep)
    stub.bulk = lambda ids: (
        whole(429, "es_rejected_execution_exception") if len(ids) > 2 else (200, items([ok() for _ in ids]))
    )
    assert written(writer) == ["indexed"] * 4
    assert written(writer) == ["indexed"] * 4
    assert stub.bulks[3:] == [IDS[:2], IDS[2:]]
    client.close()


def test_large_documents_go_last_and_results_keep_their_order(stub: Stub) -> None:
    client = Client(ElasticsearchOptions(url=stub.url))
    large = index_line(make_document(9, text="長" * 5_000))
    limits = PaceLimits(most_bytes=len(large.body))
    results = Writer(client, limits).write("alias", [large, *LINES])
    assert [result.document_id for result in results] == [large.document_id, *IDS]
    assert stub.bulks[-1] == [large.document_id]
    client.close()


def test_one_document_too_big_for_the_servers_memory_does_not_stop_the_others(
    stub: Stub, writer: Writer
) -> None:
    stub.bulk = lambda ids: (
        whole(429, "circuit_breaking_exception") if IDS[1] in ids else (200, items([ok() for _ in ids]))
    )
    assert written(writer) == ["indexed", "busy", "indexed", "indexed"]


def test_a_request_that_is_too_large_is_halved_until_it_fits(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda ids: whole(413, "too_large") if IDS[3] in ids else (200, items([ok() for _ in ids]))
    results = writer.write("alias", LINES)
    assert [result.status for result in results] == ["indexed"] * 3 + ["rejected"]
    assert "over the server's limit" in results[3].reason
    assert stub.bulks == [IDS, IDS[:2], IDS[2:], [IDS[2]], [IDS[3]]]


def test_a_bulk_refused_as_a_whole_is_one_documents_fault(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda ids: (
        whole(400, "x_content_parse_exception", "no JSON")
        if IDS[0] in ids
        else (200, items([ok() for _ in ids]))
    )
    results = writer.write("alias", LINES)
    assert [result.status for result in results] == ["rejected", "indexed", "indexed", "indexed"]
    assert results[0].reason == "no JSON"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_names_its_settings(stub: Stub, writer: Writer, status: int) -> None:
    stub.bulk = lambda _ids: whole(status, "security_exception", "unable to authenticate")
    with pytest.raises(
        ConfigError, match=r"NEWSDROP_ELASTICSEARCH_API_KEY, .*NEWSDROP_ELASTICSEARCH_USERNAME"
    ):
        written(writer)


def test_a_credential_refused_per_item_names_its_settings(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda ids: (200, items([bad(403, "security_exception") for _ in ids]))
    with pytest.raises(ConfigError, match="NEWSDROP_ELASTICSEARCH_API_KEY"):
        written(writer)


@pytest.mark.parametrize("status", [403, 429])
def test_a_blocked_index_is_an_outage(stub: Stub, writer: Writer, status: int) -> None:
    stub.bulk = lambda ids: (200, items([bad(status, "cluster_block_exception", "flood-stage") for _ in ids]))
    with pytest.raises(OutageError, match="disk is full"):
        written(writer)


def test_an_index_without_a_working_shard_is_an_outage_even_for_one_document(
    stub: Stub, writer: Writer
) -> None:
    stub.bulk = lambda ids: (200, items([bad(503, "unavailable_shards_exception") for _ in ids]))
    with pytest.raises(OutageError):
        writer.write("alias", LINES[:1])


def test_something_else_at_the_address_is_no_success(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda _ids: (200, {"hello": "world"})
    with pytest.raises(OutageError, match="proxy"):
        written(writer)


def test_an_answer_that_is_no_json_is_no_success(stub: Stub, writer: Writer) -> None:
    stub.bulk, stub.ping = (lambda _ids: (200, b"<html>")), 503
    with pytest.raises(OutageError):
        written(writer)


def test_bulks_keep_below_their_size(stub: Stub) -> None:
    client = Client(ElasticsearchOptions(url=stub.url))
    size = len(LINES[0].body)
    assert [
        result.status for result in Writer(client, PaceLimits(most_bytes=size * 2 + 5)).write("a", LINES)
    ] == ["indexed"] * 4
    assert stub.bulks == [IDS[:2], IDS[2:]]
    client.close()


def test_a_lease_can_be_renewed_before_every_request(stub: Stub, writer: Writer) -> None:
    calls: list[int] = []
    context = WriteContext(before_request=lambda: calls.append(len(stub.bulks)))
    stub.bulk = lambda ids: whole(500, "x") if len(ids) > 1 else (200, items([ok()]))
    assert [one.status for one in writer.write("alias", LINES, context)] == ["indexed"] * 4
    assert calls == [0, 1, 2, 3, 4, 5]


def in_index(ids: list[str], **told: Any) -> list[Item]:
    """The items of a server that has written all of them, but the second one as `told`."""
    usual = [{"status": 201, "result": "created", "_index": "alias-000001", "_id": one} for one in ids]
    return [{**item, **told} if at == 1 else item for at, item in enumerate(usual)]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        # What a real server answers where the processor `drop` or `reroute` took the document.
        ({"status": 200, "result": "noop", "_version": -3}, "drops it"),
        ({"_index": "elsewhere-000001"}, "index elsewhere-000001"),
        ({"_id": "another"}, "another id"),
    ],
)
def test_a_document_that_an_ingest_pipeline_takes_away_is_not_called_indexed(
    stub: Stub, writer: Writer, told: Item, reason: str
) -> None:
    stub.behind = {"alias-000001": {"aliases": {"alias": {}}}}
    stub.bulk = lambda ids: (200, items(in_index(ids, **told)))
    results = writer.write("alias", LINES)
    assert [result.status for result in results] == ["indexed", "rejected", "indexed", "indexed"]
    assert "an ingest pipeline of the index" in results[1].reason
    assert reason in results[1].reason


def test_a_document_that_an_ingest_pipeline_sends_nowhere_stops_no_other(stub: Stub, writer: Writer) -> None:
    refused = bad(404, "index_not_found_exception", "no such index [nowhere]")
    stub.bulk = lambda ids: (200, items([refused if one == IDS[1] else ok() for one in ids]))
    results = writer.write("alias", LINES)
    assert [result.status for result in results] == ["indexed", "rejected", "indexed", "indexed"]
    assert "nowhere" in results[1].reason


def test_a_missing_index_is_no_documents_fault(stub: Stub, writer: Writer) -> None:
    stub.bulk = lambda ids: (200, items([bad(404, "index_not_found_exception") for _ in ids]))
    with pytest.raises(ConfigError, match="newsdrop index init"):
        written(writer)


def _all_as(item: Item, ids: list[str]) -> Told:
    return 200, items([item for _ in ids])


def test_the_next_index_behind_the_alias_is_no_strange_one(stub: Stub, writer: Writer) -> None:
    for name in ("alias-000001", "alias-000002"):
        stub.behind = {name: {"aliases": {"alias": {}}}}
        item = {**ok(), "_index": name}
        stub.bulk = partial(_all_as, item)
        assert written(writer) == ["indexed"] * 4
    # An alias of a migration that has just ended.
    stub.behind = {}
    assert [result.status for result in writer.write("alias-next", LINES)] == ["indexed"] * 4


def test_a_second_index_behind_the_alias_stops_the_writes_to_it(stub: Stub, writer: Writer) -> None:
    stub.behind = {"alias-000001": {"aliases": {"alias": {}}}}
    stub.bulk = partial(_all_as, {**ok(), "_index": "alias-000001"})
    assert written(writer) == ["indexed"] * 4
    stub.behind["alias-000002"] = {"aliases": {"alias": {"is_write_index": True}}}
    stub.bulk = partial(_all_as, {**ok(), "_index": "alias-000002"})
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"several indexes \(alias-000001, alias-000002\): keep one"):
            written(writer)


@pytest.mark.parametrize("status", [200, 302, 403, 404, 408, 431, 451])
def test_a_document_that_a_firewall_refuses_stops_no_other(stub: Stub, writer: Writer, status: int) -> None:
    page = b"<html><b>The requested URL was rejected.</b></html>"
    stub.bulk = lambda ids: (status, page) if IDS[2] in ids else (200, items([ok() for _ in ids]))
    results = writer.write("alias", LINES)
    assert [result.status for result in results] == ["indexed", "indexed", "busy", "indexed"]
    assert f"before the server refuses it ({status}" in results[2].reason


@pytest.mark.parametrize("status", [302, 403, 408])
def test_something_that_refuses_all_bulks_is_no_documents_fault(
    stub: Stub, writer: Writer, status: int
) -> None:
    stub.bulk = lambda _ids: (status, b"<html><b>Log in first.</b></html>")
    with pytest.raises(ConfigError, match=str(status)):
        written(writer)
