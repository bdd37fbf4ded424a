"""A stand-in for Kibana's HTTP API that checks every request by the published schemas.

Paths, parameters, headers, bodies and answers are those of https://www.elastic.co/docs/api/doc/kibana
(status, spaces, saved objects import and export, alerting rules) and of the settings routes; attributes of
saved objects are checked by the schemas that Kibana registers (schemas.py). What breaks a schema is answered
with 400 and kept in `complaints`.

An import goes as Kibana's own does (core-saved-objects-import-export): all objects of a call get one time; an
id that another space holds is made anew, with ours as `originId`; one conflict, ambiguous conflict or missing
reference, and nothing is written while the other objects are reported as successes all the same.
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from tests.kibana.schemas import ExportBody, RuleBody, SettingsBody, check_object
from tests.servers.http_server import Answer, HttpServer, Request

#: The only references that an import looks after.
_VALIDATED = ("index-pattern", "search")
_RESOLVABLE = ("conflict", "ambiguous_conflict", "missing_references")

_UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
Reply = tuple[int, Any]
Name = tuple[str, str]
Place = tuple[str, bool]


class KibanaStub(HttpServer):
    """The state of one Kibana; tests set what is to go wrong."""

    def __init__(self) -> None:
        self.version: str | None = "8.19.3"
        self.base = ""
        self.authorization: str | None = None
        self.forbidden: set[str] = set()
        self.fixed: Reply | None = None
        self.starting = 0
        self.redirect: str | None = None
        self.spaces: dict[str, dict[Name, dict[str, Any]]] = {"default": {}}
        self.now = datetime(2026, 11, 29, tzinfo=UTC)
        self.settings: dict[str, dict[str, Any]] = {}
        self.settings_api = True
        self.overridden: set[str] = set()
        self.rules: dict[str, dict[str, Any]] = {}
        self.refused_rules = ""
        self.broken: dict[Name, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.complaints: list[str] = []
        super().__init__()

    def edit(self, kind: str, identity: str, space: str = "default", **attributes: Any) -> None:
        """Somebody saves an object; Kibana's own counting in data views goes the same way."""
        one = self.spaces[space][kind, identity]
        changed = {"attributes": one["attributes"] | attributes, "updated_at": self._time()}
        self.spaces[space][kind, identity] = one | changed

    def upgrade(self) -> None:
        """A newer Kibana migrates every object: other attributes, another version, the same times."""
        for here in self.spaces.values():
            for name, one in here.items():
                attributes = one["attributes"] | ({} if name[0] == "tag" else {"added": "later"})
                here[name] = one | {"attributes": attributes, "typeMigrationVersion": "10.3.0"}

    def _time(self) -> str:
        self.now += timedelta(milliseconds=1)
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def answer(self, request: Request) -> Answer:
        status, told = self._reply(request)
        headers = {"location": self.redirect} if self.redirect else {}
        if isinstance(told, str):
            return Answer(status, told.encode(), headers)
        lines = told if isinstance(told, list) else [told]
        return Answer(status, b"\n".join(json.dumps(line).encode() for line in lines), headers)

    def _reply(self, request: Request) -> Reply:
        method, headers = request.method, request.headers
        parts = urlsplit(request.path)
        self.requests.append((method, parts.path))
        if self.starting:
            self.starting -= 1
            return 503, "Kibana server is not ready yet"
        if self.fixed:
            return self.fixed
        if not parts.path.startswith(self.base):
            return self._refuse(404, "Not Found")
        if self.authorization and headers.get("authorization") != self.authorization:
            return self._refuse(401, "unable to authenticate user")
        if method == "POST" and not headers.get("kbn-xsrf"):
            return self._complain("Request must contain a kbn-xsrf header.")
        path = parts.path.removeprefix(self.base)
        space = "default"
        if found := re.match(r"/s/([a-z0-9_\-]+)(/.*)", path):
            space, path = found[1], found[2]
        if any(path.startswith(one) for one in self.forbidden):
            return self._refuse(403, f"{path} is unauthorized for user")
        try:
            return self._route(path, space, dict(parse_qsl(parts.query)), request)
        except (msgspec.ValidationError, ValueError, KeyError) as error:
            return self._complain(f"{method} {path}: {error!r}")

    def _route(self, path: str, space: str, query: dict[str, str], request: Request) -> Reply:
        method, body = request.method, request.body
        match (method, *path.strip("/").split("/")):
            case ("GET", "api", "status"):
                version = {"version": {"number": self.version}} if self.version else {}
                return 200, {"name": "stub", "status": {"overall": {"level": "available"}}, **version}
            case ("GET", "api", "spaces", "space", name):
                return (
                    (200, {"id": name, "name": name})
                    if name in self.spaces
                    else self._refuse(404, "Not Found")
                )
            case ("POST", "api", "saved_objects", "_import"):
                return self._import(space, query, request.headers["content-type"], body)
            case ("POST", "api", "saved_objects", "_export"):
                return self._export(space, msgspec.json.decode(body, type=ExportBody))
            case (_, "api", "kibana", "settings"):
                return self._setting(method, space, body)
            case (_, "api", "alerting", "rule", name):
                return self._rule(method, space, name, body)
        return self._refuse(404, "Not Found")

    def _import(self, space: str, query: dict[str, str], kind: str, body: bytes) -> Reply:
        if set(query) - {"overwrite", "createNewCopies", "compatibilityMode"} or set(query.values()) - {
            "true",
            "false",
        }:
            return self._complain(f"query {query}")
        objects = _uploaded(kind, body)
        for one in objects:
            check_object(one)
        places = self._places(self.spaces[space], objects)
        errors = self._errors(self.spaces[space], objects, places, overwrite=query.get("overwrite") == "true")
        good = [one for one in objects if _name(one) not in errors]
        if not any(error["type"] in _RESOLVABLE for error in errors.values()):
            good = self._create(self.spaces[space], good, places, errors)
        results = [_success(one, *places[_name(one)]) for one in good]
        failed = [
            {"type": name[0], "id": name[1], "meta": {}, "error": error} for name, error in errors.items()
        ]
        answer: dict[str, Any] = {"success": not errors, "successCount": len(results), "warnings": []}
        answer |= {"successResults": results} if results else {}
        return 200, answer | ({"errors": failed} if failed else {})

    def _places(self, here: dict[Name, dict[str, Any]], objects: list[dict[str, Any]]) -> dict[Name, Place]:
        """Where each object goes: its id in this space, and whether that one is there."""
        elsewhere = {name for space in self.spaces.values() if space is not here for name in space}
        places: dict[Name, Place] = {}
        for kind, identity in map(_name, objects):
            copies = [
                one["id"] for one in here.values() if (one["type"], one.get("originId")) == (kind, identity)
            ]
            place = identity if (kind, identity) in here else copies[0] if copies else identity
            if (kind, place) in elsewhere:
                place = str(uuid.uuid4())
            places[kind, identity] = place, (kind, place) in here
        return places

    def _errors(
        self,
        here: dict[Name, dict[str, Any]],
        objects: list[dict[str, Any]],
        places: dict[Name, Place],
        *,
        overwrite: bool,
    ) -> dict[Name, dict[str, Any]]:
        """What is found before anything is written."""
        errors: dict[Name, dict[str, Any]] = {}
        for one in objects:
            name = _name(one)
            (place, there), known = places[name], places.keys() | here.keys()
            wanted = [_name(ref) for ref in one["references"] if ref["type"] in _VALIDATED]
            missing = [
                {"type": kind, "id": identity} for kind, identity in wanted if (kind, identity) not in known
            ]
            if missing:
                errors[name] = {"type": "missing_references", "references": missing}
            elif self.broken.get(name, {}).get("type") in (*_RESOLVABLE, "unsupported_type"):
                errors[name] = self.broken[name]
            elif there and not overwrite:
                errors[name] = {"type": "conflict"} | ({"destinationId": place} if place != name[1] else {})
        return errors

    def _create(
        self,
        here: dict[Name, dict[str, Any]],
        objects: list[dict[str, Any]],
        places: dict[Name, Place],
        errors: dict[Name, dict[str, Any]],
    ) -> list[dict[str, Any]]:
        """Write the objects, all at one time; those that can't be written join the errors."""
        at = self._time()
        for one in objects:
            name = _name(one)
            if name in self.broken:
                errors[name] = self.broken[name]
                continue
            place, _ = places[name]
            references = [
                {**ref, "id": places[_name(ref)][0] if _name(ref) in places else ref["id"]}
                for ref in one["references"]
            ]
            own = {"id": place, "references": references, "created_at": at, "updated_at": at, "version": "W1"}
            origin = {"originId": name[1]} if place != name[1] else {}
            here[name[0], place] = {"managed": False, **one, **own, **origin}
        return [one for one in objects if _name(one) not in errors]

    def _export(self, space: str, body: ExportBody) -> Reply:
        here = self.spaces[space]
        if body.type:
            found = [one for (kind, _), one in here.items() if kind in body.type]
            return 200, [*found, {"exportedCount": len(found), "missingRefCount": 0, "missingReferences": []}]
        missing = [one for one in body.objects if (one.type, one.id) not in here]
        if missing:
            error = {"statusCode": 404, "error": "Not Found", "message": "not found"}
            named = [{"type": one.type, "id": one.id, "error": error} for one in missing]
            return 400, {
                "statusCode": 400,
                "error": "Bad Request",
                "message": "Error fetching objects to export",
                "attributes": {"objects": named},
            }
        return 200, [here[one.type, one.id] for one in body.objects]

    def _setting(self, method: str, space: str, body: bytes) -> Reply:
        if not self.settings_api:
            return self._refuse(404, "Not Found")
        held = self.settings.setdefault(space, {})
        if method == "POST":
            for name, value in msgspec.json.decode(body, type=SettingsBody).changes.items():
                if name in self.overridden:
                    return self._refuse(400, f"Unable to update {name!r} because it is overridden")
                if name == "query:queryString:options":
                    json.loads(value)  # Kibana keeps this one as a JSON text
                held[name] = value
        return 200, {"settings": {name: {"userValue": value} for name, value in held.items()}}

    def _rule(self, method: str, space: str, name: str, body: bytes) -> Reply:
        if method == "GET":
            rule = self.rules.get(name, {})
            return (200, rule) if rule.get("space") == space else self._refuse(404, "Not Found")
        if not _UUID4.match(name):
            return self._complain(f"{name} is no UUID")
        if self.refused_rules:
            return self._refuse(400, self.refused_rules)
        if name in self.rules:
            return self._refuse(409, "Saved object [alert] conflict")
        rule = msgspec.json.decode(body, type=RuleBody)
        if ("index-pattern", rule.params.searchConfiguration.index) not in self.spaces[space]:
            return self._complain(f"{name} is over a data view that its space lacks")
        self.rules[name] = {"id": name, "space": space, **msgspec.to_builtins(rule)}
        return 200, self.rules[name]

    def _complain(self, what: str) -> Reply:
        self.complaints.append(what)
        return self._refuse(400, what)

    def _refuse(self, status: int, message: str) -> Reply:
        return status, {"statusCode": status, "error": "Refused", "message": message}


def _name(one: dict[str, Any]) -> Name:
    return one["type"], one["id"]


def _success(one: dict[str, Any], place: str, there: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"type": one["type"], "id": one["id"], "meta": {}, "managed": one.get("managed")}
    said |= {"overwrite": True} if there else {}
    return said | ({"destinationId": place} if place != one["id"] else {})


def _uploaded(kind: str, body: bytes) -> list[dict[str, Any]]:
    """The objects of a multipart upload with exactly one part, `file`, named `….ndjson`."""
    if not kind.startswith("multipart/form-data; boundary="):
        raise ValueError(f"content type {kind}")
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    (part,) = list(message.iter_parts())
    if part.get_param("name", header="content-disposition") != "file":
        raise ValueError("the part must be called `file`")
    if not str(part.get_filename()).endswith(".ndjson"):
        raise ValueError("Invalid file extension")
    return [json.loads(line) for line in part.get_payload(decode=True).splitlines()]  # type: ignore[union-attr]


@contextmanager
def kibana_stub() -> Iterator[KibanaStub]:
    """A stub that listens on loopback until the end of the block; a broken schema fails the test."""
    with KibanaStub() as stub:
        yield stub
    assert stub.complaints == []
