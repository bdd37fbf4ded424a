"""`newsdrop forget`: what was taken out stays out, whatever reads its file again, until that is undone."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from tests.inputs.bundle_files import pages, zipped
from tests.inputs.index_samples import make_document
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.documents import Stamp, State, encode_path
from newsdrop.identity import path_drop_id
from newsdrop.index.local import LocalStore
from newsdrop.ledger import keys
from newsdrop.ledger.ledger import Ledger
from newsdrop.ledger.takedowns import Takedown, Takedowns

pytestmark = pytest.mark.redis


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    place = CliInstallation(tmp_path, redis_server.url)
    for number in range(3):
        place.page(f"{number}.txt", number)
    place.file("old.zip", zipped(pages(2, first=10)))
    assert place.json("ingest", place.drops)["ok"]
    return place


def article(place: CliInstallation, name: str) -> dict[str, Any]:
    found: dict[str, Any] = place.json("parse", place.drops / name)
    return found


def state(client: redis.Redis, path: Path) -> State | None:
    (entry,) = Ledger(client).lookup([path_drop_id(str(path.resolve()))])
    return entry.state if entry else None


def indexed(place: CliInstallation) -> int:
    return int(place.json("search", "*")["total"])


def test_a_forgotten_article_is_out_and_nothing_brings_it_back(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    path, document = place.drops / "1.txt", article(place, "1.txt")["id"]
    done = place.json("forget", document[:8])
    assert done == {"forgotten": 1, "drops": 1, "still_indexed": []}
    assert state(redis_client, path) is State.FORGOTTEN
    assert indexed(place) == 4
    # A rescan, a reading by force, another capture of it elsewhere, and the audit's repair.
    assert place.json("enqueue", path)["skipped"] == 1
    assert place.json("ingest", path)["states"] == {"forgotten": 1}
    shutil.copy(path, place.drops / "copy.txt")
    assert place.json("ingest", place.drops / "copy.txt")["states"] == {"forgotten": 1}
    audit = place.json("audit", place.drops, "--repair")
    assert audit["ok"]
    assert audit["states"]["forgotten"] == 2
    assert indexed(place) == 4


def test_a_worker_that_reads_the_file_again_leaves_its_article_out(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    path = place.drops / "1.txt"
    place.json("forget", path)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    done = place.process("up", place.drops, "--until-idle", "--processes", 1)
    assert done.returncode == 0, done.stderr
    (entry,) = Ledger(redis_client).lookup([path_drop_id(str(path.resolve()))])
    assert entry is not None
    assert (entry.state, entry.stamp.mtime) == (State.FORGOTTEN, 160_000_000_000_000)
    assert indexed(place) == 4


def test_every_file_that_holds_the_article_is_forgotten_with_it(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    copy = place.drops / "copy.txt"
    shutil.copy(place.drops / "1.txt", copy)
    assert place.json("ingest", copy)["ok"]
    assert place.json("forget", article(place, "1.txt")["url"]["full"])["drops"] == 2
    assert state(redis_client, copy) is state(redis_client, place.drops / "1.txt") is State.FORGOTTEN
    assert place.json("audit", place.drops)["ok"]


def test_undoing_brings_it_back(place: CliInstallation, redis_client: redis.Redis) -> None:
    path, document = place.drops / "1.txt", article(place, "1.txt")["id"]
    place.json("forget", path)
    (listed,) = place.json("forget", "--list")
    assert (listed["document_id"], listed["path"], listed["indexed"]) == (document, str(path), False)
    assert "@" in listed["by"]
    title, about, where = place.run("forget", "--list").stdout.splitlines()
    assert (title, where) == (listed["title"], f"  {listed['url']}")
    assert re.fullmatch(rf"  {document[:10]}  \d{{4}}-\d\d-\d\d \d\d:\d\d \S+ by {listed['by']}", about)
    assert listed["at"].endswith("Z")
    assert place.json("forget", "--undo", document[:6]) == {"undone": 1, "drops": 1, "queued": 1}
    assert state(redis_client, path) is State.QUEUED
    assert place.json("forget", "--list") == []
    assert place.run("forget", "--list").stdout == "Nothing is forgotten.\n"
    redis_client.flushdb()
    assert place.json("ingest", path)["states"] == {"indexed": 1}
    assert indexed(place) == 5
    again = place.run("forget", "--undo", document)
    assert again.exit_code == 1
    assert "Nothing named" in again.stderr


def test_an_undoing_that_was_interrupted_ends_with_the_next_scan(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    path, document = place.drops / "1.txt", article(place, "1.txt")["id"]
    place.json("forget", path)
    # All that was done before its process was killed.
    redis_client.hdel(keys.FORGOTTEN, bytes.fromhex(document))
    assert place.process("up", place.drops, "--until-idle", "--processes", 1).returncode == 0
    assert state(redis_client, path) is State.INDEXED
    assert indexed(place) == 5


def test_an_undoing_has_the_article_read_in_every_bundle_that_holds_it(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    document = held_by_three(place)
    undone = place.run("forget", "--undo", document)
    assert (
        "1 file or member is queued to be read again, and the next scans of its folder find 2 more."
        in undone.stdout
    )
    with place.at_work(place.drops):
        until(lambda: place.counts() == ALL_READ, "all are read again")
    assert place.json("audit", place.drops)["ok"]


def test_an_undoing_is_finished_by_ingest_where_nobody_watches(place: CliInstallation) -> None:
    document = held_by_three(place)
    place.json("forget", "--undo", document)
    assert place.json("ingest", place.drops)["ok"]
    assert place.counts() == ALL_READ
    assert place.json("audit", place.drops)["ok"]


#: What `held_by_three` makes of the place once all that was allowed again is read.
ALL_READ = {"indexed": 8, "expanded": 2}


def held_by_three(place: CliInstallation) -> str:
    """An article that two bundles and a plain file hold is forgotten; returns its id."""
    shutil.copy(place.drops / "old.zip", place.drops / "copy.zip")
    (name, page), *_ = sorted(pages(2, first=10).items())
    place.file("plain.txt", page)
    for path in place.drops.iterdir():
        # The audit excuses what is young.
        os.utime(path, (1_600_000_000, 1_600_000_000))
    assert place.json("ingest", place.drops)["ok"]
    document: str = place.json("parse", f"{place.drops}/old.zip!{name}")["id"]
    assert place.json("forget", document)["drops"] == 3
    return document


def test_what_was_forgotten_stays_so_after_redis_was_emptied_or_set_back(
    place: CliInstallation, redis_client: redis.Redis, tmp_path: Path
) -> None:
    path, document = place.drops / "1.txt", article(place, "1.txt")["id"]
    place.json("forget", path)
    kept = tmp_path / "forgotten.json"
    before = place.json("forget", "--list")
    kept.write_text(place.run("forget", "--list", "--json").stdout, "utf-8")
    # Set back: the ledger calls the file indexed, and the index has no such article that a name could mean.
    redis_client.flushdb()
    assert place.json("ingest", place.drops / "0.txt")["ok"]
    assert place.json("forget", "--restore", kept) == {"forgotten": 1, "drops": 0, "still_indexed": []}
    assert place.json("forget", "--list") == before
    assert place.json("ingest", place.drops)["states"]["forgotten"] == 1
    assert state(redis_client, path) is State.FORGOTTEN
    assert document not in {hit["id"] for hit in place.json("search", "*")["hits"]}
    assert place.json("audit", place.drops, "--repair")["ok"]
    # An article that is back already goes again.
    place.json("forget", "--undo", document)
    assert place.json("ingest", path)["states"] == {"indexed": 1}
    assert place.json("forget", "--restore", kept) == {"forgotten": 1, "drops": 1, "still_indexed": []}
    assert indexed(place) == 4


@pytest.mark.parametrize("listing", [b"", b"{}", b'[{"document_id": "x"}]', b"\xff"])
def test_what_is_no_list_of_forgotten_articles_forgets_nothing(
    place: CliInstallation, tmp_path: Path, listing: bytes
) -> None:
    kept = tmp_path / "forgotten.json"
    kept.write_bytes(listing)
    refused = place.run("forget", "--restore", kept)
    assert refused.exit_code == 2
    assert "forget --list --json" in refused.stderr
    assert place.run("forget", "--restore", tmp_path / "missing").exit_code == 2


def test_a_bundle_is_forgotten_with_all_that_is_in_it_when_that_is_said(place: CliInstallation) -> None:
    bundle = place.drops / "old.zip"
    refused = place.run("forget", bundle)
    assert refused.exit_code == 2
    assert "2 articles would be forgotten: add --yes" in refused.stderr
    assert indexed(place) == 5
    assert place.json("forget", bundle, "--yes")["forgotten"] == 2
    assert indexed(place) == 3
    assert place.json("ingest", bundle)["states"] == {"expanded": 1, "forgotten": 2}
    one = f"{bundle}!{sorted(pages(2, first=10))[0]}"
    assert place.json("forget", "--undo", one)["undone"] == 1
    assert len(place.json("forget", "--list")) == 1


def test_a_query_forgets_what_it_finds_when_that_is_said(place: CliInstallation) -> None:
    query = f'path:{place.drops}/*.txt -title:"{article(place, "0.txt")["title"]}"'
    assert place.run("forget", "--query", query).exit_code == 2
    done = place.run("forget", "--query", query, "--yes")
    assert "2 articles forgotten." in done.stdout
    assert indexed(place) == 3


@pytest.mark.parametrize("told", [False, True], ids=["recorded", "drops told"])
@pytest.mark.parametrize("again", ["audit", "forget"])
def test_a_takedown_that_was_killed_is_seen_and_finished(
    place: CliInstallation, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch, told: bool, again: str
) -> None:
    path, document = place.drops / "1.txt", article(place, "1.txt")["id"]
    ledger = Ledger(redis_client)
    takedowns = Takedowns(redis_client, ledger)
    if not told:
        monkeypatch.setattr(takedowns, "mark", lambda _ids: 0)
    # All that was done before its process was killed.
    takedowns.forget([Takedown(document_id=document, at_ms=ledger.now_ms(), by="me", path=str(path))])
    assert [one["indexed"] for one in place.json("forget", "--list")] == [True]
    seen = place.json("audit", place.drops, code=1)
    assert seen["forgotten_in_index"] == [document]
    if again == "audit":
        assert place.json("audit", place.drops, "--repair", code=1)["forgotten_in_index"] == [document]
    else:
        assert place.json("forget", document)["forgotten"] == 1
    assert place.process("up", place.drops, "--until-idle", "--processes", 1).returncode == 0
    assert place.json("audit", place.drops)["states"] == {"expanded": 1, "forgotten": 1, "indexed": 4}
    assert indexed(place) == 4


def test_the_audit_finds_what_is_forgotten_and_in_the_index(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    path = place.drops / "1.txt"
    store = LocalStore(place.state / "index.sqlite3")
    (document,) = store.find(article(place, "1.txt")["id"])
    place.json("forget", path)
    store.put([document])
    store.close()
    assert place.json("forget", "--list")[0]["indexed"]
    audit = place.json("audit", place.drops, "--repair", code=1)
    (found,) = audit["unaccounted"]
    assert "forgotten, but its document" in found["reason"]
    assert audit["repaired"] == 1
    assert len(audit["forgotten_in_index"]) == 1
    redis_client.delete("newsdrop:ledger")
    assert place.json("ingest", path)["states"] == {"forgotten": 1}
    assert indexed(place) == 4


def test_the_audit_finds_what_is_forgotten_and_came_back_without_its_file(place: CliInstallation) -> None:
    path = place.drops / "1.txt"
    store = LocalStore(place.state / "index.sqlite3")
    (document,) = store.find(article(place, "1.txt")["id"])
    place.json("forget", path)
    path.unlink()
    assert place.json("audit", place.drops)["ok"]
    # As the restore of an older snapshot does.
    store.put([document])
    store.close()
    told = place.run("audit", place.drops)
    assert told.exit_code == 1
    assert document.id in told.output
    assert "1 forgotten article was in the index: `newsdrop audit --repair` takes it out." in told.output
    audit = place.json("audit", place.drops, "--repair", code=1)
    assert (audit["forgotten_in_index"], audit["unaccounted"]) == ([document.id], [])
    assert place.json("audit", place.drops)["forgotten_in_index"] == []
    assert indexed(place) == 4


def test_what_is_asked_wrongly_forgets_nothing(place: CliInstallation) -> None:
    for words in ([], ["--undo"], ["x", "--list"], ["--list", "--query", "x"]):
        assert place.run("forget", *words).exit_code == 2, words
    assert place.run("forget", "00000000").exit_code == 1
    assert indexed(place) == 5


def sent_without_a_file(place: CliInstallation, name: str) -> str:
    """An article that came in a message and was called `name` there; returns its id."""
    document = make_document("sent", title="Sent without a file")
    named = {"size": 10, "name": encode_path(name)}
    document = msgspec.structs.replace(document, source={**document.source, "file": named})
    with closing(LocalStore(place.state / "index.sqlite3")) as store:
        store.put([document])
    return document.id


@pytest.mark.parametrize("words", [["--yes", "--query", "title:sent"], ["ID"]])
def test_undoing_reads_no_file_that_an_article_without_one_is_called_after(
    place: CliInstallation, redis_client: redis.Redis, words: list[str]
) -> None:
    private = place.base / "private.md"
    shutil.copy(place.drops / "1.txt", private)
    document = sent_without_a_file(place, str(private))
    assert place.json("forget", *(document if word == "ID" else word for word in words))["forgotten"] == 1
    (listed,) = place.json("forget", "--list")
    assert "path" not in listed
    done = place.run("forget", "--undo", document)
    assert "1 article allowed again; 0 files" in done.stdout
    assert "Sent without a file isn't read now: it came without a file" in " ".join(done.stderr.split())
    assert state(redis_client, private) is None


def test_undoing_reads_no_file_that_the_ledger_does_not_know(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    # As an earlier version wrote down an article that had come without a file.
    private = place.base / "private.md"
    shutil.copy(place.drops / "1.txt", private)
    document = article(place, "1.txt")["id"]
    place.json("forget", document)
    ledger = Ledger(redis_client)
    (noted,) = Takedowns(redis_client, ledger).listed()
    Takedowns(redis_client, ledger).forget([msgspec.structs.replace(noted, path=str(private))])
    done = place.run("forget", "--undo", document)
    assert "1 article allowed again; 0 files" in done.stdout
    assert f"the ledger knows no file {private}" in " ".join(done.stderr.split())
    assert state(redis_client, private) is None


def test_undoing_takes_every_name_that_forgetting_takes(
    place: CliInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.base)
    url = article(place, "1.txt")["url"]["full"]
    other = re.sub(r"^https?://(www\.)?", "http://www.", url) + "?utm_source=rss#top"
    bundle = os.path.relpath(place.drops / "old.zip")
    member = f"{bundle}!{sorted(pages(2, first=10))[0]}"
    for name, count in (("drops/1.txt", 1), (other, 1), (member, 1), (bundle, 2)):
        assert place.json("forget", name, "--yes")["forgotten"] == count, name
        assert place.json("forget", "--undo", name)["undone"] == count, name
        assert place.json("ingest", place.drops)["ok"]
    place.json("forget", "drops/1.txt")
    for name in ("drops", "drops/2.txt", "https://a.example/"):
        assert place.run("forget", "--undo", name).exit_code == 1, name


@pytest.mark.parametrize("name", ["1.txt", "old.zip"])
def test_undoing_says_where_a_file_is_that_newsdrop_put_away(
    place: CliInstallation, redis_client: redis.Redis, name: str
) -> None:
    done, path = place.base / "done", place.drops / name
    policy = {"path": str(place.drops), "after": "move", "done": str(done), "failed": str(done)}
    place.variables["NEWSDROP_FOLDERS"] = json.dumps([policy])
    info = path.stat()
    stamp = Stamp.from_ns(info.st_size, info.st_mtime_ns)
    assert Ledger(redis_client).put_away([(path_drop_id(str(path)), stamp)]) == [True]
    done.mkdir()
    path.rename(done / name)
    place.json("forget", path, "--yes")
    told = place.run("forget", "--undo", path)
    assert "; 0 files" in told.stdout
    assert f"moved {path} to {done / name}: move it back" in " ".join(told.stderr.split())
    (done / name).rename(path)
    assert place.json("ingest", place.drops)["ok"]
    assert indexed(place) == 5


def test_an_empty_value_forgets_nothing(place: CliInstallation) -> None:
    for arguments in ([""], ["--query", ""], ["--query", " "], ["", "--undo"]):
        refused = place.run("forget", "--yes", *arguments)
        assert (refused.exit_code, "is empty" in refused.stderr) == (2, True)
    assert place.json("forget", "--list") == []
