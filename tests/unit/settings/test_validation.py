"""What the settings make of texts, numbers and tables, and what they say of those that are no such thing."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from newsdrop.options import Bounds
from newsdrop.settings.validation import (
    Fault,
    InvalidError,
    SecretStr,
    fields_of,
    mentions,
    plain,
    validate,
)


class Upper:
    def read(self, value: Any, inner: Callable[[Any], str]) -> str:
        return inner(value).upper()


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    size: Annotated[int, Bounds(gt=0, le=9)] = 1
    secret: SecretStr | None = None


class Needy(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class Room(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    sign: Annotated[str, Upper()] = "A"
    on: bool = False
    share: float = 0.5
    place: Path | None = None
    kind: Literal["one", "two", "three"] = "one"
    inner: Inner = msgspec.field(default_factory=Inner)
    more: tuple[Inner, ...] = ()

    @classmethod
    def prepare(cls, given: Any) -> Any:
        return {"name": "unnamed", **given}

    def verify(self) -> None:
        if self.name == "wrong":
            raise ValueError("it is wrong as a whole")


def faults(given: object) -> list[Fault]:
    with pytest.raises(InvalidError) as caught:
        validate(Room, given)
    return caught.value.faults


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        ("on", "yes", True),
        ("on", "OFF", False),
        ("on", 1, True),
        ("on", 0.0, False),
        ("share", "1e-3", 0.001),
        ("share", 2, 2.0),
        ("place", "/a/b", Path("/a/b")),
        ("place", Path("/a"), Path("/a")),
        ("place", None, None),
        ("kind", "two", "two"),
        ("sign", "b", "B"),
        ("inner", {"size": "7"}, Inner(size=7)),
        ("inner", Inner(size=3), Inner(size=3)),
        ("inner", {"size": " +0_7 "}, Inner(size=7)),
        ("inner", {"size": "7.0"}, Inner(size=7)),
        ("inner", {"size": 7.0}, Inner(size=7)),
        ("inner", {"secret": "s"}, Inner(secret=SecretStr("s"))),
        ("more", [{}, {"size": 2}], (Inner(), Inner(size=2))),
    ],
)
def test_a_value_becomes_what_its_annotation_says(name: str, given: object, found: object) -> None:
    made = getattr(validate(Room, {name: given}), name)
    assert made == found
    assert type(made) is type(found)


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("on", "perhaps", "it must be true or false"),
        ("on", 2, "it must be true or false"),
        ("on", [], "it must be true or false"),
        ("share", "half", "it must be a number"),
        ("share", 10**400, "it must be a number"),
        ("share", None, "it must be a number"),
        ("share", True, "it must be a number"),
        ("place", 5, "it must be a path, in quotation marks"),
        ("place", "a\0b", "holds a NUL character"),
        ("name", 5, "it must be text, in quotation marks"),
        ("name", "a\0b", "holds a NUL character"),
        ("kind", "four", 'it must be "one", "two" or "three"'),
        ("kind", ["one"], 'it must be "one", "two" or "three"'),
        ("inner", 5, "it must be a table of settings, and is a single value"),
        ("more", {}, 'it must be a list, as in ["a", "b"]'),
        ("other", 5, "there is no such setting"),
    ],
)
def test_a_wrong_value_is_told_with_its_name(name: str, given: object, reason: str) -> None:
    assert faults({name: given}) == [Fault((name,), reason)]


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ("x", "it must be a whole number"),
        ("7.", "it must be a whole number"),
        ("1__0", "it must be a whole number"),
        ("1" * 5_000, "it must be a whole number"),
        (7.5, "it must be a whole number"),
        (float("inf"), "it must be a whole number"),
        ([], "it must be a whole number"),
        (True, "it must be a whole number"),
        (0, "it must be greater than 0"),
        ("10", "it must be at most 9"),
    ],
)
def test_a_wrong_number_is_told_where_it_stands(size: object, reason: str) -> None:
    assert faults({"inner": {"size": size}}) == [Fault(("inner", "size"), reason)]
    assert faults({"more": [{}, {"size": size}]}) == [Fault(("more", 1, "size"), reason)]


@pytest.mark.parametrize(("bound", "words"), [({"ge": 1}, "at least 1"), ({"lt": 1}, "less than 1")])
def test_what_no_comparison_holds_for_is_within_no_bounds(bound: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Bounds(**bound).read("nan", float)


def test_all_faults_are_told_in_the_order_of_the_settings_and_unknown_names_last() -> None:
    given = {"z": 1, "share": "x", "inner": {"secret": 5, "size": 0}, "on": "x"}
    assert [one.place for one in faults(given)] == [
        ("on",),
        ("share",),
        ("inner", "size"),
        ("inner", "secret"),
        ("z",),
    ]


def test_a_struct_prepares_what_was_given_and_verifies_what_it_became() -> None:
    assert validate(Room, {}).name == "unnamed"
    assert faults({"name": "wrong"}) == [Fault((), "it is wrong as a whole")]


def test_what_has_faults_is_not_verified() -> None:
    assert faults({"name": "wrong", "on": "x"}) == [Fault(("on",), "it must be true or false")]


def test_what_has_no_default_must_be_given() -> None:
    with pytest.raises(InvalidError, match="name: it is missing"):
        validate(Needy, {})


def test_a_secret_is_shown_nowhere() -> None:
    secret = SecretStr("hunter2")
    inner = Inner(secret=secret)
    assert (str(secret), repr(secret)) == ("**********", "SecretStr('**********')")
    assert "hunter2" not in f"{inner}{plain(inner)}{faults({'inner': {'secret': secret, 'x': 'hunter2'}})}"
    assert secret.get_secret_value() == "hunter2"
    assert pickle.loads(pickle.dumps(secret)) == secret
    assert (secret == "hunter2", hash(secret) == hash(SecretStr("hunter2"))) == (False, True)
    assert (bool(secret), bool(SecretStr("")), str(SecretStr(""))) == (True, False, "")


def test_plain_values_are_those_of_json() -> None:
    made = validate(Room, {"place": "/a", "inner": {"secret": "x"}, "more": [{}]})
    assert plain(made) == {
        "name": "unnamed",
        "sign": "A",
        "on": False,
        "share": 0.5,
        "place": "/a",
        "kind": "one",
        "inner": {"size": 1, "secret": "**********"},
        "more": [{"size": 1, "secret": None}],
    }


def test_a_type_is_found_wherever_an_annotation_mentions_it() -> None:
    assert mentions(fields_of(Inner)["secret"].type, SecretStr)
    assert mentions(Annotated[SecretStr, Upper()] | None, SecretStr)
    assert not mentions(fields_of(Inner)["size"].type, SecretStr)
