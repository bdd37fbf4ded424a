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
from unicodedata import normalize
from urllib.parse import quote, urlsplit, urlunsplit

from newsdrop.hosts import canonical_host
from newsdrop.spelling import as_listed, is_listed
from newsdrop.tracking import is_tracking

__all__ = [
    "RULES",
    "article_document_id",
    "canonical_url",
    "content_document_id",
    "drop_id",
    "earlier_drop_id",
    "inline_drop_id",
    "innermost",
    "inside",
    "is_absent",
    "member_drop_id",
    "path_drop_id",
    "url_document_id",
]

_F = TypeVar("_F")

#: The rules by which ids and versions are made. Changed with them, so that no two that differ share a ledger.
RULES: Final = "1"

_DOUBLE_ESCAPE = re.compile(r"%(?:25)+(?=[0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
#: An address with nothing to be done but the scheme and `www.`; most are so.
_PLAIN_URL = re.compile(r"https?://(?:www\.)?((?!www\.)(?:[a-z0-9-]+\.)+[a-z]+)((?:/[A-Za-z0-9._~-]+)*/?)")
#: What isn't plain for all that: copies for small screens, dots that are steps, WeChat.
_SPECIAL = re.compile(
    r"//(?:[^/]*\.)?(?:m|amp|mobile|wap|weixin|ampproject|google)\.|/\.{1,2}(?:/|$)|[/.]amp(?:[/.]|$)"
)
_AMP_CACHES = re.compile(
    r"https?://(?:(?:www\.)?google\.[a-z.]{2,6}/amp|(?:[\w-]+\.)?cdn\.ampproject\.org/[a-z]{1,2})/(?P<s>s/)?"
    r"(?P<page>[^/?#]+\.[^/?#]+/.*)",
    re.IGNORECASE | re.DOTALL,
)
_AMP_BEGINNING = re.compile(r"^(?:/amp)+(?=/.)", re.IGNORECASE)
_AMP_END = re.compile(r"(?<=[^/])(?:[/.]amp)+(/?)$", re.IGNORECASE)
_AMP_FILE = re.compile(r"(?:\.amp)+(?=\.html?$)", re.IGNORECASE)
_AMP_PAIR = re.compile(
    r"(?:amp|_amp|isamp)(?:=(?:1|true|yes)?)?|output(?:type)?=amp|usqp=mq331.*|amp_js_v=.*", re.I
)
#: A session of one reader, which some servers write into every link.
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[^/;?#]*", re.IGNORECASE)
_SESSION_PAIR = re.compile(r"(?:jsessionid|phpsessid|aspsessionid\w*)=.*", re.IGNORECASE)
#: An ampersand as HTML spells it, once or several times over.
_AMPERSAND = re.compile(r"&(?:amp;|#0{0,4}38;|#x0{0,4}26;)+", re.IGNORECASE)
_AMP_LEFT = re.compile(r"^(?:amp;)+", re.IGNORECASE)
_STEP = re.compile(r"/\.{1,2}(?=/|$)")
_FOREIGN = re.compile("(?:%[89A-F][0-9A-F])+")
#: What WeChat's address of an article needs, in the order that it writes; the rest tells who shared it.
_WEIXIN = ("__biz", "mid", "idx", "sn")
_WEIXIN_SHORT = re.compile(r"/s/[\w-]{10,40}")
#: A canonical URL that says more than which site.
_PAGE_URL = re.compile(r"https?://[^/?#\s]+/.", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Escapes nested deeper than this are nobody's URL; undoing them would take a hostile header quadratic time.
_ESCAPE_ROUNDS = 16
_CACHES_IN_CACHES = 3


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

    Hashes the file system's own bytes (`os.fsencode`), so a name that is no UTF-8 has an id like any other. A
    path that is written as a member's would be (`a.zip!b.md`) is hashed as what it is.
    """
    data = os.fsencode(path)
    return _digest(b"path:" + data if b"!" in data else data)


_SAYS_NOTHING_OF_LOOPS: Final = sys.version_info >= (3, 13)


def resolved(path: str | os.PathLike[str]) -> str:
    """The absolute path with symlinks resolved and its folders as they are listed: what is hashed.

    A file's own name stays as it was written: a folder of a million files is not listed for each of them.

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
    folder, _, name = found.rpartition("/")
    return f"{as_listed(folder).rstrip('/')}/{name}"


def is_absent(path: str | os.PathLike[str]) -> bool:
    """Whether the system says that there is nothing at the path; an error says nothing of the kind.

    What was renamed in its case alone is absent under its old name, though names without case still find it.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return not is_listed(os.fspath(path))


def _look_for_loops(path: str) -> None:
    try:
        Path(path).stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise


def member_drop_id(bundle: str | os.PathLike[str], member: str) -> str:
    """The id of one member of a bundle; stays the same when the bundle is read again."""
    place, name = os.fsencode(bundle), os.fsencode(member)
    # No path holds a NUL, so this one ends it where a `!` may be a part of it.
    return _digest(b"member:" + place + b"\0" + name if b"!" in place else place + b"!" + name)


def drop_id(path: str, member: str | None) -> str:
    """The id of a file, or of a bundle's member."""
    return path_drop_id(path) if member is None else member_drop_id(path, member)


def earlier_drop_id(path: str, member: str | None = None) -> str | None:
    """The id of this drop when a `!` in a path was hashed as the one before a member is; None: as now."""
    place = os.fsencode(path)
    if b"!" not in place:
        return None
    return _digest(place if member is None else place + b"!" + os.fsencode(member))


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

    The scheme becomes https, default ports, fragments, empty queries, tracking parameters and sessions go,
    doubled slashes in the path become one, steps (`/./`, `/../`) are taken, double percent-encoding and
    `&amp;` are undone and the rest is normalised after RFC 3986 §6.2.2 (case of host and of escapes,
    unreserved characters unescaped) and Unicode's NFC. The host loses `www.`, a final full stop and what says
    that the copy is for small screens (hosts.py), and is spelled in ASCII. A page's copy in AMP is the page
    (`/amp` at either end of the path, `.amp.html`, `?amp=1`, Google's caches). A fragment that is a path
    (`#!/a/1`, `#/a/1`) stays: some sites have all of their pages there. What can't be split as a URL is
    returned stripped. Idempotent.
    """
    url = url.strip()
    plain = _PLAIN_URL.fullmatch(url)
    if plain and not _SPECIAL.search(url):
        # Nothing to be done but the scheme, as with most; a test holds both ways against each other.
        return f"https://{plain[1]}{plain[2] or '/'}"
    opened = _AMPERSAND.sub("&", url)
    for _ in range(_CACHES_IN_CACHES):
        if cached := _AMP_CACHES.match(opened):
            opened = f"http{'s' if cached['s'] else ''}://{cached['page']}"
    try:
        parts = urlsplit(opened)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host:
        return url
    host = canonical_host(host)
    path, query = _canonical_path(parts.path), _canonical_query(parts.query)
    if host == "mp.weixin.qq.com":
        # A short address names the article already; what follows it tells who shared it.
        query = "" if _WEIXIN_SHORT.fullmatch(path) else _weixin_query(query)
    if ":" in host:
        host = f"[{host}]"
    if port and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    # The mark alone is the front page, and leads where the address without it does.
    routed = parts.fragment[:1] in ("!", "/") and parts.fragment.strip("!/")
    fragment = _normal_escapes(parts.fragment) if routed else ""
    return urlunsplit(("https", host, path, query, fragment))


def _canonical_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", _SESSION.sub("", _normal_escapes(path)))
    if _STEP.search(path):
        path = _without_steps(path)
    path = _AMP_FILE.sub("", _AMP_END.sub(r"\1", path))
    return _AMP_BEGINNING.sub("", path) or "/"


def _without_steps(path: str) -> str:
    """The path with `.` and `..` taken as the steps that they are (RFC 3986 §5.2.4)."""
    taken: list[str] = []
    steps = path.split("/")
    for step in steps:
        if step == "..":
            if len(taken) > 1:
                taken.pop()
        elif step != ".":
            taken.append(step)
    return "/".join(taken) + ("/" if steps[-1] in (".", "..") and len(taken) > 0 else "")


def _canonical_query(query: str) -> str:
    pairs = (
        re.sub(r"^(?:amp;)+", "", _normal_escapes(pair), flags=re.IGNORECASE) for pair in query.split("&")
    )
    return "&".join(pair for pair in pairs if pair and not _says_nothing(pair))


def _says_nothing(pair: str) -> bool:
    """Whether a parameter says nothing of which page it is."""
    return bool(is_tracking(pair) or _AMP_PAIR.fullmatch(pair) or _SESSION_PAIR.fullmatch(pair))


def _weixin_query(query: str) -> str:
    """The query of an article in WeChat with what names it only; another query as it is."""
    told = dict(pair.partition("=")[::2] for pair in query.split("&"))
    if not all(name in told for name in _WEIXIN):
        return query
    return "&".join(f"{name}={told[name].replace('%3D', '=')}" for name in _WEIXIN)


def _normal_escapes(text: str) -> str:
    """Escapes only where one is needed, once, in upper case, of text in NFC.

    What is nested too deep is left as it is.
    """
    undone = text
    for _ in range(_ESCAPE_ROUNDS):
        before, undone = undone, _ESCAPE.sub(_unescaped, _DOUBLE_ESCAPE.sub("%", undone))
        if undone == before:
            text = undone
            break
    if not text.isascii() or _FOREIGN.search(text):
        text = normalize("NFC", _FOREIGN.sub(_in_letters, text))
    return quote(text, safe="/%:@!$&'()*+,;=?[]~", errors="surrogatepass")


def _in_letters(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match[0].replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _unescaped(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else f"%{match[1].upper()}"
