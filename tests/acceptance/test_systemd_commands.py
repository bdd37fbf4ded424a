"""Each unit's command as systemd would start it, as far as that goes without systemd.

Under an unprivileged user, with the unit's variables, its credentials in files, no rights, and nothing
writable but its state.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.corpus.seeds import seed_like
from tests.project.test_systemd_units import STAYING, service
from tests.servers.missing import skip_or_fail
from tests.servers.ports import free_port
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

USER = "10001"
#: Rights off as the units have them: no capability, no way to one.
POWERLESS = [
    *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"),
    *("--bounding-set=-all", "--inh-caps=-all"),
]
#: In a view of its own everything is read-only but the folder of the state, and homes are empty but for the
#: Python that runs (ProtectSystem=strict, ProtectHome=yes).
STRICT = """
state=$1 python=$2 spare=$3 home=$4
shift 4
mount --bind "$state" "$state"
mount --bind "$python" "$spare"
mount -t tmpfs -o mode=0755 none "$home"
case "$python" in "$home"/*)
  mkdir -p "$python"
  mount --bind "$spare" "$python"
esac
mount -o remount,bind,ro /
exec "$@"
"""
NEWSDROP = str(Path(sys.executable).parent / "newsdrop")


def sandbox(place: Path, *command: str) -> list[str]:
    there = [str(place / "state"), sys.base_prefix, str(place / "python"), str(Path.home())]
    return ["unshare", "--mount", "sh", "-euc", STRICT, "sh", *there, *POWERLESS, *command]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that another user may reach, which pytest's own aren't."""
    made = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    try:
        made.chmod(0o755)
        for name in ("state", "credentials", "archive", "python"):
            (made / name).mkdir(mode=0o700)
            os.chown(made / name, int(USER), int(USER))
        yield made
    finally:
        shutil.rmtree(made)


@pytest.fixture(scope="module", autouse=True)
def _possible(request: pytest.FixtureRequest) -> None:
    if os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("unshare"):
        skip_or_fail("needs root, setpriv and unshare")
    command = sandbox(request.getfixturevalue("place"), NEWSDROP, "config", "--help")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        skip_or_fail(f"the kernel or the folders don't allow it here: {done.stderr.strip()}")


def environment(name: str, place: Path) -> dict[str, str]:
    """What the unit and the example of its file of settings set; servers at ports where nobody listens."""
    unit = service(name)
    text = Path("deploy/systemd/newsdrop.env.example").read_text("utf-8")
    environ = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    environ |= dict(one.split("=", 1) for line in unit["Environment"] for one in line.split())
    nobody = free_port()
    environ |= {
        "NEWSDROP_FOLDERS": str(place / "archive"),
        "NEWSDROP_REDIS_URL": f"redis://127.0.0.1:{nobody}/0",
        "NEWSDROP_ELASTICSEARCH_URL": f"http://127.0.0.1:{nobody}",
        "NEWSDROP_ELASTICSEARCH_CA_CERTS": "",
        "NEWSDROP_STATE_DIR": str(place / "state"),
    }
    for variable, value in environ.items():
        if variable.endswith("_FILE"):
            path = place / "credentials" / Path(value).name
            path.write_text("a-secret-of-the-tests\n", "ascii")
            path.chmod(0o400)
            os.chown(path, int(USER), int(USER))
            environ[variable] = str(path)
    return environ | {"PATH": "/usr/bin:/bin", "HOME": str(place / "state")}


def command(name: str) -> list[str]:
    (line,) = service(name)["ExecStart"]
    line = re.sub(r"(?<=--port )\d+", lambda _: str(free_port()), line)
    return [NEWSDROP, *line.split()[1:]]


@pytest.mark.parametrize("name", STAYING)
def test_a_units_command_lives_without_rights_and_servers_and_ends_when_told(
    name: str, place: Path, tmp_path: Path
) -> None:
    environ, role = environment(name, place), name.removeprefix("newsdrop-")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            sandbox(place, *command(name)), env=environ, cwd=place / "state", stdout=log, stderr=log
        )

    def lives() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text("utf-8")
        asked = sandbox(place, NEWSDROP, "health", "live", "--role", role)
        return subprocess.run(asked, env=environ, capture_output=True, check=False).returncode == 0

    try:
        until(lives, f"{name} gives signs of life", timeout_s=90)
        assert re.search(rf"^Uid:\s+{USER}\s", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
        assert re.search(r"^CapEff:\s+0+$", Path(f"/proc/{process.pid}/status").read_text(), re.MULTILINE)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
    # Watcher and exporter end in order; a worker that never reached its servers says that it was asked to.
    assert code in (0, -signal.SIGTERM, 128 + signal.SIGTERM), (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize("home", [None, "closed"], ids=["no home", "another's home"])
def test_a_user_that_the_system_does_not_know_reads_in_files(place: Path, home: str | None) -> None:
    # What a container runs as, where the platform chooses the number.
    (place / "archive/one.md").write_bytes(seed_like(1))
    os.chown(place / "archive/one.md", int(USER), int(USER))
    environ = {"PATH": "/usr/bin:/bin", "NEWSDROP_STATE_DIR": str(place / "state" / str(home))}
    if home is not None:
        (place / home).mkdir(mode=0o700)
        environ["HOME"] = str(place / home)
    asked = sandbox(place, NEWSDROP, "ingest", str(place / "archive"))
    done = subprocess.run(asked, env=environ, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 indexed" in done.stdout


def test_nothing_but_the_state_may_be_written(place: Path) -> None:
    for target, allowed in ((place / "state/x", True), (place / "archive/x", False), (Path("/tmp/x"), False)):
        done = subprocess.run(sandbox(place, "touch", str(target)), capture_output=True, check=False)
        assert (done.returncode == 0) is allowed, target


def test_installing_puts_every_unit_and_keeps_settings(tmp_path: Path) -> None:
    wheel = tmp_path / "newsdrop-0.1.0-py3-none-any.whl"
    wheel.touch()
    script = ["deploy/systemd/install", str(wheel), str(tmp_path / "root")]
    subprocess.run(script, check=True, capture_output=True)
    units = tmp_path / "root/etc/systemd/system"
    shipped = Path("deploy/systemd")
    there = {str(path.relative_to(units)) for path in units.rglob("*") if path.is_file()}
    assert there == {
        str(path.relative_to(shipped))
        for path in shipped.rglob("newsdrop*")
        if path.is_file() and path.suffix != ".example"
    } | {"newsdrop-.service.d/10-newsdrop.conf"}
    assert (tmp_path / "root/etc/newsdrop/credentials").stat().st_mode & 0o777 == 0o700
    settings = tmp_path / "root/etc/newsdrop/newsdrop.env"
    settings.write_text("NEWSDROP_FOLDERS=/srv/mine\n")
    subprocess.run(script, check=True, capture_output=True)
    assert settings.read_text() == "NEWSDROP_FOLDERS=/srv/mine\n"
    missing = subprocess.run([*script[:1], "none.whl"], capture_output=True, text=True, check=False)
    assert missing.returncode == 2
    assert "make wheel" in missing.stderr
