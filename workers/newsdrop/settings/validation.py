"""Builds frozen structs from what was given, checked against their annotations; every fault is collected.

The annotation of a field says what it holds: bool, int, float, str, Path, SecretStr, one of a Literal, a
tuple of any length, another such struct, any of them `| None`. Texts are converted, because variables have
nothing else. Two things add checks of their own:

    Annotated[…, check]   `check.read(value, inner)` gets what was given, and what reads the annotated type
    a struct              `prepare(given)`, a class method, before its fields are read; `verify()` after all

Each raises ValueError with the reason. No reason repeats a value, which may be a password in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import msgspec
from msgspec.structs import FieldInfo

from newsdrop.errors import ConfigError
from newsdrop.user import at_home

__all__ = [
    "UNKNOWN",
    "Fault",
    "InvalidError",
    "SecretStr",
    "fields_of",
    "is_table",
    "mentions",
    "plain",
    "validate",
]

#: The reason of a fault whose name is nobody's.
UNKNOWN: Final = "there is no such setting"

_T = TypeVar("_T")
_Place = tuple[str | int, ...]
_MASK: Final = "**********"
#: More digits than Python converts from a text are no number that anybody means.
_WHOLE: Final = re.compile(r"\s*([+-]?\d+(?:_\d+)*)(?:\.0+)?\s*", re.ASCII)
_MOST_DIGITS: Final = 4_300
_NO_WHOLE: Final = "it must be a whole number"
_TRUE: Final = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE: Final = frozenset({"0", "off", "f", "false", "n", "no"})


class SecretStr:
    """A text that is shown nowhere by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """The text itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __str__(self) -> str:
        return _MASK if self._value else ""

    def __repr__(self) -> str:
        return f"SecretStr('{self}')"


class Fault(NamedTuple):
    """What is wrong, and where: the names of groups and settings, and numbers in lists."""

    place: _Place
    reason: str


class InvalidError(ValueError):
    """What was given is not what it must be."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, one.place))}: {one.reason}" for one in faults))
        self.faults = faults


def validate(kind: type[_T], given: object) -> _T:
    """The struct `kind` with what was given, and its defaults.

    Raises:
        InvalidError: with every fault.
    """
    faults: list[Fault] = []
    made: Any = _collected(faults, (), partial(_read, kind), given)
    if faults:
        raise InvalidError(faults)
    return made  # type: ignore[no-any-return]  # what `_read` makes of a class is one of its instances


def plain(value: Any) -> Any:
    """The same as JSON has it: tables, lists and texts, every secret masked."""
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Path | SecretStr) else value


@cache
def fields_of(kind: type) -> Mapping[str, FieldInfo]:
    """The fields of a struct: annotations with their checks, defaults."""
    return {one.name: one for one in msgspec.structs.fields(kind)}


def is_table(kind: Any) -> bool:
    """Whether this is a struct, which is given as a table."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def mentions(annotation: Any, kind: type) -> bool:
    """Whether the annotation names this type anywhere."""
    return annotation is kind or any(mentions(one, kind) for one in get_args(annotation))


def _collected(
    faults: list[Fault], place: tuple[str | int, ...], read: Callable[[Any], Any], value: Any
) -> Any:
    """What `read` makes of the value; None and faults below `place` if it refuses."""
    try:
        return read(value)
    except InvalidError as error:
        faults += [Fault((*place, *one.place), one.reason) for one in error.faults]
    except ValueError as error:
        faults.append(Fault(place, str(error)))
    return None


def _read(kind: Any, value: Any) -> Any:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        read: Callable[[Any], Any] = partial(_read, inside[0])
        for check in inside[1:]:
            read = partial(check.read, inner=read)
        return read(value)
    if origin in (Union, UnionType):
        (some,) = (one for one in inside if one is not NoneType)
        return None if value is None else _read(some, value)
    if origin is Literal:
        return _one_of(inside, value)
    if origin is tuple:
        return _items(inside[0], value)
    return _table(kind, value) if is_table(kind) else _LEAVES[kind](value)


def _table(kind: Any, value: Any) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("it must be a table of settings, and is a single value")
    given = kind.prepare(value) if hasattr(kind, "prepare") else value
    faults: list[Fault] = []
    found = dict(_fields(kind, given, faults))
    faults += [Fault((name,), UNKNOWN) for name in given if name not in fields_of(kind)]
    if faults:
        raise InvalidError(faults)
    made = kind(**found)
    if hasattr(made, "verify"):
        made.verify()
    return made


def _fields(kind: Any, given: Mapping[str, Any], faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    for name, one in fields_of(kind).items():
        if name in given:
            yield name, _collected(faults, (name,), partial(_read, one.type), given[name])
        elif one.required:
            faults.append(Fault((name,), "it is missing"))


def _items(kind: Any, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError('it must be a list, as in ["a", "b"]')
    faults: list[Fault] = []
    found = tuple(_collected(faults, (at,), partial(_read, kind), one) for at, one in enumerate(value))
    if faults:
        raise InvalidError(faults)
    return found


def _one_of(allowed: tuple[Any, ...], value: Any) -> Any:
    if value not in allowed:
        *others, last = (f'"{one}"' for one in allowed)
        raise ValueError(f"it must be {', '.join(others)} or {last}" if others else f"it must be {last}")
    return value


def _bool(value: Any) -> bool:
    if isinstance(value, str):
        word = value.lower()
        if word in _TRUE | _FALSE:
            return word in _TRUE
    elif isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError("it must be true or false")


def _int(value: Any) -> int:
    if isinstance(value, str):
        found = _WHOLE.fullmatch(value)
        if found is None or len(found[1]) > _MOST_DIGITS:
            raise ValueError(_NO_WHOLE)
        return int(found[1])
    # `true` is a number to Python, and a mistake here.
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
        raise ValueError(_NO_WHOLE)
    return int(value)


def _float(value: Any) -> float:
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise ValueError("it must be a number")


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it must be text, in quotation marks")
    # TOML can spell it, and no path, URL or name may hold it.
    if "\0" in value:
        raise ValueError("holds a NUL character")
    return value


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path):
        raise ValueError("it must be a path, in quotation marks")
    try:
        return at_home(Path(_str(str(value))))
    except ConfigError as error:
        raise ValueError(error.message.removesuffix(".")) from None


def _secret(value: Any) -> SecretStr:
    return value if isinstance(value, SecretStr) else SecretStr(_str(value))


_LEAVES: Final[Mapping[Any, Callable[[Any], Any]]] = {
    bool: _bool,
    int: _int,
    float: _float,
    str: _str,
    Path: _path,
    SecretStr: _secret,
}
