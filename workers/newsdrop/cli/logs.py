"""Logging for every process we start: lines for people, ECS JSON for programs, always on stderr.

`events.emit` attaches the event's name and values to the record; here they become `event.action` and fields.
Values that come from files (paths, messages) are cleaned before they reach a terminal. This module does not
decide what is worth logging: events.py does.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Collection
from typing import Any, Final

from newsdrop.cli.terminal import clean
from newsdrop.settings import Log
from newsdrop.times import iso_epoch_ms, shown_ms

__all__ = ["FILE_BY_FILE", "field_name", "logs_are_json", "set_up_logs"]

#: Events of single files, which people are told of by a report, too.
FILE_BY_FILE: Final = frozenset({"drop.dead", "drop.retrying"})

#: Libraries that log too much, and the level from which their logs are kept.
_TALKATIVE = {
    # It warns of each try; the result is reported once as our own error.
    "elastic_transport": logging.ERROR,
    "elasticsearch": logging.ERROR,
    "kombu": logging.WARNING,
    "amqp": logging.WARNING,
    "redis": logging.WARNING,
    "celery": logging.WARNING,
}
_FIELD_PREFIX = "newsdrop."
#: Keys of events for which ECS has a field; the others go below `newsdrop.`.
_ECS_FIELDS = {
    "path": "file.path",
    "type": "error.type",
    "message": "error.message",
    "reason": "event.reason",
    "duration_ms": "event.duration",
}
_NS_PER_MS = 1_000_000


def set_up_logs(log: Log, *, service: bool, quiet: Collection[str] = ()) -> None:
    """Send all logs of this process to stderr; calling it again replaces the earlier set-up.

    Args:
        service: whether logs are this process's main output (`watch`, `worker`): then "auto" means JSON
            unless stderr is a terminal. Other commands log as text, and below warnings only at level debug,
            because their answer is on stdout.
        quiet: events that people needn't read, because they are told in another way; programs get them.
    """
    as_json = log.format == "json" or (log.format == "auto" and service and not sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[log.level.upper()]
    if not service and level > logging.DEBUG:
        level = max(level, logging.WARNING)
    handler = _StderrHandler(for_programs=service and as_json)
    handler.setFormatter(_Formatter(as_json=as_json))
    if quiet and not as_json and level > logging.DEBUG:
        handler.addFilter(lambda record: _event(record)[0] not in quiet)
    # Of a service everything is a line of its log, Python's warnings too.
    logging.captureWarnings(service)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in _TALKATIVE.items():
        logging.getLogger(name).setLevel(level if level <= logging.DEBUG else max(least, level))


def logs_are_json() -> bool:
    """Whether this process is a service whose stderr holds lines of JSON and nothing else."""
    return any(isinstance(one, _StderrHandler) and one.for_programs for one in logging.getLogger().handlers)


class _StderrHandler(logging.Handler):
    """Writes to the current sys.stderr, because a progress display or a test may replace it."""

    def __init__(self, *, for_programs: bool) -> None:
        super().__init__()
        self.for_programs = for_programs

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001  a log line must never end a worker; logging reports it
            self.handleError(record)


class _Formatter(logging.Formatter):
    """Formats records, of our events and of libraries, as one of the two kinds of lines."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        # ASCII, because in a path, a name that isn't UTF-8 contains lone surrogates.
        return json.dumps(_ecs(record), ensure_ascii=True, default=str) if self._as_json else _line(record)


def _event(record: logging.LogRecord) -> tuple[str | None, dict[str, Any]]:
    """The name and the values of one of our events; a library's record has no name."""
    return getattr(record, "event_name", None), getattr(record, "event_values", None) or {}


def _at_ms(record: logging.LogRecord) -> int:
    return int(record.created * 1000)


def _trace(exc_info: Any) -> str:
    return logging.Formatter().formatException(exc_info)


def _ecs(record: logging.LogRecord) -> dict[str, Any]:
    name, values = _event(record)
    # In this order, and with dotted names: https://github.com/elastic/ecs-logging/tree/main/spec
    line: dict[str, Any] = {
        "@timestamp": iso_epoch_ms(_at_ms(record)),
        "log.level": record.levelname.lower(),
        "message": _message(record),
        "ecs.version": "8.11.0",
        "service.name": "newsdrop",
        "event.dataset": "newsdrop.log",
        "log.logger": record.name,
        "process.pid": record.process,
    }
    if name:
        line.update({"event.kind": "event", "event.action": name})
        line.update(_field(key, value) for key, value in values.items())
    if record.exc_info:
        error = record.exc_info[1]
        line.update({"error.type": type(error).__name__, "error.message": str(error)})
        line["error.stack_trace"] = _trace(record.exc_info)
    return line


def _field(key: str, value: Any) -> tuple[str, Any]:
    if key == "duration_ms":
        # ECS counts in nanoseconds.
        value = value * _NS_PER_MS
    return field_name(key), value


def field_name(key: str) -> str:
    """The name of an event's key in a JSON line."""
    return _ECS_FIELDS.get(key, _FIELD_PREFIX + key)


def _message(record: logging.LogRecord) -> str:
    name, values = _event(record)
    return (
        " ".join([name, *(f"{key}={value}" for key, value in values.items())])
        if name
        else record.getMessage()
    )


def _line(record: logging.LogRecord) -> str:
    name, values = _event(record)
    facts = (f"{key}={clean(value)}" for key, value in values.items())
    text = "  ".join([name, *facts]) if name else clean(record.getMessage())
    line = f"{shown_ms(_at_ms(record))} {record.levelname.lower():<8}{text}"
    if record.exc_info:
        line += "\n" + "\n".join(clean(row) for row in _trace(record.exc_info).splitlines())
    return line
