"""Saved pages come out as their hand-written labels say, and every rule file's own tests hold."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.inputs.saved_pages import SAMPLES, open_sample, shipped_parser, shipped_rules

from newsdrop.documents import Article
from newsdrop.parse.rulecheck import check_rule

LABELS = sorted(SAMPLES.rglob("*.expected.json"))


def as_label(article: Article) -> dict[str, Any]:
    images = [
        {
            name: value
            for name in ("url", "caption", "credit", "alt")
            if (value := getattr(image, name)) is not None
        }
        for image in article.images
    ]
    return {
        "dialect": article.dialect,
        "rule": article.rule,
        "title": article.title,
        "url": article.url,
        "domain": article.domain,
        "source_name": article.source_name,
        "published": article.published.at if article.published else None,
        "precision": article.published.precision if article.published else None,
        "updated": article.updated.at if article.updated else None,
        "archived_at_ms": article.archived_at_ms,
        "author": article.author,
        "tags": article.tags,
        "dek": article.dek,
        "blocks": [[block.kind, block.text] for block in article.blocks],
        "images": images,
        "links": article.links,
        "related": article.related,
        "embeds": article.embeds,
    }


@pytest.mark.parametrize("label", LABELS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_saved_page_comes_out_as_its_label_says(label: Path) -> None:
    wanted = json.loads(label.read_text("utf-8"))
    for name in ("published", "updated"):
        if wanted.get(name):
            wanted[name] = datetime.fromisoformat(wanted[name])
    sample = label.relative_to(SAMPLES).as_posix().replace(".expected.json", ".md")
    found = as_label(shipped_parser().parse(open_sample(sample)))
    unnamed: dict[str, Any] = {
        "rule": "default", "source_name": None, "updated": None, "dek": None, "related": [], "embeds": [],
        "precision": "second",
    }  # fmt: skip
    assert found == {**unnamed, **wanted}


@pytest.mark.parametrize("name", sorted(shipped_rules().rules))
def test_a_rule_passes_its_own_tests_and_they_need_all_its_selectors(name: str) -> None:
    rules = shipped_rules()
    assert check_rule(rules, rules.rules[name], open_sample) == []
    assert rules.rules[name].tests
