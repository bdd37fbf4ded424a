"""What a hostile producer tries on a real worker: nothing outside the folders is read, nothing swells."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.corpus import seed_like
from tests.servers.redis_server import RedisServer
from tests.servers.stack import Stack
from tests.waiting import until

pytestmark = [pytest.mark.redis, pytest.mark.slow]
MEGABYTE = 1_000_000


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path, redis=RedisServer().start(), extra={"NEWSDROP_QUEUE_MESSAGE_LETTERS": "200"})
    stack.start("worker", "worker")
    yield stack
    stack.close()


def send(client: redis.Redis, *messages: Any) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for message in messages:
            text = message if isinstance(message, str | bytes) else json.dumps(message)
            pipeline.xadd("newsdrop:inbox", {"drop": text})
        pipeline.execute()


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4_096 / 1e6


def test_no_message_reads_what_lies_outside_the_folders(stack: Stack) -> None:
    secret = stack.base / "secret.md"
    secret.write_bytes(seed_like(66, html_bytes=3_000))
    (stack.drops / "link.md").symlink_to(secret)
    (stack.drops / "up").symlink_to(stack.base)
    (stack.base / "drops-not").mkdir()
    (stack.base / "drops-not" / "a.md").write_bytes(seed_like(67, html_bytes=3_000))
    paths = [
        str(secret), f"{stack.drops}/../secret.md", f"{stack.drops}/link.md", f"{stack.drops}/up/secret.md",
        f"{stack.drops}-not/a.md", "/etc/passwd", "/proc/self/environ", "/proc/self/cwd/secret.md",
        "/dev/zero", "secret.md", f"file://{secret}", f"{stack.drops}", f"{stack.drops}/", "/",
    ]  # fmt: skip
    assert stack.redis is not None
    client = stack.redis.client()
    send(client, *({"v": 1, "path": path} for path in paths))
    for number, path in enumerate(paths):
        body = base64.b64encode(json.dumps([[], {"path": path}, {}]).encode()).decode()
        envelope = {
            "body": body, "content-type": "application/json", "content-encoding": "utf-8",
            "headers": {"task": "newsdrop.enqueue", "id": f"hostile-{number}"},
            "properties": {"delivery_tag": f"{number}", "body_encoding": "base64",
                           "delivery_info": {"exchange": "", "routing_key": "newsdrop.requests"}},
        }  # fmt: skip
        client.lpush("newsdrop:newsdrop.requests", json.dumps(envelope))
    until(lambda: client.zcard("newsdrop:dead-messages") == 2 * len(paths), "each is a letter")
    client.close()
    letters = stack.json("dead", "list")
    assert {letter["error_type"] for letter in letters} == {"ForbiddenPathError", "InvalidMessageError"}
    assert stack.json("status")["index"]["documents"] == 0


def test_bombs_and_floods_are_refused_and_a_good_file_gets_through(stack: Stack) -> None:
    inline = {"v": 1, "name": "x.md", "encoding": "gzip"}
    zeros = gzip.compress(bytes(200 * MEGABYTE), compresslevel=9)
    bombs = [
        {**inline, "content": base64.b64encode(zeros).decode()},
        {**inline, "content": base64.b64encode(gzip.compress(zeros)).decode()},
        {"v": 1, "name": "x.md", "content": "A" * 29 * MEGABYTE},
        "[" * MEGABYTE,
        '{"v":1,"path":' * 100_000,
        '{"v":1,"name":"' + "x" * MEGABYTE + '","content":""}',
        '{"v":' + "9" * MEGABYTE + "}",
        "A" * 31 * MEGABYTE,
    ]
    assert stack.redis is not None
    client = stack.redis.client()
    until(lambda: client.exists("newsdrop:report:worker"), "the worker has reported")
    worker = stack.processes["worker"].pid
    before = resident_mb(worker)
    send(client, *bombs)
    for start in range(0, 2_000, 500):
        send(client, *(f"rubbish {number}" for number in range(start, start + 500)))
    good = base64.b64encode(seed_like(1, html_bytes=3_000)).decode()
    send(client, {"v": 1, "name": "good.md", "content": good})
    until(lambda: client.hget("newsdrop:counts", "indexed") == b"1", "the good one is indexed", timeout_s=150)
    until(lambda: client.xlen("newsdrop:inbox") == 0, "the inbox is empty")
    until(lambda: client.zcard("newsdrop:dead-messages") <= 200, "letters are trimmed", timeout_s=120)
    assert stack.processes["worker"].poll() is None
    assert resident_mb(worker) - before < 300, "at most a few messages of the largest size at a time"
    assert client.info("memory")["used_memory"] < 200 * MEGABYTE
    client.close()
