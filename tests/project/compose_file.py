"""docker-compose.yml as Compose reads it (variables filled in), and its services as local processes.

A service runs with exactly the command and the environment that the file and the Dockerfile give it; only
what containers bring is mapped: names of hosts to loopback, folders and secrets to folders of the test.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy/docker/Dockerfile"

#: `$$`, `${NAME}`, `${NAME:-default}`: the specification's interpolation, as far as the file uses it.
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::-([^}]*))?\})")


def compose(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with its variables filled in from `environ`, else by their defaults."""
    text = COMPOSE_FILE.read_text("utf-8")
    read: dict[str, Any] = _filled(yaml.safe_load(text), environ or {})
    return read


def variables() -> dict[str, str]:
    """Every variable that the file asks for, and its default."""
    found: dict[str, str] = {}
    for match in _VARIABLE.finditer(COMPOSE_FILE.read_text("utf-8")):
        if match[2]:
            found[match[2]] = match[3] or ""
    return found


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, environ) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, environ) for one in value]
    if not isinstance(value, str):
        return value
    return _VARIABLE.sub(lambda match: match[1] or environ.get(match[2]) or match[3] or "", value)


def image_environment() -> dict[str, str]:
    """What the Dockerfile sets, but for the PATH."""
    text = DOCKERFILE.read_text("utf-8").replace("\\\n", " ")
    # The image that runs, not the ones that build it.
    runtime = text[text.index(" AS bare") :]
    words = " ".join(re.findall(r"^ENV (.*)$", runtime, re.MULTILINE)).split()
    return {name: value for name, value in (word.split("=", 1) for word in words) if name != "PATH"}


@dataclass
class ComposeProcesses:
    """Services of the file as processes below `base`; `places` maps what the file says to what is here."""

    base: Path
    places: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services = compose()["services"]

    def start(self, service: str, number: int = 1) -> None:
        """Start a replica, as `docker compose up --scale` would."""
        name = f"{service}-{number}"
        with (self.base / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self._command(service, self._argv(service), number),
                env=self._environment(service, number),
                cwd=self.base,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self, service: str, *command: str, number: int = 1) -> subprocess.CompletedProcess[str]:
        """A one-shot service, or `docker compose run SERVICE COMMAND`, to its end."""
        return self._run(service, list(command) and self._entrypoint(service) + list(command), number)

    def health(self, service: str, number: int = 1) -> subprocess.CompletedProcess[str]:
        """What the container's health check says of a replica; exit code 0 is healthy."""
        kind, *rest = self.services[service]["healthcheck"]["test"]
        argv = ["sh", "-c", *rest] if kind == "CMD-SHELL" else rest
        return self._run(service, argv, number)

    def log(self, service: str, number: int = 1) -> str:
        return (self.base / f"{service}-{number}.log").read_text("utf-8", "replace")

    def stop(self, service: str, number: int = 1) -> int:
        """As Compose stops a container: SIGTERM, SIGKILL after its grace; the exit code."""
        process = self.running.pop(f"{service}-{number}")
        process.terminate()
        grace = str(self.services[service].get("stop_grace_period", "10s"))
        try:
            return process.wait(float(grace.removesuffix("s")))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)
            return -signal.SIGKILL

    def kill(self, service: str, number: int = 1) -> None:
        process = self.running.pop(f"{service}-{number}")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)

    def close(self) -> None:
        for name in list(self.running):
            service, _, number = name.rpartition("-")
            self.stop(service, int(number))

    def _run(self, service: str, argv: list[str], number: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(service, argv or self._argv(service), number),
            env=self._environment(service, number),
            cwd=self.base,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _argv(self, service: str) -> list[str]:
        return self._entrypoint(service) + list(self.services[service].get("command", []))

    def _entrypoint(self, service: str) -> list[str]:
        one = self.services[service]
        # Redis' image runs its command as it is; ours begins with the Dockerfile's.
        return list(one.get("entrypoint", ["newsdrop"] if "build" in one else []))

    def _command(self, service: str, argv: list[str], number: int) -> list[str]:
        return [self._here(service, word, number) for word in argv]

    def _environment(self, service: str, number: int) -> dict[str, str]:
        one = self.services[service]
        given = (image_environment() if "build" in one else {}) | one.get("environment", {})
        here = {name: self._here(service, str(value), number) for name, value in given.items()}
        path = f"{self.base / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        return here | {"PATH": path, "TMPDIR": self._here(service, "/tmp", number)}

    def _here(self, service: str, text: str, number: int) -> str:
        # A container's own folders are nobody else's, as the tmpfs of a container isn't.
        own = self.base / "containers" / f"{service}-{number}"
        for folder in ("/var/lib/newsdrop", "/tmp"):
            place = own / folder.strip("/")
            place.mkdir(parents=True, exist_ok=True)
            text = re.sub(rf"(?<![\w/]){folder}(?=[/\s]|$)", lambda _, place=place: str(place), text)  # type: ignore[misc]
        for there, here in self.places.items():
            text = re.sub(rf"(?<![\w.]){re.escape(there)}(?!\w)", lambda _, here=here: here, text)  # type: ignore[misc]
        return text
