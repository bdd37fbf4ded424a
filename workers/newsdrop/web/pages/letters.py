"""Dead letters: groups, lists, and single letters; replayed or discarded."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsdrop.desk.durations import seconds
from newsdrop.documents import DeadLetter, Drop, Stage, Stamp
from newsdrop.errors import ConfigError, GoneError, NewsdropError
from newsdrop.ledger.deadletters import LetterFilter
from newsdrop.ledger.grouping import short_name
from newsdrop.web.answers import ProblemError
from newsdrop.web.backends import Desk
from newsdrop.web.rendering import render

__all__ = ["change_letters", "letter_page", "letters_page", "preview_piece"]

_PAGE: Final = 50
_FILTERS: Final = ("group", "stage", "error", "path", "older", "newer", "id")
_SHOWN_BYTES: Final = 100_000
_HEX_BYTES: Final = 4_096
_CHANGES: Final = {"replay": "replayed", "discard": "discarded"}


def letters_page(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/letters`: the groups, and the newest letters that match the filter."""
    given = _given(dict(request.query_params))
    which = _filter(given)
    letters = desk.backends.letters
    shown = list(islice(letters.iterate(which), _PAGE + 1))
    values = {
        "given": given,
        "address": urlencode(given),
        "stages": list(Stage),
        "groups": desk.backends.groups.value(),
        "letters": shown[:_PAGE],
        "more": len(shown) > _PAGE,
        "count": letters.count(),
        "done": request.query_params.get("done", ""),
        "changed": request.query_params.get("changed", ""),
        "left": request.query_params.get("left", ""),
    }
    return render("letters.html", request, values)


def letter_page(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/letters/{id}`"""
    letter = _letter(desk, request.path_params["id"])
    as_hex = request.query_params.get("as") == "hex"
    values = {
        "letter": letter,
        "group": short_name(letter.error_type, letter.reason),
        "body": _body(desk, letter, as_hex=as_hex),
        "as_hex": as_hex,
    }
    return render("letter.html", request, values)


def preview_piece(desk: Desk, request: Request, _form: dict[str, str]) -> Response:
    """`/letters/{replay or discard}/ask`: how many letters match, with a request for confirmation."""
    given = _given_in_full(dict(request.query_params))
    change = _change(request)
    found = desk.backends.letters.iterate(_filter(given))
    # The latest failure comes first. What fails after it is none of those that are counted here.
    latest = next(found, None)
    count = 0 if latest is None else 1 + sum(1 for _ in found)
    values = {
        "latest": 0 if latest is None else latest.last_failed_ms,
        "given": given,
        "address": urlencode(given),
        "change": change,
        "meaning": _CHANGES[change],
        "count": count,
    }
    return render("letters_ask.html", request, values)


def change_letters(desk: Desk, request: Request, form: dict[str, str]) -> Response:
    """`/letters/{replay or discard}`, with POST: do it."""
    change = _change(request)
    which = _filter(_given_in_full(form))
    if which == LetterFilter() and form.get("all") != "yes":
        raise ProblemError(400, "Say which dead letters: give a filter, or all=yes.")
    which = _as_counted(which, form.get("latest", ""))
    letters, by = desk.backends.letters, desk.backends.by
    left: Counter[str] = Counter()
    changed = letters.replay(which, by, left=left) if change == "replay" else letters.discard(which, by)
    desk.backends.groups.forget()
    done = {"done": change, "changed": changed} | ({"left": left.total()} if left else {})
    return RedirectResponse(f"/letters?{urlencode(done)}", 303)


def _as_counted(which: LetterFilter, latest_ms: str) -> LetterFilter:
    """The letters that were counted when the person was asked, and not those that have come since."""
    if not (latest_ms.isascii() and latest_ms.isdecimal()):
        return which
    return msgspec.structs.replace(which, latest_ms=int(latest_ms))


def _change(request: Request) -> str:
    change = str(request.path_params["change"])
    if change not in _CHANGES:
        raise ProblemError(404, f"There is no action {change} for dead letters.")
    return change


def _given(parameters: dict[str, str]) -> dict[str, str]:
    return {name: parameters[name].strip() for name in _FILTERS if parameters.get(name, "").strip()}


def _given_in_full(parameters: dict[str, str]) -> dict[str, str]:
    """The same where letters are changed: a filter that is empty must not select all of them."""
    for name in _FILTERS:
        if name in parameters and not parameters[name].strip():
            raise ProblemError(400, f"The filter {name} is empty: give it a value, or leave it out.")
    return _given(parameters)


def _filter(given: dict[str, str]) -> LetterFilter:
    stage = given.get("stage")
    if stage is not None and stage not in list(Stage):
        raise ProblemError(400, f"{stage} is not a stage; the stages are: {', '.join(Stage)}.")
    return LetterFilter(
        ids=(given["id"],) if "id" in given else (),
        group=given.get("group"),
        stage=None if stage is None else Stage(stage),
        error=given.get("error"),
        path=given.get("path"),
        older_than_s=_age(given.get("older")),
        newer_than_s=_age(given.get("newer")),
    )


def _age(given: str | None) -> float | None:
    try:
        return None if given is None else seconds(given)
    except ConfigError as error:
        # What was typed is wrong, not a setting.
        raise ProblemError(400, error.message) from None


def _letter(desk: Desk, letter_id: str) -> DeadLetter:
    letter = desk.backends.letters.show(letter_id)
    if letter is None:
        raise GoneError(f"There is no dead letter {letter_id}.")
    return letter


def _body(desk: Desk, letter: DeadLetter, *, as_hex: bool) -> dict[str, Any]:
    """The bytes stored with the letter, or those of its file now, as text or as a hex dump."""
    try:
        data = _bytes_of(desk, letter)
    except NewsdropError as error:
        return {"text": "", "bytes": 0, "cut": False, "said": error.message}
    most = _HEX_BYTES if as_hex else _SHOWN_BYTES
    text = hex_dump(data[:most]) if as_hex else data[:most].decode("utf-8", "replace")
    return {"text": text, "bytes": len(data), "cut": len(data) > most, "said": ""}


def _bytes_of(desk: Desk, letter: DeadLetter) -> bytes:
    held = letter.raw if letter.raw is not None else letter.content
    if held is not None or letter.path is None:
        return held or b""
    stamp = letter.stamp or Stamp(0, 0)
    return desk.backends.rereader.data(
        Drop(id=letter.id, path=letter.path, member=letter.member, stamp=stamp)
    )


def hex_dump(data: bytes) -> str:
    """Sixteen bytes per line: offset, hexadecimal, characters."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{at:08x}  {row.hex(' ', 1):<47}  {letters}")
    return "\n".join(lines)
