"""`newsdrop health live|ready`: the probes of deployments. They only ask and change nothing.

live     is it alive? no server is contacted, so an outage restarts nobody
ready    can it do its work? Redis is contacted, and for workers the index
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import typer
from msgspec.structs import replace

from newsdrop.cli.guard import EXIT_FAILED, guarded
from newsdrop.cli.terminal import say, write
from newsdrop.errors import ConfigError
from newsdrop.heartbeat import Role, read_beats
from newsdrop.index.factory import open_store
from newsdrop.ledger.connect import connect
from newsdrop.ledger.redis_errors import redis_errors
from newsdrop.monitor.health import Health
from newsdrop.monitor.health import live as judge_live
from newsdrop.monitor.health import ready as judge_ready
from newsdrop.settings import Settings, load_settings

__all__ = ["app"]

#: An orchestrator waits a few seconds for a probe, so servers get less time than usual.
_PATIENCE_S = 3.0

app = typer.Typer(no_args_is_help=True)

AsRole = Annotated[Role, typer.Option("--role", help="Which process to check, on this machine.")]


@app.command(epilog="Example:  newsdrop health live --role worker")
@guarded
def live(role: AsRole) -> None:
    """Check that the processes of a role have a recent heartbeat and aren't stuck; contacts no server."""
    settings = load_settings()
    _conclude(judge_live(role, read_beats(settings.state_dir, role), time.monotonic()))


@app.command(epilog="Example:  newsdrop health ready --role watcher")
@guarded
def ready(role: AsRole) -> None:
    """Check that they can do their work: live, started, and their servers answer (else exit code 3)."""
    settings = load_settings()
    beats = read_beats(settings.state_dir, role)
    try:
        health = judge_ready(role, beats, time.monotonic(), _services(settings, role))
    except ConfigError as error:
        # The server answers but rejects us: nothing that the probe's arguments could fix.
        health = Health(ok=False, reason=error.message)
    _conclude(health)


def _conclude(health: Health) -> None:
    if not health.ok:
        say(" ".join(health.reason.split()))
        raise typer.Exit(EXIT_FAILED)
    write(health.reason)


def _services(settings: Settings, role: Role) -> list[Callable[[], object]]:
    hasty = replace(
        settings,
        redis=replace(settings.redis, timeout_s=_PATIENCE_S),
        elasticsearch=replace(settings.elasticsearch, timeout_s=_PATIENCE_S),
    )
    asks: list[Callable[[], object]] = [lambda: _ask_redis(hasty)]
    if role is Role.WORKER:
        asks.append(lambda: _ask_index(hasty))
    return asks


def _ask_redis(settings: Settings) -> None:
    client = connect(settings, retries=0)
    try:
        with redis_errors(client):
            client.ping()
    finally:
        client.close()


def _ask_index(settings: Settings) -> None:
    store = open_store(settings)
    try:
        store.check()
    finally:
        store.close()
