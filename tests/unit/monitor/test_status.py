"""The status: complete, and given even while the index is away."""

from __future__ import annotations

from pathlib import Path

import msgspec

from newsdrop.documents import Stage, State
from newsdrop.errors import OutageError
from newsdrop.ledger.ledger import Gate, Lane
from newsdrop.monitor.status import Services, read_status

SERVICES = Services(redis="embedded", index="http://127.0.0.1:9200")


class FakeLedger:
    closed: Gate | None = None

    def counts(self) -> dict[State, int]:
        return {State.QUEUED: 2, State.INDEXED: 40, State.DEAD: 1}

    def depth(self) -> dict[Lane, int]:
        return {Lane.FRESH: 2, Lane.BACKLOG: 0}

    def batch_count(self) -> int:
        return 1

    def due_count(self) -> int:
        return 3

    def inbox_length(self) -> int:
        return 4

    def gate(self) -> Gate | None:
        return self.closed

    def waiting_s(self) -> dict[str, float]:
        return {Lane.FRESH.value: 3.5, Lane.BACKLOG.value: 0.0}

    def reports(self, kind: str) -> dict[str, dict[str, int]]:
        return {"host-1": {"files": 43}} if kind == "watcher" else {}

    def born(self) -> str:
        return "abc"


class FakeLetters:
    def count_by_stage(self) -> dict[Stage, int]:
        return {Stage.PARSE: 1, Stage.READ: 0}


class FakeStore:
    def count(self) -> int:
        return 40


class AwayStore:
    def count(self) -> int:
        raise OutageError("Elasticsearch does not answer.")


def test_the_status_as_json_names_every_state_and_every_queue() -> None:
    told = msgspec.json.decode(
        msgspec.json.encode(read_status(FakeLedger(), FakeLetters(), FakeStore(), SERVICES))
    )
    assert told["states"].keys() == {state.value for state in State}
    assert told["states"]["indexed"] == 40
    assert told["queue"] == {
        "lanes": {"newsdrop.ingest": 2, "newsdrop.backlog": 0},
        "batches": 1,
        "due": 3,
        "inbox": 4,
        "gate": None,
        "gate_since_ms": None,
        "oldest_s": {"newsdrop.ingest": 3.5, "newsdrop.backlog": 0.0},
    }
    assert told["letters"] == {"parse": 1}
    assert told["index"] == {"documents": 40, "error": None}
    assert told["watchers"] == {"host-1": {"files": 43}}


def test_the_status_is_given_while_the_index_is_away() -> None:
    ledger = FakeLedger()
    ledger.closed = Gate("elasticsearch", "it does not answer", 1)
    status = read_status(ledger, FakeLetters(), AwayStore(), SERVICES)
    assert status.index.documents is None
    assert status.index.error == "Elasticsearch does not answer."
    assert status.queue.gate == "elasticsearch: it does not answer"
    assert status.open_drops == 2


def test_a_ledger_that_was_emptied_since_the_last_look_shows(tmp_path: Path) -> None:
    def look(born: str) -> bool:
        ledger = FakeLedger()
        ledger.born = lambda: born
        memory = tmp_path / "state" / "ledger"
        return read_status(ledger, FakeLetters(), None, SERVICES, memory=memory).ledger.reset

    assert [look(born) for born in ("", "one", "one", "", "two", "two")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]
