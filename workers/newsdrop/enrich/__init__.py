"""Enrichment: what can be told from an article's own text, added to it in small independent steps.

    Article ──language──▶ ──counts──▶ ──fingerprint──▶ ──keywords──▶ Article

Every step is optional: one that fails costs its own result and nothing else, and the document says so. Steps
look at nothing but the article they are given; no network, no settings, no clock.
"""

from __future__ import annotations
