"""Who is who: the ids of drops and documents, and the canonical form of a URL they rest on.

All ids are 128-bit BLAKE2b (RFC 7693) in lower-case hex. They are stored for ever: changing one byte of what
is hashed here doubles every document, so the tests pin exact values.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

__all__ = [
    "article_document_id",
    "canonical_url",
    "content_document_id",
    "inline_drop_id",
    "innermost",
    "inside",
    "member_drop_id",
    "path_drop_id",
    "url_document_id",
]

_F = TypeVar("_F")

_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|spm|ocid|at_(medium|campaign|custom\d?)|"
    r"xtor|cmpid|ref_src|ref_url|__twitter_impression|source=rss-.*|maca)$",
    re.IGNORECASE,
)
_DOUBLE_ESCAPE = re.compile(r"%(?:25)+(?=[0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN_URL = re.compile(r"https?://(?:www\.)?((?!www\.)(?:[a-z0-9-]+\.)+[a-z]+)((?:/[A-Za-z0-9._~-]+)*/?)")
#: A canonical URL that says more than which site.
_PAGE_URL = re.compile(r"https?://[^/?#\s]+/.", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Escapes nested deeper than this are nobody's URL; undoing them would take a hostile header quadratic time.
_ESCAPE_ROUNDS = 16


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def inside(path: str, folder: str) -> bool:
    """Whether `path` lies below `folder`; both resolved."""
    return path.startswith(folder.rstrip("/") + "/")


def innermost(path: str, folders: Iterable[_F], root: Callable[[_F], str]) -> _F | None:
    """Of folders that may nest, the one whose file `path` is; None outside all of them.

    Args:
        root: a folder's resolved path.
    """
    holding = [folder for folder in folders if inside(path, root(folder))]
    return max(holding, key=lambda folder: len(root(folder)), default=None)


def path_drop_id(path: str | os.PathLike[str]) -> str:
    """The id of the drop at an absolute path whose symlinks are resolved already.

    Hashes the file system's own bytes (`os.fsencode`), so a name that is no UTF-8 has an id like any other.
    """
    return _digest(os.fsencode(path))


_SAYS_NOTHING_OF_LOOPS: Final = sys.version_info >= (3, 13)


def resolved(path: str | os.PathLike[str]) -> str:
    """The absolute path with the symlinks of its folder resolved: the one spelling that is hashed.

    Raises:
        OSError: symlinks lead round in a circle (ELOOP), or a folder on the way can't be looked into.
    """
    try:
        found = str(Path(path).resolve())
    except RuntimeError:
        # What Python before 3.13 makes of ELOOP; later ones go no further, and say nothing.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None
    if _SAYS_NOTHING_OF_LOOPS:
        _look_for_loops(found)
    return found


def _look_for_loops(path: str) -> None:
    try:
        Path(path).stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise


def member_drop_id(bundle: str | os.PathLike[str], member: str) -> str:
    """The id of one member of a bundle; stays the same when the bundle is read again."""
    return _digest(os.fsencode(bundle) + b"!" + os.fsencode(member))


def inline_drop_id(key: str) -> str:
    """The id of inline content: of its idempotency key, else of its receipt."""
    return _digest(b"inline:" + key.encode("utf-8", "surrogateescape"))


def message_letter_id(message: bytes, receipt: str | None = None) -> str:
    """The id of the dead letter of a message that was refused: of its receipt, else of its bytes."""
    return _digest(b"receipt:" + receipt.encode() if receipt else b"message:" + message)


def url_document_id(url: str) -> str:
    """The document id of an article, from any spelling of its URL."""
    return _digest(canonical_url(url).encode("utf-8", "surrogatepass"))


def content_document_id(title: str, text: str) -> str:
    """The document id of an article without a URL."""
    return _digest(b"content:" + f"{title}\n{text}".encode("utf-8", "surrogatepass"))


def article_document_id(url: str | None, title: str, text: str) -> str:
    """The document id of an article: of its URL where that is one page's, else of its content.

    `/posts/1` may be a page of any site, and a front page stands in many an article for where it is from:
    either would make different articles one.
    """
    canonical = canonical_url(url) if url else ""
    if _PAGE_URL.match(canonical):
        return _digest(canonical.encode("utf-8", "surrogatepass"))
    return content_document_id(title, text)


def canonical_url(url: str) -> str:
    """One spelling for all the URLs that name the same page.

    The scheme becomes https, `www.`, default ports, fragments, empty queries and tracking parameters go,
    doubled slashes in the path become one, double percent-encoding is undone and the rest is normalised
    after RFC 3986 §6.2.2 (case of host and of escapes, unreserved characters unescaped). A fragment that is
    a path (`#!/a/1`, `#/a/1`) stays: some sites have all of their pages there. What can't be split as a URL
    is returned stripped. Idempotent.
    """
    url = url.strip()
    if plain := _PLAIN_URL.fullmatch(url):
        # Nothing to be done but the scheme, as with most; a test holds both ways against each other.
        return f"https://{plain[1]}{plain[2] or '/'}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return url
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    if ":" in host:
        host = f"[{host}]"
    if port and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    path = _normal_escapes(re.sub(r"/{2,}", "/", parts.path)) or "/"
    pairs = [_normal_escapes(pair) for pair in parts.query.split("&")]
    query = "&".join(pair for pair in pairs if pair and not _is_tracking(pair))
    # The mark alone is the front page, and leads where the address without it does.
    routed = parts.fragment[:1] in ("!", "/") and parts.fragment.strip("!/")
    fragment = _normal_escapes(parts.fragment) if routed else ""
    return urlunsplit(("https", host, path, query, fragment))


def _is_tracking(pair: str) -> bool:
    return bool(_TRACKING.match(pair.partition("=")[0]) or _TRACKING.match(pair))


def _normal_escapes(text: str) -> str:
    """Escapes only where one is needed, once, in upper case; what is nested too deep is left as it is."""
    undone = text
    for _ in range(_ESCAPE_ROUNDS):
        before, undone = undone, _ESCAPE.sub(_unescaped, _DOUBLE_ESCAPE.sub("%", undone))
        if undone == before:
            return quote(undone, safe="/%:@!$&'()*+,;=?[]~", errors="surrogatepass")
    return quote(text, safe="/%:@!$&'()*+,;=?[]~", errors="surrogatepass")


def _unescaped(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else f"%{match[1].upper()}"
