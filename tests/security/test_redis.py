"""Redis with users of few rights and behind TLS: the whole way of a drop works, and nothing beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
import redis
from tests.corpus import seed_like
from tests.project.redis_rights import PASSWORD, documented_rules
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.servers.tls import Authority, TlsProxy
from tests.waiting import until

from newsdrop import enqueue, enqueue_many, state
from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger.connect import check_server, connect_url
from newsdrop.settings import Redis

pytestmark = [pytest.mark.redis, pytest.mark.slow]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    server = RedisServer(("--appendonly", "yes")).start()
    admin = server.client()
    for user in ("newsdrop", "newsdrop-producer"):
        admin.execute_command("ACL", "SETUSER", user, *documented_rules(user))
    # From here on nobody gets in without a name; the tests' own client keeps its connection.
    admin.execute_command("ACL", "SETUSER", "default", "resetpass", f">{PASSWORD}-admin")
    admin.close()
    yield server
    server.remove()


@pytest.fixture
def admin(server: RedisServer) -> Iterator[redis.Redis]:
    client = redis.Redis(host="127.0.0.1", port=server.port, password=f"{PASSWORD}-admin")
    yield client
    client.close()


def url(server: RedisServer, user: str) -> str:
    return f"redis://{user}:{PASSWORD}@127.0.0.1:{server.port}/0"


def the_whole_way(stack: Stack, producer_url: str, producer_options: dict[str, str]) -> None:
    """Watcher, worker, producers and every command that talks to Redis."""
    stack.start("watch", "watch")
    stack.start("worker", "worker")
    for number in range(3):
        (stack.drops / f"{number}.md").write_bytes(seed_like(number, html_bytes=3_000))
    (stack.drops / "bad.md").write_bytes(b"no page")
    until(stack.settled(4), "files are settled", timeout_s=60)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"NEWSDROP_REDIS_URL": producer_url, **producer_options}.items():
            patch.setenv(name, value)
        receipt = enqueue(seed_like(77, html_bytes=3_000), name="x.md", key="k")
        enqueue_many([("y.md", seed_like(78, html_bytes=3_000))])
        until(lambda: state(receipt) == "indexed", "what a producer sent is indexed", timeout_s=60)
    until(stack.settled(6), "all is settled")
    assert stack.json("audit", str(stack.drops))["ok"]
    assert len(stack.json("dead", "list")) == 1
    assert stack.json("dead", "groups")
    assert stack.json("dead", "replay", "--all")["replayed"] == 1
    until(lambda: stack.states().get("dead") == 1, "the replayed letter is dead again", every_s=1)
    assert stack.json("dead", "discard", "--all")["discarded"] == 1
    assert stack.json("enqueue", str(stack.drops))["queued"] == 0
    assert stack.json("forget", "--gone")["pruned"] == 0
    assert "No removals are held" in stack.run("watch", "--confirm-removals").stderr
    assert stack.json("forget", "--list") == []
    assert stack.run("health", "ready", "--role", "worker").returncode == 0
    status = stack.json("status")
    assert status["workers"]
    assert status["watchers"]
    assert "newsdrop_up 1.0" in the_metrics(stack)
    assert stack.stop("worker") == 0
    assert stack.stop("watch") == 0


def the_metrics(stack: Stack) -> str:
    stack.start("metrics", "metrics", "--port", "0")
    found = until(lambda: re.search(r'"newsdrop.where": ?"([^"]+)"', stack.log("metrics")), "its address")
    with urlopen(found[1]) as answer:
        return str(answer.read().decode())


def test_the_documented_user_suffices_for_watcher_worker_commands_and_producers(
    server: RedisServer, admin: redis.Redis, tmp_path: Path
) -> None:
    stack = Stack(tmp_path, extra={"NEWSDROP_REDIS_URL": url(server, "newsdrop")})
    try:
        the_whole_way(stack, url(server, "newsdrop-producer"), {})
    finally:
        stack.close()
    refused = {
        (entry[b"username"].decode(), entry[b"reason"].decode(), entry[b"object"].decode())
        for entry in (dict(zip(one[::2], one[1::2], strict=True)) for one in _acl_log(admin))
    }
    # The look at the server's persistence does without CONFIG where that is forbidden.
    assert refused <= {("newsdrop", "command", "config|get")}


def _acl_log(admin: redis.Redis) -> list[list[bytes]]:
    # Raw: redis-py's own reading of ACL LOG differs between protocol versions.
    answer = admin.execute_command("ACL LOG")
    return [_flat(one) for one in answer]


def _flat(entry: dict[bytes, bytes] | list[bytes]) -> list[bytes]:
    if isinstance(entry, list):
        return entry
    return [
        part if isinstance(part, bytes) else str(part).encode() for pair in entry.items() for part in pair
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",), ("FLUSHDB",), ("CONFIG", "SET", "dir", "/tmp"), ("KEYS", "*"), ("SHUTDOWN",),
        ("ACL", "LIST"), ("REPLICAOF", "NO", "ONE"), ("MODULE", "LIST"),
        ("CLIENT", "KILL", "TYPE", "normal"), ("SCRIPT", "FLUSH"), ("FUNCTION", "LIST"), ("MONITOR",),
        ("SAVE",), ("SCAN", "0"), ("GET", "other"), ("SET", "other", "1"), ("DEL", "other"),
        ("EVAL", "return redis.call('SET', 'other', '1')", "0"), ("PUBLISH", "other", "x"),
        ("RENAME", "newsdrop:ledger", "newsdrop:x"), ("COPY", "newsdrop:ledger", "newsdrop:x"),
    ],
)  # fmt: skip
def test_the_documented_user_may_do_nothing_else(server: RedisServer, command: tuple[str, ...]) -> None:
    client = redis.Redis.from_url(url(server, "newsdrop"))
    with pytest.raises(redis.ResponseError, match=r"(?i)permission|acl failure|can't access|no such key"):
        client.execute_command(*command)
    client.close()


@pytest.mark.parametrize(
    "command",
    [
        ("XTRIM", "newsdrop:inbox", "MAXLEN", "0"), ("XDEL", "newsdrop:inbox", "1-1"),
        ("DEL", "newsdrop:inbox"), ("SET", "newsdrop:dead:x", "y"), ("ZRANGE", "newsdrop:dead", "0", "-1"),
        ("HGETALL", "newsdrop:ledger"), ("HSET", "newsdrop:ledger", "a", "b"), ("SET", "newsdrop:gate", "x"),
        ("LPUSH", "newsdrop:newsdrop.ingest", "x"), ("INFO",), ("EVAL", "return 1", "0"),
        ("XADD", "other", "*", "a", "b"),
    ],
)  # fmt: skip
def test_a_producer_may_put_into_the_inbox_and_ask_and_nothing_else(
    server: RedisServer, command: tuple[str, ...]
) -> None:
    client = redis.Redis.from_url(url(server, "newsdrop-producer"))
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command)
    client.close()


def test_the_whole_way_through_tls_with_a_private_authority(server: RedisServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with TlsProxy(authority.certificate(), server.port) as proxy:
        encrypted = f"rediss://{{}}:{PASSWORD}@127.0.0.1:{proxy.port}/0"
        authorities = {"NEWSDROP_REDIS_CA_CERTS": str(authority.ca_file)}
        stack = Stack(tmp_path, extra={"NEWSDROP_REDIS_URL": encrypted.format("newsdrop"), **authorities})
        try:
            the_whole_way(stack, encrypted.format("newsdrop-producer"), authorities)
        finally:
            stack.close()


def asked(url: str, ca_certs: Path | None = None) -> None:
    with closing(connect_url(url, Redis(ca_certs=ca_certs, timeout_s=2), retries=0)) as client:
        check_server(client)


def test_a_certificate_that_is_not_trusted_names_the_setting(server: RedisServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    with TlsProxy(authority.certificate(), server.port) as proxy:
        encrypted = f"rediss://newsdrop:{PASSWORD}@127.0.0.1:{proxy.port}/0"
        for ca_file in (None, Authority(strangers).ca_file):
            with pytest.raises(ConfigError, match="NEWSDROP_REDIS_CA_CERTS") as caught:
                asked(encrypted, ca_file)
            assert PASSWORD not in caught.value.message
        asked(encrypted, authority.ca_file)


def test_a_certificate_for_another_host_is_refused(server: RedisServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with (
        TlsProxy(authority.certificate("redis.example.org"), server.port) as proxy,
        pytest.raises(ConfigError, match="another host"),
    ):
        asked(f"rediss://newsdrop:{PASSWORD}@127.0.0.1:{proxy.port}/0", authority.ca_file)


@pytest.mark.parametrize(
    ("since", "until", "says"), [(2019, 2020, "has expired: renew it"), (2400, 2401, "not valid yet")]
)
def test_a_certificate_out_of_its_time_is_told_as_such(
    server: RedisServer, tmp_path: Path, since: int, until: int, says: str
) -> None:
    authority = Authority(tmp_path)
    first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (since, until))
    with (
        TlsProxy(authority.certificate(since=first, until=last), server.port) as proxy,
        pytest.raises(ConfigError, match=says),
    ):
        asked(f"rediss://newsdrop:{PASSWORD}@127.0.0.1:{proxy.port}/0", authority.ca_file)


def test_tls_where_there_is_none_and_none_where_there_is_are_outages_that_ask_about_it(
    server: RedisServer, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with TlsProxy(authority.certificate(), server.port) as proxy:
        for wrong in (f"rediss://127.0.0.1:{server.port}/0", f"redis://127.0.0.1:{proxy.port}/0"):
            with pytest.raises(OutageError, match="rediss://"):
                asked(wrong, authority.ca_file)


def test_a_ca_file_that_is_none_is_named(server: RedisServer, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    with (
        TlsProxy(authority.certificate(), server.port) as proxy,
        pytest.raises(ConfigError, match="NEWSDROP_REDIS_CA_CERTS"),
    ):
        asked(f"rediss://newsdrop:{PASSWORD}@127.0.0.1:{proxy.port}/0", rubbish)
