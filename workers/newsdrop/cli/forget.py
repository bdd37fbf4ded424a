"""`newsdrop forget`: takes articles out for good; no rescan, no audit and no other file brings them back.

With `--gone` no article is forgotten: the ledger drops its entries of files that have long been gone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.choices import AsJson, ByQuery, Yes
from newsdrop.cli.fitting import fit_end, fit_path
from newsdrop.cli.guard import conclude, guarded
from newsdrop.cli.terminal import clean, columns, say, write, write_json
from newsdrop.desk.durations import seconds
from newsdrop.desk.forgetting import asked_for, forgotten_as, listed_before, named, returning
from newsdrop.desk.forgetting import forget as forget_articles
from newsdrop.desk.forgetting import indexed as still_indexed
from newsdrop.desk.given import check_given
from newsdrop.documents import decode_path
from newsdrop.errors import ConfigError, GoneError
from newsdrop.ledger.gone_files import LEAST_AGE_S, prune_gone
from newsdrop.ledger.takedowns import Takedown
from newsdrop.plurals import counted
from newsdrop.settings import load_settings
from newsdrop.times import shown_ms
from newsdrop.user import at_home, who

__all__ = ["register"]

_SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add `forget`."""
    app.command(
        epilog="Examples:  newsdrop forget 3f2a9c1d   newsdrop forget --query 'author:\"Ann Li\"'   "
        "newsdrop forget --list   newsdrop forget --undo 3f2a9c1d",
    )(guarded(forget))


def forget(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID|URL|PATH…",
            help="The articles; a bundle's path means all of its members.",
            show_default=False,
        ),
    ] = None,
    query: ByQuery = None,
    list_them: Annotated[bool, typer.Option("--list", help="List what is forgotten.")] = False,
    gone: Annotated[
        bool,
        typer.Option(
            "--gone", help="Forget no articles; remove files that have long been gone from the ledger."
        ),
    ] = False,
    older_than: Annotated[
        str,
        typer.Option("--older-than", metavar="AGE", help="With --gone: gone for how long; at least a day."),
    ] = "90d",
    undo: Annotated[bool, typer.Option("--undo", help="Allow these articles again.")] = False,
    restore: Annotated[
        str | None,
        typer.Option(
            "--restore",
            metavar="FILE|-",
            help="Forget again what a kept output of `forget --list --json` names.",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    _check_asked(targets or [], query, [list_them, gone, restore is not None], undo=undo)
    kept = [] if restore is None else listed_before(_read(restore))
    with open_services(load_settings()) as services:
        if gone:
            _forget_gone(services, older_than, as_json=as_json)
        elif list_them:
            _list(services, as_json=as_json)
        elif undo:
            services.require_index()
            _undo(services, targets or [], as_json=as_json)
        elif restore is not None:
            services.require_index()
            _take_out(services, kept, as_json=as_json)
        else:
            services.require_index()
            _forget(services, targets or [], query, yes=yes, as_json=as_json)


def _check_asked(targets: Sequence[str], query: str | None, others: Sequence[bool], *, undo: bool) -> None:
    for target in targets:
        check_given(**{"an argument": target})
    named = bool(targets) or query is not None
    if sum([named, *others]) != 1 or (undo and (not targets or query is not None)):
        raise ConfigError(
            "Say what to forget (an id, a URL, a path, or --query), or use --list, --restore or --gone. "
            "--undo takes ids, URLs or paths."
        )


def _forget(
    services: OpenServices, targets: Sequence[str], query: str | None, *, yes: bool, as_json: bool
) -> None:
    found = [one for target in targets for one in named(services.store, target, who())]
    found += [] if query is None else asked_for(services.store, query, who())
    articles = list({one.document_id: one for one in found}.values())
    if not articles:
        raise GoneError("The index has no such article; there is nothing to forget.")
    for one in articles[:_SHOWN]:
        say(f"{one.document_id[:10]}  {one.title}  {one.url or ''}")
    if len(articles) > _SHOWN:
        say(f"… and {len(articles) - _SHOWN} more.")
    if not yes and (query is not None or len(articles) > len(targets)):
        _ask(len(articles))
    _take_out(services, articles, as_json=as_json)


def _take_out(services: OpenServices, articles: Sequence[Takedown], *, as_json: bool) -> None:
    done = forget_articles(services.store, services.takedowns, articles)
    left = done.still_indexed
    held = f"{counted(done.drops, 'file')} held {'it' if done.articles == 1 else 'them'}"
    busy = f"{len(left)} were being written at this moment; a worker will take them out: see --list."
    conclude(
        {"forgotten": done.articles, "drops": done.drops, "still_indexed": left},
        lambda: write(
            f"{counted(done.articles, 'article')} forgotten. The files stay where they are ({held})."
        ),
        as_json=as_json,
        failure=busy if left else "",
    )


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else at_home(Path(name)).read_bytes()
    except OSError as error:
        raise ConfigError(f"{name} can't be read: {error.strerror}.") from None


def _forget_gone(services: OpenServices, older_than: str, *, as_json: bool) -> None:
    age_s = seconds(older_than)
    if age_s < LEAST_AGE_S:
        raise ConfigError(
            f"--older-than is {older_than} but must be at least a day: a worker may still be processing "
            "files that have just gone."
        )
    pruned = prune_gone(services.client, services.ledger, older_than_s=age_s)
    if as_json:
        write_json({"pruned": pruned})
    else:
        write(f"{pruned:,} files that had been gone for {older_than} were removed from the ledger.")


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise ConfigError(f"{count} articles would be forgotten: add --yes to confirm.")
    typer.confirm(f"Forget {count} articles?", abort=True, err=True)


def _list(services: OpenServices, *, as_json: bool) -> None:
    forgotten = services.takedowns.listed()
    indexed = set(still_indexed(services.store, [one.document_id for one in forgotten]))
    if as_json:
        facts = ({**msgspec.to_builtins(one), "indexed": one.document_id in indexed} for one in forgotten)
        write_json(list(facts))
        return
    if not forgotten:
        write("Nothing is forgotten.")
        return
    for one in forgotten:
        _show(one, indexed=one.document_id in indexed)


def _show(one: Takedown, *, indexed: bool) -> None:
    """Its title, and below it the id to type, since when, by whom and where it was from."""
    width = columns()
    told = "  still in the index" if indexed else ""
    write(fit_end(clean(one.title or "(no title)"), width))
    write(f"  {one.document_id[:10]}  {shown_ms(one.at_ms, seconds=False)} by {clean(one.by)}{told}")
    write(f"  {one.url or fit_path(clean(_where(one)), width - 2)}")


def _undo(services: OpenServices, targets: Sequence[str], *, as_json: bool) -> None:
    forgotten = services.takedowns.listed()
    chosen = {one.document_id: one for target in targets for one in _matching(forgotten, target)}
    drops = services.takedowns.recall(list(chosen))
    found = returning(services.ledger, list(chosen.values()), services.settings.folders)
    queued = services.ledger.requeue(found.drops)
    for one in found.unread:
        say(clean(f"{one.article.title or one.article.document_id} isn't read now: {one.reason}."))
    if as_json:
        write_json({"undone": len(chosen), "drops": drops, "queued": queued})
    else:
        again = f"{counted(queued, 'file or member is', 'files or members are')} queued to be read again"
        others = drops - queued - len(found.unread)
        more = f", and the next scans of its folder find {others} more" if others > 0 else ""
        write(f"{counted(len(chosen), 'article')} allowed again; {again}{more}.")


def _matching(forgotten: Sequence[Takedown], target: str) -> list[Takedown]:
    found = forgotten_as(forgotten, target)
    ids = [one for one in found if one.document_id.startswith(target.lower())]
    if not found:
        raise GoneError(f"Nothing named {target} is forgotten: `newsdrop forget --list` shows what is.")
    if len(ids) > 1:
        raise ConfigError(
            f"{len(ids)} forgotten articles have ids that begin with {target}; type more of the id."
        )
    return found


def _path(one: Takedown) -> str:
    return decode_path(one.path) if one.path else ""


def _where(one: Takedown) -> str:
    return f"{_path(one)}!{decode_path(one.member)}" if one.member else _path(one)
