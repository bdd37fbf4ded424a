"""Alert rules as Kibana's alerting API takes them (`POST /api/alerting/rule/<id>`, type `.es-query`). Pure.

A rule has no actions: whom to notify, and how, is up to the installation (a connector added in Kibana).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from newsdrop.kibana.objects import object_id
from newsdrop.kibana.sources import Rule, Sources

__all__ = ["rule_bodies", "rule_id"]


def rule_id(name: str, space: str | None = None) -> str:
    """The rule's id: a version 4 UUID, as the API requires, but always the same for the same rule.

    All spaces of a Kibana share the ids of rules, so each space has its own.
    """
    where = f"{space}/" if space and space != "default" else ""
    digest = hashlib.blake2b((where + object_id(name)).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def rule_bodies(
    sources: Sources, space: str | None = None, ids: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """Rule id → the body that creates it. `ids`: the data views' ids in this space."""
    return {rule_id(rule.id, space): _body(rule, ids or {}) for rule in sources.rules}


def _body(rule: Rule, ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": rule.name,
        "tags": ["newsdrop"],
        "consumer": "stackAlerts",
        "rule_type_id": ".es-query",
        "enabled": True,
        "schedule": {"interval": rule.every},
        "actions": [],
        "params": {
            "searchType": "searchSource",
            "searchConfiguration": {
                "query": {"query": rule.query, "language": "kuery"},
                "index": ids.get(object_id(rule.view), object_id(rule.view)),
                "filter": [],
            },
            "timeField": rule.time,
            "timeWindowSize": int(rule.window[:-1]),
            "timeWindowUnit": rule.window[-1],
            "threshold": [rule.threshold],
            "thresholdComparator": rule.compare,
            "size": 10,
            "aggType": "count",
            "groupBy": "all",
            "termSize": 5,
            "excludeHitsFromPreviousRun": False,
        },
    }
