from __future__ import annotations

import inspect
import json
import os
import types
import typing
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any, Literal, Union

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inputs.letters import make_letter

from newsdrop import documents
from newsdrop.documents import (
    SETTLED,
    Article,
    Block,
    DeadLetter,
    Document,
    Drop,
    Image,
    Moment,
    Stage,
    Stamp,
    State,
    decode_path,
    encode_path,
)

_ZONES = st.builds(timezone, st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_SCALARS: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(),
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bytes: st.binary(),
    type(None): st.none(),
    datetime: st.datetimes(timezones=_ZONES),
    Any: _JSON,
}


def _values(kind: Any) -> st.SearchStrategy[Any]:
    """Anything that the type of a struct's field allows."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SCALARS:
        return _SCALARS[kind]
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([_values(argument) for argument in arguments])
    if origin is list:
        return st.lists(_values(arguments[0]), max_size=3)
    if origin is tuple and arguments[-1] is ...:
        return st.lists(_values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(_values, arguments))
    if origin is dict:
        return st.dictionaries(_values(arguments[0]), _values(arguments[1]), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: _values(hints[name]) for name in kind.__struct_fields__})


_STRUCTS: list[type[msgspec.Struct]] = [
    kind for _, kind in inspect.getmembers(documents, inspect.isclass) if issubclass(kind, msgspec.Struct)
]


@pytest.mark.parametrize("kind", _STRUCTS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_struct_goes_to_json_and_back_unchanged(
    kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    value = data.draw(_values(kind))
    encoded = msgspec.json.encode(value)
    assert msgspec.json.decode(encoded, type=kind) == value
    assert isinstance(json.loads(encoded), dict)


def test_every_struct_is_frozen() -> None:
    assert len(_STRUCTS) >= 18
    for kind in _STRUCTS:
        assert kind.__struct_config__.frozen, kind.__name__


def test_every_struct_is_exported() -> None:
    assert {kind.__name__ for kind in _STRUCTS} <= set(documents.__all__)
    assert all(hasattr(documents, name) for name in documents.__all__)


class TestPaths:
    @given(st.binary().map(os.fsdecode))
    def test_any_path_travels_through_json(self, path: str) -> None:
        encoded = encode_path(path)
        assert decode_path(json.loads(json.dumps(encoded))) == path
        encoded.encode("utf-8")

    @given(st.binary().map(os.fsdecode), st.binary().map(os.fsdecode))
    def test_two_paths_never_share_a_code(self, first: str, second: str) -> None:
        assert (encode_path(first) == encode_path(second)) == (first == second)

    @pytest.mark.parametrize(
        ("path", "encoded"),
        [
            ("/srv/标题.md", "/srv/标题.md"),
            ("/srv/\udcff.md", r"/srv/\xff.md"),
            ("/srv/\\xff.md", r"/srv/\\xff.md"),
            ("\\", "\\\\"),
        ],
    )
    def test_codes_are_legible(self, path: str, encoded: str) -> None:
        assert encode_path(path) == encoded

    @pytest.mark.parametrize("text", ["\\", "a\\q", "\\x", "\\xf", "\\x7f", "\\xFF", "\\x+f", "\\\\\\"])
    def test_what_encode_path_never_writes_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not an encoded path"):
            decode_path(text)

    @given(st.text("\\x8f0a"))
    def test_what_can_be_decoded_has_one_spelling(self, text: str) -> None:
        try:
            path = decode_path(text)
        except ValueError:
            return
        assert encode_path(path) == text


class TestDrop:
    def test_source_is_what_people_call_it(self) -> None:
        stamp = Stamp(1, 2)
        assert Drop(id="i", stamp=stamp, path="/a.md").source == "/a.md"
        assert Drop(id="i", stamp=stamp, path="/a.zip", member="b.md").source == "/a.zip!b.md"
        assert Drop(id="i", stamp=stamp, content=b"", name="x.md", receipt="1-0").source == "x.md"
        assert Drop(id="i", stamp=stamp, content=b"", receipt="1-0").source == "inline:1-0"
        assert Drop(id="i", stamp=stamp, content=b"").source == "inline:i"

    def test_defaults_take_no_room_in_json(self) -> None:
        drop = Drop(id="i", stamp=Stamp(1, 2), path="/a.md")
        assert json.loads(msgspec.json.encode(drop)) == {
            "id": "i",
            "stamp": {"size": 1, "mtime": 2},
            "path": "/a.md",
        }


class TestStamp:
    @pytest.mark.parametrize(
        ("mtime_ns", "mtime"),
        [(0, 0), (9_999, 0), (10_000, 1), (1_600_000_000_123_456_789, 160_000_000_012_345)],
    )
    def test_times_are_counted_in_tens_of_microseconds(self, mtime_ns: int, mtime: int) -> None:
        assert Stamp.from_ns(7, mtime_ns) == Stamp(7, mtime)

    @pytest.mark.parametrize("mtime_ns", [-1, -(10**30), 10**30, 4_102_444_800 * 10**9])
    def test_absurd_times_still_fit_in_the_ledgers_six_bytes(self, mtime_ns: int) -> None:
        assert 0 <= Stamp.from_ns(7, mtime_ns).mtime < 2**48


class TestArticle:
    def test_text_is_the_blocks_in_order(self) -> None:
        article = Article(title="t", blocks=[Block("h", "一"), Block("p", "二"), Block("quote", "三")])
        assert article.text == "一\n二\n三"
        assert Article(title="t", blocks=[]).text == ""

    def test_lists_are_not_shared_between_articles(self) -> None:
        first, second = Article(title="a", blocks=[]), Article(title="b", blocks=[])
        first.tags.append("x")
        assert second.tags == []

    def test_zones_of_times_survive(self) -> None:
        at = datetime(2020, 6, 4, 8, 9, tzinfo=timezone(timedelta(hours=8)))
        article = Article(title="t", blocks=[], published=Moment(at, "minute"), images=[Image(url="u")])
        back = msgspec.json.decode(msgspec.json.encode(article), type=Article)
        assert back.published is not None
        assert back.published.at.utcoffset() == timedelta(hours=8)


class TestStates:
    def test_every_state_is_settled_but_the_two_that_wait(self) -> None:
        assert set(State) - SETTLED == {State.QUEUED, State.RETRYING}

    def test_names_are_the_ones_of_the_ledger_and_the_index(self) -> None:
        assert [str(state) for state in State] == [
            *("queued", "retrying", "indexed", "superseded", "gone"),
            *("removed", "expanded", "dead", "discarded", "forgotten"),
        ]
        assert [str(stage) for stage in Stage] == ["message", "read", "parse", "enrich", "index", "worker"]


class TestDeadLetter:
    def test_source_is_what_people_call_it(self) -> None:
        assert make_letter(path="/a.md").source == "/a.md"
        assert make_letter(path="/a.zip", member="b.md").source == "/a.zip!b.md"
        assert make_letter(name="x.md").source == "x.md"
        assert make_letter(id="i", raw=b"junk").source == "message:i"

    def test_content_and_raw_bytes_survive(self) -> None:
        data = bytes(range(256))
        letter = make_letter(stage=Stage.MESSAGE, content=data, raw=data)
        back = msgspec.json.decode(msgspec.json.encode(letter), type=DeadLetter)
        assert (back.content, back.raw) == (data, data)


def test_a_document_keeps_its_source_as_it_is() -> None:
    source = {"title": "标题", "images": [{"url": "u"}], "n": 1}
    assert Document(id="i", version=0, source=source).source is source
