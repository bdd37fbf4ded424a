"""The sources of Kibana's objects: what is committed is what they make, and a mistake in them is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.kibana.schemas import check_object
from typer.testing import CliRunner

from newsdrop.cli.main import app
from newsdrop.configfiles import shipped_folder
from newsdrop.errors import ConfigError
from newsdrop.kibana.objects import ndjson, saved_objects
from newsdrop.kibana.rules import rule_bodies
from newsdrop.kibana.sources import read_sources
from newsdrop.options import IndexOptions

ROOT = Path(__file__).resolve().parents[3]
OBJECTS = saved_objects(read_sources(), IndexOptions())


def test_the_committed_objects_are_a_fresh_export() -> None:
    committed = (ROOT / "deploy/kibana/newsdrop.ndjson").read_text("utf-8")
    assert committed == ndjson(OBJECTS), "run: newsdrop kibana export deploy/kibana/newsdrop.ndjson"


def test_the_command_writes_the_same_to_a_file_and_to_stdout(tmp_path: Path) -> None:
    env = {"NEWSDROP_STATE_DIR": str(tmp_path), "NEWSDROP_CONFIG": ""}
    target = tmp_path / "out.ndjson"
    to_file = CliRunner().invoke(app, ["kibana", "export", str(target)], env=env)
    to_stdout = CliRunner().invoke(app, ["kibana", "export", "-"], env=env)
    assert (to_file.exit_code, to_stdout.exit_code) == (0, 0)
    assert target.read_text("utf-8") == to_stdout.stdout == ndjson(OBJECTS)
    rules = CliRunner().invoke(app, ["kibana", "export", "--rules"], env=env)
    assert rules.stdout == (ROOT / "deploy/kibana/rules.json").read_text("utf-8")


def test_a_file_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    env = {"NEWSDROP_STATE_DIR": str(tmp_path), "NEWSDROP_CONFIG": ""}
    refused = CliRunner().invoke(app, ["kibana", "export", str(tmp_path / "no/where.ndjson")], env=env)
    assert refused.exit_code == 1
    assert "where.ndjson" in refused.stderr


def test_the_committed_rules_are_a_fresh_export() -> None:
    committed = json.loads((ROOT / "deploy/kibana/rules.json").read_text("utf-8"))
    assert committed == rule_bodies(read_sources()), (
        "run: newsdrop kibana export --rules deploy/kibana/rules.json"
    )


@pytest.mark.parametrize("one", OBJECTS, ids=[f"{one['type']} {one['id']}" for one in OBJECTS])
def test_every_object_keeps_the_schema_that_kibana_registers(one: dict[str, Any]) -> None:
    check_object(one)


def test_every_reference_leads_to_an_object_of_the_file() -> None:
    names = {(one["type"], one["id"]) for one in OBJECTS}
    assert len(names) == len(OBJECTS)
    wanted = {(ref["type"], ref["id"]) for one in OBJECTS for ref in one["references"]}
    assert wanted <= names


def test_every_chart_and_search_is_on_a_dashboard_or_in_the_library() -> None:
    shown = {ref["id"] for one in OBJECTS if one["type"] == "dashboard" for ref in one["references"]}
    assert {one["id"] for one in OBJECTS if one["type"] == "lens"} <= shown


@pytest.mark.parametrize(
    "board", [one for one in OBJECTS if one["type"] == "dashboard"], ids=lambda one: one["id"]
)
def test_panels_do_not_overlap_and_name_their_references(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    names = {ref["name"] for ref in board["references"]}
    for panel in json.loads(board["attributes"]["panelsJSON"]):
        grid = panel["gridData"]
        cells = {(grid["x"] + i, grid["y"] + j) for i in range(grid["w"]) for j in range(grid["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 48
        assert f"{panel['panelIndex']}:{panel['panelRefName']}" in names
        taken |= cells


@pytest.mark.parametrize(
    "chart", [one for one in OBJECTS if one["type"] == "lens"], ids=lambda one: one["id"]
)
def test_a_chart_draws_every_column_that_it_asks_for(chart: dict[str, Any]) -> None:
    state = chart["attributes"]["state"]
    (layer,) = state["datasourceStates"]["formBased"]["layers"].values()
    drawn = json.dumps(state["visualization"])
    assert [name for name in layer["columns"] if f'"{name}"' not in drawn] == []
    assert sorted(layer["columnOrder"]) == sorted(layer["columns"])


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("views.toml", 'time = "@timestamp"', 'time = "@timestmp"', "@timestmp"),
        ("views.toml", 'schema = "articles"', 'schema = "nonsense"', "views.toml"),
        ("searches.toml", 'columns = ["title"', 'columns = ["titel"', "titel"),
        ("searches.toml", 'id = "copies"', 'id = "latest"', "used twice"),
        ("searches.toml", 'view = "articles"', 'view = "nowhere"', "no data view 'nowhere'"),
        ("dashboards/archive.toml", 'field = "keywords"', 'field = "kewords"', "kewords"),
        ("dashboards/archive.toml", 'id = "latest"', 'id = "no-search"', "no-search"),
        ("dashboards/archive.toml", 'chart = "number"', 'chart = "numbr"', "archive.toml"),
        ("dashboards/ingestion.toml", "refresh_s = 30", "refesh_s = 30", "refesh_s"),
        ("rules.toml", 'window = "1h"', 'window = "an hour"', "rules.toml"),
        ("rules.toml", 'time = "last_failed_at"', 'time = "last_faild_at"', "last_faild_at"),
        ("rules.toml", "[[rule]]", "[[rule", "rules.toml"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_source_is_named(
    tmp_path: Path, file: str, before: str, after: str, said: str
) -> None:
    shutil.copytree(shipped_folder() / "kibana", tmp_path / "kibana")
    path = tmp_path / "kibana" / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(ConfigError, match=said):
        read_sources(tmp_path)


def test_a_users_own_dashboard_stands_in_for_ours(tmp_path: Path) -> None:
    (tmp_path / "kibana/dashboards").mkdir(parents=True)
    ours = (shipped_folder() / "kibana/dashboards/archive.toml").read_text("utf-8")
    mine = ours.replace('title = "newsdrop: Archive"', 'title = "Our papers"')
    (tmp_path / "kibana/dashboards/archive.toml").write_text(mine, "utf-8")
    boards = [
        one
        for one in saved_objects(read_sources(tmp_path), IndexOptions(), tmp_path)
        if one["type"] == "dashboard"
    ]
    assert "Our papers" in {one["attributes"]["title"] for one in boards}
