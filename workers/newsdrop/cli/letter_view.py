"""Dead letters as people and programs see them. Only shows them; decides and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from newsdrop.cli.fitting import fit_end, fit_path
from newsdrop.cli.terminal import clean, columns, write, write_json_list
from newsdrop.documents import DeadLetter, encode_path
from newsdrop.ledger.deadletters import LetterGroup, letter_json
from newsdrop.ledger.grouping import short_name
from newsdrop.times import shown_ms

__all__ = ["ID_CHARS", "letter_facts", "print_groups", "print_letter", "stream_letters"]

#: Two dead letters in a million share such a prefix once in five hundred times; then both are named.
ID_CHARS = 12
#: A time without its seconds.
_MINUTES = 16
#: A shorter part of a message would be useless.
_LEAST_SAID = 12


def letter_facts(letter: DeadLetter, *, full: bool = False) -> dict[str, Any]:
    """A dead letter for JSON, its paths escaped; without `full`, without its bytes and traceback."""
    if not full:
        letter = msgspec.structs.replace(letter, content=None, raw=None, stack_trace="")
    facts: dict[str, Any] = msgspec.json.decode(letter_json(letter))
    return facts | {"source": encode_path(letter.source)}


def stream_letters(letters: Iterable[DeadLetter], *, as_json: bool = False) -> None:
    """Two lines each, or a JSON list; only one dead letter is held in memory at a time."""
    if as_json:
        write_json_list(letter_facts(letter) for letter in letters)
        return
    width = columns()
    for letter in letters:
        where = f"  {letter.id[:ID_CHARS]}  {_when(letter.last_failed_ms)[:_MINUTES]}  "
        write(fit_end(clean(letter.reason), width))
        write(where + fit_path(clean(letter.source), width - len(where)))


def print_groups(groups: Iterable[LetterGroup]) -> None:
    """Kinds of failure, most frequent first, one per line: by the short name if it is unique."""
    found = list(groups)
    names = Counter(one.name for one in found)
    rows = [
        (f"{one.letters:,}", one.name if names[one.name] == 1 else one.group, clean(one.reason))
        for one in found
    ]
    widest, longest = (max((len(row[at]) for row in rows), default=0) for at in (0, 1))
    room = columns() - widest - longest - 4
    for count, name, message in rows:
        line = f"{count:>{widest}}  {name:<{longest}}"
        said = fit_end(message, room) if room >= _LEAST_SAID else ""
        write(f"{line}  {said}".rstrip())


def print_letter(letter: DeadLetter) -> None:
    """Everything about one dead letter, without repetition."""
    write(letter.reason)
    write(f"  {letter.source}")
    facts = {
        "letter": f"{letter.id} ({letter.status})",
        "group": f"{short_name(letter.error_type, letter.reason)} ({letter.group})",
        "sha256": letter.sha256,
        "newsdrop": letter.version,
    }
    if letter.changed_ms:
        facts[letter.status] = f"{_when(letter.changed_ms)} by {letter.changed_by}"
    for name, value in facts.items():
        if value:
            write(f"{name:>10}  {value}")
    said = letter.error_message
    for number, attempt in enumerate(letter.attempts, 1):
        told = "" if _same(attempt.message, said) else f": {attempt.message}"
        write(f"{f'try {number}':>10}  {_when(attempt.at_ms)} on {attempt.host}, {attempt.stage}{told}")
    if letter.stack_trace:
        write(letter.stack_trace)


def _same(brief: str, message: str) -> bool:
    """Whether an attempt's message, of which only the beginning is kept, is the dead letter's."""
    return bool(brief) and message.startswith(brief)


def _when(at_ms: int | None) -> str:
    if not at_ms:
        return ""
    return shown_ms(at_ms)
