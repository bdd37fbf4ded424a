"""Who may ask: names of hosts, tokens, sessions and forms. Pure: clock and randomness are arguments.

host     only names of this server: a page elsewhere can't reach us under a name of its own
token    people sign in with it and programs send it; compared in constant time, failures limited
session  `expires.signature` in a cookie, signed with a key made from the token: a new one ends all sessions
form     every form that changes something has a signature of a random value in a cookie
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable

__all__ = ["SESSION_S", "FailureLimiter", "Seal", "allowed_hosts", "bare_host", "is_loopback", "same"]

SESSION_S = 30 * 86_400
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Seal:
    """Signs cookies and forms. Without a token, the key is random and lasts as long as the server."""

    def __init__(self, token: str | None, chance: Callable[[int], bytes] = secrets.token_bytes) -> None:
        secret = chance(32) if token is None else token.encode()
        self._key = hashlib.blake2b(secret, key=b"newsdrop web", digest_size=32).digest()

    def session(self, now_s: float) -> str:
        """The cookie of a new session."""
        expires = str(int(now_s) + SESSION_S)
        return f"{expires}.{self._sign('session', expires)}"

    def in_session(self, cookie: str | None, now_s: float) -> bool:
        """Whether a cookie is one of ours and still valid."""
        expires, _, signature = (cookie or "").partition(".")
        ours = same(signature, self._sign("session", expires))
        return ours and expires.isdecimal() and int(expires) > now_s

    def form(self, cookie: str) -> str:
        """The value in a form that proves that it comes from one of our pages."""
        return self._sign("form", cookie)

    def is_form(self, cookie: str | None, given: str | None) -> bool:
        """Whether a form was sent with the cookie that it was made for."""
        return bool(cookie) and bool(given) and same(given or "", self.form(cookie or ""))

    def _sign(self, purpose: str, text: str) -> str:
        message = f"{purpose}:{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


class FailureLimiter:
    """Limits how often one address may fail: `most` times at once, then once every `every_s`.

    Remembers no more than `addresses`, those that failed last.
    """

    def __init__(self, *, most: int = 10, every_s: float = 6.0, addresses: int = 10_000) -> None:
        self._most = most
        self._every_s = every_s
        self._addresses = addresses
        #: Address → when its failures will all be forgiven.
        self._forgiven_s: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """How long an address must wait before its next try; 0 if it may try now."""
        ahead_s = self._forgiven_s.get(_network(address), 0.0) - now_s
        return max(0.0, ahead_s - (self._most - 1) * self._every_s)

    def failed(self, address: str, now_s: float) -> None:
        """Record a failure."""
        network = _network(address)
        before_s = max(now_s, self._forgiven_s.pop(network, 0.0))
        self._forgiven_s[network] = before_s + self._every_s
        while len(self._forgiven_s) > self._addresses:
            self._forgiven_s.popitem(last=False)


def allowed_hosts(listening: str, named: Iterable[str]) -> frozenset[str]:
    """The hosts that a request may be for, in lower case and without a port."""
    own = () if listening in ("0.0.0.0", "::", "") else (_bracketed(listening),)  # noqa: S104  compared only
    return frozenset(name.lower() for name in (*_LOOPBACK_NAMES, *own, *named))


def bare_host(header: str | None) -> str:
    """The host of a Host header, in lower case, without its port."""
    host = (header or "").strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach this address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _network(address: str) -> str:
    """What a failure is counted against: an address, or for IPv6 the network that one customer gets."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
