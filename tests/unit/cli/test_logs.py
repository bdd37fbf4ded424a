"""Log lines: ECS JSON for machines, one clean line for people, both from the same events."""

from __future__ import annotations

import json
import logging
import warnings

import pytest

from newsdrop.cli.logs import set_up_logs
from newsdrop.events import CATALOGUE, emit
from newsdrop.settings import Log, validate


@pytest.mark.filterwarnings("always")
def test_a_warning_of_a_library_is_a_line_of_a_services_log(capsys: pytest.CaptureFixture[str]) -> None:
    # Another test may have set it up, before pytest took warnings for this one.
    logging.captureWarnings(capture=False)
    set_up_logs(Log(format="json"), service=True)
    warnings.warn("Two\nlines.", UserWarning, stacklevel=1)
    line = json.loads(capsys.readouterr().err)
    assert line["log.level"] == "warning"
    assert "Two\nlines." in line["message"]


def test_an_event_as_json_has_ecs_names_and_all_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(format="json"), service=True)
    emit("gate.closed", service="elasticsearch", reason="does not answer")
    line = json.loads(capsys.readouterr().err)
    assert line["event.action"] == "gate.closed"
    assert line["log.level"] == "error"
    assert line["newsdrop.service"] == "elasticsearch"
    assert line["message"] == "gate.closed service=elasticsearch reason=does not answer"
    assert line["@timestamp"].endswith("Z")


#: The fields we use and their types, as the reference of ECS 8.11 has them (date, keyword, text, long).
ECS: dict[str, type] = {
    "@timestamp": str,
    "log.level": str,
    "message": str,
    "ecs.version": str,
    "service.name": str,
    "event.dataset": str,
    "event.kind": str,
    "event.action": str,
    "event.reason": str,
    "event.duration": int,
    "log.logger": str,
    "process.pid": int,
    "file.path": str,
    "error.type": str,
    "error.message": str,
    "error.stack_trace": str,
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_event_is_a_line_of_ecs_with_our_own_fields_in_a_place_of_their_own(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(Log(format="json", level="debug"), service=True)
    numbers = {"duration_ms": 7}
    emit(name, **{key: numbers.get(key, "text") for key in CATALOGUE[name][1]})
    line = json.loads(capsys.readouterr().err)
    assert list(line)[:4] == ["@timestamp", "log.level", "message", "ecs.version"]
    for field, value in line.items():
        assert field.startswith("newsdrop.") or type(value) is ECS[field], field
    assert (line["event.kind"], line["event.action"], line["ecs.version"]) == ("event", name, "8.11.0")
    own = len([field for field in line if field.startswith("newsdrop.")])
    assert own + len(
        {"file.path", "error.type", "error.message", "event.reason", "event.duration"} & line.keys()
    ) == len(CATALOGUE[name][1])


def test_what_ecs_has_a_word_for_goes_by_it(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(format="json"), service=True)
    emit(
        "drop.dead", source="/in/a.md", stage="read", type="EmptyFileError", message="It is empty.", group="g"
    )
    emit("index.migrated", source="a", target="b", documents=1, duration_ms=1_500)
    dead, migrated = map(json.loads, capsys.readouterr().err.splitlines())
    assert (dead["error.type"], dead["error.message"]) == ("EmptyFileError", "It is empty.")
    assert dead["newsdrop.source"] == "/in/a.md"
    assert migrated["event.duration"] == 1_500_000_000


def test_an_exception_is_told_in_ecs(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(format="json"), service=True)
    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("elsewhere").exception("it failed")
    line = json.loads(capsys.readouterr().err)
    assert (line["message"], line["error.type"], line["error.message"]) == ("it failed", "ValueError", "boom")
    assert "Traceback" in line["error.stack_trace"]
    assert "event.action" not in line


def test_a_service_that_writes_to_no_terminal_logs_json(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(), service=True)
    emit("gate.opened", service="elasticsearch")
    assert json.loads(capsys.readouterr().err)["log.level"] == "info"


def test_a_command_logs_text_and_only_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(), service=False)
    emit("gate.opened", service="elasticsearch")
    emit("gate.closed", service="elasticsearch", reason="away")
    (line,) = capsys.readouterr().err.splitlines()
    assert "error" in line
    assert "gate.closed  service=elasticsearch  reason=away" in line


def test_debug_shows_everything_even_to_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(level="debug"), service=False)
    emit("gate.opened", service="elasticsearch")
    assert "gate.opened" in capsys.readouterr().err


@pytest.mark.parametrize("format_name", ["text", "json"])
def test_what_a_path_smuggles_in_never_reaches_the_terminal(
    format_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(validate(Log, {"format": format_name}), service=True)
    emit("watch.unreadable", path="/in/\x1b[2J\udce9\nfake line", reason="no")
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert len(err.splitlines()) == 1


def test_a_trace_is_kept_in_both_formats(capsys: pytest.CaptureFixture[str]) -> None:
    for format_name in ("text", "json"):
        set_up_logs(validate(Log, {"format": format_name}), service=True)
        try:
            raise ValueError("boom")
        except ValueError:
            logging.getLogger("elsewhere").exception("it failed")
        assert "ValueError: boom" in capsys.readouterr().err


def test_setting_up_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(Log(format="text"), service=True)
    set_up_logs(Log(format="text"), service=True)
    emit("gate.opened", service="x")
    assert len(capsys.readouterr().err.splitlines()) == 1
