"""Redis itself in trouble: gone, full, read-only, closed to us, forgetful; and the rights newsdrop needs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from tests.models.ledger_invariants import check_invariants
from tests.models.ledger_room import Mirror, Room, dead, indexed, retrying
from tests.project.redis_rights import PASSWORD, documented_rules
from tests.servers.counting_proxy import CountingProxy
from tests.servers.ports import free_port
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S

from newsdrop.errors import ConfigError, OutageError
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import DeadLetters, LetterFilter
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.ledger import Lane, Ledger, LedgerLimits
from newsdrop.ledger.reconcile import Reconciler

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.remove()


def unretried(port: int, **more: Any) -> redis.Redis:
    """A client that never tries again."""
    # redis-py takes None for it; its types leave that out.
    no_retry: Any = None
    return redis.Redis(host="127.0.0.1", port=port, retry=no_retry, **more)


def connect(server: RedisServer, **more: Any) -> redis.Redis:
    return unretried(server.port, socket_timeout=1, **more)


def test_a_redis_that_is_not_there_is_an_outage() -> None:
    client = unretried(free_port(), password="secret")
    room = Room(client)
    for call in (
        lambda: room.ledger.enqueue([room.drop("a")]),
        lambda: room.ledger.lookup([room.drop("a").id]),
        lambda: room.ledger.start("batch", "run", process=1, task="t"),
        room.ledger.counts,
        room.ledger.gate,
        room.ledger.due,
        room.letters.list,
        Inbox(client, room.ledger, room.letters).take,
    ):
        with pytest.raises(OutageError, match="NEWSDROP_REDIS_URL") as caught:
            call()
        assert "secret" not in str(caught.value)
    client.close()


def test_a_redis_that_stands_still_is_an_outage_and_not_a_hang(server: RedisServer) -> None:
    client = connect(server)
    room = Room(client)
    room.ledger.enqueue([room.drop("a")])
    server.pause()
    try:
        with pytest.raises(OutageError, match="no answer in time"):
            room.ledger.enqueue([room.drop("b")])
    finally:
        server.resume()
    # Whether the frozen server carried it out can't be known; asking again is harmless either way.
    again = Room(connect(server))
    again.ledger.enqueue([room.drop("b")])
    assert again.ledger.depth()[Lane.FRESH] == 2
    check_invariants(again.client)
    again.client.close()
    client.close()


def test_a_full_redis_refuses_new_work_as_a_whole_and_nothing_is_half_written(server: RedisServer) -> None:
    client = connect(server)
    room = Room(client)
    room.ledger.enqueue([room.drop("a")])
    client.config_set("maxmemory", 1)
    with pytest.raises(OutageError, match="maxmemory"):
        room.ledger.enqueue([room.drop("b")])
    with pytest.raises(OutageError, match="maxmemory"):
        room.ledger.announce_migration("next")
    check_invariants(client)
    client.close()


def test_a_full_redis_lets_work_come_to_its_end(each_client: redis.Redis) -> None:
    room = Room(each_client)
    names = ("indexed", "dead", "retrying", "lost", "given back")
    room.ledger.enqueue([room.drop(name) for name in names])
    each_client.config_set("maxmemory", 1)
    try:
        batch, drops = room.start()
        by_name = {str(drop.path).removeprefix("/drops/"): drop for drop in drops}
        assert room.ledger.touch(batch, "run", by_name["lost"].id)
        settled = [indexed(by_name["indexed"]), dead(by_name["dead"]), retrying(by_name["retrying"], 1)]
        assert room.ledger.finish(batch, "run", settled, yield_rest=True, meters={"m": 1})
        batch, drops = room.start("second")
        assert room.ledger.touch(batch, "second", by_name["lost"].id)
        assert room.ledger.expire(batch, "second", by_name["lost"].id)
        assert room.ledger.reap(batch).what == "charged"
        room.clock.sleep(1)
        assert room.ledger.due() == 1
        room.ledger.tick(throttle_ms=0, gap_ms=1_000_000)
        room.ledger.report("worker", "name", {}, 1)
        room.ledger.count({"m": 1})
        assert room.ledger.close_gate("index", "y", 1)
        assert room.ledger.open_gate()
        assert room.letters.mirror(Mirror()) == 1
        assert room.letters.discard(LetterFilter(), "me") == 1
    finally:
        each_client.config_set("maxmemory", 0)
    check_invariants(each_client)


def test_a_replica_is_an_outage_that_names_the_setting(server: RedisServer) -> None:
    client = connect(server)
    room = Room(client)
    room.ledger.enqueue([room.drop("a")])
    client.replicaof("127.0.0.1", free_port())
    with pytest.raises(OutageError, match="NEWSDROP_REDIS_URL"):
        room.ledger.enqueue([room.drop("b")])
    client.close()


class Address(CountingProxy):
    """A virtual address: new connections go to another server, those that are open stay where they are."""

    def lead_to(self, server: RedisServer) -> None:
        self._behind = server.port


@pytest.mark.parametrize("refusal", ["READONLY", "NOREPLICAS"])
def test_the_new_primary_is_found_behind_an_address_whose_old_one_lives_on(
    server: RedisServer, refusal: str
) -> None:
    new = RedisServer().start()
    try:
        address = Address(server.port)
        with address:
            client = unretried(address.port, socket_timeout=PATIENCE_S)
            room = Room(client)
            room.ledger.enqueue([room.drop("a")])
            address.lead_to(new)
            if refusal == "READONLY":
                connect(server).replicaof("127.0.0.1", new.port)
            else:
                connect(server).config_set("min-replicas-to-write", 1)
            with pytest.raises(OutageError, match="replica"):
                room.ledger.enqueue([room.drop("b")])
            assert room.ledger.enqueue([room.drop("b")]).queued == 1
            check_invariants(new.client())
            client.close()
    finally:
        new.remove()


def test_a_wrong_password_is_a_setting_to_be_changed(server: RedisServer) -> None:
    admin = connect(server)
    admin.config_set("requirepass", "right")
    for client in (connect(server), connect(server, password="wrong-secret")):
        with pytest.raises(ConfigError, match="NEWSDROP_REDIS_URL") as caught:
            Ledger(client).counts()
        assert "wrong-secret" not in str(caught.value)
        client.close()
    admin.close()


def test_keys_of_another_program_are_told_and_left_alone(server: RedisServer) -> None:
    client = connect(server)
    client.set(keys.LEDGER, "mine")
    with pytest.raises(ConfigError, match="a database of its own"):
        Ledger(client).enqueue([Room(client).drop("a")])
    assert client.get(keys.LEDGER) == b"mine"
    client.close()


def test_scripts_that_the_server_forgot_are_loaded_again(server: RedisServer) -> None:
    client = connect(server)
    room = Room(client)
    room.ledger.enqueue([room.drop("a")])
    client.script_flush()
    room.ledger.enqueue([room.drop("b")])
    client.script_flush()
    assert room.ledger.due() == 0
    assert room.ledger.depth()[Lane.FRESH] == 2
    client.close()


def test_the_rights_that_the_documentation_gives_suffice_for_everything(server: RedisServer) -> None:
    admin = connect(server)
    admin.execute_command("ACL", "SETUSER", "newsdrop", *documented_rules("newsdrop"))
    client = connect(server, username="newsdrop", password=PASSWORD)
    room = Room(client)
    mirror = Mirror()
    room.ledger.enqueue([room.drop(name) for name in "abc"] + [room.inline("i")])
    batch, drops = room.start()
    room.ledger.touch(batch, "run", drops[0].id)
    first, second, third, _ = drops
    room.ledger.finish(batch, "run", [indexed(first), dead(second), retrying(third, 0)], yield_rest=True)
    client.xadd(keys.INBOX, {"drop": b"rubbish"})
    ticks = Reconciler(room.ledger, Inbox(client, room.ledger, room.letters), room.letters, mirror)
    ticks.tick()
    room.clock.sleep(31)
    tick = ticks.tick()
    assert (tick.due, tick.rejected, tick.mirrored) == (1, 1, 2)
    assert room.letters.replay(LetterFilter(), "me") == 2
    room.letters.discard(LetterFilter(), "me")
    room.ledger.close_gate("x", "y", 5)
    room.ledger.probe_gate()
    room.ledger.open_gate()
    room.ledger.counts(), room.ledger.depth(), room.ledger.born(), room.ledger.gauges()
    admin.execute_command("ACL", "SETUSER", "newsdrop", "-hset")
    with pytest.raises(ConfigError, match="rights"):
        room.ledger.report("x", "y", {}, 1)
    client.close()
    admin.close()


def test_a_worker_that_slept_for_longer_than_its_lease_finds_itself_fenced(server: RedisServer) -> None:
    """The real thing: another process, SIGSTOP, the server's own clock."""
    client = connect(server)
    ledger = Ledger(client, LedgerLimits(lease_ms=300))
    room = Room(client)
    ledger.enqueue([room.drop("a")])
    batch = room.batch()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            own = Ledger(connect(server), LedgerLimits(lease_ms=300))
            drops = own.start(batch, "sleeper", process=os.getpid(), task="t")
            own.touch(batch, "sleeper", drops[0].id)
            os.kill(os.getpid(), signal.SIGSTOP)
            fenced = not own.touch(batch, "sleeper", drops[0].id)
            fenced = fenced and not own.finish(batch, "sleeper", [dead(drops[0])])
            os.write(writer, b"fenced" if fenced else b"free")
        finally:
            os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    while ledger.reap(batch).what == "early":
        pass
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"fenced"
    entry = ledger.lookup([room.drop("a").id])[0]
    assert entry is not None
    assert (entry.state, entry.deaths) == ("queued", 1)
    os.close(reader)
    os.close(writer)
    check_invariants(client)
    client.close()


def test_a_redis_killed_with_its_append_only_file_comes_back_consistent() -> None:
    server = RedisServer(options=("--appendonly", "yes", "--appendfsync", "everysec")).start()
    try:
        client = connect(server)
        room = Room(client)
        room.ledger.enqueue([room.drop(f"{number}") for number in range(3_000)])
        for view in list(room.ledger.batches())[:20]:
            held = room.ledger.start(view.id, "run", process=1, task="t")
            room.ledger.finish(
                view.id, "run", [indexed(held[0]), dead(held[1]), retrying(held[2])], yield_rest=True
            )
        server.kill()
        server.start()
        again = Room(connect(server))
        check_invariants(again.client)
        # Up to a second of work is lost: the rescan brings it back.
        again.ledger.enqueue([again.drop(f"{number}") for number in range(3_000)])
        assert sum(again.ledger.counts().values()) == 3_000
        check_invariants(again.client)
        assert DeadLetters(again.client, again.ledger).count() <= 20
        client.close()
        again.client.close()
    finally:
        server.remove()


def contents(client: redis.Redis) -> dict[bytes, Any]:
    """Every key with its value, as the server would hand it to another one."""
    names: Any = client.keys()
    return {name: client.dump(name) for name in names}


@pytest.mark.parametrize("right", ["hset", "hincrby", "zadd", "zrem", "set", "sadd"])
def test_a_right_that_is_missing_leaves_nothing_half_done(
    each_redis: RedisServer, each_client: redis.Redis, right: str
) -> None:
    room = Room(each_client)
    settled, broken, waiting = (room.drop(name) for name in "abc")
    room.make_dead(broken)
    room.ledger.enqueue([settled, waiting])
    batch, (one, other) = room.start()
    each_client.execute_command(
        "ACL", "SETUSER", "upgraded", "on", "nopass", "~*", "&*", "+@all", f"-{right}"
    )
    before = contents(each_client)
    with redis.Redis(host="127.0.0.1", port=each_redis.port, username="upgraded", password="x") as client:
        theirs = Room(client, room.clock)
        for call in (
            lambda: theirs.ledger.enqueue([room.drop("new")]),
            lambda: theirs.ledger.finish(batch, "run", [indexed(one), dead(other)]),
            lambda: theirs.letters.replay([broken.id], "me"),
            lambda: theirs.letters.discard([broken.id], "me"),
        ):
            with pytest.raises(ConfigError, match="lacks rights"):
                call()
        assert contents(each_client) == before
    each_client.execute_command("ACL", "DELUSER", "upgraded")
    assert room.ledger.finish(batch, "run", [indexed(one), dead(other)])
    check_invariants(each_client)
