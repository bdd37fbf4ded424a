r"""Site rules: TOML files that say what the parts of one site's pages are. No code, only CSS selectors.

    name = "BBC News 中文"           # the article's source.name; default.toml has none
    hosts = ["bbc.com/zhongwen"]     # longest host suffix wins, then the longest path prefix
    zone = "Europe/London"           # for clocks that the site writes without one
    title_suffix = [" - BBC"]        # taken off the end of titles
    br_paragraphs = true             # <br><br> separates paragraphs (default)
    noscript = true                  # pictures inside <noscript> count (default)
    link_lists = true                # lists of links to the site itself are `related` (default)
    glued_tags = false               # whether archives of this site have <imgsrc=…> (repair.py)
    drop = ["nav"]                   # roles here apply to every era
    [[era]]                          # the first whose `when` matches, and whose `until` is not past
    when = "main[role=main]"
    root = ["main"]                  # ordered: the first that matches anything
    published = ["time@datetime"]    # sel@attr reads an attribute
    byline = [{ select = "div > i", match = '^(.+)\n' }]
    drop_text = ['^© ?20\d\d']       # what whole blocks say, as regular expressions
    [[test]]                         # every selector and pattern must be needed by a test of its file
    file = "bbc/lead.md"
    contains = ["…"]

A role that reads a fact (byline, published, updated, dek, tag, section, embed) takes a selector, or a table:

    select     sel or sel@attr; a <br> in its text is a line feed
    from       "url" or "title", instead of `select`: the page's URL (unescaped), or its header's title;
               "title and url" for both, the title first, with a line feed between them
    match      a regular expression; each time, what its group (else all of it) matches is a fact
    format     how `published` or `updated` is spelled, in the form strptime takes, if moments.py can't tell
    half_day   true for a 12-hour clock without AM and PM, which the header's time settles (dates.py)
    first_day  true for a day of `published` that remains the first publication's: if the other entries give
               a later one, that is the update's
    kept       true for a field whose words are text as well, like the names above answers in a conversation

Of what such a role finds, whatever is nearest to the root counts (facts.py), but nothing inside `related` or
`elsewhere`: lists of other stories, sidebars, comments.

Patterns for whole blocks, searched in a block's text after its white space is settled:

    drop_text    leaves the block out             cut_text   leaves it out, with all that follows
    byline_text  leaves it out if it is one of the first or last six; its groups are authors
                 (none of them if one label introduces several lines: that is an interview)
    tail_text    leaves it out if only such blocks follow it up to the end

`:lexbor-contains("…")` looks at an element's own text, not at that of the elements inside it; `:nth-*` take
time quadratic in the number of siblings. So would `a ~ b`, which is therefore accepted in one form only
(selection.py). A file in a stronger folder replaces the file of the same name, and `default.toml` serves the
sites that have no rule. walker.py says what the roles do, facts.py what `elsewhere` does. Refuses unknown
keys, selectors and patterns that don't parse, and two files for one host.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from newsdrop.errors import ConfigError, did_you_mean
from newsdrop.hosts import host_of
from newsdrop.parse.selection import is_bounded

__all__ = [
    "PATTERNS", "ROLES", "Era", "Query", "Rule", "RuleError", "RuleSet", "RuleTest", "load_rules",
    "read_rule", "read_rule_tree", "rule_files", "rule_of",
]  # fmt: skip

#: Every role a selector can give; walker.py says what each does, facts.py what `elsewhere` does.
ROLES = (
    "root", "lead", "drop", "cut_after", "related", "unlink", "caption", "credit", "heading", "quote",
    "byline", "published", "updated", "dek", "tag", "section", "embed", "elsewhere",
)  # fmt: skip
#: The kinds of patterns for whole blocks, by what they do.
PATTERNS = ("drop_text", "cut_text", "byline_text", "tail_text")

#: Roles of elements, which attributes can't have.
_ELEMENTS = frozenset(("root", "lead", "drop", "cut_after", "unlink", "heading", "quote", "elsewhere"))
_DEFAULT = "default"
_ONE_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")
_MANY_CLASSES = 20
_ATTRIBUTE = re.compile(r"(?P<selector>.+?)@(?P<attribute>[A-Za-z_:][\w:.-]*)$", re.DOTALL)


Origin = Literal["url", "title", "title and url"]


class RuleError(ConfigError):
    """A site rule is wrong; the message names the file and what to change."""


class RuleTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What parsing one sample must result in; what isn't given isn't checked."""

    file: str
    contains: list[str] = []
    lacks: list[str] = []
    title: str | None = None
    author: list[str] | None = None
    section: str | None = None
    dek: str | None = None
    published: str | None = None
    updated: str | None = None
    tags: list[str] | None = None
    kinds: str | None = None
    blocks: list[str] | None = None
    captions: list[str] | None = None
    credits: list[str] | None = None
    images: list[str] | None = None
    links: list[str] | None = None
    related: list[str] | None = None
    embeds: list[str] | None = None


class _Reading(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"origin": "from"}
):
    select: str | None = None
    origin: Origin | None = None
    match: str | None = None
    format: str | None = None
    half_day: bool = False
    first_day: bool = False
    kept: bool = False


class _Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    root: list[str] = []
    lead: list[str] = []
    drop: list[str] = []
    cut_after: list[str] = []
    related: list[str] = []
    unlink: list[str] = []
    caption: list[str] = []
    credit: list[str] = []
    heading: list[str] = []
    quote: list[str] = []
    byline: list[str | _Reading] = []
    published: list[str | _Reading] = []
    updated: list[str | _Reading] = []
    dek: list[str | _Reading] = []
    tag: list[str | _Reading] = []
    section: list[str | _Reading] = []
    embed: list[str | _Reading] = []
    elsewhere: list[str] = []
    drop_text: list[str] = []
    cut_text: list[str] = []
    byline_text: list[str] = []
    tail_text: list[str] = []


class _EraFile(_Roles, frozen=True, forbid_unknown_fields=True, kw_only=True):
    when: str | None = None
    until: str | None = None


class _RuleFile(_Roles, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str | None = None
    also: list[str] = []
    hosts: list[str] = []
    base: str | None = None
    zone: str | None = None
    title_suffix: list[str] = []
    br_paragraphs: bool = True
    noscript: bool = True
    link_lists: bool = True
    glued_tags: bool = False
    era: list[_EraFile] = []
    test: list[RuleTest] = []


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a role: the elements it finds, and what is read from them.

    Without `attribute`, the element's text is read; `origin` reads the page's URL or title, not an element.
    """

    selector: str = ""
    attribute: str | None = None
    origin: Origin | None = None
    match: re.Pattern[str] | None = None
    format: str | None = None
    half_day: bool = False
    first_day: bool = False
    kept: bool = False

    @property
    def spelling(self) -> str:
        """The entry as the file has it."""
        place = self.origin or (f"{self.selector}@{self.attribute}" if self.attribute else self.selector)
        return f"{place} ~ {self.match.pattern}" if self.match else place


class Era(msgspec.Struct, frozen=True, kw_only=True):
    """The roles of one shape of a site's pages. `until_ms`: the first millisecond that is too late."""

    number: int
    when: str | None
    until_ms: int | None
    roles: dict[str, tuple[Query, ...]]
    #: The selectors of each role, and all of them as one, since most pages have no elements of most roles.
    selectors: dict[str, tuple[str, ...]]
    unions: dict[str, str]
    #: Roles by class, for selectors that are only a class (`.share`), if an era has many of them: reading
    #: each element's classes once is cheaper than trying them all on it. `selectors` lacks these, except for
    #: those of roots, which are tried in order: such a class has its selector as its role.
    classes: dict[str, tuple[str, ...]]
    #: The patterns for whole blocks by kind, and those of each kind as one.
    patterns: dict[str, tuple[str, ...]]
    joined: dict[str, re.Pattern[str]]
    #: The roles and selectors of fields whose words are text as well.
    kept: tuple[tuple[str, str], ...]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule file, checked. `id`: the file's name without .toml; `also`: other names of the site."""

    id: str
    path: str
    name: str | None
    also: tuple[str, ...]
    hosts: tuple[str, ...]
    base: str | None
    zone: ZoneInfo | None
    title_suffix: tuple[str, ...]
    br_paragraphs: bool
    noscript: bool
    link_lists: bool
    glued_tags: bool
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
        faults = [fault for rule in rules for spelled in rule.hosts if (fault := self._add(spelled, rule))]
        if faults:
            raise RuleError("\n".join(faults))
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

    def _add(self, spelled: str, rule: Rule) -> str | None:
        """Make the rule serve a host; returns why it can't, if so."""
        host, slash, prefix = spelled.partition("/")
        served = self._hosts.setdefault(host.lower().removeprefix("www."), [])
        taken = next((other for place, other in served if place == slash + prefix), None)
        if taken is not None:
            return f"{rule.path}: {taken.path} already serves the host {spelled}; remove it from one of them."
        served.append((slash + prefix, rule))
        return None


def load_rules(folders: Sequence[Path]) -> RuleSet:
    """The rules below `<folder>/sites`, strongest folder first, file by file.

    Raises:
        RuleError: a file can't be read, or says something that isn't allowed.
    """
    files = rule_files(folders)
    if not files:
        looked = ", ".join(str(folder / "sites") for folder in folders)
        raise RuleError(
            f"There are no site rules (looked in {looked}); restore config/sites from the package."
        )
    return RuleSet([read_rule(path) for path in files])


def rule_files(folders: Sequence[Path]) -> list[Path]:
    """The rule files below `<folder>/sites` by name; of two with the same name, the stronger folder's."""
    files: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / "sites").glob("*.toml")):
            files.setdefault(path.name, path)
    return [path for _, path in sorted(files.items())]


def read_rule(path: Path) -> Rule:
    """One rule file, checked; raises what is wrong with it first (rulefaults.py reports everything).

    Raises:
        RuleError: as `load_rules`.
    """
    return rule_of(read_rule_tree(path), path)


def read_rule_tree(path: Path) -> dict[str, Any]:
    """What a rule file says, not checked yet.

    Raises:
        RuleError: it can't be read, or isn't TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RuleError(f"The site rule {path} can't be read: {reason}") from None


def rule_of(tree: dict[str, Any], path: Path) -> Rule:
    """The rule in a file, checked.

    Raises:
        RuleError: it says something that isn't allowed.
    """
    try:
        told = msgspec.convert(tree, _RuleFile)
    except msgspec.ValidationError as error:
        raise RuleError(f"The site rule {path} is wrong: {error}.{_advice(str(error))}") from None
    if path.stem != _DEFAULT and not (told.hosts and told.name):
        raise RuleError(f"The site rule {path} needs `name` and at least one entry in `hosts`.")
    eras = told.era or [_EraFile()]
    return Rule(
        id=path.stem,
        path=str(path),
        name=told.name,
        also=tuple(told.also),
        hosts=tuple(told.hosts),
        base=told.base,
        zone=_zone(told.zone, path),
        title_suffix=tuple(told.title_suffix),
        br_paragraphs=told.br_paragraphs,
        noscript=told.noscript,
        link_lists=told.link_lists,
        glued_tags=told.glued_tags,
        eras=tuple(_era(number, era, told, path) for number, era in enumerate(eras, start=1)),
        tests=tuple(told.test),
    )


def _advice(error: str) -> str:
    """What a misspelled key was probably meant to be."""
    match = re.search(r"unknown field `([^`]+)`", error)
    known = [field.name for kind in (_RuleFile, _EraFile, RuleTest) for field in msgspec.structs.fields(kind)]
    return did_you_mean(match[1], known, "`{}`", 0.6) if match else ""


def _era(number: int, era: _EraFile, shared: _RuleFile, path: Path) -> Era:
    roles = {}
    for role in ROLES:
        told = [*getattr(era, role), *getattr(shared, role)]
        if told:
            roles[role] = tuple(_query(entry, role, path) for entry in told)
    if era.when is not None:
        _check_selector(era.when, path)
    classes = _classes(roles)
    selectors = _selectors(roles, classes)
    patterns = {name: (*getattr(era, name), *getattr(shared, name)) for name in PATTERNS}
    patterns = {name: spelled for name, spelled in patterns.items() if spelled}
    for spelled in patterns.values():
        for pattern in spelled:
            _pattern(f"(?:{pattern})", path)
    return Era(
        number=number,
        when=era.when,
        until_ms=_until_ms(era.until, path),
        roles=roles,
        selectors=selectors,
        unions={role: ", ".join(told) for role, told in selectors.items()},
        classes=classes,
        patterns=patterns,
        joined={name: _joined(spelled) for name, spelled in patterns.items()},
        kept=tuple((role, one.selector) for role, told in roles.items() for one in told if one.kept),
    )


def _classes(roles: dict[str, tuple[Query, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for role, queries in roles.items():
        for query in queries if role != "lead" else ():
            match = _ONE_CLASS.fullmatch(query.selector)
            if match:
                found.setdefault(match[1], []).append(query.selector if role == "root" else role)
    return {name: tuple(told) for name, told in found.items()} if len(found) >= _MANY_CLASSES else {}


def _selectors(
    roles: dict[str, tuple[Query, ...]], classes: dict[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    found = {}
    for role, queries in roles.items():
        told = (query.selector for query in queries if query.selector)
        by_class = {f".{name}" for name, given in classes.items() if role in given}
        if left := tuple(one for one in told if one not in by_class):
            found[role] = left
    return found


def _joined(spelled: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in spelled))


def _query(entry: str | _Reading, role: str, path: Path) -> Query:
    told = _Reading(select=entry) if isinstance(entry, str) else entry
    if (told.select is None) == (told.origin is None):
        raise RuleError(f"The site rule {path}: an entry of {role} needs `select` or `from`, one of the two.")
    if (told.format or told.half_day or told.first_day) and role not in ("published", "updated"):
        raise RuleError(
            f"The site rule {path}: `format`, `half_day` and `first_day` are for times, not for {role}."
        )
    found = _ATTRIBUTE.match(told.select or "")
    selector = (found["selector"] if found else told.select or "").strip()
    attribute = found["attribute"] if found else None
    if attribute and role in _ELEMENTS:
        raise RuleError(f"The site rule {path}: {role} takes elements, and {entry!r} names an attribute.")
    if selector or told.origin is None:
        _check_selector(selector, path)
    return Query(
        selector=selector,
        attribute=attribute,
        origin=told.origin,
        match=_pattern(told.match, path) if told.match is not None else None,
        format=told.format,
        half_day=told.half_day,
        first_day=told.first_day,
        kept=told.kept,
    )


def _pattern(text: str, path: Path) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise RuleError(
            f"The site rule {path} has a pattern that can't be read: {text!r} ({error})."
        ) from None


def _check_selector(selector: str, path: Path) -> None:
    try:
        LexborHTMLParser("<p></p>").css(selector)
    except (SelectolaxError, ValueError) as error:
        raise RuleError(
            f"The site rule {path} has a selector that can't be read: {selector!r} ({error})."
        ) from None
    if not is_bounded(selector):
        raise RuleError(
            f"The site rule {path}: {selector!r} may take minutes on a long page. Write `~` outside of "
            "parentheses, and with one element behind it: `hr ~ p`, or `div:has(> hr) > p`."
        )


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
