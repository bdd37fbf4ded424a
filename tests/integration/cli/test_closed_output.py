"""Output that nobody reads, or that can't be written: one sentence at most, and the right exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    place = CliInstallation(tmp_path, redis_server.url)
    place.page("a.txt")
    assert place.run("ingest", place.drops).exit_code == 0
    return place


COMMANDS = [
    ["--help"], ["--version"], ["dead", "--help"], ["config"], ["status"], ["status", "--json"],
    ["status", "--watch", "--every", "0.2"], ["audit"], ["audit", "--json"], ["search"], ["rules"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_reader_that_left_is_no_failure_of_the_command(place: CliInstallation, command: list[str]) -> None:
    arguments = [*command, *([place.drops] if command[0] == "audit" else [])]
    with place.start(*arguments) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(PATIENCE_S) == 141
    assert "Traceback" not in said
    assert "Exception ignored" not in said


@pytest.mark.parametrize("command", [one for one in COMMANDS if "--watch" not in one], ids=" ".join)
def test_a_full_disk_is_told_in_one_sentence(place: CliInstallation, command: list[str]) -> None:
    arguments = [*command, *([place.drops] if command[0] == "audit" else [])]
    with place.start(*arguments, under=["sh", "-c", 'exec "$@" >/dev/full', "sh"]) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(PATIENCE_S) == 1
    assert said.splitlines()[-1] == "The system refused: No space left on device."
    assert "Traceback" not in said


def test_a_program_without_any_room_for_words_still_fails(place: CliInstallation) -> None:
    under = ["sh", "-c", 'exec "$@" >/dev/full 2>&1', "sh"]
    with place.start("status", "--json", under=under) as process:
        assert process.wait(PATIENCE_S) == 1
