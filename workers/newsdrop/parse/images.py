"""Which picture an <img> shows: proxies resolved, lazy loading undone, non-pictures left out.

Leaves out trackers, spacers, `data:` images, QR codes, avatars, share icons and smileys. Proxies (weserv,
WordPress's Photon, Thumbor, AMP's caches, `/_next/image?url=` and the like) only pass on what is at another
address; that one is the picture's, without the proxy's own parameters. A browser that saves a page puts its
pictures into a folder beside it (`Page_files/`): that was never an address on the web, so such a picture
has none, except what `data-*` or the page's head say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from newsdrop.parse.links import Base, absolute, one_line

__all__ = [
    "SOURCES",
    "ImageSources",
    "first_source",
    "image_url",
    "is_icon",
    "is_smiley",
    "is_unknown",
    "open_proxy",
    "told_picture",
]

#: Proxies whose address holds the picture's own in a parameter, or at the end of its path.
_BY_PARAMETER = re.compile(
    r"https?://(?:(?:images\.weserv|wsrv)\.nl/?|[^/?#]+/(?:_next/image|_vercel/image|\.netlify/images|"
    r"_image)/?|(?:external-content|proxy)\.duckduckgo\.com/iu/|[\w-]+-opensocial\.googleusercontent\.com/gadgets/proxy)"
    r"\?(?:[^#]*&)?(?:url|u|href)=(?P<own>[^&#]+)",
    re.IGNORECASE,
)
_THUMBOR = r"(?:[^/?#]+/){0,2}unsafe/(?:[^/?#]+/){0,6}?"
_BY_PATH = re.compile(
    r"https?://(?:i[0-3]\.wp\.com/(?P<photon>[^?#]+)"
    r"|(?:[\w-]+\.)?cdn\.ampproject\.org/i{1,2}/(?:w\d+/)?(?P<s>s/)?(?P<amp>[^/?#]+\.[^/?#]+/[^#]*)"
    rf"|[^/?#]+/{_THUMBOR}(?P<thumbor>(?:[a-z\d-]+\.)+[a-z]{{2,12}}/[^?#]+)"
    rf"|[^/?#]+/(?:cdn-cgi/image/[^/]+|{_THUMBOR}|(?:[^/?#]+/)?image/fetch/(?:[^/]*/){{0,4}}?|_ipx/[^/]+)/?"
    r"(?P<end>https?(?:://|:/|%3a%2f%2f)[^#]+))",
    re.IGNORECASE,
)
#: Searched for before any pattern: hardly any picture comes through a proxy.
_HINTS = (
    "weserv", "wsrv", ".wp.com/", "/_next/", "/_vercel/", "/.netlify/", "/_image", "duckduckgo", "opensocial",
    "ampproject", "/cdn-cgi/", "/image/fetch/", "/_ipx/", "/unsafe/",
)  # fmt: skip
_ESCAPED_START = re.compile(r"(?:https?%3a|[^/]*%2f)", re.IGNORECASE)

#: Where lazy loaders keep the real address, the most reliable first.
_LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-actualsrc",
    "data-orig-file",
    "data-large-file",
    "data-original-src",
    "data-lazyload",
    "data-lazy",
    "data-echo",
    "data-hi-res-src",
    "data-full-src",
    "data-img-src",
    "data-image",
    "data-real-src",
    "data-croporisrc",
    "data-backsrc",
    "data-defer-src",
    "data-ll-src",
    "data-savepage-src",
    "data-savepage-currentsrc",
    "data-url",
)
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
#: Loaders of which nobody has heard keep it in an attribute whose value is the address of a picture and
#: which isn't named as something else.
_OTHER_LOADER = re.compile(
    r"(?:(?:https?:)?//|/|\.{1,2}/)[^\s<>\"'{}]+?(?:\.(?:jpe?g|png|webp|avif|gif)(?:[?#!@_][^\s<>\"']*)?|[?&]wx_fmt=\w+)",
    re.IGNORECASE,
)
_NO_LOADER = re.compile(
    r"^(?:on|aria-)|alt|title|caption|desc|text|href|link|page|usemap|style|class|id$|avatar|logo|icon|placeholder|error|default|fallback",
    re.IGNORECASE,
)
_SMALL_COPY = re.compile(r"thumb|small|low|tiny|preview|blur|mini", re.IGNORECASE)
#: All attributes that may hold an address.
SOURCES = ("src", *_LAZY, *_LAZY_SETS)
_LOADERS = frozenset((*_LAZY, *_LAZY_SETS))
#: As in HTML: an address may contain commas and ends at white space; unless it ends in a comma, its sizes
#: follow, up to the next comma.
_CANDIDATE = re.compile(r"[\s,]*+(\S++)(?:(?<!,)([^,]*+))?")
_NO_ADDRESS = ("data:", "about:", "javascript:")
_PLACEHOLDER_NAME = re.compile(
    r"(?:^|[-_])(?:blank|spacer|placeholder|transparent|clear|lazy(?:load)?|loading|pixel|1x1|gr[ae]y)"
    r"(?:[-_.][\w.-]*)?\.(?:gif|png|svg|jpe?g|webp)$|^[a-z]\.gif$",
    re.IGNORECASE,
)
#: Names that real pictures also have: they are stand-ins only if a lazy loader's attribute says so.
_LIKELY_NAME = re.compile(
    r"(?:^|[-_.])(?:space|white(?:dot)?|trans|load(?:er)?|preload(?:er)?|default|dummy|empty|no-?(?:image|img|pic|photo)|dot|bg)"
    r"(?:[-_.][\w.-]*)?\.\w{3,4}$",
    re.IGNORECASE,
)
_LAZY_CLASS = re.compile(r"(?:^|[\s_-])(?:b-|js-)?(?:lazy\w*|lozad|unveil)(?:$|[\s_-])", re.IGNORECASE)
#: What loaders show in the meantime is drawn, or a few pixels wide.
_DRAWN = re.compile(r"\.(?:gif|svg)(?:$|\?)", re.IGNORECASE)
_PREVIEW = re.compile(
    r"[?&](?:w|width|q|quality|blur)=\d{1,2}(?:&|$)|[-_](?:\d{1,2})x(?:\d{1,2})\.\w+$", re.IGNORECASE
)
_NO_PICTURE = re.compile(
    r"(?:https?:)?//(?:(?:pixel|beacon|tracking|tracker|counter|analytics|metrics|stats?|logc\d*|sb|b|hm|mc|px)\.[^/]|"
    r"(?:[^/]*\.)?(?:gravatar\.com|doubleclick\.net|scorecardresearch\.com|google-analytics\.com|googletagmanager\.com|"
    r"googlesyndication\.com|quantserve\.com|chartbeat\.(?:com|net)|omtrdc\.net|2o7\.net|imrworldwide\.com|krxd\.net|"
    r"adnxs\.com|amazon-adsystem\.com|cnzz\.com|51\.la|51yes\.com|histats\.com|statcounter\.com|sitestat\.com|"
    r"yadro\.ru|top-fwz1\.mail\.ru|vgwort\.de|ioam\.de|xiti\.com|demdex\.net|bluekai\.com|taboola\.com|outbrain\.com|"
    r"ads-twitter\.com|bat\.bing\.com|hubspot\.com|mixpanel\.com|nr-data\.net|hotjar\.com|criteo\.(?:com|net))/|"
    r"feeds\.feedburner\.com/~|s\.w\.org/images/core/emoji|medium\.com/_/stat|www\.facebook\.com/tr|t\.co/i/|twemoji|"
    r"(?:ct|log)\.pinterest\.com|[^?#]*/(?:(?:matomo|piwik)\.php|(?:avw|lg)\.php\?)|mc\.yandex\.ru/watch|px\.ads\.linkedin\.com)",
    re.IGNORECASE,
)
_NO_PICTURE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:avatar|emoji|smiley|icon|tracker|tracking)(?:$|[\s_-])", re.IGNORECASE
)
#: The folder that a browser saves a page's pictures to, in the languages of browsers.
_SAVED = re.compile(
    r"(?:file:.*/|\./)?[^/?#:]{1,200}(?:[_-]files|-Dateien|_fichiers|_archivos|_arquivos|_bestanden|_file|-filer|_pliki|"
    r"_elemei|_soubory|_dosyalar|\.files|_файлы)/[^/?#]+",
    re.IGNORECASE,
)
#: An address without its site.
_PATH = re.compile(
    r"/(?!/)|\.{1,2}/|[\w%-][\w%. -]*/|[\w%. -]+\.(?:avif|gif|jpe?g|png|webp)(?:\?|$)", re.IGNORECASE
)
_COPY_NUMBER = re.compile(r"\(\d{1,3}\)(?=\.\w+$)")
_ICON_NAME = re.compile(
    r"(?:^|[-_./])(?:icons?|ico|arrow|close|zoom|expand|enlarge|magnif\w*|camera|play|caret|chevron|share|lupe)(?:[-_.]|$)",
    re.IGNORECASE,
)
#: A file that is named as an icon or is among icons, in a format that isn't used for photographs; or one
#: whose name says that it leads to the next page, or that it is small.
_DRAWN_ICON = re.compile(
    r"(?:/(?:icons?|iconos|icones)/[^/?#]+|(?:^|/)(?:(?:icons?|ico|bt?tn|button)\d*(?:[_-][^/?#]*)?\d*|[^/?#]*[_-]icon|1px|magnify[_-]clip|bullet(?:[_-]?[a-z\d]{1,4})?"
    r"|zoom|preload(?:er)?|spacer|print|close|share|arrow(?:[_-]?(?:left|right|up|down))?))"
    r"\.(?:gif|png|svg)(?:[?#]|$)|(?:^|/)(?:default|no)[_-]?(?:avatar|portrait)\.\w{3,4}(?:[?#]|$)"
    r"|(?:^|/)(?:next|prev|previous)[_-]?page\.\w{3,4}(?:[?#]|$)|\.ico(?:[?#]|$)"
    r"|(?:^|/)(?:facebook|twitter|studivz|myspace|delicious|digg|reddit|misterwong|mr-?wong|webnews|yigg|linkarena|stumbleupon"
    r"|google(?:plus)?|linkedin|xing|pinterest|tumblr|rss)(?:[_-](?:logo|share|small|\d{2}))?\.(?:gif|svg)(?:[?#]|$)"
    r"|(?:^|/)logo\d?\.(?:gif|png|svg)(?:[?#]|$)|/(?:tw)?(?:emoji|emoticon|emotion|smiley|smilie)s?/[^?#]+\.(?:gif|png|svg)(?:[?#]|$)"
    r"|_w[1-3]?\d_h[1-3]?\d\.\w{3,4}(?:[?#]|$)",
    re.IGNORECASE,
)
#: One of these is in every address that it finds.
_ICON_HINTS = (".gif", ".png", ".svg", ".ico", "avatar", "portrait", "page.", "_h")
#: A square to scan, which leads to the site's account or asks for a reward.
_QR_NAME = re.compile(r"(?:^|[/_-])(?:qr-?code|zxcode|erweima|ewm)[\w-]{0,16}\.\w{3,4}(?:[?#]|$)")
_QR_ALT = re.compile(
    r"^.{0,12}(?:二[维維][码碼]|[扫掃][码碼一]|[关關]注.{0,6}公[众眾][号號])|^QR\s?code$", re.IGNORECASE
)
_ICON_PX = 40
_SMILEY_CLASS = re.compile(r"\b(?:wp-smiley|(?:tw)?emoji)\b")
#: Where sites keep pictures that stand for a character, and what such a picture's `alt` is.
_SMILEYS = re.compile(
    r"[/_-](?:tw)?(?:emoji|emoticon|emotion|smil(?:ey|ie)|expression)s?[/_-]", re.IGNORECASE
)
_SMILEY_ALT = re.compile(r"\[[^\[\]]{1,10}\]|[^\w\s:;)(]{1,12}")
_LONGEST_SMILEY = 12
_TINY_PX = 3
_TINY_STYLE = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*[0-2]px", re.IGNORECASE)
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(([^)]{1,2000})\)", re.IGNORECASE)
_PHOTO = re.compile(r"\.(?:jpe?g|webp|avif)$", re.IGNORECASE)
_FACES = re.compile(r"/(?:avatars?|touxiang|headimg|userpics?|profile_images)[/_]", re.IGNORECASE)
_FACE_PX = 150
#: What Jetpack adds to an address for its lazy loader. Of a "&#038;" after it, the "&" is often lost.
_PENDING = re.compile(r"([?&])is-pending-load=1(?:(&|#038;)|$)")
_LONGEST_SIZE = 6
_LONGEST_SAVED = 500
_LONGEST_TOLD = 2_000


def image_url(attributes: Mapping[str, str | None], base: Base) -> str | None:
    """The absolute address of the picture, or None if this isn't a picture of the article."""
    if _is_tiny(attributes) or _NO_PICTURE_CLASS.search(attributes.get("class") or ""):
        return None
    raw = _address(attributes)
    if (
        raw is None
        or raw == "/"
        or _is_no_picture(raw[:_LONGEST_TOLD])
        or _is_face(attributes, raw[:_LONGEST_TOLD])
        or _is_square(raw[:_LONGEST_TOLD], attributes.get("alt") or "")
    ):
        return None
    if not base.origin and _PATH.match(raw):
        # If nothing says where the page was, its pictures keep the paths they had, and their captions.
        return one_line(raw)
    url = absolute(_loaded(raw), base)
    return open_proxy(url) if url else None


def first_source(picture: LexborNode, base: Base) -> str | None:
    """The address in the first of a <picture>'s own sources that has one, as in browsers."""
    child = picture.first_child
    while child is not None:
        if child.tag == "source":
            sources = child.attributes.get("srcset") or child.attributes.get("data-srcset")
            url = image_url({"srcset": sources}, base)
            if url:
                return url
        child = child.next
    return None


@lru_cache(1024)
def open_proxy(url: str) -> str:
    """The picture's own address if `url` is a proxy's; else `url`."""
    for _ in range(3):
        lowered = url.lower()
        inner = _inner(url) if any(hint in lowered for hint in _HINTS) else None
        if inner is None:
            break
        if inner[:1] == "/" and inner[1:2] != "/":
            # A framework's proxy for the pictures of its own site.
            inner = "/".join(url.split("/", 3)[:3]) + inner
        elif not inner.lower().startswith(("http://", "https://")):
            inner = f"https://{inner.removeprefix('ssl:').lstrip('/')}"
        url = one_line(inner)
    return url


def told_picture(attributes: Mapping[str, str | None], told: Sequence[str], *, first: bool) -> str | None:
    """The address that the page's head gives for a picture that a browser saved without its own.

    Args:
        told: the addresses in the head.
        first: whether no picture comes before it: the head's is the one at the article's beginning.
    """
    source = (attributes.get("src") or "").strip()
    if not told or not _is_saved(source) or _is_tiny(attributes) or is_icon(attributes):
        return None
    name = _COPY_NUMBER.sub("", unquote(source.rpartition("/")[2])).casefold()
    named = (unquote(url.partition("?")[0].rpartition("/")[2]).casefold() for url in told)
    same = (url for url, own in zip(told, named, strict=True) if own == name)
    return next(same, told[0] if first else None)


def is_icon(attributes: Mapping[str, str | None]) -> bool:
    """Whether the image is one of the page's own marks, such as captions have, rather than a picture."""
    sizes = [_pixels(attributes.get(name)) for name in ("width", "height")]
    name = (attributes.get("src") or "").partition("?")[0][-100:]
    if any(size is not None and size <= _ICON_PX for size in sizes):
        return True
    return name.lower().endswith(".svg") or _ICON_NAME.search(name) is not None


def is_unknown(attributes: Mapping[str, str | None]) -> bool:
    """Whether a picture of the article has no address: it was left out, or put into the file itself."""
    marks = _NO_PICTURE_CLASS.search(attributes.get("class") or "")
    return not marks and not _is_tiny(attributes) and not is_icon(attributes) and _address(attributes) is None


def is_smiley(attributes: Mapping[str, str | None]) -> bool:
    """Whether the image stands for a character: its `alt` is then part of the text."""
    classes = attributes.get("class")
    if classes and _SMILEY_CLASS.search(classes):
        return True
    alt = attributes.get("alt")
    if not alt or len(alt) > _LONGEST_SMILEY or not _SMILEY_ALT.fullmatch(alt):
        return False
    return any(_SMILEYS.search(attributes.get(name) or "") for name in ("src", "data-src"))


def _inner(url: str) -> str | None:
    by_path = _BY_PATH.match(url) if "srv.nl" not in url else None
    if by_path:
        if by_path["amp"]:
            return f"http{'s' if by_path['s'] else ''}://{by_path['amp']}"
        end = by_path["end"]
        # Some servers turn two slashes into one.
        return (
            by_path["photon"]
            or by_path["thumbor"]
            or re.sub(r"^(https?):/(?!/)", r"\1://", unquote(end) if "%3" in end else end)
        )
    by_parameter = _BY_PARAMETER.match(url)
    if not by_parameter:
        return None
    inner = by_parameter["own"]
    # A whole escaped URL is unescaped; a plain path keeps the escapes that belong to it.
    return unquote(inner) if _ESCAPED_START.match(inner) else inner


def _address(attributes: Mapping[str, str | None]) -> str | None:
    source = (attributes.get("src") or "").strip()
    if source and not _stands_in(source, attributes):
        return source
    for name in _LAZY:
        value = (attributes.get(name) or "").strip()
        if value and value[0] not in "{[" and not _is_placeholder(value):
            return value
    for name in _LAZY_SETS:
        widest = _widest(attributes.get(name) or "")
        if widest:
            return widest
    if source and not _is_placeholder(source) and not _is_saved(source):
        return source
    return _otherwise_loaded(attributes)


def _otherwise_loaded(attributes: Mapping[str, str | None]) -> str | None:
    """The address in an attribute of an unknown loader; that of a small copy only if there is no other."""
    found = [
        (name, address)
        for name, value in attributes.items()
        if value
        and name not in _LOADERS
        and name != "src"
        and not _NO_LOADER.search(name)
        and _OTHER_LOADER.fullmatch(address := value.strip()[:_LONGEST_TOLD])
        and not _is_placeholder(address)
    ]
    return min(found, key=lambda one: _SMALL_COPY.search(one[0]) is not None)[1] if found else None


# An image and its copy in <noscript> have one address.
@lru_cache(1024)
def _is_no_picture(address: str) -> bool:
    """Whether an address is a tracker's or an icon's."""
    if _NO_PICTURE.match(address):
        return True
    # Photographs are none of these, and take longest to be told from an icon.
    lowered = address.lower()
    return any(hint in lowered for hint in _ICON_HINTS) and _DRAWN_ICON.search(address) is not None


def _is_square(address: str, alt: str) -> bool:
    """Whether a picture is to be scanned, by its name or its text."""
    if alt and _QR_ALT.match(alt):
        return True
    # Hardly any address has these letters, and each is looked at.
    name = address.lower()
    return ("qr" in name or "code" in name or "ewm" in name or "erweima" in name) and _QR_NAME.search(
        name
    ) is not None


def _loaded(address: str) -> str:
    """The address without what says that it is still to be loaded: <noscript> has it without that."""
    if "is-pending-load" not in address:
        return address
    return _PENDING.sub(lambda match: match[1] if match[2] else "", address)


def _stands_in(source: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether `src` only stands in for the picture: by its own name, or by what other attributes say."""
    if _is_placeholder(source) or _is_saved(source):
        return True
    if _LOADERS.isdisjoint(attributes):
        return False
    if _LAZY_CLASS.search(attributes.get("class") or "") or _PREVIEW.search(source[-200:]):
        return True
    likely = _DRAWN.search(source[-200:]) or _LIKELY_NAME.search(
        source.partition("?")[0].rpartition("/")[2][-100:]
    )
    return likely is not None and any(attributes.get(name) for name in _LAZY)


def _is_saved(source: str) -> bool:
    return len(source) < _LONGEST_SAVED and _SAVED.fullmatch(source) is not None


def _is_placeholder(address: str) -> bool:
    if address[:11].lower().startswith(_NO_ADDRESS):
        return True
    name = address.partition("?")[0].rpartition("/")[2]
    return bool(_PLACEHOLDER_NAME.search(name[-100:]))


def _widest(srcset: str) -> str | None:
    best, best_width = None, -1.0
    for candidate in _CANDIDATE.finditer(srcset[:20_000]):
        address, size = candidate[1].rstrip(","), (candidate[2] or "").split()
        try:
            width = float(size[0].rstrip("wx") if size else 1)
        except ValueError:
            width = 0.0
        if address and not _is_placeholder(address) and width > best_width:
            best, best_width = address, width
    return best


def _is_tiny(attributes: Mapping[str, str | None]) -> bool:
    sizes = [_pixels(attributes.get(name)) for name in ("width", "height")]
    if any(size is not None and size < _TINY_PX for size in sizes):
        return True
    style = attributes.get("style")
    return bool(style and _TINY_STYLE.search(style))


def _is_face(attributes: Mapping[str, str | None], address: str) -> bool:
    """Whether a picture is somebody's face beside a name, by where it is kept, and small and square."""
    if not _FACES.search(address):
        return False
    width, height = (_pixels(attributes.get(name)) for name in ("width", "height"))
    return width is not None and width == height and width <= _FACE_PX


def _pixels(value: str | None) -> int | None:
    digits = value.removesuffix("px") if value and len(value) <= _LONGEST_SIZE else ""
    return int(digits) if digits.isdecimal() and digits.isascii() else None


class ImageSources:
    """The addresses of the pictures of one page. `told`: those of pictures that its head gives."""

    def __init__(self, base: Base, told: Sequence[str] = ()) -> None:
        self._base = base
        self._told = told
        self._of_pictures: dict[int, str | None] = {}

    def address(
        self, node: LexborNode, attributes: Mapping[str, str | None], *, first: bool = False
    ) -> str | None:
        """The address from an <img>, the <picture> around it or the head. `first`: no picture precedes it."""
        return (
            image_url(attributes, self._base)
            or self._of_picture(node.parent, attributes)
            or told_picture(attributes, self._told, first=first)
        )

    def background(self, attributes: Mapping[str, str | None]) -> str | None:
        """The address of the photograph that an element without an <img> has as its background."""
        styled = _BACKGROUND.search(attributes.get("style") or "")
        address = styled[1].strip("'\" ") if styled else attributes.get("data-bg")
        photo = address is not None and _PHOTO.search(address.partition("?")[0])
        return image_url({"src": address}, self._base) if photo else None

    def _of_picture(self, parent: LexborNode | None, attributes: Mapping[str, str | None]) -> str | None:
        if parent is None or parent.tag != "picture" or not is_unknown(attributes):
            return None
        # By picture: if it has many <img>, its sources are read only once.
        if parent.mem_id not in self._of_pictures:
            self._of_pictures[parent.mem_id] = first_source(parent, self._base)
        return self._of_pictures[parent.mem_id]
