"""The entry point `newsdrop`: one application, one module per command group, exit codes from guard.py."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from newsdrop.cli.choices import given_path
from newsdrop.cli.guard import EXIT_USAGE, end, error_facts
from newsdrop.cli.logs import set_up_logs
from newsdrop.cli.summaries import SUMMARIES
from newsdrop.cli.terminal import clean, write, write_json
from newsdrop.errors import ConfigError
from newsdrop.settings import Log, load_settings
from newsdrop.version import VERSION

__all__ = ["app", "run"]


#: Options of `newsdrop` itself, which stand before the command, and their values.
_FIRST: Final = {"--config": "FILE", "--state-dir": "DIR"}

#: Where a context keeps whether the answer is to be JSON.
_AS_JSON = "newsdrop.json"


class _Commands(TyperGroup):
    """The commands, each imported when it is called.

    Arguments that a usage error repeats are cleaned: a shell's `*` may be any file name.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # What is listed: the overview, completion and suggestions need a name and a sentence, no module.
        self.commands = {name: TyperCommand(name, help=said) for name, said in SUMMARIES.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, None if listed is None else _load(str(listed.name)), rest

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> Any:
        as_json = "--json" in (args[: args.index("--")] if "--" in args else args)
        with _cleaned(as_json):
            context: Any = super().make_context(info_name, args, *rest, **more)
        context.meta[_AS_JSON] = as_json
        return context

    def invoke(self, ctx: Any) -> Any:
        with _cleaned(ctx.meta[_AS_JSON]):
            return super().invoke(ctx)


def _load(name: str) -> Any:
    """The command, or the group of commands, in the module of that name.

    Imported when it is called: together they import everything that newsdrop uses, which takes a second.
    """
    module = importlib.import_module(f"newsdrop.cli.{name}")
    if hasattr(module, "app"):
        command: Any = typer.main.get_group(module.app)
    else:
        alone = typer.Typer(add_completion=False)
        module.register(alone)
        command = typer.main.get_command(alone)
    command.name = name
    command.help = SUMMARIES[name]
    return command


@contextmanager
def _cleaned(as_json: bool) -> Iterator[None]:
    """Clean what a usage error repeats, and print it as JSON, too, for who asked for that."""
    try:
        yield
    except Exception as error:
        # Typer carries its own copy of click, whose errors it doesn't export; they all have a `message`.
        if hasattr(error, "message") and hasattr(error, "format_message"):
            error.message = clean(error.message) + _place_of(error)
            if as_json:
                write_json(error_facts(clean(error.format_message()), EXIT_USAGE), indent=-1)
        raise


def _place_of(error: Any) -> str:
    """Where an option belongs that was given behind the command; "" for other errors."""
    option = getattr(error, "option_name", None)
    if option not in _FIRST or error.ctx is None:
        return ""
    program, _, command = error.ctx.command_path.partition(" ")
    return f". It stands before the command: {program} {option} {_FIRST[option]} {command}"


app = typer.Typer(
    name="newsdrop",
    cls=_Commands,
    help="Drop archived news pages into a folder and search them in Elasticsearch. Every file is accounted "
    "for.",
    epilog="Start with:  newsdrop demo   then   newsdrop up ~/archive",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        write(f"newsdrop {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="The settings file (like NEWSDROP_CONFIG).",
            show_default=False,
            parser=given_path,
        ),
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder for the embedded servers' data.",
            show_default=False,
            parser=given_path,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    # Through the environment, so that children (`up`) and Celery's own import of the settings see the same.
    if config_file is not None:
        os.environ["NEWSDROP_CONFIG"] = _absolute(config_file, "--config")
    if state_dir is not None:
        os.environ["NEWSDROP_STATE_DIR"] = _absolute(state_dir, "--state-dir")
    set_up_logs(_log_settings(), service=False)


def _absolute(path: Path, option: str) -> str:
    try:
        return str(path.absolute())
    except FileNotFoundError:
        raise typer.BadParameter(
            f"{path} is relative, and the current folder doesn't exist any more.", param_hint=option
        ) from None


def _log_settings() -> Log:
    # Reporting wrong settings is up to the command: `--help` must work without them.
    try:
        return load_settings().log
    except ConfigError:
        return Log()


def run() -> None:
    """Run the command line."""
    # A closed stream is None; what is written to it is discarded.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  for as long as we live
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal can't show is written as an escape and never raises an exception.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    end(partial(app, prog_name="newsdrop"))
