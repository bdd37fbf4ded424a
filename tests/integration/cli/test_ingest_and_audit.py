"""From files to search results and back, and the proof of it, on a real Valkey and the embedded index."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.inputs.bundle_files import PACKERS, pages, tarred, zipped
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer

from newsdrop.index.local import LocalStore

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    return CliInstallation(tmp_path, redis_server.url)


def age(path: Path) -> None:
    """Let a file look settled for hours: the audit excuses young ones."""
    os.utime(path, (1_600_000_000, 1_600_000_000))


def test_what_is_ingested_is_found_and_accounted_for(place: CliInstallation) -> None:
    for number in range(3):
        place.page(f"{number}.txt", number)
    report = place.json("ingest", place.drops)
    assert report["ok"]
    assert report["states"] == {"indexed": 3}
    title = place.json("parse", place.drops / "1.txt")["title"]
    hits = place.json("search", f'"{title}"')["hits"]
    assert title in [hit["title"] for hit in hits]
    assert {"id", "score", "title", "url", "published_at", "source", "snippet"} <= hits[0].keys()
    audit = place.json("audit", place.drops)
    assert audit["ok"]
    assert audit["states"] == {"indexed": 3}
    status = place.json("status")
    assert status["states"]["indexed"] == 3
    assert status["index"]["documents"] == 3
    assert status["queue"]["lanes"] == {"newsdrop.ingest": 0, "newsdrop.backlog": 0}


def test_parsing_explains_itself_and_gives_the_blocks_as_json(place: CliInstallation) -> None:
    path = place.page("page.txt")
    told = place.json("parse", path, "--explain")
    assert {"title", "text", "url", "file", "id", "version", "blocks", "explain"} <= told.keys()
    assert told["blocks"]
    assert all(block.keys() == {"kind", "text"} for block in told["blocks"])
    assert told["text"] == "\n".join(block["text"] for block in told["blocks"])
    shown = place.run("parse", path, "--explain")
    assert told["explain"]["rule"] in shown.stdout
    assert len(shown.stdout.splitlines()) <= 23
    assert "main[role=main]" in place.run("parse", path, "--explain", "--all").stdout
    assert place.run("parse", path, "--all").exit_code == 2
    assert not place.state.exists(), "looking at a file must leave nothing behind"


def test_a_document_that_vanished_from_the_index_fails_the_audit_and_names_the_file(
    place: CliInstallation,
) -> None:
    paths = [place.page(f"{number}.txt", number) for number in range(2)]
    place.json("ingest", place.drops)
    store = LocalStore(place.state / "index.sqlite3")
    (victim,) = [one for one in store.files_under(str(place.drops)) if one.path == str(paths[1])]
    assert store.remove(victim.document_id, str(paths[1]))
    store.close()
    audit = place.json("audit", place.drops, code=1)
    assert [one["path"] for one in audit["unaccounted"]] == [str(paths[1])]
    shown = place.run("audit", place.drops)
    assert shown.exit_code == 1
    assert str(paths[1]) in shown.stdout
    repaired = place.json("audit", place.drops, "--repair", code=1)
    assert repaired["repaired"] == 1
    assert place.json("audit", place.drops)["states"] == {"indexed": 1, "queued": 1}


def test_bad_files_become_dead_letters_and_good_ones_are_ingested_all_the_same(
    place: CliInstallation,
) -> None:
    place.page("good.txt")
    place.file("empty.md", b"")
    place.file("binary.md", os.urandom(3_000))
    place.file("huge.md", b"\xe9\xa6\x99" * 14_000_000)
    place.file("untitled.md", b"<html><body><div></div></body></html>")
    report = place.json("ingest", place.drops, code=1)
    assert report["files"] == 5
    assert report["states"] == {"indexed": 1, "dead": 4}
    assert {Path(one["path"]).name for one in report["failed"]} == {
        "empty.md",
        "binary.md",
        "huge.md",
        "untitled.md",
    }
    assert all(one["message"] for one in report["failed"])
    letters = place.json("dead", "list")
    assert len(letters) == 4
    audit = place.json("audit", place.drops)
    assert audit["ok"]
    assert audit["states"] == {"dead": 4, "indexed": 1}


def test_a_file_that_fails_is_told_of_once(place: CliInstallation) -> None:
    path = place.file("empty.md", b"")
    result = place.run("ingest", path)
    assert result.output.count(str(path)) == 1
    assert "is empty (0 bytes).\n" in result.stdout
    assert result.stderr.endswith("1 of 1 file failed: `newsdrop dead groups` says more.\n")


def test_a_missing_path_is_named_and_the_rest_is_done(place: CliInstallation) -> None:
    good = place.page("good.txt")
    result = place.run("ingest", good, place.drops / "nowhere.md")
    assert result.exit_code == 1
    assert "nowhere.md" in result.stdout
    assert "1 of 2 files failed." in result.stderr
    assert place.json("status")["states"]["indexed"] == 1
    (failed,) = place.json("ingest", place.drops / "nowhere.md", code=1)["failed"]
    assert failed["path"] == str(place.drops / "nowhere.md")
    assert "No such file" in failed["message"]


def test_a_dangling_symlink_is_a_missing_path_and_inside_a_folder_it_stops_nothing(
    place: CliInstallation,
) -> None:
    place.page("good.txt")
    (place.drops / "dangling.md").symlink_to(place.drops / "nowhere.md")
    assert place.run("ingest", place.drops / "dangling.md").exit_code == 1
    assert place.json("ingest", place.drops)["states"] == {"indexed": 1}


@pytest.fixture
def ordinary() -> list[str]:
    """What a command is started by so that it may not read everything."""
    if os.geteuid() != 0:
        return []
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("root may read everything, and there is no setpriv to take that away")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search"]


def test_a_file_we_may_not_read_is_a_dead_letter_that_says_so(
    place: CliInstallation, ordinary: list[str]
) -> None:
    path = place.page("secret.txt")
    path.chmod(0)
    done = place.process("ingest", path, "--json", under=ordinary)
    assert done.returncode == 1, done.stderr
    (failed,) = json.loads(done.stdout)["failed"]
    assert "ermission" in failed["message"]
    assert place.json("audit", place.drops)["states"] == {"dead": 1}


def test_what_cannot_be_listed_is_not_accounted_for(place: CliInstallation, ordinary: list[str]) -> None:
    place.page("good.txt", 1)
    hidden = place.page("closed/hidden.txt", 2).parent
    hidden.chmod(0)
    try:
        done = place.process("ingest", place.drops, "--json", under=ordinary)
        assert done.returncode == 1, done.stderr
        (failed,) = json.loads(done.stdout)["failed"]
        assert failed["path"] == str(hidden)
        assert "Permission denied" in failed["message"]
        done = place.process("audit", place.drops, "--json", under=ordinary)
        assert done.returncode == 1, done.stderr
        found = json.loads(done.stdout)
        assert (found["ok"], found["states"], found["unaccounted"]) == (False, {"indexed": 1}, [])
        (unexamined,) = found["unexamined"]
        assert unexamined["path"] == str(hidden)
        assert "Permission denied" in unexamined["reason"]
        done = place.process("audit", place.drops, under=ordinary)
        assert "1 file or folder can't be examined" in done.stderr
        assert "all accounted for" not in done.stdout
        done = place.process("enqueue", place.drops, under=ordinary)
        assert done.returncode == 1
        assert f"Not queued: {hidden}: Permission denied." in done.stderr
    finally:
        hidden.chmod(0o755)
    assert json.loads(place.run("audit", place.drops, "--json").stdout)["unexamined"] == []


def test_enqueued_paths_wait_in_the_queue_and_are_queued_once(place: CliInstallation) -> None:
    paths = [place.page(f"{number}.txt", number) for number in range(3)]
    assert place.json("enqueue", paths[0])["queued"] == 1
    listed = place.run("enqueue", "-", stdin="\n".join(map(str, paths)).encode())
    assert listed.exit_code == 0
    assert listed.stdout.startswith("2 queued")
    assert place.json("status")["states"]["queued"] == 3
    again = place.json("enqueue", place.drops)
    assert again["queued"] == 0


def test_paths_on_stdin_may_end_with_nul_and_be_no_utf8(place: CliInstallation) -> None:
    name = place.drops / os.fsdecode(b"caf\xe9 \n.txt")
    place.page("plain.txt").rename(name)
    assert place.run("enqueue", "-0", "-", stdin=os.fsencode(name) + b"\0").exit_code == 0
    assert place.json("status")["states"]["queued"] == 1


def test_enqueueing_what_does_not_exist_is_a_failure_that_names_it(place: CliInstallation) -> None:
    result = place.run("enqueue", place.drops / "nowhere.md")
    assert result.exit_code == 1
    assert "nowhere.md" in result.stderr


def test_what_a_title_smuggles_in_never_reaches_the_terminal(place: CliInstallation) -> None:
    data = seed_with_title("Evil [bold]title[/bold] \x1b[31m\x07")
    path = place.file("evil.txt", data)
    place.run("ingest", path)
    for shown in (
        place.run("parse", path),
        place.run("search", "Evil"),
        place.run("search", "Evil", "--json"),
    ):
        assert shown.exit_code == 0
        assert "\x1b" not in shown.output
        assert "\x07" not in shown.output
    assert "[bold]title[/bold]" in place.run("search", "Evil").stdout


def test_bundles_are_ingested_member_by_member_and_audited_as_such(place: CliInstallation) -> None:
    place.file("a.zip", zipped(pages(70) | {"bad.md": b"no page"}))
    place.file("b.tar.xz", PACKERS["xz"](tarred({"inner.zip": zipped(pages(3, first=100))})))
    place.file("cut.tar", tarred(pages(5, first=200))[:12_000])
    report = place.json("ingest", place.drops, code=1)
    assert report["files"] == 81
    assert report["states"] == {"expanded": 3, "indexed": 76, "dead": 2}
    assert {Path(one["path"]).name: one["type"] for one in report["failed"]} == {
        "a.zip!bad.md": "UnknownDialectError",
        "cut.tar": "BundleError",
    }
    audit = place.json("audit", place.drops)
    assert audit["ok"]
    assert (audit["files"], audit["states"]) == (81, report["states"])
    assert place.json("status")["index"]["documents"] == 76
    hits = place.json("search", 'member:"inner.zip!saved/0102.md"')["hits"]
    assert len(hits) == 1
    (letter,) = place.json("dead", "list", "--path", "*!bad.md")
    assert place.json("dead", "replay", letter["id"])["replayed"] == 1
    assert place.json("status")["states"]["queued"] == 1


def test_a_member_that_is_unaccounted_for_is_named_and_repaired(place: CliInstallation) -> None:
    path = place.file("a.zip", zipped(pages(3)))
    age(path)
    place.json("ingest", place.drops)
    with closing(LocalStore(place.state / "index.sqlite3")) as store:
        (victim, *_) = store.files_under(str(place.drops))
        assert store.remove(victim.document_id, str(path))
    (named,) = place.json("audit", place.drops, code=1)["unaccounted"]
    assert named["path"].startswith(f"{path}!saved/")
    assert place.json("audit", place.drops, "--repair", code=1)["repaired"] == 1
    assert place.json("audit", place.drops)["states"] == {"expanded": 1, "indexed": 2, "queued": 1}


def test_a_bundle_that_was_damaged_under_its_old_time_is_not_called_accounted_for(
    place: CliInstallation,
) -> None:
    data = tarred(pages(3))
    path = place.file("a.tar", data)
    age(path)
    place.json("ingest", place.drops)
    path.write_bytes(data[:4_000].ljust(len(data), b"?"))
    age(path)
    (named,) = place.json("audit", place.drops, code=1)["unaccounted"]
    assert (named["path"], named["state"]) == (str(path), "expanded")
    assert "can't be listed" in named["reason"]
    assert place.json("audit", place.drops, "--repair", code=1)["repaired"] == 1
    place.json("ingest", place.drops, code=1)
    assert place.json("audit", place.drops)["states"]["dead"] == 1


def seed_with_title(title: str) -> bytes:
    """A page whose header claims this title."""
    _, _, rest = seed_like(1, html_bytes=4_000).decode().partition("](")
    return f"<!--1585205587000-->\n[{title}]({rest}".encode()


def test_one_member_of_a_bundle_is_parsed_and_ingested_by_its_name(place: CliInstallation) -> None:
    members = pages(2)
    name = next(iter(members))
    bundle = place.file("all.zip", zipped(members))
    assert place.json("parse", f"{bundle}!{name}")["archive"]["member"] == name
    told = place.run("parse", bundle)
    assert told.exit_code == 1
    assert f"{bundle}!{name}" in told.output
    assert place.json("ingest", f"{bundle}!{name}")["states"] == {"indexed": 1}
    mistyped = place.run("ingest", f"{bundle}!{name}x")
    assert mistyped.exit_code == 1
    assert "the bundle has no such member" in mistyped.output
    odd = place.page("what!.md")
    assert place.json("parse", odd)["file"]["name"] == "what!.md"


def test_commands_work_under_a_workers_limits(place: CliInstallation) -> None:
    place.variables["NEWSDROP_WORKER_FILE_TIME_LIMIT_S"] = "0.001"
    path = place.page("page.md")
    parsed = place.process("parse", path)
    assert parsed.returncode == 1
    assert "worker.file_time_limit_s" in parsed.stderr
    report = json.loads(place.process("ingest", path, "--json").stdout)
    assert [one["type"] for one in report["failed"]] in (["FileTimeout"], ["StalledError"])


def test_what_is_passed_over_is_counted_by_reason_file_by_file(place: CliInstallation) -> None:
    place.page("a.md")
    place.file("css/style.css", b"* {}")
    place.file(".git/objects/one", b"1")
    place.file(".git/config", b"2")
    place.file("all.zip", zipped(pages(1) | {"logo.png": b"\x89PNG", "empty.md": b""}))
    report = place.json("ingest", place.drops)
    assert report["states"] == {"indexed": 2, "expanded": 1}
    assert report["passed_over"] == {"asset": 1, "hidden": 2}
    audit = place.json("audit", place.drops)
    assert audit["ok"]
    assert audit["files"] == 3
    # Those of the bundle too.
    assert audit["passed_over"] == {"asset": 2, "empty": 1, "hidden": 2}
    assert "hidden" in place.run("audit", place.drops).stdout


def test_a_folder_inside_another_keeps_its_own_names(place: CliInstallation) -> None:
    inner = place.page("inner/a.html").parent
    place.page("inner/b.md", 2)
    place.page("c.html", 3)
    place.page("d.md", 4)
    tables = [{"path": str(place.drops), "include": ["*.md"]}, {"path": str(inner), "include": '["*.html"]'}]
    place.variables["NEWSDROP_FOLDERS"] = json.dumps(tables)
    report = place.json("ingest", place.drops)
    assert report["states"] == {"indexed": 2}
    assert report["passed_over"] == {"not_included": 2}
    audit = place.json("audit")
    assert (audit["files"], audit["passed_over"]) == (2, {"not_included": 2})


def test_a_folder_may_take_text_without_a_header(place: CliInstallation) -> None:
    path = place.file("某年某月.txt", "第一段。\n第二段。\n".encode())
    assert place.json("ingest", path, code=1)["failed"][0]["type"] == "UnknownDialectError"
    place.variables["NEWSDROP_FOLDERS"] = json.dumps([{"path": str(place.drops), "headerless": "article"}])
    told = place.json("parse", path)
    assert (told["title"], told["text"]) == ("某年某月", "第一段。\n第二段。")
    assert place.json("ingest", path)["states"] == {"indexed": 1}
