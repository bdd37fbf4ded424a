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
    with place.running("up"):
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
    with place.running("up"):
        until(lambda: place.documents() == 4, "all indexed")
        newer = old(place.file("newer.txt", captured(SECOND, when_ms(1) + 60_000)))
        until(lambda: place.counts() == {"indexed": 5, "expanded": 1}, "the newer one")
        old(place.file("newer.txt", captured(SECOND, when_ms(1) - 60_000)), 1_600_000_060)
        until(lambda: brought_by(place, 1).endswith("/pages.zip"), "the member's article")
    assert newer.exists()
    assert place.json("audit", place.drops)["ok"]


def captured(page: bytes, at_ms: int) -> bytes:
    return page.replace(comment_line(when_ms(1)).encode(), comment_line(at_ms).encode())


def brought_by(place: CliInstallation, number: int) -> str:
    """The file from which the index has an article."""
    hits = place.json("search")["hits"]
    (path,) = (one["path"] for one in hits if one["url"].endswith(f"-{60_000_000 + number}"))
    return str(path)


def test_the_audit_mends_it_when_the_ledger_no_longer_knows_what_went(
    place: CliInstallation, redis_client: redis.Redis
) -> None:
    with place.running("up"):
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
