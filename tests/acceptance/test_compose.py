"""docker-compose.yml without an engine: each service's own command, environment and health check, for real.

Redis is started by the file's command (password, append-only file), Elasticsearch with its security on by the
suite. What only an engine can show (images, mounts, limits) is checked as text in tests/unit/deploy.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from tests.corpus import seed_like
from tests.project.compose_file import ROOT, ComposeProcesses
from tests.servers.elasticsearch_server import ElasticsearchServer
from tests.servers.ports import free_port
from tests.servers.redis_server import server_binary
from tests.servers.secured_elasticsearch import ELASTIC_PASSWORD, admin_client
from tests.waiting import until

pytestmark = [pytest.mark.redis, pytest.mark.elasticsearch, pytest.mark.slow, pytest.mark.timeout(600)]

SERVICES = [("watcher", 1), ("worker", 1), ("worker", 2), ("metrics", 1), ("web", 1), ("flower", 1)]

#: Where the image has redis-cli and this machine hasn't: as much of it as the health check needs.
_REDIS_CLI = """#!{python}
import os, sys, redis
user = sys.argv[sys.argv.index("--user") + 1]
client = redis.Redis(port={port}, username=user, password=os.environ["REDISCLI_AUTH"], socket_timeout=5)
try:
    print("PONG" if sys.argv[-1] == "ping" and client.ping() else "?")
except redis.RedisError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("compose")
    for folder in ("bin", "drops", "credentials", "secrets", "data"):
        (made / folder).mkdir()
    return made


@pytest.fixture(scope="module")
def redis_port(base: Path) -> int:
    """Redis' programs under the names that the image has them, at a port of the test."""
    port = free_port()
    server = f'#!/bin/sh\nexec {server_binary()} "$@" --bind 127.0.0.1 --port {port}\n'
    found = shutil.which("redis-cli")
    client = f'#!/bin/sh\nexec {found} -p {port} "$@"\n' if found else None
    for name, text in (
        ("redis-server", server),
        ("redis-cli", client or _REDIS_CLI.format(python=sys.executable, port=port)),
    ):
        (base / "bin" / name).write_text(text)
        (base / "bin" / name).chmod(0o755)
    return port


@pytest.fixture(scope="module")
def services(
    base: Path, redis_port: int, secured_elasticsearch: ElasticsearchServer
) -> Iterator[ComposeProcesses]:
    """`docker compose --profile web --profile flower up --scale worker=2`, without what can't run here."""
    (base / "secrets/elastic_password").write_text(ELASTIC_PASSWORD + "\n", "utf-8")
    subprocess.run([ROOT / "deploy/compose/secrets", base / "secrets"], check=True, capture_output=True)
    places = {
        "redis:6379": f"127.0.0.1:{redis_port}",
        "elasticsearch:9200": f"127.0.0.1:{secured_elasticsearch.port}",
        "0.0.0.0": "127.0.0.1",
        "9464": str(free_port()),
        "5555": str(free_port()),
        "8765": str(free_port()),
        "/run/secrets": str(base / "secrets"),
        "/credentials": str(base / "credentials"),
        "/drops": str(base / "drops"),
        "/data": str(base / "data"),
    }
    run = ComposeProcesses(base, places)
    try:
        run.start("redis")
        until(lambda: run.health("redis").returncode == 0, "Redis is healthy")
        done = run.run("setup")
        assert done.returncode == 0, done.stdout + done.stderr
        for service, number in SERVICES:
            run.start(service, number)
        yield run
    finally:
        run.close()
        client = admin_client(secured_elasticsearch)
        for name in client.indices.get(index="newsdrop-*").body:
            client.indices.delete(index=name)
        client.close()


def await_health(services: ComposeProcesses) -> None:
    pending, said = list(SERVICES), ""

    def healthy() -> bool:
        nonlocal pending, said
        checks = {one: services.health(*one) for one in pending}
        pending = [one for one, done in checks.items() if done.returncode]
        said = "\n".join(f"{one}: {checks[one].stdout}{checks[one].stderr}" for one in pending)
        return not pending

    try:
        # A probe is a process of half a second of CPU, for each of the services.
        until(healthy, "all services are healthy", timeout_s=120, every_s=1.5)
    except AssertionError:
        logs = [services.log(*one)[-1500:] for one in pending]
        raise AssertionError("\n".join([said, *logs])) from None


def test_set_up_runs_again_without_a_change_and_all_services_become_healthy(
    services: ComposeProcesses, base: Path
) -> None:
    key = base / "credentials/elasticsearch-api-key"
    before = key.read_bytes()
    again = services.run("setup")
    assert again.returncode == 0, again.stdout + again.stderr
    assert key.read_bytes() == before
    await_health(services)


def test_what_is_dropped_is_indexed_and_accounted_for_with_the_workers_key(
    services: ComposeProcesses, base: Path
) -> None:
    for number in range(30):
        (base / f"drops/{number}.md").write_bytes(seed_like(number, html_bytes=4_000))
    until(
        lambda: '"indexed": 30' in services.run("cli", "status", "--json").stdout,
        "30 files are indexed",
        every_s=1.0,
    )
    audit = services.run("cli", "audit", "/drops")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_redis_lets_in_nobody_but_newsdrops_user(
    services: ComposeProcesses, redis_port: int, base: Path
) -> None:
    with redis.Redis(port=redis_port) as nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()
    password = (base / "secrets/redis_password").read_text().strip()
    with redis.Redis(port=redis_port, username="newsdrop", password=password) as client:
        for command in (["FLUSHALL"], ["CONFIG", "GET", "dir"], ["SET", "another", "x"]):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)


def test_no_secret_is_on_a_command_line_or_in_a_log(services: ComposeProcesses, base: Path) -> None:
    secrets = {path.read_text("utf-8").strip() for path in (base / "secrets").iterdir()}
    secrets.add((base / "credentials/elasticsearch-api-key").read_text().strip())
    for process in services.running.values():
        line = Path(f"/proc/{process.pid}/cmdline").read_text("utf-8", "replace")
        assert not [secret for secret in secrets if secret in line]
    for path in base.glob("*.log"):
        text = path.read_text("utf-8", "replace")
        assert not [secret for secret in secrets if secret in text], path


def test_when_redis_falls_all_are_unhealthy_and_after_its_restart_nothing_is_lost(
    services: ComposeProcesses, base: Path
) -> None:
    services.kill("redis")
    assert services.health("redis").returncode != 0
    for name, number in SERVICES:
        # Flower has a page of its own to show, without Redis too.
        assert (services.health(name, number).returncode == 0) is (name == "flower"), name
    services.start("redis")
    until(lambda: services.health("redis").returncode == 0, "Redis is healthy")
    await_health(services)
    audit = services.run("cli", "audit", "/drops")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def test_while_elasticsearch_stands_still_workers_are_unhealthy_and_watchers_are_well(
    services: ComposeProcesses, secured_elasticsearch: ElasticsearchServer
) -> None:
    secured_elasticsearch.pause()
    try:
        assert services.health("worker").returncode != 0
        assert services.health("watcher").returncode == 0
    finally:
        secured_elasticsearch.resume()
    await_health(services)


def test_all_end_within_their_grace_and_what_has_ended_is_unhealthy(services: ComposeProcesses) -> None:
    for name, number in SERVICES:
        assert services.stop(name, number) == 0, services.log(name, number)[-2000:]
        assert services.health(name, number).returncode != 0, name
    assert services.stop("redis") == 0
