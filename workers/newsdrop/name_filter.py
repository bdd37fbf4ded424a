"""Which names are no drops, and why: one rule for folders, for events and for the members of bundles.

    hidden        .git, .DS_Store               temporary     a.md.tmp, a.md~, ~$a.docx, @tmp
    download      page.html.crdownload, *.!qB   system        @eaDir, Thumbs.db, $RECYCLE.BIN, lost+found
    asset         style.css, font.woff2, a.png  page_files    Page_files/ beside Page.html
    repository    README.md, LICENSE, _config.yml             empty         a member of 0 bytes
    ignored       by `watch.ignore`             not_included  by a folder's `include`
    own           what newsdrop itself writes: state folders, wherever they lie, and places that settings name

What is passed over has no state and no letter, since nothing of it could be an article; whoever walks a
folder counts it by reason instead. Patterns are the shell's, for single names, in upper and lower case alike.
The user's own come after the defaults, and the last that fits decides: `*.log` passes over, `!*.log` and
`!README*` take back; nothing takes back what is newsdrop's own. Refuses to open a file; asks the file system
for three things, the page beside its files, the mark of files whose page was put away, and that of a state
folder.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Container, Sequence
from enum import StrEnum
from fnmatch import translate
from typing import Final

from newsdrop.statefolder import is_state_folder

__all__ = ["DEFAULT_PATTERNS", "PAGES", "PAGE_FILES_MARK", "NameFilter", "Reason", "page_key"]


class Reason(StrEnum):
    """Why something is passed over; people read these names."""

    HIDDEN = "hidden"
    TEMPORARY = "temporary"
    DOWNLOAD = "download"
    SYSTEM = "system"
    ASSET = "asset"
    PAGE_FILES = "page_files"
    REPOSITORY = "repository"
    EMPTY = "empty"
    IGNORED = "ignored"
    NOT_INCLUDED = "not_included"
    OWN = "own"


#: For files and folders.
_NAMES: Final[dict[Reason, tuple[str, ...]]] = {
    Reason.HIDDEN: (".*",),
    Reason.TEMPORARY: (
        "*~", "*.tmp", "*.temp", "*.swp", "*.swx", "~$*", "#*#", "@tmp", "*.bak", "*.sb-????????-??????",
        "*.swo", "*.orig", "*.rej", "*.kate-swp", "*.uploading", "*.unconfirmed",
    ),
    Reason.DOWNLOAD: (
        "*.part", "*.partial", "*.crdownload", "*.download", "*.filepart", "*.aria2", "*.opdownload",
        "*.!qB", "*.!ut", "*.!bt", "*.bc!", "*.td", "*.xltd", "*.dtapart", "*.torrent",
        "*.downloading", "*.ucdownload", "*.fdmdownload", "*.!sync", "*.jc!", "*.part.met",
        "*.baidupcs-go-downloading",
    ),
    Reason.SYSTEM: (
        "Thumbs.db", "ehthumbs.db", "desktop.ini", "__MACOSX", "@eaDir", "@SynoResource", "#recycle",
        "#snapshot", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN", "System Volume Information",
        "lost+found", "*.lnk", "*.url", "*.webloc", "*:Zone.Identifier",
        "RECYCLER", "FOUND.000", "Icon\r", "Network Trash Folder", "Temporary Items", "@sharebin",
        "@appstore", "@database", "node_modules", "__pycache__",
    ),
}  # fmt: skip
#: For files alone: a folder may well be called `next.js`.
_FILES: Final[dict[Reason, tuple[str, ...]]] = {
    Reason.ASSET: (
        "*.css", "*.scss", "*.sass", "*.less", "*.js", "*.mjs", "*.map", "*.wasm",
        "*.woff", "*.woff2", "*.ttf", "*.otf", "*.eot",
        "*.png", "*.jpg", "*.jpeg", "*.jfif", "*.gif", "*.webp", "*.avif", "*.svg", "*.ico", "*.bmp", "*.tif",
        "*.tiff", "*.heic", "*.mp3", "*.m4a", "*.ogg", "*.wav", "*.mp4", "*.m4v", "*.webm", "*.mov",
        # Indexes and descriptions in and beside web archives (CDX, WACZ, MAFF).
        "*.cdx", "*.cdxj", "*.rdf", "datapackage.json", "datapackage-digest.json", "pages.jsonl",
        "extraPages.jsonl",
    ),
    Reason.REPOSITORY: (
        "README", "README.*", "LICENSE", "LICENSE.*", "LICENCE", "LICENCE.*", "COPYING", "CHANGELOG.md",
        "CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "CNAME", "Gemfile", "Gemfile.lock", "Makefile", "Dockerfile",
        "package.json", "package-lock.json", "robots.txt", "sitemap*.xml", "feed.xml", "atom.xml", "rss.xml",
        "search.json", "manifest.json", "*.webmanifest", "browserconfig.xml", "composer.json",
        "*.yml", "*.yaml", "*.toml", "*.lock", "*.gemspec",
        "*.py", "*.rb", "*.rs", "*.go", "*.ts", "*.sh", "*.bat", "*.ps1", "*.ini", "*.cfg",
    ),
}  # fmt: skip

#: Everything that is passed over unless a setting takes it back, by reason.
DEFAULT_PATTERNS: Final[dict[Reason, tuple[str, ...]]] = {**_NAMES, **_FILES}

#: What browsers and Word put after a page's name to call the folder of its files, language by language.
_FOLDER_ENDINGS: Final = (
    "_files", ".files", "_fichiers", "-Dateien", "_file", "_archivos", "_arquivos", "_bestanden", "_pliki",
    "_soubory", "-filer",
)  # fmt: skip
_PAGE_FILES: Final = re.compile(rf"(.+)(?:{'|'.join(map(re.escape, _FOLDER_ENDINGS))})", re.IGNORECASE)
#: The file in such a folder that says so when its page is there no longer.
PAGE_FILES_MARK: Final = ".newsdrop-page-files"
#: How saved pages are called.
PAGES: Final = (".html", ".htm", ".xhtml")
#: And how they stand on disks: old Windows programs write capitals.
_PAGES_ON_DISK: Final = (*PAGES, *map(str.upper, PAGES))

_TEXTS: Final = (*PAGES, ".md", ".markdown", ".txt")
#: A name with the query of its address, as wget writes it (on Windows with @): `style.css?ver=5`.
_QUERIED: Final = re.compile(r"[^?@]+\.(\w{1,10})(?:\?|@[^=]*=)")


class NameFilter:
    """Judges names: None is taken, else the reason why not.

    Args:
        ignore: patterns of names never to take, after the defaults; with `!` before them, names to take.
        include: patterns of the files that are taken, and no others; none: all.
        own: resolved paths of what newsdrop writes itself.
    """

    def __init__(
        self, ignore: Sequence[str] = (), include: Sequence[str] = (), own: Container[str] = ()
    ) -> None:
        self._users = [_rule(pattern) for pattern in reversed(ignore)]
        self._own = own
        self._include = _matcher(include) if include else None

    def file(self, name: str, above: str | None = None) -> Reason | None:
        """Whether a file of this name is passed over; `above`: the folder where it stands."""
        if self._own and f"{above}/{name}" in self._own:
            return Reason.OWN
        reason = self._judged(name, _FILE_RULES)
        if reason is None and self._include is not None and not self._include.match(name):
            return Reason.NOT_INCLUDED
        return reason

    def folder(self, name: str, above: str | None = None) -> Reason | None:
        """Whether a folder of this name is passed over with all that is in it; `above`: where it stands."""
        if above is not None and self._is_own(f"{above}/{name}"):
            return Reason.OWN
        reason = self._judged(name, _FOLDER_RULES)
        if reason is None and above is not None and (page := _PAGE_FILES.fullmatch(name)):
            signs = (*(page[1] + ending for ending in _PAGES_ON_DISK), f"{name}/{PAGE_FILES_MARK}")
            beside = (os.path.join(above, sign) for sign in signs)  # noqa: PTH118  hot, and str
            if any(map(os.path.isfile, beside)) and not self._taken_back(name):
                return Reason.PAGE_FILES
        return reason

    def page_folders(self, page: str) -> list[str]:
        """The folders beside the page at this path that are passed over because of it, and of no other."""
        stem, ending = os.path.splitext(page)  # noqa: PTH122  hot, and str
        others = [stem + other for other in _PAGES_ON_DISK if other.lower() != ending.lower()]
        if ending.lower() not in PAGES or any(map(os.path.isfile, others)):
            return []
        above = os.path.dirname(page)  # noqa: PTH120
        folders = [stem + one for one in _FOLDER_ENDINGS if os.path.isdir(stem + one)]  # noqa: PTH112
        return [
            one
            for one in folders
            if not os.path.islink(one)  # noqa: PTH114
            and self.folder(os.path.basename(one), above) is Reason.PAGE_FILES  # noqa: PTH119
        ]

    def below(self, path: str, root: str, *, is_folder: bool = False) -> Reason | None:
        """Whether what is at `path` below the folder `root` is passed over, for its name or a folder's."""
        *folders, name = path[len(root.rstrip("/")) + 1 :].split("/")
        above = root.rstrip("/")
        for folder in folders:
            if (reason := self.folder(folder, above)) is not None:
                return reason
            above = f"{above}/{folder}"
        return self.folder(name, above) if is_folder else self.file(name, above)

    def member(self, name: str, pages: Container[str] = ()) -> Reason | None:
        """Whether a bundle's member of this name is passed over; `include` is for the bundle's own name.

        Args:
            pages: the pages that stand before it in its bundle, by `page_key`.
        """
        # Windows programs write backslashes into ZIP files.
        *folders, last = name.replace("\\", "/").split("/")
        above = ""
        for folder in folders:
            if (reason := self._judged(folder, _FOLDER_RULES)) is not None:
                return reason
            page = _PAGE_FILES.fullmatch(folder)
            if page and any(page_key(f"{above}{page[1]}{ending}") in pages for ending in PAGES):
                return None if self._taken_back(folder) else Reason.PAGE_FILES
            above += f"{folder}/"
        return self._judged(last, _FILE_RULES)

    def _is_own(self, folder: str) -> bool:
        return folder in self._own or is_state_folder(folder)

    def _judged(self, name: str, rules: _Rules) -> Reason | None:
        for pattern, takes in self._users:
            if pattern.match(name):
                return None if takes else Reason.IGNORED
        return rules.reason(name)

    def _taken_back(self, name: str) -> bool:
        return any(takes for pattern, takes in self._users if pattern.match(name))


def page_key(name: str) -> str:
    """What the names of a page in one bundle have in common, whichever program wrote them."""
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


class _Rules:
    """The defaults, by ending or by pattern: a million names are to be judged in little time."""

    def __init__(self, *tables: dict[Reason, tuple[str, ...]]) -> None:
        self._endings: dict[str, Reason] = {}
        self._whole: dict[str, Reason] = {}
        rest: list[tuple[str, Reason]] = []
        for reason, pattern in ((r, p.lower()) for table in tables for r, ps in table.items() for p in ps):
            if pattern.startswith("*.") and not _has_wildcard(pattern[2:]) and "." not in pattern[2:]:
                self._endings[pattern[2:]] = reason
            elif not _has_wildcard(pattern):
                self._whole[pattern] = reason
            else:
                rest.append((pattern, reason))
        self._reasons = [reason for _, reason in rest]
        self._rest = re.compile("|".join(f"({translate(pattern)})" for pattern, _ in rest), re.DOTALL)

    def reason(self, name: str) -> Reason | None:
        name = name.lower()
        match = self._rest.match(name)
        if match is not None and match.lastindex is not None:
            return self._reasons[match.lastindex - 1]
        _, dot, ending = name.rpartition(".")
        reason = self._whole.get(name) or (self._endings.get(ending) if dot else None)
        if reason is None and not name.endswith(_TEXTS) and (queried := _QUERIED.match(name)):
            reason = Reason.ASSET if self._endings.get(queried[1]) is Reason.ASSET else None
        return reason


def _has_wildcard(pattern: str) -> bool:
    return any(char in pattern for char in "*?[")


def _rule(pattern: str) -> tuple[re.Pattern[str], bool]:
    takes = pattern.startswith("!")
    return _matcher([pattern[1:] if takes else pattern]), takes


def _matcher(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns), re.IGNORECASE)


_FOLDER_RULES: Final = _Rules(_NAMES)
_FILE_RULES: Final = _Rules(_NAMES, _FILES)
