"""Load saved objects, the search setting and alert rules into a Kibana, and say what became of each.

Idempotent: with `overwrite` a second time gives the same objects; without it what is there is left and
reported as a conflict. Rules that exist are always left, since people hang their actions on them. A dry run
only reads. The APIs are those of https://www.elastic.co/docs/api/doc/kibana/.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from newsdrop.errors import ConfigError, OutageError
from newsdrop.kibana.objects import OLDEST_KIBANA, SavedObject, ndjson
from newsdrop.kibana.server import Answer, Kibana

__all__ = [
    "SEARCH_OPTIONS",
    "SEARCH_SETTING",
    "Loaded",
    "ObjectResult",
    "await_server",
    "check_server",
    "load",
    "load_rules",
    "look",
    "set_search",
]

#: What Lucene syntax in Kibana is run with; a space between words then means "and".
SEARCH_SETTING = "query:queryString:options"
SEARCH_OPTIONS = {"analyze_wildcard": True, "default_operator": "AND"}
_FILE = "newsdrop.ndjson"
_ASK_EVERY_S = 2.0

ObjectState = Literal["created", "overwritten", "conflict", "failed", "new", "exists"]
SettingState = Literal["set", "unchanged", "left alone", "unavailable", "failed"]


class ObjectResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one object; in a dry run `new` or `exists`, what would."""

    type: str
    id: str
    title: str
    state: ObjectState
    reason: str = ""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. `setting_reason`: why the search setting is `unavailable` or `failed`."""

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
        """Whether nothing was refused. A rule that exists is left on purpose."""
        bad = [one for one in (*self.objects, *self.rules) if one.state in ("conflict", "failed")]
        return not bad and self.setting != "failed"


def check_server(kibana: Kibana) -> str | None:
    """The version of a Kibana that takes our objects and has the space; None if it doesn't tell.

    Raises:
        OutageError: it can't be reached.
        ConfigError: it is too old, isn't Kibana, or lacks the space.
    """
    status = kibana.get("/api/status", in_space=False)
    if status.status != 200 or not isinstance(status.body, dict) or "status" not in status.body:
        raise ConfigError(f"What answers at {kibana.where} is not Kibana ({status.status}: {status.reason}).")
    number: str | None = status.body.get("version", {}).get("number")
    _refuse_old(kibana, number)
    if kibana.space is not None:
        found = kibana.get(f"/api/spaces/space/{quote(kibana.space, safe='')}", in_space=False)
        if found.status == 404:
            raise ConfigError(f"Kibana at {kibana.where} has no space {kibana.space!r}: create it first.")
        _refuse(kibana, found, f"The space {kibana.space!r} can't be looked up")
    return number


def await_server(
    kibana: Kibana,
    wait_s: float,
    *,
    clock_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> str | None:
    """As `check_server`, of a Kibana that may still be starting: asks again until `wait_s` are over."""
    deadline_s = clock_s() + wait_s
    while True:
        try:
            return check_server(kibana)
        except OutageError:
            if clock_s() >= deadline_s:
                raise
        sleep(_ASK_EVERY_S)


def look(kibana: Kibana, objects: Sequence[SavedObject]) -> list[ObjectResult]:
    """Which of the objects are there already. Reads only."""
    wanted = [{"type": one["type"], "id": one["id"]} for one in objects]
    answer = kibana.post("/api/saved_objects/_export", {"objects": wanted, "excludeExportDetails": True})
    if answer.status == 200:
        missing: set[tuple[str, str]] = set()
    else:
        # An export of what isn't there is refused as a whole, and the refusal names what is missing.
        named = answer.body.get("attributes", {}).get("objects", []) if isinstance(answer.body, dict) else []
        missing = {(one["type"], one["id"]) for one in named if one.get("error", {}).get("statusCode") == 404}
        if not missing or len(missing) < len(named):
            raise ConfigError(f"Kibana at {kibana.where} can't say what it has: {answer.reason}.")
    return [_result(one, "new" if (one["type"], one["id"]) in missing else "exists") for one in objects]


def load(kibana: Kibana, objects: Sequence[SavedObject], *, overwrite: bool) -> list[ObjectResult]:
    """Import the objects; one result each, in their order.

    Raises:
        OutageError, ConfigError: nothing was imported.
    """
    query = {"overwrite": "true"} if overwrite else {}
    data = ndjson(list(objects)).encode()
    answer = kibana.upload("/api/saved_objects/_import", _FILE, data, **query)
    _refuse(kibana, answer, "The objects were not imported")
    done = {(one["type"], one["id"]): one for one in answer.body.get("successResults", [])}
    failed = {(one["type"], one["id"]): one for one in answer.body.get("errors", [])}
    return [_imported(one, done, failed) for one in objects]


def set_search(kibana: Kibana) -> tuple[SettingState, str]:
    """Let a space in Lucene syntax mean "and"; other options that people set stay. The state and why.

    A refusal is told, not raised: the objects are loaded by now, and that has to be said.
    """
    try:
        now = kibana.get("/api/kibana/settings")
        if now.status == 404:
            return "unavailable", "this Kibana has no settings API; set it under Stack Management"
        _refuse(kibana, now, "The settings can't be read")
        options = _options(now.body.get("settings", {}).get(SEARCH_SETTING, {}).get("userValue"))
        wanted = options | SEARCH_OPTIONS
        if wanted == options:
            return "unchanged", ""
        changed = kibana.post("/api/kibana/settings", {"changes": {SEARCH_SETTING: json.dumps(wanted)}})
    except (ConfigError, OutageError) as error:
        return "failed", error.message
    return ("set", "") if changed.status == 200 else ("failed", changed.reason)


def load_rules(kibana: Kibana, rules: Mapping[str, Mapping[str, Any]]) -> list[ObjectResult]:
    """Create the alert rules that aren't there; a refusal is told rule by rule, not raised."""
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


def _refuse_old(kibana: Kibana, number: str | None) -> None:
    found = re.match(r"(\d+)\.(\d+)", number or "")
    if found and (int(found[1]), int(found[2])) < OLDEST_KIBANA:
        oldest = ".".join(map(str, OLDEST_KIBANA))
        raise ConfigError(
            f"Kibana at {kibana.where} is version {number}; our objects need {oldest} or newer, and a Kibana "
            "takes no objects of a newer one."
        )


def _refuse(kibana: Kibana, answer: Answer, what: str) -> None:
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise ConfigError(f"{what}: Kibana at {kibana.where} says {answer.reason} ({answer.status}).")


def _imported(one: SavedObject, done: dict[Any, Any], failed: dict[Any, Any]) -> ObjectResult:
    key = (one["type"], one["id"])
    if key in done:
        return _result(one, "overwritten" if done[key].get("overwrite") else "created")
    if key not in failed:
        return _result(one, "failed", "not imported because other objects of the file were refused")
    error = failed[key].get("error", {})
    kind = error.get("type", "unknown")
    if kind == "conflict":
        return _result(one, "conflict", "is there already; --overwrite replaces it")
    return _result(one, "failed", _why(kind, error))


def _why(kind: str, error: dict[str, Any]) -> str:
    if kind == "ambiguous_conflict":
        ids = ", ".join(str(one.get("id")) for one in error.get("destinations", []))
        return f"several objects of this space stem from it ({ids}); delete all but one"
    if kind == "missing_references":
        names = ", ".join(f"{one.get('type')} {one.get('id')}" for one in error.get("references", []))
        return f"refers to what isn't there: {names}"
    if kind == "unsupported_type":
        return "this Kibana doesn't know such objects"
    return str(error.get("message") or kind)


def _result(one: SavedObject, state: ObjectState, reason: str = "") -> ObjectResult:
    attributes = one["attributes"]
    title = attributes.get("name") or attributes["title"]
    return ObjectResult(type=one["type"], id=one["id"], title=title, state=state, reason=reason)


def _options(value: Any) -> dict[str, Any]:
    """The setting as it stands: a JSON text, or already an object; nothing if nobody set it."""
    try:
        options = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        options = None
    return options if isinstance(options, dict) else {}
