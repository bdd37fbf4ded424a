"""`newsdrop rules`: what is wrong with a rule is told by file, and what is right passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from newsdrop import configfiles
from newsdrop.cli.main import app

PAGE = "<!--1660630383000-->\n[标题](https://www.daily.test/a)\n------\n\n<p>正文</p><p class=ad>广告</p>\n"
RULE = 'name = "某站"\nhosts = ["daily.test"]\ndrop = [".ad"]\n'
TEST = '[[test]]\nfile = "a.md"\ncontains = ["正文"]\nlacks = ["广告"]\n'

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NEWSDROP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("NEWSDROP_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("NEWSDROP_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sites").mkdir()
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "a.md").write_text(PAGE)

    def invoke(*arguments: object) -> Result:
        result = CliRunner().invoke(app, ["rules", *map(str, arguments)], env={"COLUMNS": "400"})
        assert "Traceback" not in result.output
        return result

    return invoke


def write(folder: Path, text: str, name: str = "example") -> Path:
    path = folder / "sites" / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path


def test_our_own_rules_pass(run: Run, tmp_path: Path) -> None:
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "bbc.toml" in result.stdout
    assert "wrong" not in result.stdout


def test_a_rule_of_the_users_own_folder_is_checked_with_its_own_samples(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, RULE + TEST)
    result = run("check")
    assert result.exit_code == 0, result.output
    assert f"{path} (tests: 1)" in result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE.replace("drop", "dropp") + TEST, "Did you mean `drop`?"),
        (RULE + TEST.replace("contains", "contians"), "Did you mean `contains`?"),
        (RULE.replace(".ad", "p:contains(x)") + TEST, "p:contains(x)"),
        (RULE.replace('".ad"', '".ad", ".never"') + TEST, "no test needs the selector '.never'"),
        (RULE + TEST.replace("广告", "正文"), "contains '正文'"),
        (RULE, "has no [[test]]"),
        (RULE + TEST.replace("a.md", "b.md"), "this sample doesn't exist"),
        (RULE.replace("daily.test", "bbc.com") + TEST, "already serves the host bbc.com"),
        (RULE.replace("某站", "某站]") + '"', "can't be read"),
    ],
)
def test_what_is_wrong_is_told_with_the_file_and_fails(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    path = write(tmp_path, text)
    for arguments in (["check"], ["check", path], ["check", tmp_path / "sites"]):
        result = run(*arguments)
        assert result.exit_code == 1
        assert said in result.stdout
        assert "example.toml" in result.stdout


def test_every_wrong_file_is_told_at_once_and_the_good_ones_are_still_tested(
    run: Run, tmp_path: Path
) -> None:
    write(tmp_path, RULE + TEST)
    write(tmp_path, "captoin = []", "one")
    write(tmp_path, 'name = "x"', "two")
    facts = json.loads(run("check", "--json").stdout)
    wrong = {Path(one["file"]).name: one["problems"] for one in facts["files"] if one["problems"]}
    assert set(wrong) == {"one.toml", "two.toml"}
    assert not facts["ok"]
    tested = {Path(one["file"]).name for one in facts["files"] if one["tested"]}
    assert {"example.toml", "bbc.toml"} <= tested


def test_all_mistakes_of_a_file_are_told_at_once(run: Run, tmp_path: Path) -> None:
    hosts = RULE.replace("daily.test", "bbc.com").replace('".ad"', '".ad", ".never"') + TEST
    write(tmp_path, hosts)
    write(tmp_path, 'name = "x"\nhosts = ["x.test"]\ncaptoin = []\nroot = ["[["]\nzone = "Mars"', "one")
    facts = json.loads(run("check", tmp_path / "sites", "--json").stdout)
    wrong = {Path(one["file"]).name: "\n".join(one["problems"]) for one in facts["files"]}
    assert "already serves the host bbc.com" in wrong["example.toml"]
    assert all(said in wrong["one.toml"] for said in ("captoin", "'[['", "'Mars'"))


def test_a_file_from_elsewhere_stands_in_for_the_one_of_its_name(run: Run, tmp_path: Path) -> None:
    write(tmp_path, RULE + TEST)
    elsewhere = tmp_path / "draft" / "example.toml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(RULE + TEST.replace("广告", "正文"))
    more = tmp_path / "more"
    more.mkdir()
    (more / "a.md").write_text(PAGE)
    result = run("check", elsewhere, "--samples", more)
    assert result.exit_code == 1
    assert "contains '正文'" in result.stdout


def test_without_a_checkout_our_rules_are_read_and_it_is_said_that_they_are_not_tested(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = configfiles.shipped_folder()
    installed = tmp_path / "package" / "config"
    (installed / "sites").mkdir(parents=True)
    (installed / "newsdrop.toml").touch()
    for path in (shipped / "sites").glob("*.toml"):
        (installed / "sites" / path.name).write_bytes(path.read_bytes())
    for module in ("newsdrop.configfiles", "newsdrop.cli.rules"):
        monkeypatch.setattr(f"{module}.shipped_folder", lambda: installed)
    result = run("check")
    assert result.exit_code == 0, result.output
    assert "its samples come with the source only" in result.stdout


def test_an_empty_folder_is_a_usage_error_and_a_missing_file_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert run("check", tmp_path / "none").exit_code == 2
    result = run("check", tmp_path / "nowhere.toml")
    assert result.exit_code == 1
    assert "nowhere.toml" in result.stdout


def test_the_list_says_who_is_served_by_which_file(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, RULE + TEST)
    shown = run("list").stdout
    assert "example" in shown.split(str(path.parent))[1]
    rules = {one["rule"]: one for one in json.loads(run("list", "--json").stdout)}
    assert rules["example"] == {
        "rule": "example",
        "name": "某站",
        "hosts": ["daily.test"],
        "eras": 1,
        "tests": ["a.md"],
        "file": str(path),
    }
    assert "bbc" in rules
