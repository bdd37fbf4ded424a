"""Enrichment: facts derived from an article's own text, added in small independent steps.

    Article ──language──▶ ──counts──▶ ──fingerprint──▶ ──keywords──▶ Article

Every step is optional: if one fails, only its own result is missing, and the document says so. Steps
use nothing but the article they are given; no network, no settings, no clock.
"""

from __future__ import annotations
