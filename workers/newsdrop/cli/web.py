"""`newsdrop web`: the web interface, for browsers and programs."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from newsdrop.cli.assembly import OpenServices, open_services
from newsdrop.cli.guard import guarded
from newsdrop.cli.lifeline import tie_to_parent
from newsdrop.cli.logs import set_up_logs
from newsdrop.cli.terminal import say
from newsdrop.desk.given import check_given
from newsdrop.events import emit
from newsdrop.heartbeat import Heartbeat, Role
from newsdrop.index.factory import import_store, open_store
from newsdrop.ledger.producer import append, message_of
from newsdrop.ledger.receipts import look_up
from newsdrop.settings import Settings, load_settings
from newsdrop.user import who
from newsdrop.web.backends import Backends
from newsdrop.web.remembered import Remembered
from newsdrop.web.rereading import Rereader
from newsdrop.web.serve import check_reach, listen, serve
from newsdrop.web.standing import Standing

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `web`."""
    app.command(
        epilog="Examples:  newsdrop web   newsdrop web --port 8080",
    )(guarded(web))


def web(
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; default: web.host.", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="The port; default: web.port. 0: any free port.", show_default=False
        ),
    ] = None,
    child_of: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    if child_of is not None:
        tie_to_parent(child_of)
    check_given(**{"--host": host})
    settings = load_settings()
    options = settings.web
    token = options.token.get_secret_value() if options.token else None
    place = options.host if host is None else host
    check_reach(place, token)
    listening = listen(place, options.port if port is None else port)
    set_up_logs(settings.log, service=True)
    import_store(settings)
    heartbeat = Heartbeat(settings.state_dir, Role.WEB)
    with open_services(settings, name="web") as services, listening.socket:
        backends = _backends(services, settings)
        emit("web.started", where=listening.address)
        if child_of is None:
            say(f"The web interface is at {listening.address} ; Ctrl-C stops it.")
        # This is how the server ends on Ctrl-C, as requested.
        with suppress(KeyboardInterrupt):
            serve(backends, listening, host=place, token=token, hosts=options.hosts, beat=heartbeat.beat)
    heartbeat.end()


def _backends(services: OpenServices, settings: Settings) -> Backends:
    # Opened here, so that wrong settings are reported before anybody waits for a page.
    services.store.close()

    sending = services.client_without_retries

    def send(data: bytes, *, name: str, key: str | None, collection: str | None) -> str:
        message = message_of(data, name=name, key=key, collection=collection)
        return append(sending, message, settings.limits)

    return Backends(
        open_store=lambda: open_store(settings),
        ledger=services.ledger,
        letters=services.letters,
        takedowns=services.takedowns,
        groups=Remembered(services.letters.groups),
        standing=Standing(services.status),
        send=send,
        look_up=lambda receipt: look_up(services.client, receipt),
        rereader=Rereader(settings),
        limits=settings.limits,
        by=f"{who()} (web)",
    )
