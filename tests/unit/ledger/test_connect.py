from __future__ import annotations

import ssl
import traceback
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import pytest
import redis

from newsdrop.addresses import mask
from newsdrop.errors import ConfigError
from newsdrop.ledger.connect import RiskWatch, check_server, connect, connect_url
from newsdrop.settings import Settings, load_settings
from newsdrop.worker.broker import broker_tls, broker_url

SECRET = "s3cret"


def settings(url: str | None = None, **more: str) -> Settings:
    return load_settings({"NEWSDROP_REDIS_URL": url or "", "NEWSDROP_STATE_DIR": "/srv/nd", **more})


def test_every_wait_of_the_client_is_bounded() -> None:
    options = connect(settings("redis://h:1/2")).connection_pool.connection_kwargs
    assert options["socket_timeout"] == 10
    assert options["socket_connect_timeout"] == 5
    assert options["socket_keepalive"] is True
    assert options["db"] == 2


def test_without_a_url_it_is_the_embedded_server_of_state_dir() -> None:
    options = connect(settings()).connection_pool.connection_kwargs
    assert options["path"] == "/srv/nd/valkey/valkey.sock"
    assert broker_url(settings()) == "redis+socket:///srv/nd/valkey/valkey.sock?virtual_host=0"


def test_a_unix_socket_keeps_its_database_and_password_for_celery() -> None:
    url = broker_url(settings(f"unix://:{SECRET}@/run/redis%20x.sock?db=3"))
    assert url == f"redis+socket://:{SECRET}@/run/redis%20x.sock?virtual_host=3"


@pytest.mark.parametrize("url", ["redis://h:1/2", "rediss://h:1/2", "unix:///run/redis.sock?db=2"])
def test_a_user_and_password_of_their_own_reach_redis_and_celery(url: str) -> None:
    password = "p@ss/w:örd %41"
    found = settings(url, NEWSDROP_REDIS_USERNAME="new drop", NEWSDROP_REDIS_PASSWORD=password)
    options = connect(found).connection_pool.connection_kwargs
    assert (options["username"], options["password"], options["db"]) == ("new drop", password, 2)
    parts = urlsplit(broker_url(found))
    assert (unquote(parts.username or ""), unquote(parts.password or "")) == ("new drop", password)
    assert password not in mask(broker_url(found))


def test_tls_verifies_against_the_given_ca(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("x")
    found = settings("rediss://h:1/0", NEWSDROP_REDIS_CA_CERTS=str(ca))
    assert broker_tls(found) == {"ssl_ca_certs": str(ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    assert connect(found).connection_pool.connection_kwargs["ssl_ca_certs"] == str(ca)
    assert broker_tls(settings("redis://h:1/0")) is None


def test_a_missing_ca_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"redis\.ca_certs"):
        connect(settings("rediss://h:1/0", NEWSDROP_REDIS_CA_CERTS="/nowhere/ca.pem"))


@pytest.mark.parametrize(
    "url",
    [
        f"http://u:{SECRET}@h:1/0",
        f"{SECRET}",
        f"redis://u:{SECRET}@h:port/0",
        f"redis://u:{SECRET}@h:99999/0",
        f"redis://u:{SECRET}/x@h:1/0",
        f"redis://u:{SECRET}@h:1/0?socket_timeout=soon",
    ],
)
def test_a_wrong_url_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(ConfigError, match=r"redis\.url") as caught:
        connect_url(url)
    assert SECRET not in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


class FakeServer:
    """Answers INFO and CONFIG GET."""

    def __init__(self, config: dict[str, str] | None = None, **facts: Any) -> None:
        good = {"redis_version": "7.2.4", "maxmemory_policy": "noeviction", "aof_enabled": 1}
        self.facts = good | facts
        self.config = config

    def info(self, _section: str) -> dict[str, Any]:
        return self.facts

    def config_get(self, name: str) -> dict[str, str]:
        if self.config is None:
            raise redis.exceptions.ResponseError("unknown command 'CONFIG'")
        return {name: self.config[name]}


def risks(server: Any) -> set[str]:
    return {risk.setting for risk in check_server(server)}


def test_a_good_server_is_no_risk_even_where_config_is_forbidden() -> None:
    assert risks(FakeServer()) == set()


def test_eviction_and_missing_persistence_are_risks() -> None:
    bad = FakeServer({"save": ""}, maxmemory_policy="allkeys-lru", aof_enabled=0)
    assert risks(bad) == {"maxmemory-policy", "appendonly"}


def test_a_risk_that_comes_while_a_process_runs_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    server, now_s = FakeServer(), [0.0]
    watch = RiskWatch(cast(redis.Redis, server), check_server(cast(redis.Redis, server)), lambda: now_s[0])
    said = []
    for at_s in (30, 61, 90, 130, 191, 252, 313):
        server.facts["maxmemory_policy"] = "allkeys-lru" if 61 <= at_s < 191 or at_s > 252 else "noeviction"
        now_s[0] = at_s
        caplog.clear()
        watch.look()
        said += [at_s for record in caplog.records if record.getMessage() == "redis.risk"]
    assert said == [61, 313]


@pytest.mark.parametrize("facts", [{"cluster_enabled": 1}, {"redis_version": "6.0.16"}])
def test_a_cluster_and_an_old_server_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        risks(FakeServer(**facts))


@pytest.mark.parametrize("url", ["redis://host", "rediss://host", "unix:///run/r.sock"])
def test_no_connection_looks_up_the_version_of_its_library(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def refuse() -> str:
        raise AssertionError("it was looked up")

    monkeypatch.setattr("redis.utils.get_lib_version", refuse)
    pool: Any = connect_url(url).connection_pool
    assert pool.make_connection().driver_info.lib_version == redis.__version__
