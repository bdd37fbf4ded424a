"""`newsdrop search`: the query language of docs/search.md against the configured index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text
from typer.core import TyperCommand

from newsdrop.cli.assembly import open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import clean, clean_json, output_console, say, write, write_json
from newsdrop.desk.article_formats import readable_url
from newsdrop.desk.dates import LOCAL, date_of, edges
from newsdrop.desk.given import check_given
from newsdrop.documents import Hit
from newsdrop.errors import ConfigError
from newsdrop.index.fields import held_value
from newsdrop.index.query import EVERYTHING, Dates, Node, Value
from newsdrop.index.query_parser import parse_query, site_host
from newsdrop.index.search import SearchAnswer, SearchRequest, sorting
from newsdrop.index.store import Store
from newsdrop.plurals import counted
from newsdrop.settings import load_settings
from newsdrop.times import wall_clock

__all__ = ["ID_CHARS", "print_hits", "register"]

#: Enough of an id to tell a document from millions of others.
ID_CHARS = 10


class _Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class _QueryCommand(TyperCommand):
    """A command for which an argument such as `-ferry` is not an option: it excludes ferries."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = {name for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
        known |= set(ctx.help_option_names)
        words = args[: args.index("--")] if "--" in args else args
        # A separate minus sign means the same in the query language.
        spelt = [_excluding(word) if _excludes(word, known) else word for word in words]
        return super().parse_args(ctx, spelt + args[len(words) :])


def _excludes(word: str, known: set[str]) -> bool:
    return re.match(r"-[^-]", word) is not None and word not in known and not re.fullmatch(r"-n\d+", word)


def _excluding(word: str) -> str:
    return f"−{word[1:]}"


def register(app: typer.Typer) -> None:
    """Add `search`."""
    app.command(
        cls=_QueryCommand,
        epilog="Examples:  newsdrop search 香港 -国安 --since 2020-05   "
        "newsdrop search '\"香港 自由\" site:bbc.com'",
    )(guarded(search))


def search(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY…", help="What to search for; default: everything.", show_default=False),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="From this date on; 7d: the last seven days.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Up to the end of this date.")] = None,
    sort: Annotated[_Sort, typer.Option(help="The order of the results.")] = _Sort.RELEVANCE,
    page: Annotated[int, typer.Option(min=1, help="The page, counted from 1.")] = 1,
    size: Annotated[int, typer.Option("--size", "-n", min=1, max=1_000, help="Articles per page.")] = 10,
    site: Annotated[
        str | None, typer.Option(metavar="HOST", help="Only this site and its subdomains.")
    ] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="TAG", help="Only this language: zh, zh-Hant, en …")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One page as JSON: total, page, size, hits.")
    ] = False,
    as_lines: Annotated[
        bool, typer.Option("--ndjson", help="All results, one JSON object per line.")
    ] = False,
) -> None:
    if as_json and as_lines:
        raise ConfigError("--json prints one page and --ndjson all results: choose one.")
    request = SearchRequest(
        query=parse_query(" ".join(query), LOCAL) if query else EVERYTHING,
        filters=tuple(_filters(since, until, site, lang)),
        sort=sort.value,
        page=page,
        size=size,
    )
    with open_services(load_settings()) as services:
        if as_lines:
            _write_lines(services.store, request)
            return
        answer = services.store.search(request)
    if as_json:
        write_json({"total": answer.total, "page": page, "size": size, "hits": answer.hits})
    else:
        _print_answer(answer, request)


def print_hits(hits: list[Hit], first: int = 1) -> None:
    """One paragraph per hit, numbered from `first`."""
    console = output_console()
    for number, hit in enumerate(hits, first):
        console.print(
            Text(f"{number}. ", style="bold") + _marked(hit.title or "(no title)", hit.title_marks, "bold")
        )
        facts = [date_of(hit), hit.source, hit.url and readable_url(hit.url)]
        console.print(Text("   " + "  ".join(clean(fact) for fact in facts if fact), style="dim"))
        where = f"{hit.path}!{hit.member}" if hit.member else hit.path
        console.print(Text(f"   {hit.id[:ID_CHARS]}  {clean(where or '')}".rstrip(), style="dim"))
        if hit.snippet:
            for line in _marked(hit.snippet, hit.marks).wrap(console, console.width - 3):
                console.print(Text("   ") + line)


def _filters(since: str | None, until: str | None, site: str | None, lang: str | None) -> Iterator[Node]:
    check_given(**{"--since": since, "--until": until, "--site": site, "--lang": lang})
    now = wall_clock()
    if since is not None:
        yield Dates("@timestamp", edges(since, now)[0], None)
    if until is not None:
        yield Dates("@timestamp", None, edges(until, now)[1])
    if site is not None:
        yield Value("url.domain", held_value("url.domain", site_host(site), typed=True))
    if lang is not None:
        yield Value("language", held_value("language", lang, typed=True))


def _print_answer(answer: SearchAnswer, request: SearchRequest) -> None:
    first = request.start + 1
    if answer.hits:
        print_hits(answer.hits, first)
    say(_summary(answer, request, first))


def _summary(answer: SearchAnswer, request: SearchRequest, first: int) -> str:
    total = answer.total
    if not total:
        return "Nothing found."
    if not answer.hits:
        held = counted(total, "article")
        return f"Page {request.page} is past the end: there are {held}, {request.size} per page."
    last = first + len(answer.hits) - 1
    order = {"relevance": "best first", "newest": "newest first", "oldest": "oldest first"}[sorting(request)]
    shown = f"{last:,}" if first == 1 else f"{first:,}–{last:,}"
    more = f"; --page {request.page + 1} shows more" if last < total else ""
    return f"{shown} of {total:,}, {order}{more}."


def _write_lines(store: Store, request: SearchRequest) -> None:
    total = 0
    for hit in store.all_hits(request):
        write(clean_json(msgspec.json.encode(hit)))
        total += 1
    say(f"{total:,} of {total:,}.")


def _marked(text: str, marks: list[tuple[int, int]], style: str = "") -> Text:
    """A text with the matches between « and »."""
    out, at = Text(style=style), 0
    for begin, stop in marks:
        out.append(clean(text[at:begin]))
        out.append(f"«{clean(text[begin:stop])}»", style="bold")
        at = stop
    return out.append(clean(text[at:]))
