"""Two workers of two processes each, their exporter, and a real Prometheus that scrapes it with our rules."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.servers.prometheus_server import PrometheusServer, tool_or_skip
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.redis, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]
PAGES = 150


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A folder worked off by two workers, and `newsdrop metrics` beside them."""
    stack = Stack(tmp_path_factory.mktemp("exporter"), redis=RedisServer().start())
    stack.extra["NEWSDROP_QUEUE_BATCH_DROPS"] = "8"
    for number in range(PAGES):
        (stack.drops / f"{number:03}.md").write_bytes(seed_like(number, html_bytes=2_000))
    for number in range(3):
        (stack.drops / f"broken{number}.md").write_bytes(b"no article\n")
    try:
        stack.start("one", "worker", "--processes", "2")
        stack.start("two", "worker", "--processes", "2")
        stack.start("watch", "watch")
        stack.start("metrics", "metrics", "--port", "0")
        until(stack.settled(PAGES + 3), "all files settled")
        yield stack
    finally:
        stack.close()


def address(stack: Stack) -> str:
    """Where the exporter says it listens."""
    found = until(lambda: re.search(r'"newsdrop.where": ?"([^"]+)"', stack.log("metrics")), "its address")
    return str(found[1])


def scrape(stack: Stack, path: str = "") -> str:
    with urllib.request.urlopen(address(stack) + path, timeout=PATIENCE_S) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        return str(answer.read().decode())


def test_counts_of_forked_processes_of_several_workers_add_up_to_the_truth(stack: Stack) -> None:
    text = scrape(stack)
    values = dict(re.findall(r"^(newsdrop_\S+) (\S+)$", text, re.MULTILINE))
    assert float(values['newsdrop_outcomes_total{outcome="indexed"}']) == PAGES
    assert float(values['newsdrop_failures_total{outcome="dead",stage="read"}']) == 3
    assert float(values["newsdrop_latency_seconds_count"]) == PAGES
    assert float(values['newsdrop_latency_seconds_bucket{le="300"}']) == PAGES
    assert float(values["newsdrop_bulk_documents_sum"]) == PAGES
    assert float(values["newsdrop_batch_seconds_count"]) >= PAGES / 8
    assert float(values['newsdrop_drops{state="indexed"}']) == PAGES
    assert float(values["newsdrop_workers"]) == 2
    assert float(values["newsdrop_watchers"]) == 1
    for stage in ("read", "parse", "enrich", "index"):
        assert float(values[f'newsdrop_stage_seconds_total{{stage="{stage}"}}']) > 0


def test_what_was_counted_outlasts_the_workers(stack: Stack) -> None:
    before = re.findall(r"^newsdrop_outcomes_total\{.*$", scrape(stack), re.MULTILINE)
    stack.kill_group("one")
    stack.start("one", "worker", "--processes", "1")
    (stack.drops / "one-more.md").write_bytes(seed_like(5_000, html_bytes=2_000))
    until(stack.settled(PAGES + 4), "one more")
    after = re.findall(r"^newsdrop_outcomes_total\{.*$", scrape(stack), re.MULTILINE)
    changed = set(after) - set(before)
    assert changed == {f'newsdrop_outcomes_total{{outcome="indexed"}} {PAGES + 1}.0'}


def test_another_path_is_told_where_the_metrics_are(stack: Stack) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        scrape(stack, "/nothing")
    assert refused.value.code == 404
    assert b"/metrics" in refused.value.read()


def test_a_port_that_is_taken_is_a_clear_error(stack: Stack) -> None:
    port = address(stack).split(":")[2].split("/")[0]
    done = stack.run("metrics", "--port", port)
    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_real_prometheus_scrapes_it_and_evaluates_our_rules(stack: Stack, tmp_path: Path) -> None:
    tool_or_skip("prometheus")
    target = address(stack).removeprefix("http://").removesuffix("/metrics")
    config = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    config = config.replace("127.0.0.1:9464", target).replace("15s", "1s")
    config = config.replace("newsdrop.rules.yml", str(ROOT / "deploy/prometheus/newsdrop.rules.yml"))
    with PrometheusServer(tmp_path, config) as prometheus:
        query = 'newsdrop_outcomes_total{outcome="indexed"}'
        found = until(lambda: prometheus.query(query), "a scrape")
        assert next(iter(found.values())) >= PAGES
        rules = until(lambda: _evaluated(prometheus), "an evaluation")
    assert {rule["name"]: rule["health"] for rule in rules} == dict.fromkeys(
        [rule["name"] for rule in rules], "ok"
    )
    assert len(rules) > 10
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []


def _evaluated(prometheus: PrometheusServer) -> list[dict[str, str]] | None:
    (group,) = prometheus.api("rules")["groups"]
    rules: list[dict[str, str]] = group["rules"]
    return rules if all(rule["health"] != "unknown" for rule in rules) else None
