"""docker-compose.yml and its Dockerfile: valid by the Compose specification, and as strict as we promise."""

from __future__ import annotations

import json
import re
import shlex
import stat
import subprocess
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.project.command_lines import assert_command
from tests.project.compose_file import DOCKERFILE, ROOT, compose, image_environment, variables

from newsdrop.settings import load_settings

FILE = compose()
SERVICES: dict[str, Any] = FILE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
#: Services that end when they are done, or that a person starts.
ONE_SHOT = {"setup", "kibana-objects", "cli"}
STAYING = [name for name in SERVICES if name not in ONE_SHOT]
#: Why: their images write beside their configuration at the start (said in the file, too).
WRITABLE_ROOT = {"elasticsearch", "kibana"}


def violations(document: Any) -> list[str]:
    specification = files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    found = Draft202012Validator(json.loads(specification.read_text("utf-8"))).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


def test_it_is_valid_by_the_compose_specification() -> None:
    assert violations(FILE) == []


def test_the_specification_would_find_a_mistake() -> None:
    broken = {**FILE, "services": {"worker": {**SERVICES["worker"], "restrat": "always"}}}
    assert violations(broken)


def test_the_services_are_all_there() -> None:
    assert {"redis", "elasticsearch", "kibana", "setup", "watcher", "worker", "metrics"} <= set(SERVICES)
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {
        "cli": ["cli"],
        "web": ["web"],
        "flower": ["flower"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_a_version(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+[\w.-]*$", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_and_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert {"cpus", "memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"]
    assert service.get("read_only", False) is (name not in WRITABLE_ROOT)
    assert service["logging"]["options"]["max-size"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & service.keys()


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in WRITABLE_ROOT])
def test_no_service_runs_as_root(name: str) -> None:
    user = SERVICES[name]["user"].split(":")[0]
    assert user.isdigit()
    assert user != "0"


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_up_has_a_health_check_and_is_started_again(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_dependencies_wait_for_what_can_be_waited_for() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            condition = how["condition"]
            if condition == "service_healthy":
                assert "healthcheck" in SERVICES[other], name
            if condition == "service_completed_successfully":
                assert SERVICES[other]["restart"].startswith("on-failure"), name


def test_ports_are_published_on_this_machine_alone_and_workers_have_no_way_out() -> None:
    assert FILE["networks"]["inside"]["internal"] is True
    for name, service in SERVICES.items():
        ports = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in ports), name
        assert service["networks"] == (["inside", "outside"] if ports else ["inside"]), name


def test_a_workers_notes_of_the_file_in_hand_outlive_its_death() -> None:
    state = image_environment()["NEWSDROP_STATE_DIR"]
    worker = SERVICES["worker"]
    assert state in worker["volumes"]
    assert not any(mount.startswith(state) for mount in worker["tmpfs"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_asks_for_more_cores_than_every_machine_has(name: str) -> None:
    """Docker refuses to start one that does; 0 is no bound."""
    assert float(SERVICES[name]["deploy"]["resources"]["limits"]["cpus"]) <= 1


def test_the_number_of_workers_stands_where_an_upgrade_reads_it() -> None:
    assert SERVICES["worker"]["deploy"]["replicas"] == variables()["WORKERS"] == "2"
    assert compose({"WORKERS": "5"})["services"]["worker"]["deploy"]["replicas"] == "5"


def test_elasticsearch_kibana_and_the_chart_have_one_version() -> None:
    version = variables()["ELASTIC_VERSION"]
    for name in ("elasticsearch", "kibana"):
        assert SERVICES[name]["image"] == f"{name}:{version}"
    values = yaml.safe_load((ROOT / "deploy/helm/newsdrop/values.yaml").read_text("utf-8"))
    assert values["elasticsearch"]["image"] == f"elasticsearch:{version}"
    assert f"({version} was the newest" in (ROOT / "docs/deploy.md").read_text("utf-8")


def test_a_worker_gets_a_minute_to_end_and_can_be_scaled() -> None:
    worker = SERVICES["worker"]
    assert int(worker["stop_grace_period"].removesuffix("s")) >= 60
    assert not {"container_name", "ports", "hostname"} & worker.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_a_variable(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY(_|$)|CREDENTIAL")
    assert [key for key in environment if secret.search(key) and not re.search(r"_+FILE$", key)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_the_secrets_it_reads_and_no_others(name: str) -> None:
    read = set(re.findall(r"/run/secrets/(\w+)", json.dumps(SERVICES[name])))
    assert set(SERVICES[name].get("secrets", [])) == read


def test_kibana_writes_no_formulas_into_csv_and_its_objects_keep_what_people_changed() -> None:
    """The setting's name is that of Kibana's reporting plugin, 7.x to 9.x."""
    settings = yaml.safe_load((ROOT / "deploy/compose/kibana.yml").read_text("utf-8"))
    assert settings["xpack.reporting.csv.escapeFormulaValues"] is True
    assert "--overwrite" not in SERVICES["kibana-objects"]["command"]


def test_only_set_ups_hold_the_superusers_password() -> None:
    holders = {name for name, service in SERVICES.items() if "elastic_password" in service.get("secrets", [])}
    assert holders == {"elasticsearch", "setup", "kibana-objects"}


def test_the_script_makes_every_secret_once_in_a_closed_folder(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = [str(ROOT / "deploy/compose/secrets"), str(folder)]
    subprocess.run(script, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert made.keys() == FILE["secrets"].keys()
    assert len(set(made.values())) == len(made)
    assert all(re.fullmatch(r"[0-9a-f]{64}\n", secret) for secret in made.values())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    # Each container reads under another user.
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
    again = subprocess.run(script, check=True, capture_output=True, text=True)
    assert {path.name: path.read_text() for path in folder.iterdir()} == made
    assert not any(secret.strip() in again.stdout for secret in made.values())


def test_every_file_it_mounts_is_in_the_repository() -> None:
    mounted = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./") and not volume.startswith("./drops:")
    ]
    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_prometheus_scrapes_the_exporter_as_the_job_that_the_alert_rules_ask_for() -> None:
    ours = yaml.safe_load((ROOT / "deploy/compose/prometheus.yml").read_text())
    (job,), (theirs,) = ours["scrape_configs"], reference()["scrape_configs"]
    assert job["job_name"] == theirs["job_name"]
    assert ours["rule_files"] == reference()["rule_files"]
    port = SERVICES["metrics"]["command"][SERVICES["metrics"]["command"].index("--port") + 1]
    assert job["static_configs"] == [{"targets": [f"metrics:{port}"]}]


def reference() -> dict[str, Any]:
    """The configuration for a Prometheus that stands alone."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    return read


def test_grafana_finds_its_dashboards_where_they_are_mounted() -> None:
    (provider,) = yaml.safe_load((ROOT / "deploy/compose/grafana-dashboards.yml").read_text())["providers"]
    targets = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert provider["options"]["path"] in targets
    assert list((ROOT / "deploy/grafana").glob("*.json"))


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_our_services_are_settings(name: str, tmp_path: Path) -> None:
    environ = {**image_environment(), **SERVICES[name]["environment"]}
    for variable, value in environ.items():
        if variable.endswith("_FILE"):
            path = tmp_path / Path(value).name
            path.write_text("secret-of-a-test")
            environ[variable] = str(path)
    settings = load_settings(environ)
    assert settings.redis.password is not None
    assert settings.elasticsearch.url is not None


@pytest.mark.parametrize("name", [name for name in OURS if "entrypoint" not in SERVICES[name]])
def test_the_commands_of_our_services_are_commands(name: str) -> None:
    assert_command(SERVICES[name]["command"])


def test_what_a_variable_may_set_is_by_default_what_newsdrop_has_by_default() -> None:
    known = set(load_settings({}).public()) | {"log"}
    ours = {name: value for name, value in variables().items() if name.startswith("NEWSDROP_")}
    settings = {name: value for name, value in ours.items() if name.split("_")[1].lower() in known}
    # Of a container that has but one archive.
    assert settings.pop("NEWSDROP_FOLDERS") == "/drops"
    assert {"NEWSDROP_ENRICH_COPIES", "NEWSDROP_LOG_LEVEL", "NEWSDROP_INDEX_ANALYSIS"} <= set(settings)
    assert load_settings(settings) == load_settings({})


def test_a_folder_of_the_archive_may_have_options() -> None:
    folders = '[{"path": "/drops", "on_delete": "remove"}]'
    environ = compose({"NEWSDROP_FOLDERS": folders})["services"]["watcher"]["environment"]
    (folder,) = load_settings({"NEWSDROP_FOLDERS": environ["NEWSDROP_FOLDERS"]}).folders
    assert folder.on_delete == "remove"


def test_the_example_of_variables_names_each_with_its_default() -> None:
    shown = dict(re.findall(r"^#(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert shown == variables()


class TestDockerfile:
    TEXT = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")

    def test_what_it_copies_exists_and_is_not_ignored(self) -> None:
        ignored = Path(f"{DOCKERFILE}.dockerignore").read_text().splitlines()
        kept = [line.removeprefix("!") for line in ignored if line.startswith("!")]
        assert ignored.count("*") == 1
        copied = [
            source
            for words in re.findall(r"^COPY (?!--from)(.*)$", self.TEXT, re.MULTILINE)
            for source in shlex.split(words)[:-1]
        ]
        assert copied
        for source in copied:
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source, pattern) for pattern in kept), source

    def test_every_package_is_installed_by_its_hash(self) -> None:
        commands = [part for line in self.TEXT.splitlines() for part in line.split("&&")]
        installs = [command for command in commands if re.search(r"pip .*\binstall ", command)]
        assert len(installs) == 5
        assert all("--require-hashes" in command for command in installs)
        for lock in sorted(set(re.findall(r"deploy/requirements[\w-]*\.lock", self.TEXT))):
            pinned = re.findall(r"^[\w.\[\]-]+==", (ROOT / lock).read_text(), re.MULTILINE)
            assert pinned
            assert (ROOT / lock).read_text().count("--hash=sha256:") >= len(pinned)

    def test_it_runs_as_nobody_and_newsdrop_is_process_1(self) -> None:
        runtime = self.TEXT[self.TEXT.index(" AS bare") :]
        assert re.findall(r"^USER (.*)$", runtime, re.MULTILINE) == ["10001:10001"]
        assert 'ENTRYPOINT ["newsdrop"]' in runtime
        assert {SERVICES[name]["user"] for name in OURS} == {"10001:10001"}

    def test_the_last_stage_is_the_one_without_flower(self) -> None:
        stages = re.findall(r"^FROM \S+ AS ([\w-]+)$", self.TEXT, re.MULTILINE)
        assert stages[-1] == "newsdrop"
        assert {SERVICES[name]["build"]["target"] for name in OURS} == {"newsdrop", "flower"} <= set(stages)

    def test_its_base_image_has_a_version(self) -> None:
        assert re.search(r"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-\w+$", self.TEXT, re.MULTILINE)
