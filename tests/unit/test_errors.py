from __future__ import annotations

import copy
import inspect
import pickle
import re
from http.client import RemoteDisconnected

import pytest

from newsdrop import errors
from newsdrop.errors import (
    ConfigError,
    GoneError,
    NewsdropError,
    OutageError,
    PermanentError,
    TransientError,
    kept_message,
    kept_trace,
    printable,
    reason_below,
    unforeseen,
)

_CLASSES = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BaseException)
]
_BRANCHES = (PermanentError, TransientError, OutageError, ConfigError, GoneError)


def test_every_error_is_exported() -> None:
    functions = {"cited", "did_you_mean", "kept_message", "kept_trace", "printable"}
    functions |= {"reason_below", "unforeseen"}
    assert {kind.__name__ for kind in _CLASSES} == set(errors.__all__) - functions


def test_the_tree_in_the_modules_head_is_the_tree() -> None:
    drawn = re.findall(r"^    ((?:[│ ]   )?[├└]── )?(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    tree: dict[str, type[Exception] | None] = {}
    branch: type[Exception] | None = None
    for mark, name in drawn:
        inner = mark[:1] in ("│", " ")
        tree[name] = branch if inner else NewsdropError if mark else None
        branch = branch if inner else getattr(errors, name)
    assert tree.keys() == {kind.__name__ for kind in _CLASSES}
    for name, parent in tree.items():
        assert getattr(errors, name).__bases__ == (parent or Exception,), name


@pytest.mark.parametrize("kind", _CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling_and_copying(kind: type[NewsdropError]) -> None:
    error = kind("The file /a.md is empty.")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(error, protocol))
        assert type(back) is kind
        assert (back.message, str(back), back.args) == (error.message, str(error), error.args)
    for again in (copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert again.message == error.message


@pytest.mark.parametrize("kind", _CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_says_what_it_is_for(kind: type[NewsdropError]) -> None:
    assert (kind.__doc__ or "").endswith(".")
    assert kind.__name__.endswith("Error")


def test_every_error_tells_the_worker_one_thing_to_do() -> None:
    for kind in set(_CLASSES) - {NewsdropError}:
        assert sum(issubclass(kind, branch) for branch in _BRANCHES) == 1, kind.__name__


@pytest.mark.parametrize("kind", _CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_takes_one_message_and_nothing_else(kind: type[NewsdropError]) -> None:
    with pytest.raises(TypeError):
        kind()  # type: ignore[call-arg]  # the mistake under test
    with pytest.raises(TypeError):
        kind("a", "b")  # type: ignore[call-arg]  # the mistake under test


def test_what_is_kept_of_an_error_is_bounded_and_utf_8() -> None:
    text = "\udcff" + "a" * 30_000 + "z"
    assert kept_message(text) == "\\udcff" + "a" * 1_994
    assert kept_trace(text) == "a" * 19_999 + "z"
    assert printable(text).encode()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("can't start new thread"), "The system refused another thread"),
        (MemoryError(), "There isn't enough memory"),
        (OSError(28, "No space left on device", "/x"), "No space left on device (/x)"),
        (RuntimeError("oops"), "This is a bug in newsdrop: RuntimeError: oops"),
    ],
)
def test_what_the_system_refuses_is_told_from_a_bug(error: Exception, said: str) -> None:
    assert said in unforeseen(error)


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (RemoteDisconnected("Remote end closed"), "the connection was closed without an answer"),
        (ValueError("oops"), ""),
    ],
)
def test_the_systems_reason_is_found_below_a_librarys_error(cause: Exception, said: str) -> None:
    error = RuntimeError("('Connection aborted.', …)")
    error.__cause__ = RuntimeError("its own")
    error.__cause__.__context__ = cause
    assert reason_below(error) == said
