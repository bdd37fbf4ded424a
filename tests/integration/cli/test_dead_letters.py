"""`newsdrop dead …` on real dead letters: look, replay, discard, export, each with the same filters."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
import redis
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer

from newsdrop.cli import terminal
from newsdrop.ledger.deadletters import DeadLetters
from newsdrop.ledger.ledger import Ledger

pytestmark = pytest.mark.redis
_ISO_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    place = CliInstallation(tmp_path, redis_server.url)
    place.file("a/empty-1.md", b"")
    place.file("a/empty-2.md", b"")
    place.file("b/words.md", b"\x00\x01\x02\xff\xfe" * 500)
    assert place.run("ingest", place.drops).exit_code == 1
    return place


def names(letters: list[dict[str, str]]) -> set[str]:
    return {Path(letter["path"]).name for letter in letters}


def test_the_list_has_one_letter_per_bad_file_and_takes_filters(place: CliInstallation) -> None:
    letters = place.json("dead", "list")
    assert names(letters) == {"empty-1.md", "empty-2.md", "words.md"}
    assert all(letter["error_message"] and letter["status"] == "dead" for letter in letters)
    assert names(place.json("dead", "list", "--path", "*/a/*")) == {"empty-1.md", "empty-2.md"}
    assert names(place.json("dead", "list", "--error", "EmptyFileError")) == {"empty-1.md", "empty-2.md"}
    assert names(place.json("dead", "list", "--stage", "read")) == names(letters)
    assert place.json("dead", "list", "--stage", "parse") == []
    assert place.json("dead", "list", "--older", "1h") == []
    assert len(place.json("dead", "list", "--newer", "1h")) == 3


def test_an_export_that_fails_leaves_the_one_before(place: CliInstallation, tmp_path: Path) -> None:
    target = tmp_path / "letters.jsonl"
    assert place.run("dead", "export", target).exit_code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    target.chmod(0o640)
    before = target.read_bytes()
    place.variables["NEWSDROP_REDIS_URL"] = "redis://127.0.0.1:1/0"
    assert place.run("dead", "export", target).exit_code == 3
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_an_export_takes_the_place_of_the_one_before_wherever_a_link_leads(
    place: CliInstallation, tmp_path: Path
) -> None:
    target, link = tmp_path / "kept/letters.jsonl", tmp_path / "latest"
    target.parent.mkdir()
    target.write_text("older\n")
    target.chmod(0o644)
    link.symlink_to(target)
    assert place.run("dead", "export", link).exit_code == 0
    assert link.is_symlink()
    assert len(target.read_text().splitlines()) == 3
    assert target.stat().st_mode & 0o777 == 0o644
    assert place.run("dead", "export", "/dev/null").exit_code == 0
    missing = place.run("dead", "export", tmp_path / "nowhere/letters")
    assert missing.exit_code == 1
    assert f"{tmp_path}/nowhere/letters" in missing.stderr.replace("\n", "")


def test_times_are_iso_8601_in_utc_for_programs_and_name_their_zone_for_people(
    place: CliInstallation, tmp_path: Path
) -> None:
    assert place.run("dead", "export", tmp_path / "letters").exit_code == 0
    exported = [json.loads(line) for line in (tmp_path / "letters").read_text().splitlines()]
    for letter in [*place.json("dead", "list"), *exported]:
        times = [letter["first_failed_at"], letter["last_failed_at"], letter["stamp"]["mtime"]]
        assert all(_ISO_UTC.fullmatch(at) for at in [*times, *(one["at"] for one in letter["attempts"])])
    assert all(_ISO_UTC.fullmatch(one["last_failed_at"]) for one in place.json("dead", "groups"))
    shown = place.run("dead", "show", exported[0]["id"]).stdout
    assert re.search(r"try 1  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d (UTC|[+-]\d\d:\d\d) on ", shown)


def test_groups_join_letters_of_one_kind_and_filter_by_their_key(place: CliInstallation) -> None:
    groups = place.json("dead", "groups")
    assert [group["letters"] for group in groups] == [2, 1]
    assert names(place.json("dead", "list", "--group", groups[1]["group"])) == {"words.md"}
    assert names(place.json("dead", "list", "--group", groups[0]["name"])) == {"empty-1.md", "empty-2.md"}


def test_show_takes_the_first_characters_of_an_id(place: CliInstallation) -> None:
    (letter,) = place.json("dead", "list", "--path", "*words.md")
    shown = place.json("dead", "show", letter["id"][:10])
    assert shown["id"] == letter["id"]
    assert shown["attempts"][0]["type"] == letter["error_type"]
    assert letter["error_message"][:20] in place.run("dead", "show", letter["id"]).stdout


@pytest.mark.parametrize("command", ["replay", "discard"])
def test_letters_are_changed_by_the_first_characters_of_their_id(
    place: CliInstallation, command: str
) -> None:
    (letter,) = place.json("dead", "list", "--path", "*words.md")
    assert "1 dead letter " in place.run("dead", command, letter["id"][:8]).stdout
    unknown = place.run("dead", command, "nosuch")
    assert (unknown.exit_code, "no dead letter nosuch" in unknown.stderr) == (1, True)


def test_what_people_copy_is_never_broken_into_lines(
    place: CliInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "_PIPED_COLUMNS", 80)
    groups = place.run("dead", "groups").stdout.splitlines()
    found = place.json("dead", "groups")
    assert [line.split()[:2] for line in groups] == [[str(one["letters"]), one["name"]] for one in found]
    assert not any(one["group"] in line for one in found for line in groups)
    letters = place.run("dead", "list").stdout
    assert all(one["id"][:12] in letters for one in place.json("dead", "list"))
    assert max(map(len, [*groups, *letters.splitlines()])) <= 80


def test_a_list_is_paged_and_says_how_to_go_on(place: CliInstallation) -> None:
    first = place.run("dead", "list", "--limit", "2").stdout
    assert "2 of 3 dead letters." in first
    letters = place.json("dead", "list")
    assert f"--after {letters[1]['id'][:12]} " in first
    rest = place.run("dead", "list", "--after", letters[1]["id"][:12]).stdout
    assert letters[2]["id"][:12] in rest
    assert letters[0]["id"][:12] not in rest
    assert place.json("dead", "list", "--sort", "oldest") == letters[::-1]
    limited = place.run("dead", "list", "--limit", "2", "--json")
    assert json.loads(limited.stdout) == letters[:2]
    assert "2 of 3 dead letters." in limited.stderr
    assert place.run("dead", "list", "--all").stdout.count("is empty") == 2
    assert place.run("dead", "list").stdout.endswith("3 dead letters.\n")
    assert place.run("dead", "list", "--all", "--limit", "2").exit_code == 2
    unknown = place.run("dead", "list", "--after", "ffff")
    assert (unknown.exit_code, "no dead letter ffff" in unknown.stderr) == (1, True)


def test_an_empty_list_says_so(place: CliInstallation) -> None:
    assert place.run("dead", "list", "--older", "1h").stdout == "0 dead letters.\n"
    assert json.loads(place.run("dead", "list", "--older", "1h", "--json").stdout) == []


def test_showing_a_letter_that_is_not_there_fails(place: CliInstallation) -> None:
    result = place.run("dead", "show", "ffffffffffffffffffffffffffffffff")
    assert result.exit_code == 1
    assert "no dead letter" in result.stderr


@pytest.mark.parametrize("command", ["replay", "discard"])
def test_changing_letters_needs_a_filter_or_all(place: CliInstallation, command: str) -> None:
    result = place.run("dead", command)
    assert result.exit_code == 2
    assert "--all" in result.stderr
    assert len(place.json("dead", "list")) == 3
    assert place.json("dead", command, "--all")[f"{command.removesuffix('ed')}ed"] == 3


@pytest.mark.parametrize("command", ["list", "groups", "replay", "discard", "export -"])
def test_an_empty_filter_selects_nothing(place: CliInstallation, command: str) -> None:
    for option in ("--group", "--error", "--path", "--older", "--newer"):
        for value in ("", " "):
            result = place.run("dead", *command.split(), option, value)
            assert (result.exit_code, f"The value of {option} is empty" in result.stderr) == (2, True)
    assert len(place.json("dead", "list")) == 3


@pytest.mark.parametrize("command", ["replay", "discard"])
def test_an_empty_id_selects_nothing(place: CliInstallation, command: str) -> None:
    result = place.run("dead", command, "")
    assert (result.exit_code, "The value of ID is empty" in result.stderr) == (2, True)
    assert len(place.json("dead", "list")) == 3


def test_a_replayed_letter_is_closed_and_its_file_queued(place: CliInstallation) -> None:
    assert place.json("dead", "replay", "--path", "*words.md") == {"replayed": 1}
    assert names(place.json("dead", "list")) == {"empty-1.md", "empty-2.md"}
    assert place.json("status")["states"]["queued"] == 1
    assert place.json("audit", place.drops)["ok"]


def test_a_replay_that_can_not_be_done_says_why_and_fails(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    letters = DeadLetters(redis_client, Ledger(redis_client))
    letter_id = letters.quarantine(b"rubbish", "It is not JSON.")
    one = place.run("dead", "replay", letter_id)
    assert (one.exit_code, one.stdout) == (1, "")
    assert "1 dead letter can't be replayed: It came on a Celery list" in one.stderr
    everything = place.run("dead", "replay", "--all", "--json")
    answer = json.loads(everything.stdout)
    assert (everything.exit_code, answer["replayed"], [*answer["left"].values()]) == (1, 3, [1])
    assert place.json("dead", "discard", letter_id) == {"discarded": 1}


def test_a_discarded_letter_is_closed_for_good(place: CliInstallation) -> None:
    assert place.json("dead", "discard", "--error", "EmptyFileError") == {"discarded": 2}
    assert names(place.json("dead", "list")) == {"words.md"}
    assert place.json("status")["states"]["discarded"] == 2
    assert place.json("audit", place.drops)["ok"]


def test_an_export_has_one_letter_a_line_with_all_it_knows(place: CliInstallation, tmp_path: Path) -> None:
    target = tmp_path / "letters.jsonl"
    assert place.run("dead", "export", target, "--path", "*/a/*").exit_code == 0
    letters = [json.loads(line) for line in target.read_text().splitlines()]
    assert names(letters) == {"empty-1.md", "empty-2.md"}
    piped = place.run("dead", "export", "-")
    assert len([json.loads(line) for line in piped.stdout.splitlines()]) == 3


def test_an_age_that_is_none_is_a_usage_error(place: CliInstallation) -> None:
    result = place.run("dead", "list", "--older", "yesterday")
    assert result.exit_code == 2
    assert "7d" in result.stderr


def test_bytes_that_came_without_a_file_are_shown_in_base64(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    from newsdrop.documents import Drop, ErrorClass, Failure, Outcome, Stage, Stamp
    from newsdrop.identity import inline_drop_id
    from newsdrop.ledger.ledger import Ledger, Settlement
    from newsdrop.ports import Dead

    ledger = Ledger(redis_client)
    drop = Drop(id=inline_drop_id("k"), name="inline.md", content=b"\x00bytes", stamp=Stamp(6, 0))
    ledger.enqueue([drop])
    (batch,) = ledger.batches()
    (taken,) = ledger.start(batch.id, "run", process=1, task="t")
    failure = Failure(stage=Stage.READ, kind=ErrorClass.PERMANENT, type="E", message="no text")
    ledger.finish(batch.id, "run", [Settlement(Outcome(drop=taken, failure=failure), Dead())])
    shown = place.json("dead", "show", drop.id)
    assert base64.b64decode(shown["content"]) == b"\x00bytes"
