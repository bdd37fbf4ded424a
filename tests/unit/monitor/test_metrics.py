from __future__ import annotations

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.fakes.gauges import IDLE, states

from newsdrop.errors import OutageError
from newsdrop.ledger.gauges import LaneGauges, QueueGauges
from newsdrop.meters import CATALOGUE
from newsdrop.monitor.metrics import MetricsCollector
from newsdrop.ports import Gate

NOW = replace(
    IDLE,
    states=states(indexed=5),
    lanes=IDLE.lanes | {"newsdrop.ingest": LaneGauges(drops=3, messages=2, oldest_s=1.5)},
    gate=Gate("index", "It doesn't answer.", 1),
    letters_lost=7,
    tick_s=2.0,
    meters={
        "newsdrop_latency_seconds|0": 4,
        "newsdrop_latency_seconds|1": 1,
        "newsdrop_latency_seconds|sum": 2_500_000,
    },
    workers={"a-1": {"processes": 4, "busy": 3, "missing": ["/a"]}, "b-2": {"processes": 2, "busy": 2}},
    watchers={
        "a:9": {"unsettled": 2, "waiting": 1, "oldest_unsettled_s": 8, "folders": [{"present": False}]},
        "b:9": {"folders": [{"passed_over": {"asset": 3}}, {"passed_over": {"asset": 4, "odd": 1}}]},
    },
)


class Letters:
    def __init__(self, sizes: dict[str, int] | None = None) -> None:
        self.sizes = sizes or {}
        self.asked = 0

    def group_sizes(self, latest: int) -> dict[str, int]:
        self.asked += 1
        return self.sizes


def registry(letters: Letters | None = None, now_s: list[float] | None = None) -> CollectorRegistry:
    made = CollectorRegistry()
    clock = now_s or [0.0]
    made.register(MetricsCollector(lambda: NOW, letters or Letters(), clock_s=lambda: clock[0]))
    return made


def test_every_metric_of_the_catalogue_is_told_and_no_other() -> None:
    families = [*text_string_to_metric_families(generate_openmetrics(registry()).decode())]
    told = {
        family.name + ("_total" if family.type == "counter" else ""): (family.type, family.documentation)
        for family in families
    }
    assert told == {name: (metric.kind, metric.help) for name, metric in CATALOGUE.items()}


def test_the_numbers_are_those_that_were_read() -> None:
    text = generate_latest(registry()).decode()
    for line in (
        'newsdrop_drops{state="indexed"} 5.0',
        'newsdrop_queue_oldest_message_seconds{lane="newsdrop.ingest"} 1.5',
        'newsdrop_gate_closed{service="index"} 1.0',
        'newsdrop_gate_closed{service="worker"} 0.0',
        "newsdrop_workers 2.0",
        'newsdrop_worker_processes{state="busy"} 5.0',
        'newsdrop_worker_processes{state="idle"} 1.0',
        "newsdrop_worker_missing_folders 1.0",
        "newsdrop_watch_unsettled_files 2.0",
        "newsdrop_watch_missing_folders 1.0",
        'newsdrop_watch_passed_over{reason="asset"} 7.0',
        'newsdrop_watch_passed_over{reason="odd"} 1.0',
        'newsdrop_watch_passed_over{reason="hidden"} 0.0',
        "newsdrop_dead_letters_lost_total 7.0",
        'newsdrop_latency_seconds_bucket{le="0.5"} 4.0',
        'newsdrop_latency_seconds_bucket{le="+Inf"} 5.0',
        "newsdrop_latency_seconds_sum 2.5",
    ):
        assert f"\n{line}\n" in text


def test_twenty_groups_of_letters_are_named_and_the_rest_is_other() -> None:
    letters = Letters({f"parse-E-{number:08x}": 100 - number for number in range(25)})
    text = generate_latest(registry(letters)).decode()
    assert text.count("newsdrop_dead_letters_by_group{") == 21
    assert 'newsdrop_dead_letters_by_group{group="parse-E-00000000"} 100.0' in text
    assert f'newsdrop_dead_letters_by_group{{group="other"}} {sum(range(76, 81))}.0' in text


def test_letters_are_looked_at_once_a_minute() -> None:
    letters, now_s = Letters(), [0.0]
    made = registry(letters, now_s)
    for now_s[0] in (0.0, 15.0, 59.0):
        generate_latest(made)
    assert letters.asked == 1
    now_s[0] = 60.0
    generate_latest(made)
    assert letters.asked == 2


def test_without_redis_only_that_is_told_and_the_reason_once() -> None:
    def down() -> QueueGauges:
        raise OutageError("Redis is away.")

    errors: list[str] = []
    made = CollectorRegistry()
    made.register(MetricsCollector(down, Letters(), on_error=errors.append))
    for _ in range(2):
        lines = [line for line in generate_latest(made).decode().splitlines() if not line.startswith("#")]
        assert lines == ["newsdrop_up 0.0"]
    assert errors == ["Redis is away."]


@pytest.mark.parametrize("kind", ["counter", "histogram", "gauge"])
def test_each_kind_is_in_use(kind: str) -> None:
    assert any(metric.kind == kind for metric in CATALOGUE.values())
