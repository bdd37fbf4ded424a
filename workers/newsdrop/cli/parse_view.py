"""How a file was read, as people see it: one screen of 80 by 24, or everything. Shows; works nothing out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text

from newsdrop.cli.fitting import fit_end
from newsdrop.cli.terminal import clean, columns, output_console, print_table, write
from newsdrop.documents import Article, Block, Document, Image, Moment
from newsdrop.parse.explanation import Dropped, Explanation, Match
from newsdrop.plurals import counted
from newsdrop.times import iso_epoch_ms, iso_time, shown_time

__all__ = ["print_document", "print_everything", "print_screen", "screen"]

#: Of the 24 lines of a small terminal one is left for what is typed next.
_LINES: Final = 23
_MOST_FIELDS: Final = 12
_LEAST_DROPPED: Final = 3


def print_document(article: Article, document: Document) -> None:
    """The document with all its fields, and the blocks of its text."""
    console = output_console()
    console.print(Text(clean(article.title), style="bold"))
    for name, value in _flat(document.source):
        if name not in ("title", "text"):
            console.print(Text(f"{name:>24}  {clean(value)}"))
    console.print(Text(f"{'_id':>24}  {document.id} (version {document.version})"))
    console.print()
    for block in article.blocks:
        console.print(Text(f"{block.kind:>6}  {clean(block.text)}"))


def print_screen(article: Article, explanation: Explanation) -> None:
    """What matters most about how it was read, on one screen."""
    for line in screen(article, explanation, columns()):
        write(line)


def print_everything(explanation: Explanation) -> None:
    """All that is known of how it was read."""
    write()
    write(_how(explanation))
    facts = [(origin.field, origin.place) for origin in explanation.origins]
    print_table(["field", "comes from"], facts, title="Where each field comes from")
    rows = [(match.role, match.selector, match.count) for match in explanation.matches if match.count]
    print_table(
        ["role", "selector", "matches"],
        rows,
        right=["matches"],
        title=f"Selectors of {explanation.rule}.toml that matched",
    )
    vain = [f"{match.role} {match.selector}" for match in explanation.matches if not match.count]
    write(f"Matched nothing: {'; '.join(vain) or 'none'}.")
    left = [(one.role, one.selector, one.text) for one in explanation.dropped]
    print_table(["role", "selector or reason", "text"], left, title="Left out of the body")


def screen(article: Article, explanation: Explanation, width: int) -> list[str]:
    """The lines of one screen, each within `width`: the fields with their places, what was left out."""
    lines = [article.title or "(no title)", _how(explanation), ""]
    lines += _fields(article, explanation, width)
    lines.append("")
    lines.append(_selectors(explanation.rule, explanation.matches))
    more = "Everything, the text included: the same with --all."
    room = _LINES - len(lines) - 1
    return [fit_end(clean(line), width) for line in [*lines, *_left_out(explanation.dropped, room), more]]


def _how(explanation: Explanation) -> str:
    rule = f"rule {explanation.rule}.toml, era {explanation.era}"
    return f"Dialect {explanation.dialect}, encoding {explanation.encoding}; {rule}."


def _fields(article: Article, explanation: Explanation, width: int) -> Iterator[str]:
    origins = explanation.origins
    shown = origins if len(origins) <= _MOST_FIELDS else origins[: _MOST_FIELDS - 1]
    names = max((len(one.field) for one in shown), default=0)
    room = max(10, (width - names - 4) // 2)
    values = [fit_end(clean(_value(article, one.field)), room) for one in shown]
    widest = max(map(cell_len, values), default=0)
    for one, value in zip(shown, values, strict=True):
        yield f"{one.field:<{names}}  {value}{' ' * (widest - cell_len(value))}  {one.place}"
    if len(shown) < len(origins):
        yield f"… and {counted(len(origins) - len(shown), 'more field')}"


def _value(article: Article, field: str) -> str:
    """What a field holds, in a few words."""
    if field == "text":
        return f"{counted(len(article.text), 'character')} in {counted(len(article.blocks), 'block')}"
    name = {"archived_at": "archived_at_ms", "language": "said_language"}.get(field, field)
    return _words(getattr(article, name, None))


def _words(value: Any) -> str:
    match value:
        case Moment():
            return shown_time(iso_time(value.at), value.precision)
        case int():
            return shown_time(iso_epoch_ms(value))
        case [Image() | Block(), *_]:
            return f"{len(value):,}"
        case list() | dict():
            return "; ".join(str(one) for one in value)
        case _:
            return str(value or "")


def _selectors(rule: str, matches: list[Match]) -> str:
    met = sum(1 for one in matches if one.count)
    return f"{met} of {counted(len(matches), 'selector')} of {rule}.toml matched something."


def _left_out(dropped: list[Dropped], room: int) -> Iterator[str]:
    """What was left out in at most `room` lines: how much by which role, and how some of it begins."""
    if not dropped:
        yield "Nothing was left out of the body."
        return
    roles = Counter(one.role for one in dropped)
    by_role = ", ".join(f"{count} {role}" for role, count in roles.most_common())
    yield f"Left out of the body: {by_role}."
    widest = max(len(one.role) for one in dropped)
    for one in dropped[: max(_LEAST_DROPPED, room - 1)]:
        yield f"  {one.role:<{widest}}  {one.text}"


def _flat(source: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in source.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif value not in (None, [], ""):
            yield above + name, value
