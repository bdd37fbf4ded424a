"""What a command's end means to the shell: the exit codes, and errors as one clear message on stderr.

    0 fine    1 something failed    2 usage or settings    3 a service can't be reached    130 interrupted

Nobody but a developer ever sees a traceback: a mistake of our own is one sentence too, and its traceback goes
to the log at level debug.
"""

from __future__ import annotations

import errno
import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from newsdrop.cli.terminal import say
from newsdrop.errors import ConfigError, NewsdropError, OutageError

__all__ = ["EXIT_FAILED", "EXIT_INTERRUPTED", "EXIT_UNREACHABLE", "EXIT_USAGE", "exit_code", "guarded"]

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130

_P = ParamSpec("_P")
_R = TypeVar("_R")
_LOGGER = logging.getLogger("newsdrop.cli")


def exit_code(error: BaseException) -> int:
    """The exit code that tells a script what kind of failure this was."""
    if isinstance(error, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    if isinstance(error, OutageError):
        return EXIT_UNREACHABLE
    if isinstance(error, ConfigError):
        return EXIT_USAGE
    return EXIT_FAILED


def guarded(command: Callable[_P, _R]) -> Callable[_P, _R]:
    """A command that ends with a message and an exit code, whatever happens inside it."""

    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt as error:
            say("Interrupted.")
            raise typer.Exit(exit_code(error)) from None
        except NewsdropError as error:
            say(error.message)
            raise typer.Exit(exit_code(error)) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of our output has left; typer ends quietly
            _LOGGER.debug("the command failed", exc_info=error)
            say(_sentence(error))
            raise typer.Exit(EXIT_FAILED) from None

    return run


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"The system refused: {error.strerror}{where}."
    return (
        f"newsdrop made a mistake of its own: {type(error).__name__}: {error}. "
        "Run the command again with NEWSDROP_LOG_LEVEL=debug to see where, and please report it."
    )
