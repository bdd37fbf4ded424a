"""Dead letters as people and programs see them. Only shows them; decides and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from newsdrop.cli.fitting import fit_end, fit_path
from newsdrop.cli.terminal import clean, columns, write, write_facts, write_json_list
from newsdrop.documents import DeadLetter, encode_path, without_name
from newsdrop.ledger.deadletters import LetterGroup, letter_json
from newsdrop.ledger.grouping import short_name
from newsdrop.plurals import counted
from newsdrop.times import shown_ms

__all__ = ["ID_CHARS", "letter_facts", "print_failures", "print_groups", "print_letter", "stream_letters"]

#: Two dead letters in a million share such a prefix once in five hundred times; then both are named.
ID_CHARS = 12
#: A shorter part of a message would be useless.
_LEAST_SAID = 12


def letter_facts(letter: DeadLetter, *, full: bool = False) -> dict[str, Any]:
    """A dead letter for JSON, its paths escaped; without `full`, without its bytes and traceback."""
    if not full:
        letter = msgspec.structs.replace(letter, content=None, raw=None, stack_trace="")
    facts: dict[str, Any] = msgspec.json.decode(letter_json(letter))
    return facts | {"source": encode_path(letter.source)}


def print_failures(failures: Iterable[tuple[str, str]]) -> None:
    """Which files failed and why, two lines each, the path once: pairs of both."""
    width = columns()
    for path, message in failures:
        write(fit_end(clean(without_name(message, path)), width))
        write(f"  {fit_path(clean(path), width - 2)}")


def stream_letters(letters: Iterable[DeadLetter], *, as_json: bool = False) -> None:
    """Two lines each, or a JSON list; only one dead letter is held in memory at a time."""
    if as_json:
        write_json_list(letter_facts(letter) for letter in letters)
        return
    width = columns()
    for letter in letters:
        where = f"  {letter.id[:ID_CHARS]}  {shown_ms(letter.last_failed_ms, seconds=False)}  "
        write(fit_end(clean(letter.reason), width))
        write(where + fit_path(clean(letter.source), width - len(where)))


def print_groups(groups: Iterable[LetterGroup]) -> None:
    """Kinds of failure, most frequent first, one per line; those of one name are one kind to a person."""
    letters: Counter[str] = Counter()
    reasons: dict[str, dict[str, None]] = {}
    for one in groups:
        letters[one.name] += one.letters
        reasons.setdefault(one.name, {})[clean(one.reason)] = None
    rows = [(f"{count:,}", name, list(reasons[name])) for name, count in letters.most_common()]
    widest, longest = (max((len(row[at]) for row in rows), default=0) for at in (0, 1))
    room = columns() - widest - longest - 4
    for count, name, messages in rows:
        line = f"{count:>{widest}}  {name:<{longest}}"
        write(f"{line}  {_said(messages, room)}".rstrip())


def _said(messages: list[str], room: int) -> str:
    """The first message, and how many others there are, as far as there is room."""
    more = f" (and {counted(len(messages) - 1, 'other reason')})" if len(messages) > 1 else ""
    left = room - len(more)
    return fit_end(messages[0], left) + more if left >= _LEAST_SAID else ""


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
        facts[letter.status] = f"{shown_ms(letter.changed_ms)} by {letter.changed_by}"
    said = letter.error_message
    for number, attempt in enumerate(letter.attempts, 1):
        told = "" if _same(attempt.message, said) else f": {attempt.message}"
        facts[f"try {number}"] = f"{shown_ms(attempt.at_ms)} on {attempt.host}, {attempt.stage}{told}"
    write_facts(facts.items())
    if letter.stack_trace:
        write(letter.stack_trace)


def _same(brief: str, message: str) -> bool:
    """Whether an attempt's message, of which only the beginning is kept, is the dead letter's."""
    return bool(brief) and message.startswith(brief)
