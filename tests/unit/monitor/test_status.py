"""The status: complete, and given even while the index is away."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace
from tests.fakes.gauges import IDLE, letters, states

from newsdrop.documents import State
from newsdrop.errors import OutageError
from newsdrop.ledger.gauges import LaneGauges
from newsdrop.monitor.status import Services, read_status
from newsdrop.ports import Gate

SERVICES = Services(redis="embedded", index="http://127.0.0.1:9200")
NOW = replace(
    IDLE,
    states=states(queued=2, indexed=40, dead=1),
    lanes=IDLE.lanes | {"newsdrop.ingest": LaneGauges(drops=2, messages=1, oldest_s=3.5)},
    batches=1,
    retries=3,
    inbox=4,
    letters=letters(parse=1),
    watchers={"host-1": {"files": 43}},
)


class FakeStore:
    def count(self) -> int:
        return 40


class AwayStore:
    def count(self) -> int:
        raise OutageError("Elasticsearch does not answer.")


def test_the_status_as_json_names_every_state_and_every_queue() -> None:
    told = msgspec.json.decode(msgspec.json.encode(read_status(NOW, FakeStore(), SERVICES)))
    assert told["states"].keys() == {state.value for state in State}
    assert told["states"]["indexed"] == 40
    assert told["queue"] == {
        "lanes": {"newsdrop.ingest": 2, "newsdrop.backlog": 0},
        "batches": 1,
        "due": 3,
        "inbox": 4,
        "requests": 0,
        "gate": None,
        "gate_since_ms": None,
        "oldest_s": {"newsdrop.ingest": 3.5, "newsdrop.backlog": 0.0},
    }
    assert told["letters"] == {"parse": 1}
    assert told["index"] == {"documents": 40, "error": None}
    assert told["watchers"] == {"host-1": {"files": 43}}


def test_the_status_is_given_while_the_index_is_away() -> None:
    closed = replace(NOW, gate=Gate("elasticsearch", "it does not answer", 1))
    status = read_status(closed, AwayStore(), SERVICES)
    assert status.index.documents is None
    assert status.index.error == "Elasticsearch does not answer."
    assert status.queue.gate == "elasticsearch: it does not answer"
    assert status.open_drops == 2


def test_a_ledger_that_was_emptied_since_the_last_look_shows(tmp_path: Path) -> None:
    def look(born: str) -> bool:
        memory = tmp_path / "state" / "ledger"
        return read_status(replace(NOW, born=born), None, SERVICES, memory=memory).ledger.reset

    assert [look(born) for born in ("", "one", "one", "", "two", "two")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]
