"""Every row of what ends, restarts or freezes a stock Celery worker: ours lives, and keeps the raw bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.servers.celery_worker import CeleryWorker, drops_of, indexed_exactly, write_articles
from tests.waiting import until

from newsdrop.documents import Stage, State
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger

pytestmark = pytest.mark.redis

LISTS = ("newsdrop:newsdrop.ingest", "newsdrop:newsdrop.backlog", "newsdrop:newsdrop.requests")


def envelope(**changes: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "body": '[["none-1",1],{},{}]',
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "newsdrop.ingest", "id": "none-1:1"},
        "properties": {"delivery_tag": "t", "delivery_info": {"exchange": "", "routing_key": "q"}},
    }
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def headers(**changes: Any) -> dict[str, Any]:
    return envelope(headers=envelope()["headers"] | changes)


def properties(**changes: Any) -> dict[str, Any]:
    kept = envelope()["properties"] | changes
    return envelope(properties={name: value for name, value in kept.items() if value is not ...})


PICKLE = base64.b64encode(b"cos\nsystem\n(S'touch /tmp/pwned'\ntR.").decode()

ROWS: dict[str, Any] = {
    "not JSON": b"rubbish \xff\x00",
    "empty": b"",
    "a JSON list": [1, 2],
    "null": None,
    "body not base64": envelope(body="%%%")
    | {"properties": properties(body_encoding="base64")["properties"]},
    "no content type": envelope(**{"content-type": ...}),
    "unknown content encoding": envelope(**{"content-encoding": "rot-13"}),
    "no body": envelope(body=...),
    "body a dict": envelope(body="{}"),
    "body an object": envelope(body={}),
    "body of two items": envelope(body='[["none-1",1],{}]'),
    "body not JSON": envelope(body="rubbish"),
    "kwargs a list": envelope(body='[["none-1",1],[],{}]'),
    "wrong arguments": envelope(body='[[{"a":1}],{},{}]'),
    "bad time limit": headers(timelimit="soon"),
    "bad eta": headers(eta="some day"),
    "expires": headers(expires="2001-01-01"),
    "no id": envelope(headers={"task": "newsdrop.ingest"}),
    "no properties": envelope(properties=...),
    "no delivery tag": properties(delivery_tag=...),
    "no delivery info": properties(delivery_info=...),
    "no exchange": properties(delivery_info={"routing_key": "q"}),
    "no headers": envelope(headers=...),
    "empty headers": envelope(headers={}),
    "unknown task": headers(task="os.system"),
    "task no text": headers(task=["newsdrop.ingest"]),
    "pickle": envelope(body=PICKLE, **{"content-type": "application/x-python-serialize"}),
    "protocol 1": envelope(headers={}, body='{"task":"newsdrop.ingest","id":"1","args":[],"kwargs":{}}'),
}


def test_every_malformed_message_is_kept_and_the_worker_lives_on(
    start_worker: Callable[..., CeleryWorker], ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    worker = start_worker()
    raws = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in ROWS.values()]
    assert len(set(raws)) == len(raws)
    for number, raw in enumerate(raws):
        ledger.client.lpush(LISTS[number % 3], raw)
    ledger.enqueue(drops_of(write_articles(folder, 3)))

    until(lambda: len(letters.list()) == len(raws), what=worker.text)
    until(lambda: ledger.counts()[State.INDEXED] == 3, what=worker.text)
    found = letters.list()
    assert {letter.stage for letter in found} == {Stage.MESSAGE}
    kept = {(full := letters.show(letter.id)) and full.raw for letter in found}
    assert kept == set(raws)
    assert worker.alive()
    assert "Traceback" not in worker.text()
    assert "connection" not in worker.text().lower().replace("connected", "")


def test_each_malformed_message_alone_is_survived_by_the_next_task(
    start_worker: Callable[..., CeleryWorker], ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    worker = start_worker({"NEWSDROP_WORKER_PROCESSES": "1"})
    files = write_articles(folder, len(ROWS))
    for number, (row, path) in enumerate(zip(ROWS.values(), files, strict=True), 1):
        ledger.client.lpush(LISTS[0], row if isinstance(row, bytes) else json.dumps(row))
        ledger.enqueue(drops_of([path]))
        until(partial(indexed_exactly, ledger, number), what=worker.text)
    assert len(letters.list()) == len(ROWS)


def test_a_duplicate_or_a_hint_to_nowhere_is_no_letter_and_no_work(
    start_worker: Callable[..., CeleryWorker], ledger: Ledger, letters: DeadLetters, folder: Path
) -> None:
    ledger.enqueue(drops_of(write_articles(folder, 2)))
    (hint,) = ledger.client.lrange(LISTS[0], 0, -1)
    worker = start_worker()
    ledger.client.lpush(LISTS[0], hint, hint, json.dumps(envelope()))
    until(lambda: ledger.counts()[State.INDEXED] == 2, what=worker.text)
    # The log comes after the ledger.
    until(lambda: worker.text().count(" succeeded in ") == 4, what=worker.text)
    assert letters.list() == []
    assert worker.text().count("batch.finished") == 1


def test_a_request_that_is_too_large_only_for_the_inbox_becomes_a_letter(
    start_worker: Callable[..., CeleryWorker], ledger: Ledger, letters: DeadLetters
) -> None:
    worker = start_worker({"NEWSDROP_LIMITS_MESSAGE_BYTES": "100000"})
    # A client that sends UTF-8: three bytes each, and six in the inbox's ASCII.
    named = {"name": "的" * 20_000}
    body = json.dumps([[], named, {}], ensure_ascii=False)
    request = headers(task="newsdrop.enqueue") | {"body": body}
    ledger.client.lpush(LISTS[2], json.dumps(request, ensure_ascii=False).encode())
    (letter,) = until(letters.list, what=worker.text)
    assert "limits.message_bytes" in letter.error_message
    shown = letters.show(letter.id)
    assert shown is not None
    assert json.loads(shown.raw or b"") == named
