"""The shipped alert rules and dashboard: valid, played through with promtool, and naming only what exists."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.servers.prometheus_server import tool_or_skip

from newsdrop.meters import CATALOGUE

ROOT = Path(__file__).resolve().parents[3]
PROMETHEUS = ROOT / "deploy/prometheus"
RULES = PROMETHEUS / "newsdrop.rules.yml"
FRESH = '{lane="newsdrop.ingest"}'
CHARGED = 'newsdrop_reaped_batches_total{what="charged"}'

#: Alert → series (a value a minute, promtool's notation) over which it fires within half an hour, and such
#: that look alike and don't make it fire.
SCENES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "NewsdropExporterDown": ({'up{job="newsdrop"}': "0x40"}, {'up{job="newsdrop"}': "1 1 0 0 1x40"}),
    "NewsdropRedisDown": ({"newsdrop_up": "1 0x40"}, {"newsdrop_up": "1 0 1x40"}),
    "NewsdropGateClosed": (
        {'newsdrop_gate_closed{service="index"}': "0 1x40"},
        {'newsdrop_gate_closed{service="index"}': "0 1 1 0x40"},
    ),
    "NewsdropNoWorker": (
        {
            "newsdrop_workers": "0x40",
            f"newsdrop_queue_messages{FRESH}": "3x40",
            "newsdrop_inbox_messages": "0x40",
        },
        {
            "newsdrop_workers": "0x40",
            f"newsdrop_queue_messages{FRESH}": "0x40",
            "newsdrop_inbox_messages": "0x40",
        },
    ),
    "NewsdropNoWatcher": ({"newsdrop_watchers": "0x40"}, {"newsdrop_watchers": "1x40"}),
    "NewsdropFolderMissing": (
        {"newsdrop_watch_missing_folders": "1x40"},
        {"newsdrop_watch_missing_folders": "0x40"},
    ),
    "NewsdropWorkerFolderMissing": (
        {"newsdrop_worker_missing_folders": "1x40"},
        {"newsdrop_worker_missing_folders": "0x40"},
    ),
    "NewsdropRemovalsHeld": (
        {'newsdrop_watch_held_removals{folder="/a"}': "800x40"},
        {'newsdrop_watch_held_removals{folder="/a"}': "800x10 _x30"},
    ),
    "NewsdropQueueStuck": (
        {
            f"newsdrop_queue_oldest_message_seconds{FRESH}": "1000+60x40",
            'newsdrop_outcomes_total{outcome="indexed"}': "7x40",
            'newsdrop_gate_closed{service="index"}': "0x40",
        },
        {
            f"newsdrop_queue_oldest_message_seconds{FRESH}": "1000+60x40",
            'newsdrop_outcomes_total{outcome="indexed"}': "7x40",
            'newsdrop_gate_closed{service="index"}': "1x40",
        },
    ),
    "NewsdropBehind": (
        {f"newsdrop_queue_oldest_message_seconds{FRESH}": "1000+60x40"},
        {'newsdrop_queue_oldest_message_seconds{lane="newsdrop.backlog"}': "9000+60x40"},
    ),
    "NewsdropSlow": (
        {
            'newsdrop_latency_seconds_bucket{le="60"}': "0x40",
            'newsdrop_latency_seconds_bucket{le="300"}': "0+10x40",
            'newsdrop_latency_seconds_bucket{le="+Inf"}': "0+10x40",
            "newsdrop_latency_seconds_count": "0+10x40",
        },
        {
            'newsdrop_latency_seconds_bucket{le="60"}': "0+10x40",
            'newsdrop_latency_seconds_bucket{le="300"}': "0+10x40",
            'newsdrop_latency_seconds_bucket{le="+Inf"}': "0+10x40",
            "newsdrop_latency_seconds_count": "0+10x40",
        },
    ),
    "NewsdropDeadLetters": (
        {'newsdrop_failures_total{stage="parse",outcome="dead"}': "0+2x40"},
        {'newsdrop_failures_total{stage="parse",outcome="retrying"}': "0+2x40"},
    ),
    "NewsdropMessagesRejected": (
        {'newsdrop_inbox_taken_total{result="rejected"}': "0 0 1x40"},
        {'newsdrop_inbox_taken_total{result="accepted"}': "0+9x40"},
    ),
    "NewsdropInboxWaits": (
        {"newsdrop_inbox_oldest_message_seconds": "0+60x40"},
        {"newsdrop_inbox_oldest_message_seconds": "30x40"},
    ),
    "NewsdropReconcilerSilent": (
        {"newsdrop_reconciler_silent_seconds": "0+60x40"},
        {"newsdrop_reconciler_silent_seconds": "4x40", "newsdrop_retries_overdue_seconds": "5x40"},
    ),
    "NewsdropWorkersDie": ({CHARGED: "0+1x40"}, {CHARGED: "0 0 1x40"}),
    "NewsdropEventsMissed": (
        {"newsdrop_watch_healed_files_total": "0+5x40"},
        {"newsdrop_watch_healed_files_total": "0 5x40"},
    ),
    "NewsdropRedisFills": (
        {"newsdrop_redis_memory_used_bytes": "90x40", "newsdrop_redis_memory_limit_bytes": "100x40"},
        {"newsdrop_redis_memory_used_bytes": "90x40", "newsdrop_redis_memory_limit_bytes": "0x40"},
    ),
    "NewsdropLettersUnmirrored": (
        {"newsdrop_dead_letters_unmirrored": "3x40"},
        {"newsdrop_dead_letters_unmirrored": "3 0x40"},
    ),
}


def alerts() -> list[str]:
    return re.findall(r"^ +- alert: (\w+)$", RULES.read_text(), re.MULTILINE)


def metrics_named_in(text: str) -> set[str]:
    names = set(re.findall(r"\bnewsdrop_[a-z_]+", text))
    return {name if name in CATALOGUE else re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def promtool(*arguments: object) -> str:
    command = [tool_or_skip("promtool"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_and_scrape_configuration_are_valid() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", RULES)
    promtool("check", "config", PROMETHEUS / "prometheus.yml")


def test_every_alert_fires_when_it_should_and_not_when_it_only_looks_like_it(tmp_path: Path) -> None:
    assert sorted(SCENES) == sorted(alerts())
    tests = [_scene(alert, series, fires=True) for alert, (series, _) in SCENES.items()]
    tests += [_scene(alert, series, fires=False) for alert, (_, series) in SCENES.items()]
    file = tmp_path / "rules.test.json"
    # JSON is YAML.
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", file)


def _scene(alert: str, series: dict[str, str], *, fires: bool) -> dict[str, Any]:
    expression = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > bool 0'
    expected = [{"labels": "{}", "value": 1}] if fires else []
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": expression, "eval_time": "35m", "exp_samples": expected}],
    }


@pytest.mark.parametrize("file", ["prometheus/newsdrop.rules.yml", "grafana/newsdrop.json"])
def test_every_metric_that_is_named_exists(file: str) -> None:
    named = metrics_named_in((ROOT / "deploy" / file).read_text())
    assert len(named) > 10
    assert named - set(CATALOGUE) == set()


def test_the_dashboard_shows_every_metric() -> None:
    panels = json.loads((ROOT / "deploy/grafana/newsdrop.json").read_text())["panels"]
    shown = " ".join(target["expr"] for panel in panels for target in panel.get("targets", ()))
    assert metrics_named_in(shown) == set(CATALOGUE)


def test_every_query_of_the_dashboard_is_valid(tmp_path: Path) -> None:
    panels = json.loads((ROOT / "deploy/grafana/newsdrop.json").read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    rules = [
        {"record": f"query:{at}", "expr": query.replace("$__rate_interval", "1m")}
        for at, query in enumerate(queries)
    ]
    file = tmp_path / "queries.json"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(queries)} rules found" in promtool("check", "rules", file)


def test_no_two_panels_of_the_dashboard_lie_over_one_another() -> None:
    panels = json.loads((ROOT / "deploy/grafana/newsdrop.json").read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_alert_says_what_to_do_and_is_in_the_docs() -> None:
    text, docs = RULES.read_text(), (ROOT / "docs/metrics.md").read_text()
    for alert in alerts():
        rule = text.split(f"- alert: {alert}\n", 1)[1].split("- alert:", 1)[0]
        assert re.search(r"severity: (page|ticket)", rule)
        assert all(f"{name}:" in rule for name in ("summary", "runbook"))
        assert f"docs/metrics.md#{alert.lower()}\n" in rule
        assert f"\n### {alert}\n" in docs
    assert re.findall(r"^### (Newsdrop\w+)$", docs, re.MULTILINE) == alerts()
