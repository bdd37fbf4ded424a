"""Producers' messages through the real stream into the ledger."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import msgspec
import pytest
from tests.models.ledger_room import Room, dead, indexed, retrying
from tests.servers.redis_server import RedisServer

from newsdrop import enqueue
from newsdrop.documents import DeadLetter, Drop, Stage, Stamp, State
from newsdrop.errors import TooLargeError
from newsdrop.identity import earlier_drop_id, inline_drop_id, path_drop_id
from newsdrop.ledger import keys
from newsdrop.ledger.deadletters import LetterFilter
from newsdrop.ledger.inbox import Inbox
from newsdrop.ledger.receipts import look_up
from newsdrop.options import Limits
from newsdrop.ports import Settlement
from newsdrop.settings import load_settings

pytestmark = pytest.mark.redis


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "drops"
    folder.mkdir()
    return folder


@pytest.fixture
def inbox(room: Room, folder: Path) -> Inbox:
    limits = Limits(message_bytes=10_000, file_bytes=5_000)
    return Inbox(room.client, room.ledger, room.letters, folders=[folder], limits=limits)


def post(room: Room, **message: object) -> str:
    receipt: Any = room.client.xadd(keys.INBOX, {"drop": json.dumps({"v": 1, **message})})
    return str(receipt.decode())


def test_a_path_becomes_a_queued_drop_and_its_receipt_names_it(
    room: Room, inbox: Inbox, folder: Path
) -> None:
    file = folder / "a.md"
    file.write_text("text")
    receipt = post(room, path=str(file), collection="c")
    assert room.became(receipt) is None
    taken = inbox.take()
    assert (taken.messages, taken.queued, taken.rejected, taken.more) == (1, 1, 0, False)
    assert inbox.waiting() == 0
    assert room.became(receipt) == path_drop_id(file.resolve())
    assert 0 < room.client.ttl(keys.RECEIPT + receipt) <= 604_800
    _, drops = room.start()
    assert (drops[0].path, drops[0].collection, drops[0].receipt) == (str(file.resolve()), "c", receipt)
    assert drops[0].stamp.size == 4


@pytest.mark.parametrize("fate", [indexed, dead])
def test_a_path_that_is_sent_again_or_late_changes_nothing_once_newsdrop_put_the_file_away(
    room: Room, inbox: Inbox, folder: Path, fate: Callable[[Drop], Settlement]
) -> None:
    file = folder / "a.md"
    file.write_text("text")
    first = post(room, path=str(file))
    inbox.take()
    batch, (drop,) = room.start()
    room.ledger.finish(batch, "run", [fate(drop)])
    assert room.ledger.put_away([(drop.id, drop.stamp)]) == [True]
    file.unlink()
    before = room.entry(drop)
    second = post(room, path=str(file))
    taken = inbox.take()
    assert (taken.messages, taken.queued, taken.rejected) == (1, 0, 0)
    assert room.entry(drop) == before
    assert room.letters.count() == (before.state is State.DEAD)
    assert look_up(room.client, first).state == look_up(room.client, second).state == before.state.value
    file.write_text("another text")
    post(room, path=str(file))
    assert inbox.take().queued == 1


def test_a_folder_that_leads_round_in_a_circle_holds_up_no_message(room: Room, folder: Path) -> None:
    loop = folder.parent / "loop"
    loop.symlink_to(loop)
    (folder / "a.md").write_text("text")
    inbox = Inbox(room.client, room.ledger, room.letters, folders=[loop, folder])
    for path in (folder / "a.md", loop / "a.md"):
        post(room, path=str(path))
    taken = inbox.take()
    assert (taken.queued, taken.rejected) == (1, 1)


def test_the_receipt_of_a_path_names_its_drop_while_a_worker_has_that_under_an_earlier_id(
    room: Room, inbox: Inbox, folder: Path
) -> None:
    file = (folder / "a!b.md").resolve()
    file.write_text("text")
    info = file.stat()
    old = Drop(
        id=earlier_drop_id(str(file)) or "",
        path=str(file),
        stamp=Stamp.from_ns(info.st_size, info.st_mtime_ns),
    )
    with patch("newsdrop.ledger.ledger.earlier_drop_id", return_value=None):
        room.ledger.enqueue([old])
    receipt = post(room, path=str(file))
    inbox.take()
    batch, drops = room.start()
    assert room.ledger.finish(batch, "run", [indexed(drops[0])])
    assert look_up(room.client, receipt).state == "indexed"


def test_inline_content_is_idempotent_by_its_key(room: Room, inbox: Inbox) -> None:
    content = base64.b64encode(b"text").decode()
    first = post(room, name="x.md", content=content, key="k")
    second = post(room, name="x.md", content=content, key="k")
    other = post(room, name="x.md", content=content)
    assert inbox.take().queued == 2
    assert room.became(first) == room.became(second) == inline_drop_id("k")
    assert room.became(other) == inline_drop_id(other)


def test_a_refused_message_becomes_a_letter_that_its_receipt_names(room: Room, inbox: Inbox) -> None:
    receipt = post(room, path="/etc/passwd")
    taken = inbox.take()
    assert (taken.messages, taken.rejected) == (1, 1)
    letter_id = room.became(receipt)
    assert letter_id is not None
    letter = room.letters.show(letter_id)
    assert letter is not None
    assert (letter.stage, letter.error_type, letter.receipt) == (Stage.MESSAGE, "ForbiddenPathError", receipt)
    assert json.loads(letter.raw or b"") == {"v": 1, "path": "/etc/passwd"}


def test_an_entry_without_our_field_is_refused_and_not_kept_for_ever(room: Room, inbox: Inbox) -> None:
    room.client.xadd(keys.INBOX, {"something": "else"})
    assert inbox.take().rejected == 1
    assert inbox.waiting() == 0


def kept(room: Room) -> list[DeadLetter]:
    shown = [room.letters.show(letter.id) for letter in room.letters.list()]
    return [letter for letter in shown if letter is not None]


def test_a_message_under_a_wrong_name_is_kept_whole_and_replayed_under_the_right_one(
    room: Room, inbox: Inbox
) -> None:
    message = json.dumps({"v": 1, "name": "x.md", "content": base64.b64encode(b"x" * 4_000).decode()})
    room.client.xadd(keys.INBOX, {"Drop": message})
    inbox.take()
    (letter,) = kept(room)
    assert letter.raw == message.encode()
    assert "`drop`, but: Drop." in letter.error_message
    assert room.letters.replay([letter.id], "me") == 1
    assert inbox.take().queued == 1


def test_an_entry_without_our_field_keeps_all_of_its_fields(room: Room, inbox: Inbox) -> None:
    room.client.xadd(keys.INBOX, {"v": "1", "path": "/é", b"\xff": b"\x00\xfe"})
    inbox.take()
    (letter,) = kept(room)
    assert json.loads(letter.raw or b"") == [
        ["v", "1"], ["path", "/é"], [{"base64": "/w=="}, {"base64": "AP4="}]
    ]  # fmt: skip


def test_each_of_several_messages_in_one_entry_is_taken(room: Room, inbox: Inbox) -> None:
    def message(key: str) -> str:
        return json.dumps({"v": 1, "name": "x.md", "content": "eA==", "key": key})

    fields = ("drop", message("1"), "drop", "rubbish", "note", "x", "drop", message("3"))
    receipt: Any = room.client.execute_command("XADD", keys.INBOX, "*", *fields)

    def became() -> list[str]:
        return [look_up(room.client, f"{receipt.decode()}{more}").state for more in ("", ".2", ".3")]

    assert became() == ["waiting"] * 3
    taken = inbox.take()
    assert (taken.messages, taken.queued, taken.rejected, inbox.waiting()) == (3, 2, 1, 0)
    (letter,) = kept(room)
    assert (letter.raw, letter.receipt) == (b"rubbish", f"{receipt.decode()}.2")
    assert became() == ["queued", "rejected", "queued"]
    assert look_up(room.client, "1600000000000-0.2").state == "forgotten"
    # Redis takes no such number.
    for number in (2**64, 10**20 - 1):
        assert (
            look_up(room.client, f"{number}-0").state
            == look_up(room.client, f"1-{number}").state
            == "unknown"
        )


def test_an_entry_with_more_messages_than_a_batch_holds_becomes_several(room: Room, inbox: Inbox) -> None:
    most = room.ledger.limits.batch_drops
    fields = [
        text
        for number in range(2 * most + 1)
        for text in ("drop", json.dumps({"v": 1, "name": "x.md", "content": "eA==", "key": f"{number}"}))
    ]
    room.client.execute_command("XADD", keys.INBOX, "*", *fields)
    assert inbox.take().queued == 2 * most + 1
    assert sorted(len(view.drops) for view in room.ledger.batches()) == [1, most, most]


def test_a_large_refused_message_is_kept_whole_up_to_the_limit(room: Room) -> None:
    inbox = Inbox(room.client, room.ledger, room.letters)
    content = base64.b64encode(b"x" * 300_000).decode()
    receipt = post(room, name="x.md", content=content, colection="misspelt")
    too_large = room.client.xadd(keys.INBOX, {"drop": b"x" * (room.ledger.limits.message_bytes + 1)})
    inbox.take()
    whole = room.letters.show(room.became(receipt) or "")
    assert whole is not None
    assert json.loads(whole.raw or b"")["content"] == content
    left: Counter[str] = Counter()
    assert room.letters.replay(LetterFilter(), "me", left=left) == 1
    assert left == {"Only the beginning of its message was kept.": 1}
    cut = room.letters.show(room.became(str(cast(bytes, too_large).decode())) or "")
    assert cut is not None
    assert len(cut.raw or b"") == room.ledger.limits.message_raw_bytes
    assert "Only the first 262144 bytes are kept." in cut.error_message


def test_a_letter_that_an_earlier_version_cut_is_not_replayed(room: Room, inbox: Inbox) -> None:
    receipt = post(room, name="x.md", content="eA==", colection="misspelt")
    inbox.take()
    name = room.became(receipt) or ""
    packed: Any = room.client.get(keys.LETTER + name)
    letter = msgspec.msgpack.decode(packed)
    del letter["whole"]
    room.client.set(keys.LETTER + name, msgspec.msgpack.encode(letter))
    room.client.set(keys.BODY + name, b"x" * room.ledger.limits.message_raw_bytes)
    left: Counter[str] = Counter()
    assert room.letters.replay([name], "me", left=left) == 0
    assert left == {"Only the beginning of its message was kept.": 1}


def test_a_refused_message_can_be_replayed_once_the_reason_is_gone(
    room: Room, inbox: Inbox, tmp_path: Path
) -> None:
    file = tmp_path / "elsewhere.md"
    file.write_text("text")
    receipt = post(room, path=str(file))
    inbox.take()
    assert room.letters.replay([room.became(receipt) or ""], "me") == 1
    wider = Inbox(room.client, room.ledger, room.letters, folders=[tmp_path])
    assert wider.take().queued == 1
    assert room.letters.count() == 0


def test_two_takers_take_each_message_once(room: Room, inbox: Inbox, folder: Path) -> None:
    post(room, path=str(folder / "a.md"))
    entries = inbox._read(8, "-")
    assert inbox.take().messages == 1
    items = [inbox._item(receipt, fields, [folder]) for receipt, fields in entries]
    limits = room.ledger.wire_limits()
    late = room.ledger.scripts.run("take", {"items": items, "lane": "newsdrop.ingest", "limits": limits})
    assert late == [0, 0, 0]


def test_a_take_is_bounded_and_says_that_there_is_more(room: Room, inbox: Inbox, folder: Path) -> None:
    for number in range(100):
        post(room, path=str(folder / f"{number}.md"))
    assert (inbox.take().messages, inbox.waiting()) == (64, 36)
    taken = inbox.take()
    assert (taken.messages, taken.more, inbox.waiting()) == (36, False, 0)


def test_large_messages_are_taken_few_at_a_time(room: Room, folder: Path) -> None:
    inbox = Inbox(room.client, room.ledger, room.letters)
    content = base64.b64encode(b"x" * 3_000_000).decode()
    for number in range(10):
        post(room, name="x.md", content=content, key=f"{number}")
    assert inbox.take().messages == 8
    # A batch's bytes are bounded too: a worker gets them all at once.
    assert sorted(len(view.drops) for view in room.ledger.batches()) == [3, 5]


def test_an_unchanged_dead_inline_drop_posted_again_stays_dead(room: Room, inbox: Inbox) -> None:
    content = base64.b64encode(b"text").decode()
    post(room, name="x.md", content=content, key="k")
    inbox.take()
    batch, drops = room.start()
    room.ledger.finish(batch, "run", [dead(drops[0])])
    post(room, name="x.md", content=content, key="k")
    assert inbox.take().queued == 0
    assert room.state(drops[0]) is State.DEAD


def called(number: int) -> dict[str, str]:
    text = b"text" + b"!" * number
    return {
        "name": f"{number}.md",
        "content": base64.b64encode(text).decode(),
        "key": "k",
        "collection": f"c{number}",
    }


def what(drop: Drop) -> tuple[str | None, str | None, bytes | None]:
    return drop.name, drop.collection, drop.content


@pytest.mark.parametrize("fate", [indexed, retrying, dead])
def test_other_bytes_under_a_key_that_is_queued_bring_their_own_name_and_collection(
    room: Room, inbox: Inbox, fate: Callable[[Drop], Settlement]
) -> None:
    for number in range(2):
        post(room, **called(number))
        inbox.take()
    batch, drops = room.start("first")
    assert [what(drop) for drop in drops] == [("1.md", "c1", b"text!")]
    # And while a worker has it.
    post(room, **called(2))
    inbox.take()
    room.ledger.finish(batch, "first", [fate(drops[0])])
    room.clock.sleep(10)
    assert room.ledger.due() == 1
    batch, drops = room.start("second")
    assert [what(drop) for drop in drops] == [("2.md", "c2", b"text!!")]
    room.ledger.finish(batch, "second", [dead(drops[0])])
    (letter,) = room.letters.list()
    assert (letter.name, letter.collection) == ("2.md", "c2")
    assert not room.client.exists(keys.NEWER)


def test_what_a_dead_drop_was_sent_as_last_is_forgotten_with_its_bytes(room: Room, inbox: Inbox) -> None:
    for number in range(2):
        post(room, **called(number))
        inbox.take()
    drop = Drop(id=inline_drop_id("k"), stamp=Stamp(5, 0))
    for _ in range(2):
        room.kill_alone(drop)
    assert room.letters.discard([drop.id], "me") == 1
    assert not room.client.exists(keys.NEWER, keys.BODY + drop.id)


def test_other_bytes_under_the_same_key_are_ingested_again(room: Room, inbox: Inbox) -> None:
    post(room, name="x.md", content=base64.b64encode(b"text").decode(), key="k")
    inbox.take()
    batch, drops = room.start("1")
    post(room, name="x.md", content=base64.b64encode(b"longer").decode(), key="k")
    inbox.take()
    room.ledger.finish(batch, "1", [indexed(drops[0])])
    for run in "23":
        room.ledger.due()
        batch, drops = room.start(run)
        assert drops[0].content == b"longer"
        read = drops[0].stamp.__class__(len(drops[0].content), 0)
        room.ledger.finish(batch, run, [indexed(drops[0], read)])
    assert room.state(drops[0]) is State.INDEXED


def test_one_setting_raises_the_bound_of_producer_and_inbox_alike(
    room: Room, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSDROP_LIMITS_MESSAGE_BYTES", "60000000")
    monkeypatch.setenv("NEWSDROP_LIMITS_FILE_BYTES", "40000000")
    # No compression makes these fewer; base64 makes more of them than 30 MB.
    content = random.Random(1).randbytes(25_000_000)
    for where in ({"redis_url": redis_server.url}, {}):
        monkeypatch.setenv("NEWSDROP_REDIS_URL", redis_server.url)
        assert enqueue(content, name="large.md", key=str(where), **where)
    limits = load_settings().limits
    taken = Inbox(room.client, room.ledger, room.letters, limits=limits).take()
    assert (taken.queued, taken.rejected) == (2, 0)


def test_a_message_over_the_bound_is_refused_before_it_is_sent_and_the_setting_is_named(
    room: Room, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSDROP_LIMITS_MESSAGE_BYTES", "500")
    with pytest.raises(TooLargeError, match=r"limits\.message_bytes \(500; NEWSDROP_LIMITS_MESSAGE_BYTES"):
        enqueue(bytes(600), name="a.md", redis_url=redis_server.url)
    assert room.client.xlen(keys.INBOX) == 0
