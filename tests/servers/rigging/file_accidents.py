"""Accidents on purpose: a file can be told to kill, hang or exhaust the worker that begins with it.

NEWSDROP_TEST_ACCIDENTS is a JSON object of glob patterns: `{"*kill*.md": "kill"}`. The accident happens where
the file itself would do it: in the pipeline's first stage of its drop, under the file's timer.
"""

import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from hashlib import pbkdf2_hmac
from types import ModuleType
from typing import Any

_VARIABLE = "NEWSDROP_TEST_ACCIDENTS"
_MODULE = "newsdrop.pipeline"


def install() -> None:
    """Have files strike in this process, if the variable names any."""
    accidents: dict[str, str] = json.loads(os.environ.get(_VARIABLE) or "{}")
    unknown = set(accidents.values()) - _ACCIDENTS.keys()
    if unknown:
        # Of anything else Python only says that it went wrong, and starts all the same.
        raise SystemExit(f"{_VARIABLE} names {', '.join(sorted(unknown))}, which is no accident")
    if accidents and _MODULE in sys.modules:
        _rig(sys.modules[_MODULE].Pipeline, accidents)
    elif accidents:
        sys.meta_path.insert(0, _OnImport(accidents))


class _OnImport(importlib.abc.MetaPathFinder):
    """Rigs the pipeline when, and only if, the process imports it."""

    def __init__(self, accidents: dict[str, str]) -> None:
        self._accidents = accidents

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> Any:
        if name != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_rig(module: ModuleType) -> None:
            execute(module)
            _rig(module.Pipeline, self._accidents)

        spec.loader.exec_module = execute_and_rig  # type: ignore[method-assign]
        return spec


def _rig(pipeline: Any, accidents: dict[str, str]) -> None:
    begin = pipeline.begin

    def begin_or_strike(self: Any, drop: Any) -> Any:
        for pattern, accident in accidents.items():
            if fnmatchcase(drop.source, pattern):
                _ACCIDENTS[accident]()
        return begin(self, drop)

    pipeline.begin = begin_or_strike


def _kill_child() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_group() -> None:
    # As a container's out-of-memory killer does: the main process and all its children.
    os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)


def _kill_main() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _hang() -> None:
    while True:
        pass


def _spin() -> None:
    # One call into C that ends in hours: no signal handler of Python's runs meanwhile.
    pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


def _exit() -> None:
    raise SystemExit(3)


_ACCIDENTS: dict[str, Callable[[], object]] = {
    "kill": _kill_child,
    "group": _kill_group,
    "kill_main": _kill_main,
    "hang": _hang,
    "spin": _spin,
    "memory": lambda: bytearray(1 << 46),
    "exit": _exit,
    "slow": lambda: time.sleep(0.2),
    # As a read from a disk that doesn't answer.
    "stall": lambda: time.sleep(3600),
}
