"""URLs that name sentinels: what is read out of them, what Celery is told, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from redis.sentinel import SentinelConnectionPool

from newsdrop.addresses import parse_redis
from newsdrop.errors import ConfigError
from newsdrop.ledger.connect import connect, connect_url
from newsdrop.settings import Settings, load_settings
from newsdrop.worker.broker import broker_options, broker_tls, broker_url
from newsdrop.worker.transport import GuardedConnection, GuardedSentinelTransport, GuardedTransport

SECRET = "s3c%2Fret"
FULL = f"sentinel://nd:{SECRET}@s1:26380,s2,[::1]:26381/main/3?sentinel_password=inner"


def settings(url: str) -> Settings:
    return load_settings({"NEWSDROP_REDIS_URL": url})


def test_everything_in_the_url_is_read() -> None:
    place = parse_redis(FULL)
    assert place.hosts == (("s1", 26380), ("s2", 26379), ("::1", 26381))
    assert (place.service, place.database, place.tls) == ("main", 3, False)
    assert (place.username, place.password) == ("nd", "s3c/ret")
    assert place.sentinel_password == "inner"


def test_the_client_asks_the_sentinels_and_every_wait_is_bounded() -> None:
    pool: Any = connect(settings(FULL)).connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "main"
    assert pool.connection_kwargs["db"] == 3
    assert pool.connection_kwargs["socket_timeout"] == 10
    for sentinel in pool.sentinel_manager.sentinels:
        options = sentinel.connection_pool.connection_kwargs
        assert options["socket_timeout"] == 10
        assert options["socket_connect_timeout"] == 5
        assert options["password"] == "inner"


def test_celery_gets_one_url_for_each_sentinel_and_the_service_as_an_option() -> None:
    user = f"nd:{SECRET}@"
    assert broker_url(settings(FULL)) == (
        f"sentinel://{user}s1:26380/3;sentinel://{user}s2:26379/3;sentinel://{user}[::1]:26381/3"
    )
    assert broker_options(settings(FULL))["master_name"] == "main"
    assert "master_name" not in broker_options(settings("redis://h/0"))


def test_celerys_transport_is_guarded_behind_sentinels_too() -> None:
    behind = GuardedConnection(broker_url(settings("sentinel://s1,s2/main")))
    assert behind.get_transport_cls() is GuardedSentinelTransport
    assert GuardedConnection("redis://h/0").get_transport_cls() is GuardedTransport


def test_tls_goes_to_redis_and_sentinels_alike() -> None:
    found = settings("sentinels://s1/main/0")
    assert broker_tls(found) is not None
    assert broker_options(found)["sentinel_kwargs"]["ssl"] is True
    assert broker_tls(settings("sentinel://s1/main/0")) is None


def test_what_celery_logs_of_the_url_and_what_we_show_of_it_hold_no_password() -> None:
    logged = GuardedConnection(broker_url(settings(FULL))).as_uri()
    assert "s3c" not in logged + repr(parse_redis(FULL))
    assert "inner" not in logged + repr(parse_redis(FULL))
    assert "s1:26380" in logged


def test_settings_show_neither_password() -> None:
    shown = str(settings(FULL).public())
    assert "s3c" not in shown
    assert "inner" not in shown
    assert "s1:26380" in shown


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://s1:26379",
        "sentinel://s1:26379/main/first",
        "sentinel://s1:port/main",
        "sentinel://s1:99999/main",
        f"sentinel://u:{SECRET}@/main",
        f"sentinel://u:{SECRET}@s1,/main",
        f"sentinel://u:{SECRET}@s1/main?timeout=3",
    ],
)
def test_what_can_not_be_such_a_url_is_a_setting_to_be_changed(url: str) -> None:
    with pytest.raises(ConfigError, match="NEWSDROP_REDIS_URL") as caught:
        connect_url(url)
    assert "s3c" not in str(caught.value)
