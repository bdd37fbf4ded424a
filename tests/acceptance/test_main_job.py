"""A person's way through the whole product, with real processes and real servers.

The same scenario runs twice: watcher + two workers + Redis + Elasticsearch, and `newsdrop up` with the
embedded servers, which is what someone gets who set nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.corpus import seed_like
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import until

from newsdrop.identity import url_document_id
from newsdrop.index.factory import open_store
from newsdrop.settings import load_settings

pytestmark = pytest.mark.timeout(600)
BURST = 2_000
SMALL = 3_000


@pytest.fixture(params=["elasticsearch", "embedded"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    if request.param == "elasticsearch":
        url = request.getfixturevalue("elasticsearch_url")
        stack = Stack(
            tmp_path, warm=False, elasticsearch_url=url, redis=RedisServer(("--appendonly", "yes")).start()
        )
        assert stack.run("index", "init").returncode == 0
        stack.start("watch", "watch")
        stack.start("worker-1", "worker")
        stack.start("worker-2", "worker")
    else:
        stack = Stack(tmp_path, warm=False)
        stack.start("up", "up", str(stack.drops))
    yield stack
    stack.close()


def url_of(data: bytes) -> str:
    match = re.search(rb"^\[.*\]\((.*)\)$", data, re.MULTILINE)
    assert match
    return match[1].decode()


def write_slowly(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        for start in range(0, len(data), max(1, len(data) // 5)):
            out.write(data[start : start + max(1, len(data) // 5)])
            out.flush()
            time.sleep(0.25)


def in_index(stack: Stack, urls: list[str]) -> set[str]:
    store = open_store(load_settings(stack.environ))
    ids = {url_document_id(url): url for url in urls}
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        found |= {ids[one] for one in store.stored(list(ids)[start : start + 500])}
    store.close()
    return found


def test_the_main_job(stack: Stack) -> None:
    files = {f"{number:05}.md": seed_like(number, html_bytes=SMALL) for number in range(BURST + 2)}
    names = list(files)

    # Slowly written, moved in by rename, and a burst into a new subfolder.
    write_slowly(stack.drops / names[0], files[names[0]])
    outside = stack.base / "outside.md"
    outside.write_bytes(files[names[1]])
    outside.rename(stack.drops / names[1])
    burst = stack.drops / "bbc" / "2022"
    burst.mkdir(parents=True)
    for name in names[2:]:
        (burst / name).write_bytes(files[name])
    broken = {
        "empty.md": b"",
        "picture.md": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "letter.md": "你好，再见。".encode(),
    }
    for name, data in broken.items():
        (stack.drops / name).write_bytes(data)

    total = len(files) + len(broken)
    states = until(stack.settled(total), "every file has its fate", timeout_s=240)
    assert states == {"indexed": len(files), "dead": len(broken)}

    urls = [url_of(data) for data in files.values()]
    assert in_index(stack, urls) == set(urls)
    audit = stack.json("audit", str(stack.drops))
    assert audit["ok"] is True
    assert audit["unaccounted"] == []
    assert audit["files"] == total

    # Broken files tell a person why.
    letters = {Path(letter["path"]).name: letter for letter in stack.json("dead", "list")}
    assert set(letters) == set(broken)
    assert "empty" in letters["empty.md"]["error_message"].lower()
    assert "png" in letters["picture.md"]["error_message"].lower()
    assert "expected" in letters["letter.md"]["error_message"].lower()

    mend_and_replay(stack, total)


def mend_and_replay(stack: Stack, total: int) -> None:
    # Mended on disk, a file comes back by itself …
    mended = seed_like(900_001, html_bytes=SMALL)
    (stack.drops / "empty.md").write_bytes(mended)
    until(lambda: in_index(stack, [url_of(mended)]), "the mended file is indexed", timeout_s=60)
    # … and by replay; replaying what was not mended ends as the same letter with one more attempt.
    done = stack.run("dead", "replay", "--path", "*picture.md")
    assert done.returncode == 0, done.stderr

    def tried_again() -> bool:
        letter = next(one for one in stack.json("dead", "list") if one["path"].endswith("picture.md"))
        return len(letter["attempts"]) == 2

    until(tried_again, "the replay failed again, on the same letter", every_s=1)
    again = seed_like(900_002, html_bytes=SMALL)
    stat = (stack.drops / "letter.md").stat()
    (stack.drops / "letter.md").write_bytes(again)
    done = stack.run("dead", "replay", "--path", "*letter.md")
    assert done.returncode == 0, done.stderr
    assert stat.st_size
    until(lambda: in_index(stack, [url_of(again)]), "the replayed file is indexed", timeout_s=60)
    states = until(stack.settled(total), "all at rest")
    assert states == {"indexed": total - 1, "dead": 1}
    assert stack.json("audit", str(stack.drops))["ok"] is True
