"""Site rules: TOML files that say what the parts of one site's pages are. No code, only CSS selectors.

    name = "BBC News 中文"           # the article's source.name; default.toml has none
    hosts = ["bbc.com/zhongwen"]     # longest host suffix wins, then the longest path prefix
    zone = "Europe/London"           # of clocks that the site writes without one
    title_suffix = [" - BBC"]        # taken off the end of titles
    br_paragraphs = true             # <br><br> parts paragraphs (default)
    noscript = true                  # pictures inside <noscript> count (default)
    link_lists = true                # lists of links to the site itself are `related` (default)
    drop = ["nav"]                   # roles here hold for every era
    [[era]]                          # the first whose `when` matches, and whose `until` is not past
    when = "main[role=main]"
    root = ["main"]                  # ordered: the first that matches anything
    published = ["time@datetime"]    # sel@attr reads an attribute
    [[test]]                         # every selector of the file must be needed by one of its tests
    file = "bbc/lead.md"
    contains = ["…"]

`:lexbor-contains("…")` looks at an element's own text, not at that of the elements inside it; `:nth-*` take
time in the square of the siblings. A file in a stronger folder replaces the file of the same name, and
`default.toml` serves the sites that nobody described. What the roles do stands in walker.py. Refuses unknown
keys, selectors that don't parse, and two files for one host.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from newsdrop.errors import ConfigError
from newsdrop.parse.links import host_of

__all__ = ["ROLES", "Era", "Query", "Rule", "RuleError", "RuleSet", "RuleTest", "load_rules", "read_rule"]

#: Every role a selector can give; walker.py says what each does.
ROLES = (
    "root", "lead", "drop", "cut_after", "related", "caption", "credit", "heading", "quote",
    "byline", "published", "updated", "dek", "tag", "embed",
)  # fmt: skip

_DEFAULT = "default"
_ATTRIBUTE = re.compile(r"(?P<selector>.+?)@(?P<attribute>[A-Za-z_:][\w:.-]*)$", re.DOTALL)


class RuleError(ConfigError):
    """A site rule is wrong; the message names the file and what to change."""


class RuleTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one sample must come out as; what isn't given isn't checked."""

    file: str
    contains: list[str] = []
    lacks: list[str] = []
    title: str | None = None
    author: list[str] | None = None
    dek: str | None = None
    published: str | None = None
    updated: str | None = None
    tags: list[str] | None = None
    kinds: str | None = None
    captions: list[str] | None = None
    credits: list[str] | None = None
    images: list[str] | None = None
    links: list[str] | None = None
    related: list[str] | None = None
    embeds: list[str] | None = None


class _Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    root: list[str] = []
    lead: list[str] = []
    drop: list[str] = []
    cut_after: list[str] = []
    related: list[str] = []
    caption: list[str] = []
    credit: list[str] = []
    heading: list[str] = []
    quote: list[str] = []
    byline: list[str] = []
    published: list[str] = []
    updated: list[str] = []
    dek: list[str] = []
    tag: list[str] = []
    embed: list[str] = []


class _EraFile(_Roles, frozen=True, forbid_unknown_fields=True, kw_only=True):
    when: str | None = None
    until: str | None = None


class _RuleFile(_Roles, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str | None = None
    hosts: list[str] = []
    base: str | None = None
    zone: str | None = None
    title_suffix: list[str] = []
    br_paragraphs: bool = True
    noscript: bool = True
    link_lists: bool = True
    era: list[_EraFile] = []
    test: list[RuleTest] = []


class Query(msgspec.Struct, frozen=True):
    """One selector of a rule; `attribute` None reads the element's text."""

    selector: str
    attribute: str | None = None

    @property
    def spelling(self) -> str:
        """As the file has it."""
        return f"{self.selector}@{self.attribute}" if self.attribute else self.selector


class Era(msgspec.Struct, frozen=True, kw_only=True):
    """The roles of one shape of a site's pages. `until_ms`: the first millisecond that is too late."""

    number: int
    when: str | None
    until_ms: int | None
    roles: dict[str, tuple[Query, ...]]
    #: All selectors of a role in one, since most pages have nothing of most roles.
    unions: dict[str, str]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule file, checked. `id` is the file's name without .toml."""

    id: str
    path: str
    name: str | None
    hosts: tuple[str, ...]
    base: str | None
    zone: ZoneInfo | None
    title_suffix: tuple[str, ...]
    br_paragraphs: bool
    noscript: bool
    link_lists: bool
    eras: tuple[Era, ...]
    tests: tuple[RuleTest, ...]


class RuleSet:
    """All rules, and which one serves a URL."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = {rule.id: rule for rule in rules}
        if _DEFAULT not in self.rules:
            raise RuleError("The site rules lack default.toml, which serves the sites that have no rule.")
        self.default = self.rules[_DEFAULT]
        self._hosts: dict[str, list[tuple[str, Rule]]] = {}
        for rule in rules:
            for spelled in rule.hosts:
                self._add(spelled, rule)
        for served in self._hosts.values():
            served.sort(key=lambda entry: len(entry[0]), reverse=True)

    def for_url(self, url: str | None) -> Rule:
        """The rule of the longest host suffix (by whole labels), then of the longest path prefix."""
        host = host_of(url)
        while host:
            served = self._hosts.get(host)
            if served:
                rule = next(
                    (rule for prefix, rule in served if not prefix or _below(_path(url), prefix)), None
                )
                if rule is not None:
                    return rule
            host = host.partition(".")[2]
        return self.default

    def _add(self, spelled: str, rule: Rule) -> None:
        host, slash, prefix = spelled.partition("/")
        served = self._hosts.setdefault(host.lower().removeprefix("www."), [])
        taken = next((other for place, other in served if place == slash + prefix), None)
        if taken is not None:
            raise RuleError(
                f"{rule.path}: {taken.path} serves the host {spelled} already; take it out of one of them."
            )
        served.append((slash + prefix, rule))


def load_rules(folders: Sequence[Path]) -> RuleSet:
    """The rules below `<folder>/sites`, strongest folder first, file by file.

    Raises:
        RuleError: a file that can't be read, or says something it may not.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / "sites").glob("*.toml")):
            files.setdefault(path.name, path)
    if not files:
        looked = ", ".join(str(folder / "sites") for folder in folders)
        raise RuleError(
            f"There are no site rules (looked in {looked}); restore config/sites from the package."
        )
    return RuleSet([read_rule(path) for _, path in sorted(files.items())])


def read_rule(path: Path) -> Rule:
    """One rule file, checked.

    Raises:
        RuleError: as `load_rules`.
    """
    try:
        tree = tomllib.loads(path.read_text("utf-8"))
        told = msgspec.convert(tree, _RuleFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"The site rule {path} can't be read: {error}") from None
    except msgspec.ValidationError as error:
        raise RuleError(f"The site rule {path} is wrong: {error}") from None
    if path.stem != _DEFAULT and not (told.hosts and told.name):
        raise RuleError(f"The site rule {path} needs `name` and at least one entry in `hosts`.")
    eras = told.era or [_EraFile()]
    return Rule(
        id=path.stem,
        path=str(path),
        name=told.name,
        hosts=tuple(told.hosts),
        base=told.base,
        zone=_zone(told.zone, path),
        title_suffix=tuple(told.title_suffix),
        br_paragraphs=told.br_paragraphs,
        noscript=told.noscript,
        link_lists=told.link_lists,
        eras=tuple(_era(number, era, told, path) for number, era in enumerate(eras, start=1)),
        tests=tuple(told.test),
    )


def _era(number: int, era: _EraFile, shared: _RuleFile, path: Path) -> Era:
    roles = {}
    for role in ROLES:
        spelled = [*getattr(era, role), *getattr(shared, role)]
        if spelled:
            roles[role] = tuple(_query(text, role, path) for text in spelled)
    if era.when is not None:
        _check_selector(era.when, path)
    unions = {role: ", ".join(query.selector for query in queries) for role, queries in roles.items()}
    return Era(number=number, when=era.when, until_ms=_until_ms(era.until, path), roles=roles, unions=unions)


def _query(text: str, role: str, path: Path) -> Query:
    match = _ATTRIBUTE.match(text)
    query = Query(match["selector"].strip(), match["attribute"]) if match else Query(text.strip())
    if query.attribute and role in ("root", "lead", "drop", "cut_after", "heading", "quote"):
        raise RuleError(f"The site rule {path}: {role} takes elements, and {text!r} names an attribute.")
    _check_selector(query.selector, path)
    return query


def _check_selector(selector: str, path: Path) -> None:
    try:
        LexborHTMLParser("<p></p>").css(selector)
    except (SelectolaxError, ValueError) as error:
        raise RuleError(
            f"The site rule {path} has a selector that can't be read: {selector!r} ({error})."
        ) from None


def _until_ms(text: str | None, path: Path) -> int | None:
    if text is None:
        return None
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000) + 86_400_000
    except ValueError:
        raise RuleError(
            f"The site rule {path}: `until` must be a day such as 2021-08-31, not {text!r}."
        ) from None


def _zone(name: str | None, path: Path) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RuleError(
            f"The site rule {path}: the zone {name!r} is unknown; write one like Asia/Shanghai."
        ) from None


def _path(url: str | None) -> str:
    try:
        return unquote(urlsplit(url or "").path)
    except ValueError:
        return ""


def _below(path: str, prefix: str) -> bool:
    prefix = prefix.rstrip("/")
    return path == prefix or path.startswith(prefix + "/")
