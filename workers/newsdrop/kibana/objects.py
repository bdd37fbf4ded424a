"""All that we ship as Kibana's saved objects, and as the NDJSON that its import takes. Pure.

Each object says which migrations it has seen (`typeMigrationVersion`, `coreMigrationVersion`), the newest
that every supported Kibana knows, so that 8.9 to 8.19 and 9.x take it and migrate it further. Ids are fixed:
importing twice is the same objects again. All are managed (people copy them to change them, where Kibana
knows that flag) and carry one tag, the mark, by which an import tells what people changed (standing.py).
Saved objects are documented at https://www.elastic.co/docs/api/doc/kibana/group/endpoint-saved-objects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsdrop.index.mapping import index_body, mapped_fields
from newsdrop.kibana.lens import layer_reference, lens_attributes
from newsdrop.kibana.sources import Control, Dashboard, Panel, Search, Sources, View
from newsdrop.options import IndexOptions

__all__ = [
    "MARK",
    "OLDEST_KIBANA",
    "PREFIX",
    "SavedObject",
    "ndjson",
    "object_id",
    "saved_objects",
    "view_digest",
]

#: The first Kibana that supports all of the migrations below.
OLDEST_KIBANA = (8, 9)
_CORE = "8.8.0"
_MIGRATIONS = {
    "index-pattern": "8.0.0",
    "search": "8.0.0",
    "lens": "8.9.0",
    "visualization": "8.5.0",
    "dashboard": "8.9.0",
    "tag": "8.0.0",
}
PREFIX = "newsdrop-"
#: The type and the id of the tag on all of newsdrop's objects.
MARK = ("tag", f"{PREFIX}managed")
#: The part of a data view that people edit. Kibana changes the rest: `fieldAttrs` counts uses of fields.
_VIEW_TEXTS = ("title", "name", "timeFieldName")
_VIEW_TABLES = ("fieldFormatMap", "runtimeFieldMap", "sourceFilters")
_NO_QUERY = {"query": {"query": "", "language": "kuery"}, "filter": []}

SavedObject = dict[str, Any]


def object_id(name: str) -> str:
    """The id of a source in Kibana."""
    return PREFIX + name


def saved_objects(sources: Sources, options: IndexOptions, override: Path | None = None) -> list[SavedObject]:
    """Every saved object; objects that others refer to come first.

    Args:
        options: names the indexes that the data views stand for.
    """
    types = {
        view.id: {name: field["type"] for name, field in _mapping(view, options, override).items()}
        | {name: field.type for name, field in view.runtime.items()}
        for view in sources.views
    }
    views = [_view(view, options) for view in sources.views]
    objects = [_mark(views), *views]
    objects += [_search(search) for search in sources.searches]
    for board in sources.dashboards:
        for panel in board.panels:
            if panel.chart == "note":
                objects.append(_note(panel))
            elif panel.chart != "search":
                objects.append(_chart(panel, sources.view(panel.view), types[panel.view]))
        objects.append(_dashboard(board))
    return objects


def ndjson(objects: list[SavedObject]) -> str:
    """The objects, one a line, with sorted keys, so that the same sources give the same bytes."""
    return "".join(f"{_json(one)}\n" for one in objects)


def view_digest(view: SavedObject) -> str:
    """A short hash of the part of a data view that people edit; the same after Kibana has stored it."""
    attributes = view["attributes"]
    facts = [view["type"], *(attributes.get(name, "") for name in _VIEW_TEXTS)]
    facts += [json.loads(attributes.get(name) or "null") or None for name in _VIEW_TABLES]
    return hashlib.blake2b(_json(facts).encode(), digest_size=4).hexdigest()


def _mark(views: list[SavedObject]) -> SavedObject:
    """The tag. Its description holds the data views' digests, since by their times all would look changed."""
    digests = " ".join(view_digest(view) for view in views)
    attributes = {
        "name": "newsdrop",
        "description": f"Managed by newsdrop: an import renews what nobody changed. [{digests}]",
        "color": "#6092C0",
    }
    return _object(*MARK, attributes, [])


def _mapping(view: View, options: IndexOptions, override: Path | None) -> dict[str, dict[str, Any]]:
    return mapped_fields(index_body(view.schema, options, override))


def _object(kind: str, identity: str, attributes: SavedObject, references: list[SavedObject]) -> SavedObject:
    return {
        "id": identity,
        "type": kind,
        "attributes": attributes,
        "references": references,
        "managed": True,
        "coreMigrationVersion": _CORE,
        "typeMigrationVersion": _MIGRATIONS[kind],
    }


def _tagged(kind: str, name: str, attributes: SavedObject, references: list[SavedObject]) -> SavedObject:
    """An object that people see in a library, with the tag."""
    mark, identity = MARK
    tag = {"type": mark, "id": identity, "name": f"tag-ref-{identity}"}
    return _object(kind, object_id(name), attributes, [*references, tag])


def _reference(kind: str, name: str, called: str) -> SavedObject:
    return {"type": kind, "id": object_id(name), "name": called}


def _view(view: View, options: IndexOptions) -> SavedObject:
    alias = options.alias if view.schema == "articles" else options.letters
    runtime = {
        name: {"type": field.type, "script": {"source": field.script.strip()}}
        for name, field in view.runtime.items()
    }
    attributes = {
        "title": alias,
        "name": view.name,
        "timeFieldName": view.time,
        "fields": "[]",
        "fieldAttrs": "{}",
        "sourceFilters": "[]",
        "typeMeta": "{}",
        "fieldFormatMap": _json(view.formats),
        "runtimeFieldMap": _json(runtime),
    }
    return _object("index-pattern", object_id(view.id), attributes, [])


def _search(search: Search) -> SavedObject:
    called = "kibanaSavedObjectMeta.searchSourceJSON.index"
    source = {
        "query": {"query": search.query, "language": "kuery"},
        "filter": [],
        "highlightAll": True,
        "version": True,
        "indexRefName": called,
    }
    attributes = {
        "title": search.title,
        "description": search.description,
        "columns": search.columns,
        "sort": [list(pair) for pair in search.sort],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        # Without its own range it would open with the last fifteen minutes, which are empty in an archive.
        "timeRestore": True,
        "timeRange": {"from": search.since, "to": "now"},
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json(source)},
    }
    return _tagged("search", search.id, attributes, [_reference("index-pattern", search.view, called)])


def _chart(panel: Panel, view: View, types: dict[str, str]) -> SavedObject:
    references = [_reference("index-pattern", view.id, layer_reference())]
    return _tagged("lens", panel.id, lens_attributes(panel, view, types), references)


def _note(panel: Panel) -> SavedObject:
    params = {"fontSize": 12, "openLinksInNewTab": True, "markdown": panel.text.strip()}
    state = {"title": panel.title, "type": "markdown", "aggs": [], "params": params}
    attributes = {
        "title": panel.title,
        "description": panel.description,
        "visState": _json(state),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json(_NO_QUERY)},
    }
    return _tagged("visualization", panel.id, attributes, [])


def _dashboard(board: Dashboard) -> SavedObject:
    attributes = {
        "title": board.title,
        "description": board.description,
        "timeRestore": True,
        "timeFrom": board.since,
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": board.refresh_s * 1_000},
        "panelsJSON": _json([_placed(panel) for panel in board.panels]),
        "optionsJSON": _json(
            {
                "useMargins": True,
                "syncColors": True,
                "syncCursor": True,
                "syncTooltips": False,
                "hidePanelTitles": False,
            }
        ),
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json(_NO_QUERY)},
        "version": 1,
    }
    if board.controls:
        attributes["controlGroupInput"] = _controls(board.controls)
    return _tagged("dashboard", board.id, attributes, list(_board_references(board)))


def _placed(panel: Panel) -> SavedObject:
    x, y, width, height = panel.place
    return {
        "type": _panel_type(panel),
        "gridData": {"x": x, "y": y, "w": width, "h": height, "i": panel.id},
        "panelIndex": panel.id,
        "embeddableConfig": {"enhancements": {}},
        "panelRefName": f"panel_{panel.id}",
    }


def _panel_type(panel: Panel) -> str:
    return {"note": "visualization", "search": "search"}.get(panel.chart, "lens")


def _controls(controls: list[Control]) -> SavedObject:
    panels = {}
    for order, control in enumerate(controls):
        shown = {
            "id": control.field,
            "fieldName": control.field,
            "title": control.label,
            "enhancements": {},
        }
        panels[control.field] = {
            "order": order,
            "type": "optionsListControl",
            "width": "medium",
            "grow": True,
            "explicitInput": shown,
        }
    heeded = {
        "ignoreFilters": False,
        "ignoreQuery": False,
        "ignoreTimerange": False,
        "ignoreValidations": False,
    }
    return {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "panelsJSON": _json(panels),
        "ignoreParentSettingsJSON": _json(heeded),
    }


def _board_references(board: Dashboard) -> Iterator[SavedObject]:
    for panel in board.panels:
        yield _reference(_panel_type(panel), panel.id, f"{panel.id}:panel_{panel.id}")
    for control in board.controls:
        called = f"controlGroup_{control.field}:optionsListDataView"
        yield _reference("index-pattern", control.view, called)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
