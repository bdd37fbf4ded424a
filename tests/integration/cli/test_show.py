"""`newsdrop show` and `newsdrop open`: one article of the index, and the bytes that it was made of."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.corpus import seed_like
from tests.inputs.bundle_files import zipped
from tests.inputs.index_samples import make_document
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.documents import Document, Moment
from newsdrop.index.local import LocalStore

TEXT = "香港與澳門之間有一座橋，" * 12 + "\nA second paragraph with words of its own.\n<b>no markup</b>"
MAY = Moment(datetime(2023, 5, 1, tzinfo=UTC), "day")
ARTICLE = make_document(
    "show", "橋", TEXT, author=["張潔平", "Ann Li"], published=MAY, source_name="端傳媒", section="港聞",
    language="zh-Hant", dek="導語", captions=["通車的視頻"], path="/drops/show.md",
)  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> CliInstallation:
    place = CliInstallation(tmp_path)
    put_in(place, ARTICLE)
    return place


def put_in(place: CliInstallation, *documents: Document) -> None:
    store = LocalStore(place.state / "index.sqlite3")
    store.put(documents)
    store.close()


def test_an_article_is_printed_for_reading(place: CliInstallation) -> None:
    shown = place.run("show", ARTICLE.id[:6]).stdout.splitlines()
    assert shown[:6] == [
        "橋",
        "By 張潔平, Ann Li",
        "2023-05-01, archived 1970-01-01 00:00 UTC",
        "端傳媒 · 港聞 · zh-Hant",
        "https://www.example.com/show",
        "/drops/show.md",
    ]
    assert "導語" in shown
    assert "<b>no markup</b>" in shown
    assert "[picture] 圖說：維多利亞港  https://example.com/a.jpg" in shown
    assert "[caption] 通車的視頻" in shown
    body = [line for line in shown if line.startswith(("香港", "澳門", "之間", "與", "橋", "有"))]
    assert len(body) == 3
    assert all(cell_len(line) <= 80 for line in body)


@pytest.mark.redis
def test_a_file_whose_article_is_stored_from_another_shows_it_and_says_so(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    first, again = place.page("first.md", 1), place.page("again.md", 1)
    bundle = place.file("old.zip", zipped({"page.md": first.read_bytes()}))
    place.json("ingest", first)
    place.json("ingest", bundle)
    place.json("ingest", again)
    for name in (str(first), f"{bundle}!page.md"):
        shown = place.run("show", name)
        assert shown.exit_code == 0, shown.stderr
        assert str(again) in shown.stdout.splitlines(), shown.stdout
        assert f"the article of {name} from another file" in " ".join(shown.stderr.split())
    place.file("never.md", b"")
    assert place.run("show", place.drops / "never.md").exit_code == 1


def test_an_article_is_found_by_id_address_and_file(place: CliInstallation) -> None:
    for name in (
        ARTICLE.id,
        ARTICLE.id[:8].upper(),
        "http://example.com/show?utm_source=x",
        "/drops/show.md",
    ):
        assert place.json("show", name)["title"] == "橋", name
    missing = place.run("show", "00000000")
    assert missing.exit_code == 1
    assert "The index has no article 00000000" in missing.stderr


def test_what_names_several_articles_is_refused_with_their_names(place: CliInstallation) -> None:
    put_in(place, *(make_document(n, f"Page {n}", path="/drops/old.zip") for n in range(3)))
    several = place.run("show", "/drops/old.zip")
    assert several.exit_code == 2
    assert "Several articles match /drops/old.zip" in several.stderr
    assert "Page 1" in several.stderr


def test_an_article_as_json_markdown_and_html(place: CliInstallation) -> None:
    found = place.json("show", ARTICLE.id)
    assert (found["id"], found["version"], found["text"]) == (ARTICLE.id, 1_000, TEXT)
    markdown = place.run("show", ARTICLE.id, "--markdown").stdout
    assert markdown.startswith("# 橋\n\nBy 張潔平, Ann Li  \n2023-05-01")
    assert "\\<b\\>no markup" in markdown
    assert "&lt;b&gt;no markup" in place.run("show", ARTICLE.id, "--html").stdout
    assert place.run("show", ARTICLE.id, "--html", "--json").exit_code == 2


@pytest.mark.redis
def test_the_archived_bytes_come_back_members_of_bundles_too(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    names = ("a.txt", "in/b.txt", "c.txt")
    pages = {name: seed_like(number, html_bytes=3_000) for number, name in enumerate(names)}
    place.file("plain.txt", pages["a.txt"])
    place.file("old.zip", zipped({"in/b.txt": pages["in/b.txt"]}))
    place.file("packed.txt.gz", gzip.compress(pages["c.txt"]))
    assert place.json("ingest", place.drops)["ok"]
    for name, page in (("plain.txt", "a.txt"), ("old.zip!in/b.txt", "in/b.txt"), ("packed.txt.gz", "c.txt")):
        assert place.run("show", place.drops / name, "--raw").stdout_bytes == pages[page], name
    (place.drops / "plain.txt").unlink()
    gone = place.run("show", place.drops / "plain.txt", "--raw")
    assert gone.exit_code == 1
    assert "plain.txt" in gone.stderr


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """What the machine's opener was given last."""
    told = tmp_path / "opened"
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}.new && mv {told}.new {told}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{opener.parent}:{os.environ['PATH']}")

    def last() -> str:
        until(told.exists, "something was opened")
        said = told.read_text()
        told.unlink()
        return said

    return last


def test_a_file_is_opened_and_an_address_where_there_is_none(
    place: CliInstallation, opened: Callable[[], str]
) -> None:
    page = place.file("page.html", b"x")
    program = place.file("page.desktop", b"x")
    put_in(
        place,
        make_document("page", path=str(page)),
        make_document("program", path=str(program)),
        make_document("gone", path="/nowhere/gone.md"),
    )
    assert place.run("open", page).exit_code == 0
    assert opened() == str(page)
    assert place.run("open", page, "--url").exit_code == 0
    assert opened() == "https://www.example.com/page"
    assert place.run("open", "/nowhere/gone.md").exit_code == 0
    assert opened() == "https://www.example.com/gone"
    refused = place.run("open", program)
    assert refused.exit_code == 2
    assert "could be executed as a program" in refused.stderr


@pytest.mark.redis
def test_of_a_file_whose_name_is_passed_over_the_status_says_so(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    folder = str(tmp_path / "drops")
    place = CliInstallation(tmp_path, redis_server.url, NEWSDROP_FOLDERS=folder)
    assert str(place.drops) == folder
    picture = place.file("a.png", b"\x89PNG")
    hidden = place.file(".git/page.md", place.page("page.md", 1).read_bytes())
    told = {path: place.json("status", "--path", path, code=1)["reason"] for path in (picture, hidden)}
    assert "passed over (asset; docs/watching.md)" in told[picture]
    assert "passed over (hidden; docs/watching.md)" in told[hidden]
    # What nobody passes over is only not known yet.
    new = place.page("new.md", 2)
    assert "no watcher" in place.json("status", "--path", new, code=1)["reason"]


@pytest.mark.redis
def test_a_member_is_found_however_many_exclamation_marks_stand_before_it(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    place = CliInstallation(tmp_path, redis_server.url)
    page = place.page("first.md", 1)
    bundle = place.file("Extra! Extra!/old!.zip", zipped({"page!.md": page.read_bytes()}))
    place.json("ingest", bundle)
    name = f"{bundle}!page!.md"
    shown = place.run("show", name)
    assert shown.exit_code == 0, shown.stderr
    assert place.json("status", "--path", name)["state"] == "indexed"
    # Stored from another file, and known by that name to the ledger only.
    place.json("ingest", page)
    assert f"the article of {name} from another file" in " ".join(place.run("show", name).stderr.split())
    place.json("ingest", bundle)
    assert place.json("forget", name)["forgotten"] == 1
    # Of a bundle that is no longer there, too.
    bundle.unlink()
    assert place.json("status", "--path", name)["state"] == "taken_down"
    assert place.json("status", "--path", f"{bundle}!other.md", code=1)["state"] == "unknown"
