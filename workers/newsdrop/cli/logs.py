"""Logging for every process we start: lines for people, ECS JSON for machines, always on stderr.

`events.emit` hangs the event's name and values on the record; here they become `event.action` and fields.
What files put into values (paths, messages) is cleaned before it reaches a terminal. Nothing here decides
what is worth logging: events.py does.
"""

from __future__ import annotations

import datetime
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from newsdrop.cli.terminal import clean
from newsdrop.settings import Log

__all__ = ["set_up_logs"]

EventDict = MutableMapping[str, Any]
#: Libraries that tell more than we want to hear, and from which level on we listen.
_TALKATIVE = {
    # It warns of each try; what comes of them is our own error, told once.
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


def set_up_logs(log: Log, *, service: bool) -> None:
    """Send all logs of this process to stderr; calling it again replaces the earlier set-up.

    Args:
        service: whether logs are what this process has to say (`watch`, `worker`): then "auto" means JSON
            unless stderr is a terminal. Other commands log as text, and below a warning only at level debug,
            because their answer is on stdout already.
    """
    as_json = log.format == "json" or (log.format == "auto" and service and not sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[log.level.upper()]
    if not service and level > logging.DEBUG:
        level = max(level, logging.WARNING)
    handler = _StderrHandler()
    handler.setFormatter(_formatter(as_json=as_json))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name, least in _TALKATIVE.items():
        logging.getLogger(name).setLevel(level if level <= logging.DEBUG else max(least, level))


class _StderrHandler(logging.Handler):
    """Writes to whatever sys.stderr is at that moment, as a progress display or a test may replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001  a log line must never end a worker; logging reports it
            self.handleError(record)


def _formatter(*, as_json: bool) -> logging.Formatter:
    render: list[Any] = [_ecs, _json()] if as_json else [_line]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_from_record],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )


def _from_record(_logger: Any, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["at"] = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    event["level"] = record.levelname.lower()
    event["logger"] = record.name
    event["process"] = record.process
    event["name"] = getattr(record, "event_name", None)
    event["values"] = dict(getattr(record, "event_values", None) or {})
    if record.exc_info:
        event["trace"] = logging.Formatter().formatException(record.exc_info)
        event["error"] = (type(record.exc_info[1]).__name__, str(record.exc_info[1]))
    return event


def _ecs(_logger: Any, _method: str, event: EventDict) -> EventDict:
    # In this order, and with dotted names: https://github.com/elastic/ecs-logging/tree/main/spec
    line: EventDict = {
        "@timestamp": event["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "log.level": event["level"],
        "message": _message(event),
        "ecs.version": "8.11.0",
        "service.name": "newsdrop",
        "event.dataset": "newsdrop.log",
        "log.logger": event["logger"],
        "process.pid": event["process"],
    }
    if event["name"]:
        line.update({"event.kind": "event", "event.action": event["name"]})
        line.update(_field(key, value) for key, value in event["values"].items())
    if "trace" in event:
        kind, message = event["error"]
        line.update({"error.type": kind, "error.message": message, "error.stack_trace": event["trace"]})
    return line


def _field(key: str, value: Any) -> tuple[str, Any]:
    if key == "duration_ms":
        # ECS counts in nanoseconds.
        value = value * _NS_PER_MS
    return _ECS_FIELDS.get(key, _FIELD_PREFIX + key), value


def _json() -> structlog.processors.JSONRenderer:
    # ASCII, because a name that is no UTF-8 stands in a path as a lone surrogate.
    return structlog.processors.JSONRenderer(ensure_ascii=True, default=str)


def _message(event: EventDict) -> str:
    if not event["name"]:
        return str(event["event"])
    return " ".join([event["name"], *(f"{key}={value}" for key, value in event["values"].items())])


def _line(_logger: Any, _method: str, event: EventDict) -> str:
    clock = event["at"].astimezone().strftime("%H:%M:%S")
    if event["name"]:
        values = (f"{key}={clean(value)}" for key, value in event["values"].items())
        text = "  ".join([event["name"], *values])
    else:
        text = clean(event["event"])
    line = f"{clock} {event['level']:<8}{text}"
    if "trace" in event:
        line += "\n" + "\n".join(clean(row) for row in event["trace"].splitlines())
    return line
