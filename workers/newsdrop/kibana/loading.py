"""Load saved objects, the search setting and alert rules into a Kibana, and report the result for each.

Idempotent: a second import updates unchanged objects, and keeps changed ones (standing.py) unless
told to `overwrite`. Existing rules are always left alone, because people attach actions to them. A dry run
only reads. The APIs are those of https://www.elastic.co/docs/api/doc/kibana/.

If a file has one conflict, ambiguous conflict or dangling reference, Kibana imports nothing, but still lists
the other objects as imported. So the first import, without permission to overwrite, either imports everything
into an empty space or reports what exists, under which ids; the second imports what is new or unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from newsdrop.errors import ConfigError, OutageError
from newsdrop.kibana.objects import SavedObject, ndjson
from newsdrop.kibana.server import Kibana
from newsdrop.kibana.standing import Key, Standing, find_copies, look_up, name_of

__all__ = [
    "SEARCH_OPTIONS",
    "SEARCH_SETTING",
    "Loaded",
    "ObjectResult",
    "load",
    "load_rules",
    "look",
    "set_search",
]

#: The options for Lucene syntax in Kibana; with these a space between words means "and".
SEARCH_SETTING = "query:queryString:options"
SEARCH_OPTIONS = {"analyze_wildcard": True, "default_operator": "AND"}
_FILE = "newsdrop.ndjson"
#: Errors for which Kibana imports nothing from a file.
_WHOLE_FILE = ("conflict", "ambiguous_conflict", "missing_references")

ObjectState = Literal["created", "overwritten", "kept", "failed", "new", "exists"]
SettingState = Literal["set", "unchanged", "kept", "left alone", "unavailable", "failed"]


class ObjectResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one object (in a dry run, the expected one): `new`, `exists` (to be replaced), `kept`.

    `destination_id`: its id in this space, if that differs.
    """

    type: str
    id: str
    title: str
    state: ObjectState
    reason: str = ""
    destination_id: str = ""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a load. `setting_reason`: why the search setting is `kept`, `unavailable`, `failed`."""

    kibana: str
    version: str | None
    space: str | None
    dry_run: bool
    objects: list[ObjectResult]
    setting: SettingState = "left alone"
    setting_reason: str = ""
    rules: list[ObjectResult] = []

    @property
    def ok(self) -> bool:
        """Whether nothing was refused. Kept objects and existing rules are left alone on purpose."""
        bad = [one for one in (*self.objects, *self.rules) if one.state == "failed"]
        return not bad and self.setting != "failed"


def look(kibana: Kibana, objects: Sequence[SavedObject], *, overwrite: bool) -> list[ObjectResult]:
    """What `load` would do. Reads only."""
    found = look_up(kibana, {name_of(one): one["id"] for one in objects})
    if missing := [name_of(one) for one in objects if name_of(one) not in found]:
        # In one request, because the mark may be in either.
        places = {key: one.id for key, one in found.items()} | find_copies(kibana, missing)
        found = look_up(kibana, places)
    return [_would(one, found.get(name_of(one)), overwrite=overwrite) for one in objects]


def load(kibana: Kibana, objects: Sequence[SavedObject], *, overwrite: bool) -> list[ObjectResult]:
    """Import the objects; one result each, in their order.

    Raises:
        OutageError, ConfigError: nothing was imported.
    """
    first = _import(kibana, objects, overwrite=overwrite)
    places = first.conflicts(objects)
    if not places:
        return [first.result(one) for one in objects]
    found = look_up(kibana, places)
    kept = {key: one for key, one in found.items() if one.changed}
    wanted = [_fitted(one, found, kept) for one in objects if name_of(one) not in kept]
    second = _import(kibana, wanted, overwrite=True)
    return [_kept(one, kept[name_of(one)]) if name_of(one) in kept else second.result(one) for one in objects]


def _would(one: SavedObject, there: Standing | None, *, overwrite: bool) -> ObjectResult:
    if there is None:
        return _result(one, "new")
    if there.changed and not overwrite:
        return _kept(one, there)
    return _result(one, "exists", destination_id=_other_id(one, there.id))


def _kept(one: SavedObject, there: Standing) -> ObjectResult:
    return _result(one, "kept", there.changed, destination_id=_other_id(one, there.id))


def _other_id(one: SavedObject, identity: str) -> str:
    return "" if identity == one["id"] else identity


def _fitted(one: SavedObject, found: Mapping[Key, Standing], kept: Mapping[Key, Standing]) -> SavedObject:
    """An object ready to replace the existing one, with its references renamed to the ids used there.

    A data view keeps the labels that people gave to its fields, and Kibana's counts of their use.
    """
    references = [
        {**ref, "id": kept[name_of(ref)].id} if name_of(ref) in kept else ref for ref in one["references"]
    ]
    attributes = dict(one["attributes"])
    there = found.get(name_of(one))
    if there is not None and "fieldAttrs" in attributes:
        attributes["fieldAttrs"] = there.attributes.get("fieldAttrs") or attributes["fieldAttrs"]
    return {**one, "references": references, "attributes": attributes}


class _Imported(msgspec.Struct, frozen=True):
    """Kibana's answer to an import."""

    done: dict[Key, dict[str, Any]]
    failed: dict[Key, dict[str, Any]]

    def conflicts(self, objects: Sequence[SavedObject]) -> dict[Key, str]:
        """Existing objects → their ids."""
        errors = {
            name: self.failed[name].get("error", {}) for name in map(name_of, objects) if name in self.failed
        }
        return {
            name: str(error.get("destinationId") or name[1])
            for name, error in errors.items()
            if error.get("type") == "conflict"
        }

    def result(self, one: SavedObject) -> ObjectResult:
        """The outcome for an object."""
        key = name_of(one)
        if key in self.failed:
            error = self.failed[key].get("error", {})
            return _result(one, "failed", _why(error.get("type", "unknown"), error))
        refused = any(one.get("error", {}).get("type") in _WHOLE_FILE for one in self.failed.values())
        if key not in self.done or refused:
            return _result(one, "failed", "not imported, because other objects in the file were refused")
        done = self.done[key]
        state: ObjectState = "overwritten" if done.get("overwrite") else "created"
        return _result(one, state, destination_id=str(done.get("destinationId") or ""))


def _import(kibana: Kibana, objects: Sequence[SavedObject], *, overwrite: bool) -> _Imported:
    query = {"overwrite": "true"} if overwrite else {}
    answer = kibana.upload("/api/saved_objects/_import", _FILE, ndjson(list(objects)).encode(), **query)
    kibana.expect(answer, "The objects were not imported")
    done = {name_of(one): one for one in answer.body.get("successResults", [])}
    failed = {name_of(one): one for one in answer.body.get("errors", [])}
    return _Imported(done, failed)


def set_search(kibana: Kibana, *, overwrite: bool) -> tuple[SettingState, str]:
    """Make a space in Lucene syntax mean "and", unless people have set it otherwise.

    Returns the state, and the reason for it.
    A refusal is returned, not raised, because the objects are already loaded and that must be reported.
    """
    try:
        now = kibana.get("/api/kibana/settings")
        if now.status == 404:
            return "unavailable", "this Kibana has no settings API; set it under Stack Management"
        kibana.expect(now, "The settings can't be read")
        options = _options(now.body.get("settings", {}).get(SEARCH_SETTING, {}).get("userValue"))
        wanted = options | SEARCH_OPTIONS if overwrite else SEARCH_OPTIONS | options
        if wanted == options:
            return _kept_options(options)
        changed = kibana.post("/api/kibana/settings", {"changes": {SEARCH_SETTING: json.dumps(wanted)}})
    except (ConfigError, OutageError) as error:
        return "failed", error.message
    return ("set", "") if changed.status == 200 else ("failed", changed.reason)


def _kept_options(options: Mapping[str, Any]) -> tuple[SettingState, str]:
    others = {name: options[name] for name, value in SEARCH_OPTIONS.items() if options[name] != value}
    if not others:
        return "unchanged", ""
    return "kept", f"somebody chose {json.dumps(others)}; --overwrite sets {json.dumps(SEARCH_OPTIONS)}"


def load_rules(kibana: Kibana, rules: Mapping[str, Mapping[str, Any]]) -> list[ObjectResult]:
    """Create the missing alert rules; refusals are returned rule by rule, not raised."""
    results = []
    for name, body in rules.items():
        try:
            state, reason = _create_rule(kibana, name, body)
        except (ConfigError, OutageError) as error:
            state, reason = "failed", error.message
        rule = {"type": "rule", "id": name, "attributes": {"title": body["name"]}}
        results.append(_result(rule, state, reason))
    return results


def _create_rule(kibana: Kibana, name: str, body: Mapping[str, Any]) -> tuple[ObjectState, str]:
    if kibana.get(f"/api/alerting/rule/{name}").status == 200:
        return "exists", ""
    answer = kibana.post(f"/api/alerting/rule/{name}", body)
    return ("created", "") if answer.status == 200 else ("failed", answer.reason)


def _why(kind: str, error: dict[str, Any]) -> str:
    if kind == "ambiguous_conflict":
        ids = ", ".join(str(one.get("id")) for one in error.get("destinations", []))
        return f"several objects in this space are copies of it ({ids}); delete all but one"
    if kind == "missing_references":
        names = ", ".join(f"{one.get('type')} {one.get('id')}" for one in error.get("references", []))
        return f"refers to missing objects: {names}"
    if kind == "unsupported_type":
        return "this Kibana doesn't support such objects"
    return str(error.get("message") or kind)


def _result(
    one: SavedObject, state: ObjectState, reason: str = "", *, destination_id: str = ""
) -> ObjectResult:
    attributes = one["attributes"]
    return ObjectResult(
        type=one["type"],
        id=one["id"],
        title=attributes.get("name") or attributes["title"],
        state=state,
        reason=reason,
        destination_id=destination_id,
    )


def _options(value: Any) -> dict[str, Any]:
    """The current setting, given as JSON text or as an object; empty if nobody set it."""
    try:
        options = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        options = None
    return options if isinstance(options, dict) else {}
