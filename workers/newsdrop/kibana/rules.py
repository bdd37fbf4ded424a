"""Alert rules as Kibana's alerting API takes them (`POST /api/alerting/rule/<id>`, type `.es-query`). Pure.

A rule has no actions: who is told, and how, is the installation's own affair (a connector added in Kibana).
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from newsdrop.kibana.objects import object_id
from newsdrop.kibana.sources import Rule, Sources

__all__ = ["rule_bodies", "rule_id"]


def rule_id(name: str) -> str:
    """The rule's id: a UUID of version 4, as the API wants it, but always the same for the same rule."""
    digest = hashlib.blake2b(object_id(name).encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def rule_bodies(sources: Sources) -> dict[str, dict[str, Any]]:
    """Rule id → the body that creates it."""
    return {rule_id(rule.id): _body(rule) for rule in sources.rules}


def _body(rule: Rule) -> dict[str, Any]:
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
                "index": object_id(rule.view),
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
