"""A member of a bundle brings its article again when the newer file of it goes: by itself or by the audit."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
import redis
from tests.corpus import seed_like
from tests.corpus.layouts import comment_line
from tests.corpus.sites import when_ms
from tests.inputs.bundle_files import zipped
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.waiting import until

from newsdrop.ledger import keys

pytestmark = pytest.mark.redis

SECOND = seed_like(1, seed=2, html_bytes=4_000)


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> CliInstallation:
    place = CliInstallation(
        tmp_path, redis_server.url, NEWSDROP_WORKER_PROCESSES="1", NEWSDROP_QUEUE_RECONCILE_S="0.5"
    )
    place.variables["NEWSDROP_FOLDERS"] = json.dumps([{"path": str(place.drops), "on_delete": "remove"}])
    pages = {f"{number}.txt": seed_like(number, html_bytes=4_000) for number in range(3)}
    old(place.file("pages.zip", zipped(pages)))
    old(place.page("other.txt", 5))
    return place


def old(path: Path, at_s: int = 1_600_000_000) -> Path:
    """Let a file look settled for hours: the audit excuses young ones."""
    os.utime(path, (at_s, at_s))
    return path


def test_a_member_is_read_again_when_the_newer_file_of_its_article_goes(place: CliInstallation) -> None:
    with place.at_work():
        until(lambda: place.documents() == 4, "all indexed")
        newer = old(place.file("newer.txt", SECOND))
        until(lambda: place.counts().get("indexed") == 5, "the newer one")
        newer.unlink()
        until(lambda: place.counts().get("removed") == 1, "it goes")
        until(lambda: place.documents() == 4, "the member's is back")
    assert place.json("audit", place.drops)["ok"]


def test_a_member_is_read_again_when_the_newer_file_of_its_article_is_corrected(
    place: CliInstallation,
) -> None:
    with place.at_work():
        until(lambda: place.documents() == 4, "all indexed")
        newer = old(place.file("newer.txt", captured(SECOND, 1, 60_000)))
        until(lambda: place.counts() == {"indexed": 5, "expanded": 1}, "the newer one")
        old(place.file("newer.txt", captured(SECOND, 1, -60_000)), 1_600_000_060)
        until(lambda: brought_by(place, 1).endswith("/pages.zip"), "the member's article")
    assert newer.exists()
    assert place.json("audit", place.drops)["ok"]


def captured(page: bytes, number: int, later_ms: int) -> bytes:
    """The page of this number as it was captured so much later."""
    at_ms = when_ms(number)
    return page.replace(comment_line(at_ms).encode(), comment_line(at_ms + later_ms).encode())


def brought_by(place: CliInstallation, number: int) -> str:
    """The file from which the index has an article; "" if it has none."""
    hits = place.json("search")["hits"]
    paths = [str(one["path"]) for one in hits if one["url"].endswith(f"-{60_000_000 + number}")]
    return "".join(paths)


def test_the_audit_mends_it_when_the_ledger_no_longer_knows_what_went(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    with place.at_work():
        until(lambda: place.documents() == 4, "all indexed")
        newer = old(place.file("newer.txt", SECOND))
        until(lambda: place.counts().get("indexed") == 5, "the newer one")
    newer.unlink()
    with place.start("worker") as worker:
        place.variables["NEWSDROP_WATCH_RESCAN_S"] = "3600"
        with place.start("watch") as watcher:
            until(lambda: place.counts().get("removed") == 1, "it goes")
            redis_client.delete(keys.REMOVED)
            found = place.json("audit", place.drops, "--repair", code=1)
            assert [one["path"] for one in found["unaccounted"]] == [f"{place.drops}/pages.zip!1.txt"]
            until(lambda: place.documents() == 4, "the member's is back")
            for process in (watcher, worker):
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=120)
    assert place.json("audit", place.drops)["ok"]


def test_the_article_of_a_page_goes_that_a_bundle_has_taken_the_place_of(place: CliInstallation) -> None:
    with place.at_work():
        until(lambda: place.documents() == 4, "all indexed")
        newer = old(place.file("newer.txt", captured(seed_like(7, html_bytes=4_000), 7, 60_000)))
        until(lambda: place.counts().get("indexed") == 5, "the newer one")
        older = old(place.file("older.txt", captured(seed_like(7, html_bytes=4_000), 7, -60_000)))
        until(lambda: place.counts().get("superseded") == 1, "the older one")
        old(place.file("newer.txt", zipped({"8.txt": seed_like(8, html_bytes=4_000)})), 1_600_000_060)
        until(lambda: brought_by(place, 8) == str(newer), "the bundle's member")
        until(lambda: brought_by(place, 7) == str(older), "the older one is the newest that is there")
        old(older.rename(place.drops / "8.tmp"))
        until(lambda: place.documents() == 5, "it goes, too")
    assert place.json("audit", place.drops)["ok"]
