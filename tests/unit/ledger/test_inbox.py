"""What producers may send: one table of messages for both the validator and the JSON Schema."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdrop.documents import Stamp, encode_path
from newsdrop.errors import ForbiddenPathError, InvalidMessageError, PermanentError, TooLargeError
from newsdrop.identity import inline_drop_id, path_drop_id
from newsdrop.ledger.inbox import gunzip, validate
from newsdrop.options import Limits

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "config" / "schema" / "inbox-message.json").read_text("utf-8")
)
TEXT = base64.b64encode(b"text").decode()
INLINE = {"v": 1, "name": "x.md", "content": TEXT}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

ACCEPTED: list[dict[str, Any]] = [
    {"v": 1, "path": "/drops/a.md"},
    {"v": 1, "path": "/drops/a.md", "collection": "bbc", "key": "ignored"},
    {"v": 1.0, "path": "/drops/a.md"},
    {"v": 1, "path": "/drops/caf\\xe9 \\\\ 中文.md"},
    INLINE,
    {**INLINE, "encoding": "identity", "key": "k", "collection": "c"},
    {**INLINE, "content": ""},
    {**INLINE, "traceparent": TRACE},
    {"v": 1, "path": "/drops/a.md", "traceparent": TRACE},
]
#: Refused by the schema alone.
REFUSED: list[Any] = [
    {},
    [],
    None,
    "text",
    1,
    {"v": 1},
    {"path": "/drops/a.md"},
    {"v": 2, "path": "/drops/a.md"},
    {"v": 1.5, "path": "/drops/a.md"},
    {"v": "1", "path": "/drops/a.md"},
    {"v": True, "path": "/drops/a.md"},
    {"v": 1, "path": None},
    {"v": 1, "path": ""},
    {"v": 1, "path": ["/drops/a.md"]},
    {"v": 1, "path": "a.md"},
    {"v": 1, "path": "/drops/" + "a" * 16_384},
    {"v": 1, "path": "/drops/a.md", "other": 1},
    {"v": 1, "path": "/drops/a.md", "name": "a.md"},
    {"v": 1, "path": "/drops/a.md", "content": TEXT},
    {"v": 1, "name": "x.md"},
    {"v": 1, "content": TEXT},
    {**INLINE, "path": "/drops/a.md"},
    {**INLINE, "name": ""},
    {**INLINE, "name": "n" * 513},
    {**INLINE, "key": 7},
    {**INLINE, "key": None},
    {**INLINE, "encoding": "br"},
    {**INLINE, "content": "dGV4d"},
    {**INLINE, "content": "dGV4\ndA=="},
    {**INLINE, "content": "中文"},
    {**INLINE, "traceparent": ""},
    {**INLINE, "traceparent": TRACE + "\n"},
    {**INLINE, "traceparent": TRACE.upper()},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "drops"
    folder.mkdir()
    return folder


def check(message: Any, *folders: Path, **limits: int) -> Any:
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return validate(raw, "1-0", folders=folders, limits=Limits(**limits))


def conforms(value: Any, schema: dict[str, Any]) -> bool:
    """The few words of JSON Schema that ours uses; any other is an error of this test."""
    types = {"object": dict, "string": str}
    rules: dict[str, Callable[[Any], bool]] = {
        "type": lambda want: isinstance(value, types[want]),
        "const": lambda want: type(value) is not bool and value == want,
        "enum": lambda want: value in want,
        "minLength": lambda want: len(value) >= want,
        "maxLength": lambda want: len(value) <= want,
        "pattern": lambda want: re.search(want.replace("$", r"\Z"), value) is not None,
        "required": lambda want: set(want) <= value.keys(),
        "not": lambda want: not conforms(value, want),
        "anyOf": lambda want: any(conforms(value, one) for one in want),
        "oneOf": lambda want: sum(conforms(value, one) for one in want) == 1,
        "properties": lambda want: all(conforms(value[name], want[name]) for name in want if name in value),
        "additionalProperties": lambda want: want is False and value.keys() <= schema["properties"].keys(),
    }
    notes = {"$schema", "$id", "title", "description", "default", "contentEncoding"}
    return all(rules[word](want) for word, want in schema.items() if word not in notes)


@pytest.mark.parametrize("message", ACCEPTED, ids=repr)
def test_schema_and_validator_accept(message: dict[str, Any]) -> None:
    assert conforms(message, SCHEMA)
    drop = check(message, Path("/drops"))
    assert drop.receipt == "1-0"
    assert (drop.path is None) != (drop.content is None)


@pytest.mark.parametrize("message", REFUSED, ids=lambda message: repr(message)[:60])
def test_schema_and_validator_refuse(message: Any) -> None:
    assert not conforms(message, SCHEMA)
    with pytest.raises(InvalidMessageError):
        check(message, Path("/drops"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"{",
        b'{"v":1,"path":"/a"} x',
        b"[" * 100_000,
        b'{"v":1,"name":' + b"[" * 100_000,
        b'{"v":1e999}',
    ],
    ids=lambda raw: repr(raw)[:30],
)
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidMessageError):
        check(raw)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_drop_or_a_permanent_error(raw: bytes) -> None:
    with suppress(PermanentError):
        assert validate(raw, "1-0", folders=[]).id


@pytest.mark.parametrize(
    "text", ["/drops/a\\q", "/drops/a\\", "/drops/a\\xzz", "/drops/a\\x41", "/drops/a\\x4"]
)
def test_a_wrong_escape_is_refused(text: str) -> None:
    with pytest.raises(InvalidMessageError, match="escape"):
        check({"v": 1, "path": text}, Path("/drops"))


@pytest.mark.parametrize("text", ["/drops/a\0b", "/drops/a\ud800b"])
def test_characters_that_no_text_may_hold_are_refused(text: str) -> None:
    with pytest.raises(InvalidMessageError):
        check({"v": 1, "path": text}, Path("/drops"))
    with pytest.raises(InvalidMessageError):
        check({**INLINE, "key": text}, Path("/drops"))


def test_a_path_is_known_by_its_resolved_spelling(folder: Path) -> None:
    file = folder / "caf\udce9.md"
    file.write_bytes(b"text")
    (folder / "link").symlink_to(folder)
    drop = check({"v": 1, "path": encode_path(f"{folder}/link/./link/caf\udce9.md")}, folder)
    assert drop.path == str(file)
    assert drop.id == path_drop_id(file)
    assert drop.stamp == Stamp.from_ns(4, file.stat().st_mtime_ns)


def test_a_file_that_is_not_there_is_the_workers_business(folder: Path) -> None:
    assert check({"v": 1, "path": str(folder / "later.md")}, folder).stamp == Stamp(0, 0)


@pytest.mark.parametrize("path", ["/etc/passwd", "{folder}", "{folder}/../outside.md", "{folder}-not/a.md"])
def test_a_path_outside_the_folders_is_forbidden(folder: Path, path: str) -> None:
    with pytest.raises(ForbiddenPathError, match="NEWSDROP_FOLDERS"):
        check({"v": 1, "path": path.format(folder=folder)}, folder)


def test_a_symlink_that_leads_outside_is_forbidden(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (folder / "way").symlink_to(secret)
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(ForbiddenPathError):
        check({"v": 1, "path": f"{folder}/way/a.md"}, folder)
    with pytest.raises(ForbiddenPathError):
        check({"v": 1, "path": f"{folder}/loop/a.md"}, folder)


def test_a_configured_folder_may_itself_be_a_symlink(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert check({"v": 1, "path": f"{link}/a.md"}, link).path == f"{folder}/a.md"


def test_without_folders_no_path_is_accepted() -> None:
    with pytest.raises(ForbiddenPathError):
        check({"v": 1, "path": "/drops/a.md"})


def test_inline_content_is_known_by_its_key_else_by_its_receipt() -> None:
    assert check({**INLINE, "key": "k"}).id == inline_drop_id("k")
    drop = check(INLINE)
    assert drop.id == inline_drop_id("1-0")
    assert (drop.content, drop.stamp, drop.name) == (b"text", Stamp(4, 0), "x.md")


def test_gzip_is_unpacked_also_in_several_members() -> None:
    packed = base64.b64encode(gzip.compress(b"one ", mtime=0) + gzip.compress(b"two")).decode()
    assert check({**INLINE, "content": packed, "encoding": "gzip"}).content == b"one two"


def test_gzip_in_pieces_of_any_length_is_unpacked_whole() -> None:
    texts = [bytes(random.Random(size).choices(b"abcdefgh", k=size)) for size in (1, 4_000, 60_000, 0, 9)]
    assert gunzip(b"".join(gzip.compress(text, mtime=0) for text in texts), 100_000) == b"".join(texts)


def test_gzip_of_very_many_members_is_refused_at_once() -> None:
    # To unpack a message of the largest size that is made of them took minutes.
    with pytest.raises(InvalidMessageError, match="more than 10,000 members"):
        gunzip(gzip.compress(b"", mtime=0) * 1_000_000, 1_000)


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip", gzip.compress(b"text", mtime=0)[:-3], gzip.compress(b"text", mtime=0) + b"more"],
    ids=repr,
)
def test_broken_gzip_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMessageError, match="gzip"):
        gunzip(data, 100)


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(TooLargeError, match=r"limits\.file_bytes"):
        gunzip(bomb, 1_000)
    assert gunzip(gzip.compress(bytes(1_000)), 1_000) == bytes(1_000)
    with pytest.raises(TooLargeError):
        gunzip(gzip.compress(bytes(600)) * 2, 1_000)


def test_sizes_are_bounded_as_sent_and_as_unpacked() -> None:
    with pytest.raises(TooLargeError, match=r"limits\.message_bytes"):
        check(INLINE, message_bytes=10)
    with pytest.raises(TooLargeError, match=r"limits\.file_bytes"):
        check(INLINE, file_bytes=3)
    assert check(INLINE, file_bytes=4).content == b"text"


@pytest.mark.parametrize("message", [INLINE, {"v": 1, "path": "/drops/a.md"}], ids=["bytes", "path"])
def test_a_message_is_as_old_as_its_receipt_and_keeps_its_trace(message: dict[str, Any]) -> None:
    raw = json.dumps({**message, "traceparent": TRACE}).encode()
    drop = validate(raw, "1760000000123-4", folders=[Path("/drops")])
    assert (drop.seen_ms, drop.trace) == (1_760_000_000_123, TRACE)
    # An id that a producer made up is no time.
    assert validate(json.dumps(message).encode(), "17-4", folders=[Path("/drops")]).seen_ms is None
