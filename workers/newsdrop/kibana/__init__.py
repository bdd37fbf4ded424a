"""Kibana: readable sources (`config/kibana/`) → saved objects and alert rules → a running Kibana.

    sources (TOML) ─▶ lens (one chart) ─▶ objects (all of them, NDJSON) ─▶ loading ─▶ server (HTTP)
                  └─▶ rules (alert rules) ──────────────────────────────────┘

Loading asks standing.py which of our objects people changed, and ready.py whether that Kibana is suitable.
Knows neither Redis nor the queue: what only the ledger knows (retries, superseded drops) is in the metrics.
"""
