"""The command line without any server: help that teaches, wrong arguments and settings, masked secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.project.command_lines import commands
from typer.testing import CliRunner, Result

from newsdrop.cli import guard
from newsdrop.cli.main import app

COMMANDS = sorted(commands())

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("NEWSDROP_STATE_DIR", str(tmp_path / "state"))
    # `--config` sets the variable for children; what it sets must not reach the next test.
    monkeypatch.setenv("NEWSDROP_CONFIG", "")
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object, **variables: str) -> Result:
        # Wide, so that no sentence of the help is broken where a test looks for it.
        env = {"COLUMNS": "200", **variables}
        result = CliRunner().invoke(app, [str(one) for one in arguments], env=env)
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["parse", "--json"], "Missing argument 'FILE'."),
        (["parse", "--json", "a", "--wrong\x1b"], "No such option: --wrong\\x1b"),
        (["wrong", "--json"], "No such command 'wrong'."),
        (["dead", "list", "--json", "--limit", "many"], "Invalid value for '--limit'"),
        (["--wrong", "status", "--json"], "No such option: --wrong"),
        (
            ["dead", "list", "--json", "--state-dir", "x"],
            "No such option: --state-dir. It stands before the command: newsdrop --state-dir DIR dead list",
        ),
    ],
)
def test_wrong_arguments_are_json_too_for_who_asked_for_it(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert error["exit_code"] == 2
    assert error["message"].startswith(said)
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("arguments", [["parse"], ["parse", "--wrong", "--", "--json"]])
def test_wrong_arguments_are_no_json_for_people(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")


def test_no_command_with_json_ends_by_itself() -> None:
    """`guard.conclude` ends it, or an error does: then its JSON says so."""
    folder = Path(guard.__file__).parent
    texts = {path.name: path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "guard.py"}
    ending = {name for name, text in texts.items() if '"--json"' in text and "typer.Exit" in text}
    assert ending - {"main.py"} == set()


def test_all_the_commands_are_there() -> None:
    assert {" ".join(path) for path in COMMANDS} == {
        "audit",
        "config",
        "dead discard",
        "dead export",
        "dead groups",
        "dead list",
        "dead replay",
        "dead show",
        "demo",
        "enqueue",
        "forget",
        "index adopt",
        "index init",
        "index migrate",
        "index status",
        "ingest",
        "kibana export",
        "kibana import",
        "health live",
        "health ready",
        "metrics",
        "open",
        "parse",
        "reparse",
        "rules check",
        "rules list",
        "search",
        "setup",
        "show",
        "status",
        "up",
        "watch",
        "worker",
        "web",
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_teaches_with_an_example(path: tuple[str, ...], run: Run) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert f"newsdrop {' '.join(path)}" in result.stdout.split("Example")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["search", "x", "--size", "0"],
        ["status", "--bogus"],
        ["dead", "list", "--stage", "bogus"],
        ["ingest"],
        ["up", "nowhere"],
        ["audit", "nowhere"],
        ["watch"],
        ["audit"],
        ["parse", "."],
        ["ingest", ""],
        ["enqueue", "a.md", ""],
        ["up", ""],
        ["audit", ""],
        ["watch", ""],
        ["setup", "--user", "newsdrop"],
        ["setup", "--api-key-file", "key"],
        ["setup", "--kibana-password-file", "nowhere"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_usage_errors(arguments: list[str], run: Run) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.strip()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NEWSDROP_WATCH_SETTLE_MS", "soon"),
        ("NEWSDROP_WATHC_SETTLE_MS", "5"),
        ("NEWSDROP_REDIS_URL", "bogus://x"),
        ("NEWSDROP_CONFIG", "nowhere.toml"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str, run: Run) -> None:
    result = run("status", **{variable: value})
    assert result.exit_code == 2
    assert variable in result.stderr


def test_an_unreachable_redis_is_an_outage(run: Run) -> None:
    result = run("status", NEWSDROP_REDIS_URL="redis://:hunter2@127.0.0.1:1/0")
    assert result.exit_code == 3
    assert "Redis" in result.stderr
    assert "hunter2" not in result.output


def test_an_unreachable_elasticsearch_is_an_outage(run: Run) -> None:
    result = run("search", "x", NEWSDROP_ELASTICSEARCH_URL="http://127.0.0.1:1")
    assert result.exit_code == 3
    assert "Elasticsearch" in result.stderr


def test_a_settings_file_can_be_named_and_a_missing_one_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[watch]\nsettle_ms = 4321\n")
    result = run("--config", "mine.toml", "config", "--json")
    assert json.loads(result.stdout)["watch"]["settle_ms"] == 4321
    assert run("--config", "nowhere.toml", "config").exit_code == 2


def test_a_home_folder_that_the_shell_left_alone_is_meant_nevertheless(run: Run, tmp_path: Path) -> None:
    # As in `--state-dir=~/x`.
    home = tmp_path / "home"
    home.mkdir()
    (home / "mine.toml").write_text("[watch]\nsettle_ms = 4321\n")
    shown = run("--config=~/mine.toml", "--state-dir=~/state", "config", "--json", HOME=str(home))
    settings = json.loads(shown.stdout)
    assert (settings["watch"]["settle_ms"], settings["state_dir"]) == (4321, str(home / "state"))
    assert run("kibana", "export", "~/objects.ndjson", HOME=str(home)).exit_code == 0
    assert (home / "objects.ndjson").is_file()
    assert f"{home}/rule.toml" in run("rules", "check", "~/rule.toml", HOME=str(home)).output
    assert "isn't known" in run("--state-dir", "~nobody-is-called-so/x", "config").stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


@pytest.mark.parametrize("command", ["up", "demo", "worker"])
def test_more_processes_than_a_worker_may_have_are_refused_at_once(run: Run, command: str) -> None:
    result = run(command, "--processes", "1025")
    assert result.exit_code == 2
    assert "Invalid value for '--processes': 1025 is not in the range" in result.stderr


def test_settings_are_shown_with_every_secret_masked(run: Run) -> None:
    secrets = {
        "NEWSDROP_REDIS_URL": "redis://:hunter2@redis:6379/0",
        "NEWSDROP_ELASTICSEARCH_URL": "https://elastic:hunter2@es:9200",
    }
    for arguments in (["config"], ["config", "--json"]):
        result = run(*arguments, **secrets)
        assert result.exit_code == 0
        assert "hunter2" not in result.output
        assert "es:9200" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--config", "", "config"],
        ["--state-dir", "", "config"],
        ["status", "--id", ""],
        ["status", "--path", " "],
        ["status", "--key", ""],
        ["show", ""],
        ["open", ""],
        ["parse", ""],
        ["demo", ""],
        ["rules", "check", ""],
        ["rules", "check", "--samples", ""],
        ["dead", "show", ""],
        ["dead", "list", "--after", ""],
        ["dead", "export", ""],
        ["web", "--host", ""],
        ["setup", "--api-key-file", ""],
        ["kibana", "import", "--url", ""],
        ["kibana", "import", "--url", "http://localhost:1", "--ca-certs", ""],
    ],
    ids=" ".join,
)
def test_an_empty_value_is_most_likely_a_variable_that_is_not_set(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "is empty" in " ".join(result.stderr.replace("│", " ").split())


def test_a_demo_that_cant_be_written_names_its_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("demo", "file/below")
    assert result.exit_code == 1
    assert f"can't be written to {tmp_path}/file/below: " in result.stderr


def test_settings_are_shown_as_a_variable_may_have_them(run: Run) -> None:
    shown = {
        "NEWSDROP_WEB_PORT": "8765",
        "NEWSDROP_ENRICH_KEYWORDS": "true",
        "NEWSDROP_WATCH_IGNORE": '["*.日志"]',
        "NEWSDROP_NOTIFY_GATE_S": "600.0",
    }
    lines = run("config", NEWSDROP_WATCH_IGNORE="*.日志").stdout.splitlines()
    for variable, value in shown.items():
        (line,) = (line for line in lines if f" {variable} " in line)
        assert f" {value} " in line


def test_the_version_is_the_packages(run: Run) -> None:
    from newsdrop import __version__

    assert run("--version").stdout == f"newsdrop {__version__}\n"


def test_parsing_a_file_that_is_not_there_fails_and_names_it(run: Run) -> None:
    result = run("parse", "nowhere.md")
    assert result.exit_code == 1
    assert "nowhere.md" in result.stderr


def test_a_misspelt_command_is_told_which_was_meant(run: Run) -> None:
    assert "Did you mean 'status'" in run("statu").stderr


def test_a_command_imports_what_it_needs_and_no_more() -> None:
    """All that newsdrop uses takes a second to import, and each `status` in a script would wait for it."""
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from newsdrop.cli.main import app\n"
        "assert CliRunner().invoke(app, ['config']).exit_code == 0\n"
        "heavy = {'celery', 'elasticsearch', 'rjieba', 'selectolax', 'prometheus_client'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.stderr, ran.returncode) == ("", 0)
