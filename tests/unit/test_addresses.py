"""Addresses: what is read out of them, what is refused, and that no password ever shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import asdict

from newsdrop.addresses import mask, parse_http, parse_redis
from newsdrop.errors import ConfigError
from newsdrop.index.client import Client
from newsdrop.index.store import ElasticsearchOptions
from newsdrop.ledger.connect import connect
from newsdrop.settings import Settings, load_settings
from newsdrop.worker.broker import broker_options, broker_tls, broker_url
from newsdrop.worker.transport import GuardedChannel, GuardedConnection

#: In every password and nowhere else.
MARK = "PLANTED"

#: Redis' URLs as people write them, with what is to be read out of them.
READ: dict[str, dict[str, Any]] = {
    "redis://h": {"hosts": (("h", 6379),), "database": 0},
    "redis://h:1/2": {"hosts": (("h", 1),), "database": 2},
    " redis://h:1/ ": {"database": 0},
    "redis:///3": {"hosts": (("localhost", 6379),), "database": 3},
    "redis://[::1]:7/1": {"hosts": (("::1", 7),), "database": 1},
    "redis://h/0?db=2": {"database": 2},
    "redis://h?db=2&health_check_interval=30": {"database": 2, "options": {"health_check_interval": 30}},
    "redis://h?socket_timeout=1.5&socket_keepalive=no": {
        "options": {"socket_timeout": 1.5, "socket_keepalive": False}
    },
    "redis://h?client_name=drop": {"options": {"client_name": "drop"}},
    "redis://h?username=u&password=p%40": {"username": "u", "password": "p@"},
    "redis://:p%2Fw@h": {"username": None, "password": "p/w"},
    "redis://u:p@w@h": {"username": "u", "password": "p@w"},
    "rediss://h?ssl_cert_reqs=CERT_NONE": {"options": {"ssl_cert_reqs": "none"}},
    "unix:///run/a%20b.sock?db=4": {"path": "/run/a b.sock", "database": 4, "hosts": ()},
    "unix://u:p@/run/r.sock": {"path": "/run/r.sock", "username": "u", "password": "p"},
    "sentinel://s1,s2:1/main/3": {"hosts": (("s1", 26379), ("s2", 1)), "service": "main", "database": 3},
    "sentinel://s1/main?socket_timeout=2": {"service": "main", "options": {"socket_timeout": 2.0}},
}


@pytest.mark.parametrize("url", READ)
def test_all_that_a_url_of_redis_says_is_read(url: str) -> None:
    found = parse_redis(url)
    assert {name: getattr(found, name) for name in READ[url]} == READ[url]


@pytest.mark.parametrize("url", [url for url in READ if not url.startswith("sentinel")])
def test_client_and_celery_mean_the_same_server(url: str) -> None:
    settings = load_settings({"NEWSDROP_REDIS_URL": url})
    ours = connect(settings).connection_pool.connection_kwargs
    # The stubs know of a transport neither its channels nor that it may do without TLS.
    tls: Any = broker_tls(settings)
    broker = GuardedConnection(broker_url(settings), ssl=tls)
    # A channel connects when it is made; what it would connect to is all that matters here.
    channel: Any = object.__new__(GuardedChannel)
    channel.connection = SimpleNamespace(client=broker, default_port=6379)
    for name, value in broker_options(settings).items():
        assert name in GuardedChannel.from_transport_options
        setattr(channel, name, value)
    theirs = channel._connparams()
    for name in (
        "host", "port", "path", "db", "username", "password", "socket_timeout", "health_check_interval",
        "socket_keepalive", "client_name", "ssl_cert_reqs",
    ):  # fmt: skip
        assert ours.get(name) == theirs.get(name), name


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must begin with one of redis://"),
        ("h:6379", "must begin with one of redis://"),
        ("http://h", "must begin with one of redis://"),
        ("redis://h/abc", "its database is not a number"),
        ("redis://h/0/1", "its database is not a number"),
        ("redis://h/-1", "its database is not a number"),
        ("redis://h/٣", "its database is not a number"),
        ("redis://h?db=x", "its option `db` is not a number"),
        ("redis://h:0", "is not written host:port"),
        ("redis://h:65536", "is not written host:port"),
        ("redis://a,b", "is not written host:port"),
        ("redis://a..b", "is not written host:port"),
        (f"redis://{'a' * 64}", "is not written host:port"),
        ("redis://h?decode_responses=true", "an option other than client_name, db"),
        ("redis://h?ssl_cert_reqs=none", "is for TLS, which begins with rediss://"),
        ("redis://h?socket_timeout=nan", "is not a number of seconds"),
        ("redis://h?socket_timeout=0", "is not a number of seconds"),
        ("redis://h?socket_keepalive=perhaps", "is neither true nor false"),
        ("rediss://h?ssl_cert_reqs=maybe", "must be none, optional or required"),
        ("redis://h/0#x", "must be percent-encoded"),
        ("redis://h\n/0", "a character that an address can't contain"),
        ("unix://h/run/r.sock", "names no socket"),
        ("unix://", "names no socket"),
        ("sentinel://s1", "names no service"),
        ("sentinel://s1/main/x", "its database is not a number"),
    ],
)
def test_what_is_no_url_of_redis_is_refused_by_the_settings_with_variable_and_reason(
    url: str, reason: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {"redis.url": url})
    assert reason in caught.value.message
    assert "(NEWSDROP_REDIS_URL)" in caught.value.message


def test_two_servers_with_ports_reach_the_client_of_elasticsearch() -> None:
    settings = load_settings({"NEWSDROP_ELASTICSEARCH_URL": "http://h1:9200, https://u:p@h2/es"})
    assert settings.elasticsearch.url == "http://h1:9200,https://h2/es"
    client = Client(ElasticsearchOptions(url=settings.elasticsearch.url))
    assert client.where == "http://h1:9200,https://h2/es"
    nodes = {node.config for node in client.api.transport.node_pool.all()}
    assert {(node.scheme, node.host, node.port, node.path_prefix) for node in nodes} == {
        ("http", "h1", 9200, ""),
        ("https", "h2", 443, "/es"),
    }
    client.close()


@pytest.mark.parametrize(
    "urls",
    [
        "http://h1,h2",
        "http://",
        "http://:9200",
        "http://h?x=1",
        "http://h#x",
        "http://h/a@b",
        "http://h,",
        "http://h/ b",
    ],
)
def test_what_is_no_address_of_a_server_is_refused(urls: str) -> None:
    with pytest.raises(ValueError, match=r"^(it|a part of it|a server in it) "):
        parse_http(urls)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("redis://u:p@h:6379/0?db=1&password=p&x=y", "redis://***@h:6379/0?db=1&password=***&***"),
        ("https://a:S1@h1,https://u:S2@h2", "https://***@h1,https://***@h2"),
        ("sentinel://u:p@s1:1,s2/main/0", "sentinel://***@s1:1,s2/main/0"),
        ("redis://u:p/w@h", "redis://***"),
        ("redis://h?password=p@w", "redis://***"),
        ("redis://h?db=1;password=p", "redis://h?db=***"),
        ("p", "***"),
        ("", "***"),
    ],
)
def test_people_see_where_and_neither_user_nor_password(text: str, shown: str) -> None:
    assert mask(text) == shown


#: Passwords as people have them, before they are put into a URL; the mark tells where any of it went.
_PIECES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
passwords = st.builds(lambda before, after: f"{before}{MARK}{after}", _PIECES, _PIECES)
#: As they should be written, as they often are, and as they never should be.
spellings: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [lambda text: quote(text, safe=""), lambda text: quote(text, safe="!,;:="), str]
)
hosts = st.sampled_from(["h", "h:1", "[::1]:9200", "a.b:65535", "h:port", ""])
rests = st.sampled_from(["", "/", "/0", "/base", "/main/0", "?db=1", "/abc", "#x"])


@st.composite
def addresses(draw: st.DrawFn, schemes: tuple[str, ...]) -> str:
    """One to three addresses in one text, each with a password somewhere in it."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        secret = draw(spellings)(draw(passwords))
        user = draw(st.sampled_from(["", "u", "elastic"]))
        one = f"{draw(st.sampled_from(schemes))}://{user}:{secret}@{draw(hosts)}{draw(rests)}"
        if draw(st.booleans()) and "?" not in one:
            one += f"?{draw(st.sampled_from(['password', 'sentinel_password', 'passwd']))}={secret}"
        found.append(one)
    return ",".join(found)


def _everything_shown(environ: dict[str, str]) -> str:
    try:
        settings = load_settings(environ)
    except ConfigError as error:
        return f"{error}{error!r}{error.__cause__}{error.__context__}"
    shown = [repr(settings), str(settings), json.dumps(settings.public()), str(asdict(settings))]
    shown += [repr(settings.redis), repr(settings.elasticsearch), repr(settings.kibana)]
    return "".join(shown) + _places(settings)


def _places(settings: Settings) -> str:
    if settings.redis.url is None:
        return ""
    try:
        return repr(parse_redis(settings.redis.url.get_secret_value())) + repr(connect(settings))
    except ConfigError as error:
        return str(error)


@given(addresses(("redis", "rediss", "unix", "sentinel", "REDIS", "http")))
@example(f"redis://u:a@b/c#{MARK}@h/0")
def test_no_password_of_redis_shows_anywhere(text: str) -> None:
    assert MARK not in mask(text)
    assert MARK not in _everything_shown({"NEWSDROP_REDIS_URL": text.replace("\0", "")})


@given(addresses(("http", "https", "HTTPS", "ftp")), st.sampled_from(["ELASTICSEARCH", "KIBANA"]))
@example(f"https://a:{MARK}1@h1,https://u:{MARK}2@h2", "ELASTICSEARCH")
@example(f"https://u:1/{MARK}@h", "KIBANA")
def test_no_password_of_elasticsearch_and_kibana_shows_anywhere(text: str, group: str) -> None:
    assert MARK not in mask(text)
    assert MARK not in _everything_shown({f"NEWSDROP_{group}_URL": text})
