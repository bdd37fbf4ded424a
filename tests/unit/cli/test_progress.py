"""The lines where there is no terminal."""

from __future__ import annotations

import pytest

from newsdrop.cli.progress import Progress
from newsdrop.documents import State
from newsdrop.monitor.status import IndexFacts, LedgerFacts, Queue, Services, Status


def status(gate: str | None = None, **states: int) -> Status:
    return Status(
        states={state.value: states.get(state.value, 0) for state in State},
        queue=Queue(lanes={}, batches=0, due=0, inbox=0, gate=gate),
        letters={},
        watchers={},
        workers={},
        services=Services(redis="embedded", index="embedded"),
        ledger=LedgerFacts(born="x"),
        index=IndexFacts(),
    )


def test_without_a_terminal_a_line_is_written_when_something_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = iter([0.0, 1.0, 10.0, 20.0, 30.0])
    with Progress(clock_s=lambda: next(clock)) as progress:
        progress.show(status(queued=2))
        progress.show(status(indexed=1, queued=1))
        progress.show(status(indexed=2))
        progress.show(status(indexed=2))
        progress.show(status(indexed=2, gate="elasticsearch: away\x1b"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "2 queued",
        "2 indexed",
        "2 indexed; work is paused: elasticsearch: away\\x1b",
    ]
