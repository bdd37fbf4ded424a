"""Bad input of each kind: a sentence that says what, where and what to do; no traceback, and no silence."""

from __future__ import annotations

import json
import os
import socket
import stat
from contextlib import closing
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer


@pytest.fixture
def place(tmp_path: Path) -> CliInstallation:
    return CliInstallation(tmp_path)


@pytest.mark.parametrize("command", [("parse",), ("ingest",), ("enqueue",)])
def test_links_that_lead_round_in_a_circle_are_told_as_such(
    place: CliInstallation, command: tuple[str, ...]
) -> None:
    (place.drops / "a").symlink_to("b")
    (place.drops / "b").symlink_to("a")
    result = place.run(*command, place.drops / "a", "--json")
    assert result.exit_code == 1
    assert "Too many levels of symbolic links" in result.output
    assert "This is a bug in newsdrop" not in result.output


@pytest.mark.parametrize("command", ["audit", "watch", "up"])
def test_a_folder_that_is_none_is_a_usage_error(place: CliInstallation, command: str) -> None:
    (place.drops / "loop").symlink_to("loop")
    place.file("page.md", b"x")
    for wrong, says in (("nowhere", "does not exist"), ("loop", "does not exist"), ("page.md", "is a file")):
        result = place.run(command, place.drops / wrong)
        assert (result.exit_code, says in result.output) == (2, True), result.output


def test_strange_entries_of_a_folder_are_told_and_stop_nothing(place: CliInstallation) -> None:
    os.mkfifo(place.drops / "pipe")
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(place.drops / "socket"))
    if os.geteuid() == 0:
        os.mknod(place.drops / "zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    (place.drops / "dangling").symlink_to("nowhere")
    (place.drops / "circle").symlink_to("circle")
    (place.drops / "out").symlink_to("/etc/hostname")
    (place.drops / "up").symlink_to("..")
    names = [
        b"caf\xe9.md",
        b"new\nline.md",
        b"\x1b[2J.md",
        b"x" * 252 + b".md",
        b"-rf.md",
        b" .md",
        "香.md".encode(),
    ]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(place.drops) + b"/" + name)).write_bytes(
            seed_like(number, html_bytes=3_000)
        )
    result = place.run("ingest", place.drops)
    assert (result.exit_code, f"{len(names)} indexed" in result.stdout) == (0, True), result.output
    for odd in ("pipe", "socket", "dangling", "circle", "out", "up"):
        assert f"{place.drops}/{odd}" in result.stderr, odd
    audit = place.json("audit", place.drops)
    assert (audit["ok"], audit["states"]) == (True, {"indexed": len(names)})


@pytest.mark.slow
def test_up_tells_once_what_cannot_be_looked_at(place: CliInstallation) -> None:
    place.page("good.txt")
    (place.drops / "dangling").symlink_to("nowhere")
    done = place.process("up", place.drops, "--until-idle", "--processes", "1")
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.splitlines() if "dangling: The symlink leads nowhere" in line]
    assert len(told) == 1, done.stderr


def test_an_audit_of_nothing_still_asks_its_servers(place: CliInstallation) -> None:
    place.variables["NEWSDROP_REDIS_URL"] = "redis://127.0.0.1:1/0"
    assert place.run("audit", place.drops).exit_code == 3


def test_a_state_folder_that_cannot_be_is_named_with_its_setting(place: CliInstallation) -> None:
    place.variables["NEWSDROP_STATE_DIR"] = str(place.file("file", b"x"))
    for command in (("status",), ("ingest", place.drops), ("search", "x"), ("dead", "list")):
        result = place.run(*command)
        assert result.exit_code == 2, command
        assert "NEWSDROP_STATE_DIR" in result.stderr


@pytest.mark.redis
def test_a_worker_that_can_note_nothing_does_not_start(
    place: CliInstallation, redis_server: RedisServer
) -> None:
    place.variables["NEWSDROP_REDIS_URL"] = redis_server.url
    place.variables["NEWSDROP_STATE_DIR"] = str(place.file("file", b"x"))
    done = place.process("worker", "--processes", "1")
    assert done.returncode == 2, done.stderr
    assert "NEWSDROP_STATE_DIR" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NEWSDROP_CONFIG_DIR", "/nowhere"),
        ("NEWSDROP_INDEX_ALIAS", "Bad Name*"),
        ("NEWSDROP_INDEX_REFRESH_INTERVAL", "soon"),
    ],
)
def test_a_setting_that_would_do_nothing_or_fail_later_stops_the_start(
    place: CliInstallation, variable: str, value: str
) -> None:
    place.variables[variable] = value
    result = place.run("ingest", place.drops)
    assert result.exit_code == 2, result.output
    assert variable in result.stderr
    assert "Value error" not in result.stderr


def test_an_export_is_for_the_owners_eyes_only(place: CliInstallation, tmp_path: Path) -> None:
    place.file("bad.md", b"no page")
    place.run("ingest", place.drops)
    target = tmp_path / "letters.jsonl"
    assert place.run("dead", "export", target).exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert place.run("dead", "export", tmp_path / "nowhere" / "x").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("search", "x", "--since", "9999999999d"),
        ("search", "x", "--until", "9" * 400 + "s"),
        ("dead", "list", "--limit", "9" * 20),
        ("dead", "list", "--older", "9" * 20 + "d"),
        ("dead", "discard", "--newer", "9" * 400 + "w"),
        ("forget", "--gone", "--older-than", "9" * 400 + "d"),
        ("status", "--watch", "--every", "9" * 400),
    ],
    ids=lambda words: words[0],
)
def test_a_number_beyond_all_measure_is_a_usage_error(
    tmp_path: Path, redis_server: RedisServer, words: tuple[str, ...]
) -> None:
    result = CliInstallation(tmp_path, redis_server.url).run(*words)
    assert result.exit_code == 2, result.output
    assert "too long for an age" in result.output or "is not in the range" in result.output


@pytest.mark.parametrize("option", ["--config", "--state-dir"])
def test_a_relative_place_below_a_folder_that_is_gone_is_told(tmp_path: Path, option: str) -> None:
    place = CliInstallation(tmp_path)
    under = ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh"]
    done = place.process(option, "x", "status", "--json", under=under)
    assert done.returncode == 2
    assert f"{option}: x is relative" in json.loads(done.stdout)["error"]["message"]


def test_a_state_folder_whose_name_is_no_utf8_works_like_any_other(tmp_path: Path) -> None:
    state = tmp_path / os.fsdecode(b"caf\xe9")
    place = CliInstallation(tmp_path, NEWSDROP_STATE_DIR=str(state))
    place.page("a.md")
    for command in (("ingest", place.drops), ("status", "--json"), ("index", "status", "--json")):
        done = place.run(*command)
        assert "This is a bug in newsdrop" not in done.output, done.output
    assert place.json("audit", place.drops, "--json")["states"] == {"indexed": 1}
    assert place.process("up", place.drops, "--until-idle", "--processes", "1").returncode == 0
    assert (state / "index.sqlite3").exists()
