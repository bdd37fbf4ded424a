"""All output to the terminal: tables for people, JSON for programs, and nothing that a file smuggles in.

stdout carries the answer, stderr everything else, so that `--json` is pure JSON. Text that comes from files
(titles, paths, error messages) goes through `clean` first: no control sequence, no bidi override and no lone
surrogate gets out, and rich's markup is always off, so `[bold]` in a title stays `[bold]`. rich is imported
where something is drawn: workers, and answers for programs, do without it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from newsdrop.errors import NewsdropError, printable
from newsdrop.times import iso_times

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

__all__ = [
    "clean",
    "clean_json",
    "columns",
    "error_console",
    "output_console",
    "paragraph",
    "print_table",
    "say",
    "write",
    "write_facts",
    "write_json",
    "write_json_list",
]

#: C0 and C1 controls, DEL, line separators, and characters that change the direction of text.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNSAFE_JSON = re.compile(_UNSAFE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
#: Wide enough that a path piped into a file is not broken into lines.
_PIPED_COLUMNS = 240


def clean(value: object) -> str:
    """The text on one line, with everything a terminal would interpret spelled out as an escape."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), printable(str(value)))


def paragraph(value: object) -> str:
    """As `clean`, but the lines of the text stay lines."""
    return "\n".join(clean(line) for line in str(value).split("\n"))


def output_console() -> Console:
    """For the answer."""
    return _console(stderr=False)


def error_console() -> Console:
    """For everything that is not the answer: progress, notices, errors."""
    return _console(stderr=True)


def columns() -> int:
    """The width for the answer; without a terminal, wide enough for nearly everything."""
    return output_console().width if sys.stdout.isatty() else _PIPED_COLUMNS


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPED_COLUMNS
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True, width=width)


def say(message: str) -> None:
    """Print a notice for people, on stderr; its lines are cleaned."""
    typer.echo(paragraph(message), err=True)


def write(message: str = "") -> None:
    """Print a line of the answer, on stdout; cleaned."""
    typer.echo(paragraph(message))


def write_facts(facts: Iterable[tuple[str, object]]) -> None:
    """What is known of one thing, a line each; what isn't known is left out. Names stand to the right."""
    known = [(name, value) for name, value in facts if value]
    widest = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        write(f"  {name:>{widest}}  {clean(value)}")


def write_json(value: Any, *, indent: int = 2) -> None:
    """Print the answer for programs: one JSON value and a line feed on stdout, and nothing else."""
    typer.echo(_json(value, indent))


def write_json_list(values: Iterable[Any]) -> None:
    """Like `write_json` with a list, but only one value is held in memory at a time."""
    ahead = "["
    try:
        for value in values:
            typer.echo(ahead + "\n  " + _json(value, 2).replace("\n", "\n  "), nl=False)
            ahead = ","
    except NewsdropError:
        # What comes next says that this is not all; the list itself stays readable.
        if ahead == ",":
            typer.echo("\n]")
        raise
    typer.echo("[]" if ahead == "[" else "\n]")


def _json(value: Any, indent: int) -> str:
    encoded = msgspec.json.encode(iso_times(msgspec.to_builtins(value)))
    return clean_json(msgspec.json.format(encoded, indent=indent))


def clean_json(encoded: bytes) -> str:
    """The same JSON, with everything a terminal would interpret as an escape: people look at JSON as well."""
    # JSON contains such characters only in strings, except for the line feeds between lines.
    return _UNSAFE_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", encoded.decode("utf-8"))


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    title: str | None = None,
) -> None:
    """Print a table on stdout; every cell is cleaned, and long cells are wrapped, never cut.

    Args:
        right: columns aligned to the right.
        whole: columns that people copy, which may not be wrapped.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(clean(title)) if title else None, title_justify="left", header_style="bold")
    for column in columns:
        justify: JustifyMethod = "right" if column in right else "left"
        table.add_column(column, overflow="fold", justify=justify, no_wrap=column in whole)
    for row in rows:
        table.add_row(*(Text(clean(f"{cell:,}" if isinstance(cell, int) else cell)) for cell in row))
    console = output_console()
    console.print(table, soft_wrap=False)
