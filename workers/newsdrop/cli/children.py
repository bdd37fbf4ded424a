"""The children of `newsdrop up`: their names, what they inherit, and which of their log lines are shown."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path

from newsdrop.cli.event_words import in_words
from newsdrop.cli.logs import FILE_BY_FILE
from newsdrop.cli.supervise import Child
from newsdrop.settings import Settings, plain
from newsdrop.statefolder import is_full, make_state_folder, told_of

__all__ = ["ChildLines", "LogRoom", "children_of_up"]

#: Shown already by the table and the dead letters, or too many, one per file.
_QUIET = FILE_BY_FILE | {"child.exited"}
#: Deprecations and similar warnings are for developers: only in the log file.
_LIBRARY_WARNINGS = "py.warnings"
_LOUD = frozenset({"warning", "error", "critical"})


def children_of_up(settings: Settings, processes: int | None, *, web: bool) -> list[Child]:
    """Watcher, worker and optionally the web interface, ready to start, with logs in `state_dir/log`."""
    log = settings.state_dir / "log"
    with told_of(settings.state_dir):
        make_state_folder(settings.state_dir)
        log.mkdir(mode=0o700, exist_ok=True)
    environment = _environment(settings)
    tie = ["--child-of", str(os.getpid())]
    me = [sys.executable, "-m", "newsdrop"]
    count = ["--processes", str(processes)] if processes else []
    commands = {"watcher": ["watch"], "worker": ["worker", *count]} | ({"web": ["web"]} if web else {})
    return [_child(name, [*me, *command, *tie], environment, log) for name, command in commands.items()]


def _child(name: str, command: list[str], environment: dict[str, str], log: Path) -> Child:
    return Child(name, command, environment, log / f"{name}.log")


def _environment(settings: Settings) -> dict[str, str]:
    folders = [
        {name: value for name, value in plain(folder).items() if value is not None}
        for folder in settings.folders
    ]
    return os.environ | {
        # As JSON, so that the options of a configured folder reach the workers too.
        "NEWSDROP_FOLDERS": json.dumps(folders),
        "NEWSDROP_LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
    }


class ChildLines:
    """Reads children's log lines, shows warnings, and keeps the last plain line of each child."""

    def __init__(self, show: Callable[[str], None], *, kept: int = 20) -> None:
        self._show = show
        self._kept = kept
        self._words: dict[str, deque[str]] = {}

    def line(self, child: str, line: str) -> None:
        """Process one line of one child."""
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or "message" not in event:
            if line.strip():
                self._words.setdefault(child, deque(maxlen=self._kept)).append(line.strip())
            return
        told_elsewhere = event.get("event.action") in _QUIET or event.get("log.logger") == _LIBRARY_WARNINGS
        if event.get("log.level") in _LOUD and not told_elsewhere:
            self._show(f"{child}: {in_words(event)}")

    def last_words(self, child: str) -> str:
        """The last line that wasn't a log line: a command that refuses to start says why there.

        What it adds in brackets on a line of its own, as where its settings are from, is not why.
        """
        words = [line for line in self._words.get(child, ()) if not line.startswith("(")]
        return words[-1] if words else "it gave no reason (see its log)"


class LogRoom:
    """Tells once that the disk of the state folder is full, since nothing that children say is seen then."""

    def __init__(self, state_dir: Path, show: Callable[[str], None]) -> None:
        self._state_dir = state_dir
        self._show = show
        self._full = False

    def look(self) -> None:
        """Look again; a disk that had room meanwhile is told of anew."""
        before, self._full = self._full, is_full(self._state_dir)
        if self._full and not before:
            self._show(
                f"The disk of the state folder {self._state_dir} is full: work waits until there is room, "
                "and what watcher and worker say is lost."
            )
