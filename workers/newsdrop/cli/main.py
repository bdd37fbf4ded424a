"""The entry point `newsdrop`: one application, one module per command group, exit codes by guard.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import newsdrop
from newsdrop.cli import (
    audit,
    config,
    dead,
    demo,
    enqueue,
    health,
    index,
    ingest,
    kibana,
    metrics,
    parse,
    rules,
    search,
    setup,
    status,
    up,
    watch,
    worker,
)
from newsdrop.cli.logs import set_up_logs
from newsdrop.cli.terminal import clean, write
from newsdrop.errors import ConfigError
from newsdrop.settings import Log, load_settings

__all__ = ["app", "run"]


class _Commands(TyperGroup):
    """The commands; what a usage error repeats of arguments is cleaned: a shell's `*` made them of names."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _cleaned():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _cleaned():
            return super().invoke(ctx)


@contextmanager
def _cleaned() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Typer carries its own copy of click, whose errors it doesn't export; they all have a `message`.
        if hasattr(error, "message") and hasattr(error, "format_message"):
            error.message = clean(error.message)
        raise


app = typer.Typer(
    name="newsdrop",
    cls=_Commands,
    help="Archived news pages dropped in a folder, searchable in Elasticsearch, every file accounted for.",
    epilog="Start with:  newsdrop demo   then   newsdrop up ~/archive",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (
    up,
    watch,
    worker,
    enqueue,
    ingest,
    parse,
    search,
    status,
    audit,
    metrics,
    setup,
    config,
    demo,
):
    module.register(app)
app.add_typer(dead.app, name="dead")
app.add_typer(index.app, name="index")
app.add_typer(kibana.app, name="kibana")
app.add_typer(rules.app, name="rules")
app.add_typer(health.app, name="health")


def _show_version(wanted: bool) -> None:
    if wanted:
        write(f"newsdrop {newsdrop.__version__}")
        raise typer.Exit


@app.callback()
def root(
    config_file: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="The settings file (as NEWSDROP_CONFIG).", show_default=False
        ),
    ] = None,
    state_dir: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where embedded servers keep their data.", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    # By way of the environment, so that children (`up`) and Celery's own import of the settings see the same.
    if config_file is not None:
        os.environ["NEWSDROP_CONFIG"] = str(config_file.absolute())
    if state_dir is not None:
        os.environ["NEWSDROP_STATE_DIR"] = str(state_dir.absolute())
    set_up_logs(_log_settings(), service=False)


def _log_settings() -> Log:
    # Wrong settings are the command's to report: `--help` must work without them.
    try:
        return load_settings().log
    except ConfigError:
        return Log()


def run() -> None:
    """What the shell calls."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a character gets its escape, never an exception.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="newsdrop")
