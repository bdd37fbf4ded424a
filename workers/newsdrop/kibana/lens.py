"""One chart as Lens keeps it: the columns of its query, and how they are drawn. Pure.

The format is that of Lens objects of migration version 8.9.0 (Kibana 8.9 to 9.x read it and migrate it
further by themselves): one `formBased` layer per chart, whose columns are in the order of their nesting.
"""

from __future__ import annotations

from typing import Any

from newsdrop.kibana.sources import Bucket, Metric, Panel, View

__all__ = ["layer_reference", "lens_attributes"]

_LAYER = "main"
_KQL = {"language": "kuery"}
_COUNTS = ("count", "unique_count", "sum")
_NUMERIC = ("long", "double", "integer", "float", "short", "byte")


def layer_reference() -> str:
    """The name under which a chart's only layer refers to its data view."""
    return f"indexpattern-datasource-layer-{_LAYER}"


def lens_attributes(panel: Panel, view: View, types: dict[str, str]) -> dict[str, Any]:
    """The attributes of a saved object of type `lens`. `types`: field → its type in the mapping."""
    columns = _columns(panel, types)
    layer = {"columnOrder": list(columns), "columns": columns, "incompleteColumns": {}}
    return {
        "title": panel.title,
        "description": panel.description,
        "visualizationType": _visualization_type(panel),
        "state": {
            "adHocDataViews": {},
            "datasourceStates": {"formBased": {"layers": {_LAYER: layer}}},
            "filters": [],
            "internalReferences": [],
            "query": {"query": panel.query, **_KQL},
            "visualization": _visualization(panel),
        },
    }


def _columns(panel: Panel, types: dict[str, str]) -> dict[str, dict[str, Any]]:
    first = "metric-0"
    buckets = [("split", panel.split), ("x", panel.x)]
    columns = {name: _bucket(bucket, types, first) for name, bucket in buckets if bucket}
    alone = panel.chart == "number"
    return columns | {
        f"metric-{number}": _metric(metric, alone=alone) for number, metric in enumerate(panel.metrics)
    }


def _bucket(bucket: Bucket, types: dict[str, str], order: str) -> dict[str, Any]:
    column: dict[str, Any] = {
        "label": bucket.label,
        "customLabel": True,
        "sourceField": bucket.field,
        "isBucketed": True,
    }
    if bucket.every is not None:
        params = {"interval": bucket.every, "includeEmptyRows": True, "dropPartials": False}
        return {
            **column,
            "operationType": "date_histogram",
            "dataType": "date",
            "scale": "interval",
            "params": params,
        }
    return {
        **column,
        "operationType": "terms",
        "dataType": "number" if types[bucket.field] in _NUMERIC else "string",
        "scale": "ordinal",
        "params": {
            "size": bucket.top or 10,
            "orderBy": {"type": "column", "columnId": order},
            "orderDirection": "desc",
            "otherBucket": bucket.others,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
            "include": [],
            "exclude": [],
            "includeIsRegex": False,
            "excludeIsRegex": False,
        },
    }


def _metric(metric: Metric, *, alone: bool) -> dict[str, Any]:
    # A single number shows 0 where there is nothing; a chart draws nothing.
    params: dict[str, Any] = {"emptyAsNull": not alone} if metric.operation in _COUNTS else {}
    if metric.operation == "percentile":
        params["percentile"] = metric.percentile
    column: dict[str, Any] = {
        "label": metric.label,
        "customLabel": True,
        "operationType": metric.operation,
        "sourceField": metric.field or "___records___",
        "dataType": "number",
        "isBucketed": False,
        "scale": "ratio",
        "params": params,
    }
    if metric.query:
        column["filter"] = {"query": metric.query, **_KQL}
    return column


def _visualization_type(panel: Panel) -> str:
    named = {"table": "lnsDatatable", "donut": "lnsPie", "number": "lnsMetric"}
    return named.get(panel.chart, "lnsXY")


def _visualization(panel: Panel) -> dict[str, Any]:
    layer = {"layerId": _LAYER, "layerType": "data"}
    metrics = [f"metric-{number}" for number in range(len(panel.metrics))]
    buckets = [name for name, bucket in (("split", panel.split), ("x", panel.x)) if bucket]
    match panel.chart:
        case "number":
            return {**layer, "metricAccessor": metrics[0]}
        case "table":
            return {**layer, "columns": [{"columnId": name} for name in [*buckets, *metrics]]}
        case "donut":
            shown = {"categoryDisplay": "default", "legendDisplay": "default", "numberDisplay": "percent"}
            return {
                "shape": "donut",
                "layers": [{**layer, "primaryGroups": buckets, "metrics": metrics, **shown}],
            }
    drawn: dict[str, Any] = {**layer, "seriesType": panel.chart, "accessors": metrics}
    if panel.x:
        drawn["xAccessor"] = "x"
    if panel.split:
        drawn["splitAccessor"] = "split"
    return {
        "preferredSeriesType": panel.chart,
        "layers": [drawn],
        "legend": {"isVisible": True, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": True, "yRight": True},
        "gridlinesVisibilitySettings": {"x": True, "yLeft": True, "yRight": True},
        "tickLabelsVisibilitySettings": {"x": True, "yLeft": True, "yRight": True},
    }
