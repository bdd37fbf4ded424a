"""Dead letters as people and programs see them. Shows; decides and changes nothing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.text import Text

from newsdrop.cli.terminal import clean, output_console, paragraph, print_table, write
from newsdrop.documents import DeadLetter, encode_path
from newsdrop.ledger.deadletters import LetterGroup, letter_json

__all__ = ["letter_facts", "print_groups", "print_letter", "print_letters"]

#: Two letters of a million share so much of an id once in five hundred times, and then both are named.
_ID_CHARS = 12
#: A time without its seconds.
_MINUTES = 16


def letter_facts(letter: DeadLetter, *, full: bool = False) -> dict[str, Any]:
    """A letter as JSON takes it, its paths escaped; without `full` its bytes and its trace are left out."""
    if not full:
        letter = msgspec.structs.replace(letter, content=None, raw=None, stack_trace="")
    facts: dict[str, Any] = msgspec.json.decode(letter_json(letter))
    return facts | {"source": encode_path(letter.source)}


def print_letters(letters: Sequence[DeadLetter]) -> None:
    """One row each, with as much of the id as the other commands need."""
    rows = [
        (
            letter.id[:_ID_CHARS],
            _when(letter.last_failed_ms)[:_MINUTES],
            letter.stage,
            letter.source,
            letter.error_message,
        )
        for letter in letters
    ]
    print_table(["id", "failed", "stage", "file", "why"], rows, whole=["id"])
    write(f"{len(rows)} dead letters.")


def print_groups(groups: Iterable[LetterGroup]) -> None:
    """Kinds of failure, most frequent first."""
    rows = [(one.letters, one.group, one.message) for one in groups]
    print_table(["letters", "group", "newest message"], rows, right=["letters"], whole=["group"])


def print_letter(letter: DeadLetter) -> None:
    """Everything about one letter."""
    console = output_console()
    console.print(Text(f"Dead letter {clean(letter.id)} ({letter.status})", style="bold"))
    facts = {
        "file": letter.source,
        "stage": letter.stage,
        "error": letter.error_type,
        "why": letter.error_message,
        "group": letter.group,
        "sha256": letter.sha256,
        "first failed": _when(letter.first_failed_ms),
        "last failed": _when(letter.last_failed_ms),
        "changed": f"{_when(letter.changed_ms)} by {letter.changed_by}" if letter.changed_ms else "",
        "newsdrop": letter.version,
    }
    for name, value in facts.items():
        if value:
            console.print(f"{name:>13}  {clean(value)}")
    for number, attempt in enumerate(letter.attempts, 1):
        facts_of_try = f"{_when(attempt.at_ms)} on {attempt.host}, {attempt.stage}: {attempt.message}"
        console.print(f"{f'try {number}':>13}  {clean(facts_of_try)}")
    if letter.stack_trace:
        console.print(paragraph(letter.stack_trace), style="dim")


def _when(at_ms: int | None) -> str:
    if not at_ms:
        return ""
    return datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC).astimezone().isoformat(" ", "seconds")
