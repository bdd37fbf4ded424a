from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.errors import ConfigError, InvalidMessageError, OutageError, TooLargeError
from newsdrop.ledger import inbox
from newsdrop.ledger.producer import _encode, enqueue, enqueue_many, message_of, state, with_key
from newsdrop.options import Limits

#: Nobody listens on port 1 of this machine.
NOBODY = "redis://127.0.0.1:1/0"


def message(drop: Any, **more: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"name": None, "key": None, "collection": None} | more
    return message_of(drop, **arguments)


def validated(drop: Any, **more: Any) -> Any:
    return inbox.validate(_encode(message(drop, **more), Limits()).encode(), "1-0", folders=[Path("/")])


@given(st.binary(max_size=5_000))
def test_bytes_arrive_as_they_were_sent(data: bytes) -> None:
    assert validated(data, name="x").content == data


def test_large_contents_are_packed() -> None:
    sent = message(b"a" * 5_000, name="x")
    assert sent["encoding"] == "gzip"
    assert gzip.decompress(base64.b64decode(sent["content"])) == b"a" * 5_000


@given(
    st.binary(min_size=1, max_size=40).filter(lambda raw: not {0, 47} & set(raw) and raw not in (b".", b".."))
)
def test_any_name_a_file_can_have_arrives(name: bytes) -> None:
    path = os.fsdecode(b"/nowhere/" + name)
    assert validated(path).path == path


def test_a_relative_path_is_made_absolute_where_the_producer_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert message(Path("a.md"))["path"] == str(tmp_path / "a.md")


@pytest.mark.parametrize(
    ("drop", "more"),
    [
        (b"x", {}),
        (b"x", {"name": ""}),
        ("/a", {"name": "n"}),
        ("/a", {"key": "k"}),
        # Variables that aren't set, most likely.
        ("", {}),
        (b"x", {"name": "n", "key": ""}),
        ("/a", {"collection": ""}),
        # What the inbox would refuse.
        (b"x", {"name": "n", "key": 5}),
        (b"x", {"name": "n", "key": "k" * 513}),
        (b"x", {"name": "n" * 513}),
        (b"x", {"name": "n\0"}),
        (b"x", {"name": "n", "key": "\ud800"}),
        ("/a", {"collection": "c" * 513}),
        ("/a\0b", {}),
        ("/\ud800", {}),
        ("/" + "a" * 16_384, {}),
    ],
    ids=lambda part: repr(part)[:30],
)
def test_what_makes_no_sense_is_refused_before_it_is_sent(drop: Any, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessageError):
        message(drop, **more)


def test_content_that_the_inbox_would_refuse_for_its_size_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NEWSDROP_LIMITS_FILE_BYTES", "3000")
    large: list[Any] = [kind(b"a" * 3_001) for kind in (bytes, bytearray, memoryview)]
    for data in large:
        with pytest.raises(TooLargeError):
            enqueue(data, name="n", redis_url=NOBODY)
    with pytest.raises(TooLargeError):
        enqueue_many([("n", b"a" * 3_001)], redis_url=NOBODY)


@pytest.mark.parametrize("drops", ["/a/b.md", b"bytes"])
def test_many_are_no_single_path_whose_letters_would_be_sent(drops: Any) -> None:
    with pytest.raises(TypeError, match="a list of paths"):
        enqueue_many(drops, redis_url=NOBODY)


def test_a_producer_without_redis_gets_an_error_and_no_receipt() -> None:
    for call in (lambda: enqueue("/a", redis_url=NOBODY), lambda: enqueue_many(["/a"], redis_url=NOBODY)):
        with pytest.raises(OutageError):
            call()
    with pytest.raises(OutageError):
        state("1-0", redis_url=NOBODY)


def test_a_wrong_url_is_a_setting_to_change() -> None:
    with pytest.raises(ConfigError):
        enqueue("/a", redis_url="127.0.0.1")


def test_a_message_is_one_line_of_ascii() -> None:
    text = _encode(message("/a/新闻.md"), Limits())
    assert text.isascii()
    assert json.loads(text) == {"v": 1, "path": "/a/新闻.md"}


def test_a_message_that_may_be_sent_again_has_a_key() -> None:
    content = {"v": 1, "name": "a.md", "content": "AAAA"}
    once = with_key(content, sent_as="one")
    assert once == with_key(content, sent_as="one")
    assert {**once, "key": None} == {**content, "key": None}
    others = [with_key(content, sent_as="two"), with_key({**content, "content": "BBBB"}, sent_as="one")]
    assert len({message["key"] for message in (once, *others)}) == 3
    for other in ({"v": 1, "path": "/a.md"}, {**content, "key": "k"}, {**content, "key": ""}):
        assert with_key(other, sent_as="one") == other
