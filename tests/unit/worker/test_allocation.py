"""How a process that parses holds its memory."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from newsdrop.settings import load_settings
from newsdrop.worker import allocation, resources
from newsdrop.worker.allocation import keep_memory, parsing, ready_to_fork

_GLIBC = platform.libc_ver()[0] == "glibc"
#: How many pages of memory are asked of the system while a block of a megabyte is made and freed 50 times.
_FAULTS = """
import resource, sys
from newsdrop.worker.allocation import keep_memory
if sys.argv[1] == "kept":
    keep_memory({})
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
for _ in range(50):
    bytes(range(256)) * 4_000
print(faults() - before)
"""


def _faults(how: str) -> int:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    told = subprocess.run([sys.executable, "-c", _FAULTS, how], env=clean, capture_output=True, check=True)
    return int(told.stdout)


def test_freed_memory_is_kept_where_glibc_is_asked_to() -> None:
    kept, left = _faults("kept"), _faults("left to glibc")
    assert keep_memory({}) is _GLIBC
    # By itself, glibc asks for the second block as well: it learns from the first that is freed.
    assert kept < left if _GLIBC else kept == left


class _NoSwitch:
    """A library without mallopt, as musl and macOS have."""


def test_another_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: _NoSwitch())
    assert keep_memory({}) is False


def test_a_static_program_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: None) -> Any:
        raise OSError("Dynamic loading not supported")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert keep_memory({}) is False


@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_a_person_set_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(allocation, "_mallopt", lambda: asked.append)
    assert keep_memory({name: "65536"}) is False
    assert not asked


def test_a_refusal_of_malloc_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocation, "_mallopt", lambda: lambda _what, _bytes: 0)
    assert keep_memory({}) is False


@pytest.fixture
def nothing_frozen() -> Iterator[None]:
    """The collector as it is where nobody has told it anything; the suite has (conftest.py)."""
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("nothing_frozen")
def test_the_collector_is_as_before_once_parsing_is_over() -> None:
    thresholds = gc.get_threshold()
    with parsing():
        assert gc.get_threshold() > thresholds
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == thresholds
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("nothing_frozen")
def test_what_a_program_has_frozen_stays_so_and_is_not_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gc.freeze()
    frozen, thresholds = gc.get_freeze_count(), gc.get_threshold()
    monkeypatch.setattr(gc, "collect", lambda: pytest.fail("it looked"))
    with parsing():
        assert gc.get_threshold() > thresholds
    assert gc.get_threshold() == thresholds
    assert gc.get_freeze_count() >= frozen - 100


def test_a_workers_child_is_set_up_when_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = resources.Resources(load_settings({}), main_pid=1)
    # What would need a server.
    vars(opened).update(ledger=None, pipeline=None, marker=None)
    called: list[str] = []
    monkeypatch.setattr(resources, "ready_to_parse", lambda: called.append("ready"))
    opened.open()
    assert called == ["ready"]


@pytest.mark.usefixtures("nothing_frozen")
def test_the_collector_looks_through_nothing_that_stood_before_a_fork() -> None:
    ready_to_fork()
    assert len(gc.get_objects()) < gc.get_freeze_count()
