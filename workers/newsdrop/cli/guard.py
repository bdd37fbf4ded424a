"""How a command ends: exit codes for the shell, and errors as one clear message on stderr.

    0 success    1 something failed    2 usage or settings    3 a service can't be reached    130 interrupted
    141 the reader of our output has closed it (as `head` does)    143, 129 ended by SIGTERM or SIGHUP

SIGTERM and SIGHUP (a terminal that closes) unwind a command as Ctrl-C does: what it holds is given back, what
it blocked is unblocked, and the embedded server is stopped. Then the process ends by that very signal, which
is how a service manager tells an ordered end from a failure.

With `--json`, stdout also gets `{"error": {"message": …, "exit_code": …}}`, beside the answer if there is
one, so that a program finds one JSON value in any case; only `conclude` and `guarded` do this. Only
developers ever see a traceback: a bug in newsdrop is reported in one sentence too, and its traceback goes to
the log at level debug.
"""

from __future__ import annotations

import errno
import functools
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from newsdrop.cli.logs import logs_are_json
from newsdrop.cli.terminal import say, write_json
from newsdrop.errors import ConfigError, NewsdropError, OutageError, printable, unforeseen

__all__ = [
    "BY_SIGNAL",
    "EXIT_FAILED",
    "EXIT_INTERRUPTED",
    "EXIT_UNREACHABLE",
    "EXIT_USAGE",
    "conclude",
    "end",
    "error_facts",
    "exit_code",
    "guarded",
]

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130
_EXIT_READER_LEFT = 141
#: What a shell adds to the number of the signal that ended a program.
BY_SIGNAL = 128

_P = ParamSpec("_P")
_R = TypeVar("_R")
_LOGGER = logging.getLogger("newsdrop.cli")


class _ToldToEnd(KeyboardInterrupt):
    """SIGTERM or SIGHUP, wherever the command is; whatever deals with Ctrl-C deals with these."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = signal.Signals(number)


def exit_code(error: BaseException) -> int:
    """The exit code that tells a script which kind of failure this was."""
    if isinstance(error, _ToldToEnd):
        return BY_SIGNAL + error.number
    if isinstance(error, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    if isinstance(error, OutageError):
        return EXIT_UNREACHABLE
    if isinstance(error, ConfigError):
        return EXIT_USAGE
    return EXIT_FAILED


def error_facts(message: str, code: int) -> dict[str, Any]:
    """A failure as programs read it."""
    return {"error": {"message": printable(message), "exit_code": code}}


def conclude(
    answer: Mapping[str, Any], show: Callable[[], object], *, as_json: bool, failure: str = ""
) -> None:
    """The end of a command: its answer, shown or as JSON, and whether that means that something failed.

    Args:
        failure: why the command fails in spite of its answer, in a sentence.
    """
    if not as_json:
        show()
    if failure:
        say(failure)
    if as_json:
        write_json(dict(answer) | (error_facts(failure, EXIT_FAILED) if failure else {}))
    if failure:
        raise typer.Exit(EXIT_FAILED)


def guarded(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """Wrap a command so that it always ends with a message and an exit code, whatever happens inside it."""

    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        _collect_garbage()
        try:
            with _interrupts_taken():
                return command(*args, **kwargs)
        except typer.Exit:
            raise
        except typer.Abort:
            raise _told("Nothing was changed.", EXIT_FAILED, kwargs) from None
        except KeyboardInterrupt as error:
            raise _told(_ended(error), exit_code(error), kwargs) from None
        except NewsdropError as error:
            raise _told(error.message, exit_code(error), kwargs) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                _leave_output()
                raise typer.Exit(_EXIT_READER_LEFT) from None
            cause = error.__cause__
            if isinstance(cause, KeyboardInterrupt):
                # Ctrl-C while a late import was creating a class.
                raise _told(_ended(cause), exit_code(cause), kwargs) from None
            _LOGGER.debug("the command failed", exc_info=error)
            raise _told(unforeseen(error), EXIT_FAILED, kwargs) from None

    return run


def end(program: Callable[[], object]) -> NoReturn:
    """Run the whole program and leave the process: for what happens outside of commands, as `--help` does.

    Here it also shows that the output couldn't be written: rich and typer end the process with 1 when its
    reader has left, and what they have buffered is written last.
    """
    code: int | str | None = 0
    try:
        program()
    except SystemExit as exit_:
        code = _EXIT_READER_LEFT if isinstance(exit_.__context__, BrokenPipeError) else exit_.code
    except Exception as error:  # noqa: BLE001  nothing is above this
        code = _failed_outside(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or _failed_outside(error)
        _leave_output()
    _end_by_signal(code)
    sys.exit(code)


def _failed_outside(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        return _EXIT_READER_LEFT
    _LOGGER.debug("the program failed", exc_info=error)
    _told(unforeseen(error), EXIT_FAILED, {})
    return EXIT_FAILED


def _told(message: str, code: int, options: Mapping[str, object]) -> typer.Exit:
    """The exit to raise, after reporting the error on stderr, and on stdout too if JSON was requested.

    A service whose log is JSON has nothing else on stderr, so this is a line of it. If they can't be written
    to (a full disk, most likely), that may be what is reported: the code is left.
    """
    with suppress(OSError):
        if logs_are_json():
            _LOGGER.log(logging.INFO if code > BY_SIGNAL else logging.ERROR, "%s", printable(message))
        else:
            say(message)
    if options.get("as_json"):
        try:
            # On one line, since what was printed before may be lines (`status --watch --json`).
            write_json(error_facts(message, code), indent=-1)
        except OSError:
            _leave_output()
    return typer.Exit(code)


@contextmanager
def _interrupts_taken() -> Iterator[None]:
    """While a command runs, the signals that end programs are exceptions; services install handlers instead.

    Ctrl-C wasn't one while we were being loaded (`newsdrop.__main__`), and stays one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    ours = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_DFL]

    def tell(number: int, _frame: FrameType | None) -> None:
        # Terminals and service managers send more than one; the end must not be interrupted by the next.
        for one in ours:
            signal.signal(one, signal.SIG_IGN)
        raise _ToldToEnd(number)

    for one in ours:
        signal.signal(one, tell)
    try:
        yield
    finally:
        for one in ours:
            signal.signal(one, signal.SIG_DFL)


def _ended(error: KeyboardInterrupt) -> str:
    return f"Ended by {error.number.name}." if isinstance(error, _ToldToEnd) else "Interrupted."


def _end_by_signal(code: int | str | None) -> None:
    """End by SIGTERM or SIGHUP if that is what the exit code says; the first process of a container can't."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if code == BY_SIGNAL + number:
            with suppress(OSError):
                sys.stderr.flush()
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def _collect_garbage() -> None:
    """Turn the garbage collector on again; it was off while we were loaded, and what is loaded stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _leave_output() -> None:
    """Discard what is still to be written to stdout, or Python complains about it when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
