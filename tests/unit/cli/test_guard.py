"""Every error becomes one message and the right exit code, never a traceback."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner, Result

from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.logs import set_up_logs
from newsdrop.cli.terminal import write
from newsdrop.errors import ConfigError, EmptyFileError, GoneError, OutageError
from newsdrop.settings import Log
from newsdrop.stopsignals import stop_signals


def run_with(error: BaseException) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    @guarded
    def command() -> None:
        raise error

    return CliRunner().invoke(app, [])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EmptyFileError("The file x is empty."), 1),
        (ConfigError("Setting redis.url: wrong."), 2),
        (OutageError("Redis does not answer."), 3),
        (KeyboardInterrupt(), 130),
        (ValueError("oops"), 1),
        (PermissionError(13, "Permission denied", "/secret"), 1),
        (typer.Exit(7), 7),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: BaseException, code: int) -> None:
    result = run_with(error)
    assert result.exit_code == code
    assert "Traceback" not in result.output


def test_a_command_looks_for_garbage_again_which_its_loading_did_not() -> None:
    seen: list[bool] = []
    gc.disable()
    try:
        guarded(lambda: seen.append(gc.isenabled()))()
    finally:
        gc.enable()
    assert seen == [True]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ConfigError("Setting redis.url: wrong."), 2, "Setting redis.url: wrong."),
        (OutageError("Redis does not answer."), 3, "Redis does not answer."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (PermissionError(13, "Permission denied", "/x"), 1, "The system refused: Permission denied (/x)."),
        (GoneError("There is no /a\udcff."), 1, "There is no /a\\udcff."),
    ],
)
def test_a_command_that_was_asked_for_json_prints_its_error_as_json(
    error: BaseException, code: int, message: str
) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    @guarded
    def command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        raise error

    result = CliRunner().invoke(app, ["--json"])
    assert result.exit_code == code
    # On one line, as what was printed before may be.
    (line,) = result.stdout.splitlines()
    assert json.loads(line) == {"error": {"message": message, "exit_code": code}}
    assert message in result.stderr
    assert CliRunner().invoke(app, []).stdout == ""


def _concluding(failure: str) -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    @guarded
    def command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        conclude({"files": 3}, lambda: write("three files"), as_json=as_json, failure=failure)

    return app


def test_an_answer_that_means_a_failure_says_so_in_one_json_value() -> None:
    result = CliRunner().invoke(_concluding("One is wrong."), ["--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"files": 3, "error": {"message": "One is wrong.", "exit_code": 1}}
    assert result.stderr == "One is wrong.\n"


def test_people_get_the_answer_and_why_it_means_a_failure() -> None:
    result = CliRunner().invoke(_concluding("One is wrong."), [])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "three files\n", "One is wrong.\n")


@pytest.mark.parametrize(("arguments", "said"), [([], "three files\n"), (["--json"], '{\n  "files": 3\n}\n')])
def test_an_answer_without_a_failure_is_all_there_is(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(_concluding(""), arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (0, said, "")


def test_a_question_that_was_not_answered_with_yes_is_a_failure_in_json_too() -> None:
    result = run_with(typer.Abort())
    assert (result.exit_code, result.stderr) == (1, "Nothing was changed.\n")


def test_whoever_stops_reading_our_output_ends_us_quietly() -> None:
    program = (
        "import typer; from newsdrop.cli.guard import guarded; from newsdrop.cli.terminal import write\n"
        "app = typer.Typer()\n"
        "@app.command()\n"
        "@guarded\n"
        "def command():\n"
        "    while True: write('x' * 1000)\n"
        "app()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_the_message_is_shown_alone_and_on_stderr() -> None:
    result = run_with(EmptyFileError("The file x is empty."))
    assert result.stderr == "The file x is empty.\n"
    assert result.stdout == ""


def test_control_characters_of_a_message_are_spelled_out() -> None:
    assert "\\x1b[31m" in run_with(EmptyFileError("bad \x1b[31m name")).stderr


def test_a_mistake_of_our_own_is_one_sentence_and_its_trace_goes_to_the_debug_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, "newsdrop.cli"):
        result = run_with(ValueError("oops"))
    assert "This is a bug in newsdrop: ValueError: oops" in result.stderr
    assert "Traceback" in caplog.text


def test_options_survive_the_guard() -> None:
    app = typer.Typer()

    @app.command()
    @guarded
    def command(count: int = typer.Option(1, "--count")) -> None:
        typer.echo(str(count + 1))

    assert CliRunner().invoke(app, ["--count", "4"]).stdout == "5\n"
    assert CliRunner().invoke(app, ["--count", "x"]).exit_code == 2


def end_inside(number: int, *arguments: str) -> Result:
    """A command that gets this signal while it works; it says what it did in the end."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    @guarded
    def command(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        try:
            os.kill(os.getpid(), number)
            write("went on")
        finally:
            # The next one must not interrupt this.
            os.kill(os.getpid(), signal.SIGTERM)
            write("given back")

    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def defaults() -> Iterator[None]:
    """The signals as a program finds them that nobody started with `nohup`."""
    before = {one: signal.signal(one, signal.SIG_DFL) for one in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.usefixtures("defaults")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_cleans_up_and_says_so(number: signal.Signals) -> None:
    result = end_inside(number)
    assert result.exit_code == 128 + number
    assert result.stdout == "given back\n"
    assert result.stderr == f"Ended by {number.name}.\n"
    told = json.loads(end_inside(number, "--json").stdout.splitlines()[-1])
    assert told == {"error": {"message": f"Ended by {number.name}.", "exit_code": 128 + number}}
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.usefixtures("defaults")
def test_a_service_that_logs_json_says_so_in_a_line_of_its_log() -> None:
    app = typer.Typer()

    @app.command()
    @guarded
    def command(refused: bool = False) -> None:
        set_up_logs(Log(format="json"), service=True)
        if refused:
            raise ConfigError("A setting is wrong.")
        os.kill(os.getpid(), signal.SIGTERM)

    ended = json.loads(CliRunner().invoke(app, []).stderr)
    assert (ended["log.level"], ended["message"]) == ("info", "Ended by SIGTERM.")
    refused = json.loads(CliRunner().invoke(app, ["--refused"]).stderr)
    assert (refused["log.level"], refused["message"]) == ("error", "A setting is wrong.")


@pytest.mark.usefixtures("defaults")
def test_what_nohup_ignores_stays_ignored() -> None:
    app = typer.Typer()

    @app.command()
    @guarded
    def command() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        write(" ".join(one.name for one in stop_signals()))

    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert CliRunner().invoke(app, []).stdout == "SIGINT SIGTERM\n"
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert stop_signals() == (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
