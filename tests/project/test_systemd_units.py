"""The systemd units: what they run is newsdrop's, they are hardened, and systemd finds nothing wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.project.command_lines import assert_command

from newsdrop.heartbeat import Role
from newsdrop.settings import load_settings
from newsdrop.worker.shutdown import END_S

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy/systemd"
SHARED = UNITS / "newsdrop-.service.d/10-newsdrop.conf"
#: What `systemctl start newsdrop.target` brings up, and what stays up when somebody asked for it.
TARGET = ["newsdrop-watcher", "newsdrop-worker", "newsdrop-metrics"]
STAYING = [*TARGET, "newsdrop-web"]
SERVICES = [*STAYING, "newsdrop-setup", "newsdrop-health@"]
#: The worst that systemd may say of a unit, from 0 (locked up) to 10; docs/deploy.md tables what it says.
WORST = 1.6

Unit = dict[str, list[str]]


def read(*paths: Path) -> Unit:
    """The assignments of unit files, each name with all its values in order."""
    found: Unit = {}
    for path in paths:
        for name, value in re.findall(r"^(\w+)=(.*)$", path.read_text("utf-8"), re.MULTILINE):
            found.setdefault(name, []).append(value)
    return found


def service(name: str) -> Unit:
    return read(SHARED, UNITS / f"{name}.service")


@pytest.fixture
def analyze(tmp_path: Path) -> Any:
    """systemd-analyze over copies of the units whose command is there."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("needs systemd-analyze (package systemd)")
    shutil.copytree(UNITS, tmp_path / "units")
    here = str(Path(sys.executable).parent / "newsdrop")
    for path in (tmp_path / "units").glob("*.service"):
        path.write_text(path.read_text("utf-8").replace("/opt/newsdrop/bin/newsdrop", here), "utf-8")
    environ = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:/usr/lib/systemd/system"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([tool, *arguments], env=environ, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    "unit",
    [
        *(f"{name}.service" for name in SERVICES if not name.endswith("@")),
        "newsdrop.target",
        "newsdrop-health@worker.service",
        "newsdrop-health@worker.timer",
    ],
)
def test_systemd_finds_nothing_wrong(analyze: Any, unit: str) -> None:
    done = analyze("verify", "--man=no", "--recursive-errors=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_calls_every_service_well_locked_up(analyze: Any, name: str) -> None:
    unit = name.replace("@", "@worker") + ".service"
    done = analyze("security", "--offline=true", "--no-pager", unit)
    (exposure,) = re.findall(r"Overall exposure level for \S+ ([\d.]+) ", done.stdout)
    assert float(exposure) <= WORST, done.stdout


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_up_is_started_again_and_ends_by_its_main_process(name: str) -> None:
    unit = service(name)
    assert unit["Restart"] == ["always"]
    assert unit["StartLimitIntervalSec"] == ["0"]
    assert unit["KillMode"] == ["mixed"]
    assert int(unit["TimeoutStopSec"][0]) >= 60 > END_S


def test_a_child_that_ran_out_of_memory_does_not_end_the_worker() -> None:
    assert service("newsdrop-worker")["OOMPolicy"] == ["continue"]


@pytest.mark.parametrize("name", SERVICES)
def test_the_command_is_newsdrops(name: str) -> None:
    (line,) = service(name)["ExecStart"]
    program, *words = line.replace("%i", "worker").split()
    assert program == "/opt/newsdrop/bin/newsdrop"
    assert_command(words)


@pytest.mark.parametrize("name", SERVICES)
def test_the_settings_are_newsdrops_and_secrets_come_as_credentials(name: str, tmp_path: Path) -> None:
    unit = service(name)
    credentials = dict(one.split(":") for one in unit["LoadCredential"])
    environ = dict(
        re.findall(r"^(\w+)=(.*)$", (UNITS / "newsdrop.env.example").read_text("utf-8"), re.MULTILINE)
    )
    environ |= dict(one.split("=", 1) for line in unit["Environment"] for one in line.split())
    for variable, value in environ.items():
        if variable.endswith("_FILE"):
            given = value.removeprefix("%d/") in credentials or value.startswith("/var/lib/newsdrop/")
            assert given, variable
            (tmp_path / Path(value).name).write_text("secret-of-a-test")
            environ[variable] = str(tmp_path / Path(value).name)
        else:
            assert not re.search(r"PASSWORD|_KEY$", variable)
    assert load_settings(environ).redis.password is not None


def test_every_role_has_a_service_that_its_probe_can_start_again() -> None:
    assert {f"newsdrop-{role}" for role in Role} == set(STAYING)
    assert "systemctl try-restart newsdrop-%i.service" in service("newsdrop-health@")["ExecStopPost"][0]


def test_the_target_brings_up_all_services_that_need_no_token() -> None:
    wanted = read(UNITS / "newsdrop.target")["Wants"][0].split()
    assert {f"{name}.service" for name in [*TARGET, "newsdrop-setup"]} == set(wanted)


def test_the_page_is_this_machines_alone_and_wants_a_token() -> None:
    unit = service("newsdrop-web")
    words = unit["ExecStart"][0].split()
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert "web-token:/etc/newsdrop/credentials/web-token" in unit["LoadCredential"]
    assert "NEWSDROP_WEB_TOKEN_FILE=%d/web-token" in unit["Environment"]
