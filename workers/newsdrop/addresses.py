"""Addresses of servers: read, masked and spelt in one place, for Redis, Sentinel, Elasticsearch and Kibana.

    redis://user:password@host:6379/0?health_check_interval=30     rediss://…  with TLS
    unix://user:password@/run/redis.sock?db=0
    sentinel://user:password@host1:26379,host2:26379/service/0     sentinels://…  with TLS
    https://user:password@host1:9200,https://user:password@host2:9200/base

What is accepted here is understood by every part of newsdrop; what isn't is refused with a reason that
repeats nothing of the address, since any part of one may be a password in the wrong place. Opens no
connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

import msgspec

__all__ = ["REDIS_SCHEMES", "HttpServers", "RedisAddress", "mask", "parse_http", "parse_redis"]

REDIS_SCHEMES: Final = ("redis", "rediss", "unix", "sentinel", "sentinels")
_REDIS_PORT: Final = 6379
_SENTINEL_PORT: Final = 26379
_MASK: Final = "***"

#: The parts of a URL with an authority, whatever stands in them (RFC 3986, appendix B). Not `urlsplit`: some
#: versions of Python refuse several hosts of which one is an IPv6 address.
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:(?P<who>[^/?#]*)@)?(?P<places>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?",
    re.DOTALL | re.IGNORECASE,
)
_HOST: Final = r"\[[0-9A-Fa-f:.]+\]|[^\s/?#@:,;%\[\]]+"
_PLACE: Final = re.compile(rf"(?P<host>{_HOST})?(?::(?P<port>[0-9]{{1,5}}))?")
#: Several addresses in one text; a comma alone may belong to a password, or stand between sentinels.
_BETWEEN: Final = re.compile(r"[,;](?=\s*[a-z][a-z0-9+.-]*://)", re.IGNORECASE)
#: What may be shown of an address after its user: hosts, a path without oddities, options.
_SHOWN: Final = re.compile(
    rf"(?P<place>(?:(?:{_HOST})?(?::[0-9]{{1,5}})?,?)*(?:/[\w./%~ -]*)?)(?:\?(?P<query>[^#]*))?"
)
_PLAIN: Final = re.compile(r"[\w./:-]*")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError("is not a number")
    return int(text)


def _seconds(text: str) -> float:
    found = float(text) if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,9})?", text) else 0.0
    if not found:
        raise ValueError("is not a number of seconds")
    return found


def _switch(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in known:
        raise ValueError("is neither true nor false")
    return known[text.lower()]


def _certificate_check(text: str) -> str:
    word = text.lower().removeprefix("cert_")
    if word not in ("none", "optional", "required"):
        raise ValueError("must be none, optional or required")
    return word


def _text(text: str) -> str:
    if not text or not text.isprintable() or " " in text:
        raise ValueError("is empty or contains a space")
    return text


#: What may be asked for after the `?` of a Redis URL. redis-py and kombu know more, but not the same, and
#: some of it would change the answers that our scripts read.
_OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    "client_name": _text,
    "health_check_interval": _number,
    "socket_connect_timeout": _seconds,
    "socket_keepalive": _switch,
    "socket_timeout": _seconds,
}
_TLS_OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    "ssl_ca_certs": _text,
    "ssl_cert_reqs": _certificate_check,
    "ssl_certfile": _text,
    "ssl_check_hostname": _switch,
    "ssl_keyfile": _text,
}
#: Those that say where to and who; they leave the options for fields of their own.
_OWN: Final[dict[str, dict[str, Callable[[str], Any]]]] = {
    "redis": {"db": _number, "username": str, "password": str},
    "sentinel": {"sentinel_username": str, "sentinel_password": str},
}


class RedisAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What a URL of Redis says. Its passwords stay out of `repr`.

    `hosts`: one; several are sentinels that look after `service`; none: `path` is a unix socket. `options`:
    waits and TLS, named as redis-py and kombu name them.
    """

    scheme: str
    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    service: str = ""
    database: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None
    options: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"RedisAddress({self.where!r})"

    @property
    def tls(self) -> bool:
        return self.scheme in ("rediss", "sentinels")

    @property
    def behind_sentinels(self) -> bool:
        return self.scheme in ("sentinel", "sentinels")

    @property
    def where(self) -> str:
        """The server, for people: no user, no password."""
        if self.service:
            return f"{self.scheme}://{self.places}/{self.service}/{self.database}"
        return f"unix://{self.path}" if self.path else f"{self.scheme}://{self.places}/{self.database}"

    @property
    def places(self) -> str:
        """The hosts as a URL spells them."""
        return ",".join(f"{_spell(host)}:{port}" for host, port in self.hosts)

    @property
    def user_part(self) -> str:
        """`user:password@` with its escapes, or nothing. A secret."""
        if self.username is None and self.password is None:
            return ""
        password = "" if self.password is None else f":{quote(self.password, safe='')}"
        return f"{quote(self.username or '', safe='')}{password}@"

    def with_user(self, username: str | None, password: str) -> RedisAddress:
        """The same server for another user."""
        return msgspec.structs.replace(self, username=username, password=password)


class HttpServers(NamedTuple):
    """Servers of one cluster, and who asks them. `urls` hold no user; shown, this would hold a password."""

    urls: tuple[str, ...]
    username: str | None
    password: str | None

    def with_ports(self) -> list[str]:
        """The addresses, each with its port, where the scheme's own is left out."""
        return [_with_port(url) for url in self.urls]


def parse_redis(url: str) -> RedisAddress:
    """Read the URL of a Redis, or of the sentinels that look after one.

    Raises:
        ValueError: why it is none.
    """
    parts = _parts(url, REDIS_SCHEMES)
    scheme = parts["scheme"].lower()
    kind = "sentinel" if scheme.startswith("sentinel") else "redis"
    username, password = _user(parts["who"])
    asked = _asked(parts["query"], scheme, kind)
    own = {name: asked.pop(name) for name in _OWN[kind] if name in asked}
    if kind == "sentinel":
        service, database = _service(parts["path"])
        hosts = tuple(_place(place, _SENTINEL_PORT) for place in parts["places"].split(","))
        where: dict[str, Any] = {"hosts": hosts, "service": service, "database": database, **own}
    else:
        username, password = username or own.get("username"), password or own.get("password")
        where = _redis_place(scheme, parts["places"], parts["path"], own.get("db"))
    return RedisAddress(scheme=scheme, username=username, password=password, options=asked, **where)


def parse_http(urls: str) -> HttpServers:
    """Read the addresses of a cluster's servers, with commas between them.

    Raises:
        ValueError: why they are none.
    """
    found, users = [], set()
    for one in _BETWEEN.split(urls):
        parts = _parts(one, ("http", "https"))
        host, port = _place(parts["places"], 0, of="a server")
        if not parts["places"] or parts["places"].startswith(":"):
            raise ValueError("it names no host, as in https://host:9200")
        if parts["query"] is not None or " " in parts["path"]:
            raise ValueError("it contains a `?` or a space, which a server's address can't")
        shown_port = f":{port}" if port else ""
        found.append(f"{parts['scheme'].lower()}://{_spell(host)}{shown_port}{parts['path']}")
        if parts["who"] is not None:
            users.add(_user(parts["who"]))
    if len(users) > 1:
        raise ValueError("it names several users; all nodes of a cluster know the same ones, so give one")
    username, password = users.pop() if users else (None, None)
    return HttpServers(tuple(found), username, password)


def mask(text: str) -> str:
    """What is or should be an address, or several, for people: users, passwords and oddities are stars."""
    return ",".join(_masked(one.strip()) for one in _BETWEEN.split(text))


def _masked(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return _MASK
    who, at, place = rest.rpartition("@")
    found = _SHOWN.fullmatch(place)
    # An @ after the authority: either it or what stands before was to be escaped, and nobody knows which.
    if found is None or re.search("[/?#]", who):
        return f"{scheme}://{_MASK}"
    query = found["query"]
    options = "" if query is None else "?" + "&".join(map(_masked_option, query.split("&")))
    return f"{scheme}://{_MASK + at if at else ''}{found['place']}{options}"


def _masked_option(option: str) -> str:
    name, _, value = option.partition("=")
    if name in ("db", *_OPTIONS, *_TLS_OPTIONS):
        return f"{name}={value if _PLAIN.fullmatch(value) else _MASK}"
    known = (name for one in _OWN.values() for name in one)
    return f"{name}={_MASK}" if name in known else _MASK


def _parts(url: str, schemes: tuple[str, ...]) -> re.Match[str]:
    parts = _URL.fullmatch(url.strip())
    if parts is None or parts["scheme"].lower() not in schemes:
        raise ValueError(f"it must begin with one of {', '.join(f'{name}://' for name in schemes)}")
    if not url.strip().isprintable():
        raise ValueError("it contains a character that an address can't contain")
    if parts["fragment"] is not None or "@" in f"{parts['path']}{parts['query']}":
        raise ValueError("a part of it must be percent-encoded: %2F for / and %40 for @ in a password")
    return parts


def _user(who: str | None) -> tuple[str | None, str | None]:
    username, _, password = (who or "").partition(":")
    return unquote(username) or None, unquote(password) or None


def _asked(query: str | None, scheme: str, kind: str) -> dict[str, Any]:
    """The options behind the `?`, each read as what it is."""
    if not query:
        return {}
    known = _OPTIONS | _OWN[kind] | (_TLS_OPTIONS if scheme in ("rediss", "sentinels") else {})
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _TLS_OPTIONS and name not in known:
            raise ValueError(f"`{name}` is for TLS, which begins with {kind}s://")
        if name not in known:
            raise ValueError(f"it has an option other than {', '.join(sorted(known))}")
        try:
            found[name] = known[name](value)
        except ValueError as error:
            raise ValueError(f"its option `{name}` {error}") from None
    return found


def _redis_place(scheme: str, places: str, path: str, database: int | None) -> dict[str, Any]:
    if scheme == "unix":
        if places or len(path) < 2:
            raise ValueError("it names no socket, as in unix:///run/redis.sock?db=0")
        return {"path": unquote(path), "database": database or 0}
    in_path = unquote(path).strip("/")
    if not (in_path == "" or (in_path.isascii() and in_path.isdecimal() and len(in_path) < 10)):
        raise ValueError("its database is not a number, as in redis://host:6379/0")
    # The option wins, as it does in redis-py.
    chosen = database if database is not None else int(in_path or 0)
    return {"hosts": (_place(places, _REDIS_PORT, of="the server"),), "database": chosen}


def _service(path: str) -> tuple[str, int]:
    service, _, database = unquote(path).strip("/").partition("/")
    if not service:
        raise ValueError("it names no service, as in sentinel://host1:26379,host2:26379/service/0")
    if database and not (database.isascii() and database.isdecimal() and len(database) < 10):
        raise ValueError("its database is not a number")
    return service, int(database or 0)


def _place(text: str, port: int, *, of: str = "a sentinel") -> tuple[str, int]:
    match = _PLACE.fullmatch(text)
    host = (match["host"] if match else None) or ("localhost" if port == _REDIS_PORT else "")
    found = int(match["port"] or port) if match else 0
    given = match["port"] if match else None
    wrong = match is None or not host or found > 65_535 or (given is not None and found == 0)
    try:
        # The resolver's own rules: no label is empty or longer than 63.
        _ = host.startswith("[") or host.encode("idna")
    except UnicodeError:
        wrong = True
    if wrong:
        raise ValueError(
            f"{of} in it is not written host:port with a port from 1 to 65535, "
            "or a part of it must be percent-encoded"
        )
    return host.strip("[]"), found


def _with_port(url: str) -> str:
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    if re.search(r":[0-9]+$", place):
        return url
    return f"{scheme}://{place}:{443 if scheme == 'https' else 80}{slash}{path}"


def _spell(host: str) -> str:
    return f"[{host}]" if ":" in host else host
