"""The Helm chart as the real helm renders it: valid for Kubernetes, KEDA and the Prometheus operator."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft7Validator
from tests.project.command_lines import assert_command
from tests.project.compose_file import compose
from tests.project.helm_chart import CHART, SAMPLES, named, of_kind, rendered, template

from newsdrop.addresses import parse_redis
from newsdrop.heartbeat import Role
from newsdrop.ledger.keys import QUEUE
from newsdrop.ledger.ledger import Lane
from newsdrop.settings import load_settings
from newsdrop.worker.shutdown import END_S

#: The oldest, one between and the newest Kubernetes that it is checked against.
KUBERNETES = ["1.27", "1.31", "1.34"]
#: What the bundled servers' passwords are made from, where a test gives no sample.
SEED = "secrets.seed=not-a-secret-but-a-seed-of-the-tests"
OURS = {"setup", "watcher", "worker", "metrics", "web"}


def pods(objects: tuple[dict[str, Any], ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every pod template with its component."""
    for one in objects:
        if one["kind"] in ("Deployment", "StatefulSet", "Job"):
            pod = one["spec"]["template"]
            yield pod["metadata"]["labels"]["app.kubernetes.io/component"], pod["spec"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_lint_finds_nothing(tools: Path, sample: str) -> None:
    command = [str(tools / "helm"), "lint", "--strict", str(CHART), "--values", str(CHART / "ci" / sample)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_object_is_valid(tools: Path, sample: str, version: str) -> None:
    for one in rendered(tools, sample):
        if one["apiVersion"].split("/")[0] in ("keda.sh", "monitoring.coreos.com"):
            assert custom_violations(tools, one) == []
        else:
            kubernetes_validate.validate(one, version, strict=True)


def custom_violations(tools: Path, one: dict[str, Any]) -> list[str]:
    group, version = one["apiVersion"].split("/")
    for path in tools.glob(f"{group}_*.yaml"):
        definition = yaml.safe_load(path.read_text("utf-8"))["spec"]
        if definition["names"]["kind"] == one["kind"]:
            (schema,) = [
                found["schema"]["openAPIV3Schema"]
                for found in definition["versions"]
                if found["name"] == version
            ]
            errors = Draft7Validator(closed(schema)).iter_errors(one)
            return [f"{error.json_path}: {error.message}" for error in errors]
    raise AssertionError(f"no definition of {one['kind']}")


def closed(schema: Any) -> Any:
    """The schema with unknown fields refused, which a server would drop without a word."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items()}
    if "properties" in made and isinstance(made["properties"], dict) and made.get("type") == "object":
        # `metadata` is Kubernetes' own.
        open_ended = made["properties"].keys() == set() or made.get("x-kubernetes-preserve-unknown-fields")
        if not open_ended:
            made.setdefault("additionalProperties", False)
    return made


def test_the_definitions_would_find_a_mistake(tools: Path) -> None:
    (scaled,) = of_kind(rendered(tools, "keda.yaml"), "ScaledObject")
    broken = {**scaled, "spec": {**scaled["spec"], "minReplicas": 1}}
    assert custom_violations(tools, broken)


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_pod_has_more_rights_than_it_needs(tools: Path, sample: str) -> None:
    for component, pod in pods(rendered(tools, sample)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert security["readOnlyRootFilesystem"] is (component != "elasticsearch")
            assert {"requests", "limits"} <= container["resources"].keys()
            assert "memory" in container["resources"]["limits"]
            assert re.search(r":\d+\.\d+\.\d+", container["image"])


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_secret_stands_in_a_variable_or_a_config_map(tools: Path, sample: str) -> None:
    for _, pod in pods(rendered(tools, sample)):
        for variable in pod["containers"][0].get("env", []):
            if re.search(r"PASSWORD|_KEY(_|$)", variable["name"]):
                assert variable["name"].endswith("_FILE") or "secretKeyRef" in variable["valueFrom"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_commands_settings_and_probes_are_newsdrops(tools: Path, sample: str, tmp_path: Path) -> None:
    objects = rendered(tools, sample)
    (config,) = of_kind(objects, "ConfigMap")
    (tmp_path / "newsdrop.toml").write_text(config["data"]["newsdrop.toml"])
    seen = set()
    for component, pod in pods(objects):
        if component not in OURS:
            continue
        seen.add(component)
        (container,) = pod["containers"]
        assert_command(container["args"])
        settings = load_settings(environment(pod, container, tmp_path))
        assert settings.redis.password is not None
        assert settings.elasticsearch.api_key or settings.elasticsearch.password
        for name in ("startupProbe", "livenessProbe", "readinessProbe"):
            if component == "setup":
                continue
            command = container[name]["exec"]["command"]
            assert command[0] == "newsdrop"
            assert_command(command[1:])
            assert command[-1] == Role(component)
    assert "worker" in seen


def environment(pod: dict[str, Any], container: dict[str, Any], place: Path) -> dict[str, str]:
    """The container's variables, its secret files written where they say."""
    (secrets,) = [volume["projected"] for volume in pod["volumes"] if volume["name"] == "secrets"]
    paths = {item["path"] for source in secrets["sources"] for item in source["secret"]["items"]}
    environ = {one["name"]: str(one["value"]) for one in container["env"]}
    for name, value in environ.items():
        if name.endswith(("_FILE", "_CA_CERTS")):
            assert value.removeprefix("/run/secrets/newsdrop/") in paths
            (place / Path(value).name).write_text("secret-of-a-test")
            environ[name] = str(place / Path(value).name)
    return environ | {"NEWSDROP_CONFIG": str(place / "newsdrop.toml")}


def test_folders_with_their_own_rules_reach_watcher_and_workers(tools: Path, tmp_path: Path) -> None:
    objects = rendered(tools, "existing.yaml")
    (tmp_path / "newsdrop.toml").write_text(of_kind(objects, "ConfigMap")[0]["data"]["newsdrop.toml"])
    for component, pod in pods(objects):
        (container,) = pod["containers"]
        settings = load_settings(environment(pod, container, tmp_path))
        assert [(str(folder.path), folder.after) for folder in settings.folders] == [
            ("/srv/archive/in", "move")
        ]
        assert settings.queue.max_attempts == 8
        mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
        assert ("archive" in mounts) is (component in ("watcher", "worker", "web"))
        if "archive" in mounts:
            # The page reads, whatever the others may do.
            assert mounts["archive"]["readOnly"] is (component == "web")


def test_workers_are_scaled_by_the_length_of_both_queues(tools: Path) -> None:
    objects = rendered(tools, "keda.yaml")
    (scaled,) = of_kind(objects, "ScaledObject")
    lists = {trigger["metadata"]["listName"] for trigger in scaled["spec"]["triggers"]}
    assert lists == {f"{QUEUE}{lane.value}" for lane in Lane}
    # With no worker nobody would look after retries and the inbox.
    assert scaled["spec"]["minReplicaCount"] >= 1
    assert "replicas" not in named(objects, "Deployment", "news-newsdrop-worker")["spec"]
    assert {trigger["metadata"]["address"] for trigger in scaled["spec"]["triggers"]} == {
        "news-newsdrop-redis.archive:6379"
    }
    assert of_kind(objects, "HorizontalPodAutoscaler") == []


def test_a_redis_behind_sentinels_is_named_to_pods_scaler_and_network_policy(
    tools: Path, tmp_path: Path
) -> None:
    objects = rendered(tools, "sentinel.yaml")
    pod = named(objects, "Deployment", "news-newsdrop-worker")["spec"]["template"]["spec"]
    settings = load_settings(environment(pod, pod["containers"][0], tmp_path) | {"NEWSDROP_CONFIG": ""})
    assert settings.redis.url is not None
    address = parse_redis(settings.redis.url.get_secret_value())
    (scaled,) = of_kind(objects, "ScaledObject")
    for trigger in scaled["spec"]["triggers"]:
        assert trigger["type"] == "redis-sentinel"
        asked = trigger["metadata"]
        assert asked["addresses"] == ",".join(f"{host}:{port}" for host, port in address.hosts)
        assert (asked["sentinelMaster"], asked["databaseIndex"]) == (address.service, str(address.database))
        assert asked["enableTLS"] == "true"
    egress = named(objects, "NetworkPolicy", "news-newsdrop")["spec"]["egress"]
    ports = {port["port"] for rule in egress for port in rule["ports"]}
    # The sentinels' own, and that of the servers they name.
    assert ports == {53, 443, 6379, *(port for _, port in address.hosts)}


def test_a_url_of_ones_own_is_taken_as_it_is_or_out_of_a_secret(tools: Path) -> None:
    yours = "redis.bundled=false,redis.existingSecret=x"
    plain = rendered(tools, "bundled.yaml", "--set", f"{yours},redis.url=rediss://r.example:7000/3")
    environ = env_of(plain)
    assert environ["NEWSDROP_REDIS_URL"] == "rediss://r.example:7000/3"
    hidden = rendered(tools, "bundled.yaml", "--set", f"{yours},redis.urlKey=url,redis.port=7001")
    environ = env_of(hidden)
    assert environ["NEWSDROP_REDIS_URL_FILE"] == "/run/secrets/newsdrop/redis-url"
    assert (
        not {"NEWSDROP_REDIS_URL", "NEWSDROP_REDIS_USERNAME", "NEWSDROP_REDIS_PASSWORD_FILE"} & environ.keys()
    )
    for objects, port in ((plain, 7000), (hidden, 7001)):
        egress = named(objects, "NetworkPolicy", "news-newsdrop")["spec"]["egress"]
        assert port in {port["port"] for rule in egress for port in rule["ports"]}


def env_of(objects: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    pod = named(objects, "Deployment", "news-newsdrop-worker")["spec"]["template"]["spec"]
    return {one["name"]: one["value"] for one in pod["containers"][0]["env"]}


def test_traces_are_switched_on_for_all_of_ours(tools: Path) -> None:
    environ = env_of(rendered(tools, "existing.yaml"))
    assert environ["NEWSDROP_TRACE_ENABLED"] == "true"
    assert environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector.observability:4318"
    assert "NEWSDROP_TRACE_ENABLED" not in env_of(rendered(tools, "bundled.yaml"))


def test_workers_are_scaled_by_cpu_without_keda(tools: Path) -> None:
    objects = rendered(tools, "existing.yaml")
    (scaler,) = of_kind(objects, "HorizontalPodAutoscaler")
    assert scaler["spec"]["scaleTargetRef"]["name"] == "news-newsdrop-worker"
    assert of_kind(objects, "ScaledObject") == []


def test_a_worker_may_finish_before_it_is_killed(tools: Path) -> None:
    worker = named(rendered(tools, "bundled.yaml"), "Deployment", "news-newsdrop-worker")
    assert worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= 60 > END_S


def test_servers_of_ones_own_are_bundled_only_when_wanted(tools: Path) -> None:
    bundled = {one["metadata"]["name"] for one in of_kind(rendered(tools, "bundled.yaml"), "StatefulSet")}
    assert bundled == {"news-newsdrop-redis", "news-newsdrop-elasticsearch"}
    assert of_kind(rendered(tools, "existing.yaml"), "StatefulSet") == []
    assert of_kind(rendered(tools, "existing.yaml"), "Secret") == []


def test_what_is_told_to_be_left_out_is_left_out(tools: Path) -> None:
    kinds = {one["kind"] for one in rendered(tools, "api-key.yaml")}
    assert kinds == {"ConfigMap", "ServiceAccount", "Deployment"}


def test_the_bundled_redis_is_started_as_in_docker_compose(tools: Path) -> None:
    chart = named(rendered(tools, "bundled.yaml"), "StatefulSet", "news-newsdrop-redis")
    theirs = chart["spec"]["template"]["spec"]["containers"][0]["command"]
    ours = compose()["services"]["redis"]["command"]
    assert [
        word.replace("/run/secrets/newsdrop/redis-password", "/run/secrets/redis_password") for word in theirs
    ] == ours


def test_the_page_wants_its_token_and_is_reached_only_by_whom_a_value_names(
    tools: Path, tmp_path: Path
) -> None:
    objects = rendered(tools, "existing.yaml")
    pod = named(objects, "Deployment", "news-newsdrop-web")["spec"]["template"]["spec"]
    settings = load_settings(environment(pod, pod["containers"][0], tmp_path) | {"NEWSDROP_CONFIG": ""})
    assert settings.web.token is not None
    assert settings.web.hosts == ("news.example",)
    (rule,) = named(objects, "NetworkPolicy", "news-newsdrop-web")["spec"]["ingress"]
    assert (
        rule["from"] == yaml.safe_load((CHART / "ci/existing.yaml").read_text())["networkPolicy"]["webFrom"]
    )
    (port,) = named(objects, "Service", "news-newsdrop-web")["spec"]["ports"]
    assert port["targetPort"] == pod["containers"][0]["ports"][0]["name"]
    alone = ("--set", "web.enabled=true,web.existingSecret=page")
    names = {
        one["metadata"]["name"] for one in of_kind(rendered(tools, "bundled.yaml", *alone), "NetworkPolicy")
    }
    assert "news-newsdrop-web" not in names


@pytest.mark.parametrize("sample", ["bundled.yaml", "existing.yaml", "keda.yaml"])
def test_newsdrops_pods_reach_only_their_servers_and_the_name_server(tools: Path, sample: str) -> None:
    objects = rendered(tools, sample)
    policy = named(objects, "NetworkPolicy", "news-newsdrop")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["ingress"] == []
    ports = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    assert ports == ({53, 6380, 9200, 4318} if sample == "existing.yaml" else {53, 6379, 9200})
    assert all(
        "to" in rule for rule in policy["egress"] if 53 not in {port["port"] for port in rule["ports"]}
    )
    (matched,) = policy["podSelector"]["matchExpressions"]
    assert set(matched["values"]) == OURS


def test_the_metrics_are_scraped_where_they_are_served(tools: Path) -> None:
    objects = rendered(tools, "existing.yaml")
    (monitor,) = of_kind(objects, "ServiceMonitor")
    service = named(objects, "Service", "news-newsdrop-metrics")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["endpoints"][0]["port"] == service["spec"]["ports"][0]["name"]
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


def test_selectors_of_all_objects_match_their_pods(tools: Path) -> None:
    objects = rendered(tools, "keda.yaml")
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for one in objects
        if one["kind"] in ("Deployment", "StatefulSet")
    ]
    for one in of_kind(objects, "Service"):
        matching = [found for found in labels if one["spec"]["selector"].items() <= found.items()]
        assert len(matching) == 1, one["metadata"]["name"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--set", "wroker.replicas=3"], "wroker"),
        (["--set", "worker.replicas=0"], "worker.replicas"),
        (["--set", "worker.autoscaling.kind=keda,worker.autoscaling.minReplicas=0"], "minReplicas"),
        (
            ["--set", "worker.autoscaling.minReplicas=9,worker.autoscaling.maxReplicas=2"],
            "more than maxReplicas",
        ),
        (["--set", "worker.terminationGracePeriodSeconds=10"], "terminationGracePeriodSeconds"),
        (["--set", "redis.bundled=false"], "redis"),
        (["--set", "elasticsearch.bundled=false,elasticsearch.url=http://es:9200"], "elasticsearch"),
        (["--set", "elasticsearch.url=http://user:pw@es:9200"], "elasticsearch.url"),
        (
            [
                "--set",
                "elasticsearch.bundled=false,elasticsearch.url=http://es:9200,elasticsearch.existingSecret=x",
            ],
            "setup.admin.existingSecret",
        ),
        (["--set", "setup.enabled=false"], "needs setup.enabled"),
        (["--set", "secrets.seed="], "secrets.existing"),
        (["--set", "secrets.seed=short"], "secrets.seed"),
        (["--set", "redis.url=redis://redis:6379/0"], "redis.url"),
        (
            ["--set", "redis.bundled=false,redis.existingSecret=x,redis.host=a,redis.url=redis://b/0"],
            "redis",
        ),
        (["--set", "redis.bundled=false,redis.existingSecret=x,redis.url=redis://:pw@b/0"], "redis.url"),
        (
            [
                *("--set", "redis.bundled=false,redis.existingSecret=x,redis.urlKey=url"),
                *("--set", "worker.autoscaling.kind=keda"),
            ],
            "redis.urlKey",
        ),
        (["--set", "tracing.enabled=true"], "tracing.endpoint"),
        (["--set", "web.enabled=true"], "web.existingSecret"),
        (["--set", "image.tag=latest"], "image.tag"),
        (["--set-json", 'archive.folders=[{"path": "/drops", "after": "burn"}]'], "after"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_values_are_refused_and_named(tools: Path, arguments: list[str], reason: str) -> None:
    done = template(tools, "--set", SEED, *arguments)
    assert done.returncode != 0
    assert reason in done.stderr


def test_the_schema_knows_every_value(tools: Path) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    known = schema["properties"].keys() - {"global", "nameOverride", "fullnameOverride"}
    assert known == values.keys()
    for name, group in values.items():
        if isinstance(group, dict) and "properties" in schema["properties"][name]:
            assert schema["properties"][name]["properties"].keys() == group.keys(), name


def test_the_chart_has_the_packages_version(tools: Path) -> None:
    from newsdrop import __version__

    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__
