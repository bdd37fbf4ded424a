"""What Kibana's API takes, as it is published, and the attributes of saved objects as Kibana registers them.

Unknown keys are refused, as Kibana refuses them: `search` 8.8.0, `dashboard` 1, `lens`, the bodies of the
routes that the stand-in answers (stub.py).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

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


class TimeRange(_Strict):
    from_: str = msgspec.field(name="from")
    to: str


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
    timeRange: TimeRange | None = None  # noqa: N815


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


class TagAttributes(_Strict):
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=50)]
    description: Annotated[str, msgspec.Meta(max_length=100)]
    color: Annotated[str, msgspec.Meta(pattern="^#[0-9A-F]{6}$")]


class SavedObject(_Strict):
    id: str
    type: Literal["index-pattern", "search", "lens", "visualization", "dashboard", "tag"]
    attributes: dict[str, Any]
    references: list[Reference]
    coreMigrationVersion: Literal["8.8.0"]  # noqa: N815
    typeMigrationVersion: str  # noqa: N815
    managed: bool = False


class ObjectName(_Strict):
    type: str
    id: str


class ExportBody(_Strict):
    objects: Annotated[list[ObjectName], msgspec.Meta(max_length=10_000)] = []
    type: list[str] = []
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
    "tag": TagAttributes,
}


def check_object(value: dict[str, Any]) -> None:
    """Raises msgspec.ValidationError where a saved object breaks its schema."""
    one = msgspec.convert(value, SavedObject)
    msgspec.convert(one.attributes, ATTRIBUTES[one.type])
