"""Who may ask: names of hosts, tokens, sessions and forms. Pure, but for the clock and chance it is given.

host     only names that are this server's: a page elsewhere can't reach us under a name of its own
token    what people sign in with and programs send; compared in constant time, failures bounded
session  `expires.signature` in a cookie, signed with a key made of the token: a new token ends them all
form     a signature over a cookie's chance value in every form that changes something
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
    """Signs what this server gives out. Without a token its key is chance, and ends with the server."""

    def __init__(self, token: str | None, chance: Callable[[int], bytes] = secrets.token_bytes) -> None:
        secret = chance(32) if token is None else token.encode()
        self._key = hashlib.blake2b(secret, key=b"newsdrop web", digest_size=32).digest()

    def session(self, now_s: float) -> str:
        """A session's cookie."""
        expires = str(int(now_s) + SESSION_S)
        return f"{expires}.{self._sign('session', expires)}"

    def in_session(self, cookie: str | None, now_s: float) -> bool:
        """Whether a cookie is one of ours and still holds."""
        expires, _, signature = (cookie or "").partition(".")
        ours = same(signature, self._sign("session", expires))
        return ours and expires.isdecimal() and int(expires) > now_s

    def form(self, cookie: str) -> str:
        """What a form carries so that only pages of ours can send it."""
        return self._sign("form", cookie)

    def is_form(self, cookie: str | None, given: str | None) -> bool:
        """Whether a form came with the cookie that it was made for."""
        return bool(cookie) and bool(given) and same(given or "", self.form(cookie or ""))

    def _sign(self, purpose: str, text: str) -> str:
        message = f"{purpose}:{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


class FailureLimiter:
    """Bounds how often one address may be wrong: `most` times at once, and one more every `every_s`.

    Remembers no more than `addresses`, those that failed last.
    """

    def __init__(self, *, most: int = 10, every_s: float = 6.0, addresses: int = 10_000) -> None:
        self._most = most
        self._every_s = every_s
        self._addresses = addresses
        #: Address → when its failures will all be forgiven.
        self._forgiven_s: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """How long an address must wait before it may try; 0 when it may."""
        ahead_s = self._forgiven_s.get(_network(address), 0.0) - now_s
        return max(0.0, ahead_s - (self._most - 1) * self._every_s)

    def failed(self, address: str, now_s: float) -> None:
        """Take note of a failure."""
        network = _network(address)
        before_s = max(now_s, self._forgiven_s.pop(network, 0.0))
        self._forgiven_s[network] = before_s + self._every_s
        while len(self._forgiven_s) > self._addresses:
            self._forgiven_s.popitem(last=False)


def allowed_hosts(listening: str, named: Iterable[str]) -> frozenset[str]:
    """The hosts that a request may be for, in small letters and without a port."""
    own = () if listening in ("0.0.0.0", "::", "") else (_bracketed(listening),)  # noqa: S104  compared only
    return frozenset(name.lower() for name in (*_LOOPBACK_NAMES, *own, *named))


def bare_host(header: str | None) -> str:
    """The host of a Host header, in small letters, without its port."""
    host = (header or "").strip().lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _network(address: str) -> str:
    """Whom to hold a failure against: an address, of IPv6 the network that one customer gets."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
