"""Every command in the docs: newsdrop's are read by its command line, others are listed with a reason.

What newsdrop's commands do is seen in tests/integration/cli/test_documented_commands.py.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from tests.project.command_lines import assert_command
from tests.project.compose_file import ROOT
from tests.project.doc_commands import COMMANDS, OURS, PAGES

#: Programs that documented blocks call beside newsdrop, and why no test runs those lines.
OTHERS = {
    "docker": "needs Docker; the services are started as processes by tests/acceptance/test_compose.py",
    "kubectl": "needs a cluster",
    "helm": "needs a cluster; the chart is rendered by tests/project/test_helm_chart.py",
    "systemctl": "needs systemd; tests/acceptance/test_systemd_commands.py starts each unit's command",
    "install": "asks for a password; tests/acceptance/test_systemd_commands.py runs deploy/systemd/install",
    "sudoedit": "the reader's own editor",
    "redis-cli": "needs a Redis of the reader's; tests/project/redis_rights.py reads what it sets",
    "source": "enters the reader's environment",
    "cp": "the reader's own settings",
    "curl": "tests/integration/web asks the page the same",
    "export": "sets the reader's environment",
    "openssl": "makes a secret of chance",
    "go": "a producer of the reader's; tests/project/producer_examples.py runs the examples",
    "npm": "a producer of the reader's; tests/project/producer_examples.py runs the examples",
    "make": "its targets are looked up below",
}


def test_there_are_commands() -> None:
    assert len(OURS) > 50


@pytest.mark.parametrize(("page", "line"), OURS, ids=[f"{page}: {line}" for page, line in OURS])
def test_a_line_of_newsdrops_is_read_by_its_command_line(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    if not words or "--help" in words:
        return
    try:
        assert_command(words)
    except click.UsageError as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")


def test_every_other_program_is_listed_with_the_reason_why_no_test_runs_it() -> None:
    called = {line.split()[0] for _, line in COMMANDS if Path(line.split()[0]).name != "newsdrop"}
    ours = {name for name in called if (ROOT / name).is_file()}
    unknown = {name for name in called - ours if Path(name).name not in OTHERS}
    assert unknown == set()
    assert set(OTHERS) - {Path(name).name for name in called} == set()


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        word
        for page in PAGES
        for line in [*re.findall(r"`make ([^`]*)`", page.read_text("utf-8"))]
        for word in line.split()
        if re.fullmatch(r"[a-z-]+", word)
    }
    assert named
    assert named - targets == set()
