"""The gauges of a queue in which nothing happens, to be changed where a test needs it."""

from __future__ import annotations

from newsdrop.documents import Stage, State
from newsdrop.ledger.gauges import LaneGauges, QueueGauges
from newsdrop.ports import Lane

IDLE = QueueGauges(
    born="abc",
    states={state.value: 0 for state in State},
    lanes={lane.value: LaneGauges(drops=0, messages=0, oldest_s=0.0) for lane in Lane},
    batches=0,
    retries=0,
    overdue_s=0.0,
    inbox=0,
    inbox_oldest_s=0.0,
    gate=None,
    letters={stage.value: 0 for stage in Stage},
    unmirrored=0,
    letters_lost=0,
    tick_s=None,
    memory_bytes=100,
    memory_limit_bytes=0,
    meters={},
    watchers={},
    workers={},
)


def states(**drops: int) -> dict[str, int]:
    """Every state, with no drops in those that aren't named."""
    return {**IDLE.states, **drops}


def letters(**open_letters: int) -> dict[str, int]:
    """Every stage, with no letters in those that aren't named."""
    return {**IDLE.letters, **open_letters}
