"""`newsdrop dead …`: list and show dead letters, replay, discard and export them.

All commands take the same filters (letter_choice.py). Those that change dead letters need a filter or an
explicit `--all`, so that nobody replays 100,000 files by mistake.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, BinaryIO, cast

import msgspec
import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.choices import AsJson, given_path
from newsdrop.cli.guard import EXIT_FAILED, guarded
from newsdrop.cli.letter_choice import choosing
from newsdrop.cli.letter_view import ID_CHARS, letter_facts, print_groups, print_letter, stream_letters
from newsdrop.cli.terminal import clean_json, say, write, write_json
from newsdrop.desk.given import check_given
from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.ledger.deadletters import LetterFilter, LetterPage
from newsdrop.plurals import counted
from newsdrop.settings import load_settings
from newsdrop.statefolder import for_the_owner
from newsdrop.user import who

__all__ = ["app"]

#: Dead letters per page, unless --limit is given.
_PAGE_LETTERS = 50


class Sort(StrEnum):
    """The orders of a list."""

    NEWEST = "newest"
    OLDEST = "oldest"


app = typer.Typer(no_args_is_help=True)

Everything = Annotated[bool, typer.Option("--all", help="All open dead letters.")]


@app.command(
    "list", help="List dead letters.", epilog="Example:  newsdrop dead list --stage parse --newer 1d"
)
@guarded
@choosing()
def list_letters(
    chosen: LetterFilter,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=1_000_000,
            help="At most this many; default: 50, with --json all.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show all of them.")] = False,
    after: Annotated[
        str | None,
        typer.Option("--after", metavar="ID", help="Continue after this dead letter.", show_default=False),
    ] = None,
    sort: Annotated[Sort, typer.Option(help="The order, by last failure.")] = Sort.NEWEST,
    as_json: AsJson = False,
) -> None:
    if every and limit is not None:
        raise ConfigError("Give --all or --limit, not both.")
    check_given(**{"--after": after})
    newest = sort is Sort.NEWEST
    with open_services(load_settings()) as services:
        chosen = _spelled_out(services, chosen)
        start = None if after is None else _whole_id(services, after)
        if limit is None and (every or as_json):
            found = services.letters.iterate(chosen, after=services.letters.place(start), newest=newest)
            stream_letters(found, as_json=as_json)
            return
        page = services.letters.page(chosen, limit=limit or _PAGE_LETTERS, after=start, newest=newest)
        stream_letters(page.letters, as_json=as_json)
    _say_more(page, as_json=as_json)


@app.command(help="Show one dead letter in full.", epilog="Example:  newsdrop dead show 3f0c… --json")
@guarded
def show(
    letter_id: Annotated[
        str, typer.Argument(metavar="ID", help="The dead letter's id, or its first characters.")
    ],
    as_json: AsJson = False,
) -> None:
    check_given(ID=letter_id)
    with open_services(load_settings()) as services:
        letter = services.letter(letter_id)
    if letter is None:
        raise _no_letter(letter_id)
    if as_json:
        write_json(letter_facts(letter, full=True))
    else:
        print_letter(letter)


@app.command(help="Count dead letters by kind of failure.", epilog="Example:  newsdrop dead groups")
@guarded
@choosing()
def groups(
    chosen: LetterFilter,
    as_json: AsJson = False,
) -> None:
    with open_services(load_settings()) as services:
        found = services.letters.groups(_spelled_out(services, chosen))
    if as_json:
        write_json(found)
    else:
        print_groups(found)


@app.command(
    help="Queue dead letters again.", epilog="Example:  newsdrop dead replay --error UnknownDialectError"
)
@guarded
@choosing()
def replay(
    chosen: LetterFilter,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    chosen = _explicit(chosen, everything)
    with open_services(load_settings()) as services:
        left: Counter[str] = Counter()
        count = services.letters.replay(_spelled_out(services, chosen), by=who(), left=left)
    _show_count("replayed", count, "Workers will try again.", as_json=as_json, left=left)


@app.command(help="Discard dead letters for good.", epilog="Example:  newsdrop dead discard --path '*/ads/*'")
@guarded
@choosing()
def discard(
    chosen: LetterFilter,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    chosen = _explicit(chosen, everything)
    with open_services(load_settings()) as services:
        count = services.letters.discard(_spelled_out(services, chosen), by=who())
    _show_count("discarded", count, "Files stay where they are.", as_json=as_json)


@app.command(
    help="Write dead letters to a file, one JSON object per line ('-': stdout).",
    epilog="Example:  newsdrop dead export letters.jsonl --older 30d",
)
@guarded
@choosing(by_id=False)
def export(
    target: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file; '-' is stdout.", parser=given_path)
    ],
    chosen: LetterFilter,
) -> None:
    with open_services(load_settings()) as services:
        if str(target) == "-":
            count = services.letters.export(chosen, cast(BinaryIO, _CleanedOutput()))
        else:
            with _taking_the_place_of(target) as file:
                count = services.letters.export(chosen, file)
    say(f"{counted(count, 'dead letter')} exported.")


@contextmanager
def _taking_the_place_of(target: Path) -> Iterator[BinaryIO]:
    """A file that has the name once it is written to the end; if that fails, what has the name stays."""
    real = Path(os.path.realpath(target))
    if real.exists() and not real.is_file():
        with open(real, "wb") as straight:
            yield straight
        return
    part = real.with_name(f".newsdrop-{os.getpid()}.part")
    try:
        # Dead letters may contain whole articles: a new file is readable by the owner only.
        with open(part, "xb", opener=for_the_owner) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if real.exists():
            shutil.copymode(real, part)
        part.replace(real)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        with suppress(OSError):
            part.unlink()


class _CleanedOutput:
    """stdout for lines of JSON, cleaned because it may be a terminal."""

    def write(self, line: bytes) -> int:
        sys.stdout.write(clean_json(line))
        return len(line)


def _say_more(page: LetterPage, *, as_json: bool) -> None:
    """Print how many there are in total, and how to see the next ones."""
    tell = say if as_json else write
    shown = len(page.letters)
    if not page.more:
        if not as_json:
            tell(f"{counted(shown, 'dead letter')}.")
    elif page.letters:
        if page.total is None:
            tell(f"{counted(shown, 'dead letter')}; there may be more.")
        else:
            tell(f"{shown:,} of {counted(page.total, 'dead letter')}.")
        last = page.letters[-1].id[:ID_CHARS]
        tell(f"next: the same command with --after {last}   all: --all   by kind: newsdrop dead groups")


def _whole_id(services: OpenServices, start: str) -> str:
    letter = services.letter(start)
    if letter is None:
        raise _no_letter(start)
    return letter.id


def _spelled_out(services: OpenServices, chosen: LetterFilter) -> LetterFilter:
    """The filter with full ids where only their first characters are given; an unknown id is an error."""
    return msgspec.structs.replace(chosen, ids=tuple(_whole_id(services, start) for start in chosen.ids))


def _no_letter(letter_id: str) -> NewsdropError:
    return NewsdropError(f"There is no dead letter {letter_id}.")


def _explicit(chosen: LetterFilter, everything: bool) -> LetterFilter:
    if chosen == LetterFilter() and not everything:
        raise ConfigError(
            "Say which dead letters: give ids or a filter (see --help), or --all for every open one."
        )
    return chosen


def _show_count(
    what: str, count: int, then: str, *, as_json: bool, left: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Print how many were changed, and why others weren't (`left`: by reason), which is a failure."""
    if as_json:
        write_json({what: count} | ({"left": left} if left else {}))
    elif count or not left:
        write(f"{counted(count, 'dead letter')} {what}. {then}" if count else "No open dead letter matches.")
    for reason, letters in left.items():
        say(f"{counted(letters, 'dead letter')} can't be {what}: {reason}")
    if left:
        raise typer.Exit(EXIT_FAILED)
