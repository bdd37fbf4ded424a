"""Dead letters as people and programs see them. Shows; decides and changes nothing."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from rich.text import Text

from newsdrop.cli.fitting import fit_end, fit_path
from newsdrop.cli.terminal import clean, columns, output_console, paragraph, write, write_json_list
from newsdrop.documents import DeadLetter, encode_path
from newsdrop.errors import printable
from newsdrop.ledger.deadletters import LetterGroup, letter_json

__all__ = ["ID_CHARS", "letter_facts", "print_groups", "print_letter", "reason", "stream_letters"]

#: Two letters of a million share so much of an id once in five hundred times, and then both are named.
ID_CHARS = 12
#: A time without its seconds.
_MINUTES = 16
#: Less of a message says nothing.
_LEAST_SAID = 12
_PATH_HEAD = re.compile(r"\A~?/.*?(?=: | is | has | holds | leads | unpacks | looks | begins )[: ]*")


def letter_facts(letter: DeadLetter, *, full: bool = False) -> dict[str, Any]:
    """A letter as JSON takes it, its paths escaped; without `full` its bytes and its trace are left out."""
    if not full:
        letter = msgspec.structs.replace(letter, content=None, raw=None, stack_trace="")
    facts: dict[str, Any] = msgspec.json.decode(letter_json(letter))
    return facts | {"source": encode_path(letter.source)}


def stream_letters(letters: Iterable[DeadLetter], *, as_json: bool = False) -> None:
    """Two lines each, or a list of JSON; no more than one is held at a time."""
    if as_json:
        write_json_list(letter_facts(letter) for letter in letters)
        return
    width = columns()
    for letter in letters:
        where = f"  {letter.id[:ID_CHARS]}  {_when(letter.last_failed_ms)[:_MINUTES]}  "
        write(fit_end(clean(reason(letter)), width))
        write(where + fit_path(clean(letter.source), width - len(where)))


def reason(letter: DeadLetter) -> str:
    """Why it failed, without the file's name before it."""
    source, message = printable(letter.source), letter.error_message
    rest = message.removeprefix(source)
    return rest.lstrip(": ") if rest != message and rest.strip() else message


def print_groups(groups: Iterable[LetterGroup]) -> None:
    """Kinds of failure, most frequent first, a line each: the short name if no other has the same."""
    found = list(groups)
    names = Counter(one.name for one in found)
    rows = [
        (f"{one.letters:,}", one.name if names[one.name] == 1 else one.group, clean(_general(one.message)))
        for one in found
    ]
    widest, longest = (max((len(row[at]) for row in rows), default=0) for at in (0, 1))
    room = columns() - widest - longest - 4
    for count, name, message in rows:
        line = f"{count:>{widest}}  {name:<{longest}}"
        said = fit_end(message, room) if room >= _LEAST_SAID else ""
        write(f"{line}  {said}".rstrip())


def _general(message: str) -> str:
    """A message without the path at its head."""
    return _PATH_HEAD.sub("", message)


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
