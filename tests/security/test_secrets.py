"""Secrets planted in every setting that takes one come out nowhere: not in logs at level debug, not in any
command, letter, key, document or file, and not in the title of a process."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from elasticsearch import Elasticsearch
from msgspec.structs import asdict
from tests.corpus import seed_like
from tests.servers.cli_installation import CliInstallation
from tests.servers.ports import free_port
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import until

from newsdrop.settings import Settings, load_settings, plain

#: In every secret, and nowhere else. The rest has what URLs must escape.
MARK = "PLANTED"
REDIS_PASSWORD = f"{MARK}/redis@47%11:x"
PASSWORD = f"{MARK}/elastic@47%11:x"
API_KEY = base64.b64encode(f"an-id:{MARK}-key".encode()).decode()
#: How a secret may look where it stands in a header or a URL.
LOOKS = [
    MARK,
    API_KEY,
    base64.b64encode(f"{MARK}-key".encode()).decode()[:12],
    base64.b64encode(f"elastic:{PASSWORD}".encode()).decode()[:20],
]

pytestmark = pytest.mark.timeout(400)


def clean(text: str, what: object) -> None:
    for look in LOOKS:
        at = text.find(look)
        assert at < 0, f"{what} shows a secret: …{text[max(0, at - 200) : at + 100]}…"


def command_lines() -> str:
    shown = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                shown += [(entry / name).read_text("utf-8", "replace") for name in ("cmdline", "comm")]
            except OSError:
                continue
    return "\n".join(shown)


def everything_in(client: redis.Redis) -> Iterator[str]:
    asks: dict[bytes, Any] = {
        b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1), b"stream": client.xrange,
    }  # fmt: skip
    for key in client.scan_iter("*"):
        kind: Any = client.type(key)
        yield f"{key!r} {asks[kind](key)!r}"


def files_below(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_relative_to(folder / "drops"):
            yield path, path.read_bytes().decode("latin-1")


def commands_of(stack: Stack) -> CliInstallation:
    """The same installation's commands, run in this process."""
    commands = CliInstallation(stack.base)
    commands.variables = {name: text for name, text in stack.environ.items() if name.startswith("NEWSDROP_")}
    return commands


def celery(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "celery", "-A", "newsdrop.worker.app", *arguments],
        env=stack.environ,
        cwd=stack.base,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.redis
@pytest.mark.elasticsearch
@pytest.mark.slow
def test_planted_secrets_come_out_nowhere(elasticsearch_url: str, tmp_path: Path) -> None:
    server = RedisServer().start()
    admin = server.client()
    stack = Stack(
        tmp_path,
        elasticsearch_url=elasticsearch_url.replace("://", f"://elastic:{quote(PASSWORD, safe='')}@"),
    )
    stack.extra = {
        "NEWSDROP_REDIS_URL": f"redis://:{quote(REDIS_PASSWORD, safe='')}@127.0.0.1:{server.port}/0",
        "NEWSDROP_KIBANA_URL": f"http://elastic:{quote(PASSWORD, safe='')}@127.0.0.1:1",
        "NEWSDROP_LOG_LEVEL": "debug",
    }
    try:
        admin.config_set("requirepass", REDIS_PASSWORD)
        admin.execute_command("AUTH", REDIS_PASSWORD)
        assert stack.run("index", "init").returncode == 0
        stack.start("watch", "watch")
        stack.start("worker", "worker")
        (stack.drops / "good.md").write_bytes(seed_like(1, html_bytes=3_000))
        (stack.drops / "bad.md").write_bytes(b"no page")
        until(stack.settled(2), "all is settled", timeout_s=120)
        clean(command_lines(), "a process's title")
        commands = commands_of(stack)
        for arguments in (
            ("status",), ("status", "--json"), ("config",), ("config", "--json"), ("audit", stack.drops),
            ("dead", "list"), ("dead", "groups"), ("dead", "export", "-"), ("index", "status"),
            ("index", "migrate"), ("search", "url.domain:bbc.com"), ("enqueue", stack.drops),
            ("ingest", stack.drops), ("parse", stack.drops / "good.md"), ("dead", "replay", "--all"),
            ("kibana", "import"),
        ):  # fmt: skip
            result = commands.run(*arguments)
            assert result.exit_code in (0, 1, 3), (arguments, result.output)
            clean(result.output, arguments)
        for arguments in (
            ("report",),
            ("inspect", "conf", "--json"),
            ("inspect", "stats"),
            ("inspect", "ping"),
        ):
            done = celery(stack, *arguments)
            clean(done.stdout + done.stderr, arguments)
        # A password that is changed under them: every part fails, and says so.
        admin.config_set("requirepass", f"{REDIS_PASSWORD}-new")
        admin.client_kill_filter(_type="normal", skipme=True)
        until(lambda: "watch.outage" in stack.log("watch"), "the watcher says that Redis refuses it")
        admin.config_set("requirepass", REDIS_PASSWORD)
        stack.stop("worker")
        stack.stop("watch")
        for line in everything_in(admin):
            clean(line, "Redis")
        for path, text in files_below(tmp_path):
            clean(text, path)
        letters = Elasticsearch(elasticsearch_url)
        clean(str(letters.search(index=f"{stack.alias}*", size=100).body), "the index")
        letters.close()
    finally:
        admin.close()
        stack.close()
        server.remove()
        _drop(elasticsearch_url, stack.alias)


def _drop(url: str, alias: str) -> None:
    client = Elasticsearch(url)
    for name in client.indices.get(index=f"{alias}*", expand_wildcards="all").body:
        client.indices.delete(index=name)
    client.close()


WRONG: dict[str, dict[str, str]] = {
    "a port that is no number": {"NEWSDROP_REDIS_URL": f"redis://u:{MARK}@h:port/0"},
    "a scheme of another program": {"NEWSDROP_REDIS_URL": f"http://u:{MARK}@h/0"},
    "no URL": {"NEWSDROP_REDIS_URL": MARK},
    "an unescaped password": {"NEWSDROP_REDIS_URL": f"redis://u:a@b/c#{MARK}@h/0"},
    "an index's port": {"NEWSDROP_ELASTICSEARCH_URL": f"http://u:{MARK}@h:port"},
    "an index's scheme": {"NEWSDROP_ELASTICSEARCH_URL": f"ftp://u:{MARK}@h"},
    "user and password twice": {
        "NEWSDROP_ELASTICSEARCH_URL": f"http://u:{MARK}@h", "NEWSDROP_ELASTICSEARCH_PASSWORD": MARK,
    },
    "an authority's file that isn't there": {
        "NEWSDROP_REDIS_URL": f"rediss://u:{MARK}@127.0.0.1:1/0", "NEWSDROP_REDIS_CA_CERTS": "/nowhere",
        "NEWSDROP_ELASTICSEARCH_URL": f"https://u:{MARK}@127.0.0.1:1",
        "NEWSDROP_ELASTICSEARCH_CA_CERTS": "/nowhere",
    },
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_setting_is_named_without_the_secret_in_it(wrong: str, tmp_path: Path) -> None:
    commands = CliInstallation(tmp_path, **{"NEWSDROP_LOG_LEVEL": "debug", **WRONG[wrong]})
    for arguments in (("status",), ("config",), ("ingest", commands.drops), ("index", "status")):
        clean(commands.run(*arguments).output, arguments)


@pytest.mark.slow
def test_servers_that_do_not_answer_are_told_without_their_secrets(tmp_path: Path) -> None:
    nobody = free_port()
    servers = {
        "NEWSDROP_REDIS_URL": f"redis://u:{MARK}@127.0.0.1:{nobody}/0",
        "NEWSDROP_ELASTICSEARCH_URL": f"http://u:{MARK}@127.0.0.1:{nobody}",
        "NEWSDROP_LOG_LEVEL": "debug",
    }
    stack = Stack(tmp_path, extra=servers)
    (stack.drops / "good.md").write_bytes(seed_like(1, html_bytes=3_000))
    commands = commands_of(stack)
    for arguments in (
        ("status",), ("audit", stack.drops), ("dead", "list"), ("enqueue", stack.drops), ("search", "x"),
        ("index", "init"), ("index", "status"), ("index", "migrate"), ("ingest", stack.drops),
    ):  # fmt: skip
        result = commands.run(*arguments)
        assert result.exit_code == 3, (arguments, result.output)
        clean(result.output, arguments)
    for name in ("watch", "worker"):
        stack.start(name, name)
    try:
        until(lambda: "watch.outage" in stack.log("watch"), "the watcher waits for Redis")
        until(lambda: "rror" in stack.log("worker"), "the worker waits for Redis")
    finally:
        stack.close()
    for name in ("watch", "worker"):
        clean(stack.log(name), name)


def test_a_settings_file_that_is_wrong_is_told_without_the_secret_in_it(tmp_path: Path) -> None:
    for number, text in enumerate(
        (f'[redis]\nurl = "redis://:{MARK}@h', f'[redis]\nurl = "redis://:{MARK}@h"\nurl = 1',
         f'[elasticsearch]\npassword = ["{MARK}"]', f'[elasticsearch]\npasswort = "{MARK}"',
         f'[redis]\npassword = "{MARK}"')
    ):  # fmt: skip
        path = tmp_path / f"{number}.toml"
        path.write_text(text)
        result = CliInstallation(tmp_path, NEWSDROP_CONFIG=str(path)).run("config")
        assert result.exit_code == 2, text
        clean(result.output, text)


def test_settings_and_their_errors_never_hold_a_secret_in_the_open() -> None:
    settings = load_settings(
        {"NEWSDROP_REDIS_URL": f"redis://u:{MARK}@h/0", "NEWSDROP_ELASTICSEARCH_URL": f"http://u:{MARK}@h",
         "NEWSDROP_ELASTICSEARCH_API_KEY": API_KEY, "NEWSDROP_KIBANA_URL": f"http://u:{MARK}@h"}
    )  # fmt: skip
    for show in (repr, str, asdict, plain, Settings.public):
        clean(str(show(settings)), show)
