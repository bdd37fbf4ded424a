"""Kibana: readable sources (`config/kibana/`) → saved objects and alert rules → a running Kibana.

    sources (TOML) ─▶ lens (one chart) ─▶ objects (all of them, NDJSON) ─▶ loading ─▶ server (HTTP)
                  └─▶ rules (alert rules) ──────────────────────────────────┘

Loading asks standing.py what of ours people changed, and ready.py whether that Kibana will do.
Refuses to know Redis and the queue: what only the ledger knows (retries, superseded drops) is for metrics.
"""
