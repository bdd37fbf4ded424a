"""The entry point `newsdrop`: one application, one module per command group, exit codes by guard.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

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
from newsdrop.cli.terminal import write
from newsdrop.errors import ConfigError
from newsdrop.settings import Log, load_settings

__all__ = ["app", "run"]

app = typer.Typer(
    name="newsdrop",
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
