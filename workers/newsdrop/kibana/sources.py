"""The readable sources of what we ship to Kibana, read from `config/kibana/*.toml` and checked.

Refuses an unknown key, a name that is used twice, and a field that is neither in the mapping nor a runtime
field of the data view: Kibana would show an empty panel, and nobody would know why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from newsdrop.configfiles import find_config_file
from newsdrop.errors import ConfigError
from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.options import IndexOptions

__all__ = ["Bucket", "Dashboard", "Metric", "Panel", "Rule", "Search", "Sources", "View", "read_sources"]

Series = Literal["bar_stacked", "bar", "bar_horizontal", "bar_horizontal_stacked", "line", "area"]
Operation = Literal["count", "median", "percentile", "average", "max", "sum", "unique_count"]
#: A length of time as Kibana's rules take it.
Span = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+[smhd]$")]
#: The start of a time range that ends now, as Kibana writes it.
Since = Annotated[str, msgspec.Meta(pattern=r"^now-[0-9]+[mhdwMy]$")]
_T = TypeVar("_T")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class RuntimeField(_Part, frozen=True, kw_only=True):
    """A field that Elasticsearch computes on request; `script` is Painless."""

    type: Literal["long", "double", "keyword", "boolean", "date"]
    script: str


class View(_Part, frozen=True, kw_only=True):
    """A data view: one of newsdrop's indexes as Kibana sees it. `formats`: field → Kibana's field format."""

    id: str
    schema: Literal["articles", "dead-letters"]
    name: str
    time: str
    formats: dict[str, dict[str, Any]] = {}
    runtime: dict[str, RuntimeField] = {}


class Search(_Part, frozen=True, kw_only=True):
    """A saved search; `query` is KQL, `since` the start of the time range that it opens with, as `now-5y`."""

    id: str
    title: str
    description: str
    view: str
    columns: list[str]
    sort: list[tuple[str, Literal["asc", "desc"]]]
    since: Since
    query: str = ""


class Bucket(_Part, frozen=True, kw_only=True):
    """What a chart groups by: intervals of a time field (`every`), or the `top` values of a field."""

    field: str
    label: str
    every: str | None = None
    top: int | None = None
    others: bool = False


class Metric(_Part, frozen=True, kw_only=True):
    """What a chart counts or measures; `query` (KQL) narrows it, `percentile` is for that operation."""

    label: str
    operation: Operation = "count"
    field: str | None = None
    percentile: int | None = None
    query: str = ""


class Panel(_Part, frozen=True, kw_only=True):
    """One chart, saved search or note on a dashboard; `place` is [x, y, width, height] on 48 columns.

    The first metric orders the top values, so Elasticsearch must be able to sort by it.
    """

    id: str
    place: tuple[int, int, int, int]
    title: str = ""
    description: str = ""
    chart: Literal[Series, "table", "donut", "number", "search", "note"]
    view: str = "articles"
    query: str = ""
    x: Bucket | None = None
    split: Bucket | None = None
    metrics: list[Metric] = []
    text: str = ""


class Control(_Part, frozen=True, kw_only=True):
    """A list of values above a dashboard, to narrow it."""

    field: str
    label: str
    view: str = "articles"


class Dashboard(_Part, frozen=True, kw_only=True):
    """A dashboard; `since` is the start of its time range, as `now-5y`."""

    id: str
    title: str
    description: str
    since: Since
    refresh_s: int = 60
    controls: list[Control] = []
    panels: list[Panel]


class Rule(_Part, frozen=True, kw_only=True):
    """An alert rule: more (or fewer) documents than `threshold` match `query` within `window`, as `1h`."""

    id: str
    name: str
    description: str
    view: str
    query: str
    time: str
    window: Span
    compare: Literal[">", ">=", "<", "<="]
    threshold: int
    every: Span = "5m"


class Sources(_Part, frozen=True, kw_only=True):
    """Everything newsdrop loads into Kibana."""

    views: list[View]
    searches: list[Search]
    dashboards: list[Dashboard]
    rules: list[Rule]

    def view(self, name: str) -> View:
        """The data view of this name (its id is `newsdrop-<name>`)."""
        return next(view for view in self.views if view.id == name)


class _Views(_Part, frozen=True, kw_only=True):
    view: list[View]


class _Searches(_Part, frozen=True, kw_only=True):
    search: list[Search]


class _Rules(_Part, frozen=True, kw_only=True):
    rule: list[Rule]


_DASHBOARDS = ("archive", "ingestion")


def read_sources(override: Path | None = None) -> Sources:
    """All the sources; each of a user's own files replaces the shipped one of the same name.

    Raises:
        ConfigError: a file is missing or wrong; the message names the file and the key.
    """
    sources = Sources(
        views=_read("views.toml", _Views, override).view,
        searches=_read("searches.toml", _Searches, override).search,
        dashboards=[_read(f"dashboards/{name}.toml", Dashboard, override) for name in _DASHBOARDS],
        rules=_read("rules.toml", _Rules, override).rule,
    )
    wrong = [*_doubles(sources), *_unknown_views(sources)]
    if not wrong:
        wrong = list(_unknown_fields(sources, override))
    if wrong:
        raise ConfigError("The Kibana sources (config/kibana) are wrong:\n" + "\n".join(wrong))
    return sources


def _read(name: str, kind: type[_T], override: Path | None) -> _T:
    path = find_config_file(f"kibana/{name}", override)
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), kind)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path} is not a valid source for Kibana: {error}.") from None


def _doubles(sources: Sources) -> Iterator[str]:
    panels = [panel for board in sources.dashboards for panel in board.panels if panel.chart != "search"]
    for kind in (sources.views, sources.searches, sources.dashboards, sources.rules, panels):
        names = [one.id for one in kind]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"The id {name} is used twice."


def _unknown_views(sources: Sources) -> Iterator[str]:
    known, searches = {view.id for view in sources.views}, {search.id for search in sources.searches}
    for where, view, _ in _named_fields(sources):
        if view not in known:
            yield f"{where}: there is no data view {view!r}."
    for board in sources.dashboards:
        for panel in board.panels:
            if panel.chart == "search" and panel.id not in searches:
                yield f"Dashboard {board.id}: there is no saved search {panel.id!r}."


def _unknown_fields(sources: Sources, override: Path | None) -> Iterator[str]:
    known = {
        view.id: mapped_fields(index_body(view.schema, IndexOptions(), override)).keys() | view.runtime.keys()
        for view in sources.views
    }
    for where, view, fields in _named_fields(sources):
        for field in fields:
            if field not in known[view]:
                yield f"{where}: the data view {view!r} has no field {field!r}."


def _named_fields(sources: Sources) -> Iterator[tuple[str, str, list[str]]]:
    """Where fields are named, in which data view, and which ones; the tests check those inside queries."""
    for view in sources.views:
        yield f"Data view {view.id}", view.id, [view.time, *view.formats]
    for search in sources.searches:
        yield f"Search {search.id}", search.view, [*search.columns, *(field for field, _ in search.sort)]
    for rule in sources.rules:
        yield f"Rule {rule.id}", rule.view, [rule.time]
    for board in sources.dashboards:
        for control in board.controls:
            yield f"Dashboard {board.id}", control.view, [control.field]
        for panel in board.panels:
            parts: list[Bucket | Metric | None] = [panel.x, panel.split, *panel.metrics]
            yield f"Panel {panel.id}", panel.view, [part.field for part in parts if part and part.field]
