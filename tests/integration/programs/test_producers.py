"""Other people's programs: every example of docs/producers.md against a real worker, and what one can ask."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.corpus import seed_like
from tests.project.producer_examples import examples, prepared, program_or_skip, run
from tests.servers.cli_installation import CliInstallation
from tests.servers.redis_server import RedisServer
from tests.servers.stack import ROOT, Stack
from tests.waiting import until

from newsdrop import enqueue, look_up, state
from newsdrop.ledger import keys
from newsdrop.ledger.receipts import SentState

pytestmark = [pytest.mark.redis, pytest.mark.slow]
RUNS = {
    "node-install",
    "node",
    "celery-node-install",
    "celery-node",
    "go-install",
    "go",
    "python",
    "celery",
    "redis-cli",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One worker over an embedded index; nobody watches, so that all comes from producers."""
    stack = Stack(tmp_path_factory.mktemp("producers"), redis=RedisServer().start())
    stack.start("worker", "worker")
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[redis.Redis]:
    assert stack.redis is not None
    client = stack.redis.client()
    yield client
    client.close()


@pytest.fixture
def url(stack: Stack) -> str:
    assert stack.redis is not None
    return stack.redis.url


@pytest.fixture
def cli(tmp_path: Path, url: str) -> CliInstallation:
    """The commands in this process, over the same Redis."""
    return CliInstallation(tmp_path, url)


def page(stack: Stack, name: str) -> Path:
    """A good file; each name is another article."""
    path = stack.drops / name
    path.write_bytes(seed_like(sum(name.encode()), html_bytes=1_500))
    return path


def reaches(wanted: SentState, url: str, receipt: str | None = None, **asked: str) -> None:
    until(lambda: state(receipt, **asked, redis_url=url) is wanted, f"{receipt or asked} to be {wanted}")


def test_every_example_of_the_page_is_run_here() -> None:
    assert set(examples()) == RUNS


def test_python(stack: Stack, url: str) -> None:
    path = page(stack, "python.md")
    environment: dict[str, Any] = {"NEWSDROP_REDIS_URL": url, "PYTHONPATH": str(ROOT / "workers")}
    printed = run(stack.base, sys.executable, "-c", examples()["python"], str(path), **environment).split()
    assert len(printed) == 5
    for receipt in (printed[0], printed[1], *printed[3:]):
        reaches(SentState.INDEXED, url, receipt)
    reaches(SentState.INDEXED, url, key="order-17")


def test_redis_cli(client: redis.Redis, url: str) -> None:
    for line in examples()["redis-cli"].splitlines():
        program, *command = shlex.split(line)
        assert program == "redis-cli"
        receipt = str(client.execute_command(*command).decode())
        # The path of the first is in no folder of ours.
        reaches(SentState.REJECTED if '"path"' in line else SentState.INDEXED, url, receipt)


@pytest.mark.timeout(900)
def test_node_with_the_plain_redis_client(stack: Stack, url: str) -> None:
    node = program_or_skip("node")
    program_or_skip("npm")
    paths = [str(page(stack, name)) for name in ("node-1.md", "node 二.md")]
    folder = prepared("node", "node.mjs", "node-install", "celery-node-install")
    receipts = run(folder, node, "node.mjs", *paths, NEWSDROP_REDIS_URL=url).split()
    assert len(receipts) == 4
    for receipt in receipts:
        reaches(SentState.INDEXED, url, receipt)
    reaches(SentState.INDEXED, url, key=f"node-{paths[1]}")


@pytest.mark.timeout(900)
def test_node_with_celery_node(stack: Stack, url: str) -> None:
    node = program_or_skip("node")
    program_or_skip("npm")
    path = str(page(stack, "celery-node.md"))
    folder = prepared("node", "celery-node.mjs", "node-install", "celery-node-install")
    run(folder, node, "celery-node.mjs", path, NEWSDROP_REDIS_URL=url)
    reaches(SentState.INDEXED, url, path=path)


@pytest.mark.timeout(900)
def test_go_with_go_redis(stack: Stack, url: str) -> None:
    go = program_or_skip("go")
    path = str(page(stack, "go.md"))
    folder = prepared("go", "main.go", "go-install")
    run(folder, go, "build", "-o", "send", ".")
    receipts = run(folder, str(folder / "send"), path, NEWSDROP_REDIS_URL=url).split()
    assert len(receipts) == 2
    for receipt in receipts:
        reaches(SentState.INDEXED, url, receipt)
    reaches(SentState.INDEXED, url, key=f"go-{path}")


def test_celery_by_name(stack: Stack, url: str) -> None:
    path = str(page(stack, "celery.md"))
    run(stack.base, sys.executable, "-c", examples()["celery"], path, NEWSDROP_REDIS_URL=url)
    reaches(SentState.INDEXED, url, path=path)


def test_the_state_of_files_content_and_rejected_messages_can_be_asked_by_receipt(
    stack: Stack, cli: CliInstallation, url: str
) -> None:
    path = page(stack, "asked.md")
    sent = {
        SentState.INDEXED: [
            enqueue(path, redis_url=url),
            enqueue(path.read_bytes() + b"1", name="a.md", redis_url=url),
        ],
        SentState.DEAD: [enqueue(b"no article", name="b.md", key="bad", redis_url=url)],
        SentState.GONE: [enqueue(stack.drops / "nothing.md", redis_url=url)],
        SentState.REJECTED: [enqueue("/etc/hostname", redis_url=url)],
    }
    for wanted, receipts in sent.items():
        for receipt in receipts:
            reaches(wanted, url, receipt)
            assert look_up(receipt, redis_url=url).settled
    dead, rejected = (
        cli.json("status", "--id", sent[one][0]) for one in (SentState.DEAD, SentState.REJECTED)
    )
    assert [found["state"] for found in (dead, rejected)] == ["dead", "rejected"]
    assert cli.json("dead", "show", rejected["letter"])["id"] == rejected["letter"]
    assert "not below a configured folder" in rejected["reason"]
    assert cli.json("status", "--key", "bad")["drop"] == dead["drop"]
    assert cli.json("status", "--path", str(path))["state"] == "indexed"
    shown = cli.run("status", "--id", sent[SentState.DEAD][0]).stdout
    assert "dead" in shown
    assert dead["reason"][:30] in shown


def test_after_the_receipt_has_expired_the_answer_is_clear_and_the_drop_can_still_be_asked(
    stack: Stack, cli: CliInstallation, client: redis.Redis, url: str
) -> None:
    path = page(stack, "expired.md")
    old = 1_700_000_000_000
    messages = {
        "path": f'{{"v":1,"path":"{path}"}}',
        "keyed": '{"v":1,"name":"k.md","content":"eA==","key":"expired"}',
        "keyless": '{"v":1,"name":"n.md","content":"eQ=="}',
        "rejected": '{"v":2}',
    }
    # In Redis' own order of ids; those of today follow them.
    client.delete(keys.INBOX)
    xadd: Any = client.xadd
    receipts = {
        name: str(xadd(keys.INBOX, {"drop": text}, id=f"{old + at}-0").decode())
        for at, (name, text) in enumerate(messages.items())
    }
    for receipt in receipts.values():
        until(partial(_settled, receipt, url), "it is taken in and settled")
        assert client.pexpire(keys.RECEIPT + receipt, 1)
    until(lambda: not any(client.exists(keys.RECEIPT + one) for one in receipts.values()), "expiry")
    for name in ("path", "keyed"):
        found = cli.json("status", "--id", receipts[name], code=1)
        assert found["state"] == "forgotten"
        assert "7 days" in found["reason"]
    assert state(receipts["keyless"], redis_url=url) is SentState.DEAD
    assert state(receipts["rejected"], redis_url=url) is SentState.REJECTED
    assert state(path=path, redis_url=url) is SentState.INDEXED
    by_key = look_up(key="expired", redis_url=url)
    assert by_key.state is SentState.DEAD
    assert look_up(by_key.drop, redis_url=url).state is SentState.DEAD


def _settled(receipt: str, url: str) -> bool:
    found = look_up(receipt, redis_url=url)
    return found.settled and found.state is not SentState.FORGOTTEN


def test_what_was_never_sent_is_unknown_and_wrong_questions_are_refused(
    cli: CliInstallation, url: str
) -> None:
    for nothing in ("no such thing", "\udcff"):
        assert cli.json("status", "--id", nothing, code=1)["state"] == "unknown"
    assert cli.run("status", "--id", "1-1", "--key", "k").exit_code == 2
    with pytest.raises(ValueError, match="one of"):
        state(redis_url=url)
