"""The documentation says what the code does: every command, setting and event appears in it."""

from __future__ import annotations

import logging
import re
from collections import Counter
from pathlib import Path

import pytest
from docs.make import settings_page
from tests.project.command_lines import commands
from tests.project.doc_commands import rule_of_the_guide

from newsdrop.archive.dialects import DIALECTS
from newsdrop.documents import State
from newsdrop.events import CATALOGUE
from newsdrop.index.fields import FIELDS
from newsdrop.index.mapping import Schema, index_body, mapped_fields
from newsdrop.index.query import QueryError
from newsdrop.index.query_parser import parse_query
from newsdrop.kibana.sources import read_sources
from newsdrop.meters import CATALOGUE as METRICS
from newsdrop.options import IndexOptions
from newsdrop.parse.rules import ROLES, read_rule
from newsdrop.settings import settings_groups

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


def test_every_event_is_tabled_with_its_level_and_keys() -> None:
    rows = re.findall(
        r"^\| `([a-z_.]+)` \| (\w+) \| (.*?) \|", (ROOT / "docs/events.md").read_text(), re.MULTILINE
    )
    documented = {name: (level, tuple(re.findall(r"`(\w+)`", keys))) for name, level, keys in rows}
    assert documented == {
        name: (logging.getLevelName(level).lower(), keys) for name, (level, keys) in CATALOGUE.items()
    }


def test_every_metric_is_tabled_with_its_kind_labels_and_help() -> None:
    rows = re.findall(
        r"^\| `(newsdrop_[a-z_]+)` \| (\w+) \| (.*?) \| (.*) \|$",
        (ROOT / "docs/metrics.md").read_text(),
        re.MULTILINE,
    )
    documented = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)), text) for name, kind, labels, text in rows
    }
    assert documented == {name: (metric.kind, metric.labels, metric.help) for name, metric in METRICS.items()}


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    known = list(commands())
    assert len(known) > 15
    missing = [" ".join(path) for path in commands() if f"`newsdrop {' '.join(path)}" not in text]
    assert missing == []


def test_no_command_is_documented_that_does_not_exist() -> None:
    text = (ROOT / "docs/commands.md").read_text()
    known = {" ".join(path) for path in commands()}
    named = re.findall(r"^#+ `newsdrop ([a-z]+(?: [a-z]+)?)", text, re.MULTILINE)
    assert {name for name in named if name not in known and name.split()[0] not in known} == set()


@pytest.mark.parametrize("group", settings_groups())
def test_every_setting_is_in_the_shipped_settings_file(group: str) -> None:
    text = (ROOT / "config/newsdrop.toml").read_text()
    names = settings_groups()[group]
    assert [
        name for name in names if not re.search(rf"^#? ?({name}\s*=|\[\[{name}\]\])", text, re.MULTILINE)
    ] == []


def test_the_readme_has_exactly_the_two_setup_commands() -> None:
    text = (ROOT / "README.md").read_text()
    setup = text.split("## Set up", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^make \w+", setup, re.MULTILINE) == ["make demo", "make test"]


def test_the_readme_leads_to_every_page() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    missing = [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in text]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_leads_to_a_file(page: Path) -> None:
    told = re.sub(r"`[^`\n]+`", "", page.read_text("utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", told)
    inside = [target for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [one for one in inside if not (page.parent / one.split("#")[0]).exists()] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?![a-z]+:)([^)\s#]*)#([^)\s]+)\)", page.read_text("utf-8"))
    missing = [
        (name, anchor)
        for name, anchor in links
        if anchor not in anchors(page.parent / name if name else page)
    ]
    assert missing == []


def test_the_page_of_settings_is_made_from_the_code() -> None:
    assert settings_page.PAGE.read_text("utf-8") == settings_page.page(), "run: make docs"


@pytest.mark.parametrize(("schema", "title"), [("articles", "Articles"), ("dead-letters", "Dead letters")])
def test_the_page_of_the_mapping_has_every_field_with_its_type(schema: Schema, title: str) -> None:
    text = (ROOT / "docs/mapping.md").read_text("utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    mapped = mapped_fields(index_body(schema, IndexOptions()))
    assert {name: kind for name, kind, _ in rows} == {name: field["type"] for name, field in mapped.items()}
    assert len(rows) == len(mapped)


#: The names of ECS' sets of fields (ECS 8), and what stands at its root.
ECS_SETS = {
    *("agent", "as", "base", "client", "cloud", "code_signature", "container", "data_stream"),
    *("destination", "device", "dll", "dns", "ecs", "elf", "email", "entity", "error", "event", "faas"),
    *("file", "gen_ai", "geo", "group", "hash", "host", "http", "interface", "log", "network"),
    *("observer", "orchestrator", "organization", "os", "package", "pe", "process", "registry"),
    *("related", "risk", "rule", "server", "service", "source", "span", "threat", "tls", "trace"),
    *("transaction", "url", "user", "user_agent", "vlan", "volume", "vulnerability", "x509"),
    *("@timestamp", "labels", "message", "tags"),
}


def test_the_page_of_the_mapping_says_of_every_name_that_looks_like_ecs_what_it_is() -> None:
    part = (ROOT / "docs/mapping.md").read_text("utf-8").split("\n## Names and ECS\n")[1]
    schemas: tuple[Schema, ...] = ("articles", "dead-letters")
    mapped = {name for schema in schemas for name in mapped_fields(index_body(schema, IndexOptions()))}
    alike = {name for name in mapped if name.split(".")[0] in ECS_SETS}
    rows = re.findall(r"^\| [^|]+ \| (`.*) \|$", part, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`([^`]+)`", row) if not name.endswith(".*")]
    assert set(told) - {"name"} == alike


def test_every_state_is_explained() -> None:
    text = (ROOT / "docs/concepts.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)) == sorted(State)


def test_for_every_alert_somebody_is_told_what_to_do() -> None:
    text = (ROOT / "docs/operating.md").read_text("utf-8")
    rules = read_sources().rules
    assert [rule.name for rule in rules if f"| `{rule.name}` |" not in text] == []
    told = re.findall(r"^\| `(newsdrop: [^`]+)` \|", text, re.MULTILINE)
    assert sorted(told) == sorted(rule.name for rule in rules)


def test_the_rule_in_the_guide_to_sites_is_a_rule_and_every_role_is_told(tmp_path: Path) -> None:
    text = (ROOT / "docs/sites.md").read_text()
    path = tmp_path / "example.toml"
    path.write_text(rule_of_the_guide())
    rule = read_rule(path)
    assert rule.eras[0].roles
    assert rule.tests
    assert [role for role in ROLES if f"`{role}`" not in text] == []


def test_the_changelog_tells_nothing_twice() -> None:
    """As a merge that takes both sides would have it."""
    told = Counter(line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if len(line) > 40)
    assert [line for line, times in told.items() if times > 1] == []


def test_every_dialect_is_documented() -> None:
    text = (ROOT / "docs/dialects.md").read_text()
    names = [dialect.name for dialect in DIALECTS] + ["NodeBE4/oped2-hybrid", "warc", "+markdown"]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_the_page_of_changes_names_files_that_exist() -> None:
    text = (ROOT / "docs/changing.md").read_text()
    named = re.findall(r"`([\w./-]+(?:/|\.\w+))`", text)
    assert len(named) > 40
    places = (ROOT, ROOT / "workers/newsdrop")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_decision_is_listed_in_order_with_its_title_status_and_date() -> None:
    folder = ROOT / "docs/decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    rows = re.findall(
        r"^\| \[(\d{4})\]\(([\w.-]+)\) \| (.+) \| (.+) \| (\d{4}-\d\d-\d\d) \|$",
        (folder / "README.md").read_text(),
        re.MULTILINE,
    )
    heads = [page.read_text().split("\n")[:3] for page in pages]
    assert [
        (f"# {number}. {title}", "", f"Status: {status}, {day}") for number, _, title, status, day in rows
    ] == [tuple(head) for head in heads]
    assert [name for _, name, _, _, _ in rows] == [page.name for page in pages]


def test_every_query_in_the_page_of_the_language_is_one_and_every_field_is_told() -> None:
    text = (ROOT / "docs/query.md").read_text("utf-8")
    parts = {part.split("\n", 1)[0]: part for part in text.split("\n## ")}
    for name in ("Words", "Dates"):
        column = re.findall(r"^\| (`[^|]*`[^|]*) \|", parts[name], re.MULTILINE)
        queries = [query for cell in column for query in re.findall(r"`([^`]+)`", cell)]
        for query in queries:
            # `after:` alone is the name of a field.
            if not query.endswith((":", "=", ">", "<", "…")):
                parse_query(query)
        assert len(queries) > 5
    refused = [one for one in re.findall(r"`([^`]+)`", parts["What isn't there"]) if one != "NEAR/3"]
    for query in [*refused, "a NEAR/3 b"]:
        with pytest.raises(QueryError):
            parse_query(query)
    named = set(re.findall(r"`(\w+)`", parts["Fields"].split("|---|")[1]))
    hidden = {"fingerprint.content", "fingerprint.minhash", "newsdrop.version"}
    expected = {name for field in FIELDS if field.kind != "date" for name in field.short or (field.name,)}
    assert named >= expected - hidden
    for field in FIELDS:
        if field.kind == "date":
            assert f"`{(field.short or (field.name,))[0]}`" in parts["Dates"]
