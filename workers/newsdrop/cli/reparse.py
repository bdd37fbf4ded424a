"""`newsdrop reparse`: reads the files of selected articles again, for example after a site rule changed."""

from __future__ import annotations

import time
from itertools import islice
from typing import Annotated

import msgspec
import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.choices import AsJson, ByPath, ByQuery, ByRule, BySite, Everything
from newsdrop.cli.document_diff import differences
from newsdrop.cli.guard import guarded
from newsdrop.cli.terminal import say, write, write_json
from newsdrop.desk.chosen import Source, choose, sources
from newsdrop.desk.reparsing import Readable, queue_again, readable
from newsdrop.documents import encode_path
from newsdrop.errors import ConfigError, NewsdropError
from newsdrop.index.search import SearchRequest
from newsdrop.ports import Lane
from newsdrop.settings import load_settings

__all__ = ["register"]

_SHOWN = 10
_LOOK_AGAIN_S = 1.0


def register(app: typer.Typer) -> None:
    """Add `reparse`."""
    app.command(
        epilog="Examples:  newsdrop reparse --site bbc.com --dry-run   newsdrop reparse --rule bbc   "
        "newsdrop reparse --query 'site:cdt.media -author:*'",
    )(guarded(reparse))


def reparse(
    site: BySite = None,
    rule: ByRule = None,
    path: ByPath = None,
    query: ByQuery = None,
    everything: Everything = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Queue nothing; show how many, and how ten of them would change."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    request = choose(site, rule, path, query, everything=everything)
    with open_services(load_settings()) as services:
        total = services.store.search(msgspec.structs.replace(request, size=1)).total
        say(f"{total} {'article is' if total == 1 else 'articles are'} selected.")
        if dry_run:
            _preview(services, request, total, as_json=as_json)
        else:
            services.require_index()
            _queue(services, request, as_json=as_json)


def _queue(services: OpenServices, request: SearchRequest, *, as_json: bool) -> None:
    queued, count = queue_again(
        services.store, services.ledger, request, await_room=lambda: _await_room(services)
    )
    if as_json:
        write_json({"queued": queued, **msgspec.to_builtins(count)})
        return
    write(f"{queued} queued in the backlog lane, {count.members} of them in bundles.")
    _tell_of_others(count)


def _await_room(services: OpenServices) -> None:
    """Wait while the queue is at its high-water mark, as the watcher does."""
    told = False
    while services.ledger.full(Lane.BACKLOG, services.settings.watch.high_water):
        if not told:
            say(
                "The queue is at its high-water mark (watch.high_water): waiting for workers. Ctrl-C stops "
                "waiting."
            )
            told = True
        time.sleep(_LOOK_AGAIN_S)


def _preview(services: OpenServices, request: SearchRequest, total: int, *, as_json: bool) -> None:
    count = Readable()
    ten = list(islice(readable(sources(services.store, request), count), _SHOWN))
    changes = [(one, _change(services, one)) for one in ten]
    if as_json:
        shown = [
            {"id": one.document_id, "path": encode_path(one.drop.source), "change": lines}
            for one, lines in changes
        ]
        write_json({"chosen": total, "shown": shown})
        return
    for one, lines in changes:
        write(f"{one.document_id[:10]}  {one.title}  {one.drop.source}")
        for line in lines or ["nothing would change"]:
            write(f"    {line}")
    _tell_of_others(count)


def _change(services: OpenServices, one: Source) -> list[str]:
    try:
        _, document = services.pipeline.preview(one.drop)
    except ConfigError:
        # A faulty rule is faulty for all of them.
        raise
    except NewsdropError as error:
        return [f"can't be read: {error.message}"]
    found = services.store.find(one.document_id)
    lines = differences(found[0].source, document.source) if found else []
    if document.id != one.document_id:
        return [f"would become another article: {document.id}", *lines]
    return lines


def _tell_of_others(count: Readable) -> None:
    if count.missing:
        say(f"{count.missing} not queued: their files no longer exist.")
    if count.without_file:
        say(f"{count.without_file} not queued: they were sent in a message, without a file.")
