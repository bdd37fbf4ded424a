"""A stand-in for Kibana's HTTP API that checks every request by the published schemas.

Paths, parameters, headers, bodies and answers are those of https://www.elastic.co/docs/api/doc/kibana
(status, spaces, saved objects import and export, alerting rules) and of the settings routes; attributes of
saved objects are checked by the schemas that Kibana registers for the versions the objects name (`search`
8.8.0, `dashboard` 1, `lens`), in which unknown keys are refused. What breaks a schema is answered with 400
and kept in `complaints`.
"""

from __future__ import annotations

import email.parser
import email.policy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Reference(_Strict):
    name: str
    type: str
    id: str


class SearchSource(_Strict):
    searchSourceJSON: str  # noqa: N815 - Kibana's name


class DataViewAttributes(_Strict):
    title: str
    name: str
    timeFieldName: str  # noqa: N815
    fields: str
    fieldAttrs: str  # noqa: N815
    sourceFilters: str  # noqa: N815
    typeMeta: str  # noqa: N815
    fieldFormatMap: str  # noqa: N815
    runtimeFieldMap: str  # noqa: N815


class SearchAttributes(_Strict):
    title: str
    kibanaSavedObjectMeta: SearchSource  # noqa: N815
    description: str = ""
    columns: list[str] = []
    sort: list[Annotated[list[str], msgspec.Meta(max_length=2)]] = []
    grid: dict[str, Any] = {}
    hideChart: bool = False  # noqa: N815
    isTextBasedQuery: bool = False  # noqa: N815
    timeRestore: bool | None = None  # noqa: N815


class LensAttributes(_Strict):
    title: str
    visualizationType: Literal["lnsXY", "lnsDatatable", "lnsPie", "lnsMetric"]  # noqa: N815
    state: dict[str, Any]
    description: str | None = None


class VisualizationAttributes(_Strict):
    title: str
    visState: str  # noqa: N815
    uiStateJSON: str  # noqa: N815
    version: int
    kibanaSavedObjectMeta: SearchSource  # noqa: N815
    description: str = ""


class RefreshInterval(_Strict):
    pause: bool
    value: int


class DashboardAttributes(_Strict):
    title: str
    description: str = ""
    kibanaSavedObjectMeta: SearchSource | None = None  # noqa: N815
    timeRestore: bool | None = None  # noqa: N815
    timeFrom: str | None = None  # noqa: N815
    timeTo: str | None = None  # noqa: N815
    refreshInterval: RefreshInterval | None = None  # noqa: N815
    controlGroupInput: dict[str, str] | None = None  # noqa: N815
    panelsJSON: str = "[]"  # noqa: N815
    optionsJSON: str | None = None  # noqa: N815
    version: int | None = None


class SavedObject(_Strict):
    id: str
    type: Literal["index-pattern", "search", "lens", "visualization", "dashboard"]
    attributes: dict[str, Any]
    references: list[Reference]
    coreMigrationVersion: Literal["8.8.0"]  # noqa: N815
    typeMigrationVersion: str  # noqa: N815
    managed: bool = False


class ObjectName(_Strict):
    type: str
    id: str


class ExportBody(_Strict):
    objects: Annotated[list[ObjectName], msgspec.Meta(max_length=10_000)]
    excludeExportDetails: bool = False  # noqa: N815
    includeReferencesDeep: bool = False  # noqa: N815


class SettingsBody(_Strict):
    changes: dict[str, Any]


class SearchConfiguration(_Strict):
    query: dict[str, str]
    index: str
    filter: list[dict[str, Any]]


class EsQueryParams(_Strict):
    searchType: Literal["searchSource"]  # noqa: N815
    searchConfiguration: SearchConfiguration  # noqa: N815
    size: Annotated[int, msgspec.Meta(ge=0, le=10_000)]
    threshold: Annotated[list[float], msgspec.Meta(min_length=1, max_length=2)]
    thresholdComparator: Literal[">", ">=", "<", "<=", "between", "notBetween"]  # noqa: N815
    timeWindowSize: Annotated[int, msgspec.Meta(ge=1)]  # noqa: N815
    timeWindowUnit: Literal["s", "m", "h", "d"]  # noqa: N815
    timeField: Annotated[str, msgspec.Meta(min_length=1)]  # noqa: N815
    aggType: Literal["count", "avg", "min", "max", "sum"] = "count"  # noqa: N815
    groupBy: Literal["all", "top", "row"] = "all"  # noqa: N815
    termSize: Annotated[int, msgspec.Meta(ge=1)] = 5  # noqa: N815
    excludeHitsFromPreviousRun: bool = True  # noqa: N815


class Schedule(_Strict):
    interval: Annotated[str, msgspec.Meta(pattern=r"^\d+[smhd]$")]


class RuleBody(_Strict):
    name: str
    consumer: Literal["alerts", "stackAlerts", "infrastructure", "logs"]
    rule_type_id: Literal[".es-query"]
    schedule: Schedule
    params: EsQueryParams
    tags: list[str] = []
    actions: list[dict[str, Any]] = []
    enabled: bool = True


ATTRIBUTES: dict[str, type[msgspec.Struct]] = {
    "index-pattern": DataViewAttributes,
    "search": SearchAttributes,
    "lens": LensAttributes,
    "visualization": VisualizationAttributes,
    "dashboard": DashboardAttributes,
}
_UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
Reply = tuple[int, Any]


def check_object(value: dict[str, Any]) -> None:
    """Raises msgspec.ValidationError where a saved object breaks its schema."""
    one = msgspec.convert(value, SavedObject)
    msgspec.convert(one.attributes, ATTRIBUTES[one.type])


class KibanaStub:
    """The state of one Kibana; tests set what is to go wrong."""

    def __init__(self) -> None:
        self.version: str | None = "8.19.3"
        self.base = ""
        self.authorization: str | None = None
        self.forbidden: set[str] = set()
        self.fixed: Reply | None = None
        self.starting = 0
        self.redirect: str | None = None
        self.spaces: dict[str, dict[tuple[str, str], dict[str, Any]]] = {"default": {}}
        self.settings: dict[str, dict[str, Any]] = {}
        self.settings_api = True
        self.overridden: set[str] = set()
        self.rules: dict[str, dict[str, Any]] = {}
        self.refused_rules = ""
        self.broken: dict[tuple[str, str], dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.complaints: list[str] = []
        self.url = ""

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        parts = urlsplit(target)
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
            return self._route(method, path, space, dict(parse_qsl(parts.query)), headers, body)
        except (msgspec.ValidationError, ValueError, KeyError) as error:
            return self._complain(f"{method} {path}: {error!r}")

    def _route(
        self, method: str, path: str, space: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Reply:
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
                return self._import(space, query, headers["content-type"], body)
            case ("POST", "api", "saved_objects", "_export"):
                return self._export(space, msgspec.json.decode(body, type=ExportBody))
            case (_, "api", "kibana", "settings"):
                return self._setting(method, space, body)
            case (_, "api", "alerting", "rule", name):
                return self._rule(method, name, body)
        return self._refuse(404, "Not Found")

    def _import(self, space: str, query: dict[str, str], kind: str, body: bytes) -> Reply:
        if set(query) - {"overwrite", "createNewCopies", "compatibilityMode"} or set(query.values()) - {
            "true",
            "false",
        }:
            return self._complain(f"query {query}")
        objects = _uploaded(kind, body)
        here, overwrite = self.spaces[space], query.get("overwrite") == "true"
        names = {(one["type"], one["id"]) for one in objects}
        good, errors = [], []
        for one in objects:
            check_object(one)
            name = (one["type"], one["id"])
            missing = [
                ref for ref in one["references"] if (ref["type"], ref["id"]) not in names | here.keys()
            ]
            error = (
                {"type": "missing_references", "references": missing} if missing else self.broken.get(name)
            )
            if error is None and name in here and not overwrite:
                error = {"type": "conflict"}
            if error:
                errors.append({"type": name[0], "id": name[1], "meta": {}, "error": error})
            else:
                good.append(one)
        if any(one["error"]["type"] not in ("conflict", "ambiguous_conflict") for one in errors):
            good = []
        results = []
        for one in good:
            name = (one["type"], one["id"])
            results.append(
                {"type": name[0], "id": name[1], "meta": {}, **({"overwrite": True} if name in here else {})}
            )
            here[name] = one
        body_: dict[str, Any] = {"success": not errors, "successCount": len(results), "warnings": []}
        return 200, body_ | ({"successResults": results} if results else {}) | (
            {"errors": errors} if errors else {}
        )

    def _export(self, space: str, body: ExportBody) -> Reply:
        here = self.spaces[space]
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

    def _rule(self, method: str, name: str, body: bytes) -> Reply:
        if method == "GET":
            return (200, self.rules[name]) if name in self.rules else self._refuse(404, "Not Found")
        if not _UUID4.match(name):
            return self._complain(f"{name} is no UUID")
        if self.refused_rules:
            return self._refuse(400, self.refused_rules)
        rule = msgspec.json.decode(body, type=RuleBody)
        self.rules[name] = {"id": name, **msgspec.to_builtins(rule)}
        return 200, self.rules[name]

    def _complain(self, what: str) -> Reply:
        self.complaints.append(what)
        return self._refuse(400, what)

    def _refuse(self, status: int, message: str) -> Reply:
        return status, {"statusCode": status, "error": "Refused", "message": message}


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
    stub = KibanaStub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "stub"

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = stub.answer(self.command, self.path, headers, body)
            if isinstance(answer, list):
                data = b"\n".join(json.dumps(one).encode() for one in answer)
            else:
                data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            if stub.redirect:
                self.send_header("location", stub.redirect)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert stub.complaints == []
