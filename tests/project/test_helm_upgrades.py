"""`helm upgrade` as Kubernetes would take it: no value and no version changes what an object may not change.

Each value of values.yaml is changed for itself, rendered, and compared with what was there before.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.project.helm_chart import CHART, SAMPLES, Objects, named, of_kind, rendered

#: What a server lets change in the `spec` of a kind that may not change otherwise.
MUTABLE = {
    "StatefulSet": {
        *("minReadySeconds", "ordinals", "persistentVolumeClaimRetentionPolicy", "replicas"),
        *("revisionHistoryLimit", "template", "updateStrategy"),
    },
    # It may grow; a smaller one is refused, and a person's own doing.
    "PersistentVolumeClaim": {"resources"},
}
#: Parts of a `spec` that may not change, in kinds of which the rest may.
IMMUTABLE = {"Job": {"template", "selector"}, "Deployment": {"selector"}}
#: Values that can't be changed by an upgrade, as values.yaml says beside them.
FIXED = {
    *("archive.accessModes", "archive.storageClass"),
    *("redis.storage.size", "redis.storage.storageClass"),
    *("elasticsearch.storage.size", "elasticsearch.storage.storageClass"),
}
#: What helm needs beside a value so that the change means something, or makes sense.
BESIDE: dict[str, dict[str, Any]] = {
    "web.enabled": {"web.existingSecret": "page"},
    "tracing.enabled": {"tracing.endpoint": "http://collector:4318"},
    "redis.bundled": {"redis.host": "redis.example", "redis.existingSecret": "redis"},
    "elasticsearch.bundled": {
        "elasticsearch.url": "https://search.example",
        "elasticsearch.existingSecret": "search",
        "setup.admin.existingSecret": "admin",
    },
    "setup.enabled": {
        "elasticsearch.bundled": False,
        "elasticsearch.url": "https://search.example",
        "elasticsearch.existingSecret": "search",
    },
}
#: Another value than the default, where neither its type nor the schema's list gives one.
OTHER: dict[str, Any] = {
    "archive.folders": [{"path": "/drops/a"}],
    "archive.mountPath": "/srv/drops",
    "elasticsearch.auth": None,  # needs servers that are there: ci/api-key.yaml
    "elasticsearch.heap": "2g",
    "elasticsearch.image": "elasticsearch:8.19.6",
    "elasticsearch.url": None,
    "redis.host": None,
    "redis.tls.enabled": None,
    "redis.url": None,
    "redis.urlKey": None,
    "redis.image": "redis:7.4.7",
    "redis.maxmemory": "2gb",
    "secrets.seed": "another-seed-of-the-tests-than-the-sample-has",
    "tracing.endpoint": "http://collector:4318",
    "metrics.serviceMonitor.interval": "60s",
    "extraEnv": [{"name": "NEWSDROP_LOG_LEVEL", "value": "debug"}],
    "image.pullPolicy": "Always",
    "archive.accessModes": ["ReadWriteOnce"],
    "worker.autoscaling.kind": "hpa",
}


def leaves(values: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value:
            yield from leaves(value, here)
        else:
            yield here, value


def changed(path: str, value: Any) -> Any:
    """Another value of the same kind; None where no other is possible beside the sample."""
    if path in OTHER:
        return OTHER[path]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if path.endswith((".size", ".memory")):
        return "900Gi"
    if path.endswith(".cpu"):
        return "7"
    if isinstance(value, list):
        return (
            [{"podSelector": {}}]
            if path.startswith("networkPolicy.")
            else ["other"]
            if path in STRINGS
            else [{}]
        )
    return {"other": "x"} if isinstance(value, dict) else "other"


STRINGS = {"image.pullSecrets", "web.hosts"}
LEAVES = [
    (path, other)
    for path, value in leaves(yaml.safe_load((CHART / "values.yaml").read_text("utf-8")))
    if (other := changed(path, value)) is not None
]


def violations(before: Objects, after: Objects) -> list[str]:
    """What a server would refuse of an upgrade, as `Kind/name: field`."""
    found = []
    old = {(one["kind"], one["metadata"]["name"]): one.get("spec", {}) for one in before}
    for one in after:
        kind, name = one["kind"], one["metadata"]["name"]
        if (kind, name) not in old:
            continue
        was, now = old[kind, name], one.get("spec", {})
        fields = IMMUTABLE.get(kind, set())
        if kind in MUTABLE:
            fields = (was.keys() | now.keys()) - MUTABLE[kind]
        found += [f"{kind}/{name}: {field}" for field in sorted(fields) if was.get(field) != now.get(field)]
    return found


def setting(path: str, value: Any) -> list[str]:
    return ["--set-json", f"{path}={json.dumps(value)}"]


@pytest.mark.parametrize(("path", "value"), LEAVES, ids=[path for path, _ in LEAVES])
def test_a_changed_value_is_taken_by_an_upgrade(tools: Path, path: str, value: Any) -> None:
    beside = [word for name, other in BESIDE.get(path, {}).items() for word in setting(name, other)]
    after = rendered(tools, "bundled.yaml", *setting(path, value), *beside)
    found = violations(rendered(tools, "bundled.yaml"), after)
    assert bool(found) is (path in FIXED), found


def test_what_cannot_be_changed_is_told_beside_it() -> None:
    told = [
        block
        for block in (CHART / "values.yaml").read_text("utf-8").split("\n\n")
        if "can't be changed by an upgrade" in block
    ]
    assert len(told) == len({path.split(".")[0] for path in FIXED})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("extraEnv", [{"name": "NEWSDROP_LOG_LEVEL", "value": "debug"}]),
        ("archive.folders", [{"path": "/drops/a"}]),
        ("podAnnotations", {"team": "news"}),
        ("image.pullPolicy", "Always"),
        ("image.pullSecrets", ["pull"]),
        ("redis.database", 3),
        ("config", "[log]\nlevel = 'debug'\n"),
        ("setup.migrate", False),
        ("secrets.revision", "2"),
        ("secrets.seed", OTHER["secrets.seed"]),
    ],
)
def test_set_up_runs_again_when_what_it_does_or_reads_changed(tools: Path, path: str, value: Any) -> None:
    (before,) = of_kind(rendered(tools, "bundled.yaml"), "Job")
    (after,) = of_kind(rendered(tools, "bundled.yaml", *setting(path, value)), "Job")
    assert before["metadata"]["name"] != after["metadata"]["name"]


def test_set_up_does_not_run_again_for_what_does_not_concern_it(tools: Path) -> None:
    (before,) = of_kind(rendered(tools, "bundled.yaml"), "Job")
    (after,) = of_kind(rendered(tools, "bundled.yaml", *setting("worker.replicas", 5)), "Job")
    assert before == after


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("chart") / "newsdrop"
    shutil.copytree(CHART, made)
    text = (made / "Chart.yaml").read_text("utf-8")
    (made / "Chart.yaml").write_text(text.replace("ersion: 0.1.0", "ersion: 0.2.0"), "utf-8")
    return made


@pytest.mark.parametrize("sample", SAMPLES)
def test_two_upgrades_to_a_new_version_and_then_to_other_values(
    tools: Path, next_version: Path, sample: str
) -> None:
    first = rendered(tools, sample)
    second = rendered(tools, sample, chart=next_version)
    third = rendered(
        tools,
        sample,
        *setting("podAnnotations", {"a": "b"}),
        *setting("worker.processes", 7),
        chart=next_version,
    )
    assert violations(first, second) == []
    assert violations(second, third) == []
    jobs = [job["metadata"]["name"] for step in (first, second, third) for job in of_kind(step, "Job")]
    assert len(set(jobs)) == len(jobs)
    kept = {"StatefulSet", "PersistentVolumeClaim", "Secret", "Service"}
    assert [one["metadata"]["name"] for one in first if one["kind"] in kept] == [
        one["metadata"]["name"] for one in third if one["kind"] in kept
    ]


def test_the_comparison_would_find_what_failed_before(tools: Path) -> None:
    (job,) = of_kind(rendered(tools, "bundled.yaml"), "Job")
    (other,) = of_kind(rendered(tools, "bundled.yaml", *setting("podAnnotations", {"a": "b"})), "Job")
    under_the_same_name = {**other, "metadata": job["metadata"]}
    assert violations((job,), (under_the_same_name,)) == [f"Job/{job['metadata']['name']}: template"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_render_without_a_cluster_is_the_same_each_time(tools: Path, sample: str) -> None:
    assert rendered(tools, sample) == rendered(tools, sample, "--is-upgrade")
    templates = [path.read_text("utf-8") for path in (CHART / "templates").iterdir()]
    assert [text for text in templates if "lookup " in text or "randAlpha" in text] == []


def test_each_password_is_another_and_a_function_of_the_seed(tools: Path) -> None:
    def passwords(*more: str) -> dict[str, str]:
        secret = named(rendered(tools, "bundled.yaml", *more), "Secret", "news-newsdrop-secrets")
        return dict(secret["stringData"])

    made = passwords()
    assert made.keys() == {"redis-password", "elasticsearch-password", "elastic-password"}
    assert len(set(made.values())) == 3
    assert not set(made.values()) & set(passwords(*setting("secrets.seed", OTHER["secrets.seed"])).values())


def test_a_secret_that_holds_all_passwords_leaves_none_to_make(tools: Path) -> None:
    objects = rendered(tools, "keda.yaml")
    assert of_kind(objects, "Secret") == []
    assert '"name": "news-passwords"' in json.dumps(objects)
    assert "news-newsdrop-secrets" not in json.dumps(objects)
