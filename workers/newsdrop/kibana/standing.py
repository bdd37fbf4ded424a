"""Which of our objects exist in a Kibana, under which ids, and which were changed since newsdrop wrote them.

Kibana writes all objects of one import with one and the same time (`updated_at`), the mark among them
(objects.MARK): what has another time than the mark was changed since. That holds for every way of changing
an object, and a newer Kibana that migrates the objects leaves it alone. Data views are told by their content,
too: Kibana counts in them which fields people use, which is no change of theirs.

In a second space of the same Kibana an object has an id of its own, and its `originId` is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from newsdrop.errors import ConfigError
from newsdrop.kibana.objects import MARK, SavedObject, view_digest
from newsdrop.kibana.server import Kibana

__all__ = ["Key", "Standing", "find_copies", "look_up", "name_of"]

#: The type and the id of a shipped object.
Key = tuple[str, str]

_CHANGED = "changed in Kibana since newsdrop wrote it; --overwrite replaces it"
_UNKNOWN = (
    "it is unknown whether somebody changed it (an older newsdrop wrote it, or its tag was changed); "
    "--overwrite replaces it"
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An existing object. `changed`: why it isn't replaced without asking; empty if nobody changed it."""

    id: str
    attributes: dict[str, Any]
    changed: str


def name_of(one: Mapping[str, Any]) -> Key:
    """The name of an object in Kibana's answers."""
    return one["type"], one["id"]


def look_up(kibana: Kibana, places: Mapping[Key, str]) -> dict[Key, Standing]:
    """The existing objects. `places`: object → its id in this space.

    Raises:
        OutageError, ConfigError: Kibana doesn't answer, or refuses.
    """
    there = {name_of(one): one for one in _export(kibana, [(key[0], place) for key, place in places.items()])}
    found = {key: there[key[0], place] for key, place in places.items() if (key[0], place) in there}
    mark = found.get(MARK)
    others = [one for key, one in found.items() if key != MARK]
    accounted = mark is not None and any(_same_time(one, mark) for one in others)
    return {
        key: Standing(
            id=one["id"],
            attributes=one["attributes"],
            changed="" if key == MARK else _why_changed(one, mark, accounted=accounted),
        )
        for key, one in found.items()
    }


def find_copies(kibana: Kibana, wanted: Iterable[Key]) -> dict[Key, str]:
    """Where the objects are in a second space: every object of these types is checked.

    Raises:
        OutageError, ConfigError: Kibana doesn't answer, or refuses.
    """
    keys = set(wanted)
    answer = kibana.post("/api/saved_objects/_export", {"type": sorted({kind for kind, _ in keys})})
    if answer.status != 200:
        raise ConfigError(f"Kibana at {kibana.where} can't list its objects: {answer.reason}.")
    # The last line summarises the export.
    objects = [one for one in _lines(answer.body) if "type" in one]
    copies = [((one["type"], one.get("originId", "")), one["id"]) for one in objects]
    return {key: place for key, place in copies if key in keys}


def _why_changed(one: SavedObject, mark: SavedObject | None, *, accounted: bool) -> str:
    if mark is not None and _same_time(one, mark):
        return ""
    if mark is not None and one["type"] == "index-pattern":
        return "" if view_digest(one) in mark["attributes"].get("description", "") else _CHANGED
    return _CHANGED if accounted else _UNKNOWN


def _same_time(one: SavedObject, other: SavedObject) -> bool:
    return one.get("updated_at") is not None and one.get("updated_at") == other.get("updated_at")


def _export(kibana: Kibana, names: Sequence[Key]) -> list[SavedObject]:
    """The existing ones. An export that names a missing object is refused as a whole, naming it."""
    missing: set[Key] = set()
    while wanted := [name for name in names if name not in missing]:
        objects = [{"type": kind, "id": identity} for kind, identity in wanted]
        answer = kibana.post("/api/saved_objects/_export", {"objects": objects, "excludeExportDetails": True})
        if answer.status == 200:
            return _lines(answer.body)
        named = answer.body.get("attributes", {}).get("objects", []) if isinstance(answer.body, dict) else []
        gone = {name_of(one) for one in named if one.get("error", {}).get("statusCode") == 404}
        if len(gone) < len(named) or not gone - missing:
            raise ConfigError(f"Kibana at {kibana.where} can't list its objects: {answer.reason}.")
        missing |= gone
    return []


def _lines(body: Any) -> list[SavedObject]:
    """NDJSON of a single line is read as one object."""
    return body if isinstance(body, list) else [body]
