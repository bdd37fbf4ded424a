from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.ledger.ledger import Lane
from newsdrop.worker.envelope import REQUEST_TASK, REQUESTS, fault

MAX_BYTES = 100_000


def message(**changes: Any) -> dict[str, Any]:
    """As our scripts write it, with changes; a value of `...` takes the key away."""
    whole: dict[str, Any] = {
        "body": '[["b-1",1],{},{}]',
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "newsdrop.ingest", "id": "b-1:1"},
        "properties": {
            "delivery_tag": "b-1:1",
            "delivery_info": {"exchange": "", "routing_key": "newsdrop.ingest"},
        },
    }
    for name, value in changes.items():
        place, inner = whole, name.replace("content_type", "content-type")
        while "__" in inner:
            outer, _, inner = inner.partition("__")
            place = place[outer]
        if value is ...:
            del place[inner]
        else:
            place[inner] = value
    return whole


def judged(whole: Any, queue: str = Lane.FRESH) -> str | None:
    return fault(json.dumps(whole).encode(), queue, max_bytes=MAX_BYTES)


def request(**changes: Any) -> dict[str, Any]:
    """As a Celery program sends it."""
    body = base64.b64encode(json.dumps([[], {"path": "/a"}, EMBED]).encode()).decode()
    headers: dict[str, Any] = {
        "task": REQUEST_TASK,
        "id": "1",
        "eta": None,
        "expires": None,
        "timelimit": [None, None],
    }
    headers |= {"retries": 0, "lang": "py", "argsrepr": "()", "stamps": {}, "ignore_result": False}
    return message(headers=headers, body=body, properties__body_encoding="base64", **changes)


EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def test_what_our_scripts_write_passes_on_both_lanes() -> None:
    assert judged(message()) is None
    assert judged(message(), Lane.BACKLOG) is None


def test_what_another_celery_program_writes_passes_on_the_list_for_requests() -> None:
    assert judged(request(), REQUESTS) is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"no json", b"[]", b"null", b"17", b'"text"', b"\xff\xfe", b"[" * 50_000, b'{"body":'],
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    assert fault(raw, Lane.FRESH, max_bytes=MAX_BYTES)


@pytest.mark.parametrize(
    "changes",
    [
        {"content_type": ...},
        {"content_type": "application/x-python-serialize"},
        {"content_type": ["application/json"]},
        {"body": ...},
        {"body": {}},
        {"body": "not json"},
        {"body": '[["b-1",1],{}]'},
        {"body": "{}"},
        {"body": '[["b-1",1],[],{}]'},
        {"body": '[{"a":1},{},{}]'},
        {"body": '[["b-1"],{},{}]'},
        {"body": '[["b-1",true],{},{}]'},
        {"body": '[["b 1",1],{},{}]'},
        {"body": '[["b-1",1],{"more":1},{}]'},
        {"body": '[["b-1",1],{},{"callbacks":[{"task":"x"}]}]'},
        {"body": "%%%", "properties__body_encoding": "base64"},
        {"properties__body_encoding": "rot13"},
        {"headers": ...},
        {"headers": {}},
        {"headers": None},
        {"headers__id": ...},
        {"headers__id": 7},
        {"headers__id": ""},
        {"headers__task": "celery.chord_unlock"},
        {"headers__task": {}},
        {"headers__eta": "tomorrow"},
        {"headers__expires": 60},
        {"headers__timelimit": "soon"},
        {"headers__timelimit": [1, 2]},
        {"headers__retries": "x"},
        {"headers__compression": "application/x-bz2"},
        {"properties": ...},
        {"properties": []},
        {"properties__delivery_tag": ...},
        {"properties__delivery_tag": 1},
        {"properties__delivery_info": ...},
        {"properties__delivery_info": {"routing_key": "x"}},
        {"properties__delivery_info": {"exchange": ""}},
    ],
)
def test_every_way_of_being_malformed_is_refused_with_a_reason(changes: dict[str, Any]) -> None:
    assert judged(message(**changes))


def test_a_task_on_the_wrong_list_is_refused() -> None:
    assert judged(message(), REQUESTS)
    assert judged(request())


def test_a_request_with_positional_arguments_is_refused() -> None:
    assert judged(request() | {"body": base64.b64encode(b'[["/a"],{},{}]').decode()}, REQUESTS)


@pytest.mark.parametrize("kwargs", ['{"self":"x"}', '{"path":["/a"]}', '{"path":{"a":"b"}}'])
def test_a_request_that_the_task_can_not_take_is_refused(kwargs: str) -> None:
    body = base64.b64encode(f"[[],{kwargs},{{}}]".encode()).decode()
    assert judged(request() | {"body": body}, REQUESTS)


def test_an_oversized_message_is_refused_by_the_name_of_its_setting() -> None:
    assert "limits.message_bytes" in str(fault(b"x" * (MAX_BYTES + 1), Lane.FRESH, max_bytes=MAX_BYTES))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PARTS = ("body", "content-type", "content-encoding", "headers", "properties")


@given(st.sampled_from(PARTS), JSON, st.sampled_from([Lane.FRESH, REQUESTS]))
def test_no_json_in_any_part_makes_it_raise(part: str, value: Any, queue: str) -> None:
    judged(message() | {part: value}, queue)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_reason(raw: bytes) -> None:
    assert fault(raw, Lane.FRESH, max_bytes=MAX_BYTES)
